"""One strategy of cases per operation: `cases(name, dtype)`.

An operation listed in `ops.OPS` without an entry here makes the suite fail
(`test_gradients.py::test_every_operation_has_an_oracle_and_cases`).
"""

import functools
import math

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from autograd_mlp import ops
from tests import oracles
from tests import strategies as some
from tests.ops import loss_cases  # noqa: F401  (lists its cases)
from tests.ops.checks import Case
from tests.ops.registry import CASES, cases, inside_domain, of, size_of  # noqa: F401

# ---- elementwise ---------------------------------------------------------------------------------


@of("negative", "exp", "expm1", "log", "log1p", "sqrt", "square", "abs", "sign", "sin", "cos")
def unary(draw, name, dtype):
    x = draw(some.values(draw(some.shapes()), dtype, *inside_domain(name)))
    return Case(name, f"{name}(x)", lambda f, x: f(x), (x,))


# (low, high, either sign) of each operand, if not [-3, 3].
BINARY_RANGES = {
    "divide": ((-3, 3, False), (0.3, 3, True)),
    "power": ((0.2, 3, False), (-3, 3, False)),
}


@of("add", "subtract", "multiply", "divide", "power", "maximum", "minimum")
def binary(draw, name, dtype):
    first, second = BINARY_RANGES.get(name, ((-3, 3, False), (-3, 3, False)))
    if draw(st.integers(0, 5)) == 5:  # both operands are the same tensor
        x = draw(some.values(draw(some.shapes()), dtype, *(second if name == "divide" else first)))
        return Case(name, f"{name}(x, x)", lambda f, x: f(x, x), (x,))
    left, right = draw(some.broadcastable_shapes())
    x, y = draw(some.values(left, dtype, *first)), draw(some.values(right, dtype, *second))
    return Case(name, f"{name}(x, y)", lambda f, x, y: f(x, y), (x, y), (True, True))


@of("clip")
def clip(draw, name, dtype):
    x = draw(some.values(draw(some.shapes()), dtype))
    low, high = draw(st.sampled_from(((-1, 1), (0.5, 2), (-2.5, -0.5), (-9, 9))))
    return Case(name, f"clip(x, {low}, {high})", lambda f, x: f(x, low, high), (x,))


@of("where")
def where(draw, name, dtype):
    shapes = draw(some.broadcastable_shapes(count=3))
    condition = np.random.default_rng(draw(some.seeds)).random(shapes[0]) < 0.5
    x, y = draw(some.values(shapes[1], dtype)), draw(some.values(shapes[2], dtype))
    inputs, wrt = (condition, x, y), (False, True, True)
    return Case(name, "where(condition, x, y)", lambda f, c, x, y: f(c, x, y), inputs, wrt)


# ---- compare -------------------------------------------------------------------------------------


@of("equal", "not_equal", "greater", "greater_equal", "less", "less_equal")
def comparison(draw, name, dtype):
    left, right = draw(some.broadcastable_shapes())
    x, y = (np.asarray(np.round(draw(some.values(shape, dtype, -2, 2)))) for shape in (left, right))
    return Case(name, f"{name}(x, y)", lambda f, x, y: f(x, y), (x, y), (False, False))


NOT_FINITE = np.array([np.nan, np.inf, -np.inf, 0.0, 1.0, -2.0])


@of("logical_and", "logical_or", "logical_xor")
def logic(draw, name, dtype):
    rng = np.random.default_rng(draw(some.seeds))
    x, y = (rng.choice(NOT_FINITE, shape).astype(dtype)
            for shape in draw(some.broadcastable_shapes()))
    return Case(name, f"{name}(x, y)", lambda f, x, y: f(x, y), (np.asarray(x), np.asarray(y)),
                (False, False))


@of("logical_not", "isnan", "isfinite")
def property_of_elements(draw, name, dtype):
    rng = np.random.default_rng(draw(some.seeds))
    x = np.asarray(rng.choice(NOT_FINITE, draw(some.shapes())), dtype)
    return Case(name, f"{name}(x)", lambda f, x: f(x), (x,), (False,))


@of("floor", "ceil", "trunc")
def rounded_down_or_up(draw, name, dtype):
    x = np.asarray(np.round(4 * draw(some.values(draw(some.shapes()), dtype))) / 4)
    return Case(name, f"{name}(x)", lambda f, x: f(x), (x,), (False,))


@of("round")
def round_(draw, name, dtype):
    x = np.asarray(np.round(4 * draw(some.values(draw(some.shapes()), dtype))) / 4)  # halves, too
    return Case(name, "round(x)", lambda f, x: f(x), (x,), (False,))


@of("argmax", "argmin")
def position(draw, name, dtype):
    x = np.round(draw(some.values(draw(some.shapes(min_dims=1, min_side=1)), dtype)))   # ties, too
    axis = draw(st.sampled_from([None, *range(-x.ndim, x.ndim)]))
    return Case(name, f"{name}(x, {axis})", lambda f, x: f(x, axis=axis), (x,), (False,),
                result_dtype=np.int64)


# ---- linalg --------------------------------------------------------------------------------------


@of("matmul")
def matmul(draw, name, dtype):
    m, k, n = draw(some.sides()), draw(some.sides()), draw(some.sides())
    a_shape, b_shape = draw(
        st.sampled_from([((m, k), (k, n)), ((k,), (k, n)), ((m, k), (k,)), ((k,), (k,))])
    )
    if draw(st.integers(0, 3)) == 3:  # a batch of small matrices, its sides broadcast
        m, k, n = min(m, 9), min(k, 9), min(n, 9)
        a_batch, b_batch = draw(some.broadcastable_shapes(max_dims=2, max_size=12))
        a_shape, b_shape = (*a_batch, m, k), (*b_batch, k, n)
    turn_a = len(a_shape) == 2 and draw(st.booleans())
    turn_b = len(b_shape) == 2 and draw(st.booleans())
    a = draw(some.values(a_shape[::-1] if turn_a else a_shape, dtype))
    b = draw(some.values(b_shape[::-1] if turn_b else b_shape, dtype))
    if m == k == n and a.ndim == b.ndim == 2 and draw(st.booleans()):  # x·x, xᵀ·x, x·xᵀ, xᵀ·xᵀ
        return Case(
            name,
            f"matmul(x{'.T' * turn_a}, x{'.T' * turn_b})",
            lambda f, x: f(x.T if turn_a else x, x.T if turn_b else x),
            (a,),
            length=k,
            size=size_of(a, a),
        )
    return Case(
        name,
        f"matmul(a{'.T' * turn_a}, b{'.T' * turn_b})",
        lambda f, a, b: f(a.T if turn_a else a, b.T if turn_b else b),
        (a, b),
        (True, True),
        length=max(m, k, n),
        size=size_of(a, b),
    )


# Where a dense layer's activation is not smooth; rounding of x·w + b may cross it.
DENSE_KINKS = {
    "relu": (0.0, 0.5, 2.0, 6.0),
    "leaky_relu": (0.0,),
    "relu6": (0.0, 6.0),
    "hard_sigmoid": (-3.0, 3.0),
    "elu": (0.0,),
    "selu": (0.0,),
}


@of("dense")
def dense(draw, name, dtype):
    leading = draw(st.tuples(some.sides()) | some.shapes(2, 2, max_size=12))
    i, o = draw(some.sides(min_side=1)), draw(some.sides(min_side=1))
    activation = draw(st.sampled_from(ACTIVATIONS))
    args = draw(activation_arguments(activation))
    scale = 2.0 ** round(math.log2(3 / math.sqrt(i)))  # coarse x and w: z is exact in float32
    x = draw(some.values((*leading, i), dtype, -1, 1))
    w = draw(some.values((i, o), dtype, -scale, scale))
    b = (draw(some.values((o,), dtype, -1, 1)),) if draw(st.booleans()) else ()
    z = oracles.dense(*(v.astype(np.float64) for v in (x, w, *b)))
    for kink in DENSE_KINKS.get(activation, ()):
        distance = np.abs(z - kink)
        assume(np.all((distance == 0) | (distance > 1e-5)))
    arguments = "".join(f", {key}={value}" for key, value in args.items())
    return Case(
        name,
        f"dense(x, w{', b' * len(b)}, activation={activation!r}{arguments})",
        lambda f, *xwb: f(*xwb, activation=activation, **args),
        (x, w, *b),
        (True,) * (2 + len(b)),
        length=max(i, o, math.prod(leading)),
        size=max(size_of(x, w), 1.0),
    )


# ---- reduce --------------------------------------------------------------------------------------


@of("sum", "mean", "var", "max", "min", "logsumexp")
def reduction(draw, name, dtype):
    shape = draw(some.shapes())
    axis, keepdims = draw(some.axes(len(shape))), draw(st.booleans())
    x = draw(some.values(shape, dtype))
    reduced = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    length = math.prod(shape[a] for a in reduced)
    assume(name == "sum" or length > 0)  # the others have no value, or NaN, for no numbers
    return Case(
        name,
        f"{name}(x, axis={axis}, keepdims={keepdims})",
        lambda f, x: f(x, axis=axis, keepdims=keepdims),
        (x,),
        length=max(length, 1),
        size=3,
    )


# ---- shape ---------------------------------------------------------------------------------------


@of("reshape")
def reshape(draw, name, dtype):
    shape = draw(some.shapes())
    x = draw(some.values(shape, dtype))
    size = math.prod(shape)
    divisor = draw(st.sampled_from([d for d in range(1, size + 1) if size % d == 0] or [0]))
    options = [shape[::-1], (size,), (1, *shape, 1)]
    if size:
        options += [(divisor, size // divisor), (divisor, -1), (-1,)]
    new = draw(st.sampled_from(options))
    return Case(name, f"reshape(x, {new})", lambda f, x: f(x, new), (x,))


@of("cast")
def cast(draw, name, dtype):
    x = draw(some.values(draw(some.shapes()), dtype))
    new = np.float32 if np.dtype(dtype) == np.float64 else np.float64     # x itself has dtype
    text = f"cast(x, {np.dtype(new)})"
    return Case(name, text, lambda f, x: f(x, new), (x,), result_dtype=np.dtype(new))


@of("transpose")
def transpose(draw, name, dtype):
    x = draw(some.values(draw(some.shapes(max_dims=4)), dtype))
    axes = draw(st.none() | some.permutations_of(x.ndim))
    return Case(name, f"transpose(x, {axes})", lambda f, x: f(x, axes), (x,))


@of("penalty")
def penalty(draw, name, dtype):
    x = draw(some.values(draw(some.shapes()), dtype))
    factors = {name: draw(st.sampled_from((0.0, 0.25, 2.0))) for name in ("l1", "l2")}
    assume(any(factors.values()))
    text = f"penalty(x, l1={factors['l1']}, l2={factors['l2']})"
    return Case(name, text, lambda f, x: f(x, **factors), (x,), length=max(x.size, 1), size=24)


@of("off_diagonal")
def off_diagonal(draw, name, dtype):
    x = draw(some.values(draw(some.shapes(min_dims=2, max_dims=2)), dtype))
    return Case(name, "off_diagonal(x)", lambda f, x: f(x), (x,))


@of("expand_dims")
def expand_dims(draw, name, dtype):
    x = draw(some.values(draw(some.shapes()), dtype))
    axis = draw(st.integers(-x.ndim - 1, x.ndim))
    return Case(name, f"expand_dims(x, {axis})", lambda f, x: f(x, axis), (x,))


@of("squeeze")
def squeeze(draw, name, dtype):
    shape = list(draw(some.shapes(max_dims=2)))
    shape.insert(draw(st.integers(0, len(shape))), 1)
    x = draw(some.values(tuple(shape), dtype))
    ones = [a for a in range(-x.ndim, x.ndim) if shape[a] == 1]
    axis = draw(st.none() | st.sampled_from(ones))
    return Case(name, f"squeeze(x, {axis})", lambda f, x: f(x, axis), (x,))


@of("concatenate", "stack")
def join(draw, name, dtype):
    shape = draw(some.shapes(min_dims=1, max_size=400))
    extra = 1 if name == "stack" else 0
    axis = draw(st.integers(-len(shape) - extra, len(shape) - 1 + extra))
    xs = []
    for _ in range(draw(st.integers(1, 4))):
        part = list(shape)
        if name == "concatenate":
            part[axis] = draw(some.sides())
        xs.append(draw(some.values(tuple(part), dtype)))
    if draw(st.integers(0, 3)) == 3:
        return Case(name, f"{name}([x, x], {axis})", lambda f, x: f([x, x], axis=axis), (xs[0],))
    text = f"{name}([{len(xs)} arrays], axis={axis})"
    return Case(name, text, lambda f, *xs: f(list(xs), axis=axis), tuple(xs), (True,) * len(xs))


@of("getitem")
def getitem(draw, name, dtype):
    x = draw(some.values(draw(some.shapes(min_dims=1, min_side=1)), dtype))
    index = draw(some.indices(x.shape))
    length = index.size if isinstance(index, np.ndarray) else 1  # rows may repeat
    text = f"getitem(x, {index if not isinstance(index, np.ndarray) else index.tolist()})"
    return Case(name, text, lambda f, x: f(x, index), (x,), length=max(length, 1))


@of("gather")
def gather(draw, name, dtype):
    x = draw(some.values(draw(some.shapes(min_dims=1, min_side=1)), dtype))
    rows = draw(some.integers(draw(some.shapes(max_dims=2, max_size=100)), len(x)))
    length = max(rows.size, 1)
    return Case(name, "gather(x, rows)", lambda f, x, r: f(x, r), (x, rows), (True, False), length)


@of("one_hot")
def one_hot(draw, name, dtype):
    count = draw(some.sides(min_side=1))
    labels = draw(some.integers(draw(some.shapes(max_dims=2, max_size=100)), count))
    return Case(name, f"one_hot(i, {count})", lambda f, i: f(i, count), (labels,), (False,))


# ---- random --------------------------------------------------------------------------------------


@of("dropout", "alpha_dropout")
def dropout(draw, name, dtype):
    shape = draw(some.shapes())
    x = draw(some.values(shape, dtype))
    rate, seed = draw(st.sampled_from((0.0, 0.25, 0.5, 0.75))), draw(st.integers(0, 2**31 - 1))
    args = {"seed": seed}
    if draw(st.booleans()):
        args["noise_shape"] = tuple(draw(st.sampled_from((n, 1, None))) for n in shape)
    kept = ops.dropout(np.ones(shape, dtype), rate, **args).numpy() != 0
    text = ", ".join(f"{key}={value}" for key, value in args.items())
    return Case(
        name,
        f"{name}(x, {rate}, {text})",
        lambda f, x: f(x, rate, **args),
        (x,),
        size=4.0,
        only_oracle={"kept": kept},
    )


@of("add_noise", "multiply_noise")
def noise(draw, name, dtype):
    x = draw(some.values(draw(some.shapes()), dtype))
    stddev, seed = draw(st.sampled_from((0.0, 0.5, 2.0))), draw(st.integers(0, 2**31 - 1))
    z = ops.add_noise(np.zeros(x.shape), 1.0, seed=seed).numpy()  # float64: float32 is near it
    return Case(
        name,
        f"{name}(x, {stddev}, seed={seed})",
        lambda f, x: f(x, stddev, seed=seed),
        (x,),
        length=4,
        size=10.0,
        only_oracle={"z": z},
    )


# ---- normalize -----------------------------------------------------------------------------------


@of("batch_norm", "layer_norm")
def normalization(draw, name, dtype):
    shape = draw(some.shapes(min_dims=1, min_side=1))
    args = {"epsilon": draw(st.sampled_from((0.125, 1.0)))}
    inputs = [draw(some.values(shape, dtype))]
    given = draw(st.sampled_from(("", "gamma", "beta", "gamma beta"))).split()
    for _ in given:
        inputs.append(draw(some.values(shape[-1:], dtype, -2, 2)))
    return Case(
        name,
        f"{name}(x{''.join(', ' + what for what in given)}, {args})",
        lambda f, x, *more: f(x, **dict(zip(given, more, strict=True)), **args),
        tuple(inputs),
        (True,) * len(inputs),
        length=math.prod(shape),
        size=8.0,
    )


# ---- activations ---------------------------------------------------------------------------------

ACTIVATIONS = (
    "linear sigmoid relu softmax log_softmax tanh selu elu softplus softsign exponential"
    " leaky_relu relu6 hard_sigmoid silu gelu mish"
).split()  # the compiled ones, which a dense layer may contain
RARE = (
    "celu glu hard_shrink hard_silu hard_tanh log_sigmoid soft_shrink sparse_plus sparse_sigmoid"
    " sparsemax squareplus tanh_shrink threshold"
).split()


@functools.cache
@st.composite
def activation_arguments(draw, name, ndim=None):
    """Keyword arguments of an activation; numbers exact in float32."""
    args = {
        "relu": {
            "negative_slope": st.sampled_from((0.0, 0.25)),
            "max_value": st.sampled_from((None, 2.0, 6.0)),
            "threshold": st.sampled_from((0.0, 0.5)),
        },
        "elu": {"alpha": st.sampled_from((1.0, 0.5))},
        "leaky_relu": {"negative_slope": st.sampled_from((0.25, 0.0, 0.125))},
        "gelu": {"approximate": st.booleans()},
        "softmax": {"axis": st.integers(-ndim, ndim - 1)} if ndim else {},
        "log_softmax": {"axis": st.integers(-ndim, ndim - 1)} if ndim else {},
        "sparsemax": {"axis": st.integers(-ndim, ndim - 1)} if ndim else {},
        "glu": {"axis": st.integers(-ndim, ndim - 1)} if ndim else {},
        "celu": {"alpha": st.sampled_from((1.0, 0.5, 2.0))},
        "hard_shrink": {"threshold": st.sampled_from((0.5, 1.0))},
        "soft_shrink": {"threshold": st.sampled_from((0.5, 1.0))},
        "squareplus": {"b": st.sampled_from((4, 0.5))},
    }.get(name, {})
    given = {"threshold": st.sampled_from((0.5, -1.0)), "default_value": st.sampled_from((0, 2))}
    return draw(st.fixed_dictionaries(given if name == "threshold" else {}, optional=args))


@of(*ACTIVATIONS, *RARE)
def activation(draw, name, dtype):
    over_axis = name in ("softmax", "log_softmax", "sparsemax", "glu")
    shape = draw(some.shapes(min_dims=1 if over_axis else 0))
    if name == "glu":
        shape = tuple(2 * n for n in shape)
    args = draw(activation_arguments(name, len(shape)))
    length = shape[args.get("axis", -1)] if over_axis else 1
    assume(length > 0)
    x = draw(some.values(shape, dtype, *inside_domain(name)))
    if name == "sparsemax":     # where the next element is about to enter, its slope jumps
        z = -np.sort(-np.moveaxis(x, args.get("axis", -1), -1).astype(np.float64), axis=-1)
        margins = 1 + np.arange(1, length + 1) * z - np.cumsum(z, axis=-1)
        assume(np.all(np.abs(margins) > 1e-5))
    text = f"{name}(x{''.join(f', {key}={value}' for key, value in args.items())})"
    return Case(name, text, lambda f, x: f(x, **args), (x,), length=length, size=8)


