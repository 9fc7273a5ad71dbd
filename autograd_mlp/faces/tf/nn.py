"""``tf.nn``: activations, and losses of logits."""

from ... import ops
from .math import in_top_k, l2_normalize

__all__ = [
    "bias_add", "crelu", "dropout", "elu", "gelu", "in_top_k", "l2_loss", "l2_normalize",
    "leaky_relu", "log_softmax", "relu", "relu6", "selu", "sigmoid",
    "sigmoid_cross_entropy_with_logits", "silu", "softmax", "softmax_cross_entropy_with_logits",
    "softplus", "softsign", "sparse_softmax_cross_entropy_with_logits", "swish", "tanh",
]

# One argument, the same here as there.
relu, relu6, selu, sigmoid, silu, softplus, softsign, swish, tanh, gelu, elu = (
    getattr(ops, name) for name in
    "relu relu6 selu sigmoid silu softplus softsign swish tanh gelu elu".split())


def softmax(logits, axis=-1, name=None):
    """Exponentials divided by their sum along the axis."""
    return ops.softmax(logits, axis=-1 if axis is None else axis)


def log_softmax(logits, axis=-1, name=None):
    """The logarithm of softmax."""
    return ops.log_softmax(logits, axis=-1 if axis is None else axis)


def leaky_relu(features, alpha=0.2, name=None):
    """x, or alpha · x where x is negative."""
    return ops.leaky_relu(features, alpha)


def crelu(features, axis=-1, name=None):
    """relu of x and of −x, side by side."""
    return ops.relu(ops.concatenate([features, -features], axis=axis))


def bias_add(value, bias, data_format=None, name=None):
    """value + bias along the last axis."""
    return ops.add(value, bias)


def dropout(x, rate, noise_shape=None, seed=None, name=None):
    """Each element 0 with probability `rate`, else divided by 1 − rate."""
    if noise_shape is not None:
        raise NotImplementedError("tf.nn.dropout draws for every element: noise_shape must be None")
    return ops.dropout(x, rate, seed=seed)


def l2_loss(t, name=None):
    """Half the sum of squares."""
    return ops.sum(ops.square(t)) / 2


def softmax_cross_entropy_with_logits(labels, logits, axis=-1, name=None):
    """−Σ labels · log softmax(logits) along the axis: one number per sample."""
    return -ops.sum(ops.multiply(labels, ops.log_softmax(logits, axis=axis)), axis=axis)


def sparse_softmax_cross_entropy_with_logits(labels, logits, name=None):
    """−log softmax(logits) at the class that the label (a whole number) names."""
    rows = ops.one_hot(labels, ops.shape(logits)[-1])
    return softmax_cross_entropy_with_logits(rows, logits)


def sigmoid_cross_entropy_with_logits(labels=None, logits=None, name=None):
    """−labels · log σ(x) − (1 − labels) · log(1 − σ(x)), elementwise."""
    return ops.softplus(logits) - ops.multiply(labels, logits)
