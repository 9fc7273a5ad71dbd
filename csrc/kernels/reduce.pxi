# Sums, and what moves whole arrays.
#
# A sum of n numbers is kept in float64 over a fixed number of lanes (element i
# goes to lane i mod SUM_LANES, the lanes are then added in order), so its bits do not
# depend on the vector width of the target.

cdef enum:
    SUM_LANES = 16

cdef inline double lane_sum(const real *x, isize n) noexcept nogil:
    cdef double lane[SUM_LANES]
    cdef double total = 0
    cdef isize i = 0, j
    if n < SUM_LANES:
        for j in range(n):
            total += x[j]
        return total
    for j in range(SUM_LANES):
        lane[j] = 0
    while i + SUM_LANES <= n:
        for j in range(SUM_LANES):
            lane[j] += x[i + j]
        i += SUM_LANES
    for j in range(n - i):
        lane[j] += x[i + j]
    for j in range(SUM_LANES):
        total += lane[j]
    return total

cdef double sum_all(const real *x, isize n) noexcept nogil:
    return lane_sum(x, n)

cdef inline double lane_dot(const real *x, const real *y, isize n) noexcept nogil:
    cdef double lane[SUM_LANES]
    cdef double total = 0
    cdef isize i = 0, j
    if n < SUM_LANES:
        for j in range(n):
            total += <double>x[j] * y[j]
        return total
    for j in range(SUM_LANES):
        lane[j] = 0
    while i + SUM_LANES <= n:
        for j in range(SUM_LANES):
            lane[j] += <double>x[i + j] * y[i + j]
        i += SUM_LANES
    for j in range(n - i):
        lane[j] += <double>x[i + j] * y[i + j]
    for j in range(SUM_LANES):
        total += lane[j]
    return total


cdef void add_to(real *y, const real *x, isize n) noexcept nogil:
    cdef isize i
    for i in range(n):
        y[i] += x[i]

cdef void fill_with(real *y, double value, isize n) noexcept nogil:
    cdef isize i
    cdef real v = <real>value
    for i in range(n):
        y[i] = v

# Down the columns: ROW_BLOCK rows are added up in order, and the sums of the blocks in
# float64, so that millions of rows do not drift.  COLUMN_BLOCK columns at a time stay in cache.
cdef enum:
    COLUMN_BLOCK = 128
    ROW_BLOCK = 64

cdef void sum_rows(const real *x, real *y, isize rows, isize cols) noexcept nogil:
    cdef real part[COLUMN_BLOCK]
    cdef double total[COLUMN_BLOCK]
    cdef isize first = 0, n, r, block_end, j
    if rows <= ROW_BLOCK:       # one block: its sum is the result
        for j in range(cols):
            y[j] = 0
        for r in range(rows):
            for j in range(cols):
                y[j] += x[r * cols + j]
        return
    while first < cols:
        n = min(COLUMN_BLOCK, cols - first)
        for j in range(n):
            total[j] = 0
        r = 0
        while r < rows:
            block_end = min(r + ROW_BLOCK, rows)
            for j in range(n):
                part[j] = 0
            while r < block_end:
                for j in range(n):
                    part[j] += x[r * cols + first + j]
                r += 1
            for j in range(n):
                total[j] += part[j]
        for j in range(n):
            y[first + j] = <real>total[j]
        first += n


cdef void fill_reduce(Kernels *k) noexcept nogil:
    k.sum = <double (*)(const void *, isize) noexcept nogil>sum_all
    k.add_to = <void (*)(void *, const void *, isize) noexcept nogil>add_to
    k.fill = <void (*)(void *, double, isize) noexcept nogil>fill_with
    k.sum_rows = <void (*)(const void *, void *, isize, isize) noexcept nogil>sum_rows
