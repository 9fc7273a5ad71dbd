"""The functions of ``keras.backend`` that older tutorials write losses and metrics with.

Each is an operation of `autograd_mlp.ops` (so it is recorded, and has its gradient) under its
older name, argument names and defaults. New code uses `ops`.
"""

import numpy as np

from . import ops
from ._engine import Tensor, Variable

_SAME = ("abs", "exp", "log", "square", "sign", "round", "sum", "mean", "var", "max", "min",
         "maximum", "minimum", "cast", "equal", "not_equal", "greater", "greater_equal", "less",
         "less_equal", "stack", "reshape", "one_hot", "sigmoid", "tanh", "softplus", "softsign",
         "elu", "logsumexp", "transpose", "std", "ones_like", "zeros_like", "ndim")
globals().update({name: getattr(ops, name) for name in _SAME})


def sqrt(x):
    """Square root, 0 of what is below 0."""
    return ops.sqrt(ops.maximum(x, 0.0))


def pow(x, a):
    """x to the power a."""
    return ops.power(x, a)


def clip(x, min_value, max_value):
    """x, but at least `min_value` and at most `max_value`."""
    return ops.clip(x, min_value, max_value)


def argmax(x, axis=-1):
    """Position of the largest element, along the last axis unless told otherwise."""
    return ops.argmax(x, axis=axis)


def argmin(x, axis=-1):
    """Position of the smallest element, along the last axis unless told otherwise."""
    return ops.argmin(x, axis=axis)


def dot(x, y):
    """Matrix product."""
    return ops.matmul(x, y)


def relu(x, alpha=0.0):
    """max(x, 0), or alpha · x below 0."""
    return ops.leaky_relu(x, alpha) if alpha else ops.relu(x)


def softmax(x, axis=-1):
    """eˣ divided by its sum along an axis."""
    return ops.softmax(x, axis=axis)


def concatenate(tensors, axis=-1):
    """Tensors one after the other, along the last axis unless told otherwise."""
    return ops.concatenate(tensors, axis=axis)


def expand_dims(x, axis=-1):
    """x with one axis more, of length 1."""
    return ops.expand_dims(x, axis=axis)


def squeeze(x, axis):
    """x without an axis of length 1."""
    return ops.squeeze(x, axis=axis)


def flatten(x):
    """All elements in one axis."""
    return ops.reshape(x, (-1,))


def batch_flatten(x):
    """The elements of each sample in one axis."""
    return ops.reshape(x, (x.shape[0], -1))


def binary_crossentropy(target, output, from_logits=False):
    """Cross-entropy of each element."""
    return ops.binary_crossentropy(ops.expand_dims(target, -1), ops.expand_dims(output, -1),
                                   from_logits=from_logits)


def categorical_crossentropy(target, output, from_logits=False):
    """Cross-entropy of each row."""
    return ops.categorical_crossentropy(target, output, from_logits=from_logits)


def constant(value, dtype=None):
    """A tensor of these values."""
    from .backend import floatx

    return Tensor(np.asarray(value, dtype or floatx()))


def variable(value, dtype=None, name=None):
    """A variable that starts with this value."""
    from .backend import floatx

    made = Variable(np.asarray(value, dtype or floatx()))
    made.name = name or "variable"
    return made


def int_shape(x):
    """The shape as a tuple."""
    return tuple(x.shape)


def get_value(x):
    """The value of a tensor or variable as a NumPy array, or number."""
    return x.numpy()[()]


def set_value(x, value):
    """Give a variable another value."""
    x.assign(value)


NAMES = sorted(name for name, found in dict(globals()).items()
               if callable(found) and not name.startswith("_") and not isinstance(found, type))
