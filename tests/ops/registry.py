"""Where the strategies of cases are listed, one per operation."""

import functools
import math

import numpy as np
from hypothesis import strategies as st

from autograd_mlp.ops import OPS

CASES = {}


def of(*names):
    """Register a composite strategy `f(draw, name, dtype)` for these operations."""

    def register(function):
        strategy = st.composite(function)
        CASES.update({name: strategy for name in names})
        return strategy

    return register


@functools.cache
def cases(name, dtype=np.float64):
    """Cases of the operation `name`, their float inputs of this dtype."""
    return CASES[name](name, dtype)


def size_of(*arrays):
    return float(math.prod(np.max(np.abs(x), initial=0) for x in arrays))


def inside_domain(name, low=-8.0, high=8.0, margin=2**-6):
    """[low, high], or the part of it that the operation's entry says it is defined on."""
    from_, to = OPS[name].domain or (None, None)
    return (low if from_ is None else max(low, from_ + margin)), (
        high if to is None else min(high, to - margin)
    )
