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


# (M, N, K) on both sides of every change of way: plain loops up to 16 multiplications, vectors,
# small tiles up to 32768 multiplications with K and N up to 128, B turned on the
# stack up to 2048 elements, short k up to 64, C fetched from 2 k per row, packed from 16 tiles on,
# other loops from M, N, K = 128, 256, 256 on with a transposed A, their k in blocks of 512 (256
# in float64), rows in blocks of 256 to 512 and more, the last with fewer than a tile
WAYS = [(1, 2, 2), (4, 2, 2), (4, 4, 1), (17, 1, 1), (1, 17, 1), (1, 1, 17), (3, 2, 3), (10, 8, 1),
        (16, 32, 1), (40, 1, 1), (1, 1, 300), (10, 1, 8), (33, 1, 70), (1, 33, 16), (1, 784, 5),
        (700, 1, 63), (10, 12, 8), (12, 10, 15), (12, 10, 16), (12, 10, 17), (16, 16, 127),
        (16, 16, 128), (16, 16, 129), (2, 127, 99), (2, 128, 99), (2, 129, 99), (16, 32, 63),
        (16, 32, 64), (16, 32, 65), (31, 33, 32), (32, 32, 32), (33, 32, 32), (63, 50, 65),
        (128, 50, 64), (131, 200, 64), (131, 100, 65), (135, 64, 333), (50, 65, 1030),
        (127, 256, 256), (128, 255, 256), (128, 256, 255), (128, 256, 256), (129, 300, 257),
        (131, 257, 513), (513, 271, 260)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("M, N, K", WAYS)
def test_every_way_gives_the_bits_of_the_plain_loops(M, N, K, dtype):
    rng = np.random.default_rng(M + N + K)
    init, before = rng.normal(size=N).astype(dtype), rng.normal(size=(M, N + 3)).astype(dtype)
    for ta, tb, gap, (start, threads) in itertools.product(
            [False, True], [False, True], [0, 3],
            [({}, 1), ({"init": init}, 2), ({"accumulate": True}, 3)]):
        A, B = operands(rng, M, N, K, ta, tb, dtype, gap)
        fast, plainly = ([before[:, : N + gap].copy() for _ in range(2)])
        kernel_matmul(A, B, fast[:, :N], ta, tb, threads=threads, **start)
        kernel_matmul(A, B, plainly[:, :N], ta, tb, naive=True, **start)
        np.testing.assert_array_equal(fast, plainly, err_msg=f"{ta=} {tb=} {gap=} {start}")


@pytest.mark.parametrize("dtype", DTYPES)
# B of 3 MB, from which on another way is taken if A is not transposed
@pytest.mark.parametrize("M, N, K", [(133, 1600, 520), (520, 1030, 800)])
def test_large_products_give_the_bits_of_the_plain_loops(M, N, K, dtype):
    """Whichever way A lies; with blocks of rows and of k, and columns left over."""
    rng = np.random.default_rng(2)
    before = rng.normal(size=(M, N)).astype(dtype)
    for ta, gap, accumulate in [(False, 0, False), (True, 3, True), (False, 1, True)]:
        A, B = operands(rng, M, N, K, ta, False, dtype, gap)
        outs = [kernel_matmul(A, B, before.copy(), ta, False, None, accumulate, naive=naive)
                for naive in (False, True)]
        np.testing.assert_array_equal(*outs)


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
    column = kernel_matmul(A, B[:, :1].copy(), np.empty((9, 1), dtype))
    assert np.isnan(column[4]).all() and (np.delete(column, 4, 0) == 0).all()
    outer = kernel_matmul(A[:, 7:8].copy(), B[:1], np.empty((9, 50), dtype))
    assert np.isnan(outer[4]).all() and (np.delete(outer, 4, 0) == 0).all()


def test_extremes_and_denormals_survive():
    tiny = np.full((2, 1), 1e-40, "float32")
    out = kernel_matmul(tiny, np.ones((1, 33), "float32"), np.empty((2, 33), "float32"))
    assert (out == tiny[0, 0]).all() and tiny[0, 0] > 0
    big = np.full((1, 2), 3e38, "float32")
    assert np.isinf(kernel_matmul(big, np.ones((2, 5), "float32"),
                                  np.empty((1, 5), "float32"))).all()
