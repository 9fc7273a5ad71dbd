"""``tf.math``: arithmetic, comparisons and reductions, most of which stand at ``tf`` too."""

import numpy as np

from ... import ops

# called the same there, with the same arguments
_SAME = """
    abs add ceil cos divide equal exp expm1 floor greater greater_equal less less_equal log log1p
    logical_and logical_not logical_or logical_xor maximum minimum multiply negative not_equal
    reciprocal rsqrt sigmoid sign sin softplus sqrt square subtract tanh top_k
""".split()
globals().update({name: getattr(ops, name) for name in _SAME})

is_nan, is_finite = ops.isnan, ops.isfinite
truediv = ops.divide


def cast(x, dtype, name=None):
    """x in another dtype; to whole numbers, what is behind the point is dropped."""
    return ops.cast(x, dtype)


def pow(x, y, name=None):
    """x to the power y."""
    return ops.power(x, y)


def squared_difference(x, y, name=None):
    """(x − y)²."""
    return ops.square(ops.subtract(x, y))


def divide_no_nan(x, y, name=None):
    """x / y, and 0 where y is 0."""
    zero = ops.equal(y, 0)
    return ops.divide(x, ops.add(y, zero)) * (1 - zero)


def round(x, name=None):
    """The nearest whole number; of two, the even one."""
    return ops.round(x)


def add_n(inputs, name=None):
    """The sum of several tensors of one shape."""
    total, *others = inputs
    for x in others:
        total = ops.add(total, x)
    return ops.convert_to_tensor(total)


def accumulate_n(inputs):
    """The sum of several tensors of one shape."""
    return add_n(inputs)


# ---- reductions: over all axes, or those given ----------------------------------------------

def reduce_sum(input_tensor, axis=None, keepdims=False, name=None):
    """The sum."""
    return ops.sum(input_tensor, axis, keepdims)


def reduce_mean(input_tensor, axis=None, keepdims=False, name=None):
    """The mean."""
    return ops.mean(input_tensor, axis, keepdims)


def reduce_max(input_tensor, axis=None, keepdims=False, name=None):
    """The largest element."""
    return ops.max(input_tensor, axis, keepdims)


def reduce_min(input_tensor, axis=None, keepdims=False, name=None):
    """The smallest element."""
    return ops.min(input_tensor, axis, keepdims)


def reduce_variance(input_tensor, axis=None, keepdims=False, name=None):
    """The variance (divided by n)."""
    return ops.var(input_tensor, axis, keepdims)


def reduce_std(input_tensor, axis=None, keepdims=False, name=None):
    """The standard deviation (divided by n)."""
    return ops.std(input_tensor, axis, keepdims)


def reduce_logsumexp(input_tensor, axis=None, keepdims=False, name=None):
    """The logarithm of the sum of exponentials."""
    return ops.logsumexp(input_tensor, axis, keepdims)


def reduce_any(input_tensor, axis=None, keepdims=False, name=None):
    """1 where one at least is not 0."""
    return ops.any(input_tensor, axis, keepdims)


def reduce_all(input_tensor, axis=None, keepdims=False, name=None):
    """1 where none is 0."""
    return ops.all(input_tensor, axis, keepdims)


def argmax(input, axis=0, output_type=None, name=None):
    """Where the largest is along an axis; along the first if none is given, unlike in Keras."""
    return ops.argmax(input, axis)


def argmin(input, axis=0, output_type=None, name=None):
    """Where the smallest is along an axis; the first if none is given."""
    return ops.argmin(input, axis)


def l2_normalize(x, axis=None, epsilon=1e-12, name=None):
    """x divided by its Euclidean length along the axes."""
    squares = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return ops.multiply(x, ops.rsqrt(ops.maximum(squares, epsilon)))


def in_top_k(targets, predictions, k, name=None):
    """1 for each row whose class is among the k largest."""
    values, classes = ops.convert_to_numpy(predictions), ops.convert_to_numpy(targets)
    own = values[range(len(classes)), classes.astype(int)]
    return ops.convert_to_tensor(((values > own[:, None]).sum(-1) < k).astype("float32"))


def confusion_matrix(labels, predictions, num_classes=None):
    """How often each class (row) was taken for each class (column), int64."""
    labels, predictions = (ops.convert_to_numpy(ops.cast(ops.convert_to_tensor(x), "int64")).ravel()
                           for x in (labels, predictions))
    if num_classes is None:
        num_classes = int(max(labels.max(initial=-1), predictions.max(initial=-1))) + 1
    for classes in (labels, predictions):
        if classes.size and not 0 <= classes.min() <= classes.max() < num_classes:
            raise ValueError(f"classes must be from 0 to {num_classes - 1}, got values from "
                             f"{classes.min()} to {classes.max()}")
    table = np.zeros((num_classes, num_classes), np.int64)
    np.add.at(table, (labels, predictions), 1)
    return ops.convert_to_tensor(table)


__all__ = [name for name, value in list(globals().items())
           if callable(value) and not name.startswith("_")]
