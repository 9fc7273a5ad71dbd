"""Matrix products, in per cent of what the core's multiply-add units can do at most."""

from statistics import median

import numpy as np

from .peak import peak
from .report import Row
from .timing import loop, per_call

TITLE = "Matmul: % of the core's FMA peak, which is measured in the same turns"

# kind, rows and columns of C, length of the sum; whether 90 % of peak are to be reached
SHAPES = [
    ("a·b", 32, 64, 784, True),
    ("aᵀ·b", 784, 64, 32, True),
    ("a·b", 128, 512, 784, True),
    ("aᵀ·b", 784, 512, 128, True),
    ("a·bᵀ", 128, 784, 512, True),
    ("a·b", 256, 256, 256, True),
    ("a·b", 512, 512, 512, True),
    ("a·b", 1024, 1024, 1024, True),
    ("a·b", 2048, 2048, 2048, True),
    ("a·b", 60_000, 512, 784, True),
    ("a·b", 128, 10, 512, False),
    ("a·b", 1, 64, 784, False),
    ("a·b", 10, 12, 8, False),
    ("a·b", 33, 65, 129, False),
]


# ---- in the process of a peer -----------------------------------------------------------

def aligned(random, rows, columns, dtype):
    """Random numbers in an array that begins at a cache line."""
    bytes_ = np.empty(rows * columns * np.dtype(dtype).itemsize + 64, "uint8")
    start = -bytes_.ctypes.data % 64
    array = bytes_[start : len(bytes_) - 64 + start].view(dtype).reshape(rows, columns)
    array[:] = random.standard_normal((rows, columns), dtype=dtype)
    return array


def prepare(peer, kind, shape, dtype, quick, called=False):
    """How wrong a product is; and a function that measures it, in GFLOP/s beside the peak."""
    if not hasattr(peer, "matmul"):
        return None
    m, n, k = shape
    random = np.random.default_rng(0)
    a = aligned(random, *((k, m) if kind == "aᵀ·b" else (m, k)), dtype)
    b = aligned(random, *((n, k) if kind == "a·bᵀ" else (k, n)), dtype)
    if called:
        call = peer.call_matmul(a, b)
        repeat, found = loop(call), np.asarray(call())
    else:
        repeat, found = peer.matmul(kind, a, b)
    measure = per_call(repeat, 0.03, quick)
    rows = slice(0, 8)
    expected = ((a.T if kind == "aᵀ·b" else a)[rows].astype("float64")
                @ (b.T if kind == "a·bᵀ" else b))
    error = float(np.abs(found[rows] - expected).max() / np.abs(expected).max())
    if not error < 1e-5:
        raise ValueError(f"{peer.__name__}: wrong product, {error:.1e} off: {kind} {shape}")
    flops, ours = 2e-9 * m * n * k, hasattr(peer, "fma_peak")
    return error, lambda: [flops / measure(), peak(peer, dtype) if ours else None]


# ---- in the runner ----------------------------------------------------------------------

def label(kind, shape, dtype, suffix=""):
    m, n, k = shape
    if m == n == k:
        text = f"{m}³"
    else:
        text = f"({m}×{k})({k}×{n})" + {"aᵀ·b": " as xᵀ·dy", "a·bᵀ": " as dy·Wᵀ"}.get(kind, "")
    return f"{text} {dtype}{suffix}"


def rates(bench, peers, kind, shape, dtype, **options):
    """GFLOP/s of each peer and the peak beside, lists with one number for each repeat."""
    _, measured = bench.measure("matmul", peers, kind=kind, shape=shape, dtype=dtype,
                                seconds=6, **options)
    peaks = [peak for _, peak in measured["autograd_mlp"]]
    return {peer: [rate for rate, _ in pairs] for peer, pairs in measured.items()}, peaks


def too_much(bench, shape):
    return bench.quick and np.prod(shape) > 2e8


def percent_row(label, measured, peaks, reach):
    ours, most = median(measured["autograd_mlp"]), median(peaks)
    return Row(label, "%",
               {peer: [100 * rate / most for rate in found] for peer, found in measured.items()},
               reach=reach, more_is_better=True, note=f"ours {ours:.1f} GFLOP/s")


def rows(bench):
    for dtype in ("float32", "float64"):
        for kind, *shape, to_reach in SHAPES:
            if too_much(bench, shape):
                continue
            measured, peaks = rates(bench, bench.peers, kind, shape, dtype)
            yield percent_row(label(kind, shape, dtype), measured, peaks, 90 if to_reach else None)
    for kind, *shape, to_reach in SHAPES:
        if not to_reach:
            measured, peaks = rates(bench, bench.peers, kind, shape, "float32", called=True)
            yield percent_row(label(kind, shape, "float32", ", called"), measured, peaks, None)
    if bench.threads >= 2:
        yield from two_threads(bench)
    yield from avx2(bench)


def two_threads(bench):
    """How many times faster our kernels are on two threads, in turns with one."""
    workers = {threads: bench.worker("autograd_mlp", threads) for threads in (1, 2)}
    for dtype in ("float32", "float64"):
        for kind, *shape, _ in SHAPES:
            if min(shape) < 512 or too_much(bench, shape):
                continue
            _, measured = bench.take_turns(workers, "matmul", 6, rest=0.1, kind=kind, shape=shape,
                                           dtype=dtype)
            pairs = zip(measured[2], measured[1], strict=True)
            yield Row(label(kind, shape, dtype, ", 2 t / 1 t"), "×",
                      {"autograd_mlp": [two / one for (two, _), (one, _) in pairs]},
                      reach=1.85, more_is_better=True)


def avx2(bench):
    """Our kernels for processors without AVX-512, beside the peak of 256-bit units."""
    about = bench.worker("autograd_mlp").ask(table="about", quick=bench.quick)
    if "avx2" not in about["targets"]:
        return
    for dtype in ("float32", "float64"):
        for kind, *shape, to_reach in SHAPES:
            if to_reach and not too_much(bench, shape):
                measured, peaks = rates(bench, ("autograd_mlp",), kind, shape, dtype,
                                        others={"AUTOGRAD_MLP_CPU": "avx2"})
                yield percent_row(label(kind, shape, dtype, ", AVX2"), measured, peaks, 85)
