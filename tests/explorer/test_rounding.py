"""What rounding is allowed: measured, of the size it has, and without a trace."""

import numpy as np
import pytest

from autograd_mlp import Tensor, ops, random
from autograd_mlp.explorer.checks import NumericCheck
from autograd_mlp.explorer.rerun import Graph
from autograd_mlp.explorer.rounding import largest, rounding


def network(dtype=np.float32, seed=0):
    """A weight and the loss of two layers; the same numbers in both dtypes."""
    rng = np.random.default_rng(seed)

    def tensor(*shape, **options):
        return Tensor(rng.normal(size=shape).astype(np.float32).astype(dtype), **options)

    x, w, v = tensor(6, 4), tensor(4, 5, requires_grad=True), tensor(5, 1, requires_grad=True)
    hidden = ops.dense(x, w, activation="tanh")
    return w, ops.mean(ops.square(ops.dense(hidden, v, activation="sigmoid") - 0.25))


def allowed(tensor, loss):
    """What rounding may do to the gradient of a tensor, relative to it."""
    check = NumericCheck(loss)
    return check.rounding[1][id(tensor)] / largest(check.gradients[id(tensor)])


@pytest.mark.parametrize("seed", range(5))
def test_a_float32_gradient_is_as_exact_as_allowed_but_not_a_thousand_times_more(seed):
    w, loss = network(seed=seed)
    exact_w, exact = network(np.float64, seed)
    check = NumericCheck(loss)

    error = largest(check.gradients[id(w)] - NumericCheck(exact).gradients[id(exact_w)])

    assert 0 < error <= check.rounding[1][id(w)] < 1000 * error


def test_float64_is_allowed_as_much_less_as_it_is_more_exact():
    ratio = allowed(*network(np.float32)) / allowed(*network(np.float64))

    assert 0.2 < ratio / 2 ** 29 < 5


def test_a_difference_that_nearly_cancels_is_allowed_more():
    """d/dw (tanh w − t)²: of tanh w − t few digits are left where the two are nearly equal."""
    w = Tensor([0.5, 0.25], requires_grad=True)
    near = Tensor((np.tanh(w.numpy().astype(float)) + 1e-5).astype(np.float32))

    far = allowed(w, ops.square(ops.tanh(w) - 3.0).sum())
    close = allowed(w, ops.square(ops.tanh(w) - near).sum())

    assert far < 1e-5
    assert 1e-3 < close < 1


def test_the_noise_of_a_difference_grows_with_the_loss_and_with_the_inverse_of_the_step():
    w, loss = network()
    graph = Graph(loss * 1e6)
    gradients = NumericCheck(graph.loss).gradients
    small = rounding(Graph(loss), NumericCheck(loss).gradients, float(loss), 1e-6)[0]

    large = rounding(graph, gradients, float(graph.loss), 1e-6)[0]

    assert 1e5 < large / small < 1e7
    assert rounding(graph, gradients, float(graph.loss), 1e-3)[0] == pytest.approx(large / 1000)


def test_the_experiments_are_the_same_every_time_and_leave_nothing():
    w, loss = network()
    graph = Graph(loss)
    before = [t.numpy().tobytes() for t in graph.tensors]
    state = random.get_state()
    gradients = NumericCheck(loss).gradients

    first, second = (rounding(graph, gradients, float(loss), 1e-6) for _ in range(2))

    assert first == second
    assert before == [t.numpy().tobytes() for t in graph.tensors]
    assert random.get_state() == state
    assert all(t.grad is None for t in graph.tensors)


def test_the_largest_of_what_is_finite():
    assert largest(np.array([1.0, -3.0, np.inf, np.nan])) == 3.0
    assert largest(None) == largest(np.zeros(0)) == 0.0
