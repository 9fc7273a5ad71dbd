"""Batch and layer normalization: accuracy, agreement with compositions, shapes that cannot be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_mlp import Tensor, ops
from autograd_mlp._engine import batch_norm_and_moments
from tests import strategies as some
from tests.ops.checks import assert_close, gradients


@given(rows=st.sampled_from((1, 2, 63, 64, 65, 200)), columns=some.sides(min_side=1),
       dtype=some.float_dtypes)
def test_moments_are_those_of_numpy(rows, columns, dtype):
    x = np.random.default_rng(rows).normal(3, 2, (rows, columns)).astype(dtype)

    _, mean, variance = batch_norm_and_moments(x)

    eps = np.finfo(dtype).eps
    assert_close(mean.numpy(), x.mean(0, dtype=float), 40 * eps, "mean")
    assert_close(variance.numpy(), x.var(0, dtype=float), 100 * eps, "variance")


@pytest.mark.parametrize("name", ["batch_norm", "layer_norm"])
def test_a_large_mean_does_not_swallow_the_variance(name):
    rng = np.random.default_rng(0)
    x = (1000 + rng.normal(size=(300, 300))).astype(np.float32)
    axis = 0 if name == "batch_norm" else 1

    y = getattr(ops, name)(x).numpy()

    exact = x.astype(float)
    expected = (exact - exact.mean(axis, keepdims=True)) / np.sqrt(
        exact.var(axis, keepdims=True) + 1e-3)
    assert_close(y, expected, 5e-4, name)       # x and the mean are rounded to 6e-5


@pytest.mark.parametrize("name", ["batch_norm", "layer_norm"])
@given(shape=some.shapes(min_dims=2, max_dims=3, min_side=1), seed=some.seeds)
def test_agrees_with_the_composition_of_simpler_operations(name, shape, seed):
    rng = np.random.default_rng(seed)
    x, dy = rng.normal(size=shape), rng.normal(size=shape)
    gamma, beta = rng.normal(size=(2, shape[-1]))
    axis = tuple(range(len(shape) - 1)) if name == "batch_norm" else -1

    def composed(x, gamma, beta):
        centred = x - ops.mean(x, axis=axis, keepdims=True)
        variance = ops.mean(ops.square(centred), axis=axis, keepdims=True)
        return centred / ops.sqrt(variance + 0.5) * gamma + beta

    def fused(x, gamma, beta):
        return getattr(ops, name)(x, gamma, beta, epsilon=0.5)

    assert_close(fused(x, gamma, beta).numpy(), composed(x, gamma, beta).numpy(), 1e-12, name)
    for got, expected in zip(gradients(fused, x, gamma, beta, dy=dy),
                             gradients(composed, x, gamma, beta, dy=dy), strict=True):
        assert_close(got, expected, 1e-11 * (1 + np.abs(expected)), f"gradient of {name}")


def test_no_gradient_flows_through_the_moments():
    x = Tensor(np.ones((3, 2)), requires_grad=True)
    y, mean, variance = batch_norm_and_moments(x)
    assert y.requires_grad and not mean.requires_grad and not variance.requires_grad


@pytest.mark.parametrize("name", ["batch_norm", "layer_norm"])
@pytest.mark.parametrize("arguments, words", [
    ((np.ones((2, 0)),), "at least one column"),
    ((1.0,), "at least one column"),
    ((np.ones((2, 3)), np.ones(2)), r"gamma must have shape \(3,\)"),
    ((np.ones((2, 3)), None, np.ones((1, 3))), r"beta must have shape \(3,\)"),
])
def test_impossible_requests_raise(name, arguments, words):
    with pytest.raises(ValueError, match=words):
        getattr(ops, name)(*arguments)


def test_a_batch_of_nothing_has_no_mean():
    with pytest.raises(ValueError, match="at least one row"):
        ops.batch_norm(np.ones((0, 3)))
