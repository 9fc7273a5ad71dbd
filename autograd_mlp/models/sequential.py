"""A stack of layers, each working on the output of the one before."""

from .._errors import lesson
from .._objects import deserialize, serialize
from ..backend import standardize_shape
from ..layers._signatures import example_call
from ..layers.input import InputLayer
from ..layers.layer import Layer
from .model import KerasTensor, Model


class Sequential(Model):
    """A model made of layers in a row.

    Parameters
    ----------
    layers : list of Layer, optional
        The first may be ``Input(shape)``, or a model that is built: then the weights are made at
        once, else when data is first seen.  Another Sequential may be a layer; a layer that
        stands there twice has its weights once.
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
            self._append(layer)
        self._rebuild()

    # ---- layers ---------------------------------------------------------------------

    @property
    def layers(self):
        """The layers, without the input."""
        return list(self._layers)

    def _sublayers(self):
        if type(self) is not Sequential:        # a subclass may hold others as attributes
            return super()._sublayers()
        found = self.__dict__.get("_inner")
        if found is None:
            found = self.__dict__["_inner"] = list({id(x): x for x in self._layers}.values())
        return list(found)

    @layers.setter
    def layers(self, value):
        raise AttributeError("layers cannot be set: use add() and pop()")

    def add(self, layer):
        """Put a layer on top.

        Raises
        ------
        ValueError
            If it is no layer, its name is taken, or it is an input that does not come first.
        """
        self._append(layer)
        self._rebuild()

    def _append(self, layer):
        if not isinstance(layer, Layer):
            is_class = isinstance(layer, type) and issubclass(layer, Layer)
            raise ValueError(lesson(
                "Only instances of `keras.Layer` can be added to a Sequential model. Received: "
                f"{layer} (of type {type(layer)})",
                where=f"model '{self.name}', layer number {len(self._layers)}",
                why="A class makes layers, it is none: its parentheses are missing." if is_class
                else "A model is a list of layers.",
                use=example_call(layer) if is_class else "Sequential([Input((8,)), Dense(12), "
                "Dense(1)])"))
        if isinstance(layer, InputLayer):
            if self._layers or self._input is not None:
                raise ValueError(lesson(
                    f"Sequential model '{self.name}' has already been configured to use input "
                    f"shape {self._input.batch_shape if self._input else None}. You cannot add a "
                    "different Input layer to it.",
                    why="Data enters a Sequential at its first layer, and only there.",
                    use="Input as first element of the list, once"))
            self._input = layer
            return
        if any(layer.name == other.name and layer is not other for other in self._layers):
            raise ValueError(lesson(
                f"All layers added to a Sequential model should have unique names. Name "
                f"'{layer.name}' is already the name of a layer in this model. Update the `name` "
                "argument to pass a unique name.",
                where=f"model '{self.name}' with the layers "
                      f"{', '.join(other.name for other in self._layers)}",
                use=f'name="{layer.name}_2", or no name at all'))
        if self._input is None and not self._layers and layer._input_shape_arg:
            self._input = InputLayer(layer._input_shape_arg, layer._input_batch_size)
        self._layers.append(layer)
        self.__dict__.pop("_inner", None)

    def pop(self):
        """Take the top layer off, and return it."""
        if not self._layers:
            raise IndexError(f"model '{self.name}' has no layers to take off")
        layer = self._layers.pop()
        self.__dict__.pop("_inner", None)
        self._rebuild()
        return layer

    # ---- building -------------------------------------------------------------------

    def _rebuild(self):
        """Build as far as the input shape is known."""
        self.built = False
        if not self._layers:
            return
        first = self._layers[0]
        if self._input is not None:
            self.build(self._input.batch_shape)
        elif isinstance(first, Model) and first.built and first._build_input_shape:
            self.build(first._build_input_shape)

    def build(self, input_shape=None):
        """Make the weights of all layers for batches of this shape (None for the batch size).

        Raises
        ------
        ValueError
            If there are no layers, or the input has another shape.
        """
        self._check_layers()
        if input_shape is None:
            raise ValueError(f"model '{self.name}': build() needs the shape of a batch, for "
                             "example build((None, 8))")
        shape = standardize_shape(input_shape, f"model '{self.name}': input_shape")
        if self._input is None:
            self._input = InputLayer(batch_shape=shape, dtype=self._layers[0].dtype)
        elif self._input.batch_shape[1:] != shape[1:]:
            raise ValueError(lesson(
                f"Sequential model '{self.name}' has already been configured to use input shape "
                f"{self._input.batch_shape}. You cannot build it with input_shape {shape}",
                why="Its kernels have been made for the first shape.",
                use="a new model for other data"))
        for layer in self._layers:
            if not layer.built:
                layer.build(shape)
            else:
                layer._check_input_shape(shape)
            shape = layer.compute_output_shape(shape)
        self._build_output_shape = shape

    def _build_from(self, shape):
        """Build for data of this shape unless that was done."""
        self._check_layers()
        super()._build_from(shape)

    def _check_layers(self):
        if not self._layers:
            raise ValueError(lesson(
                f"Sequential model {self.name} cannot be built because it has no layers. Call "
                "`model.add(layer)`.",
                use="Sequential([Input((8,)), Dense(1)])"))

    def _check_input_shape(self, shape):
        expected = self._build_input_shape
        if expected is not None and shape[1:] != expected[1:] and len(shape) == len(expected) \
                and self._layers:
            self._layers[0]._check_input_shape(shape)       # knows best what it needs
        super()._check_input_shape(shape)

    # ---- calling --------------------------------------------------------------------

    def call(self, x, training=None):
        """The output of the last layer for a batch."""
        self._check_layers()
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

    # ---- shapes ---------------------------------------------------------------------

    @property
    def input_shape(self):
        """Shape of a batch of inputs, None where it varies; needs a built model."""
        if not self.built:
            raise AttributeError(lesson(
                f"Sequential model '{self.name}' has no defined input shape yet.",
                why="It is known when data is seen, or when it is said.",
                use="Input((8,)) as first element, or build((None, 8))"))
        return self._build_input_shape

    @property
    def output_shape(self):
        """Shape of a batch of outputs; needs a built model."""
        return self.compute_output_shape(self.input_shape)

    @property
    def inputs(self):
        """The input's shape, dtype and name, in a list; needs a built model."""
        shape = self.input_shape
        return [KerasTensor(shape, self._input.dtype, self._input.name)]

    @property
    def outputs(self):
        """The output's shape, dtype and name, in a list; needs a built model."""
        return [KerasTensor(self.output_shape, self._output_dtype, self._layers[-1].name)]

    @property
    def input_names(self):
        """Name of the only input."""
        return [] if self._input is None else [self._input.name]

    @property
    def output_names(self):
        """Name of the only output: that of the last layer."""
        return [self._layers[-1].name] if self._layers else []

    @property
    def _input_dtype(self):
        if not self._layers:
            return None
        first = self._layers[0]
        return first._input_dtype if isinstance(first, Model) else \
            None if first._takes_integers else first.dtype

    @property
    def _output_dtype(self):
        last = self._layers[-1]
        return last._output_dtype if isinstance(last, Model) else last.dtype

    # ---- config ---------------------------------------------------------------------

    def get_config(self):
        """The constructor's arguments as plain data, in the form Keras writes to files."""
        config = super().get_config()
        layers = self._layers if self._input is None else [self._input, *self._layers]
        config["layers"] = [serialize(layer) for layer in layers]
        if self.built:
            config["build_input_shape"] = self._build_input_shape
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Make a model, with new weights, from what `get_config` returned (here or in Keras).

        Raises
        ------
        ValueError
            If it has no ``"layers"``.
        """
        if isinstance(config, (list, tuple)):       # as Keras 1 wrote it
            config = {"layers": config}
        if not isinstance(config, dict) or "layers" not in config:
            raise ValueError("the config of a Sequential is a dictionary with the keys 'name' and "
                             f"'layers', got {config!r}")
        model = cls(name=config.get("name"), trainable=config.get("trainable", True))
        for layer in deserialize(config["layers"], custom_objects):
            # names are unique: the same one again is the same layer again
            model._append(next((other for other in model._layers if other.name == layer.name),
                               layer))
        model._rebuild()
        shape = config.get("build_input_shape")
        if shape and not model.built and model._layers:
            model.build(tuple(shape))
        return model
