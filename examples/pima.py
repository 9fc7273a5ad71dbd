"""Diabetes from eight measurements: a first network on real data.

You learn binary classification - sigmoid output, binary cross-entropy, accuracy - and to compare
an accuracy with what guessing gives.  The data (23 kB) is downloaded once.

Predict: 500 of the 768 women have no diabetes.  How often is one right who always says "no"?  How
much better than that would you call a success?

    python examples/pima.py [folder]

It should print an accuracy of at least 0.75 on the 768 women it learned from, where always saying
"no diabetes" gives 0.651, and writes pima.png.
"""

import argparse
from pathlib import Path

import numpy as np

import autograd_mlp as keras
from autograd_mlp.plotting import HistoryDisplay

parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder", nargs="?", type=Path, default=".", help="where the picture goes")
folder = parser.parse_args().folder

x, y = keras.datasets.pima_indians.load_data()

keras.set_random_seed(0)
model = keras.Sequential([
    keras.Input(shape=(8,)),
    keras.layers.Dense(12, activation="relu"),
    keras.layers.Dense(8, activation="relu"),
    keras.layers.Dense(1, activation="sigmoid"),
])
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
history = model.fit(x, y, epochs=150, batch_size=10, verbose=0).history

loss, accuracy = model.evaluate(x, y, verbose=0)
guessing = 1 - y.mean()
print(f"loss {loss:.3f}, accuracy {accuracy:.3f}; guessing {guessing:.3f}")
output = model.predict(x, verbose=0)[:, 0]
for i in range(5):
    print(f"woman {i}: diabetes with probability {output[i]:.2f}, "
          f"found {'yes' if y[i] else 'no'}")


def draw(path):
    import matplotlib.pyplot as plt
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(14, 4.2), layout="constrained")
    HistoryDisplay.from_history(history, ax=[left, middle], title="On the training data")
    left.set(ylim=(0, 1.5))
    middle.axhline(guessing, color="black", lw=1, ls=":", label="guessing")
    middle.legend()
    bins = np.linspace(0, 1, 21)
    right.hist(output[y == 0], bins, color="#56B4E9", label="no diabetes (500 women)")
    right.hist(output[y == 1], bins, histtype="step", lw=2, color="#D55E00",
               label="diabetes (268 women)")
    right.axvline(0.5, color="black", lw=1, ls=":")
    right.set(title="What the network says of each woman",
              xlabel="predicted probability of diabetes", ylabel="women")
    right.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    print(f"picture: {path}")


try:
    draw(folder / "pima.png")
except ModuleNotFoundError:
    print('no picture: drawing needs matplotlib, pip install "autograd_mlp[plot]"')
