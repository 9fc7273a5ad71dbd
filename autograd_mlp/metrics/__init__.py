"""Metrics: what is watched while training, gathered over the samples of an epoch.

Every name of ``keras.metrics`` is here. Sums and counts are kept in float64 by calls of the
engine, so that they do not drift over an epoch, and so that updating a metric is part of the
recorded training step. A result is a float, or a Tensor where there are several numbers (per
class, per threshold).

A target of shape (B,) meets a prediction of shape (B, 1) as one column, in every metric. Keras 3
broadcasts the two to (B, B) in some (hinge, poisson, kl_divergence), so their figures differ from
the loss of the same name there.
"""

from .. import losses, ops  # noqa: F401  (examples of the docstrings use ops)
from .._engine import Tensor  # noqa: F401  (so do they this)
from .._objects import deserialize_with, lookup, public_classes, serialize
from .._registry import get_registered_object
from ..backend import snake_case
from . import accuracy as _accuracy
from . import auc as _auc
from . import confusion, f_score, iou, mean, probabilistic, regression
from .mean import MeanMetricWrapper
from .metric import Metric

_BASES = (mean.NamedMetric, confusion.ConfusionMetric, confusion.SensitivitySpecificityBase)
CLASSES = [found for module in (mean, _accuracy, regression, probabilistic, confusion, _auc,
                                f_score, iou)
           for found in public_classes(vars(module), Metric, without=_BASES)]
FUNCTIONS = {**losses.FUNCTIONS, **_accuracy.FUNCTIONS, **regression.FUNCTIONS}
globals().update({cls.__name__: cls for cls in CLASSES})
globals().update(FUNCTIONS)
globals().update(losses.ALIASES)

_NAMES = {**losses.ALIASES, **FUNCTIONS}
for _cls in CLASSES:
    if _cls is not MeanMetricWrapper:
        _NAMES[_cls.__name__] = _NAMES[snake_case(_cls.__name__)] = _cls
for _short, _name in losses.SHORT_NAMES.items():
    _NAMES[_short] = _NAMES[_short.upper()] = _NAMES[_name]
_CONFIGURABLE = {**_NAMES, "MeanMetricWrapper": MeanMetricWrapper}

__all__ = ["Metric", *FUNCTIONS, *losses.ALIASES, "get", "resolve", "serialize", "deserialize"]
__all__ += [cls.__name__ for cls in CLASSES]


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
    return lookup(identifier, _CONFIGURABLE if isinstance(identifier, dict) else _NAMES, "metric",
                  base=Metric)


def check(identifier):
    """Raise ValueError unless `resolve` can make a metric of the identifier; makes none itself.

    (A metric made in vain would use up an automatic name.)

    Examples
    --------
    >>> check("auc")
    >>> check("accurracy")                        # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: Could not interpret metric identifier: accurracy
      Try:   did you mean 'accuracy'?
             Known names: ...
    """
    known = identifier is None or str(identifier).lower() in ("accuracy", "acc") or (
        get_registered_object(identifier, module_objects=_NAMES) is not None
        if isinstance(identifier, str) else callable(identifier) or isinstance(identifier, Metric))
    if not known:
        get(identifier)


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


deserialize = deserialize_with(get)
