"""Penalties on weights and outputs, which training adds to the loss.

``L2`` and ``l2`` are the same class, as in Keras; a layer also takes the name as a string. A
penalty is made of operations, so that its gradient follows and a training step that contains it
can be recorded. A function of one tensor will do as well.
"""

import math
import numbers

from . import ops
from ._errors import KeywordsChecked
from ._objects import deserialize_with, lookup, public_classes, serialize
from .backend import epsilon, snake_case


class Regularizer(KeywordsChecked):
    """Base class: a subclass defines ``__call__(x)``, which returns a tensor of one number, and,
    to be saved, ``get_config``.

    Examples
    --------
    >>> class Cubic(Regularizer):
    ...     def __call__(self, x):
    ...         return ops.sum(ops.abs(x) ** 3)
    >>> Cubic()([1.0, -2.0])
    Tensor(9.)
    """

    def __call__(self, x):
        raise NotImplementedError(f"{type(self).__name__} must define __call__(self, x).")

    def get_config(self):
        """Return the constructor's arguments."""
        raise NotImplementedError(
            f"{type(self).__name__} must define get_config(self), which returns the constructor's "
            f"arguments as a dict, to be saved."
        )

    @classmethod
    def from_config(cls, config):
        """Make a regularizer from what `get_config` returned."""
        return cls(**config)


class L1L2(Regularizer):
    """l1 · Σ|x| + l2 · Σx².

    Parameters
    ----------
    l1, l2 : float
        Factors, 0 or more; None means 0.

    Examples
    --------
    >>> L1L2(l1=0.5, l2=0.25)([1.0, -2.0])
    Tensor(2.75)
    """

    def __init__(self, l1=0.0, l2=0.0):
        self.l1 = _factor(l1 if l1 is not None else 0.0, "l1")
        self.l2 = _factor(l2 if l2 is not None else 0.0, "l2")

    def __call__(self, x):
        return ops.penalty(x, l1=self.l1, l2=self.l2)

    def get_config(self):
        return {"l1": self.l1, "l2": self.l2}


class L1(Regularizer):
    """l1 · Σ|x|; draws weights to exactly 0. Derivative 0 at 0.

    Parameters
    ----------
    l1 : float
        Factor, 0 or more; None means 0.01.
    """

    def __init__(self, l1=0.01):
        self.l1 = _factor(l1 if l1 is not None else 0.01, "l1")

    def __call__(self, x):
        return ops.penalty(x, l1=self.l1)

    def get_config(self):
        return {"l1": self.l1}


class L2(Regularizer):
    """l2 · Σx²; keeps weights small.

    Parameters
    ----------
    l2 : float
        Factor, 0 or more; None means 0.01.

    Examples
    --------
    >>> L2(0.1)([[3.0, 4.0]])
    Tensor(2.5)
    """

    def __init__(self, l2=0.01):
        self.l2 = _factor(l2 if l2 is not None else 0.01, "l2")

    def __call__(self, x):
        return ops.penalty(x, l2=self.l2)

    def get_config(self):
        return {"l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """Mean |cos| of the angle between any two rows (or columns) of a matrix, times `factor`.

    Parameters
    ----------
    factor : float
        0 or more.
    mode : {'rows', 'columns'}
        Which ones are to become orthogonal to each other.

    Raises
    ------
    ValueError
        For an input that is no matrix.

    Examples
    --------
    >>> print(f"{OrthogonalRegularizer(0.5)([[1.0, 0.0], [1.0, 1.0]]).item():.4f}")
    0.3536
    """

    def __init__(self, factor=0.01, mode="rows"):
        self.factor = _factor(factor, "factor")
        if mode not in ("rows", "columns"):
            raise ValueError(f"Expected `mode` 'rows' or 'columns', got {mode!r}.")
        self.mode = mode

    def __call__(self, x):
        shape = getattr(x, "shape", None) or ops.linear(x).shape
        if len(shape) != 2:
            raise ValueError(f"OrthogonalRegularizer expects a matrix, got the shape {shape}.")
        by_rows = self.mode == "rows"
        n = shape[0] if by_rows else shape[1]
        squares = ops.sum(ops.square(x), int(by_rows), keepdims=True)
        unit = ops.divide(x, ops.sqrt(ops.maximum(squares, epsilon() ** 2)))
        other = ops.transpose(unit)
        cosines = ops.matmul(unit, other) if by_rows else ops.matmul(other, unit)
        pairs = n * (n - 1) / 2
        return ops.sum(ops.abs(ops.off_diagonal(cosines))) * (0.5 * self.factor / pairs)

    def get_config(self):
        return {"factor": self.factor, "mode": self.mode}


def _factor(value, name):
    if isinstance(value, numbers.Real) and not isinstance(value, bool) and 0 <= value < math.inf:
        return float(value)
    raise ValueError(f"Expected `{name}` to be a finite number, 0 or more, got {value!r}.")


_CLASSES = public_classes(globals(), Regularizer)
_NAMES = {cls.__name__: cls for cls in _CLASSES}
_NAMES.update({snake_case(cls.__name__): cls for cls in _CLASSES})
_NAMES.update(l1_l2=L1L2)
globals().update(_NAMES)  # the snake_case names are the same classes

__all__ = ["Regularizer", "get", "serialize", "deserialize", *_NAMES]


def get(identifier):
    """Return the regularizer that `identifier` stands for.

    Parameters
    ----------
    identifier : str, class, Regularizer, callable, dict or None
        None gives None.

    Examples
    --------
    >>> get("l2").get_config()
    {'l2': 0.01}
    >>> get("l1_l3")               # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: Could not interpret regularizer identifier: l1_l3
      Try:   did you mean 'l1_l2'?
             Known names: ...
    """
    if identifier is None:
        return None
    return lookup(identifier, _NAMES, "regularizer", base=Regularizer)


deserialize = deserialize_with(get)
