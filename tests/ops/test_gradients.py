"""Every operation of the registry: values, gradients, and what a call must leave alone.

The operations come from `ops.OPS`, their calls from `cases.py`, what they should give from
`tests/oracles`: listing an operation is testing it.
"""

import gc
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd_mlp import Tensor, no_grad
from autograd_mlp.ops import OPS
from tests import oracles
from tests import strategies as some
from tests.ops.cases import CASES, cases
from tests.ops.checks import (
    assert_close,
    assert_gradients_match,
    backward,
    expected_gradient,
    tolerance,
    upstream,
)

ALL = sorted(OPS)
DIFFERENTIABLE = sorted(name for name in OPS if any(OPS[name].differentiable))


def test_every_operation_has_an_oracle_and_cases():
    without_oracle = [name for name in OPS if not callable(getattr(oracles, name, None))]
    without_cases = [name for name in OPS if name not in CASES]

    assert not without_oracle, f"write their formulas in tests/oracles: {without_oracle}"
    assert not without_cases, f"write their strategies in tests/ops/cases.py: {without_cases}"
    assert set(CASES) <= set(OPS), f"cases of no operation: {set(CASES) - set(OPS)}"


@pytest.mark.parametrize("name", ALL)
@given(data=st.data())
def test_value_is_the_oracles_in_float32_and_float64(name, data):
    case = data.draw(cases(name, np.float32))
    wide = case.as_dtype(np.float64)
    expected = case.expected()

    single, double = case.run(), wide.run()

    assert single.dtype == (case.result_dtype or case.dtype)
    assert double.dtype == (case.result_dtype or wide.dtype)
    assert_close(single.numpy(), expected, tolerance(case, expected), case.text)
    assert_close(double.numpy(), expected, tolerance(wide, expected), case.text)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
@given(data=st.data(), dtype=some.float_dtypes, seed=some.seeds)
def test_gradient_is_the_oracles(name, data, dtype, seed):
    case = data.draw(cases(name, dtype))
    candidates = np.flatnonzero(case.wrt).tolist()
    left_out = data.draw(st.sets(st.sampled_from(candidates), max_size=len(candidates) - 1))
    needed = tuple(w and which not in left_out for which, w in enumerate(case.wrt))

    assert_gradients_match(case, seed, needed)


@pytest.mark.parametrize("name", DIFFERENTIABLE)
@settings(some.fewer)
@given(data=st.data())
def test_full_jacobian_on_small_shapes(name, data):
    case = data.draw(cases(name))
    y_shape = case.expected().shape
    outputs = list(np.ndindex(y_shape))
    assume(1 <= len(outputs) <= 16 and all(x.size <= 16 for x in case.inputs))

    for index in outputs:  # row `index` of the Jacobian: dy = 1 there, 0 elsewhere
        dy = np.zeros(y_shape)
        dy[index] = 1
        _, row = backward(case, dy)
        for which in np.flatnonzero(case.wrt):
            expected = expected_gradient(case, which, dy)
            tol = 1e-12 * case.length * (1 + np.abs(expected))
            assert_close(row[which], expected, tol, f"{case.text}: ∂y{list(index)}/∂input {which}")


@pytest.mark.parametrize("name", DIFFERENTIABLE)
@settings(some.fewer)
@given(data=st.data(), dtype=some.float_dtypes, seed=some.seeds)
def test_inputs_and_dy_stay_and_gradients_share_no_memory(name, data, dtype, seed):
    case = data.draw(cases(name, dtype))
    dy = upstream(case.expected().shape, seed, dtype)
    dy_before, inputs_before = dy.copy(), [x.copy() for x in case.inputs]
    tensors = case.tensors()

    y = case.run(tensors)
    y_before = y.numpy()
    y.backward(dy)

    np.testing.assert_array_equal(dy, dy_before)
    np.testing.assert_array_equal(y.numpy(), y_before)
    for before, x, t in zip(inputs_before, case.inputs, tensors, strict=True):
        np.testing.assert_array_equal(x, before)
        np.testing.assert_array_equal(np.asarray(t), before)
    leaves = [t for t in tensors if isinstance(t, Tensor)]
    memory = [t.grad.data for t in leaves] + [t.data for t in leaves] + [y.data, dy, *case.inputs]
    for i, gradient in enumerate(memory[: len(leaves)]):
        for other in memory[i + 1 :]:
            assert not np.shares_memory(gradient, other), f"{case.text}: a gradient is an alias"


@pytest.mark.parametrize("name", DIFFERENTIABLE)
@settings(some.fewer)
@given(data=st.data(), dtype=some.float_dtypes, seed=some.seeds)
def test_the_same_call_gives_the_same_bits_recorded_or_not(name, data, dtype, seed):
    case = data.draw(cases(name, dtype))
    dy = upstream(case.expected().shape, seed, dtype)

    (y, gradients), (y_again, gradients_again) = backward(case, dy), backward(case, dy)
    with no_grad():
        unrecorded = case.run(case.tensors())

    assert y.requires_grad and not unrecorded.requires_grad
    assert y.numpy().tobytes() == y_again.numpy().tobytes() == unrecorded.numpy().tobytes()
    for gradient, again in zip(gradients, gradients_again, strict=True):
        assert gradient is again is None or gradient.tobytes() == again.tobytes()


@pytest.mark.parametrize("name", DIFFERENTIABLE)
@settings(some.fewer)
@given(data=st.data(), with_backward=st.booleans(), seed=some.seeds)
def test_graph_is_freed_with_its_last_reference(name, data, with_backward, seed):
    case = data.draw(cases(name))
    dy = upstream(case.expected().shape, seed)
    tensors = case.tensors()
    leaves = [t for t in tensors if isinstance(t, Tensor)]
    held_before = [sys.getrefcount(t) for t in leaves]

    gc.disable()  # the references alone must do it, without the collector of cycles
    try:
        y = case.run(tensors)
        if with_backward:
            y.backward(dy)
        held_meanwhile = [sys.getrefcount(t) for t in leaves]
        del y
        held_after = [sys.getrefcount(t) for t in leaves]
    finally:
        gc.enable()

    assert held_after == held_before
    assert all(np.greater(held_meanwhile, held_before))
