# Functions of one array (map) and of two (zip), each derivative under its
# function.  A kernel is the formula of one element, given to a loop of loops.h,
# where it becomes vector instructions of the target; `f_dx` is the formula of
# dx, from dy and from x or y.  Signatures of kernels: see table.pxi.

from libc.math cimport pow as pow_

# ---- one array ---------------------------------------------------------------

cdef void linear(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    memcpy(y, x, rows * cols * sizeof(real))

cdef void linear_grad(const real *x, const real *y, const real *dy, real *dx,
                      isize rows, isize cols, const double *a) noexcept nogil:
    memmove(dx, dy, rows * cols * sizeof(real))


cdef inline real negative_(real x) noexcept nogil:
    return -x

cdef void negative(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    each(negative_, x, y, rows * cols)

cdef void negative_grad(const real *x, const real *y, const real *dy, real *dx,
                        isize rows, isize cols, const double *a) noexcept nogil:
    each(negative_, dy, dx, rows * cols)


# s.a: a number of the whole array, or of its row
cdef inline real times_(real x, Scalars s) noexcept nogil:
    return x * s.a

# y = a₀·x: multiplying by a number, and the 1/n of a mean
cdef void scale(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    each_with(times_, x, y, rows * cols, scalars(<real>a[0], 0, 0))

cdef void scale_grad(const real *x, const real *y, const real *dy, real *dx,
                     isize rows, isize cols, const double *a) noexcept nogil:
    scale(dy, dx, rows, cols, a)


cdef void exponential(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    each(exp_, x, y, rows * cols)

cdef void exponential_grad(const real *x, const real *y, const real *dy, real *dx,
                           isize rows, isize cols, const double *a) noexcept nogil:
    each2(product, y, dy, dx, rows * cols)


cdef void exponential_m1(const real *x, real *y, isize rows, isize cols,
                         const double *a) noexcept nogil:
    each(expm1_, x, y, rows * cols)

cdef inline real exponential_m1_dx(real y, real dy) noexcept nogil:
    return dy * (y + <real>1)

cdef void exponential_m1_grad(const real *x, const real *y, const real *dy, real *dx,
                              isize rows, isize cols, const double *a) noexcept nogil:
    each2(exponential_m1_dx, y, dy, dx, rows * cols)


cdef void logarithm(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    each(log_, x, y, rows * cols)

cdef inline real logarithm_dx(real x, real dy) noexcept nogil:
    return dy / x

cdef void logarithm_grad(const real *x, const real *y, const real *dy, real *dx,
                         isize rows, isize cols, const double *a) noexcept nogil:
    each2(logarithm_dx, x, dy, dx, rows * cols)


cdef void logarithm_1p(const real *x, real *y, isize rows, isize cols,
                       const double *a) noexcept nogil:
    each(log1p_, x, y, rows * cols)

cdef inline real logarithm_1p_dx(real x, real dy) noexcept nogil:
    return dy / (<real>1 + x)

cdef void logarithm_1p_grad(const real *x, const real *y, const real *dy, real *dx,
                            isize rows, isize cols, const double *a) noexcept nogil:
    each2(logarithm_1p_dx, x, dy, dx, rows * cols)


cdef void square_root(const real *x, real *y, isize rows, isize cols,
                      const double *a) noexcept nogil:
    each(sqrt_, x, y, rows * cols)

cdef inline real square_root_dx(real y, real dy) noexcept nogil:
    return dy / (<real>2 * y)

cdef void square_root_grad(const real *x, const real *y, const real *dy, real *dx,
                           isize rows, isize cols, const double *a) noexcept nogil:
    each2(square_root_dx, y, dy, dx, rows * cols)


cdef inline real square_(real x) noexcept nogil:
    return x * x

cdef void square(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    each(square_, x, y, rows * cols)

cdef inline real square_dx(real x, real dy) noexcept nogil:
    return dy * (<real>2 * x)

cdef void square_grad(const real *x, const real *y, const real *dy, real *dx,
                      isize rows, isize cols, const double *a) noexcept nogil:
    each2(square_dx, x, dy, dx, rows * cols)


# The sign is −1, 0 or 1, and NaN of NaN (the only number that differs from itself).
cdef inline real sign_(real x) noexcept nogil:
    return (<real>(x > 0) - <real>(x < 0)) if x == x else x

cdef void absolute(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    each(abs_, x, y, rows * cols)

cdef inline real absolute_dx(real x, real dy) noexcept nogil:
    return dy * sign_(x)

cdef void absolute_grad(const real *x, const real *y, const real *dy, real *dx,
                        isize rows, isize cols, const double *a) noexcept nogil:
    each2(absolute_dx, x, dy, dx, rows * cols)


cdef void sign(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    each(sign_, x, y, rows * cols)

cdef void sign_grad(const real *x, const real *y, const real *dy, real *dx,
                    isize rows, isize cols, const double *a) noexcept nogil:
    fill_with(dx, 0, rows * cols)


# s.a, s.b = lowest, highest.  Comparisons are written so that a NaN stays itself.
cdef inline real clip_(real x, Scalars s) noexcept nogil:
    x = s.a if x < s.a else x
    return s.b if x > s.b else x

cdef void clip(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    each_with(clip_, x, y, rows * cols, scalars(<real>a[0], <real>a[1], 0))

cdef inline real clip_dx(real x, real dy, Scalars s) noexcept nogil:
    return 0 if (x < s.a) | (x > s.b) else dy

cdef void clip_grad(const real *x, const real *y, const real *dy, real *dx,
                    isize rows, isize cols, const double *a) noexcept nogil:
    each2_with(clip_dx, x, dy, dx, rows * cols, scalars(<real>a[0], <real>a[1], 0))


# ---- two arrays --------------------------------------------------------------

# One number against an array, or two arrays
cdef inline void each_pair(real (*f)(real, real) noexcept nogil, const real *u, isize su,
                           const real *v, isize sv, real *y, isize n) noexcept nogil:
    cdef isize i
    if su & sv:
        each2(f, u, v, y, n)
    else:
        for i in range(n):
            y[i] = f(u[i * su], v[i * sv])


cdef inline real plus(real u, real v) noexcept nogil:
    return u + v

cdef void add(const real *u, isize su, const real *v, isize sv, real *y, isize n) noexcept nogil:
    each_pair(plus, u, su, v, sv, y, n)

cdef void add_grad(const real *u, isize su, const real *v, isize sv, const real *y,
                   const real *dy, real *d, isize n) noexcept nogil:
    memcpy(d, dy, n * sizeof(real))


cdef inline real difference(real u, real v) noexcept nogil:
    return u - v

cdef void subtract(const real *u, isize su, const real *v, isize sv, real *y,
                   isize n) noexcept nogil:
    each_pair(difference, u, su, v, sv, y, n)

cdef void subtract_grad_v(const real *u, isize su, const real *v, isize sv, const real *y,
                          const real *dy, real *d, isize n) noexcept nogil:
    each(negative_, dy, d, n)


cdef inline real product(real u, real v) noexcept nogil:
    return u * v

cdef void times(const real *u, isize su, const real *v, isize sv, real *y,
                isize n) noexcept nogil:
    each_pair(product, u, su, v, sv, y, n)

cdef void times_grad_u(const real *u, isize su, const real *v, isize sv, const real *y,
                       const real *dy, real *d, isize n) noexcept nogil:
    times(dy, 1, v, sv, d, n)

cdef void times_grad_v(const real *u, isize su, const real *v, isize sv, const real *y,
                       const real *dy, real *d, isize n) noexcept nogil:
    times(dy, 1, u, su, d, n)


cdef inline real quotient(real u, real v) noexcept nogil:
    return u / v

cdef void divide(const real *u, isize su, const real *v, isize sv, real *y,
                 isize n) noexcept nogil:
    each_pair(quotient, u, su, v, sv, y, n)

cdef void divide_grad_u(const real *u, isize su, const real *v, isize sv, const real *y,
                        const real *dy, real *d, isize n) noexcept nogil:
    divide(dy, 1, v, sv, d, n)

cdef void divide_grad_v(const real *u, isize su, const real *v, isize sv, const real *y,
                        const real *dy, real *d, isize n) noexcept nogil:
    cdef isize i
    for i in range(n):
        d[i] = -dy[i] * (y[i] / v[i * sv])


# uᵛ, computed in float64: the exponent multiplies the error of the logarithm
cdef void power(const real *u, isize su, const real *v, isize sv, real *y,
                isize n) noexcept nogil:
    cdef isize i
    if sv == 0 and v[0] == 2:
        for i in range(n):
            y[i] = u[i * su] * u[i * su]
    else:
        for i in range(n):
            y[i] = <real>pow_(u[i * su], v[i * sv])

cdef void power_grad_u(const real *u, isize su, const real *v, isize sv, const real *y,
                       const real *dy, real *d, isize n) noexcept nogil:
    cdef isize i
    cdef real e
    for i in range(n):
        e = v[i * sv]
        # u⁰ is 1 everywhere: its derivative is 0 at u = 0 too, where u⁻¹ is not finite
        d[i] = 0 if e == 0 else dy[i] * e * <real>pow_(u[i * su], <double>e - 1)

cdef void power_grad_v(const real *u, isize su, const real *v, isize sv, const real *y,
                       const real *dy, real *d, isize n) noexcept nogil:
    cdef isize i
    for i in range(n):
        # 0ᵛ is 0 around any v > 0: derivative 0, where 0·log 0 would be NaN
        d[i] = 0 if (u[i * su] == 0) & (v[i * sv] > 0) else dy[i] * y[i] * log_(u[i * su])


# The larger of two; NaN if either is NaN (u + v is).
cdef inline real larger(real u, real v) noexcept nogil:
    cdef real m = u if u > v else v
    return m if u == u else u

cdef void maximum(const real *u, isize su, const real *v, isize sv, real *y,
                  isize n) noexcept nogil:
    each_pair(larger, u, su, v, sv, y, n)

cdef inline real smaller(real u, real v) noexcept nogil:
    return -larger(-u, -v)

cdef void minimum(const real *u, isize su, const real *v, isize sv, real *y,
                  isize n) noexcept nogil:
    each_pair(smaller, u, su, v, sv, y, n)

# Both: dy where this operand was chosen, ½ dy where the two are equal.
cdef void chosen_grad_u(const real *u, isize su, const real *v, isize sv, const real *y,
                        const real *dy, real *d, isize n) noexcept nogil:
    cdef isize i
    for i in range(n):
        d[i] = (dy[i] / <real>2 if u[i * su] == v[i * sv] else
                dy[i] if u[i * su] == y[i] else y[i] if y[i] != y[i] else 0)

cdef void chosen_grad_v(const real *u, isize su, const real *v, isize sv, const real *y,
                        const real *dy, real *d, isize n) noexcept nogil:
    chosen_grad_u(v, sv, u, su, y, dy, d, n)


cdef inline void set_map(Kernels *k, int which, void *f, void *grad) noexcept nogil:
    k.map[which] = <map_fn>f
    k.map_grad[which] = <map_grad_fn>grad

cdef inline void set_zip(Kernels *k, int which, void *f, void *grad_u, void *grad_v) noexcept nogil:
    k.zip[which] = <zip_fn>f
    k.zip_grad_u[which] = <zip_grad_fn>grad_u
    k.zip_grad_v[which] = <zip_grad_fn>grad_v

cdef void fill_elementwise(Kernels *k) noexcept nogil:
    set_map(k, MAP_LINEAR, <void *>linear, <void *>linear_grad)
    set_map(k, MAP_NEGATIVE, <void *>negative, <void *>negative_grad)
    set_map(k, MAP_SCALE, <void *>scale, <void *>scale_grad)
    set_map(k, MAP_EXP, <void *>exponential, <void *>exponential_grad)
    set_map(k, MAP_EXPM1, <void *>exponential_m1, <void *>exponential_m1_grad)
    set_map(k, MAP_LOG, <void *>logarithm, <void *>logarithm_grad)
    set_map(k, MAP_LOG1P, <void *>logarithm_1p, <void *>logarithm_1p_grad)
    set_map(k, MAP_SQRT, <void *>square_root, <void *>square_root_grad)
    set_map(k, MAP_SQUARE, <void *>square, <void *>square_grad)
    set_map(k, MAP_ABS, <void *>absolute, <void *>absolute_grad)
    set_map(k, MAP_SIGN, <void *>sign, <void *>sign_grad)
    set_map(k, MAP_CLIP, <void *>clip, <void *>clip_grad)
    set_zip(k, ZIP_ADD, <void *>add, <void *>add_grad, <void *>add_grad)
    set_zip(k, ZIP_SUBTRACT, <void *>subtract, <void *>add_grad, <void *>subtract_grad_v)
    set_zip(k, ZIP_MULTIPLY, <void *>times, <void *>times_grad_u, <void *>times_grad_v)
    set_zip(k, ZIP_DIVIDE, <void *>divide, <void *>divide_grad_u, <void *>divide_grad_v)
    set_zip(k, ZIP_POWER, <void *>power, <void *>power_grad_u, <void *>power_grad_v)
    set_zip(k, ZIP_MAXIMUM, <void *>maximum, <void *>chosen_grad_u, <void *>chosen_grad_v)
    set_zip(k, ZIP_MINIMUM, <void *>minimum, <void *>chosen_grad_u, <void *>chosen_grad_v)
