"""What the property tests draw: shapes, dtypes, values, memory layouts.

Shapes and flags come from Hypothesis, so that they shrink. Values come from a NumPy generator whose
seed is drawn: a thousand elements cost one draw. Sides are 0, 1 and the neighbours of the block
sizes of the kernels (4, 8 or 16 lanes, tiles of a few vectors), where loops change over to tails.
"""

import functools
import math

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

BLOCK_SIDES = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49)
SMALL_SIDES = (1, 2, 3)

float_dtypes = st.sampled_from([np.float64, np.float32])
seeds = st.integers(0, 2**32 - 1)

RECIPES = st.tuples(  # of `values`: seed, coarse, layout in memory
    seeds,
    st.sampled_from((False, False, False, True)),
    st.sampled_from(("C order", "C order", "read-only", "Fortran order", "strided", "reversed")),
)

# For tests of what hardly depends on the numbers drawn.
fewer = settings(max_examples=max(4, settings().max_examples // 3))


@functools.cache  # one strategy per set of arguments: making them costs more than drawing
@st.composite
def sides(draw, min_side=0):
    """One side of an array. In half of the examples all sides are small."""
    all_small = draw(st.shared(st.booleans(), key="all sides are small"))
    choice = SMALL_SIDES if all_small else BLOCK_SIDES
    return draw(st.sampled_from(choice if min_side else (*choice, 0)))


@functools.cache
@st.composite
def shapes(draw, min_dims=0, max_dims=3, min_side=0, max_size=2500):
    """A shape of at most `max_size` elements; sides that would exceed it become 1."""
    shape = []
    for _ in range(draw(st.integers(min_dims, max_dims))):
        side = draw(sides(min_side))
        shape.append(side if side * math.prod(shape) <= max_size else 1)
    return tuple(shape)


@functools.cache
@st.composite
def broadcastable_shapes(draw, count=2, max_dims=3, min_side=0, max_size=2500):
    """`count` shapes that broadcast together: leading sides left out, sides replaced by 1."""
    full = draw(shapes(max_dims=max_dims, min_side=min_side, max_size=max_size))
    drawn = []
    for _ in range(count):
        kept = full[draw(st.integers(0, len(full))) :]
        drawn.append(tuple(draw(st.sampled_from((side, 1))) for side in kept))
    return tuple(drawn)


@functools.cache
@st.composite
def axes(draw, ndim):
    """An `axis` argument of a reduction: None, one axis (maybe negative) or a tuple of several."""
    if ndim == 0:
        return None
    one = st.integers(-ndim, ndim - 1)
    several = st.lists(one, min_size=1, max_size=ndim, unique_by=lambda a: a % ndim).map(tuple)
    return draw(st.none() | one | several)


@st.composite
def values(draw, shape, dtype=np.float64, low=-3.0, high=3.0, either_sign=False):
    """An array of `shape` with entries in [low, high], or in ±[low, high] with `either_sign`.

    The entries are exact in float32, so both dtypes can be given the same numbers. Some draws are
    coarse, multiples of 1/2: then ties, zeros and kinks are hit exactly.
    """
    seed, coarse, layout = draw(RECIPES)
    rng = np.random.default_rng(seed)
    x = rng.uniform(low, high, shape)
    if coarse:
        x = np.clip(np.round(x * 2) / 2, low, high)
    if either_sign:
        x = np.where(rng.random(shape) < 0.5, -x, x)
    return laid_out(np.asarray(x, dtype=np.float32).astype(dtype), layout)


def laid_out(x, layout):
    """The same numbers in other memory."""
    if layout == "Fortran order":
        return np.array(x, order="F")
    if layout == "strided" and x.ndim:
        wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), x.dtype)
        wide[..., ::2] = x
        return wide[..., ::2]
    if layout == "reversed" and x.ndim:
        return np.ascontiguousarray(x[::-1])[::-1]
    if layout == "read-only":
        x = x.copy()
        x.flags.writeable = False
    return x


@st.composite
def integers(draw, shape, count):
    """Integers in [0, count), as class labels or row numbers; 0 and count - 1 are likely."""
    x = np.random.default_rng(draw(seeds)).integers(0, count, shape)
    if x.size:
        x.flat[0], x.flat[-1] = draw(st.sampled_from(((x.flat[0], count - 1), (0, x.flat[-1]))))
    return x.astype(draw(st.sampled_from((np.int64, np.int32))))


@functools.cache
@st.composite
def one_hot_rows(draw, shape):
    """Rows with a single 1, of shape (..., C), in float64."""
    labels = draw(integers(shape[:-1], shape[-1]))
    return (labels[..., None] == np.arange(shape[-1])).astype(np.float64)


@functools.cache
@st.composite
def permutations_of(draw, ndim):
    """An `axes` argument of transpose, negative axes included."""
    order = draw(st.permutations(range(ndim)))
    return tuple(axis - ndim if draw(st.booleans()) else axis for axis in order)


@st.composite
def indices(draw, shape):
    """A basic or advanced index into an array of `shape` (one dimension or more, none empty)."""
    kind = draw(st.sampled_from(("basic", "rows", "mask")))
    if kind == "rows":
        rows = draw(st.lists(st.integers(-shape[0], shape[0] - 1), min_size=1, max_size=6))
        return np.array(rows)
    if kind == "mask":
        return np.random.default_rng(draw(seeds)).random(shape) < 0.5
    parts = []
    for side in shape[: draw(st.integers(1, len(shape)))]:
        parts.append(draw(st.integers(-side, side - 1) | st.slices(side)))
    return tuple(parts) if draw(st.booleans()) or len(parts) > 1 else parts[0]
