"""Settings shared by the whole library: the default float type, and automatic names.

The names and defaults are those of ``keras.backend``. There is no `set_epsilon`: the constant
1e-7 is compiled into the losses, and a setting that changes nothing would only mislead; asking for
another value raises.

The functions that older tutorials write losses and metrics with (``K.square``, ``K.sum``,
``K.mean``, ``K.clip``, ``K.round``, ``K.argmax``, ``K.equal``, ``K.cast``, ``K.get_value`` …) are
here too; they stand in ``_backend_functions.py``.

Examples
--------
>>> from autograd_mlp import backend as K
>>> K.mean(K.square(K.constant([1.0, 2.0, 3.0]))).item()
4.666666507720947
"""

import gc
import operator
import re

import numpy as np

from ._errors import did_you_mean, lesson

_EPSILON = 1e-7
_FLOAT_TYPES = ("float32", "float64")
_FLOATS = {np.dtype(name): name for name in _FLOAT_TYPES}

_floatx = "float32"
_name_counts = {}


def backend():
    """Return the name of what computes: ``'autograd_mlp'``, where Keras says e.g. ``'jax'``."""
    return "autograd_mlp"


def floatx():
    """Return the default float type of new weights and of data: ``'float32'`` or ``'float64'``.

    Examples
    --------
    >>> floatx()
    'float32'
    """
    return _floatx


def set_floatx(value):
    """Set the default float type. Layers that exist already keep theirs.

    Parameters
    ----------
    value : {'float32', 'float64'}

    Raises
    ------
    ValueError
        For any other value; Keras also has ``'float16'`` and ``'bfloat16'``, which need hardware
        that a CPU rarely has.
    """
    global _floatx
    _floatx = float_dtype(value)


def float_dtype(value):
    """Return the name of a float type that weights may have; None gives `floatx`.

    Examples
    --------
    >>> float_dtype(np.float64), float_dtype(None)
    ('float64', 'float32')
    """
    if value is None:
        return _floatx
    if isinstance(value, np.dtype) and value in _FLOATS:
        return _FLOATS[value]  # str(dtype) takes several µs
    name = value if isinstance(value, str) else getattr(value, "__name__", None) or str(value)
    if name not in _FLOAT_TYPES:
        raise ValueError(
            f"Expected the float type 'float32' or 'float64', got {value!r}"
            f"{did_you_mean(name, _FLOAT_TYPES)}"
        )
    return name


def epsilon():
    """Return the constant 1e-7 by which the losses keep logarithms and divisions finite."""
    return _EPSILON


def set_epsilon(value):
    """Accept 1e-7, which `epsilon` is; anything else raises NotImplementedError."""
    if value != _EPSILON:
        raise NotImplementedError(
            f"backend.set_epsilon({value!r}): the constant {_EPSILON} is compiled into the losses "
            "and cannot be changed")


def image_data_format():
    """Return ``'channels_last'``: pictures are (height, width, channels)."""
    return "channels_last"


def set_image_data_format(data_format):
    """Accept ``'channels_last'``; anything else raises ValueError."""
    if data_format != "channels_last":
        raise ValueError("autograd_mlp has no layers for which 'channels_first' would matter; the "
                         f"data format is 'channels_last', got {data_format!r}")


def standardize_dtype(dtype):
    """Return the name of a type of numbers; None gives `floatx`.

    Examples
    --------
    >>> standardize_dtype(np.int64), standardize_dtype(float), standardize_dtype(None)
    ('int64', 'float32', 'float32')
    """
    if dtype is None or dtype is float:
        return _floatx
    try:
        return np.dtype("int32" if dtype is int else dtype).name
    except TypeError:
        raise ValueError(f"Expected the name of a type of numbers, such as 'float32', got "
                         f"{dtype!r}") from None


def is_float_dtype(dtype):
    """Return whether a type is one of floats."""
    return standardize_dtype(dtype).startswith("float")


def is_int_dtype(dtype):
    """Return whether a type is one of integers."""
    return standardize_dtype(dtype).startswith(("int", "uint"))


def standardize_shape(shape, what="shape"):
    """Return a shape as a tuple of ints and None, or say what is wrong with it.

    Parameters
    ----------
    shape : iterable of (int or None)
    what : str
        How an error calls it, such as ``"input_shape"``.

    Raises
    ------
    ValueError
        If it is no sequence (``8`` instead of ``(8,)``), or a dimension is negative or no integer.

    Examples
    --------
    >>> standardize_shape([None, 28, 28])
    (None, 28, 28)
    """
    if isinstance(shape, str) or not hasattr(shape, "__iter__"):
        raise ValueError(lesson(
            f"Cannot convert '{shape}' to a shape.", where=what,
            why="A shape is a tuple: one whole number for each axis, None for one that varies.",
            use=f"({shape},), one axis of length {shape}" if isinstance(shape, int) else "(8,)"))
    dimensions = []
    for dimension in shape:
        if dimension is not None:
            try:
                dimension = operator.index(dimension)
            except TypeError:
                raise ValueError(lesson(
                    f"Cannot convert '{tuple(shape)}' to a shape. Found invalid dimension "
                    f"'{dimension}' of type '{type(dimension)}'.", where=what,
                    why="Each dimension is a whole number, or None for one that varies.")
                ) from None
            if dimension < 0:
                raise ValueError(
                    f"Cannot convert {what}={tuple(shape)!r} to a shape: negative dimensions are "
                    f"not allowed. Use None for one that varies."
                )
        dimensions.append(dimension)
    return tuple(dimensions)


def snake_case(name):
    """Return a class name as Keras writes it in automatic names.

    Examples
    --------
    >>> snake_case("MeanSquaredError"), snake_case("KLDivergence")
    ('mean_squared_error', 'kl_divergence')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def unique_name(prefix):
    """Return the next automatic name: ``dense``, ``dense_1``, ``dense_2``, ...

    As in Keras the counters only look at automatic names; a name given by hand may coincide.
    """
    count = _name_counts.get(prefix, 0)
    _name_counts[prefix] = count + 1
    return f"{prefix}_{count}" if count else prefix


def clear_session(free_memory=True):
    """Start the automatic names again at ``dense``; `free_memory` also collects garbage.

    Examples
    --------
    >>> clear_session()
    >>> unique_name("dense"), unique_name("dense")
    ('dense', 'dense_1')
    >>> clear_session()
    >>> unique_name("dense")
    'dense'
    """
    _name_counts.clear()
    if free_memory:
        gc.collect()


def __getattr__(name):
    if name.startswith("_"):
        raise AttributeError(f"module 'autograd_mlp.backend' has no attribute {name!r}")
    from . import _backend_functions as functions

    if name in functions.NAMES:
        return getattr(functions, name)
    known = [*functions.NAMES, *(n for n in globals() if not n.startswith("_"))]
    raise AttributeError(f"module 'autograd_mlp.backend' has no attribute {name!r}"
                         f"{did_you_mean(name, known)}")
