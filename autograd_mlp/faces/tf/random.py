"""``tf.random``: the library's generator under TensorFlow's names."""

import random as python_random

import numpy as np

from ... import ops
from ... import random as library_random

__all__ = ["normal", "set_seed", "shuffle", "truncated_normal", "uniform"]


def set_seed(seed):
    """Seed the weights, shuffling and dropout to come; NumPy's and Python's numbers go on."""
    before = np.random.get_state(), python_random.getstate()    # noqa: NPY002 - the user's
    try:
        library_random.set_random_seed(seed)
    finally:
        np.random.set_state(before[0])      # noqa: NPY002
        python_random.setstate(before[1])


def _generator(seed):
    return library_random.generator() if seed is None else np.random.default_rng(seed)


def normal(shape, mean=0.0, stddev=1.0, dtype="float32", seed=None):
    """Normally distributed numbers."""
    return ops.cast(_generator(seed).normal(mean, stddev, tuple(shape)), dtype)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype="float32", seed=None):
    """Normally distributed numbers, drawn again until they lie within two deviations."""
    generator = _generator(seed)
    values = generator.normal(size=tuple(shape))
    while (outside := np.abs(values) > 2).any():
        values[outside] = generator.normal(size=int(outside.sum()))
    return ops.cast(mean + stddev * values, dtype)


def uniform(shape, minval=0, maxval=None, dtype="float32", seed=None):
    """Numbers from `minval` to below `maxval`, which is 1 for floats."""
    if np.dtype(dtype).kind in "iu":
        if maxval is None:
            raise ValueError("uniform whole numbers need a maxval")
        return ops.cast(_generator(seed).integers(minval, maxval, tuple(shape)), dtype)
    return ops.cast(_generator(seed).uniform(minval, 1 if maxval is None else maxval,
                                             tuple(shape)), dtype)


def shuffle(value, seed=None):
    """The rows in another order."""
    return ops.gather(value, _generator(seed).permutation(ops.shape(value)[0]))
