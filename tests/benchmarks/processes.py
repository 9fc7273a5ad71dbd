"""One process per peer and number of threads: they take turns, so that no two run at once.

Each peer has its own process because runtimes disturb each other: two OpenMP libraries in one
process share settings and cores, and a BLAS thread that waits by spinning slows its neighbour.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = REPOSITORY.parent / "shared"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
           "VECLIB_MAXIMUM_THREADS")
# The first two make OpenBLAS run old kernels, the last lets every start compile all of our Python.
UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE")


def environment(threads=1, **others):
    """The environment of a process that measures."""
    wanted = {name: value for name, value in os.environ.items() if name not in UNSET}
    wanted |= dict.fromkeys(THREADS, str(threads)) | {"KERAS_BACKEND": "jax"} | others
    wanted["PYTHONPATH"] = os.pathsep.join(
        [str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])])
    if (SHARED / "datasets").is_dir():
        wanted.setdefault("AUTOGRAD_MLP_HOME", str(SHARED))
    return wanted


def cores(threads=1):
    """The last cores that this process may run on, as many as threads; None if nobody can say."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    return sorted(os.sched_getaffinity(0))[-threads:]


class Worker:
    """A process that has one peer loaded and does what it is asked for."""

    def __init__(self, peer, threads=1, **others):
        self.peer = peer
        pinned = ",".join(map(str, cores(threads) or ()))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.worker", peer, pinned], cwd=REPOSITORY,
            env=environment(threads, **others), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        reply = self.process.stdout.readline()
        if not reply:
            raise RuntimeError(f"the process of {self.peer} ended; asked for {request}")
        return json.loads(reply)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Bench:
    """What all tables share: the options, the peers that are there, and their processes."""

    def __init__(self, peers, repeats=5, quick=False):
        self.peers, self.quick, self.repeats = peers, quick, 1 if quick else repeats
        self.threads = 2 if cores(2) is None else len(cores(2))     # at most, in one process
        self.workers = {}

    def worker(self, peer, threads=1, **others):
        key = peer, threads, *others.items()
        if key not in self.workers:
            self.workers[key] = Worker(peer, threads, **others)
        return self.workers[key]

    def measure(self, table, peers, threads=1, seconds=12, others=None, **arguments):
        """Let peers measure the same thing, in turns.

        Parameters
        ----------
        table : str
            Module whose ``prepare(peer, **arguments)`` a worker calls: it returns something for
            the runner to check, and a function that measures once; None if the peer cannot.
        peers : iterable of str
            Those that are not installed are left out.
        others : dict
            More environment variables of the processes.

        Returns
        -------
        prepared, measured : dict
            By peer: what `prepare` returned, and a list of what its function returned.
        """
        workers = {peer: self.worker(peer, threads, **(others or {}))
                   for peer in peers if peer in self.peers}
        return self.take_turns(workers, table, seconds, rest=0.1 if threads > 1 else 0, **arguments)

    def take_turns(self, workers, table, seconds=12, rest=0, **arguments):
        """The same of a dict of any workers.

        Parameters
        ----------
        seconds : float
            Begin no further round after this time, but do three.
        rest : float
            Seconds before each turn: threads of the one before may still be spinning.
        """
        prepared = {name: worker.ask(table=table, quick=self.quick, **arguments)
                    for name, worker in workers.items()}
        prepared = {name: reply for name, reply in prepared.items() if reply is not None}
        measured = {name: [] for name in prepared}
        start = time.monotonic()
        for done in range(self.repeats):
            if done >= 3 and time.monotonic() - start > seconds:
                break
            for name in measured:
                time.sleep(rest)
                measured[name].append(workers[name].ask())
        return prepared, measured

    def peak(self, dtype="float32", threads=1, **others):
        """The FMA peak of a core in GFLOP/s, measured now."""
        worker = self.worker("autograd_mlp", threads, **others)
        return worker.ask(table="peak", quick=self.quick, dtype=dtype)

    def close(self, but=()):
        """End the processes of the peers."""
        for key in [key for key in self.workers if key[0] not in but]:
            self.workers.pop(key).close()
