"""Every differentiable operation, compiled or written with NumPy, under one name each.

``OPS`` maps names to :class:`Op` entries: formula, vector-Jacobian product, shapes, domain and
kinks, which the Tensor methods, the tests, error messages and explanations read.
"""

from autograd_mlp._engine import OPS, Op
from autograd_mlp.ops import (  # noqa: F401  (they list themselves)
    activations,
    compare,
    elementwise,
    reduce,
    shape,
)

globals().update({name: entry.function for name, entry in OPS.items()})

from autograd_mlp.ops import names  # noqa: E402  (made of the operations)

globals().update({name: getattr(names, name) for name in names.__all__})

__all__ = ["OPS", "Op", *dict.fromkeys([*OPS, *names.__all__])]


def __getattr__(name):
    from autograd_mlp._errors import did_you_mean

    raise AttributeError(f"there is no operation {name!r}"
                         + ("" if name.startswith("_") else did_you_mean(name, __all__)))
