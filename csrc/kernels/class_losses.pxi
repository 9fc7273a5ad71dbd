# Losses and accuracies of classes: cross-entropies, hinges.  Conventions as in
# losses.pxi, where also the table of all losses is filled.

# A probability kept inside [ε, 1 − ε], where its logarithm is finite.
cdef inline real clip_probability(real p) noexcept nogil:
    cdef real low = <real>EPSILON, high = <real>1 - <real>EPSILON
    p = low if p < low else p
    return high if p > high else p

cdef inline bint is_clipped(real p) noexcept nogil:
    return (p < <real>EPSILON) | (p > <real>1 - <real>EPSILON)


# −mean [t·log p + (1 − t)·log(1 − p)];  a[0] = label smoothing: t ← t·(1 − a) + a/2
cdef isize binary_crossentropy(const real *t, const real *p, real *loss, isize rows, isize cols,
                               const double *a) noexcept nogil:
    cdef isize r, j
    cdef double total
    cdef real q, s, keep = <real>(1 - a[0]), shift = <real>(a[0] / 2)
    for r in range(rows):
        total = 0
        for j in range(cols):
            q = clip_probability(p[j])
            s = t[j] * keep + shift
            total -= s * log_(q) + (<real>1 - s) * log_(<real>1 - q)
        loss[r] = <real>(total / cols)
        t += cols
        p += cols
    return -1

# (q − t) / (q·(1 − q)), and 0 where the clip holds q
cdef void binary_crossentropy_grad(const real *t, const real *p, const real *dloss, real *dp,
                                   isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r, j
    cdef real q, s, keep = <real>(1 - a[0]), shift = <real>(a[0] / 2), d
    for r in range(rows):
        d = dloss[r] / cols
        for j in range(cols):
            q = p[j]
            s = t[j] * keep + shift
            dp[j] = 0 if is_clipped(q) else d * ((q - s) / (q * (<real>1 - q)))
        t += cols
        p += cols
        dp += cols


# The same from logits z with p = sigmoid(z): mean [softplus(z) − t·z], in the
# form max(z, 0) − t·z + log(1 + e^−|z|) that never overflows.
cdef isize binary_crossentropy_logits(const real *t, const real *p, real *loss, isize rows,
                                      isize cols, const double *a) noexcept nogil:
    cdef isize r, j
    cdef double total
    cdef real s, z, keep = <real>(1 - a[0]), shift = <real>(a[0] / 2)
    for r in range(rows):
        total = 0
        for j in range(cols):
            z = p[j]
            s = t[j] * keep + shift
            total += (0 if z < 0 else z) - s * z + log1p_(exp_(-abs_(z)))
        loss[r] = <real>(total / cols)
        t += cols
        p += cols
    return -1

# sigmoid(z) − t
cdef void binary_crossentropy_logits_grad(const real *t, const real *p, const real *dloss,
                                          real *dp, isize rows, isize cols,
                                          const double *a) noexcept nogil:
    cdef isize r, j
    cdef real d, keep = <real>(1 - a[0]), shift = <real>(a[0] / 2)
    for r in range(rows):
        d = dloss[r] / cols
        for j in range(cols):
            dp[j] = d * (sigmoid_(p[j]) - (t[j] * keep + shift))
        t += cols
        p += cols
        dp += cols


# −Σ t·log q, with q = p / Σp clipped;  a[0] = label smoothing: t ← t·(1 − a) + a/C
cdef isize categorical_crossentropy(const real *t, const real *p, real *loss, isize rows,
                                    isize cols, const double *a) noexcept nogil:
    cdef isize r, j
    cdef double total
    cdef real sum_p, s, keep = <real>(1 - a[0]), shift = <real>(a[0] / cols)
    for r in range(rows):
        sum_p = <real>lane_sum(p, cols)
        total = 0
        for j in range(cols):
            s = t[j] * keep + shift
            total -= s * log_(clip_probability(p[j] / sum_p))
        loss[r] = <real>total
        t += cols
        p += cols
    return -1

# g = −t/q (0 where clipped), then through q = p / Σp:  dp = (g − Σ g·q) / Σp
cdef void categorical_crossentropy_grad(const real *t, const real *p, const real *dloss, real *dp,
                                        isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r, j
    cdef double dot
    cdef real sum_p, q, g, keep = <real>(1 - a[0]), shift = <real>(a[0] / cols), d
    for r in range(rows):
        sum_p = <real>lane_sum(p, cols)
        dot = 0
        for j in range(cols):
            q = p[j] / sum_p
            g = 0 if is_clipped(q) else -(t[j] * keep + shift) / q
            dp[j] = g
            dot += g * q
        d = dloss[r] / sum_p
        for j in range(cols):
            dp[j] = d * (dp[j] - <real>dot)
        t += cols
        p += cols
        dp += cols


# The same from logits z: −Σ t·log softmax(z)
cdef isize categorical_crossentropy_logits(const real *t, const real *p, real *loss, isize rows,
                                           isize cols, const double *a) noexcept nogil:
    cdef isize r, j
    cdef double total
    cdef real lse, m, keep = <real>(1 - a[0]), shift = <real>(a[0] / cols)
    for r in range(rows):
        m = row_max(p, cols)
        lse = log_sum_exp(p, cols, m) - m
        total = 0
        for j in range(cols):
            total -= (t[j] * keep + shift) * ((p[j] - m) - lse)
        loss[r] = <real>total
        t += cols
        p += cols
    return -1

# softmax(z)·Σt − t
cdef void categorical_crossentropy_logits_grad(const real *t, const real *p, const real *dloss,
                                               real *dp, isize rows, isize cols,
                                               const double *a) noexcept nogil:
    cdef isize r, j
    cdef double sum_t
    cdef real keep = <real>(1 - a[0]), shift = <real>(a[0] / cols), d
    softmax(p, dp, rows, cols, a)
    for r in range(rows):
        sum_t = 0
        for j in range(cols):
            sum_t += t[j] * keep + shift
        d = dloss[r]
        for j in range(cols):
            dp[j] = d * (dp[j] * <real>sum_t - (t[j] * keep + shift))
        t += cols
        dp += cols


# −log q[label], with q = p / Σp clipped.  Labels are int64.
cdef isize sparse_crossentropy(const long long *t, const real *p, real *loss, isize rows,
                               isize cols, const double *a) noexcept nogil:
    cdef isize r
    for r in range(rows):
        if t[r] < 0 or t[r] >= cols:
            return r
        loss[r] = -log_(clip_probability(p[t[r]] / <real>lane_sum(p, cols)))
        p += cols
    return -1

cdef void sparse_crossentropy_grad(const long long *t, const real *p, const real *dloss, real *dp,
                                   isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r, j
    cdef real sum_p, q, d
    for r in range(rows):
        sum_p = <real>lane_sum(p, cols)
        q = p[t[r]] / sum_p
        # with g = −1/q at the label: g·q = −1, so dp = (g·[j = label] + 1) / Σp
        d = 0 if is_clipped(q) else dloss[r] / sum_p
        for j in range(cols):
            dp[j] = d
        dp[t[r]] = d * (<real>1 - <real>1 / q)
        p += cols
        dp += cols


# The same from logits z: logΣeᶻ − z[label]
cdef isize sparse_crossentropy_logits(const long long *t, const real *p, real *loss, isize rows,
                                      isize cols, const double *a) noexcept nogil:
    cdef isize r
    cdef real m
    for r in range(rows):
        if t[r] < 0 or t[r] >= cols:
            return r
        m = row_max(p, cols)
        loss[r] = (log_sum_exp(p, cols, m) - m) - (p[t[r]] - m)
        p += cols
    return -1

cdef void sparse_crossentropy_logits_grad(const long long *t, const real *p, const real *dloss,
                                          real *dp, isize rows, isize cols,
                                          const double *a) noexcept nogil:
    cdef isize r, j
    softmax(p, dp, rows, cols, a)
    for r in range(rows):
        dp[t[r]] -= <real>1
        for j in range(cols):
            dp[j] *= dloss[r]
        dp += cols


# Hinge losses want targets −1 and 1.  Where every target is 0 or 1 they are
# read as −1 and 1, as Keras does: then scale is 2 and shift −1.
cdef inline bint all_zero_or_one(const real *t, isize n) noexcept nogil:
    cdef isize i
    for i in range(n):
        if t[i] != 0 and t[i] != 1:
            return False
    return True

# mean max(1 − t·p, 0)
cdef isize hinge(const real *t, const real *p, real *loss, isize rows, isize cols,
                 const double *a) noexcept nogil:
    cdef bint binary = all_zero_or_one(t, rows * cols)
    cdef real scale_ = 2 if binary else 1, shift = -1 if binary else 0, m
    cdef isize r, j
    cdef double total
    for r in range(rows):
        total = 0
        for j in range(cols):
            m = <real>1 - (scale_ * t[j] + shift) * p[j]
            total += 0 if m < 0 else m
        loss[r] = <real>(total / cols)
        t += cols
        p += cols
    return -1

cdef void hinge_grad(const real *t, const real *p, const real *dloss, real *dp,
                     isize rows, isize cols, const double *a) noexcept nogil:
    cdef bint binary = all_zero_or_one(t, rows * cols)
    cdef real scale_ = 2 if binary else 1, shift = -1 if binary else 0, s, d
    cdef isize r, j
    for r in range(rows):
        d = dloss[r] / cols
        for j in range(cols):
            s = scale_ * t[j] + shift
            dp[j] = 0 if <real>1 - s * p[j] <= 0 else -d * s
        t += cols
        p += cols
        dp += cols


# mean max(1 − t·p, 0)²
cdef isize squared_hinge(const real *t, const real *p, real *loss, isize rows, isize cols,
                         const double *a) noexcept nogil:
    cdef bint binary = all_zero_or_one(t, rows * cols)
    cdef real scale_ = 2 if binary else 1, shift = -1 if binary else 0, m
    cdef isize r, j
    cdef double total
    for r in range(rows):
        total = 0
        for j in range(cols):
            m = <real>1 - (scale_ * t[j] + shift) * p[j]
            total += 0 if m < 0 else m * m
        loss[r] = <real>(total / cols)
        t += cols
        p += cols
    return -1

cdef void squared_hinge_grad(const real *t, const real *p, const real *dloss, real *dp,
                             isize rows, isize cols, const double *a) noexcept nogil:
    cdef bint binary = all_zero_or_one(t, rows * cols)
    cdef real scale_ = 2 if binary else 1, shift = -1 if binary else 0, s, m, d
    cdef isize r, j
    for r in range(rows):
        d = <real>2 * dloss[r] / cols
        for j in range(cols):
            s = scale_ * t[j] + shift
            m = <real>1 - s * p[j]
            dp[j] = 0 if m <= 0 else -d * s * m
        t += cols
        p += cols
        dp += cols


# max(1 + max (1 − t)·p − Σ t·p, 0)
cdef isize categorical_hinge(const real *t, const real *p, real *loss, isize rows, isize cols,
                             const double *a) noexcept nogil:
    cdef isize r, j
    cdef real m
    for r in range(rows):
        m = (<real>1 - t[0]) * p[0]
        for j in range(1, cols):
            m = larger(m, (<real>1 - t[j]) * p[j])
        m = m - <real>lane_dot(t, p, cols) + <real>1
        loss[r] = 0 if m < 0 else m
        t += cols
        p += cols
    return -1

# The largest (1 − t)·p is shared equally by those that tie for it.
cdef void categorical_hinge_grad(const real *t, const real *p, const real *dloss, real *dp,
                                 isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r, j, ties
    cdef real m, d
    for r in range(rows):
        m = (<real>1 - t[0]) * p[0]
        for j in range(1, cols):
            m = larger(m, (<real>1 - t[j]) * p[j])
        ties = 0
        for j in range(cols):
            ties += (<real>1 - t[j]) * p[j] == m
        d = 0 if m - <real>lane_dot(t, p, cols) + <real>1 <= 0 else dloss[r]
        for j in range(cols):
            dp[j] = d * (((<real>1 - t[j]) / ties if (<real>1 - t[j]) * p[j] == m else 0) - t[j])
        t += cols
        p += cols
        dp += cols


# ---- accuracies: no derivative -------------------------------------------------

# share of the row where (p > a[0]) equals t
cdef isize binary_accuracy(const real *t, const real *p, real *out, isize rows, isize cols,
                           const double *a) noexcept nogil:
    cdef isize r, j, hits
    cdef real threshold = <real>a[0]
    for r in range(rows):
        hits = 0
        for j in range(cols):
            hits += t[j] == <real>(p[j] > threshold)
        out[r] = <real>hits / cols
        t += cols
        p += cols
    return -1

# The first of the largest; -1 for a row with a NaN, which has no largest and so
# never counts as a hit.
cdef inline isize argmax(const real *x, isize n) noexcept nogil:
    cdef isize j, best = 0
    for j in range(n):
        if x[j] != x[j]:
            return -1
        if x[j] > x[best]:
            best = j
    return best

cdef isize categorical_accuracy(const real *t, const real *p, real *out, isize rows, isize cols,
                                const double *a) noexcept nogil:
    cdef isize r, found
    for r in range(rows):
        found = argmax(p, cols)
        out[r] = found >= 0 and found == argmax(t, cols)
        t += cols
        p += cols
    return -1

cdef isize sparse_categorical_accuracy(const long long *t, const real *p, real *out, isize rows,
                                       isize cols, const double *a) noexcept nogil:
    cdef isize r
    for r in range(rows):
        if t[r] < 0 or t[r] >= cols:
            return r
        out[r] = argmax(p, cols) == t[r]
        p += cols
    return -1
