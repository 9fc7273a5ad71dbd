# Optimizer updates: parameters w, gradient g, state arrays s, r and q, all of n
# elements, in one pass.  `a` holds the scalars of the step in the order of
# UpdateScalar; those that change (learning rate, step count) are written there
# by the engine before the step's updates run.  Formulas and the place of ε are
# those of Keras 3, named by their source; "legacy" ones are those of Keras 2.

cdef extern from *:
    """
    #define SMALLEST_NORMAL (KERNEL_REAL_BYTES == 4 ? (real)1.17549435e-38 : (real)2.2250738585072014e-308)
    """
    const real SMALLEST_NORMAL

# State that decays, where gradients stay away, would spend a hundred steps among the denormal
# numbers, each a hundred times slower to compute with than others (MNIST 784-512-10 with
# RMSprop: 4 ms a step instead of 2).  So small it changes no weight: it is set to 0.
cdef inline real settled(real x) noexcept nogil:
    return 0 if abs_(x) < SMALLEST_NORMAL else x

# w ← w − η·g
cdef void sgd(real *w, const real *g, real *s, real *r, real *q, isize n,
              const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE]
    for i in range(n):
        w[i] = fma_(-rate, g[i], w[i])


# Momentum (Polyak 1964): m ← μ·m − η·g;  w ← w + m
cdef void momentum(real *w, const real *g, real *s, real *r, real *q, isize n,
                   const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], mu = <real>a[A_MOMENTUM]
    for i in range(n):
        s[i] = settled(mu * s[i] - rate * g[i])
        w[i] += s[i]


# Nesterov 1983, as in Sutskever et al. 2013: m ← μ·m − η·g;  w ← w + μ·m − η·g
cdef void nesterov(real *w, const real *g, real *s, real *r, real *q, isize n,
                   const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], mu = <real>a[A_MOMENTUM]
    for i in range(n):
        s[i] = settled(mu * s[i] - rate * g[i])
        w[i] += mu * s[i] - rate * g[i]


# Duchi et al. 2011: G ← G + g²;  w ← w − η·g / √(G + ε)
cdef void adagrad(real *w, const real *g, real *s, real *r, real *q, isize n,
                  const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], epsilon = <real>a[A_EPSILON]
    for i in range(n):
        s[i] += g[i] * g[i]
        w[i] -= rate * g[i] / sqrt_(s[i] + epsilon)


# … with ε outside the root
cdef void adagrad_legacy(real *w, const real *g, real *s, real *r, real *q, isize n,
                         const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], epsilon = <real>a[A_EPSILON]
    for i in range(n):
        s[i] += g[i] * g[i]
        w[i] -= rate * g[i] / (sqrt_(s[i]) + epsilon)


# Zeiler 2012, Alg. 1: G ← ρG + (1−ρ)g²;  Δ = −g·√(D + ε)/√(G + ε);
# D ← ρD + (1−ρ)Δ²;  w ← w + η·Δ
cdef void adadelta(real *w, const real *g, real *s, real *r, real *q, isize n,
                   const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], epsilon = <real>a[A_EPSILON], delta
    cdef real rho = <real>a[A_RHO], rest = <real>(1 - a[A_RHO])
    for i in range(n):
        s[i] = settled(rho * s[i] + rest * (g[i] * g[i]))
        delta = -g[i] * sqrt_(r[i] + epsilon) / sqrt_(s[i] + epsilon)
        r[i] = settled(rho * r[i] + rest * (delta * delta))
        w[i] += rate * delta


# Hinton 2012, lecture 6e: v ← ρv + (1−ρ)g²;  w ← w − η·g / √(v + ε)
cdef void rmsprop(real *w, const real *g, real *s, real *r, real *q, isize n,
                  const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], epsilon = <real>a[A_EPSILON]
    cdef real rho = <real>a[A_RHO], rest = <real>(1 - a[A_RHO])
    for i in range(n):
        s[i] = settled(rho * s[i] + rest * (g[i] * g[i]))
        w[i] -= rate * g[i] / sqrt_(s[i] + epsilon)


# … with momentum: m ← μ·m + η·g / √(v + ε);  w ← w − m
cdef void rmsprop_momentum(real *w, const real *g, real *s, real *r, real *q, isize n,
                           const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], epsilon = <real>a[A_EPSILON]
    cdef real rho = <real>a[A_RHO], rest = <real>(1 - a[A_RHO]), mu = <real>a[A_MOMENTUM]
    for i in range(n):
        s[i] = settled(rho * s[i] + rest * (g[i] * g[i]))
        r[i] = settled(mu * r[i] + rate * g[i] / sqrt_(s[i] + epsilon))
        w[i] -= r[i]


# … centered (Graves 2013, eq. 38 to 41): a ← ρa + (1−ρ)g;  v − a² in the place of v
cdef void rmsprop_centered(real *w, const real *g, real *s, real *r, real *q, isize n,
                           const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], epsilon = <real>a[A_EPSILON]
    cdef real rho = <real>a[A_RHO], rest = <real>(1 - a[A_RHO])
    for i in range(n):
        s[i] = settled(rho * s[i] + rest * (g[i] * g[i]))
        r[i] = settled(rho * r[i] + rest * g[i])
        w[i] -= rate * g[i] / sqrt_(s[i] - r[i] * r[i] + epsilon)


# … and both
cdef void rmsprop_centered_momentum(real *w, const real *g, real *s, real *r, real *q, isize n,
                                    const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], epsilon = <real>a[A_EPSILON]
    cdef real rho = <real>a[A_RHO], rest = <real>(1 - a[A_RHO]), mu = <real>a[A_MOMENTUM]
    for i in range(n):
        s[i] = settled(rho * s[i] + rest * (g[i] * g[i]))
        q[i] = settled(rho * q[i] + rest * g[i])
        r[i] = settled(mu * r[i] + rate * g[i] / sqrt_(s[i] - q[i] * q[i] + epsilon))
        w[i] -= r[i]


# RMSprop as Keras had it before version 3, with ε outside the root unless there is momentum
cdef void rmsprop_legacy(real *w, const real *g, real *s, real *r, real *q, isize n,
                         const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], epsilon = <real>a[A_EPSILON]
    cdef real rho = <real>a[A_RHO], rest = <real>(1 - a[A_RHO])
    for i in range(n):
        s[i] = settled(rho * s[i] + rest * (g[i] * g[i]))
        w[i] -= rate * g[i] / (sqrt_(s[i]) + epsilon)


cdef void rmsprop_legacy_centered(real *w, const real *g, real *s, real *r, real *q, isize n,
                                  const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], epsilon = <real>a[A_EPSILON]
    cdef real rho = <real>a[A_RHO], rest = <real>(1 - a[A_RHO])
    for i in range(n):
        s[i] = settled(rho * s[i] + rest * (g[i] * g[i]))
        r[i] = settled(rho * r[i] + rest * g[i])
        w[i] -= rate * g[i] / (sqrt_(s[i] - r[i] * r[i]) + epsilon)


# Kingma & Ba 2015, Alg. 1 in the order of the end of their section 2:
# m ← m + (1−β₁)(g − m);  v ← v + (1−β₂)(g² − v);  w ← w − α·m / (√v + ε)
cdef void adam(real *w, const real *g, real *s, real *r, real *q, isize n,
               const double *a) noexcept nogil:
    cdef isize i
    cdef real alpha = <real>a[A_SCALED_RATE], epsilon = <real>a[A_EPSILON]
    cdef real rest_1 = <real>(1 - a[A_RHO]), rest_2 = <real>(1 - a[A_BETA_2])
    for i in range(n):
        s[i] = settled(s[i] + (g[i] - s[i]) * rest_1)
        r[i] = settled(r[i] + (g[i] * g[i] - r[i]) * rest_2)
        w[i] -= alpha * s[i] / (sqrt_(r[i]) + epsilon)


# AMSGrad (Reddi et al. 2018, Alg. 2): the largest v so far in the place of v
cdef void adam_amsgrad(real *w, const real *g, real *s, real *r, real *q, isize n,
                       const double *a) noexcept nogil:
    cdef isize i
    cdef real alpha = <real>a[A_SCALED_RATE], epsilon = <real>a[A_EPSILON]
    cdef real rest_1 = <real>(1 - a[A_RHO]), rest_2 = <real>(1 - a[A_BETA_2])
    for i in range(n):
        s[i] = settled(s[i] + (g[i] - s[i]) * rest_1)
        r[i] = settled(r[i] + (g[i] * g[i] - r[i]) * rest_2)
        q[i] = q[i] if r[i] <= q[i] else r[i]       # a NaN of r stays
        w[i] -= alpha * s[i] / (sqrt_(q[i]) + epsilon)


# Kingma & Ba 2015, Alg. 2: m ← m + (1−β₁)(g − m);  u ← max(β₂u, |g|);
# w ← w − η / (1 − β₁ᵗ)·m / (u + ε)
cdef void adamax(real *w, const real *g, real *s, real *r, real *q, isize n,
                 const double *a) noexcept nogil:
    cdef isize i
    cdef real alpha = <real>a[A_SCALED_RATE], epsilon = <real>a[A_EPSILON], old, size
    cdef real rest_1 = <real>(1 - a[A_RHO]), beta_2 = <real>a[A_BETA_2]
    for i in range(n):
        s[i] = settled(s[i] + (g[i] - s[i]) * rest_1)
        old, size = settled(beta_2 * r[i]), abs_(g[i])
        r[i] = old if size <= old else size
        w[i] -= alpha * s[i] / (r[i] + epsilon)


# Dozat 2016: Adam with a momentum that looks ahead, μₜ = β₁·(1 − ½·0.96ᵗ), and Πμ their product:
# w ← w − η·(m·μₜ₊₁/(1 − Πμ·μₜ₊₁) + g·(1 − μₜ)/(1 − Πμ)) / (√(v/(1 − β₂ᵗ)) + ε)
cdef void nadam(real *w, const real *g, real *s, real *r, real *q, isize n,
                const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], epsilon = <real>a[A_EPSILON]
    cdef real of_m = <real>a[A_NADAM_MOMENTUM], of_g = <real>a[A_NADAM_GRADIENT]
    cdef real of_v = <real>a[A_NADAM_SQUARE]
    cdef real rest_1 = <real>(1 - a[A_RHO]), rest_2 = <real>(1 - a[A_BETA_2])
    for i in range(n):
        s[i] = settled(s[i] + (g[i] - s[i]) * rest_1)
        r[i] = settled(r[i] + (g[i] * g[i] - r[i]) * rest_2)
        w[i] -= rate * (of_m * s[i] + of_g * g[i]) / (sqrt_(of_v * r[i]) + epsilon)


# McMahan et al. 2013, Alg. 1, with the L2 shrinkage of TensorFlow: N ← N + g²;
# z ← z + g + 2λ·w − (N₊^p − N^p)/η·w;  w ← (clip(z, −λ₁, λ₁) − z) / (N₊^p/η + 2λ₂ + β/η)
cdef inline real to_the(real x, double power) noexcept nogil:
    return <real>1 if power == 0 else <real>pow_(x, power)

cdef inline void ftrl_one(real *w, real g, real *n, real *z, real sum_, real before, real after,
                          const double *a) noexcept nogil:
    cdef real rate = <real>a[A_LEARNING_RATE], l1 = <real>a[A_L1], clipped
    z[0] += g + <real>(2 * a[A_SHRINKAGE]) * w[0] - (after - before) / rate * w[0]
    clipped = -l1 if z[0] < -l1 else l1 if z[0] > l1 else z[0]
    w[0] = (clipped - z[0]) / (after / rate + <real>a[A_QUADRATIC])
    n[0] = sum_

cdef void ftrl(real *w, const real *g, real *s, real *r, real *q, isize n,
               const double *a) noexcept nogil:
    cdef isize i
    cdef real sum_
    cdef double power = a[A_POWER]
    for i in range(n):
        sum_ = s[i] + g[i] * g[i]
        if power == 0.5:
            ftrl_one(w + i, g[i], s + i, r + i, sum_, sqrt_(s[i]), sqrt_(sum_), a)
        else:
            ftrl_one(w + i, g[i], s + i, r + i, sum_, to_the(s[i], power), to_the(sum_, power), a)


# Chen et al. 2023, Alg. 2: w ← w − η·sign(β₁m + (1−β₁)g);  m ← β₂m + (1−β₂)g
cdef void lion(real *w, const real *g, real *s, real *r, real *q, isize n,
               const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], way
    cdef real beta_1 = <real>a[A_RHO], rest_1 = <real>(1 - a[A_RHO])
    cdef real beta_2 = <real>a[A_BETA_2], rest_2 = <real>(1 - a[A_BETA_2])
    for i in range(n):
        way = beta_1 * s[i] + rest_1 * g[i]
        w[i] -= rate * (<real>1 if way > 0 else <real>-1 if way < 0 else way)
        s[i] = settled(beta_2 * s[i] + rest_2 * g[i])


# ---- what stands around an update ----------------------------------------------------

# w = factor·g
cdef void scale_gradient(real *w, const real *g, real *s, real *r, real *q, isize n,
                         const double *a) noexcept nogil:
    cdef isize i
    cdef real factor = <real>a[A_FACTOR]
    for i in range(n):
        w[i] = factor * g[i]

# w = g within [−c, c]
cdef void clip_gradient(real *w, const real *g, real *s, real *r, real *q, isize n,
                        const double *a) noexcept nogil:
    cdef isize i
    cdef real limit = <real>a[A_CLIP]
    for i in range(n):
        w[i] = -limit if g[i] < -limit else limit if g[i] > limit else g[i]

# s ← s + g
cdef void accumulate_gradient(real *w, const real *g, real *s, real *r, real *q, isize n,
                              const double *a) noexcept nogil:
    cdef isize i
    for i in range(n):
        s[i] += g[i]

# w = (g + s)·factor;  s ← 0
cdef void release_gradient(real *w, const real *g, real *s, real *r, real *q, isize n,
                           const double *a) noexcept nogil:
    cdef isize i
    cdef real factor = <real>a[A_FACTOR]
    for i in range(n):
        w[i] = (g[i] + s[i]) * factor
        s[i] = 0

# Loshchilov & Hutter 2019, eq. 1: w ← w − η·λ·w
cdef void decay_weight(real *w, const real *g, real *s, real *r, real *q, isize n,
                       const double *a) noexcept nogil:
    cdef isize i
    cdef real factor = <real>(a[A_LEARNING_RATE] * a[A_WEIGHT_DECAY])
    for i in range(n):
        w[i] = fma_(-factor, w[i], w[i])

# Polyak & Juditsky 1992, as a moving average: s ← μ·s + (1−μ)·w
cdef void average_weight(real *w, const real *g, real *s, real *r, real *q, isize n,
                         const double *a) noexcept nogil:
    cdef isize i
    cdef real stays = <real>a[A_FACTOR], rest = <real>(1 - a[A_FACTOR])
    for i in range(n):
        s[i] = stays * s[i] + rest * w[i]


cdef void fill_optimizers(Kernels *k) noexcept nogil:
    k.update[UPDATE_SGD] = <update_fn>sgd
    k.update[UPDATE_MOMENTUM] = <update_fn>momentum
    k.update[UPDATE_NESTEROV] = <update_fn>nesterov
    k.update[UPDATE_ADAGRAD] = <update_fn>adagrad
    k.update[UPDATE_ADAGRAD_LEGACY] = <update_fn>adagrad_legacy
    k.update[UPDATE_ADADELTA] = <update_fn>adadelta
    k.update[UPDATE_RMSPROP] = <update_fn>rmsprop
    k.update[UPDATE_RMSPROP_MOMENTUM] = <update_fn>rmsprop_momentum
    k.update[UPDATE_RMSPROP_CENTERED] = <update_fn>rmsprop_centered
    k.update[UPDATE_RMSPROP_CENTERED_MOMENTUM] = <update_fn>rmsprop_centered_momentum
    k.update[UPDATE_RMSPROP_LEGACY] = <update_fn>rmsprop_legacy
    k.update[UPDATE_RMSPROP_LEGACY_CENTERED] = <update_fn>rmsprop_legacy_centered
    k.update[UPDATE_ADAM] = <update_fn>adam
    k.update[UPDATE_ADAM_AMSGRAD] = <update_fn>adam_amsgrad
    k.update[UPDATE_ADAMAX] = <update_fn>adamax
    k.update[UPDATE_NADAM] = <update_fn>nadam
    k.update[UPDATE_FTRL] = <update_fn>ftrl
    k.update[UPDATE_LION] = <update_fn>lion
    k.update[UPDATE_SCALE] = <update_fn>scale_gradient
    k.update[UPDATE_CLIP] = <update_fn>clip_gradient
    k.update[UPDATE_ACCUMULATE] = <update_fn>accumulate_gradient
    k.update[UPDATE_RELEASE] = <update_fn>release_gradient
    k.update[UPDATE_DECAY] = <update_fn>decay_weight
    k.update[UPDATE_AVERAGE] = <update_fn>average_weight
