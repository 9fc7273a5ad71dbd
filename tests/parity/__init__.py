"""Comparison with Keras 3, if it is installed (``pip install keras jax``); else skipped.

Every module begins with ``keras = import_keras()``.
"""

import importlib.util
import os
import warnings

import numpy as np
import pytest

RTOL = 1e-5     # between two float32 computations of the same formula


def import_keras():
    """Keras 3 on the first of its backends that is here, or a skip of the whole module."""
    if importlib.util.find_spec("keras") is None:
        pytest.skip("Keras is not installed: nothing to compare with", allow_module_level=True)
    for backend in ("jax", "torch", "tensorflow"):
        if importlib.util.find_spec(backend) is not None:
            os.environ.setdefault("KERAS_BACKEND", backend)
            break
    else:
        pytest.skip("Keras has no backend here (pip install jax)", allow_module_level=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras
    return keras


def values(x):
    """A tensor of either library, a number or a nest of them, as NumPy arrays."""
    if isinstance(x, dict):
        return {name: values(value) for name, value in x.items()}
    if isinstance(x, (list, tuple)):
        return [values(value) for value in x]
    if hasattr(x, "detach"):
        x = x.detach()
    return np.asarray(x)


def assert_same(ours, theirs, rtol=RTOL, atol=1e-6):
    """The two results agree in shape and in every number."""
    ours, theirs = values(ours), values(theirs)
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs)
        ours, theirs = list(ours.values()), list(theirs.values())
    if isinstance(theirs, list):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            assert_same(a, b, rtol, atol)
        return
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=atol)


def gradient_of(function, *arrays):
    """The gradients that Keras's backend finds for a function of tensors with one number."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        found = jax.grad(function, tuple(range(len(arrays))))(*map(jax.numpy.asarray, arrays))
    elif keras.backend.backend() == "torch":
        inputs = [keras.ops.convert_to_tensor(x).detach().requires_grad_() for x in arrays]
        function(*inputs).backward()
        found = [x.grad for x in inputs]
    else:
        import tensorflow

        inputs = [tensorflow.Variable(x) for x in arrays]
        with tensorflow.GradientTape() as tape:
            loss = function(*inputs)
        found = tape.gradient(loss, inputs)
    found = [values(gradient) for gradient in found]
    return found[0] if len(arrays) == 1 else found


def plain(config):
    """A configuration as JSON would give it back: tuples are lists."""
    import json

    return json.loads(json.dumps(config))
