# Matrix products.  Letters: M rows of the result, N its columns, K summed over;
# for a dense layer B batch, I inputs, O units.

# ---- matmul ----------------------------------------------------------------------

cdef void multiply_matrices(const Kernels *k, bint ta, bint tb, isize M, isize N, isize K,
                            const void *A, const void *B, void *C, const void *init,
                            bint accumulate, int threads) noexcept nogil:
    """C = op(A)·op(B), all three stored without gaps."""
    k.matmul(ta, tb, M, N, K, A, M if ta else K, B, K if tb else N, C, N, init, accumulate,
             threads)


cdef void matmul_forward(Call *c) noexcept nogil:
    """n = M, N, K, matrices; without a broadcast there is one pair of matrices."""
    cdef isize M = c.n[0], N = c.n[1], K = c.n[2], i
    cdef const Broadcast *b = c.broadcast
    cdef isize at[32]
    cdef isize off_a = 0, off_b = 0, done = 0
    cdef double start
    cdef int threads
    if c.n[3] == 0:
        return
    threads = take_threads(&c.pace[0], <double>M * N * K, &start)
    if b == NULL:
        multiply_matrices(c.k, False, False, M, N, K, c.x[0], c.x[1], c.y, NULL, False, threads)
        give_back(&c.pace[0], threads, start)
        return
    memset(at, 0, b.ndim * sizeof(isize))
    while True:
        for i in range(b.shape[0]):
            multiply_matrices(c.k, False, False, M, N, K,
                              offset(c.x[0], (off_a + i * b.step[0][0]) * M * K, c.itemsize),
                              offset(c.x[1], (off_b + i * b.step[1][0]) * K * N, c.itemsize),
                              offset(c.y, done * M * N, c.itemsize), NULL, False, threads)
            done += 1
        if not advance(b, at, &off_a, &off_b):
            break
    give_back(&c.pace[0], threads, start)

cdef void matmul_backward(Call *c) noexcept nogil:
    """dA = dY·Bᵀ,  dB = Aᵀ·dY, added up where a matrix was used more than once."""
    cdef isize M = c.n[0], N = c.n[1], K = c.n[2], i
    cdef const Broadcast *b = c.broadcast
    cdef isize at[32]
    cdef isize off_a = 0, off_b = 0, ia, ib, done = 0
    cdef const void *dy
    cdef double start
    cdef int threads = take_threads(&c.pace[1], <double>M * N * K, &start)
    if b == NULL:
        if c.dx[0] != NULL:
            multiply_matrices(c.k, False, True, M, K, N, c.dy, c.x[1], c.dx[0], NULL, False,
                              threads)
        if c.dx[1] != NULL:
            multiply_matrices(c.k, True, False, K, N, M, c.x[0], c.dy, c.dx[1], NULL, False,
                              threads)
        give_back(&c.pace[1], threads, start)
        return
    if c.dx[0] != NULL:
        memset(c.dx[0], 0, <isize>c.a[0] * M * K * c.itemsize)
    if c.dx[1] != NULL:
        memset(c.dx[1], 0, <isize>c.a[1] * K * N * c.itemsize)
    if c.n[3] == 0:
        return
    memset(at, 0, b.ndim * sizeof(isize))
    while True:
        for i in range(b.shape[0]):
            ia = (off_a + i * b.step[0][0]) * M * K
            ib = (off_b + i * b.step[1][0]) * K * N
            dy = offset(c.dy, done * M * N, c.itemsize)
            if c.dx[0] != NULL:
                multiply_matrices(c.k, False, True, M, K, N, dy, offset(c.x[1], ib, c.itemsize),
                                  offset(c.dx[0], ia, c.itemsize), NULL, True, threads)
            if c.dx[1] != NULL:
                multiply_matrices(c.k, True, False, K, N, M, offset(c.x[0], ia, c.itemsize), dy,
                                  offset(c.dx[1], ib, c.itemsize), NULL, True, threads)
            done += 1
        if not advance(b, at, &off_a, &off_b):
            break
    give_back(&c.pace[1], threads, start)


@op("linalg", formula="Y = A·B", vjp="dA = dY·Bᵀ,  dB = Aᵀ·dY",
    shape_rule="(…, M, K), (…, K, N) → (…, M, N)", differentiable=(True, True), reads="uv")
def matmul(x1, x2):
    """Matrix product with NumPy's rules: vectors, matrices, and batches of matrices.

    A vector on the left is a row, on the right a column, and its axis of length 1 is
    dropped from the result; axes before the last two broadcast.

    Raises
    ------
    ValueError
        If the inner lengths differ, or an operand is a single number.

    Examples
    --------
    >>> from autograd_mlp import ops
    >>> ops.matmul([[1.0, 2.0], [3.0, 4.0]], [10.0, 1.0])
    Tensor([12., 34.])
    """
    cdef Tensor a, b
    cdef cnp.ndarray y
    cdef Node node
    dtype = common_dtype((x1, x2))
    a, b = float_operand(x1, dtype), float_operand(x2, dtype)
    if a.array.ndim == 0 or b.array.ndim == 0:
        raise ValueError(f"matmul needs vectors or matrices, got shapes {a.shape} and {b.shape}; "
                         "use * to multiply by a number")
    if a.array.ndim == 1 or b.array.ndim == 1:
        return _with_vectors(a, b)
    M, K, N = a.array.shape[a.array.ndim - 2], a.array.shape[a.array.ndim - 1], \
        b.array.shape[b.array.ndim - 1]
    if b.array.shape[b.array.ndim - 2] != K:
        raise ValueError(f"matmul: the last axis of {a.shape} has length {K}, but the one before "
                         f"the last of {b.shape} has {b.shape[-2]}; they must be equal")
    batch = ()
    if a.array.ndim > 2 or b.array.ndim > 2:
        try:
            batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        except ValueError:
            raise ValueError(f"matmul: the axes before the last two of {a.shape} and {b.shape} do "
                             "not broadcast") from None
        y = new_shape(batch + (M, N), dtype)
    else:
        y = new_matrix(M, N, cnp.PyArray_TYPE(a.array))
    node = new_node(MATMUL, (a, b), y, 2)
    node.call.n[0], node.call.n[1], node.call.n[2], node.call.n[3] = M, N, K, 1
    if batch:
        count = np.empty(batch, np.bool_), np.empty(a.shape[:-2], np.bool_), \
            np.empty(b.shape[:-2], np.bool_)
        node.call.n[3] = count[0].size
        node.call.a[0], node.call.a[1] = count[1].size, count[2].size
        node.call.broadcast = line_up(count[0], count[1], count[2])
    node.call.forward, node.call.backward = matmul_forward, matmul_backward
    run(node, matmul_forward, <double>cnp.PyArray_SIZE(y) * K)
    return finish(node, a.requires_grad_ or b.requires_grad_)
cdef Op MATMUL = OPS["matmul"]


cdef Tensor _with_vectors(Tensor a, Tensor b):
    cdef bint row = a.array.ndim == 1, column = b.array.ndim == 1
    y = matmul(expand_dims(a, 0) if row else a, expand_dims(b, 1) if column else b)
    if column:
        y = squeeze(y, -1)
    return squeeze(y, -1 if column else -2) if row else y


# ---- dense -----------------------------------------------------------------------
#
#       x (B, I) ──┐
#       w (I, O) ──┴─► z = x·W + b ──► y = f(z)          forward
#
#       dz = dy ∘ f′(z)        dW = xᵀ·dz     db = Σ rows of dz     dx = dz·Wᵀ
#
# z is written where y is wanted and f is applied on the spot; it is kept
# apart only where f′ cannot be had from y.
#
# A large batch is done a block of rows at a time, so that z and dz are still in
# the cache when f and the products of backward come to them (and dz never exists as a
# whole).  W gets its gradient block by block, in the order of the rows: the same bits.

cdef enum:
    ROWS_BYTES = 1 << 20        # of z or dz: what a second-level cache holds,
    LEAST_ROWS = 512            # but not fewer, since the products pack W for each block

cdef inline isize block_rows(isize B, isize O, int itemsize) noexcept nogil:
    """Rows of a block; B if the batch is not worth dividing."""
    cdef isize rows = max(ROWS_BYTES // (max(O, 1) * itemsize), LEAST_ROWS)
    return rows if B > 2 * rows else B


cdef void dense_rows(const Call *c, isize first, isize rows, int threads) noexcept nogil:
    """Forward for some rows of the batch."""
    cdef isize I = c.n[1], O = c.n[2]
    cdef void *y = offset(c.y, first * O, c.itemsize)
    cdef void *z = offset(c.z, first * O, c.itemsize) if c.z != NULL else y
    multiply_matrices(c.k, False, False, rows, O, I, offset(c.x[0], first * I, c.itemsize),
                      c.x[1], z, c.x[2], False, threads)
    if c.kernel != MAP_LINEAR:
        c.k.map[c.kernel](z, y, rows, O, c.a)

cdef void dense_forward(Call *c) noexcept nogil:
    cdef isize B = c.n[0], rows = c.n[3], i
    cdef double start
    cdef int threads = take_threads(&c.pace[0], <double>B * c.n[1] * c.n[2], &start)
    if rows == B:
        dense_rows(c, 0, B, threads)
    elif threads == 1:
        for i in range((B + rows - 1) // rows):
            dense_rows(c, i * rows, min(rows, B - i * rows), 1)
    else:
        for i in prange((B + rows - 1) // rows, num_threads=threads, schedule="dynamic"):
            dense_rows(c, i * rows, min(rows, B - i * rows), 1)
    give_back(&c.pace[0], threads, start)


cdef void dense_backward(Call *c) noexcept nogil:
    cdef isize B = c.n[0], rows = c.n[3], first = 0
    cdef double start
    cdef int threads = take_threads(&c.pace[1], <double>B * c.n[1] * c.n[2], &start)
    dense_rows_backward(c, 0, rows, threads)
    while first + rows < B:
        first += rows
        dense_rows_backward(c, first, min(rows, B - first), threads)
    give_back(&c.pace[1], threads, start)

cdef void dense_rows_backward(const Call *c, isize first, isize rows, int threads) noexcept nogil:
    cdef isize I = c.n[1], O = c.n[2], part, parts = threads if rows * O > 100_000 else 1
    cdef const void *dz = offset(c.dy, first * O, c.itemsize)
    cdef const void *x = offset(c.x[0], first * I, c.itemsize)
    cdef void *db = c.dx[2]
    if c.kernel != MAP_LINEAR:
        if parts == 1:
            activation_rows_backward(c, first, 0, rows)
        else:
            for part in prange(parts, num_threads=<int>parts, schedule="static"):
                activation_rows_backward(c, first, rows * part // parts,
                                         rows * (part + 1) // parts)
        dz = c.scratch
    if c.dx[1] != NULL:
        multiply_matrices(c.k, True, False, I, O, rows, x, dz, c.dx[1], NULL, first > 0, threads)
    if db != NULL:
        if first > 0:       # behind dz in scratch there is room for one more row
            db = offset(c.scratch, c.n[3] * O, c.itemsize)
        c.k.sum_rows(dz, db, rows, O)
        if first > 0:
            c.k.add_to(c.dx[2], db, O)
    if c.dx[0] != NULL:
        multiply_matrices(c.k, False, True, rows, I, O, dz, c.x[1],
                          offset(c.dx[0], first * I, c.itemsize), NULL, False, threads)

cdef inline void activation_rows_backward(const Call *c, isize first, isize start,
                                          isize end) noexcept nogil:
    """dz = dy ∘ f′(z) for rows first + start … first + end."""
    cdef isize O = c.n[2], at = (first + start) * O
    cdef const void *y = offset(c.y, at, c.itemsize)
    c.k.map_grad[c.kernel](offset(c.z, at, c.itemsize) if c.z != NULL else y, y,
                           offset(c.dy, at, c.itemsize), offset(c.scratch, start * O, c.itemsize),
                           end - start, O, c.a)


# Layers of up to DENSE_TINY multiplications (XOR has four) spend their time on calls: they have
# kernels of their own, with the same bits.  1x2x2 and sigmoid, Cascade Lake: forward 40 ns before.
cdef enum:
    DENSE_TINY = 32

cdef void dense_tiny_forward(Call *c) noexcept nogil:
    cdef void *z = c.z if c.z != NULL else c.y
    c.k.dense_tiny(c.x[0], c.x[1], c.x[2], z, c.n[0], c.n[1], c.n[2])
    if c.kernel != MAP_LINEAR:
        c.k.map[c.kernel](z, c.y, c.n[0], c.n[2], c.a)

cdef void dense_tiny_backward(Call *c) noexcept nogil:
    cdef const void *dz = c.dy
    if c.kernel != MAP_LINEAR:
        c.k.map_grad[c.kernel](c.z if c.z != NULL else c.y, c.y, c.dy, c.scratch, c.n[0], c.n[2],
                               c.a)
        dz = c.scratch
    c.k.dense_tiny_backward(c.x[0], c.x[1], dz, c.dx[1], c.dx[2], c.dx[0],
                            c.n[0], c.n[1], c.n[2])


def _dense_margins(x, w, b=None, activation="linear", **arguments):
    z = x @ w if b is None else x @ w + b
    return OPS[activation].margins_of((z,), arguments)

@op("linalg", formula="y = f(x·W + b)",
    vjp="dz = dy · f′(z):  dW = xᵀ·dz,  db = Σ dz over the batch,  dx = dz·Wᵀ",
    shape_rule="(…, I), (I, O), (O) → (…, O)", differentiable=(True, True, True), reads="uvy",
    margins=_dense_margins)
def dense(x, w, b=None, activation="linear", **arguments):
    """A fully connected layer in one pass: activation(x·W + b).

    Parameters
    ----------
    x : (..., I)
    w : (I, O)
    b : (O,), optional
    activation : str, default "linear"
        Name of an activation operation; `arguments` are its keyword arguments.

    Returns
    -------
    Tensor, (..., O)

    Notes
    -----
    With z = x·W + b and dz = dy ∘ f′(z): dW = xᵀ·dz, db = Σ dz over the batch, dx = dz·Wᵀ.
    The same as ``activation(matmul(x, w) + b)`` up to rounding.

    Examples
    --------
    >>> from autograd_mlp import ops
    >>> ops.dense([[1.0, 2.0]], [[3.0], [-1.0]], [0.5], activation="relu")
    Tensor([[1.5]])
    """
    cdef Tensor tx, tw, tb = None
    cdef cnp.ndarray y
    cdef Node node
    cdef Activation act = activation_of(activation, arguments)
    cdef isize I, O
    cdef int i
    cdef cnp.npy_intp shape[64]
    dtype = common_dtype((x, w, b))
    tx, tw = float_operand(x, dtype), float_operand(w, dtype)
    if tw.array.ndim != 2:
        raise ValueError(f"dense: w must be a matrix (inputs, units), got shape {tw.shape}")
    I, O = tw.array.shape[0], tw.array.shape[1]
    if tx.array.ndim == 0 or tx.array.shape[tx.array.ndim - 1] != I:
        raise ValueError(f"dense: the last axis of x must have length {I}, the rows of w "
                         f"{tw.shape}; got x of shape {tx.shape}")
    any_grad = tx.requires_grad_ or tw.requires_grad_
    if b is not None:
        tb = float_operand(b, dtype)
        if tb.array.ndim != 1 or tb.array.shape[0] != O:
            raise ValueError(f"dense: b must have shape ({O},), one number per unit; "
                             f"got {tb.shape}")
        any_grad = any_grad or tb.requires_grad_
    memcpy(shape, tx.array.shape, tx.array.ndim * sizeof(cnp.npy_intp))
    shape[tx.array.ndim - 1] = O
    y = new_array(tx.array.ndim, shape, cnp.PyArray_TYPE(tx.array))
    node = new_node(DENSE, (tx, tw) if tb is None else (tx, tw, tb), y, 2 if tb is None else 3)
    node.arguments = {"activation": activation, **arguments}
    node.call.n[1], node.call.n[2] = I, O
    node.call.n[0] = cnp.PyArray_SIZE(tx.array) // I if I else cnp.PyArray_SIZE(y) // O if O else 0
    node.call.kernel = act.kernel
    for i in range(3):
        node.call.a[i] = act.a[i]
    if act.kernel != MAP_LINEAR:
        if act.reads_input:
            node.kept = empty_like(y)
            node.call.z = cnp.PyArray_DATA(node.kept)
    node.call.n[3] = node.call.n[0]
    if act.kernel != MAP_LINEAR:
        node.call.n[3] = block_rows(node.call.n[0], O, node.call.itemsize)
    if any_grad and node.call.n[3] < node.call.n[0]:
        node.scratch = new_matrix(node.call.n[3] + 1, O, cnp.PyArray_TYPE(y))
    elif any_grad and act.kernel != MAP_LINEAR:
        node.scratch = empty_like(y)
    if node.scratch is not None:
        node.call.scratch = cnp.PyArray_DATA(node.scratch)
    if node.call.n[0] * I * O <= DENSE_TINY and node.call.n[3] == node.call.n[0]:
        node.call.forward, node.call.backward = dense_tiny_forward, dense_tiny_backward
    else:
        node.call.forward, node.call.backward = dense_forward, dense_backward
    run(node, node.call.forward, <double>cnp.PyArray_SIZE(y) * I)
    return finish(node, any_grad)
cdef Op DENSE = OPS["dense"]
