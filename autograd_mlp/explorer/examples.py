"""``autograd_mlp explain xor``: one training step of an example, as a page or as text."""

import argparse
import os
import sys
from typing import NamedTuple

import numpy as np

from .. import datasets
from .._errors import did_you_mean
from ..callbacks import Replay
from ..layers import Dense, Input
from ..models import Sequential
from ..optimizers import SGD
from ..random import set_random_seed
from ..utils import to_categorical


class Example(NamedTuple):
    """What there is to explain: data, a model that is not trained yet, and how it is trained."""

    title: str
    x: np.ndarray
    y: np.ndarray
    model: Sequential
    epochs: int         # before the step is explained, unless told otherwise
    batch_size: int     # of training
    shown: int          # samples of the explained step


def xor():
    """Exclusive or with two hidden neurons, as examples/xor.py."""
    x, y = datasets.xor.load_data()
    set_random_seed(1)
    model = Sequential([Input((2,)), Dense(2, activation="sigmoid", name="hidden"),
                        Dense(1, activation="sigmoid", name="output")], name="xor")
    model.compile(loss="mean_squared_error", optimizer=SGD(learning_rate=0.3))
    return Example("Exclusive or", x, y, model, 200, 1, 4)


def pima():
    """Diabetes from eight measurements, as examples/pima.py."""
    x, y = datasets.pima_indians.load_data()
    y = y[:, np.newaxis]        # a column, as the output is: else the drawing begins by reshaping y
    set_random_seed(0)
    model = Sequential([Input((8,)), Dense(12, activation="relu", name="hidden_1"),
                        Dense(8, activation="relu", name="hidden_2"),
                        Dense(1, activation="sigmoid", name="output")], name="pima")
    model.compile(loss="binary_crossentropy", optimizer="adam")
    return Example("Diabetes among Pima women", x, y, model, 10, 10, 10)


def mnist():
    """Handwritten digits, as the first network of examples/mnist.py."""
    (x, labels), _ = datasets.mnist.load_data()
    x = x.reshape(-1, 784).astype(np.float32) / 255
    set_random_seed(0)
    model = Sequential([Input((784,)), Dense(64, activation="relu", name="hidden"),
                        Dense(10, activation="softmax", name="output")], name="mnist")
    model.compile(loss="categorical_crossentropy", optimizer="sgd")
    return Example("Handwritten digits", x, to_categorical(labels), model, 1, 32, 32)


FRAMES = 40     # of the replay: the page of XOR stays below 100 kB
EXAMPLES = {"xor": xor, "pima": pima, "mnist": mnist}


def explain_example(name, epochs=None):
    """Train an example's model a little, and explain one more step of it, beside a replay.

    Parameters
    ----------
    name : {"xor", "pima", "mnist"}
    epochs : int, optional
        0 explains the first step of all.  Default: what the example says (200, 10, 1).

    Returns
    -------
    explanation : Explanation
    epochs : int
        That were trained.
    """
    example = EXAMPLES[name]()
    epochs = example.epochs if epochs is None else epochs
    replay = Replay(max_frames=FRAMES) if epochs else None
    if epochs:
        example.model.fit(example.x, example.y, epochs=epochs, batch_size=example.batch_size,
                          verbose=0, callbacks=[replay])
    x, y = example.x[:example.shown], example.y[:example.shown]
    title = f"{example.title}: one training step after {epochs} epoch{'s' * (epochs != 1)}"
    return example.model.explain(x, y, title=title, replay=replay), epochs


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(2, f"autograd_mlp: {message}\n")


def main(arguments):
    """Do what ``autograd_mlp explain …`` says.

    Raises
    ------
    SystemExit
        With status 2 if the arguments are wrong, 1 if the file cannot be written.
    """
    parser = _Parser(prog="autograd_mlp explain", description=__doc__)
    parser.add_argument("example", help="xor, pima or mnist (the data of the last two is "
                                        "downloaded once)")
    parser.add_argument("-o", "--output", metavar="FILE",
                        help="where the page goes; default: the example's name with .html")
    parser.add_argument("--text", action="store_true", help="print the text, write no page")
    parser.add_argument("--epochs", type=int, metavar="N",
                        help="train so much before; default: xor 200, pima 10, mnist 1")
    parser.add_argument("--open", action="store_true", help="show the page in the browser")
    given = parser.parse_args(arguments)
    if given.example not in EXAMPLES:
        parser.error(f"there is no example {given.example!r}{did_you_mean(given.example, EXAMPLES)}"
                     f" There are {', '.join(EXAMPLES)}; for a model of your own call "
                     "model.explain(x, y)")
    if given.epochs is not None and given.epochs < 0:
        parser.error(f"--epochs must be 0 or more, got {given.epochs}")
    explanation, epochs = explain_example(given.example, given.epochs)
    if given.text:
        print(explanation)
        return
    try:
        path = explanation.save(given.output or f"{given.example}.html")
    except (OSError, ValueError) as error:
        parser.exit(1, f"autograd_mlp: {error}\n")
    print(f"{given.example} after {epochs} epoch{'s' * (epochs != 1)}: {path} "
          f"({os.path.getsize(path) / 1000:.0f} kB)")
    if given.open:
        import webbrowser

        webbrowser.open(path.resolve().as_uri())
