"""A straight line through ten points, with three layers without activation.

You learn fit, evaluate and predict on the smallest data there is, that layers without activation
in a row are still one straight line, and what the network says of numbers that it has never seen.

Predict: it has 609 parameters.  How many would do?  And what will it say of 13, if it has seen 1 to
10?

    python examples/linear_regression.py [folder]

It should print a mean squared error below 0.001, predictions near 11, 12 and 13, and a line that
is nearly y = 1·x + 0; it writes linear_regression.png.
"""

import argparse
from pathlib import Path

import numpy as np

import autograd_mlp as keras

parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder", nargs="?", type=Path, default=".", help="where the picture goes")
folder = parser.parse_args().folder

x = np.arange(1, 11)
y = np.arange(1, 11)
x_new = np.array([11, 12, 13])

keras.set_random_seed(3)
model = keras.Sequential([
    keras.Input(shape=(1,)),
    keras.layers.Dense(16),
    keras.layers.Dense(32),
    keras.layers.Dense(1),
])
model.compile(loss="mse", optimizer="adam", metrics=["mse"])
model.fit(x, y, batch_size=1, epochs=100, verbose=0)

loss, mse = model.evaluate(x, y, batch_size=1, verbose=0)
prediction = model.predict(x_new, batch_size=1, verbose=0)
print(f"mean squared error {mse:.6f}")
for value, (output,) in zip(x_new, prediction, strict=True):
    print(f"f({value}) = {output:.3f}")

# (x·W₁ + b₁)·W₂ + b₂ … multiplied out is slope·x + intercept, whatever the number of layers.
slope, intercept = np.ones((1, 1)), np.zeros(1)
for layer in model.layers:
    w, b = layer.get_weights()
    slope, intercept = slope @ w, intercept @ w + b
print(f"all {model.count_params()} parameters together: "
      f"y = {slope.item():.4f}·x + {intercept.item():.4f}")


def draw(path):
    from matplotlib.figure import Figure
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    line = np.linspace(0, 14, 50)
    axes.plot(line, model.predict(line, verbose=0), color="#0072B2", label="network")
    axes.plot(x, y, "o", color="black", label="data it learned from")
    axes.plot(x_new, prediction, "D", color="#D55E00", ms=8, label="predictions for new x")
    axes.set(title="A line learned from ten points", xlabel="x", ylabel="y")
    axes.grid(alpha=0.3)
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    print(f"picture: {path}")


try:
    draw(folder / "linear_regression.png")
except ModuleNotFoundError:
    print('no picture: drawing needs matplotlib, pip install "autograd_mlp[plot]"')
