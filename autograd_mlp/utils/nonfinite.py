"""Where a number first became NaN or infinite: which operation made it, in which layer, of what.

Such a number spreads: once a loss is NaN, so are all gradients, and after the update all weights.
What is asked here is therefore what came first. The answer follows from one step whose values are
still there: from the loss back along the tensors that are not finite, to a call all of whose
inputs are finite; and if the loss is finite, along the backward pass to the first edge that is not.
"""

import numpy as np

from .._engine import Tensor, Variable, calls_recorded, gradients_of, no_grad, trace
from .._errors import lesson
from ..layers._state import calls

_RESULT = {"loss": "ℓ", "binary": "z"}


class NonFinite:
    """The answer of `find_nonfinite`; ``print`` it.

    Attributes
    ----------
    stage : {"data", "weight", "forward", "backward", "update"}
        What it was that made the number, or held it already.
    name : str
        The operation that made it; the weight or the data that held it.
    layer : str or None
        Path of the layer whose call it was.
    value : str
        ``"nan"``, ``"inf"`` or ``"-inf"``: the first one.
    inputs : list of str
        What the operation worked on: names, shapes, smallest and largest number.
    text : str
        All of it in words.
    """

    def __init__(self, stage, name, value, *, layer=None, inputs=(), where="", why="", use=""):
        self.stage, self.name, self.value, self.layer = stage, name, value, layer
        self.inputs = list(inputs)
        self._where, self._why, self._use = where, why, use

    @property
    def first(self):
        """The answer in a few words."""
        return {"data": f"{self.name} is {self.value}",
                "weight": f"weight '{self.name}' holds {self.value}",
                "forward": f"operation {self.name} made {self.value}",
                "backward": f"the gradient through operation {self.name} became {self.value}",
                "update": f"the update of weight '{self.name}' made {self.value}"}[self.stage]

    @property
    def text(self):
        """The answer with its place, its cause and what to do."""
        return self.told()

    def told(self, before="", settings=""):
        """The text, its first line after `before`, its place with the settings of the training."""
        where = "\n".join(part for part in (self._where, *self.inputs, settings) if part)
        first = f"{before}{self.first}."
        if not before and self.stage != "data":
            first = first[0].upper() + first[1:]
        return lesson(first, where=where, why=self._why, use=self._use)

    def __str__(self):
        return self.text

    def __repr__(self):
        return f"<NonFinite {self.first}>"


def find_nonfinite(model, x=None, y=None, sample_weight=None):
    """Return what first becomes NaN or infinite in one step, or None if everything is finite.

    Parameters
    ----------
    model : Model or Tensor
        A model, compiled with a loss if there are targets; or a loss that was computed from
        tensors, of which nothing else is needed.
    x, y, sample_weight : array_like, optional
        A batch for the model. Without `y` only its outputs are looked at.

    Returns
    -------
    NonFinite or None

    Notes
    -----
    The step is run once, as in training, with a trace hook (`autograd_mlp.trace`), but without its
    update: weights, their gradients, statistics and random numbers stay as they were.

    Examples
    --------
    >>> from autograd_mlp import Tensor
    >>> w = Tensor([0.0, 2.0], requires_grad=True)
    >>> loss = (w.log() * w).sum()
    >>> print(find_nonfinite(loss))
    Operation log made -inf.
      Where: y = ln x
             x (2,) from 0 to 2
             y (2,): 1 of 2 numbers is not finite
      Why:   log 0 is -inf, and negative numbers have no logarithm.
      Try:   log(x + 1e-7), or log(clip(x, 1e-7, inf))
    """
    hook = _Hook()
    if isinstance(model, Tensor):
        return _in_graph(model, hook)
    state = [(variable, variable.numpy()) for variable in model.variables]
    arrays, dtypes = [model._prepare_x(x), None, None], [None] * 3
    if y is not None:
        model._check_compiled("find_nonfinite")
        arrays, dtypes = model._prepare(x, y, sample_weight)
    tensors = [None if a is None else Tensor(a, dtype)
               for a, dtype in zip(arrays, dtypes, strict=True)]
    for name, tensor in zip(("x", "y", "sample_weight"), tensors, strict=True):
        if tensor is not None and not _finite(tensor):
            return _data(name, tensor.numpy())
    try:
        with trace(hook):
            y_pred = model(tensors[0], training=True)
            loss = y_pred if y is None else model.compute_loss(
                x=tensors[0], y=tensors[1], y_pred=y_pred, sample_weight=tensors[2])
        return _in_graph(loss, hook, backward=y is not None)
    finally:
        for variable, values in state:
            variable.assign(values)


class _Hook:
    """Notes which call made which tensor, in which layer; and the first edge that is not finite."""

    def __init__(self):
        self.made = {}          # id of a tensor → (node, layer, tensor); the last keeps it alive
        self.edge = None
        self.arrived = False    # whether the gradient of any leaf is not finite

    def forward(self, node, output):
        self.made[id(output)] = node, calls.frame[0], output

    def backward(self, node, index, upstream, contribution, total):
        if np.isfinite(total).all():
            return
        self.arrived = self.arrived or node.inputs[index].node is None
        if self.edge is None and np.isfinite(upstream).all():
            self.edge = node, index, upstream.copy(), total.copy()

    def maker(self, tensor):
        """(node, layer) of the call that made a tensor; (None, None) of a leaf."""
        node, layer, _ = self.made.get(id(tensor), (tensor.node, None, None))
        return node, layer


def _in_graph(loss, hook, backward=True):
    if not _finite(loss):
        return _made_by(loss, hook)
    if backward and loss.requires_grad:
        with np.errstate(all="ignore"), trace(hook):
            gradients_of([loss], [], [None], [(-1, calls_recorded())])
        if hook.arrived and hook.edge is not None:      # else a slope of 0 kept it back
            return _edge(hook)
    return None


def _made_by(tensor, hook):
    """Follow the tensors that are not finite to where they come from."""
    while True:
        node, layer = hook.maker(tensor)
        if node is None:
            return _leaf(tensor)
        bad = [x for x in node.inputs if not _finite(x)]
        if not bad:
            return _call(node, layer, tensor)
        tensor = bad[0]


def _call(node, layer, output):
    values = output.numpy()
    count = values.size - np.isfinite(values).sum()
    why, use = _reason(node, values)
    return NonFinite(
        "forward", node.op.name, _first_of(values), layer=_path(layer),
        inputs=[*_inputs(node), f"{_RESULT.get(node.op.family, 'y')} {values.shape}: {count} of "
                f"{values.size} numbers {'is' if count == 1 else 'are'} not finite"],
        where=_place(node, layer), why=why, use=use)


def _edge(hook):
    node, index, upstream, total = hook.edge
    _, layer = next(((n, where) for n, where, _ in hook.made.values() if n is node), (None, None))
    x = node.inputs[index]
    return NonFinite(
        "backward", node.op.name, _first_of(total), layer=_path(layer),
        inputs=[*_inputs(node), f"upstream gradient {_range(upstream)}",
                f"gradient of {_called(node, index)} {_range(total)}"],
        where=f"{_place(node, layer)}\nbackward: {node.op.vjp}",
        why=f"The loss is finite, but the slope at these numbers is not, or no {x.dtype} holds it.",
        use="a smaller learning rate, clipnorm=1.0 in the optimizer, or inputs farther from where "
            "the function is steep")


def _leaf(tensor):
    values = tensor.numpy()
    if isinstance(tensor, Variable):
        name = tensor.path or tensor.name
        return NonFinite("weight", name, _first_of(values), inputs=[_range(values)],
                         why="What is computed with it is not finite either.",
                         use="new weights: build the model again, or load weights from before")
    return _data(tensor.name or f"a tensor of shape {tensor.shape}", values)


def _data(name, values):
    at = np.unravel_index(np.flatnonzero(~np.isfinite(values))[0], values.shape)
    count = values.size - np.isfinite(values).sum()
    place = f"{name}[{', '.join(map(str, at))}]"
    return NonFinite(
        "data", place, _first_of(values), inputs=[
            f"{name} of shape {values.shape}, {count} of {values.size} numbers are not finite"],
        why="What is missing in data is often stored as nan; everything that is computed with it "
            "is nan as well.",
        use=f"x[np.isfinite({name}).all(axis=1)] leaves such rows out; np.nan_to_num({name}) puts "
            "0 there")


# ---- in words ------------------------------------------------------------------------------

def _reason(node, values):
    """(why this operation makes such a number, what helps)."""
    name, largest = node.op.name, np.finfo(node.inputs[-1].dtype.name).max \
        if node.inputs and node.inputs[-1].dtype.kind == "f" else np.finfo("float32").max
    if name == "log":
        return ("log 0 is -inf, and negative numbers have no logarithm.",
                "log(x + 1e-7), or log(clip(x, 1e-7, inf))")
    if name == "sqrt":
        return "Negative numbers have no square root.", "sqrt(relu(x) + 1e-7)"
    if name == "divide":
        return "A number divided by 0 is infinite, and 0/0 is nan.", "u / (v + 1e-7)"
    if name == "power":
        return ("0 to a negative power is infinite; a negative number to a broken power is nan.",
                "a base above 0: abs(u) + 1e-7")
    if name in ("exp", "softplus", "exponential") and not np.isnan(values).any():
        return (f"e to the power of more than {np.log(largest):.1f} is larger than {largest:.2g}, "
                "the largest number of this type.", "smaller inputs: divide them, or subtract "
                "their largest one first")
    activation = node.arguments.get("activation") if name == "dense" else None
    if activation in ("exponential", "softplus", "elu", "selu") and _finite_product(node):
        name = activation
        return (f"z is finite, but {name} of z is not: e to the power of more than "
                f"{np.log(largest):.1f} is larger than {largest:.2g}, the largest number of this "
                "type.", "a smaller learning rate, or an activation that does not grow so fast")
    if np.isnan(values).any() and not np.isinf(values).any():
        return ("Large numbers of both signs met: inf - inf and 0 * inf are nan.",
                "a smaller learning rate, inputs scaled to about 1")
    return (f"A result is larger than {largest:.2g}, the largest number of this type.",
            "a smaller learning rate, inputs scaled to about 1, or clipnorm=1.0 in the optimizer")


def _place(node, layer):
    parts = [] if layer is None else [f"layer '{_path(layer)}' ({type(layer).__name__})"]
    if layer is None and node.op.family == "loss":
        parts.append("the loss")
    parts.append(node.op.formula)
    if node.source:
        parts.append(node.source.replace("\\", "/").rpartition("/")[2])
    return "; ".join(part for part in parts if part)


def _path(layer):
    return None if layer is None else getattr(layer, "path", None) or layer.name


def _inputs(node):
    values = [x.numpy() for x in node.inputs]
    lines = [f"{_called(node, i)} {_range(array)}" for i, array in enumerate(values)]
    if node.op.name == "dense":
        x, w, *b = values
        with np.errstate(all="ignore"):
            z = sum(b, x @ w)
        lines.append(f"z = x·W + b {_range(z)}, f = {node.arguments.get('activation', 'linear')}")
    return lines


def _finite_product(node):
    x, w, *b = (t.numpy() for t in node.inputs)
    with np.errstate(all="ignore"):
        return bool(np.isfinite(sum(b, x @ w)).all())


def _called(node, index):
    from ..explorer.reading import letters_of  # not at the top: it stands above this module

    letter, x = letters_of(node)[index], node.inputs[index]
    return f"{letter} '{x.path}'" if isinstance(x, Variable) and x.path else letter


def _range(values):
    with np.errstate(all="ignore"):     # of nan nothing is smallest
        low, high = (values.min(), values.max()) if values.size else (np.nan, np.nan)
    from ..explorer.numbers import text

    return f"{values.shape} from {text(low)} to {text(high)}" if low != high else \
        f"{values.shape}, all {text(low)}"


def _first_of(values):
    bad = values[~np.isfinite(values)]
    return f"{bad.ravel()[0]}" if bad.size else "finite"


def _finite(tensor):
    with no_grad():
        values = tensor.numpy()
    return values.dtype.kind != "f" or bool(np.isfinite(values).all())
