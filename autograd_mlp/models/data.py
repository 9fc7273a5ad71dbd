"""From what users pass to ``fit`` to what the training loop works with."""

import numpy as np

from .._engine import Tensor


def to_array(values, name, dtype=None, keep_bytes=False):
    """Users' data as a C-contiguous float32, float64 or int64 array.

    Parameters
    ----------
    values : array_like
        Array, nested list, Tensor, or anything NumPy can read.
    name : str
        How errors call it: ``"x"``, ``"y"``.
    dtype : dtype, optional
        What to convert to; without it floats become float32 unless they are float64, and
        integers stay int64.  An array that is already right is not copied.
    keep_bytes : bool
        Leave uint8 as it is: a `BatchFeed` converts it batch by batch.
    """
    if isinstance(values, Tensor):
        values = values.numpy()
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} is not a regular array of numbers: {error}") from None
    if array.dtype.kind not in "biuf":
        hint = ("; use numbers for classes" if array.dtype.kind in "US" else
                "; generators are not supported in this version" if hasattr(values, "__next__") else
                "; convert its columns to numbers first" if array.dtype.kind == "O" else "")
        raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}{hint}")
    if array.ndim == 0:
        raise ValueError(f"{name} must have a sample axis, got a single number")
    if keep_bytes and array.dtype == np.uint8:
        dtype = np.uint8
    elif dtype is None:
        dtype = np.int64 if array.dtype.kind in "biu" else \
            np.float64 if array.dtype.itemsize >= 8 else np.float32
    return np.ascontiguousarray(array, dtype=dtype)


def check_lengths(**arrays):
    """Raise ValueError unless all arrays (None is left out) have the same number of samples."""
    lengths = {name: len(array) for name, array in arrays.items() if array is not None}
    if len(set(lengths.values())) > 1:
        raise ValueError("all arrays must have the same number of samples, got " +
                         ", ".join(f"{n} in {name}" for name, n in lengths.items()))
    if not all(lengths.values()):
        raise ValueError("there are no samples: " + ", ".join(
            f"{name} has length {n}" for name, n in lengths.items()))


def split_validation(x, y, sample_weight, fraction):
    """(training arrays, validation arrays): the last `fraction` of the samples validate."""
    if not 0 < fraction < 1:
        raise ValueError(f"validation_split must be between 0 and 1, got {fraction!r}")
    at = int(np.floor(len(x) * (1 - fraction)))
    if at == 0 or at == len(x):
        raise ValueError(f"validation_split={fraction!r} of {len(x)} samples leaves "
                         f"{'no samples to train on' if at == 0 else 'none to validate with'}")
    parts = [(None, None) if a is None else (a[:at], a[at:]) for a in (x, y, sample_weight)]
    return [p[0] for p in parts], [p[1] for p in parts]


def positive_int(value, name, allow_zero=False):
    """`value` as an int, or a ValueError that names the argument."""
    try:
        number = value.__index__()
    except AttributeError:
        number = -1
    if isinstance(value, bool) or number < (0 if allow_zero else 1):
        raise ValueError(f"{name} must be {'0 or a' if allow_zero else 'a'} positive whole "
                         f"number, got {value!r}")
    return number


def class_numbers(y, classes):
    """Labels as int64 of shape (n,) or (n, 1), each checked to be one of 0 … classes−1."""
    if y.dtype != np.int64:
        whole = np.where(np.isfinite(y), y, 0.5)
        wrong = np.flatnonzero(whole != np.floor(whole))
        if wrong.size:
            raise ValueError(f"sparse_categorical_crossentropy needs class numbers, but y holds "
                             f"{y.ravel()[wrong[0]]} (position {wrong[0]})")
        y = y.astype(np.int64)
    wrong = np.flatnonzero((y < 0) | (y >= classes))
    if wrong.size:
        raise ValueError(
            f"class numbers must be from 0 to {classes - 1}, because the last layer has {classes} "
            f"outputs; y holds {y.ravel()[wrong[0]]} (position {wrong[0]})")
    return y


def unpack_validation(data):
    """`validation_data` of ``fit``, checked to be (x, y) or (x, y, sample_weight)."""
    if not isinstance(data, (tuple, list)) or not 2 <= len(data) <= 3:
        raise ValueError("validation_data must be (x, y) or (x, y, sample_weight), got "
                         f"{type(data).__name__}"
                         + (f" of length {len(data)}" if isinstance(data, (tuple, list)) else ""))
    return data


def verbosity(verbose):
    """`verbose` as 0, 1 or 2; ``"auto"`` is 1."""
    if verbose == "auto":
        return 1
    if verbose not in (0, 1, 2):
        raise ValueError(f"verbose must be 'auto', 0, 1 or 2, got {verbose!r}")
    return int(verbose)


def not_supported(**arguments):
    """Raise NotImplementedError for an argument of Keras that is given but not known here."""
    for name, value in arguments.items():
        if value is not None:
            raise NotImplementedError(f"{name} is not supported in this version")
