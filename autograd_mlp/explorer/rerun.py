"""The recorded graph behind a loss, evaluated again with some of its values replaced.

Nothing of the recording is touched: every call is done again on buffers of its own
(`call_again`), inside `no_grad`, with the random numbers that it drew the first time.
"""

import contextlib
from functools import partial

import numpy as np

from .._engine import Tensor, call_again, is_tracing, no_grad, trace


class _Deaf:
    """A trace hook that listens to nothing."""

    def forward(self, node, output):
        pass

    def backward(self, node, index, upstream, contribution, total):
        pass


def unheard():
    """Context manager in which calls are not reported to a trace hook of the user's own."""
    return trace(_Deaf()) if is_tracing() else contextlib.nullcontext()


class Graph:
    """The recorded calls from which a loss was computed, in the order in which forward ran them.

    Parameters
    ----------
    loss : Tensor
        Computed from tensors that require a gradient.

    Attributes
    ----------
    outputs : list of Tensor
        What the calls computed, inputs of a call before its output; the loss is the last.
    leaves : list of Tensor
        Those that require a gradient and were computed by no call, in the order of their use.
    tensors : list of Tensor
        Every tensor with a gradient: the leaves, then the outputs.

    Raises
    ------
    ValueError
        If no recorded call made the loss.

    Notes
    -----
    Operands that need no gradient (data, labels) are constants here: what made them, if
    anything did, was not recorded.

    Examples
    --------
    >>> from autograd_mlp import ops
    >>> w = Tensor([1.0, -2.0], requires_grad=True)
    >>> graph = Graph((ops.relu(w) * 3.0).sum())
    >>> [t.node.name for t in graph.outputs]
    ['relu', 'multiply', 'sum']
    >>> graph.loss_with([(w, [1.5, 0.5])])
    6.0
    """

    def __init__(self, loss):
        if loss.node is None:
            raise ValueError("there is no graph behind this tensor: no recorded operation made it "
                             "(it needs an input with requires_grad=True, outside of no_grad())")
        self.loss = loss
        self.outputs, self.leaves = _in_order(loss)
        self.tensors = self.leaves + self.outputs
        self.position = {id(t): i for i, t in enumerate(self.outputs)}
        self.users = {id(t): [] for t in self.tensors}      # positions of the calls that read t
        for i, out in enumerate(self.outputs):
            for x in out.node.inputs:
                if id(x) in self.users and i not in self.users[id(x)][-1:]:
                    self.users[id(x)].append(i)
        self._below = {}
        self._base = None

    def below(self, tensor):
        """Positions in `outputs` of what depends on a tensor, in order."""
        found = self._below.get(id(tensor))
        if found is None:
            seen, stack = set(), list(self.users[id(tensor)])
            while stack:
                i = stack.pop()
                if i not in seen:
                    seen.add(i)
                    stack.extend(self.users[id(self.outputs[i])])
            found = self._below[id(tensor)] = sorted(seen)
        return found

    @property
    def base(self):
        """Every value of the graph in float64, computed from the recorded leaves: id → Tensor."""
        if self._base is None:
            self._base = values = {id(t): _double(t) for t in self.leaves}
            with no_grad(), np.errstate(all="ignore"):
                for out in self.outputs:
                    for x in out.node.inputs:
                        if id(x) not in values:
                            values[id(x)] = _double(x)
                    values[id(out)] = self._again(out.node, values, {})
        return self._base

    def evaluate(self, replaced):
        """The values that change, in float64, if some tensors have other ones.

        Parameters
        ----------
        replaced : list of (Tensor, array_like)
            Leaves or computed tensors of the graph, each with values of its shape.

        Returns
        -------
        dict
            From ``id(tensor)`` to a Tensor of float64, for the tensors replaced and for what was
            computed from them.
        """
        base, changed, positions = self.base, {}, set()
        for tensor, value in replaced:
            changed[id(tensor)] = Tensor(np.asarray(value, np.float64))
            positions.update(self.below(tensor))
        with no_grad(), np.errstate(all="ignore"):
            for i in (sorted(positions) if len(replaced) > 1 else self.below(replaced[0][0])):
                out = self.outputs[i]
                if id(out) not in changed:
                    changed[id(out)] = self._again(out.node, base, changed)
        return changed

    def loss_with(self, replaced):
        """The loss, a float, if some tensors have other values; see `evaluate`."""
        found = self.evaluate(replaced) if replaced else self.base
        return float(found.get(id(self.loss), self.base[id(self.loss)]))

    @staticmethod
    def _again(node, base, changed):
        inputs = [changed[id(x)] if id(x) in changed else base[id(x)] for x in node.inputs]
        return call_again(node, inputs, "float64")

    def made_anew(self, leaves, adjust=None):
        """The same calls, recorded once more in their own dtypes, on other leaves.

        Parameters
        ----------
        leaves : list of Tensor
            In the order of `leaves`, of the same shapes and dtypes.
        adjust : callable, optional
            ``adjust(node, array)`` may change what a call computed; see `call_again`.

        Returns
        -------
        dict
            From ``id`` of a tensor of this graph to its counterpart; that of the loss has a
            graph behind it, so that ``backward()`` fills the gradients of the new leaves.
        """
        new = {id(old): leaf for old, leaf in zip(self.leaves, leaves, strict=True)}
        with np.errstate(all="ignore"):
            for out in self.outputs:
                inputs = [x if (other := new.get(id(x))) is None else other
                          for x in out.node.inputs]
                new[id(out)] = call_again(out.node, inputs, None,
                                          adjust and partial(adjust, out.node))
        return new


def _double(tensor):
    """A constant copy in float64; integers (labels, indices) as they are."""
    if tensor.dtype.kind == "i":
        return tensor.detach()
    return Tensor(tensor.numpy(), dtype="float64")


def _in_order(loss):
    """(outputs, leaves) behind a loss: a walk in depth with a stack, for long chains."""
    outputs, leaves, seen = [], [], {id(loss)}
    stack = [(loss, iter(loss.node.inputs))]
    while stack:
        tensor, inputs = stack[-1]
        for x in inputs:
            if id(x) in seen or not x.requires_grad:
                continue
            seen.add(id(x))
            if x.node is None:
                leaves.append(x)
            else:
                stack.append((x, iter(x.node.inputs)))
                break
        else:
            stack.pop()
            outputs.append(tensor)
    return outputs, leaves
