"""Activations: values worked out by hand, kinks, accuracy over the whole range, NaN, arguments."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_mlp import ops
from tests import oracles
from tests import strategies as some
from tests.ops.cases import ACTIVATIONS, RARE
from tests.ops.checks import assert_close, gradients

SMALLEST = float(np.finfo(np.float32).smallest_subnormal)
NOT_ELEMENTWISE = ("softmax", "log_softmax", "sparsemax", "glu", "threshold")
ELEMENTWISE = [name for name in (*ACTIVATIONS, *RARE) if name not in NOT_ELEMENTWISE]

# Computed relative to y, so that a tail keeps its digits; the others are accurate relative to 1.
ACCURATE_IN_THE_TAIL = ["sigmoid", "tanh", "softplus", "softsign", "exponential", "silu", "elu",
                        "selu"]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "f, x, y, slope",
    [
        (ops.relu, [-1, -0.0, 0, 2], [0, 0, 0, 2], [0, 0, 0, 1]),
        (lambda x: ops.relu(x, max_value=2.0), [-1, 0, 1, 2, 3], [0, 0, 1, 2, 2], [0, 0, 1, 0, 0]),
        (lambda x: ops.relu(x, threshold=1.0), [0.5, 1, 2], [0, 0, 2], [0, 0, 1]),
        (lambda x: ops.relu(x, negative_slope=0.5), [-2, 0, 2], [-1, 0, 2], [0.5, 0.5, 1]),
        (lambda x: ops.relu(x, 0.5, 3.0, 1.0), [-1, 1, 2, 3], [-1, 0, 2, 3], [0.5, 0.5, 1, 0]),
        (lambda x: ops.leaky_relu(x), [-5, 0, 5], [-1, 0, 5], [0.2, 0.2, 1]),
        (lambda x: ops.leaky_relu(x, negative_slope=0.5), [-5, 0, 5], [-2.5, 0, 5], [0.5, 0.5, 1]),
        (ops.relu6, [-1, 0, 3, 6, 7], [0, 0, 3, 6, 6], [0, 0, 1, 0, 0]),
        (ops.hard_sigmoid, [-4, -3, 0, 3, 4], [0, 0, 0.5, 1, 1], [0, 0, 1 / 6, 0, 0]),
        (ops.elu, [0, -0.0, 1], [0, 0, 1], [1, 1, 1]),
        (lambda x: ops.elu(x, alpha=0.5), [0, 1], [0, 1], [1, 1]),
        (ops.selu, [0, 1], [0, oracles.SELU_SCALE], [oracles.SELU_SCALE, oracles.SELU_SCALE]),
        (ops.sigmoid, [0, -1000, 1000], [0.5, 0, 1], [0.25, 0, 0]),
        (ops.tanh, [0, -1000, 1000], [0, -1, 1], [1, 0, 0]),
        (ops.softplus, [0, -1000, 1000], [np.log(2), 0, 1000], [0.5, 0, 1]),
        (ops.softsign, [0, 1, -3], [0, 0.5, -0.75], [1, 0.25, 0.0625]),
        (ops.silu, [0, -1000, 1000], [0, 0, 1000], [0.5, 0, 1]),
        (ops.gelu, [0, -1000, 1000], [0, 0, 1000], [0.5, 0, 1]),
        (lambda x: ops.gelu(x, approximate=True), [0, -1000, 1000], [0, 0, 1000], [0.5, 0, 1]),
        (ops.mish, [0, -1000, 1000], [0, 0, 1000], [0.6, 0, 1]),
        (ops.exponential, [0, -1000], [1, 0], [1, 0]),
        (ops.linear, [-2, 3], [-2, 3], [1, 1]),
        (ops.celu, [0, -0.0, 1, -1000], [0, 0, 1, -1], [1, 1, 1, 0]),
        (lambda x: ops.glu(x), [3, -2, 0, 1000], [1.5, -2], [0.5, 1, 0.75, 0]),
        (ops.hard_shrink, [-1, -0.5, 0, 0.5, 0.6], [-1, 0, 0, 0, 0.6], [1, 0, 0, 0, 1]),
        (ops.hard_silu, [-4, -3, 0, 3, 4], [0, 0, 0, 3, 4], [0, 0, 0.5, 1, 1]),
        (ops.hard_tanh, [-2, -1, 0.5, 1, 2], [-1, -1, 0.5, 1, 1], [0, 1, 1, 1, 0]),
        (ops.log_sigmoid, [0, -1000, 1000], [-np.log(2), -1000, 0], [0.5, 1, 0]),
        (ops.soft_shrink, [-1, -0.5, 0, 0.5, 2], [-0.5, 0, 0, 0, 1.5], [1, 0, 0, 0, 1]),
        (ops.sparse_plus, [-2, -1, 0, 1, 2], [0, 0, 0.25, 1, 2], [0, 0, 0.5, 1, 1]),
        (ops.sparse_sigmoid, [-2, -1, 0, 1, 2], [0, 0, 0.5, 1, 1], [0, 0, 0.5, 0, 0]),
        (ops.sparsemax, [0.0, 0.5, -3], [0.25, 0.75, 0], [0, 0, 0]),
        (ops.squareplus, [0, 1.5, -1000000], [1, 2, 1e-6], [0.5, 0.8, 1e-12]),
        (lambda x: ops.squareplus(x, b=0), [-2, 0, 2], [0, 0, 2], [0, 0.5, 1]),
        (ops.tanh_shrink, [0, -1000, 1000], [0, -999, 999], [0, 1, 1]),
        (lambda x: ops.threshold(x, 1, 5), [0, 1, 2], [5, 5, 2], [0, 0, 1]),
        (ops.softmax, [0, 1000, -1000], [0, 1, 0], [0, 0, 0]),
        (ops.log_softmax, [0, 1000], [-1000, 0], [1, -1]),
    ],
)  # fmt: skip
def test_values_and_slopes_at_kinks_and_far_out(f, x, y, slope, dtype):
    x = np.array(x, dtype)
    dy = np.ones(np.shape(y)) if f is not ops.log_softmax else np.array([1.0, 0.0])

    got, (dx,) = f(x).numpy(), gradients(f, x, dy=dy)

    assert_close(got, np.array(y, float), 1e-6 * np.abs(y), "value")
    assert_close(dx, np.array(slope, float), 1e-6 * np.abs(slope), "slope")


@pytest.mark.parametrize("name", ACCURATE_IN_THE_TAIL)
@given(seed=some.seeds)
def test_float32_is_within_four_ulp_over_all_bit_patterns(name, seed):
    bits = np.random.default_rng(seed).integers(0, 2**32, 4096, dtype=np.uint32)
    x = bits.view(np.float32)
    x = np.concatenate([x[np.isfinite(x)], np.linspace(-90, 90, 4001, dtype=np.float32)])
    with np.errstate(all="ignore"):
        exact = getattr(oracles, name)(x.astype(np.float64))
        rounded = exact.astype(np.float32)
        last_place = np.spacing(np.abs(rounded)).astype(np.float64)

    y = getattr(ops, name)(x).numpy()

    overflow = np.abs(exact) >= np.finfo(np.float32).max
    np.testing.assert_array_equal(y[overflow], rounded[overflow])
    kept = ~overflow
    tol = 4 * last_place + 4 * np.abs(x).astype(np.float64) * SMALLEST
    assert_close(y[kept], exact[kept], tol[kept], name)


@pytest.mark.parametrize("name", ELEMENTWISE)
@given(seed=some.seeds, dtype=some.float_dtypes)
def test_value_is_accurate_relative_to_its_input(name, seed, dtype):
    x = np.random.default_rng(seed).uniform(-40, 40, 2000).astype(dtype)
    with np.errstate(all="ignore"):
        exact = getattr(oracles, name)(x.astype(np.float64))

    y = getattr(ops, name)(x).numpy()

    assert_close(
        y, exact, 4 * np.finfo(dtype).eps * (np.abs(exact) + np.minimum(np.abs(x), 1)), name
    )


@pytest.mark.parametrize("name", ELEMENTWISE)
@given(where=st.integers(0, 16), dtype=some.float_dtypes)
def test_nan_goes_through_forward_and_backward(name, where, dtype):
    x = np.linspace(-2, 2, 17, dtype=dtype)
    x[where] = np.nan
    f = getattr(ops, name)

    y, (dx,) = f(x).numpy(), gradients(f, x, dy=np.full(17, np.nan))

    np.testing.assert_array_equal(np.isnan(y), np.isnan(x))
    assert np.isnan(dx[np.isfinite(x) & (dx != 0)]).all()  # a NaN upstream is not made a number


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@given(where=st.integers(0, 5), rows=st.integers(1, 20), dtype=some.float_dtypes)
def test_nan_reaches_its_row_and_no_other(name, where, rows, dtype):
    x = np.tile(np.linspace(-1, 1, 6, dtype=dtype), (rows, 1))
    x[rows // 2, where] = np.nan

    y = getattr(ops, name)(x).numpy()

    np.testing.assert_array_equal(np.isnan(y).all(axis=1), np.arange(rows) == rows // 2)
    np.testing.assert_array_equal(np.isnan(y).any(axis=1), np.arange(rows) == rows // 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "name, at_minus_inf, at_plus_inf",
    [
        ("linear", -np.inf, np.inf),
        ("sigmoid", 0, 1),
        ("relu", 0, np.inf),
        ("relu6", 0, 6),
        ("hard_sigmoid", 0, 1),
        ("tanh", -1, 1),
        ("elu", -1, np.inf),
        ("softplus", 0, np.inf),
        ("exponential", 0, np.inf),
        ("leaky_relu", -np.inf, np.inf),
    ],
)
def test_limits_at_infinity(name, at_minus_inf, at_plus_inf, dtype):
    y = getattr(ops, name)(np.array([-np.inf, np.inf], dtype)).numpy()

    np.testing.assert_array_equal(y, np.array([at_minus_inf, at_plus_inf], dtype))


@given(data=st.data(), dtype=some.float_dtypes)
def test_softmax_rows_sum_to_one_and_ignore_a_shift(data, dtype):
    shape = data.draw(some.shapes(min_dims=1, min_side=1))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x = data.draw(some.values(shape, dtype, -8, 8))
    eps = np.finfo(dtype).eps * shape[axis]

    y = ops.softmax(x, axis=axis).numpy()

    assert np.all(y >= 0)
    total = y.sum(axis=axis, dtype=float)
    assert_close(total, np.ones(total.shape), 4 * eps, "sum")
    assert_close(ops.softmax(x + dtype(64), axis=axis).numpy(), y, 200 * eps, "softmax(x + 64)")
    assert_close(ops.exp(ops.log_softmax(x, axis=axis)).numpy(), y, 64 * eps, "exp(log_softmax)")


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: ops.softmax(np.ones((2, 3)), axis=2), "axis"),
        (lambda: ops.relu(np.ones(3), negative_slope=-1.0), "negative_slope"),
        (lambda: ops.relu(np.ones(3), max_value=-1.0), "max_value"),
    ],
)
def test_arguments_out_of_range_raise(call, words):
    with pytest.raises((ValueError, IndexError), match=words):
        call()
