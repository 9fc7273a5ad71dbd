# Batches: rows of the data, picked by number.

cdef extern from "simd.h" nogil:
    void prefetch_(const void *)

cdef enum:
    CACHE_LINE = 64

# Row i of y = row order[i] of x; a row has `bytes_` bytes.  While one row is copied the next
# is asked for: the rows of a shuffled batch lie anywhere, and each would begin with a wait.
cdef void gather(const char *x, const long long *order, char *y, isize rows,
                 isize bytes_) noexcept nogil:
    cdef isize i, j
    cdef int n = <int>(bytes_ // <isize>sizeof(real))
    cdef const char *row
    cdef const char *next_row
    if bytes_ <= LANES * <isize>sizeof(real) and n * <isize>sizeof(real) == bytes_ and n > 0:
        for i in range(rows):       # a row is one vector: a call of memcpy would cost more
            v_store_n(<real *>y + i * n, v_load_n(<const real *>(x + order[i] * bytes_), n), n)
        return
    for i in range(rows):
        row = x + order[i] * bytes_
        if i + 1 < rows:
            next_row = x + order[i + 1] * bytes_
            j = 0
            while j < bytes_:
                prefetch_(next_row + j)
                j += CACHE_LINE
        memcpy(y + i * bytes_, row, bytes_)


# The same where x holds bytes, 0 … 255, and y is to hold numbers.
cdef void gather_bytes(const unsigned char *x, const long long *order, real *y, isize rows,
                       isize columns) noexcept nogil:
    cdef isize i, j
    cdef const unsigned char *row
    for i in range(rows):
        row = x + order[i] * columns
        for j in range(columns):
            y[j] = row[j]
        y += columns


cdef void fill_data(Kernels *k) noexcept nogil:
    k.gather = <gather_fn>gather
    k.gather_bytes = <gather_fn>gather_bytes
