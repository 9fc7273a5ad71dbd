"""``keras.ops``: the functions that losses, metrics and layers of one's own are written with."""

import numpy as np
import pytest

from autograd_mlp import ops
from autograd_mlp.faces import ops as as_keras_ops
from tests.parity import assert_same, import_keras

keras = import_keras()

RNG = np.random.default_rng(3)
M = RNG.normal(size=(3, 4)).astype(np.float32)
N = RNG.normal(size=(4, 3)).astype(np.float32)
P = (np.abs(M) + 0.1).astype(np.float32)
W = np.round(2 * M).astype(np.float32)      # with equal elements
ROWS = np.array([2, 0, 1])

UNARY = """
    abs absolute ceil cos exp expm1 floor isfinite isnan logical_not negative reciprocal round sign
    sin square trunc tanh sigmoid relu softplus softsign silu swish gelu elu selu leaky_relu relu6
    softmax log_softmax ravel transpose flip std var sum mean max min amax amin argmax argmin any
    all norm logsumexp ones_like zeros_like shape size ndim
""".split()
BINARY = """
    add subtract multiply divide true_divide maximum minimum equal not_equal greater greater_equal
    less less_equal logical_and logical_or logical_xor
""".split()
CALLS = {
    "arange": [((4,), {}), ((1, 7, 2), {}), ((0.0, 1.0, 0.25), {})],
    "argmax": [((W,), {"axis": 1}), ((W,), {"axis": 0, "keepdims": True})],
    "argsort": [((M,), {}), ((M,), {"axis": 0})],
    "cast": [((M * 3, "int32"), {}), ((W, "bool"), {}), ((M, "float32"), {})],
    "clip": [((M, -0.5, 0.5), {})],
    "concatenate": [(([M, M],), {"axis": 1})],
    "dot": [((M, N), {}), ((M[0], N), {})],
    "expand_dims": [((M, 1), {})],
    "eye": [((3,), {}), ((3, 4), {"k": 1})],
    "flip": [((M,), {"axis": 1})],
    "full": [((2, 3), 5.0)],
    "full_like": [((M, 2.0), {})],
    "linspace": [((0.0, 1.0, 5), {})],
    "log": [((P,), {})],
    "log1p": [((P,), {})],
    "logsumexp": [((M,), {"axis": 1, "keepdims": True})],
    "matmul": [((M, N), {})],
    "max": [((M,), {"axis": 1})],
    "mean": [((M,), {"axis": 0}), ((M,), {"axis": 1, "keepdims": True})],
    "norm": [((M,), {"axis": 1}), ((M,), {"ord": 1, "axis": 0}),
             ((M,), {"ord": np.inf, "axis": 0, "keepdims": True})],
    "one_hot": [((ROWS, 4), {})],
    "power": [((P, 1.5), {})],
    "reshape": [((M, (4, 3)), {}), ((M, (-1,)), {})],
    "rsqrt": [((P,), {})],
    "split": [((M, 2), {"axis": 1}), ((M, [1, 3]), {"axis": 1})],
    "sqrt": [((P,), {})],
    "squeeze": [((M[None],), {"axis": 0})],
    "stack": [(([M, M],), {"axis": 1})],
    "take": [((M, ROWS), {"axis": 0}), ((M, ROWS), {"axis": 1}), ((M, ROWS), {})],
    "top_k": [((M, 2), {})],
    "transpose": [((M[None],), {"axes": (1, 2, 0)})],
    "where": [((W > 0, M, W), {})],
    "zeros": [(((2, 3),), {})],
    "ones": [(((2, 3),), {})],
    "stop_gradient": [((M,), {})],
    "convert_to_tensor": [(([1.0, 2.0],), {}), (([1, 2],), {})],
}
CALLS["full"] = [(((2, 3), 5.0), {})]


def check(name, args, kwargs, source=ops):
    ours, theirs = getattr(source, name)(*args, **kwargs), getattr(keras.ops, name)(*args, **kwargs)
    if name == "shape":
        assert tuple(ours) == tuple(theirs)
    else:
        assert_same(list(ours) if isinstance(theirs, (list, tuple)) else ours,
                    list(theirs) if isinstance(theirs, tuple) else theirs, atol=1e-6)


@pytest.mark.parametrize("name", UNARY)
def test_of_one_tensor(name):
    for x in (M, W):
        check(name, (x,), {}, as_keras_ops if name == "gelu" else ops)


@pytest.mark.parametrize("name", BINARY)
def test_of_two_tensors(name):
    for x, y in ((M, P), (W, -W), (W, W[:1])):
        check(name, (x, y), {})


@pytest.mark.parametrize("name", CALLS)
def test_with_arguments(name):
    for args, kwargs in CALLS[name]:
        check(name, args, kwargs)


@pytest.mark.parametrize("from_logits", [False, True])
def test_crossentropies_take_no_mean(from_logits):
    target = np.eye(4, dtype=np.float32)[ROWS]
    output = M if from_logits else np.exp(M) / np.exp(M).sum(1, keepdims=True)
    for name, t in (("binary_crossentropy", target), ("categorical_crossentropy", target),
                    ("sparse_categorical_crossentropy", ROWS)):
        check(name, (t, output), {"from_logits": from_logits}, as_keras_ops)
