"""``keras.backend`` as old scripts use it, ``K.mean(K.square(x))``: operations under its names."""

import numpy as np

from .. import ops
from .._engine import Tensor, Variable
from ..backend import floatx

__all__ = [
    "argmax", "argmin", "batch_get_value", "batch_set_value", "cast_to_floatx", "concatenate",
    "constant", "count_params", "eval", "flatten", "get_value", "image_data_format", "int_shape",
    "is_keras_tensor", "l2_normalize", "ndim", "permute_dimensions", "pow", "print_tensor",
    "set_value", "transpose", "update", "update_add", "update_sub", "variable",
]


def variable(value, dtype=None, name=None, constraint=None):
    """A variable with these values."""
    made = Variable(ops.convert_to_numpy(value), dtype or floatx(), name)
    made.constraint = constraint
    return made


def constant(value, dtype=None, shape=None, name=None):
    """A tensor with these values, or one value in this shape."""
    tensor = Tensor(value, dtype=dtype or floatx())
    return tensor if shape is None else ops.full(shape, tensor)


def cast_to_floatx(x):
    """The values in the default float type: an array stays one, a tensor too."""
    return ops.cast(x, floatx()) if isinstance(x, Tensor) else np.asarray(x, floatx())


def get_value(x):
    """The values as a NumPy array."""
    return ops.convert_to_numpy(x)


eval = get_value


def set_value(x, value):
    """Give a variable new values."""
    x.assign(value)


def batch_get_value(tensors):
    """The values of several tensors."""
    return [get_value(x) for x in tensors]


def batch_set_value(tuples):
    """Give variables new values: pairs (variable, value)."""
    for x, value in tuples:
        x.assign(value)


def update(x, new_x):
    """Give a variable new values, and return it."""
    x.assign(new_x)
    return x


def update_add(x, increment):
    """Add to a variable, and return it."""
    x.assign_add(increment)
    return x


def update_sub(x, decrement):
    """Subtract from a variable, and return it."""
    x.assign_sub(decrement)
    return x


def int_shape(x):
    """Lengths of the axes, a tuple of int."""
    return ops.shape(x)


def ndim(x):
    """Number of axes."""
    return ops.ndim(x)


def count_params(x):
    """Number of elements."""
    return ops.size(x)


def flatten(x):
    """All elements in one axis."""
    return ops.reshape(x, (-1,))


def permute_dimensions(x, pattern):
    """The axes in another order."""
    return ops.transpose(x, pattern)


def transpose(x):
    """The axes in opposite order."""
    return ops.transpose(x)


def concatenate(tensors, axis=-1):
    """The tensors one after the other, along the last axis unless told."""
    return ops.concatenate(tensors, axis=axis)


def pow(x, a):
    """x to the power a."""
    return ops.power(x, a)


def l2_normalize(x, axis=None):
    """x divided by its Euclidean length along the axes."""
    squares = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return ops.multiply(x, ops.rsqrt(ops.maximum(squares, 1e-12)))


def argmax(x, axis=-1):
    """Where the largest is, along the last axis unless told."""
    return ops.argmax(x, axis)


def argmin(x, axis=-1):
    """Where the smallest is, along the last axis unless told."""
    return ops.argmin(x, axis)


def image_data_format():
    """``'channels_last'``; no layer here depends on it."""
    return "channels_last"


def is_keras_tensor(x):
    """False: layers are called on values, there are no symbolic tensors."""
    return False


def print_tensor(x, message=""):
    """Print the values, and return the tensor."""
    print(message, x.numpy())
    return x
