"""Pieces of clothing: as many pictures as in MNIST and of the same form, but harder to tell."""

import numpy as np

from ..utils.files import get_file
from . import _files

CLASSES = ("T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker",
           "bag", "ankle boot")


def load_data():
    """Return the Fashion-MNIST pictures; downloaded (30 MB) if they are not there.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        `x`: uint8 of shape (B, 28, 28), B = 60,000 and 10,000. `y`: uint8 of shape (B,), one of
        `CLASSES`.

    Raises
    ------
    OSError
        If a file is nowhere and cannot be downloaded.

    References
    ----------
    Xiao, Rasul & Vollgraf 2017, "Fashion-MNIST: a novel image dataset for benchmarking machine
    learning algorithms". Copyright Zalando SE, MIT licence.
    """
    return tuple((_read(f"{part}-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28),
                  _read(f"{part}-labels-idx1-ubyte.gz", 8)) for part in ("train", "t10k"))


def _read(name, header):
    import gzip

    path = get_file(name, f"{_files.KERAS_DATA}{name}", cache_subdir="datasets/fashion-mnist")
    with gzip.open(path) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)
