"""Losses as functions ``f(y_true, y_pred, ...)``: one value per sample.

The formulas of most stand with the operations (``autograd_mlp.ops``), where every operation of
the family "loss" has a function of the same name here; the others are composed of operations.
What the functions add is what Keras adds: arrays and lists are accepted, a target of shape (B,)
meets a prediction of shape (B, 1), and some take another axis than the last for classes.
"""

import functools
import math

import numpy as np

from .. import ops
from .._engine import no_grad
from .._errors import mistyped, warn
from ..backend import epsilon
from .loss import as_tensors, with_last_axis


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
            y_true, y_pred = with_last_axis(y_true), with_last_axis(y_pred)
        try:
            return operation(y_true, y_pred, *args, **kwargs)
        except TypeError as error:
            raise mistyped(error, operation) from None

    function.__name__ = function.__qualname__ = name
    function.__module__ = __name__
    return function


FUNCTIONS = {name: keras_function(name) for name, op in ops.OPS.items() if op.family == "loss"}


def listed(function):
    """List a function that is more than its operation."""

    @functools.wraps(function)
    def answering(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            raise mistyped(error, function) from None

    FUNCTIONS[function.__name__] = answering
    return answering


def same_shape(name, y_true, y_pred):
    """Return target and prediction as Tensors, or say that their shapes differ."""
    y_true, y_pred = as_tensors(y_true, y_pred)
    if y_true.shape != y_pred.shape:
        raise ValueError(f"{name}: targets and predictions must have the same shape, got "
                         f"{y_true.shape} and {y_pred.shape}; nothing is broadcast here, because "
                         "that hides mistakes")
    return y_true, y_pred


def axis_last(axis, *tensors):
    """Return tensors with an axis (or several, as one) in the last place."""
    ndim = tensors[0].ndim
    if isinstance(axis, bool):
        raise ValueError(f"`axis` must be a whole number, got {axis!r}")
    if axis in (-1, ndim - 1):
        return tensors
    axes = range(ndim) if axis is None else axis if isinstance(axis, (tuple, list)) else (axis,)
    for a in axes:
        if not -ndim <= a < ndim:
            raise ValueError(f"axis {a} is out of range for an array of shape {tensors[0].shape}")
    axes = [a % ndim for a in axes]
    rest = [a for a in range(ndim) if a not in axes]
    tensors = [ops.transpose(t, (*rest, *axes)) for t in tensors]
    if len(axes) != 1:
        tensors = [ops.reshape(t, (*t.shape[:len(rest)], math.prod(t.shape[len(rest):])))
                   for t in tensors]
    return tensors


# ---- with an axis -------------------------------------------------------------------------


@listed
def cosine_similarity(y_true, y_pred, axis=-1):
    """Minus the cosine of the angle between target and prediction along an axis.

    Examples
    --------
    >>> cosine_similarity([[3.0, 4.0]], [[4.0, 3.0]])
    Tensor([-0.96])
    """
    y_true, y_pred = same_shape("cosine_similarity", y_true, y_pred)
    return ops.cosine_similarity(*axis_last(axis, y_true, y_pred))


@listed
def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """Cross-entropy of independent yes/no targets, averaged over an axis.

    Parameters
    ----------
    y_true, y_pred : array_like of one shape, (B, ...)
    from_logits : bool
        Whether `y_pred` is to be put through a sigmoid first; exact for large logits.
        Probabilities are clipped to [1e-7, 1 - 1e-7].
    label_smoothing : float
        s from 0 to 1: a target t becomes t (1 - s) + s / 2.
    axis : int or tuple of int
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    if axis != -1:
        y_true, y_pred = axis_last(axis, *same_shape("binary_crossentropy", y_true, y_pred))
    return ops.binary_crossentropy(y_true, y_pred, from_logits, label_smoothing)


@listed
def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """Cross-entropy of rows of class probabilities (one-hot targets, mostly).

    Parameters
    ----------
    y_true, y_pred : array_like of one shape, (..., C)
        `y_pred` is scaled to sum 1 and clipped to [1e-7, 1 - 1e-7].
    from_logits : bool
        Whether `y_pred` is to be put through a softmax first; exact for large logits.
    label_smoothing : float
        s from 0 to 1: a target t becomes t (1 - s) + s / C.
    axis : int
        Where the classes are. (Keras takes C for `label_smoothing` from the last axis always.)

    Raises
    ------
    ValueError
        If the shapes differ, as for class numbers.
    """
    y_true, y_pred = _classes("categorical_crossentropy", y_true, y_pred, axis)
    return ops.categorical_crossentropy(y_true, y_pred, from_logits, label_smoothing)


def _classes(name, y_true, y_pred, axis):
    y_true, y_pred = as_tensors(y_true, y_pred)
    if y_pred.ndim and y_pred.shape[-1] == 1:
        warn(
            f"{name} of predictions of shape {y_pred.shape} has one class only, so it is 0 "
            "whatever is learnt; for two classes and one output use binary_crossentropy.",
            SyntaxWarning)
    if axis != -1:
        y_true, y_pred = axis_last(axis, *same_shape(name, y_true, y_pred))
    return y_true, y_pred


@listed
def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, ignore_class=None, axis=-1):
    """Cross-entropy of class numbers 0 ... C-1; otherwise as `categorical_crossentropy`.

    Parameters
    ----------
    y_true : array_like, shape (...) or (..., 1)
    y_pred : array_like, shape (..., C)
    from_logits : bool
    ignore_class : int, optional
        Targets of this class (-1, say) count nothing: their value is 0, and the classes
        `SparseCategoricalCrossentropy` and `LossFunctionWrapper` take means over the others.
    axis : int
        Where `y_pred` has its classes.
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    y_true = _labels(y_true, y_pred, axis)
    if axis != -1:
        y_pred, = axis_last(axis, y_pred)
    if ignore_class is None:
        return ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits)
    counts = _not_ignored(y_true, y_pred, ignore_class)
    y_true = ops.where(counts, y_true, 0)
    values = ops.sparse_categorical_crossentropy(y_true, y_pred, from_logits)
    return ops.where(counts, values, 0.0)


def _labels(y_true, y_pred, axis):
    if y_true.ndim == y_pred.ndim and y_true.ndim and y_true.shape[axis] == 1:
        shape = list(y_true.shape)
        del shape[axis]
        return ops.reshape(y_true, shape)
    return y_true


def _not_ignored(y_true, y_pred, ignore_class):
    with no_grad():
        return abs(ops.sign(ops.cast(y_true, y_pred.dtype) - float(ignore_class)))


def _counted(y_true, y_pred, values, from_logits=False, ignore_class=None, axis=-1):
    return None if ignore_class is None else _not_ignored(
        _labels(y_true, y_pred, axis), values, ignore_class)


sparse_categorical_crossentropy.mask = _counted


# ---- focal and generalized cross-entropy ----------------------------------------------------


def _smoothing(name, y_true, label_smoothing, classes):
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"{name}: label_smoothing must be from 0 to 1, got {label_smoothing!r}")
    if not label_smoothing:
        return y_true
    return y_true * (1.0 - label_smoothing) + label_smoothing / classes


def _probability(p):
    return ops.clip(p, epsilon(), 1.0 - epsilon())


@listed
def binary_focal_crossentropy(y_true, y_pred, apply_class_balancing=False, alpha=0.25, gamma=2.0,
                              from_logits=False, label_smoothing=0.0, axis=-1):
    """Binary cross-entropy times (1 - probability of the truth)^gamma: easy samples count less.

    Lin et al. 2017, eq. 4. With `apply_class_balancing` targets 1 also weigh `alpha` and
    targets 0 weigh 1 - `alpha` (eq. 5). Other arguments as in `binary_crossentropy`.

    Examples
    --------
    >>> binary_focal_crossentropy([[1.0, 0.0]], [[0.5, 0.5]])     # ln 2 / 4
    Tensor([0.1732868])
    """
    name = "binary_focal_crossentropy"
    t, p = axis_last(axis, *same_shape(name, y_true, y_pred))
    t = _smoothing(name, t, label_smoothing, 2)
    if from_logits:
        p = ops.sigmoid(p)
    q = _probability(p)
    values = -(t * ops.log(q) + (1.0 - t) * ops.log(1.0 - q))
    of_truth = t * p + (1.0 - t) * (1.0 - p)
    values = (1.0 - of_truth) ** gamma * values
    if apply_class_balancing:
        values = (t * alpha + (1.0 - t) * (1.0 - alpha)) * values
    return ops.mean(values, axis=-1)


@listed
def categorical_focal_crossentropy(y_true, y_pred, alpha=0.25, gamma=2.0, from_logits=False,
                                   label_smoothing=0.0, axis=-1):
    """Categorical cross-entropy with each class times alpha (1 - its probability)^gamma.

    Lin et al. 2017, for several classes; `alpha` may be a list of one weight per class. Other
    arguments as in `categorical_crossentropy`.
    """
    name = "categorical_focal_crossentropy"
    t, p = same_shape(name, *_classes(name, y_true, y_pred, axis))
    t = _smoothing(name, t, label_smoothing, t.shape[-1])
    if from_logits:
        p = ops.softmax(p)
    q = _probability(p / ops.sum(p, axis=-1, keepdims=True))
    if isinstance(alpha, np.ndarray):
        alpha = alpha.tolist()      # an array could not be recorded
    values = (1.0 - q) ** gamma * alpha * (-t * ops.log(q))
    return ops.sum(values, axis=-1)


@listed
def categorical_generalized_cross_entropy(y_true, y_pred, q=0.5):
    """(1 - p^q) / q with p the probability of the right class: bears wrong labels.

    Zhang & Sabuncu 2018, eq. 6; between cross-entropy (q → 0) and absolute error (q = 1).

    Parameters
    ----------
    y_true : array_like of int, shape (...) or (..., 1)
    y_pred : array_like, shape (..., C)
    q : float, between 0 and 1
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    y_true = _labels(y_true, y_pred, -1)
    if y_true.shape != y_pred.shape[:-1]:
        raise ValueError(
            "categorical_generalized_cross_entropy wants one class number for each row of the "
            f"predictions, shape {y_pred.shape[:-1]}; got {y_true.shape}"
            + ("; of one-hot targets take np.argmax(y, axis=-1)"
               if y_true.shape == y_pred.shape else ""))
    p = ops.sum(y_pred * ops.one_hot(y_true, y_pred.shape[-1]), axis=-1)
    return (1.0 - p ** q) / q


# ---- overlap ------------------------------------------------------------------------------


@listed
def dice(y_true, y_pred, axis=None):
    """1 - 2 Σ t p / (Σ t + Σ p), the sums over `axis` (None: all).

    Examples
    --------
    >>> dice([[1.0, 0.0]], [[1.0, 0.0]]).item() < 1e-6
    True
    """
    t, p = same_shape("dice", y_true, y_pred)
    both = ops.sum(t * p, axis=axis)
    return 1.0 - 2.0 * both / (ops.sum(t, axis=axis) + ops.sum(p, axis=axis) + epsilon())


@listed
def tversky(y_true, y_pred, alpha=0.5, beta=0.5, axis=None):
    """1 - Σ t p / (Σ t p + alpha Σ t (1 - p) + beta Σ p (1 - t)), the sums over `axis`.

    Salehi et al. 2017. With alpha = beta = 0.5 it is `dice`.
    """
    t, p = same_shape("tversky", y_true, y_pred)
    both = ops.sum(t * p, axis=axis)
    missed = ops.sum((1.0 - p) * t, axis=axis)
    false = ops.sum(p * (1.0 - t), axis=axis)
    return 1.0 - both / (both + missed * alpha + false * beta + epsilon())


# ---- embeddings ---------------------------------------------------------------------------

_NOTHING = -1e30        # e to this is 0; -inf would give NaN where a row has no such pair


@listed
def circle(y_true, y_pred, ref_labels=None, ref_embeddings=None, remove_diagonal=True, gamma=80,
           margin=0.4):
    """Circle loss: embeddings of one class are drawn together, those of others pushed apart.

    Sun et al. 2020, eq. 6, of the cosine distances of all pairs.

    Parameters
    ----------
    y_true : array_like of int, shape (B,) or (B, 1)
    y_pred : array_like, shape (B, D)
        Embeddings of length 1 (`UnitNormalization` makes them so).
    ref_labels, ref_embeddings : array_like, optional
        What to pair them with; the batch itself if not given.
    remove_diagonal : bool
        Do not pair an embedding with itself.
    gamma, margin : float

    Returns
    -------
    Tensor, shape (B,)
        The class `Circle` averages over those above 0.
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    references = y_pred if ref_embeddings is None else as_tensors(0, ref_embeddings)[1]
    labels = y_true if ref_labels is None else as_tensors(ref_labels, 0.0)[0]
    distance = ops.maximum(1.0 - y_pred @ references.T, 0.0)
    with no_grad():
        others = abs(ops.sign(ops.reshape(ops.cast(y_true, y_pred.dtype), (-1, 1))
                              - ops.reshape(ops.cast(labels, y_pred.dtype), (1, -1))))
        same = 1.0 - others
        if remove_diagonal:
            rows, columns = same.shape
            # as a list: an array could not be recorded
            same = same * (1.0 - np.eye(rows, columns)).tolist()
    towards = -gamma * ops.maximum((margin + distance) * same, 0.0) * (margin - distance)
    apart = gamma * ops.maximum((1.0 + margin - distance) * others, 0.0) * (
        1.0 - margin - distance)
    return ops.softplus(
        ops.logsumexp(towards * same + (1.0 - same) * _NOTHING, axis=1)
        + ops.logsumexp(apart * others + (1.0 - others) * _NOTHING, axis=1))


def _above_zero(y_true, y_pred, values, **settings):
    with no_grad():
        return ops.sign(values)


circle.mask = _above_zero


def ctc(y_true, y_pred):
    """Not here: connectionist temporal classification is for sequences.

    Raises
    ------
    NotImplementedError
        Always.
    """
    raise NotImplementedError(
        "The CTC loss aligns sequences of frames with labels; autograd_mlp has no layers for "
        "sequences, so it is not included.")


globals().update(FUNCTIONS)
