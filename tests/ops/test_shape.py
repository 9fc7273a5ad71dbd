"""Operations that move values: bounds of indices, repeated rows, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_mlp import Tensor, ops
from tests import strategies as some
from tests.ops.checks import gradients

# ---- rows and indices ----------------------------------------------------------------------------


@given(rows=st.integers(1, 20), dtype=some.float_dtypes)
def test_gather_takes_the_last_row_and_refuses_the_next(rows, dtype):
    x = np.arange(rows * 3, dtype=dtype).reshape(rows, 3)

    np.testing.assert_array_equal(ops.gather(x, [0, rows - 1]).numpy(), x[[0, -1]])
    for bad in (rows, rows + 1, -1):
        with pytest.raises(IndexError, match=f"{bad}.*{rows}"):
            ops.gather(x, np.array([0, bad]))


def test_gather_adds_up_the_gradients_of_a_row_taken_twice():
    x, dy = np.zeros((3, 2)), np.array([[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]])

    (dx,) = gradients(lambda x: ops.gather(x, np.array([2, 0, 2])), x, dy=dy)

    np.testing.assert_array_equal(dx, [[10, 20], [0, 0], [101, 202]])


def test_gather_refuses_indices_that_are_not_whole_numbers():
    with pytest.raises((TypeError, ValueError), match="whole"):
        ops.gather(np.ones((3, 2)), np.array([0.5]))


def test_getitem_adds_up_the_gradients_of_an_element_taken_twice():
    (dx,) = gradients(lambda x: x[np.array([1, 1, 0])], np.zeros(3), dy=np.array([1.0, 2.0, 4.0]))

    np.testing.assert_array_equal(dx, [4, 3, 0])


@pytest.mark.parametrize(
    "index",
    [0, -1, slice(None, None, -1), (1, 2), (slice(None), 1), (Ellipsis, 0), (None, 0), (0, None),
     ([0, 1], [2, 0]), (slice(0, 0),), np.array([[0, 1], [1, 0]])],
    ids=repr,
)  # fmt: skip
def test_getitem_reads_as_numpy_does_and_its_gradient_lands_there(index):
    x = np.arange(6.0).reshape(2, 3)
    t = Tensor(x, requires_grad=True)

    y = t[index]
    dy = 1.0 + np.arange(y.size).reshape(y.shape)
    y.backward(dy)

    expected = np.zeros_like(x)
    np.add.at(expected, index, dy)
    np.testing.assert_array_equal(y.numpy(), x[index])
    np.testing.assert_array_equal(t.grad.numpy(), expected)


@pytest.mark.parametrize("index", [2, -3, (0, 3), (0, 0, 0)])
def test_getitem_out_of_range_raises(index):
    with pytest.raises(IndexError):
        Tensor(np.ones((2, 3)))[index]


def test_one_hot_covers_all_classes_and_refuses_others():
    np.testing.assert_array_equal(ops.one_hot([0, 2], 3).numpy(), [[1, 0, 0], [0, 0, 1]])
    for bad in (3, -1):
        with pytest.raises((IndexError, ValueError), match=str(bad)):
            ops.one_hot([bad], 3)


# ---- shapes --------------------------------------------------------------------------------------


@given(data=st.data())
def test_reshape_takes_a_tuple_or_numbers(data):
    x = data.draw(some.values((4, 6)))
    shape = data.draw(st.sampled_from(((24,), (2, 12), (-1, 3), (2, 2, 2, 3))))

    np.testing.assert_array_equal(ops.reshape(x, shape).numpy(), x.reshape(shape))
    np.testing.assert_array_equal(Tensor(x).reshape(*shape).numpy(), x.reshape(shape))


@given(data=st.data(), dtype=some.float_dtypes)
def test_there_and_back_again(data, dtype):
    x = data.draw(some.values(data.draw(some.shapes(min_dims=1, min_side=1)), dtype))
    t = Tensor(x)

    np.testing.assert_array_equal(t.T.T.numpy(), x)
    np.testing.assert_array_equal(ops.squeeze(ops.expand_dims(t, 0), 0).numpy(), x)
    np.testing.assert_array_equal(ops.stack([t, t], axis=-1)[..., 1].numpy(), x)
    halves = [t[: len(x) // 2], t[len(x) // 2 :]]
    np.testing.assert_array_equal(ops.concatenate(halves, axis=0).numpy(), x)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda x: ops.reshape(x, (4, 2)), r"\(2, 3\)"),
        (lambda x: ops.reshape(x, (-1, -1)), r"-1"),
        (lambda x: ops.transpose(x, (0,)), r"axes"),
        (lambda x: ops.transpose(x, (0, 0)), r"axes|axis"),
        (lambda x: ops.expand_dims(x, 4), r"axis"),
        (lambda x: ops.squeeze(x, 0), r"axis|length 1|size"),
        (lambda x: ops.squeeze(x, 5), r"axis"),
        (lambda x: ops.concatenate([x, np.ones((3, 3))], axis=1), r"\(3, 3\)|concatenat"),
        (lambda x: ops.concatenate([], axis=0), r"at least one|need"),
        (lambda x: ops.off_diagonal(x[0]), r"takes a matrix"),
        (lambda x: ops.stack([x, np.ones((2, 4))]), r"\(2, 4\)|shape"),
    ],
)
def test_impossible_requests_raise(call, words):
    with pytest.raises((ValueError, IndexError), match=words):
        call(np.ones((2, 3)))


def test_the_method_cast_takes_whole_numbers_only():
    np.testing.assert_array_equal(Tensor([1.0, -2.0]).cast("int64").numpy(), [1, -2])
    with pytest.raises(ValueError, match="1.5"):
        Tensor([1.0, 1.5]).cast("int64")
