"""Each sample as one row."""

import math

from .. import ops
from ..backend import image_data_format
from .layer import Layer


class Flatten(Layer):
    """Makes (B, d1, d2, ...) into (B, d1 * d2 * ...); (B,) into (B, 1).

    Parameters
    ----------
    data_format : {'channels_last', 'channels_first'}, optional
        With ``'channels_first'`` the axis behind the batch is moved to the end before.

    Examples
    --------
    >>> import numpy as np
    >>> Flatten()(np.zeros((5, 28, 28))).shape
    (5, 784)
    """

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = str(data_format or image_data_format()).lower()
        if self.data_format not in ("channels_last", "channels_first"):
            raise ValueError(
                f"Flatten '{self.name}': expected `data_format` 'channels_last' or "
                f"'channels_first', got {data_format!r}."
            )

    def call(self, x):
        if self.data_format == "channels_first" and x.ndim > 2:
            x = ops.transpose(x, (0, *range(2, x.ndim), 1))
        return ops.reshape(x, (x.shape[0], math.prod(x.shape[1:])))

    def compute_output_shape(self, input_shape):
        features = input_shape[1:]
        return (input_shape[0], None if None in features else math.prod(features))

    def get_config(self):
        return {**super().get_config(), "data_format": self.data_format}
