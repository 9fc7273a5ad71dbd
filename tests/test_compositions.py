"""Operations in combination: random programs, random networks, tensors that are used many times.

A program is a list of steps, each written once for `autograd_mlp.ops` and `tests.oracles` alike;
its gradient by backward is compared with the complex step through the oracles. Networks are also
compared with central differences of their own forward pass.
"""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd_mlp import Tensor, no_grad, ops
from tests import oracles
from tests import strategies as some
from tests.ops.cases import ACTIVATIONS, DENSE_KINKS
from tests.ops.checks import STEP, assert_close, gradients

# ---- random programs -----------------------------------------------------------------------------

# name -> (lowest, highest value it is given here, kinks to stay away from)
UNARY = {
    "negative": (-99, 99, ()),
    "exp": (-20, 3, ()),
    "expm1": (-20, 3, ()),
    "log": (0.1, 99, ()),
    "log1p": (-0.8, 99, ()),
    "sqrt": (0.1, 99, ()),
    "square": (-9, 9, ()),
    "abs": (-99, 99, (0,)),
    "sigmoid": (-20, 20, ()),
    "tanh": (-20, 20, ()),
    "relu": (-99, 99, (0,)),
    "leaky_relu": (-99, 99, (0,)),
    "relu6": (-99, 99, (0, 6)),
    "hard_sigmoid": (-99, 99, (-3, 3)),
    "elu": (-20, 99, (0,)),
    "selu": (-20, 99, (0,)),
    "softplus": (-20, 99, ()),
    "softsign": (-99, 99, ()),
    "silu": (-20, 99, ()),
    "gelu": (-20, 99, ()),
    "mish": (-20, 99, ()),
}
FAR = 1e-6  # from kinks and ties, so that rounding cannot move a value to the other side


def unary_steps(values):
    for i, v in enumerate(values):
        for name, (low, high, kinks) in UNARY.items():
            if low <= v.min() and v.max() <= high and all(np.all(abs(v - k) > FAR) for k in kinks):
                yield f"{name}(v{i})", lambda ns, vs, i=i, name=name: getattr(ns, name)(vs[i])


def binary_steps(values):
    for i, a in enumerate(values):
        for j, b in enumerate(values):
            if not can_broadcast(a.shape, b.shape):
                continue
            names = ["add", "subtract"]
            names += ["multiply"] if np.max(abs(a)) * np.max(abs(b)) < 99 else []
            names += ["divide"] if np.min(abs(b)) > 0.3 else []
            names += ["power"] if 0.2 < a.min() and a.max() < 3 and np.max(abs(b)) < 3 else []
            names += ["maximum", "minimum"] if i == j or np.all(abs(a - b) > FAR) else []
            for name in names:
                call = lambda ns, vs, i=i, j=j, name=name: getattr(ns, name)(vs[i], vs[j])  # noqa: E731
                yield f"{name}(v{i}, v{j})", call


def reduce_steps(values):
    for i, v in enumerate(values):
        for axis in (None, *range(-v.ndim, v.ndim)):
            for name in ("sum", "mean", "var", "max", "min", "logsumexp"):
                if name in ("max", "min") and np.any(np.diff(np.sort(v, axis=None)) <= FAR):
                    continue
                for keep in (False, True):
                    yield (f"{name}(v{i}, {axis}, {keep})",
                           lambda ns, vs, i=i, name=name, axis=axis, keep=keep:
                           getattr(ns, name)(vs[i], axis, keep))  # fmt: skip


def shape_steps(values):
    for i, v in enumerate(values):
        yield f"reshape(v{i}, -1)", lambda ns, vs, i=i: ns.reshape(vs[i], (-1,))
        yield f"transpose(v{i})", lambda ns, vs, i=i: ns.transpose(vs[i])
        yield f"expand_dims(v{i}, 0)", lambda ns, vs, i=i: ns.expand_dims(vs[i], 0)
        for j, other in enumerate(values):
            if v.shape == other.shape and v.size <= 12:
                yield f"stack([v{i}, v{j}])", lambda ns, vs, i=i, j=j: ns.stack([vs[i], vs[j]])
                if v.ndim:
                    yield (f"concatenate([v{i}, v{j}], -1)",
                           lambda ns, vs, i=i, j=j: ns.concatenate([vs[i], vs[j]], -1))  # fmt: skip
        if v.ndim:
            last = len(v) - 1
            yield f"v{i}[{last}]", lambda ns, vs, i=i, last=last: ns.getitem(vs[i], last)
            yield f"v{i}[::-1]", lambda ns, vs, i=i: ns.getitem(vs[i], slice(None, None, -1))
            rows = np.array([0, last, 0])
            yield f"gather(v{i}, [0, {last}, 0])", lambda ns, vs, i=i, r=rows: ns.gather(vs[i], r)
            yield f"softmax(v{i})", lambda ns, vs, i=i: ns.softmax(vs[i])
            yield f"log_softmax(v{i}, 0)", lambda ns, vs, i=i: ns.log_softmax(vs[i], axis=0)


def linalg_steps(values):
    for i, a in enumerate(values):
        for j, b in enumerate(values):
            if (
                a.ndim
                and b.ndim
                and a.ndim <= 2
                and b.ndim <= 2
                and np.max(abs(a)) * np.max(abs(b)) < 20
            ):
                if a.shape[-1] == b.shape[0]:
                    yield f"matmul(v{i}, v{j})", lambda ns, vs, i=i, j=j: ns.matmul(vs[i], vs[j])
                if b.ndim == 2 and a.shape[-1] == b.shape[1]:
                    yield (f"dense(v{i}, v{j}.T, activation='tanh')",
                           lambda ns, vs, i=i, j=j:
                           ns.dense(vs[i], ns.transpose(vs[j]), activation="tanh"))  # fmt: skip


def can_broadcast(a, b):
    return all(m == n or 1 in (m, n) for m, n in zip(a[::-1], b[::-1], strict=False))


KINDS = [unary_steps, binary_steps, reduce_steps, shape_steps, linalg_steps]


@st.composite
def programs(draw):
    """(inputs, steps): two or three small inputs and up to ten steps that suit their values."""
    inputs = []
    for _ in range(draw(st.integers(1, 3))):
        shape = draw(st.sampled_from(((2, 3), (3,), (2, 1), (), (3, 3), (1, 3), (2,))))
        inputs.append(np.random.default_rng(draw(some.seeds)).uniform(-2, 2, shape))
    values, steps = list(inputs), []
    for _ in range(draw(st.integers(1, 10))):
        possible = list(draw(st.sampled_from(KINDS))(values))
        if possible:
            text, step = draw(st.sampled_from(possible))
            value = np.asarray(step(oracles, values))
            if value.size <= 40 and np.max(abs(value)) < 1e3:
                steps.append((text, step))
                values.append(value)
    assume(steps)
    return inputs, steps


def run(ns, inputs, steps, seed):
    """Σ of weights times the values of the last three steps, weights drawn from the seed."""
    rng = np.random.default_rng(seed)
    values = list(inputs)
    for _, step in steps:
        values.append(step(ns, values))
    total = 0.0
    for value in values[len(inputs) :][-3:]:
        weights = rng.uniform(0.5, 1.5, np.shape(value))
        total = ns.add(total, ns.sum(ns.multiply(value, weights)))
    return total


def complex_step_gradient(f, inputs, which):
    gradient = np.zeros(np.shape(inputs[which]))
    for index in np.ndindex(gradient.shape):
        moved = [np.array(x, dtype=complex) if i == which else x for i, x in enumerate(inputs)]
        moved[which][index] += 1j * STEP
        gradient[index] = np.imag(f(*moved)) / STEP
    return gradient


@settings(max_examples=4 * settings().max_examples)
@given(program=programs(), seed=some.seeds)
def test_gradient_of_a_random_program(program, seed):
    inputs, steps = program
    text = "; ".join(f"v{len(inputs) + i} = {text}" for i, (text, _) in enumerate(steps))
    tensors = [Tensor(x, requires_grad=True) for x in inputs]

    total = run(ops, tensors, steps, seed)
    total.backward()

    expected = float(run(oracles, inputs, steps, seed))
    assert_close(total.item(), expected, 1e-11 * (1 + abs(expected)) * 40, text)
    for which, tensor in enumerate(tensors):
        expected = complex_step_gradient(lambda *xs: run(oracles, xs, steps, seed), inputs, which)
        got = np.zeros(tensor.shape) if tensor.grad is None else tensor.grad.numpy()
        assert_close(got, expected, 1e-9 * (1 + np.max(np.abs(expected))), f"{text}: d/dv{which}")


# ---- random networks -----------------------------------------------------------------------------

# loss -> the activation of the last layer (None: any that is drawn), its arguments
LOSSES = {
    "mean_squared_error": (None, {}),
    "mean_absolute_error": (None, {}),
    "mean_absolute_percentage_error": (None, {}),
    "mean_squared_logarithmic_error": ("softplus", {}),
    "binary_crossentropy": ("sigmoid", {}),
    "binary_crossentropy from_logits": (None, {"from_logits": True}),
    "categorical_crossentropy": ("softmax", {}),
    "categorical_crossentropy from_logits": (None, {"from_logits": True}),
    "sparse_categorical_crossentropy": ("softmax", {}),
    "sparse_categorical_crossentropy from_logits": (None, {"from_logits": True}),
    "hinge": (None, {}),
    "squared_hinge": (None, {}),
    "categorical_hinge": (None, {}),
    "huber": (None, {}),
    "log_cosh": (None, {}),
    "kl_divergence": ("softmax", {}),
    "poisson": ("exponential", {}),
    "cosine_similarity": (None, {}),
}


@st.composite
def networks(draw, activation):
    """Weights and biases of one to four layers, `activation` for the hidden ones; input; fused?"""
    rng = np.random.default_rng(draw(some.seeds))
    batch, widths = (
        draw(st.integers(1, 5)),
        draw(st.lists(st.integers(1, 5), min_size=2, max_size=5)),
    )
    widths[-1] = max(widths[-1], 2)
    x = rng.uniform(-1, 1, (batch, widths[0]))
    parameters = []
    for i, o in pairwise(widths):
        parameters += [rng.uniform(-1, 1, (i, o)) * 2 / math.sqrt(i), rng.uniform(-1, 1, o)]
    last = draw(st.sampled_from((activation, "linear")))
    return x, parameters, last, draw(st.booleans())


def network(ns, x, parameters, activations, fused):
    for w, b, activation in zip(parameters[::2], parameters[1::2], activations, strict=False):
        if fused:
            x = ns.dense(x, w, b, activation=activation)
        else:
            x = getattr(ns, activation)(ns.add(ns.matmul(x, w), b))
    return x


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
@settings(max_examples=max(2, settings().max_examples // 10))
@given(data=st.data(), seed=some.seeds)
def test_gradient_of_a_random_network(loss, activation, data, seed):
    x, parameters, last, fused = data.draw(networks(activation))
    last_of_loss, args = LOSSES[loss]
    activations = [activation] * (len(parameters) // 2 - 1) + [last_of_loss or last]
    for depth in range(len(activations)):  # stay where rounding and small steps cross no kink
        z = oracles.dense(network(oracles, x, parameters, activations[:depth], True),
                          *parameters[2 * depth : 2 * depth + 2])  # fmt: skip
        kinks = (*DENSE_KINKS.get(activations[depth], ()), math.inf)
        assume(min(np.min(abs(z - kink)) for kink in kinks) > 1e-4)
        assume(np.max(abs(z)) < 30)
    shape = (len(x), parameters[-1].size)
    rng = np.random.default_rng(seed)
    t = rng.uniform(0.1, 0.9, shape)
    if "sparse" in loss:
        t = rng.integers(0, shape[1], shape[0])
    elif "categorical" in loss or loss == "kl_divergence":
        t = t / t.sum(axis=1, keepdims=True)

    def mean_loss(ns, *parameters):
        y = network(ns, x, parameters, activations, fused)
        return ns.mean(getattr(ns, loss.split()[0])(t, y, **args))

    got = gradients(lambda *parameters: mean_loss(ops, *parameters), *parameters)

    direction = [rng.uniform(-1, 1, p.shape) for p in parameters]
    products = np.concatenate([np.ravel(g * u) for g, u in zip(got, direction, strict=True)])
    slope, size = np.sum(products), 1 + np.sum(np.abs(products))
    h = 1e-5

    def moved_by(step):
        return [p + step * u for p, u in zip(parameters, direction, strict=True)]

    with no_grad():
        here, ahead, behind = (mean_loss(ops, *moved_by(step)).item() for step in (0, h, -h))
    if abs(ahead - 2 * here + behind) <= 1e-7 * size:  # else: a kink of the loss is that near
        assert_close(slope, (ahead - behind) / (2 * h), 1e-5 * size, "by central differences")
    by_complex_step = np.imag(mean_loss(oracles, *moved_by(1j * STEP))) / STEP
    assert_close(slope, by_complex_step, 1e-10 * size, "by the complex step")


# ---- one tensor in many places -------------------------------------------------------------------


@given(n=st.integers(1, 60), seed=some.seeds)
def test_a_tensor_used_n_times_gets_n_contributions(n, seed):
    x = np.random.default_rng(seed).uniform(-1, 1, (2, 3))
    t = Tensor(x, requires_grad=True)

    y = t * 0.0
    for _ in range(n):
        y = y + t * t
    ops.sum(y).backward()

    assert_close(t.grad.numpy(), 2 * n * x, 1e-12 * n, "gradient")


@given(depth=st.integers(1, 40))
def test_every_path_through_a_graph_counts_once(depth):
    t = Tensor(np.array(1.5), requires_grad=True)

    y = t
    for _ in range(depth):
        y = y * 0.5 + y * 0.75  # two paths per level: 2^depth in all, walked once per node
    y.backward()

    assert_close(t.grad.item(), 1.25**depth, 1e-12 * 1.25**depth, "gradient")


@given(data=st.data())
def test_backward_is_linear_in_the_upstream_gradient(data):
    x = data.draw(some.values((4, 3)))
    u, v = (np.random.default_rng(data.draw(some.seeds)).normal(size=(4, 3)) for _ in range(2))

    def f(x):
        return ops.tanh(x) * ops.softmax(x, axis=0)

    (du,), (dv,), (both,) = (gradients(f, x, dy=dy) for dy in (u, v, 2 * u - 3 * v))

    assert_close(both, 2 * du - 3 * dv, 1e-13, "gradient")
