# The kernels of one dtype on one CPU target, as the engine sees them.
#
# Included by the kernel modules, which fill a table, and by the engine, which
# calls through it.  Pointers are `void *` here because the engine treats both
# dtypes alike; inside a kernel they are `real *`.  Arrays are C-contiguous
# unless a stride or leading dimension (in elements) is given; sizes count
# elements.  A kernel allocates nothing, touches no Python object, and never
# writes to its inputs.  `a` is the operation's own scalars (see its entry).

ctypedef Py_ssize_t isize

# y = f(x) on a (rows, cols) array; elementwise functions ignore the split.
ctypedef void (*map_fn)(const void *x, void *y, isize rows, isize cols,
                        const double *a) noexcept nogil
# dx = the vector-Jacobian product of f at x (with y = f(x)) for upstream dy.
# dx may be the same memory as dy.
ctypedef void (*map_grad_fn)(const void *x, const void *y, const void *dy, void *dx,
                             isize rows, isize cols, const double *a) noexcept nogil

# y[i] = f(u[i·su], v[i·sv]); a stride is 0 (one value for all) or 1.
ctypedef void (*zip_fn)(const void *u, isize su, const void *v, isize sv,
                        void *y, isize n) noexcept nogil
# d[i] = the contribution to one operand's gradient, at full size.
ctypedef void (*zip_grad_fn)(const void *u, isize su, const void *v, isize sv,
                             const void *y, const void *dy, void *d, isize n) noexcept nogil

# loss[r] from row r of targets t and predictions p, both (rows, cols).
# Sparse kernels take t as (rows,) int64.  Returns -1, or the first bad row.
ctypedef isize (*rows_fn)(const void *t, const void *p, void *loss, isize rows, isize cols,
                          const double *a) noexcept nogil
# dp[r, c] = dloss[r] · ∂loss[r]/∂p[r, c]
ctypedef void (*rows_grad_fn)(const void *t, const void *p, const void *dloss, void *dp,
                              isize rows, isize cols, const double *a) noexcept nogil

# C = op(A)·op(B), C is (M, N), op(A) is (M, K), op(B) is (K, N); op transposes
# where its flag is set: then A is stored (K, M), B is stored (N, K).
# `init`: NULL starts every element of C at 0, else at init[column] (a bias).
# `accumulate`: starts at C instead.  Every element is summed over k in order.
ctypedef void (*matmul_fn)(bint transpose_a, bint transpose_b, isize M, isize N, isize K,
                           const void *A, isize lda, const void *B, isize ldb,
                           void *C, isize ldc, const void *init, bint accumulate,
                           int threads) noexcept nogil

# One optimizer step on n parameters w with gradient g and up to three state arrays.
ctypedef void (*update_fn)(void *w, const void *g, void *s, void *r, void *q, isize n,
                           const double *a) noexcept nogil

# Forward and backward of a dense layer before its activation, for a few numbers.
ctypedef void (*dense_tiny_fn)(const void *x, const void *w, const void *b, void *z,
                               isize B, isize I, isize O) noexcept nogil
ctypedef void (*dense_tiny_backward_fn)(const void *x, const void *w, const void *dz, void *dw,
                                        void *db, void *dx, isize B, isize I,
                                        isize O) noexcept nogil

# Row i of y = row order[i] of x, both C-contiguous.  gather copies rows of `length` bytes;
# gather_bytes turns `length` numbers 0 … 255, a byte each, into `real`.
ctypedef void (*gather_fn)(const void *x, const long long *order, void *y, isize rows,
                           isize length) noexcept nogil

# y[i] = f(x[i], number first + i of the random stream of `key`).
ctypedef void (*draw_fn)(const void *x, void *y, isize n, unsigned long long key, isize first,
                         const double *a) noexcept nogil

# Normalization of `count` columns of rows that are `stride` apart, and of whole rows: the
# gradients that are NULL are not wanted; `products` is room for as much as x.
ctypedef void (*batch_norm_fn)(const void *x, const void *gamma, const void *beta, void *y,
                               void *mean, void *variance, void *inv, isize rows, isize stride,
                               isize count, double epsilon) noexcept nogil
ctypedef void (*batch_norm_grad_fn)(const void *x, const void *dy, const void *gamma,
                                    const void *mean, const void *inv, void *dx, void *dgamma,
                                    void *dbeta, isize rows, isize stride,
                                    isize count) noexcept nogil
ctypedef void (*layer_norm_fn)(const void *x, const void *gamma, const void *beta, void *y,
                               void *mean, void *inv, isize rows, isize cols,
                               double epsilon) noexcept nogil
ctypedef void (*layer_norm_grad_fn)(const void *x, const void *dy, const void *gamma,
                                    const void *mean, const void *inv, void *dx, void *products,
                                    isize rows, isize cols) noexcept nogil

cdef struct Kernels:
    int lanes
    matmul_fn matmul
    matmul_fn matmul_naive          # the same contract and bits, as three plain loops
    # activations and other functions of one array, in the order of the enum below
    map_fn map[64]
    map_grad_fn map_grad[64]
    zip_fn zip[16]
    zip_grad_fn zip_grad_u[16]
    zip_grad_fn zip_grad_v[16]
    rows_fn rows[40]
    rows_grad_fn rows_grad[40]
    update_fn update[32]
    dense_tiny_fn dense_tiny
    dense_tiny_backward_fn dense_tiny_backward
    gather_fn gather
    gather_fn gather_bytes
    draw_fn draw[8]
    batch_norm_fn batch_norm
    batch_norm_grad_fn batch_norm_grad
    layer_norm_fn layer_norm
    layer_norm_grad_fn layer_norm_grad
    # y += x
    void (*add_to)(void *y, const void *x, isize n) noexcept nogil
    # Σ x in float64, over a fixed number of lanes
    double (*sum)(const void *x, isize n) noexcept nogil
    double (*sum_squares)(const void *x, isize n) noexcept nogil
    void (*fill)(void *y, double value, isize n) noexcept nogil
    # y[j] = Σ_i x[i, j]  (rows added in order)
    void (*sum_rows)(const void *x, void *y, isize rows, isize cols) noexcept nogil
    # multiply-adds as fast as can be, on 12 vectors, for benchmarks; returns how many flops
    isize (*fma_peak)(isize rounds, void *chains) noexcept nogil

cdef enum:     # MapKernel
    MAP_LINEAR, MAP_NEGATIVE, MAP_EXP, MAP_EXPM1, MAP_LOG, MAP_LOG1P, MAP_SQRT, MAP_SQUARE
    MAP_ABS, MAP_SIGN, MAP_CLIP, MAP_SIGMOID, MAP_RELU, MAP_TANH, MAP_SELU, MAP_ELU
    MAP_SOFTPLUS, MAP_SOFTSIGN, MAP_LEAKY_RELU, MAP_RELU6, MAP_HARD_SIGMOID, MAP_SILU
    MAP_GELU, MAP_GELU_TANH, MAP_MISH, MAP_SOFTMAX, MAP_LOG_SOFTMAX, MAP_SCALE

cdef enum:     # ZipKernel
    ZIP_ADD, ZIP_SUBTRACT, ZIP_MULTIPLY, ZIP_DIVIDE, ZIP_POWER, ZIP_MAXIMUM, ZIP_MINIMUM

cdef enum:     # RowsKernel
    ROWS_MSE, ROWS_MAE, ROWS_MAPE, ROWS_MSLE, ROWS_BCE, ROWS_BCE_LOGITS, ROWS_CCE
    ROWS_CCE_LOGITS, ROWS_SPARSE_CCE, ROWS_SPARSE_CCE_LOGITS, ROWS_HINGE, ROWS_SQUARED_HINGE
    ROWS_CATEGORICAL_HINGE, ROWS_HUBER, ROWS_LOG_COSH, ROWS_KL, ROWS_POISSON, ROWS_COSINE
    ROWS_BINARY_ACCURACY, ROWS_CATEGORICAL_ACCURACY, ROWS_SPARSE_CATEGORICAL_ACCURACY

cdef enum:     # DrawKernel
    DRAW_UNIFORM, DRAW_NORMAL, DRAW_ADD_NORMAL, DRAW_TIMES_NORMAL, DRAW_DROPOUT
    DRAW_ALPHA_DROPOUT

cdef enum:     # UpdateKernel
    UPDATE_SGD, UPDATE_MOMENTUM, UPDATE_NESTEROV, UPDATE_ADAGRAD, UPDATE_ADAGRAD_LEGACY
    UPDATE_ADADELTA, UPDATE_RMSPROP, UPDATE_RMSPROP_MOMENTUM, UPDATE_RMSPROP_CENTERED
    UPDATE_RMSPROP_CENTERED_MOMENTUM, UPDATE_RMSPROP_LEGACY, UPDATE_RMSPROP_LEGACY_CENTERED
    UPDATE_ADAM, UPDATE_ADAM_AMSGRAD, UPDATE_ADAMAX, UPDATE_NADAM, UPDATE_FTRL, UPDATE_LION
    # what stands around an update
    UPDATE_SCALE, UPDATE_CLIP, UPDATE_ACCUMULATE, UPDATE_RELEASE, UPDATE_DECAY, UPDATE_AVERAGE

# The scalars of an optimizer step, in the order the update kernels read them.
cdef enum:     # UpdateScalar
    A_LEARNING_RATE     # of this step
    A_STEP              # 1 for the first update
    A_EPSILON
    A_MOMENTUM          # SGD, RMSprop: momentum
    A_RHO               # RMSprop, Adadelta: decay;  Adam and its kin, Lion: beta_1
    A_BETA_2            # Adam and its kin, Lion
    # Adam: learning_rate·√(1 − beta_2ᵗ) / (1 − beta_1ᵗ);  Adamax: learning_rate / (1 − beta_1ᵗ)
    A_SCALED_RATE
    A_NADAM_MOMENTUM, A_NADAM_GRADIENT, A_NADAM_SQUARE  # what m, g and v are multiplied with
    A_SCHEDULE_DECAY    # Nadam: how fast its momentum grows
    A_POWER             # Ftrl: −learning_rate_power
    A_L1, A_L2, A_SHRINKAGE, A_BETA     # Ftrl: strengths, and beta
    A_QUADRATIC         # Ftrl: 2·(L2 + beta / (2·learning_rate))
    A_WEIGHT_DECAY
    A_CLIP              # largest value or norm of a gradient
    A_FACTOR            # what the next call multiplies gradients with;  of an average: what stays
    A_SQUARES           # Σ g² of the gradients so far
    A_EMA               # what stays of the average of the parameters
    A_ACTIVE            # whether this step updates: 0 where gradients are only gathered
    A_COUNT             # how many scalars there are
