"""Losses of numbers and of margins, as classes."""

from .._errors import number
from . import functions as f
from .loss import NamedLoss

MEAN = "sum_over_batch_size"


class MeanSquaredError(NamedLoss):
    """mean((y_true - y_pred)²) over the last axis.

    Examples
    --------
    >>> float(MeanSquaredError()([[0.0], [1.0]], [[1.0], [4.0]]))
    5.0
    """

    def __init__(self, reduction=MEAN, name="mean_squared_error", dtype=None):
        super().__init__(f.mean_squared_error, reduction, name, dtype)


class MeanAbsoluteError(NamedLoss):
    """mean(|y_true - y_pred|) over the last axis."""

    def __init__(self, reduction=MEAN, name="mean_absolute_error", dtype=None):
        super().__init__(f.mean_absolute_error, reduction, name, dtype)


class MeanAbsolutePercentageError(NamedLoss):
    """100 * mean(|(y_true - y_pred) / max(|y_true|, 1e-7)|) over the last axis."""

    def __init__(self, reduction=MEAN, name="mean_absolute_percentage_error", dtype=None):
        super().__init__(f.mean_absolute_percentage_error, reduction, name, dtype)


class MeanSquaredLogarithmicError(NamedLoss):
    """mean((log(y_true + 1) - log(y_pred + 1))²), with both kept at least 1e-7."""

    def __init__(self, reduction=MEAN, name="mean_squared_logarithmic_error", dtype=None):
        super().__init__(f.mean_squared_logarithmic_error, reduction, name, dtype)


class CosineSimilarity(NamedLoss):
    """-sum(l2_normalize(y_true) * l2_normalize(y_pred)): -1 when they point the same way.

    Parameters
    ----------
    axis : int
        Along which they are vectors.
    """

    def __init__(self, axis=-1, reduction=MEAN, name="cosine_similarity", dtype=None):
        super().__init__(f.cosine_similarity, reduction, name, dtype, {"axis": -1}, axis=axis)


class Huber(NamedLoss):
    """0.5 error² up to |error| = delta, delta * |error| - 0.5 delta² beyond (Huber 1964).

    Parameters
    ----------
    delta : float
    """

    def __init__(self, delta=1.0, reduction=MEAN, name="huber_loss", dtype=None):
        super().__init__(f.huber, reduction, name, dtype, {"delta": 1.0},
                         delta=number("Huber", "delta", delta, low=0))


class LogCosh(NamedLoss):
    """mean(log(cosh(y_pred - y_true))): squared when small, absolute when large."""

    def __init__(self, reduction=MEAN, name="log_cosh", dtype=None):
        super().__init__(f.log_cosh, reduction, name, dtype)


class Poisson(NamedLoss):
    """mean(y_pred - y_true * log(y_pred + 1e-7)) over the last axis."""

    def __init__(self, reduction=MEAN, name="poisson", dtype=None):
        super().__init__(f.poisson, reduction, name, dtype)


class Hinge(NamedLoss):
    """mean(max(1 - y_true * y_pred, 0)); targets are -1 and 1 (or 0 and 1 throughout)."""

    def __init__(self, reduction=MEAN, name="hinge", dtype=None):
        super().__init__(f.hinge, reduction, name, dtype)


class SquaredHinge(NamedLoss):
    """mean(max(1 - y_true * y_pred, 0)²); targets are -1 and 1 (or 0 and 1 throughout)."""

    def __init__(self, reduction=MEAN, name="squared_hinge", dtype=None):
        super().__init__(f.squared_hinge, reduction, name, dtype)


class CategoricalHinge(NamedLoss):
    """max(1 + max over wrong classes - prediction of the right class, 0), targets one-hot."""

    def __init__(self, reduction=MEAN, name="categorical_hinge", dtype=None):
        super().__init__(f.categorical_hinge, reduction, name, dtype)


class Dice(NamedLoss):
    """1 - 2 Σ y_true y_pred / (Σ y_true + Σ y_pred).

    Parameters
    ----------
    axis : int, tuple of int or None
        Over which the sums go; None: all, then the loss is one number for the whole batch.
    """

    def __init__(self, reduction=MEAN, name="dice", axis=None, dtype=None):
        super().__init__(f.dice, reduction, name, dtype, axis=axis)


class Tversky(NamedLoss):
    """1 - Σ t p / (Σ t p + alpha Σ t (1 - p) + beta Σ p (1 - t)), for targets t, predictions p.

    Salehi et al. 2017: `alpha` weighs what was missed, `beta` what was found wrongly (Keras's
    formula; its text names them the other way round).

    Parameters
    ----------
    alpha, beta : float
    axis : int, tuple of int or None
        As in `Dice`.
    """

    def __init__(self, alpha=0.5, beta=0.5, reduction=MEAN, name="tversky", axis=None, dtype=None):
        super().__init__(f.tversky, reduction, name, dtype, alpha=alpha, beta=beta, axis=axis)


class Circle(NamedLoss):
    """Draws embeddings of one class together and pushes others apart (Sun et al. 2020).

    The mean is taken over the samples whose value is above 0.

    Parameters
    ----------
    gamma : float
        Scale: how sharply the hardest pairs stand out.
    margin : float
    remove_diagonal : bool
        Do not pair an embedding with itself.
    """

    def __init__(self, gamma=80.0, margin=0.4, remove_diagonal=True, reduction=MEAN, name="circle",
                 dtype=None):
        super().__init__(f.circle, reduction, name, dtype, gamma=gamma, margin=margin,
                         remove_diagonal=remove_diagonal)
