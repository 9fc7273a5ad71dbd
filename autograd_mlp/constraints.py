"""What weights have to keep to; applied to them after each update.

``MaxNorm`` and ``max_norm`` are the same class, as in Keras; a layer also takes the name as a
string. A constraint is made of operations, so that a training step that contains it can be
recorded. A function that takes a tensor and returns one of the same shape will do as well.
"""

from . import ops
from ._errors import KeywordsChecked, number
from ._objects import deserialize_with, lookup, public_classes, serialize
from .backend import epsilon, snake_case


class Constraint(KeywordsChecked):
    """Base class: a subclass defines ``__call__(w)``, which returns the new values, and, if its
    constructor takes arguments, ``get_config``. This one changes nothing.

    Examples
    --------
    >>> class Bounded(Constraint):
    ...     def __call__(self, w):
    ...         return ops.clip(w, -1.0, 1.0)
    >>> Bounded()([0.5, -3.0]).numpy()
    array([ 0.5, -1. ], dtype=float32)
    """

    def __call__(self, w):
        return w

    def get_config(self):
        """Return the constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config):
        """Make a constraint from what `get_config` returned."""
        return cls(**config)


class MaxNorm(Constraint):
    """Scales what is longer than `max_value` down to it.

    Parameters
    ----------
    max_value : float
    axis : int or tuple of int
        Over which the squares are summed: 0 looks at the weights into each unit of a Dense kernel
        of shape (I, U).

    Notes
    -----
    w · min(n, max_value) / (n + 1e-7) with the norm n.

    Examples
    --------
    >>> MaxNorm(2.0)([[3.0, 0.3], [4.0, 0.4]]).numpy().round(6)
    array([[1.2, 0.3],
           [1.6, 0.4]], dtype=float32)
    """

    def __init__(self, max_value=2, axis=0):
        self.max_value = number("MaxNorm", "max_value", max_value, low=0)
        self.axis = axis

    def __call__(self, w):
        norm = _norm(w, self.axis)
        return w * (ops.clip(norm, 0, self.max_value) / (norm + epsilon()))

    def get_config(self):
        return {"max_value": self.max_value, "axis": self.axis}


class NonNeg(Constraint):
    """Sets negative weights to 0."""

    def __call__(self, w):
        return ops.maximum(w, 0.0)


class UnitNorm(Constraint):
    """Scales to length 1: w / (n + 1e-7) with the norm n.

    Parameters
    ----------
    axis : int or tuple of int
        As in `MaxNorm`.
    """

    def __init__(self, axis=0):
        self.axis = axis

    def __call__(self, w):
        return w / (_norm(w, self.axis) + epsilon())

    def get_config(self):
        return {"axis": self.axis}


class MinMaxNorm(Constraint):
    """Moves lengths towards what lies between two bounds.

    Parameters
    ----------
    min_value, max_value : float
    rate : float
        Which part of the way each application goes; 1 goes all of it.
    axis : int or tuple of int
        As in `MaxNorm`.

    Notes
    -----
    w · (rate · clip(n, min_value, max_value) + (1 − rate) · n) / (n + 1e-7) with the norm n.
    """

    def __init__(self, min_value=0.0, max_value=1.0, rate=1.0, axis=0):
        self.min_value = number("MinMaxNorm", "min_value", min_value, low=0)
        self.max_value = number("MinMaxNorm", "max_value", max_value, low=0)
        self.rate = number("MinMaxNorm", "rate", rate, 0, 1)
        self.axis = axis

    def __call__(self, w):
        norm = _norm(w, self.axis)
        wanted = ops.clip(norm, self.min_value, self.max_value)
        if self.rate != 1:
            wanted = self.rate * wanted + (1 - self.rate) * norm
        return w * (wanted / (norm + epsilon()))

    def get_config(self):
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "rate": self.rate,
            "axis": self.axis,
        }


def _norm(w, axis):
    axis = tuple(axis) if isinstance(axis, list) else axis
    return ops.sqrt(ops.sum(ops.square(w), axis, keepdims=True))


_CLASSES = public_classes(globals(), Constraint)
_NAMES = {cls.__name__: cls for cls in _CLASSES}
_NAMES.update({snake_case(cls.__name__): cls for cls in _CLASSES})
globals().update(_NAMES)  # the snake_case names are the same classes
maxnorm, nonneg, unitnorm = MaxNorm, NonNeg, UnitNorm      # as Keras 1 called them
_NAMES.update(maxnorm=MaxNorm, nonneg=NonNeg, unitnorm=UnitNorm)

__all__ = ["Constraint", "get", "serialize", "deserialize", *_NAMES]


def get(identifier):
    """Return the constraint that `identifier` stands for.

    Parameters
    ----------
    identifier : str, class, Constraint, callable, dict or None
        None gives None.

    Examples
    --------
    >>> get("max_norm").get_config()
    {'max_value': 2, 'axis': 0}
    >>> get("max_nrom")                  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: Could not interpret constraint identifier: max_nrom
      Try:   did you mean 'max_norm'?
             Known names: ...
    """
    if identifier is None:
        return None
    return lookup(identifier, _NAMES, "constraint", base=Constraint)


deserialize = deserialize_with(get)
