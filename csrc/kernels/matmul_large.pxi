# Large products: the loops of matmul.pxi turned around, so that a block of A stays in L2
# and B passes by, one panel at a time.
#
#     for k0: blocks of k              of K_LARGE at most
#       for i0: blocks of rows         k_size x (i1 - i0) of A, packed into strips, stay in L2
#         for j: panels of columns     k_size x 3 vectors of B, packed, stay in L2
#           for i: strips of rows      the tile
#
# A strip is what a tile takes: 8 rows, one k after the other.  While tiles multiply with a panel
# they copy the next one, a few rows each (COPY tiles), and seldom wait for memory.
#
# In % of peak before and after (Cascade Lake, one thread; float32, then float64): xT dy,
# (784xK)(Kx512), with K = 8192 57 and 79, 55 and 70; in blocks of 512 added up 65 and 78, 54 and
# 72; 1024^3 78 and 81, 72 and 77; 2048^3 79 and 82 (float32, best of rounds).  The loops of
# matmul.pxi are faster where B nearly fits L2 (512^3 88, here 82, float32), and where few rows pay
# for copying B, or few columns for packing A: (128x784)(784x512) 80, here 75 (float64);
# (60000x784)(784x512) 82, here 78 (float32).

cdef enum:
    LARGE_M = 128           # with a transposed A, which has to be packed anyway
    LARGE_N = 256
    LARGE_K = 256
    LARGER_M = 512          # and else
    LARGER_N = 1024
    LARGER_B = 3 << 20      # bytes


cdef inline bint is_large(const Product *p) noexcept nogil:
    """Whether multiply_large() is faster; for B and C that are not transposed."""
    if p.a_k != 1:
        return p.M >= LARGE_M and p.N >= LARGE_N and p.K >= LARGE_K
    # with tiles of 4 rows the loops of matmul.pxi stay faster: 1024^3 96 and 88 (AVX2)
    return (TILE_ROWS == 8 and p.M >= LARGER_M and p.N >= LARGER_N
            and p.K * p.N * <isize>sizeof(real) >= LARGER_B)


cdef void pack_strips(const real *A, isize a_row, isize a_k, isize rows, isize K,
                      real *Y) noexcept nogil:
    """Rows of A as the strips that step() makes of them, one strip behind the other."""
    cdef isize size, k, c
    cdef vec piece[4]                 # PIECE of them are used
    while rows > 0:
        if LANES == 2 * TILE_ROWS and a_row == 1 and rows >= 4 * LANES + TILE_ROWS:
            # Four vectors of every row, which memory gives faster than one at a time: xT dy with
            # K = 8192 ran at 71 % of peak so and at 58 (best of rounds on a busy machine).
            size = 4 * LANES
            for k in range(K):
                for c in range(4):
                    prefetch_(A + (k + 8) * a_k + c * LANES)
                    v_store_halves(Y + (2 * c * K + k) * TILE_ROWS,
                                   Y + ((2 * c + 1) * K + k) * TILE_ROWS,
                                   v_load(A + k * a_k + c * LANES))
        elif LANES == 2 * TILE_ROWS and a_k == 1 and rows >= 3 * TILE_ROWS:
            size = LANES
            k = 0
            while k + PIECE <= K:
                for c in range(PIECE):          # the next rows: all of them in PIECE turns
                    prefetch_(A + k + (LANES + (k & (LANES - PIECE)) + c) * a_row)
                v_load_transposed(A + k, a_row, LANES, piece)
                for c in range(PIECE):
                    v_store_halves(Y + (k + c) * TILE_ROWS, Y + (K + k + c) * TILE_ROWS, piece[c])
                k += PIECE
            while k < K:
                for c in range(TILE_ROWS):
                    Y[k * TILE_ROWS + c] = A[k + c * a_row]
                    Y[(K + k) * TILE_ROWS + c] = A[k + (c + TILE_ROWS) * a_row]
                k += 1
        else:
            size = step(rows, TILE_ROWS)
            if a_row == 1:
                copy(A, a_k, K, size, Y, size)
            else:
                transpose(A, a_row, size, K, Y, size)
        A += size * a_row
        Y += size * K
        rows -= size


cdef struct Panel:
    isize k0, k_size, j, columns, vecs


cdef inline Panel panel_at(const Product *p, isize k0, isize k_size, isize j) noexcept nogil:
    cdef Panel b
    b.k0 = k0
    b.k_size = k_size
    b.j = j
    b.vecs = step(vecs_in(p.N - j), TILE_VECS)
    b.columns = min(b.vecs * LANES, p.N - j)
    return b


cdef inline void pack_panel(const Product *p, const Panel *b, isize done, real *Y) noexcept nogil:
    """The rows of a panel from number `done` on."""
    if done < b.k_size:
        copy(p.B + (b.k0 + done) * p.b_k + b.j, p.b_k, b.k_size - done, b.columns,
             Y + done * b.vecs * LANES, b.vecs * LANES)


cdef inline void multiply_panel(const Product *p, Tiling *t, isize i0, isize i_size,
                                const Panel *b, const real *packed, const real *origin,
                                const Panel *soon, real *panel) noexcept nogil:
    """All strips of A, in scratch, with one panel of B; packs the panel that is next."""
    cdef isize i = 0, rows, done = 0, copied, most
    cdef int kind
    cdef bint ahead
    t.K = b.k_size
    t.B = packed
    t.ldb = b.vecs * LANES
    t.last = <int>(b.columns - (b.vecs - 1) * LANES)
    kind = FULL if t.last == LANES else EDGE
    # a COPY tile copies whole vectors; only in the last row is nothing behind the columns
    t.soon_columns = soon.vecs * LANES
    most = soon.k_size - (soon.columns < t.soon_columns)
    rows = max(i_size // TILE_ROWS, 1)
    copied = min((soon.k_size + rows - 1) // rows,
                 (t.K - 2 * TILE_ROWS * TILE_VECS) // COPY_K)
    ahead = b.vecs == TILE_VECS and kind == FULL and t.K > K_SHORT and copied > 0
    while i < i_size:
        rows = step(i_size - i, TILE_ROWS)
        t.A = get_scratch().B + i * t.K
        t.a_k = rows
        t.C = p.C + (i0 + i) * p.c_row + b.j
        t.c_next = rows * p.c_row
        t.start = origin + (i0 + i) * t.start_row + b.j if origin != NULL else NULL
        if ahead and rows == TILE_ROWS and done < most:
            t.soon = p.B + (soon.k0 + done) * p.b_k + soon.j
            t.soon_rows = min(copied, most - done)
            t.panel = panel + done * t.soon_columns
            tiles[TILE_ROWS - 1][TILE_VECS - 1][COPY](t)
            done += t.soon_rows
        else:
            tiles[rows - 1][b.vecs - 1][kind](t)
        i += rows
    pack_panel(p, soon, done, panel)


cdef void multiply_large(const Product *p) noexcept nogil:
    cdef isize k0 = 0, k_size, k_most, i0, i1, rows, blocks
    cdef Scratch *scratch = get_scratch()
    cdef real *here = scratch.panels[0]
    cdef real *there = scratch.panels[1]
    cdef const real *origin = p.start       # as in multiply()
    cdef Panel b, soon
    cdef Tiling t
    blocks = (p.K + K_LARGE - 1) // K_LARGE
    k_most = (p.K + blocks - 1) // blocks
    t.count = 1
    t.a_row = 1
    t.a_next = t.b_next = t.start_next = 0
    t.ldc = p.c_row
    t.start_row = p.start_row
    t.soon_row = p.b_k
    b = panel_at(p, 0, k_most, 0)
    pack_panel(p, &b, 0, here)
    while k0 < p.K:
        k_size = b.k_size
        rows = BLOCK // (k_size * TILE_ROWS) * TILE_ROWS        # that fit
        blocks = (p.M + rows - 1) // rows
        rows = ((p.M + blocks - 1) // blocks + TILE_ROWS - 1) // TILE_ROWS * TILE_ROWS
        i0 = 0
        while i0 < p.M:
            i1 = min(i0 + rows, p.M)
            pack_strips(p.A + i0 * p.a_row + k0 * p.a_k, p.a_row, p.a_k, i1 - i0, k_size,
                        scratch.B)
            while True:
                if b.j + b.columns < p.N:
                    soon = panel_at(p, k0, k_size, b.j + b.columns)
                elif i1 < p.M:
                    soon = panel_at(p, k0, k_size, 0)
                elif k0 + k_size < p.K:
                    soon = panel_at(p, k0 + k_size, min(k_most, p.K - k0 - k_size), 0)
                else:
                    soon = panel_at(p, k0, 0, 0)            # of no rows
                multiply_panel(p, &t, i0, i1 - i0, &b, here, origin, &soon, there)
                here, there = there, here
                b = soon
                if b.j == 0:
                    break
            i0 = i1
        k0 += k_size
        origin = p.C
        t.start_row = p.c_row
