"""The oracles against independent means: differences, the standard library, sums by hand."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd_mlp.ops import OPS
from tests import oracles
from tests import strategies as some
from tests.ops.cases import cases
from tests.ops.checks import assert_close, derivative, in_double, upstream


@pytest.mark.parametrize("name", sorted(OPS))
@settings(some.fewer)
@given(data=st.data())
def test_complex_step_agrees_with_central_differences(name, data):
    case = data.draw(cases(name))
    h = 1e-6
    for which in np.flatnonzero(case.wrt):
        u = upstream(case.inputs[which].shape, data.draw(some.seeds))
        moved = [list(case.inputs) for _ in range(2)]
        moved[0][which] = in_double(case.inputs[which]) + h * u
        moved[1][which] = in_double(case.inputs[which]) - h * u
        here, ahead, behind = case.expected(), case.expected(moved[0]), case.expected(moved[1])
        scale = case.size * (1 + np.abs(here))
        bend = np.abs(ahead - 2 * here + behind)  # h² where the oracle is smooth, h at a kink
        assume(np.all(bend <= 1e-10 * (1 + np.abs(here)) + 1e-15 * case.length * scale))
        assume(np.all(np.abs(ahead - behind) <= 1e-3 * scale))  # and no jump

        by_differences = (ahead - behind) / (2 * h)

        by_complex_step = derivative(case, which, u)
        tol = 5 * h * (case.length * scale + np.abs(by_complex_step))
        assert_close(by_complex_step, by_differences, tol, f"{case.text}, input {which}")


def test_erfc_agrees_with_the_standard_library():
    x = np.linspace(-12, 12, 2001)

    got = oracles.erfc(x + 0j)

    expected = np.array([math.erfc(v) for v in x])
    assert_close(np.real(got), expected, 1e-12 * expected, "erfc")
    slope = -2 / math.sqrt(math.pi) * np.exp(-x * x)
    assert_close(np.imag(oracles.erfc(x + 1e-30j)) / 1e-30, slope, 1e-12 * -slope, "erfc'")


@pytest.mark.parametrize(
    "call, expected",
    [
        (lambda: oracles.relu(np.array([-1.0, 0, 1, np.nan])), [0, 0, 1, np.nan]),
        (lambda: oracles.relu(np.array([0.5, 1, 2, 3]), 0.25, 2.0, 1.0), [-0.125, 0, 2, 2]),
        (lambda: oracles.maximum(np.array([np.nan, 2]), np.array([0, 2])), [np.nan, 2]),
        (lambda: oracles.max(np.array([1.0, np.inf, np.inf])), np.inf),
        (lambda: oracles.logsumexp(np.array([1000.0, 1000.0])), 1000 + math.log(2)),
        (lambda: oracles.sigmoid(np.array([-800.0, 0, 800])), [0, 0.5, 1]),
        (lambda: oracles.softplus(np.array([-800.0, 0, 800])), [0, math.log(2), 800]),
        (lambda: oracles.hinge(np.array([[0.0, 1.0]]), np.array([[0.0, 3.0]])), [0.5]),
        (lambda: oracles.huber(np.zeros((1, 2)), np.array([[0.5, 3.0]])), [(0.125 + 2.5) / 2]),
    ],
)  # fmt: skip
def test_values_worked_out_by_hand(call, expected):
    with np.errstate(invalid="ignore"):
        got = call()

    np.testing.assert_allclose(got, expected, rtol=1e-15)
