"""How a weight starts. Each initializer is called with a shape and returns a Tensor.

``GlorotUniform`` and ``glorot_uniform`` are the same class, as in Keras; a layer also takes the
name as a string.

A random initializer fixes its seed when it is made: with ``seed=None`` it draws one from the
library's generator (see ``set_random_seed``). So, as in Keras, *calling one instance twice gives
the same values twice*; make two instances for two different draws. Strings make a new instance
each time. Values are drawn in float64 and rounded, so one seed means the same weights in both
float types.
"""

import math
import numbers

import numpy as np

from . import random
from ._engine import Tensor
from ._errors import KeywordsChecked, number
from ._objects import deserialize as deserialize_value
from ._objects import deserialize_with, lookup, public_classes, serialize
from .backend import float_dtype, snake_case, standardize_shape

# Standard deviation of a unit normal cut off at two standard deviations.
_TRUNCATED_STDDEV = 0.87962566103423978


class Initializer(KeywordsChecked):
    """Base class: a subclass defines ``__call__(shape, dtype=None)`` and, to be saved,
    ``get_config``."""

    def __call__(self, shape, dtype=None):
        raise NotImplementedError(
            f"{type(self).__name__} must define __call__(self, shape, dtype=None)."
        )

    def get_config(self):
        """Return the constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config):
        """Make an initializer from what `get_config` returned."""
        return cls(**config)

    def clone(self):
        """Another one with the same arguments; without a seed it draws other values."""
        return self.from_config(self.get_config())

    def __repr__(self):
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"


class Constant(Initializer):
    """Every element is `value` (a number, or an array that broadcasts to the shape).

    Examples
    --------
    >>> Constant(0.5)((2,)).numpy()
    array([0.5, 0.5], dtype=float32)
    """

    def __init__(self, value=0.0):
        self.value = value

    def __call__(self, shape, dtype=None):
        return _tensor(np.full(standardize_shape(shape), self.value, dtype=np.float64), dtype)

    def get_config(self):
        return {"value": serialize(self.value)}

    @classmethod
    def from_config(cls, config):
        return cls(deserialize_value(config.get("value", 0.0)))


class _GivenValues(Constant):
    """The values of an array, for a weight of exactly its shape; saved as a `Constant`."""

    _saved_as = Constant

    def __call__(self, shape, dtype=None):
        if standardize_shape(shape) != self.value.shape:
            raise ValueError(
                f"The values given as initializer have shape {self.value.shape}, "
                f"the weight has shape {tuple(shape)}."
            )
        return super().__call__(shape, dtype)


class Zeros(Initializer):
    """Every element is 0; the default of biases."""

    def __call__(self, shape, dtype=None):
        return _tensor(np.zeros(standardize_shape(shape)), dtype)


class Ones(Initializer):
    """Every element is 1."""

    def __call__(self, shape, dtype=None):
        return _tensor(np.ones(standardize_shape(shape)), dtype)


class Identity(Initializer):
    """The identity matrix times `gain`; ones on the diagonal of a matrix that is not square.

    Examples
    --------
    >>> Identity(2.0)((2, 3)).numpy()
    array([[2., 0., 0.],
           [0., 2., 0.]], dtype=float32)
    """

    def __init__(self, gain=1.0):
        self.gain = gain

    def __call__(self, shape, dtype=None):
        shape = standardize_shape(shape)
        if len(shape) != 2:
            raise ValueError(f"Identity is for matrices, got the shape {shape}.")
        return _tensor(self.gain * np.eye(*shape), dtype)

    def get_config(self):
        return {"gain": self.gain} if self.gain != 1 else {}  # Keras never writes it


class RandomInitializer(Initializer):
    """Base class of those that draw: holds the seed, offers the distributions.

    Parameters
    ----------
    seed : int, SeedGenerator or None
        With a number, or None, every call of an instance gives the same values; with a generator
        every call gives new ones.
    """

    def __init__(self, seed=None):
        if seed is not None and not isinstance(seed, numbers.Integral) and \
                not hasattr(seed, "next"):
            raise ValueError(f"Expected `seed` to be None, an integer or a SeedGenerator, "
                             f"got {seed!r}.")
        self.seed = int(seed) if isinstance(seed, numbers.Integral) else seed
        self._drawn_seed = self.seed
        if seed is None:
            self._drawn_seed = int(random.generator().integers(2**63))

    def get_config(self):
        return {"seed": serialize(self.seed)}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "seed": deserialize_value(config.get("seed"))})

    def _generator(self):
        """A generator of NumPy's that starts from the seed."""
        if hasattr(self._drawn_seed, "next"):
            return np.random.default_rng(np.asarray(self._drawn_seed.next(), dtype=np.uint64))
        return np.random.default_rng(self._drawn_seed)

    def _uniform(self, shape, low, high, dtype):
        rng = self._generator()
        return _tensor(rng.uniform(low, high, standardize_shape(shape)), dtype)

    def _normal(self, shape, mean, stddev, dtype):
        rng = self._generator()
        return _tensor(mean + stddev * rng.standard_normal(standardize_shape(shape)), dtype)

    def _truncated_normal(self, shape, mean, stddev, dtype):
        """Draw; what lies beyond two standard deviations (4.6 %) is drawn again."""
        rng = self._generator()
        shape = standardize_shape(shape)
        values = rng.standard_normal(math.prod(shape))
        outside = np.flatnonzero(np.abs(values) > 2.0)
        while outside.size:
            values[outside] = rng.standard_normal(outside.size)
            outside = outside[np.abs(values[outside]) > 2.0]
        return _tensor(mean + stddev * values.reshape(shape), dtype)


class RandomUniform(RandomInitializer):
    """Uniform between `minval` and `maxval`.

    Examples
    --------
    >>> w = RandomUniform(-1.0, 1.0, seed=0)((100,)).numpy()
    >>> bool(w.min() < -0.9 and w.max() > 0.9)
    True
    """

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        super().__init__(seed)
        self.minval = number("RandomUniform", "minval", minval)
        self.maxval = number("RandomUniform", "maxval", maxval)

    def __call__(self, shape, dtype=None):
        return self._uniform(shape, self.minval, self.maxval, dtype)

    def get_config(self):
        return {"minval": self.minval, "maxval": self.maxval, **super().get_config()}


class RandomNormal(RandomInitializer):
    """Normal with mean `mean` and standard deviation `stddev`."""

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        super().__init__(seed)
        self.mean = number(type(self).__name__, "mean", mean)
        self.stddev = number(type(self).__name__, "stddev", stddev)

    def __call__(self, shape, dtype=None):
        return self._normal(shape, self.mean, self.stddev, dtype)

    def get_config(self):
        return {"mean": self.mean, "stddev": self.stddev, **super().get_config()}


class TruncatedNormal(RandomNormal):
    """Normal, but values more than two standard deviations from the mean are drawn again."""

    def __call__(self, shape, dtype=None):
        return self._truncated_normal(shape, self.mean, self.stddev, dtype)


class VarianceScaling(RandomInitializer):
    """Weights whose variance is ``scale / n``, so that signals keep their size through layers.

    Parameters
    ----------
    scale : float
        Positive.
    mode : {'fan_in', 'fan_out', 'fan_avg'}
        What n counts: inputs of the layer, outputs, or their mean. A kernel has shape (I, O).
    distribution : {'truncated_normal', 'untruncated_normal', 'uniform'}
        ``'normal'`` means ``'truncated_normal'``. The uniform one has the limit sqrt(3 scale / n).
    seed : int, SeedGenerator or None
    input_axes, output_axes : list of int, optional
        Which axes of a weight count as inputs and which as outputs, if both are given.

    References
    ----------
    Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
    networks", eq. 16 (``GlorotUniform``); He et al. 2015, "Delving deep into rectifiers", eq. 10
    (``HeNormal``); LeCun et al. 1998, "Efficient BackProp", eq. 16 (``LecunNormal``).
    """

    def __init__(self, scale=1.0, mode="fan_in", distribution="truncated_normal", seed=None,
                 input_axes=None, output_axes=None):
        super().__init__(seed)
        self.input_axes = input_axes
        self.output_axes = output_axes
        if not scale > 0:
            raise ValueError(f"Expected `scale` to be a positive number, got {scale!r}.")
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(f"Expected `mode` 'fan_in', 'fan_out' or 'fan_avg', got {mode!r}.")
        distribution = str(distribution).lower()
        if distribution == "normal":
            distribution = "truncated_normal"
        if distribution not in ("truncated_normal", "untruncated_normal", "uniform"):
            raise ValueError(
                "Expected `distribution` 'truncated_normal', 'untruncated_normal' or 'uniform', "
                f"got {distribution!r}."
            )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution

    def __call__(self, shape, dtype=None):
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, n)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return self._uniform(shape, -limit, limit, dtype)
        if self.distribution == "untruncated_normal":
            return self._normal(shape, 0.0, math.sqrt(variance), dtype)
        return self._truncated_normal(shape, 0.0, math.sqrt(variance) / _TRUNCATED_STDDEV, dtype)

    def get_config(self):
        return {
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "input_axes": self.input_axes,
            "output_axes": self.output_axes,
            **super().get_config(),
        }


class _FixedScaling(VarianceScaling):
    """A `VarianceScaling` with a name of its own; the subclass holds the three settings."""

    _settings = ()

    def __init__(self, seed=None, input_axes=None, output_axes=None):
        super().__init__(*self._settings, seed, input_axes, output_axes)

    def get_config(self):
        return {name: value for name, value in super().get_config().items()
                if name in ("seed", "input_axes", "output_axes")}


class GlorotUniform(_FixedScaling):
    """Uniform within ±sqrt(6 / (fan_in + fan_out)); the default of kernels.

    Examples
    --------
    >>> w = GlorotUniform(seed=1)((300, 300)).numpy()
    >>> bool(abs(w).max() <= 0.1)                       # sqrt(6 / 600) = 0.1
    True
    """

    _settings = (1.0, "fan_avg", "uniform")


class GlorotNormal(_FixedScaling):
    """Truncated normal with variance 2 / (fan_in + fan_out)."""

    _settings = (1.0, "fan_avg", "truncated_normal")


class HeUniform(_FixedScaling):
    """Uniform within ±sqrt(6 / fan_in); made for relu."""

    _settings = (2.0, "fan_in", "uniform")


class HeNormal(_FixedScaling):
    """Truncated normal with variance 2 / fan_in; made for relu."""

    _settings = (2.0, "fan_in", "truncated_normal")


class LecunUniform(_FixedScaling):
    """Uniform within ±sqrt(3 / fan_in)."""

    _settings = (1.0, "fan_in", "uniform")


class LecunNormal(_FixedScaling):
    """Truncated normal with variance 1 / fan_in; made for selu."""

    _settings = (1.0, "fan_in", "truncated_normal")


class Orthogonal(RandomInitializer):
    """A random matrix with orthonormal columns, or rows if it has fewer of them, times `gain`.

    A weight of more axes is such a matrix with its last axis as columns.

    References
    ----------
    Saxe et al. 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks".

    Examples
    --------
    >>> w = Orthogonal(seed=1)((4, 3), dtype="float64").numpy()
    >>> (w.T @ w).round(6) + 0.0
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """

    def __init__(self, gain=1.0, seed=None):
        super().__init__(seed)
        self.gain = gain

    def __call__(self, shape, dtype=None):
        shape = standardize_shape(shape)
        if len(shape) < 2:
            raise ValueError(f"Orthogonal needs a shape of two axes at least, got {shape}.")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        tall = self._generator().standard_normal((max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(tall)
        q *= np.sign(np.diag(r))  # else not every orthogonal matrix would be as likely
        return _tensor(self.gain * (q.T if rows < columns else q).reshape(shape), dtype)

    def get_config(self):
        return {"gain": self.gain, **super().get_config()}


def compute_fans(shape, input_axes=None, output_axes=None):
    """Return how many inputs and outputs a weight of this shape connects.

    With `input_axes` and `output_axes` these are the products of the lengths of these axes.

    Examples
    --------
    >>> compute_fans((784, 64)), compute_fans((64,))
    ((784, 64), (64, 64))
    """
    shape = standardize_shape(shape)
    if input_axes is not None and output_axes is not None:
        return math.prod(shape[i] for i in input_axes), math.prod(shape[i] for i in output_axes)
    if len(shape) < 2:
        return (shape[0], shape[0]) if shape else (1, 1)
    receptive_field = math.prod(shape[:-2])  # 1 for a matrix; the window of a convolution kernel
    return shape[-2] * receptive_field, shape[-1] * receptive_field


def _tensor(values, dtype):
    if dtype is not None and np.dtype(dtype).kind in "iub":
        return Tensor(values.astype(np.int64))
    return Tensor(values.astype(float_dtype(dtype), copy=False))


_CLASSES = public_classes(globals(), Initializer, without=(RandomInitializer,))
_NAMES = {cls.__name__: cls for cls in _CLASSES}
_NAMES.update({snake_case(cls.__name__): cls for cls in _CLASSES})
globals().update(_NAMES)  # the snake_case names are the same classes
IdentityInitializer, OrthogonalInitializer = Identity, Orthogonal
_NAMES.update(IdentityInitializer=Identity, OrthogonalInitializer=Orthogonal)

__all__ = ["Initializer", "RandomInitializer", "compute_fans", "get", "serialize", "deserialize"]
__all__ += list(_NAMES)
_NAMES.update(uniform=RandomUniform, normal=RandomNormal, zero=Zeros, one=Ones)

_STFT = "The initializer STFT makes windows of spectrograms, which this library has no layer for."


def __getattr__(name):
    if name in ("STFT", "STFTInitializer", "stft"):
        raise AttributeError(_STFT)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def get(identifier):
    """Return the initializer that `identifier` stands for.

    Parameters
    ----------
    identifier : str, class, Initializer, callable, dict, array or None
        Old names work too: ``'uniform'``, ``'normal'``, ``'zero'``, ``'one'``. An array or Tensor
        gives an initializer that returns these values, for exactly this shape. None gives None.

    Examples
    --------
    >>> get("uniform")
    RandomUniform(minval=-0.05, maxval=0.05, seed=None)
    >>> get("glorot_unifrom")                  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: Could not interpret initializer identifier: glorot_unifrom
      Try:   did you mean 'glorot_uniform'?
             Known names: ...
    """
    if identifier is None:
        return None
    if isinstance(identifier, str) and identifier.lower() in ("stft", "stftinitializer"):
        raise ValueError(_STFT)
    if isinstance(identifier, (np.ndarray, Tensor)):
        return _GivenValues(np.array(identifier))
    return lookup(identifier, _NAMES, "initializer", base=Initializer)


deserialize = deserialize_with(get)
