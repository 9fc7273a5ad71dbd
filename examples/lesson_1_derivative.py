"""Lesson 1: a derivative is a slope.

Aim: to know what dL/dw says, and to measure it.

One neuron with one weight: y = w·x.  It is to answer t = 3 to x = 2, and is punished by the
square of its error, L = (w·2 − 3)².  The weight starts at w = 1.

Predict, before you run it:
1. Is L larger or smaller if w grows by 0.01?  By about how much?
2. (L(w + h) − L(w)) / h is the slope measured over a step h.  It comes nearer to the derivative
   as h shrinks.  Is h = 1e-15 the best of the five below?

Run:

    python examples/lesson_1_derivative.py [--picture slope.png]

See:

    at w = 1 the loss is 1; at w = 1.01 it is 0.9604
    h = 1e-01  slope -3.6000000
    h = 1e-04  slope -3.9996000
    h = 1e-08  slope -3.9999999
    h = 1e-12  slope -4.0003556
    h = 1e-15  slope -4.4408921
    backward()       -4.0000000

The derivative is −4: where w grows a little, L falls four times as much.  A smaller h is better
down to about 1e-8.  Below that, w + h keeps only a few digits of h, and the difference is made of
rounding errors.  `backward()` takes no step at all: it knows the rule of each operation.

Exercise.  The slope says where down is.  Walk there: ten times w ← w − 0.1·dL/dw.  Which w do you
reach, and what is L there?  Then walk with 0.3 in place of 0.1.
Hint: a new Tensor for each step, made of numbers: `w.item() - 0.1 * w.grad.item()`.  The answer:

    python examples/lesson_1_derivative.py --answer
"""

import argparse

import numpy as np

from autograd_mlp import Tensor


def L(w):
    """The loss, of a number, an array or a tensor."""
    return (w * 2.0 - 3.0) ** 2


def slope_at(value):
    """dL/dw, as the engine finds it.

    float64 keeps 16 digits, as Python's own numbers do; the default, float32, keeps 7.
    """
    w = Tensor(value, dtype="float64", requires_grad=True)
    L(w).backward()
    return w.grad.item()


def lesson():
    print(f"at w = 1 the loss is {L(1.0):g}; at w = 1.01 it is {L(1.01):g}")
    for h in (1e-1, 1e-4, 1e-8, 1e-12, 1e-15):
        print(f"h = {h:.0e}  slope {(L(1 + h) - L(1)) / h:.7f}")
    print(f"backward()       {slope_at(1.0):.7f}")


def picture(file):
    """The loss over w, with the slope at w = 1 as a straight line."""
    from matplotlib.figure import Figure
    figure = Figure(figsize=(5.6, 3.6), layout="constrained")
    axes = figure.subplots()
    w = np.linspace(0.4, 2.6, 100)
    axes.plot(w, L(w), color="#0072B2", label="L = (2w − 3)²")
    near = np.array([0.7, 1.3])
    axes.plot(near, L(1.0) + slope_at(1.0) * (near - 1), color="#D55E00", ls="--", lw=2,
              label=f"slope at w = 1: {slope_at(1.0):g}")
    axes.plot(1, L(1.0), "o", color="#D55E00")
    axes.set(xlabel="weight w", ylabel="loss L")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(file, dpi=100)


# Your turn: walk downhill, here.


def answer():
    """The answer to the exercise; it prints

        learning rate 0.1: w = 1.49999995, L = 1.049e-14
        learning rate 0.3: w = -12.96, L = 836.7

    The slope is 4·(2w − 3) = 8·(w − 1.5), so each step multiplies the distance to 1.5 by
    1 − 8·0.1 = 0.2.  With 0.3 the factor is −1.4: every step jumps over the bottom and lands
    farther away than it started.  Below 0.25 it arrives.
    """
    for rate, shown in ((0.1, ".8f"), (0.3, ".2f")):
        w = 1.0
        for _ in range(10):
            w = w - rate * slope_at(w)
        print(f"learning rate {rate}: w = {w:{shown}}, L = {L(w):.4g}")


parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--answer", action="store_true", help="the answer to the exercise")
parser.add_argument("--picture", metavar="FILE", help="draw the slope (needs matplotlib)")
arguments = parser.parse_args()
answer() if arguments.answer else lesson()
if arguments.picture:
    picture(arguments.picture)
