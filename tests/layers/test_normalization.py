"""Normalization with figures of a data set."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Input, Sequential, Tensor
from autograd_mlp.layers import Dense, Normalization

X = np.random.default_rng(0).normal(5, 3, size=(50, 4)).astype("float32")
EXPECTED = (X - X.mean(0, dtype=float)) / X.std(0, dtype=float)


class Frame:
    """An array in a data frame's clothes."""

    shape = X.shape

    def __array__(self, dtype=None, copy=None):
        return np.asarray(X, dtype)


@pytest.mark.parametrize("data", [
    X, Tensor(X), Frame(), [X[:20], X[20:21], X[21:]], [(X[:20], 0), (X[20:], 0)],
    (X[i : i + 7] for i in range(0, 50, 7))],
    ids=["array", "tensor", "frame", "batches", "pairs", "generator"])  # fmt: skip
def test_adapt(data):
    layer = Normalization()
    layer.adapt(data)
    np.testing.assert_allclose(layer(X), EXPECTED, rtol=1e-4, atol=1e-5)
    back = Normalization(invert=True)
    back.adapt(X)
    np.testing.assert_allclose(back(EXPECTED), X, rtol=1e-4)


def test_adapting_again_forgets():
    layer = Normalization()
    layer.adapt(X * 100)
    layer.adapt(X)
    np.testing.assert_allclose(layer(X), EXPECTED, rtol=1e-4, atol=1e-5)
    assert [w.name for w in layer.weights] == ["mean", "variance", "count"]
    assert layer.trainable_weights == []


def test_a_feature_that_never_changes():
    layer = Normalization()
    layer.adapt(np.ones((5, 2)))
    assert layer([[1.0, 1.0]]).tolist() == [[0, 0]]


@pytest.mark.parametrize("eagerly", [False, True])
def test_as_first_layer(eagerly):
    layer = Normalization()
    layer.adapt(X)
    keras.set_random_seed(0)
    model = Sequential([Input((4,)), layer, Dense(1)])
    model.compile("sgd", "mse", run_eagerly=eagerly)
    history = model.fit(X, EXPECTED.sum(1), epochs=30, batch_size=5, verbose=0).history["loss"]
    assert history[-1] < 1e-3
    assert np.allclose(layer.get_weights()[0], X.mean(0), rtol=1e-4)


def test_given_figures_are_no_weights():
    layer = Normalization(mean=2.0, variance=4.0)
    assert layer([[4.0, 0.0]]).tolist() == [[1.0, -1.0]] and layer.weights == []
    with pytest.raises(ValueError, match="nothing to adapt"):
        layer.adapt(X)


@pytest.mark.parametrize("call, error, words", [
    (lambda: Normalization(mean=1.0), ValueError, "both `mean` and `variance`"),
    (lambda: Normalization(mean=[1.0], variance=2.0), ValueError, "one shape"),
    (lambda: Normalization(mean=[[1.0]], variance=[[1.0]]), ValueError, "more axes"),
    (lambda: Normalization(axis=2)(X), ValueError, "out of range"),
    (lambda: Normalization().build((None, None)), ValueError, "no known length"),
    (lambda: Normalization().adapt([]), ValueError, "no data"),
    (lambda: Normalization().adapt(3), TypeError, "an array or an iterable"),
    (lambda: Normalization().adapt([1.0, 2.0]), TypeError, "one of its batches is a float"),
    (lambda: Normalization().adapt([X, X[:, :3]]), ValueError, r"adapt\(\) got \(50, 3\)"),
])
def test_what_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()
