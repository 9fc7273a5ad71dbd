"""Lesson 4: gradients add up.

Aim: to know where a gradient is a sum, and of what.

What is used twice reaches the loss by two ways, and its gradient is the sum of both.  Three places
where the same `+=` is at work: one value used several times, one weight used for every sample, and
`backward()` called several times.

Predict, before you run it:
1. y = x·x + x at x = 3.  How many parts does dy/dx have, and what is their sum?
2. Three samples share one weight w: L = (e₁² + e₂² + e₃²) / 3 with errors e = w·x − t.  How is the
   gradient of the batch related to the gradients of the samples alone?
3. After one `backward()`, x.grad is 7.  What is it after a second call?

Run:

    python examples/lesson_4_accumulation.py

See:

    dy/dx: 1 + 3 + 3 = 7
    with "=" in place of "+=" it would be 3

    each sample alone: -2, -4, 24
    their mean:        6
    the batch at once: 6

    backward again: x.grad = 14
    after zero_grad(): None

With "=" the part that comes last would be all that is left.  The first two sums are the chain
rule.  The third is a choice: gradients of what you made yourself stay until `zero_grad()`, so that
you can add up several losses.  `fit` clears them for you; a loop of your own must (lesson 8 shows
what happens if it does not).

Exercise.  A batch of six samples does not fit into memory, three do.  Choose six samples and
targets.  Get the gradient of the mean over all six from two calls of `backward()`, and compare with
the six at once.
Hint: a mean of three divides by 3, the mean of six by 6.  The answer:

    python examples/lesson_4_accumulation.py --answer
"""

import argparse

import numpy as np

import autograd_mlp
from autograd_mlp import Tensor


class Parts:
    """A trace hook that notes what backward adds to the gradient of one tensor."""

    def __init__(self, tensor):
        self.tensor, self.noted = tensor, []

    def forward(self, node, output):
        pass

    def backward(self, node, index, upstream, contribution, total):
        if node.inputs[index] is self.tensor:
            self.noted.append(contribution.item())


def loss(w, x, t):
    """The mean squared error of the line y = w·x."""
    return ((w * x - t) ** 2).mean()


def lesson():
    # One value, used three times.
    x = Tensor(3.0, requires_grad=True)
    y = x * x + x
    parts = Parts(x)
    with autograd_mlp.trace(parts):
        y.backward()
    print(f"dy/dx: {' + '.join(f'{part:g}' for part in parts.noted)} = {x.grad.item():g}")
    print(f'with "=" in place of "+=" it would be {parts.noted[-1]:g}\n')

    # One weight, used for each sample.
    w = Tensor(1.0, requires_grad=True)
    samples, targets = np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, -1.0])
    alone = []
    for one, target in zip(samples, targets, strict=True):
        w.zero_grad()
        loss(w, one, target).backward()
        alone.append(w.grad.item())
    w.zero_grad()
    loss(w, samples, targets).backward()
    print("each sample alone:", ", ".join(f"{gradient:g}" for gradient in alone))
    print(f"their mean:        {np.mean(alone):g}")
    print(f"the batch at once: {w.grad.item():g}\n")

    # The same call, twice.
    y.backward()
    print(f"backward again: x.grad = {x.grad.item():g}")
    x.zero_grad()
    print(f"after zero_grad(): {x.grad}")


# Your turn: the gradient of six samples from two calls, here.


def answer():
    """The answer to the exercise; it prints

        six at once:        -14.1667
        three and three:    -14.1667
        without the factor: -28.3333

    Each half is a mean over 3, so its gradient is twice what it is to be: weigh it by 3/6.
    Forgetting the factor is a common slip.  It looks like a learning rate twice as large.
    """
    samples, targets = np.arange(1.0, 7.0), np.array([2.0, 1.0, 4.0, 3.0, 6.0, 5.0])
    w = Tensor(0.5, requires_grad=True)

    def gradient(pieces, factor):
        w.zero_grad()
        for piece in pieces:
            (loss(w, samples[piece], targets[piece]) * factor).backward()
        return w.grad.item()

    halves = [slice(0, 3), slice(3, 6)]
    print(f"six at once:        {gradient([slice(0, 6)], 1):.4f}")
    print(f"three and three:    {gradient(halves, 3 / 6):.4f}")
    print(f"without the factor: {gradient(halves, 1):.4f}")


parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--answer", action="store_true", help="the answer to the exercise")
answer() if parser.parse_args().answer else lesson()
