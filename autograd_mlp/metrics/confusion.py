"""Counts of right and wrong yes/no answers at thresholds, and what follows from them."""

import numpy as np

from .._engine import Counters, Thresholds
from ..backend import epsilon
from .metric import Metric, matrices, no_nan, result_of

COUNTS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


def checked_thresholds(thresholds, default):
    """Return thresholds (a number, a sequence or None) as a list of numbers from 0 to 1."""
    if thresholds is None:
        return [default]
    several = isinstance(thresholds, (list, tuple, np.ndarray))
    thresholds = list(thresholds) if several else [thresholds]
    wrong = [t for t in thresholds if t is None or not 0 <= t <= 1]
    if wrong:
        raise ValueError(f"Threshold values must be in [0, 1], got {wrong}")
    return thresholds


def evenly_spaced(thresholds):
    """Whether thresholds are 0, 1/(n-1), 2/(n-1), ... 1, at least three of them."""
    n = len(thresholds)
    return n > 2 and np.allclose(thresholds, np.arange(n, dtype=np.float32) / (n - 1),
                                 atol=epsilon())


class ConfusionMetric(Metric):
    """Base class: counts some of `COUNTS` at `thresholds`, as one recorded call.

    A prediction above the threshold counts as yes, a target other than 0 too; all elements of a
    batch count alike. Weights may be given for samples or for elements.

    Parameters
    ----------
    counted : tuple of str
        Which of `COUNTS`.
    variables : tuple of str, optional
        What the variables are called, if not so.
    """

    def __init__(self, name, dtype, counted, thresholds, even, top_k=None, class_id=None,
                 variables=None):
        if top_k is not None and (not hasattr(top_k, "__index__") or top_k < 1):
            raise ValueError(f"{type(self).__name__}: expected `top_k` to be a positive whole "
                             f"number, got {top_k!r}: of each row so many predictions count.")
        super().__init__(name=name, dtype=dtype)
        variables = variables or counted
        self.thresholds, self.top_k, self.class_id = thresholds, top_k, class_id
        self._add_counters((len(thresholds),), *variables)
        by_name = dict(zip(counted, variables, strict=True))
        self._counters = Counters([
            getattr(self, by_name[count]) if count in by_name else None for count in COUNTS])
        self._cuts = Thresholds(thresholds, even=even, top_k=top_k or 0)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take in targets and predictions of one shape."""
        y_true, y_pred, weights = matrices(self, y_true, y_pred, sample_weight,
                                           vector_is_row=self.top_k is not None)
        class_id = self.class_id
        if class_id is not None:
            classes = y_pred.shape[1]
            if not -classes <= class_id < classes:
                raise ValueError(f"{self.name}: there is no class_id {class_id} in predictions of "
                                 f"shape {y_pred.shape}")
            class_id %= classes
        self._counters.by_threshold(y_true, y_pred, self._cuts, weights, class_id)

    def _values(self, *names):
        return (getattr(self, name).numpy() for name in names)

    def _result(self, values):
        return result_of(values[0] if len(self.thresholds) == 1 else values, self.dtype)


class _Count(ConfusionMetric):
    counted = None

    def __init__(self, thresholds=None, name=None, dtype=None):
        self.init_thresholds = thresholds
        thresholds = checked_thresholds(thresholds, 0.5)
        super().__init__(name, dtype, (self.counted,), thresholds, evenly_spaced(thresholds),
                         variables=("accumulator",))

    def result(self):
        return self._result(self.accumulator.numpy())

    def get_config(self):
        return {**super().get_config(), "thresholds": self.init_thresholds}


class TruePositives(_Count):
    """How many predictions are above the threshold, and should be.

    Parameters
    ----------
    thresholds : float or list of float
        0.5 if not given; a list gives one count for each.

    Examples
    --------
    >>> TruePositives()([0, 1, 1, 1], [0.1, 0.7, 0.8, 0.2])
    2.0
    """

    counted = "true_positives"


class FalsePositives(_Count):
    """How many predictions are above the threshold, and should not be."""

    counted = "false_positives"


class TrueNegatives(_Count):
    """How many predictions are not above the threshold, and should not be."""

    counted = "true_negatives"


class FalseNegatives(_Count):
    """How many predictions are not above the threshold, and should be."""

    counted = "false_negatives"


NEVER = -1e10   # threshold of top_k: the k largest are above it, the others are not


class _Ratio(ConfusionMetric):
    _direction = "up"
    counted = None

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        self.init_thresholds = thresholds
        thresholds = checked_thresholds(thresholds, 0.5 if top_k is None else NEVER)
        super().__init__(name, dtype, self.counted, thresholds, evenly_spaced(thresholds), top_k,
                         class_id)

    def result(self):
        right, wrong = self._values(*self.counted)
        return self._result(no_nan(right, right + wrong))

    def get_config(self):
        return {**super().get_config(), "thresholds": self.init_thresholds, "top_k": self.top_k,
                "class_id": self.class_id}


class Precision(_Ratio):
    """Share of the predictions above the threshold that should be: TP / (TP + FP).

    Parameters
    ----------
    thresholds : float or list of float, optional
        0.5 if neither this nor `top_k` is given; a list gives one value for each.
    top_k : int, optional
        Only the `top_k` largest predictions of a row count as above.
    class_id : int, optional
        Look at this column only.

    Examples
    --------
    >>> Precision()([0, 1, 1, 1], [0.6, 0.7, 0.8, 0.2]) == 2 / 3
    True
    """

    counted = ("true_positives", "false_positives")


class Recall(_Ratio):
    """Share of the predictions that should be above the threshold and are: TP / (TP + FN).

    Parameters
    ----------
    thresholds, top_k, class_id
        As in `Precision`.
    """

    counted = ("true_positives", "false_negatives")


# ---- the best of one rate under a condition on another ------------------------------------


class SensitivitySpecificityBase(ConfusionMetric):
    """Base class: counts at `num_thresholds` even thresholds; `_rates` gives two rates at each.

    The result is the largest second rate where the first is at least `value`, else 0.
    """

    _direction = "up"

    argument = None

    def __init__(self, value, num_thresholds=200, class_id=None, name=None, dtype=None):
        if not 0 <= value <= 1:
            raise ValueError(f"Argument `{self.argument}` must be in the range [0, 1], got {value}")
        if num_thresholds <= 0:
            raise ValueError("Argument `num_thresholds` must be an integer > 0, got "
                             f"{num_thresholds}")
        last = num_thresholds - 1
        thresholds = [i / last for i in range(num_thresholds)] if last else [0.5]
        super().__init__(name, dtype, COUNTS, thresholds, last > 0, class_id=class_id)
        self.value, self.num_thresholds = value, num_thresholds

    def _rates(self, tp, fp, tn, fn):
        raise NotImplementedError

    def result(self):
        constrained, dependent = self._rates(*self._values(*COUNTS))
        return result_of(np.max(np.where(constrained >= self.value, dependent, 0), initial=0))

    def get_config(self):
        return {**super().get_config(), "class_id": self.class_id,
                "num_thresholds": self.num_thresholds, self.argument: self.value}


class SensitivityAtSpecificity(SensitivitySpecificityBase):
    """The best sensitivity TP / (TP + FN) with a specificity TN / (TN + FP) of at least so much.

    Parameters
    ----------
    specificity : float
    num_thresholds : int
        How many thresholds are tried.
    class_id : int, optional
        Look at this column only.
    """

    argument = "specificity"

    def __init__(self, specificity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(specificity, num_thresholds, class_id, name, dtype)
        self.specificity = specificity

    def _rates(self, tp, fp, tn, fn):
        return no_nan(tn, tn + fp), no_nan(tp, tp + fn)


class SpecificityAtSensitivity(SensitivitySpecificityBase):
    """The best specificity TN / (TN + FP) with a sensitivity TP / (TP + FN) of at least so much.

    Parameters
    ----------
    sensitivity : float
    num_thresholds, class_id
        As in `SensitivityAtSpecificity`.
    """

    argument = "sensitivity"

    def __init__(self, sensitivity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)
        self.sensitivity = sensitivity

    def _rates(self, tp, fp, tn, fn):
        return no_nan(tp, tp + fn), no_nan(tn, tn + fp)


class PrecisionAtRecall(SensitivitySpecificityBase):
    """The best precision TP / (TP + FP) with a recall TP / (TP + FN) of at least so much.

    Parameters
    ----------
    recall : float
    num_thresholds, class_id
        As in `SensitivityAtSpecificity`.

    Examples
    --------
    >>> PrecisionAtRecall(0.5)([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    0.5
    """

    argument = "recall"

    def __init__(self, recall, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(recall, num_thresholds, class_id, name, dtype)
        self.recall = recall

    def _rates(self, tp, fp, tn, fn):
        return no_nan(tp, tp + fn), no_nan(tp, tp + fp)


class RecallAtPrecision(SensitivitySpecificityBase):
    """The best recall TP / (TP + FN) with a precision TP / (TP + FP) of at least so much.

    Parameters
    ----------
    precision : float
    num_thresholds, class_id
        As in `SensitivityAtSpecificity`.
    """

    argument = "precision"

    def __init__(self, precision, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(precision, num_thresholds, class_id, name, dtype)
        self.precision = precision

    def _rates(self, tp, fp, tn, fn):
        return no_nan(tp, tp + fp), no_nan(tp, tp + fn)
