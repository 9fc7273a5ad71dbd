# Operations that move or reinterpret values without computing: reshape, cast,
# gather.  The other ones are in autograd_mlp/ops/shape.py.

cdef void nothing(Call *c) noexcept nogil:
    pass

cdef void copy_backward(Call *c) noexcept nogil:
    """dx = dy, which has the same elements in the same order."""
    if c.dx[0] != NULL:
        memcpy(c.dx[0], c.dy, c.n[0] * c.itemsize)


@op("shape", formula="y = x in another shape", vjp="dx = dy in x's shape",
    shape_rule="(…) → shape")
def reshape(x, *shape):
    """The same elements in another shape; shares the storage.

    Parameters
    ----------
    x : tensor
    *shape : int, or one tuple
        At most one length may be -1: it follows from the others.

    Examples
    --------
    >>> from autograd_mlp import ops
    >>> ops.reshape([1.0, 2.0, 3.0, 4.0], (2, -1))
    Tensor([[1., 2.],
            [3., 4.]])
    """
    wanted = tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
    return reshaped(RESHAPE, _tensor(x), wanted, {"shape": wanted})
cdef Op RESHAPE = OPS["reshape"]

cdef Tensor reshaped(Op op, Tensor t, tuple shape, dict arguments):
    cdef cnp.ndarray y
    cdef Node node
    cdef Tensor out
    try:
        y = t.array.reshape(shape)
    except ValueError:
        raise ValueError(f"{op.name}: {t.size} elements of shape {t.shape} do not fill the shape "
                         f"{shape}") from None
    node = new_node(op, (t,), y, 1)
    node.arguments = arguments
    node.call.n[0] = cnp.PyArray_SIZE(y)
    node.call.forward, node.call.backward = nothing, copy_backward
    run(node, nothing, 0)
    out = finish(node, t.requires_grad_)
    out.base = root_of(t)
    return out

cdef Tensor _tensor(x):
    return x if isinstance(x, Tensor) else as_tensor(x, FLOAT64 if _is_float64(x) else FLOAT32)


@op("shape", formula="y = x with an axis of length 1 more", vjp="dx = dy in x's shape")
def expand_dims(x, axis):
    """A new axis of length 1 at position `axis` of the result; shares the storage."""
    cdef Tensor t = _tensor(x)
    cdef int ndim = t.array.ndim + 1
    if not -ndim <= axis < ndim:
        raise ValueError(f"expand_dims: axis {axis} is out of range for a result of {ndim} axes")
    shape = list(t.shape)
    shape.insert(axis % ndim, 1)
    return reshaped(EXPAND_DIMS, t, tuple(shape), {"axis": axis})
cdef Op EXPAND_DIMS = OPS["expand_dims"]


@op("shape", formula="y = x without axes of length 1", vjp="dx = dy in x's shape")
def squeeze(x, axis=None):
    """Without the axes of length 1 (all, or those in `axis`); shares the storage."""
    cdef Tensor t = _tensor(x)
    axes = normal_axes("squeeze", t, axis)
    for a in axes:
        if axis is not None and t.shape[a] != 1:
            raise ValueError(f"squeeze: axis {a} of shape {t.shape} has length {t.shape[a]}, "
                             "only axes of length 1 can go")
    return reshaped(SQUEEZE, t, tuple([n for i, n in enumerate(t.shape)
                                       if n != 1 or i not in axes]), {"axis": axis})
cdef Op SQUEEZE = OPS["squeeze"]


# ---- cast ------------------------------------------------------------------------

ctypedef fused number:
    float
    double
    long long

cdef isize cast_loop(const number *x, void *y, int to, isize n) noexcept nogil:
    """Returns OK, or the first element that is not a whole number when `to` is int64."""
    cdef isize i
    if to == cnp.NPY_FLOAT32:
        for i in range(n):
            (<float *>y)[i] = <float>x[i]
    elif to == cnp.NPY_FLOAT64:
        for i in range(n):
            (<double *>y)[i] = <double>x[i]
    else:
        for i in range(n):
            if not (-9e18 < <double>x[i] < 9e18) or <number><long long>x[i] != x[i]:
                return i
            (<long long *>y)[i] = <long long>x[i]
    return OK

cdef isize cast_any(const void *x, int kind, void *y, int to, isize n) noexcept nogil:
    if kind == cnp.NPY_FLOAT32:
        return cast_loop[float](<const float *>x, y, to, n)
    if kind == cnp.NPY_FLOAT64:
        return cast_loop[double](<const double *>x, y, to, n)
    return cast_loop[longlong](<const long long *>x, y, to, n)

cdef void cast_forward(Call *c) noexcept nogil:
    c.status = cast_any(c.x[0], <int>c.n[1], c.y, <int>c.n[2], c.n[0])

cdef void cast_backward(Call *c) noexcept nogil:
    if c.dx[0] != NULL:
        cast_any(c.dy, <int>c.n[2], c.dx[0], <int>c.n[1], c.n[0])

@op("shape", formula="y = x in another dtype", vjp="dx = dy in x's dtype")
def cast(x, dtype):
    """The values in another dtype: float32, float64 or int64 (then they must be whole numbers)."""
    cdef Tensor t = _tensor(x)
    wanted = np.dtype(dtype)
    if wanted not in (FLOAT32, FLOAT64, INT64):
        raise TypeError(f"cast: dtype must be float32, float64 or int64, got {wanted}")
    return cast_to(t, wanted)
cdef Op CAST = OPS["cast"]

def _not_whole(node, row):
    value = np.ravel((<Tensor>node.inputs[0]).array)[row]
    return ValueError(f"labels and indices must be whole numbers, got {value} at position {row}")
CAST.complain = _not_whole

cdef Tensor cast_to(Tensor t, dtype):
    cdef cnp.ndarray y = np.empty(t.shape, dtype)
    cdef Node node = new_node(CAST, (t,), y, 1)
    node.arguments = {"dtype": np.dtype(dtype)}
    node.call.n[0] = cnp.PyArray_SIZE(y)
    node.call.n[1], node.call.n[2] = _type_number(t.array), _type_number(y)
    node.call.forward, node.call.backward = cast_forward, cast_backward
    run(node, cast_forward, <double>node.call.n[0])
    return finish(node, t.requires_grad_ and np.dtype(dtype) != INT64)

cdef int _type_number(cnp.ndarray a):
    # int64 has two names on some platforms; here it has one
    cdef int number_ = cnp.PyArray_TYPE(a)
    return number_ if number_ in (cnp.NPY_FLOAT32, cnp.NPY_FLOAT64) else cnp.NPY_INT64


# ---- gather ----------------------------------------------------------------------

cdef void gather_forward(Call *c) noexcept nogil:
    """y[i] = x[index[i]];  n = indices, elements of a row, rows of x."""
    cdef isize i, row = c.n[1] * c.itemsize
    cdef const long long *index = <const long long *>c.x[1]
    for i in range(c.n[0]):
        if index[i] < 0 or index[i] >= c.n[2]:
            c.status = i
            return
        memcpy(<char *>c.y + i * row, <const char *>c.x[0] + index[i] * row, row)

cdef void gather_backward(Call *c) noexcept nogil:
    """dx[index[i]] += dy[i], in order."""
    cdef isize i
    cdef const long long *index = <const long long *>c.x[1]
    if c.dx[0] == NULL:
        return
    memset(c.dx[0], 0, c.n[2] * c.n[1] * c.itemsize)
    for i in range(c.n[0]):
        c.k.add_to(offset(c.dx[0], index[i] * c.n[1], c.itemsize),
                   offset(c.dy, i * c.n[1], c.itemsize), c.n[1])

@op("shape", formula="yᵢ = x[indexᵢ]", vjp="dx[indexᵢ] += dyᵢ", shape_rule="(V, …), (…) → (…, …)",
    differentiable=(True, False), reads="v")
def gather(x, indices):
    """Rows of x (along axis 0) by index: what an embedding does.

    Raises
    ------
    IndexError
        If an index is not in [0, len(x)).
    """
    cdef Tensor t = float_operand(x, FLOAT64 if _is_float64(x) else FLOAT32)
    cdef Tensor index = int_operand(indices, "gather: indices")
    cdef cnp.ndarray y
    cdef Node node
    if t.array.ndim == 0:
        raise ValueError("gather needs an x with at least one axis")
    y = np.empty(index.shape + t.shape[1:], t.array.dtype)
    node = new_node(GATHER, (t, index), y, 2)
    node.call.n[0], node.call.n[2] = cnp.PyArray_SIZE(index.array), t.array.shape[0]
    node.call.n[1] = cnp.PyArray_SIZE(t.array) // t.array.shape[0] if t.array.shape[0] else 0
    node.call.forward, node.call.backward = gather_forward, gather_backward
    run(node, gather_forward, <double>cnp.PyArray_SIZE(y))
    return finish(node, t.requires_grad_)
cdef Op GATHER = OPS["gather"]

def _no_such_row(node, row):
    x, index = node.inputs
    return IndexError(f"gather: index {np.ravel((<Tensor>index).array)[row]} at position {row} is "
                      f"out of range: x has {len(x)} rows, so indices go from 0 to {len(x) - 1}")
GATHER.complain = _no_such_row

cdef Tensor int_operand(x, str what):
    """Labels or indices as a tensor of int64; other whole numbers are cast."""
    cdef Tensor t
    if isinstance(x, Tensor):
        t = <Tensor>x
    else:
        left_the_engine("an array was used as an operand inside the step")
        array = np.asarray(x)
        t = wrap(_to_array(array, INT64 if array.dtype.kind in "biu" else FLOAT64, True))
    return t if t.array.dtype == INT64 else cast_to(t, INT64)
