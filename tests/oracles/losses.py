"""Losses and metrics."""

import numpy as np

from .activations import log_softmax, relu, softplus
from .basics import EPSILON, above, abs, below, clip, max, mean, one_hot, square, sum

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


def plus_minus_one(y_true):
    """Keras reads targets that are all 0 or 1 as classes and maps them to -1 and 1."""
    return 2 * y_true - 1 if np.all((y_true == 0) | (y_true == 1)) else y_true


def hinge(y_true, y_pred):
    return mean(relu(1 - plus_minus_one(y_true) * y_pred), -1)


def squared_hinge(y_true, y_pred):
    return mean(square(relu(1 - plus_minus_one(y_true) * y_pred)), -1)


def categorical_hinge(y_true, y_pred):
    pos, neg = sum(y_true * y_pred, -1), max((1 - y_true) * y_pred, -1)
    return relu(neg - pos + 1)


def huber(y_true, y_pred, delta=1.0):
    e = y_pred - y_true
    return mean(np.where(above(abs(e), delta), delta * abs(e) - delta**2 / 2, e * e / 2), -1)


def log_cosh(y_true, y_pred):
    e = y_pred - y_true
    size = np.where(below(e, 0), -e, e)
    return mean(size + np.log1p(np.exp(-2 * size)) - np.log(2), -1)


def kl_divergence(y_true, y_pred):
    t, p = clip(y_true, EPSILON, 1), clip(y_pred, EPSILON, 1)
    return sum(t * np.log(t / p), -1)


def poisson(y_true, y_pred):
    return mean(y_pred - y_true * np.log(y_pred + EPSILON), -1)


def cosine_similarity(y_true, y_pred):
    def unit(v):
        squares = sum(square(v), -1, keepdims=True)
        long_enough = above(squares, EPSILON**2)
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
