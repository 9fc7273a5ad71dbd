"""Lesson 6: softmax with cross-entropy, or how to answer "which of three?".

Aim: to see why this pair belongs together: its gradient is p − t.

A network with one output per class gives three numbers z, the logits.  Softmax makes
probabilities of them, and the loss is the surprise at the class that was right:

    pᵢ = e^zᵢ / Σ e^zⱼ        L = −ln p[right]

The target t is 1 for the right class and 0 for the others.

Predict, before you run it:
1. z = (2, 1, 0.1), and the second class is right.  Which of the three gradients dL/dzᵢ are
   positive?  What is their sum?
2. A network that knows nothing yet gives three logits of 0.  What is its loss?
3. What do the formulas above make of z = (2000, 1000, 100)?

Run:

    python examples/lesson_6_softmax.py

See:

    p                        0.6590  0.2424  0.0986
    L = −ln p[1]             1.4170
    dz by the chain rule     0.6590 -0.7576  0.0986
    dz = p − t               0.6590 -0.7576  0.0986
    dz of the fused one      0.6590 -0.7576  0.0986
    |sum of dz|              0.0000

    logits × 1000: as written L = nan, fused L = 1000, dz = 1 -1 0

    three clouds of points, softmax of X·W + b:
    step   0  loss 1.0986  right 33 %
    step   1  loss 0.5331  right 95 %
    step 100  loss 0.1535  right 94 %

Each dzᵢ is what the network said minus what was true: wrong classes are pushed down, each as hard
as it was believed; the right one is pulled up by what it lacks.  The exponentials and the logarithm
cancel on paper, so they should cancel in the program: e^2000 is too large for any float, and only
the fused operation, which works with z − max z, gets through.  An untrained network of C classes
starts at ln C; if yours starts far above, its first weights are too large.  And the loss falls on
after one step, while the share of right answers does not: it also pays to be sure.

Exercise.  With two classes and z = (a, 0), softmax is a sigmoid.  Show that p₀ = sigmoid(a), and
that dL/da is the same by `ops.sparse_categorical_crossentropy` (sparse: it takes the number of the
right class) and by `ops.binary_crossentropy`, both with `from_logits=True`.
Hint: divide numerator and denominator by e^a; `a = Tensor([0.7], requires_grad=True)` and
`ops.concatenate([a, a * 0])`.  The answer:

    python examples/lesson_6_softmax.py --answer
"""

import argparse

import numpy as np

import autograd_mlp as keras
from autograd_mlp import Tensor, ops

RIGHT = 1


def softmax(z):
    e = ops.exp(z)
    return e / e.sum()


def as_written(z):
    """The two formulas, one operation after the other."""
    return -ops.log(softmax(z)[RIGHT])


def fused(z):
    """Both in one operation."""
    return ops.sparse_categorical_crossentropy(RIGHT, z, from_logits=True)


def gradient(loss, z):
    z = Tensor(z, requires_grad=True)
    L = loss(z)
    L.backward()
    return L.item(), z.grad.numpy()


def row(name, numbers):
    print(f"{name:23}" + "".join(f" {number:7.4f}" for number in np.atleast_1d(numbers)))


def one_sample():
    z = [2.0, 1.0, 0.1]
    p = softmax(Tensor(z)).numpy()
    L, dz = gradient(as_written, z)
    row("p", p)
    row("L = −ln p[1]", L)
    row("dz by the chain rule", dz)
    row("dz = p − t", p - np.eye(3)[RIGHT])
    row("dz of the fused one", gradient(fused, z)[1])
    row("|sum of dz|", abs(dz.sum()))
    large = [2000.0, 1000.0, 100.0]
    overflown, _ = gradient(as_written, large)
    L, dz = gradient(fused, large)
    print(f"\nlogits × 1000: as written L = {overflown:g}, fused L = {L:g}, "
          f"dz = {' '.join(f'{number:g}' for number in dz)}\n")


def three_clouds():
    """Softmax regression: one layer, no hidden one, full batch."""
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 100)
    x = random.normal(size=(300, 2)) + np.array([[0, 2], [2, -1], [-2, -1]])[labels]
    W, b = Tensor(np.zeros((2, 3)), requires_grad=True), Tensor(np.zeros(3), requires_grad=True)
    sgd = keras.optimizers.SGD(learning_rate=0.5)
    print("three clouds of points, softmax of X·W + b:")
    for step in range(101):
        z = x @ W + b
        L = ops.sparse_categorical_crossentropy(labels, z, from_logits=True).mean()
        if step in (0, 1, 100):
            right = np.mean(z.numpy().argmax(axis=1) == labels)
            print(f"step {step:3}  loss {L.item():.4f}  right {right:.0%}".replace("%", " %"))
        L.backward()
        sgd.apply_gradients([(W.grad, W), (b.grad, b)])
        W.zero_grad()
        b.zero_grad()


# Your turn: two classes, here.


def answer():
    """The answer to the exercise; it prints

        a = 0.7: softmax 0.6682, sigmoid 0.6682
        dL/da if class 0 is right: -0.3318 and -0.3318
        dL/da if class 1 is right: 0.6682 and 0.6682

    e^a / (e^a + e⁰) = 1 / (1 + e⁻ᵃ).  So one output with a sigmoid and two outputs with a softmax
    learn the same; the gradient is p − t either way.
    """
    a = Tensor([0.7], requires_grad=True)
    z = ops.concatenate([a, a * 0])
    print(f"a = 0.7: softmax {ops.softmax(z)[0].item():.4f}, sigmoid {ops.sigmoid(a).item():.4f}")
    for right in (0, 1):
        a.zero_grad()
        ops.sparse_categorical_crossentropy(right, z, from_logits=True).backward()
        by_softmax = a.grad.item()
        a.zero_grad()
        ops.binary_crossentropy([1.0 - right], a, from_logits=True).backward()
        print(f"dL/da if class {right} is right: {by_softmax:.4f} and {a.grad.item():.4f}")


parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--answer", action="store_true", help="the answer to the exercise")
if parser.parse_args().answer:
    answer()
else:
    one_sample()
    three_clouds()
