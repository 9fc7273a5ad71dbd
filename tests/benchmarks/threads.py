"""Two threads against one: never slower, and no burden to others when both cores are busy."""

import multiprocessing
import os
import time

from .networks import NETWORKS
from .processes import cores
from .report import Row
from .training import prepare_time

TITLE = "Threads: autograd_mlp with OMP_NUM_THREADS=2 beside 1"
NEVER_SLOWER = 1.03         # but for noise


def prepare(peer, network, quick):
    return prepare_time(peer, NETWORKS[network], quick, seconds=0.3)


def rows(bench):
    if bench.threads < 2:
        return
    workers = {"2 threads": bench.worker("autograd_mlp", threads=2),
               "1 thread": bench.worker("autograd_mlp")}
    for name in ("xor", "pima", "mnist-64", "mnist-512"):
        _, seconds = bench.take_turns(workers, "threads", network=name)
        row = Row(NETWORKS[name].title, "µs", micro(seconds))
        row.reach = NEVER_SLOWER * row.middle["1 thread"]
        yield row
    for name in ("mnist-64", "mnist-512"):
        yield from beside_neighbours(bench, workers, name)


def micro(seconds):
    return {name: [1e6 * s for s in times] for name, times in seconds.items()}


def beside_neighbours(bench, workers, name):
    """Our step, and what is left to others, while another process keeps each core busy."""
    for worker in workers.values():
        worker.ask(table="threads", network=name, quick=bench.quick)
    neighbours = [Neighbour(core) for core in cores(2)]
    try:
        time.sleep(0.1)
        alone = work_done(neighbours, lambda: time.sleep(0.1 if bench.quick else 1))[1]
        seconds, left = ({key: [] for key in workers} for _ in range(2))
        for _ in range(bench.repeats):
            for key, worker in workers.items():
                step, rate = work_done(neighbours, worker.ask)
                seconds[key].append(step)
                left[key].append(100 * rate / alone)
    finally:
        for neighbour in neighbours:
            neighbour.process.terminate()
            neighbour.process.join()
    title = f"{NETWORKS[name].title}, cores busy"
    row = Row(title, "µs", micro(seconds))
    row.reach = NEVER_SLOWER * row.middle["1 thread"]
    yield row
    # Fair shares: of 2 cores, the 2 neighbours get a half beside 2 threads, 3/4 beside one that
    # stays on its core.
    yield Row(f"{title}: left to them", "%", left, more_is_better=True, reach=45,
              note=f"fair: 50 beside 2 threads, 75 beside 1; worst {min(left['2 threads']):.0f}")


class Neighbour:
    """A process that keeps one core busy, and counts."""

    def __init__(self, core):
        self.count = multiprocessing.Value("Q", 0, lock=False)
        self.process = multiprocessing.Process(target=burn, args=(self.count, core), daemon=True)
        self.process.start()


def burn(count, core):
    os.sched_setaffinity(0, {core})
    while True:
        for _ in range(1000):
            pass
        count.value += 1


def work_done(neighbours, f):
    """What f() returns, and what the neighbours counted per second meanwhile."""
    before, start = [n.count.value for n in neighbours], time.perf_counter()
    result = f()
    took = time.perf_counter() - start
    return result, sum(n.count.value - b for n, b in zip(neighbours, before, strict=True)) / took
