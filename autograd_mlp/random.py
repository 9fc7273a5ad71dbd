"""The one source of randomness: weights, shuffling and dropout all draw from `generator`."""

import contextlib
import numbers

import numpy as np

_generator = None


def generator():
    """Return the library's ``numpy.random.Generator``.

    It starts from the operating system's entropy until `set_random_seed` is called.
    """
    global _generator
    if _generator is None:
        _generator = np.random.default_rng()
    return _generator


@contextlib.contextmanager
def seeded(seed):
    """Within it the library's random numbers follow from `seed`; after it they go on as before.

    Examples
    --------
    >>> with seeded(3):
    ...     first = generator().random()
    >>> with seeded(3):
    ...     print(generator().random() == first)
    True
    """
    global _generator
    outer, _generator = _generator, np.random.default_rng(seed)
    try:
        yield
    finally:
        _generator = outer


def set_random_seed(seed):
    """Seed this library, Python's ``random`` and ``numpy.random`` in one call, as Keras does.

    Parameters
    ----------
    seed : int
        From 0 to 2**32 - 1.

    Raises
    ------
    ValueError
        If `seed` is not such an integer. Nothing is seeded then.

    Examples
    --------
    >>> set_random_seed(7)
    >>> first = generator().random()
    >>> set_random_seed(7)
    >>> generator().random() == first
    True
    """
    import random as python_random

    global _generator
    if not isinstance(seed, numbers.Integral):
        raise ValueError(
            f"Expected `seed` to be an integer, got {seed!r} of type {type(seed).__name__}."
        )
    seed = int(seed)
    if not 0 <= seed < 2**32:
        raise ValueError(f"Expected `seed` to lie between 0 and 2**32 - 1, got {seed}.")
    np.random.seed(seed)  # noqa: NPY002 - for the user's own use of it
    python_random.seed(seed)
    _generator = np.random.default_rng(seed)


def get_state():
    """Return where the library's random numbers are, as a dictionary of plain numbers.

    Examples
    --------
    >>> state = get_state()
    >>> first = generator().random()
    >>> set_state(state)
    >>> generator().random() == first
    True
    """
    return {"generator": generator().bit_generator.state}


def set_state(state):
    """Go back to where `get_state` was called."""
    generator().bit_generator.state = state["generator"]
