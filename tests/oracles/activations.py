"""Activations, and the dense layer that applies them."""

import numpy as np

from .basics import above, below, erfc

SELU_ALPHA = 1.6732632423543772848170429916717  # Klambauer et al. 2017, eq. 14
SELU_SCALE = 1.0507009873554804934193349852946


def linear(x):
    return np.asarray(x)


def sigmoid(x):
    small = np.exp(np.where(below(x, 0), x, -np.asarray(x)))  # at most 1
    return np.where(below(x, 0), small / (1 + small), 1 / (1 + small))


def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    x = np.asarray(x)
    below = negative_slope * (x - threshold) if negative_slope else 0.0
    passed = x
    if max_value is not None:  # Keras clips what passes to [0, max_value], whatever the threshold
        passed = np.where(np.real(x) < 0, 0, np.where(np.real(x) >= max_value, max_value, x))
    return np.where(np.real(x) <= threshold, below, passed)


def softmax(x, axis=-1):
    e = np.exp(x - np.max(np.real(x), axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def log_softmax(x, axis=-1):
    z = x - np.max(np.real(x), axis=axis, keepdims=True)
    return z - np.log(np.sum(np.exp(z), axis=axis, keepdims=True))


def tanh(x):
    return np.tanh(x)


def elu(x, alpha=1.0):
    return np.where(np.real(x) >= 0, x, alpha * np.expm1(x))


def celu(x, alpha=1.0):
    return np.where(above(x, 0), x, alpha * np.expm1(x / alpha))


def glu(x, axis=-1):
    a, b = np.split(x, 2, axis)
    return a * sigmoid(b)


def hard_shrink(x, threshold=0.5):
    return np.where(np.abs(np.real(x)) <= threshold, 0, x)


def hard_silu(x):
    return np.where(np.real(x) <= -3, 0, np.where(np.real(x) >= 3, x, x * (x + 3) / 6))


def hard_tanh(x):
    return np.where(above(x, 1), 1, np.where(below(x, -1), -1, x))


def log_sigmoid(x):
    return -softplus(-np.asarray(x))


def soft_shrink(x, threshold=0.5):
    return np.where(np.abs(np.real(x)) <= threshold, 0,
                    np.where(above(x, 0), x - threshold, x + threshold))


def sparse_plus(x):
    return np.where(np.real(x) <= -1, 0, np.where(np.real(x) >= 1, x, (x + 1) ** 2 / 4))


def sparse_sigmoid(x):
    return np.where(np.real(x) <= -1, 0, np.where(np.real(x) >= 1, 1, (x + 1) / 2))


def sparsemax(x, axis=-1):
    """tau by bisection: the sum of max(x - tau, 0) falls with tau and is to be 1."""
    real = np.real(x)
    high = np.max(real, axis, keepdims=True)
    low = high - 1
    for _ in range(60):
        tau = (low + high) / 2
        large = np.maximum(real - tau, 0).sum(axis, keepdims=True) > 1
        low, high = np.where(large, tau, low), np.where(large, high, tau)
    support = real > high
    # on that support the sum is linear: solved exactly, for complex x too
    tau = (np.where(support, x, 0).sum(axis, keepdims=True) - 1) / support.sum(axis, keepdims=True)
    return np.where(support, x - tau, 0)


def squareplus(x, b=4):
    x = np.asarray(x)
    root = np.sqrt(x * x + b)
    return np.where(below(x, 0), b / (2 * (root - x)), (x + root) / 2)


def tanh_shrink(x):
    return x - np.tanh(x)


def threshold(x, threshold, default_value):
    return np.where(np.real(x) <= threshold, default_value, x)


def selu(x):
    return SELU_SCALE * elu(x, SELU_ALPHA)


def softplus(x):
    small = np.exp(np.where(above(x, 0), -np.asarray(x), x))  # at most 1
    return np.where(above(x, 0), x + np.log1p(small), np.log1p(small))


def softsign(x):
    return x / (1 + np.where(below(x, 0), -np.asarray(x), x))


def exponential(x):
    return np.exp(x)


def leaky_relu(x, negative_slope=0.2):
    return np.where(above(x, 0), x, negative_slope * np.asarray(x))


def relu6(x):
    return relu(x, max_value=6.0)


def hard_sigmoid(x):
    return relu6(np.asarray(x) + 3.0) / 6.0


def silu(x):
    return x * sigmoid(x)


def gelu(x, approximate=False):
    x = np.asarray(x)
    if approximate:  # Hendrycks & Gimpel 2016, section 2
        return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x * x * x)))
    return 0.5 * x * erfc(-x / np.sqrt(2))


def mish(x):
    return x * np.tanh(softplus(x))


def dense(x, w, b=None, activation="linear", **activation_args):
    z = np.matmul(x, w) if b is None else np.matmul(x, w) + b
    return globals()[activation](z, **activation_args)
