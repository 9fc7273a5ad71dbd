"""Keras's and NumPy's other names: what is another word for an operation, or a few of them.

Here too a function of tensors is made of recorded operations, so that gradients flow through it.
"""

import builtins

import numpy as np

from autograd_mlp._engine import OPS, Tensor

_O = {name: entry.function for name, entry in OPS.items()}

# ---- other words --------------------------------------------------------------------------

absolute = _O["abs"]
amax, amin = _O["max"], _O["min"]
true_divide = _O["divide"]
swish = _O["silu"]


# ---- tensors from outside and back -----------------------------------------------------------

def convert_to_tensor(x, dtype=None):
    """x as a tensor; a tensor of that dtype stays the one it is.

    Numbers and lists become float32 unless they are whole (int64), as in Keras.
    """
    if isinstance(x, Tensor):
        return x if dtype is None or x.dtype == _dtype(dtype) else cast(x, dtype)
    if isinstance(x, (list, tuple)) and _holds_tensors(x):
        stacked = _O["stack"]([convert_to_tensor(item) for item in x])
        return stacked if dtype is None else cast(stacked, dtype)
    if dtype is None and not isinstance(x, (np.ndarray, np.generic)):
        kind = np.asarray(x).dtype.kind
        dtype = "int64" if kind in "biu" else "float32"
    return Tensor(x, dtype=None if dtype is None else _dtype(dtype))


def _holds_tensors(nest):
    return builtins.any(_holds_tensors(item) if isinstance(item, (list, tuple)) else
                        isinstance(item, Tensor) for item in nest)


def _dtype(dtype):
    """A dtype that tensors have: float32, float64, or int64 for every whole number and bool."""
    name = getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or str(dtype)
    if name in ("float16", "bfloat16"):
        raise ValueError(f"tensors hold float32, float64 and int64, not {name}")
    kind = np.dtype(name).kind
    if kind in "biu":
        return np.dtype(np.int64)
    if kind != "f":
        raise ValueError(f"tensors hold numbers, float32, float64 and int64, not {name}")
    return np.dtype(name)


def cast(x, dtype):
    """x in another dtype: float32, float64, or int64 for every dtype of whole numbers.

    To whole numbers, the part behind the point is dropped.  ``bool`` gives truth values as
    comparisons do, 1.0 and 0.0 in float32.
    """
    x = convert_to_tensor(x)
    if getattr(dtype, "name", None) == "bool" or dtype in ("bool", bool):
        return _O["not_equal"](x, 0)
    wanted = _dtype(dtype)
    if x.dtype == wanted:
        return x
    return _O["cast"](_O["trunc"](x) if wanted == np.int64 else x, wanted)


def convert_to_numpy(x):
    """The values as a NumPy array."""
    return x.numpy() if isinstance(x, Tensor) else np.array(x)


def stop_gradient(x):
    """The same values, through which no gradient flows."""
    return convert_to_tensor(x).detach()


def shape(x):
    """Lengths of the axes, a tuple of int."""
    return tuple(np.shape(x))


def size(x):
    """Number of elements."""
    return convert_to_tensor(x).size


def ndim(x):
    """Number of axes."""
    return len(shape(x))


def is_tensor(x):
    """Whether x is a tensor of this library."""
    return isinstance(x, Tensor)


# ---- new tensors -----------------------------------------------------------------------------

def _new(array, dtype):
    return Tensor(array, dtype=_dtype(dtype or "float32"))


def zeros(shape, dtype="float32"):
    """A tensor of zeros."""
    return _new(np.zeros(shape), dtype)


def ones(shape, dtype="float32"):
    """A tensor of ones."""
    return _new(np.ones(shape), dtype)


def full(shape, fill_value, dtype=None):
    """A tensor that holds one value everywhere."""
    value = convert_to_numpy(convert_to_tensor(fill_value, dtype))
    return Tensor(np.full(shape, value, value.dtype))


def zeros_like(x, dtype=None):
    """Zeros in the shape and dtype of x."""
    x = convert_to_tensor(x)
    return _new(np.zeros(x.shape), dtype or x.dtype)


def ones_like(x, dtype=None):
    """Ones in the shape and dtype of x."""
    x = convert_to_tensor(x)
    return _new(np.ones(x.shape), dtype or x.dtype)


def full_like(x, fill_value, dtype=None):
    """One value everywhere, in the shape and dtype of x."""
    x = convert_to_tensor(x)
    return full(x.shape, fill_value, dtype or x.dtype)


def arange(start, stop=None, step=1, dtype=None):
    """Numbers in equal steps: whole ones as int64, others as float32."""
    if stop is None:
        start, stop = 0, start
    values = np.arange(*(v.item() if isinstance(v, Tensor) else v for v in (start, stop, step)))
    return _new(values, dtype or ("int64" if values.dtype.kind in "iu" else "float32"))


def linspace(start, stop, num=50, endpoint=True, dtype=None):
    """So many numbers at equal distances."""
    return _new(np.linspace(start, stop, num, endpoint), dtype)


def eye(N, M=None, k=0, dtype="float32"):
    """1 on the k-th diagonal, 0 elsewhere."""
    return _new(np.eye(N, M, k), dtype)


# ---- made of operations ------------------------------------------------------------------------

def reciprocal(x):
    """1 / x."""
    return 1 / convert_to_tensor(x)


def rsqrt(x):
    """1 / √x."""
    return 1 / _O["sqrt"](x)


def std(x, axis=None, keepdims=False):
    """Standard deviation, the root of the mean squared distance from the mean."""
    return _O["sqrt"](_O["var"](x, axis=axis, keepdims=keepdims))


def norm(x, ord=None, axis=None, keepdims=False):
    """Euclidean length (ord None, 2 or "fro"), sum of absolute values (1) or the largest (inf).

    Of all elements, or along the axes.
    """
    x = convert_to_tensor(x)
    if ord in (None, 2, "fro", "euclidean"):
        return _O["sqrt"](_O["sum"](_O["square"](x), axis=axis, keepdims=keepdims))
    if ord == 1:
        return _O["sum"](_O["abs"](x), axis=axis, keepdims=keepdims)
    if ord == np.inf:
        return _O["max"](_O["abs"](x), axis=axis, keepdims=keepdims)
    raise ValueError(f"norm: ord must be None, 1, 2, inf, 'fro' or 'euclidean', got {ord!r}")


def any(x, axis=None, keepdims=False):
    """1 where one element at least is not 0, else 0."""
    return _O["max"](_O["not_equal"](x, 0), axis=axis, keepdims=keepdims)


def all(x, axis=None, keepdims=False):
    """1 where no element is 0, else 0."""
    return _O["min"](_O["not_equal"](x, 0), axis=axis, keepdims=keepdims)


def dot(x1, x2):
    """The product of matrices and vectors; of numbers, the plain one."""
    x1, x2 = convert_to_tensor(x1), convert_to_tensor(x2)
    return _O["matmul"](x1, x2) if x1.ndim and x2.ndim else x1 * x2


def take(x, indices, axis=None):
    """The elements (along an axis: the parts) with these numbers."""
    if axis is None:
        return _O["gather"](ravel(x), indices)
    if axis == 0:
        return _O["gather"](x, indices)
    x = convert_to_tensor(x)
    before = (slice(None),) * (axis % x.ndim)
    return x[(*before, convert_to_numpy(indices).astype(int))]


def ravel(x):
    """All elements in one axis."""
    return _O["reshape"](x, (-1,))


def split(x, indices_or_sections, axis=0):
    """Parts along an axis: so many of the same length, or cut at the indices given."""
    x = convert_to_tensor(x)
    n = x.shape[axis]
    if isinstance(indices_or_sections, int):
        if n % indices_or_sections:
            raise ValueError(f"split: an axis of {n} cannot be cut into {indices_or_sections} "
                             "parts of the same length; give the indices where to cut")
        cuts = list(range(0, n + 1, n // indices_or_sections))
    else:
        cuts = [0, *indices_or_sections, n]
    before = (slice(None),) * (axis % x.ndim)
    return [x[(*before, slice(a, b))] for a, b in zip(cuts, cuts[1:], strict=False)]


def flip(x, axis=None):
    """The elements in opposite order, along all axes or those given."""
    x = convert_to_tensor(x)
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    turned = {a % x.ndim for a in axes}
    return x[tuple(slice(None, None, -1 if a in turned else None) for a in range(x.ndim))]


def top_k(x, k, sorted=True):
    """The k largest along the last axis, in order, and where they are."""
    values = convert_to_tensor(x).numpy()
    where = np.argsort(-values, axis=-1, kind="stable")[..., :k]
    return Tensor(np.take_along_axis(values, where, -1)), Tensor(where)


def argsort(x, axis=-1):
    """The positions that sort x, int64."""
    return Tensor(np.argsort(convert_to_numpy(x), axis=axis, kind="stable").astype(np.int64))


__all__ = [name for name, value in list(globals().items())
           if callable(value) and not name.startswith("_") and name not in ("OPS", "Tensor")]
