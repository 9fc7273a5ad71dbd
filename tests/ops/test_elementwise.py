"""Operations element by element: accuracy over the whole range, kinks, NaN, operands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_mlp import Tensor, ops
from tests import oracles
from tests import strategies as some
from tests.ops.cases import cases
from tests.ops.checks import assert_close, gradients, tolerance

BINARY = ["add", "subtract", "multiply", "divide", "power", "maximum", "minimum"]
TRANSCENDENTAL = ["exp", "expm1", "log", "log1p", "sqrt"]


def ulps(got, exact, dtype):
    """Distance of got from the exact value, in units of the last place of dtype."""
    spacing = np.spacing(np.abs(exact).astype(dtype)).astype(exact.dtype)
    with np.errstate(invalid="ignore"):
        return np.where(got == exact, 0, np.abs(got - exact) / spacing)


# ---- accuracy ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TRANSCENDENTAL)
@given(seed=some.seeds)
def test_float32_is_within_two_ulp_over_all_bit_patterns(name, seed):
    bits = np.random.default_rng(seed).integers(0, 2**32, 4096, dtype=np.uint32)
    x = bits.view(np.float32)
    x = x[np.isfinite(x)]
    with np.errstate(all="ignore"):
        exact = getattr(oracles, name)(x.astype(np.float64))
        rounded = exact.astype(np.float32)

    y = getattr(ops, name)(x).numpy()

    finite = np.isfinite(rounded)
    np.testing.assert_array_equal(y[~finite], rounded[~finite])  # overflow, -Inf at 0, NaN below
    assert np.all(ulps(y[finite].astype(np.float64), exact[finite], np.float32) <= 2)


@pytest.mark.parametrize("name", TRANSCENDENTAL)
@given(seed=some.seeds)
def test_float64_is_within_two_ulp(name, seed):
    if np.finfo(np.longdouble).nmant <= np.finfo(np.float64).nmant:
        pytest.skip("this machine has no number format wider than float64 to compare with")
    rng = np.random.default_rng(seed)
    low, high = {"exp": (-700, 700), "expm1": (-40, 700)}.get(name, (0, 0))
    x = rng.uniform(low, high, 2048) if high else np.exp2(rng.uniform(-1000, 1000, 2048))
    x = np.where(rng.random(2048) < 0.3, x * np.exp2(-rng.uniform(0, 60, 2048)), x)
    exact = getattr(oracles, name)(x.astype(np.longdouble))

    y = getattr(ops, name)(x).numpy()

    assert np.all(ulps(y.astype(np.longdouble), exact, np.float64) <= 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "name, x, y",
    [
        ("exp", [0.0, -0.0, np.inf, -np.inf, 1000.0, -1000.0], [1, 1, np.inf, 0, np.inf, 0]),
        ("expm1", [0.0, np.inf, -np.inf, 1000.0, -1000.0], [0, np.inf, -1, np.inf, -1]),
        ("log", [1.0, 0.0, -0.0, np.inf, -1.0], [0, -np.inf, -np.inf, np.inf, np.nan]),
        ("log1p", [0.0, -1.0, np.inf, -2.0], [0, -np.inf, np.inf, np.nan]),
        ("sqrt", [0.0, 4.0, np.inf, -1.0], [0, 2, np.inf, np.nan]),
        ("square", [-3.0, 0.0, np.inf, -np.inf], [9, 0, np.inf, np.inf]),
        ("abs", [-3.0, -0.0, np.inf, -np.inf], [3, 0, np.inf, np.inf]),
        ("negative", [-3.0, 0.0, np.inf], [3, 0, -np.inf]),
        ("sign", [-3.0, -0.0, 0.0, 5.0, np.inf, -np.inf], [-1, 0, 0, 1, 1, -1]),
    ],
)
def test_special_values(name, x, y, dtype):
    got = getattr(ops, name)(np.array(x, dtype)).numpy()

    np.testing.assert_array_equal(got, np.array(y, dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_smallest_and_subnormal_numbers_are_not_flushed(dtype):
    tiny = np.finfo(dtype).smallest_subnormal
    x = np.array([tiny, 1000 * tiny, np.finfo(dtype).tiny], dtype)

    np.testing.assert_array_equal(ops.expm1(x).numpy(), x)
    np.testing.assert_array_equal(ops.log1p(x).numpy(), x)
    np.testing.assert_array_equal(ops.negative(x).numpy(), -x)
    np.testing.assert_array_equal(ops.multiply(x, 1.0).numpy(), x)
    assert_close(ops.log(x).numpy(), np.log(x), 1e-6 * 800, "log of subnormal numbers")


@pytest.mark.parametrize("name", ["negative", *TRANSCENDENTAL, "square", "abs", "sign"])
@given(x=some.values((9,), low=0.1), where=st.integers(0, 8), dtype=some.float_dtypes)
def test_nan_goes_through_and_stays_where_it_is(name, x, where, dtype):
    x = x.astype(dtype)
    x[where] = np.nan

    y = getattr(ops, name)(x).numpy()

    np.testing.assert_array_equal(np.isnan(y), np.isnan(x))


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("nan_on_the_left", [True, False], ids=["left", "right"])
@given(where=st.integers(0, 16), dtype=some.float_dtypes)
def test_nan_in_either_operand_goes_through(name, nan_on_the_left, where, dtype):
    x, y = (
        np.linspace(2, 3, 17, dtype=dtype),
        np.linspace(3, 2, 17, dtype=dtype),
    )  # not 1: 1^NaN = 1
    (x if nan_on_the_left else y)[where] = np.nan

    z = getattr(ops, name)(x, y).numpy()

    np.testing.assert_array_equal(np.isnan(z), np.arange(17) == where)


def test_clip_and_where_let_nan_through():
    np.testing.assert_array_equal(
        ops.clip([np.nan, -np.inf, np.inf], -1, 1).numpy(), [np.nan, -1, 1]
    )
    np.testing.assert_array_equal(ops.where([True, False], [np.nan, 1.0], [2.0, np.nan]).numpy(),
                                  [np.nan, np.nan])  # fmt: skip


# ---- derivatives at kinks and edges --------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "f, x, dx",
    [
        (ops.abs, [-2.0, 0.0, -0.0, 2.0], [-1, 0, 0, 1]),
        (ops.sign, [-2.0, 0.0, 2.0], [0, 0, 0]),
        (lambda x: ops.clip(x, -1, 1), [-2.0, -1.0, 0.0, 1.0, 2.0], [0, 1, 1, 1, 0]),
        (lambda x: ops.maximum(x, x), [1.0, -1.0], [1, 1]),
        (lambda x: ops.maximum(x, [0.0, 0.0, 0.0]), [-1.0, 0.0, 1.0], [0, 0.5, 1]),
        (lambda x: ops.minimum([0.0, 0.0, 0.0], x), [-1.0, 0.0, 1.0], [1, 0.5, 0]),
        (ops.sqrt, [0.0, 4.0], [np.inf, 0.25]),
        (ops.square, [0.0, -3.0], [0, -6]),
        (lambda x: ops.power(x, 2), [-3.0, 0.0, 2.0], [-6, 0, 4]),
        (lambda x: ops.power(x, 3.0), [-3.0, 0.0, 2.0], [27, 0, 12]),
        (lambda x: ops.power(x, 1), [-3.0, 0.0], [1, 1]),
        (lambda x: ops.power(x, 0), [-3.0, 0.0, 2.0], [0, 0, 0]),
        (lambda x: ops.power(x, -1), [-2.0, 2.0], [-0.25, -0.25]),
        (lambda x: ops.power(x, 0.5), [4.0, 1.0], [0.25, 0.5]),
        (lambda x: ops.power(0.0, x), [1.0, 2.0], [0, 0]),
        (lambda x: ops.power(1.0, x), [-1.0, 0.0, 2.0], [0, 0, 0]),
        (lambda x: ops.divide(1.0, x), [2.0, -4.0], [-0.25, -0.0625]),
    ],
)  # fmt: skip
def test_derivative_at_kinks_and_edges(f, x, dx, dtype):
    x = np.array(x, dtype)

    (got,) = gradients(f, x, dy=np.full(x.shape, 1.0))
    (doubled,) = gradients(f, x, dy=np.full(x.shape, 2.0))

    assert_close(got, np.array(dx, dtype), 1e-6 * np.abs(dx), "derivative")
    assert_close(doubled, 2 * np.array(dx, dtype), 2e-6 * np.abs(dx), "derivative for dy = 2")


@pytest.mark.parametrize(
    "x, exponent, y",
    [
        ([-2.0, -2.0, -2.0], [2.0, 3.0, -1.0], [4, -8, -0.5]),
        ([0.0, 0.0, 5.0, np.nan], [0.0, 2.0, 0.0, 0.0], [1, 0, 1, 1]),
        ([-8.0, -1.0], [1 / 3, 0.5], [np.nan, np.nan]),
        ([2.0, 0.5, 1.0], [np.inf, np.inf, np.nan], [np.inf, 0, 1]),
    ],
)
def test_power_has_the_values_of_numpy(x, exponent, y):
    np.testing.assert_array_equal(ops.power(np.array(x), np.array(exponent)).numpy(), y)


def test_where_gives_the_branch_not_taken_no_gradient_even_if_that_would_be_nan():
    x = np.array([-1.0, 0.0, 4.0])

    (dx,) = gradients(lambda x: ops.where(x.numpy() > 0, ops.sqrt(ops.maximum(x, 1.0)), 2 * x),
                      x, dy=np.array([1.0, 10.0, 100.0]))  # fmt: skip

    assert_close(dx, np.array([2.0, 20.0, 25.0]), 1e-15, "dx")


# ---- operands ------------------------------------------------------------------------------------


@given(dtype=some.float_dtypes, x=some.values((3, 2)), number=st.sampled_from((2, 0.5, -3.0)))
def test_operators_are_the_operations(dtype, x, number):
    x = x.astype(dtype)
    x[x == 0] = 1
    t = Tensor(x)
    for left, right in ((t, number), (number, t), (t, x), (x, t), (t, t)):
        a, b = (np.asarray(v) if isinstance(v, Tensor) else v for v in (left, right))
        for got, expected in (
            (left + right, a + b),
            (left - right, a - b),
            (left * right, a * b),
            (left / right, a / b),
            (ops.maximum(left, right), np.maximum(a, b)),
        ):
            assert isinstance(got, Tensor) and got.dtype == dtype
            assert_close(got.numpy(), expected, 2 * np.finfo(dtype).eps * np.abs(expected), "value")
    np.testing.assert_array_equal((-t).numpy(), -x)
    np.testing.assert_array_equal(abs(t).numpy(), np.abs(x))
    np.testing.assert_array_equal((t**2).numpy(), x * x)


@pytest.mark.parametrize("name", BINARY)
@given(data=st.data())
def test_float32_with_float64_gives_float64_and_each_its_own_gradient(name, data):
    case = data.draw(cases(name, np.float32))
    if len(case.inputs) == 1:
        return
    left = Tensor(case.inputs[0], requires_grad=True)
    right = Tensor(case.inputs[1].astype(np.float64), requires_grad=True)

    y = case.run([left, right])
    y.backward(np.ones(y.shape))

    expected = case.expected()
    assert y.dtype == np.float64
    assert_close(y.numpy(), expected, 1e-6 * tolerance(case, expected), case.text)
    assert left.grad.dtype == np.float32 and right.grad.dtype == np.float64


@pytest.mark.parametrize("name", BINARY)
def test_shapes_that_do_not_broadcast_are_named(name):
    with pytest.raises(ValueError, match=rf"{name}.*\(2, 3\).*\(2,\)"):
        getattr(ops, name)(np.ones((2, 3)), np.ones(2))


def test_clip_limits_in_the_wrong_order_raise():
    with pytest.raises(ValueError, match="x_min"):
        ops.clip([1.0], 2, 1)
