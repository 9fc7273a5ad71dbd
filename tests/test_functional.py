"""grad and value_and_grad."""

import numpy as np
import pytest

from autograd_mlp import Tensor, grad, no_grad, ops, value_and_grad


def test_value_and_gradient():
    value, gradient = value_and_grad(lambda x: (x**3).sum())([1.0, 2.0])
    assert float(value) == 9 and gradient.tolist() == [3, 12]


def test_several_arguments():
    _, (dx, dw) = value_and_grad(lambda x, w: (x * w).sum(), argnums=(0, 1))([1.0, 2.0],
                                                                             [3.0, 4.0])
    assert dx.tolist() == [3, 4] and dw.tolist() == [1, 2]


def test_arguments_keep_their_own_gradients():
    x = Tensor([1.0], requires_grad=True)
    assert grad(lambda t: (t * t).sum())(x).tolist() == [2]
    assert x.grad is None


def test_keyword_arguments_are_passed_on():
    assert grad(lambda x, power: (x**power).sum())([2.0], power=3).tolist() == [12]


def test_float64_stays():
    assert grad(lambda x: ops.sum(x * x))(np.array([1.0])).dtype == np.float64


@pytest.mark.parametrize("f, error", [
    (lambda x: 3.0, TypeError),
    (lambda x: Tensor(1.0), RuntimeError),
    (lambda x: x.detach().sum(), RuntimeError),
    (lambda x: grad(lambda t: (t * t).sum())(x).sum(), RuntimeError),
    (lambda x: x * 2, ValueError),
])
def test_what_has_no_gradient_raises(f, error):
    with pytest.raises(error):
        grad(f)([1.0, 2.0])


def test_inside_no_grad_raises():
    with no_grad(), pytest.raises(RuntimeError, match="no_grad"):
        grad(lambda x: x.sum())([1.0])


def test_argnums_out_of_range():
    with pytest.raises(ValueError, match="argument 1"):
        grad(lambda x: x.sum(), argnums=1)([1.0])
