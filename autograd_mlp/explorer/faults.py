"""Break it: the mistakes that are made when backpropagation is written by hand, really made.

Each fault replaces what operations' rules return (`override_rule`) while the engine's own backward
pass runs. Then the gradients are held against those of the right rules and against the
numeric check, and the model is trained on its batch with the fault and without; all of it is
taken back.
"""

import contextlib

import numpy as np

from .. import ops
from .._engine import OPS, Tensor, gradients_of, override_rule, trace
from . import numbers
from .checks import WORK, NumericCheck, work_of
from .rerun import Graph, unheard

STEPS = 60              # of training, with a fault and without
# What all steps of all runs may cost, counted as in `checks`: large graphs train for fewer steps.
TRAINING_BUDGET = 500_000
COST = 4                # of a step, in forward passes
RATES = (0.1, 0.01, 0.001, 1e-4, 1e-6)      # for a loss without an optimizer: the first that works


LOWER = (" Lower does not mean right: a wrong gradient can still lead downhill, for a while even "
         "faster, as if the learning rate were another. Only the numeric check tells.")


class Fault:
    """One mistake. Subclasses say which nodes have it and what it makes of their contributions."""

    key = title = what = right = rule = why_not = ""

    def __init__(self, graph, order):
        """`order`: (position of the node, input number) of every backward edge, as it ran."""
        self.graph, self.order = graph, order

    def has(self, node):
        """Whether the mistake can be made in a node's rule."""
        raise NotImplementedError

    def applies(self):
        return any(self.has(out.node) for out in self.graph.outputs)

    def wrong(self, position, node, dy, contributions):
        """The contributions of a node with the mistake."""
        raise NotImplementedError

    @contextlib.contextmanager
    def made(self, graph=None):
        """Within it the backward pass of a graph (of the same calls) has the mistake."""
        graph = graph or self.graph
        place = {id(out.node): i for i, out in enumerate(graph.outputs)}

        def rule(node, dy, contributions):
            i = place.get(id(node))
            if i is None or not self.touches(i, node):
                return contributions
            with np.errstate(all="ignore"):
                return self.wrong(i, node, dy, contributions)

        with contextlib.ExitStack() as stack:
            for name in sorted({out.node.name for out in graph.outputs}):
                stack.enter_context(override_rule(name, rule))
            yield

    def touches(self, position, node):
        return self.has(node)


class Transpose(Fault):
    key = "transpose"
    title = "forget the transpose"
    what = ("The gradients of a product need xᵀ and Wᵀ. Here the numbers are read from memory in "
            "the order in which they lie, as if they were the transposed matrix: the shapes "
            "fit, so nothing complains, but the numbers stand in the wrong places. (A matrix of "
            "one row or one column is the same in both orders.)")
    right = "dW = xᵀ·dz,  dx = dz·Wᵀ"
    rule = "dW = x·dz,  dx = dz·W"
    why_not = "no two matrices are multiplied here whose transposes lie differently in memory"

    def has(self, node):
        if node.name not in ("dense", "matmul"):
            return False
        x, w = node.inputs[:2]
        wants_x, wants_w = x.requires_grad, w.requires_grad
        return (x.ndim == w.ndim == 2 or node.name == "dense") and (
            wants_w and x.size > x.shape[-1] > 1 or wants_x and w.size > w.shape[-1] > 1)

    def wrong(self, position, node, dy, contributions):
        x, w = (t.numpy() for t in node.inputs[:2])
        dz = _dz(node, dy) if node.name == "dense" else dy
        x, dz = x.reshape(-1, x.shape[-1]), dz.reshape(-1, dz.shape[-1])
        found = list(contributions)
        if found[0] is not None and min(w.shape) > 1:
            found[0] = (dz @ w.reshape(w.shape[::-1])).reshape(found[0].shape)
        if found[1] is not None and min(x.shape) > 1:
            found[1] = x.reshape(x.shape[::-1]) @ dz
        return found


class Slope(Fault):
    key = "slope"
    title = "forget f′(z)"
    what = ("The gradient goes back through an activation y = f(z) by dz = dy · f′(z). Here "
            "the factor f′(z) is left out, as if every activation were a straight line.")
    right = "dz = dy · f′(z)"
    rule = "dz = dy"
    why_not = "there is no activation function here, or only y = z, whose f′ is 1"

    def has(self, node):
        return _activation(node) is not None

    def slope(self, node, dy):
        """The gradient of z, as the mistake has it."""
        return dy

    def wrong(self, position, node, dy, contributions):
        dz = self.slope(node, dy)
        if dz.shape == dy.shape and np.array_equal(dz, _dz(node, dy), equal_nan=True):
            return contributions        # here the mistake makes no difference, not even in rounding
        if node.name != "dense":
            return [np.reshape(dz, contributions[0].shape)]
        x, w = (t.numpy() for t in node.inputs[:2])
        rows, dz = x.reshape(-1, x.shape[-1]), dz.reshape(-1, dz.shape[-1])
        right = [(dz @ w.T).reshape(x.shape), rows.T @ dz, dz.sum(0)]
        return [None if c is None else r for c, r in zip(contributions, right, strict=False)]


class AtOutput(Slope):
    key = "y_for_z"
    title = "y instead of z"
    what = ("f′ is to be taken at z, what goes into the activation. Here it is taken at y, what "
            "comes out of it.")
    harmless = (" For relu that changes nothing: y > 0 exactly where z > 0, which is why relu's "
                "derivative may be written with y.")
    right = "dz = dy · f′(z)"
    rule = "dz = dy · f′(y)"

    def __init__(self, graph, order):
        super().__init__(graph, order)
        if any(self.has(out.node) and _activation(out.node)[0] == "relu" for out in graph.outputs):
            self.what += self.harmless

    def slope(self, node, dy):
        return _dz(node, dy, at_output=True)


class Assign(Fault):
    key = "assign"
    title = "= instead of +="
    what = ("What several uses contribute to a gradient is added up. Here each contribution "
            "replaces the one before: of a tensor that is used twice only the last use counts, "
            "and of the sum over the batch in a weight's gradient only the last sample.")
    right = "grad += contribution"
    rule = "grad = contribution"
    why_not = "no tensor is used twice here, and no weight's gradient is a sum over several samples"

    def __init__(self, graph, order):
        super().__init__(graph, order)
        last = {}
        for i, index in order:
            last[id(graph.outputs[i].node.inputs[index])] = i, index
        kept = set(last.values())
        self.replaced = {edge for edge in order if edge not in kept}

    def has(self, node):
        x = node.inputs[0]
        if node.name in ("dense", "matmul") and len(node.inputs) > 1:
            return (x.size > x.shape[-1] and node.inputs[1].ndim == 2
                    and any(t.requires_grad for t in node.inputs[1:]))
        return node.name in ("add", "subtract") and any(
            t.requires_grad and t.ndim < max(u.ndim for u in node.inputs) for t in node.inputs)

    def applies(self):
        return bool(self.replaced) or super().applies()

    def touches(self, position, node):
        return self.has(node) or any(i == position for i, _ in self.replaced)

    def wrong(self, position, node, dy, contributions):
        found = list(contributions)
        if self.has(node) and node.name in ("dense", "matmul"):
            x = node.inputs[0].numpy()
            dz = _dz(node, dy) if node.name == "dense" else dy
            x, dz = x.reshape(-1, x.shape[-1]), dz.reshape(-1, dz.shape[-1])
            if found[1] is not None:
                found[1] = np.outer(x[-1], dz[-1])
            if len(found) > 2 and found[2] is not None:
                found[2] = dz[-1]
        elif self.has(node):
            for i, t in enumerate(node.inputs):
                if found[i] is not None and t.ndim < dy.ndim and t.shape == dy.shape[-t.ndim:]:
                    sign = -1 if node.name == "subtract" and i == 1 else 1
                    found[i] = sign * dy.reshape(-1, *t.shape)[-1]
        for i, c in enumerate(found):
            if c is not None and (position, i) in self.replaced:
                found[i] = np.zeros_like(c)     # the one that comes later stands alone
        return found


class Mean(Fault):
    key = "mean"
    title = "forget 1/N"
    what = ("The mean of N numbers hands 1/N of its gradient to each. Here each gets all of it: "
            "every gradient is N times too large. Plain gradient descent then goes on as with a "
            "learning rate N times as large, so training may even look faster, or blow up.")
    right = "dx = dy / N"
    rule = "dx = dy"
    why_not = "no mean of several numbers is taken here"

    def has(self, node):
        return node.name == "mean" and self.count(node) > 1

    @staticmethod
    def count(node):
        """Over how many numbers each mean goes."""
        axis, x = node.arguments["axis"], node.inputs[0]
        if axis is None:
            return x.size
        return int(np.prod([x.shape[a] for a in np.atleast_1d(axis)]))

    def wrong(self, position, node, dy, contributions):
        return [contributions[0] * self.count(node)]


FAULTS = (Transpose, Slope, Assign, Mean, AtOutput)


def _activation(node):
    """(name, arguments) of the function that a node applies to z; None if it is y = z."""
    arguments = dict(node.arguments or {})
    if node.name == "dense":
        name = arguments.pop("activation", "linear")
    elif node.op.family == "activation":
        name = node.name
    else:
        return None
    return None if name == "linear" else (name, arguments)


def _dz(node, dy, at_output=False):
    """dz from dy by the engine's rule of the activation, taken at z or, wrongly, at y."""
    found = _activation(node)
    if found is None:
        return dy
    name, arguments = found
    operands = [Tensor(t.numpy()) for t in node.inputs]
    z = ops.dense(*operands).numpy() if node.name == "dense" else operands[0].numpy()
    if at_output:
        z = OPS[name].function(Tensor(z), **arguments).numpy()
        if z.shape != dy.shape or (node.name != "dense" and z.shape != node.inputs[0].shape):
            return dy
    z = Tensor(z, requires_grad=True)
    y = OPS[name].function(z, **arguments)
    if y.shape != dy.shape:     # of half the columns, say
        return dy
    return gradients_of([y], [z], [dy], None)[0].numpy()


# ---- what it does -----------------------------------------------------------------------


class Broken:
    """All faults, tried on one graph.

    Parameters
    ----------
    check : NumericCheck
    gradients : dict, optional
        ``id(tensor)`` → the right gradient; by default those of `check`.
    train : callable, optional
        ``train(steps, fault)`` → losses, from the first to the one after the last step; `fault`
        is None for the right rules. By default plain gradient descent on the leaves.
    """

    def __init__(self, check, gradients=None, train=None):
        self.check, self.graph = check, check.graph
        self.gradients = check.gradients if gradients is None else gradients
        self.train = train or self.descend
        self.order = _backward_order(self.graph)
        work = sum(1 + work_of(out) // WORK for out in self.graph.outputs)
        runs = len(FAULTS) + 1
        self.steps = int(min(STEPS, TRAINING_BUDGET // (COST * runs * work)))
        self._rate = None

    def all(self):
        """A list of dicts, one for each of `FAULTS`; see `break_it`."""
        faults = [kind(self.graph, self.order) for kind in FAULTS]
        right = []
        if self.steps and any(fault.applies() for fault in faults):
            right = self.train(self.steps, None)
        return [self.entry(fault, right) for fault in faults]

    def entry(self, fault, right):
        applies = fault.applies()
        found = {"key": fault.key, "title": fault.title, "what": fault.what, "right": fault.right,
                 "rule": fault.rule, "applies": applies,
                 "why_not": None if applies else fault.why_not, "gradients": [],
                 "losses": {"right": [], "bug": [], "why": ""}}
        if not applies:
            return found
        with fault.made():
            wrong = gradients_of([self.graph.loss], self.graph.tensors, [None], None)
        wrong = {id(t): None if g is None else g.numpy()
                 for t, g in zip(self.graph.tensors, wrong, strict=True)}
        _, allowed = self.check.rounding
        for verdict in self.check.of(wrong):
            t = verdict["tensor"]
            if t is self.graph.loss or self.gradients.get(id(t)) is None:
                continue
            found["gradients"].append(
                {"tensor": t, **self.compared(wrong[id(t)], t, allowed[id(t)]),
                 "verdict": verdict["verdict"], "why": verdict["why"], "value": wrong[id(t)]})
        if self.steps:
            bug = self.train(self.steps, fault)
            found["losses"] = {"right": right, "bug": bug, "why": _training_said(right, bug)}
        return found

    def compared(self, wrong, tensor, allowed):
        right = self.gradients[id(tensor)]
        if np.isfinite(self.check.value) and np.isfinite(right).all():
            return _compared(wrong, right, allowed)
        return {"wrong": False, "largest_difference": None, "ratio": None}     # nobody can say

    def descend(self, steps, fault):
        """Losses of gradient descent on the leaves, at a rate with which the right rules work."""
        if fault is None:
            for self._rate in RATES:
                losses = self._descend(steps, None, self._rate)
                if np.isfinite(losses).all() and losses[-1] <= losses[0]:
                    break
            return losses
        return self._descend(steps, fault, self._rate)

    def _descend(self, steps, fault, rate):
        values = [t.numpy() for t in self.graph.leaves]
        losses = []
        for step in range(steps + 1):
            leaves = [Tensor(v, requires_grad=True) for v in values]
            loss = self.graph.made_anew(leaves)[id(self.graph.loss)]
            losses.append(float(loss))
            if step == steps or not np.isfinite(losses[-1]):
                break
            with fault.made(Graph(loss)) if fault else contextlib.nullcontext():
                gradients = gradients_of([loss], leaves, [None], None)
            with np.errstate(all="ignore"):
                values = [v if g is None else v - v.dtype.type(rate) * g.numpy()
                          for v, g in zip(values, gradients, strict=True)]
        return losses


def break_loss(loss, check=None):
    """What each mistake does to the gradients behind a loss, and to gradient descent on it.

    Returns
    -------
    list of dict
        As in `break_it`, with tensors instead of their ids.

    Examples
    --------
    >>> w = Tensor([[0.5, -1.0], [2.0, 1.0]], requires_grad=True)
    >>> x = Tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> for fault in break_loss((ops.dense(x, w, activation="tanh") ** 2).mean()):
    ...     print(fault["key"], [g["verdict"] for g in fault["gradients"] if g["wrong"]])
    transpose ['DISAGREES']
    slope ['DISAGREES']
    assign ['DISAGREES']
    mean ['DISAGREES', 'DISAGREES', 'DISAGREES']
    y_for_z ['DISAGREES']
    """
    return Broken(check or NumericCheck(loss)).all()


def _compared(wrong, right, allowed):
    """Whether a gradient is wrong by more than rounding, and by what."""
    if wrong is None:
        wrong = np.zeros_like(right)
    wrong, right = wrong.astype(np.float64), right.astype(np.float64)
    with np.errstate(all="ignore"):
        apart = np.abs(wrong - right)
        apart = np.where(np.isnan(apart), np.inf, apart)
        large = np.abs(right) > 10 * allowed
        ratios = wrong[large] / right[large]
    ratio = None
    if len(ratios) and np.isfinite(ratios).all() and np.ptp(ratios) <= 1e-3 * np.abs(ratios).max():
        ratio = float(ratios.mean())
    largest = float(apart.max(initial=0.0))
    return {"wrong": bool(largest > allowed), "largest_difference": largest, "ratio": ratio}


def _training_said(right, bug):
    """How training went, and what is to be learnt from it."""
    first, well, badly = right[0], right[-1], bug[-1]
    if not np.isfinite(first):
        return (f"The loss is {numbers.text(first)} before the first step: with such weights "
                "training shows nothing, neither with the right rules nor with the mistake.")
    said = (f"After {len(right) - 1} steps the loss went from {numbers.text(first)} to "
            f"{numbers.text(well)} with the right rules")
    if not np.isfinite(badly):
        return (f"{said}; with the mistake it is {numbers.text(badly)} after {len(bug) - 1}: it "
                "blew up.")
    if bug == right:
        return f"{said}, and with the mistake it is the same."
    said += f", and to {numbers.text(badly)} with the mistake."
    return said + LOWER if badly < well else said


class _Edges:
    """Trace hook that notes the order of backward edges."""

    def __init__(self, graph):
        self.place = {id(out.node): i for i, out in enumerate(graph.outputs)}
        self.found = []

    def forward(self, node, output):
        pass

    def backward(self, node, index, upstream, contribution, total):
        if id(node) in self.place:
            self.found.append((self.place[id(node)], index))


def _backward_order(graph):
    hook = _Edges(graph)
    with trace(hook):
        gradients_of([graph.loss], [], [None], None)
    return hook.found


# ---- for the document ----------------------------------------------------------------------


def break_it(recording, document):
    """The entry ``faults`` of the document.

    Returns
    -------
    list of dict
        ``key``, ``title``, ``what``, ``right`` and ``rule`` (texts, with ``right_math`` and
        ``rule_math``), ``applies``, ``why_not``; ``gradients``: dicts with ``tensor``, ``wrong``,
        ``largest_difference`` (None, and nothing is called wrong, if the loss or the right gradient
        is not finite), ``ratio`` (if it is the same everywhere, else None), the numeric
        check's ``verdict`` and ``why``, and ``value``; ``losses``: ``right`` and ``bug``, lists
        that begin with the loss before the first step and end early where it is no longer
        finite, and ``why``, a sentence on them. A model trains with its own optimizer.
    """
    from .checks import checker_of, recorded_gradients
    from .mathml import mathml
    from .story import tensors_of
    from .training import trainer

    train = None
    if recording.model is not None:
        def train(steps, fault):
            return trainer(recording, steps, lambda loss: (
                contextlib.nullcontext() if fault is None else fault.made(Graph(loss))))

    ids = {id(t): i for i, t in enumerate(tensors_of(recording))}
    with unheard():
        right = recorded_gradients(recording, document)
        entries = Broken(checker_of(recording), right, train).all()
    for entry in entries:
        entry["right_math"], entry["rule_math"] = mathml(entry["right"]), mathml(entry["rule"])
        entry["gradients"] = [{**g, "tensor": ids[id(g["tensor"])]} for g in entry["gradients"]
                              if id(g["tensor"]) in ids]
    return entries
