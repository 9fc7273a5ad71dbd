"""NumPy functions called with tensors: ours where there is one, an error where a gradient goes."""

import numpy as np
import pytest

from autograd_mlp import Tensor, no_grad, ops


@pytest.fixture
def w():
    return Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)


@pytest.mark.parametrize("call, same", [
    (lambda x: np.exp(x), lambda x: ops.exp(x)), (lambda x: np.tanh(x), lambda x: ops.tanh(x)),
    (lambda x: np.add(1, x), lambda x: 1 + x),
    (lambda x: np.maximum(x, 2), lambda x: ops.maximum(x, 2)),
    (lambda x: np.abs(x), lambda x: abs(x)), (lambda x: np.square(x), lambda x: x * x),
    (lambda x: np.matmul(x, x), lambda x: x @ x), (lambda x: np.divide(x, 2), lambda x: x / 2),
    (lambda x: np.float64(2) * x, lambda x: 2 * x),
])
def test_ufuncs_are_the_operations_of_their_name(call, same, w):
    y = call(w)
    assert isinstance(y, Tensor) and y.requires_grad
    np.testing.assert_array_equal(y.numpy(), same(w).numpy())


@pytest.mark.parametrize("call", [
    lambda x: np.linalg.norm(x), lambda x: np.dot(x, x), lambda x: np.arctan(x),
    lambda x: np.mean(x),
    lambda x: np.concatenate([x, x]), lambda x: np.clip(x, 0, 1), lambda x: np.add.reduce(x),
])
def test_what_would_lose_the_gradient_raises(call, w):
    with pytest.raises(TypeError, match=r"(?s)lose the gradient.*autograd_mlp.ops.*numpy\(\)"):
        call(w)
    with no_grad():
        np.testing.assert_array_equal(call(w), call(w.numpy()))
    np.testing.assert_array_equal(call(w.detach()), call(w.numpy()))


def test_what_has_no_gradient_works_on_values(w):
    assert np.argmax(w, axis=1).tolist() == [1, 1]
    assert np.allclose(w, w.numpy()) and np.array_equal(w, w.numpy())
    assert np.isnan(w).sum() == 0 and (np.greater(w, 2) == [[False, False], [True, True]]).all()
    np.testing.assert_allclose(w, w.numpy())


def test_gradient_descent_as_people_write_it():
    w = Tensor([3.0, 4.0], requires_grad=True)
    (w * w).sum().backward()
    w.data -= 0.1 * w.grad
    np.testing.assert_allclose(w.numpy(), [2.4, 3.2], rtol=1e-6)
    w.zero_grad()
    (w * w).sum().backward()
    kept = w
    with no_grad():
        w -= 0.1 * w.grad
    assert w is kept and w.requires_grad
    np.testing.assert_allclose(w.numpy(), [1.92, 2.56], rtol=1e-6)
    with pytest.raises(RuntimeError, match="no_grad"):
        w -= 1.0


def test_lists_of_tensors_keep_their_gradients():
    w = Tensor(3.0, requires_grad=True)
    ops.mean([w * 2, w * 4]).backward()
    assert float(w.grad) == 3
    with pytest.raises(ValueError, match="ops.stack"):
        Tensor([w * 2, w * 4])
    with pytest.raises(ValueError, match="detach"):
        Tensor(w * 2)


# ---- comparisons ------------------------------------------------------------------------


def test_a_comparison_gives_values_without_a_gradient():
    y = Tensor([0.2, 0.7], requires_grad=True) * 1
    above = y > 0.5
    assert isinstance(above, np.ndarray) and above.dtype == bool and not above.requires_grad
    assert type(above.numpy()) is np.ndarray and above.detach().numpy().tolist() == [False, True]
    assert (above & (y < 1)).numpy().tolist() == [False, True]
    assert repr(above) == "array([False,  True])" and y[above].tolist() == [y.tolist()[1]]
    assert type(1.0 * above) is np.ndarray and type(above.sum()) is np.int64


def test_what_numpy_may_not_do_says_what_to_do():
    y = Tensor([0.2, 0.7], requires_grad=True) * 1
    with pytest.raises(TypeError) as caught:
        np.linalg.norm(y)
    assert str(caught.value) == """\
np.linalg.norm would lose the gradient of its tensor
  Why:   NumPy sees numbers only: what it computes is not recorded, so backward() would end
         there without a word.
  Try:   an operation of autograd_mlp.ops to go on with gradients; np.linalg.norm(t.numpy()) for
         the values alone, as of what model(x) returns"""
