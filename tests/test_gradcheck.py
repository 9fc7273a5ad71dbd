"""gradcheck passes what is right, fails what is wrong, and says why."""

import numpy as np
import pytest

from autograd_mlp import GradientError, Tensor, gradcheck, layers, ops, override_rule

rng = np.random.default_rng(0)


def test_right_gradients_pass():
    assert gradcheck(lambda x, w, b: ops.dense(x, w, b, activation="tanh"),
                     [rng.normal(size=(3, 4)), rng.normal(size=(4, 2)), rng.normal(size=2)])


def test_large_functions_are_checked_along_random_directions():
    assert gradcheck(lambda x, w: ops.softplus(x @ w),
                     [rng.normal(size=(40, 30)), rng.normal(size=(30, 20))])


def test_single_numbers_and_tensors():
    assert gradcheck(lambda x: x * x, 3.0)
    assert gradcheck(ops.exp, Tensor([1.0, 2.0], requires_grad=True))
    assert gradcheck(lambda p: ops.sparse_categorical_crossentropy([0, 1], p),
                     rng.uniform(0.1, 0.9, (2, 3)))


def test_inputs_that_need_no_gradient_are_not_checked():
    x = Tensor([1.0, 2.0], requires_grad=True)
    assert gradcheck(lambda a, b: a * b.detach(), [x, Tensor([3.0, 4.0])])
    with pytest.raises(ValueError, match="nothing to check"):
        gradcheck(lambda a: a, Tensor([1.0]))


def planted(name, change):
    """A rule whose first contribution is changed."""
    def rule(node, dy, contributions):
        first, *rest = contributions
        return [change(first) if first is not None else None, *rest]
    return override_rule(name, rule)


@pytest.mark.parametrize("change, diagnosis", [
    (lambda d: d * 2, "factor 2"),
    (lambda d: d / 2, "factor 1/2"),
    (lambda d: -d, "sign is wrong"),
    (lambda d: d * 0, "the analytic gradient is 0"),
    (lambda d: d * 7, "lacks a division by 7"),
    (lambda d: d / 7, "divided by 7 once too often"),
    (lambda d: d * np.nan, "NaN"),
    (lambda d: d * 1.2345, "backward rule"),
])
def test_a_wrong_rule_is_named(change, diagnosis):
    with planted("tanh", change), pytest.raises(GradientError, match=diagnosis) as error:
        gradcheck(ops.tanh, rng.normal(size=7))
    for part in ("input 0", "analytic", "numeric", "ratio"):
        assert part in str(error.value)


def test_a_transposed_gradient_is_named():
    with planted("tanh", lambda d: d.T), pytest.raises(GradientError, match="transposed"):
        gradcheck(lambda x: ops.tanh(x).sum(), rng.normal(size=(3, 3)))


@pytest.mark.parametrize("size", [5, 3000])
def test_the_worst_index_is_named(size):
    def one_wrong(d):
        d = d.copy()
        d[3] += 10
        return d

    with planted("exp", one_wrong), pytest.raises(GradientError, match=r"input 0\[3\]"):
        gradcheck(lambda x: ops.exp(x).mean(), rng.normal(size=size))


def test_a_kink_is_named():
    with pytest.raises(GradientError, match="kink crossed"):
        gradcheck(ops.relu, [[1.0, 3e-7, -1.0]])


@pytest.mark.parametrize("f", [ops.relu, ops.leaky_relu, ops.hard_sigmoid])
def test_a_kink_hit_exactly_is_named(f):
    with pytest.raises(GradientError, match="kink crossed: the slope is"):
        gradcheck(f, [-3.0 if f is ops.hard_sigmoid else 0.0])


def test_float32_is_refused():
    with pytest.raises(ValueError, match="float64"):
        gradcheck(layers.Dense(2), rng.normal(size=(2, 3)))
    assert gradcheck(layers.Dense(2, dtype="float64"), rng.normal(size=(2, 3)))


def test_random_functions_are_refused():
    with pytest.raises(ValueError, match="random"):
        gradcheck(lambda x: ops.dropout(x, 0.5), rng.normal(size=20))
    assert gradcheck(lambda x: ops.dropout(x, 0.5, seed=1), rng.normal(size=20))


def test_round_off_is_named():
    with pytest.raises(GradientError, match="round-off.*larger eps"):
        gradcheck(lambda x: x + 1e8, [[1.0, 2.0]], eps=1e-9)


def test_a_missing_graph_is_found():
    with pytest.raises(GradientError, match="none of the inputs"):
        gradcheck(lambda x: Tensor(np.sin(x.numpy())), [1.0])


def test_gradients_of_the_inputs_are_left_alone():
    x = Tensor([1.0, 2.0], requires_grad=True)
    gradcheck(ops.tanh, x)
    assert x.grad is None
