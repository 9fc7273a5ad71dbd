"""Reductions: ties, empty sums, NaN, accuracy of long sums."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_mlp import Tensor, ops
from tests import strategies as some
from tests.ops.checks import assert_close, gradients

REDUCTIONS = ["sum", "mean", "var", "max", "min", "logsumexp"]


@pytest.mark.parametrize("name", REDUCTIONS)
@given(data=st.data())
def test_keepdims_and_axis_spellings_agree(name, data):
    shape = data.draw(some.shapes(min_dims=1, min_side=1))
    x = data.draw(some.values(shape))
    axis = data.draw(st.integers(0, len(shape) - 1))
    reduce = getattr(ops, name)

    kept = reduce(x, axis=axis, keepdims=True)

    assert kept.shape == shape[:axis] + (1,) + shape[axis + 1 :]
    for spelling in (axis, axis - len(shape), (axis,), np.int64(axis)):
        np.testing.assert_array_equal(reduce(x, axis=spelling).numpy(), kept.numpy().squeeze(axis))
    every = reduce(x, axis=tuple(range(len(shape))), keepdims=True)
    np.testing.assert_array_equal(every.numpy().reshape(()), reduce(x).numpy())


@pytest.mark.parametrize("name", REDUCTIONS)
@given(rows=st.integers(1, 40), where=st.integers(0, 39), dtype=some.float_dtypes)
def test_nan_reaches_its_row_and_no_other(name, rows, where, dtype):
    x = np.tile(np.linspace(-1, 1, 19, dtype=dtype), (rows, 1))
    where = where % rows
    x[where, where % 19] = np.nan

    y = getattr(ops, name)(x, axis=1).numpy()

    np.testing.assert_array_equal(np.isnan(y), np.arange(rows) == where)


@pytest.mark.parametrize(
    "name, x, y",
    [
        ("max", [1.0, np.inf, -np.inf], np.inf),
        ("min", [1.0, np.inf, -np.inf], -np.inf),
        ("max", [-np.inf, -np.inf], -np.inf),
        ("logsumexp", [1000.0, 1000.0], 1000 + np.log(2)),
        ("logsumexp", [-1000.0, -1000.0], -1000 + np.log(2)),
        ("logsumexp", [-np.inf, 0.0], 0.0),
        ("logsumexp", [-np.inf, -np.inf], -np.inf),
        ("logsumexp", [np.inf, 0.0], np.inf),
        ("sum", [np.inf, 1.0], np.inf),
        ("sum", [np.inf, -np.inf], np.nan),
    ],
)
def test_infinities(name, x, y):
    got = getattr(ops, name)(np.array(x)).item()

    np.testing.assert_allclose(got, y, rtol=1e-15)


@pytest.mark.filterwarnings("ignore:Mean of empty slice")
def test_sum_of_nothing_is_zero_and_mean_of_nothing_is_nan():
    nothing = np.ones((3, 0))

    np.testing.assert_array_equal(ops.sum(nothing, axis=1).numpy(), [0, 0, 0])
    assert ops.sum(nothing).item() == 0
    with np.errstate(all="ignore"):
        assert np.isnan(ops.mean(nothing).item())
        assert np.all(np.isnan(ops.var(nothing, axis=1).numpy()))
    (dx,) = gradients(lambda x: ops.sum(x, axis=1), nothing, dy=np.ones(3))
    assert dx.shape == (3, 0)


@pytest.mark.parametrize("name", ["max", "min"])
def test_largest_of_nothing_raises(name):
    with pytest.raises(ValueError):
        getattr(ops, name)(np.ones((3, 0)), axis=1)


@pytest.mark.parametrize("name", ["max", "min"])
def test_ties_share_the_gradient_equally(name):
    x = np.array([[1.0, 1.0, 0.0], [2.0, 2.0, 2.0], [0.0, 5.0, 1.0]]) * (1 if name == "max" else -1)

    (rows,) = gradients(lambda x: getattr(ops, name)(x, axis=1), x, dy=np.array([2.0, 3.0, 4.0]))
    (both,) = gradients(lambda x: getattr(ops, name)(x), np.array([[7.0, 7.0], [7.0, 7.0]]))

    assert_close(rows, np.array([[1, 1, 0], [1, 1, 1], [0, 4, 0]]), 1e-15, "dx")
    assert_close(both, np.full((2, 2), 0.25), 1e-15, "dx")


def test_a_long_sum_of_float32_keeps_its_digits():
    x = np.full(1_000_001, 0.1, np.float32)
    exact = 1_000_001 * float(np.float32(0.1))

    assert_close(ops.sum(x).item(), exact, 1e-6 * exact, "sum")
    assert_close(ops.mean(x).item(), float(np.float32(0.1)), 1e-7, "mean")


def test_var_does_not_cancel():
    x = 1e6 + np.array([-1.0, 0.0, 1.0])

    assert_close(ops.var(x).item(), 2 / 3, 1e-9, "var")
    assert_close(gradients(ops.var, x)[0], 2 / 3 * np.array([-1.0, 0, 1]), 1e-9, "dx")


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("axis", [2, -3, (0, 2), (0, 0)])
def test_an_axis_out_of_range_or_named_twice_raises(name, axis):
    with pytest.raises((ValueError, IndexError), match="axis"):
        getattr(ops, name)(Tensor(np.ones((2, 3))), axis=axis)


def test_sums_of_millions_do_not_drift():
    """float32 sums of 0.1: along rows, down columns, and as the gradient of a bias."""
    x = np.full((3_000_000, 2), 0.1, np.float32)
    exact = 3_000_000 * float(np.float32(0.1))
    np.testing.assert_allclose(ops.sum(x, axis=0).numpy(), exact, rtol=5e-6)
    np.testing.assert_allclose(float(ops.sum(x)), 2 * exact, rtol=5e-6)
    bias = Tensor([0.0, 0.0], requires_grad=True)
    ops.dense(np.zeros((3_000_000, 1), np.float32), [[0.0, 0.0]], bias).backward(x)
    np.testing.assert_allclose(bias.grad.numpy(), exact, rtol=5e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [0, 1, 1023, 1024, 1025, 5000])
def test_a_penalty_is_the_sum_of_its_parts(n, dtype):
    x = np.random.default_rng(n).normal(size=n).astype(dtype)
    t = Tensor(x, requires_grad=True)
    y = ops.penalty(t, l1=0.5, l2=0.25)
    exact = 0.5 * np.abs(x.astype(float)).sum() + 0.25 * (x.astype(float) ** 2).sum()
    np.testing.assert_allclose(y.item(), exact, rtol=4 * np.finfo(dtype).eps)
    y.backward(2.0)
    np.testing.assert_allclose(t.grad.numpy(), np.sign(x) + x, rtol=1e-6)


def test_a_penalty_without_a_part_does_not_look_at_it():
    x = np.array([np.inf, -1.0], np.float32)
    assert ops.penalty(x, l1=1.0).item() == np.inf
    assert ops.penalty(x).item() == 0.0
    assert np.isnan(ops.penalty(np.float32([np.nan]), l2=1.0).item())
