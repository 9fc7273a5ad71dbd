"""The shape of a model's input, said before any data is seen."""

from ..backend import standardize_shape
from .layer import Layer


class InputLayer(Layer):
    """Stands at the bottom of a ``Sequential`` and only knows a shape.

    Parameters
    ----------
    shape : tuple of (int or None)
        Of one sample.
    batch_size : int, optional
        If every batch has this size.
    dtype : {'float32', 'float64'}, optional
    batch_shape : tuple of (int or None), optional
        Instead of `shape` and `batch_size`: the shape of a batch.
    name : str, optional

    Attributes
    ----------
    shape, batch_shape : tuple
        Both with the batch size, usually None, in front.
    """

    def __init__(self, shape=None, batch_size=None, dtype=None, batch_shape=None, name=None):
        super().__init__(dtype=dtype, name=name)
        if shape is not None and batch_shape is not None:
            raise ValueError("Give either `shape` or `batch_shape`, not both.")
        if batch_size is not None and batch_shape is not None:
            raise ValueError("Give either `batch_size` or `batch_shape`, not both.")
        if shape is None and batch_shape is None:
            raise ValueError("Input needs the argument `shape`, for example Input(shape=(8,)).")
        if batch_shape is None:
            batch_shape = (batch_size, *standardize_shape(shape))
        self.batch_shape = standardize_shape(batch_shape, "batch_shape")
        self.built = True

    @property
    def shape(self):
        """The same as `batch_shape`."""
        return self.batch_shape

    def call(self, x):
        return x

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {"batch_shape": self.batch_shape, "dtype": self.dtype, "sparse": False,
                "ragged": False, "name": self.name, "optional": False}

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        for name in ("sparse", "ragged", "optional"):
            if config.pop(name, False):
                raise ValueError(f"InputLayer: inputs with {name}=True are not part of this "
                                 "library.")
        return super().from_config(config)


def Input(shape=None, batch_size=None, dtype=None, batch_shape=None, name=None):  # noqa: N802
    """Say what shape the samples have that a model will get; the first entry of a ``Sequential``.

    Returns an `InputLayer` (Keras returns a symbolic tensor with the same ``shape``); the
    parameters are those of `InputLayer`.

    Examples
    --------
    >>> Input(shape=(28, 28)).shape
    (None, 28, 28)
    >>> Input(shape=8)                          # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: Cannot convert shape=8 to a shape: expected a tuple of integers. Write (8,) for ...
    """
    return InputLayer(shape, batch_size, dtype, batch_shape, name)
