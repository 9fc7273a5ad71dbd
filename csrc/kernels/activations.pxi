# Activation functions, each derivative under its function.
#
# A derivative is written in terms of the output y where that is possible,
# because a dense layer keeps y anyway; those that need the input x say so in
# their entry in csrc/ops/activations.pxi.  Comparisons are written so that NaN
# gives NaN: `0 if x < 0 else x`, never `x if x > 0 else 0`.

cdef void sigmoid(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    for i in range(rows * cols):
        y[i] = sigmoid_(x[i])

cdef void sigmoid_grad(const real *x, const real *y, const real *dy, real *dx,
                       isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    for i in range(rows * cols):
        dx[i] = dy[i] * (y[i] * (<real>1 - y[i]))


cdef void tanh(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    for i in range(rows * cols):
        y[i] = tanh_(x[i])

cdef void tanh_grad(const real *x, const real *y, const real *dy, real *dx,
                    isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    for i in range(rows * cols):
        dx[i] = dy[i] * (<real>1 - y[i] * y[i])


# a = negative_slope, max_value (NaN: none), threshold.  Below the threshold the
# function is slope·(x − threshold), from it on x, from max_value on constant.
cdef void relu(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    cdef real slope = <real>a[0], top = <real>a[1], threshold = <real>a[2], v
    if a[0] == 0 and a[2] == 0:
        for i in range(rows * cols):
            v = 0 if x[i] <= 0 else x[i]
            y[i] = top if v > top else v
    else:
        for i in range(rows * cols):
            v = slope * (x[i] - threshold) if x[i] <= threshold else x[i]
            y[i] = top if v > top else v

# f′ = slope at the threshold and below, 0 at max_value and above
cdef void relu_grad(const real *x, const real *y, const real *dy, real *dx,
                    isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    cdef real slope = <real>a[0], top = <real>a[1], threshold = <real>a[2], d
    if a[0] == 0 and a[2] == 0:
        for i in range(rows * cols):
            d = 0 if (y[i] <= 0) | (y[i] >= top) else dy[i]
            dx[i] = d if y[i] == y[i] else y[i]
    else:
        for i in range(rows * cols):
            d = slope * dy[i] if x[i] <= threshold else dy[i]
            d = 0 if y[i] >= top else d
            dx[i] = d if y[i] == y[i] else y[i]


# a = negative_slope
cdef void leaky_relu(const real *x, real *y, isize rows, isize cols,
                     const double *a) noexcept nogil:
    cdef isize i
    cdef real slope = <real>a[0]
    for i in range(rows * cols):
        y[i] = slope * x[i] if x[i] <= 0 else x[i]

cdef void leaky_relu_grad(const real *x, const real *y, const real *dy, real *dx,
                          isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    cdef real slope = <real>a[0]
    for i in range(rows * cols):
        dx[i] = x[i] if x[i] != x[i] else slope * dy[i] if x[i] <= 0 else dy[i]


cdef void relu6(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    cdef real v
    for i in range(rows * cols):
        v = 0 if x[i] <= 0 else x[i]
        y[i] = 6 if v > 6 else v

cdef void relu6_grad(const real *x, const real *y, const real *dy, real *dx,
                     isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    cdef real d
    for i in range(rows * cols):
        d = 0 if (y[i] <= 0) | (y[i] >= 6) else dy[i]
        dx[i] = d if y[i] == y[i] else y[i]


# a = alpha
cdef void elu(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    cdef real alpha = <real>a[0]
    for i in range(rows * cols):
        y[i] = alpha * expm1_(x[i]) if x[i] < 0 else x[i]

cdef void elu_grad(const real *x, const real *y, const real *dy, real *dx,
                   isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    cdef real alpha = <real>a[0]
    for i in range(rows * cols):
        dx[i] = x[i] if x[i] != x[i] else dy[i] * (alpha * exp_(x[i])) if x[i] < 0 else dy[i]


# Klambauer et al. 2017: a = scale, scale·alpha
cdef void selu(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    cdef real scale_ = <real>a[0], scale_alpha = <real>a[1]
    for i in range(rows * cols):
        y[i] = scale_alpha * expm1_(x[i]) if x[i] < 0 else scale_ * x[i]

# for x < 0 the derivative scale·alpha·eˣ is y + scale·alpha
cdef void selu_grad(const real *x, const real *y, const real *dy, real *dx,
                    isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    cdef real scale_ = <real>a[0], scale_alpha = <real>a[1]
    for i in range(rows * cols):
        dx[i] = dy[i] * (y[i] + scale_alpha if y[i] < 0 else
                         scale_ if y[i] == y[i] else y[i])


cdef void softplus(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    for i in range(rows * cols):
        y[i] = softplus_(x[i])

cdef void softplus_grad(const real *x, const real *y, const real *dy, real *dx,
                        isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    for i in range(rows * cols):
        dx[i] = dy[i] * sigmoid_(x[i])


cdef void softsign(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    for i in range(rows * cols):
        y[i] = x[i] / (<real>1 + abs_(x[i]))

cdef void softsign_grad(const real *x, const real *y, const real *dy, real *dx,
                        isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    cdef real u
    for i in range(rows * cols):
        u = <real>1 / (<real>1 + abs_(x[i]))
        dx[i] = dy[i] * u * u


# relu6(x + 3) / 6
cdef void hard_sigmoid(const real *x, real *y, isize rows, isize cols,
                       const double *a) noexcept nogil:
    cdef isize i
    cdef real v
    for i in range(rows * cols):
        v = x[i] + <real>3
        v = 0 if v <= 0 else v
        y[i] = (<real>6 if v > 6 else v) / <real>6

cdef void hard_sigmoid_grad(const real *x, const real *y, const real *dy, real *dx,
                            isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    cdef real d
    for i in range(rows * cols):
        d = 0 if (y[i] <= 0) | (y[i] >= 1) else dy[i] / <real>6
        dx[i] = d if y[i] == y[i] else y[i]


cdef void silu(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    for i in range(rows * cols):
        y[i] = x[i] * sigmoid_(x[i])

# with s = sigmoid(x):  s + x·s·(1 − s) = s·(1 + x·(1 − s))
cdef void silu_grad(const real *x, const real *y, const real *dy, real *dx,
                    isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    cdef real s
    for i in range(rows * cols):
        s = sigmoid_(x[i])
        dx[i] = dy[i] * (s * (<real>1 + x[i] * (<real>1 - s)))


# x·Φ(x), Φ the normal distribution function (Hendrycks & Gimpel 2016)
cdef void gelu(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    for i in range(rows * cols):
        y[i] = <real>0.5 * x[i] * (<real>1 + erf_(x[i] * <real>0.7071067811865476))

# Φ(x) + x·φ(x), φ the normal density
cdef void gelu_grad(const real *x, const real *y, const real *dy, real *dx,
                    isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    cdef real cdf, pdf
    for i in range(rows * cols):
        cdf = <real>0.5 * (<real>1 + erf_(x[i] * <real>0.7071067811865476))
        pdf = <real>0.3989422804014327 * exp_(<real>-0.5 * x[i] * x[i])
        dx[i] = dy[i] * (cdf + x[i] * pdf)


# ½x·(1 + tanh u) with u = √(2/π)·(x + 0.044715·x³)
cdef inline real gelu_tanh_inner(real x) noexcept nogil:
    return <real>0.7978845608028654 * (x + <real>0.044715 * x * x * x)

cdef void gelu_tanh(const real *x, real *y, isize rows, isize cols,
                    const double *a) noexcept nogil:
    cdef isize i
    for i in range(rows * cols):
        y[i] = <real>0.5 * x[i] * (<real>1 + tanh_(gelu_tanh_inner(x[i])))

cdef void gelu_tanh_grad(const real *x, const real *y, const real *dy, real *dx,
                         isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    cdef real t, du
    for i in range(rows * cols):
        t = tanh_(gelu_tanh_inner(x[i]))
        du = <real>0.7978845608028654 * (<real>1 + <real>0.134145 * x[i] * x[i])
        # far out t is ±1 and du overflows: their product is 0
        du = du if t * t < 1 else t - t
        dx[i] = dy[i] * (<real>0.5 * (<real>1 + t) + <real>0.5 * x[i] * (<real>1 - t * t) * du)


cdef void mish(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    for i in range(rows * cols):
        y[i] = x[i] * tanh_(softplus_(x[i]))

cdef void mish_grad(const real *x, const real *y, const real *dy, real *dx,
                    isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize i
    cdef real t
    for i in range(rows * cols):
        t = tanh_(softplus_(x[i]))
        dx[i] = dy[i] * (t + x[i] * (<real>1 - t * t) * sigmoid_(x[i]))


# ---- by rows -----------------------------------------------------------------

cdef inline real row_max(const real *x, isize n) noexcept nogil:
    cdef isize j
    cdef real m = x[0]
    for j in range(1, n):
        m = larger(m, x[j])
    return m

# Shifted by the row's largest value, so that no exponential overflows.
cdef void softmax(const real *x, real *y, isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r, j
    cdef real m, total
    if cols == 0:
        return
    for r in range(rows):
        m = row_max(x, cols)
        for j in range(cols):
            y[j] = exp_(x[j] - m)
        total = <real>lane_sum(y, cols)
        for j in range(cols):
            y[j] /= total
        x += cols
        y += cols

# dx = y·(dy − Σ dy·y)
cdef void softmax_grad(const real *x, const real *y, const real *dy, real *dx,
                       isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r, j
    cdef real dot
    for r in range(rows):
        dot = <real>lane_dot(dy, y, cols)
        for j in range(cols):
            dx[j] = y[j] * (dy[j] - dot)
        y += cols
        dy += cols
        dx += cols


# log of the sum of exponentials of a row, given its largest value
cdef inline real log_sum_exp(const real *x, isize n, real m) noexcept nogil:
    cdef isize j
    cdef double total = 0
    for j in range(n):
        total += exp_(x[j] - m)
    return m + log_(<real>total)

cdef void log_softmax(const real *x, real *y, isize rows, isize cols,
                      const double *a) noexcept nogil:
    cdef isize r, j
    cdef real m, log_total
    if cols == 0:
        return
    for r in range(rows):
        m = row_max(x, cols)
        log_total = log_sum_exp(x, cols, m) - m
        for j in range(cols):
            y[j] = (x[j] - m) - log_total
        x += cols
        y += cols

# dx = dy − eʸ·Σ dy
cdef void log_softmax_grad(const real *x, const real *y, const real *dy, real *dx,
                           isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r, j
    cdef real total
    for r in range(rows):
        total = <real>lane_sum(dy, cols)
        for j in range(cols):
            dx[j] = dy[j] - exp_(y[j]) * total
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
