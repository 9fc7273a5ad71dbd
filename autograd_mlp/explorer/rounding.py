"""What rounding does to a gradient and to a difference of the loss, measured.

- **Round-off of the difference.** A value v on the way is rounded at u·|v|, u = 1.1e-16, which
  moves L by u·|v·dL/dv|: Σ u·|v·dL/dv| over all values and |L| itself, divided by h, is the noise.
- **Round-off of the gradient.** It was computed in the recorded dtype, u = 6e-8 in float32. What
  that does is measured. The step is recorded anew four times with every value moved by a unit in
  its last place, up or down at random (always the same way; not where that would tell a rule the
  other side of a kink), and backward runs through it; u times every upstream gradient is sent
  backward; and a rule that subtracts nearly equal numbers inside is given u times their size.
  Eight times the largest change of a tensor's gradient is allowed (of the second largest of
  the four: one may have crossed a kink), for rounding adds up in other ways than those tried.
"""

import numpy as np

from .._engine import OPS, Tensor, gradients_of

EXPERIMENTS, ROUNDINGS = 4, 8       # see above


def rounding(graph, gradients, loss, h):
    """How far rounding alone may take gradients and differences apart.

    Parameters
    ----------
    graph : Graph
    gradients : dict
        ``id(tensor)`` → gradient (array, or None).
    loss : float
    h : float
        Half the distance of the points of a difference.

    Returns
    -------
    noise : float
        Of a difference.
    allowed : dict
        ``id(tensor)`` → of each number of its gradient.
    """
    noise = abs(loss)
    for out in graph.outputs[:-1]:
        if gradients[id(out)] is not None:
            # an activation is made of numbers of the size of 1, also where it is nearly 0
            least = 0.0 if _activation_of(out.node) is None else 1.0
            noise += _finite_sum(np.abs(gradients[id(out)])
                                 * np.maximum(np.abs(out.numpy()), least))
    moved = [_moved(graph, np.random.default_rng(i)) for i in range(EXPERIMENTS)]
    sent = _sent_back(graph, gradients, np.random.default_rng(EXPERIMENTS))
    inside = _inside(graph, gradients)
    allowed = {}
    for t in graph.tensors:
        g = gradients[id(t)]
        if g is not None:
            with np.errstate(all="ignore"):
                apart = np.sort([np.abs(m[id(t)] - g.astype(np.float64)) for m in moved], 0)
            allowed[id(t)] = ROUNDINGS * (
                _unit(t.dtype) * (largest(g) + inside.get(id(t), 0.0))
                + largest(apart[-2]) + largest(sent[id(t)]))
    return 4 * _unit(np.float64) * noise / h, allowed


def _moved(graph, rng):
    """id → gradient, with every computed value moved by a unit in its last place."""

    def nudged(array):
        ups = rng.choice(np.array([-np.inf, np.inf], array.dtype), array.shape)
        return np.nextafter(array, ups, out=array, where=array != 0)

    def adjust(node, array):
        if array.dtype.kind == "f" and not _tells_side(node):
            nudged(array)

    stay = _beside_kinks(graph)
    leaves = [Tensor(t.numpy() if id(t) in stay else nudged(t.numpy()), requires_grad=True)
              for t in graph.leaves]
    new = graph.made_anew(leaves, adjust)
    tensors = [new[id(t)] for t in graph.tensors]
    found = gradients_of([new[id(graph.loss)]], tensors, [None], None)
    return {id(t): np.full(t.shape, np.nan) if g is None else g.numpy()
            for t, g in zip(graph.tensors, found, strict=True)}


def _beside_kinks(graph):
    """ids of tensors that an operation with a kink reads, as they are or in another shape:
    they may lie exactly on it, as ties do."""
    found = set()
    for out in reversed(graph.outputs):
        if _has_kink(out.node) or (out.node.op.family == "shape" and id(out) in found):
            found.update(id(x) for x in out.node.inputs)
    return found


def _sent_back(graph, gradients, rng):
    """id → what the rounding of upstream gradients, u·|dy| each, does to a gradient."""
    targets, upstream = [], []
    sizes = {}
    for out in graph.outputs:       # inside a loss p − t is rounded, at the size of dℓ
        if out.node.op.family == "loss":
            for x in out.node.inputs:
                sizes[id(x)] = largest(gradients[id(out)])
    for t in graph.outputs[:-1]:
        g = gradients[id(t)]
        if g is not None:
            size = np.maximum(np.abs(g), sizes.get(id(t), 0.0))
            targets.append(t)
            upstream.append((_unit(t.dtype) * size * rng.choice([-1.0, 1.0], t.shape)
                             ).astype(t.dtype))
    found = gradients_of(targets, graph.tensors, upstream, None)
    return {id(t): None if g is None else g.numpy()
            for t, g in zip(graph.tensors, found, strict=True)}


def _inside(graph, gradients):
    """id → sizes that are added up inside a rule, of which little may be left: x − μ of one
    row is 0 but for rounding, and so is gelu′ far to the left."""
    found = {}

    def add(tensor, size):
        found[id(tensor)] = max(found.get(id(tensor), 0.0), largest(size))

    for out in graph.outputs:
        node, dy = out.node, gradients[id(out)]
        if dy is None:
            continue
        dy, activation = np.abs(dy), _activation_of(node)
        if node.op.family == "normalize":
            x, gamma, beta = node.inputs
            steepest = largest(gamma.numpy()) / np.sqrt(node.arguments["epsilon"])
            for t, factor in ((x, steepest), (gamma, 1.0), (beta, 1.0)):
                add(t, factor * _finite_sum(dy))
        elif node.op.family == "loss":
            add(node.inputs[1], 2 * dy)
        elif activation is not None and ("u" in activation.reads or activation.kinks):
            if node.name != "dense":
                add(node.inputs[0], dy)
                continue
            x, w = (np.abs(t.numpy()) for t in node.inputs[:2])
            rows, dy = x.reshape(-1, x.shape[-1]), dy.reshape(-1, dy.shape[-1])
            for t, size in zip(node.inputs, (dy @ w.T, rows.T @ dy, dy.sum(0)), strict=False):
                add(t, size)
    return found


def _activation_of(node):
    """The entry of the activation that a node applies, if it does."""
    if node.name == "dense":
        return OPS[node.arguments["activation"]]
    return node.op if node.op.family == "activation" else None


def _has_kink(node):
    op = _activation_of(node) or node.op
    return bool(op.kinks or op.margins)


def _tells_side(node):
    """Whether a rule reads from the output on which side of a kink its input was."""
    return "y" in node.op.reads and _has_kink(node)


def _unit(dtype):
    """Half of the distance from 1 to the next number of a dtype: what rounding is off at most."""
    return np.finfo(dtype).eps / 2


def largest(array):
    """The largest finite absolute value; 0 of nothing."""
    if array is None:
        return 0.0
    array = np.abs(np.asarray(array, np.float64))
    return float(array.max(initial=0.0, where=np.isfinite(array)))


def _finite_sum(array):
    return float(np.sum(array, dtype=np.float64, where=np.isfinite(array)))
