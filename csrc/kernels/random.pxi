# What draws random numbers: y from x and the numbers first, first + 1, … of the stream that
# belongs to a key.  The backward pass draws them again instead of keeping them.

cdef extern from "random.h" nogil:
    void draw_units(real *u, isize n, unsigned long long key, unsigned int first)
    void draw_centred(real *u, isize n, unsigned long long key, unsigned int first)
    void keep_or_drop(const real *x, real *y, isize n, unsigned long long key,
                      unsigned int first, int least, real a, real b, real c)

cdef enum:
    DRAWN_AT_ONCE = 512


# a = low, width, high: a number of [low, high); where rounding would give `high` it is `low`.
cdef inline real uniform_(real u, Scalars s) noexcept nogil:
    u = fma_(s.b, u, s.a)
    return s.a if u >= s.c else u

cdef void uniform(const real *x, real *y, isize n, unsigned long long key, isize first,
                  const double *a) noexcept nogil:
    draw_units(y, n, key, <unsigned int>first)
    each_with(uniform_, y, y, n, scalars(<real>a[0], <real>a[1], <real>a[2]))


# √2 times the inverse of the error function (Giles 2012, single precision): normal of a
# centred uniform number.  The polynomials for the middle and for the tails are both worked out.
cdef inline real normal_(real u) noexcept nogil:
    cdef real w = -log_((<real>1 - u) * (<real>1 + u))
    cdef real x = w - <real>2.5, p = <real>2.81022636e-08
    cdef real t = sqrt_(w) - <real>3, q = <real>-0.000200214257
    p = fma_(p, x, <real>3.43273939e-07)
    p = fma_(p, x, <real>-3.5233877e-06)
    p = fma_(p, x, <real>-4.39150654e-06)
    p = fma_(p, x, <real>0.00021858087)
    p = fma_(p, x, <real>-0.00125372503)
    p = fma_(p, x, <real>-0.00417768164)
    p = fma_(p, x, <real>0.246640727)
    p = fma_(p, x, <real>1.50140941)
    q = fma_(q, t, <real>0.000100950558)
    q = fma_(q, t, <real>0.00134934322)
    q = fma_(q, t, <real>-0.00367342844)
    q = fma_(q, t, <real>0.00573950773)
    q = fma_(q, t, <real>-0.0076224613)
    q = fma_(q, t, <real>0.00943887047)
    q = fma_(q, t, <real>1.00167406)
    q = fma_(q, t, <real>2.83297682)
    return (p if w < <real>5 else q) * u * <real>1.4142135623730951

cdef inline real scaled_(real z, Scalars s) noexcept nogil:
    return fma_(s.b, z, s.a)

# a = mean, standard deviation
cdef void normal(const real *x, real *y, isize n, unsigned long long key, isize first,
                 const double *a) noexcept nogil:
    draw_centred(y, n, key, <unsigned int>first)
    each(normal_, y, y, n)
    each_with(scaled_, y, y, n, scalars(<real>a[0], <real>a[1], 0))

cdef inline real add_scaled(real x, real z, Scalars s) noexcept nogil:
    return fma_(s.a, z, x)

cdef inline real times_scaled(real x, real z, Scalars s) noexcept nogil:
    return x * fma_(s.a, z, 1)

cdef inline void with_noise(real (*f)(real, real, Scalars) noexcept nogil, const real *x, real *y,
                            isize n, unsigned long long key, isize first,
                            const double *a) noexcept nogil:
    cdef real z[DRAWN_AT_ONCE]
    cdef isize done = 0, m
    while done < n:
        m = min(<isize>DRAWN_AT_ONCE, n - done)
        draw_centred(z, m, key, <unsigned int>(first + done))
        each(normal_, z, z, m)
        each2_with(f, x + done, z, y + done, m, scalars(<real>a[0], 0, 0))
        done += m

# y = x + a₀·z
cdef void add_normal(const real *x, real *y, isize n, unsigned long long key, isize first,
                     const double *a) noexcept nogil:
    with_noise(add_scaled, x, y, n, key, first, a)

# y = x·(1 + a₀·z)
cdef void times_normal(const real *x, real *y, isize n, unsigned long long key, isize first,
                       const double *a) noexcept nogil:
    with_noise(times_scaled, x, y, n, key, first, a)


# a = factor of what is kept, least bits (signed) to be kept
cdef void dropout(const real *x, real *y, isize n, unsigned long long key, isize first,
                  const double *a) noexcept nogil:
    keep_or_drop(x, y, n, key, <unsigned int>first, <int>a[1], <real>a[0], 0, 0)

# a = factor, least bits, what is added, what stands for the others
cdef void alpha_dropout(const real *x, real *y, isize n, unsigned long long key, isize first,
                        const double *a) noexcept nogil:
    keep_or_drop(x, y, n, key, <unsigned int>first, <int>a[1], <real>a[0], <real>a[2], <real>a[3])


cdef void fill_random(Kernels *k) noexcept nogil:
    k.draw[DRAW_UNIFORM] = <draw_fn>uniform
    k.draw[DRAW_NORMAL] = <draw_fn>normal
    k.draw[DRAW_ADD_NORMAL] = <draw_fn>add_normal
    k.draw[DRAW_TIMES_NORMAL] = <draw_fn>times_normal
    k.draw[DRAW_DROPOUT] = <draw_fn>dropout
    k.draw[DRAW_ALPHA_DROPOUT] = <draw_fn>alpha_dropout
