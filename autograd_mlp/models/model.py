"""The base class of models: a layer that can be trained."""

from .._engine import Tensor
from ..layers.layer import Layer
from ..utils.summary import print_summary
from .data import to_array
from .saveable import SaveableModel
from .trainer import Trainer


class Model(SaveableModel, Trainer, Layer):
    """A layer with `compile`, `fit`, `evaluate` and `predict`; subclass it and define ``call``.

    Parameters
    ----------
    trainable : bool, default True
    dtype : {"float32", "float64"}, optional
    name : str, optional

    Raises
    ------
    NotImplementedError
        For ``Model(inputs, outputs)``: models of several inputs and outputs are not part of this
        library; `Sequential` stacks layers in a row.

    Examples
    --------
    >>> from autograd_mlp.layers import Dense
    >>> class Residual(Model):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.hidden = Dense(4, activation="tanh")
    ...         self.head = Dense(1)
    ...     def call(self, x):
    ...         return self.head(x + self.hidden(x))
    >>> model = Residual()
    >>> model([[1.0, 2.0, 3.0, 4.0]]).shape
    (1, 1)
    >>> model.count_params()
    25
    """

    def __init__(self, *args, trainable=True, dtype=None, name=None, **kwargs):
        if args or {"inputs", "outputs"} & kwargs.keys():
            raise NotImplementedError(
                f"{type(self).__name__}(inputs, outputs) of the functional API is not part of "
                "this library: stack layers with Sequential([...]), or subclass Model and define "
                "call(self, x)")
        super().__init__(trainable=trainable, dtype=dtype, name=name, **kwargs)

    @property
    def layers(self):
        """The layers of the model, those inside of them left out."""
        return self._sublayers()

    def get_layer(self, name=None, index=None):
        """A layer by name, or by position."""
        layers = self.layers
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(f"model '{self.name}' has {len(layers)} layers, no number {index}")
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        raise ValueError(f"model '{self.name}' has no layer {name!r}; its layers are "
                         f"{', '.join(layer.name for layer in layers)}")

    def _all_layers(self):
        """All layers at all depths."""
        pending, found = list(self.layers), []
        while pending:
            layer = pending.pop(0)
            found.append(layer)
            pending += layer._sublayers()
        return found

    # what the training half asks

    @property
    def _input_dtype(self):
        return self.dtype

    @property
    def _output_dtype(self):
        return self.dtype

    def _as_input(self, x):
        # floats stay as they are: the first layer knows its own dtype
        return x if isinstance(x, Tensor) else Tensor(to_array(x, "the input"))

    def _build_from(self, shape):
        """Build for data of this shape unless that was done."""
        if not self.built:
            self.build((None, *shape[1:]))

    def _check_input_shape(self, shape):
        expected = self._build_input_shape
        if expected is None or shape[1:] == expected[1:]:
            return
        if len(shape) != len(expected) or any(
                a is not None and b is not None and a != b
                for a, b in zip(expected[1:], shape[1:], strict=True)):
            hint = " Flatten() as first layer, or reshape the data." if len(shape) > len(expected) \
                else " A single sample needs a batch axis: x[None]." if len(shape) < len(expected) \
                else ""
            raise ValueError(f"model '{self.name}' expects inputs of shape "
                             f"{('B', *expected[1:])}, got {tuple(shape)}.{hint}"
                             .replace("'B'", "B"))

    def summary(self, line_length=None, positions=None, print_fn=None, expand_nested=False,
                show_trainable=False, layer_range=None):
        """Print a table of the layers, their output shapes and numbers of parameters."""
        print_summary(self, line_length, positions, print_fn, expand_nested=expand_nested,
                      show_trainable=show_trainable, layer_range=layer_range)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"
