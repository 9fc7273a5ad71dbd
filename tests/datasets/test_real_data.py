"""The data themselves; skipped where they are not at hand."""

import numpy as np
import pytest

from autograd_mlp.datasets import mnist, pima_indians, xor


def test_mnist(mnist_home, monkeypatch):
    monkeypatch.setattr(mnist, "URL", "http://127.0.0.1:1/never")
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    assert x_train.shape == (60000, 28, 28) and x_test.shape == (10000, 28, 28)
    assert y_train.shape == (60000,) and y_test.shape == (10000,)
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert y_train[:5].tolist() == [5, 0, 4, 1, 9] and y_test[:5].tolist() == [7, 2, 1, 0, 4]
    assert x_train.mean() == pytest.approx(33.318421)  # the figure in every MNIST tutorial
    assert mnist.load_data(str(mnist_home / "datasets" / "mnist.npz"))[0][0].shape[0] == 60000


def test_pima(pima_home, monkeypatch):
    monkeypatch.setattr(pima_indians, "URL", "http://127.0.0.1:1/never")
    x, y = pima_indians.load_data()
    assert x.shape == (768, 8) and x.dtype == np.float64 and len(pima_indians.FEATURES) == 8
    assert y.shape == (768,) and y.dtype == np.float64
    assert x[0].tolist() == [6, 148, 72, 35, 0, 33.6, 0.627, 50] and y[0] == 1
    assert y.sum() == 268


def test_xor():
    x, y = xor.load_data()
    assert x.shape == (4, 2) and y.shape == (4, 1)
    assert x.dtype == y.dtype == np.float32
    assert {tuple(row): int(t) for row, (t,) in zip(x.tolist(), y.tolist(), strict=True)} == {
        (0, 0): 0,
        (0, 1): 1,
        (1, 0): 1,
        (1, 1): 0,
    }
    x[:] = 5
    assert xor.load_data()[0].max() == 1
