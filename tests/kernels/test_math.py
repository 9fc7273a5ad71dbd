"""exp, log, tanh and friends: accuracy in units in the last place, and special values.

float32 is compared with NumPy in long double over random bit patterns (so over the whole range,
denormals included); float64 too, where long double is wider than that.
"""

import math

import numpy as np
import pytest

from autograd_mlp import Tensor, ops

WIDE = np.longdouble
WIDER_THAN_DOUBLE = np.finfo(WIDE).nmant >= 63


def sigmoid(x):
    z = np.exp(-abs(x))
    return np.where(x < 0, z, WIDE(1)) / (1 + z)


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-abs(x)))


# function: (reference, largest error in ULP, where it varies most)
FUNCTIONS = {
    "exp": (np.exp, 1.25, (-110, 95)),
    "expm1": (np.expm1, 2.0, (-30, 95)),
    "log": (np.log, 1.25, (0, 3)),
    "log1p": (np.log1p, 2.0, (-1, 3)),
    "tanh": (np.tanh, 2.5, (-22, 22)),
    "sigmoid": (sigmoid, 2.25, (-110, 30)),
    "softplus": (softplus, 2.0, (-110, 30)),
}


def error_in_ulp(got, exact, dtype):
    """|got − exact| in the spacing of `dtype` at `exact`; Inf counts as right where exact rounds
    to it, NaN only where exact is NaN."""
    info = np.finfo(dtype)
    with np.errstate(all="ignore"):
        _, exponent = np.frexp(np.abs(exact))
        spacing = np.ldexp(WIDE(1), np.maximum(exponent - 1, info.minexp) - info.nmant)
        error = np.abs(got.astype(WIDE) - exact) / spacing
        at_the_top = np.abs(exact) >= WIDE(info.max) * (1 - 2 * WIDE(info.eps))
    error = np.where(np.isinf(got) & at_the_top & (np.sign(got) == np.sign(exact)), 0, error)
    return np.where(np.isnan(exact), np.where(np.isnan(got), 0, np.inf),
                    np.where(np.isnan(got), np.inf, error))


def arguments(dtype, low, high, n=20_000):
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2**32, n, dtype=np.uint32) if dtype == "float32" else \
        rng.integers(0, 2**64, n, dtype=np.uint64)
    around = [rng.uniform(low, high, n), rng.uniform(-1.5, 1.5, n)]
    return np.concatenate([bits.view(dtype), *(values.astype(dtype) for values in around)])


@pytest.mark.parametrize("dtype", [
    "float32", pytest.param("float64", marks=pytest.mark.skipif(
        not WIDER_THAN_DOUBLE, reason="long double is no wider than float64 here"))])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_accuracy(name, dtype):
    reference, bound, (low, high) = FUNCTIONS[name]
    x = arguments(dtype, low, high)
    with np.errstate(all="ignore"):
        exact = reference(x.astype(WIDE))
    error = error_in_ulp(getattr(ops, name)(Tensor(x)).numpy(), exact, dtype)
    worst = np.argmax(error)
    assert error[worst] <= bound, f"{name}({x[worst]!r}) is off by {error[worst]:.3g} ULP"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_erf_by_gelu(dtype):
    x = np.linspace(-6, 6, 5001).astype(dtype)
    exact = [0.5 * v * (1 + math.erf(v / math.sqrt(2))) for v in x.astype("float64")]
    # 1 + erf cancels for negative x: the error is relative to x, not to the result
    np.testing.assert_allclose(ops.gelu(Tensor(x)).numpy(), exact, rtol=0,
                               atol=6 * np.finfo(dtype).eps)


INF, NAN = np.inf, np.nan
SPECIAL = {
    "exp": [(0.0, 1), (-0.0, 1), (INF, INF), (-INF, 0), (1e4, INF), (-1e4, 0)],
    "expm1": [(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -1), (-1e4, -1)],
    "log": [(0.0, -INF), (-0.0, -INF), (1, 0), (INF, INF), (-1, NAN), (-INF, NAN)],
    "log1p": [(0.0, 0.0), (-0.0, -0.0), (-1, -INF), (-2, NAN), (INF, INF)],
    "tanh": [(0.0, 0.0), (-0.0, -0.0), (INF, 1), (-INF, -1), (1e30, 1)],
    "sigmoid": [(0.0, 0.5), (INF, 1), (-INF, 0), (1e30, 1), (-1e30, 0)],
    "softplus": [(INF, INF), (-INF, 0), (1e30, 1e30), (-1e30, 0)],
    "relu": [(INF, INF), (-INF, 0), (-1e-45, 0)],
    "sqrt": [(-0.0, -0.0), (INF, INF), (-1, NAN)],
    "abs": [(-0.0, 0.0), (-INF, INF)],
    "sign": [(-0.0, 0), (-INF, -1)],
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", SPECIAL)
def test_special_values(name, dtype):
    for x, y in [*SPECIAL[name], (NAN, NAN)]:
        got = getattr(ops, name)(Tensor(np.full(37, x, dtype))).numpy()
        expected = np.full(37, y, dtype)
        np.testing.assert_array_equal(got, expected)
        if not np.isnan(y):
            np.testing.assert_array_equal(np.signbit(got), np.signbit(expected))


@pytest.mark.parametrize("name", [n for n, op in ops.OPS.items()
                                  if op.family in ("unary", "activation")
                                  and n not in ("clip", "softmax", "log_softmax", "sparsemax",
                                                "glu", "threshold")])
def test_an_element_does_not_depend_on_its_place(name):
    """Same bits alone and in arrays of every length, so in vector bodies and in tails."""
    x = np.random.default_rng(0).normal(size=67).astype("float32")
    function = getattr(ops, name)
    alone = np.concatenate([function(Tensor(x[i : i + 1])).numpy() for i in range(67)])
    for n in range(1, 68):
        np.testing.assert_array_equal(function(Tensor(x[:n])).numpy(), alone[:n])
        np.testing.assert_array_equal(function(Tensor(x[67 - n :])).numpy(), alone[67 - n :])


@pytest.mark.parametrize("name", [n for n, op in ops.OPS.items()
                                  if op.family in ("activation", "unary")
                                  and n not in ("clip", "threshold")])
def test_nan_never_becomes_a_number(name):
    x = Tensor([[1.0, np.nan, -1.0, 2.0]], requires_grad=True)
    y = getattr(ops, name)(x)
    y.backward(np.ones(y.shape))
    assert np.isnan(y.numpy()[0, 1])
    # the others' derivative does not depend on this x
    if name not in ("sign", "negative", "linear", "glu"):
        assert np.isnan(x.grad.numpy()[0, 1])
