"""Handwritten digits: 60,000 images to train on and 10,000 to test on, 28 × 28 grey values."""

import numpy as np

from . import _files

URL = f"{_files.KERAS_DATA}mnist.npz"
SHA256 = "8fc8fc4f0343f34ece1fcfdfb65f0801fac48030ce7c70e62bbb62f64ee2e65b"
_ARRAYS = ("x_train", "y_train", "x_test", "y_test")


def load_data(path="mnist.npz"):
    """Return the MNIST digits.

    Parameters
    ----------
    path : str
        Name of the file in the folder of data sets (see `autograd_mlp.datasets`), or an absolute
        path. It is downloaded (11 MB) if it is not there.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        `x`: uint8 of shape (B, 28, 28), 0 is background, 255 ink. `y`: uint8 of shape (B,), the
        digit.

    Raises
    ------
    OSError
        If the file is nowhere and cannot be downloaded, or holds other data.

    References
    ----------
    LeCun, Cortes & Burges, "The MNIST database of handwritten digits". The images may be used
    under the terms of Creative Commons Attribution-Share Alike 3.0.
    """
    arrays = _files.load(path, URL, SHA256, _read)
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def _read(path):
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in _ARRAYS}
