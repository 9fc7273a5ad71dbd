"""F-scores: precision and recall in one number."""

import numpy as np

from .._engine import Counters
from ..backend import epsilon
from .metric import Metric, matrices, result_of


class FBetaScore(Metric):
    """(1 + beta²) precision recall / (beta² precision + recall), for each class or averaged.

    Parameters
    ----------
    average : {None, "micro", "macro", "weighted"}
        None gives one score per class; "micro" counts all classes together; "macro" averages the
        scores; "weighted" weighs them with how often a class is the target.
    beta : float
        How much more recall counts than precision.
    threshold : float, optional
        Predictions above it count as yes. Without, the largest of each row does.

    Examples
    --------
    >>> metric = FBetaScore(beta=2.0, threshold=0.5)
    >>> metric.update_state([[1, 1, 1], [1, 0, 0], [1, 1, 0]],
    ...                     [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]])
    >>> metric.result()
    Tensor([0.3846154 , 0.90909094, 0.8333332 ])
    """

    _direction = "up"

    def __init__(self, average=None, beta=1.0, threshold=None, name="fbeta_score", dtype=None):
        super().__init__(name=name, dtype=dtype)
        if average not in (None, "micro", "macro", "weighted"):
            raise ValueError("Invalid `average` argument value: expected None, 'micro', 'macro' "
                             f"or 'weighted', got {average!r}")
        if not isinstance(beta, float) or beta <= 0:
            raise ValueError(f"Invalid `beta` argument value: expected a float > 0, got {beta!r}")
        if threshold is not None and (not isinstance(threshold, float) or not 0 < threshold <= 1):
            raise ValueError("Invalid `threshold` argument value: expected a float with "
                             f"0 < threshold <= 1, got {threshold!r}")
        self.average, self.beta, self.threshold = average, beta, threshold
        self._counters = None

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take in targets and predictions of shape (B, classes), with a weight per sample."""
        y_true, y_pred, weights = matrices(self, *_of_rank_2("FBetaScore", y_true, y_pred),
                                           sample_weight)
        if self._counters is None:
            shape = () if self.average == "micro" else (y_pred.shape[1],)
            self._add_counters(shape, "true_positives", "false_positives", "false_negatives",
                               "intermediate_weights")
            self._counters = Counters(self._variables)
        self._counters.by_class(y_true, y_pred, self.threshold, weights)

    def result(self):
        if self._counters is None:
            return result_of(0.0)
        # in float32, where epsilon leaves whole counts as they are: a perfect score is 1
        tp, fp, fn, support = (v.numpy().astype(self.dtype) for v in self._counters.variables)
        tiny = np.asarray(epsilon(), self.dtype)
        precision, recall = tp / (tp + fp + tiny), tp / (tp + fn + tiny)
        square = np.asarray(self.beta**2, self.dtype)
        score = precision * recall / (square * precision + recall + tiny) * (1 + square)
        if self.average == "weighted":
            score = np.sum(score * (support / (np.sum(support) + tiny)))
        elif self.average is not None:
            score = np.mean(score)
        return result_of(score, self.dtype)

    def get_config(self):
        return {**super().get_config(), "average": self.average, "beta": self.beta,
                "threshold": self.threshold}


def _of_rank_2(name, y_true, y_pred):
    for values in (y_true, y_pred):
        shape = values.shape if hasattr(values, "shape") else np.shape(values)
        if len(shape) != 2:
            raise ValueError(f"{name} expects 2D inputs with shape (batch_size, output_dim), got "
                             f"shape {tuple(shape)}")
    return y_true, y_pred


class F1Score(FBetaScore):
    """Harmonic mean of precision and recall: `FBetaScore` with beta = 1.

    Parameters
    ----------
    average, threshold
        As in `FBetaScore`.
    """

    def __init__(self, average=None, threshold=None, name="f1_score", dtype=None):
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self):
        config = super().get_config()
        del config["beta"]
        return config
