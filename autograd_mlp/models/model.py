"""The base class of models: a layer that can be trained."""

import math
from typing import NamedTuple

from .._engine import Tensor
from .._errors import did_you_mean, lesson
from ..layers.layer import Layer
from ..utils.summary import print_summary
from .data import to_array
from .saveable import SaveableModel
from .trainer import Trainer


class KerasTensor(NamedTuple):
    """What is known of a tensor before there is data: an entry of `Sequential.inputs`.

    Attributes
    ----------
    shape : tuple of (int or None)
    dtype, name : str
    """

    shape: tuple
    dtype: str
    name: str


def _of_another_shape(name, expected, shape):
    """The error's text for inputs of a shape that a model was not built for."""
    numbers = math.prod(n or 1 for n in shape[1:])
    why = "All samples have the shape that the model was built for."
    use = f"a new model, which begins with Input({shape[1:]})"
    if len(shape) > len(expected) and None not in shape[1:]:
        why = f"A sample of shape {shape[1:]} holds {numbers} numbers, but not in one row."
        if (numbers,) == expected[1:]:
            use = f"x.reshape(len(x), {numbers}); or Input({shape[1:]}), Flatten() as the first " \
                  "elements of the model"
        else:
            use = f"Input({shape[1:]}), Flatten() as the first elements of the model"
    elif len(shape) < len(expected):
        why = "The first axis counts the samples of a batch."
        use = "x[None], a batch of one sample" if (None, *shape) == expected else \
            f"samples of shape {expected[1:]}"
        if len(shape) > 1 and shape[1:] == expected[2:]:
            why = "The first axis counts the samples of a batch; Input leaves it out."
            use = f"Input({shape[1:]}) if x holds {shape[0]} samples of this shape; else {use}"
    return lesson(f"Invalid input shape. Expected shape {expected}, but input has incompatible "
                  f"shape {shape}", where=f"model '{name}'", why=why, use=use)


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
        self._output_shapes = {}

    @property
    def layers(self):
        """The layers of the model, those inside of them left out."""
        return self._sublayers()

    def get_layer(self, name=None, index=None):
        """A layer by name, or by position.

        Raises
        ------
        ValueError
            If there is none, or not just one of `name` and `index` is given.
        """
        layers = self.layers
        if (name is None) == (index is None):
            raise ValueError(lesson(
                "Provide either a layer name or layer index at `get_layer`.",
                where=f"get_layer() got {'neither' if name is None else 'both'}",
                use='model.get_layer("hidden") or model.get_layer(index=0)'))
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(lesson(
                    f"Was asked to retrieve layer at index {index} but model only has "
                    f"{len(layers)} layers.",
                    where=f"model '{self.name}'",
                    why=f"Layers are counted from 0 to {len(layers) - 1}; Input is not among them.",
                    use="model.summary()"))
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in layers]
        raise ValueError(lesson(
            f"No such layer: {name}. Existing layers are: {names}.",
            where=f"model '{self.name}'",
            use=did_you_mean(name, names).strip("; .") or f'model.get_layer("{names[0]}")'
            if names else ""))

    @property
    def output_names(self):
        """Name of the only output, as `compile` may use it for a key: that of the last layer."""
        return []

    # what the training half asks

    @property
    def _input_dtype(self):
        """Float type that data is converted to; None: integers stay integers."""
        return self.dtype

    @property
    def _output_dtype(self):
        return self.dtype

    def _as_input(self, x):
        if isinstance(x, Tensor):
            return x        # the first layer knows its own dtype
        return Tensor(to_array(x, "the input", self._input_dtype))

    def compute_output_shape(self, input_shape):
        """Shape of the output for inputs of this shape; found by calling the model on zeros."""
        shape = tuple(input_shape)
        if shape not in self._output_shapes:
            self._output_shapes[shape] = super().compute_output_shape(shape)
        return self._output_shapes[shape]

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
            raise ValueError(_of_another_shape(self.name, expected, tuple(shape)))

    def summary(self, line_length=None, positions=None, print_fn=None, expand_nested=False,
                show_trainable=False, layer_range=None, show_math=False):
        """Print a table of the layers, their output shapes and numbers of parameters.

        With `show_math` these are written as sums over the weights, ``8*12 + 12 = 108``; for the
        other arguments see `utils.summary_text`.
        """
        print_summary(self, line_length, positions, print_fn, expand_nested=expand_nested,
                      show_trainable=show_trainable, layer_range=layer_range, show_math=show_math)

    def explain(self, x, y=None, sample_weight=None, class_weight=None, *, title=None,
                input_gradient=False, replay=None, check=True):
        """Show one training step on a batch: forward, loss, every backward edge, the update.

        Nothing is changed by it: weights, gradients, optimizer, metrics, moving statistics and
        random numbers are afterwards what they were.  (A model that has no weights yet gets them,
        as from any call.)  The step is the one that `train_on_batch` would do, to the bit.

        With `check` the model also trains on the batch for some steps, with and without each
        mistake, and all that is taken back.  A layer of your own is then called some hundred times:
        what it prints, or counts in Python, stays.

        Parameters
        ----------
        x, y, sample_weight : array_like
            One batch, as for `train_on_batch`; 512 samples at most.
        class_weight : dict of int to float, optional
        title : str, optional
        input_gradient : bool, default False
            Ask for the gradient of x too, which training does without.
        replay : callbacks.Replay, or list or dict of two, optional
            What was noted in `fit`: the page gets a tab with it, the keys of a dict are labels.
        check : bool, default True
            Hold every gradient against differences in float64, and try what common mistakes
            would do.  False is quicker for large models.

        Returns
        -------
        Explanation
            ``print`` it, ``save("step.html")`` it, or ``open()`` it in a browser.

        Raises
        ------
        ValueError
            If the model is not compiled, or there are no or too many samples.
        RuntimeError
            If the loss depends on no weight that is trained.
        TypeError
            If the class overrides `train_step`.

        Examples
        --------
        >>> from autograd_mlp import Sequential, layers
        >>> model = Sequential([layers.Dense(1, kernel_initializer="ones", name="sum")])
        >>> model.compile(optimizer="sgd", loss="mse")
        >>> model.explain([[1.0, 2.0]], [[2.0]]).loss
        1.0
        """
        from ..explorer import explain_step  # the explorer stands above the models

        return explain_step(self, x, y, sample_weight, class_weight, title=title,
                            input_gradient=input_gradient, replay=replay, check=check)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"
