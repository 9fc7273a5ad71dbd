"""Operations that move, choose or drop elements; reshape, cast and gather are compiled."""

import numpy as np

from autograd_mlp.ops.rule import operation


@operation("shape", integers=True, formula="y = x with its axes in another order",
           vjp="dx = dy with its axes put back", shape_rule="(…) → axes permuted", reads="")
def transpose(x, axes=None):
    """x with its axes reversed, or in the order `axes`."""
    y = np.transpose(x, axes)
    back = None if axes is None else np.argsort([a % x.ndim for a in axes])
    return y, lambda dy: np.transpose(dy, back)


@operation("shape", integers=True, formula="y = x₁, x₂, … one after the other",
           vjp="dxᵢ = its part of dy", shape_rule="(…), (…), … → lengths added along axis",
           sequence=True, reads="", differentiable=(True,))
def concatenate(*xs, axis=0):
    """The tensors one after the other along an existing axis."""
    y = np.concatenate(xs, axis)
    ends = np.cumsum([x.shape[axis] for x in xs])[:-1]
    return y, lambda dy: np.split(dy, ends, axis)


@operation("shape", integers=True, formula="y = [x₁, x₂, …]", vjp="dxᵢ = its slice of dy",
           shape_rule="(…), (…), … → one axis more", sequence=True, reads="",
           differentiable=(True,))
def stack(*xs, axis=0):
    """The tensors, all of one shape, along a new axis."""
    y = np.stack(xs, axis)
    return y, lambda dy: [np.take(dy, i, axis) for i in range(len(xs))]


@operation("shape", integers=True, formula="y = x[index]", vjp="dx[index] += dy",
           shape_rule="(…) → as NumPy", reads="")
def getitem(x, index):
    """x[index] with NumPy's indexing; an element picked twice gets both gradients."""
    index = _plain(index)
    y = x[index]

    def backward(dy):
        dx = np.zeros_like(x)
        np.add.at(dx, index, dy)
        return dx

    return y, backward


def _plain(index):
    """An index whose tensors are NumPy arrays."""
    if isinstance(index, tuple):
        return tuple(_plain(i) for i in index)
    if isinstance(index, (np.ndarray, list)) or hasattr(index, "requires_grad"):
        return np.array(index)      # a copy: backward needs it as it was
    return index


@operation("shape", formula="y = x with 0 on the diagonal", vjp="dx = dy with 0 on the diagonal",
           shape_rule="(N, M) → (N, M)", reads="")
def off_diagonal(x):
    """A matrix with 0 on its diagonal."""
    if x.ndim != 2:
        raise ValueError(f"off_diagonal takes a matrix, got the shape {x.shape}")

    def without_diagonal(values):
        values = values.copy()
        np.fill_diagonal(values, 0)
        return values

    return without_diagonal(x), without_diagonal


@operation("shape", inputs=3, raw=(0,), formula="y = u where condition, else v",
           vjp="du = dy where condition, else 0;  dv the other way round",
           shape_rule="(…), (…), (…) → broadcast", differentiable=(False, True, True), reads="u")
def where(condition, x, y):
    """Elements of x where the condition holds (is not 0), of y elsewhere."""
    holds = condition != 0
    zero = x.dtype.type(0)

    def backward(dz):
        return (None, _sum_to(np.where(holds, dz, zero), x.shape),
                _sum_to(np.where(holds, zero, dz), y.shape))

    return np.where(holds, x, y), backward


def _sum_to(gradient, shape):
    """Add up a gradient over the axes along which an operand of `shape` was repeated."""
    extra = gradient.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(
        extra + i for i, n in enumerate(shape) if n == 1 and gradient.shape[extra + i] != 1)
    return gradient.sum(axes).reshape(shape) if axes else gradient


@operation("shape", raw=(0,), formula="y[…, c] = [index = c]", vjp="none",
           shape_rule="(…) → (…, C)", differentiable=(False,))
def one_hot(indices, num_classes):
    """Rows of 0 with a 1 at the index; an index outside 0 … num_classes−1 raises."""
    whole = indices.astype(np.int64)
    if not np.array_equal(whole, indices):
        raise ValueError("one_hot: indices must be whole numbers")
    if whole.size and not 0 <= whole.min() <= whole.max() < num_classes:
        raise ValueError(f"one_hot: indices must be from 0 to {num_classes - 1}, got values from "
                         f"{whole.min()} to {whole.max()}")
    y = (whole[..., None] == np.arange(num_classes)).astype(np.float32)
    return y, lambda dy: None
