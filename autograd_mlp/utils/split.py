"""`split_dataset`: one part of the data to train on, another to test with."""

import numbers

import numpy as np

from .. import random
from .._engine import Tensor


def split_dataset(dataset, left_size=None, right_size=None, shuffle=False, seed=None,
                  preferred_backend=None):
    """Split arrays into two parts, for example to train on one and test with the other.

    Parameters
    ----------
    dataset : array, or list or tuple of arrays of the same length
        Such as ``(x, y)``. A pandas frame counts as an array.
    left_size, right_size : int or float, optional
        Samples in each part, or its share of them (between 0 and 1); a missing one is the rest.
        Together they may be less than all: what is over goes nowhere.
    shuffle : bool, default False
        Draw the samples at random instead of taking the first and those after them.
    seed : int, optional
        Of the shuffle; without it the library's generator draws (`set_random_seed`).
    preferred_backend
        Anything but None raises: there is one kind of result.

    Returns
    -------
    left, right
        Of the same form as `dataset`: an array, a tuple or a list of arrays. (Keras returns a
        ``tf.data.Dataset`` of samples, or PyTorch's.)

    Raises
    ------
    TypeError
        If `dataset` is no array, or a size no number.
    ValueError
        If the arrays differ in length, or the sizes do not fit them.

    Examples
    --------
    >>> x, y = np.arange(10.0), np.arange(10) % 2
    >>> (x_train, y_train), (x_test, y_test) = split_dataset((x, y), left_size=0.8)
    >>> x_test
    array([8., 9.])
    """
    if preferred_backend is not None:
        raise ValueError("split_dataset returns arrays; leave preferred_backend out, got "
                         f"{preferred_backend!r}")
    several = isinstance(dataset, (list, tuple)) and all(map(_is_array, dataset))
    arrays = [_as_array(part) for part in dataset] if several else [_as_array(dataset)]
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) != 1:
        raise ValueError("split_dataset: all arrays must have the same number of samples, got "
                         f"{lengths}" if lengths else "split_dataset got no arrays")
    left, right = _sizes(left_size, right_size, lengths[0])
    if shuffle:
        draw = random.generator() if seed is None else np.random.default_rng(seed)
        order = draw.permutation(lengths[0])
        parts = [[array[order[:left]] for array in arrays],
                 [array[order[left : left + right]] for array in arrays]]
    else:
        parts = [[array[:left] for array in arrays],
                 [array[left : left + right] for array in arrays]]
    if not several:
        return parts[0][0], parts[1][0]
    return type(dataset)(parts[0]), type(dataset)(parts[1])


def _is_array(part):
    return isinstance(part, (np.ndarray, Tensor)) or hasattr(part, "__array__")


def _as_array(part):
    if isinstance(part, Tensor):
        return part.numpy()
    if not _is_array(part) and not isinstance(part, (list, tuple)):
        raise TypeError("split_dataset splits arrays, and lists or tuples of arrays; got "
                        f"{type(part).__name__}")
    array = np.asarray(part)
    if array.ndim == 0 or array.dtype == object:
        raise TypeError("split_dataset splits arrays, and lists or tuples of arrays; got "
                        f"{type(part).__name__} of {array.dtype}")
    return array


def _sizes(left, right, total):
    """Both sizes as numbers of samples."""
    found = []
    for name, size in (("left_size", left), ("right_size", right)):
        if size is None:
            found.append(None)
            continue
        if isinstance(size, (bool, np.bool_)) or not isinstance(size, numbers.Real):
            raise TypeError(f"split_dataset: {name} must be a number of samples or a share of "
                            f"them, got {size!r} of type {type(size).__name__}")
        share = not isinstance(size, numbers.Integral)
        if not 0 < size < (1 if share else total):
            limit = "1 for a share" if share else f"the {total} samples"
            raise ValueError(f"split_dataset: {name} must be above 0 and below {limit}, "
                             f"got {size!r}")
        found.append(round(size * total) if share else int(size))
    if found == [None, None]:
        raise ValueError("split_dataset: give left_size, right_size or both")
    left, right = found
    left = total - right if left is None else left
    right = total - left if right is None else right
    if left + right > total:
        raise ValueError(f"split_dataset: left_size and right_size make {left} + {right} samples, "
                         f"but there are only {total}")
    if not left or not right:
        raise ValueError(f"split_dataset: one part of the {total} samples would be empty "
                         f"({left} and {right}); change left_size or right_size")
    return left, right
