"""W8: importing, and a whole XOR script, each in a fresh interpreter."""

import math
import os
import subprocess
import sys
import time
from pathlib import Path

from .peers import PEERS
from .processes import REPOSITORY, cores, environment
from .report import Row

TITLE = "Start: fresh interpreters, one thread, files in the page cache"
SCRIPTS = Path(__file__).parent / "scripts"
IMPORT = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


def python(*arguments):
    """(seconds from start to end, the numbers it printed) of a fresh interpreter, pinned."""
    pinned = cores()
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments], cwd=REPOSITORY, env=environment(), text=True, check=True,
        stdout=subprocess.PIPE,
        preexec_fn=(lambda: os.sched_setaffinity(0, pinned)) if pinned else None)
    return time.perf_counter() - start, [float(word) for word in done.stdout.split()]


def importing(peer):
    (seconds,) = python("-c", IMPORT.format(PEERS[peer].imports))[1]
    return seconds


def script(peer):
    seconds, outputs = python(str(SCRIPTS / PEERS[peer].script))
    if len(outputs) != 4 or not all(map(math.isfinite, outputs)):
        raise ValueError(f"the XOR script of {peer} printed {outputs}")
    return seconds


def rows(bench):
    for measure, title, reach in (
            (importing, "W8 import", 0.10),
            (script, "XOR script, 2000 epochs of batch 1", 0.2)):
        first = {peer: measure(peer) for peer in bench.peers}     # also fills the page cache
        seconds = {peer: [first[peer]] if bench.quick else [] for peer in bench.peers}
        for repeat in range(0 if bench.quick else bench.repeats):
            for peer in bench.peers:
                if repeat < 2 or (repeat + 1) * first[peer] < 15:   # slow ones fewer times
                    seconds[peer].append(measure(peer))
        yield Row(title, "s", seconds, reach=reach)
