# Products too small for the setup of multiply(), and products with a vector.  Each element
# is the same chain of fma over ascending k as there.

cdef enum:
    TINY = 16               # multiplications up to which plain loops are fastest
    SMALL = 32768           # and up to which setting up multiply() costs more than it brings
    SMALL_K = 128
    SMALL_N = 128
    STACK = 2048            # most elements of a B that is transposed on the stack


cdef inline void multiply_tiny(isize M, isize N, isize K, const real *A, isize a_row, isize a_k,
                               const real *B, isize b_k, isize b_col, real *C, isize ldc,
                               const real *start, isize start_row) noexcept nogil:
    cdef isize i, j, k
    cdef const real *b
    cdef real c
    for i in range(M):
        for j in range(N):
            c = start[j] if start != NULL else <real>0
            b = B + j * b_col
            for k in range(K):
                c = fma_(A[k * a_k], b[k * b_k], c)
            C[j] = c
        A += a_row
        C += ldc
        start += start_row


cdef void multiply_vector(isize rows, isize K, const real *X, isize ldx, const real *v,
                          isize v_step, real *y, isize y_step, const real *start,
                          isize start_step) noexcept nogil:
    """y[r] = start[r] + sum over k of X[r, k] * v[k]: LANES rows at a time, transposed by loading.

    (1x64)(64x784) with a transposed B: 7.9 us, and 11 on multiply()'s way (float32,
    Cascade Lake).
    """
    cdef isize k, c
    cdef int n, r
    cdef vec acc
    cdef vec piece[4]                 # PIECE of them are used
    cdef real[16] lanes               # LANES of them are used
    while rows > 0:
        n = <int>min(LANES, rows)
        for r in range(n):
            lanes[r] = start[r * start_step] if start != NULL else <real>0
        acc = v_load_n(lanes, n)
        k = 0
        if n == LANES:
            while k + PIECE <= K:
                v_load_transposed(X + k, ldx, LANES, piece)
                for c in range(PIECE):
                    acc = v_fma(piece[c], v_splat(v[(k + c) * v_step]), acc)
                k += PIECE
        else:
            while k + PIECE <= K:
                v_load_transposed(X + k, ldx, n, piece)
                for c in range(PIECE):
                    acc = v_fma(piece[c], v_splat(v[(k + c) * v_step]), acc)
                k += PIECE
        v_store_n(lanes, acc, n)
        for c in range(k, K):
            for r in range(n):
                lanes[r] = fma_(X[r * ldx + c], v[c * v_step], lanes[r])
        for r in range(n):
            y[r * y_step] = lanes[r]
        X += n * ldx
        y += n * y_step
        if start != NULL:
            start += n * start_step
        rows -= n


cdef inline void small_tiles(isize M, isize N, isize K, const real *A, isize a_row, isize a_k,
                             const real *B, isize ldb, real *C, isize ldc, const real *start,
                             isize start_row) noexcept nogil:
    cdef isize j, vecs, tile_vecs
    cdef Tiling t
    tile_vecs = ROW_VECS if M == 1 else TILE_VECS
    t.K = K
    t.a_row = a_row
    t.a_k = a_k
    t.ldb = ldb
    t.ldc = ldc
    t.start_row = start_row
    t.panel = NULL
    j = 0
    while j < N:
        vecs = step(vecs_in(N - j), tile_vecs)
        t.A = A
        t.B = B + j
        t.C = C + j
        t.start = start + j if start != NULL else NULL
        tiles_down(&t, M, min(vecs * LANES, N - j), TILE_ROWS, vecs, False)
        j += vecs * LANES


cdef void multiply_turned "multiply_turned" (
        isize M, isize N, isize K, const real *A, isize a_row, isize a_k, const real *B, isize ldb,
        real *C, isize ldc, const real *start, isize start_row) noexcept nogil:
    """B is stored transposed."""
    cdef real[STACK] turned
    transpose(B, ldb, N, K, turned, vecs_in(N) * LANES)
    small_tiles(M, N, K, A, a_row, a_k, turned, vecs_in(N) * LANES, C, ldc, start, start_row)


cdef bint multiply_small(bint transpose_a, bint transpose_b, isize M, isize N, isize K,
                         const real *A, isize lda, const real *B, isize ldb, real *C, isize ldc,
                         const real *init, bint accumulate) noexcept nogil:
    """Does the product if it is one for here, and says whether."""
    cdef const real *start = <const real *>C if accumulate else init
    cdef isize start_row = ldc if accumulate else 0
    cdef isize a_row = 1 if transpose_a else lda, a_k = lda if transpose_a else 1
    if K == 1 and transpose_b and ldb == 1:         # a column without gaps is a row
        transpose_b = False
    if M == 1 and transpose_b:
        multiply_vector(N, K, B, ldb, A, a_k, C, 1, start, 1)
        return True
    if N == 1 and not transpose_b:
        if a_row == 1 and ldc == 1 and (start == NULL or accumulate):
            # Cᵀ = Bᵀ A, a row
            A, B = B, A
            N = M
            M = 1
            a_row, a_k, ldb = 1, ldb, lda
        elif not transpose_a:
            multiply_vector(M, K, A, lda, B, ldb, C, ldc, start, start_row)
            return True
    if M * N * K > SMALL or K > SMALL_K or N > SMALL_N:
        return False
    if transpose_b:
        if K * vecs_in(N) * LANES > STACK:
            return False
        multiply_turned(M, N, K, A, a_row, a_k, B, ldb, C, ldc, start, start_row)
    else:
        small_tiles(M, N, K, A, a_row, a_k, B, ldb, C, ldc, start, start_row)
    return True


cdef void multiply_any "multiply_any" (
        bint transpose_a, bint transpose_b, isize M, isize N, isize K, const real *A, isize lda,
        const real *B, isize ldb, real *C, isize ldc, const real *init, bint accumulate,
        int threads) noexcept nogil:
    """matmul() but for tiny products; its arguments in its order, so that both calls are jumps."""
    cdef isize work = M * N * K
    if (work <= SMALL or (M == 1 or N == 1) and (threads == 1 or work >> 21 == 0)) and (
            multiply_small(transpose_a, transpose_b, M, N, K, A, lda, B, ldb, C, ldc, init,
                           accumulate)):
        return
    multiply_blocked(transpose_a, transpose_b, M, N, K, A, lda, B, ldb, C, ldc, init, accumulate,
                     threads)
