# Sum and mean over axes.  The other reductions are in autograd_mlp/ops/reduce.py.

cdef void sum_forward(Call *c) noexcept nogil:
    """y = the runs of x added up; n[0] elements of x, n[1] of y, a[0] the factor at the end."""
    cdef const Broadcast *b = c.broadcast
    cdef isize at[32]
    cdef isize off_x = 0, off_y = 0
    cdef bint down_columns = b.ndim == 2 and b.step[1][0] == 1 and b.step[1][1] == 0
    memset(c.y, 0, c.n[1] * c.itemsize)
    if c.n[0] and down_columns:
        c.k.sum_rows(c.x[0], c.y, b.shape[1], b.shape[0])
    elif c.n[0]:
        memset(at, 0, b.ndim * sizeof(isize))
        while True:
            add_run(c, offset(c.y, off_y, c.itemsize), b.step[1][0],
                    offset(c.x[0], off_x, c.itemsize), b.shape[0])
            if not advance(b, at, &off_x, &off_y):
                break
    if c.a[0] != 1:
        c.k.map[MAP_SCALE](c.y, c.y, c.n[1], 1, c.a)

cdef void sum_backward(Call *c) noexcept nogil:
    """Every element of x gets the dy of the sum it went into, times the factor."""
    cdef const Broadcast *b = c.broadcast
    cdef isize at[32]
    cdef isize off_x = 0, off_y = 0
    cdef void *dx
    cdef const void *dy
    cdef double value
    if c.dx[0] == NULL or c.n[0] == 0:
        return
    memset(at, 0, b.ndim * sizeof(isize))
    while True:
        dx = offset(c.dx[0], off_x, c.itemsize)
        dy = offset(c.dy, off_y, c.itemsize)
        if b.step[1][0] == 1:
            c.k.map[MAP_SCALE](dy, dx, b.shape[0], 1, c.a)
        else:
            value = (<const float *>dy)[0] if c.itemsize == 4 else (<const double *>dy)[0]
            c.k.fill(dx, value * c.a[0], b.shape[0])
        if not advance(b, at, &off_x, &off_y):
            return


# All elements into one number, which most losses end with.
cdef void sum_all_forward(Call *c) noexcept nogil:
    cdef double total = c.k.sum(c.x[0], c.n[0]) * c.a[0]
    if c.itemsize == 4:
        (<float *>c.y)[0] = <float>total
    else:
        (<double *>c.y)[0] = total

cdef void sum_all_backward(Call *c) noexcept nogil:
    if c.dx[0] != NULL:
        c.k.fill(c.dx[0], c.a[0] * ((<const float *>c.dy)[0] if c.itemsize == 4 else
                                    (<const double *>c.dy)[0]), c.n[0])


cdef tuple normal_axes(str name, Tensor t, axis):
    """`axis` (None, int or tuple) as a tuple of distinct non-negative axes."""
    cdef int ndim = t.array.ndim
    if axis is None:
        return tuple(range(ndim))
    axes = []
    for a in (axis if isinstance(axis, (tuple, list)) else (axis,)):
        a = a.__index__()
        if not -ndim <= a < ndim:
            raise ValueError(f"{name}: axis {a} is out of range for a tensor of shape {t.shape}")
        axes.append(a % ndim)
    if len(set(axes)) != len(axes):
        raise ValueError(f"{name}: axis {axis} names an axis twice")
    return tuple(axes)


cdef Tensor add_up(Op op, x, axis, keepdims, bint mean):
    cdef Tensor t = float_operand(x, FLOAT64 if _is_float64(x) else FLOAT32)
    cdef Node node
    cdef cnp.ndarray kept_dims, y
    cdef isize count = 1
    if axis is None and not keepdims:
        count = cnp.PyArray_SIZE(t.array)
        y = kept_dims = scalar_array(0, cnp.PyArray_TYPE(t.array))
    else:
        axes = normal_axes(op.name, t, axis)
        shape = list(t.shape)
        for a in axes:
            count *= shape[a]
            shape[a] = 1
        kept_dims = np.empty(shape, t.array.dtype)
        y = kept_dims if keepdims else kept_dims.reshape(
            [n for i, n in enumerate(shape) if i not in axes])
    node = new_node(op, (t,), y, 1)
    node.arguments = {"axis": axis, "keepdims": bool(keepdims)}
    node.call.n[0], node.call.n[1] = cnp.PyArray_SIZE(t.array), cnp.PyArray_SIZE(y)
    node.call.a[0] = (1.0 / count if count else NO_LIMIT) if mean else 1.0
    if axis is None:
        node.call.forward, node.call.backward = sum_all_forward, sum_all_backward
    else:
        node.call.broadcast = line_up(t.array, t.array, kept_dims)
        node.call.forward, node.call.backward = sum_forward, sum_backward
    run(node, node.call.forward, <double>node.call.n[0])
    return finish(node, t.requires_grad_)


@op("reduce", formula="y = Σ x", vjp="dx = dy, repeated along the axes summed over",
    shape_rule="(…) → without the axes")
def sum(x, axis=None, keepdims=False):
    """Sum over `axis` (None: all; an int; a tuple).

    Along the last axes elements are added up in float64, over leading axes in blocks of 64 rows
    whose sums are added up in float64.

    Examples
    --------
    >>> from autograd_mlp import ops
    >>> ops.sum([[1.0, 2.0], [3.0, 4.0]], axis=0)
    Tensor([4., 6.])
    """
    return add_up(SUM, x, axis, keepdims, False)
cdef Op SUM = OPS["sum"]


@op("reduce", formula="y = Σ x / n", vjp="dx = dy / n, repeated along the axes averaged over",
    shape_rule="(…) → without the axes")
def mean(x, axis=None, keepdims=False):
    """Mean over `axis` (None: all; an int; a tuple); NaN of nothing."""
    return add_up(MEAN, x, axis, keepdims, True)
cdef Op MEAN = OPS["mean"]


# ---- penalties of weights --------------------------------------------------------
# In blocks that stay in the first cache: an array of squares as large as the weights would cost as
# much as the sum itself, forward and back (784 × 512, float32: 1.9 ms of a training step of 6.5).

cdef enum:
    PENALTY_BLOCK = 1024

cdef void penalty_forward(Call *c) noexcept nogil:
    """y = a[0]·Σ|x| + a[1]·Σx²; n[0] elements."""
    cdef double room[PENALTY_BLOCK]
    cdef double absolute = 0, squares = 0, value
    cdef const void *x
    cdef isize at = 0, m
    while at < c.n[0]:
        m = min(<isize>PENALTY_BLOCK, c.n[0] - at)
        x = offset(c.x[0], at, c.itemsize)
        if c.a[0] != 0:
            c.k.map[MAP_ABS](x, room, m, 1, c.a)
            absolute += c.k.sum(room, m)
        if c.a[1] != 0:
            c.k.map[MAP_SQUARE](x, room, m, 1, c.a)
            squares += c.k.sum(room, m)
        at += m
    value = (c.a[0] * absolute if c.a[0] != 0 else 0) + (c.a[1] * squares if c.a[1] != 0 else 0)
    if c.itemsize == 4:
        (<float *>c.y)[0] = <float>value
    else:
        (<double *>c.y)[0] = value

cdef void penalty_backward(Call *c) noexcept nogil:
    """dx = dy·(a[0]·sign x + 2·a[1]·x)"""
    cdef double room[PENALTY_BLOCK]
    cdef double dy, of_sign, of_x
    cdef const void *x
    cdef void *dx
    cdef isize at = 0, m
    if c.dx[0] == NULL:
        return
    dy = (<const float *>c.dy)[0] if c.itemsize == 4 else (<const double *>c.dy)[0]
    of_sign, of_x = c.a[0] * dy, 2 * c.a[1] * dy
    while at < c.n[0]:
        m = min(<isize>PENALTY_BLOCK, c.n[0] - at)
        x, dx = offset(c.x[0], at, c.itemsize), offset(c.dx[0], at, c.itemsize)
        if c.a[0] == 0:
            c.k.map[MAP_SCALE](x, dx, m, 1, &of_x)
        else:
            c.k.map[MAP_SIGN](x, dx, m, 1, c.a)
            c.k.map[MAP_SCALE](dx, dx, m, 1, &of_sign)
            if c.a[1] != 0:
                c.k.map[MAP_SCALE](x, room, m, 1, &of_x)
                c.k.add_to(dx, room, m)
        at += m


@op("reduce", formula="y = l1·Σ|x| + l2·Σx²", vjp="dx = dy · (l1·sign x + 2·l2·x)",
    shape_rule="(…) → ()", kinks=(0,), margins=lambda x, l1, l2: (x,) if l1 else (), reads="u")
def penalty(x, l1=0.0, l2=0.0):
    """The penalty that regularizers put on weights; added up in float64.

    Examples
    --------
    >>> from autograd_mlp import ops
    >>> ops.penalty([1.0, -2.0], l1=0.5, l2=0.25)
    Tensor(2.75)
    """
    cdef Tensor t = float_operand(x, FLOAT64 if _is_float64(x) else FLOAT32)
    cdef Node node = new_node(PENALTY, (t,), scalar_array(0, cnp.PyArray_TYPE(t.array)), 1)
    node.arguments = {"l1": l1, "l2": l2}
    node.call.n[0] = cnp.PyArray_SIZE(t.array)
    node.call.a[0], node.call.a[1] = l1, l2
    node.call.forward, node.call.backward = penalty_forward, penalty_backward
    run(node, penalty_forward, <double>node.call.n[0])
    return finish(node, t.requires_grad_)
cdef Op PENALTY = OPS["penalty"]
