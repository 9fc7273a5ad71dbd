"""Metrics: what is watched while training, kept as a running mean over the samples of an epoch.

Sums are kept in float64 by the engine's ``MeanAccumulator``, so that a mean over an epoch does not
drift, and so that updating a metric can be part of a recorded training step.

A target of shape (B,) meets a prediction of shape (B, 1) as one column, in every metric. Keras 3
broadcasts the two to (B, B) in some (hinge, poisson, kl_divergence), so their figures differ from
the loss of the same name there.
"""

import math

from . import losses, ops
from ._engine import MeanAccumulator, Tensor
from ._objects import deserialize_with, lookup, public_classes, serialize
from .backend import floatx, snake_case, unique_name
from .losses import as_tensors, float_tensor, match_ranks


class Metric:
    """Base class: ``update_state`` takes in a batch, ``result`` gives the value so far.

    A subclass defines ``update_state``, ``result`` and ``reset_state``. One whose update reads
    values out as NumPy arrays works too; the training step is then run in Python.

    Examples
    --------
    >>> class LargestError(Metric):
    ...     largest = 0.0
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.largest = max(self.largest, float(ops.max(abs(y_true - y_pred))))
    ...     def result(self):
    ...         return self.largest
    ...     def reset_state(self):
    ...         self.largest = 0.0
    >>> LargestError()(Tensor([1.0, 2.0]), Tensor([1.5, 2.0]))
    0.5
    """

    def __init__(self, name=None):
        self.name = unique_name(snake_case(type(self).__name__)) if name is None else name

    def update_state(self, *args, **kwargs):
        """Take in a batch: ``(y_true, y_pred, sample_weight=None)`` for most metrics."""
        raise NotImplementedError(f"{type(self).__name__} must define update_state.")

    def result(self):
        """Return the value over all batches since the last reset, as a float."""
        raise NotImplementedError(f"{type(self).__name__} must define result.")

    def reset_state(self):
        """Forget all batches."""
        raise NotImplementedError(f"{type(self).__name__} must define reset_state.")

    plain_mean = None  # see Mean

    def __call__(self, *args, **kwargs):
        self.update_state(*args, **kwargs)
        return self.result()

    def get_config(self):
        """Return the constructor's arguments."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config):
        """Make a metric from what `get_config` returned."""
        return cls(**config)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"


class Mean(Metric):
    """Mean of values, weighted if weights are given.

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

    def __init__(self, name="mean"):
        super().__init__(name)
        self._values = MeanAccumulator()  # values without weights
        self._weighted = MeanAccumulator()  # values times their weights ...
        self._weights = MeanAccumulator()  # ... and these weights

    def update_state(self, values, sample_weight=None):
        """Take in values of shape (B, ...), with weights of shape (B,), (B, 1), ... or a number.

        One number as weight weighs the mean of the values, as in Keras: a batch's mean loss with
        the batch size as weight counts once per sample.
        """
        if not isinstance(values, Tensor):
            values = float_tensor(values)
        if sample_weight is None:
            self._values.add(values)
        elif isinstance(sample_weight, (int, float)):
            self._values.add(ops.mean(values), weight=float(sample_weight))
        else:
            values, sample_weight = _fit_weights(values, sample_weight, self.name)
            self._weighted.add(values * sample_weight)
            self._weights.add(sample_weight)

    def result(self):
        count = self._values.count + self._weights.total
        return (self._values.total + self._weighted.total) / count if count else 0.0

    @property
    def plain_mean(self):
        """The accumulator whose mean is the result, if no weights took part (else None)."""
        plain = type(self).result is Mean.result and not self._weights.count
        return self._values if plain else None

    def reset_state(self):
        for accumulator in (self._values, self._weighted, self._weights):
            accumulator.reset()


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

    def __init__(self, fn, name=None, **kwargs):
        super().__init__(unique_name("mean_metric_wrapper") if name is None else name)
        self._fn = fn
        self._fn_kwargs = kwargs

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = as_tensors(y_true, y_pred)
        super().update_state(self._fn(y_true, y_pred, **self._fn_kwargs), sample_weight)

    def get_config(self):
        return {**super().get_config(), "fn": self._fn, **self._fn_kwargs}


class _NamedMetric(MeanMetricWrapper):
    """A metric whose function has the class's name in snake_case."""

    def __init__(self, name=None, **kwargs):
        function_name = snake_case(type(self).__name__)
        super().__init__(_FUNCTIONS[function_name], name or function_name, **kwargs)

    def get_config(self):
        config = super().get_config()
        del config["fn"]
        return config


class _PlainMetric(_NamedMetric):
    """One without settings of its own: refuses any other argument."""

    def __init__(self, name=None):
        super().__init__(name)


_FUNCTIONS = {
    name: losses.keras_function(name, vectors_as_columns=name == "binary_accuracy")
    for name, op in ops.OPS.items()
    if op.family == "metric"
}
globals().update(_FUNCTIONS)
__all__ = list(_FUNCTIONS)
_FUNCTIONS.update(losses._FUNCTIONS)


def accuracy(y_true, y_pred):
    """Return 1.0 where target and prediction are equal, else 0.0, as an array."""
    y_true, y_pred = as_tensors(y_true, y_pred)
    return (y_true.numpy() == y_pred.numpy()).astype(floatx())


_FUNCTIONS["accuracy"] = accuracy


class Accuracy(_PlainMetric):
    """How often the prediction *equals* the target.

    The string ``'accuracy'`` given to ``compile`` means another one; see `resolve`.
    """


class BinaryAccuracy(_NamedMetric):
    """How often ``y_pred > threshold`` agrees with the target 0 or 1.

    Examples
    --------
    >>> BinaryAccuracy()([1, 0, 1, 1], [0.9, 0.2, 0.4, 0.6])
    0.75
    """

    def __init__(self, name="binary_accuracy", *, threshold=0.5):
        super().__init__(name, threshold=threshold)


class CategoricalAccuracy(_PlainMetric):
    """How often the largest prediction stands where the one-hot target is largest."""


class SparseCategoricalAccuracy(_PlainMetric):
    """How often the largest prediction stands at the target's class number."""


class MeanSquaredError(_PlainMetric):
    """Mean of the squared differences."""


class RootMeanSquaredError(Mean):
    """Square root of the mean of the squared differences.

    Examples
    --------
    >>> RootMeanSquaredError()([[0.0], [0.0]], [[1.0], [7.0]])
    5.0
    """

    def __init__(self, name="root_mean_squared_error"):
        super().__init__(name)

    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(losses.mean_squared_error(y_true, y_pred), sample_weight)

    def result(self):
        return math.sqrt(super().result())


class MeanAbsoluteError(_PlainMetric):
    """Mean of the absolute differences."""


class MeanAbsolutePercentageError(_PlainMetric):
    """Mean of the absolute differences in percent of the target."""


class MeanSquaredLogarithmicError(_PlainMetric):
    """Mean of the squared differences of log(1 + value)."""


class Hinge(_PlainMetric):
    """Mean of the hinge loss."""


class SquaredHinge(_PlainMetric):
    """Mean of the squared hinge loss."""


class CategoricalHinge(_PlainMetric):
    """Mean of the categorical hinge loss."""


class KLDivergence(_PlainMetric):
    """Mean Kullback-Leibler divergence."""


class Poisson(_PlainMetric):
    """Mean of the Poisson loss."""


class LogCoshError(MeanMetricWrapper):
    """Mean of log(cosh(y_pred - y_true))."""

    def __init__(self, name="logcosh"):
        super().__init__(losses.log_cosh, name)

    def get_config(self):
        return {"name": self.name}


class CosineSimilarity(MeanMetricWrapper):
    """Mean cosine of the angle between target and prediction: 1 when they point the same way,
    whereas the *loss* of this name is the negative, to be made small."""

    def __init__(self, name="cosine_similarity"):
        super().__init__(lambda y_true, y_pred: -losses.cosine_similarity(y_true, y_pred), name)

    def get_config(self):
        return {"name": self.name}


class BinaryCrossentropy(_NamedMetric):
    """Mean binary cross-entropy."""

    def __init__(self, name="binary_crossentropy", *, from_logits=False, label_smoothing=0.0):
        super().__init__(name, from_logits=from_logits, label_smoothing=label_smoothing)


class CategoricalCrossentropy(_NamedMetric):
    """Mean categorical cross-entropy."""

    def __init__(self, name="categorical_crossentropy", *, from_logits=False, label_smoothing=0.0):
        super().__init__(name, from_logits=from_logits, label_smoothing=label_smoothing)


class SparseCategoricalCrossentropy(_NamedMetric):
    """Mean sparse categorical cross-entropy."""

    def __init__(self, name="sparse_categorical_crossentropy", *, from_logits=False):
        super().__init__(name, from_logits=from_logits)


_CLASSES = public_classes(globals(), Metric, without=(MeanMetricWrapper,))
_NAMES = {**losses._ALIASES, **_FUNCTIONS}
_NAMES.update({snake_case(cls.__name__): cls for cls in _CLASSES})
_NAMES.update({cls.__name__: cls for cls in _CLASSES})
for _short, _name in losses.SHORT_NAMES.items():
    _NAMES[_short] = _NAMES[_short.upper()] = _NAMES[_name]

__all__ += ["Metric", "MeanMetricWrapper", "get", "resolve", "serialize", "deserialize"]
__all__ += [cls.__name__ for cls in _CLASSES]


def get(identifier):
    """Return the metric that `identifier` stands for.

    Parameters
    ----------
    identifier : str, class, Metric, callable, dict or None
        The name of a metric, or of any loss. None gives None.

    Examples
    --------
    >>> get("mse").name
    'mean_squared_error'
    """
    if identifier is None:
        return None
    return lookup(identifier, _NAMES, "metric", base=Metric)


def resolve(identifier, y_true_shape, y_pred_shape):
    """Return a Metric for one entry of ``compile(metrics=[...])``.

    ``'accuracy'`` (or ``'acc'``) is binary accuracy for one output column, sparse categorical
    accuracy for class numbers, categorical accuracy for one-hot targets. A string stays the key
    in the history as it was typed: ``'acc'`` gives ``history['acc']``.

    Examples
    --------
    >>> metric = resolve("acc", (None,), (None, 10))
    >>> type(metric).__name__, metric.name
    ('SparseCategoricalAccuracy', 'acc')
    """
    if str(identifier).lower() in ("accuracy", "acc"):
        kind = losses.binary_sparse_or_categorical(y_true_shape, y_pred_shape)
        return _NAMES[kind + "_accuracy"](name=str(identifier))
    metric = get(identifier)
    if metric is None:
        raise ValueError(
            "Expected a metric: a name, a function or a Metric; got None in `metrics`."
        )
    if not isinstance(metric, Metric):
        metric = MeanMetricWrapper(metric, name=losses.object_name(metric))
    if isinstance(identifier, str):
        metric.name = identifier
    return metric


def _fit_weights(values, weights, name):
    """Return values and weights of the same shape; values are averaged over axes that the
    weights lack."""
    if not isinstance(weights, Tensor):
        weights = Tensor(weights, dtype=values.dtype)
    if weights.ndim:
        weights, values = match_ranks(weights, values)
    if values.ndim > weights.ndim:
        values = ops.mean(values, axis=tuple(range(weights.ndim, values.ndim)))
    if weights.shape != values.shape:
        raise ValueError(
            f"Metric {name}: sample_weight of shape {weights.shape} does not fit values of shape "
            f"{values.shape}; give one weight per sample."
        )
    return values, weights


deserialize = deserialize_with(get)
