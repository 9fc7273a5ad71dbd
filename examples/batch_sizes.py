"""Full batch, stochastic and mini-batch: the same data, the same network, three batch sizes.

You learn what the batch size trades: the gradient of all samples points straight downhill, but
one step costs a pass over the data; the gradient of one sample costs little, but sways.  The data
are made here: exclusive or of the signs of two numbers, one label in ten wrong.

Predict: all three pass over the data 200 times.  Which ends lowest: one sample per step, 32, or all
512?  Which would, if all made the same number of steps?

    python examples/batch_sizes.py [folder]

It should print losses near 0.56 (full batch), 0.58 (one sample) and 0.41 (mini-batch) after 200
passes over the data, and writes batch_sizes.png.
"""

import argparse
from pathlib import Path

import numpy as np

import autograd_mlp as keras

parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder", nargs="?", type=Path, default=".", help="where the picture goes")
folder = parser.parse_args().folder

EPOCHS, SAMPLES = 200, 512
random = np.random.default_rng(0)
x = random.normal(size=(SAMPLES, 2)).astype("float32")
y = (x[:, :1] * x[:, 1:] > 0) ^ (random.random((SAMPLES, 1)) < 0.1)


class LossOfAll(keras.callbacks.Callback):
    """Now and then, the loss on all samples: the height at which descent has arrived."""

    def __init__(self, every):
        super().__init__()
        self.every, self.updates, self.seen = every, [], 0
        self.losses = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen += 1
        if self.seen % self.every == 0:
            self.updates.append(self.seen)
            self.losses.append(keras.losses.binary_crossentropy(y, self.model(x)).mean().item())


def train(name, batch_size):
    """Number of updates and losses of one training, always from the same weights."""
    keras.set_random_seed(1)
    model = keras.Sequential([
        keras.Input(shape=(2,)),
        keras.layers.Dense(16, activation="tanh"),
        keras.layers.Dense(1, activation="sigmoid"),
    ])
    model.compile(loss="binary_crossentropy", optimizer=keras.optimizers.SGD(learning_rate=0.2))
    watch = LossOfAll(every=max(1, 16 // batch_size))
    model.fit(x, y, batch_size=batch_size, epochs=EPOCHS, verbose=0, callbacks=[watch])
    print(f"{name}: loss {watch.losses[-1]:.3f} after {watch.seen} updates")
    return np.array(watch.updates), watch.losses


sizes = {"one sample (SGD)": 1, "mini-batch of 32": 32, "full batch of 512": SAMPLES}
curves = {name: train(name, size) for name, size in sizes.items()}


def draw(path):
    from matplotlib.figure import Figure
    figure = Figure(figsize=(10, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    for (name, (updates, losses)), colour in zip(curves.items(), ["#56B4E9", "#D55E00", "black"],
                                                 strict=True):
        width = 0.7 if sizes[name] == 1 else 2
        left.semilogx(updates * sizes[name] / SAMPLES, losses, color=colour, lw=width, label=name)
        right.semilogx(updates, losses, color=colour, lw=width, label=name)
    left.set(title="For the same work", xlabel="passes over the data (epochs)",
             ylabel="binary cross-entropy on all samples")
    right.set(title="For the same number of steps", xlabel="updates of the weights")
    for axes in (left, right):
        axes.grid(alpha=0.3)
    left.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    print(f"picture: {path}")


try:
    draw(folder / "batch_sizes.png")
except ModuleNotFoundError:
    print('no picture: drawing needs matplotlib, pip install "autograd_mlp[plot]"')
