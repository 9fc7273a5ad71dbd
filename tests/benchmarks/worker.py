"""The process of one peer: `python -m tests.benchmarks.worker PEER CORES`, started by the runner.

Reads requests from standard input and answers each with a line, both JSON.  A request with a
``table`` prepares a measurement; an empty one measures once.
"""

import json
import os
import sys
from importlib import import_module

from .peers import PEERS


def main():
    name, pinned = sys.argv[1:]
    if pinned:
        os.sched_setaffinity(0, [int(core) for core in pinned.split(",")])
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)               # what libraries print is no answer
    peer = import_module(f".{PEERS[name].module}", __package__)
    measure = None
    for line in sys.stdin:
        request = json.loads(line)
        if "table" in request:
            measure = None      # frees what the last one held
            table = import_module(f".{request.pop('table')}", __package__)
            reply, measure = table.prepare(peer, **request) or (None, None)
        else:
            reply = measure()
        print(json.dumps(reply, default=float), file=replies, flush=True)


main()
