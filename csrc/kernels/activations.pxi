# Activation functions, each derivative under its function.
#
# A derivative is written in terms of the output y where that is possible,
# because a dense layer keeps y anyway; those that need the input x say so in
# their entry in csrc/ops/activations.pxi.  Comparisons are written so that NaN
# gives NaN: `0 if x < 0 else x`, never `x if x > 0 else 0`.

cdef void sigmoid(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    each(sigmoid_, x, y, rows * cols)

cdef inline real sigmoid_dx(real y, real dy) noexcept nogil:
    return dy * (y * (<real>1 - y))

cdef void sigmoid_grad(const real *x, const real *y, const real *dy, real *dx,
                       isize rows, isize cols, const double *a) noexcept nogil:
    each2(sigmoid_dx, y, dy, dx, rows * cols)


cdef void tanh(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    each(tanh_, x, y, rows * cols)

cdef inline real tanh_dx(real y, real dy) noexcept nogil:
    return dy * (<real>1 - y * y)

cdef void tanh_grad(const real *x, const real *y, const real *dy, real *dx,
                    isize rows, isize cols, const double *a) noexcept nogil:
    each2(tanh_dx, y, dy, dx, rows * cols)


# a = negative_slope, max_value (NaN: none), threshold.  Below the threshold the
# function is slope·(x − threshold), from it on x, from max_value on constant.
cdef inline real relu_(real x) noexcept nogil:
    return 0 if x <= 0 else x

cdef inline real general_relu_(real x, Scalars s) noexcept nogil:
    x = s.a * (x - s.c) if x <= s.c else x
    return s.b if x > s.b else x

cdef inline bint is_plain_relu(const double *a) noexcept nogil:
    return a[0] == 0 and a[1] != a[1] and a[2] == 0

cdef void relu(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    if is_plain_relu(a):
        each(relu_, x, y, rows * cols)
    else:
        each_with(general_relu_, x, y, rows * cols,
                  scalars(<real>a[0], <real>a[1], <real>a[2]))

cdef inline real relu_dx(real y, real dy) noexcept nogil:
    return 0 if y <= 0 else dy if y == y else y

# f′ = slope at the threshold and below, 0 at max_value and above
cdef void relu_grad(const real *x, const real *y, const real *dy, real *dx,
                    isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    cdef real slope = <real>a[0], top = <real>a[1], threshold = <real>a[2], d
    if is_plain_relu(a):
        each2(relu_dx, y, dy, dx, rows * cols)
    elif a[0] == 0 and a[2] == 0:           # x may be lost: a dense layer keeps y only
        each2_with(capped_relu_dx, y, dy, dx, rows * cols, scalars(top, 0, 0))
    else:
        for i in range(rows * cols):
            d = slope * dy[i] if x[i] <= threshold else dy[i]
            d = 0 if y[i] >= top else d
            dx[i] = d if y[i] == y[i] else y[i]

# s.a = max_value
cdef inline real capped_relu_dx(real y, real dy, Scalars s) noexcept nogil:
    return 0 if (y <= 0) | (y >= s.a) else dy if y == y else y


# a = negative_slope
cdef inline real leaky_relu_(real x, Scalars s) noexcept nogil:
    return s.a * x if x <= 0 else x

cdef inline real leaky_relu_dx(real x, real dy, Scalars s) noexcept nogil:
    return x if x != x else s.a * dy if x <= 0 else dy

cdef void leaky_relu(const real *x, real *y, isize rows, isize cols,
                     const double *a) noexcept nogil:
    each_with(leaky_relu_, x, y, rows * cols, scalars(<real>a[0], 0, 0))

cdef void leaky_relu_grad(const real *x, const real *y, const real *dy, real *dx,
                          isize rows, isize cols, const double *a) noexcept nogil:
    each2_with(leaky_relu_dx, x, dy, dx, rows * cols, scalars(<real>a[0], 0, 0))


cdef inline real relu6_(real x) noexcept nogil:
    x = 0 if x <= 0 else x
    return 6 if x > 6 else x

cdef void relu6(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    each(relu6_, x, y, rows * cols)

cdef void relu6_grad(const real *x, const real *y, const real *dy, real *dx,
                     isize rows, isize cols, const double *a) noexcept nogil:
    each2_with(capped_relu_dx, y, dy, dx, rows * cols, scalars(6, 0, 0))


# a = alpha
cdef inline real elu_(real x, Scalars s) noexcept nogil:
    return s.a * expm1_(x) if x < 0 else x

cdef inline real elu_dx(real x, real dy, Scalars s) noexcept nogil:
    return x if x != x else dy * (s.a * exp_(x)) if x < 0 else dy

cdef void elu(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    each_with(elu_, x, y, rows * cols, scalars(<real>a[0], 0, 0))

cdef void elu_grad(const real *x, const real *y, const real *dy, real *dx,
                   isize rows, isize cols, const double *a) noexcept nogil:
    each2_with(elu_dx, x, dy, dx, rows * cols, scalars(<real>a[0], 0, 0))


# Klambauer et al. 2017: a = scale, scale·alpha
cdef inline real selu_(real x, Scalars s) noexcept nogil:
    return s.b * expm1_(x) if x < 0 else s.a * x

# for x < 0 the derivative scale·alpha·eˣ is y + scale·alpha
cdef inline real selu_dx(real y, real dy, Scalars s) noexcept nogil:
    return dy * (y + s.b if y < 0 else s.a if y == y else y)

cdef void selu(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    each_with(selu_, x, y, rows * cols, scalars(<real>a[0], <real>a[1], 0))

cdef void selu_grad(const real *x, const real *y, const real *dy, real *dx,
                    isize rows, isize cols, const double *a) noexcept nogil:
    each2_with(selu_dx, y, dy, dx, rows * cols, scalars(<real>a[0], <real>a[1], 0))


cdef void softplus(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    each(softplus_, x, y, rows * cols)

cdef inline real softplus_dx(real x, real dy) noexcept nogil:
    return dy * sigmoid_(x)

cdef void softplus_grad(const real *x, const real *y, const real *dy, real *dx,
                        isize rows, isize cols, const double *a) noexcept nogil:
    each2(softplus_dx, x, dy, dx, rows * cols)


cdef inline real softsign_(real x) noexcept nogil:
    return x / (<real>1 + abs_(x))

cdef inline real softsign_dx(real x, real dy) noexcept nogil:
    cdef real u = <real>1 / (<real>1 + abs_(x))
    return dy * u * u

cdef void softsign(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    each(softsign_, x, y, rows * cols)

cdef void softsign_grad(const real *x, const real *y, const real *dy, real *dx,
                        isize rows, isize cols, const double *a) noexcept nogil:
    each2(softsign_dx, x, dy, dx, rows * cols)


# relu6(x + 3) / 6
cdef inline real hard_sigmoid_(real x) noexcept nogil:
    return relu6_(x + <real>3) / <real>6

cdef inline real hard_sigmoid_dx(real y, real dy) noexcept nogil:
    return 0 if (y <= 0) | (y >= 1) else dy / <real>6 if y == y else y

cdef void hard_sigmoid(const real *x, real *y, isize rows, isize cols,
                       const double *a) noexcept nogil:
    each(hard_sigmoid_, x, y, rows * cols)

cdef void hard_sigmoid_grad(const real *x, const real *y, const real *dy, real *dx,
                            isize rows, isize cols, const double *a) noexcept nogil:
    each2(hard_sigmoid_dx, y, dy, dx, rows * cols)


cdef inline real silu_(real x) noexcept nogil:
    return x * sigmoid_(x)

# with s = sigmoid(x):  s + x·s·(1 − s) = s·(1 + x·(1 − s))
cdef inline real silu_dx(real x, real dy) noexcept nogil:
    cdef real s = sigmoid_(x)
    return dy * (s * (<real>1 + x * (<real>1 - s)))

cdef void silu(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    each(silu_, x, y, rows * cols)

cdef void silu_grad(const real *x, const real *y, const real *dy, real *dx,
                    isize rows, isize cols, const double *a) noexcept nogil:
    each2(silu_dx, x, dy, dx, rows * cols)


# x·Φ(x), Φ the normal distribution function (Hendrycks & Gimpel 2016)
cdef inline real gelu_(real x) noexcept nogil:
    return <real>0.5 * x * (<real>1 + erf_(x * <real>0.7071067811865476))

# Φ(x) + x·φ(x), φ the normal density
cdef inline real gelu_dx(real x, real dy) noexcept nogil:
    cdef real cdf = <real>0.5 * (<real>1 + erf_(x * <real>0.7071067811865476))
    cdef real pdf = <real>0.3989422804014327 * exp_(<real>-0.5 * x * x)
    return dy * (cdf + x * pdf)

cdef void gelu(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    each(gelu_, x, y, rows * cols)

cdef void gelu_grad(const real *x, const real *y, const real *dy, real *dx,
                    isize rows, isize cols, const double *a) noexcept nogil:
    each2(gelu_dx, x, dy, dx, rows * cols)


# ½x·(1 + tanh u) with u = √(2/π)·(x + 0.044715·x³)
cdef inline real gelu_tanh_inner(real x) noexcept nogil:
    return <real>0.7978845608028654 * (x + <real>0.044715 * x * x * x)

cdef inline real gelu_tanh_(real x) noexcept nogil:
    return <real>0.5 * x * (<real>1 + tanh_(gelu_tanh_inner(x)))

cdef inline real gelu_tanh_dx(real x, real dy) noexcept nogil:
    cdef real t = tanh_(gelu_tanh_inner(x)), du
    du = <real>0.7978845608028654 * (<real>1 + <real>0.134145 * x * x)
    # far out t is ±1 and du overflows: their product is 0
    du = du if t * t < 1 else t - t
    return dy * (<real>0.5 * (<real>1 + t) + <real>0.5 * x * (<real>1 - t * t) * du)

cdef void gelu_tanh(const real *x, real *y, isize rows, isize cols,
                    const double *a) noexcept nogil:
    each(gelu_tanh_, x, y, rows * cols)

cdef void gelu_tanh_grad(const real *x, const real *y, const real *dy, real *dx,
                         isize rows, isize cols, const double *a) noexcept nogil:
    each2(gelu_tanh_dx, x, dy, dx, rows * cols)


cdef inline real mish_(real x) noexcept nogil:
    return x * tanh_(softplus_(x))

cdef inline real mish_dx(real x, real dy) noexcept nogil:
    cdef real t = tanh_(softplus_(x))
    return dy * (t + x * (<real>1 - t * t) * sigmoid_(x))

cdef void mish(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    each(mish_, x, y, rows * cols)

cdef void mish_grad(const real *x, const real *y, const real *dy, real *dx,
                    isize rows, isize cols, const double *a) noexcept nogil:
    each2(mish_dx, x, dy, dx, rows * cols)


# ---- by rows -----------------------------------------------------------------
#
# Rows are short (10 classes) or long (thousands).  So that neither wastes lanes,
# exponentials and logarithms are taken over as many whole rows at a time as make
# ROWS_AT_ONCE elements, or over a row alone that is longer.

cdef enum:
    ROWS_AT_ONCE = 1024         # elements: 4 or 8 KB stay in the first cache

cdef inline isize rows_at_once(isize cols) noexcept nogil:
    return ROWS_AT_ONCE // cols if 0 < cols < ROWS_AT_ONCE else 1

# s.a: a number of the row
cdef inline real minus(real x, Scalars s) noexcept nogil:
    return x - s.a

# Each row minus its largest element, so that no exponential overflows.  A NaN need not be
# the largest: it comes out of its own exponential and spreads through the sum.
cdef inline void minus_row_max(const real *x, real *y, isize rows, isize cols) noexcept nogil:
    cdef isize r
    for r in range(rows):
        each_with(minus, x, y, cols, scalars(row_max(x, cols), 0, 0))
        x += cols
        y += cols

# One pass is over rows, the next over all elements: not only to fill the lanes, but also
# because a row read just after it was written, in pieces that do not match, waits for the
# memory.  For the same reason no pass over rows writes where it reads.
cdef void softmax(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    cdef real buffer[ROWS_AT_ONCE]
    cdef real *e = buffer
    cdef isize first = 0, n, r
    while first < rows and cols > 0:
        n = min(rows_at_once(cols), rows - first)
        if cols > ROWS_AT_ONCE:
            e = y
        minus_row_max(x, e, n, cols)
        each(exp_, e, e, n * cols)
        for r in range(n):
            each_with(times_, e + r * cols, y, cols,
                      scalars(<real>(1 / lane_sum(e + r * cols, cols)), 0, 0))
            y += cols
        x += n * cols
        first += n

# dx = y·(dy − Σ dy·y)
cdef inline real softmax_dx(real y, real dy, Scalars s) noexcept nogil:
    return y * (dy - s.a)

cdef void softmax_grad(const real *x, const real *y, const real *dy, real *dx,
                       isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r
    for r in range(rows):
        each2_with(softmax_dx, y, dy, dx, cols, scalars(<real>lane_dot(dy, y, cols), 0, 0))
        y += cols
        dy += cols
        dx += cols


# Of each row the largest and log Σ e^(x − largest)
cdef inline void row_logs(const real *x, real *largest, real *log_total, isize rows,
                          isize cols) noexcept nogil:
    cdef real e[ROWS_AT_ONCE]
    cdef isize r, n, j = 0
    cdef double total = 0
    for r in range(rows):
        largest[r] = row_max(x + r * cols, cols)
    if cols <= ROWS_AT_ONCE:
        for r in range(rows):
            each_with(minus, x + r * cols, e + r * cols, cols, scalars(largest[r], 0, 0))
        each(exp_, e, e, rows * cols)
        for r in range(rows):
            log_total[r] = <real>lane_sum(e + r * cols, cols)
    else:                       # one long row
        while j < cols:
            n = min(ROWS_AT_ONCE, cols - j)
            each_with(minus, x + j, e, n, scalars(largest[0], 0, 0))
            each(exp_, e, e, n)
            total += lane_sum(e, n)
            j += n
        log_total[0] = <real>total
    each(log_, log_total, log_total, rows)

# s.a: the row's largest, s.b: its log Σ.  Their sum could lose the digits of s.b.
cdef inline real log_softmax_(real x, Scalars s) noexcept nogil:
    return (x - s.a) - s.b

cdef void log_softmax(const real *x, real *y, isize rows, isize cols,
                      const double *a) noexcept nogil:
    cdef real largest[ROWS_AT_ONCE]
    cdef real log_total[ROWS_AT_ONCE]
    cdef isize first = 0, n, r
    while first < rows and cols > 0:
        n = min(rows_at_once(cols), rows - first)
        row_logs(x, largest, log_total, n, cols)
        for r in range(n):
            each_with(log_softmax_, x, y, cols, scalars(largest[r], log_total[r], 0))
            x += cols
            y += cols
        first += n

# dx = dy − eʸ·Σ dy
cdef inline real log_softmax_dx(real y, real dy, Scalars s) noexcept nogil:
    return dy - exp_(y) * s.a

cdef void log_softmax_grad(const real *x, const real *y, const real *dy, real *dx,
                           isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r
    for r in range(rows):
        each2_with(log_softmax_dx, y, dy, dx, cols, scalars(<real>lane_sum(dy, cols), 0, 0))
        y += cols
        dy += cols
        dx += cols


cdef void fill_activations(Kernels *k) noexcept nogil:
    set_map(k, MAP_SIGMOID, <void *>sigmoid, <void *>sigmoid_grad)
    set_map(k, MAP_TANH, <void *>tanh, <void *>tanh_grad)
    set_map(k, MAP_RELU, <void *>relu, <void *>relu_grad)
    set_map(k, MAP_LEAKY_RELU, <void *>leaky_relu, <void *>leaky_relu_grad)
    set_map(k, MAP_RELU6, <void *>relu6, <void *>relu6_grad)
    set_map(k, MAP_ELU, <void *>elu, <void *>elu_grad)
    set_map(k, MAP_SELU, <void *>selu, <void *>selu_grad)
    set_map(k, MAP_SOFTPLUS, <void *>softplus, <void *>softplus_grad)
    set_map(k, MAP_SOFTSIGN, <void *>softsign, <void *>softsign_grad)
    set_map(k, MAP_HARD_SIGMOID, <void *>hard_sigmoid, <void *>hard_sigmoid_grad)
    set_map(k, MAP_SILU, <void *>silu, <void *>silu_grad)
    set_map(k, MAP_GELU, <void *>gelu, <void *>gelu_grad)
    set_map(k, MAP_GELU_TANH, <void *>gelu_tanh, <void *>gelu_tanh_grad)
    set_map(k, MAP_MISH, <void *>mish, <void *>mish_grad)
    set_map(k, MAP_SOFTMAX, <void *>softmax, <void *>softmax_grad)
    set_map(k, MAP_LOG_SOFTMAX, <void *>log_softmax, <void *>log_softmax_grad)
