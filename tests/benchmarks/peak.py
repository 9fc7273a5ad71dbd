"""The FMA peak of a core: what matmul and all targets are compared with."""

from .timing import seconds_of


def prepare(peer, dtype, quick):
    return peak(peer, dtype), None


def peak(peer, dtype):
    """GFLOP/s, the best of several short measurements: it is the most that the core can do."""
    flops = peer.fma_peak(dtype, 50_000)
    return 1e-9 * flops / min(seconds_of(peer.fma_peak, dtype, 50_000) for _ in range(9))
