"""The networks that are timed: one entry each, from which every peer builds its training."""

from dataclasses import dataclass

import numpy as np

from autograd_mlp import datasets


@dataclass(frozen=True)
class Network:
    """A training: what to build, how to learn, and how long to measure."""

    title: str
    sizes: tuple                # neurons: inputs, hidden layers, outputs
    hidden: str                 # activations: of the hidden layers,
    output: str                 # of the last one
    loss: str                   # Keras's name
    optimizer: str              # sgd, adam or rmsprop with Keras's defaults but for ...
    learning_rate: float
    batch_size: int
    data: callable              # returns x, y as float32, and whether they are the real data
    epochs: int                 # in one timed training
    minimum: float              # how many times faster than NumPy is expected at least
    accuracy: bool = True       # keep it as a metric


def xor():
    return *datasets.xor.load_data(), True


def pima():
    try:
        x, y = datasets.pima_indians.load_data()
        return x.astype("float32"), y.astype("float32")[:, None], True
    except OSError:
        x = np.random.default_rng(0).random((768, 8), dtype="float32")
        return x, np.round(x[:, :1]), False


def mnist():
    try:
        (x, labels), real = datasets.mnist.load_data()[0], True
    except OSError:
        pixels = np.random.default_rng(0).integers(0, 256, (60_000, 784), dtype="uint8")
        x, labels, real = pixels, pixels[:, 0] % 10, False
    return x.reshape(-1, 784).astype("float32") / 255, np.eye(10, dtype="float32")[labels], real


NETWORKS = {
    "xor": Network("XOR 2-2-1", (2, 2, 1), "sigmoid", "sigmoid", "mean_squared_error",
                   "sgd", 0.3, 1, xor, epochs=2000, minimum=30, accuracy=False),
    "pima": Network("Pima 8-12-8-1", (8, 12, 8, 1), "relu", "sigmoid", "binary_crossentropy",
                    "adam", 0.001, 10, pima, epochs=30, minimum=10),
    "mnist-64": Network("MNIST 784-64-10", (784, 64, 10), "relu", "softmax",
                        "categorical_crossentropy", "sgd", 0.01, 32, mnist, epochs=1, minimum=2),
    "mnist-512": Network("MNIST 784-512-10", (784, 512, 10), "relu", "sigmoid",
                         "mean_squared_error", "rmsprop", 0.001, 128, mnist, epochs=1, minimum=1.2),
}
