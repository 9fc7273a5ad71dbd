"""``tf.linalg``: products and lengths."""

from ...ops import transpose as _transpose
from . import eye, matmul, norm

__all__ = ["eye", "matmul", "matvec", "norm", "trace", "matrix_transpose"]


def matvec(a, b):
    """The product of a matrix and a vector."""
    return matmul(a, b[..., None])[..., 0]


def matrix_transpose(a):
    """The matrix with its two axes exchanged."""
    return _transpose(a)


def trace(x):
    """The sum of the diagonal."""
    return (x * eye(*x.shape)).sum()
