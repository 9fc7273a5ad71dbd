"""Cases of the losses and metrics; see `cases.py`."""

import functools

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from tests import oracles
from tests import strategies as some
from tests.ops.checks import Case
from tests.ops.registry import of


@functools.cache
@st.composite
def loss_shapes(draw):
    """(..., C): mostly a batch of rows, also a single row and two leading dimensions; C > 0."""
    leading = draw(some.shapes(min_dims=1, max_dims=1) | some.shapes(max_dims=2, max_size=50))
    return (*leading, draw(some.sides(min_side=1)))


def loss_case(name, t, p, args=None, size=1.0):
    args = args or {}
    text = f"{name}(y_true, y_pred{''.join(f', {key}={value}' for key, value in args.items())})"
    return Case(
        name, text, lambda f, t, p: f(t, p, **args), (t, p), (False, True), p.shape[-1], size
    )


@of("mean_squared_error", "mean_absolute_error", "log_cosh", "cosine_similarity")
def regression_loss(draw, name, dtype):
    shape = draw(loss_shapes())
    t, p = draw(some.values(shape, dtype)), draw(some.values(shape, dtype))
    if name == "cosine_similarity":  # its derivative grows as 1/|y_pred|
        assume(np.all(np.sum(np.square(p), axis=-1) > 0.01))
    return loss_case(name, t, p, size=3)


@of("huber")
def huber(draw, name, dtype):
    shape = draw(loss_shapes())
    t, p = draw(some.values(shape, dtype)), draw(some.values(shape, dtype))
    args = draw(st.fixed_dictionaries({}, optional={"delta": st.sampled_from((0.5, 2.0))}))
    return loss_case(name, t, p, args, size=3)


@of("mean_absolute_percentage_error")
def percentage_loss(draw, name, dtype):
    shape = draw(loss_shapes())
    t = draw(some.values(shape, dtype, 0.1, 3, either_sign=True))
    return loss_case(name, t, draw(some.values(shape, dtype)), size=1e3)


@of("mean_squared_logarithmic_error")
def logarithmic_loss(draw, name, dtype):
    shape = draw(loss_shapes())
    t, p = draw(some.values(shape, dtype, 0, 5)), draw(some.values(shape, dtype, -1, 5))
    return loss_case(name, t, p)


@of("binary_crossentropy", "categorical_crossentropy")
def crossentropy(draw, name, dtype):
    shape = draw(loss_shapes())
    hard = some.one_hot_rows(shape).map(lambda t: t.astype(dtype))
    t = draw(hard | some.values(shape, dtype, 0, 1))
    args = draw(
        st.fixed_dictionaries(
            {"from_logits": st.booleans()}, optional={"label_smoothing": st.just(0.25)}
        )
    )
    if args["from_logits"]:
        return loss_case(name, t, draw(some.values(shape, dtype, -8, 8)), args, size=8)
    return loss_case(name, t, draw(some.values(shape, dtype, 0.02, 0.98)), args, size=4)


@of("sparse_categorical_crossentropy")
def sparse_crossentropy(draw, name, dtype):
    shape = draw(loss_shapes())
    labels = draw(some.integers(shape[:-1], shape[-1]))
    if draw(st.booleans()):
        labels = labels[..., None]
    if draw(st.booleans()):
        logits = draw(some.values(shape, dtype, -8, 8))
        return loss_case(name, labels, logits, {"from_logits": True}, size=8)
    return loss_case(name, labels, draw(some.values(shape, dtype, 0.02, 0.98)), size=4)


@of("hinge", "squared_hinge", "categorical_hinge")
def hinge(draw, name, dtype):
    shape = draw(loss_shapes())
    rng = np.random.default_rng(draw(some.seeds))
    t = draw(
        st.sampled_from((rng.choice((-1.0, 1.0), shape), rng.choice((0.0, 1.0), shape)))
        | some.values(shape, np.float64, 0.1, 1)
    )
    p = draw(some.values(shape, dtype))
    if name == "categorical_hinge":
        assume(t.min(initial=0) >= 0)
        scores = (1 - t) * p
        near = np.sort(scores, axis=-1)[..., -2:] if shape[-1] > 1 else scores
        margins = [1 + np.max(scores, axis=-1) - np.sum(t * p, axis=-1)]
        margins += [near[..., -1] - near[..., 0]] if shape[-1] > 1 else []
    else:
        margins = [1 - oracles.plus_minus_one(t) * p]
    for margin in margins:  # away from the kink, or on it exactly
        assume(np.all((margin == 0) | (np.abs(margin) > 1e-5)))
    return loss_case(name, t.astype(dtype), p, size=3)


@of("kl_divergence")
def kl_divergence(draw, name, dtype):
    shape = draw(loss_shapes())
    t, p = draw(some.values(shape, dtype, 0, 1)), draw(some.values(shape, dtype, 0.02, 1.2))
    return loss_case(name, t, p, size=4)


@of("poisson")
def poisson(draw, name, dtype):
    shape = draw(loss_shapes())
    t, p = draw(some.values(shape, dtype, 0, 5)), draw(some.values(shape, dtype, 0.05, 5))
    return loss_case(name, t, p, size=10)


@of("accuracy")
def equality(draw, name, dtype):
    shape = draw(loss_shapes())
    t, p = draw(some.integers(shape, 3)), draw(some.integers(shape, 3))
    case = loss_case(name, t.astype(dtype), p.astype(dtype))
    case.wrt = (False, False)
    return case


@of("top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy")
def top_k(draw, name, dtype):
    shape = draw(loss_shapes())
    p, k = draw(some.values(shape, dtype)), draw(st.integers(1, 8))
    args = {"k": k}
    if name.startswith("top"):
        t = draw(some.one_hot_rows(shape)).astype(dtype)
    else:
        t = draw(some.integers(shape[:-1], shape[-1]))
        if draw(st.booleans()):
            args["from_sorted_ids"] = True
            p = draw(some.integers(shape, shape[-1])).astype(dtype)
    case = loss_case(name, t, p, args)
    case.wrt = (False, False)
    return case


@of("binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy")
def accuracy(draw, name, dtype):
    shape = draw(loss_shapes())
    p = draw(some.values(shape, dtype, 0, 1))
    if name == "sparse_categorical_accuracy":
        t = draw(some.integers(shape[:-1], shape[-1]))
        t = t[..., None] if draw(st.booleans()) else t
    else:
        t = draw(some.one_hot_rows(shape)).astype(dtype)
    args = {"threshold": 0.25} if name == "binary_accuracy" and draw(st.booleans()) else {}
    case = loss_case(name, t, p, args)
    case.wrt = (False, False)
    return case
