"""What the progress bar costs: an epoch of fit with verbose=1 beside verbose=0."""

import os
from contextlib import redirect_stdout
from statistics import median

from .networks import NETWORKS
from .report import Row
from .timing import seconds_of

TITLE = "Progress bar: autograd_mlp, time of an epoch, standard output thrown away"


def prepare(peer, network, terminal, quick):
    """A function that measures seconds of a fit with the bar and of one without."""
    network = NETWORKS[network]
    x, y, _ = network.data(quick)
    training = peer.Training(network)
    stream = open(os.devnull, "w")      # noqa: SIM115  (lives as long as the measurement)
    stream = Terminal(stream) if terminal else stream
    epochs = 1 if quick or len(x) > 10_000 else 100

    order = [1, 0]

    def measure():
        order.reverse()         # so that neither always comes first
        with redirect_stdout(stream):
            took = {verbose: seconds_of(training.train, x, y, epochs, True, verbose) / epochs
                    for verbose in order}
        return [took[1], took[0]]

    measure()
    return {}, measure


class Terminal:
    """A stream that says of itself that it is a terminal: the bar is then written over and over."""

    encoding = "utf-8"

    def __init__(self, stream):
        self.write, self.flush = stream.write, stream.flush

    def isatty(self):
        return True


def rows(bench):
    worker = {"": bench.worker("autograd_mlp")}
    for name in ("pima", "mnist-64"):
        for terminal in (True, False):
            pairs = []
            for _ in range(1 if bench.quick else 3):    # one per cent needs many repeats
                pairs += bench.take_turns(worker, "progress", seconds=6, network=name,
                                          terminal=terminal)[1][""]
            row = Row(f"{NETWORKS[name].title}, {'a terminal' if terminal else 'a file'}", "ms",
                      {"verbose=1": [1e3 * shown for shown, _ in pairs],
                       "verbose=0": [1e3 * silent for _, silent in pairs]})
            row.reach = 1.01 * row.middle["verbose=0"]
            row.note = f"costs {100 * median(shown / silent - 1 for shown, silent in pairs):+.1f} %"
            yield row
