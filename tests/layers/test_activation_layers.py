"""Activations with arguments of their own; the functions themselves are tested with `ops`."""

import numpy as np
import pytest

from autograd_mlp import Tensor, layers, ops

X = np.array([[-2.0, -0.5, 0.0, 0.5, 3.0]], dtype="float32")


@pytest.mark.parametrize("layer, expected", [
    (layers.ReLU(), [0, 0, 0, 0.5, 3]),
    (layers.ReLU(2.0, 0.5, 1.0), [-1.5, -0.75, -0.5, -0.25, 2]),
    (layers.LeakyReLU(), [-0.6, -0.15, 0, 0.5, 3]),
    (layers.ELU(2.0), [2 * np.expm1(-2), 2 * np.expm1(-0.5), 0, 0.5, 3]),
    (layers.PReLU("ones"), X[0]),
    (layers.Softmax(), np.exp(X[0]) / np.exp(X).sum()),
])
def test_values(layer, expected):
    np.testing.assert_allclose(layer(X)[0], expected, rtol=1e-5, atol=1e-7)
    assert layer.compute_output_shape((None, 5)) == (None, 5)


def test_the_slopes_of_prelu_are_learned():
    layer = layers.PReLU()
    ops.sum(layer(Tensor(np.concatenate([X, X])))).backward()
    assert layer.alpha.grad.tolist() == [-4, -1, 0, 0, 0]


def test_shared_slopes():
    layer = layers.PReLU(shared_axes=[1])
    layer(np.ones((2, 3, 4)))
    assert layer.alpha.shape == (1, 4)
    assert layer(np.ones((2, 7, 4))).shape == (2, 7, 4)
    with pytest.raises(ValueError, match="from 1 to 2"):
        layers.PReLU(shared_axes=[3])(np.ones((2, 3, 4)))


def test_softmax_over_several_axes():
    y = layers.Softmax(axis=[1, 2])(np.random.default_rng(0).normal(size=(3, 4, 5))).numpy()
    np.testing.assert_allclose(y.sum((1, 2)), 1, rtol=1e-6)


def test_the_older_name_of_the_slope():
    with pytest.warns(DeprecationWarning, match="negative_slope="):
        layer = layers.LeakyReLU(alpha=0.1)
    assert layer.negative_slope == 0.1


@pytest.mark.parametrize("make, words", [
    (lambda: layers.ReLU(max_value=-1), "`max_value` to be 0 or more"),
    (lambda: layers.ReLU(negative_slope=None), "`negative_slope` to be 0 or more"),
    (lambda: layers.ReLU(threshold=-1), "`threshold` to be 0 or more"),
    (lambda: layers.LeakyReLU(-0.1), "`negative_slope` to be 0 or more"),
    (lambda: layers.LeakyReLU(negative_slop=0.1), "did you mean"),
    (lambda: layers.Softmax()(X, mask=np.ones((2, 2, 5))), "does not broadcast"),
    (lambda: layers.Softmax()(X, mask=np.ones((1, 2))), "does not broadcast"),
])
def test_what_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
