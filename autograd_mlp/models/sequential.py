"""A stack of layers, each working on the output of the one before."""

from .._objects import deserialize, serialize
from ..layers.input import InputLayer
from ..layers.layer import Layer
from .model import Model


class Sequential(Model):
    """A model made of layers in a row.

    Parameters
    ----------
    layers : list of Layer, optional
        The first may be ``Input(shape)``, or have ``input_shape`` or ``input_dim``: then the
        weights are made at once, else when data is first seen.
    trainable : bool, default True
    name : str, optional

    Examples
    --------
    >>> from autograd_mlp import Input, Sequential
    >>> from autograd_mlp.layers import Dense
    >>> model = Sequential([Input((8,)), Dense(12, activation="relu"), Dense(1)])
    >>> model.count_params()
    121
    """

    def __init__(self, layers=None, trainable=True, name=None):
        super().__init__(trainable=trainable, name=name)
        self._layers = []
        self._input = None
        for layer in layers or ():
            self.add(layer)

    @property
    def layers(self):
        """The layers, without the input."""
        return list(self._layers)

    @property
    def input_shape(self):
        """Shape of a batch of inputs, None where it varies; needs a built model."""
        if self._build_input_shape is None:
            raise AttributeError(f"model '{self.name}' has no input shape yet: it is known when "
                                 "data is seen, or with Input(shape) as its first element")
        return self._build_input_shape

    @property
    def output_shape(self):
        """Shape of a batch of outputs; needs a built model."""
        return self.compute_output_shape(self.input_shape)

    def add(self, layer):
        """Put a layer on top.

        Raises
        ------
        TypeError
            If it is no layer.
        ValueError
            If the name is taken, or an input does not come first.
        """
        if not isinstance(layer, Layer):
            raise TypeError("only layers can be added to a Sequential, got "
                            f"{layer!r} of type {type(layer).__name__}"
                            + ("; call it: write Dense(…), not Dense" if isinstance(layer, type)
                               else ""))
        if isinstance(layer, InputLayer):
            if self._layers or self._input is not None:
                raise ValueError(f"model '{self.name}': an input must come first, and once")
            self._input = layer
        else:
            if any(layer.name == other.name for other in self._layers):
                raise ValueError(f"model '{self.name}': all layers should have unique names, but "
                                 f"'{layer.name}' is there already")
            self._layers.append(layer)
            if self._input is None and len(self._layers) == 1 and layer._input_shape_arg:
                self._input = InputLayer(layer._input_shape_arg, layer._input_batch_size)
            elif self._input is None and self._build_input_shape is not None:
                self._input = InputLayer(batch_shape=self._build_input_shape)
        self._rebuild()

    def pop(self):
        """Take the top layer off, and return it."""
        if not self._layers:
            raise ValueError(f"model '{self.name}' has no layers to take off")
        layer = self._layers.pop()
        self._rebuild()
        return layer

    def _rebuild(self):
        """Build as far as the input shape is known."""
        self.built = False
        if self._input is not None and self._layers:
            self.build(self._input.batch_shape)

    def build(self, input_shape=None):
        """Make the weights of all layers for batches of this shape (None for the batch size)."""
        if input_shape is None:
            raise ValueError(f"model '{self.name}': build() needs the shape of a batch, for "
                             "example build((None, 8))")
        shape = tuple(input_shape)
        for layer in self._layers:
            if not layer.built:
                layer.build(shape)
            else:
                layer._check_input_shape(shape)
            shape = layer.compute_output_shape(shape)
        self._build_input_shape, self._build_output_shape = tuple(input_shape), shape
        self.built = True

    def _build_from(self, shape):
        """Build for data of this shape unless that was done."""
        if not self._layers:
            raise ValueError(f"model '{self.name}' has no layers: add some, for example "
                             "Dense(1)")
        if not self.built:
            self.build((None, *shape[1:]))

    def call(self, x, training=None):
        """The output of the last layer for a batch."""
        if not self._layers:
            raise ValueError(f"model '{self.name}' has no layers")
        for layer in self._layers:
            x = layer(x, training=training)
        return x

    def compute_output_shape(self, input_shape):
        """Shape of the output for inputs of this shape."""
        shape = tuple(input_shape)
        if self.built and shape == self._build_input_shape:
            return self._build_output_shape
        for layer in self._layers:
            shape = layer.compute_output_shape(shape)
        return shape

    @property
    def _input_dtype(self):
        return self._layers[0].dtype

    @property
    def _output_dtype(self):
        return self._layers[-1].dtype

    def get_config(self):
        """Return the layers' configs, and the shape for which they were built."""
        layers = [*([self._input] if self._input is not None else []), *self._layers]
        if self._input is None and self._build_input_shape is not None and self._layers:
            layers.insert(0, InputLayer(batch_shape=self._build_input_shape, name="input_layer",
                                        dtype=self._input_dtype))
        config = {**super().get_config(), "layers": [serialize(layer) for layer in layers]}
        if self._build_input_shape is not None:
            config["build_input_shape"] = self._build_input_shape
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Make a model, with new weights, from what `get_config` returned."""
        if isinstance(config, (list, tuple)):       # as Keras 1 wrote it
            config = {"layers": config}
        model = cls(name=config.get("name"), trainable=config.get("trainable", True))
        for layer in deserialize(config["layers"], custom_objects):
            model.add(layer)
        shape = config.get("build_input_shape")
        if shape and not model.built and model.layers:
            model.build(tuple(shape))
        return model
