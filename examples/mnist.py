"""Handwritten digits: two networks, three ways of learning, 60,000 images.

You learn what a softmax with cross-entropy does with 50,890 parameters, and how much the place of
one tiny ε in RMSprop matters: inside the root (Keras 3) or outside (Keras before, `legacy`).

Predict: of 100 digits that it has never seen, how many does the small network read after five
passes over the data?  And how does 784-64-10 come to 50,890 parameters?

    python examples/mnist.py [folder]

The data (11 MB) is downloaded once.  The accuracies on the 10,000 test images should be at least
0.93 (softmax), 0.955 (RMSprop) and 0.975 (legacy.RMSprop); it writes mnist.png.
"""

import argparse
from pathlib import Path

import autograd_mlp as keras
from autograd_mlp.plotting import HistoryDisplay, MisclassifiedDisplay

parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder", nargs="?", type=Path, default=".", help="where the picture goes")
folder = parser.parse_args().folder

(x, labels), (x_test, labels_test) = keras.datasets.mnist.load_data()
x, x_test = (a.reshape(-1, 784).astype("float32") / 255 for a in (x, x_test))
y, y_test = (keras.utils.to_categorical(a) for a in (labels, labels_test))


def train(name, hidden, output, loss, optimizer, batch_size):
    """A trained 784-hidden-10 network, and what happened after each epoch."""
    print(f"\n{name}: 784-{hidden}-10 {output}, {loss}, batches of {batch_size}")
    keras.set_random_seed(0)
    model = keras.Sequential([
        keras.Input(shape=(784,)),
        keras.layers.Dense(hidden, activation="relu"),
        keras.layers.Dense(10, activation=output),
    ])
    model.compile(loss=loss, optimizer=optimizer, metrics=["accuracy"])
    history = model.fit(x, y, epochs=5, batch_size=batch_size, validation_data=(x_test, y_test))
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"{name}: test accuracy {accuracy:.4f}")
    return model, history


wide = 512, "sigmoid", "mse"
runs = {name: train(name, *how) for name, *how in [
    ("softmax, SGD", 64, "softmax", "categorical_crossentropy", "sgd", 32),
    ("RMSprop", *wide, keras.optimizers.RMSprop(), 128),
    ("legacy.RMSprop", *wide, keras.optimizers.legacy.RMSprop(), 128),
]}


def draw(path):
    import matplotlib.pyplot as plt
    figure, (left, right) = plt.subplots(1, 2, figsize=(14, 5.4), layout="constrained")
    HistoryDisplay.from_history({name: history for name, (_, history) in runs.items()}, ax=left,
                                metrics="accuracy", title="Accuracy")
    MisclassifiedDisplay.from_model(runs["legacy.RMSprop"][0], x_test, labels_test, ax=right,
                                    max_samples=15)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    print(f"picture: {path}")


try:
    draw(folder / "mnist.png")
except ModuleNotFoundError:
    print('no picture: drawing needs matplotlib, pip install "autograd_mlp[plot]"')
