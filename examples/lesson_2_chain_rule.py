"""Lesson 2: the chain rule multiplies slopes.

Aim: to find by hand what a weight does to a loss that lies several steps behind it.

A whole neuron: a weighted input, a bias, an activation, and a loss behind it.

    z = w·x + b        y = sigmoid(z)        L = (y − t)²

With x = 2, w = 0.5, b = −1, t = 1 everything can be worked out in your head: z = 0, y = 0.5,
L = 0.25.  To know what w does to L, walk back from L and multiply the slopes of the steps.

Predict, before you run it:
1. dL/dy = 2·(y − t) = ?       dy/dz = y·(1 − y) = ?       dz/dw = x = ?
2. dL/dw is their product.  How much is it?  And dL/db?

Run:

    python examples/lesson_2_chain_rule.py [--page neuron.html]

See:

    dL/dy =          2·(y − t) = -1
    dL/dz = dL/dy · y·(1 − y)  = -1 · 0.25 = -0.25
    dL/dw = dL/dz · x          = -0.25 · 2 = -0.5
    dL/db = dL/dz · 1          = -0.25 · 1 = -0.25
    the engine: dy -1, dz -0.25, dw -0.5, db -0.25
    gradcheck against differences: True

    explain(L), step by step:
    ...
      dz, by sigmoid: dz = dy · y·(1 − y);  scalars
        upstream dy = −1
        × local = 0.25
        contribution to dz = −0.25
    ...

Every step needs only two numbers: the gradient that comes from behind ("upstream") and its own
slope ("local").  It never needs to know how far away the loss is.  That is all of backpropagation.

Exercise.  Replace the loss by L = −ln y, the cross-entropy for t = 1.  Work out dL/dz on paper,
then let the engine check you.  Which of the two losses pushes z harder if the neuron is very
wrong, say at z = −5?
Hint: the derivative of −ln y is −1/y, and one factor y cancels.  The answer:

    python examples/lesson_2_chain_rule.py --answer
"""

import argparse

from autograd_mlp import Tensor, explain, gradcheck, ops

x, t = 2.0, 1.0


def loss_of(w, b):
    """The three steps; returns all of them, since we want to look at each gradient."""
    z = w * x + b
    y = ops.sigmoid(z)
    e = y - t
    L = ops.square(e)
    return z, y, L


def lesson(page):
    w, b = Tensor(0.5, requires_grad=True), Tensor(-1.0, requires_grad=True)
    z, y, L = loss_of(w, b)

    # By hand, from the loss back.
    dy = 2 * (y.item() - t)
    local = y.item() * (1 - y.item())
    dz = dy * local
    dw, db = dz * x, dz * 1
    print(f"dL/dy =          2·(y − t) = {dy:g}")
    print(f"dL/dz = dL/dy · y·(1 − y)  = {dy:g} · {local:g} = {dz:g}")
    print(f"dL/dw = dL/dz · x          = {dz:g} · {x:g} = {dw:g}")
    print(f"dL/db = dL/dz · 1          = {dz:g} · 1 = {db:g}")

    # The engine does the same, and keeps what it finds in .grad.
    L.backward()
    print("the engine: " + ", ".join(f"d{name} {tensor.grad.item():g}" for name, tensor in
                                     {"y": y, "z": z, "w": w, "b": b}.items()))
    print("gradcheck against differences:", gradcheck(lambda w, b: loss_of(w, b)[-1], [w, b]))

    # The engine's own account of it, as text or as a page.
    explanation = explain(lambda: loss_of(w, b)[-1])
    print(f"\nexplain(L), step by step:\n{explanation}")
    if page:
        explanation.save(page)


# Your turn: the gradient of −ln sigmoid(z), here.


def answer():
    """The answer to the exercise; it prints

        z =  0: squared error dL/dz = -0.25000, cross-entropy dL/dz = -0.50000
        z = -5: squared error dL/dz = -0.01321, cross-entropy dL/dz = -0.99331

    dL/dz = −1/y · y·(1 − y) = −(1 − y) = y − t.  At z = −5 the sigmoid is nearly flat, and with
    the squared error its slope y·(1 − y) makes the gradient small just where the neuron is most
    wrong.  In the cross-entropy that slope cancels: it pushes 75 times as hard.
    """
    for value in (0.0, -5.0):
        gradients = []
        for loss in (lambda y: (y - t) ** 2, lambda y: -ops.log(y)):
            z = Tensor(value, requires_grad=True)
            loss(ops.sigmoid(z)).backward()
            gradients.append(z.grad.item())
        print(f"z = {value:2g}: squared error dL/dz = {gradients[0]:.5f}, "
              f"cross-entropy dL/dz = {gradients[1]:.5f}")


parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--answer", action="store_true", help="the answer to the exercise")
parser.add_argument("--page", metavar="FILE", help="write the pass as a page to step through")
arguments = parser.parse_args()
answer() if arguments.answer else lesson(arguments.page)
