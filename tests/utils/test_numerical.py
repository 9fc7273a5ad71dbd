"""One-hot rows and normalized rows."""

import numpy as np
import pytest

from autograd_mlp import Tensor
from autograd_mlp.utils import normalize, np_utils, to_categorical


@pytest.mark.parametrize(
    "x, shape",
    [
        ([0, 2, 1], (3, 3)),
        ([[0], [2]], (2, 3)),
        ([[0, 1], [2, 1]], (2, 2, 3)),
        (1, (2,)),
        (np.array([3, 0], dtype=np.uint8), (2, 4)),
        ([1.0, 2.0], (2, 3)),
        (Tensor([1.0, 2.0]), (2, 3)),
    ],
)
def test_to_categorical(x, shape):
    rows = to_categorical(x)
    assert rows.shape == shape and rows.dtype == np.float64
    assert np.array_equal(rows.argmax(-1), np.asarray(x).reshape(shape[:-1]))
    assert np.array_equal(rows.sum(-1), np.ones(shape[:-1]))


def test_number_of_classes():
    assert to_categorical([0, 1], 5).shape == (2, 5)
    assert to_categorical([0, 1], num_classes=2).tolist() == [[1, 0], [0, 1]]
    assert to_categorical([], 3).shape == (0, 3)


@pytest.mark.parametrize("x, classes", [([0, 2], 2), ([-1, 0], 2), ([-1, 0], None)])
def test_class_numbers_out_of_range(x, classes):
    with pytest.raises(IndexError, match="expected 0 to"):
        to_categorical(x, classes)


@pytest.mark.parametrize("x", [[], [0.5], [np.nan]])
@pytest.mark.filterwarnings("ignore:invalid value")
def test_refused(x):
    with pytest.raises(ValueError, match="to_categorical"):
        to_categorical(x)


def test_old_module():
    assert np_utils.to_categorical is to_categorical


def test_normalize():
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    assert np.allclose(normalize(x), [[0.6, 0.8], [0, 0]])
    assert np.allclose(normalize(x, axis=0), [[1, 1], [0, 0]])
    assert np.allclose(normalize(x, order=1), [[3 / 7, 4 / 7], [0, 0]])
    assert np.array_equal(x, [[3, 4], [0, 0]])
    assert normalize(x.astype(np.float32)).dtype == np.float32
    assert np.allclose(normalize([3, 4]), [0.6, 0.8])
    assert np.allclose(normalize(np.ones((2, 3, 4)), axis=1), 1 / np.sqrt(3))
