"""Lesson 3: a computation is a graph.

Aim: to follow the engine backward, and to write such an engine.

The engine writes down every operation it runs: which one, of what, giving what.  That record is a
graph.  `backward()` walks it from the loss to the start, and hands to each operation the gradient
of its output.

    a = w·x        s = a + w        y = tanh(s)        L = y·y        with w = 0.5, x = 1

Predict, before you run it:
1. Four operations were written down.  In which order does backward visit them?
2. Two of the values are used twice, and so receive two parts of their gradient.  Which two?

Run:

    python examples/lesson_3_graph.py [--page graph.html]

See:

    written down by forward:
      multiply w, x → a          y = u · v
      add      a, w → s          y = u + v
      tanh     s → y             y = tanh x
      multiply y, y → L          y = u · v
    walked by backward:
      multiply → y: + 0.7616
      multiply → y: + 0.7616  now 1.5232
      tanh     → s: + 0.6397
      add      → a: + 0.6397
      add      → w: + 0.6397
      multiply → w: + 0.6397  now 1.2794

Backward visits the operations in the reverse of the order in which they ran.  So when one has its
turn, all that use its output have sent their parts, and the sum is the whole gradient: had
`multiply` (a = w·x) gone before `add`, there would have been nothing to pass on.  x asked for no
gradient, so nothing is sent there.  The page draws the graph, and walks it step by step.

Exercise.  Write backward yourself, for graphs of add, multiply and tanh.  `tensor.node` is the call
that made a tensor (None for one that you made), `node.inputs` are the tensors it took, and
`node.op.name` is its name.
Hint: keep gradients in a dict by id(tensor), and the order in a list: a tensor goes on the list
after all of its inputs did.  Twenty lines will do.  The answer:

    python examples/lesson_3_graph.py --answer
"""

import argparse
import math

import autograd_mlp
from autograd_mlp import Tensor, ops

w, x = Tensor(0.5, requires_grad=True), Tensor(1.0)
a = w * x
s = a + w
y = ops.tanh(s)
L = y * y
letters = {id(tensor): letter for letter, tensor in
           {"w": w, "x": x, "a": a, "s": s, "y": y, "L": L}.items()}


class Printer:
    """A trace hook: it is told of each edge that backward takes."""

    def forward(self, node, output):
        pass

    def backward(self, node, index, upstream, contribution, total):
        to = letters[id(node.inputs[index])]
        sum_so_far = "" if total == contribution else f"  now {total.item():.4f}"
        print(f"  {node.op.name:8} → {to}: + {contribution.item():.4f}{sum_so_far}")


def lesson():
    print("written down by forward:")
    for tensor in (a, s, y, L):
        node = tensor.node
        inputs = ", ".join(letters[id(t)] for t in node.inputs)
        print(f"  {node.op.name:8} {inputs + ' → ' + letters[id(tensor)]:17} {node.op.formula}")
    print("walked by backward:")
    with autograd_mlp.trace(Printer()):
        L.backward()


# Your turn: your own backward, here.


RULES = {   # the gradients of an operation's inputs u, v, from the one of its output
    "add": lambda dy, u, v: (dy, dy),
    "multiply": lambda dy, u, v: (dy * v, dy * u),
    "tanh": lambda dy, u: (dy * (1 - math.tanh(u) ** 2),),
}


def in_order(tensor, order):
    """Put on the list what `tensor` was made of, each after its own inputs, and then itself."""
    if all(tensor is not other for other in order):     # == would compare the numbers
        for earlier in tensor.node.inputs if tensor.node else ():
            in_order(earlier, order)
        order.append(tensor)
    return order


def my_backward(loss):
    """dL/d(tensor) of every tensor that the loss was made of, by the tensor's id."""
    order = in_order(loss, [])
    gradients = {id(tensor): 0.0 for tensor in order} | {id(loss): 1.0}
    for tensor in reversed(order):
        if tensor.node:
            inputs = tensor.node.inputs
            values = [earlier.item() for earlier in inputs]
            parts = RULES[tensor.node.op.name](gradients[id(tensor)], *values)
            for earlier, part in zip(inputs, parts, strict=True):
                gradients[id(earlier)] += part
    return gradients


def answer():
    """The answer to the exercise; it prints

        dL/dy  mine 1.5232  engine 1.5232
        dL/ds  mine 0.6397  engine 0.6397
        dL/da  mine 0.6397  engine 0.6397
        dL/dw  mine 1.2794  engine 1.2794

    An engine is no more than that: operations that know their own rule, and one walk in reverse
    order with `+=`.  This one even finds dL/dx, which nobody asked for; skipping it is the
    first thing to make faster.
    """
    mine = my_backward(L)
    L.backward()
    for tensor in (y, s, a, w):
        print(f"dL/d{letters[id(tensor)]}  mine {mine[id(tensor)]:.4f}"
              f"  engine {tensor.grad.item():.4f}")


parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--answer", action="store_true", help="the answer to the exercise")
parser.add_argument("--page", metavar="FILE", help="write the walk as a page to step through")
arguments = parser.parse_args()
answer() if arguments.answer else lesson()
if arguments.page:
    autograd_mlp.explain(L).save(arguments.page)
