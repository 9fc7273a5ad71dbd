"""Every regularizer of Keras against ours: values, gradients, configuration, losses of layers."""

import numpy as np
import pytest

import autograd_mlp
from autograd_mlp import Tensor
from tests.parity import assert_same, gradient_of, import_keras, plain

keras = import_keras()

CASES = [
    ("L1", {}), ("L1", {"l1": 0.3}), ("L2", {}), ("L2", {"l2": 2.0}), ("L1L2", {}),
    ("L1L2", {"l1": 0.2}), ("L1L2", {"l1": 0.2, "l2": 0.5}), ("OrthogonalRegularizer", {}),
    ("OrthogonalRegularizer", {"factor": 0.7, "mode": "columns"}),
]
W = np.random.default_rng(0).normal(size=(7, 5)).astype(np.float32)


def both(name, arguments):
    return [getattr(library.regularizers, name)(**arguments) for library in (autograd_mlp, keras)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name, arguments", CASES)
def test_values_and_gradients(name, arguments, dtype):
    ours, theirs = both(name, arguments)
    w = Tensor(W.astype(dtype), requires_grad=True)
    penalty = ours(w)
    assert_same(penalty, theirs(keras.ops.convert_to_tensor(W)))
    penalty.backward()
    assert_same(w.grad, gradient_of(theirs, W))


@pytest.mark.parametrize("name, arguments", CASES)
def test_configuration(name, arguments):
    ours, theirs = (library.regularizers.serialize(regularizer) for library, regularizer in
                    zip((autograd_mlp, keras), both(name, arguments), strict=True))
    for key, value in theirs["config"].items():     # Keras keeps some in float32
        theirs["config"][key] = pytest.approx(value) if isinstance(value, float) else value
    assert plain(ours) == theirs
    again = keras.regularizers.deserialize(ours)
    assert autograd_mlp.regularizers.deserialize(
        keras.regularizers.serialize(again)).get_config() == theirs["config"]


@pytest.mark.parametrize("name", ["l1", "l2", "orthogonal_regularizer", "L1L2", "L2"])
def test_names(name):
    ours = autograd_mlp.regularizers.get(name)
    assert ours.get_config() == pytest.approx(keras.regularizers.get(name).get_config()) or \
        name.startswith("orth")
    for short in ("l1", "l2", "l1_l2", "orthogonal_regularizer"):
        assert getattr(autograd_mlp.regularizers, short).__name__ == \
            getattr(keras.regularizers, short).__name__


@pytest.mark.parametrize("arguments", [
    {"kernel_regularizer": "l2"}, {"bias_regularizer": "l1", "kernel_regularizer": "l1"},
    {"activity_regularizer": "l2"},
    {"activity_regularizer": "l1", "kernel_regularizer": "orthogonal_regularizer"},
])
def test_losses_of_a_layer(arguments):
    kernel, bias = W, np.arange(5, dtype=np.float32) - 2
    x = np.random.default_rng(1).normal(size=(6, 7)).astype(np.float32)
    found = []
    for library in (autograd_mlp, keras):
        layer = library.layers.Dense(5, activation="tanh", **arguments)
        layer.build((None, 7))
        layer.set_weights([kernel, bias])
        layer(x)
        layer(x)
        found.append(layer.losses)
    assert_same(*found)
