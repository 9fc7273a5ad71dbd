"""A function as a layer."""

import inspect

from .. import _objects
from .layer import Layer


class Lambda(Layer):
    """Applies a function to its input.

    The function is called at every step of an eager training; in a recorded one its operations are.
    Layers with weights are subclasses of `Layer`.

    Parameters
    ----------
    function : callable
        ``function(x, **arguments)``, of operations; if it has an argument ``training`` it is told.
    output_shape : tuple or callable, optional
        Shape of one output sample, or a function of the input's shape (both with the batch axis).
        Found out by a call on zeros if not given.
    arguments : dict, optional
        Further arguments of the function.
    mask
        Of Keras's; only None, since layers here know no masks.

    Examples
    --------
    >>> Lambda(lambda x, power: x**power, arguments={"power": 2})([[3.0]]).tolist()
    [[9.0]]
    """

    def __init__(self, function, output_shape=None, mask=None, arguments=None, **kwargs):
        super().__init__(**kwargs)
        if not callable(function):
            raise TypeError(f"Lambda '{self.name}': expected `function` to be callable, got "
                            f"{function!r}.")
        if mask is not None:
            raise NotImplementedError(f"Lambda '{self.name}': layers here know no masks.")
        self.function = self._fn = function     # by _fn it is seen whether it is the user's own
        self.arguments = dict(arguments or {})
        self._output_shape = output_shape
        try:
            names = inspect.signature(function).parameters
        except ValueError:                      # of a builtin
            names = ()
        self._told_training = "training" in names
        if "mask" in names:
            raise NotImplementedError(f"Lambda '{self.name}': its function takes `mask`, but "
                                      f"layers here know no masks.")

    def call(self, x, training=None):
        if self._told_training:
            return self.function(x, **self.arguments, training=training)
        return self.function(x, **self.arguments)

    def compute_output_shape(self, input_shape):
        if self._output_shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self._output_shape):
            return tuple(self._output_shape(input_shape))
        return (input_shape[0], *self._output_shape)

    def get_config(self):
        config = {**super().get_config(), "function": _described(self.function)}
        if self._output_shape is not None:
            config["output_shape"] = (_described(self._output_shape)
                                      if callable(self._output_shape) else self._output_shape)
        return {**config, "arguments": _objects.serialize(self.arguments)}

    @classmethod
    def from_config(cls, config, custom_objects=None, safe_mode=True):
        """Make a layer from what `get_config` returned; a Python lambda only if it is not safe."""
        config = dict(config)
        for name in ("function", "output_shape"):
            if isinstance(config.get(name), dict):
                config[name] = _objects.deserialize(_as_value(config[name]), custom_objects,
                                                    safe_mode)
        config["arguments"] = _objects.deserialize(config.get("arguments"), custom_objects,
                                                   safe_mode)
        return super().from_config(config)


def _described(function):
    found = _objects.serialize(function)
    if isinstance(found, dict) and found["class_name"] == "__lambda__":
        # Keras's Lambda names the three parts
        found["config"] = dict(zip(("code", "defaults", "closure"), found["config"]["value"],
                                   strict=True))
    return found


def _as_value(config):
    """The other way round."""
    inner = config.get("config")
    if config.get("class_name") == "__lambda__" and isinstance(inner, dict) and "code" in inner:
        return {**config, "config": {"value": [
            inner["code"], inner.get("defaults"), inner.get("closure")]}}
    return config
