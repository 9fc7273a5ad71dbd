"""The runner: `python -m tests.benchmarks`; see README.md."""

import argparse
import json
import os
import sys
import time
from pathlib import Path

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
              "VECLIB_MAXIMUM_THREADS")
OLD_KERNELS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
SHARED = Path(__file__).resolve().parents[3] / "shared"


def clean_environment():
    """Start this program anew, before NumPy loads, unless its environment is as it should be."""
    wanted = {name: value for name, value in os.environ.items() if name not in OLD_KERNELS}
    wanted |= dict.fromkeys(ONE_THREAD, "1")
    if (SHARED / "datasets").is_dir():
        wanted.setdefault("AUTOGRAD_MLP_HOME", str(SHARED))
    if wanted != dict(os.environ):
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], wanted)


def same_training(peers, x, y, epochs):
    """Largest relative difference of losses and accuracies from those of the first peer."""
    import numpy as np
    first, *others = peers
    for peer in others:
        peer.set_weights(first.get_weights())
    expected, *found = [peer.train(x, y, epochs, shuffle=False) for peer in peers]
    return max(float(np.max(np.abs(np.divide(history[key], values) - 1)))
               for history in found for key, values in expected.items())


def measure(network, peers, repeats, quick):
    """Seconds per step, a list for each peer; the difference in training; whether data are real."""
    import autograd_mlp
    x, y, real = network.data()
    # A seed with which no sigmoid saturates on the unscaled Pima data: there 1 − p is all rounding.
    autograd_mlp.set_random_seed(2)
    trainings = [peer(network) for peer in peers.values()]
    part = network.batch_size * 20
    difference = same_training(trainings, x[:part], y[:part], epochs=3)
    if not difference <= 1e-3:
        sys.exit(f"{network.title}: the peers do not train alike, losses differ by "
                 f"{difference:.1e}; their times cannot be compared")
    if quick:
        x, y = x[:part], y[:part]
    steps = -(-len(x) // network.batch_size) * network.epochs
    seconds = {name: [] for name in peers}
    for repeat in range(repeats + 1):
        for name, training in zip(peers, trainings, strict=True):
            start = time.perf_counter()
            training.train(x, y, network.epochs)
            if repeat:      # the first is for warming up
                seconds[name].append((time.perf_counter() - start) / steps)
    return seconds, difference, real


def main():
    clean_environment()
    import numpy as np

    import autograd_mlp

    from . import peer_autograd_mlp, peer_numpy
    from .networks import NETWORKS

    peers = {"autograd_mlp": peer_autograd_mlp.Training, "NumPy": peer_numpy.Training}
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("networks", nargs="*", help=f"some of {', '.join(NETWORKS)}; default all")
    parser.add_argument("--repeats", type=int, default=7, help="timed trainings of each")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument("--quick", action="store_true", help="few samples, to see that it works")
    options = parser.parse_args()
    unknown = set(options.networks) - set(NETWORKS)
    if unknown:
        parser.error(f"unknown network {', '.join(unknown)}; there are {', '.join(NETWORKS)}")
    core = None
    if hasattr(os, "sched_setaffinity"):
        core = max(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {core})
    autograd_mlp.show_versions()
    print(f"one thread each, {'not pinned' if core is None else f'pinned to core {core}'}; "
          f"load {os.getloadavg()[0]:.1f}\n")
    print(f"{'time per step':<18}{'batch':>6}" + "".join(f"{name + ' (range), µs':>34}"
                                                         for name in peers)
          + f"{'faster':>10}{'expected':>10}")
    results = []
    for key in options.networks or NETWORKS:
        network = NETWORKS[key]
        seconds, difference, real = measure(network, peers, 1 if options.quick else options.repeats,
                                            options.quick)
        ours, numpy = (float(np.median(times)) for times in seconds.values())
        results.append({"network": key, "seconds_per_step": seconds, "ratio": numpy / ours,
                        "expected": network.minimum, "difference": difference, "real_data": real})
        columns = ""
        for times in seconds.values():
            middle, low, high = (1e6 * f(times) for f in (np.median, min, max))
            columns += f"{f'{middle:.2f} ({low:.2f}–{high:.2f})':>34}"
        print(f"{network.title:<18}{network.batch_size:>6}{columns}"
              f"{f'{numpy / ours:.2f}×':>10}{f'{network.minimum:g}×':>10}"
              + ("" if real else "  random data: the real is not there"), flush=True)
    print(f"\nequal weights, equal order: losses and accuracies agree to "
          f"{max(result['difference'] for result in results):.0e}")
    if options.json:
        options.json.write_text(json.dumps({
            "numpy": np.__version__, "autograd_mlp": autograd_mlp.__version__, "core": core,
            "quick": options.quick, "results": results}, indent=1))


main()
