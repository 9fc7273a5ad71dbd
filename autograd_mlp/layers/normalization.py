"""Inputs brought to mean 0 and variance 1, with figures of a data set."""

import math

import numpy as np

from .. import ops
from .._engine import Tensor
from ..backend import epsilon
from .layer import Layer


class Normalization(Layer):
    """y = (x - mean) / sqrt(variance), with mean and variance of data that it was shown before.

    The shape stays.

    Call `adapt` on the training data, or give `mean` and `variance`; then use it as first layer.

    Parameters
    ----------
    axis : int, tuple of int, or None
        Axes along which mean and variance differ; None for one mean of all numbers.
    mean, variance : float or array, optional
        To be given together, instead of `adapt`.
    invert : bool
        Go the other way: ``y = mean + x * sqrt(variance)``.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Normalization()
    >>> layer.adapt(np.array([[1.0, 10.0], [3.0, 30.0]]))
    >>> layer([[1.0, 40.0]]).tolist()
    [[-1.0, 2.0]]
    """

    def __init__(self, axis=-1, mean=None, variance=None, invert=False, **kwargs):
        super().__init__(**kwargs)
        self.axis = () if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        if (mean is None) != (variance is None):
            raise ValueError(f"Normalization '{self.name}': give both `mean` and `variance`, or "
                             f"neither; got {mean!r} and {variance!r}.")
        if np.shape(mean) != np.shape(variance):
            raise ValueError(f"Normalization '{self.name}': `mean` and `variance` must have one "
                             f"shape, got {np.shape(mean)} and {np.shape(variance)}.")
        if mean is not None and np.ndim(mean) > len(self.axis):
            raise ValueError(f"Normalization '{self.name}': `mean` of shape {np.shape(mean)} has "
                             f"more axes than `axis`, which is {self.axis}.")
        self.input_mean, self.input_variance = mean, variance
        self.invert = invert
        self.supports_masking = True

    def build(self, input_shape):
        n = len(input_shape)
        if any(not -n <= axis < n for axis in self.axis):
            raise ValueError(f"Normalization '{self.name}': axis {self.axis} is out of range for "
                             f"an input of shape {tuple(input_shape)}.")
        self._kept = sorted(axis % n for axis in self.axis)
        for axis in self._kept:
            if input_shape[axis] is None:
                raise ValueError(f"Normalization '{self.name}': axis {axis} of inputs of shape "
                                 f"{tuple(input_shape)} has no known length to keep a mean for.")
        self._lengths = tuple(input_shape[axis] for axis in self._kept)
        self._broadcast = tuple(input_shape[i] if i in self._kept else 1 for i in range(n))
        if self.input_mean is None:
            self.adapt_mean = self.add_weight(self._lengths, "zeros", trainable=False, name="mean")
            self.adapt_variance = self.add_weight(
                self._lengths, "ones", trainable=False, name="variance")
            self.count = self.add_weight((), "zeros", "int", trainable=False, name="count")
        else:
            self._given = tuple(
                Tensor(np.broadcast_to(value, self._lengths).reshape(self._broadcast), self.dtype)
                for value in (self.input_mean, self.input_variance))

    @property
    def mean(self):
        """The mean in use, in a shape that broadcasts to inputs; None before the layer is built."""
        return self._figures()[0] if self.built else None

    @property
    def variance(self):
        """The variance in use, as `mean`."""
        return self._figures()[1] if self.built else None

    def _figures(self):
        if self.input_mean is not None:
            return self._given
        return (self.adapt_mean.reshape(self._broadcast),
                self.adapt_variance.reshape(self._broadcast))

    def adapt(self, data):
        """Take mean and variance of data.

        Parameters
        ----------
        data : array, Tensor, data frame, PyDataset, or an iterable of batches
            A batch may be a tuple, whose first element counts.
        """
        if self.input_mean is not None:
            raise ValueError(f"Normalization '{self.name}' was given its mean and variance: there "
                             f"is nothing to adapt.")
        whole = hasattr(data, "__array__") and hasattr(data, "shape")
        if not whole and not hasattr(data, "__iter__") and not hasattr(data, "__getitem__"):
            raise TypeError(f"Normalization '{self.name}': adapt() takes an array or an iterable "
                            f"of batches, got {type(data).__name__}.")
        batches = [data] if whole else (
            (data[i] for i in range(len(data))) if hasattr(data, "__getitem__") else data)
        count, mean, variance = 0, 0.0, 0.0
        for batch in batches:
            batch = batch[0] if isinstance(batch, tuple) else batch
            if not hasattr(batch, "shape"):
                raise TypeError(f"Normalization '{self.name}': adapt() takes an array or an "
                                f"iterable of arrays, one of its batches is a "
                                f"{type(batch).__name__}.")
            batch = np.asarray(batch, dtype=np.float64)
            if not self.built:
                self.build(batch.shape)
            if len(self._broadcast) != batch.ndim or self._lengths != tuple(
                    batch.shape[axis] for axis in self._kept):
                raise ValueError(f"Normalization '{self.name}' was built for inputs of shape "
                                 f"{self._build_input_shape}, adapt() got {batch.shape}.")
            reduced = tuple(i for i in range(batch.ndim) if i not in self._kept)
            m, v = batch.mean(reduced), batch.var(reduced)
            n = math.prod(batch.shape[i] for i in reduced)
            count += n
            share = n / count
            # of both parts together (Chan, Golub & LeVeque 1979, eq. 2.1)
            variance = (1 - share) * (variance + share * (m - mean) ** 2) + share * v
            mean = mean + share * (m - mean)
        if not count:
            raise ValueError(f"Normalization '{self.name}': adapt() got no data.")
        self.adapt_mean.assign(mean)
        self.adapt_variance.assign(variance)

    def call(self, x):
        if x.dtype != self.dtype:
            x = ops.cast(x, self.dtype)
        mean, variance = self._figures()
        deviation = ops.maximum(ops.sqrt(variance), epsilon())
        return mean + x * deviation if self.invert else (x - mean) / deviation

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {**super().get_config(), "axis": self.axis, "invert": self.invert,
                "mean": _plain(self.input_mean), "variance": _plain(self.input_variance)}


def _plain(value):
    return None if value is None else np.asarray(value).tolist()
