"""The four cases of exclusive or, which no network without a hidden layer can learn."""

import numpy as np


def load_data():
    """Return the truth table of exclusive or.

    Returns
    -------
    x : numpy.ndarray of float32, shape (4, 2)
    y : numpy.ndarray of float32, shape (4, 1)

    Examples
    --------
    >>> x, y = load_data()
    >>> for (a, b), (c,) in zip(x, y):
    ...     print(f"{a:.0f} xor {b:.0f} = {c:.0f}")
    0 xor 0 = 0
    0 xor 1 = 1
    1 xor 0 = 1
    1 xor 1 = 0
    """
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
    y = np.array([[0], [1], [1], [0]], dtype=np.float32)
    return x, y
