# Matrix product: C (M, N) = op(A) (M, K) · op(B) (K, N).  See matmul_fn in table.pxi.
from cython.parallel cimport prange

cdef extern from "tile.h" nogil:
    const int TILE_ROWS, TILE_VECS, ROW_VECS, FOUR_ROWS
    const isize B_SCRATCH, K_MOST, C_MOST
    int EDGE, FULL, PACK
    ctypedef void (*tile_fn)(isize K, const real *A, isize a_row, isize a_k,
                             const real *B, isize ldb, real *C, isize ldc,
                             const real *start, isize start_row, int last, real *panel) noexcept nogil
    tile_fn tiles[1][1][3]
    ctypedef struct Scratch "struct scratch":
        real *B
        real *C
        real *A
    Scratch *get_scratch()

# A product as strides: op(A)[i, k] is A[i*a_row + k*a_k], and so on; start[i*start_row +
# j*start_col] is what element (i, j) of C starts from.
cdef struct Product:
    isize M, N, K
    const real *A
    isize a_row, a_k
    const real *B
    isize b_k, b_col
    real *C
    isize c_row, c_col
    const real *start
    isize start_row, start_col

cdef real[8 * 16] zeros
cdef isize tune[8]

cdef inline isize step(isize left, isize most) noexcept nogil:
    """How much of `left` to take next: `most`, or at the end two alike."""
    if left >= 2 * most:
        return most
    return left if left <= most else (left + 1) >> 1


cdef inline isize vecs_of(isize columns) noexcept nogil:
    return (columns + LANES - 1) // LANES


cdef void transpose(const real *X, isize ldx, isize rows, isize columns, real *Y, isize ldy) noexcept nogil:
    """Y[c, r] = X[r, c]"""
    cdef isize r = 0, c, i
    cdef int n
    cdef vec piece[4]
    while r < rows:
        n = <int>min(LANES, rows - r)
        c = 0
        if n == LANES:
            while c + PIECE <= columns:
                v_load_transposed(X + c, ldx, LANES, piece)
                for i in range(PIECE):
                    v_store(Y + (c + i) * ldy, piece[i])
                c += PIECE
        else:
            while c + PIECE <= columns:
                v_load_transposed(X + c, ldx, n, piece)
                for i in range(PIECE):
                    v_store_n(Y + (c + i) * ldy, piece[i], n)
                c += PIECE
        while c < columns:
            for i in range(n):
                Y[c * ldy + i] = X[i * ldx + c]
            c += 1
        r += n
        X += n * ldx
        Y += n


cdef void copy(const real *X, isize ldx, isize rows, isize columns, real *Y, isize ldy) noexcept nogil:
    """Y[r, c] = X[r, c]"""
    cdef isize r, c
    cdef int n
    for r in range(rows):
        c = 0
        while c < columns:
            n = <int>min(LANES, columns - c)
            v_store_n(Y + c, v_load_n(X + c, n), n)
            c += n
        X += ldx
        Y += ldy


cdef void multiply(const Product *p) noexcept nogil:
    cdef isize panel_vecs = TILE_VECS, tile_rows = TILE_ROWS
    cdef isize k_most = K_MOST if tune[1] == 0 else tune[1]
    cdef isize k0 = 0, k_size, j0, j1, j_most, i, i_size, j, vecs, group
    cdef isize a_row = p.a_row, a_k, ldb, ldc, start_row
    cdef const real *A
    cdef const real *B
    cdef real *C
    cdef const real *start
    cdef const real *first = p.start
    cdef isize first_row = p.start_row, first_col = p.start_col
    cdef bint transpose_c = p.c_col != 1 or (p.start_col != 1 and p.start != zeros)
    cdef bint transpose_b = p.b_col != 1
    cdef bint pack, packing
    cdef isize k, n, chunk
    cdef Scratch *scratch = NULL
    cdef int last, kind

    if p.M == 1:
        panel_vecs = ROW_VECS
    elif FOUR_ROWS and vecs_of(p.N) == 4:
        panel_vecs = 4
        tile_rows = FOUR_ROWS
    pack = p.M >= 3 * tile_rows and not transpose_b
    if tune[0] != 100:
        pack = pack and (p.K * p.b_k * sizeof(real) > (384 * 1024 if tune[4] == 0 else tune[4]) or (tune[7] and (<size_t>p.B % 64 or p.b_k * sizeof(real) % 64)))
    if pack or transpose_b or transpose_c or p.a_k != 1:
        scratch = get_scratch()

    while True:                                            # blocks of k
        k_size = step(p.K - k0, k_most)
        j_most = p.N
        if p.N * k_size > (B_SCRATCH if tune[2] == 0 else tune[2]):
            j_most = (B_SCRATCH if tune[2] == 0 else tune[2]) // (k_size * TILE_VECS * LANES) * (TILE_VECS * LANES)
        if p.M * k_size <= 131072:
            j_most = panel_vecs * LANES
        if transpose_c and j_most > C_MOST:
            j_most = C_MOST // (TILE_VECS * LANES) * (TILE_VECS * LANES)
        j0 = 0
        while j0 < p.N:                                    # blocks of columns: K x j_size of B stay in L2
            j1 = min(p.N, j0 + j_most)
            if transpose_b:
                j = j0
                while j < j1:
                    vecs = step(vecs_of(j1 - j), panel_vecs)
                    transpose(p.B + j * p.b_col + k0, p.b_col, min(vecs * LANES, j1 - j), k_size,
                              scratch.B + (j - j0) * k_size, vecs * LANES)
                    j += vecs * LANES
            i = 0
            group = 0
            while i < p.M:                                 # tiles of rows
                i_size = step(p.M - i, tile_rows)
                A = p.A + i * p.a_row + k0 * p.a_k
                a_row = p.a_row
                a_k = p.a_k
                if a_k != 1 and j1 - j0 > panel_vecs * LANES:
                    copy(A, a_k, k_size, i_size, scratch.A, tile_rows)
                    A = scratch.A
                    a_k = tile_rows
                if not transpose_c:
                    C = p.C + i * p.c_row + j0
                    ldc = p.c_row
                    start = first + i * first_row + (j0 if first != zeros else 0)
                    start_row = first_row
                else:
                    C = scratch.C
                    ldc = C_MOST
                    start = zeros
                    start_row = 0
                    if first != zeros:
                        transpose(first + i * first_row + j0 * first_col, first_col, j1 - j0, i_size, scratch.C, C_MOST)
                        start = scratch.C
                        start_row = C_MOST
                k = 0
                packing = pack and i == 0
                chunk = k_size
                while True:
                    n = min(chunk, k_size - k)
                    j = j0
                    while j < j1:                          # panels of columns
                        vecs = step(vecs_of(j1 - j), panel_vecs)
                        last = <int>min(LANES, j1 - j - (vecs - 1) * LANES)
                        kind = FULL if last == LANES else EDGE
                        if transpose_b or (pack and i > 0):
                            B = scratch.B + (j - j0) * k_size
                            ldb = vecs * LANES
                        else:
                            B = p.B + (k0 + k) * p.b_k + j
                            ldb = p.b_k
                            if packing:
                                kind = PACK
                        tiles[i_size - 1][vecs - 1][kind](
                            n, A + k * a_k, a_row, a_k, B, ldb, C + (j - j0), ldc,
                            start + (j - j0 if start != zeros else 0), start_row, last,
                            scratch.B + (j - j0) * k_size + k * vecs * LANES if packing else NULL)
                        j += vecs * LANES
                    k += n
                    if k >= k_size:
                        break
                    start = C
                    start_row = ldc
                if transpose_c:
                    transpose(scratch.C, C_MOST, i_size, j1 - j0, p.C + i * p.c_row + j0 * p.c_col, p.c_col)
                i += i_size
            j0 = j1
        k0 += k_size
        if k0 >= p.K:
            break
        first = p.C
        first_row = p.c_row
        first_col = p.c_col


cdef void matmul(bint transpose_a, bint transpose_b, isize M, isize N, isize K,
                 const real *A, isize lda, const real *B, isize ldb, real *C, isize ldc,
                 const real *init, bint accumulate, int threads) noexcept nogil:
    cdef Product p, q
    if M <= 0 or N <= 0:
        return
    p.M = M
    p.N = N
    p.K = max(K, 0)
    p.A = A
    p.a_row = 1 if transpose_a else lda
    p.a_k = lda if transpose_a else 1
    p.B = B
    p.b_k = 1 if transpose_b else ldb
    p.b_col = ldb if transpose_b else 1
    p.C = C
    p.c_row = ldc
    p.c_col = 1
    p.start = C if accumulate else init if init != NULL else zeros
    p.start_row = ldc if accumulate else 0
    p.start_col = 1
    if M * N * K > 32768 and 2 * M >= LANES:
        if ((transpose_b and (transpose_a or N > M)) or (not transpose_b and ((transpose_a and N < LANES and M > N)
                or (N == 1 and M >= 2 * LANES)))) and tune[5] == 0:
            q = p
            p.M, p.N = q.N, q.M
            p.A, p.a_row, p.a_k = q.B, q.b_col, q.b_k
            p.B, p.b_k, p.b_col = q.A, q.a_k, q.a_row
            p.c_row, p.c_col = q.c_col, q.c_row
            p.start_row, p.start_col = q.start_col, q.start_row
    multiply(&p)


cdef void matmul_naive(bint transpose_a, bint transpose_b, isize M, isize N, isize K,
                       const real *A, isize lda, const real *B, isize ldb, real *C, isize ldc,
                       const real *init, bint accumulate, int threads) noexcept nogil:
    """The contract as three plain loops: the oracle of the tests."""
    cdef isize i, j, k
    cdef real a
    for i in range(M):
        if not accumulate:
            for j in range(N):
                C[i * ldc + j] = init[j] if init != NULL else 0
        for k in range(K):
            a = A[k * lda + i] if transpose_a else A[i * lda + k]
            for j in range(N):
                C[i * ldc + j] = fma_(a, B[j * ldb + k] if transpose_b else B[k * ldb + j],
                                      C[i * ldc + j])


cdef void fill_matmul(Kernels *k):
    k.matmul = <matmul_fn>matmul
    k.matmul_naive = <matmul_fn>matmul_naive
