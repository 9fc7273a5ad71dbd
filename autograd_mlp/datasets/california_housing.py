"""Prices of houses in California in 1990: 20,640 districts with eight numbers each."""

from . import _files

SHA256 = "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"


def load_data(version="large", path="california_housing.npz", test_split=0.2, seed=113):
    """Return the California housing data; downloaded if they are not there.

    Parameters
    ----------
    version : {"large", "small"}
        All, or the first 600 districts.
    path, test_split, seed
        As in `boston_housing.load_data`.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        `x`: float32 of shape (B, 8). `y`: float32 of shape (B,), in dollars.

    Raises
    ------
    ValueError
        For another `version`, or a `test_split` outside of [0, 1).
    OSError
        If the file is nowhere and cannot be downloaded.
    """
    if version not in ("large", "small"):
        raise ValueError(f"california_housing: version must be 'large' or 'small', got {version!r}")
    x, y = _files.housing(path, "california_housing.npz", SHA256)
    if version == "small":
        x, y = x[:600], y[:600]
    return _files.shuffled_split(x, y, test_split, seed)
