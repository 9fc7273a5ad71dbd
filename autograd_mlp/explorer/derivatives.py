"""Local derivatives of single calls, asked of the operations' own rules."""

import numpy as np

from .. import ops
from .._engine import OPS, Tensor, gradients_of, trace

# Families in which one input cell may meet one output cell.
_CELL_BY_CELL = ("unary", "binary", "activation", "reduce", "loss", "random", "shape")


class _Contributions:
    """Trace hook that keeps the contributions of one node."""

    def __init__(self):
        self.found = {}

    def forward(self, node, output):
        pass

    def backward(self, node, index, upstream, contribution, total):
        self.found[index] = contribution.copy()


def contributions_for_ones(node, output):
    """What a node's rule hands to its inputs for an upstream gradient of ones, by input number."""
    hook = _Contributions()
    with trace(hook):
        gradients_of([output], [], [None], [(node.order - 1, node.order)])
    return hook.found


def mixes_cells(op):
    """Whether an activation works on rows, as softmax does, and not cell by cell."""
    return op.family == "activation" and op.shape_rule != "(…) → (…)"


def local_derivative(edge, output):
    """The derivative where each input cell meets one output cell, found with upstream ones.

    Returns
    -------
    ndarray of the input's shape, or None
        None where input cells meet several output cells, as in matrix products and softmax:
        there the contribution is not upstream × local, cell by cell.
    """
    node = edge.node
    if node.op.family not in _CELL_BY_CELL or mixes_cells(node.op):
        return None
    local = contributions_for_ones(node, output).get(edge.index)
    if local is None:
        return None
    upstream = _over_the_input(edge, local.shape)
    if upstream is None:
        return None
    with np.errstate(all="ignore"):
        product = upstream * local
    tolerance = 1e-4 if local.dtype == np.float32 else 1e-10
    size = np.abs(edge.contribution[np.isfinite(edge.contribution)]).max(initial=0)
    close = np.allclose(product, edge.contribution, rtol=tolerance, atol=tolerance * size,
                        equal_nan=True)
    return local if close else None


def _over_the_input(edge, shape):
    """The upstream gradient brought to the input's shape where each input cell meets one of its
    cells; None if it does not fit."""
    upstream = edge.upstream
    if upstream.shape == shape:
        return upstream
    if edge.node.op.family == "loss" and upstream.shape == shape[:-1]:
        return upstream[..., None]
    if edge.node.op.family == "reduce":
        axis = (edge.node.arguments or {}).get("axis")
        if upstream.ndim == len(shape) or axis is None:
            return upstream if upstream.ndim in (0, len(shape)) else None
        return np.expand_dims(upstream, axis)
    return None


def inside_dense(node, upstream):
    """What a dense call computes on the way: z = x·W + b, the slope f′(z), and dz = dy · f′(z).

    Parameters
    ----------
    node : Node
    upstream : ndarray or None
        Gradient of the output; without it there is no dz.

    Returns
    -------
    dict
        ``z``, ``slope`` (None where f mixes the cells of a row, as softmax does) and ``dz``
        (None without `upstream`), all of the output's shape.
    """
    arguments = dict(node.arguments or {})
    activation = arguments.pop("activation", "linear")
    operands = [Tensor(t.numpy()) for t in node.inputs]
    z = Tensor(ops.dense(*operands).numpy(), requires_grad=True)
    y = OPS[activation].function(z, **arguments)
    inner = {"z": z.numpy(), "slope": None, "dz": None}
    if not mixes_cells(OPS[activation]):
        inner["slope"] = gradients_of([y], [z], [None], None)[0].numpy()
    if upstream is not None:
        inner["dz"] = gradients_of([y], [z], [upstream], None)[0].numpy()
    return inner
