"""What the trace hook notes of a forward and a backward pass."""

import linecache
import os
import sys
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .._engine import Tensor, gradients_of, trace
from ..layers._state import calls as layer_calls

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_EXPLORER = os.path.dirname(os.path.abspath(__file__)) + os.sep
# between a layer or model and an operation there is nothing to see
_WRAPPERS = tuple(os.path.join(_PACKAGE, part) + os.sep for part in ("ops", "losses"))


@dataclass
class Call:
    """One forward call.

    Attributes
    ----------
    node : Node
    output : Tensor
    layer : Layer or None
        Whose ``call`` made it.
    source : dict or None
        ``file`` (without folders), ``line`` and ``text`` of the line of Python that made it.
    """

    node: object
    output: Tensor
    layer: object = None
    source: dict | None = None


@dataclass
class Edge:
    """One backward edge: what a node adds to the gradient of one of its inputs.

    Attributes
    ----------
    node : Node
    index : int
        Number of the input.
    upstream, contribution, total : ndarray
        Gradient of the node's output; what the node's rule makes of it; the sum so far.
    before : ndarray or None
        The sum before; None if this contribution is the first.
    """

    node: object
    index: int
    upstream: object
    contribution: object
    before: object
    total: object


@dataclass
class Recording:
    """A forward and a backward pass.

    Attributes
    ----------
    loss : Tensor
    calls : list of Call
        Those that the loss depends on, in the order in which they ran.
    edges : list of Edge
        In the order of the backward walk.
    names : dict of int to str
        Names of tensors, by their id, in the Python that computed the loss.
    model, x, y, y_pred, sample_weight : optional
        Of ``model.explain``.
    """

    loss: Tensor
    calls: list
    edges: list
    names: dict = field(default_factory=dict)
    model: object = None
    x: Tensor | None = None
    y: Tensor | None = None
    y_pred: Tensor | None = None
    sample_weight: Tensor | None = None

    @cached_property
    def made_by(self):
        """The call that made each computed tensor, by the tensor's id."""
        return {id(call.output): call for call in self.calls}

    @cached_property
    def targets(self):
        """Ids of what losses compare with."""
        return {id(call.node.inputs[0]) for call in self.calls if call.node.op.family == "loss"}

    @cached_property
    def owners(self):
        """The layer of each weight, by the weight's id."""
        layers = {call.layer: None for call in self.calls if call.layer is not None} \
            if self.model is None else [self.model, *self.model._layers_inside()]
        return {id(w): layer for layer in layers
                for w in (*layer._trainable_variables, *layer._non_trainable_variables)}


class Hook:
    """The trace hook: keeps every forward call and copies every backward edge.

    Parameters
    ----------
    find_names : bool
        Look for the names of operands among the variables of the Python that computes.
    """

    def __init__(self, find_names=False):
        self.calls = {}         # id of the output → Call, which keeps the output alive
        self.edges = []
        self.names = {}
        self._totals = {}
        self._find_names, self._modules = find_names, set()

    def forward(self, node, output):
        """Called by the engine after an operation ran."""
        users, own = _frames(sys._getframe(1))
        self.calls[id(output)] = Call(node, output, layer_calls.frame[0],
                                      _line(users if users is not None else own))
        if self._find_names and users is not None:
            if id(users.f_globals) not in self._modules:
                self._modules.add(id(users.f_globals))
                self.names = names_in(users.f_globals) | self.names
            self._name_operands(node, users)

    def _name_operands(self, node, frame):
        """Names of the operands in the frame; an array became a tensor, and is known by values."""
        here = frame.f_locals
        tensors = names_in(here)
        for t in node.inputs:
            if id(t) not in self.names and id(t) in tensors:
                self.names[id(t)] = tensors[id(t)]
            elif id(t) not in self.names and t.size > 1 and t.node is None:
                for name, value in (*here.items(), *frame.f_globals.items()):
                    if isinstance(value, np.ndarray) and value.shape == t.shape \
                            and not name.startswith("_") and np.array_equal(value, t.numpy()):
                        self.names[id(t)] = name
                        break

    def backward(self, node, index, upstream, contribution, total):
        """Called by the engine for each edge."""
        x = node.inputs[index]
        total = total.copy()
        self.edges.append(Edge(node, index, upstream.copy(), contribution.copy(),
                               self._totals.get(id(x)), total))
        self._totals[id(x)] = total


def names_in(variables):
    """Names of the tensors among some Python variables, by their id: the first of each."""
    return {id(value): name for name, value in reversed(list(variables.items()))
            if isinstance(value, Tensor) and not name.startswith("_")}


def walk_back(hook, loss):
    """Run the backward pass of a loss under the hook; no tensor's ``grad`` is touched.

    Returns
    -------
    Recording
    """
    hook.edges.clear()
    hook._totals.clear()
    with trace(hook):
        gradients_of([loss], [], [None], None)
    return Recording(loss, calls_behind(hook, loss), list(hook.edges), dict(hook.names))


def calls_behind(hook, loss):
    """The calls that the loss depends on, in the order in which they ran."""
    place = {key: i for i, key in enumerate(hook.calls)}
    found, pending = {}, [loss]
    while pending:
        t = pending.pop()
        if id(t) in found:
            continue
        call = hook.calls.get(id(t))
        if call is None and t.node is not None:     # recorded before the hook was set
            call = Call(t.node, t)
        if call is not None:
            found[id(t)] = call
            pending.extend(call.node.inputs)
    return [found[key] for key in sorted(
        found, key=lambda key: (key in place, place.get(key, found[key].node.order)))]


def _frames(frame):
    """The nearest frames of a user's Python and of the library's own, of what computes."""
    own = None
    while frame is not None:
        file = os.path.abspath(frame.f_code.co_filename)
        if file.startswith(_EXPLORER):
            break
        if not file.startswith(_PACKAGE):
            if file.endswith((".py", ">")):
                return frame, own
        elif own is None and not file.startswith(_WRAPPERS):
            own = frame
        frame = frame.f_back
    return None, own


def _line(frame):
    if frame is None:
        return None
    file, line = frame.f_code.co_filename, frame.f_lineno
    return {"file": os.path.basename(file), "line": line,
            "text": linecache.getline(file, line, frame.f_globals).strip().rstrip("\\ ")}
