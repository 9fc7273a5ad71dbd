"""Finding, downloading and checking the files of data sets."""

import numpy as np

from ..utils import download
from ..utils.files import get_file

KERAS_DATA = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


class DatasetError(OSError):
    """A data set could be neither found nor downloaded, or is not what it should be."""


def folders():
    """Return the folders in which files are looked up, first choice first."""
    return [home / "datasets" for home in download.homes()]


def load(file_name, url, sha256, read):
    """Return the arrays of a data set, from a file that is there or from a download.

    Parameters
    ----------
    file_name : str
        Name in one of the `folders`; an absolute path is taken as it is.
    url : str
        Where it is downloaded from.
    sha256 : str
        What `content_sha256` of the arrays must be.
    read : callable
        Takes a path, returns a dict of arrays.

    Raises
    ------
    DatasetError
        An OSError: the file is nowhere and the download fails, or the content is not the expected
        one. A downloaded file with wrong content is not kept.
    """
    for folder in folders():
        path = folder / file_name
        if path.is_file():
            return _read_and_check(path, sha256, read, _advice_for_file(path, url))
    return _download(folders()[0] / file_name, url, sha256, read)


def content_sha256(arrays):
    """Return the SHA-256 of arrays: of their names, types, shapes and little-endian values.

    It does not depend on how a file packs them, so the same data hash the same when they are
    compressed anew.

    Examples
    --------
    >>> import numpy as np
    >>> content_sha256({"x": np.arange(3, dtype="uint8")})[:16]
    'b4c7ad3922223fbc'
    """
    import hashlib

    digest = hashlib.sha256()
    for name in sorted(arrays):
        values = arrays[name]
        values = values.astype(values.dtype.newbyteorder("<"), order="C", copy=False)
        digest.update(f"{name} {values.dtype.str} {values.shape}\n".encode())
        digest.update(values.data)
    return digest.hexdigest()


def _read_and_check(path, sha256, read, advice):
    try:
        arrays = read(path)
    except Exception as error:  # whatever a reader says about a torn file
        raise DatasetError(f"{path} cannot be read ({error}). {advice}") from error
    found = content_sha256(arrays)
    if found != sha256:
        raise DatasetError(
            f"{path} does not hold the expected data: the SHA-256 of its arrays is {found}, "
            f"expected {sha256}. {advice}"
        )
    return arrays


def _advice_for_file(path, url):
    return f"Delete it, then it is downloaded again from {url}."


def _download(path, url, sha256, read):
    advice = f"Put the file from {url} there by hand as {path}."

    def check(part):
        try:
            return _read_and_check(part, sha256, read, f"Nothing was kept. {advice}")
        except DatasetError as error:
            raise DatasetError(str(error).replace(str(part), url)) from error.__cause__

    try:
        return download.fetch(url, path, check)
    except DatasetError:
        raise
    except OSError as error:
        looked = ", ".join(str(folder) for folder in folders())
        raise DatasetError(
            f"{path.name} is in none of the folders {looked}, and downloading it from {url} "
            f"to {path.parent} failed: {error}. {advice}"
        ) from error


def housing(path, name, sha256):
    """The arrays x and y of a file that Keras's authors offer."""
    with np.load(get_file(path, KERAS_DATA + name, file_hash=sha256), allow_pickle=False) as file:
        return file["x"], file["y"]


def shuffled_split(x, y, test_split, seed):
    """(x_train, y_train), (x_test, y_test) in the order that Keras draws from a seed."""
    if not 0 <= test_split < 1:
        raise ValueError(f"test_split must be at least 0 and below 1, got {test_split!r}")
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)  # noqa: NPY002 - Keras's order
    at = int(len(x) * (1 - test_split))
    return (x[order[:at]], y[order[:at]]), (x[order[at:]], y[order[at:]])
