"""How the time of a step grows with width, depth and batch: no cliff, and never behind."""

from .networks import grown
from .report import Row
from .training import check_alike, prepare_time

TITLE = "Growth: time per step of 64-(depth × width)-10, SGD, one thread; reach: no peer is faster"
PEERS = ("autograd_mlp", "NumPy", "PyTorch")      # JAX would compile each size for seconds
AXES = {
    "width": (8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096),
    "depth": (1, 2, 5, 10, 20, 50, 100),
    "batch": (1, 4, 16, 64, 256, 1024, 4096, 16_384, 60_000),
}
FIXED = {"width": {"depth": 2}, "depth": {}, "batch": {"width": 128}}     # beside what grows


def prepare(peer, axis, size, quick):
    return prepare_time(peer, grown(**{axis: size}, **FIXED[axis]), quick, seconds=0.1)


def multiply_adds(axis, size):
    """Of the products in one step: forward, and backward to weights and inputs."""
    sizes = {"width": 64, "depth": 1, "batch": 32} | FIXED[axis] | {axis: size}
    width, depth = sizes["width"], sizes["depth"]
    hidden = (depth - 1) * width**2 + 10 * width
    return sizes["batch"] * (2 * 64 * width + 3 * hidden)


def rows(bench):
    for axis, sizes in AXES.items():
        for size in sizes[:2] if bench.quick else sizes:
            prepared, seconds = bench.measure("growth", PEERS, seconds=3, axis=axis, size=size)
            check_alike(axis, prepared)
            micro = {peer: [1e6 * s for s in times] for peer, times in seconds.items()}
            row = Row(f"{axis} {size:,}", "µs", micro)
            row.reach = min((row.middle[peer] for peer in micro if peer != "autograd_mlp"),
                            default=None)
            rate = 2e-3 * multiply_adds(axis, size) / row.middle["autograd_mlp"]
            row.note = f"ours {rate:.1f} GFLOP/s"
            yield row
