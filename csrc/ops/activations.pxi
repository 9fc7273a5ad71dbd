# Activation functions.  The arithmetic of forward and backward stands in
# csrc/kernels/activations.pxi under the same name.
#
# An activation can be run by itself or inside a dense layer; ACTIVATION tells the
# dense operation which kernel that is and how its arguments become numbers.

cdef struct Activation:
    int kernel
    double a[3]
    bint reads_input        # its derivative needs x, not only y
    bint by_rows

cdef double NO_LIMIT = float("nan")       # max_value of a relu without one


cdef int nonnegative(str name, str argument, value) except -1:
    if not value >= 0:
        raise ValueError(f"{name}: {argument} must be 0 or more, got {value!r}")
    return 0


cdef class ActivationRule:
    """What _activation was given for one activation."""
    cdef object kernel, numbers, variant
    cdef bint reads_input, by_rows
    cdef Activation plain           # without arguments

    cdef Activation of(self, dict arguments) except *:
        cdef Activation act
        values = self.numbers(**arguments)
        memset(&act, 0, sizeof(act))
        for i, value in enumerate(values):
            act.a[i] = value
        act.kernel, act.reads_input = (self.variant(*values) if self.variant else
                                       (self.kernel, self.reads_input))
        act.by_rows = self.by_rows
        return act

cdef dict ACTIVATIONS = {}          # name → ActivationRule

cdef Activation activation_of(str name, dict arguments) except *:
    """The kernel and numbers of an activation by name."""
    cdef ActivationRule rule = ACTIVATIONS.get(name)
    if rule is None:
        from autograd_mlp._errors import did_you_mean
        raise ValueError(f"unknown activation {name!r}{did_you_mean(name, ACTIVATIONS)}")
    if not arguments:
        return rule.plain
    try:
        return rule.of(arguments)
    except TypeError:
        takes = list(signature(OPS[name].function).parameters)[1:]
        raise TypeError(f"activation {name!r} takes "
                        + (f"the arguments {', '.join(takes)}" if takes else "no arguments")
                        + f", got {', '.join(arguments)}") from None

def _activation(kernel, bint reads_input=False, bint by_rows=False, numbers=lambda: (),
                variant=None, **data):
    """Decorator: an operation that is also an activation of a dense layer.

    `numbers` turns its arguments into those of the kernel.  `reads_input` says that its
    derivative needs x, not only y; `variant` says kernel and `reads_input` anew, from the
    numbers.
    """
    def register(function):
        cdef ActivationRule rule = ActivationRule()
        rule.kernel, rule.numbers, rule.variant = kernel, numbers, variant
        rule.reads_input, rule.by_rows = reads_input, by_rows
        rule.plain = rule.of({})
        ACTIVATIONS[function.__name__] = rule
        return op("activation", reads="uy" if reads_input else "y", **data)(function)
    return register


cdef Tensor activate(str name, x, dict arguments):
    cdef Activation act = activation_of(name, arguments)
    return map_one(OPS[name], act.kernel, x, act.a[0], act.a[1], act.a[2], act.by_rows,
                   arguments or None)


@_activation(MAP_LINEAR, formula="y = x", vjp="dx = dy")
def linear(x):
    """y = x."""
    return activate("linear", x, {})


@_activation(MAP_SIGMOID, formula="y = 1 / (1 + e⁻ˣ)", vjp="dx = dy · y·(1 − y)")
def sigmoid(x):
    """Logistic sigmoid, y = 1 / (1 + e⁻ˣ).

    Examples
    --------
    >>> from autograd_mlp import ops
    >>> ops.sigmoid([-1000.0, 0.0, 1000.0])
    Tensor([0. , 0.5, 1. ])
    """
    return activate("sigmoid", x, {})


@_activation(MAP_TANH, formula="y = tanh x", vjp="dx = dy · (1 − y²)")
def tanh(x):
    """Hyperbolic tangent."""
    return activate("tanh", x, {})


def _relu_numbers(negative_slope=0.0, max_value=None, threshold=0.0):
    nonnegative("relu", "negative_slope", negative_slope)
    nonnegative("relu", "threshold", threshold)
    if max_value is not None:
        nonnegative("relu", "max_value", max_value)
    return negative_slope, NO_LIMIT if max_value is None else max_value, threshold

def _relu_margins(x, negative_slope=0.0, max_value=None, threshold=0.0):
    return (x - threshold,) if max_value is None else (x - threshold, x - max_value)

# without slope and threshold y > 0 says as much as x > 0
@_activation(MAP_RELU, reads_input=True, numbers=_relu_numbers, kinks=(0,), margins=_relu_margins,
             variant=lambda slope, top, threshold: (MAP_RELU, slope != 0 or threshold != 0),
             formula="y = max(x, 0)", vjp="dx = dy where x > 0, else 0")
def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    """Rectified linear unit: x above `threshold`, at most `max_value`.

    At `threshold` and below it is ``negative_slope · (x − threshold)``; the derivative at the
    threshold is `negative_slope` (0), at `max_value` 0.
    """
    return activate("relu", x, {"negative_slope": negative_slope, "max_value": max_value,
                                "threshold": threshold})


def _leaky_relu_numbers(negative_slope=0.2):
    nonnegative("leaky_relu", "negative_slope", negative_slope)
    return (negative_slope,)

@_activation(MAP_LEAKY_RELU, reads_input=True, numbers=_leaky_relu_numbers, kinks=(0,),
             formula="y = x where x > 0, else a·x", vjp="dx = dy where x > 0, else a·dy")
def leaky_relu(x, negative_slope=0.2):
    """x above 0, ``negative_slope · x`` at 0 and below (Maas et al. 2013)."""
    return activate("leaky_relu", x, {"negative_slope": negative_slope})


@_activation(MAP_RELU6, kinks=(0, 6), formula="y = min(max(x, 0), 6)",
             vjp="dx = dy where 0 < x < 6, else 0")
def relu6(x):
    """Rectified linear unit limited to 6; derivative 0 at both kinks."""
    return activate("relu6", x, {})


def _elu_numbers(alpha=1.0):
    nonnegative("elu", "alpha", alpha)
    return (alpha,)

@_activation(MAP_ELU, reads_input=True, numbers=_elu_numbers, kinks=(0,),
             formula="y = x where x ≥ 0, else α·(eˣ − 1)", vjp="dx = dy where x ≥ 0, else dy · α·eˣ")
def elu(x, alpha=1.0):
    """Exponential linear unit (Clevert et al. 2016); derivative 1 at 0."""
    return activate("elu", x, {"alpha": alpha})


# Klambauer et al. 2017, eq. 14: the fixed point of mean 0 and variance 1
_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946

@_activation(MAP_SELU, kinks=(0,), numbers=lambda: (_SELU_SCALE, _SELU_SCALE * _SELU_ALPHA),
             formula="y = s·x where x ≥ 0, else s·α·(eˣ − 1)",
             vjp="dx = s·dy where x ≥ 0, else dy · (y + s·α)")
def selu(x):
    """Scaled exponential linear unit (Klambauer et al. 2017), s = 1.0507, α = 1.6733."""
    return activate("selu", x, {})


@_activation(MAP_SOFTPLUS, reads_input=True, formula="y = ln(1 + eˣ)", vjp="dx = dy · sigmoid(x)")
def softplus(x):
    """y = ln(1 + eˣ), computed without overflow."""
    return activate("softplus", x, {})


@_activation(MAP_SOFTSIGN, reads_input=True, formula="y = x / (1 + |x|)",
             vjp="dx = dy / (1 + |x|)²")
def softsign(x):
    """y = x / (1 + |x|)."""
    return activate("softsign", x, {})


@_activation(MAP_EXP, formula="y = eˣ", vjp="dx = dy · y", domain=(-80, 80))
def exponential(x):
    """y = eˣ, as an activation."""
    return activate("exponential", x, {})


@_activation(MAP_HARD_SIGMOID, kinks=(-3, 3), formula="y = min(max(x + 3, 0), 6) / 6",
             vjp="dx = dy / 6 where −3 < x < 3, else 0")
def hard_sigmoid(x):
    """Piecewise linear sigmoid, relu6(x + 3) / 6; derivative 0 at both kinks."""
    return activate("hard_sigmoid", x, {})


@_activation(MAP_SILU, reads_input=True, formula="y = x · sigmoid(x)",
             vjp="dx = dy · s·(1 + x·(1 − s)),  s = sigmoid(x)")
def silu(x):
    """Sigmoid-weighted linear unit, also called swish (Elfwing et al. 2018)."""
    return activate("silu", x, {})


@_activation(MAP_GELU, reads_input=True, numbers=lambda approximate=False: (bool(approximate),),
             variant=lambda approximate: (MAP_GELU_TANH if approximate else MAP_GELU, True),
             formula="y = x · Φ(x)", vjp="dx = dy · (Φ(x) + x·φ(x))")
def gelu(x, approximate=False):
    """Gaussian error linear unit x·Φ(x) (Hendrycks & Gimpel 2016).

    With ``approximate=True`` its tanh form, ½x·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
    """
    return activate("gelu", x, {"approximate": approximate})


@_activation(MAP_MISH, reads_input=True, formula="y = x · tanh(softplus(x))",
             vjp="dx = dy · (t + x·(1 − t²)·sigmoid(x)),  t = tanh(softplus(x))")
def mish(x):
    """y = x · tanh(softplus(x)) (Misra 2019)."""
    return activate("mish", x, {})


# ---- by rows ---------------------------------------------------------------------

cdef int last_axis(str name, Tensor x, axis) except -1:
    """Rows are the last axis; any other is brought there by the caller."""
    if x.array.ndim == 0:
        raise ValueError(f"{name} needs at least one axis, got a single number")
    if not -x.array.ndim <= axis < x.array.ndim:
        raise ValueError(f"{name}: axis {axis} is out of range for a tensor of shape {x.shape}")
    return axis % x.array.ndim == x.array.ndim - 1

cdef Tensor over_axes(str name, Tensor t, tuple axes):
    """Over several axes at once: brought to the end and made one."""
    transpose, reshape = OPS["transpose"].function, OPS["reshape"].function
    order = [i for i in range(t.array.ndim) if i not in axes] + list(axes)
    ordered = transpose(t, order)
    kept = ordered.shape[:len(order) - len(axes)]
    y = activate(name, reshape(ordered, (*kept, np.prod(ordered.shape[len(kept):], dtype=int))), {})
    return transpose(reshape(y, ordered.shape), [order.index(i) for i in range(len(order))])

cdef Tensor by_rows(str name, x, axis):
    cdef Tensor t = float_operand(x, FLOAT64 if _is_float64(x) else FLOAT32)
    if isinstance(axis, (tuple, list)):
        return over_axes(name, t, normal_axes(name, t, axis))
    if last_axis(name, t, axis):
        return activate(name, t, {})
    order = list(range(t.array.ndim))
    order[axis], order[-1] = order[-1], order[axis]
    transpose = OPS["transpose"].function
    return transpose(activate(name, transpose(t, order), {}), order)


@_activation(MAP_SOFTMAX, by_rows=True, formula="yᵢ = e^xᵢ / Σⱼ e^xⱼ",
             vjp="dx = y · (dy − Σⱼ dyⱼ·yⱼ)", shape_rule="(…, C) → (…, C)")
def softmax(x, axis=-1):
    """Softmax along an axis, or over several: positive, sums to 1; shifted by the largest x against
    overflow."""
    return by_rows("softmax", x, axis)


@_activation(MAP_LOG_SOFTMAX, by_rows=True, formula="yᵢ = xᵢ − ln Σⱼ e^xⱼ",
             vjp="dx = dy − e^y · Σⱼ dyⱼ", shape_rule="(…, C) → (…, C)")
def log_softmax(x, axis=-1):
    """Logarithm of softmax along an axis, or over several, exact where softmax would underflow."""
    return by_rows("log_softmax", x, axis)
