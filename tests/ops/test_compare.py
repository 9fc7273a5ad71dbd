"""Comparisons, rounding and positions: recorded, and without a gradient."""

import numpy as np
import pytest

from autograd_mlp import Tensor, ops

X, Y = np.array([1.0, 2.0, 3.0, np.nan]), np.array([2.0, 2.0, 2.0, 2.0])


@pytest.mark.parametrize("name, expected", [
    ("equal", [0, 1, 0, 0]), ("not_equal", [1, 0, 1, 1]),
    ("greater", [0, 0, 1, 0]), ("greater_equal", [0, 1, 1, 0]),
    ("less", [1, 0, 0, 0]), ("less_equal", [1, 1, 0, 0]),
])
def test_comparisons_are_1_and_0(name, expected):
    assert getattr(ops, name)(X, Y).tolist() == expected
    assert getattr(ops, name)(X[:3].astype(int), Y[:3].astype(int)).tolist() == expected[:3]


def test_a_half_is_rounded_to_the_even_number():
    assert ops.round([-1.5, -0.5, 0.5, 1.5, 2.5]).tolist() == [-2, 0, 0, 2, 2]


def test_positions_are_whole_numbers():
    x = [[1.0, 3.0, 3.0], [0.0, -1.0, -2.0]]
    assert ops.argmax(x, axis=-1).tolist() == [1, 0] and ops.argmin(x, axis=-1).tolist() == [0, 2]
    assert ops.argmax(x).item() == 1
    assert ops.argmax(x, axis=-1).dtype == np.int64


def test_nothing_flows_back():
    x = Tensor([1.0, 2.0], requires_grad=True)
    assert not ops.round(x).requires_grad and not ops.greater(x, 1.5).requires_grad
    (ops.round(x) * x).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [1, 2])
