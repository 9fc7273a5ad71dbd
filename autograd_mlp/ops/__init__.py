"""Every differentiable operation, compiled or written with NumPy, under one name each.

``OPS`` maps names to :class:`Op` entries: formula, vector-Jacobian product, shapes, domain and
kinks, which the Tensor methods, the tests, error messages and explanations read.
"""

from autograd_mlp._engine import OPS, Op
from autograd_mlp.ops import (  # noqa: F401  (they list themselves)
    activations,
    compare,
    reduce,
    shape,
)

globals().update({name: entry.function for name, entry in OPS.items()})

__all__ = ["OPS", "Op", *OPS]


def __getattr__(name):
    from autograd_mlp._errors import did_you_mean

    raise AttributeError(f"there is no operation {name!r}"
                         + ("" if name.startswith("_") else did_you_mean(name, OPS)))
