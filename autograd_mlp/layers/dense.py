"""The fully connected layer."""

import operator

from .. import activations, initializers, ops
from .layer import Layer


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
        How the weights start; see `autograd_mlp.initializers`. Old code's ``init=...`` means
        `kernel_initializer`.
    trainable, dtype, name, input_shape, input_dim
        See `Layer`.

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

    _unsupported_arguments = (
        "kernel_regularizer", "bias_regularizer", "kernel_constraint", "bias_constraint",
        "lora_rank", "lora_alpha", "quantization_config",
    )  # fmt: skip

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        **kwargs,
    ):
        if "init" in kwargs:
            if kernel_initializer != "glorot_uniform":
                raise ValueError("Dense: give `kernel_initializer` or the older `init`, not both.")
            kernel_initializer = kwargs.pop("init")
        super().__init__(**kwargs)
        try:
            self.units = operator.index(units)
        except TypeError:
            self.units = 0
        if self.units <= 0:
            raise ValueError(
                f"Dense '{self.name}': expected `units` to be a positive integer, got {units!r}."
            )
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel = None
        self.bias = None

    def build(self, input_shape):
        self.kernel = self.add_weight(
            (input_shape[-1], self.units), self.kernel_initializer, name="kernel"
        )
        if self.use_bias:
            self.bias = self.add_weight((self.units,), self.bias_initializer, name="bias")

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
            raise ValueError(
                f"Dense '{self.name}' expects a batch of shape (B, I), got an input of shape "
                f"{tuple(shape)}. A single sample x needs a batch axis: x[None]; a vector x of "
                f"samples with one value each needs a second one: x[:, None]."
            )
        if self.built and shape[-1] is not None and shape[-1] != self.kernel.shape[0]:
            inputs = self.kernel.shape[0]
            hint = ""
            if len(shape) > 2 and None not in shape[1:]:
                hint = " Add Flatten() before it if each sample is to be one row."
            raise ValueError(
                f"Dense '{self.name}' expects inputs of shape (B, {inputs}), got "
                f"{tuple(shape)}: the last axis must have length {inputs}.{hint}"
            )

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
        }
