"""Every optimizer on one problem: Rosenbrock's valley, with the path of each.

You learn how optimizers differ where it is hard - steep walls, a floor that hardly falls - and
that they work on bare tensors as they do in `model.compile(optimizer=...)`.  Needs no download.

    python examples/optimizers.py [folder for the picture]

It should print the height of each after 300 steps from 4.9; momentum, Nesterov and Adam get
below 0.01.  Writes optimizers.png.
"""

import sys
from pathlib import Path

import numpy as np

import autograd_mlp as keras
from autograd_mlp import optimizers

STEPS = 300
CONTENDERS = {
    "SGD": optimizers.SGD(0.01),
    "SGD, momentum": optimizers.SGD(0.01, momentum=0.9),
    "SGD, Nesterov": optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    "Adagrad": optimizers.Adagrad(0.3),
    "Adadelta": optimizers.Adadelta(10.0),
    "RMSprop": optimizers.RMSprop(0.02),
    "legacy RMSprop": optimizers.legacy.RMSprop(0.02),
    "Adam": optimizers.Adam(0.1),
}


def height(x, y):
    """Rosenbrock's valley, 0 at the bottom (1, 1); for numbers, arrays and tensors."""
    return (1 - x) ** 2 + 10 * (y - x ** 2) ** 2


def descend(optimizer):
    """The points visited, and their heights."""
    point = keras.Tensor([-1.2, 1.3], requires_grad=True)
    path = [point.numpy()]
    for _ in range(STEPS):
        point.zero_grad()
        height(point[0], point[1]).backward()
        optimizer.apply_gradients([(point.grad, point)])
        path.append(point.numpy())
    return np.array(path), height(*np.array(path, "float64").T)


paths = {}
for name, optimizer in CONTENDERS.items():
    paths[name] = descend(optimizer)
    print(f"{name:<15} learning rate {optimizer.learning_rate.item():<5.3g} "
          f"height {paths[name][1][-1]:.6f}")


def draw(path):
    from matplotlib.figure import Figure
    figure = Figure(figsize=(12, 5), layout="constrained")
    left, right = figure.subplots(1, 2)
    x, y = np.meshgrid(np.linspace(-1.5, 1.5, 200), np.linspace(-0.5, 1.8, 200))
    left.contourf(x, y, height(x, y), np.geomspace(0.01, 100, 17), cmap="Greys", alpha=0.6,
                  norm="log", extend="both")
    left.plot(1, 1, "*", color="black", ms=14, zorder=5)
    looks = [("black", "-"), ("#0072B2", "-"), ("#56B4E9", "--"), ("#009E73", "-"),
             ("#CC79A7", "-"), ("#E69F00", "-"), ("#000000", ":"), ("#D55E00", "-")]
    for (name, (points, heights)), (colour, line) in zip(paths.items(), looks, strict=True):
        left.plot(*points.T, line, color=colour, lw=1.6, label=name)
        right.semilogy(heights, line, color=colour, lw=1.6, label=name)
    left.set(title="Paths from the left to the bottom at the star (the darker, the higher)",
             xlabel="x", ylabel="y", xlim=(-1.5, 1.5), ylim=(-0.5, 1.8))
    right.set(title="Height above the bottom", xlabel="step", ylabel="(1 − x)² + 10 (y − x²)²",
              ylim=(1e-8, 30))
    right.grid(alpha=0.3)
    right.legend(ncols=2, loc="lower left")
    figure.savefig(path, dpi=150)
    print(f"picture: {path}")


try:
    draw(Path(sys.argv[1] if len(sys.argv) > 1 else ".") / "optimizers.png")
except ModuleNotFoundError:
    print('no picture: drawing needs matplotlib, pip install "autograd_mlp[plot]"')
