"""Samples as rows."""

import numpy as np
import pytest

from autograd_mlp import Tensor, ops
from autograd_mlp.layers import Flatten


@pytest.mark.parametrize("shape", [(5, 28, 28), (5, 3), (5,), (5, 2, 3, 4), (0, 2, 2)])
def test_values(shape):
    x = np.arange(np.prod(shape, dtype=int), dtype=np.float32).reshape(shape)
    columns = int(np.prod(shape[1:]))
    y = Flatten()(x)
    assert np.array_equal(y.numpy(), x.reshape(shape[0], columns))
    assert Flatten().compute_output_shape((None, *shape[1:])) == (None, columns)


def test_channels_first():
    x = np.arange(2 * 3 * 4.0).reshape(2, 3, 4)
    y = Flatten("channels_first")(x).numpy()
    assert np.array_equal(y, x.transpose(0, 2, 1).reshape(2, 12))
    with pytest.raises(ValueError, match="data_format"):
        Flatten("channels")


def test_unknown_axes():
    assert Flatten().compute_output_shape((None, None, 3)) == (None, None)


def test_gradient():
    x = Tensor(np.ones((2, 2, 2), dtype=np.float32), requires_grad=True)
    ops.sum(Flatten()(x) * np.arange(4, dtype=np.float32)).backward()
    assert np.array_equal(x.grad.numpy()[1], [[0, 1], [2, 3]])


def test_config():
    layer = Flatten("channels_first", name="f")
    assert Flatten.from_config(layer.get_config()).get_config() == layer.get_config()
