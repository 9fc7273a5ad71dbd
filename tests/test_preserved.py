"""A block that leaves tensors as they were."""

import numpy as np
import pytest

from autograd_mlp import Tensor, Variable, ops
from autograd_mlp._engine import UpdateScalars, preserved


def test_contents_and_gradients_come_back():
    w = Variable([1.0, 2.0])
    (w * w).sum().backward()
    held = w.grad
    with preserved([w]):
        w.assign([5.0, 6.0])
        (w * w).sum().backward()        # adds to the gradient in place
        assert w.grad.tolist() == [12.0, 16.0]
        w.zero_grad()
    assert w.tolist() == [1.0, 2.0]
    assert w.grad.tolist() == [2.0, 4.0]
    assert held.tolist() == [2.0, 4.0]


def test_a_graph_from_before_can_run_backward():
    w = Tensor([1.0, 2.0], requires_grad=True)
    loss = (w * w).sum()
    with preserved([w]):
        w.data = [5.0, 6.0]
        with pytest.raises(RuntimeError, match="changed in place"):
            loss.backward()
    loss.backward()
    assert w.grad.tolist() == [2.0, 4.0]


@pytest.mark.parametrize("when", ["before", "inside"])
def test_arrays_that_share_the_storage(when):
    w = Tensor([1.0, 2.0], requires_grad=True)
    view = w.data if when == "before" else None
    loss = (w * w).sum()
    with preserved([w]):
        view = w.data if view is None else view
        view[0] = 9.0
    assert view.tolist() == [1.0, 2.0]
    loss.backward()
    view[0] = 3.0                       # still found out
    with pytest.raises(RuntimeError, match="changed in place"):
        loss.backward()


def test_views_share_the_version_of_their_storage():
    w = Variable([[1.0, 2.0]])
    flat = ops.reshape(w, (2,))
    loss = (flat * flat).sum()
    with preserved([w, w]):
        w.assign([[7.0, 7.0]])
    loss.backward()
    assert w.grad.tolist() == [[2.0, 4.0]]


def test_an_error_inside_comes_through():
    w = Variable([1.0])
    with pytest.raises(ArithmeticError), preserved([w]):
        w.assign([2.0])
        raise ArithmeticError
    assert w.tolist() == [1.0]


def test_the_numbers_of_an_optimizer():
    scalars = UpdateScalars()
    scalars.set("epsilon", 0.5)
    with preserved([scalars]):
        scalars.set("epsilon", 0.25)
        scalars.step.assign(3)
    assert scalars.get("epsilon") == 0.5
    assert scalars.step.tolist() == 0


def test_only_tensors():
    with pytest.raises(TypeError, match="takes tensors, got a ndarray"):
        preserved([np.ones(2)])
