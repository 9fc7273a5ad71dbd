"""Activations and their gradients, in nanoseconds per element of float32, one thread."""

from statistics import median

import numpy as np

from .report import Row
from .timing import per_call

TITLE = "Activations and their gradients: ns per element, float32, one thread"

# name, elements of a row (None: no rows), and what the forward pass is to reach, in ns per element
ACTIVATIONS = [
    ("exp", None, 0.31), ("sigmoid", None, 0.20), ("tanh", None, 0.15), ("selu", None, 0.78),
    ("softplus", None, 1.0), ("softmax", 10, 6.2), ("softmax", 1000, 0.41), ("relu", None, None),
]
RELU = {16_000: 0.04, 1_000_000: 0.08}      # bound by memory, so by size


def prepare(peer, name, size, columns, backward, quick):
    if not hasattr(peer, "activation"):
        return None
    random = np.random.default_rng(0)
    shape = (size,) if columns is None else (size // columns, columns)
    x, dy = (random.standard_normal(shape, dtype="float32") for _ in range(2))
    forward, back, y, dx = peer.activation(name, x, dy)
    measure = per_call(back if backward else forward, 0.02, quick)
    result = (dx if backward else y).astype("float64")
    return [float(np.sum(result**2)), float(np.vdot(result, dy))], measure


def rows(bench):
    for size in (16_000, 1_000_000):
        _, seconds = bench.measure("activations", ("NumPy",), name="copy", size=size, columns=None,
                                   backward=False)
        copies = [1e9 * median(times) / size for times in seconds.values()]
        for name, columns, reach in ACTIVATIONS:
            reach = RELU[size] if name == "relu" else reach
            for backward in (False, True):
                title = name if columns is None else f"{name}, rows of {columns}"
                sums, seconds = bench.measure("activations", bench.peers, name=name, size=size,
                                              columns=columns, backward=backward)
                ours = sums["autograd_mlp"]
                for peer, other in sums.items():
                    if not np.allclose(other, ours, rtol=1e-4):
                        raise ValueError(f"{title}: {peer} has another result than we have")
                yield Row(
                    f"{title}{' gradient' if backward else ''}, {size:,}", "ns",
                    {peer: [1e9 * s / size for s in times] for peer, times in seconds.items()},
                    reach=None if backward else reach,
                    by_clock=name != "relu",
                    note="".join(f"np.copyto takes {copy:.3f}" for copy in copies
                                 if name == "relu"))
