"""Reshape, Permute, RepeatVector, Identity."""

import numpy as np
import pytest

from autograd_mlp import Tensor, ops
from autograd_mlp.layers import Identity, Permute, RepeatVector, Reshape

X = np.arange(24.0, dtype="float32").reshape(2, 3, 4)


@pytest.mark.parametrize("target, shape", [
    ((4, 3), (2, 4, 3)), ((-1,), (2, 12)), ((2, -1, 3), (2, 2, 2, 3)), ([12], (2, 12))])
def test_reshape(target, shape):
    layer = Reshape(target)
    assert np.array_equal(layer(X), X.reshape(shape))
    assert layer.compute_output_shape((None, 3, 4)) == (None, *shape[1:])


def test_reshape_of_unknown_lengths():
    assert Reshape((-1, 4)).compute_output_shape((None, None, 4)) == (None, None, 4)


@pytest.mark.parametrize("target, words", [
    ((-1, -1), "-1 at most once"), ((2.5,), "hold integers"), ((-2,), "hold integers")])
def test_impossible_shapes(target, words):
    with pytest.raises(ValueError, match=words):
        Reshape(target)


@pytest.mark.parametrize("target", [(5, 3), (5, -1), (0, -1)])
def test_shapes_that_do_not_fit(target):
    for call in (lambda: Reshape(target)(X),
                 lambda: Reshape(target).compute_output_shape((None, 3, 4))):
        with pytest.raises(ValueError, match=r"\(3, 4\) holds 12 numbers; they do not fill"):
            call()


def test_permute():
    assert np.array_equal(Permute((2, 1))(X), X.transpose(0, 2, 1))
    assert Permute((2, 1)).compute_output_shape((None, 3, 4)) == (None, 4, 3)
    with pytest.raises(ValueError, match="1 to 2 once each"):
        Permute((0, 1))
    with pytest.raises(ValueError, match="expects 2 axes"):
        Permute((1,))(X)


def test_repeat_vector():
    x = Tensor(X[:, 0], requires_grad=True)
    y = RepeatVector(3)(x)
    assert np.array_equal(y, np.repeat(X[:, None, 0], 3, 1))
    ops.sum(y).backward()
    assert np.all(x.grad.numpy() == 3)
    assert RepeatVector(3).compute_output_shape((None, 4)) == (None, 3, 4)
    with pytest.raises(TypeError, match="got 1.5 of type float"):
        RepeatVector(1.5)
    with pytest.raises(ValueError, match="1 or more"):
        RepeatVector(0)
    with pytest.raises(ValueError, match="expects 2 axes"):
        RepeatVector(2)(X)


def test_identity():
    assert np.array_equal(Identity()(X), X)
