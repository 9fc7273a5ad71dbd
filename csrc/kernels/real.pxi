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
    vec v_splat(real)
    vec v_fma(vec, vec, vec)
    const int PIECE
    void v_load_transposed(const real *, Py_ssize_t, int, vec *)
