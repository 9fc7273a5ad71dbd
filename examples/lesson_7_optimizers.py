"""Lesson 7: optimizers, or what to do with a gradient.

Aim: to tell optimizers apart by what they remember.

The gradient says which way is down here, and not how far.  Gradient descent (SGD) goes a fixed
multiple of it.  Momentum keeps rolling: a velocity that remembers older gradients.  Adam divides by
the size that gradients have had of late, so that each weight moves at its own pace.

    SGD         w ← w − η·g
    momentum    v ← μ·v − η·g        w ← w + v

Predict, before you run it:
1. Gradients all of one sign: by what factor is momentum (μ = 0.9) faster in the end?
2. The whole loss is multiplied by 1000.  What becomes of the first step of SGD?  Of Adam?
3. Rosenbrock's valley has steep walls and a floor that hardly falls.  Who is at the bottom after
   300 steps: SGD, momentum, Adam, more than one?

Run:

    python examples/lesson_7_optimizers.py [--picture paths.png]

See:

    gradient 1 all the time, learning rate 0.01: length of step 1, 10, 100
      SGD       0.0100 0.0100 0.0100
      momentum  0.0100 0.0651 0.1000
      by hand   0.0100 0.0651 0.1000

    first step, gradient 1 and gradient 1000
      SGD       0.0100 10.0000
      Adam      0.0100 0.0100

    down Rosenbrock's valley from a height of 5.0, 300 steps
    SGD             learning rate 0.01  height 0.03
    SGD, momentum   learning rate 0.01  height below 1e-9
    SGD, Nesterov   learning rate 0.01  height below 1e-9
    Adagrad         learning rate 0.3   height 0.014
    Adadelta        learning rate 10    height 0.077
    RMSprop         learning rate 0.02  height 0.0094
    legacy RMSprop  learning rate 0.02  height 0.0094
    Adam            learning rate 0.1   height below 1e-9

Momentum ends at 1/(1 − μ) = 10 times the step.  Adam's first step is the learning rate whatever the
gradient: its scale cancels.  On the valley's floor the gradient is small but always points the same
way, which is what momentum and Adam collect.  None is best everywhere; they have the same
gradients and differ in memory.

Exercise.  Write Adam for one number, as the library computes it (Kingma & Ba 2015, end of section
2), and compare with `optimizers.Adam(0.1)` over ten steps down L = (w − 2)², from w = 0:

    m ← 0.9·m + 0.1·g     v ← 0.999·v + 0.001·g²     w ← w − α·m / (√v + 1e-7)
    α = 0.1·√(1 − 0.999ᵗ) / (1 − 0.9ᵗ) in step t = 1, 2, …

Then leave out the correction: α = 0.1 in all steps.  What becomes of the first ones?
Hint: five lines in a loop; g is `w.grad.item()`, or 2·(w − 2).  The answer:

    python examples/lesson_7_optimizers.py --answer
"""

import argparse

import numpy as np

from autograd_mlp import Tensor, optimizers

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


def steps(optimizer, gradient, count):
    """The lengths of the first steps if the gradient is always the same."""
    w = Tensor(0.0, dtype="float64", requires_grad=True)
    where = [w.item()]
    for _ in range(count):
        optimizer.apply_gradients([(Tensor(gradient, dtype="float64"), w)])
        where.append(w.item())
    return -np.diff(where)


def momentum_by_hand(gradient, count, rate=0.01, mu=0.9):
    velocity, lengths = 0.0, []
    for _ in range(count):
        velocity = mu * velocity - rate * gradient
        lengths.append(-velocity)
    return np.array(lengths)


def row(name, numbers):
    print(f"  {name:9} " + " ".join(f"{number:.4f}" for number in numbers))


def height(x, y):
    """Rosenbrock's valley, 0 at the bottom (1, 1); for numbers, arrays and tensors."""
    return (1 - x) ** 2 + 10 * (y - x ** 2) ** 2


def descend(optimizer):
    """The points visited, and their heights."""
    point = Tensor([-1.2, 1.3], requires_grad=True)
    path = [point.numpy()]
    for _ in range(STEPS):
        point.zero_grad()
        height(point[0], point[1]).backward()
        optimizer.apply_gradients([(point.grad, point)])
        path.append(point.numpy())
    return np.array(path), height(*np.array(path, "float64").T)


def lesson():
    print("gradient 1 all the time, learning rate 0.01: length of step 1, 10, 100")
    shown = [0, 9, 99]
    row("SGD", steps(optimizers.SGD(0.01), 1.0, 100)[shown])
    row("momentum", steps(optimizers.SGD(0.01, momentum=0.9), 1.0, 100)[shown])
    row("by hand", momentum_by_hand(1.0, 100)[shown])
    print("\nfirst step, gradient 1 and gradient 1000")
    for kind in (optimizers.SGD, optimizers.Adam):
        row(kind.__name__, [steps(kind(0.01), gradient, 1)[0] for gradient in (1.0, 1000.0)])
    print(f"\ndown Rosenbrock's valley from a height of {height(-1.2, 1.3):.1f}, {STEPS} steps")
    for name, (_, heights) in paths.items():
        reached = f"{heights[-1]:.2g}" if heights[-1] > 1e-9 else "below 1e-9"
        print(f"{name:<15} learning rate {CONTENDERS[name].learning_rate.item():<5.3g} "
              f"height {reached}")


def picture(file):
    """The paths of four of them, on a map of the valley."""
    from autograd_mlp.plotting import LossSurfaceDisplay
    display = LossSurfaceDisplay.from_function(
        height, (-1.5, 1.5), (-0.4, 1.7), title=f"{STEPS} steps down Rosenbrock's valley",
        paths={name: paths[name][0] for name in ("SGD", "SGD, momentum", "RMSprop", "Adam")})
    display.figure_.savefig(file, dpi=100)


# Your turn: Adam, here.


def adam(count, corrected=True):
    """The places visited by Adam down (w − 2)²."""
    w, m, v, alpha, where = 0.0, 0.0, 0.0, 0.1, []
    for t in range(1, count + 1):
        g = 2 * (w - 2)
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g ** 2
        if corrected:
            alpha = 0.1 * (1 - 0.999 ** t) ** 0.5 / (1 - 0.9 ** t)
        w = w - alpha * m / (v ** 0.5 + 1e-7)
        where.append(w)
    return np.array(where)


def answer():
    """The answer to the exercise; it prints

        Adam by hand and the library's agree within 1e-6
        w after step 1, 2, 3, 10
          corrected 0.1000 0.1998 0.2994 0.9754
          without   0.3162 0.7377 1.2171 3.0539

    m and v start at 0, so at first they are too small, v by far more (0.001·g² after one step)
    than m (0.1·g).  Without the correction the first step is 0.1/√0.001 = 3.2 times too long, and
    w overshoots 2.  Algorithm 1 of the paper divides m by 1 − 0.9ᵗ and v by 1 − 0.999ᵗ instead,
    which is the same but for the size of ε.
    """
    w, library = Tensor(0.0, dtype="float64", requires_grad=True), []
    optimizer = optimizers.Adam(0.1)
    for _ in range(10):
        w.zero_grad()
        ((w - 2.0) ** 2).backward()
        optimizer.apply_gradients([(w.grad, w)])
        library.append(w.item())
    assert np.abs(adam(10) - library).max() < 1e-6
    print("Adam by hand and the library's agree within 1e-6")
    print("w after step 1, 2, 3, 10")
    row("corrected", adam(10)[[0, 1, 2, 9]])
    row("without", adam(10, corrected=False)[[0, 1, 2, 9]])


parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--answer", action="store_true", help="the answer to the exercise")
parser.add_argument("--picture", metavar="FILE", help="draw the paths (needs matplotlib)")
arguments = parser.parse_args()
if arguments.answer:
    answer()
else:
    paths = {name: descend(optimizer) for name, optimizer in CONTENDERS.items()}
    lesson()
    if arguments.picture:
        picture(arguments.picture)
