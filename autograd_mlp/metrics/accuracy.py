"""How often a prediction is right."""

import numpy as np

from .. import ops
from ..losses.functions import keras_function
from ..losses.loss import as_tensors, with_last_axis
from .mean import NamedMetric


def accuracy(y_true, y_pred):
    """Return 1.0 where target and prediction are equal, else 0.0."""
    return ops.accuracy(*as_tensors(y_true, y_pred))


def binary_accuracy(y_true, y_pred, threshold=0.5):
    """Return 1.0 where ``y_pred > threshold`` agrees with the target 0 or 1, else 0.0.

    Examples
    --------
    >>> binary_accuracy([[1.0, 0.0]], [[0.8, 0.6]])
    Tensor([[1., 0.]])
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    return ops.binary_accuracy(with_last_axis(y_true), with_last_axis(y_pred), threshold)


categorical_accuracy = keras_function("categorical_accuracy")
sparse_categorical_accuracy = keras_function("sparse_categorical_accuracy")
top_k_categorical_accuracy = keras_function("top_k_categorical_accuracy")
sparse_top_k_categorical_accuracy = keras_function("sparse_top_k_categorical_accuracy")
_mean_of_rows = keras_function("binary_accuracy", vectors_as_columns=True)
_mean_of_rows.__qualname__ = "_mean_of_rows"
for _function in (categorical_accuracy, sparse_categorical_accuracy, top_k_categorical_accuracy,
                  sparse_top_k_categorical_accuracy, _mean_of_rows):
    _function.__module__ = __name__     # where pickle finds them

FUNCTIONS = {function.__name__: function for function in (
    accuracy, binary_accuracy, categorical_accuracy, sparse_categorical_accuracy,
    top_k_categorical_accuracy, sparse_top_k_categorical_accuracy)}


class Accuracy(NamedMetric):
    """How often the prediction *equals* the target.

    The string ``'accuracy'`` given to ``compile`` means another one; see `resolve`.
    """

    _direction = "up"

    def __init__(self, name="accuracy", dtype=None):
        super().__init__(accuracy, name, dtype)


class BinaryAccuracy(NamedMetric):
    """How often ``y_pred > threshold`` agrees with the target 0 or 1.

    Parameters
    ----------
    threshold : float

    Examples
    --------
    >>> BinaryAccuracy()([1, 0, 1, 1], [0.9, 0.2, 0.4, 0.6])
    0.75
    """

    _direction = "up"

    def __init__(self, name="binary_accuracy", dtype=None, threshold=0.5):
        super().__init__(_mean_of_rows, name, dtype, threshold=threshold)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take in targets and predictions of one shape, with a weight per sample or element."""
        each = () if sample_weight is None else getattr(sample_weight, "shape", None)
        each = np.shape(sample_weight) if each is None else each
        self._fn = binary_accuracy if len(each) > 1 and each[-1] > 1 else _mean_of_rows
        super().update_state(y_true, y_pred, sample_weight)


class CategoricalAccuracy(NamedMetric):
    """How often the largest prediction stands where the one-hot target is largest."""

    _direction = "up"

    def __init__(self, name="categorical_accuracy", dtype=None):
        super().__init__(categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(NamedMetric):
    """How often the largest prediction stands at the target's class number."""

    _direction = "up"

    def __init__(self, name="sparse_categorical_accuracy", dtype=None):
        super().__init__(sparse_categorical_accuracy, name, dtype)


class TopKCategoricalAccuracy(NamedMetric):
    """How often the class of the one-hot target is among the `k` largest predictions.

    Examples
    --------
    >>> TopKCategoricalAccuracy(k=2)([[0, 0, 1], [1, 0, 0]], [[0.5, 0.1, 0.4], [0.2, 0.5, 0.3]])
    0.5
    """

    _direction = "up"

    def __init__(self, k=5, name="top_k_categorical_accuracy", dtype=None):
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)


class SparseTopKCategoricalAccuracy(NamedMetric):
    """How often the target's class number is among the `k` largest predictions.

    Parameters
    ----------
    k : int
    from_sorted_ids : bool
        The predictions are class numbers, the likeliest first, instead of probabilities.
    """

    _direction = "up"

    def __init__(self, k=5, name="sparse_top_k_categorical_accuracy", dtype=None,
                 from_sorted_ids=False):
        super().__init__(sparse_top_k_categorical_accuracy, name, dtype,
                         {"from_sorted_ids": False}, k=k, from_sorted_ids=from_sorted_ids)
