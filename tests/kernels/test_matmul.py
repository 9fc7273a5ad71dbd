"""The matmul kernel against NumPy in float64, and against its own plain loops."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_mlp._engine import kernel_matmul

# sizes around the blocks of all targets: 4 and 8 rows, 2 to 3 vectors of 2 to 16 elements
SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 65, 97]
DTYPES = ["float32", "float64"]


def operands(rng, M, N, K, ta, tb, dtype, gap=0):
    """Stored operands of op(A)·op(B), their rows `gap` elements further apart than they need."""
    def matrix(rows, cols):
        whole = rng.normal(size=(rows, cols + gap)).astype(dtype)
        return whole[:, :cols]

    return matrix(*((K, M) if ta else (M, K))), matrix(*((N, K) if tb else (K, N)))


def plain(A, B, ta, tb):
    return (A.T if ta else A).astype("float64") @ (B.T if tb else B).astype("float64")


@given(st.sampled_from(SIZES), st.sampled_from(SIZES), st.sampled_from(SIZES), st.booleans(),
       st.booleans(), st.sampled_from(DTYPES), st.sampled_from([0, 1, 5]),
       st.sampled_from(["zero", "init", "accumulate"]), st.sampled_from([1, 2, 3]),
       st.integers(0, 2**32 - 1))
def test_all_sizes_transposes_strides_and_starts(M, N, K, ta, tb, dtype, gap, start, threads,
                                                 seed):
    rng = np.random.default_rng(seed)
    A, B = operands(rng, M, N, K, ta, tb, dtype, gap)
    before = rng.normal(size=(M, N + gap)).astype(dtype)
    out = before.copy() if start == "accumulate" else np.full_like(before, np.nan)
    init = rng.normal(size=N).astype(dtype) if start == "init" else None
    expected = plain(A, B, ta, tb)
    expected += {"zero": 0, "init": 0 if init is None else init,
                 "accumulate": before[:, :N]}[start]
    margin = out[:, N:].copy()

    kernel_matmul(A, B, out[:, :N], ta, tb, init, start == "accumulate", threads)

    eps = np.finfo(dtype).eps
    bound = (K + 2) * eps * (plain(abs(A), abs(B), ta, tb) + abs(expected) + 10)
    assert (abs(out[:, :N] - expected) <= bound).all()
    np.testing.assert_array_equal(out[:, N:], margin)       # nothing written beside C


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("M, N, K", [(67, 130, 1100), (9, 49, 33), (300, 20, 50), (1, 77, 300)])
def test_every_order_of_work_gives_the_same_bits(M, N, K, dtype):
    """Blocks, threads and single rows add up each element in the same order."""
    rng = np.random.default_rng(0)
    for ta, tb in itertools.product([False, True], repeat=2):
        A, B = operands(rng, M, N, K, ta, tb, dtype)
        one = kernel_matmul(A, B, np.empty((M, N), dtype), ta, tb)
        two = kernel_matmul(A, B, np.empty((M, N), dtype), ta, tb, threads=2)
        np.testing.assert_array_equal(one, two)
        if not ta:
            rows = [kernel_matmul(A[i : i + 1], B, np.empty((1, N), dtype), ta, tb)
                    for i in range(M)]
            np.testing.assert_array_equal(one, np.concatenate(rows))
        naive = kernel_matmul(A, B, np.empty((M, N), dtype), ta, tb, naive=True)
        np.testing.assert_array_equal(one, naive)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("threads", [1, 3])
def test_starts_and_blocks_of_k_together(threads, dtype):
    """A start value enters once, however many blocks k is cut into."""
    rng = np.random.default_rng(1)
    A, B = operands(rng, 40, 70, 2500, False, False, dtype)
    init, before = rng.normal(size=70).astype(dtype), rng.normal(size=(40, 70)).astype(dtype)
    for start in ({"init": init}, {"accumulate": True}):
        outs = [kernel_matmul(A, B, before.copy(), threads=threads, naive=naive, **start)
                for naive in (False, True)]
        np.testing.assert_array_equal(*outs)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_inf_get_through_even_against_zeros(value, dtype):
    A, B = np.zeros((9, 20), dtype), np.zeros((20, 50), dtype)
    A[4, 7] = value
    out = kernel_matmul(A, B, np.empty((9, 50), dtype))
    assert np.isnan(out[4]).all() and (np.delete(out, 4, 0) == 0).all()


def test_extremes_and_denormals_survive():
    tiny = np.full((2, 1), 1e-40, "float32")
    out = kernel_matmul(tiny, np.ones((1, 33), "float32"), np.empty((2, 33), "float32"))
    assert (out == tiny[0, 0]).all() and tiny[0, 0] > 0
    big = np.full((1, 2), 3e38, "float32")
    assert np.isinf(kernel_matmul(big, np.ones((2, 5), "float32"),
                                  np.empty((1, 5), "float32"))).all()
