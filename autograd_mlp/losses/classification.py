"""Losses of probabilities, as classes."""

from . import functions as f
from .loss import NamedLoss
from .regression import MEAN


class KLDivergence(NamedLoss):
    """sum(y_true * log(y_true / y_pred)) over the last axis."""

    def __init__(self, reduction=MEAN, name="kl_divergence", dtype=None):
        super().__init__(f.kl_divergence, reduction, name, dtype)


class BinaryCrossentropy(NamedLoss):
    """-mean(y_true log(y_pred) + (1 - y_true) log(1 - y_pred)) over an axis.

    Parameters
    ----------
    from_logits : bool
        Whether `y_pred` is to be put through a sigmoid first; exact for large logits.
    label_smoothing : float
        From 0 to 1: targets move from 0 and 1 towards 0.5.
    axis : int
        Over which the mean is taken.
    """

    def __init__(self, from_logits=False, label_smoothing=0.0, axis=-1, reduction=MEAN,
                 name="binary_crossentropy", dtype=None):
        super().__init__(f.binary_crossentropy, reduction, name, dtype, from_logits=from_logits,
                         label_smoothing=label_smoothing, axis=axis)


class BinaryFocalCrossentropy(NamedLoss):
    """Binary cross-entropy times (1 - probability of the truth)^gamma (Lin et al. 2017).

    Parameters
    ----------
    apply_class_balancing : bool
        Whether targets 1 also weigh `alpha`, and targets 0 weigh 1 - `alpha`.
    alpha, gamma : float
    from_logits, label_smoothing, axis
        As in `BinaryCrossentropy`; logits beyond ±16 count as ±16, as in Keras.
    """

    def __init__(self, apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False,
                 label_smoothing=0.0, axis=-1, reduction=MEAN, name="binary_focal_crossentropy",
                 dtype=None):
        super().__init__(f.binary_focal_crossentropy, reduction, name, dtype,
                         apply_class_balancing=apply_class_balancing, alpha=alpha, gamma=gamma,
                         from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)


class CategoricalCrossentropy(NamedLoss):
    """-sum(y_true log(y_pred)) over an axis; targets are one-hot.

    Parameters
    ----------
    from_logits : bool
        Whether `y_pred` is to be put through a softmax first; exact for large logits.
    label_smoothing : float
        From 0 to 1: targets move towards 1 / (number of classes).
    axis : int
        Where the classes are.
    """

    def __init__(self, from_logits=False, label_smoothing=0.0, axis=-1, reduction=MEAN,
                 name="categorical_crossentropy", dtype=None):
        super().__init__(f.categorical_crossentropy, reduction, name, dtype,
                         from_logits=from_logits, label_smoothing=label_smoothing, axis=axis)


class CategoricalFocalCrossentropy(NamedLoss):
    """Categorical cross-entropy with each class times alpha (1 - its probability)^gamma.

    Parameters
    ----------
    alpha : float or list of float
        One weight, or one for each class.
    gamma : float
    from_logits, label_smoothing, axis
        As in `CategoricalCrossentropy`.
    """

    def __init__(self, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1,
                 reduction=MEAN, name="categorical_focal_crossentropy", dtype=None):
        super().__init__(f.categorical_focal_crossentropy, reduction, name, dtype, alpha=alpha,
                         gamma=gamma, from_logits=from_logits, label_smoothing=label_smoothing,
                         axis=axis)


class SparseCategoricalCrossentropy(NamedLoss):
    """-log(y_pred[class]); targets are class numbers of shape (B,) or (B, 1).

    Parameters
    ----------
    from_logits : bool
        Whether `y_pred` is to be put through a softmax first; exact for large logits.
    ignore_class : int, optional
        Targets of this class do not count; means are taken over the others.
    axis : int
        Where the classes are.
    """

    def __init__(self, from_logits=False, ignore_class=None, reduction=MEAN, axis=-1,
                 name="sparse_categorical_crossentropy", dtype=None):
        super().__init__(f.sparse_categorical_crossentropy, reduction, name, dtype, {"axis": -1},
                         from_logits=from_logits, ignore_class=ignore_class, axis=axis)


class CategoricalGeneralizedCrossEntropy(NamedLoss):
    """(1 - p^q) / q with p the probability of the right class: bears wrong labels.

    Zhang & Sabuncu 2018, eq. 6. Targets are class numbers.

    Parameters
    ----------
    q : float
        Between 0 (as cross-entropy) and 1 (as absolute error), both excluded.
    """

    def __init__(self, q=0.5, reduction=MEAN, name="categorical_generalized_cross_entropy",
                 dtype=None):
        if not 0 < q < 1:
            raise ValueError(f"q must be in the interval (0, 1), got {q!r}")
        super().__init__(f.categorical_generalized_cross_entropy, reduction, name, dtype, q=q)


class CTC(NamedLoss):
    """Not here: making one raises NotImplementedError, as `losses.ctc` does."""

    def __init__(self, reduction=MEAN, name="ctc", dtype=None):
        f.ctc(None, None)
