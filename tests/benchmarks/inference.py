"""W7: predicting many samples, and one."""

import numpy as np

from .networks import NETWORKS
from .report import Row
from .timing import loop, per_call

TITLE = "Inference on W4's network, one thread"

# what to measure, title, unit, its size in seconds, what to reach
ROWS = [
    ("predict", "W7 predict 10,000 digits, batch 32", "ms", 1e-3, 35),
    ("call", "one sample, model(x), tensor to tensor", "µs", 1e-6, 8),
    ("call_on_array", "one sample, predict(x), NumPy to NumPy", "µs", 1e-6, 25),
]


def prepare(peer, what, quick):
    """Some of the outputs, and a function that measures seconds."""
    network = NETWORKS["mnist-512"]
    x = network.data(quick)[0][: 10_000 if what == "predict" else 1]
    training = peer.Training(network)
    f = (lambda: training.predict(x)) if what == "predict" else getattr(training, what)(x)
    return np.asarray(f())[0].tolist(), per_call(loop(f), 0.2, quick)


def rows(bench):
    for what, title, unit, size, reach in ROWS:
        outputs, seconds = bench.measure("inference", bench.peers, what=what)
        for peer, output in outputs.items():
            if not np.allclose(output, outputs["autograd_mlp"], rtol=1e-3):
                raise ValueError(f"{title}: {peer} predicts something else")
        yield Row(title, unit, {peer: [s / size for s in times] for peer, times in seconds.items()},
                  reach=reach, by_clock=True)
