"""More of ``keras.backend`` as old scripts use it; most of it stands in the library's `backend`."""

import numpy as np

from .. import ops
from .._engine import Tensor
from ..backend import floatx
from .tf import random as tf_random
from .tf.math import l2_normalize

__all__ = [
    "batch_get_value", "batch_set_value", "cast_to_floatx", "count_params", "eval",
    "is_keras_tensor", "l2_normalize", "permute_dimensions", "print_tensor", "random_normal",
    "random_uniform", "truncated_normal", "update", "update_add", "update_sub",
]


def cast_to_floatx(x):
    """The values in the default float type: an array stays one, a tensor too."""
    return ops.cast(x, floatx()) if isinstance(x, Tensor) else np.asarray(x, floatx())


def eval(x):
    """The values as a NumPy array."""
    return ops.convert_to_numpy(x)


def batch_get_value(tensors):
    """The values of several tensors."""
    return [eval(x) for x in tensors]


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


def count_params(x):
    """Number of elements."""
    return ops.size(x)


def permute_dimensions(x, pattern):
    """The axes in another order."""
    return ops.transpose(x, pattern)


def is_keras_tensor(x):
    """False: layers are called on values, there are no symbolic tensors."""
    return False


def print_tensor(x, message=""):
    """Print the values, and return the tensor."""
    print(message, x.numpy())
    return x


def random_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normally distributed numbers."""
    return tf_random.normal(shape, mean, stddev, dtype or floatx(), seed)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normally distributed numbers, drawn again until they lie within two deviations."""
    return tf_random.truncated_normal(shape, mean, stddev, dtype or floatx(), seed)


def random_uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Numbers from `minval` to below `maxval`."""
    return tf_random.uniform(shape, minval, maxval, dtype or floatx(), seed)
