"""Shapes, and lists and dicts of shapes, which layers of several inputs have."""

from ..backend import standardize_shape


def is_shape(shape):
    """Whether this is one shape, a tuple of int and None."""
    return isinstance(shape, tuple) and all(n is None or isinstance(n, int) for n in shape)


def map_shapes(function, shapes):
    """A function applied to a shape, or to each of a list or dict of them."""
    if is_shape(shapes):
        return function(shapes)
    if isinstance(shapes, dict):
        return {name: map_shapes(function, shape) for name, shape in shapes.items()}
    return type(shapes)([map_shapes(function, shape) for shape in shapes])


def standard_shapes(shape, layer_name):
    """A shape, or a list or dict of shapes, as tuples of int and None."""
    if isinstance(shape, dict):
        return {name: standard_shapes(one, layer_name) for name, one in shape.items()}
    if isinstance(shape, (list, tuple)) and shape and all(
            isinstance(one, (list, tuple, dict)) for one in shape):
        return type(shape)([standard_shapes(one, layer_name) for one in shape])
    return standardize_shape(shape, f"layer '{layer_name}': input_shape")


def as_tuples(shape):
    """What JSON made of a shape."""
    if isinstance(shape, dict):
        return {name: as_tuples(one) for name, one in shape.items()}
    nested = any(isinstance(one, (list, tuple, dict)) for one in shape)
    return [as_tuples(one) for one in shape] if nested else tuple(shape)


def shapes_of(x):
    """The shape of a tensor with None for the batch, or a list or dict of them."""
    if isinstance(x, dict):
        return {name: shapes_of(one) for name, one in x.items()}
    if isinstance(x, (list, tuple)):
        return type(x)([shapes_of(one) for one in x])
    shape = x.shape
    return (None, *shape[1:]) if shape else ()
