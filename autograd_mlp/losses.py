"""Losses: functions that give one value per sample, and classes that reduce them to one number.

The formulas stand with the operations (``autograd_mlp.ops``); every operation of the family
"loss" appears here as a function of the same name. What the functions here add is what Keras adds:
arrays and lists are accepted, and a target of shape (B,) meets a prediction of shape (B, 1).
Any other difference of shapes raises; a target is never broadcast against a prediction.

Computations run in the dtype of the prediction (Keras casts everything to ``floatx()``), so that
gradients can be checked in float64.
"""

import functools

import numpy as np

from . import ops
from ._engine import Tensor
from ._errors import did_you_mean
from ._objects import deserialize_with, lookup, public_classes, serialize
from .backend import floatx, snake_case, unique_name

REDUCTIONS = ("sum_over_batch_size", "mean", "mean_with_sample_weight", "sum", "none", None)


def as_tensors(y_true, y_pred):
    """Return target and prediction as Tensors of equal rank.

    Tensors are only reshaped, with operations that a tape can record. Arrays and lists become
    Tensors: the prediction of float type, a target of floats of the prediction's type.
    """
    if not isinstance(y_pred, Tensor):
        y_pred = float_tensor(y_pred)
    if not isinstance(y_true, Tensor):
        y_true = np.asarray(y_true)
        y_true = Tensor(y_true, dtype=y_pred.dtype if y_true.dtype.kind == "f" else None)
    return match_ranks(y_true, y_pred)


def float_tensor(values):
    """Return an array or list as a Tensor of float type; one of float64 stays that."""
    is_array = isinstance(values, (np.ndarray, np.generic)) and values.dtype.kind == "f"
    return Tensor(values, dtype=None if is_array else floatx())


def match_ranks(y_true, y_pred):
    """Give two Tensors the same rank where one of them lacks a last axis of length 1.

    Vectors gain the axis, (B,) to (B, 1); of higher ranks the other one loses it, as in Keras.
    """
    if y_true.ndim + 1 == y_pred.ndim and y_pred.shape[-1] == 1:
        if y_true.ndim == 1:
            y_true = _with_last_axis(y_true)
        else:
            y_pred = ops.reshape(y_pred, y_pred.shape[:-1])
    elif y_pred.ndim + 1 == y_true.ndim and y_true.shape[-1] == 1:
        if y_pred.ndim == 1:
            y_pred = _with_last_axis(y_pred)
        else:
            y_true = ops.reshape(y_true, y_true.shape[:-1])
    return y_true, y_pred


def _with_last_axis(values):
    return ops.reshape(values, (*values.shape, 1))


def keras_function(name, *, vectors_as_columns=False):
    """Return the operation `name` as Keras's function of (y_true, y_pred, ...).

    With `vectors_as_columns` two vectors of shape (B,) count as B samples of one output, not as
    one sample of B outputs.
    """
    operation = getattr(ops, name)

    @functools.wraps(operation)
    def function(y_true, y_pred, *args, **kwargs):
        y_true, y_pred = as_tensors(y_true, y_pred)
        if vectors_as_columns and y_true.ndim == y_pred.ndim == 1:
            y_true, y_pred = _with_last_axis(y_true), _with_last_axis(y_pred)
        return operation(y_true, y_pred, *args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__module__ = __name__
    return function


_FUNCTIONS = {name: keras_function(name) for name, op in ops.OPS.items() if op.family == "loss"}
globals().update(_FUNCTIONS)


class Loss:
    """Base class of losses; a subclass defines ``call(y_true, y_pred)`` with one value per sample.

    Parameters
    ----------
    name : str, optional
    reduction : str or None
        What becomes of the values, of which there are n, with sample weights w:

        - ``'sum_over_batch_size'`` and ``'mean'``: sum(w * values) / n;
        - ``'mean_with_sample_weight'``: sum(w * values) / sum(w);
        - ``'sum'``: sum(w * values);
        - ``'none'`` and None: w * values.

    Examples
    --------
    >>> class CubedError(Loss):
    ...     def call(self, y_true, y_pred):
    ...         return ops.mean(abs(y_true - y_pred) ** 3, axis=-1)
    >>> float(CubedError()([[0.0], [0.0]], [[1.0], [2.0]]))
    4.5
    """

    def __init__(self, name=None, reduction="sum_over_batch_size"):
        if reduction not in REDUCTIONS:
            names = [known for known in REDUCTIONS if known]
            raise ValueError(
                f"Expected `reduction` to be one of {', '.join(map(repr, names))} or None, got "
                f"{reduction!r}{did_you_mean(reduction, names)}"
            )
        self.name = unique_name(snake_case(type(self).__name__)) if name is None else name
        self.reduction = reduction

    def __call__(self, y_true, y_pred, sample_weight=None):
        """Return the loss of a batch: a scalar, or one value per sample if not reduced.

        Parameters
        ----------
        y_true, y_pred : Tensor or array, shape (B, ...)
        sample_weight : Tensor or array of shape (B,) or (B, 1), or a number, optional
        """
        y_true, y_pred = as_tensors(y_true, y_pred)
        values = self.call(y_true, y_pred)
        return reduce_values(values, sample_weight, self.reduction, name=self.name)

    def call(self, y_true, y_pred):
        """Return one value per sample."""
        raise NotImplementedError(f"{type(self).__name__} must define call(self, y_true, y_pred).")

    def get_config(self):
        """Return the constructor's arguments."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config):
        """Make a loss from what `get_config` returned."""
        return cls(**config)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"


def reduce_values(values, sample_weight, reduction, name="loss"):
    """Weigh per-sample values and reduce them; see `Loss` for the formulas."""
    if not isinstance(values, Tensor):
        values = float_tensor(values)
    if sample_weight is not None:
        if not isinstance(sample_weight, Tensor):
            sample_weight = Tensor(sample_weight, dtype=values.dtype)
        if sample_weight.ndim:
            sample_weight, values = match_ranks(sample_weight, values)
            if sample_weight.shape != values.shape:
                raise ValueError(
                    f"{name}: sample_weight of shape {sample_weight.shape} does not fit "
                    f"{values.shape}, the shape of the per-sample losses; give one weight for "
                    f"each of them."
                )
        values = values * sample_weight
    if reduction in (None, "none") or values.ndim == 0:
        return values
    if reduction == "sum":
        return ops.sum(values)
    if reduction == "mean_with_sample_weight" and sample_weight is not None:
        total_weight = ops.sum(sample_weight)
        # 0 weights give 0, not 0/0: the divisor is 1 there and the total weight elsewhere.
        return ops.sum(values) / (total_weight + (1.0 - abs(ops.sign(total_weight))))
    return ops.mean(values)


class LossFunctionWrapper(Loss):
    """Makes a Loss of a function ``fn(y_true, y_pred, **kwargs)``.

    ``compile`` wraps a function that is passed as loss in this.
    """

    def __init__(self, fn, reduction="sum_over_batch_size", name=None, **kwargs):
        super().__init__(name=name, reduction=reduction)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true, y_pred):
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self):
        return {**super().get_config(), "fn": serialize(self.fn), **self._fn_kwargs}


class _NamedLoss(LossFunctionWrapper):
    """A Loss whose function has the class's name in snake_case."""

    def __init__(self, reduction="sum_over_batch_size", name=None, **kwargs):
        function_name = snake_case(type(self).__name__)
        super().__init__(_FUNCTIONS[function_name], reduction, name or function_name, **kwargs)

    def get_config(self):
        config = super().get_config()
        del config["fn"]
        return config


class _PlainLoss(_NamedLoss):
    """One without settings of its own: refuses any other argument."""

    def __init__(self, reduction="sum_over_batch_size", name=None):
        super().__init__(reduction, name)


class MeanSquaredError(_PlainLoss):
    """mean((y_true - y_pred)²) over the last axis.

    Examples
    --------
    >>> float(MeanSquaredError()([[0.0], [1.0]], [[1.0], [4.0]]))
    5.0
    """


class MeanAbsoluteError(_PlainLoss):
    """mean(|y_true - y_pred|) over the last axis."""


class MeanAbsolutePercentageError(_PlainLoss):
    """100 * mean(|(y_true - y_pred) / max(|y_true|, 1e-7)|) over the last axis."""


class MeanSquaredLogarithmicError(_PlainLoss):
    """mean((log(y_true + 1) - log(y_pred + 1))²), with both kept at least 1e-7."""


class Hinge(_PlainLoss):
    """mean(max(1 - y_true * y_pred, 0)); targets are -1 and 1 (or 0 and 1 throughout)."""


class SquaredHinge(_PlainLoss):
    """mean(max(1 - y_true * y_pred, 0)²); targets are -1 and 1 (or 0 and 1 throughout)."""


class CategoricalHinge(_PlainLoss):
    """max(1 + max over wrong classes - prediction of the right class, 0), targets one-hot."""


class LogCosh(_PlainLoss):
    """mean(log(cosh(y_pred - y_true))): squared when small, absolute when large."""


class KLDivergence(_PlainLoss):
    """sum(y_true * log(y_true / y_pred)) over the last axis."""


class Poisson(_PlainLoss):
    """mean(y_pred - y_true * log(y_pred + 1e-7)) over the last axis."""


class CosineSimilarity(_PlainLoss):
    """-sum(l2_normalize(y_true) * l2_normalize(y_pred)): -1 when they point the same way."""


class Huber(_NamedLoss):
    """0.5 error² up to |error| = delta, delta * |error| - 0.5 delta² beyond."""

    def __init__(self, delta=1.0, reduction="sum_over_batch_size", name="huber_loss"):
        super().__init__(reduction, name, delta=delta)


class BinaryCrossentropy(_NamedLoss):
    """-mean(y_true log(y_pred) + (1 - y_true) log(1 - y_pred)) over the last axis.

    Parameters
    ----------
    from_logits : bool
        Whether `y_pred` is to be put through a sigmoid first; exact for large logits.
    label_smoothing : float
        From 0 to 1: targets move from 0 and 1 towards 0.5.
    """

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        *,
        reduction="sum_over_batch_size",
        name="binary_crossentropy",
    ):
        super().__init__(reduction, name, from_logits=from_logits, label_smoothing=label_smoothing)


class CategoricalCrossentropy(_NamedLoss):
    """-sum(y_true log(y_pred)) over the last axis; targets are one-hot.

    Parameters
    ----------
    from_logits : bool
        Whether `y_pred` is to be put through a softmax first; exact for large logits.
    label_smoothing : float
        From 0 to 1: targets move towards 1 / (number of classes).
    """

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        *,
        reduction="sum_over_batch_size",
        name="categorical_crossentropy",
    ):
        super().__init__(reduction, name, from_logits=from_logits, label_smoothing=label_smoothing)


class SparseCategoricalCrossentropy(_NamedLoss):
    """-log(y_pred[class]); targets are class numbers of shape (B,) or (B, 1)."""

    def __init__(
        self,
        from_logits=False,
        *,
        reduction="sum_over_batch_size",
        name="sparse_categorical_crossentropy",
    ):
        super().__init__(reduction, name, from_logits=from_logits)


_CLASSES = public_classes(globals(), Loss, without=(LossFunctionWrapper,))

# Short names, as Keras has them: mse and MSE, and so on.
SHORT_NAMES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
}
_ALIASES = {
    spelled: _FUNCTIONS[name]
    for short, name in SHORT_NAMES.items()
    for spelled in (short, short.upper())
}
_ALIASES["kullback_leibler_divergence"] = _FUNCTIONS["kl_divergence"]
_ALIASES["logcosh"] = _FUNCTIONS["log_cosh"]
globals().update(_ALIASES)

_NAMES = {**_FUNCTIONS, **_ALIASES, **{cls.__name__: cls for cls in _CLASSES}}

__all__ = ["Loss", "LossFunctionWrapper", *_NAMES, "get", "resolve", "serialize", "deserialize"]


def get(identifier):
    """Return the loss that `identifier` stands for: a function for a function's name, a Loss for a
    class's name.

    Parameters
    ----------
    identifier : str, class, Loss, callable, dict or None
        None gives None.

    Examples
    --------
    >>> get("mse").__name__, get("MeanSquaredError").name
    ('mean_squared_error', 'mean_squared_error')
    >>> get("mean_square_error")                  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: Could not interpret loss identifier: 'mean_square_error'; did you mean ...
    """
    if identifier is None:
        return None
    return lookup(identifier, _NAMES, "loss", base=Loss)


def resolve(identifier, y_true_shape, y_pred_shape):
    """Return a Loss for ``compile(loss=identifier)``, which may depend on the shapes.

    ``'crossentropy'`` (or ``'ce'``) is the binary one for one output column, the sparse one for
    class numbers, the categorical one for one-hot targets.
    """
    if str(identifier).lower() in ("crossentropy", "ce"):
        kind = binary_sparse_or_categorical(y_true_shape, y_pred_shape)
        loss = _FUNCTIONS[kind + "_crossentropy"]
    else:
        loss = get(identifier)
    if loss is None or isinstance(loss, Loss):
        return loss
    return LossFunctionWrapper(
        loss, name=identifier if isinstance(identifier, str) else object_name(loss)
    )


def binary_sparse_or_categorical(y_true_shape, y_pred_shape):
    """Return which family of accuracy and cross-entropy the shapes ask for, by Keras's rule.

    Examples
    --------
    >>> binary_sparse_or_categorical((None,), (None, 1))
    'binary'
    >>> binary_sparse_or_categorical((None, 1), (None, 10))
    'sparse_categorical'
    >>> binary_sparse_or_categorical((None, 10), (None, 10))
    'categorical'
    """
    if y_pred_shape[-1] == 1:
        return "binary"
    if len(y_true_shape) < len(y_pred_shape) or y_true_shape[-1] == 1:
        return "sparse_categorical"
    return "categorical"


def object_name(thing):
    """Return the name by which history and logs call a loss or metric: its ``name``, else that
    of the function or class."""
    name = getattr(thing, "name", None)
    return name or snake_case(getattr(thing, "__name__", None) or type(thing).__name__)


deserialize = deserialize_with(get)
