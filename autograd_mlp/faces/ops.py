"""What ``keras.ops`` and ``keras.backend`` mean by a name that is something else here."""

from .. import ops
from ..backend import epsilon

__all__ = ["binary_crossentropy", "categorical_crossentropy", "gelu",
           "sparse_categorical_crossentropy"]


def gelu(x, approximate=True):
    """x · Φ(x), through tanh unless told otherwise (``activations.gelu`` is exact by default)."""
    return ops.gelu(x, approximate)


def binary_crossentropy(target, output, from_logits=False):
    """−target · log p − (1 − target) · log(1 − p) of every element.

    The loss of that name is its mean along the last axis; here, as in ``keras.ops``, none is
    taken.  p is kept 1e-7 away from 0 and 1; `from_logits`: it is the sigmoid of `output`.
    """
    if from_logits:
        return ops.softplus(output) - ops.multiply(target, output)
    p = ops.clip(output, epsilon(), 1 - epsilon())
    return -ops.multiply(target, ops.log(p)) - ops.multiply(ops.subtract(1, target), ops.log(1 - p))


def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """−Σ target · log p along the last axis, p being `output` divided by its sum."""
    _last(axis, output)
    return ops.categorical_crossentropy(target, output, from_logits=from_logits)


def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """−log p of the class that the target (a whole number) names."""
    _last(axis, output)
    return ops.sparse_categorical_crossentropy(target, output, from_logits=from_logits)


def _last(axis, output):
    if axis not in (-1, ops.ndim(output) - 1):
        raise ValueError(f"classes stand along the last axis here, not along axis {axis}")
