# Optimizer updates: parameters w, gradient g, state arrays s and r, all of n
# elements, in one pass.  `a` holds the scalars of the step in the order of
# UpdateScalar; those that change (learning rate, step count) are written there
# by the engine before the step's updates run.  Formulas and the place of ε are
# those of Keras 3, named by their source.

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
cdef void sgd(real *w, const real *g, real *s, real *r, isize n, const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE]
    for i in range(n):
        w[i] = fma_(-rate, g[i], w[i])


# Momentum (Polyak 1964): m ← μ·m − η·g;  w ← w + m
cdef void momentum(real *w, const real *g, real *s, real *r, isize n,
                   const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], mu = <real>a[A_MOMENTUM]
    for i in range(n):
        s[i] = settled(mu * s[i] - rate * g[i])
        w[i] += s[i]


# Nesterov 1983, as in Sutskever et al. 2013: m ← μ·m − η·g;  w ← w + μ·m − η·g
cdef void nesterov(real *w, const real *g, real *s, real *r, isize n,
                   const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], mu = <real>a[A_MOMENTUM]
    for i in range(n):
        s[i] = settled(mu * s[i] - rate * g[i])
        w[i] += mu * s[i] - rate * g[i]


# Duchi et al. 2011: G ← G + g²;  w ← w − η·g / √(G + ε)
cdef void adagrad(real *w, const real *g, real *s, real *r, isize n,
                  const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], epsilon = <real>a[A_EPSILON]
    for i in range(n):
        s[i] += g[i] * g[i]
        w[i] -= rate * g[i] / sqrt_(s[i] + epsilon)


# Zeiler 2012, Alg. 1: G ← ρG + (1−ρ)g²;  Δ = −g·√(D + ε)/√(G + ε);
# D ← ρD + (1−ρ)Δ²;  w ← w + η·Δ
cdef void adadelta(real *w, const real *g, real *s, real *r, isize n,
                   const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], epsilon = <real>a[A_EPSILON]
    cdef real rho = <real>a[A_RHO], rest = <real>(1 - a[A_RHO]), delta
    for i in range(n):
        s[i] = settled(rho * s[i] + rest * (g[i] * g[i]))
        delta = -g[i] * sqrt_(r[i] + epsilon) / sqrt_(s[i] + epsilon)
        r[i] = settled(rho * r[i] + rest * (delta * delta))
        w[i] += rate * delta


# Hinton 2012, lecture 6e: v ← ρv + (1−ρ)g²;  w ← w − η·g / √(v + ε)
cdef void rmsprop(real *w, const real *g, real *s, real *r, isize n,
                  const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], epsilon = <real>a[A_EPSILON]
    cdef real rho = <real>a[A_RHO], rest = <real>(1 - a[A_RHO])
    for i in range(n):
        s[i] = settled(rho * s[i] + rest * (g[i] * g[i]))
        w[i] -= rate * g[i] / sqrt_(s[i] + epsilon)

# … with momentum: m ← μ·m + η·g / √(v + ε);  w ← w − m
cdef void rmsprop_momentum(real *w, const real *g, real *s, real *r, isize n,
                           const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], epsilon = <real>a[A_EPSILON]
    cdef real rho = <real>a[A_RHO], rest = <real>(1 - a[A_RHO]), mu = <real>a[A_MOMENTUM]
    for i in range(n):
        s[i] = settled(rho * s[i] + rest * (g[i] * g[i]))
        r[i] = settled(mu * r[i] + rate * g[i] / sqrt_(s[i] + epsilon))
        w[i] -= r[i]

# RMSprop as Keras had it before version 3, with ε outside the root
cdef void rmsprop_legacy(real *w, const real *g, real *s, real *r, isize n,
                         const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], epsilon = <real>a[A_EPSILON]
    cdef real rho = <real>a[A_RHO], rest = <real>(1 - a[A_RHO])
    for i in range(n):
        s[i] = settled(rho * s[i] + rest * (g[i] * g[i]))
        w[i] -= rate * g[i] / (sqrt_(s[i]) + epsilon)

cdef void rmsprop_legacy_momentum(real *w, const real *g, real *s, real *r, isize n,
                                  const double *a) noexcept nogil:
    cdef isize i
    cdef real rate = <real>a[A_LEARNING_RATE], epsilon = <real>a[A_EPSILON]
    cdef real rho = <real>a[A_RHO], rest = <real>(1 - a[A_RHO]), mu = <real>a[A_MOMENTUM]
    for i in range(n):
        s[i] = settled(rho * s[i] + rest * (g[i] * g[i]))
        r[i] = settled(mu * r[i] + rate * g[i] / (sqrt_(s[i]) + epsilon))
        w[i] -= r[i]


# Kingma & Ba 2015, Alg. 1 in the order of the end of their section 2:
# m ← m + (1−β₁)(g − m);  v ← v + (1−β₂)(g² − v);  w ← w − α·m / (√v + ε)
cdef void adam(real *w, const real *g, real *s, real *r, isize n, const double *a) noexcept nogil:
    cdef isize i
    cdef real alpha = <real>a[A_SCALED_RATE], epsilon = <real>a[A_EPSILON]
    cdef real rest_1 = <real>(1 - a[A_RHO]), rest_2 = <real>(1 - a[A_BETA_2])
    for i in range(n):
        s[i] = settled(s[i] + (g[i] - s[i]) * rest_1)
        r[i] = settled(r[i] + (g[i] * g[i] - r[i]) * rest_2)
        w[i] -= alpha * s[i] / (sqrt_(r[i]) + epsilon)


cdef void fill_optimizers(Kernels *k) noexcept nogil:
    k.update[UPDATE_SGD] = <update_fn>sgd
    k.update[UPDATE_MOMENTUM] = <update_fn>momentum
    k.update[UPDATE_NESTEROV] = <update_fn>nesterov
    k.update[UPDATE_ADAGRAD] = <update_fn>adagrad
    k.update[UPDATE_ADADELTA] = <update_fn>adadelta
    k.update[UPDATE_RMSPROP] = <update_fn>rmsprop
    k.update[UPDATE_RMSPROP_MOMENTUM] = <update_fn>rmsprop_momentum
    k.update[UPDATE_RMSPROP_LEGACY] = <update_fn>rmsprop_legacy
    k.update[UPDATE_RMSPROP_LEGACY_MOMENTUM] = <update_fn>rmsprop_legacy_momentum
    k.update[UPDATE_ADAM] = <update_fn>adam
