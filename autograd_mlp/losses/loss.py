"""The base class of losses: from values per sample to one number.

Computations run in the dtype of the prediction unless a loss is given one (Keras casts everything
to ``floatx()``), so that gradients can be checked in float64.
"""

import numpy as np

from .. import ops
from .._engine import Tensor
from .._errors import KeywordsChecked, did_you_mean, lesson
from .._objects import deserialize, serialize
from ..backend import float_dtype, floatx, snake_case, unique_name

REDUCTIONS = ("sum_over_batch_size", "mean", "mean_with_sample_weight", "sum", "none", None)


class Reduction:
    """Names of reductions, as older tutorials write them: ``Reduction.SUM`` is ``"sum"``."""

    AUTO = SUM_OVER_BATCH_SIZE = "sum_over_batch_size"
    SUM = "sum"
    NONE = "none"


# ---- targets and predictions ------------------------------------------------------------


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
            y_true = with_last_axis(y_true)
        else:
            y_pred = ops.reshape(y_pred, y_pred.shape[:-1])
    elif y_pred.ndim + 1 == y_true.ndim and y_true.shape[-1] == 1:
        if y_pred.ndim == 1:
            y_pred = with_last_axis(y_pred)
        else:
            y_true = ops.reshape(y_true, y_true.shape[:-1])
    return y_true, y_pred


def with_last_axis(values):
    """Return a tensor of shape (...) in the shape (..., 1)."""
    return ops.reshape(values, (*values.shape, 1))


def given_dtype(dtype):
    """Return the float type that a loss or metric was given, or None.

    Parameters
    ----------
    dtype : str, dtype, object with ``compute_dtype`` (a policy) or None
    """
    return None if dtype is None else float_dtype(getattr(dtype, "compute_dtype", dtype))


def in_dtype(dtype, *tensors):
    """Return tensors of floats in another float type; those of integers stay what they are."""
    return tuple(t if t.dtype == dtype or t.dtype.kind == "i" else ops.cast(t, dtype)
                 for t in tensors)


# ---- losses -----------------------------------------------------------------------------


class Loss(KeywordsChecked):
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
    dtype : str, optional
        Float type of the computation, ``'float32'`` or ``'float64'``; without it that of the
        prediction. (Keras casts to ``floatx()``.)

    Examples
    --------
    >>> class CubedError(Loss):
    ...     def call(self, y_true, y_pred):
    ...         return ops.mean(abs(y_true - y_pred) ** 3, axis=-1)
    >>> float(CubedError()([[0.0], [0.0]], [[1.0], [2.0]]))
    4.5
    """

    def __init__(self, name=None, reduction="sum_over_batch_size", dtype=None):
        if reduction not in REDUCTIONS:
            names = [known for known in REDUCTIONS if known]
            raise ValueError(
                f"Invalid value for argument `reduction`: expected one of "
                f"{', '.join(map(repr, names))} or None, got "
                f"{reduction!r}{did_you_mean(reduction, names)}"
            )
        self.name = name or unique_name(snake_case(type(self).__name__))
        self.reduction = reduction
        self._given_dtype = given_dtype(dtype)

    @property
    def dtype(self):
        """Name of the float type; `floatx` if none was given."""
        return self._given_dtype or floatx()

    def __call__(self, y_true, y_pred, sample_weight=None):
        """Return the loss of a batch: a scalar, or one value per sample if not reduced.

        Parameters
        ----------
        y_true, y_pred : Tensor or array, shape (B, ...)
        sample_weight : Tensor or array of shape (B,) or (B, 1), or a number, optional
            More generally of the shape of the values that `call` returns, or with 1 for some
            of its axes but the first. Keras lets NumPy's rules decide, by which weights of shape
            (T,) would silently fit values of shape (B, T); here that raises.
        """
        y_true, y_pred = as_tensors(y_true, y_pred)
        if self._given_dtype is not None:
            y_true, y_pred = in_dtype(self._given_dtype, y_true, y_pred)
        values = self.call(y_true, y_pred)
        mask = self._mask(y_true, y_pred, values)
        return reduce_values(values, sample_weight, self.reduction, self.name, mask)

    def call(self, y_true, y_pred):
        """Return one value per sample."""
        raise NotImplementedError(f"{type(self).__name__} must define call(self, y_true, y_pred).")

    def _mask(self, y_true, y_pred, values):
        """Which of the values count: 1 and 0, or None for all."""
        return None

    def get_config(self):
        """Return the constructor's arguments (without dtype, as Keras)."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config):
        """Make a loss from what `get_config` returned."""
        return cls(**config)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"


class LossFunctionWrapper(Loss):
    """Makes a Loss of a function ``fn(y_true, y_pred, **kwargs)``.

    ``compile`` wraps a function that is passed as loss in this.
    """

    def __init__(self, fn, reduction="sum_over_batch_size", name=None, dtype=None, **kwargs):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true, y_pred):
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def _mask(self, y_true, y_pred, values):
        find = getattr(self.fn, "mask", None)
        return None if find is None else find(y_true, y_pred, values, **self._fn_kwargs)

    def get_config(self):
        return {**super().get_config(), "fn": serialize(self.fn), **serialize(self._fn_kwargs)}

    @classmethod
    def from_config(cls, config):
        return cls(**(deserialize(config) if "fn" in config else config))


class NamedLoss(LossFunctionWrapper):
    """A Loss whose function is fixed: base class of this library's own.

    Parameters
    ----------
    defaults : dict, optional
        Arguments that stand in the config only if they differ from this. (Keras leaves these out
        in any case, and so forgets them.)
    """

    def __init__(self, fn, reduction, name, dtype, defaults=None, **settings):
        super().__init__(fn, reduction, name, dtype, **settings)
        self._defaults = defaults or {}
        for key, value in settings.items():
            setattr(self, key, value)

    def get_config(self):
        settings = {key: getattr(self, key) for key in self._fn_kwargs}
        return {**Loss.get_config(self), **{
            key: value for key, value in settings.items()
            if key not in self._defaults or value != self._defaults[key]}}


# ---- reduction --------------------------------------------------------------------------


def reduce_values(values, sample_weight, reduction, name="loss", mask=None):
    """Weigh per-sample values and reduce them; see `Loss` for the formulas.

    With a `mask` of 1 and 0 only the values at 1 count, and means are taken over those.
    """
    if values is None:
        raise ValueError(lesson(
            f"The loss '{name}' returned None.",
            why="A loss function returns one value per sample, or a number.",
            use="return ops.mean(ops.square(y_true - y_pred), axis=-1)"))
    if not isinstance(values, Tensor):
        values = float_tensor(values)
    if sample_weight is not None and not isinstance(sample_weight, Tensor):
        sample_weight = Tensor(sample_weight, dtype=values.dtype)
    if mask is not None:
        sample_weight = apply_mask(sample_weight, mask, reduction)
    if sample_weight is not None:
        if sample_weight.ndim:
            sample_weight, values = match_ranks(sample_weight, values)
            if values.ndim and not weights_fit(sample_weight.shape, values.shape):
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
        # 0 weights give 0, not 0/0: the divisor is 1 there and the total weight elsewhere.
        return ops.sum(values) / or_one(ops.sum(sample_weight))
    return ops.mean(values)


def weights_fit(weights, values):
    """Whether weights of this shape can be repeated to that of the values, axis 0 not."""
    return (len(weights) == len(values) and weights[0] == values[0]
            and all(w in (1, v) for w, v in zip(weights, values, strict=True)))


def apply_mask(sample_weight, mask, reduction):
    """Return sample weights in which a mask (1 and 0) is included, as Keras does.

    For the means over a batch the values that count weigh (all / those that count).
    """
    if reduction in ("mean", "sum_over_batch_size"):
        mask = mask * (float(mask.size) / or_one(ops.sum(mask)))
    if sample_weight is None:
        return mask
    mask, sample_weight = match_ranks(mask, sample_weight)
    return mask * sample_weight


def or_one(total):
    """Return a number, or 1 where it is 0."""
    return total + (1.0 - abs(ops.sign(total)))
