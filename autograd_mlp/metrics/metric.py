"""The base class of metrics, and what several kinds of them share."""

import numpy as np

from .. import initializers, ops
from .._engine import Tensor, Variable, unrecorded
from .._errors import KeywordsChecked, deprecated
from ..backend import floatx, snake_case, unique_name
from ..losses.loss import as_tensors, given_dtype


class Number(float):
    """A result: a float that also has the method which results have in other libraries."""

    def numpy(self):
        """Return it as a NumPy number of float32."""
        return np.float32(self)


class Metric(KeywordsChecked):
    """Base class: ``update_state`` takes in a batch, ``result`` gives the value so far.

    A subclass makes its state with `add_weight` (or `add_variable`), and defines ``update_state``
    and ``result``. An update made of operations and of the variables' ``assign`` methods is part
    of the recorded training step. One that reads values out as NumPy arrays works too; the step
    is then run in Python.

    Parameters
    ----------
    dtype : str, optional
        Float type of the values, ``floatx()`` if not given. This library's own metrics compute in
        the dtype of the prediction unless given another, and add up in float64 always.
    name : str, optional

    Examples
    --------
    >>> class Largest(Metric):
    ...     def __init__(self, name="largest", **kwargs):
    ...         super().__init__(name=name, **kwargs)
    ...         self.value = self.add_weight(name="value", initializer="zeros")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.value.assign(ops.maximum(self.value, ops.max(abs(y_true - y_pred))))
    ...     def result(self):
    ...         return self.value
    >>> metric = Largest()
    >>> metric.update_state(Tensor([1.0, 2.0]), Tensor([1.5, 2.0]))
    >>> float(metric.result())
    0.5
    >>> metric.reset_state()
    >>> float(metric.result())
    0.0
    """

    plain_mean = None  # see Mean
    _direction = None  # "up" or "down", which way is better, if it is known: callbacks ask

    def __init__(self, dtype=None, name=None):
        try:
            self._given_dtype = given_dtype(dtype)
        except ValueError as error:
            raise ValueError(f"{error} The first argument of Metric is dtype: a name is given as "
                             "super().__init__(name=...).") from None
        self.name = name or unique_name(snake_case(type(self).__name__))
        self._variables = []

    @property
    def dtype(self):
        """Name of the float type; `floatx` if none was given."""
        return self._given_dtype or floatx()

    # ---- state ----

    def add_variable(self, shape, initializer, dtype=None, aggregation="sum", name=None):
        """Make a variable that `variables` lists and `reset_state` sets to 0.

        Parameters
        ----------
        shape : tuple of int
        initializer : str, Initializer or callable
            None means zeros.
        dtype : str, optional
            ``floatx()`` if not given; ``"float64"`` keeps long sums exact.
        aggregation : str
            How Keras adds up over several machines; there is one here, so it changes nothing.
        name : str, optional

        Returns
        -------
        Variable
        """
        self._check_super_called()
        start = initializers.get(initializer if initializer is not None else "zeros")
        whole = np.dtype(dtype or floatx()).kind in "iub"

        def make():
            values = np.asarray(start(tuple(shape), dtype=floatx() if whole else dtype))
            return Variable(values, dtype or floatx(), name, trainable=False)

        return self._keep(unrecorded(make))

    def add_weight(self, shape=(), initializer=None, dtype=None, name=None):
        """Make a variable; see `add_variable`."""
        return self.add_variable(shape, initializer, dtype=dtype, name=name)

    def _add_counters(self, shape, *names):
        """Make variables of zeros in float64, which are attributes of these names too."""
        for name in names:
            setattr(self, name, self._keep(unrecorded(
                lambda name=name: Variable(np.zeros(shape), "float64", name, trainable=False))))

    def _keep(self, variable):
        variable.path = f"{self.name}/{variable.name}"
        self._variables.append(variable)
        return variable

    @property
    def variables(self):
        """The state: a list of Variables, those of metrics inside of this one last."""
        self._check_super_called()
        found = {id(v): v for v in self._variables}
        inner = []
        for value in vars(self).values():
            several = value.values() if isinstance(value, dict) else value
            for item in several if isinstance(value, (list, tuple, dict)) else (value,):
                if isinstance(item, Variable):
                    found.setdefault(id(item), item)
                elif isinstance(item, Metric):
                    inner.append(item)
        for metric in inner:
            found.update({id(v): v for v in metric.variables if id(v) not in found})
        return list(found.values())

    def _check_super_called(self):
        if "_variables" not in vars(self):
            raise RuntimeError(
                f"You forgot to call super().__init__() first in __init__ of {type(self).__name__}."
            )

    # ---- what it measures ----

    def update_state(self, *args, **kwargs):
        """Take in a batch: ``(y_true, y_pred, sample_weight=None)`` for most metrics."""
        raise NotImplementedError(f"{type(self).__name__} must define update_state.")

    def result(self):
        """Return the value over all batches since the last reset: a number, Tensor or dict."""
        raise NotImplementedError(f"{type(self).__name__} must define result.")

    def reset_state(self):
        """Forget all batches: set all variables to 0."""
        for variable in self.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype))

    def reset_states(self):
        """Older name of `reset_state`."""
        deprecated("reset_states", "reset_state", type(self).__name__)
        self.reset_state()

    def __call__(self, *args, **kwargs):
        self._check_super_called()
        self.update_state(*args, **kwargs)
        return self.result()

    # ---- config ----

    def get_config(self):
        """Return the constructor's arguments."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config):
        """Make a metric from what `get_config` returned."""
        return cls(**config)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}>"


# ---- for metrics that count ---------------------------------------------------------------


def matrices(metric, y_true, y_pred, sample_weight=None, vector_is_row=False):
    """Return targets, predictions and weights as `Counters` wants them: 2-D, of one float type.

    Parameters
    ----------
    metric : Metric
    y_true, y_pred : Tensor or array, shape (..., C)
        A vector is a column, or one row with `vector_is_row`.
    sample_weight : Tensor, array or number, optional
        A number, one weight for each row (...) or (..., 1), or for each element (..., C).

    Returns
    -------
    tuple of (Tensor (R, C), Tensor (R, C), Tensor or None)
    """
    y_true, y_pred = as_tensors(y_true, y_pred)
    if y_true.shape != y_pred.shape:
        raise ValueError(f"{metric.name}: targets and predictions must have the same shape, got "
                         f"{y_true.shape} and {y_pred.shape}")
    shape = y_pred.shape
    dtype = metric._given_dtype or (y_pred.dtype if y_pred.dtype.kind == "f" else floatx())
    flat = (-1, shape[-1] if len(shape) > 1 else 1)
    if len(shape) == 1 and vector_is_row:
        flat = (1, shape[0])
    if not y_pred.size:
        flat = (0, max(flat[1], 1))
    weights = None
    if sample_weight is not None:
        weights = _weights(metric, sample_weight, shape, flat, dtype)
    return _matrix(y_true, flat, dtype), _matrix(y_pred, flat, dtype), weights


def _matrix(values, flat, dtype):
    if values.dtype != dtype:
        values = ops.cast(values, dtype)
    return values if values.ndim == 2 and flat[1] == values.shape[1] else ops.reshape(values, flat)


def _weights(metric, weights, shape, flat, dtype):
    if not isinstance(weights, Tensor):
        weights = Tensor(weights, dtype=dtype)
    if weights.ndim == 0:
        return _matrix(weights, (1, 1), dtype)
    if weights.shape == shape:
        return _matrix(weights, flat, dtype)
    if weights.shape in (shape[:-1], (*shape[:-1], 1), (*shape, 1)) and shape:
        return _matrix(weights, flat if weights.shape == (*shape, 1) else (-1, 1), dtype)
    raise ValueError(
        f"{metric.name}: sample_weight of shape {weights.shape} does not fit predictions of shape "
        f"{shape}; give one weight per sample, shape {shape[:-1]}, or one per element.")


def no_nan(above, below):
    """Return quotients, 0 where the divisor is 0."""
    return np.divide(above, below, out=np.zeros(np.shape(above)), where=below != 0)


def result_of(values, dtype="float32"):
    """Return a result: a float for one number, a Tensor for several."""
    values = np.asarray(values)
    return Number(values) if values.ndim == 0 else Tensor(values, dtype=dtype)
