# Losses and accuracies of classes: cross-entropies, hinges.  Conventions as in
# losses.pxi, where also the table of all losses is filled.

# A probability kept inside [ε, 1 − ε], where its logarithm is finite.
cdef inline real clip_probability(real p) noexcept nogil:
    cdef real low = <real>EPSILON, high = <real>1 - <real>EPSILON
    p = low if p < low else p
    return high if p > high else p

cdef inline bint is_clipped(real p) noexcept nogil:
    return (p < <real>EPSILON) | (p > <real>1 - <real>EPSILON)

# the same of p / total, which may both be negative
cdef inline bint is_clipped_share(real p, real total) noexcept nogil:
    p *= copysign_(<real>1, total)
    total = abs_(total)
    return (p < <real>EPSILON * total) | (p > (<real>1 - <real>EPSILON) * total)


# Label smoothing moves targets towards their mean: t ← t·s.a + s.b
cdef inline Scalars smoothing(const double *a, double classes) noexcept nogil:
    return scalars(<real>(1 - a[0]), <real>(a[0] / classes), 0)

cdef inline real smoothed(real t, Scalars s) noexcept nogil:
    return t * s.a + s.b


# −mean [t·log p + (1 − t)·log(1 − p)];  a[0] = label smoothing
cdef inline real binary_crossentropy_(real t, real p, Scalars s) noexcept nogil:
    cdef real q = clip_probability(p)
    t = smoothed(t, s)
    return -(t * log_(q) + (<real>1 - t) * log_(<real>1 - q))

cdef inline real binary_crossentropy_dp(real t, real p, Scalars s) noexcept nogil:
    # (p − t) / (p·(1 − p)), and 0 where the clip holds p
    return 0 if is_clipped(p) else (p - smoothed(t, s)) / (p * (<real>1 - p))

cdef isize binary_crossentropy(const real *t, const real *p, real *loss, isize rows, isize cols,
                               const double *a) noexcept nogil:
    return row_sums(binary_crossentropy_, t, p, loss, rows, cols, cols, smoothing(a, 2))

cdef void binary_crossentropy_grad(const real *t, const real *p, const real *dloss, real *dp,
                                   isize rows, isize cols, const double *a) noexcept nogil:
    row_sums_grad(binary_crossentropy_dp, t, p, dloss, dp, rows, cols, cols, smoothing(a, 2))


# The same from logits z with p = sigmoid(z): mean [softplus(z) − t·z], in the
# form max(z, 0) − t·z + log(1 + e^−|z|) that never overflows.
cdef inline real binary_crossentropy_logits_(real t, real p, Scalars s) noexcept nogil:
    return ((<real>0 if p < 0 else p) - smoothed(t, s) * p) + log1p_exp_(p)

cdef inline real binary_crossentropy_logits_dp(real t, real p, Scalars s) noexcept nogil:
    return sigmoid_(p) - smoothed(t, s)

cdef isize binary_crossentropy_logits(const real *t, const real *p, real *loss, isize rows,
                                      isize cols, const double *a) noexcept nogil:
    return row_sums(binary_crossentropy_logits_, t, p, loss, rows, cols, cols, smoothing(a, 2))

cdef void binary_crossentropy_logits_grad(const real *t, const real *p, const real *dloss, real *dp,
                                          isize rows, isize cols, const double *a) noexcept nogil:
    row_sums_grad(binary_crossentropy_logits_dp, t, p, dloss, dp, rows, cols, cols, smoothing(a, 2))


# For losses Σ f(t, q) where q comes of p and of numbers of its whole row: f(t, g(p)) with
# of_row[r] for g.  Rows are as many as rows_at_once says, at most.
cdef inline void row_sums_of(loss_formula f, real (*g)(real, Scalars) noexcept nogil,
                             const real *t, const real *p, real *loss, isize rows, isize cols,
                             const Scalars *of_row, Scalars s) noexcept nogil:
    cdef real e[ROWS_AT_ONCE]
    cdef isize r, n, j = 0
    cdef double total = 0
    if cols <= ROWS_AT_ONCE:
        for r in range(rows):
            each_with(g, p + r * cols, e + r * cols, cols, of_row[r])
        each2_with(f, t, e, e, rows * cols, s)
        for r in range(rows):
            loss[r] = <real>lane_sum(e + r * cols, cols)
    else:
        while j < cols:
            n = min(ROWS_AT_ONCE, cols - j)
            each_with(g, p + j, e, n, of_row[0])
            each2_with(f, t + j, e, e, n, s)
            total += lane_sum(e, n)
            j += n
        loss[0] = <real>total


# −Σ t·log q, with q = p / Σp clipped;  a[0] = label smoothing
cdef inline real share(real p, Scalars of_row) noexcept nogil:
    return p / of_row.a

cdef inline real categorical_crossentropy_(real t, real q, Scalars s) noexcept nogil:
    return -(smoothed(t, s) * log_(clip_probability(q)))

cdef isize categorical_crossentropy(const real *t, const real *p, real *loss, isize rows,
                                    isize cols, const double *a) noexcept nogil:
    cdef Scalars of_row[ROWS_AT_ONCE]
    cdef isize first = 0, n, r
    while first < rows:
        n = min(rows_at_once(cols), rows - first)
        for r in range(n):
            of_row[r].a = <real>lane_sum(p + r * cols, cols)
        row_sums_of(categorical_crossentropy_, share, t, p, loss + first, n, cols, of_row,
                    smoothing(a, cols))
        t += n * cols
        p += n * cols
        first += n
    return -1

# g = −t/q (0 where clipped), then through q = p / Σp:  dp = (g − Σ g·q) / Σp;  s.c = Σp.
# Whether q is clipped is asked of p, for a second division would take half of the time.
cdef inline real categorical_crossentropy_g(real t, real p, Scalars s) noexcept nogil:
    return 0 if is_clipped_share(p, s.c) else -(smoothed(t, s) * s.c) / p

# (x − s.a)·s.b
cdef inline real shift_scale(real x, Scalars s) noexcept nogil:
    return (x - s.a) * s.b

cdef void categorical_crossentropy_grad(const real *t, const real *p, const real *dloss, real *dp,
                                        isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize first = 0, n, r
    cdef Scalars s = smoothing(a, cols)
    cdef real sum_p[ROWS_AT_ONCE]
    cdef real buffer[ROWS_AT_ONCE]
    cdef real *g = buffer
    cdef double dot
    while first < rows:
        n = min(rows_at_once(cols), rows - first)
        if cols > ROWS_AT_ONCE:
            g = dp
        for r in range(n):
            s.c = sum_p[r] = <real>lane_sum(p + r * cols, cols)
            each2_with(categorical_crossentropy_g, t + r * cols, p + r * cols, g + r * cols, cols, s)
        for r in range(n):
            dot = lane_dot(g + r * cols, p, cols) / sum_p[r]
            each_with(shift_scale, g + r * cols, dp, cols,
                      scalars(<real>dot, dloss[first + r] / sum_p[r], 0))
            p += cols
            dp += cols
        t += n * cols
        first += n


# The same from logits z: −Σ t·log softmax(z)
cdef inline real categorical_crossentropy_logits_(real t, real log_p, Scalars s) noexcept nogil:
    return -(smoothed(t, s) * log_p)

cdef isize categorical_crossentropy_logits(const real *t, const real *p, real *loss, isize rows,
                                           isize cols, const double *a) noexcept nogil:
    cdef Scalars of_row[ROWS_AT_ONCE]
    cdef real largest[ROWS_AT_ONCE]
    cdef real log_total[ROWS_AT_ONCE]
    cdef isize first = 0, n, r
    while first < rows:
        n = min(rows_at_once(cols), rows - first)
        row_logs(p, largest, log_total, n, cols)
        for r in range(n):
            of_row[r] = scalars(largest[r], log_total[r], 0)
        row_sums_of(categorical_crossentropy_logits_, log_softmax_, t, p, loss + first, n, cols,
                    of_row, smoothing(a, cols))
        t += n * cols
        p += n * cols
        first += n
    return -1

# softmax(z)·Σt − t;  here p is softmax(z), s.c = Σt, s.d the upstream gradient
cdef inline real categorical_crossentropy_logits_dp(real t, real p, Scalars s) noexcept nogil:
    return s.d * (p * s.c - smoothed(t, s))

cdef void categorical_crossentropy_logits_grad(const real *t, const real *p, const real *dloss,
                                               real *dp, isize rows, isize cols,
                                               const double *a) noexcept nogil:
    cdef isize r
    cdef Scalars s = smoothing(a, cols)
    softmax(p, dp, rows, cols, a)
    for r in range(rows):
        s.c = <real>(lane_sum(t, cols) * s.a + cols * <double>s.b)
        s.d = dloss[r]
        each2_with(categorical_crossentropy_logits_dp, t, dp, dp, cols, s)
        t += cols
        dp += cols


# −log q[label], with q = p / Σp clipped.  Labels are int64.
cdef inline real sparse_crossentropy_(real q) noexcept nogil:
    return -log_(clip_probability(q))

cdef isize sparse_crossentropy(const long long *t, const real *p, real *loss, isize rows,
                               isize cols, const double *a) noexcept nogil:
    cdef isize r
    for r in range(rows):
        if t[r] < 0 or t[r] >= cols:
            return r
        loss[r] = p[t[r]] / <real>lane_sum(p, cols)
        p += cols
    each(sparse_crossentropy_, loss, loss, rows)
    return -1

cdef void sparse_crossentropy_grad(const long long *t, const real *p, const real *dloss, real *dp,
                                   isize rows, isize cols, const double *a) noexcept nogil:
    cdef isize r
    cdef real sum_p, q, d
    for r in range(rows):
        sum_p = <real>lane_sum(p, cols)
        q = p[t[r]] / sum_p
        # with g = −1/q at the label: g·q = −1, so dp = (g·[j = label] + 1) / Σp
        d = 0 if is_clipped(q) else dloss[r] / sum_p
        fill_with(dp, d, cols)
        dp[t[r]] = d * (<real>1 - <real>1 / q)
        p += cols
        dp += cols


# The same from logits z: logΣeᶻ − z[label]
cdef isize sparse_crossentropy_logits(const long long *t, const real *p, real *loss, isize rows,
                                      isize cols, const double *a) noexcept nogil:
    cdef real largest[ROWS_AT_ONCE]
    cdef isize first = 0, n, r
    for r in range(rows):
        if t[r] < 0 or t[r] >= cols:
            return r
    while first < rows:
        n = min(rows_at_once(cols), rows - first)
        row_logs(p, largest, loss, n, cols)
        for r in range(n):
            loss[r] -= p[t[r]] - largest[r]
            p += cols
        t += n
        loss += n
        first += n
    return -1

cdef void sparse_crossentropy_logits_grad(const long long *t, const real *p, const real *dloss,
                                          real *dp, isize rows, isize cols,
                                          const double *a) noexcept nogil:
    cdef isize r
    softmax(p, dp, rows, cols, a)
    for r in range(rows):
        dp[t[r]] -= <real>1
        each_with(times_, dp, dp, cols, scalars(dloss[r], 0, 0))
        dp += cols


# Hinge losses want targets −1 and 1.  Where every target is 0 or 1 they are
# read as −1 and 1, as Keras does: 2t − 1, written as a smoothing.
cdef inline Scalars signs(const real *t, isize n) noexcept nogil:
    cdef isize i
    cdef int others = 0
    for i in range(n):
        others |= (t[i] != 0) & (t[i] != 1)
    return scalars(1, 0, 0) if others else scalars(2, -1, 0)

# mean max(1 − t·p, 0)
cdef inline real hinge_(real t, real p, Scalars s) noexcept nogil:
    cdef real m = <real>1 - smoothed(t, s) * p
    return 0 if m < 0 else m

cdef inline real hinge_dp(real t, real p, Scalars s) noexcept nogil:
    t = smoothed(t, s)
    return 0 if <real>1 - t * p <= 0 else -t

cdef isize hinge(const real *t, const real *p, real *loss, isize rows, isize cols,
                 const double *a) noexcept nogil:
    return row_sums(hinge_, t, p, loss, rows, cols, cols, signs(t, rows * cols))

cdef void hinge_grad(const real *t, const real *p, const real *dloss, real *dp,
                     isize rows, isize cols, const double *a) noexcept nogil:
    row_sums_grad(hinge_dp, t, p, dloss, dp, rows, cols, cols, signs(t, rows * cols))


# mean max(1 − t·p, 0)²
cdef inline real squared_hinge_(real t, real p, Scalars s) noexcept nogil:
    cdef real m = <real>1 - smoothed(t, s) * p
    return 0 if m < 0 else m * m

cdef inline real squared_hinge_dp(real t, real p, Scalars s) noexcept nogil:
    cdef real m = <real>1 - smoothed(t, s) * p
    return 0 if m <= 0 else <real>-2 * smoothed(t, s) * m

cdef isize squared_hinge(const real *t, const real *p, real *loss, isize rows, isize cols,
                         const double *a) noexcept nogil:
    return row_sums(squared_hinge_, t, p, loss, rows, cols, cols, signs(t, rows * cols))

cdef void squared_hinge_grad(const real *t, const real *p, const real *dloss, real *dp,
                             isize rows, isize cols, const double *a) noexcept nogil:
    row_sums_grad(squared_hinge_dp, t, p, dloss, dp, rows, cols, cols, signs(t, rows * cols))


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
cdef inline real binary_accuracy_(real t, real p, Scalars s) noexcept nogil:
    return <real>(t == <real>(p > s.a))

cdef isize binary_accuracy(const real *t, const real *p, real *out, isize rows, isize cols,
                           const double *a) noexcept nogil:
    return row_sums(binary_accuracy_, t, p, out, rows, cols, cols, scalars(<real>a[0], 0, 0))

# Up to LANES numbers from x; the lanes beyond n, which no largest is in, are −Inf.
cdef inline vec row_piece(const real *x, isize n) noexcept nogil:
    return v_load(x) if n >= LANES else v_load_n_or(x, <int>n, v_splat(<real>-INFINITY))

# The first of the largest; -1 for a row with a NaN, which has no largest and so
# never counts as a hit.
cdef inline isize argmax(const real *x, isize n) noexcept nogil:
    cdef isize i = 0, found = -1
    cdef unsigned int where
    cdef vec v, m = v_splat(row_max(x, n))
    while i < n:
        v = row_piece(x + i, n - i)
        if v_equal(v, v) != ALL_LANES:
            return -1
        where = v_equal(v, m)
        if where and found < 0:
            found = i + first_bit(where)
        i += LANES
    return found

# Whether argmax(x, n) is `at` (0 <= at < n).  To ask is cheaper than to find: it takes no
# largest lane of a vector.
cdef inline bint is_argmax(const real *x, isize n, isize at) noexcept nogil:
    cdef isize i = 0
    cdef unsigned int where
    cdef vec v, m = v_splat(x[at])
    while i < n:
        v = row_piece(x + i, n - i)
        if v_at_most(v, m) != ALL_LANES:
            return False
        where = v_equal(v, m)
        if where and i + first_bit(where) < at:
            return False
        i += LANES
    return True

# argmax(t, n), by the way that is short for targets: if the first 1 is the largest, that is it.
cdef inline isize target_class(const real *t, isize n) noexcept nogil:
    cdef isize i = 0
    cdef unsigned int where
    while i < n:
        where = v_equal(row_piece(t + i, n - i), v_splat(<real>1))
        if where:
            i += first_bit(where)
            return i if is_argmax(t, n, i) else argmax(t, n)
        i += LANES
    return argmax(t, n)

cdef isize categorical_accuracy(const real *t, const real *p, real *out, isize rows, isize cols,
                                const double *a) noexcept nogil:
    cdef isize r, found
    for r in range(rows):
        found = target_class(t, cols)
        out[r] = found >= 0 and is_argmax(p, cols, found)
        t += cols
        p += cols
    return -1

cdef isize sparse_categorical_accuracy(const long long *t, const real *p, real *out, isize rows,
                                       isize cols, const double *a) noexcept nogil:
    # a negative label is one that the loss ignores: no prediction is right
    cdef isize r
    for r in range(rows):
        if t[r] >= cols:
            return r
        out[r] = is_argmax(p, cols, t[r]) if t[r] >= 0 else <real>0
        p += cols
    return -1
