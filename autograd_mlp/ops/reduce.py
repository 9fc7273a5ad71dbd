"""Reductions besides sum and mean, which are compiled."""

import numpy as np

from autograd_mlp.ops.rule import operation


def _kept(y, x, axis):
    """The result of a reduction with its axes back, at length 1."""
    if axis is None:
        return np.reshape(y, (1,) * x.ndim)
    return np.expand_dims(y, axis) if np.ndim(y) != x.ndim else y


@operation("reduce", formula="y = Σ (x − mean x)² / n", vjp="dx = dy · 2(x − mean x) / n",
           shape_rule="(…) → without the axes")
def var(x, axis=None, keepdims=False):
    """Variance over `axis` (divided by n, as ``numpy.var``)."""
    centred = x - x.mean(axis, keepdims=True)
    y = np.mean(centred * centred, axis, keepdims=keepdims)
    n = x.size / np.size(y) if np.size(y) else 1

    def backward(dy):
        return _kept(dy, x, axis) * (2 / n) * centred

    return y, backward


def _extreme(x, axis, keepdims, pick):
    axis = tuple(axis) if isinstance(axis, list) else axis
    if x.size == 0 and np.size(pick(np.ones_like(x), axis=axis, initial=0)) > 0:
        raise ValueError(f"max and min of nothing are not defined: x has shape {x.shape}")
    if x.size == 0:
        y = pick(x, axis=axis, keepdims=keepdims, initial=0)
        return y, np.zeros_like(x)
    y = pick(x, axis=axis, keepdims=keepdims)
    chosen = (x == _kept(y, x, axis)).astype(x.dtype)
    # a row with NaN has no largest: every share is 0/0, NaN
    with np.errstate(invalid="ignore"):
        return y, chosen / chosen.sum(axis, keepdims=True)


@operation("reduce", formula="y = max x", vjp="dx = dy, shared equally by the largest elements",
           shape_rule="(…) → without the axes",
           margins=lambda x, axis=None, keepdims=False: (x - x.max(axis, keepdims=True),))
def max(x, axis=None, keepdims=False):
    """Largest element over `axis`; elements that tie share the gradient equally."""
    y, share = _extreme(x, axis, keepdims, np.max)
    return y, lambda dy: _kept(dy, x, axis) * share


@operation("reduce", formula="y = min x", vjp="dx = dy, shared equally by the smallest elements",
           shape_rule="(…) → without the axes",
           margins=lambda x, axis=None, keepdims=False: (x - x.min(axis, keepdims=True),))
def min(x, axis=None, keepdims=False):
    """Smallest element over `axis`; elements that tie share the gradient equally."""
    y, share = _extreme(x, axis, keepdims, np.min)
    return y, lambda dy: _kept(dy, x, axis) * share


@operation("reduce", formula="y = ln Σ eˣ", vjp="dx = dy · e^(x − y)",
           shape_rule="(…) → without the axes")
def logsumexp(x, axis=None, keepdims=False):
    """Logarithm of the sum of exponentials over `axis`, shifted by the largest x."""
    largest = x.max(axis, keepdims=True, initial=-np.inf)
    shift = np.where(np.isfinite(largest), largest, 0)
    with np.errstate(divide="ignore", over="ignore"):
        y = np.log(np.exp(x - shift).sum(axis, keepdims=True)) + shift

    def backward(dy):
        with np.errstate(invalid="ignore"):
            return _kept(dy, x, axis) * np.exp(x - y)

    return y if keepdims else y.reshape(np.sum(x, axis).shape), backward
