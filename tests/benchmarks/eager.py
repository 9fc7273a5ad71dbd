"""A learner's own training loop on bare tensors: forward, backward, update in plain Python."""

import numpy as np

from .networks import NETWORKS
from .report import Row
from .timing import loop, per_call

TITLE = "Eager: a step of a loop written by hand on bare tensors"


def prepare(peer, batch, quick):
    """The losses of some steps, and a function that measures seconds per step."""
    if not hasattr(peer, "eager_step"):
        return None
    network = NETWORKS["xor"]
    x, y, _ = network.data(quick)
    step = peer.eager_step(x[1 : 1 + batch], y[1 : 1 + batch], network.weights(), 0.3)
    losses = [step().item() for _ in range(50)]
    return losses, per_call(loop(step), 0.2, quick)


def rows(bench):
    for batch, reach in ((1, 8), (3, None)):
        losses, seconds = bench.measure("eager", bench.peers, batch=batch)
        for peer, found in losses.items():
            if not np.allclose(found, losses["autograd_mlp"], rtol=1e-3):
                raise ValueError(f"{peer} learns something else in the eager loop")
        yield Row(f"eager XOR 2-2-1, SGD, batch {batch}", "µs",
                  {peer: [1e6 * s for s in times] for peer, times in seconds.items()},
                  reach=reach, by_clock=True)
