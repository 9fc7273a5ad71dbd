"""Area under a curve drawn through many thresholds."""

import numpy as np

from .. import ops
from .._engine import Counters, Thresholds
from .._errors import did_you_mean
from ..backend import epsilon
from ..losses.loss import as_tensors
from .confusion import COUNTS, evenly_spaced
from .metric import Metric, matrices, no_nan, result_of

CURVES = ("ROC", "PR", "PRGAIN")
SUMMATION_METHODS = ("interpolation", "majoring", "minoring")


def _one_of(argument, value, choices):
    value = getattr(value, "value", value)      # of an enum
    for choice in choices:
        if value in (choice, choice.lower(), choice.capitalize()):
            return choice
    raise ValueError(f"Invalid value for argument `{argument}`: {value!r}; expected one of "
                     f"{', '.join(map(repr, choices))}{did_you_mean(value, choices)}")


class AUC(Metric):
    """Area under the ROC or precision-recall curve, as a Riemann sum over thresholds.

    Parameters
    ----------
    num_thresholds : int
        How many, evenly spaced from 0 to 1; more are closer to the true area.
    curve : {"ROC", "PR", "PRGAIN"}
        True positive rate over false positive rate; precision over recall; both as gains
        (Flach & Kull 2015).
    summation_method : {"interpolation", "minoring", "majoring"}
        Height between two thresholds: the middle (for "PR" the right interpolation, Davis &
        Goadrich 2006), the lower or the higher one.
    thresholds : list of float, optional
        Instead of `num_thresholds`; 0 and 1 are added.
    multi_label : bool
        Whether each column is a yes/no question of its own, and the areas are averaged; otherwise
        all elements are put in one bag.
    num_labels : int, optional
        With `multi_label`: the number of columns, if it is to be fixed before the first batch.
    label_weights : list of float, optional
        One for each column: of its area with `multi_label`, of its elements without.
    from_logits : bool
        Whether predictions are to be put through a sigmoid first.

    Examples
    --------
    >>> metric = AUC(num_thresholds=3)
    >>> metric.update_state([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    >>> metric.result()
    0.75
    """

    _direction = "up"

    def __init__(self, num_thresholds=200, curve="ROC", summation_method="interpolation",
                 name=None, dtype=None, thresholds=None, multi_label=False, num_labels=None,
                 label_weights=None, from_logits=False):
        super().__init__(name=name, dtype=dtype)
        self._init_from_thresholds = thresholds is not None
        if thresholds is not None:
            inner = sorted(float(t) for t in thresholds)
            self._even = evenly_spaced([0.0, *inner, 1.0])
        else:
            if num_thresholds <= 1:
                raise ValueError("Argument `num_thresholds` must be an integer > 1, got "
                                 f"{num_thresholds}")
            inner = [i / (num_thresholds - 1) for i in range(1, num_thresholds - 1)]
            self._even = True
        # a little outside of [0, 1], so that predictions of just 0 and 1 are inside
        self.thresholds = [-epsilon(), *inner, 1.0 + epsilon()]
        self.num_thresholds = len(self.thresholds)
        self.curve = _one_of("curve", curve, CURVES)
        self.summation_method = _one_of("summation_method", summation_method, SUMMATION_METHODS)
        self.multi_label, self.num_labels = multi_label, num_labels
        self.label_weights = None if label_weights is None else [float(w) for w in label_weights]
        self._from_logits = from_logits
        self._counters = None
        if num_labels and not multi_label:
            raise ValueError("`num_labels` is needed only when `multi_label` is True.")
        if not multi_label or num_labels:
            self._build(num_labels)

    def _build(self, labels):
        shape = (self.num_thresholds, labels) if self.multi_label else (self.num_thresholds,)
        self._add_counters(shape, *COUNTS)
        self._counters = Counters([getattr(self, name) for name in COUNTS])
        self._cuts = Thresholds(
            self.thresholds, even=self._even, labels=labels if self.multi_label else 1,
            of_column=None if self.multi_label else self.label_weights)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take in targets and predictions of one shape, (B, columns) with `multi_label`."""
        y_true, y_pred = as_tensors(y_true, y_pred)
        if self._from_logits:
            y_pred = ops.sigmoid(y_pred)
        if self.multi_label and y_pred.ndim != 2:
            raise ValueError(f"{self.name}: predictions must have rank 2 with multi_label=True, "
                             f"got shape {y_pred.shape}")
        if self._counters is None:
            self._build(y_pred.shape[1])
        y_true, y_pred, weights = matrices(self, y_true, y_pred, sample_weight)
        self._counters.by_threshold(y_true, y_pred, self._cuts, weights)

    def result(self):
        if self._counters is None:
            return result_of(0.0)
        counts = [v.numpy() for v in self._counters.variables]
        if self.curve == "PR" and self.summation_method == "interpolation":
            parts = _interpolated(*counts)
        else:
            x, y = {"ROC": _roc, "PR": _precision_recall, "PRGAIN": _gains}[self.curve](*counts)
            if self.summation_method == "interpolation":
                heights = (y[:-1] + y[1:]) / 2
            else:
                pick = np.minimum if self.summation_method == "minoring" else np.maximum
                heights = pick(y[:-1], y[1:])
            parts = (x[:-1] - x[1:]) * heights
        areas = parts.sum(axis=0)
        if self.multi_label:
            if self.label_weights is None:
                areas = areas.mean()
            else:
                areas = no_nan((areas * self.label_weights).sum(), np.sum(self.label_weights))
        return result_of(areas)

    def reset_state(self):
        if self._counters is not None:
            super().reset_state()

    def get_config(self):
        config = {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": self.label_weights,
            "from_logits": self._from_logits,
        }
        if self._init_from_thresholds:
            config["thresholds"] = self.thresholds[1:-1]
        return config


def _roc(tp, fp, tn, fn):
    return no_nan(fp, fp + tn), no_nan(tp, tp + fn)


def _precision_recall(tp, fp, tn, fn):
    return no_nan(tp, tp + fn), no_nan(tp, tp + fp)


def _gains(tp, fp, tn, fn):
    """1 - odds of being wrong, scaled so that always saying yes gains 0 (Flach & Kull 2015)."""
    scale = no_nan(tp + fn, tn + fp)
    recall = np.where(tp == 0, 0.0, 1 - scale * no_nan(fn, tp))
    precision = np.where(tp == 0, 1.0, 1 - scale * no_nan(fp, tp))
    return np.maximum(recall, 0.0), precision


def _interpolated(tp, fp, tn, fn):
    """Between two thresholds the precision is that of counts interpolated (Davis & Goadrich)."""
    positive = tp + fp
    d_tp, d_positive = tp[:-1] - tp[1:], positive[:-1] - positive[1:]
    slope = no_nan(d_tp, np.maximum(d_positive, 0))
    intercept = tp[1:] - slope * positive[1:]
    both = (positive[:-1] > 0) & (positive[1:] > 0)
    ratio = np.where(both, no_nan(positive[:-1], np.maximum(positive[1:], 0)), 1.0)
    return no_nan(slope * (d_tp + intercept * np.log(ratio)), np.maximum(tp[1:] + fn[1:], 0))
