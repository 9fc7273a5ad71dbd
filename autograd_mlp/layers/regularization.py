"""Layers that disturb their inputs in training, against overfitting, and do nothing otherwise."""

import math
import numbers

from .. import ops, regularizers
from .._errors import lesson
from ..random import SeedGenerator
from .input_spec import InputSpec
from .layer import Layer


class _Random(Layer):
    """A layer that draws random numbers in training, unless its `strength` is 0.

    Attributes
    ----------
    seed_generator : SeedGenerator
        Made with the layer's weights. Its state counts the draws, and is one of the `variables`.
    """

    _strength = "rate"  # the attribute that must not be 0 for anything to be drawn
    _highest = 1

    def __init__(self, strength, seed, **kwargs):
        super().__init__(**kwargs)
        name = self._strength
        if isinstance(strength, bool) or not isinstance(strength, numbers.Real) or not (
                0 <= strength <= self._highest):
            if name == "rate":
                raise ValueError(lesson(
                    "Invalid value received for argument `rate`. Expected a float value between 0 "
                    f"and 1. Received: rate={strength}",
                    where=f"layer '{self.name}' ({type(self).__name__}), rate of type "
                          f"{type(strength).__name__}",
                    why="It is the part of the numbers that is dropped.",
                    use=f"{type(self).__name__}({strength / 100:g}) for {strength:g} percent"
                    if isinstance(strength, numbers.Real) and 1 < strength <= 100 else
                    f"{type(self).__name__}(0.2)"))
            raise ValueError(f"{type(self).__name__} '{self.name}': expected `{name}` to be a "
                             f"number from 0 to {self._highest}, got {strength!r}.")
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, numbers.Integral)):
            raise ValueError(f"{type(self).__name__} '{self.name}': expected `seed` to be an "
                             f"integer, got {seed!r}.")
        setattr(self, name, strength)
        self.seed = seed
        self.supports_masking = True

    def build(self, input_shape):
        if getattr(self, self._strength) > 0:
            self.seed_generator = SeedGenerator(self.seed)

    def call(self, x, training=False):
        return self._disturbed(x) if training and getattr(self, self._strength) > 0 else x

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {**super().get_config(), self._strength: getattr(self, self._strength),
                "seed": self.seed}


class Dropout(_Random):
    """In training each element is 0 with probability `rate`, else divided by 1 - rate.

    Srivastava et al. 2014. The numbers follow from the seed, and differ from Keras's.

    Parameters
    ----------
    rate : float from 0 to 1
    noise_shape : tuple of (int or None), optional
        Shape of the mask with the batch axis, such as ``(None, 1, 8)`` to drop whole columns of
        (B, T, 8); None stands for the length in the input.
    seed : int, optional
        Drawn from the library's generator when the layer is built, if not given.

    Examples
    --------
    >>> layer, x = Dropout(0.5, seed=1), [[1.0] * 50]
    >>> layer(x).tolist() == x
    True
    >>> sorted(set(layer(x, training=True).tolist()[0]))
    [0.0, 2.0]
    """

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(rate, seed, **kwargs)
        self.noise_shape = _noise_shape(self, noise_shape)

    def _disturbed(self, x):
        return ops.dropout(x, self.rate, seed=self.seed_generator, noise_shape=self.noise_shape)

    def get_config(self):
        return {**super().get_config(), "noise_shape": self.noise_shape}


class SpatialDropout1D(_Random):
    """Dropout of whole columns: all steps of a feature of (B, T, C) at once (Tompson et al. 2014).

    Parameters
    ----------
    rate : float from 0 to 1
    seed : int, optional
    """

    def __init__(self, rate, seed=None, name=None, dtype=None):
        super().__init__(rate, seed, name=name, dtype=dtype)
        self.input_spec = InputSpec(ndim=3)

    def _disturbed(self, x):
        return ops.dropout(x, self.rate, seed=self.seed_generator, noise_shape=(None, 1, None))

    def get_config(self):
        return {"rate": self.rate, "seed": self.seed, "name": self.name, "dtype": self.dtype}


class AlphaDropout(_Random):
    """Dropout for networks of selu: keeps mean 0 and variance 1 (Klambauer et al. 2017).

    In training each element becomes selu's lowest value with probability `rate`; an affine map
    then restores mean and variance.

    Parameters
    ----------
    rate : float from 0 to below 1
    noise_shape, seed : optional
        As in `Dropout`.
    """

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(rate, seed, **kwargs)
        if rate == 1:
            raise ValueError(f"AlphaDropout '{self.name}': `rate` must be below 1: if nothing is "
                             f"kept there is no variance to restore.")
        self.noise_shape = _noise_shape(self, noise_shape)

    def _disturbed(self, x):
        return ops.alpha_dropout(x, self.rate, seed=self.seed_generator,
                                 noise_shape=self.noise_shape)

    def get_config(self):
        return {**super().get_config(), "noise_shape": self.noise_shape}


class GaussianNoise(_Random):
    """Adds normal noise in training.

    The shape stays.

    Parameters
    ----------
    stddev : float from 0 to 1
    seed : int, optional
        As in `Dropout`.
    """

    _strength = "stddev"

    def __init__(self, stddev, seed=None, **kwargs):
        super().__init__(stddev, seed, **kwargs)

    def _disturbed(self, x):
        return ops.add_noise(x, self.stddev, seed=self.seed_generator)


class GaussianDropout(_Random):
    """Multiplies by normal noise around 1, of standard deviation sqrt(rate / (1 - rate)).

    The shape stays.

    Srivastava et al. 2014, section 10: it has the mean and the variance of dropout.

    Parameters
    ----------
    rate : float from 0 to below 1
    seed : int, optional
        As in `Dropout`.
    """

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(rate, seed, **kwargs)
        if rate == 1:
            raise ValueError(f"GaussianDropout '{self.name}': `rate` must be below 1: the noise "
                             f"would have no bound.")

    def _disturbed(self, x):
        return ops.multiply_noise(x, math.sqrt(self.rate / (1 - self.rate)),
                                  seed=self.seed_generator)


class ActivityRegularization(Layer):
    """Leaves its input as it is, and adds a penalty for its size to the training loss.

    The shape stays.

    Parameters
    ----------
    l1, l2 : float
        Factors of the sums of absolute values and of squares, each divided by the batch size.

    Examples
    --------
    >>> layer = ActivityRegularization(l2=0.5)
    >>> y = layer([[1.0, 2.0], [0.0, 0.0]])
    >>> [float(loss) for loss in layer.losses]
    [1.25]
    """

    def __init__(self, l1=0.0, l2=0.0, **kwargs):
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.supports_masking = True
        self.l1 = l1
        self.l2 = l2

    def call(self, x):
        return x

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        config = super().get_config()
        del config["activity_regularizer"]
        return {**config, "l1": self.l1, "l2": self.l2}


def _noise_shape(layer, shape):
    if shape is None:
        return None
    if isinstance(shape, str) or not hasattr(shape, "__iter__"):
        raise ValueError(f"{type(layer).__name__} '{layer.name}': expected `noise_shape` to be a "
                         f"tuple of integers and None, got {shape!r}.")
    shape = tuple(shape)
    for n in shape:
        if n is not None and (not isinstance(n, numbers.Integral) or n <= 0):
            raise ValueError(f"{type(layer).__name__} '{layer.name}': expected `noise_shape` to "
                             f"hold positive integers and None, got {n!r} in {shape}.")
    return shape
