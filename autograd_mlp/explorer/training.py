"""One training step of a model, recorded and taken back."""

import contextlib

import numpy as np

from .._engine import Tensor, gradients_of, is_grad_enabled, no_grad, preserved, trace
from ..callbacks.probe import random_states_kept
from .recording import Hook, walk_back
from .updates import watched_step

MOST_SAMPLES = 512


def record_step(model, x, y=None, sample_weight=None, class_weight=None, input_gradient=False):
    """Forward, loss, backward and update of a model on a batch; then everything is put back.

    Returns
    -------
    recording : Recording
    updates : list of dict
    loss_after : float
    """
    batch = _batch(model, x, y, sample_weight, class_weight, input_gradient)
    with _unchanged(model):
        with _same_start(model):
            hook = Hook()
            with trace(hook):
                y_pred, loss = _forward(model, *batch)
            _check_loss(model, loss)
            recording = walk_back(hook, loss)
        recording.model, recording.y_pred = model, y_pred
        recording.x, recording.y, recording.sample_weight = batch
        updates = _update(model, recording)
        with _same_start(model), no_grad():
            after = float(_forward(model, *batch)[1].numpy().reshape(()))
    return recording, updates, after


def _batch(model, x, y, sample_weight, class_weight, input_gradient):
    if not model.compiled:
        raise ValueError(
            f"model '{model.name}' has no loss yet: call compile(optimizer=..., loss=...) before "
            "explain(), for example model.compile(optimizer='sgd', loss='mse'); or explain a loss "
            "of your own with autograd_mlp.explain(lambda: loss_of(model(x), y))")
    if model._own_step("train_step"):
        raise TypeError(
            f"{type(model).__name__} overrides train_step(): explain() would show another step "
            "than fit() does; use autograd_mlp.explain(lambda: your_loss(...)) on the loss that it "
            "computes")
    arrays, dtypes = model._prepare(x, y, sample_weight, class_weight)
    samples = len(arrays[0])
    if not 0 < samples <= MOST_SAMPLES:
        raise ValueError(f"explain() shows one batch of 1 to {MOST_SAMPLES} samples, got "
                         f"{samples}: give it some of them, explain(x[:32], y[:32])")
    batch = [None if a is None else Tensor(a, dtype)
             for a, dtype in zip(arrays, dtypes, strict=True)]
    if input_gradient:
        batch[0].requires_grad = True
    return batch


def _forward(model, x, y, sample_weight):
    y_pred = model(x, training=True)
    return y_pred, model.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight,
                                      training=True)


def _check_loss(model, loss):
    if not loss.requires_grad:
        raise RuntimeError(
            f"the loss does not depend on a weight of model '{model.name}' that is trained: "
            + ("nothing is recorded inside no_grad(): call explain() outside of it"
               if not is_grad_enabled() else
               "every layer is frozen; set trainable = True on one, and compile again"
               if not model.trainable_variables else
               "a loss function or layer of yours computes with NumPy, or returns a constant; use "
               "autograd_mlp.ops"))


def _update(model, recording):
    """The optimizer's step on the real weights."""
    optimizer = model.optimizer
    variables = model.trainable_variables
    reached = [v for v in variables
               if any(e.node.inputs[e.index] is v for e in recording.edges)]
    if not reached:
        return []
    scale = optimizer.loss_scale_factor
    gradients = gradients_of([recording.loss], reached, [None if scale is None else np.full(
        recording.loss.shape, scale, recording.loss.dtype)], None)
    if not optimizer.built:
        optimizer.build(variables)
    return watched_step(optimizer, gradients, reached)


def trainer(recording, steps, around):
    """Losses of a recorded model that trains on its batch, from before the first step to after the
    last, or to the first that is not finite; then everything is put back.

    `around(loss)` gives the context manager in which backward runs.
    """
    model, optimizer = recording.model, recording.model.optimizer
    batch = recording.x, recording.y, recording.sample_weight
    variables, losses = model.trainable_variables, []
    # layers' random numbers go on from step to step as in fit, from where the recording began
    with _unchanged(model), _same_start(model), np.errstate(all="ignore"):
        for step in range(steps + 1):
            loss = _forward(model, *batch)[1]
            losses.append(float(loss.numpy().reshape(())))
            if step == steps or not np.isfinite(losses[-1]):
                break
            scaled = optimizer.scale_loss(loss)
            with around(loss):
                gradients = gradients_of([scaled], variables, [None], None)
            if not optimizer.built:
                optimizer.build(variables)
            pairs = [(g, v) for g, v in zip(gradients, variables, strict=True) if g is not None]
            optimizer.apply([g for g, _ in pairs], [v for _, v in pairs])
    return losses


# ---- taking it back --------------------------------------------------------------------


@contextlib.contextmanager
def _unchanged(model):
    """Weights, gradients, optimizer, metrics and layers' losses are afterwards what they were."""
    optimizer = model.optimizer
    attributes = dict(vars(optimizer))
    contents = [(held, held.copy()) for held in attributes.values()
                if isinstance(held, (list, dict))]
    tensors = [*model.variables, *optimizer.variables, optimizer._scalars]
    with preserved([*tensors, *_metric_variables(model)]), _losses(model):
        try:
            yield
        finally:
            # as if nobody had built it, and what an optimizer of one's own counts in Python
            for held, content in contents:
                held.clear()
                (held.extend if isinstance(held, list) else held.update)(content)
            vars(optimizer).clear()
            vars(optimizer).update(attributes)


@contextlib.contextmanager
def _same_start(model):
    """Random numbers and what layers keep (moving statistics) begin where they were.

    NumPy's and Python's own random numbers, too: a user's layer may draw from them.
    """
    trained = {id(v) for v in model.trainable_variables}
    with random_states_kept(), \
            preserved([v for v in model.variables if id(v) not in trained]):
        yield


def _metric_variables(model):
    return [v for metric in model.metrics for v in metric.variables if isinstance(v, Tensor)]


@contextlib.contextmanager
def _losses(model):
    """What layers collected with add_loss."""
    layers = [model, *model._layers_inside()]
    kept = [(list(layer._losses), layer._losses_call, layer._losses_inside) for layer in layers]
    try:
        yield
    finally:
        for layer, (losses, call, inside) in zip(layers, kept, strict=True):
            layer._losses[:] = losses
            layer._losses_call, layer._losses_inside = call, inside
