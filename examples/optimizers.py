"""Every optimizer on one problem: Rosenbrock's valley, with the path of each.

You learn how optimizers differ where it is hard - steep walls, a floor that hardly falls - and
that they work on bare tensors as they do in `model.compile(optimizer=...)`.  Needs no download.

    python examples/optimizers.py [folder]

It should print the height of each after 300 steps from 5.0; momentum, Nesterov and Adam get
below 1e-9.  It writes optimizers.png.
"""

import argparse
from pathlib import Path

import numpy as np

import autograd_mlp as keras
from autograd_mlp import optimizers

parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder", nargs="?", type=Path, default=".", help="where the picture goes")
folder = parser.parse_args().folder

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
          f"height {paths[name][1][-1]:.2g}")


def draw(path):
    from matplotlib.figure import Figure
    figure = Figure(figsize=(13, 6), layout="constrained")
    panels = figure.subplots(2, 4, sharex=True, sharey=True)
    x, y = np.meshgrid(np.linspace(-1.5, 1.5, 200), np.linspace(-0.4, 1.7, 200))
    for axes, (name, (points, heights)) in zip(panels.flat, paths.items(), strict=True):
        axes.contour(x, y, height(x, y), np.geomspace(0.01, 100, 13), colors="0.75", linewidths=1)
        axes.plot(*points.T, color="black", lw=0.8)
        dots = axes.scatter(*points.T, c=range(STEPS + 1), cmap="viridis", s=14, zorder=3)
        axes.plot(1, 1, "*", mfc="white", mec="black", ms=14, zorder=4)
        axes.set_title(f"{name}: {heights[-1]:.2g}")
    figure.suptitle(f"{STEPS} steps down Rosenbrock's valley to the star, and the height reached")
    figure.supxlabel("x")
    figure.supylabel("y")
    figure.colorbar(dots, ax=panels, label="step")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    print(f"picture: {path}")


try:
    draw(folder / "optimizers.png")
except ModuleNotFoundError:
    print('no picture: drawing needs matplotlib, pip install "autograd_mlp[plot]"')
