# Sums, largest elements, and what moves whole arrays.
#
# A sum of n numbers is kept in float64 over a fixed number of lanes (element i
# goes to lane i mod SUM_LANES; simd.h adds the lanes up), so its bits do not
# depend on the vector width of the target.

cdef inline double lane_sum(const real *x, isize n) noexcept nogil:
    cdef wide lane[SUM_VECTORS]
    cdef real last[SUM_LANES]
    cdef isize i = 0
    cdef int j
    if 1 <= n <= FEW:           # the same order, without vectors
        if n == 1:
            return x[0]
        return (x[0] + <double>(x[2] if n == 3 else 0)) + x[1]
    for j in range(SUM_VECTORS):
        lane[j] = w_zero()
    while i + SUM_LANES <= n:
        for j in range(SUM_VECTORS):
            lane[j] += w_load(x + i + j * WIDE_LANES)
        i += SUM_LANES
    if i < n:
        load_padded(x + i, n - i, last)
        for j in range(SUM_VECTORS):
            lane[j] += w_load(last + j * WIDE_LANES)
    return w_total(lane)

cdef double sum_all(const real *x, isize n) noexcept nogil:
    if n == 1:          # the mean of a batch of one
        return x[0]
    return lane_sum(x, n)

cdef inline double lane_dot(const real *x, const real *y, isize n) noexcept nogil:
    cdef wide lane[SUM_VECTORS]
    cdef real last_x[SUM_LANES]
    cdef real last_y[SUM_LANES]
    cdef isize i = 0
    cdef int j
    for j in range(SUM_VECTORS):
        lane[j] = w_zero()
    while i + SUM_LANES <= n:
        for j in range(SUM_VECTORS):
            lane[j] += w_load(x + i + j * WIDE_LANES) * w_load(y + i + j * WIDE_LANES)
        i += SUM_LANES
    if i < n:
        load_padded(x + i, n - i, last_x)
        load_padded(y + i, n - i, last_y)
        for j in range(SUM_VECTORS):
            lane[j] += w_load(last_x + j * WIDE_LANES) * w_load(last_y + j * WIDE_LANES)
    return w_total(lane)


cdef double sum_squares(const real *x, isize n) noexcept nogil:
    return lane_dot(x, x, n)


# The largest of n > 0 numbers, leaving out NaN.
cdef inline real row_max(const real *x, isize n) noexcept nogil:
    cdef vec m = v_splat(<real>-INFINITY)
    cdef real few = <real>-INFINITY
    cdef isize i = 0
    if n <= FEW:
        while i < n:
            few = x[i] if x[i] > few else few
            i += 1
        return few
    while i + LANES <= n:
        m = v_max(v_load(x + i), m)
        i += LANES
    if i < n:
        m = v_max(v_load_n_or(x + i, n - i, m), m)
    return v_largest(m)


cdef void add_to(real *y, const real *x, isize n) noexcept nogil:
    each2(plus, y, x, y, n)

cdef void fill_with(real *y, double value, isize n) noexcept nogil:
    cdef isize i
    cdef real v = <real>value
    for i in range(n):
        y[i] = v

# Down the columns: ROW_BLOCK rows are added up in order, and the sums of the blocks in
# float64, so that millions of rows do not drift.

cdef enum:
    ROW_BLOCK = 64
    STRIP = 4           # columns are taken STRIP vectors at a time, held in registers
    # what is added up: x, (x − centre)², (x − centre)·other, with a centre for each column
    TERM_VALUE = 0
    TERM_SQUARE = 1
    TERM_PRODUCT = 2

cdef inline vec plus_term(vec total, const real *x, const real *centre, const real *other, int n,
                          int term) noexcept nogil:
    cdef vec d
    if term == TERM_VALUE:
        return total + v_load_n(x, n)
    d = v_load_n(x, n) - v_load_n(centre, n)
    return v_fma(d, d if term == TERM_SQUARE else v_load_n(other, n), total)

cdef inline void sum_strip(const real *x, isize stride, const real *centre, const real *other,
                           real *y, isize rows, int vectors, int last, int term) noexcept nogil:
    """`vectors` vectors of columns, the last of which has `last` lanes; y is not `centre`."""
    cdef vec part[STRIP]
    cdef double total[STRIP * LANES]
    cdef isize r = 0, block_end
    cdef int j, n = (vectors - 1) * LANES + last
    for j in range(n):
        total[j] = 0
    while True:
        block_end = min(r + ROW_BLOCK, rows)
        for j in range(vectors):
            part[j] = v_splat(0)
        while r < block_end:
            for j in range(vectors):
                part[j] = plus_term(part[j], x + j * LANES, centre + j * LANES, other + j * LANES,
                                    LANES if j + 1 < vectors else last, term)
            x += stride
            other += stride
            r += 1
        for j in range(vectors - 1):
            v_store(y + j * LANES, part[j])
        v_store_n(y + (vectors - 1) * LANES, part[vectors - 1], last)
        if rows <= ROW_BLOCK:           # one block: its sum is the result
            return
        for j in range(n):
            total[j] += y[j]
        if r == rows:
            break
    for j in range(n):
        y[j] = <real>total[j]

cdef void sum_rows(const real *x, real *y, isize rows, isize cols) noexcept nogil:
    cdef isize j = 0
    if rows == 1:
        while j < cols:
            y[j] = x[j]
            j += 1
    while j + STRIP * LANES <= cols:
        sum_strip(x + j, cols, NULL, NULL, y + j, rows, STRIP, LANES, TERM_VALUE)
        j += STRIP * LANES
    while j < cols:
        sum_strip(x + j, cols, NULL, NULL, y + j, rows, 1, min(LANES, cols - j),
                  TERM_VALUE)
        j += LANES


cdef void fill_reduce(Kernels *k) noexcept nogil:
    k.sum = <double (*)(const void *, isize) noexcept nogil>sum_all
    k.sum_squares = <double (*)(const void *, isize) noexcept nogil>sum_squares
    k.add_to = <void (*)(void *, const void *, isize) noexcept nogil>add_to
    k.fill = <void (*)(void *, double, isize) noexcept nogil>fill_with
    k.sum_rows = <void (*)(const void *, void *, isize, isize) noexcept nogil>sum_rows
