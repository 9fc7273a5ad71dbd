"""The fully connected layer."""

import operator

from .. import activations, constraints, initializers, ops, regularizers
from .._errors import deprecated, lesson
from .layer import Layer

_QUANTIZED = "is for quantized layers, which are not part of this library"
_LORA = "is for low-rank adapters, which are not part of this library"

# What older code calls the arguments.
_OLD_NAMES = {"output_dim": "units", "init": "kernel_initializer"}


class Dense(Layer):
    """y = activation(x · kernel + bias): every output unit sees every input.

    Parameters
    ----------
    units : int
        Number of outputs U.
    activation : str or callable, optional
        Name of an activation (see `autograd_mlp.activations`) or a function of the user's own;
        none means linear. The library's own are computed in the same pass as the product.
    use_bias : bool
    kernel_initializer, bias_initializer : str, Initializer, callable or array
        How the weights start; see `autograd_mlp.initializers`.
    kernel_regularizer, bias_regularizer : str, Regularizer or callable, optional
        Penalties on the weights, added to the training loss; see `autograd_mlp.regularizers`.
    activity_regularizer : str, Regularizer or callable, optional
        A penalty on the output, divided by the batch size.
    kernel_constraint, bias_constraint : str, Constraint or callable, optional
        Applied to the weights after each update; see `autograd_mlp.constraints`.
    lora_rank, lora_alpha, quantization_config : None
        Keras's arguments for adapters and quantized kernels; anything but None raises.
    trainable, dtype, name
        See `Layer`. Older code's ``output_dim`` and ``init`` are `units` and `kernel_initializer`.

    Notes
    -----
    Input of shape (B, ..., I) gives output of shape (B, ..., U); the kernel has shape (I, U), the
    bias (U,). Both exist once the layer is built, that is, once I is known; before they are None.

    Examples
    --------
    >>> layer = Dense(2, activation="relu", kernel_initializer="ones")
    >>> layer([[1.0, 2.0, 3.0], [-1.0, 0.0, 0.0]]).numpy()
    array([[6., 6.],
           [0., 0.]], dtype=float32)
    >>> layer.kernel.shape, layer.bias.shape, layer.count_params()
    ((3, 2), (2,), 8)
    """

    def __init__(
        self,
        units=None,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        lora_rank=None,
        lora_alpha=None,
        quantization_config=None,
        **kwargs,
    ):
        for old, new in _OLD_NAMES.items():
            if old in kwargs:
                deprecated(f"{old}=", f"{new}=", "Dense")
                if (units if new == "units" else kernel_initializer) not in (
                        None, "glorot_uniform"):
                    raise ValueError(f"Dense: give `{new}` or the older `{old}`, not both.")
                if new == "units":
                    units = kwargs.pop(old)
                else:
                    kernel_initializer = kwargs.pop(old)
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        for name, value, why in (("lora_rank", lora_rank, _LORA), ("lora_alpha", lora_alpha, _LORA),
                                 ("quantization_config", quantization_config, _QUANTIZED)):
            if value is not None:
                raise NotImplementedError(f"Dense '{self.name}': `{name}` {why}.")
        try:
            self.units = operator.index(units)
        except TypeError:
            self.units = 0
        if self.units <= 0:
            raise ValueError(lesson(
                "Received an invalid value for `units`, expected a positive integer. Received: "
                f"units={units}",
                where=f"layer '{self.name}' (Dense), units of type {type(units).__name__}",
                why="units is how many outputs the layer has: a whole number of columns of its "
                    "kernel.",
                use='Dense(12, activation="relu"): the number comes first, the rest by name'))
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.kernel = None
        self.bias = None

    def build(self, input_shape):
        self.kernel = self.add_weight(
            (input_shape[-1], self.units), self.kernel_initializer, name="kernel",
            regularizer=self.kernel_regularizer, constraint=self.kernel_constraint)
        if self.use_bias:
            self.bias = self.add_weight(
                (self.units,), self.bias_initializer, name="bias",
                regularizer=self.bias_regularizer, constraint=self.bias_constraint)

    def call(self, x):
        op_name = activations.op_name(self.activation)
        if op_name:
            return ops.dense(x, self.kernel, self.bias, activation=op_name)
        return self.activation(ops.dense(x, self.kernel, self.bias))

    def compute_output_shape(self, input_shape):
        self._check_input_shape(input_shape)
        return (*input_shape[:-1], self.units)

    def _check_input_shape(self, shape):
        if len(shape) < 2:
            raise ValueError(lesson(
                f"Input 0 of layer '{self.name}' is incompatible with the layer: expected "
                f"min_ndim=2, found ndim={len(shape)}. Full shape received: {tuple(shape)}",
                where=f"layer '{self._path or self.name}' (Dense)",
                why="A layer takes a batch of shape (B, I): B samples of I numbers each.",
                use="x[None] for a single sample; x[:, None] for samples of one number each"))
        if self.built and shape[-1] is not None and shape[-1] != self.kernel.shape[0]:
            rows, columns, got = *self.kernel.shape, shape[-1]
            use = f"samples of {rows} numbers, or a model that begins with Input(({got},))"
            if len(shape) > 2 and None not in shape[1:]:
                use = "Flatten() in front of it, if each sample is to be one row"
            raise ValueError(lesson(
                f"Input 0 of layer '{self.name}' is incompatible with the layer: expected axis -1 "
                f"of input shape to have value {rows}, but received input with shape "
                f"{tuple(shape)}",
                where=f"layer '{self._path}' (Dense), whose kernel W has the shape "
                      f"({rows}, {columns})",
                why=f"x @ W multiplies each number of a sample with its row of W: {got} numbers "
                    f"cannot meet {rows} rows.",
                use=use))

    def enable_lora(self, *args, **kwargs):
        """Raise: adapters of low rank are not part of this library."""
        raise NotImplementedError(f"Dense '{self.name}': enable_lora {_LORA}.")

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
            "quantization_config": None,
        }
