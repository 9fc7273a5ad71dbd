"""The names of ``import tensorflow as tf`` that a script for an MLP uses.

Every operation is one of :mod:`autograd_mlp.ops` under TensorFlow's name and arguments; dtypes are
NumPy's, of which tensors have float32, float64 and int64 (for all whole numbers).  What is not here
raises at its name.
"""

import functools
import logging
from collections import namedtuple
from contextlib import contextmanager

import numpy as np

from ... import _engine, initializers, ops
from ...gradient_tape import GradientTape

__all__ = [
    "GradientTape", "Module", "Tensor", "UnconnectedGradients", "Variable", "as_dtype", "bool",
    "boolean_mask", "clip_by_global_norm", "clip_by_norm", "clip_by_value", "concat", "constant",
    "constant_initializer", "convert_to_tensor", "device", "double", "executing_eagerly",
    "expand_dims", "eye", "fill",
    "float32", "float64", "function", "gather", "get_logger", "identity", "int32", "int64",
    "is_tensor", "linspace", "matmul", "name_scope", "newaxis", "norm", "one_hot", "ones",
    "ones_initializer", "ones_like", "print", "random_normal_initializer",
    "random_uniform_initializer", "range", "rank", "reshape", "reverse", "shape", "size", "split",
    "squeeze", "stack", "stop_gradient", "transpose", "uint8", "unstack", "where", "zeros",
    "zeros_initializer", "zeros_like",
]

Tensor = _engine.Tensor
newaxis = None

# ---- dtypes -----------------------------------------------------------------------------

float32, float64, double = np.dtype("float32"), np.dtype("float64"), np.dtype("float64")
int32, int64, uint8, bool = (np.dtype(name) for name in ("int32", "int64", "uint8", "bool"))


def as_dtype(dtype):
    """NumPy's dtype of that name."""
    return np.dtype(dtype)


# ---- tensors and variables ----------------------------------------------------------------

def constant(value, dtype=None, shape=None, name="Const"):
    """A tensor with these values, in another shape if one is given (one value fills it)."""
    tensor = convert_to_tensor(value, dtype)
    if shape is None:
        return tensor
    return ops.full(shape, tensor) if tensor.size == 1 else ops.reshape(tensor, shape)


def convert_to_tensor(value, dtype=None, dtype_hint=None, name=None):
    """The value as a tensor: floats are float32, whole numbers int64, arrays keep their dtype."""
    del dtype_hint, name
    if isinstance(value, (str, bytes)):
        raise TypeError("tensors hold numbers, not text")
    return ops.convert_to_tensor(value, dtype)


class Variable(_engine.Variable):
    """A tensor to be trained: ``tf.Variable(initial_value, trainable, name=..., dtype=...)``.

    Parameters
    ----------
    initial_value : array_like or callable
    trainable : bool, optional
        True for floats; whole numbers cannot be trained.
    validate_shape : bool
        Without effect: the shape of a variable is always known here.
    name : str, optional
    dtype : optional
    """

    def __init__(self, initial_value, trainable=None, validate_shape=True, name=None, dtype=None,
                 shape=None):
        del validate_shape
        value = convert_to_tensor(initial_value() if callable(initial_value) else initial_value,
                                  dtype).detach()
        if shape is not None and tuple(shape) != value.shape:
            raise ValueError(f"the initial value has shape {value.shape}, not {tuple(shape)}")
        if trainable is None:
            trainable = value.dtype.kind == "f"
        super().__init__(value, value.dtype, name, trainable)

    def read_value(self):
        """The values as a tensor through which the gradient flows."""
        return identity(self)


zeros_initializer, ones_initializer = initializers.Zeros, initializers.Ones
constant_initializer = initializers.Constant
random_normal_initializer = initializers.RandomNormal
random_uniform_initializer = initializers.RandomUniform


class Module:
    """A thing that has variables: its own, and those of modules, layers and lists in it.

    Parameters
    ----------
    name : str, optional
        The class's name in small letters if not given.
    """

    def __init__(self, name=None):
        self.name = name or type(self).__name__.lower()

    @property
    def variables(self):
        """All variables, each once, in the order of the attributes' names."""
        found = {}

        def collect(part):
            if isinstance(part, _engine.Variable):
                found.setdefault(id(part), part)
            elif isinstance(part, Module):
                for name in sorted(vars(part)):
                    collect(vars(part)[name])
            elif isinstance(part, dict):
                collect(list(part.values()))
            elif isinstance(part, (list, tuple)):
                for item in part:
                    collect(item)
            elif hasattr(part, "trainable_variables"):      # a layer
                collect(list(part.variables))

        collect(self)
        return tuple(found.values())

    @property
    def trainable_variables(self):
        """The variables that are trainable."""
        return tuple(v for v in self.variables if v.trainable)


def is_tensor(x):
    """Whether x is a tensor."""
    return isinstance(x, Tensor)


def identity(input, name=None):
    """The same values in a new tensor."""
    return ops.linear(input)


stop_gradient = ops.stop_gradient


def shape(input):
    """Lengths of the axes, as a tensor."""
    return ops.convert_to_tensor(ops.shape(input) or np.zeros(0, np.int64))


def size(input):
    """Number of elements, as a tensor."""
    return ops.convert_to_tensor(ops.size(input))


def rank(input):
    """Number of axes, as a tensor."""
    return ops.convert_to_tensor(ops.ndim(input))


zeros_like, ones_like, zeros, ones = ops.zeros_like, ops.ones_like, ops.zeros, ops.ones
UnconnectedGradients = namedtuple("UnconnectedGradients", "NONE ZERO")("none", "zero")


def fill(dims, value):
    """A tensor of shape `dims` that holds one value."""
    return ops.full(dims, value)


def range(start, limit=None, delta=1, dtype=None):
    """Numbers in equal steps."""
    return ops.arange(start, limit, delta, dtype)


def linspace(start, stop, num):
    """So many numbers at equal distances, both ends included."""
    return ops.linspace(start, stop, int(num))


def eye(num_rows, num_columns=None, dtype=float32):
    """1 on the diagonal, 0 elsewhere."""
    return ops.eye(num_rows, num_columns, dtype=dtype)


# ---- shapes ---------------------------------------------------------------------------------

def reshape(tensor, shape, name=None):
    """The elements in another shape."""
    return ops.reshape(tensor, tuple(int(n) for n in shape))


def expand_dims(input, axis):
    """One axis of length 1 more."""
    return ops.expand_dims(input, axis)


def squeeze(input, axis=None):
    """Without axes of length 1, or without these."""
    return ops.squeeze(input, axis)


def transpose(a, perm=None):
    """The axes in opposite order, or in the order `perm`."""
    return ops.transpose(a, perm)


def concat(values, axis):
    """The tensors one after the other along an axis."""
    return ops.concatenate(values, axis=axis)


def stack(values, axis=0):
    """The tensors along a new axis."""
    return ops.stack(values, axis=axis)


def unstack(value, axis=0):
    """A list of the parts along an axis, which goes."""
    return [ops.squeeze(part, axis) for part in ops.split(value, ops.shape(value)[axis], axis)]


def split(value, num_or_size_splits, axis=0):
    """Parts along an axis: so many of the same length, or of these lengths."""
    if isinstance(num_or_size_splits, int):
        return ops.split(value, num_or_size_splits, axis)
    return ops.split(value, [int(n) for n in np.cumsum(num_or_size_splits)[:-1]], axis)


def reverse(tensor, axis):
    """The elements in opposite order along these axes."""
    return ops.flip(tensor, axis)


def gather(params, indices, axis=0):
    """The rows (parts along an axis) with these numbers."""
    return ops.take(params, indices, axis)


def boolean_mask(tensor, mask):
    """The elements or rows where the mask holds."""
    return convert_to_tensor(tensor)[ops.convert_to_numpy(mask) != 0]


def one_hot(indices, depth, on_value=None, off_value=None, axis=None, dtype=None):
    """Rows of 0 with a 1 at the index; an index outside raises."""
    rows = ops.one_hot(indices, int(depth))
    if axis not in (None, -1):
        axes = np.arange(rows.ndim - 1).tolist()
        axes.insert(axis, rows.ndim - 1)
        rows = ops.transpose(rows, axes)
    if on_value is not None or off_value is not None:
        off_value = 0.0 if off_value is None else off_value
        rows = rows * ((1.0 if on_value is None else on_value) - off_value) + off_value
    return rows if dtype is None else ops.cast(rows, dtype)


def where(condition, x=None, y=None):
    """Elements of x where the condition holds, of y elsewhere; without x and y, the indices."""
    if (x is None) != (y is None):
        raise ValueError("where takes the condition alone, or x and y too")
    if x is None:
        return ops.convert_to_tensor(np.argwhere(ops.convert_to_numpy(condition)))
    return ops.where(condition, x, y)


# ---- products, norms --------------------------------------------------------------------------

def matmul(a, b, transpose_a=False, transpose_b=False):
    """The matrix product; of several matrices at once along the first axes."""
    def turned(x):
        axes = list(np.arange(ops.ndim(x)))
        return ops.transpose(x, [*map(int, axes[:-2]), int(axes[-1]), int(axes[-2])])
    return ops.matmul(turned(a) if transpose_a else a, turned(b) if transpose_b else b)


def norm(tensor, ord="euclidean", axis=None, keepdims=False):
    """Euclidean length, sum of absolute values (1) or the largest of them (inf)."""
    return ops.norm(tensor, ord, axis, keepdims)


def clip_by_value(t, clip_value_min, clip_value_max):
    """Each element, or the nearest of the two limits."""
    return ops.minimum(ops.maximum(t, clip_value_min), clip_value_max)


def clip_by_norm(t, clip_norm, axes=None):
    """t, made shorter if it is longer than this."""
    length = ops.norm(t, axis=axes, keepdims=axes is not None)
    return t * (clip_norm / ops.maximum(length, clip_norm))


def clip_by_global_norm(t_list, clip_norm, use_norm=None):
    """The tensors made shorter by one factor if together they are longer; and that length."""
    if use_norm is None:
        use_norm = functools.reduce(ops.add, [
            ops.sum(ops.square(t)) for t in t_list if t is not None]) ** 0.5
    factor = clip_norm / ops.maximum(use_norm, clip_norm)
    return [None if t is None else t * factor for t in t_list], use_norm


# ---- how it runs -------------------------------------------------------------------------------

def function(func=None, **options):
    """Decorator that leaves the function as it is: it runs as Python, every time.

    The options of TensorFlow (``jit_compile``, ``input_signature``, ``reduce_retracing`` …) say how
    a function is compiled, not what it returns.
    """
    known = ("input_signature", "autograph", "jit_compile", "reduce_retracing",
             "experimental_relax_shapes", "experimental_compile", "experimental_implements",
             "experimental_autograph_options", "experimental_attributes",
             "experimental_follow_type_hints")
    for option in options:
        if option not in known:
            raise TypeError(f"tf.function takes no argument {option!r}")
    return (lambda func: func) if func is None else func


def executing_eagerly():
    """True: operations run at once."""
    return True


@contextmanager
def device(name):
    """Context manager for ``'/CPU:0'``, where everything runs; other devices raise."""
    if "cpu" not in str(name).lower():
        raise RuntimeError(f"there is no device {name!r}: autograd_mlp runs on the CPU, '/CPU:0'")
    yield


@contextmanager
def name_scope(name):
    """Context manager that changes nothing: tensors have no graph in which names count."""
    yield name


def get_logger():
    """The logger called ``tensorflow``."""
    return logging.getLogger("tensorflow")


def print(*values, output_stream=None, sep=" ", end="\n"):
    """Print values as numbers, to standard error as TensorFlow does."""
    import builtins
    import sys
    builtins.print(*(v.numpy() if isinstance(v, Tensor) else v for v in values),
                   file=output_stream or sys.stderr, sep=sep, end=end)


