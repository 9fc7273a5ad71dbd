"""W7: predicting many samples, and one."""

import numpy as np

from .networks import NETWORKS
from .report import Row
from .timing import loop, per_call

TITLE = "Inference, one thread: 10,000 samples, one sample"

# what to measure, network, title, unit, its size in seconds, what to reach.  W4's weights (1.6 MB)
# do not fit L2: one sample takes the time to read them.  W2 shows what a call costs.
ROWS = [("predict", "mnist-512", "W7 predict 10,000 digits, W4, batch 32", "ms", 1e-3, 35)] + [
    (what, network, f"{short}, {title}", "µs", 1e-6, reach)
    for short, network in (("W2", "pima"), ("W4", "mnist-512"))
    for what, title, reach in (("call", "model(x), tensor to tensor", 8),
                               ("call_on_array", "predict(x), NumPy to NumPy", 25))]


def prepare(peer, what, network, quick):
    """Some of the outputs, and a function that measures seconds."""
    network = NETWORKS[network]
    x = network.data(quick)[0][: 10_000 if what == "predict" else 1]
    training = peer.Training(network)
    f = (lambda: training.predict(x)) if what == "predict" else getattr(training, what)(x)
    return np.asarray(f())[0].tolist(), per_call(loop(f), 0.2, quick)


def rows(bench):
    for what, network, title, unit, size, reach in ROWS:
        outputs, seconds = bench.measure("inference", bench.peers, what=what, network=network)
        for peer, output in outputs.items():
            if not np.allclose(output, outputs["autograd_mlp"], rtol=1e-3):
                raise ValueError(f"{title}: {peer} predicts something else")
        yield Row(title, unit, {peer: [s / size for s in times] for peer, times in seconds.items()},
                  reach=reach, by_clock=True)
