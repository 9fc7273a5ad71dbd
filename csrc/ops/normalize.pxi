# Normalization: of each column over the rows of a batch, and of each row over its columns.
# The arithmetic stands in csrc/kernels/normalize.pxi.

cdef tuple norm_operands(str name, x, gamma, beta):
    """x (…, C), γ and β (C,) as tensors of one float dtype; γ None is ones, β None zeros."""
    cdef Tensor t
    dtype = common_dtype((x, gamma, beta))
    t = float_operand(x, dtype)
    if t.array.ndim == 0 or t.array.shape[t.array.ndim - 1] == 0:
        raise ValueError(f"{name} needs at least one column, got a shape of {t.shape}")
    columns = t.shape[-1:]
    operands = [t]
    for what, value, missing in (("gamma", gamma, 1.0), ("beta", beta, 0.0)):
        if value is None:
            filled = new_shape(columns, t.array.dtype)
            filled.fill(missing)
            operands.append(wrap(filled))
        else:
            operands.append(float_operand(value, dtype))
            if operands[-1].shape != columns:
                raise ValueError(f"{name}: {what} must have shape {columns}, as x of shape "
                                 f"{t.shape} has that many columns; got {operands[-1].shape}")
    return tuple(operands)


# ---- of columns --------------------------------------------------------------------

cdef void batch_norm_forward(Call *c) noexcept nogil:
    """n: columns, rows; z: mean, variance, inv; a: epsilon."""
    in_parts(c, 0, batch_norm_part, c.n[0], c.n[1])

cdef void batch_norm_part(const Call *c, isize first, isize count) noexcept nogil:
    cdef int size = c.itemsize
    c.k.batch_norm(offset(c.x[0], first, size), offset(c.x[1], first, size),
                   offset(c.x[2], first, size), offset(c.y, first, size),
                   offset(c.z, first, size), offset(c.z, c.n[0] + first, size),
                   offset(c.z, 2 * c.n[0] + first, size), c.n[1], c.n[0], count, c.a[0])

cdef void batch_norm_backward(Call *c) noexcept nogil:
    in_parts(c, 1, batch_norm_part_backward, c.n[0], c.n[1])

cdef void batch_norm_part_backward(const Call *c, isize first, isize count) noexcept nogil:
    cdef int size = c.itemsize
    c.k.batch_norm_grad(offset(c.x[0], first, size), offset(c.dy, first, size),
                        offset(c.x[1], first, size), offset(c.z, first, size),
                        offset(c.z, 2 * c.n[0] + first, size),
                        NULL if c.dx[0] == NULL else offset(c.dx[0], first, size),
                        NULL if c.dx[1] == NULL else offset(c.dx[1], first, size),
                        NULL if c.dx[2] == NULL else offset(c.dx[2], first, size),
                        c.n[1], c.n[0], count)

def batch_norm_and_moments(x, gamma=None, beta=None, epsilon=1e-3):
    """`batch_norm` with the mean and the (biased) variance of each column, through which no
    gradient flows: (y, mean, variance)."""
    cdef Tensor t, g, b
    cdef Node node
    t, g, b = norm_operands("batch_norm", x, gamma, beta)
    if cnp.PyArray_SIZE(t.array) == 0:
        raise ValueError(f"batch_norm needs at least one row, got a shape of {t.shape}")
    node = new_node(BATCH_NORM, (t, g, b), empty_like(t.array), 3)
    node.arguments = {"epsilon": epsilon}
    node.call.n[0] = t.array.shape[t.array.ndim - 1]
    node.call.n[1] = cnp.PyArray_SIZE(t.array) // node.call.n[0]
    node.call.a[0] = epsilon
    node.kept = new_matrix(3, node.call.n[0], cnp.PyArray_TYPE(t.array))
    node.call.z = cnp.PyArray_DATA(node.kept)
    node.call.forward, node.call.backward = batch_norm_forward, batch_norm_backward
    run(node, batch_norm_forward, <double>cnp.PyArray_SIZE(t.array) * 8)
    return (finish(node, t.requires_grad_ or g.requires_grad_ or b.requires_grad_),
            wrap(node.kept[0]), wrap(node.kept[1]))

@op("normalize", formula="y = γ·(x − μ)/√(σ² + ε) + β,  μ and σ² of each column",
    vjp="dx = γ/√(σ² + ε)·(dy − mean dy − x̂·mean(dy·x̂)),  dγ = Σ dy·x̂,  dβ = Σ dy,  "
        "x̂ = (x − μ)/√(σ² + ε)",
    shape_rule="(…, C), (C,), (C,) → (…, C)", differentiable=(True, True, True), reads="uv")
def batch_norm(x, gamma=None, beta=None, epsilon=1e-3):
    """Each column brought to mean 0 and variance 1 over all rows, then scaled and shifted.

    Ioffe & Szegedy 2015, Alg. 1: what batch normalization does in training. The variance is the
    biased one (divided by n).  All axes but the last count as rows.

    Examples
    --------
    >>> from autograd_mlp import ops
    >>> ops.batch_norm([[1.0, 10.0], [3.0, 10.0]], epsilon=3.0)
    Tensor([[-0.5,  0. ],
            [ 0.5,  0. ]])
    """
    return batch_norm_and_moments(x, gamma, beta, epsilon)[0]
cdef Op BATCH_NORM = OPS["batch_norm"]


# ---- of rows -----------------------------------------------------------------------

cdef void layer_norm_forward(Call *c) noexcept nogil:
    """n: rows, columns; z: mean, inv of each row; a: epsilon."""
    in_parts(c, 0, layer_norm_part, c.n[0], c.n[1])

cdef void layer_norm_part(const Call *c, isize first, isize count) noexcept nogil:
    cdef int size = c.itemsize
    cdef isize at = first * c.n[1]
    c.k.layer_norm(offset(c.x[0], at, size), c.x[1], c.x[2], offset(c.y, at, size),
                   offset(c.z, first, size), offset(c.z, c.n[0] + first, size), count, c.n[1],
                   c.a[0])

cdef void layer_norm_backward(Call *c) noexcept nogil:
    in_parts(c, 1, layer_norm_part_backward, c.n[0], c.n[1])
    if c.dx[1] != NULL:
        c.k.sum_rows(c.scratch, c.dx[1], c.n[0], c.n[1])
    if c.dx[2] != NULL:
        c.k.sum_rows(c.dy, c.dx[2], c.n[0], c.n[1])

cdef void layer_norm_part_backward(const Call *c, isize first, isize count) noexcept nogil:
    cdef int size = c.itemsize
    cdef isize at = first * c.n[1]
    c.k.layer_norm_grad(offset(c.x[0], at, size), offset(c.dy, at, size), c.x[1],
                        offset(c.z, first, size), offset(c.z, c.n[0] + first, size),
                        NULL if c.dx[0] == NULL else offset(c.dx[0], at, size),
                        offset(c.scratch, at, size), count, c.n[1])

@op("normalize", formula="y = γ·(x − μ)/√(σ² + ε) + β,  μ and σ² of each row",
    vjp="dx = (g − mean g − x̂·mean(g·x̂))/√(σ² + ε) with g = dy·γ,  dγ = Σ dy·x̂,  dβ = Σ dy,  "
        "x̂ = (x − μ)/√(σ² + ε)",
    shape_rule="(…, C), (C,), (C,) → (…, C)", differentiable=(True, True, True), reads="uv")
def layer_norm(x, gamma=None, beta=None, epsilon=1e-3):
    """Each row (the last axis) brought to mean 0 and variance 1, then scaled and shifted.

    Ba, Kiros & Hinton 2016, eq. 4. The variance is the biased one (divided by n).

    Examples
    --------
    >>> from autograd_mlp import ops
    >>> ops.layer_norm([[1.0, 3.0], [10.0, 10.0]], epsilon=3.0)
    Tensor([[-0.5,  0.5],
            [ 0. ,  0. ]])
    """
    cdef Tensor t, g, b
    cdef Node node
    t, g, b = norm_operands("layer_norm", x, gamma, beta)
    node = new_node(LAYER_NORM, (t, g, b), empty_like(t.array), 3)
    node.arguments = {"epsilon": epsilon}
    node.call.n[1] = t.array.shape[t.array.ndim - 1]
    node.call.n[0] = cnp.PyArray_SIZE(t.array) // node.call.n[1]
    node.call.a[0] = epsilon
    node.kept = new_matrix(2, node.call.n[0], cnp.PyArray_TYPE(t.array))
    node.call.z = cnp.PyArray_DATA(node.kept)
    if not no_grad_depth:
        node.scratch = empty_like(t.array)
        node.call.scratch = cnp.PyArray_DATA(node.scratch)
    node.call.forward, node.call.backward = layer_norm_forward, layer_norm_backward
    run(node, layer_norm_forward, <double>cnp.PyArray_SIZE(t.array) * 8)
    return finish(node, t.requires_grad_ or g.requires_grad_ or b.requires_grad_)
cdef Op LAYER_NORM = OPS["layer_norm"]
