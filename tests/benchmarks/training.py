"""W1 … W6: time of a training step, and the memory that training on all samples at once takes."""

import sys
import time
from statistics import median

from .networks import NETWORKS
from .processes import Worker
from .report import Row
from .timing import seconds_of

TITLE = "Training: time per step, the whole of fit divided by its steps"
TOLERANCE = 1e-3            # how much losses of peers may differ, relatively


# ---- in the process of a peer -----------------------------------------------------------

def prepare(peer, network, quick, memory=False):
    """A training's history of a few epochs; and a function that trains, for its time per step."""
    return (prepare_memory if memory else prepare_time)(peer, NETWORKS[network], quick)


def prepare_time(peer, network, quick, seconds=0.5):
    x, y, real = network.data(quick)
    training = peer.Training(network)
    part = min(len(x), network.batch_size * 20)
    history = training.train(x[:part], y[:part], 3, shuffle=False)
    if quick:
        x, y = x[:part], y[:part]
    steps = -(-len(x) // network.batch_size)
    epochs, first = 1, seconds_of(training.train, x, y, 1)      # warms up; JAX compiles
    # As many epochs as take about `seconds`, so that what a call costs once is spread.
    while not quick and epochs < network.most_epochs:
        took = seconds_of(training.train, x, y, epochs)
        if took > seconds / 2:
            break
        epochs = min(network.most_epochs, 1 + int(epochs * min(seconds / took, 20)))
        first = seconds_of(training.train, x, y, epochs)

    def measure():
        return seconds_of(training.train, x, y, epochs) / (steps * epochs)

    return {"history": history, "samples": part, "real": real, "steps": steps * epochs,
            "first": first}, measure


def prepare_memory(peer, network, quick):
    """Megabytes that an epoch of training takes at most over what was there before."""
    import resource
    x, y, _ = network.data(quick)
    training = peer.Training(network)
    before = resident()

    def measure():
        training.train(x, y, 2)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before

    return {}, measure


def resident():
    """Megabytes of memory that this process has now."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


# ---- in the runner ----------------------------------------------------------------------

def check_alike(name, prepared):
    """All peers must have learned the same from the same weights.

    Losses may differ by TOLERANCE, accuracies by two samples that lie on the border.
    """
    first, *others = prepared
    expected = prepared[first]["history"]
    border = 2.5 / prepared[first]["samples"]
    for peer in others:
        for key, found in prepared[peer]["history"].items():
            for a, b in zip(found, expected[key], strict=True):
                if not abs(a - b) <= (border if key == "accuracy" else TOLERANCE * b):
                    sys.exit(f"{name}: {peer} and {first} do not train alike, they end epochs with "
                             f"{key} {a:.6g} and {b:.6g}; their times cannot be compared")


def rows(bench):
    for name, network in NETWORKS.items():
        for threads, reach in network.reach.items():
            if threads > bench.threads:
                continue
            yield time_row(bench, name, network, threads, reach)
    if sys.platform == "linux" and bench.threads >= 2:
        yield memory_row(bench)


def time_row(bench, name, network, threads, reach):
    prepared, seconds = bench.measure("training", bench.peers, threads, network=name)
    check_alike(name, prepared)
    unit, per_second = ("ms", 1e3) if reach > 1e4 else ("µs", 1e6)
    notes = [] if prepared["autograd_mlp"]["real"] else ["random data"]
    if "JAX" in prepared:
        jax = prepared["JAX"]
        compiling = jax["first"] - median(seconds["JAX"]) * jax["steps"]
        notes.append(f"JAX compiles {compiling:.2f} s")
    return Row(
        f"{network.title}, batch {network.batch_size:,}, {threads} t", unit,
        {peer: [per_second * s for s in times] for peer, times in seconds.items()},
        reach=reach * per_second / 1e6, by_clock=True, note="; ".join(notes))


def memory_row(bench):
    megabytes = {}
    for peer in bench.peers:
        worker = Worker(peer, threads=2)
        worker.ask(table="training", network="full-batch", quick=bench.quick, memory=True)
        time.sleep(0.1)
        megabytes[peer] = [worker.ask()]
        worker.close()
    return Row("W6 memory over the data", "MB", megabytes, reach=300)
