"""Diabetes among 768 Pima women: eight measurements each, and whether diabetes followed."""

import numpy as np

from . import _files

URL = "https://raw.githubusercontent.com/jbrownlee/Datasets/master/pima-indians-diabetes.data.csv"
SHA256 = "0ad13d43b6d8d6d7e8476a95d8d37fedf6083a3fbead9871c6c8fbd6e12a642f"
FEATURES = (
    "pregnancies",
    "plasma glucose after 2 h",
    "diastolic blood pressure (mm Hg)",
    "triceps skin fold (mm)",
    "serum insulin after 2 h (mu U/ml)",
    "body mass index (kg/m²)",
    "diabetes pedigree function",
    "age (years)",
)


def load_data(path="pima-indians-diabetes.csv"):
    """Return the Pima Indians diabetes data.

    Parameters
    ----------
    path : str
        Name of the file in the folder of data sets (see `autograd_mlp.datasets`), or an absolute
        path. It is downloaded (23 kB) if it is not there.

    Returns
    -------
    x : numpy.ndarray of float64, shape (768, 8)
        One column for each of `FEATURES`. In several columns a 0 means "not measured".
    y : numpy.ndarray of float64, shape (768,)
        1 if diabetes was found within five years (268 women), else 0.

    Both are what ``numpy.loadtxt`` makes of the file, as the tutorials read it.

    Raises
    ------
    OSError
        If the file is nowhere and cannot be downloaded, or holds other data.

    References
    ----------
    Smith et al. 1988, "Using the ADAP learning algorithm to forecast the onset of diabetes
    mellitus".
    """
    arrays = _files.load(path, URL, SHA256, _read)
    return arrays["x"], arrays["y"]


def _read(path):
    table = np.loadtxt(path, delimiter=",", ndmin=2)
    return {"x": np.ascontiguousarray(table[:, :8]), "y": np.ascontiguousarray(table[:, 8])}
