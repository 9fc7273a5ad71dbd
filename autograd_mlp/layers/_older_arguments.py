"""What every layer took once: a shape, which `Input` says now, and first weights."""

from .._errors import deprecated
from ..backend import standardize_shape


def _input_shape(layer, old, value):
    deprecated(f"{old}=", "Input(shape) as first element of Sequential", type(layer).__name__)
    if layer._input_shape_arg is not None:
        raise ValueError("Give `input_shape` or `input_dim`, not both.")
    if old == "batch_input_shape":
        layer._input_batch_size, *value = standardize_shape(value, old)
    elif old == "input_dim":
        value = (value,)
    layer._input_shape_arg = standardize_shape(value, old)


def _weights(layer, old, value):
    deprecated("weights=", "layer.set_weights(...) after the layer is built", type(layer).__name__)
    layer._initial_weights = list(value)


TAKE = {"input_shape": _input_shape, "input_dim": _input_shape,
        "batch_input_shape": _input_shape, "weights": _weights}
