"""Means and sums over samples; a metric of any function."""

import math

from .. import ops
from .._engine import MeanAccumulator, Tensor, unrecorded
from .._objects import deserialize, serialize
from ..losses import functions
from ..losses.loss import (
    apply_mask,
    as_tensors,
    float_tensor,
    in_dtype,
    match_ranks,
    weights_fit,
)
from .metric import Metric, Number


class Mean(Metric):
    """Mean of values, weighted if weights are given.

    Attributes
    ----------
    total, count : Variable of shape (), float64
        Sum of the samples' values (times their weights), and of the weights (1 each without).

    Examples
    --------
    >>> m = Mean()
    >>> m.update_state([1.0, 3.0])
    >>> m.update_state([5.0, 7.0])
    >>> m.result()
    4.0
    >>> Mean()([1.0, 3.0, 5.0], sample_weight=[1, 1, 0])
    2.0
    """

    def __init__(self, name="mean", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self._mean = unrecorded(MeanAccumulator)
        self.total, self.count = map(self._keep, (self._mean.total, self._mean.count))

    def update_state(self, values, sample_weight=None):
        """Take in values of shape (B, ...), with weights of shape (B,), (B, 1), ... or a number.

        Each sample's values are averaged; a weight is one of the sample or of each of its values.
        One number as weight weighs the mean of all values, as in Keras: a batch's mean loss with
        the batch size as weight counts once per sample.
        """
        values = self._values(values)
        if sample_weight is None:
            self._mean.add_samples(values)
            return
        if isinstance(sample_weight, (int, float)):
            self._mean.add(ops.mean(values), weight=float(sample_weight))
        else:
            self._mean.add_samples(*_fit(values, sample_weight, self.name, ops.mean))

    def _values(self, values):
        if not isinstance(values, Tensor):
            values = float_tensor(values)
        if self._given_dtype is not None:
            values, = in_dtype(self._given_dtype, values)
        return values

    def result(self):
        return Number(self._mean.result())

    @property
    def plain_mean(self):
        """The accumulator whose mean is the result (None if a subclass makes more of it)."""
        return self._mean if type(self).result is Mean.result else None

    def reset_state(self):
        self._mean.reset()


class Sum(Metric):
    """Sum of values, times their weights if these are given.

    Examples
    --------
    >>> Sum()([1.0, 3.0, 5.0], sample_weight=[1, 1, 0])
    4.0
    """

    def __init__(self, name="sum", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self._add_counters((), "total")

    def update_state(self, values, sample_weight=None):
        """Take in values of shape (B, ...), with weights as `Mean` takes them."""
        values = Mean._values(self, values)
        if sample_weight is not None:
            if isinstance(sample_weight, (int, float)):
                values = values * sample_weight
            else:
                values, sample_weight = _fit(values, sample_weight, self.name, ops.sum)
                values = values * sample_weight
        self.total.assign_add(ops.sum(ops.cast(values, "float64")))

    def result(self):
        return Number(self.total.item())


def _fit(values, weights, name, reduce):
    """Return values and weights of one shape; the values are averaged (or summed) over the axes
    that the weights lack or have once only."""
    if values.dtype.kind == "i":
        values = ops.cast(values, "float64")
    if not isinstance(weights, Tensor):
        weights = Tensor(weights, dtype=values.dtype)
    elif weights.dtype != values.dtype:
        weights = ops.cast(weights, values.dtype)
    if weights.ndim:
        weights, values = match_ranks(weights, values)
    if values.ndim > weights.ndim:
        values = reduce(values, axis=tuple(range(weights.ndim, values.ndim)))
    if weights.shape != values.shape:
        if not weights_fit(weights.shape, values.shape):
            raise ValueError(
                f"Metric {name}: sample_weight of shape {weights.shape} does not fit values of "
                f"shape {values.shape}; give one weight per sample."
            )
        once = tuple(i for i, w in enumerate(weights.shape) if w != values.shape[i])
        values = reduce(values, axis=once, keepdims=True)
    return values, weights


class MeanMetricWrapper(Mean):
    """Mean over the samples of a function ``fn(y_true, y_pred, **kwargs)``.

    Examples
    --------
    >>> import numpy as np
    >>> def within_one(y_true, y_pred):
    ...     return 1.0 * (np.abs(y_true.numpy() - y_pred.numpy()) <= 1)
    >>> MeanMetricWrapper(within_one)([[1.0], [2.0]], [[1.5], [4.0]])
    0.5
    """

    def __init__(self, fn, name=None, dtype=None, **kwargs):
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs
        if self._direction is None and getattr(fn, "__module__", None) == functions.__name__:
            self._direction = "down"    # a loss of this library

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take in a batch; weights are one per sample, or per value of the function."""
        y_true, y_pred = as_tensors(y_true, y_pred)
        values = self._fn(y_true, y_pred, **self._fn_kwargs)
        if sample_weight is not None:
            sample_weight = self._with_mask(sample_weight, y_true, y_pred, values)
        super().update_state(values, sample_weight)

    def _with_mask(self, sample_weight, y_true, y_pred, values):
        find = getattr(self._fn, "mask", None)
        mask = None if find is None else find(y_true, y_pred, values, **self._fn_kwargs)
        if mask is None:
            return sample_weight
        if not isinstance(sample_weight, Tensor):
            sample_weight = Tensor(sample_weight, dtype=mask.dtype)
        return apply_mask(sample_weight, mask, "sum")

    def get_config(self):
        return {**super().get_config(), "fn": serialize(self._fn), **serialize(self._fn_kwargs)}

    @classmethod
    def from_config(cls, config):
        return cls(**(deserialize(config) if "fn" in config else config))


class NamedMetric(MeanMetricWrapper):
    """A metric whose function is fixed: base class of this library's own.

    Parameters
    ----------
    defaults : dict, optional
        Arguments that stand in the config only if they differ from this. (Keras leaves these out
        in any case, and so forgets them.)
    """

    _direction = "down"

    def __init__(self, fn, name, dtype, defaults=None, **settings):
        super().__init__(fn, name, dtype, **settings)
        self._defaults = defaults or {}
        for key, value in settings.items():
            setattr(self, key, value)

    def update_state(self, y_true, y_pred, sample_weight=None):
        if self._given_dtype is not None:
            y_true, y_pred = in_dtype(self._given_dtype, *as_tensors(y_true, y_pred))
        super().update_state(y_true, y_pred, sample_weight)

    def get_config(self):
        settings = {key: getattr(self, key) for key in self._fn_kwargs}
        return {**Metric.get_config(self), **{
            key: value for key, value in settings.items()
            if key not in self._defaults or value != self._defaults[key]}}


class RootMeanSquaredError(Mean):
    """Square root of the mean of the squared differences.

    Examples
    --------
    >>> RootMeanSquaredError()([[0.0], [0.0]], [[1.0], [7.0]])
    5.0
    """

    _direction = "down"

    def __init__(self, name="root_mean_squared_error", dtype=None):
        super().__init__(name, dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take in targets and predictions of one shape (B, ...)."""
        y_true, y_pred = as_tensors(y_true, y_pred)
        if y_true.shape != y_pred.shape:
            raise ValueError(f"{self.name}: targets and predictions must have the same shape, got "
                             f"{y_true.shape} and {y_pred.shape}")
        if self._given_dtype is not None:
            y_true, y_pred = in_dtype(self._given_dtype, y_true, y_pred)
        super().update_state(ops.square(y_pred - y_true), sample_weight)

    def result(self):
        return Number(math.sqrt(self._mean.result()))
