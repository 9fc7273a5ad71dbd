"""The shape of the input."""

import pytest

from autograd_mlp.layers import Input, InputLayer


@pytest.mark.parametrize(
    "arguments, shape",
    [
        ({"shape": (8,)}, (None, 8)),
        ({"shape": [28, 28]}, (None, 28, 28)),
        ({"shape": (8,), "batch_size": 3}, (3, 8)),
        ({"batch_shape": (None, 4)}, (None, 4)),
        ({"shape": (None, 3)}, (None, None, 3)),
        ({"shape": ()}, (None,)),
    ],
)
def test_shapes(arguments, shape):
    layer = Input(**arguments)
    assert isinstance(layer, InputLayer)
    assert layer.shape == layer.batch_shape == shape
    assert layer.built and layer.weights == []


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"shape": 8},
        {"shape": (8.0,)},
        {"shape": (-1,)},
        {"shape": (8,), "batch_shape": (None, 8)},
        {"batch_shape": (None, 8), "batch_size": 2},
    ],
)
def test_refused(arguments):
    with pytest.raises(ValueError, match="shape"):
        Input(**arguments)


def test_position_and_name():
    layer = Input((8,), 4, name="x")
    assert layer.shape == (4, 8) and layer.name == "x" and layer.dtype == "float32"


def test_config():
    layer = Input((8,), name="x")
    assert InputLayer.from_config(layer.get_config()).batch_shape == (None, 8)
