"""New models from old ones and from JSON."""

from .. import _objects
from .._registry import live_objects
from ..layers.input import InputLayer
from ..layers.layer import Layer
from .sequential import Sequential


def model_from_json(json_string, custom_objects=None):
    """Return the model, with new weights, that `Model.to_json` described.

    Parameters
    ----------
    json_string : str
    custom_objects : dict, optional
        Names of your own classes and functions.

    Raises
    ------
    ValueError
        If it is no JSON, or describes no model.
    """
    from ..saving.archive import model_of

    return model_of(json_string, "the JSON text", custom_objects)


def clone_model(model, input_tensors=None, clone_function=None, call_function=None,
                recursive=False):
    """Return a model of the same layers with new weights, not compiled.

    Parameters
    ----------
    model : Model
    input_tensors : InputLayer, optional
        What ``Input(shape)`` returned: the shape for which the clone is built; that of `model` if
        not given.
    clone_function : callable, optional
        ``clone_function(layer)`` returns what takes the place of a layer; by default a new one of
        the same config.
    call_function : None
        Of functional models, which this library has not: must be None.
    recursive : bool
        Whether `clone_function` is also asked for the layers of models within the model.

    Examples
    --------
    >>> from autograd_mlp import Input, Sequential, layers
    >>> model = Sequential([Input((2,)), layers.Dense(3, kernel_initializer="ones")])
    >>> clone_model(model)([[1.0, 2.0]]).numpy()
    array([[3., 3., 3.]], dtype=float32)
    """
    if call_function is not None:
        raise ValueError("clone_model: call_function is for models of the functional API.")
    if not isinstance(model, Sequential):
        if clone_function is not None or input_tensors is not None:
            raise ValueError("clone_model: clone_function and input_tensors are for a Sequential; "
                             f"'{model.name}' is a {type(model).__name__}.")
        return _copy(model)
    made = type(model)(name=model.name, trainable=model.trainable)
    if input_tensors is not None:
        if not isinstance(input_tensors, InputLayer):
            raise ValueError("clone_model: expected input_tensors to be what Input(shape) returns, "
                             f"got {input_tensors!r}.")
        made.add(input_tensors)
    elif model._input is not None:
        made.add(_copy(model._input))
    for layer in model.layers:
        if recursive and isinstance(layer, Sequential):
            new = clone_model(layer, clone_function=clone_function, recursive=True)
        else:
            new = (clone_function or _copy)(layer)
        if not isinstance(new, Layer):
            raise ValueError(f"clone_function must return a layer, for '{layer.name}' it returned "
                             f"{new!r}.")
        made.add(new)
    if model.built and not made.built and input_tensors is None:
        made.build(model.input_shape)
    return made


def _copy(layer):
    """A new layer of the same config; functions in it are shared, also those without a name."""
    with live_objects() as live:
        config = _objects.serialize(layer)
    config.pop("compile_config", None)
    return _objects.deserialize(config, custom_objects=live)
