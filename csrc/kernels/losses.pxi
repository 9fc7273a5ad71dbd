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


# Most losses sum or average one formula f(t, p) over the row.  Then the kernel is
# that formula, its derivative ∂f/∂p, and one of the next two functions.

ctypedef real (*loss_formula)(real t, real p, Scalars s) noexcept nogil

# Σ f(t, p) over n elements
cdef inline double sum_formula(loss_formula f, const real *t, const real *p, isize n,
                               Scalars s) noexcept nogil:
    cdef real e[ROWS_AT_ONCE]
    cdef isize k, j = 0
    cdef double total = 0
    while j < n:
        k = min(ROWS_AT_ONCE, n - j)
        each2_with(f, t + j, p + j, e, k, s)
        total += lane_sum(e, k)
        j += k
    return total

# loss[r] = Σ f(t, p) / divisor.  Of short rows several are taken at once, so that
# no lane of a vector is left empty; of rows of one element all (divisor is 1 then).
cdef inline isize row_sums(loss_formula f, const real *t, const real *p, real *loss, isize rows,
                           isize cols, double divisor, Scalars s) noexcept nogil:
    cdef real e[ROWS_AT_ONCE]
    cdef isize first = 0, n, r
    if cols == 1:
        each2_with(f, t, p, loss, rows, s)
        return -1
    while first < rows:
        n = min(rows_at_once(cols), rows - first)
        if cols <= ROWS_AT_ONCE:
            each2_with(f, t, p, e, n * cols, s)
            for r in range(n):
                loss[first + r] = <real>(lane_sum(e + r * cols, cols) / divisor)
        else:
            loss[first] = <real>(sum_formula(f, t, p, cols, s) / divisor)
        t += n * cols
        p += n * cols
        first += n
    return -1

# dp = dloss[r] / divisor · f(t, p), with f the derivative
cdef inline void row_sums_grad(loss_formula f, const real *t, const real *p, const real *dloss,
                               real *dp, isize rows, isize cols, double divisor,
                               Scalars s) noexcept nogil:
    cdef real buffer[ROWS_AT_ONCE]
    cdef real *d = buffer
    cdef isize first = 0, n, r
    if cols == 1:
        each2_times(f, t, p, dloss, dp, rows, s)
        return
    while first < rows:
        n = min(rows_at_once(cols), rows - first)
        if cols > ROWS_AT_ONCE:
            d = dp
        each2_with(f, t, p, d, n * cols, s)
        for r in range(n):
            each_with(times_, d + r * cols, dp, cols,
                      scalars(<real>(dloss[first + r] / divisor), 0, 0))
            dp += cols
        t += n * cols
        p += n * cols
        first += n


# mean (p − t)²
cdef inline real squared_error_(real t, real p, Scalars s) noexcept nogil:
    return (p - t) * (p - t)

cdef inline real squared_error_dp(real t, real p, Scalars s) noexcept nogil:
    return <real>2 * (p - t)

cdef isize squared_error(const real *t, const real *p, real *loss, isize rows, isize cols,
                         const double *a) noexcept nogil:
    return row_sums(squared_error_, t, p, loss, rows, cols, cols, scalars(0, 0, 0))

cdef void squared_error_grad(const real *t, const real *p, const real *dloss, real *dp,
                             isize rows, isize cols, const double *a) noexcept nogil:
    row_sums_grad(squared_error_dp, t, p, dloss, dp, rows, cols, cols, scalars(0, 0, 0))


# mean |p − t|
cdef inline real absolute_error_(real t, real p, Scalars s) noexcept nogil:
    return abs_(p - t)

cdef inline real absolute_error_dp(real t, real p, Scalars s) noexcept nogil:
    return sign_(p - t)

cdef isize absolute_error(const real *t, const real *p, real *loss, isize rows, isize cols,
                          const double *a) noexcept nogil:
    return row_sums(absolute_error_, t, p, loss, rows, cols, cols, scalars(0, 0, 0))

cdef void absolute_error_grad(const real *t, const real *p, const real *dloss, real *dp,
                              isize rows, isize cols, const double *a) noexcept nogil:
    row_sums_grad(absolute_error_dp, t, p, dloss, dp, rows, cols, cols, scalars(0, 0, 0))


# 100 · mean |t − p| / max(|t|, ε)
cdef inline real percentage_error_(real t, real p, Scalars s) noexcept nogil:
    return <real>100 * abs_(t - p) / larger(abs_(t), <real>EPSILON)

cdef inline real percentage_error_dp(real t, real p, Scalars s) noexcept nogil:
    return <real>100 * sign_(p - t) / larger(abs_(t), <real>EPSILON)

cdef isize percentage_error(const real *t, const real *p, real *loss, isize rows, isize cols,
                            const double *a) noexcept nogil:
    return row_sums(percentage_error_, t, p, loss, rows, cols, cols, scalars(0, 0, 0))

cdef void percentage_error_grad(const real *t, const real *p, const real *dloss, real *dp,
                                isize rows, isize cols, const double *a) noexcept nogil:
    row_sums_grad(percentage_error_dp, t, p, dloss, dp, rows, cols, cols, scalars(0, 0, 0))


# mean (log(max(p, ε) + 1) − log(max(t, ε) + 1))²
cdef inline real log_ratio(real t, real p) noexcept nogil:
    return log1p_(larger(p, <real>EPSILON)) - log1p_(larger(t, <real>EPSILON))

cdef inline real squared_log_error_(real t, real p, Scalars s) noexcept nogil:
    return log_ratio(t, p) * log_ratio(t, p)

cdef inline real squared_log_error_dp(real t, real p, Scalars s) noexcept nogil:
    return 0 if p < <real>EPSILON else <real>2 * log_ratio(t, p) / (<real>1 + p)

cdef isize squared_log_error(const real *t, const real *p, real *loss, isize rows, isize cols,
                             const double *a) noexcept nogil:
    return row_sums(squared_log_error_, t, p, loss, rows, cols, cols, scalars(0, 0, 0))

cdef void squared_log_error_grad(const real *t, const real *p, const real *dloss, real *dp,
                                 isize rows, isize cols, const double *a) noexcept nogil:
    row_sums_grad(squared_log_error_dp, t, p, dloss, dp, rows, cols, cols, scalars(0, 0, 0))


# mean of ½e² where |e| ≤ δ, else δ·|e| − ½δ²;  a[0] = s.a = δ  (Huber 1964)
cdef inline real huber_(real t, real p, Scalars s) noexcept nogil:
    cdef real e = abs_(p - t), half = <real>0.5
    return s.a * (e - half * s.a) if e > s.a else half * e * e

cdef inline real huber_dp(real t, real p, Scalars s) noexcept nogil:
    cdef real e = p - t
    e = s.a if e > s.a else e
    return -s.a if e < -s.a else e

cdef isize huber(const real *t, const real *p, real *loss, isize rows, isize cols,
                 const double *a) noexcept nogil:
    return row_sums(huber_, t, p, loss, rows, cols, cols, scalars(<real>a[0], 0, 0))

cdef void huber_grad(const real *t, const real *p, const real *dloss, real *dp,
                     isize rows, isize cols, const double *a) noexcept nogil:
    row_sums_grad(huber_dp, t, p, dloss, dp, rows, cols, cols, scalars(<real>a[0], 0, 0))


# mean log cosh e = mean ½·log(1 + sinh² e), which keeps its digits near 0, and
# |e| − log 2 where sinh² might overflow (there the two are the same number)
cdef inline real log_cosh_(real t, real p, Scalars s) noexcept nogil:
    cdef real e = abs_(p - t), u, sinh
    u = expm1_(e)
    sinh = <real>0.5 * (u + u / (u + <real>1))
    return (<real>0.5 * log1p_(sinh * sinh) if e < <real>20 else
            e - <real>0.6931471805599453 if e == e else e)

cdef inline real log_cosh_dp(real t, real p, Scalars s) noexcept nogil:
    return tanh_(p - t)

cdef isize log_cosh(const real *t, const real *p, real *loss, isize rows, isize cols,
                    const double *a) noexcept nogil:
    return row_sums(log_cosh_, t, p, loss, rows, cols, cols, scalars(0, 0, 0))

cdef void log_cosh_grad(const real *t, const real *p, const real *dloss, real *dp,
                        isize rows, isize cols, const double *a) noexcept nogil:
    row_sums_grad(log_cosh_dp, t, p, dloss, dp, rows, cols, cols, scalars(0, 0, 0))


# Σ t·log(t / p), both clipped to [ε, 1]
cdef inline real clip_unit(real p) noexcept nogil:
    p = <real>EPSILON if p < <real>EPSILON else p
    return 1 if p > 1 else p

cdef inline real kl_divergence_(real t, real p, Scalars s) noexcept nogil:
    cdef real u = clip_unit(t)
    return u * log_(u / clip_unit(p))

cdef inline real kl_divergence_dp(real t, real p, Scalars s) noexcept nogil:
    return 0 if (p < <real>EPSILON) | (p > 1) else -clip_unit(t) / p

cdef isize kl_divergence(const real *t, const real *p, real *loss, isize rows, isize cols,
                         const double *a) noexcept nogil:
    return row_sums(kl_divergence_, t, p, loss, rows, cols, 1, scalars(0, 0, 0))

cdef void kl_divergence_grad(const real *t, const real *p, const real *dloss, real *dp,
                             isize rows, isize cols, const double *a) noexcept nogil:
    row_sums_grad(kl_divergence_dp, t, p, dloss, dp, rows, cols, 1, scalars(0, 0, 0))


# mean [p − t·log(p + ε)]
cdef inline real poisson_(real t, real p, Scalars s) noexcept nogil:
    return p - t * log_(p + <real>EPSILON)

cdef inline real poisson_dp(real t, real p, Scalars s) noexcept nogil:
    return <real>1 - t / (p + <real>EPSILON)

cdef isize poisson(const real *t, const real *p, real *loss, isize rows, isize cols,
                   const double *a) noexcept nogil:
    return row_sums(poisson_, t, p, loss, rows, cols, cols, scalars(0, 0, 0))

cdef void poisson_grad(const real *t, const real *p, const real *dloss, real *dp,
                       isize rows, isize cols, const double *a) noexcept nogil:
    row_sums_grad(poisson_dp, t, p, dloss, dp, rows, cols, cols, scalars(0, 0, 0))


# −Σ t̂·p̂, each row scaled to length 1: x̂ = x / √max(Σx², 1e-12)

cdef struct Dots:           # Σt², Σp², Σt·p
    double tt, pp, tp

cdef inline Dots row_dots(const real *t, const real *p, isize n) noexcept nogil:
    cdef wide tt[SUM_VECTORS]
    cdef wide pp[SUM_VECTORS]
    cdef wide tp[SUM_VECTORS]
    cdef real last_t[SUM_LANES]
    cdef real last_p[SUM_LANES]
    cdef wide u, v
    cdef int j
    cdef Dots d
    for j in range(SUM_VECTORS):
        tt[j] = pp[j] = tp[j] = w_zero()
    while n > 0:
        if n < SUM_LANES:
            load_padded(t, n, last_t)
            load_padded(p, n, last_p)
            t = last_t
            p = last_p
        for j in range(SUM_VECTORS):
            u = w_load(t + j * WIDE_LANES)
            v = w_load(p + j * WIDE_LANES)
            tt[j] += u * u
            pp[j] += v * v
            tp[j] += u * v
        t += SUM_LANES
        p += SUM_LANES
        n -= SUM_LANES
    d.tt = w_total(tt)
    d.pp = w_total(pp)
    d.tp = w_total(tp)
    return d

cdef isize cosine_similarity(const real *t, const real *p, real *loss, isize rows, isize cols,
                             const double *a) noexcept nogil:
    cdef isize r
    cdef Dots d
    for r in range(rows):
        d = row_dots(t, p, cols)
        d.tt = SMALLEST_SQUARE if d.tt < SMALLEST_SQUARE else d.tt
        d.pp = SMALLEST_SQUARE if d.pp < SMALLEST_SQUARE else d.pp
        loss[r] = <real>(-d.tp / (sqrt64(d.tt) * sqrt64(d.pp)))
        t += cols
        p += cols
    return -1

# With |p| the length: −(t̂ − (t̂·p̂)·p̂) / |p|; a row at the cut-off has a fixed |p|.
cdef void cosine_similarity_grad(const real *t, const real *p, const real *dloss, real *dp,
                                 isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r, j
    cdef double tt, pp, along
    cdef Dots d
    for r in range(rows):
        d = row_dots(t, p, cols)
        tt = sqrt64(SMALLEST_SQUARE if d.tt < SMALLEST_SQUARE else d.tt)
        pp = sqrt64(SMALLEST_SQUARE if d.pp < SMALLEST_SQUARE else d.pp)
        along = 0 if d.pp < SMALLEST_SQUARE else d.tp / (tt * d.pp)
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
