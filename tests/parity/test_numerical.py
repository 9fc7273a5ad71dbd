"""One-hot rows and normalized rows, against keras.utils."""

import numpy as np
import pytest

from autograd_mlp import utils
from tests.parity import assert_same, import_keras

keras = import_keras()


@pytest.mark.parametrize("x, classes", [
    ([0, 2, 1], None), ([[0], [3]], None), ([[0, 1], [2, 0]], 4), (np.array([1.0, 0.0]), 3),
    (np.uint8([5, 0]), None)])
def test_to_categorical(x, classes):
    ours, theirs = (m.to_categorical(x, classes) for m in (utils, keras.utils))
    assert_same(ours, theirs)
    assert ours.dtype == theirs.dtype


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("order", [1, 2, 3, np.inf])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_normalize(axis, order, dtype):
    x = np.random.default_rng(0).normal(0, 5, (3, 4)).astype(dtype)
    x[1] = 0
    ours, theirs = (m.normalize(x, axis, order) for m in (utils, keras.utils))
    assert_same(ours, theirs)
    assert ours.dtype == theirs.dtype
