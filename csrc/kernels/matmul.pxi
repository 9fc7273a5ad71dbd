# Matrix product: C (M, N) = op(A) (M, K) · op(B) (K, N); the contract is at matmul_fn
# in table.pxi.
#
# A tile of C, 8 rows by 3 vectors with AVX-512, stays in registers while k runs
# (tile.h).  For every k it takes 3 vectors of B and 8 numbers of A, and does 24
# multiply-adds.  Around the tile stand four loops:
#
#     for k0: blocks of k              C is stored and loaded between them, which
#                                      leaves the order of the sum as it is
#       for j0: blocks of columns      k_size x (j1 - j0) of B stay in the L2 cache
#         for i: tiles of rows         k_size x 8 of A stay in L1
#           for j: panels of columns   the tile
#
#                         j0   j        j1
#                    +----+----+---+----+---------+
#              B  k0 |    |    | p |    |         |     p = k_size x 3 vectors, packed
#                    |    |    |   |    |         |         or where it lies
#                    +----+----+---+----+---------+
#        k0
#    +---+-----+     +----+----+---+----+---------+
#    |   |     |     |    |    :   :    |         |
#  i |   +-----+   i |    +----+---+----+         |
#    |   |  a  |     |    |    | C |    |         |     C tile += a · p
#    |   +-----+     |    +----+---+----+         |
#    +---+-----+     +----+----+---+----+---------+
#
# Every element of C is one chain of fma over ascending k, whatever tile, edge or
# thread it falls to.  The same numbers therefore give the same bits with AVX2 and
# AVX-512, in a batch and alone, and from one thread or many.
#
# B is used where it lies as long as it is small.  Else its rows lie too far apart for
# caches and TLB, and the first row of tiles writes the vectors
# that it loads one after the other into a panel for the tiles below (a PACK tile).
# A transposed B is packed ahead, by transposing it; or, if A is the smaller one,
# Cᵀ = op(B)ᵀ op(A)ᵀ is computed instead.  If all of A fits the cache, blocks of columns
# are single panels and the two inner loops in effect change places.  One call does a whole
# row or column of tiles.  matmul_large.pxi has other loops for large products, matmul_small.pxi
# holds what is done without all this.
#
# "Cascade Lake" in comments: one core with AVX-512, 1 MB L2, gcc 12.

from cython.parallel cimport prange

cdef extern from "tile.h" nogil:
    const isize TILE_ROWS, TILE_VECS, TILE_ROWS_OF_4, ROW_VECS, BLOCK, K_MOST, C_MOST, FAR, K_SHORT
    const isize K_LARGE, COPY_K
    const int EDGE, FULL, PACK, COPY
    ctypedef struct Tiling "struct tiling":
        isize count, K
        const real *A
        isize a_row, a_k, a_next
        const real *B
        isize ldb, b_next
        real *C
        isize ldc, c_next
        const real *start
        isize start_row, start_next
        int last
        real *panel
        const real *soon
        isize soon_row, soon_rows, soon_columns
    ctypedef void (*tile_fn)(const Tiling *t) noexcept nogil
    tile_fn tiles[1][1][4]
    ctypedef struct Scratch "struct scratch":
        real *A
        real *B
        real *C
        real **panels
    Scratch *get_scratch()

# A product in terms of strides: op(A)[i, k] is A[i*a_row + k*a_k], and so on.  C[i, j]
# starts from start[i*start_row + j*start_col], or from 0 where start is NULL.
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


cdef inline isize step(isize left, isize most) noexcept nogil:
    """How many of `left` to take next: `most`; the last two steps share evenly."""
    if left >= 2 * most:
        return most
    return left if left <= most else (left + 1) >> 1


cdef inline isize vecs_in(isize columns) noexcept nogil:
    return <isize>(<size_t>(columns + LANES - 1) // <size_t>LANES)


cdef void copy(const real *X, isize ldx, isize rows, isize columns,
               real *Y, isize ldy) noexcept nogil:
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


cdef void transpose(const real *X, isize ldx, isize rows, isize columns,
                    real *Y, isize ldy) noexcept nogil:
    """Y[c, r] = X[r, c]"""
    cdef isize c, i
    cdef int n
    cdef vec piece[4]                 # PIECE of them are used
    while rows > 0:
        n = <int>min(LANES, rows)
        c = 0
        while c + PIECE <= columns:
            if n == LANES:
                v_load_transposed(X + c, ldx, LANES, piece)
                for i in range(PIECE):
                    v_store(Y + (c + i) * ldy, piece[i])
            else:
                v_load_transposed(X + c, ldx, n, piece)
                for i in range(PIECE):
                    v_store_n(Y + (c + i) * ldy, piece[i], n)
            c += PIECE
        while c < columns:
            for i in range(n):
                Y[c * ldy + i] = X[i * ldx + c]
            c += 1
        X += n * ldx
        Y += n
        rows -= n


cdef inline isize equal_steps(isize left, isize size) noexcept nogil:
    """How many steps of `size`, its first, step() takes of `left`."""
    if left < 2 * size:
        return 1
    if left < 3 * size:         # a division takes as long as a small product
        return 2 - (left != 2 * size)
    return <isize>(<size_t>left // <size_t>size) - (<size_t>left % <size_t>size != 0)


cdef inline void tiles_down(Tiling *t, isize rows, isize columns, isize tile_rows, isize vecs,
                            bint pack) noexcept nogil:
    """The tiles below each other that make up one panel of C; the first packs B for the others."""
    cdef isize size
    cdef int kind
    t.last = <int>(columns - (vecs - 1) * LANES)
    kind = FULL if t.last == LANES else EDGE
    t.b_next = 0
    while rows > 0:
        size = step(rows, tile_rows)
        t.a_next = size * t.a_row
        t.c_next = size * t.ldc
        t.start_next = size * t.start_row
        if pack:
            t.count = 1
            tiles[size - 1][vecs - 1][PACK](t)
            t.B = t.panel
            t.ldb = vecs * LANES
            pack = False
        else:
            t.count = equal_steps(rows, size)
            tiles[size - 1][vecs - 1][kind](t)
        rows -= t.count * size
        t.A += t.count * t.a_next
        t.C += t.count * t.c_next
        if t.start != NULL:
            t.start += t.count * t.start_next


cdef inline void tiles_across(Tiling *t, isize rows, isize columns, isize tile_vecs,
                              isize b_k) noexcept nogil:
    """The tiles beside each other that make up `rows` rows of C.

    b_k is the stride of B where it lies, or 0 for one panel behind the other.
    """
    cdef isize vecs, all_vecs = vecs_in(columns), size
    cdef int last = <int>(columns - (all_vecs - 1) * LANES), kind
    t.a_next = 0
    while all_vecs > 0:
        vecs = step(all_vecs, tile_vecs)
        size = vecs * LANES
        t.count = equal_steps(all_vecs, vecs)
        if last < LANES and t.count > 1 and t.count * vecs == all_vecs:
            t.count -= 1                # the last one apart
        t.last = last if vecs == all_vecs else LANES
        kind = PACK if t.panel != NULL else FULL if t.last == LANES else EDGE
        t.ldb = b_k if b_k else size
        t.b_next = size if b_k else size * t.K
        t.c_next = t.start_next = size
        tiles[rows - 1][vecs - 1][kind](t)
        all_vecs -= t.count * vecs
        t.B += t.count * t.b_next
        t.C += t.count * size
        if t.start != NULL:
            t.start += t.count * size
        if t.panel != NULL:
            t.panel += t.count * size * t.K


include "matmul_large.pxi"


cdef void multiply(const Product *p) noexcept nogil:
    """One thread's product."""
    cdef isize tile_rows = TILE_ROWS, tile_vecs = TILE_VECS
    cdef isize k0, k_size, j0, j1, j_most, i0, i1, i, i_size, j, vecs, panel, group, blocks
    cdef const real *A
    # what C starts from: `start` in the first block of k, C itself in the others
    cdef const real *origin = p.start
    cdef isize origin_row = p.start_row, origin_col = p.start_col
    cdef bint transpose_b = p.b_col != 1
    cdef bint transpose_c = p.c_col != 1 or (origin != NULL and origin_col != 1)
    cdef bint pack, down
    cdef Scratch *scratch = NULL
    cdef Tiling t

    if not transpose_b and not transpose_c and is_large(p):
        multiply_large(p)
        return
    if p.M == 1:
        tile_vecs = ROW_VECS
    elif TILE_ROWS_OF_4 and vecs_in(p.N) == 4 and not transpose_c:
        tile_vecs = 4
        tile_rows = TILE_ROWS_OF_4
    panel = tile_vecs * LANES
    # rows per turn; of a transposed C as many as make whole vectors of its columns
    group = max(LANES, tile_rows) if transpose_c else tile_rows
    # Packing doubles the time of one tile per panel; with B in L2 it gains less:
    # (32x784)(784x64) runs at 93 % of peak without and 84 % with it (Cascade Lake).
    # PACK tiles exist with tile_rows rows only; from 2 * group rows on the first is one.
    pack = (not transpose_b and p.M >= max(3 * tile_rows, 2 * group)
            and p.K * p.b_k > 3 * BLOCK // 4)
    # Rows that start off a cache line split most loads; many tiles are faster on a copy:
    # 256^3 runs at 72 % without and 89 % with.  (NumPy aligns to 16 bytes only.)
    if p.M >= 16 * tile_rows and (p.K * p.b_k > FAR or <size_t>p.B % 64
                                  or p.b_k * sizeof(real) % 64):
        pack = not transpose_b
    if pack or transpose_b or transpose_c or p.a_k != 1:
        scratch = get_scratch()

    k0 = 0
    while True:
        k_size = step(p.K - k0, K_MOST)
        t.K = k_size
        j_most = p.N
        if not transpose_b and not transpose_c and p.M * k_size <= BLOCK and (
                p.a_k == 1
                or not pack and (p.N <= panel or k_size <= K_SHORT and p.N <= 3 * panel)):
            # All of A stays in L2, or a transposed one is read in place so short that it
            # needs no copy.  One panel at a time then needs the least cache, and its
            # scratch stays in L2 as well: a PACK tile takes 25 cycles per k, not 38.
            j_most = panel
        elif (p.N + LANES) * k_size > BLOCK or (transpose_c and p.N > C_MOST):
            vecs = BLOCK // (max(k_size, 1) * LANES)    # that fit, LANES columns each
            if transpose_c:
                vecs = min(vecs, C_MOST // LANES)
            blocks = (vecs_in(p.N) + vecs - 1) // vecs
            j_most = (vecs_in(p.N) + blocks - 1) // blocks * LANES
        j0 = 0
        while j0 < p.N:
            if j_most == panel:
                j1 = j0 + min(p.N - j0, step(vecs_in(p.N - j0), tile_vecs) * LANES)
            else:
                j1 = min(p.N, j0 + j_most)
            down = j1 - j0 <= panel
            if transpose_b:
                j = j0
                while j < j1:
                    vecs = step(vecs_in(j1 - j), tile_vecs)
                    transpose(p.B + j * p.b_col + k0, p.b_col, min(vecs * LANES, j1 - j), k_size,
                              scratch.B + (j - j0) * k_size, vecs * LANES)
                    j += vecs * LANES
            i0 = 0
            while i0 < p.M:
                i1 = p.M if down and not transpose_c else i0 + step(p.M - i0, group)
                i = i0
                while i < i1:
                    i_size = i1 - i if down else step(i1 - i, tile_rows)
                    t.A = p.A + i * p.a_row + k0 * p.a_k
                    t.a_row = p.a_row
                    t.a_k = p.a_k
                    if p.a_k != 1 and not down:
                        copy(t.A, p.a_k, k_size, i_size, scratch.A, tile_rows)
                        t.A = scratch.A
                        t.a_k = tile_rows
                    t.C = p.C + i * p.c_row + j0
                    t.ldc = p.c_row
                    t.start = NULL
                    t.start_row = 0
                    if transpose_c:
                        t.C = scratch.C + (i - i0) * C_MOST
                        t.ldc = C_MOST
                        if origin != NULL:
                            t.start = t.C
                            t.start_row = C_MOST
                            if i == i0:
                                transpose(origin + i0 * origin_row + j0 * origin_col, origin_col,
                                          j1 - j0, i1 - i0, scratch.C, C_MOST)
                    elif origin != NULL:
                        t.start = origin + i * origin_row + j0
                        t.start_row = origin_row
                    if transpose_b or pack and i > 0:
                        t.B = scratch.B
                        t.panel = NULL
                    else:
                        t.B = p.B + k0 * p.b_k + j0
                        t.panel = scratch.B if pack else NULL
                    if down:
                        vecs = vecs_in(j1 - j0)
                        t.ldb = p.b_k if t.B != scratch.B else vecs * LANES
                        tiles_down(&t, i_size, j1 - j0, tile_rows, vecs, t.panel != NULL)
                    else:
                        tiles_across(&t, i_size, j1 - j0, tile_vecs,
                                     p.b_k if t.B != scratch.B else 0)
                    i += i_size
                if transpose_c:
                    transpose(scratch.C, C_MOST, i1 - i0, j1 - j0,
                              p.C + i0 * p.c_row + j0 * p.c_col, p.c_col)
                i0 = i1
            j0 = j1
        k0 += k_size
        if k0 >= p.K:
            return
        origin = p.C
        origin_row = p.c_row
        origin_col = p.c_col


cdef void multiply_part(const Product *p, isize part, isize parts) noexcept nogil:
    """Part of a product: some columns of C, or some rows if it has more rows."""
    cdef Product q = p[0]
    cdef isize units, first, end
    if p.M > p.N:
        units = (p.M + TILE_ROWS - 1) // TILE_ROWS
        first = units * part // parts * TILE_ROWS
        end = min(p.M, units * (part + 1) // parts * TILE_ROWS)
        q.M = end - first
        q.A += first * p.a_row
        q.C += first * p.c_row
        if p.start != NULL:
            q.start += first * p.start_row
    else:
        units = vecs_in(p.N)
        first = units * part // parts * LANES
        end = min(p.N, units * (part + 1) // parts * LANES)
        q.N = end - first
        q.B += first * p.b_col
        q.C += first * p.c_col
        if p.start != NULL:
            q.start += first * p.start_col
    if end > first:
        multiply(&q)


cdef void multiply_blocked "multiply_blocked" (
        bint transpose_a, bint transpose_b, isize M, isize N, isize K, const real *A, isize lda,
        const real *B, isize ldb, real *C, isize ldc, const real *init, bint accumulate,
        int threads) noexcept nogil:
    """A product of any size, by one thread or several."""
    cdef Product p, q
    cdef isize part, parts
    cdef bint swap
    p.M = M
    p.N = N
    p.K = K
    p.A = A
    p.a_row = 1 if transpose_a else lda
    p.a_k = lda if transpose_a else 1
    p.B = B
    p.b_k = 1 if transpose_b else ldb
    p.b_col = ldb if transpose_b else 1
    p.C = C
    p.c_row = ldc
    p.c_col = 1
    p.start = <const real *>C if accumulate else init
    p.start_row = ldc if accumulate else 0
    p.start_col = 1

    # Cᵀ = op(B)ᵀ op(A)ᵀ, the same products in the same order, where that transposes
    # fewer numbers, or fills vectors that a narrow C would leave almost empty.
    if transpose_b:
        swap = 2 * M >= LANES and N * K > 2 * M * N + (0 if transpose_a else M * K)
    else:
        swap = M >= 2 * LANES and (N == 1 or (transpose_a and N < LANES and K > 16))
    if swap:
        q = p
        p.M, p.N = q.N, q.M
        p.A, p.a_row, p.a_k = q.B, q.b_col, q.b_k
        p.B, p.b_k, p.b_col = q.A, q.a_k, q.a_row
        p.c_row, p.c_col = q.c_col, q.c_row
        p.start_row, p.start_col = q.start_col, q.start_row

    # Whether threads pay the caller has found out; less than 2^18 multiply-adds are no part.
    parts = 1
    if threads > 1:
        parts = min(<isize>threads, (M * N * K) >> 18)
    if parts <= 1:
        multiply(&p)
    else:
        for part in prange(parts, num_threads=<int>parts, schedule="static", chunksize=1):
            multiply_part(&p, part, parts)


include "matmul_small.pxi"


cdef void matmul(bint transpose_a, bint transpose_b, isize M, isize N, isize K,
                 const real *A, isize lda, const real *B, isize ldb, real *C, isize ldc,
                 const real *init, bint accumulate, int threads) noexcept nogil:
    if M * N * K <= TINY or (M == 1 and N == 1):        # or there is nothing in C, or in the sum
        multiply_tiny(M, N, K, A, 1 if transpose_a else lda, lda if transpose_a else 1,
                      B, 1 if transpose_b else ldb, ldb if transpose_b else 1, C, ldc,
                      <const real *>C if accumulate else init, ldc if accumulate else 0)
    else:
        multiply_any(transpose_a, transpose_b, M, N, K, A, lda, B, ldb, C, ldc, init, accumulate,
                     threads)


cdef void matmul_naive(bint transpose_a, bint transpose_b, isize M, isize N, isize K,
                       const real *A, isize lda, const real *B, isize ldb, real *C, isize ldc,
                       const real *init, bint accumulate, int threads) noexcept nogil:
    """The contract as three plain loops, in the order i, k, j: the oracle of the tests."""
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
