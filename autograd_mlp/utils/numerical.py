"""Preparing targets and inputs."""

import numpy as np

from .._errors import lesson


def to_categorical(x, num_classes=None):
    """Return class numbers as one-hot rows.

    Parameters
    ----------
    x : array_like of int, shape (...) or (..., 1)
        Class numbers from 0 to ``num_classes - 1``.
    num_classes : int, optional
        ``max(x) + 1`` if not given.

    Returns
    -------
    numpy.ndarray of float64, shape (..., num_classes)

    Raises
    ------
    IndexError
        If a class number is negative or too large. (Keras lets negative ones count from the end.)
    ValueError
        If `x` holds anything but whole numbers (Keras cuts 1.7 down to 1), or is empty and
        `num_classes` is not given.

    Examples
    --------
    >>> to_categorical([0, 2, 1])
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 1., 0.]])
    """
    given = np.asarray(x)
    if given.dtype.kind not in "biuf":
        raise ValueError(lesson(
            f"to_categorical expects class numbers, got data of type {given.dtype.name}.",
            use="names, numbers = np.unique(y, return_inverse=True), then to_categorical(numbers)"))
    classes = given.astype(np.int64) if given.size else np.zeros(given.shape, np.int64)
    if given.size and not np.array_equal(classes, given.astype(np.float64)):
        raise ValueError("to_categorical expects class numbers, got values that are not whole.")
    if classes.ndim > 1 and classes.shape[-1] == 1:
        classes = classes[..., 0]
    if not num_classes:
        if not classes.size:
            raise ValueError("to_categorical got no class numbers; give `num_classes` too.")
        num_classes = int(classes.max()) + 1
    if classes.size and (classes.min() < 0 or classes.max() >= num_classes):
        bad = classes.min() if classes.min() < 0 else classes.max()
        raise IndexError(
            f"to_categorical got the class number {bad}, expected 0 to {num_classes - 1}."
        )
    one_hot = np.zeros((*classes.shape, num_classes))
    np.put_along_axis(one_hot, classes[..., None], 1.0, axis=-1)
    return one_hot


def normalize(x, axis=-1, order=2):
    """Return `x` divided by its norms along an axis; where a norm is 0 the values stay 0.

    Parameters
    ----------
    x : array_like
    axis : int
        (Keras 3 treats ``axis=0`` as the last axis when it divides.)
    order : int or float
        Of the norm, as ``numpy.linalg.norm`` takes it: 2 is the Euclidean length.

    Returns
    -------
    numpy.ndarray, of the float type of `x`, float64 if that has none

    Examples
    --------
    >>> normalize([[3.0, 4.0], [0.0, 0.0]])
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    x = np.asarray(x)
    norms = np.linalg.norm(x, ord=order, axis=axis, keepdims=True)
    return x / np.where(norms == 0, np.ones((), norms.dtype), norms)
