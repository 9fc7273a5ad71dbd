# A dense layer of so few numbers that calling kernels costs more than computing: plain
# loops, every element the same chain of fma over ascending k as in matmul.pxi.
# Letters as in csrc/ops/linalg.pxi: B batch, I inputs, O units.

# z = x·w + b  (b may be NULL)
cdef void dense_tiny(const real *x, const real *w, const real *b, real *z,
                     isize B, isize I, isize O) noexcept nogil:
    cdef isize i, o
    cdef real c
    while B > 0:
        for o in range(O):
            c = b[o] if b != NULL else <real>0
            for i in range(I):
                c = fma_(x[i], w[i * O + o], c)
            z[o] = c
        x += I
        z += O
        B -= 1


# dw = xᵀ·dz, db = Σ dz over the batch, dx = dz·wᵀ; those that are NULL are not wanted
cdef void dense_tiny_backward(const real *x, const real *w, const real *dz, real *dw, real *db,
                              real *dx, isize B, isize I, isize O) noexcept nogil:
    cdef isize n, i, o
    cdef real c
    if dw != NULL:
        for i in range(I):
            for o in range(O):
                c = 0
                for n in range(B):
                    c = fma_(x[n * I + i], dz[n * O + o], c)
                dw[i * O + o] = c
    if db != NULL:
        for o in range(O):
            c = dz[o] if B > 0 else <real>0
            for n in range(1, B):
                c += dz[n * O + o]
            db[o] = c
    if dx != NULL:
        for n in range(B):
            for i in range(I):
                c = 0
                for o in range(O):
                    c = fma_(dz[n * O + o], w[i * O + o], c)
                dx[n * I + i] = c


cdef void fill_dense_tiny(Kernels *k) noexcept nogil:
    k.dense_tiny = <dense_tiny_fn>dense_tiny
    k.dense_tiny_backward = <dense_tiny_backward_fn>dense_tiny_backward
