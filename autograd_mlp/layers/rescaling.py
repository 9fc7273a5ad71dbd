"""Numbers brought to another range."""

import numpy as np

from .. import _objects, ops
from .._engine import Tensor
from .layer import Layer


class Rescaling(Layer):
    """y = x · scale + offset, of the shape of x.

    Images given as bytes train from the bytes: each batch is turned into numbers when it is drawn,
    so the data is never copied as a whole (unless one batch is all of it).

    Parameters
    ----------
    scale : float or array
        ``1 / 255`` brings pixels to [0, 1].
    offset : float or array

    Examples
    --------
    >>> import numpy as np
    >>> Rescaling(1 / 128, offset=-1)(np.array([[0, 64, 192]], dtype="uint8")).numpy()
    array([[-1. , -0.5,  0.5]], dtype=float32)
    """

    def __init__(self, scale, offset=0.0, **kwargs):
        super().__init__(**kwargs)
        self.scale = scale
        self.offset = offset
        self.supports_masking = True
        self._scale, self._offset = self._operand(scale), self._operand(offset)

    def call(self, x):
        if x.dtype != self.dtype:
            x = ops.cast(x, self.dtype)
        y = x * self._scale
        return y if isinstance(self._offset, float) and self._offset == 0 else y + self._offset

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {**super().get_config(), "scale": _objects.serialize(self.scale),
                "offset": _objects.serialize(self.offset)}

    @classmethod
    def from_config(cls, config):
        """Make a layer from what `get_config` returned."""
        return super().from_config({**config, "scale": _objects.deserialize(config["scale"]),
                                    "offset": _objects.deserialize(config["offset"])})

    def _operand(self, value):
        """A number as it is, else a tensor: an array in `call` could not be recorded."""
        return float(value) if np.ndim(value) == 0 else Tensor(value, dtype=self.dtype)
