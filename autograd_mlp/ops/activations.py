"""The rarer activation functions; the common ones are compiled, in csrc/ops/activations.pxi."""

import numpy as np

from autograd_mlp.ops.rule import operation


def _positive(name, argument, value):
    if not value > 0:
        raise ValueError(f"{name}: {argument} must be positive, got {value!r}")


def _where(chosen, dy, x):
    """dy where chosen, 0 elsewhere, but NaN where x is NaN: no rule turns it into a number."""
    return np.where(np.isnan(x), x, np.where(chosen, dy, x.dtype.type(0)))


def _sigmoid(x):
    small = np.exp(-np.abs(x))      # at most 1
    return np.where(x >= 0, 1 / (1 + small), small / (1 + small))


def _around(x, threshold=0.5):
    return x - threshold, x + threshold


@operation("activation", formula="y = x where x > 0, else α·(e^(x/α) − 1)",
           vjp="dx = dy where x > 0, else dy · e^(x/α)", reads="u")
def celu(x, alpha=1.0):
    """Continuously differentiable exponential linear unit (Barron 2017); alpha > 0."""
    _positive("celu", "alpha", alpha)
    below = np.minimum(x, 0) / alpha
    y = np.maximum(x, 0) + alpha * np.expm1(below)
    return y, lambda dy: dy * np.exp(below)


@operation("activation", formula="y = a · sigmoid(b),  x = [a, b]",
           vjp="da = dy · s,  db = dy · a·s·(1 − s),  s = sigmoid(b)",
           shape_rule="(…, 2C) → (…, C)", reads="u")
def glu(x, axis=-1):
    """Gated linear unit (Dauphin et al. 2017): one half of x along `axis` gates the other."""
    if x.ndim == 0 or x.shape[axis] % 2:
        raise ValueError(f"glu halves axis {axis}, whose length must be even; got a tensor of "
                         f"shape {x.shape}")
    a, b = np.split(x, 2, axis)
    s = _sigmoid(b)
    return a * s, lambda dy: np.concatenate([dy * s, dy * a * s * (1 - s)], axis)


@operation("activation", kinks=(-0.5, 0.5), margins=_around,
           formula="y = x where |x| > t, else 0",
           vjp="dx = dy where |x| > t, else 0", reads="u")
def hard_shrink(x, threshold=0.5):
    """x outside of ±threshold, 0 between; it jumps there."""
    kept = ~(np.abs(x) <= threshold)        # NaN is kept
    return np.where(kept, x, x.dtype.type(0)), lambda dy: _where(kept, dy, x)


@operation("activation", kinks=(-3, 3), formula="y = x · min(max(x + 3, 0), 6) / 6",
           vjp="dx = 0 where x ≤ −3, dy where x ≥ 3, else dy · (2x + 3) / 6", reads="u")
def hard_silu(x):
    """Piecewise silu, x · hard_sigmoid(x), also called hard swish (Howard et al. 2019)."""
    y = x * (np.clip(x, -3, 3) + 3) / 6
    return np.where(x <= -3, x.dtype.type(0), y), lambda dy: dy * np.where(
        x <= -3, x.dtype.type(0), np.where(x >= 3, x.dtype.type(1), (2 * x + 3) / 6))


@operation("activation", kinks=(-1, 1), formula="y = min(max(x, −1), 1)",
           vjp="dx = dy where −1 ≤ x ≤ 1, else 0", reads="u")
def hard_tanh(x):
    """x limited to ±1."""
    inside = ~(np.abs(x) > 1)
    return np.clip(x, -1, 1), lambda dy: _where(inside, dy, x)


@operation("activation", formula="y = −ln(1 + e⁻ˣ)", vjp="dx = dy · sigmoid(−x)", reads="u")
def log_sigmoid(x):
    """Logarithm of the sigmoid, exact where the sigmoid would underflow."""
    y = np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))
    return y, lambda dy: dy * _sigmoid(-x)


@operation("activation", kinks=(-0.5, 0.5), margins=_around,
           formula="y = sign(x) · max(|x| − t, 0)",
           vjp="dx = dy where |x| > t, else 0", reads="u")
def soft_shrink(x, threshold=0.5):
    """x moved towards 0 by `threshold`; 0 within ±threshold."""
    kept = ~(np.abs(x) <= threshold)
    y = np.where(kept, x - np.sign(x) * x.dtype.type(threshold), x.dtype.type(0))
    return y, lambda dy: _where(kept, dy, x)


@operation("activation", formula="y = 0 where x ≤ −1, x where x ≥ 1, else (x + 1)² / 4",
           vjp="dx = dy · min(max((x + 1) / 2, 0), 1)", reads="u")
def sparse_plus(x):
    """Softplus made of parabola and lines: its derivative is sparse_sigmoid."""
    slope = np.clip((x + 1) / 2, 0, 1)
    return np.where(x >= 1, x, slope * slope), lambda dy: dy * slope


@operation("activation", kinks=(-1, 1), formula="y = min(max((x + 1) / 2, 0), 1)",
           vjp="dx = dy / 2 where −1 < x < 1, else 0", reads="u")
def sparse_sigmoid(x):
    """Sigmoid made of lines; derivative 0 at both kinks."""
    inside = ~(np.abs(x) >= 1)
    return np.clip((x + 1) / 2, 0, 1), lambda dy: _where(inside, dy / 2, x)


@operation("activation", formula="yᵢ = max(xᵢ − τ, 0),  τ so that Σᵢ yᵢ = 1",
           vjp="dx = dy − mean of dy over yᵢ > 0, where yᵢ > 0, else 0",
           shape_rule="(…, C) → (…, C)", margins=lambda x, axis=-1: (sparsemax(x, axis).numpy(),),
           reads="y")
def sparsemax(x, axis=-1):
    """The nearest point of the probability simplex (Martins & Astudillo 2016, Alg. 1): like softmax
    positive and summing to 1, but with exact zeros. (Keras 3.15 has another τ if more than one
    output is above 0; its outputs do not sum to 1 then.)
    """
    if x.ndim == 0:
        raise ValueError("sparsemax needs at least one axis, got a single number")
    z = np.moveaxis(x, axis, -1)
    falling = -np.sort(-z, axis=-1)
    tops = np.cumsum(falling, axis=-1) - 1
    rank = np.arange(1, z.shape[-1] + 1, dtype=x.dtype)
    size = np.maximum((falling * rank > tops).sum(-1, keepdims=True), 1)
    tau = np.take_along_axis(tops, size - 1, -1) / size.astype(x.dtype)
    y = np.moveaxis(np.maximum(z - tau, 0), -1, axis)
    lost = np.isnan(x).any(axis, keepdims=True)     # one NaN leaves nothing to compare with
    y = np.where(lost, x.dtype.type(np.nan), y)
    support = y > 0

    def backward(dy):
        count = np.maximum(support.sum(axis, keepdims=True), 1)
        mean = (dy * support).sum(axis, keepdims=True) / count
        dx = np.where(support, dy - mean.astype(dy.dtype), dy.dtype.type(0))
        return np.where(lost, dy.dtype.type(np.nan), dx)

    return y, backward


@operation("activation", formula="y = (x + √(x² + b)) / 2", vjp="dx = dy · (1 + x / √(x² + b)) / 2",
           reads="u")
def squareplus(x, b=4):
    """Softplus made of a hyperbola (Barron 2021); b ≥ 0 says how round it is at 0."""
    if not b >= 0:
        raise ValueError(f"squareplus: b must be 0 or more, got {b!r}")
    root = np.sqrt(x * x + b)
    # left of 0 the sum would cancel: (x + r)·(r − x) = b
    with np.errstate(invalid="ignore", divide="ignore"):
        y = np.where(x < 0, b / (2 * (root - x)), (x + root) / 2)
        slope = np.where(root == 0, x.dtype.type(0.5), y / root)
    return y, lambda dy: dy * slope


@operation("activation", formula="y = x − tanh x", vjp="dx = dy · tanh² x", reads="u")
def tanh_shrink(x):
    """x − tanh x."""
    t = np.tanh(x)
    return x - t, lambda dy: dy * t * t


@operation("activation", formula="y = x where x > t, else v", vjp="dx = dy where x > t, else 0",
           margins=lambda x, threshold, default_value: (x - threshold,), reads="u")
def threshold(x, threshold, default_value):
    """x above `threshold`, `default_value` elsewhere."""
    kept = ~(x <= threshold)
    return (np.where(kept, x, x.dtype.type(default_value)),
            lambda dy: _where(kept, dy, x))
