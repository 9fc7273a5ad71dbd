# Losses and accuracies: one number for each row (last axis) of the predictions.
# The arithmetic of forward and backward stands in csrc/kernels/losses.pxi under
# the same name.  Averaging over the batch is another operation (mean).
#
# Letters in formulas: t target, p prediction, z logit, C length of a row, ℓ loss.

cdef void rows_forward(Call *c) noexcept nogil:
    c.status = c.k.rows[c.kernel](c.x[0], c.x[1], c.y, c.n[0], c.n[1], c.a)

cdef void rows_backward(Call *c) noexcept nogil:
    if c.dx[1] != NULL:
        c.k.rows_grad[c.kernel](c.x[0], c.x[1], c.dy, c.dx[1], c.n[0], c.n[1], c.a)


cdef Tensor by_row(Op op, int kernel, y_true, y_pred, dict arguments=None, double a0=0,
                   bint sparse=False, step_fn forward=rows_forward):
    cdef Tensor t, p
    cdef cnp.ndarray y
    cdef Node node
    dtype = common_dtype((y_pred,))
    p = float_operand(y_pred, dtype)
    if p.array.ndim == 0:
        raise ValueError(f"{op.name} needs predictions with at least one axis")
    if sparse:
        t = int_operand(y_true, f"{op.name}: labels")
        if t.array.ndim == p.array.ndim and t.array.shape[t.array.ndim - 1] == 1:
            t = reshape(t, t.shape[:-1])
        if t.shape != p.shape[:-1]:
            raise ValueError(
                f"{op.name} wants one whole-number label for each row of the predictions, "
                f"shape {p.shape[:-1]} for predictions {p.shape}; got {t.shape}"
                + (f"; for one-hot targets use {op.name[7:]}, or give np.argmax(y, axis=-1)"
                   if t.shape == p.shape else ""))
    else:
        t = float_operand(y_true, dtype)
        if not same_shape(t.array, p.array):
            raise ValueError(
                f"{op.name}: targets and predictions must have the same shape, got "
                f"{t.shape} and {p.shape}; nothing is broadcast here, because that hides mistakes"
                + (_if_class_numbers(op.name, t.shape, p.shape)))
    if t.requires_grad_:
        raise ValueError(f"{op.name}: the targets (first argument) require a gradient, but "
                         "gradients only flow to the predictions; swap the arguments, or detach()")
    y = np.empty(p.shape[:-1], dtype)
    node = new_node(op, (t, p), y, 2)
    node.arguments = arguments
    node.call.kernel = kernel
    node.call.n[1] = p.array.shape[p.array.ndim - 1]
    node.call.n[0] = cnp.PyArray_SIZE(y)
    node.call.a[0] = a0
    if node.call.n[1] == 0 and node.call.n[0]:
        raise ValueError(f"{op.name} of rows without elements: predictions have shape {p.shape}")
    node.call.forward, node.call.backward = forward, rows_backward
    run(node, forward, <double>cnp.PyArray_SIZE(p.array) * 4)
    return finish(node, p.requires_grad_ and op.differentiable[1])


def _if_class_numbers(name, t, p):
    """The end of an error's sentence, where targets look like class numbers instead of rows."""
    if not name.split("_")[0] == "categorical" or p[:-1] != (t[:-1] if t[-1:] == (1,) else t):
        return ""
    return (f". These targets look like class numbers: use sparse_{name}, which takes them, or "
            if "sparse_" + name in OPS else ". These targets look like class numbers: ") + (
            f"make rows of 0 and 1 of them with to_categorical(y, {p[-1]})")

_EPSILON = 1e-7     # EPSILON of csrc/kernels/losses.pxi

def _loss(**data):
    return op("loss", differentiable=(False, True), reads="uv", shape_rule="(…, C), (…, C) → (…)",
              **data)

def _metric(**data):
    return op("metric", differentiable=(False, False), **data)

def _no_such_class(node, row):
    labels, p = node.inputs
    classes = p.shape[-1]
    return ValueError(
        f"{node.name}: label {np.ravel((<Tensor>labels).array)[row]} in row {row} is out of range: "
        f"there are {classes} outputs, so labels go from 0 to {classes - 1}; is the last layer too "
        "small, or do the labels start at 1?")

cdef int check_smoothing(str name, smoothing) except -1:
    if not 0 <= smoothing <= 1:
        raise ValueError(f"{name}: label_smoothing must be from 0 to 1, got {smoothing!r}")
    return 0


@_loss(formula="ℓ = Σ (p − t)² / C", vjp="dp = dℓ · 2(p − t) / C")
def mean_squared_error(y_true, y_pred):
    """Mean of the squared differences of each row.

    Examples
    --------
    >>> from autograd_mlp import ops
    >>> ops.mean_squared_error([[0.0, 1.0]], [[0.5, 1.0]])
    Tensor([0.125])
    """
    return by_row(MSE, ROWS_MSE, y_true, y_pred)
cdef Op MSE = OPS["mean_squared_error"]


@_loss(formula="ℓ = Σ |p − t| / C", vjp="dp = dℓ · sign(p − t) / C", margins=lambda t, p: (p - t,))
def mean_absolute_error(y_true, y_pred):
    """Mean of the absolute differences; derivative 0 where they are 0."""
    return by_row(MAE, ROWS_MAE, y_true, y_pred)
cdef Op MAE = OPS["mean_absolute_error"]


@_loss(formula="ℓ = 100 · Σ (|t − p| / max(|t|, ε)) / C",
       vjp="dp = dℓ · 100 · sign(p − t) / max(|t|, ε) / C", margins=lambda t, p: (p - t,))
def mean_absolute_percentage_error(y_true, y_pred):
    """Mean absolute difference in per cent of the target (ε = 1e-7)."""
    return by_row(MAPE, ROWS_MAPE, y_true, y_pred)
cdef Op MAPE = OPS["mean_absolute_percentage_error"]


@_loss(formula="ℓ = Σ (ln(1 + max(p, ε)) − ln(1 + max(t, ε)))² / C",
       vjp="dp = dℓ · 2(ln(1 + p) − ln(1 + t)) / (1 + p) / C, 0 where p < ε", domain=(0, None),
       margins=lambda t, p: (p - _EPSILON,))
def mean_squared_logarithmic_error(y_true, y_pred):
    """Mean squared difference of ln(1 + ·), negative values counting as ε = 1e-7."""
    return by_row(MSLE, ROWS_MSLE, y_true, y_pred)
cdef Op MSLE = OPS["mean_squared_logarithmic_error"]


def _clipped(p):
    return p - _EPSILON, p - (1 - _EPSILON)

def _probability_margins(t, p, from_logits=False, label_smoothing=0.0):
    return () if from_logits else _clipped(p)

def _share_margins(t, p, from_logits=False, label_smoothing=0.0):
    return () if from_logits else _clipped(p / p.sum(axis=-1, keepdims=True))

@_loss(formula="ℓ = −Σ (t·ln p + (1 − t)·ln(1 − p)) / C",
       vjp="dp = dℓ · (p − t) / (p·(1 − p)) / C;  from logits dz = dℓ · (sigmoid(z) − t) / C",
       domain=(0, 1), margins=_probability_margins)
def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0):
    """Cross-entropy of independent yes/no targets.

    Probabilities are clipped to [ε, 1 − ε], ε = 1e-7, with derivative 0 outside.  With
    ``from_logits=True`` the predictions are logits z, p = sigmoid(z), and nothing is clipped:
    ℓ = max(z, 0) − t·z + ln(1 + e^−|z|).  `label_smoothing` s replaces t by t·(1 − s) + s/2.
    """
    check_smoothing("binary_crossentropy", label_smoothing)
    return by_row(BCE, ROWS_BCE_LOGITS if from_logits else ROWS_BCE, y_true, y_pred,
                  {"from_logits": bool(from_logits), "label_smoothing": label_smoothing},
                  label_smoothing)
cdef Op BCE = OPS["binary_crossentropy"]


@_loss(formula="ℓ = −Σ t·ln q,  q = p / Σ p",
       vjp="g = −t / q:  dp = dℓ · (g − Σ g·q) / Σ p;  from logits dz = dℓ · (softmax(z)·Σt − t)",
       domain=(0, 1), margins=_share_margins)
def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0):
    """Cross-entropy of one-hot (or any) target distributions.

    Probabilities are scaled to sum 1 and clipped to [ε, 1 − ε], ε = 1e-7, with derivative 0
    outside.  With ``from_logits=True`` softmax and cross-entropy are one operation.
    `label_smoothing` s replaces t by t·(1 − s) + s/C.
    """
    check_smoothing("categorical_crossentropy", label_smoothing)
    return by_row(CCE, ROWS_CCE_LOGITS if from_logits else ROWS_CCE, y_true, y_pred,
                  {"from_logits": bool(from_logits), "label_smoothing": label_smoothing},
                  label_smoothing)
cdef Op CCE = OPS["categorical_crossentropy"]


@_loss(formula="ℓ = −ln q[label],  q = p / Σ p",
       vjp="dp = dℓ · (1 − [label] / q) / Σ p;  from logits dz = dℓ · (softmax(z) − [label])",
       domain=(0, 1), margins=_share_margins)
def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False):
    """Cross-entropy of class numbers 0 … C−1; otherwise as categorical_crossentropy."""
    return by_row(SPARSE_CCE, ROWS_SPARSE_CCE_LOGITS if from_logits else ROWS_SPARSE_CCE,
                  y_true, y_pred, {"from_logits": bool(from_logits)}, 0, True)
cdef Op SPARSE_CCE = OPS["sparse_categorical_crossentropy"]
SPARSE_CCE.complain = _no_such_class


def _hinge_margins(t, p):
    if ((t == 0) | (t == 1)).all():
        t = 2 * t - 1
    return (1 - t * p,)

@_loss(formula="ℓ = Σ max(1 − t·p, 0) / C", vjp="dp = −dℓ · t / C where t·p < 1, else 0",
       margins=_hinge_margins)
def hinge(y_true, y_pred):
    """Hinge loss for targets −1 and 1; targets that are all 0 or 1 are read as −1 and 1."""
    return by_row(HINGE, ROWS_HINGE, y_true, y_pred)
cdef Op HINGE = OPS["hinge"]


@_loss(formula="ℓ = Σ max(1 − t·p, 0)² / C", vjp="dp = −dℓ · 2t·max(1 − t·p, 0) / C")
def squared_hinge(y_true, y_pred):
    """Square of the hinge loss; targets as in `hinge`."""
    return by_row(SQUARED_HINGE, ROWS_SQUARED_HINGE, y_true, y_pred)
cdef Op SQUARED_HINGE = OPS["squared_hinge"]


def _categorical_hinge_margins(t, p):
    others = (1 - t) * p
    best = others.max(axis=-1, keepdims=True)
    return others - best, 1 + best - (t * p).sum(axis=-1, keepdims=True)

@_loss(formula="ℓ = max(1 + max((1 − t)·p) − Σ t·p, 0)",
       vjp="dp = dℓ · ((1 − t) at the largest − t) where ℓ > 0, else 0",
       margins=_categorical_hinge_margins)
def categorical_hinge(y_true, y_pred):
    """Hinge loss between the right class and the best of the others; ties share the gradient."""
    return by_row(CATEGORICAL_HINGE, ROWS_CATEGORICAL_HINGE, y_true, y_pred)
cdef Op CATEGORICAL_HINGE = OPS["categorical_hinge"]


@_loss(formula="ℓ = Σ h(p − t) / C,  h(e) = ½e² where |e| ≤ δ, else δ|e| − ½δ²",
       vjp="dp = dℓ · min(max(p − t, −δ), δ) / C")
def huber(y_true, y_pred, delta=1.0):
    """Squared near 0, absolute beyond `delta` (Huber 1964)."""
    if not delta > 0:
        raise ValueError(f"huber: delta must be positive, got {delta!r}")
    return by_row(HUBER, ROWS_HUBER, y_true, y_pred, {"delta": delta}, delta)
cdef Op HUBER = OPS["huber"]


@_loss(formula="ℓ = Σ ln cosh(p − t) / C", vjp="dp = dℓ · tanh(p − t) / C")
def log_cosh(y_true, y_pred):
    """Logarithm of the hyperbolic cosine of the differences, without overflow."""
    return by_row(LOG_COSH, ROWS_LOG_COSH, y_true, y_pred)
cdef Op LOG_COSH = OPS["log_cosh"]


@_loss(formula="ℓ = Σ t·ln(t / p)", vjp="dp = −dℓ · t / p where ε ≤ p ≤ 1, else 0", domain=(0, 1),
       margins=lambda t, p: (p - _EPSILON, p - 1))
def kl_divergence(y_true, y_pred):
    """Kullback-Leibler divergence; both clipped to [ε, 1], ε = 1e-7."""
    return by_row(KL, ROWS_KL, y_true, y_pred)
cdef Op KL = OPS["kl_divergence"]


@_loss(formula="ℓ = Σ (p − t·ln(p + ε)) / C", vjp="dp = dℓ · (1 − t / (p + ε)) / C",
       domain=(0, None))
def poisson(y_true, y_pred):
    """Negative log-likelihood of Poisson counts, up to a constant (ε = 1e-7)."""
    return by_row(POISSON, ROWS_POISSON, y_true, y_pred)
cdef Op POISSON = OPS["poisson"]


@_loss(formula="ℓ = −Σ t̂·p̂,  x̂ = x / |x|", vjp="dp = −dℓ · (t̂ − (Σ t̂·p̂)·p̂) / |p|")
def cosine_similarity(y_true, y_pred):
    """Minus the cosine of the angle between target and prediction; lengths are at least 1e-6."""
    return by_row(COSINE, ROWS_COSINE, y_true, y_pred)
cdef Op COSINE = OPS["cosine_similarity"]


@_metric(formula="share of [p > threshold] = t", shape_rule="(…, C), (…, C) → (…)")
def binary_accuracy(y_true, y_pred, threshold=0.5):
    """How much of each row is right when predictions above `threshold` count as 1."""
    return by_row(BINARY_ACCURACY, ROWS_BINARY_ACCURACY, y_true, y_pred, {"threshold": threshold},
                  threshold)
cdef Op BINARY_ACCURACY = OPS["binary_accuracy"]


@_metric(formula="[argmax t = argmax p]", shape_rule="(…, C), (…, C) → (…)")
def categorical_accuracy(y_true, y_pred):
    """1 where the largest prediction is at the largest target, else 0 (a row with NaN is 0)."""
    return by_row(CATEGORICAL_ACCURACY, ROWS_CATEGORICAL_ACCURACY, y_true, y_pred)
cdef Op CATEGORICAL_ACCURACY = OPS["categorical_accuracy"]


@_metric(formula="[label = argmax p]", shape_rule="(…), (…, C) → (…)")
def sparse_categorical_accuracy(y_true, y_pred):
    """1 where the largest prediction is at the label, else 0 (a row with NaN is 0).

    A negative label, as one has where the loss ignores it, is never met, as in Keras.
    """
    return by_row(SPARSE_CATEGORICAL_ACCURACY, ROWS_SPARSE_CATEGORICAL_ACCURACY, y_true, y_pred,
                  None, 0, True)
cdef Op SPARSE_CATEGORICAL_ACCURACY = OPS["sparse_categorical_accuracy"]
SPARSE_CATEGORICAL_ACCURACY.complain = _no_such_class
