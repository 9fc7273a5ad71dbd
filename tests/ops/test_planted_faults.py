"""A wrong derivative in any operation, for any input, is noticed by the gradient check.

Each test replaces what an operation's rule returns for one input by something slightly wrong and
expects the check of `test_gradients.py` to fail: were it to pass, it would be worth nothing.
"""

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from autograd_mlp._engine import override_rule
from autograd_mlp.ops import OPS
from tests import strategies as some
from tests.ops.cases import cases
from tests.ops.checks import assert_gradients_match, backward, upstream


def one_percent_too_large(c):
    return c * 1.01


def one_element_wrong(c):
    wrong = c.copy()
    wrong.flat[np.argmax(np.abs(c))] *= 1.01
    return wrong


def wrong_sign(c):
    return -c


def transposed(c):  # one dimension: reversed
    return np.reshape(c.T if c.ndim > 1 else c[::-1] if c.ndim else c, c.shape)


def forgotten(c):
    return np.zeros_like(c)


def shifted(c):
    return c + 0.01


FAULTS = [one_percent_too_large, one_element_wrong, wrong_sign, transposed, forgotten, shifted]

JOINS = {"concatenate": 3, "stack": 3}  # of as many inputs as one likes: try the first three

EVERY_INPUT = [
    (name, which)
    for name in sorted(OPS)
    for which, differentiable in enumerate(OPS[name].differentiable * JOINS.get(name, 1))
    if differentiable
]

# The derivative of sign is 0, which most faults leave as it is.
PLANTED = [
    (*an_input, fault)
    for an_input in EVERY_INPUT
    for fault in FAULTS
    if an_input[0] != "sign" or fault is shifted
]


def changes(fault, c):
    """Whether the fault changes contribution c by more than rounding errors could."""
    return c.size > 0 and np.max(np.abs(fault(c) - c)) > 1e-5 * (1 + np.max(np.abs(c)))


@pytest.mark.parametrize("name, which, fault", PLANTED, ids=lambda v: getattr(v, "__name__", v))
@settings(max_examples=3, suppress_health_check=list(HealthCheck))
@given(data=st.data(), seed=some.seeds)
def test_a_wrong_derivative_is_noticed(name, which, fault, data, seed):
    case = data.draw(cases(name))
    dy = upstream(case.expected().shape, seed)
    noticeable = []

    def look(node, dy, contributions):
        if which < len(contributions) and contributions[which] is not None:
            noticeable.append(changes(fault, contributions[which]))
        return contributions

    def plant(node, dy, contributions):
        return [fault(c) if i == which else c for i, c in enumerate(contributions)]

    with override_rule(name, look):
        backward(case, dy)
    assume(any(noticeable))

    with override_rule(name, plant), pytest.raises(AssertionError):
        assert_gradients_match(case, seed)
    assert_gradients_match(case, seed)  # without the fault it passes
