"""Sequences made into one vector."""

from .. import ops
from .input_spec import InputSpec
from .layer import Layer


class _GlobalPooling1D(Layer):
    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(**kwargs)
        if data_format not in (None, "channels_last", "channels_first"):
            raise ValueError(f"{type(self).__name__} '{self.name}': expected `data_format` "
                             f"'channels_last' or 'channels_first', got {data_format!r}.")
        self.data_format = data_format or "channels_last"
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=3)

    def call(self, x, mask=None):
        if mask is not None:
            raise NotImplementedError(f"{type(self).__name__} '{self.name}': layers here know no "
                                      f"masks.")
        if x.dtype != self.dtype:
            x = ops.cast(x, self.dtype)
        return self._pool(x, axis=self._steps, keepdims=self.keepdims)

    @property
    def _steps(self):
        return 1 if self.data_format == "channels_last" else 2

    def compute_output_shape(self, input_shape):
        shape = list(input_shape)
        shape[self._steps : self._steps + 1] = [1] if self.keepdims else []
        return tuple(shape)

    def get_config(self):
        return {**super().get_config(), "data_format": self.data_format,
                "keepdims": self.keepdims}


class GlobalAveragePooling1D(_GlobalPooling1D):
    """The mean over the steps of sequences: (B, T, C) becomes (B, C).

    Parameters
    ----------
    data_format : {'channels_last', 'channels_first'}, optional
        Whether inputs are (B, T, C), or (B, C, T).
    keepdims : bool
        Keep the axis of the steps, with length 1.

    Examples
    --------
    >>> GlobalAveragePooling1D()([[[1.0, 2.0], [3.0, 4.0]]]).tolist()
    [[2.0, 3.0]]
    """

    _pool = staticmethod(ops.mean)


class GlobalMaxPooling1D(_GlobalPooling1D):
    """The largest over the steps of sequences; the rest as in `GlobalAveragePooling1D`.

    (B, steps, features) becomes (B, features).

    Examples
    --------
    >>> GlobalMaxPooling1D()([[[1.0, 4.0], [3.0, 2.0]]]).tolist()
    [[3.0, 4.0]]
    """

    _pool = staticmethod(ops.max)


GlobalAvgPool1D = GlobalAveragePooling1D
GlobalMaxPool1D = GlobalMaxPooling1D
