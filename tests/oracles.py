"""Every operation once more, as the formula a textbook prints, in NumPy only.

The tests compare the engine with these functions; nothing here imports the package. Each function
has the name and the arguments of the operation it mirrors and returns plain arrays.

Complex numbers are welcome. For an analytic f, Im f(x + ih)/h is f'(x) without cancellation (the
complex step, Squire & Trapp 1998, with h = 1e-30), so one formula yields value and derivative.
Hence comparisons look at the real part only, and no formula applies `np.abs`, `np.maximum` or
anything else that drops the imaginary part to a quantity that is differentiated.

At kinks the branches are chosen so that the complex step gives the convention of the package:
relu'(0) = 0, abs'(0) = 0, ties of maximum and minimum share half and half, ties of max and min
share equally, clip passes the gradient on the closed interval. NaN goes through.
"""

import math

import numpy as np

EPSILON = 1e-7  # keras.config.epsilon()

SELU_ALPHA = 1.6732632423543772848170429916717  # Klambauer et al. 2017, eq. 14
SELU_SCALE = 1.0507009873554804934193349852946


# ---- helpers -------------------------------------------------------------------------------------


def _below(x, limit):
    return np.real(x) < np.real(limit)


def _above(x, limit):
    return np.real(x) > np.real(limit)


def _axis(axis, ndim):
    axes = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return tuple(a % ndim for a in axes) if ndim else ()


def erfc(z):
    """1 - erf(z) for real z or z next to the real axis (DLMF 7.6.2 and 7.9.1)."""
    z = np.asarray(z)
    if not np.iscomplexobj(z):
        return np.vectorize(math.erfc, otypes=[float])(z)
    s = np.where(_below(z, 0), -z, z)
    near = np.where(_below(s, 2), s, 1)
    far = np.where(_below(s, 2), 3, np.where(_above(s, 1e3), 1e3, s))
    term = total = near  # erf(s) = 2/sqrt(pi) exp(-s^2) sum_n 2^n s^(2n+1) / (1·3···(2n+1))
    for n in range(1, 80):
        term = term * 2 * near * near / (2 * n + 1)
        total = total + term
    fraction = far  # erfc(s) = exp(-s^2)/sqrt(pi) / (s + (1/2)/(s + (2/2)/(s + (3/2)/(s + …))))
    for n in range(150, 0, -1):
        fraction = far + n / 2 / fraction
    by_series = 1 - 2 / np.sqrt(np.pi) * np.exp(-near * near) * total
    by_fraction = np.exp(-far * far) / np.sqrt(np.pi) / fraction
    result = np.where(_below(s, 2), by_series, by_fraction)
    return np.where(np.isnan(z), z, np.where(_below(z, 0), 2 - result, result))


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
    larger = np.where(np.isnan(x) | _above(x, y), x, y)
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
    return np.where(_above(x, 0), x, np.where(_below(x, 0), -np.asarray(x), 0 * np.asarray(x)))


def sign(x):
    return np.sign(np.real(x))


def clip(x, x_min, x_max):
    return np.where(_below(x, x_min), x_min, np.where(_above(x, x_max), x_max, x))


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


def dense(x, w, b=None, activation="linear", **activation_args):
    z = np.matmul(x, w) if b is None else np.matmul(x, w) + b
    return globals()[activation](z, **activation_args)


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


# ---- activations ---------------------------------------------------------------------------------


def linear(x):
    return np.asarray(x)


def sigmoid(x):
    small = np.exp(np.where(_below(x, 0), x, -np.asarray(x)))  # at most 1
    return np.where(_below(x, 0), small / (1 + small), 1 / (1 + small))


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
    return np.where(_above(x, 0), x, alpha * np.expm1(x / alpha))


def glu(x, axis=-1):
    a, b = np.split(x, 2, axis)
    return a * sigmoid(b)


def hard_shrink(x, threshold=0.5):
    return np.where(np.abs(np.real(x)) <= threshold, 0, x)


def hard_silu(x):
    return np.where(np.real(x) <= -3, 0, np.where(np.real(x) >= 3, x, x * (x + 3) / 6))


def hard_tanh(x):
    return np.where(_above(x, 1), 1, np.where(_below(x, -1), -1, x))


def log_sigmoid(x):
    return -softplus(-np.asarray(x))


def soft_shrink(x, threshold=0.5):
    return np.where(np.abs(np.real(x)) <= threshold, 0,
                    np.where(_above(x, 0), x - threshold, x + threshold))


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
    return np.where(_below(x, 0), b / (2 * (root - x)), (x + root) / 2)


def tanh_shrink(x):
    return x - np.tanh(x)


def threshold(x, threshold, default_value):
    return np.where(np.real(x) <= threshold, default_value, x)


def selu(x):
    return SELU_SCALE * elu(x, SELU_ALPHA)


def softplus(x):
    small = np.exp(np.where(_above(x, 0), -np.asarray(x), x))  # at most 1
    return np.where(_above(x, 0), x + np.log1p(small), np.log1p(small))


def softsign(x):
    return np.where(_below(x, 0), x / (1 - np.asarray(x)), x / (1 + np.asarray(x)))


def exponential(x):
    return np.exp(x)


def leaky_relu(x, negative_slope=0.2):
    return np.where(_above(x, 0), x, negative_slope * np.asarray(x))


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


# ---- losses: (y_true, y_pred) of one shape -> one value per sample, over the last axis -----------


def mean_squared_error(y_true, y_pred):
    return mean(square(y_true - y_pred), -1)


def mean_absolute_error(y_true, y_pred):
    return mean(abs(y_true - y_pred), -1)


def mean_absolute_percentage_error(y_true, y_pred):
    return 100 * mean(abs((y_true - y_pred) / np.maximum(np.abs(y_true), EPSILON)), -1)


def mean_squared_logarithmic_error(y_true, y_pred):
    log_true, log_pred = (np.log(1 + clip(y, EPSILON, np.inf)) for y in (y_true, y_pred))
    return mean(square(log_pred - log_true), -1)


def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0):
    t = y_true * (1 - label_smoothing) + label_smoothing / 2
    if from_logits:
        return mean(t * softplus(-np.asarray(y_pred)) + (1 - t) * softplus(y_pred), -1)
    p = clip(y_pred, EPSILON, 1 - EPSILON)
    return mean(-t * np.log(p) - (1 - t) * np.log(1 - p), -1)


def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0):
    t = y_true * (1 - label_smoothing) + label_smoothing / np.shape(y_true)[-1]
    if from_logits:
        return -sum(t * log_softmax(y_pred), -1)
    p = y_pred / sum(y_pred, -1, keepdims=True)
    return -sum(t * np.log(clip(p, EPSILON, 1 - EPSILON)), -1)


def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False):
    labels = np.reshape(y_true, np.shape(y_pred)[:-1])  # drops a trailing 1
    return categorical_crossentropy(one_hot(labels, np.shape(y_pred)[-1]), y_pred, from_logits)


def _plus_minus_one(y_true):
    """Keras reads targets that are all 0 or 1 as classes and maps them to -1 and 1."""
    return 2 * y_true - 1 if np.all((y_true == 0) | (y_true == 1)) else y_true


def hinge(y_true, y_pred):
    return mean(relu(1 - _plus_minus_one(y_true) * y_pred), -1)


def squared_hinge(y_true, y_pred):
    return mean(square(relu(1 - _plus_minus_one(y_true) * y_pred)), -1)


def categorical_hinge(y_true, y_pred):
    pos, neg = sum(y_true * y_pred, -1), max((1 - y_true) * y_pred, -1)
    return relu(neg - pos + 1)


def huber(y_true, y_pred, delta=1.0):
    e = y_pred - y_true
    return mean(np.where(_above(abs(e), delta), delta * abs(e) - delta**2 / 2, e * e / 2), -1)


def log_cosh(y_true, y_pred):
    e = y_pred - y_true
    size = np.where(_below(e, 0), -e, e)
    return mean(size + np.log1p(np.exp(-2 * size)) - np.log(2), -1)


def kl_divergence(y_true, y_pred):
    t, p = clip(y_true, EPSILON, 1), clip(y_pred, EPSILON, 1)
    return sum(t * np.log(t / p), -1)


def poisson(y_true, y_pred):
    return mean(y_pred - y_true * np.log(y_pred + EPSILON), -1)


def cosine_similarity(y_true, y_pred):
    def unit(v):
        squares = sum(square(v), -1, keepdims=True)
        long_enough = _above(squares, EPSILON**2)
        return v * np.where(long_enough, np.where(long_enough, squares, 1) ** -0.5, 1 / EPSILON)

    return -sum(unit(y_true) * unit(y_pred), -1)


# ---- metrics: one value per sample, 1.0 where the prediction is right ----------------------------


def binary_accuracy(y_true, y_pred, threshold=0.5):
    return mean((y_pred > threshold).astype(float) == y_true, -1)


def categorical_accuracy(y_true, y_pred):
    return sparse_categorical_accuracy(np.argmax(y_true, axis=-1), y_pred)


def accuracy(y_true, y_pred):
    return (np.asarray(y_true) == y_pred).astype(float)


def top_k_categorical_accuracy(y_true, y_pred, k=5):
    return sparse_top_k_categorical_accuracy(np.argmax(y_true, axis=-1), y_pred, k)


def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5, from_sorted_ids=False):
    labels = np.reshape(y_true, np.shape(y_pred)[:-1]).astype(int)[..., None]
    if from_sorted_ids:
        return np.any(y_pred[..., :k] == labels, axis=-1).astype(float)
    at_label = np.take_along_axis(y_pred, labels, axis=-1)
    return (np.sum(y_pred > at_label, axis=-1) < k).astype(float)


def sparse_categorical_accuracy(y_true, y_pred):
    labels = np.reshape(y_true, np.shape(y_pred)[:-1])
    is_number = ~np.any(np.isnan(y_pred), axis=-1)  # a row with NaN names no class
    return ((np.argmax(y_pred, axis=-1) == labels) & is_number).astype(float)
