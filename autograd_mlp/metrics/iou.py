"""Intersection over union of classes."""


import numpy as np

from .. import ops
from .._engine import Counters, Tensor
from .._errors import warn
from ..backend import epsilon, floatx
from ..losses.loss import as_tensors
from .metric import Metric, result_of


class IoU(Metric):
    """TP / (TP + FP + FN), averaged over the classes asked for that occur.

    Parameters
    ----------
    num_classes : int
    target_class_ids : sequence of int
        The classes whose values are averaged.
    ignore_class : int, optional
        Targets of this class do not count.
    sparse_y_true, sparse_y_pred : bool
        Whether targets, predictions are class numbers; else the largest along `axis` counts.
    axis : int
    dtype : str, optional
        "int32" if not given: weights are then cut down to whole numbers, as in Keras, which
        warns where they are of float type.

    Examples
    --------
    >>> metric = IoU(num_classes=2, target_class_ids=[0])
    >>> metric.update_state([0, 0, 1, 1], [0, 1, 0, 1])
    >>> round(metric.result(), 6)
    0.333333
    """

    _direction = "up"

    def __init__(self, num_classes, target_class_ids, name=None, dtype=None, ignore_class=None,
                 sparse_y_true=True, sparse_y_pred=True, axis=-1):
        if not hasattr(num_classes, "__index__") or num_classes < 1:
            raise ValueError(f"{type(self).__name__}: expected `num_classes` to be the number of "
                             f"classes, 1 or more, got {num_classes!r}.")
        whole = dtype is None or "int" in str(dtype)
        super().__init__(name=name, dtype=None if whole else dtype)
        self._integer = ("int32" if dtype in (None, "int") else str(dtype)) if whole else None
        if max(target_class_ids) >= num_classes:
            raise ValueError(f"Target class id {max(target_class_ids)} is out of range, which is "
                             f"[0, {num_classes}).")
        self.num_classes, self.ignore_class, self.axis = num_classes, ignore_class, axis
        self.target_class_ids = list(target_class_ids)
        self.sparse_y_true, self.sparse_y_pred = sparse_y_true, sparse_y_pred
        self._add_counters((num_classes, num_classes), "total_confusion_matrix")
        self.total_cm = self.total_confusion_matrix
        self._counters = Counters([self.total_cm])

    @property
    def dtype(self):
        """Name of the dtype, ``"int32"`` if none was given."""
        return self._integer or super().dtype

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take in targets and predictions, with one weight for each class number."""
        if not (isinstance(y_true, Tensor) and isinstance(y_pred, Tensor)):
            y_true, y_pred = as_tensors(y_true, y_pred)
        if not self.sparse_y_true:
            y_true = ops.argmax(y_true, axis=self.axis)
        if not self.sparse_y_pred:
            y_pred = ops.argmax(y_pred, axis=self.axis)
        if y_true.size != y_pred.size:
            raise ValueError(f"{self.name}: there are {y_true.size} targets and {y_pred.size} "
                             "predictions")
        y_true, y_pred = _column(y_true), _column(y_pred)
        if sample_weight is not None:
            if self._integer and str(getattr(sample_weight, "dtype", "")).startswith("float"):
                warn(
                    f"{self.name}: weights of float type are cut down to whole numbers, because "
                    f"dtype is {self._integer!r}; give dtype='float32' to keep them.")
            if not isinstance(sample_weight, Tensor):
                sample_weight = Tensor(sample_weight, dtype=y_pred.dtype)
            if sample_weight.size not in (1, y_true.size):
                raise ValueError(f"{self.name}: sample_weight of shape {sample_weight.shape} does "
                                 f"not fit {y_true.size} targets")
            sample_weight = _column(sample_weight)
        self._counters.pairs(y_true, y_pred, sample_weight, self.ignore_class,
                             whole=self._integer is not None)

    def result(self):
        pairs = self.total_cm.numpy()
        right = np.diag(pairs)
        either = (pairs.sum(0) + pairs.sum(1) - right)[self.target_class_ids].astype(np.float32)
        right = right[self.target_class_ids].astype(np.float32)
        tiny = np.float32(epsilon())
        occurs = either > 1e-9
        values = np.where(occurs, right / (either + tiny), np.float32(0))
        return result_of(np.sum(values) / (np.sum(occurs, dtype=np.float32) + tiny))

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes,
                "target_class_ids": self.target_class_ids, "ignore_class": self.ignore_class,
                "sparse_y_true": self.sparse_y_true, "sparse_y_pred": self.sparse_y_pred,
                "axis": self.axis}

    def _config_without(self, *names):
        config = IoU.get_config(self)
        return {key: value for key, value in config.items() if key not in names}


def _column(values):
    values = ops.reshape(values, (values.size, 1))
    return values if values.dtype == floatx() else ops.cast(values, floatx())


class BinaryIoU(IoU):
    """`IoU` of yes/no answers: predictions of at least `threshold` are class 1.

    Parameters
    ----------
    target_class_ids : sequence of int
    threshold : float
    """

    def __init__(self, target_class_ids=(0, 1), threshold=0.5, name=None, dtype=None):
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take in targets 0 and 1, and predictions of the same shape."""
        y_true, y_pred = as_tensors(y_true, y_pred)
        # 1 where y_pred >= threshold, made of operations that can be recorded
        y_pred = 1.0 - ops.sign(ops.maximum(self.threshold - y_pred, 0.0))
        super().update_state(y_true, y_pred, sample_weight)

    def get_config(self):
        return {**Metric.get_config(self), "target_class_ids": self.target_class_ids,
                "threshold": self.threshold}


class MeanIoU(IoU):
    """`IoU` averaged over all classes.

    Parameters
    ----------
    num_classes, ignore_class, sparse_y_true, sparse_y_pred, axis
        As in `IoU`.
    """

    def __init__(self, num_classes, name=None, dtype=None, ignore_class=None, sparse_y_true=True,
                 sparse_y_pred=True, axis=-1):
        every = range(num_classes) if hasattr(num_classes, "__index__") else ()
        super().__init__(num_classes, every, name, dtype, ignore_class, sparse_y_true,
                         sparse_y_pred, axis)

    def get_config(self):
        return self._config_without("target_class_ids")


class OneHotIoU(IoU):
    """`IoU` of one-hot targets and rows of probabilities.

    Parameters
    ----------
    num_classes, target_class_ids, ignore_class, sparse_y_pred, axis
        As in `IoU`.
    """

    def __init__(self, num_classes, target_class_ids, name=None, dtype=None, ignore_class=None,
                 sparse_y_pred=False, axis=-1):
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False,
                         sparse_y_pred, axis)

    def get_config(self):
        return self._config_without("sparse_y_true")


class OneHotMeanIoU(MeanIoU):
    """`MeanIoU` of one-hot targets and rows of probabilities.

    Parameters
    ----------
    num_classes, ignore_class, sparse_y_pred, axis
        As in `IoU`.
    """

    def __init__(self, num_classes, name=None, dtype=None, ignore_class=None, sparse_y_pred=False,
                 axis=-1):
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self):
        return self._config_without("target_class_ids", "sparse_y_true")
