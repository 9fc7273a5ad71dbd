"""Metrics of probabilities: the losses of these names, averaged."""

from ..losses import functions as f
from .mean import NamedMetric


class KLDivergence(NamedMetric):
    """Mean Kullback-Leibler divergence."""

    def __init__(self, name="kl_divergence", dtype=None):
        super().__init__(f.kl_divergence, name, dtype)


class Poisson(NamedMetric):
    """Mean of the Poisson loss."""

    def __init__(self, name="poisson", dtype=None):
        super().__init__(f.poisson, name, dtype)


class BinaryCrossentropy(NamedMetric):
    """Mean binary cross-entropy.

    Parameters
    ----------
    from_logits : bool
    label_smoothing : float
    """

    def __init__(self, name="binary_crossentropy", dtype=None, from_logits=False,
                 label_smoothing=0):
        super().__init__(f.binary_crossentropy, name, dtype, from_logits=from_logits,
                         label_smoothing=label_smoothing)


class CategoricalCrossentropy(NamedMetric):
    """Mean categorical cross-entropy.

    Parameters
    ----------
    from_logits : bool
    label_smoothing : float
    axis : int
    """

    def __init__(self, name="categorical_crossentropy", dtype=None, from_logits=False,
                 label_smoothing=0, axis=-1):
        super().__init__(f.categorical_crossentropy, name, dtype, from_logits=from_logits,
                         label_smoothing=label_smoothing, axis=axis)


class SparseCategoricalCrossentropy(NamedMetric):
    """Mean sparse categorical cross-entropy.

    Parameters
    ----------
    from_logits : bool
    ignore_class : int, optional
        Targets of this class count as 0. As in Keras they are left out of the mean only where
        weights are given.
    axis : int
    """

    def __init__(self, name="sparse_categorical_crossentropy", dtype=None, from_logits=False,
                 ignore_class=None, axis=-1):
        super().__init__(f.sparse_categorical_crossentropy, name, dtype, from_logits=from_logits,
                         ignore_class=ignore_class, axis=axis)
