"""Operations without a gradient: comparisons, as 1 and 0, rounding, and where the largest is.

Metrics are made of them; all are recorded like any other operation.
"""

import numpy as np

from autograd_mlp.ops.rule import operation


def _none(dy):
    return None


def _listed(name, symbol, compare):
    def rule(x, y):
        return compare(x, y).astype(x.dtype if x.dtype.kind == "f" else np.float32), _both_none

    rule.__name__ = name
    rule.__doc__ = f"1.0 where x {symbol} y, else 0.0; comparisons with NaN as in NumPy."
    return operation("compare", inputs=2, integers=True, formula=f"z = [x {symbol} y]",
                     vjp="none", shape_rule="(…), (…) → broadcast", reads="",
                     differentiable=(False, False))(rule)


def _both_none(dy):
    return None, None


equal = _listed("equal", "=", np.equal)
not_equal = _listed("not_equal", "≠", np.not_equal)
greater = _listed("greater", ">", np.greater)
greater_equal = _listed("greater_equal", "≥", np.greater_equal)
less = _listed("less", "<", np.less)
less_equal = _listed("less_equal", "≤", np.less_equal)
logical_and = _listed("logical_and", "and", np.logical_and)
logical_or = _listed("logical_or", "or", np.logical_or)
logical_xor = _listed("logical_xor", "or else", np.logical_xor)


def _one(name, formula, rule, doc):
    def forward(x):
        return rule(x).astype(x.dtype if x.dtype.kind == "f" else np.float32), _none

    forward.__name__ = name
    forward.__doc__ = doc
    return operation("compare", integers=True, formula=formula, vjp="none", reads="",
                     differentiable=(False,))(forward)


logical_not = _one("logical_not", "y = [x = 0]", np.logical_not, "1.0 where x is 0, else 0.0.")
isnan = _one("isnan", "y = [x is NaN]", np.isnan, "1.0 where x is not a number, else 0.0.")
isfinite = _one("isfinite", "y = [|x| < ∞]", np.isfinite,
                "1.0 where x is neither infinite nor NaN, else 0.0.")
floor = _one("floor", "y = ⌊x⌋", np.floor, "The largest whole number that is not above x.")
ceil = _one("ceil", "y = ⌈x⌉", np.ceil, "The smallest whole number that is not below x.")
trunc = _one("trunc", "y = x without what is behind the point", np.trunc,
             "The nearest whole number towards 0.")


@operation("compare", integers=True, formula="y = the whole number nearest to x", vjp="none",
           shape_rule="(…) → (…)", reads="", differentiable=(False,))
def round(x):
    """The nearest whole number; a half goes to the even one, as in NumPy."""
    return np.round(x), _none


@operation("compare", integers=True, formula="y = position of the largest x", vjp="none",
           shape_rule="(…) → without the axis", reads="", differentiable=(False,))
def argmax(x, axis=None, keepdims=False):
    """Position of the largest element along an axis (of the flattened x without one); the first
    of those that tie."""
    return np.asarray(np.argmax(x, axis, keepdims=keepdims), np.int64), _none


@operation("compare", integers=True, formula="y = position of the smallest x", vjp="none",
           shape_rule="(…) → without the axis", reads="", differentiable=(False,))
def argmin(x, axis=None, keepdims=False):
    """Position of the smallest element along an axis, as `argmax`."""
    return np.asarray(np.argmin(x, axis, keepdims=keepdims), np.int64), _none
