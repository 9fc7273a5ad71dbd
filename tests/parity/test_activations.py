"""Every activation of Keras against ours: values, gradients, arguments, names."""

import numpy as np
import pytest

import autograd_mlp
from autograd_mlp import Tensor
from tests.parity import assert_same, gradient_of, import_keras

keras = import_keras()

NAMES = sorted(name for name, found in vars(keras.activations).items()
               if callable(found) and not name.startswith("_")
               and name not in ("get", "serialize", "deserialize", "threshold"))
# Keras 3.15's sparsemax is wrong where more than one output is not 0: they do not sum to 1
# (keras-team/keras#23425). Ours is Martins & Astudillo's, which tests/ops compares with an oracle.
WITH_GRADIENTS = [name for name in NAMES if name != "sparsemax"]
X = np.concatenate([np.linspace(-6, 6, 122), [-1e4, -90.0, -20.0, 20.0, 90.0, 1e4]])
Z = np.random.default_rng(0).normal(0, 2, (3, 4, 6))

ARGUMENTS = [
    ("relu", {"negative_slope": 0.25}), ("relu", {"max_value": 2.0}), ("relu", {"max_value": 6}),
    ("relu", {"threshold": 0.7}), ("relu", {"negative_slope": 0.3, "threshold": 0.7}),
    ("relu", {"negative_slope": 0.3, "max_value": 3.0, "threshold": 0.7}),
    ("leaky_relu", {"negative_slope": 0.05}), ("elu", {"alpha": 0.3}), ("celu", {"alpha": 2.0}),
    ("gelu", {"approximate": True}), ("hard_shrink", {"threshold": 1.3}),
    ("soft_shrink", {"threshold": 1.3}), ("squareplus", {"b": 0.5}),
    ("threshold", {"threshold": 0.35, "default_value": 2.0}),
    ("softmax", {"axis": 0}), ("softmax", {"axis": (0, 2)}), ("log_softmax", {"axis": 1}),
    ("log_softmax", {"axis": (1, 2)}), ("glu", {"axis": 1}),
]


@pytest.mark.parametrize("name", NAMES)
def test_values(name):
    x = X[None].astype(np.float32)
    if name == "squareplus":        # far left Keras's formula cancels to 0
        x = x[x > -90][None]
    assert_same(autograd_mlp.activations.get(name)(x), keras.activations.get(name)(x))


@pytest.mark.parametrize("name", WITH_GRADIENTS)
def test_gradients(name):
    x = X[None, :122].astype(np.float32)
    check_gradient(name, x, {})


@pytest.mark.parametrize("name, arguments", ARGUMENTS)
def test_arguments(name, arguments):
    x = Z.astype(np.float32)
    ours, theirs = getattr(autograd_mlp.activations, name), getattr(keras.activations, name)
    assert_same(ours(x, **arguments), theirs(x, **arguments))
    check_gradient(name, x, arguments)


def check_gradient(name, x, arguments):
    theirs = getattr(keras.activations, name)
    shape = np.shape(theirs(x, **arguments))
    dy = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    t = Tensor(x, requires_grad=True)
    getattr(autograd_mlp.activations, name)(t, **arguments).backward(dy)
    expected = gradient_of(
        lambda x: keras.ops.sum(theirs(x, **arguments) * dy), x)
    assert_same(t.grad, expected)


@pytest.mark.parametrize("name", [*NAMES, "threshold"])
def test_serialized(name):
    ours = autograd_mlp.activations.serialize(getattr(autograd_mlp.activations, name))
    assert ours == keras.activations.serialize(getattr(keras.activations, name))
    assert autograd_mlp.activations.deserialize(ours) is autograd_mlp.activations.get(name)


def test_defaults():
    import inspect

    for name in [*NAMES, "threshold"]:
        theirs = inspect.signature(getattr(keras.activations, name)).parameters
        ours = inspect.signature(getattr(autograd_mlp.activations, name)).parameters
        assert [(p.name, p.default) for p in ours.values()] == [
            (p.name, p.default) for p in theirs.values()], name
