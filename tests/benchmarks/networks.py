"""The networks that are timed: one entry each, from which every peer builds its training."""

from dataclasses import dataclass, field
from functools import cache

import numpy as np


@dataclass(frozen=True)
class Network:
    """A training: what to build, how to learn, and how fast it should be."""

    title: str
    sizes: tuple                # neurons: inputs, hidden layers, outputs
    hidden: str                 # activations: of the hidden layers,
    output: str                 # of the last one
    loss: str                   # Keras's name
    optimizer: str              # sgd, adam or rmsprop with Keras's defaults but for ...
    learning_rate: float
    batch_size: int
    data: callable              # data(quick) → x, y as float32, and whether they are the real data
    accuracy: bool = True       # keep it as a metric
    start: float = 1.0          # size of the first weights, in those of Glorot & Bengio 2010
    most_epochs: int = 1        # in one timed training
    reach: dict = field(default_factory=dict)   # threads → time of a step to reach, in µs

    def weights(self):
        """Weights and biases for every layer, the same at each call."""
        random, weights = np.random.default_rng(2), []
        for i, o in zip(self.sizes, self.sizes[1:], strict=False):
            limit = self.start * (6 / (i + o)) ** 0.5
            weights += [random.uniform(-limit, limit, (i, o)).astype("float32"),
                        np.zeros(o, "float32")]
        return weights


@cache
def xor(quick):
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
    return x, np.logical_xor(x[:, :1], x[:, 1:]).astype("float32"), True


@cache
def pima(quick):
    from autograd_mlp import datasets
    try:
        x, y = datasets.pima_indians.load_data()
        return x.astype("float32"), y.astype("float32")[:, None], True
    except OSError:
        x = np.random.default_rng(0).random((768, 8), dtype="float32")
        return x, np.round(x[:, :1]), False


@cache
def line(quick):
    x = np.arange(1, 11, dtype="float32")[:, None]
    return x, x, True


@cache
def mnist(quick):
    from autograd_mlp import datasets
    try:
        if quick:
            raise OSError("not worth loading")
        (pixels, labels), real = datasets.mnist.load_data()[0], True
    except OSError:
        random = np.random.default_rng(0)
        samples = 1000 if quick else 60_000
        pixels, real = random.integers(0, 256, (samples, 784), dtype="uint8"), False
        labels = pixels[:, 0] % 10
    # written in place: W6 measures memory, and what is freed here would hide some of it
    x = np.empty((len(pixels), 784), "float32")
    np.divide(pixels.reshape(-1, 784), np.float32(255), out=x)
    return x, np.eye(10, dtype="float32")[labels], real


NETWORKS = {
    "xor": Network(
        "W1 XOR 2-2-1, SGD", (2, 2, 1), "sigmoid", "sigmoid", "mean_squared_error", "sgd", 0.3, 1,
        xor, accuracy=False, most_epochs=100_000, reach={1: 0.07}),
    "pima": Network(
        "W2 Pima 8-12-8-1, Adam", (8, 12, 8, 1), "relu", "sigmoid", "binary_crossentropy",
        "adam", 0.001, 10, pima, most_epochs=3000, reach={1: 0.8},
        start=0.1),     # the data are not scaled: else the sigmoid saturates, 1 − p is all rounding
    "mnist-64": Network(
        "W3 MNIST 784-64-10, SGD", (784, 64, 10), "relu", "softmax", "categorical_crossentropy",
        "sgd", 0.01, 32, mnist, reach={1: 32, 2: 24}),
    "mnist-512": Network(
        "W4 MNIST 784-512-10, RMSprop", (784, 512, 10), "relu", "sigmoid", "mean_squared_error",
        "rmsprop", 0.001, 128, mnist, reach={1: 880, 2: 470}),
    "line": Network(
        "W5 line 1-16-32-1, Adam", (1, 16, 32, 1), "linear", "linear", "mean_squared_error",
        "adam", 0.001, 1, line, accuracy=False, most_epochs=50_000, reach={1: 0.5}),
    "full-batch": Network(
        "W6 W4's network", (784, 512, 10), "relu", "sigmoid", "mean_squared_error",
        "rmsprop", 0.001, 60_000, mnist, reach={2: 220_000}),
}


def grown(width=64, depth=1, batch=32):
    """A network of 64 inputs, `depth` hidden layers of `width` and 10 outputs, on random data."""
    @cache
    def data(quick):
        random = np.random.default_rng(0)
        samples = batch * (2 if quick or batch > 10_000 else 10)
        x = random.standard_normal((samples, 64), dtype="float32")
        return x, np.eye(10, dtype="float32")[random.integers(0, 10, samples)], True

    return Network(f"64-{depth}×{width}-10", (64, *[width] * depth, 10), "relu", "softmax",
                   "categorical_crossentropy", "sgd", 0.01, batch, data, accuracy=False,
                   most_epochs=10_000)
