"""Elementwise functions, products, reductions, shapes, random numbers given, normalization."""

import math

import numpy as np

EPSILON = 1e-7  # keras.config.epsilon()


# ---- helpers -------------------------------------------------------------------------------------


def below(x, limit):
    return np.real(x) < np.real(limit)


def above(x, limit):
    return np.real(x) > np.real(limit)


def _axis(axis, ndim):
    axes = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return tuple(a % ndim for a in axes) if ndim else ()


def erfc(z):
    """1 - erf(z) for real z or z next to the real axis (DLMF 7.6.2 and 7.9.1)."""
    z = np.asarray(z)
    if not np.iscomplexobj(z):
        return np.vectorize(math.erfc, otypes=[float])(z)
    s = np.where(below(z, 0), -z, z)
    near = np.where(below(s, 2), s, 1)
    far = np.where(below(s, 2), 3, np.where(above(s, 1e3), 1e3, s))
    term = total = near  # erf(s) = 2/sqrt(pi) exp(-s^2) sum_n 2^n s^(2n+1) / (1·3···(2n+1))
    for n in range(1, 80):
        term = term * 2 * near * near / (2 * n + 1)
        total = total + term
    fraction = far  # erfc(s) = exp(-s^2)/sqrt(pi) / (s + (1/2)/(s + (2/2)/(s + (3/2)/(s + …))))
    for n in range(150, 0, -1):
        fraction = far + n / 2 / fraction
    by_series = 1 - 2 / np.sqrt(np.pi) * np.exp(-near * near) * total
    by_fraction = np.exp(-far * far) / np.sqrt(np.pi) / fraction
    result = np.where(below(s, 2), by_series, by_fraction)
    return np.where(np.isnan(z), z, np.where(below(z, 0), 2 - result, result))


# ---- elementwise ---------------------------------------------------------------------------------


def add(x, y):
    return np.add(x, y)


def subtract(x, y):
    return np.subtract(x, y)


def multiply(x, y):
    return np.multiply(x, y)


def divide(x, y):
    return np.true_divide(x, y)


def power(x, y):
    if np.iscomplexobj(x) or np.iscomplexobj(y):  # x > 0: the principal branch is the real power
        return np.exp(y * np.log(x))
    return np.power(x, y)


def maximum(x, y):
    tie = np.real(x) == np.real(y)
    larger = np.where(np.isnan(x) | above(x, y), x, y)
    return np.where(tie, x / 2 + y / 2, larger)


def minimum(x, y):
    return -maximum(-np.asarray(x), -np.asarray(y))


def negative(x):
    return -np.asarray(x)


def exp(x):
    return np.exp(x)


def expm1(x):
    return np.expm1(x)


def log(x):
    return np.log(x)


def log1p(x):
    return np.log1p(x)


def sqrt(x):
    return np.sqrt(x)


def square(x):
    return np.multiply(x, x)


def abs(x):
    return np.where(above(x, 0), x, np.where(below(x, 0), -np.asarray(x), 0 * np.asarray(x)))


def sign(x):
    return np.sign(np.real(x))


def clip(x, x_min, x_max):
    return np.where(below(x, x_min), x_min, np.where(above(x, x_max), x_max, x))


def where(condition, x, y):
    return np.where(condition, x, y)


# ---- compare -------------------------------------------------------------------------------------


def equal(x, y):
    return np.where(np.abs(np.subtract(x, y)) == 0, 1.0, 0.0)


def not_equal(x, y):
    return 1 - equal(x, y)


def greater(x, y):
    return np.where(np.sign(np.subtract(x, y)) == 1, 1.0, 0.0)


def greater_equal(x, y):
    return np.maximum(greater(x, y), equal(x, y))


def less(x, y):
    return greater(y, x)


def less_equal(x, y):
    return greater_equal(y, x)


def round(x):
    below = np.floor(x)
    up = (x - below > 0.5) | ((x - below == 0.5) & (below % 2 == 1))
    return below + up


def argmax(x, axis=None):
    x = np.ravel(x) if axis is None else np.moveaxis(np.asarray(x), axis, -1)
    first = np.zeros(x.shape[:-1], int)
    for i in range(1, x.shape[-1]):
        best = np.take_along_axis(x, first[..., None], -1)[..., 0]
        first = np.where(x[..., i] > best, i, first)
    return first


def argmin(x, axis=None):
    return argmax(-np.asarray(x), axis)


# ---- linalg --------------------------------------------------------------------------------------


def matmul(a, b):
    return np.matmul(a, b)


# ---- reduce --------------------------------------------------------------------------------------


def sum(x, axis=None, keepdims=False):
    return np.sum(x, axis=_axis(axis, np.ndim(x)), keepdims=keepdims)


def mean(x, axis=None, keepdims=False):
    axes = _axis(axis, np.ndim(x))
    return sum(x, axes, keepdims) / np.prod([np.shape(x)[a] for a in axes])


def var(x, axis=None, keepdims=False):
    axes = _axis(axis, np.ndim(x))
    return mean(square(x - mean(x, axes, keepdims=True)), axes, keepdims)


def max(x, axis=None, keepdims=False):
    axes = _axis(axis, np.ndim(x))
    largest = np.real(x) == np.max(np.real(x), axis=axes, keepdims=True)
    count = np.sum(largest, axis=axes, keepdims=keepdims)
    return np.sum(np.where(largest, x, 0), axis=axes, keepdims=keepdims) / count


def min(x, axis=None, keepdims=False):
    return -max(-np.asarray(x), axis, keepdims)


def logsumexp(x, axis=None, keepdims=False):
    axes = _axis(axis, np.ndim(x))
    m = np.max(np.real(x), axis=axes, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)  # Inf - Inf would be NaN
    result = np.log(np.sum(np.exp(x - m), axis=axes, keepdims=True)) + m
    return result if keepdims else np.squeeze(result, axis=axes)


# ---- shape ---------------------------------------------------------------------------------------


def reshape(x, shape):
    return np.reshape(x, shape)


def cast(x, dtype):
    return np.asarray(x)  # of numbers that the dtype can hold


def transpose(x, axes=None):
    return np.transpose(x, axes)


def penalty(x, l1=0.0, l2=0.0):
    return l1 * np.sum(abs(x)) + l2 * np.sum(np.square(x))


def off_diagonal(x):
    return x * (1 - np.eye(*x.shape))


def expand_dims(x, axis):
    return np.expand_dims(x, axis)


def squeeze(x, axis=None):
    return np.squeeze(x, axis)


def concatenate(xs, axis=0):
    return np.concatenate(xs, axis)


def stack(xs, axis=0):
    return np.stack(xs, axis)


def getitem(x, index):
    return np.asarray(x)[index]


def gather(x, indices):
    return np.asarray(x)[np.asarray(indices, dtype=int)]


def one_hot(indices, num_classes):
    return (np.asarray(indices)[..., None] == np.arange(num_classes)).astype(float)


sin, cos = np.sin, np.cos


def _truth(rule):
    return lambda *inputs: rule(*map(np.real, inputs)).astype(float)


logical_not, isnan, isfinite = map(_truth, (np.logical_not, np.isnan, np.isfinite))
logical_and, logical_or, logical_xor = map(_truth, (np.logical_and, np.logical_or, np.logical_xor))


def floor(x):
    return np.floor(np.real(x))


def ceil(x):
    return np.ceil(np.real(x))


def trunc(x):
    return np.trunc(np.real(x))


# ---- random --------------------------------------------------------------------------------------
#
# What the operation draws is handed to its oracle: which elements are `kept`, or normal numbers z.


def dropout(x, rate, seed=None, noise_shape=None, *, kept):
    return np.where(kept, x / (1 - rate) if rate < 1 else x, 0)


def alpha_dropout(x, rate, seed=None, noise_shape=None, *, kept):
    low = -1.0507009873554804934193349852946 * 1.6732632423543772848170429916717
    a = ((1 - rate) * (1 + rate * low**2)) ** -0.5
    return a * np.where(kept, x, low) - a * low * rate


def add_noise(x, stddev, seed=None, *, z):
    return x + stddev * z


def multiply_noise(x, stddev, seed=None, *, z):
    return x * (1 + stddev * z)


# ---- normalize -----------------------------------------------------------------------------------


def _normalized(x, axes, gamma, beta, epsilon):
    x = np.asarray(x)
    centred = x - np.mean(x, axis=axes, keepdims=True)
    variance = np.mean(centred * centred, axis=axes, keepdims=True)
    y = centred / np.sqrt(variance + epsilon)
    return y * (1 if gamma is None else gamma) + (0 if beta is None else beta)


def batch_norm(x, gamma=None, beta=None, epsilon=1e-3):
    return _normalized(x, tuple(range(np.ndim(x) - 1)), gamma, beta, epsilon)


def layer_norm(x, gamma=None, beta=None, epsilon=1e-3):
    return _normalized(x, -1, gamma, beta, epsilon)
