"""Metrics of numbers and margins."""


import numpy as np

from .. import ops
from .._engine import Counters
from .._errors import warn
from ..backend import epsilon
from ..losses import functions as f
from .mean import NamedMetric
from .metric import Metric, matrices, result_of


class MeanSquaredError(NamedMetric):
    """Mean of the squared differences."""

    def __init__(self, name="mean_squared_error", dtype=None):
        super().__init__(f.mean_squared_error, name, dtype)


class MeanAbsoluteError(NamedMetric):
    """Mean of the absolute differences."""

    def __init__(self, name="mean_absolute_error", dtype=None):
        super().__init__(f.mean_absolute_error, name, dtype)


class MeanAbsolutePercentageError(NamedMetric):
    """Mean of the absolute differences in percent of the target."""

    def __init__(self, name="mean_absolute_percentage_error", dtype=None):
        super().__init__(f.mean_absolute_percentage_error, name, dtype)


class MeanSquaredLogarithmicError(NamedMetric):
    """Mean of the squared differences of log(1 + value)."""

    def __init__(self, name="mean_squared_logarithmic_error", dtype=None):
        super().__init__(f.mean_squared_logarithmic_error, name, dtype)


class LogCoshError(NamedMetric):
    """Mean of log(cosh(y_pred - y_true))."""

    def __init__(self, name="logcosh", dtype=None):
        super().__init__(f.log_cosh, name, dtype)


class Hinge(NamedMetric):
    """Mean of the hinge loss."""

    def __init__(self, name="hinge", dtype=None):
        super().__init__(f.hinge, name, dtype)


class SquaredHinge(NamedMetric):
    """Mean of the squared hinge loss."""

    def __init__(self, name="squared_hinge", dtype=None):
        super().__init__(f.squared_hinge, name, dtype)


class CategoricalHinge(NamedMetric):
    """Mean of the categorical hinge loss."""

    def __init__(self, name="categorical_hinge", dtype=None):
        super().__init__(f.categorical_hinge, name, dtype)


def _cosine(y_true, y_pred, axis=-1):
    return -f.cosine_similarity(y_true, y_pred, axis)


class CosineSimilarity(NamedMetric):
    """Mean cosine of the angle between target and prediction: 1 when they point the same way,
    whereas the *loss* of this name is the negative, to be made small.

    Parameters
    ----------
    axis : int
        Along which they are vectors.
    """

    _direction = "up"

    def __init__(self, name="cosine_similarity", dtype=None, axis=-1):
        super().__init__(_cosine, name, dtype, {"axis": -1}, axis=axis)


# ---- how well numbers go along with each other ----------------------------------------------


def pearson_correlation(y_true, y_pred, axis=-1):
    """Correlation of target and prediction along an axis: 1 on a rising line, -1 on a falling one.

    Examples
    --------
    >>> round(pearson_correlation([[0.0, 1.0, 2.0]], [[1.0, 3.0, 5.0]]).item(), 6)
    1.0
    """
    y_true, y_pred = f.same_shape("pearson_correlation", y_true, y_pred)
    t, p = (_standard(v, axis) for v in (y_true, y_pred))
    return ops.mean(t * p, axis=axis)


def _standard(values, axis):
    centred = values - ops.mean(values, axis=axis, keepdims=True)
    return centred / ops.sqrt(ops.mean(ops.square(centred), axis=axis, keepdims=True))


def concordance_correlation(y_true, y_pred, axis=-1):
    """Correlation that also demands equal means and spreads (Lin 1989), along an axis.

    2 cov / (var t + var p + (mean t - mean p)²), with 1e-7 added below.
    """
    y_true, y_pred = f.same_shape("concordance_correlation", y_true, y_pred)
    t_mean, p_mean = (ops.mean(v, axis=axis, keepdims=True) for v in (y_true, y_pred))
    t, p = y_true - t_mean, y_pred - p_mean
    t_var, p_var = (ops.mean(ops.square(v), axis=axis, keepdims=True) for v in (t, p))
    spread = t_var + p_var + ops.square(t_mean - p_mean) + epsilon()
    # with t or with y_true - p_mean: the sum over the axis is the same, for p sums to 0
    return ops.mean(2.0 * (y_true - p_mean) * p / spread, axis=axis)


class PearsonCorrelation(NamedMetric):
    """Mean of the correlations of target and prediction along an axis.

    Parameters
    ----------
    axis : int
    """

    _direction = "up"

    def __init__(self, name="pearson_correlation", dtype=None, axis=-1):
        super().__init__(pearson_correlation, name, dtype, axis=axis)


class ConcordanceCorrelation(NamedMetric):
    """Mean of the concordance correlations (Lin 1989) of target and prediction along an axis.

    Parameters
    ----------
    axis : int
    """

    _direction = "up"

    def __init__(self, name="concordance_correlation", dtype=None, axis=-1):
        super().__init__(concordance_correlation, name, dtype, axis=axis)


FUNCTIONS = {function.__name__: function
             for function in (pearson_correlation, concordance_correlation)}


# ---- R² -------------------------------------------------------------------------------------


class R2Score(Metric):
    """1 - Σ (y_true - y_pred)² / Σ (y_true - mean)²: 1 is perfect, 0 as good as the mean.

    Parameters
    ----------
    class_aggregation : {"uniform_average", "variance_weighted_average", None}
        How the scores of the columns become one; None gives all.
    num_regressors : int
        Number of independent variables, for the adjusted score
        1 - (1 - R²) (n - 1) / (n - num_regressors - 1). As in Keras n counts all elements, not
        samples.

    Examples
    --------
    >>> R2Score()([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]])     # doctest: +ELLIPSIS
    0.571428...
    """

    _direction = "up"

    def __init__(self, class_aggregation="uniform_average", num_regressors=0, name="r2_score",
                 dtype=None):
        super().__init__(name=name, dtype=dtype)
        allowed = (None, "uniform_average", "variance_weighted_average")
        if class_aggregation not in allowed:
            raise ValueError("Invalid value for argument `class_aggregation`: expected one of "
                             f"{allowed}, got {class_aggregation!r}")
        if num_regressors < 0:
            raise ValueError("Invalid value for argument `num_regressors`: expected a value >= 0, "
                             f"got {num_regressors!r}")
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors
        self._add_counters((), "num_samples")
        self._counters = None

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take in targets and predictions of shape (B, columns), with a weight per sample."""
        y_true, y_pred = f.same_shape("R2Score", y_true, y_pred)
        if y_pred.ndim != 2:
            raise ValueError("R2Score expects 2D inputs with shape (batch_size, output_dim), got "
                             f"{y_true.shape} and {y_pred.shape}")
        y_true, y_pred, weights = matrices(self, y_true, y_pred, sample_weight)
        if self._counters is None:
            self._add_counters((y_pred.shape[1],), "squared_sum", "sum", "residual", "count")
            self.total_mse = self.residual
            self._counters = Counters([self.sum, self.squared_sum, self.residual, self.count,
                                       self.num_samples])
        self._counters.by_column(y_true, y_pred, weights)

    def result(self):
        if self._counters is None:
            return result_of(0.0)
        total, squares, residual, count, samples = (v.numpy() for v in self._counters.variables)
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = squares - total * (total / count)
            scores = 1 - residual / spread
            scores = np.where(np.isinf(scores), 0.0, scores)
            if self.class_aggregation == "uniform_average":
                scores = scores.mean()
            elif self.class_aggregation == "variance_weighted_average":
                scores = np.sum(spread * scores) / np.sum(spread)
        left = samples - 1 - self.num_regressors
        if self.num_regressors and left <= 0:
            warn(f"{self.name}: the adjusted R2 score needs more than "
                 f"{self.num_regressors + 1} values, got {int(samples)}; this is the "
                 "plain one.")
        elif self.num_regressors:
            scores = 1 - (1 - scores) * (samples - 1) / left
        return result_of(scores, self.dtype)

    def get_config(self):
        return {**super().get_config(), "class_aggregation": self.class_aggregation,
                "num_regressors": self.num_regressors}
