"""Prices of houses around Boston in the 1970s: a small, old data set for regression.

One of its columns was made from an assumption about race, for which it is criticised;
`california_housing` has none such.
"""

from . import _files

SHA256 = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"


def load_data(path="boston_housing.npz", test_split=0.2, seed=113):
    """Return the Boston housing data; downloaded if they are not there.

    Parameters
    ----------
    path : str
        Name of the file in the folder of data sets.
    test_split : float in [0, 1)
        Share of the samples that is for testing.
    seed : int
        Of the order in which the samples are drawn, the same as in Keras.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
        `x`: float64 of shape (B, 13). `y`: float64 of shape (B,), in 1000 dollars.

    Raises
    ------
    OSError
        If the file is nowhere and cannot be downloaded.
    """
    return _files.shuffled_split(*_files.housing(path, "boston_housing.npz", SHA256), test_split,
                                 seed)
