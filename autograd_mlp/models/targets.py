"""Whether targets fit the output of a model and its loss, said before the first step."""

import numpy as np

from .. import activations, losses
from .._errors import lesson, warn
from ..layers.activation_layers import Softmax

# These take targets of another shape than the predictions, or say themselves what they take.
_OTHERS = {"circle", "categorical_generalized_cross_entropy", "ctc"}
_OF_CLASSES = {"sparse_categorical_crossentropy": "categorical_crossentropy",
               "categorical_crossentropy": "sparse_categorical_crossentropy"}


def check_targets(model, loss, y, x_shape, output_shape):
    """Raise ValueError unless targets of this shape can meet the output in a loss of this library.

    Parameters
    ----------
    model : Model
    loss : Loss
    y : ndarray, shape (n, ...)
    x_shape, output_shape : tuple
        Of a batch, with None for its size.
    """
    name = getattr(getattr(loss, "fn", None), "__name__", None)
    if losses.FUNCTIONS.get(name) is not getattr(loss, "fn", None) or name in _OTHERS:
        return
    y_shape, sparse = (None, *y.shape[1:]), name == "sparse_categorical_crossentropy"
    if sparse:
        if getattr(loss, "axis", -1) != -1 or \
                y_shape in (output_shape[:-1], (*output_shape[:-1], 1)):
            return
        said = "Arguments `target` and `output` must have the same shape up until the last " \
               f"dimension: target.shape={y_shape}, output.shape={output_shape}"
    else:
        if _columns(y_shape, output_shape) == _columns(output_shape, y_shape):
            return
        said = "Arguments `target` and `output` must have the same shape. Received: " \
               f"target.shape={y_shape}, output.shape={output_shape}"
    layers = getattr(model, "layers", None)
    who = f"layer '{layers[-1].name}', the last one of model '{model.name}'," if layers else \
        f"model '{model.name}'"
    raise ValueError(lesson(
        said, where=f"loss {name}: y against the output of {who} shape {output_shape}",
        why=f"{_rule(sparse)} Nothing is broadcast, because that hides mistakes.",
        use=_advice(name, y, y_shape, x_shape, output_shape,
                    softmax=bool(layers) and _is_softmax(layers[-1]))))


def _columns(shape, other):
    """The shape with one axis of length 1 more at its end, if the other one has it."""
    return (*shape, 1) if len(shape) + 1 == len(other) and other[-1] == 1 else shape


def _rule(sparse):
    return "Each row of the output is compared with one class number." if sparse else \
        "Each number of the output is compared with the target in the same place."


def _is_softmax(layer):
    return isinstance(layer, Softmax) or \
        getattr(layer, "activation", None) is activations.softmax


def _advice(name, y, y_shape, x_shape, output_shape, softmax):
    units = output_shape[-1]
    if len(output_shape) > 2 and len(x_shape) == len(output_shape):
        return f"Flatten() as first layer: each sample is of shape {x_shape[1:]}, and Dense " \
               "works on the last axis alone"
    if name == "sparse_categorical_crossentropy" and y_shape == output_shape:
        return f'loss="{_OF_CLASSES[name]}", which takes one-hot rows; or y.argmax(axis=-1)'
    is_numbers = len(y_shape) == 1 or len(y_shape) == 2 and y_shape[-1] == 1
    if name == "categorical_crossentropy" and is_numbers:
        return f'loss="{_OF_CLASSES[name]}", which takes class numbers; or ' \
               f"to_categorical(y, {units})"
    if is_numbers and units is not None and units > 1:
        classes = np.isin(y[:1000], range(units)).all()
        if classes and softmax:
            return 'loss="sparse_categorical_crossentropy", which takes class numbers; or ' \
                   f"to_categorical(y, {units}), which makes one-hot rows of them"
        return "Dense(1) as last layer, for one number per sample" + (
            f'; or loss="sparse_categorical_crossentropy" and activation="softmax", for {units} '
            "classes" if classes else "")
    if len(y_shape) == 2:
        one_hot = y.size and np.isin(y[:1000], (0, 1)).all() and (y[:1000].sum(axis=1) == 1).all()
        if one_hot and name == "binary_crossentropy":
            return f'Dense({y_shape[1]}, activation="softmax") and ' \
                   'loss="categorical_crossentropy" for one-hot rows; or y.argmax(axis=1)'
        return f"Dense({y_shape[1]}) as last layer, one unit for each column of y"
    return "print(y.shape, model.output_shape)"


def warn_of_mistakes(model, loss, y, output_shape):
    """Warn of what can be computed, but teaches a network nothing.

    A binary cross-entropy whose targets are not from 0 to 1, and a softmax of one unit.
    """
    name = getattr(getattr(loss, "fn", None), "__name__", None)
    layer = next(iter(getattr(model, "layers", [])[-1:]), None)
    if output_shape[-1] == 1 and not str(name).startswith("categorical_") and _is_softmax(layer):
        warn(lesson(
            f"You are using a softmax over axis -1 of a tensor of shape {output_shape}. This axis "
            "has size 1. The softmax operation will always return the value 1, which is likely "
            "not what you intended. Did you mean to use a sigmoid instead?",
            where=f"layer '{layer.name}', the last one of model '{model.name}'",
            why="softmax divides by the sum of a row: one number divided by itself is 1, whatever "
                "it is, so all gradients are 0.",
            use='Dense(1, activation="sigmoid") for two classes, or one unit for each class'))
    if name != "binary_crossentropy" or isinstance(y, np.memmap) or y is None or not y.size:
        return
    low, high = y.min(), y.max()
    if low < 0 or high > 1:
        use = "y - y.min() for two classes; more than two need softmax and " \
              "sparse_categorical_crossentropy"
        if low == -1 and high == 1:
            use = "(y + 1) / 2 for labels -1 and 1"
        warn(lesson(
            f"binary_crossentropy takes targets from 0 to 1, but y goes from {low:g} to {high:g}.",
            why="-y·log(p) - (1-y)·log(1-p) has no least value for such targets: the loss falls "
                "below 0, and the weights grow without end.", use=use))
