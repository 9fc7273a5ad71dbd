# Batches: rows of the data, picked by number.

cdef enum:
    CACHE_LINE = 64

# Row i of y = row order[i] of x; a row has `bytes_` bytes.  While one row is copied the next
# is asked for: the rows of a shuffled batch lie anywhere, and each begins with a wait (32 rows of
# 784 float32 from 188 MB, Cascade Lake: 15.2 us, without 15.7).
cdef void gather(const char *x, const long long *order, char *y, isize rows,
                 isize bytes_) noexcept nogil:
    cdef isize i, j
    cdef int n = <int>(bytes_ // <isize>sizeof(real))
    cdef const real *from_
    cdef real *to
    cdef const char *row
    cdef const char *next_row
    if bytes_ == 0:
        return
    if n * <isize>sizeof(real) == bytes_ and bytes_ <= LANES * <isize>sizeof(real):
        # A call of memcpy for each row would cost more.  One or two numbers go by themselves: what
        # reads them next would have to wait for a masked store to reach the cache.
        for i in range(rows):
            from_ = <const real *>(x + order[i] * bytes_)
            to = <real *>y + i * n
            if n > 2:
                v_store_n(to, v_load_n(from_, n), n)
            else:
                to[0] = from_[0]
                to[n - 1] = from_[n - 1]
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
