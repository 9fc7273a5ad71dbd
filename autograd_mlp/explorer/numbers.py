"""How numbers, shapes and arrays are written, in the text and in the page (`number()` there)."""

import math
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

DIGITS = 4
DASH = "–"      # what is not computed yet
MINUS = "−"


def text(x, digits=DIGITS):
    """A number in so many significant digits, with a true minus sign.

    Parameters
    ----------
    x : float, int or None
        None stands for what is not computed yet.
    digits : int, default 4

    Returns
    -------
    str
        Plain from 0.0001 to below 10000, with an exponent outside; without zeros at the end.

    Notes
    -----
    The exact binary value is rounded, a tie away from zero: the script of the page does the same.

    Examples
    --------
    >>> [text(x) for x in (0.5, -0.12345, 1 / 3, 12345.0, -1.5e-7, 0.0, 100)]
    ['0.5', '−0.1235', '0.3333', '1.235e+04', '−1.5e−07', '0', '100']
    >>> text(None), text(float("nan")), text(float("-inf"))
    ('–', 'NaN', '−∞')
    """
    if x is None:
        return DASH
    if isinstance(x, (bool, np.bool_)):
        return "1" if x else "0"
    if isinstance(x, (int, np.integer)):
        return str(int(x)).replace("-", MINUS)
    x = float(x)
    if math.isnan(x):
        return "NaN"
    sign = MINUS if x < 0 else ""
    if math.isinf(x):
        return sign + "∞"
    if x == 0:
        return "0"
    exact = abs(Decimal(x))
    last = exact.adjusted() - digits + 1        # the place of the last digit
    rounded = exact.quantize(Decimal(1).scaleb(last), ROUND_HALF_UP)
    exponent = rounded.adjusted()
    if -4 <= exponent < digits:
        plain = format(rounded, "f")
        return sign + (plain.rstrip("0").rstrip(".") if "." in plain else plain)
    mantissa = format(rounded.scaleb(-exponent), f".{digits - 1}f").rstrip("0").rstrip(".")
    return f"{sign}{mantissa}e{'+' if exponent > 0 else MINUS}{abs(exponent):02d}"


def shape(lengths):
    """A shape as ``[4×2]``; "scalar" for that of one number.

    Examples
    --------
    >>> shape((4, 2)), shape((8,)), shape(())
    ('[4×2]', '[8]', 'scalar')
    """
    return f"[{'×'.join(map(str, lengths))}]" if len(lengths) else "scalar"


FEW = 4         # numbers that are written out even if they are all the same
SMALL = 32      # numbers that an array may have to be written whole
WIDE = 10       # and so many columns
EDGE = 3        # rows and columns of a larger one that are written


def rows(array):
    """An array as lines of text: whole if it is small, else its first numbers and its range.

    Parameters
    ----------
    array : ndarray or None

    Returns
    -------
    list of str

    Examples
    --------
    >>> rows(np.array([[1.0, -0.5], [10.0, 0.25]]))
    ['[  1  −0.5 ]', '[ 10  0.25 ]']
    >>> rows(None)
    ['–']
    """
    if array is None:
        return [DASH]
    array = np.asarray(array)
    if array.ndim == 0:
        return [text(array.item())]
    if array.ndim > 2:
        array = array.reshape(len(array), -1) if len(array) else array.reshape(0, 0)
    table = array.reshape(1, -1) if array.ndim == 1 else array
    if array.size == 0:
        return ["[ ]"]
    if array.size > FEW and (array == array.flat[0]).all():
        return [f"{text(array.flat[0].item())} everywhere"]
    if array.size <= SMALL and table.shape[1] <= WIDE:
        return _rows(table, "")
    height, width = (min(n, EDGE) for n in table.shape)
    lines = _rows(table[:height, :width], "  …" if width < table.shape[1] else "")
    return [*lines, *(["…"] if height < len(table) else []), _range(array)]


def _rows(table, more):
    cells = [[text(x) for x in line] for line in table.tolist()]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [f"[ {'  '.join(map(str.rjust, line, widths))}{more} ]" for line in cells]


def _range(array):
    finite = array[np.isfinite(array)]
    if not finite.size:
        return f"({array.size} numbers, none finite)"
    bad = array.size - finite.size
    return (f"({array.size} numbers from {text(finite.min())} to {text(finite.max())}, mean "
            f"{text(float(finite.mean(dtype=np.float64)))}"
            + (f"; {bad} not finite" if bad else "") + ")")
