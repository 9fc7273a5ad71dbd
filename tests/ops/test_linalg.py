"""Products of matrices: every arrangement against NumPy, dense against its parts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_mlp import Tensor, ops
from autograd_mlp._engine import kernel_matmul
from tests import strategies as some
from tests.ops.cases import ACTIVATIONS, activation_arguments, cases
from tests.ops.checks import assert_close, backward, gradients, tolerance, upstream


@given(data=st.data(), m=some.sides(), k=some.sides(), n=some.sides(), dtype=some.float_dtypes)
def test_matmul_of_matrices_in_all_transposes(data, m, k, n, dtype):
    a, b = data.draw(some.values((m, k), dtype)), data.draw(some.values((k, n), dtype))
    product = a.astype(np.float64) @ b.astype(np.float64)
    tol = 4 * np.finfo(dtype).eps * (k + 1) * 9
    a_turned, b_turned = (Tensor(np.ascontiguousarray(v.T)) for v in (a, b))

    assert_close(ops.matmul(a, b).numpy(), product, tol, "a b")
    assert_close(ops.matmul(a_turned.T, b).numpy(), product, tol, "(aᵀ)ᵀ b")
    assert_close(ops.matmul(a, b_turned.T).numpy(), product, tol, "a (bᵀ)ᵀ")
    assert_close(ops.matmul(a_turned.T, b_turned.T).numpy(), product, tol, "(aᵀ)ᵀ (bᵀ)ᵀ")


@given(seed=some.seeds, m=some.sides(1), k=some.sides(1), n=some.sides(1))
def test_gradient_of_matmul_is_two_matmuls(seed, m, k, n):
    rng = np.random.default_rng(seed)
    a, b, dy = rng.normal(size=(m, k)), rng.normal(size=(k, n)), rng.normal(size=(m, n))

    da, db = gradients(ops.matmul, a, b, dy=dy)

    assert_close(da, dy @ b.T, 1e-14 * (n + 1) * 20, "da = dy bᵀ")
    assert_close(db, a.T @ dy, 1e-14 * (m + 1) * 20, "db = aᵀ dy")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("m, k, n", [(64, 257, 65), (1, 784, 64), (128, 1, 128), (33, 512, 10)])
def test_matmul_of_the_sizes_that_networks_have(m, k, n, dtype):
    rng = np.random.default_rng(m + k + n)
    a, b = rng.normal(size=(m, k)).astype(dtype), rng.normal(size=(k, n)).astype(dtype)

    got = ops.matmul(a, b).numpy()

    exact = a.astype(np.longdouble) @ b.astype(np.longdouble)
    terms = np.abs(a).astype(float) @ np.abs(b).astype(float)
    assert_close(got, exact.astype(float), np.finfo(dtype).eps * (k + 1) * terms, "a b")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
@given(where=st.tuples(st.integers(0, 8), st.integers(0, 16)))
def test_nan_and_inf_reach_their_row_and_no_other(bad, dtype, where):
    a, b = np.ones((9, 17), dtype), np.ones((17, 33), dtype)
    a[where] = bad

    y = ops.matmul(a, b).numpy()

    assert not np.any(np.isfinite(y[where[0]]))
    assert np.all(np.delete(y, where[0], axis=0) == 17)


def test_zero_times_inf_is_nan_as_ieee_says():
    assert np.isnan(ops.matmul(np.array([[0.0]]), np.array([[np.inf]])).item())


def test_an_empty_sum_is_zero():
    np.testing.assert_array_equal(
        ops.matmul(np.ones((2, 0)), np.ones((0, 3))).numpy(), np.zeros((2, 3))
    )
    da, db = gradients(ops.matmul, np.ones((0, 4)), np.ones((4, 3)), dy=np.ones((0, 3)))
    assert da.shape == (0, 4)
    np.testing.assert_array_equal(db, np.zeros((4, 3)))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@given(data=st.data(), dtype=some.float_dtypes, seed=some.seeds)
def test_dense_agrees_with_its_parts(activation, data, dtype, seed):
    args = data.draw(activation_arguments(activation))
    b_, i, o = (data.draw(some.sides(min_side=1)) for _ in range(3))
    scale = 2 / np.sqrt(i)
    x, w, bias = (data.draw(some.values((b_, i), dtype, -1, 1)),
                  data.draw(some.values((i, o), dtype, -scale, scale)),
                  data.draw(some.values((o,), dtype, -1, 1)))  # fmt: skip
    z = ops.add(ops.matmul(x, w), bias).numpy()
    near = [0.0, 0.5, 2.0, 3.0, -3.0, 6.0]  # kinks of some activation: rounding may cross them
    dy = upstream((b_, o), seed, dtype) * np.all([np.abs(z - kink) > 1e-5 for kink in near], axis=0)
    dy = dy.astype(dtype)

    def fused(x, w, b):
        return ops.dense(x, w, b, activation=activation, **args)

    def parts(x, w, b):
        return getattr(ops, activation)(ops.add(ops.matmul(x, w), b), **args)

    eps = np.finfo(dtype).eps
    y = parts(x, w, bias).numpy()
    assert_close(fused(x, w, bias).numpy(), y, 16 * eps * (1 + np.abs(y)) * (1 + i / 4), "y")
    of_fused, of_parts = (gradients(f, x, w, bias, dy=dy) for f in (fused, parts))
    for name, got, expected in zip(("dx", "dw", "db"), of_fused, of_parts, strict=True):
        terms = 1 + np.max(np.abs(expected))
        assert_close(got, expected, 16 * eps * (4 + max(b_, i, o)) * terms, name)


@given(data=st.data(), seed=some.seeds)
def test_dense_without_bias_is_dense_with_a_bias_of_zeros(data, seed):
    case = data.draw(cases("dense").filter(lambda case: len(case.inputs) == 2))
    dy = upstream(case.expected().shape, seed)
    zeros = np.zeros(case.inputs[1].shape[1])

    y, without = backward(case, dy)
    tensors = [Tensor(x, requires_grad=True) for x in (*case.inputs, zeros)]
    y_zeros = case.run(tensors)
    y_zeros.backward(dy)

    assert_close(y.numpy(), y_zeros.numpy(), tolerance(case, y_zeros.numpy()), case.text)
    for got, tensor in zip(without, tensors[:2], strict=True):
        np.testing.assert_array_equal(got, tensor.grad.numpy())


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: ops.matmul(np.ones((2, 3)), np.ones((2, 3))), r"\(2, 3\)"),
        (lambda: ops.matmul(np.ones((2, 3)), np.ones(2)), r"3"),
        (lambda: ops.matmul(np.ones((2, 3)), 2.0), r"vectors or matrices"),
        (lambda: ops.matmul(np.ones((2, 1, 3)), np.ones((4, 3, 1))), r"broadcast"),
        (lambda: ops.dense(np.ones((2, 3)), np.ones((4, 5))), r"\(2, 3\)"),
        (lambda: ops.dense(np.ones((2, 3)), np.ones((3, 5)), np.ones(4)), r"\(5,\)"),
        (lambda: ops.dense(np.ones((2, 3)), np.ones((3, 5)), np.ones((1, 5))), r"\(5,\)"),
        (lambda: ops.dense(np.ones((2, 3)), np.ones((3, 5)), activation="sigmoit"), r"sigmoid"),
    ],
)
def test_errors_name_the_shapes(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_dense_does_not_swallow_arguments_its_activation_lacks():
    with pytest.raises(TypeError, match="alpha"):
        ops.dense(np.ones((2, 3)), np.ones((3, 5)), activation="sigmoid", alpha=1.0)


@pytest.mark.parametrize("activation", ["linear", "tanh", "selu", "softmax"])
@pytest.mark.parametrize("rows", [1024, 1025, 1537])
def test_a_large_batch_in_blocks_has_the_bits_of_a_whole_one(rows, activation):
    """300 units of 8 bytes: blocks of 512 rows from 1025 rows on."""
    rng = np.random.default_rng(rows)
    x, w, b, dy = (rng.normal(size=shape) for shape in ((rows, 3), (3, 300), 300, (rows, 300)))
    tensors = [Tensor(v, requires_grad=True) for v in (x, w, b)]
    y = ops.dense(*tensors, activation=activation)
    y.backward(dy)

    z = Tensor(kernel_matmul(x, w, np.empty((rows, 300)), init=b), requires_grad=True)
    whole = getattr(ops, activation)(z)
    whole.backward(dy)
    dz = z.grad.numpy()
    assert y.numpy().tobytes() == whole.numpy().tobytes()
    dx, dw, db = (t.grad.numpy() for t in tensors)
    assert dw.tobytes() == kernel_matmul(x, dz, np.empty((3, 300)), transpose_a=True).tobytes()
    assert dx.tobytes() == kernel_matmul(dz, w, np.empty((rows, 3)), transpose_b=True).tobytes()
    np.testing.assert_allclose(db, dz.sum(axis=0), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("rows", [1, 129, 100_000])
def test_dense_without_inputs_is_its_bias(rows):
    x, w, b = (Tensor(np.ones(shape), requires_grad=True) for shape in ((rows, 0), (0, 10), 10))
    y = ops.dense(x, w, b, activation="relu")
    y.backward(np.ones((rows, 10)))
    assert (y.numpy() == 1).all() and b.grad.tolist() == [rows] * 10
    assert x.grad.shape == (rows, 0) and w.grad.shape == (0, 10)
