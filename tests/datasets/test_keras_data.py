"""Data sets that Keras's authors offer, from files made for the test."""

import gzip
import hashlib

import numpy as np
import pytest

from autograd_mlp import datasets
from autograd_mlp.datasets import _files, boston_housing, california_housing, fashion_mnist


@pytest.fixture
def offered(tmp_path, monkeypatch):
    """The folder whose files are offered for download."""
    folder = tmp_path / "offered"
    folder.mkdir()
    for name in ("AUTOGRAD_MLP_HOME", "KERAS_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setattr(_files, "KERAS_DATA", folder.as_uri() + "/")
    return folder


@pytest.mark.parametrize("module, name, columns", [
    (boston_housing, "boston_housing.npz", 13), (california_housing, "california_housing.npz", 8),
])
def test_housing(offered, monkeypatch, module, name, columns):
    x, y = np.arange(1000.0 * columns).reshape(1000, columns), np.arange(1000.0)
    np.savez(offered / name, x=x, y=y)
    monkeypatch.setattr(module, "SHA256", hashlib.sha256((offered / name).read_bytes()).hexdigest())
    (x_train, y_train), (x_test, y_test) = module.load_data()
    assert x_train.shape == (800, columns) and y_test.shape == (200,)
    order = np.random.RandomState(113).permutation(1000)  # noqa: NPY002
    np.testing.assert_array_equal(np.concatenate([y_train, y_test]), order)
    np.testing.assert_array_equal(x_train[:, 0], columns * y_train)
    assert len(module.load_data(test_split=0.0)[1][0]) == 0
    with pytest.raises(ValueError, match="test_split"):
        module.load_data(test_split=1.0)
    if module is california_housing:
        (x_train, _), (x_test, _) = module.load_data("small")
        assert len(x_train) + len(x_test) == 600
        with pytest.raises(ValueError, match="'large' or 'small'"):
            module.load_data("medium")


def test_a_file_with_other_data_is_refused(offered):
    np.savez(offered / "boston_housing.npz", x=np.zeros((3, 13)), y=np.zeros(3))
    with pytest.raises(ValueError, match="has not the hash"):
        boston_housing.load_data()


def test_fashion_mnist(offered):
    sizes = {"train": 6, "t10k": 2}
    for part, count in sizes.items():
        with gzip.open(offered / f"{part}-images-idx3-ubyte.gz", "wb") as file:
            file.write(bytes(16) + bytes([count]) * (count * 28 * 28))
        with gzip.open(offered / f"{part}-labels-idx1-ubyte.gz", "wb") as file:
            file.write(bytes(8) + bytes(range(count)))
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    assert x_train.shape == (6, 28, 28) and (x_train == 6).all()
    assert x_test.shape == (2, 28, 28) and y_test.tolist() == [0, 1]
    assert y_train.dtype == np.uint8 and len(fashion_mnist.CLASSES) == 10


def test_names():
    with pytest.raises(AttributeError, match="convolutional"):
        datasets.cifar10  # noqa: B018
    with pytest.raises(AttributeError, match="sequences of words"):
        datasets.imdb  # noqa: B018
    with pytest.raises(AttributeError, match="did you mean 'mnist'"):
        datasets.mnits  # noqa: B018
