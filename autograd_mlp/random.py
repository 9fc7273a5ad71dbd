"""The one source of randomness, and random tensors.

Weights and shuffling draw from `generator`. What is drawn inside a training step (dropout, noise)
follows from the state of a `SeedGenerator`, whose first seed comes from `generator` too: so
`set_random_seed` fixes everything, and restoring the states repeats everything bit for bit.
"""

import contextlib
import numbers

import numpy as np

from . import _engine
from ._engine import Tensor, Variable, unrecorded
from ._errors import unknown_arguments
from .backend import float_dtype, floatx, unique_name

_generator = None
_global_seed_generator = None


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
    global _generator, _global_seed_generator
    outer = _generator, _global_seed_generator
    _generator, _global_seed_generator = np.random.default_rng(seed), None
    try:
        yield
    finally:
        _generator, _global_seed_generator = outer


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

    global _generator, _global_seed_generator
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
    _global_seed_generator = None


# ---- states --------------------------------------------------------------------------


class SeedGenerator:
    """The state of a stream of random numbers: a seed, and how many draws were made.

    A draw follows from these two numbers alone, and every draw adds 1 to the second, also when a
    recorded step is replayed.

    Parameters
    ----------
    seed : int, optional
        Drawn from the library's generator if not given.
    name : str, optional

    Attributes
    ----------
    state : Variable of shape (2,), int64

    Examples
    --------
    >>> seeds = SeedGenerator(seed=3)
    >>> first, second = normal((2,), seed=seeds), normal((2,), seed=seeds)
    >>> seeds.state.tolist()
    [3, 2]
    >>> seeds.state.assign([3, 0])
    Variable(name=seed_generator_state, shape=(2,), dtype=int64, value=[3, 0])
    >>> normal((2,), seed=seeds).tolist() == first.tolist()
    True
    """

    def __init__(self, seed=None, name=None, **kwargs):
        if kwargs:
            raise unknown_arguments(type(self), kwargs)
        self.name = name or unique_name("seed_generator")
        self._initial_seed = seed
        if seed is None:
            seed = int(generator().integers(1, 10**9))
        if not isinstance(seed, numbers.Integral) or isinstance(seed, bool):
            raise ValueError(f"Expected `seed` to be an integer, got {seed!r} of type "
                             f"{type(seed).__name__}.")
        if not -(2**63) <= seed < 2**63:
            raise ValueError(f"Expected `seed` to fit 64 bits, got {seed}.")
        self.state = Variable(np.array([seed, 0]), name="seed_generator_state", trainable=False)
        self.state.path = f"{self.name}/seed_generator_state"

    def next(self, ordered=True):
        """Return the state as a tensor, and move on; `ordered` makes no difference here."""
        return _engine.next_seed(self.state)

    def get_config(self):
        """Return the constructor's arguments."""
        return {"seed": self._initial_seed, "name": self.name}

    @classmethod
    def from_config(cls, config):
        """Make a generator, at its start, from what `get_config` returned."""
        return cls(**config)


def global_seed_generator():
    """Return the `SeedGenerator` of draws that are given no seed."""
    global _global_seed_generator
    if _global_seed_generator is None:
        _global_seed_generator = unrecorded(lambda: SeedGenerator(name="global_seed_generator"))
    return _global_seed_generator


def get_state():
    """Return the state of the library's own randomness as a dict of plain numbers.

    The generators of layers are not in it: their states are among the layers' `variables`.

    Examples
    --------
    >>> state = get_state()
    >>> first = generator().random(), uniform((2,)).tolist()
    >>> set_state(state)
    >>> first == (generator().random(), uniform((2,)).tolist())
    True
    """
    own = _global_seed_generator
    return {"generator": generator().bit_generator.state,
            "seed_generator": None if own is None else own.state.tolist()}


def set_state(state):
    """Go back to what `get_state` returned."""
    global _global_seed_generator
    generator().bit_generator.state = state["generator"]
    if state.get("seed_generator") is None:
        _global_seed_generator = None
    else:
        global_seed_generator().state.assign(np.array(state["seed_generator"], dtype=np.int64))
        generator().bit_generator.state = state["generator"]


# ---- random tensors ------------------------------------------------------------------


def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Return normal random numbers.

    Parameters
    ----------
    shape : tuple of int
    mean, stddev : float
    dtype : {'float32', 'float64'}, optional
        ``floatx()`` if not given.
    seed : int, SeedGenerator or None
        An int gives the same numbers at every call, a generator others each time; None is the
        library's own generator.

    Returns
    -------
    Tensor
        In a recorded step drawn anew at each replay, unless `seed` is an int.
    """
    return _engine.random_normal(_shape(shape), mean, stddev, _float(dtype, "normal"), seed)


def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Return random numbers from `minval` to below `maxval`; the rest as in `normal`.

    Examples
    --------
    >>> x = uniform((1000,), 2.0, 3.0, seed=1).numpy()
    >>> bool(x.min() >= 2 and x.max() < 3)
    True
    """
    if not minval < maxval:
        raise ValueError(f"uniform: expected minval < maxval, got {minval!r} and {maxval!r}.")
    return _engine.random_uniform(_shape(shape), minval, maxval, _float(dtype, "uniform"), seed)


def dropout(inputs, rate, noise_shape=None, seed=None):
    """Return the inputs with a share of `rate` set to 0, the others divided by 1 - rate.

    See `autograd_mlp.ops.dropout`.
    """
    from . import ops

    return ops.dropout(inputs, rate, seed=seed, noise_shape=noise_shape)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Return normal random numbers within two `stddev` of `mean`; the rest as in `normal`."""
    numbers_ = _drawing(seed)
    values = numbers_.standard_normal(_shape(shape))
    while (outside := np.abs(values) > 2).any():
        values[outside] = numbers_.standard_normal(np.count_nonzero(outside))
    return Tensor(mean + stddev * values, dtype=_float(dtype, "truncated_normal"))


def randint(shape, minval, maxval, dtype="int32", seed=None):
    """Return random integers from `minval` to ``maxval - 1``, kept as int64.

    Examples
    --------
    >>> sorted(set(randint((100,), 3, 6, seed=1).tolist()))
    [3, 4, 5]
    """
    if np.dtype(dtype).kind not in "iu":
        raise ValueError(f"randint: expected an integer dtype, got {dtype!r}.")
    return Tensor(_drawing(seed).integers(minval, maxval, _shape(shape)))


def shuffle(x, axis=0, seed=None):
    """Return x with its slices along an axis in another order.

    Examples
    --------
    >>> sorted(shuffle(Tensor([1.0, 2.0, 3.0]), seed=1).tolist())
    [1.0, 2.0, 3.0]
    """
    x = x if isinstance(x, Tensor) else Tensor(x)
    order = _drawing(seed).permutation(x.shape[axis])
    return x[(slice(None),) * (axis % x.ndim) + (order,)]


def categorical(logits, num_samples, dtype="int32", seed=None):
    """Return class numbers drawn in proportion to the exponentials of `logits`.

    Parameters
    ----------
    logits : array or Tensor, shape (B, C)
    num_samples : int
    dtype : str
        An integer type; kept as int64.
    seed : int, SeedGenerator or None

    Returns
    -------
    Tensor, shape (B, num_samples)
    """
    logits = np.asarray(logits, dtype=np.float64)
    if logits.ndim != 2:
        raise ValueError(f"categorical: expected logits of shape (B, C), got {logits.shape}.")
    # the largest of logits plus Gumbel noise (Gumbel 1954)
    noise = _drawing(seed).gumbel(size=(logits.shape[0], num_samples, logits.shape[1]))
    return Tensor(np.argmax(logits[:, None] + noise, axis=-1))


def gamma(shape, alpha, dtype=None, seed=None):
    """Return numbers of the gamma distribution with shape parameter `alpha` and scale 1."""
    return Tensor(_drawing(seed).gamma(alpha, size=_shape(shape)), dtype=_float(dtype, "gamma"))


def beta(shape, alpha, beta, dtype=None, seed=None):
    """Return numbers of the beta distribution with parameters `alpha` and `beta`."""
    return Tensor(_drawing(seed).beta(alpha, beta, size=_shape(shape)),
                  dtype=_float(dtype, "beta"))


def binomial(shape, counts, probabilities, dtype=None, seed=None):
    """Return how many of `counts` trials succeed, each with its probability."""
    values = _drawing(seed).binomial(np.asarray(counts, np.int64), probabilities, _shape(shape))
    return Tensor(values, dtype=_float(dtype, "binomial"))


def _shape(shape):
    return (int(shape),) if isinstance(shape, numbers.Integral) else tuple(map(int, shape))


def _float(dtype, name):
    dtype = dtype or floatx()
    if np.dtype(dtype).kind != "f":
        raise ValueError(f"{name}: expected a float dtype, got {dtype!r}.")
    return float_dtype(dtype)


def _drawing(seed):
    """A NumPy generator for one draw; such draws cannot be recorded (they make new tensors)."""
    if isinstance(seed, numbers.Integral):
        return np.random.default_rng([int(seed) % 2**64, 0])
    if seed is not None and not hasattr(seed, "state"):
        raise ValueError(f"Expected `seed` to be an integer, a SeedGenerator or None, got {seed!r}"
                         f" of type {type(seed).__name__}.")
    state = (global_seed_generator() if seed is None else seed).next().tolist()
    return np.random.default_rng([n % 2**64 for n in state])
