"""Handwritten digits: two networks, three ways of learning, 60,000 images.

You learn what a softmax with cross-entropy does with 50,890 parameters, and how much the place of
one tiny ε in RMSprop matters: inside the root (Keras 3) or outside (Keras before, `legacy`).

    python examples/mnist.py [folder]

The data (11 MB) is downloaded once.  The accuracies on the 10,000 test images should be at least
0.93 (softmax), 0.955 (RMSprop) and 0.975 (legacy.RMSprop); it writes mnist.png.
"""

import argparse
from pathlib import Path

import numpy as np

import autograd_mlp as keras

parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder", nargs="?", type=Path, default=".", help="where the picture goes")
folder = parser.parse_args().folder

(x, labels), (x_test, labels_test) = keras.datasets.mnist.load_data()
x, x_test = (a.reshape(-1, 784).astype("float32") / 255 for a in (x, x_test))
y, y_test = (keras.utils.to_categorical(a) for a in (labels, labels_test))


def train(name, hidden, output, loss, optimizer, batch_size):
    """A trained 784-hidden-10 network, and the test accuracy after each epoch."""
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
    return model, history.history["val_accuracy"]


wide = 512, "sigmoid", "mse"
runs = {name: train(name, *how) for name, *how in [
    ("softmax, SGD", 64, "softmax", "categorical_crossentropy", "sgd", 32),
    ("RMSprop", *wide, keras.optimizers.RMSprop(), 128),
    ("legacy.RMSprop", *wide, keras.optimizers.legacy.RMSprop(), 128),
]}


def draw(path):
    from matplotlib.figure import Figure
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    left, right = figure.subfigures(1, 2)
    axes = left.subplots()
    looks = [("#0072B2", "o-"), ("#D55E00", "s--"), ("#009E73", "D:")]
    for (name, (_, accuracy)), (colour, line) in zip(runs.items(), looks, strict=True):
        axes.plot(range(1, 6), accuracy, line, color=colour, label=name)
    axes.set(title="Learning", xlabel="epoch", ylabel="test accuracy", xticks=range(1, 6))
    axes.grid(alpha=0.3)
    axes.legend()
    output = runs["legacy.RMSprop"][0].predict(x_test, verbose=0)
    guess = output.argmax(axis=1)
    wrong = np.flatnonzero(guess != labels_test)
    wrong = wrong[np.argsort(-output[wrong, guess[wrong]])][:20]
    right.suptitle(f"The 20 surest of its {(guess != labels_test).sum()} mistakes (legacy.RMSprop)")
    for i, cell in zip(wrong, right.subplots(4, 5).flat, strict=True):
        cell.imshow(x_test[i].reshape(28, 28), cmap="Greys")
        cell.set_title(f"{labels_test[i]} read as {guess[i]}", fontsize=9)
        cell.axis("off")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    print(f"picture: {path}")


try:
    draw(folder / "mnist.png")
except ModuleNotFoundError:
    print('no picture: drawing needs matplotlib, pip install "autograd_mlp[plot]"')
