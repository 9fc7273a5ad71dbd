# Losses and accuracies: one number per row of predictions p against targets t,
# each derivative with respect to p under its loss.  C is the row length; the
# sum or mean over C of the formula is done in float64.  Formulas and the
# cut-off EPSILON are those of Keras 3 (its backend.epsilon()).  Every kernel
# returns -1, or the first row whose label is out of range (sparse ones only).

cdef extern from *:
    """
    #define EPSILON 1e-7            /* keras.backend.epsilon() */
    #define SMALLEST_SQUARE 1e-12   /* keras: l2_normalize */
    """
    const double EPSILON
    const double SMALLEST_SQUARE


# mean (p − t)²
cdef isize squared_error(const real *t, const real *p, real *loss, isize rows, isize cols,
                         const double *a) noexcept nogil:
    cdef isize r, j
    cdef double total
    cdef real e
    for r in range(rows):
        total = 0
        for j in range(cols):
            e = p[j] - t[j]
            total += e * e
        loss[r] = <real>(total / cols)
        t += cols
        p += cols
    return -1

cdef void squared_error_grad(const real *t, const real *p, const real *dloss, real *dp,
                             isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r, j
    cdef real s
    for r in range(rows):
        s = <real>2 * dloss[r] / cols
        for j in range(cols):
            dp[j] = s * (p[j] - t[j])
        t += cols
        p += cols
        dp += cols


# mean |p − t|
cdef isize absolute_error(const real *t, const real *p, real *loss, isize rows, isize cols,
                          const double *a) noexcept nogil:
    cdef isize r, j
    cdef double total
    for r in range(rows):
        total = 0
        for j in range(cols):
            total += abs_(p[j] - t[j])
        loss[r] = <real>(total / cols)
        t += cols
        p += cols
    return -1

cdef void absolute_error_grad(const real *t, const real *p, const real *dloss, real *dp,
                              isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r, j
    cdef real s
    for r in range(rows):
        s = dloss[r] / cols
        for j in range(cols):
            dp[j] = s * sign_(p[j] - t[j])
        t += cols
        p += cols
        dp += cols


# 100 · mean |t − p| / max(|t|, ε)
cdef isize percentage_error(const real *t, const real *p, real *loss, isize rows, isize cols,
                            const double *a) noexcept nogil:
    cdef isize r, j
    cdef double total
    for r in range(rows):
        total = 0
        for j in range(cols):
            total += abs_(t[j] - p[j]) / larger(abs_(t[j]), <real>EPSILON)
        loss[r] = <real>(100 * total / cols)
        t += cols
        p += cols
    return -1

cdef void percentage_error_grad(const real *t, const real *p, const real *dloss, real *dp,
                                isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r, j
    cdef real s
    for r in range(rows):
        s = <real>100 * dloss[r] / cols
        for j in range(cols):
            dp[j] = s * sign_(p[j] - t[j]) / larger(abs_(t[j]), <real>EPSILON)
        t += cols
        p += cols
        dp += cols


# mean (log(max(p, ε) + 1) − log(max(t, ε) + 1))²
cdef inline real log_ratio(real t, real p) noexcept nogil:
    return log1p_(larger(p, <real>EPSILON)) - log1p_(larger(t, <real>EPSILON))

cdef isize squared_log_error(const real *t, const real *p, real *loss, isize rows, isize cols,
                             const double *a) noexcept nogil:
    cdef isize r, j
    cdef double total
    cdef real e
    for r in range(rows):
        total = 0
        for j in range(cols):
            e = log_ratio(t[j], p[j])
            total += e * e
        loss[r] = <real>(total / cols)
        t += cols
        p += cols
    return -1

cdef void squared_log_error_grad(const real *t, const real *p, const real *dloss, real *dp,
                                 isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r, j
    cdef real s
    for r in range(rows):
        s = <real>2 * dloss[r] / cols
        for j in range(cols):
            dp[j] = 0 if p[j] < <real>EPSILON else s * log_ratio(t[j], p[j]) / (<real>1 + p[j])
        t += cols
        p += cols
        dp += cols


# mean of ½e² where |e| ≤ δ, else δ·|e| − ½δ²;  a[0] = δ  (Huber 1964)
cdef isize huber(const real *t, const real *p, real *loss, isize rows, isize cols,
                 const double *a) noexcept nogil:
    cdef isize r, j
    cdef double total
    cdef real e, delta = <real>a[0], half = <real>0.5
    for r in range(rows):
        total = 0
        for j in range(cols):
            e = abs_(p[j] - t[j])
            total += delta * (e - half * delta) if e > delta else half * e * e
        loss[r] = <real>(total / cols)
        t += cols
        p += cols
    return -1

cdef void huber_grad(const real *t, const real *p, const real *dloss, real *dp,
                     isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r, j
    cdef real e, d, delta = <real>a[0]
    for r in range(rows):
        d = dloss[r] / cols
        for j in range(cols):
            e = p[j] - t[j]
            e = delta if e > delta else e
            dp[j] = d * (-delta if e < -delta else e)
        t += cols
        p += cols
        dp += cols


# mean log cosh e = mean [e + softplus(−2e) − log 2], symmetric in e
cdef isize log_cosh(const real *t, const real *p, real *loss, isize rows, isize cols,
                    const double *a) noexcept nogil:
    cdef isize r, j
    cdef double total, e
    for r in range(rows):
        total = 0
        for j in range(cols):
            # in float64 for both dtypes: near 0 the terms cancel to e²/2
            e = abs_(p[j] - t[j])
            total += e + log1p64(exp64(-2 * e)) - 0.6931471805599453
        loss[r] = <real>(total / cols)
        t += cols
        p += cols
    return -1

cdef void log_cosh_grad(const real *t, const real *p, const real *dloss, real *dp,
                        isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r, j
    cdef real d
    for r in range(rows):
        d = dloss[r] / cols
        for j in range(cols):
            dp[j] = d * tanh_(p[j] - t[j])
        t += cols
        p += cols
        dp += cols


# Σ t·log(t / p), both clipped to [ε, 1]
cdef inline real clip_unit(real p) noexcept nogil:
    p = <real>EPSILON if p < <real>EPSILON else p
    return 1 if p > 1 else p

cdef isize kl_divergence(const real *t, const real *p, real *loss, isize rows, isize cols,
                         const double *a) noexcept nogil:
    cdef isize r, j
    cdef double total
    cdef real s
    for r in range(rows):
        total = 0
        for j in range(cols):
            s = clip_unit(t[j])
            total += s * log_(s / clip_unit(p[j]))
        loss[r] = <real>total
        t += cols
        p += cols
    return -1

cdef void kl_divergence_grad(const real *t, const real *p, const real *dloss, real *dp,
                             isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r, j
    for r in range(rows):
        for j in range(cols):
            dp[j] = (0 if (p[j] < <real>EPSILON) | (p[j] > 1) else
                     -dloss[r] * clip_unit(t[j]) / p[j])
        t += cols
        p += cols
        dp += cols


# mean [p − t·log(p + ε)]
cdef isize poisson(const real *t, const real *p, real *loss, isize rows, isize cols,
                   const double *a) noexcept nogil:
    cdef isize r, j
    cdef double total
    for r in range(rows):
        total = 0
        for j in range(cols):
            total += p[j] - t[j] * log_(p[j] + <real>EPSILON)
        loss[r] = <real>(total / cols)
        t += cols
        p += cols
    return -1

cdef void poisson_grad(const real *t, const real *p, const real *dloss, real *dp,
                       isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r, j
    cdef real d
    for r in range(rows):
        d = dloss[r] / cols
        for j in range(cols):
            dp[j] = d * (<real>1 - t[j] / (p[j] + <real>EPSILON))
        t += cols
        p += cols
        dp += cols


# −Σ t̂·p̂, each row scaled to length 1: x̂ = x / √max(Σx², 1e-12)

cdef isize cosine_similarity(const real *t, const real *p, real *loss, isize rows, isize cols,
                             const double *a) noexcept nogil:
    cdef isize r
    cdef double tt, pp
    for r in range(rows):
        tt = lane_dot(t, t, cols)
        pp = lane_dot(p, p, cols)
        tt = SMALLEST_SQUARE if tt < SMALLEST_SQUARE else tt
        pp = SMALLEST_SQUARE if pp < SMALLEST_SQUARE else pp
        loss[r] = <real>(-lane_dot(t, p, cols) / (sqrt64(tt) * sqrt64(pp)))
        t += cols
        p += cols
    return -1

# With |p| the length: −(t̂ − (t̂·p̂)·p̂) / |p|; a row at the cut-off has a fixed |p|.
cdef void cosine_similarity_grad(const real *t, const real *p, const real *dloss, real *dp,
                                 isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r, j
    cdef double tt, pp, along
    for r in range(rows):
        tt = lane_dot(t, t, cols)
        pp = lane_dot(p, p, cols)
        tt = sqrt64(SMALLEST_SQUARE if tt < SMALLEST_SQUARE else tt)
        along = 0 if pp < SMALLEST_SQUARE else lane_dot(t, p, cols) / (tt * pp)
        pp = sqrt64(SMALLEST_SQUARE if pp < SMALLEST_SQUARE else pp)
        for j in range(cols):
            dp[j] = <real>(-dloss[r] * (t[j] / tt - along * p[j]) / pp)
        t += cols
        p += cols
        dp += cols


cdef inline void set_rows(Kernels *k, int which, void *f, void *grad) noexcept nogil:
    k.rows[which] = <rows_fn>f
    k.rows_grad[which] = <rows_grad_fn>grad

cdef void fill_losses(Kernels *k) noexcept nogil:
    set_rows(k, ROWS_MSE, <void *>squared_error, <void *>squared_error_grad)
    set_rows(k, ROWS_MAE, <void *>absolute_error, <void *>absolute_error_grad)
    set_rows(k, ROWS_MAPE, <void *>percentage_error, <void *>percentage_error_grad)
    set_rows(k, ROWS_MSLE, <void *>squared_log_error, <void *>squared_log_error_grad)
    set_rows(k, ROWS_BCE, <void *>binary_crossentropy, <void *>binary_crossentropy_grad)
    set_rows(k, ROWS_BCE_LOGITS, <void *>binary_crossentropy_logits,
             <void *>binary_crossentropy_logits_grad)
    set_rows(k, ROWS_CCE, <void *>categorical_crossentropy, <void *>categorical_crossentropy_grad)
    set_rows(k, ROWS_CCE_LOGITS, <void *>categorical_crossentropy_logits,
             <void *>categorical_crossentropy_logits_grad)
    set_rows(k, ROWS_SPARSE_CCE, <void *>sparse_crossentropy, <void *>sparse_crossentropy_grad)
    set_rows(k, ROWS_SPARSE_CCE_LOGITS, <void *>sparse_crossentropy_logits,
             <void *>sparse_crossentropy_logits_grad)
    set_rows(k, ROWS_HINGE, <void *>hinge, <void *>hinge_grad)
    set_rows(k, ROWS_SQUARED_HINGE, <void *>squared_hinge, <void *>squared_hinge_grad)
    set_rows(k, ROWS_CATEGORICAL_HINGE, <void *>categorical_hinge, <void *>categorical_hinge_grad)
    set_rows(k, ROWS_HUBER, <void *>huber, <void *>huber_grad)
    set_rows(k, ROWS_LOG_COSH, <void *>log_cosh, <void *>log_cosh_grad)
    set_rows(k, ROWS_KL, <void *>kl_divergence, <void *>kl_divergence_grad)
    set_rows(k, ROWS_POISSON, <void *>poisson, <void *>poisson_grad)
    set_rows(k, ROWS_COSINE, <void *>cosine_similarity, <void *>cosine_similarity_grad)
    set_rows(k, ROWS_BINARY_ACCURACY, <void *>binary_accuracy, NULL)
    set_rows(k, ROWS_CATEGORICAL_ACCURACY, <void *>categorical_accuracy, NULL)
    set_rows(k, ROWS_SPARSE_CATEGORICAL_ACCURACY, <void *>sparse_categorical_accuracy, NULL)
