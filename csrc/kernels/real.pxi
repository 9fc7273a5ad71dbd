# The names of simd.h in Cython's terms.  Cython is told that real and vec are
# float; the C compiler sees what they are in the module being compiled.  Write
# constants in arithmetic as <real>0.5 and <real>1: Cython makes a bare 0.5 or 1 a
# double, and C then computes the whole expression in double.

cdef extern from "simd.h" nogil:
    ctypedef float real
    ctypedef float vec
    ctypedef unsigned int bits
    const int LANES
    bits bits_of(real)
    real real_of(bits)
    real fma_(real, real, real)
    const int MANTISSA, EXPONENT_BIAS
    const bits MANTISSA_MASK
    const real ROUNDER
    bits shift_left(bits, int)
    bits shift_right(bits, int)
    real sqrt_(real)
    real abs_(real)
    real floor_(real)
    real round_(real)
    real copysign_(real, real)
    vec v_load(const real *)
    void v_store(real *, vec)
    vec v_load_n(const real *, int)
    void v_store_n(real *, vec, int)
    void v_store_halves(real *, real *, vec)
    void prefetch_(const void *)
    vec v_splat(real)
    vec v_fma(vec, vec, vec)
    vec v_max(vec, vec)
    real v_largest(vec)
    unsigned int v_equal(vec, vec)
    unsigned int v_at_most(vec, vec)
    const unsigned int ALL_LANES
    int first_bit(unsigned int)
    vec v_load_n_or(const real *, int, vec)
    ctypedef double wide
    const int SUM_LANES, SUM_VECTORS, WIDE_LANES
    wide w_zero()
    wide w_load(const real *)
    double w_total(const wide *)
    void load_padded(const real *, Py_ssize_t, real *)
    const int PIECE
    void v_load_transposed(const real *, Py_ssize_t, int, vec *)

cdef extern from "loops.h" nogil:
    ctypedef struct Scalars:
        real a, b, c, d
    const int FEW
    void each(real (*f)(real) noexcept nogil, const real *x, real *y, isize n)
    void each_with(real (*f)(real, Scalars) noexcept nogil, const real *x, real *y, isize n,
                   Scalars s)
    void each2(real (*f)(real, real) noexcept nogil, const real *u, const real *v, real *y,
               isize n)
    void each2_with(real (*f)(real, real, Scalars) noexcept nogil, const real *u, const real *v,
                    real *y, isize n, Scalars s)
    void each2_times(real (*f)(real, real, Scalars) noexcept nogil, const real *u, const real *v,
                     const real *w, real *y, isize n, Scalars s)

cdef inline Scalars scalars(real a, real b, real c) noexcept nogil:
    cdef Scalars s
    s.a, s.b, s.c, s.d = a, b, c, 0
    return s
