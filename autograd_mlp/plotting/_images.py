"""When a row of numbers is an image."""

import math


def image_shape_of(shape, image_shape="auto"):
    """Return (height, width) of samples of this shape, or None if they are no images.

    Parameters
    ----------
    shape : tuple of int
        Of one sample, or of what goes into one unit.
    image_shape : (int, int), None or "auto"
        What the user said. By default (h, w) and (h, w, 1) are images, and a square number of
        values from 64 on: 8 × 8 digits, 28 × 28 ones.

    Raises
    ------
    ValueError
        If it does not have as many values.

    Examples
    --------
    >>> image_shape_of((784,)), image_shape_of((8,)), image_shape_of((8,), (2, 4))
    ((28, 28), None, (2, 4))
    """
    size = math.prod(shape)
    if image_shape is None:
        return None
    if image_shape != "auto":
        found = tuple(int(n) for n in image_shape)
        if len(found) != 2 or math.prod(found) != size:
            raise ValueError(f"image_shape must be (height, width) with {size} values in all, got "
                             f"{tuple(image_shape)}")
        return found
    if len(shape) == 2 or len(shape) == 3 and shape[2] == 1:
        return tuple(shape[:2])
    side = math.isqrt(size)
    return (side, side) if len(shape) == 1 and size >= 64 and side * side == size else None
