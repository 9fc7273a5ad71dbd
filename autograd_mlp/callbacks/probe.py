"""What a model would do with a batch right now, measured on a copy of it.

Gradients and updates are those of the engine's own tape: the copy runs forward, ``backward()`` and
its optimizer. The model itself is only read, so nothing of it has to be put back.
"""

import contextlib
import copy
import random as python_random
from dataclasses import dataclass, field

import numpy as np

from .. import random
from .._engine import Tensor, trace
from ..layers._state import calls

# Output y of an activation → where a unit passes no gradient back, or hardly any. A rectifier that
# puts out 0 has slope 0: it is dead if it does so for all samples. Of a sigmoid the slope is never
# 0; where it is less than 4 % of its largest (y below 0.0101 or above 0.9899; |tanh| above 0.98)
# the unit counts as saturated.
FLAT = {
    "relu": ("dead", lambda y: y == 0),
    "relu6": ("dead", lambda y: (y == 0) | (y == 6)),
    "sigmoid": ("saturated", lambda y: y * (1 - y) < 0.04 * 0.25),
    "tanh": ("saturated", lambda y: 1 - y * y < 0.04),
    "hard_sigmoid": ("saturated", lambda y: (y == 0) | (y == 1)),
    "hard_tanh": ("saturated", lambda y: np.abs(y) == 1),
}


@dataclass
class LayerFacts:
    """One layer at one moment.

    Attributes
    ----------
    name, kind : str
        The layer's name (with those of the layers around it if it is not the only one of that
        name), and its class.
    weights : dict of str to ndarray
        Copies of its weights by name (`Replay` keeps part of large ones).
    shapes : dict of str to tuple
        The shapes of its weights.
    gradient_norm : float or None
        Euclidean norm of the loss's gradient by all its trainable weights together.
    update_ratio : float or None
        Norm of the optimizer's next change of these weights, divided by their own norm.
    activation : str or None
        Its last operation, if that is one of `FLAT`.
    flat : "dead", "saturated" or None
        What its units are counted for.
    units, flat_units : int
        How many there are; how many of them are flat for every sample.
    """

    name: str
    kind: str
    weights: dict = field(repr=False)
    shapes: dict = field(repr=False)
    gradient_norm: float | None = None
    update_ratio: float | None = None
    activation: str | None = None
    flat: str | None = None
    units: int = 0
    flat_units: int = 0

    @property
    def flat_share(self):
        """Share of the units that are dead or saturated, from 0 to 1; None if none is counted."""
        return self.flat_units / self.units if self.flat else None


class _LastOperations:
    """A trace hook that keeps the last operation of each layer: {layer's id: (name, output)}."""

    def __init__(self):
        self.found = {}

    def forward(self, node, output):
        if not output.ndim:
            return              # the penalty of an activity regularizer
        layer = calls.frame[0]
        name = node.arguments["activation"] if node.name == "dense" else node.name
        self.found[id(layer)] = name, output.numpy() if name in FLAT else None

    def backward(self, node, index, upstream, contribution, total):
        pass


@contextlib.contextmanager
def random_states_kept():
    """Put the state of this library's, NumPy's and Python's randomness back at the end."""
    ours, numpys, pythons = random.get_state(), np.random.get_state(), python_random.getstate()  # noqa: NPY002
    try:
        yield
    finally:
        random.set_state(ours)
        np.random.set_state(numpys)  # noqa: NPY002
        python_random.setstate(pythons)


def copy_of(model, owner="Replay"):
    """A copy of a model, its optimizer and its random state, without history and metrics.

    Parameters
    ----------
    model : Model
    owner : str
        Who wants to look at it, as the error says.

    Raises
    ------
    TypeError
        If something in the model cannot be copied.
    """
    left_out = {id(model.history): None}
    if getattr(model, "_metrics", None) is not None:    # they exist: nobody will ask to make them
        left_out |= {id(model._metrics): [], id(model._weighted_metrics): [],
                     id(model._metric_keys): [], id(model._compile_config): {}}
    try:
        return copy.deepcopy(model, left_out)
    except (TypeError, ValueError, RuntimeError, RecursionError) as error:
        raise TypeError(
            f"{owner} looks at a copy of the model, so that the model stays as it is, and "
            f"'{model.name}' cannot be copied ({type(error).__name__}: {error}). A layer of your "
            "own holds something like an open file or a lock: give that layer a "
            "__deepcopy__(self, memo), or keep it outside of the model") from error


def of_logits(model):
    """Whether the compiled loss takes outputs for logits, or for signed distances as hinge losses.

    A single output then goes over from one class to the other at 0, not at 0.5.
    """
    loss = getattr(model, "_loss_given", None)
    name = loss if isinstance(loss, str) else getattr(loss, "name", None) or ""
    return bool(getattr(loss, "_fn_kwargs", {}).get("from_logits")) or "hinge" in name.lower()


def named_layers(model):
    """(name, layer) of a model's layers at all depths, and of the model if it has weights."""
    layers = model._layers_inside()
    if model._trainable_variables or model._non_trainable_variables:
        layers.append(model)
    names = [layer.name for layer in layers]
    return [(layer._path or name if names.count(name) > 1 else name, layer)
            for name, layer in zip(names, layers, strict=True)]


def weights_of(layer):
    """A layer's own weights, trainable ones first, by names that differ."""
    found = {}
    for variable in (*layer._trainable_variables, *layer._non_trainable_variables):
        name = variable.name
        while name in found:
            name += "_"
        found[name] = variable
    return found


def measure(model, x, y=None, sample_weight=None):
    """The loss of a batch, and what it means for each layer.

    Parameters
    ----------
    model : Model
        Built and compiled. It is changed: pass a copy.
    x, y, sample_weight : array_like, shape (B, ...)
        As for `train_on_batch`.

    Returns
    -------
    loss : float or None
        In training mode (dropout at work, batch statistics). None, as the norms, if the model has
        a ``train_step`` of its own and no loss was compiled: nobody else knows its loss then.
    layers : list of LayerFacts
        Of those that have weights or whose units are counted.
    """
    layers = named_layers(model)
    weights = {id(layer): {weight: v.numpy() for weight, v in weights_of(layer).items()}
               for _, layer in layers}
    hook = _LastOperations()
    with trace(hook):
        loss, gradients = _gradients(model, x, y, sample_weight)
    if gradients is not None:
        _update(model, gradients)
    facts = []
    for name, layer in layers:
        values = weights[id(layer)]
        fact = LayerFacts(name, type(layer).__name__, values,
                          {weight: value.shape for weight, value in values.items()})
        if gradients is not None:
            _norms(fact, layer, gradients, model.optimizer.loss_scale_factor or 1.0)
        _count(fact, *hook.found.get(id(layer), (None, None)))
        if fact.weights or fact.flat:
            facts.append(fact)
    return loss, facts


def _gradients(model, x, y, sample_weight):
    """(loss, {id of a variable: its gradient, as the optimizer gets it})."""
    arrays, dtypes = model._prepare(x, y, sample_weight)
    batch = [None if a is None else Tensor(a, dtype) for a, dtype in
             zip(arrays, dtypes, strict=True)]
    variables = model.trainable_variables
    for variable in variables:
        variable.zero_grad()
    y_pred = model(batch[0], training=True)
    if model._own_step("train_step") and model._loss is None and not model.losses:
        return None, None
    loss = model.compute_loss(x=batch[0], y=batch[1], y_pred=y_pred, sample_weight=batch[2],
                              training=True)
    if variables and loss.requires_grad:
        model.optimizer.scale_loss(loss).backward()
    return float(loss), {id(v): v.grad for v in variables}


def _update(model, gradients):
    """Let the optimizer change the weights, if there is anything to change."""
    variables = [v for v in model.trainable_variables if gradients[id(v)] is not None]
    before = [v.numpy() for v in variables]
    if not variables:
        return
    # with gradient accumulation only the last of so many steps changes anything
    for _ in range(model.optimizer.gradient_accumulation_steps or 1):
        model.optimizer.apply([gradients[id(v)] for v in variables], variables)
        if any((v.numpy() != b).any() for v, b in zip(variables, before, strict=True)):
            return


def _norms(fact, layer, gradients, scale):
    """Fill in the norms of a layer's gradient and of its update."""
    trained = [(name, v) for name, v in weights_of(layer).items()
               if gradients.get(id(v)) is not None]
    if not trained:
        return
    fact.gradient_norm = _norm(gradients[id(v)].numpy() for _, v in trained) / scale
    size = _norm(fact.weights[name] for name, _ in trained)
    change = _norm(v.numpy().astype(np.float64) - fact.weights[name] for name, v in trained)
    fact.update_ratio = change / size if size else None


def _norm(arrays):
    """Euclidean norm of all numbers together, in float64."""
    return float(np.sqrt(sum(np.sum(np.square(a, dtype=np.float64)) for a in arrays)))


def _count(fact, activation, output):
    """Count the units (along the last axis) that are flat for every sample."""
    if activation not in FLAT:
        return
    kind, flat = FLAT[activation]
    by_unit = flat(output.astype(np.float64)).reshape(-1, output.shape[-1])
    fact.activation, fact.flat = activation, kind
    fact.units, fact.flat_units = by_unit.shape[1], int(by_unit.all(axis=0).sum())
