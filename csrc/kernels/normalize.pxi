# Normalization: of columns over the rows of a batch, and of rows over their columns.
#
# Columns are taken a strip at a time, as in reduce.pxi: all passes over a strip find it in the
# cache (128 rows of 64 float32 are 32 kB).

# ---- columns -----------------------------------------------------------------------

# y = (x − mean)·(γ·inv) + β, with mean, variance and inv = 1/√(variance + ε) of each of `count`
# columns of x, whose rows are `stride` apart.
cdef void batch_norm(const real *x, const real *gamma, const real *beta, real *y, real *mean,
                     real *variance, real *inv, isize rows, isize stride, isize count,
                     double epsilon) noexcept nogil:
    cdef isize j = 0
    while j + STRIP * LANES <= count:
        batch_norm_strip(x + j, gamma + j, beta + j, y + j, mean + j, variance + j, inv + j, rows,
                         stride, STRIP, LANES, epsilon)
        j += STRIP * LANES
    while j < count:
        batch_norm_strip(x + j, gamma + j, beta + j, y + j, mean + j, variance + j, inv + j, rows,
                         stride, 1, min(LANES, count - j), epsilon)
        j += LANES

cdef inline void batch_norm_strip(const real *x, const real *gamma, const real *beta, real *y,
                                  real *mean, real *variance, real *inv, isize rows, isize stride,
                                  int vectors, int last, double epsilon) noexcept nogil:
    cdef real scale[STRIP * LANES]
    cdef vec m[STRIP]
    cdef vec s[STRIP]
    cdef vec b[STRIP]
    cdef int j, k, n = (vectors - 1) * LANES + last
    cdef isize r
    sum_strip(x, stride, NULL, NULL, mean, rows, vectors, last, TERM_VALUE)
    for j in range(n):
        mean[j] = mean[j] / <real>rows
    sum_strip(x, stride, mean, NULL, variance, rows, vectors, last, TERM_SQUARE)
    for j in range(n):
        variance[j] = variance[j] / <real>rows
        inv[j] = <real>1 / sqrt_(variance[j] + <real>epsilon)
        scale[j] = inv[j] * gamma[j]
    for k in range(vectors):
        j = LANES if k + 1 < vectors else last
        m[k] = v_load_n(mean + k * LANES, j)
        s[k] = v_load_n(scale + k * LANES, j)
        b[k] = v_load_n(beta + k * LANES, j)
    for r in range(rows):
        for k in range(vectors - 1):
            v_store(y + k * LANES, v_fma(v_load(x + k * LANES) - m[k], s[k], b[k]))
        k = vectors - 1
        v_store_n(y + k * LANES, v_fma(v_load_n(x + k * LANES, last) - m[k], s[k], b[k]), last)
        x += stride
        y += stride

# dx = γ·inv·(dy − Σ dy/n − x̂·Σ dy·x̂/n),  dγ = Σ dy·x̂,  dβ = Σ dy  with x̂ = (x − mean)·inv;
# each of the three may be NULL.
cdef void batch_norm_grad(const real *x, const real *dy, const real *gamma, const real *mean,
                          const real *inv, real *dx, real *dgamma, real *dbeta, isize rows,
                          isize stride, isize count) noexcept nogil:
    cdef isize j = 0, width
    while j < count:
        if j + STRIP * LANES <= count:
            width = STRIP * LANES
            batch_norm_strip_grad(x + j, dy + j, gamma + j, mean + j, inv + j,
                                  dx + j if dx != NULL else NULL,
                                  dgamma + j if dgamma != NULL else NULL,
                                  dbeta + j if dbeta != NULL else NULL, rows, stride, STRIP, LANES)
        else:
            width = min(LANES, count - j)
            batch_norm_strip_grad(x + j, dy + j, gamma + j, mean + j, inv + j,
                                  dx + j if dx != NULL else NULL,
                                  dgamma + j if dgamma != NULL else NULL,
                                  dbeta + j if dbeta != NULL else NULL, rows, stride, 1,
                                  <int>width)
        j += width

cdef inline void batch_norm_strip_grad(const real *x, const real *dy, const real *gamma,
                                       const real *mean, const real *inv, real *dx, real *dgamma,
                                       real *dbeta, isize rows, isize stride, int vectors,
                                       int last) noexcept nogil:
    cdef real total[STRIP * LANES]          # Σ dy
    cdef real product_[STRIP * LANES]       # Σ dy·x̂
    cdef real factor[3][STRIP * LANES]      # dx = f₀·dy + f₁·(x − mean) + f₂
    cdef vec m[STRIP]
    cdef vec f0[STRIP]
    cdef vec f1[STRIP]
    cdef vec f2[STRIP]
    cdef int j, k, n = (vectors - 1) * LANES + last
    cdef isize r
    sum_strip(dy, stride, NULL, NULL, total, rows, vectors, last, TERM_VALUE)
    sum_strip(x, stride, mean, dy, product_, rows, vectors, last, TERM_PRODUCT)
    for j in range(n):
        product_[j] = product_[j] * inv[j]
        if dgamma != NULL:
            dgamma[j] = product_[j]
        if dbeta != NULL:
            dbeta[j] = total[j]
        factor[0][j] = gamma[j] * inv[j]
        factor[1][j] = -factor[0][j] * inv[j] * product_[j] / <real>rows
        factor[2][j] = -factor[0][j] * total[j] / <real>rows
    if dx == NULL:
        return
    for k in range(vectors):
        j = LANES if k + 1 < vectors else last
        m[k] = v_load_n(mean + k * LANES, j)
        f0[k] = v_load_n(factor[0] + k * LANES, j)
        f1[k] = v_load_n(factor[1] + k * LANES, j)
        f2[k] = v_load_n(factor[2] + k * LANES, j)
    for r in range(rows):
        for k in range(vectors - 1):
            v_store(dx + k * LANES, v_fma(f0[k], v_load(dy + k * LANES),
                                          v_fma(f1[k], v_load(x + k * LANES) - m[k], f2[k])))
        k = vectors - 1
        v_store_n(dx + k * LANES,
                  v_fma(f0[k], v_load_n(dy + k * LANES, last),
                        v_fma(f1[k], v_load_n(x + k * LANES, last) - m[k], f2[k])), last)
        x += stride
        dy += stride
        dx += stride


# ---- rows --------------------------------------------------------------------------

# y = x̂·γ + β with x̂ = (x − mean)·inv, mean and inv = 1/√(variance + ε) of each row
cdef void layer_norm(const real *x, const real *gamma, const real *beta, real *y, real *mean,
                     real *inv, isize rows, isize cols, double epsilon) noexcept nogil:
    cdef isize r, j
    cdef vec s
    for r in range(rows):
        mean[r] = <real>(lane_sum(x, cols) / cols)
        each_with(minus, x, y, cols, scalars(mean[r], 0, 0))
        inv[r] = <real>(1 / sqrt64(lane_dot(y, y, cols) / cols + epsilon))
        s = v_splat(inv[r])
        j = 0
        while j + LANES <= cols:
            v_store(y + j, v_fma(v_load(y + j) * s, v_load(gamma + j), v_load(beta + j)))
            j += LANES
        if j < cols:
            v_store_n(y + j, v_fma(v_load_n(y + j, cols - j) * s, v_load_n(gamma + j, cols - j),
                                   v_load_n(beta + j, cols - j)), cols - j)
        x += cols
        y += cols

# dx = inv·(g − Σ g/n − x̂·Σ g·x̂/n) with g = dy·γ; `products` gets dy·x̂, whose sum down the
# columns is dγ.
cdef void layer_norm_grad(const real *x, const real *dy, const real *gamma, const real *mean,
                          const real *inv, real *dx, real *products, isize rows,
                          isize cols) noexcept nogil:
    cdef isize r, j
    cdef vec s, m, f1, f2
    for r in range(rows):
        s, m = v_splat(inv[r]), v_splat(mean[r])
        j = 0
        while j + LANES <= cols:
            v_store(products + j, (v_load(x + j) - m) * s)
            j += LANES
        if j < cols:
            v_store_n(products + j, (v_load_n(x + j, cols - j) - m) * s, cols - j)
        if dx != NULL:
            each2(product, dy, gamma, dx, cols)
            f1 = v_splat(<real>(-lane_dot(dx, products, cols) / cols))
            f2 = v_splat(<real>(-lane_sum(dx, cols) / cols))
            j = 0
            while j + LANES <= cols:
                v_store(dx + j, (v_fma(v_load(products + j), f1, v_load(dx + j)) + f2) * s)
                j += LANES
            if j < cols:
                v_store_n(dx + j, (v_fma(v_load_n(products + j, cols - j), f1,
                                         v_load_n(dx + j, cols - j)) + f2) * s, cols - j)
            dx += cols
        each2(product, products, dy, products, cols)
        x += cols
        dy += cols
        products += cols


cdef void fill_normalize(Kernels *k) noexcept nogil:
    k.batch_norm = <batch_norm_fn>batch_norm
    k.batch_norm_grad = <batch_norm_grad_fn>batch_norm_grad
    k.layer_norm = <layer_norm_fn>layer_norm
    k.layer_norm_grad = <layer_norm_grad_fn>layer_norm_grad
