"""Elementwise functions that no layer needs in a training step: written with NumPy."""

import numpy as np

from autograd_mlp.ops.rule import operation


@operation("unary", formula="y = sin u", vjp="du = dy · cos u")
def sin(x):
    """The sine of x in radians."""
    return np.sin(x), lambda dy: dy * np.cos(x)


@operation("unary", formula="y = cos u", vjp="du = −dy · sin u")
def cos(x):
    """The cosine of x in radians."""
    return np.cos(x), lambda dy: -dy * np.sin(x)
