"""Kernels that work by rows, at row lengths around those of vectors and of blocks of rows."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from autograd_mlp import Tensor, ops
from autograd_mlp._engine import cpu_info
from tests import oracles

# around the lanes of every vector, and more than a kernel takes in one piece
LENGTHS = (1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 15, 16, 17, 31, 32, 33, 100, 1000, 1024, 1025, 2500)
BY_ROWS = ("softmax", "log_softmax")
LOSSES = sorted(name for name, op in ops.OPS.items() if op.family == "loss")
ACCURACIES = sorted(name for name, op in ops.OPS.items() if op.family == "metric")


def row_inputs(name, rows, cols, dtype, seed=0):
    """Targets and predictions that suit the loss `name`."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, cols, rows)
    p = rng.uniform(0.1, 0.9, (rows, cols)).astype(dtype)
    if name.startswith("sparse"):
        return labels, p
    if "categorical" in name:
        return np.eye(cols, dtype=dtype)[labels], p
    if name.startswith("binary") or "hinge" in name:
        return rng.integers(0, 2, (rows, cols)).astype(dtype), p
    return rng.uniform(0.1, 0.9, (rows, cols)).astype(dtype), p


def loss_and_gradient(name, t, p, **arguments):
    p = Tensor(p, requires_grad=True)
    loss = getattr(ops, name)(t, p, **arguments)
    loss.backward(1 + np.arange(len(t)) % 3)
    return loss.numpy(), p.grad.numpy()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LOSSES)
def test_losses_and_gradients_at_every_row_length(name, dtype):
    f = getattr(oracles, name)
    tol = 60 * np.finfo(dtype).eps
    for cols in LENGTHS:
        rows = 3 if cols > 100 else 21
        t, p = row_inputs(name, rows, cols, dtype)
        for logits in ((False, True) if "entropy" in name else (False,)):
            arguments = {"from_logits": True} if logits else {}
            if cols == 1 and "categorical" in name and not logits:
                continue                    # the one probability is 1, and clipped
            loss, gradient = loss_and_gradient(name, t, p, **arguments)
            wide = t if name.startswith("sparse") else t.astype("float64")
            exact = f(wide, p.astype("float64"), **arguments)
            np.testing.assert_allclose(loss, exact, rtol=tol, atol=tol * abs(exact).max(),
                                       err_msg=f"{name} of rows of {cols}")
            for column in sorted({0, 1, cols // 2, cols - 2, cols - 1} & set(range(cols))):
                moved = p.astype("complex128")
                moved[:, column] += 1e-30j
                slope = np.imag(f(wide, moved, **arguments)) / 1e-30 * (1 + np.arange(rows) % 3)
                np.testing.assert_allclose(
                    gradient[:, column], slope, rtol=20 * tol,
                    atol=tol * max(abs(gradient).max(), 1 / cols),
                    err_msg=f"d {name} of rows of {cols}, column {column}")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", BY_ROWS)
def test_softmax_at_every_row_length(name, dtype):
    tol = 8 * np.finfo(dtype).eps
    for cols in LENGTHS:
        x = np.random.default_rng(cols).normal(0, 5, (7, cols)).astype(dtype)
        x[3] += 1e30 if dtype == "float32" else 1e300       # shifted by the largest, no overflow
        x[4, 0] = -np.inf
        x[5, cols // 2] = -1e30
        if cols == 1:
            x[4, 0] = 0
        with np.errstate(all="ignore"):
            exact = getattr(oracles, name)(x.astype("float64"))
        got = getattr(ops, name)(Tensor(x)).numpy()
        np.testing.assert_allclose(got, exact, rtol=tol, atol=tol, err_msg=f"rows of {cols}")
        if name == "softmax":
            np.testing.assert_allclose(got.sum(1, dtype="float64"), 1, rtol=4 * tol)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("name", BY_ROWS)
def test_nan_spoils_its_row_and_no_other(name, bad):
    for cols in LENGTHS:
        for column in sorted({0, cols // 2, cols - 1}):
            x = np.random.default_rng(0).normal(size=(5, cols)).astype("float32")
            x[2, column] = bad
            y = getattr(ops, name)(Tensor(x)).numpy()
            assert np.isnan(y[2, column])
            assert np.all(np.isnan(y[2])) or (name == "log_softmax" and bad == np.inf)
            assert np.all(np.isfinite(y[[0, 1, 3, 4]]))


@pytest.mark.parametrize("name", LOSSES)
def test_nan_in_a_prediction_is_nan_in_its_loss_only(name):
    for cols in LENGTHS[1:]:
        t, p = row_inputs(name, 5, cols, "float32")
        p[2, t[2] if name.startswith("sparse") else cols - 1] = np.nan
        loss = getattr(ops, name)(t, p).numpy()
        assert np.isnan(loss[2]) and np.all(np.isfinite(loss[[0, 1, 3, 4]])), cols


@pytest.mark.parametrize("name", ["categorical_accuracy", "sparse_categorical_accuracy"])
def test_accuracy_finds_the_first_of_the_largest_and_no_largest_beside_nan(name):
    for cols in LENGTHS[1:]:
        for column in sorted({0, 1, cols // 2, cols - 1}):
            p = np.full((4, cols), -2, "float32")
            p[:3, column] = -1
            p[1, -1] = -1                               # a tie: the first one counts
            p[2, cols - 1 - column] = np.nan
            p[3] = -np.inf                              # all are largest: the first
            labels = np.array([column, column, column, 0])
            t = labels if name.startswith("sparse") else np.eye(cols, dtype="float32")[labels]
            assert getattr(ops, name)(t, p).numpy().tolist() == [1, 1, 0, 1], (cols, column)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_accuracy_compares_the_first_largest_whatever_the_targets(dtype):
    """Ties, infinities and NaN anywhere; targets that are one-hot, shares, or neither."""
    rng = np.random.default_rng(0)
    for cols in LENGTHS[1:]:
        few = rng.choice([-np.inf, -1, 0, 0.5, 1, 2, np.inf], (400, cols)).astype(dtype)
        p, t = few[:200], few[200:].copy()
        t[:50] = np.eye(cols, dtype=dtype)[rng.integers(0, cols, 50)]
        for array in (p, t):
            array[rng.random(200) < 0.1, rng.integers(0, cols)] = np.nan
        ranked = np.where(np.isnan(p).any(1), -1, p.argmax(1))
        wanted = np.where(np.isnan(t).any(1), -2, t.argmax(1))
        labels = rng.integers(0, cols, 200)
        got = ops.categorical_accuracy(Tensor(t), Tensor(p)).numpy()
        np.testing.assert_array_equal(got, ranked == wanted, err_msg=str(cols))
        got = ops.sparse_categorical_accuracy(labels, Tensor(p)).numpy()
        np.testing.assert_array_equal(got, ranked == labels, err_msg=str(cols))


@pytest.mark.parametrize("name", [*BY_ROWS, *LOSSES, *ACCURACIES])
def test_a_row_does_not_depend_on_the_rows_around_it(name):
    for cols in (1, 2, 9, 10, 16, 17, 33, 1000):
        rows = 130 if cols <= 17 else 9                 # more than are taken at once
        t, p = row_inputs(name, rows, cols, "float32")
        f = getattr(ops, name)
        whole = (f(Tensor(p)) if name in BY_ROWS else f(t, p)).numpy()
        for r in (0, 1, rows // 2, rows - 1):
            one = slice(r, r + 1)
            alone = (f(Tensor(p[one])) if name in BY_ROWS else f(t[one], p[one])).numpy()
            np.testing.assert_array_equal(alone, whole[one])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sums_at_every_length(dtype):
    for cols in LENGTHS:
        for rows in (1, 2, 10, 64, 65, 200):
            x = np.random.default_rng(rows).normal(size=(rows, cols)).astype(dtype)
            tol = 8 * np.finfo(dtype).eps * np.abs(x).sum()
            exact = x.astype("float64").sum()
            assert abs(ops.sum(Tensor(x)).numpy() - exact) <= tol
            np.testing.assert_allclose(ops.sum(Tensor(x), axis=0).numpy(),
                                       x.astype("float64").sum(0), rtol=0,
                                       atol=rows * np.finfo(dtype).eps * np.abs(x).max())


def digest():
    """Of all results of this file's kernels, for comparing CPU targets."""
    state = hashlib.sha256()
    for dtype in ("float32", "float64"):
        for cols in LENGTHS:
            for name in [*BY_ROWS, *LOSSES, *ACCURACIES]:
                t, p = row_inputs(name, 19, cols, dtype)
                if name in ACCURACIES:
                    state.update(getattr(ops, name)(t, p).numpy().tobytes())
                elif name in BY_ROWS:
                    x = Tensor(p, requires_grad=True)
                    y = getattr(ops, name)(x)
                    y.backward(p[::-1].copy())
                    state.update(y.numpy().tobytes() + x.grad.numpy().tobytes())
                else:
                    for array in loss_and_gradient(name, t, p):
                        state.update(array.tobytes())
            state.update(ops.sum(Tensor(p)).numpy().tobytes())
            state.update(ops.sum(Tensor(p), axis=0).numpy().tobytes())
    return state.hexdigest()


@pytest.mark.skipif(len(cpu_info()["available"]) < 3, reason="needs two targets with FMA")
def test_same_bits_on_every_target_with_fma():
    code = "from tests.kernels.test_rows import digest; print(digest())"
    found = {target: subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                                    env={**os.environ, "AUTOGRAD_MLP_CPU": target}).stdout
             for target in cpu_info()["available"][1:]}
    assert len(set(found.values())) == 1 and all(found.values()), found


@pytest.mark.parametrize("cols", [3, 10, 17])
def test_crossentropy_of_rows_with_a_negative_sum(cols):
    """Outputs without softmax: whole and sparse targets agree, also where p / Σp is clipped."""
    rng = np.random.default_rng(cols)
    p, labels = rng.normal(size=(40, cols)), rng.integers(0, cols, 40)
    assert (p.sum(axis=1) < 0).any() and (p.sum(axis=1) > 0).any()
    results = []
    for loss, t in ((ops.categorical_crossentropy, np.eye(cols)[labels]),
                    (ops.sparse_categorical_crossentropy, labels)):
        q = Tensor(p, requires_grad=True)
        rows = loss(t, q)
        rows.backward(np.ones(40))
        results.append((rows.numpy(), q.grad.numpy()))
    for whole, sparse in zip(*results, strict=True):
        np.testing.assert_allclose(whole, sparse, rtol=1e-9, atol=1e-9)
