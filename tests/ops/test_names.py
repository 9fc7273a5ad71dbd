"""Keras's other names for operations, and what is made of them."""

import numpy as np
import pytest

from autograd_mlp import Tensor, ops
from autograd_mlp._engine import Tape
from autograd_mlp.ops import names


def test_all_names_are_operations_of_the_package():
    for name in names.__all__:
        assert getattr(ops, name) is getattr(names, name) and name in ops.__all__
        assert getattr(names, name).__doc__, name


@pytest.mark.parametrize("value, dtype", [
    ([1, 2], np.int64), (3, np.int64), (True, np.int64), ([1.0, 2], np.float32), (0.5, np.float32),
    (np.float64(1), np.float64), (np.ones(2, np.uint8), np.int64), ([], np.float32)])
def test_convert_to_tensor(value, dtype):
    tensor = ops.convert_to_tensor(value)
    assert tensor.dtype == dtype
    np.testing.assert_array_equal(tensor.numpy(), value)
    assert ops.convert_to_tensor(tensor) is tensor
    assert ops.convert_to_tensor(value, "float64").dtype == np.float64


def test_convert_to_tensor_keeps_gradients():
    w = Tensor([1.0, 2.0], requires_grad=True)
    both = ops.convert_to_tensor([w[0], w[1] * 3], "float64")
    both.sum().backward()
    np.testing.assert_array_equal(w.grad.numpy(), [1, 3])


def test_cast():
    x = Tensor([1.7, -1.7, 0.0])
    np.testing.assert_array_equal(ops.cast(x, "int32").numpy(), [1, -1, 0])
    assert ops.cast(x, np.uint8).dtype == np.int64
    np.testing.assert_array_equal(ops.cast(x, "bool").numpy(), [1, 1, 0])
    assert ops.cast(x, np.float32) is x
    for dtype in ("float16", "complex64", "string"):
        with pytest.raises((ValueError, TypeError)):
            ops.cast(x, dtype)


def test_new_tensors():
    for name, args in {"zeros": ((2, 3),), "ones": ((2,),), "eye": (3,), "linspace": (0, 1, 5)
                       }.items():
        made = getattr(ops, name)(*args)
        np.testing.assert_array_equal(made.numpy(), getattr(np, name)(*args))
        assert made.dtype == np.float32 and not made.requires_grad
    assert ops.arange(3).dtype == np.int64 and ops.arange(0, 1, 0.25).dtype == np.float32
    assert ops.full((2,), 3).numpy().tolist() == [3, 3]
    assert ops.zeros_like(np.ones((2, 2))).dtype == np.float64
    assert ops.full_like([1.0, 2.0], 4).tolist() == [4.0, 4.0]
    assert ops.ones_like([1, 2], "float32").dtype == np.float32


@pytest.mark.parametrize("name, x", [
    ("reciprocal", [2.0, 4.0]), ("std", [[1.0, 3.0], [2.0, 9.0]]), ("ravel", [[1.0], [2.0]]),
    ("flip", [[1.0, 2.0], [3.0, 4.0]]), ("any", [0.0, 2.0]), ("all", [0.0, 2.0]),
    ("absolute", [-1.0]), ("amax", [1.0, 2.0]), ("argsort", [3.0, 1.0, 2.0])])
def test_agrees_with_numpy(name, x):
    np.testing.assert_allclose(getattr(ops, name)(x).numpy(), getattr(np, name)(np.array(x)))


def test_norm_dot_split_top_k():
    m = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_allclose(ops.norm(m).numpy(), np.linalg.norm(m))
    for order in (None, 1, 2, np.inf):
        np.testing.assert_allclose(ops.norm(m, order, axis=1).numpy(),
                                   np.linalg.norm(m, order, axis=1))
    with pytest.raises(ValueError, match="ord must be"):
        ops.norm(m, "nuc")
    np.testing.assert_array_equal(ops.dot(m, m.T).numpy(), m @ m.T)
    assert ops.dot(2.0, 3.0).item() == 6
    for cut in (3, [1], [1, 2]):
        for ours, theirs in zip(ops.split(m, cut, axis=1), np.split(m, cut, 1), strict=True):
            np.testing.assert_array_equal(ours.numpy(), theirs)
    with pytest.raises(ValueError, match="cannot be cut into 2 parts"):
        ops.split(m, 2, axis=1)
    values, where = ops.top_k([[1.0, 3.0, 2.0]], 2)
    assert values.tolist() == [[3.0, 2.0]] and where.tolist() == [[1, 2]]


def test_a_metric_made_of_comparisons_is_recorded():
    y, p = Tensor([[1.0, 0.0], [0.0, 1.0]]), Tensor([[0.8, 0.2], [0.7, 0.3]])
    with Tape() as tape:
        hits = ops.equal(ops.argmax(y, axis=-1), ops.argmax(p, axis=-1))
        share = ops.mean(ops.cast(hits, "float32"))
        ops.mean(ops.cast(ops.greater(p, 0.5), "int32"))
    assert tape.broken is None
    assert share.item() == 0.5
    tape.replay()


def test_a_truth_value_is_no_index():
    """As 0 and 1 in int64 it would silently pick the first two rows."""
    x = Tensor([1.0, 2.0, 3.0])
    with pytest.raises(IndexError):
        x[ops.greater(x, 1.5)]
    np.testing.assert_array_equal(x[x > 1.5].numpy(), [2, 3])


def test_numpys_comparisons_stay_numpys():
    assert np.greater(Tensor([1.0, 2.0]), 1.5).dtype == bool
    assert np.isnan(Tensor([np.nan])).tolist() == [True]
