"""An activation function as a layer of its own."""

from .. import activations
from .layer import Layer


class Activation(Layer):
    """Applies an activation to each element (softmax: to each row); the shape stays.

    Parameters
    ----------
    activation : str or callable
        See `autograd_mlp.activations`.

    Examples
    --------
    >>> Activation("relu")([-3.0, 2.0]).numpy()
    array([0., 2.], dtype=float32)
    """

    def __init__(self, activation, **kwargs):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)
        self.built = True  # has no weights, whatever the shape

    def call(self, x):
        return self.activation(x)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {**super().get_config(), "activation": activations.serialize(self.activation)}
