"""The shape of a model's input, said before any data is seen."""

from .._errors import deprecated
from ..backend import float_dtype, floatx, standardize_shape
from .layer import Layer

_WHOLE = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "bool")


class InputLayer(Layer):
    """Stands at the bottom of a ``Sequential`` and only knows a shape.

    Parameters
    ----------
    shape : tuple of (int or None)
        Of one sample.
    batch_size : int, optional
        If every batch has this size.
    dtype : str, optional
        Type of the data, floats or whole numbers; ``floatx()`` if not given. Data of any type is
        taken; what the first layer needs is made of it.
    sparse, ragged, optional : bool
        Only False: such inputs are not part of this library.
    batch_shape : tuple of (int or None), optional
        Instead of `shape` and `batch_size`: the shape of a batch.
    input_tensor : None
        Only None: there are no symbolic tensors.
    name : str, optional

    Attributes
    ----------
    shape, batch_shape : tuple
        Both with the batch size, usually None, in front.
    """

    def __init__(self, shape=None, batch_size=None, dtype=None, sparse=None, ragged=None,
                 batch_shape=None, input_tensor=None, optional=False, name=None, **kwargs):
        if "input_shape" in kwargs:
            deprecated("input_shape=", "shape=", "InputLayer")
            shape = kwargs.pop("input_shape")
        if "batch_input_shape" in kwargs:
            deprecated("batch_input_shape=", "batch_shape=", "InputLayer")
            batch_shape = kwargs.pop("batch_input_shape")
        super().__init__(name=name, **kwargs)
        for argument, value in (("sparse", sparse), ("ragged", ragged), ("optional", optional)):
            if value:
                raise ValueError(f"InputLayer '{self.name}': inputs with {argument}=True are not "
                                 f"part of this library.")
        if input_tensor is not None:
            raise ValueError(f"InputLayer '{self.name}': there are no symbolic tensors to wrap; "
                             f"give the shape.")
        if shape is not None and batch_shape is not None:
            raise ValueError("Give either `shape` or `batch_shape`, not both.")
        if batch_size is not None and batch_shape is not None:
            raise ValueError("Give either `batch_size` or `batch_shape`, not both.")
        if shape is None and batch_shape is None:
            raise ValueError("Input needs the argument `shape`, for example Input(shape=(8,)).")
        if batch_shape is None:
            batch_shape = (batch_size, *standardize_shape(shape))
        self.batch_shape = standardize_shape(batch_shape, "batch_shape")
        name = dtype if isinstance(dtype, str) else getattr(dtype, "__name__", str(dtype))
        self._data_dtype = name if name in _WHOLE else floatx() if dtype is None \
            else float_dtype(dtype)
        self.built = True

    @property
    def shape(self):
        """The same as `batch_shape`."""
        return self.batch_shape

    @property
    def dtype(self):
        """Name of the type of the data."""
        return self._data_dtype

    def call(self, x):
        return x

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return {"batch_shape": self.batch_shape, "dtype": self.dtype, "sparse": False,
                "ragged": False, "name": self.name, "optional": False}


def Input(shape=None, batch_size=None, dtype=None, sparse=None, ragged=None,  # noqa: N802
          batch_shape=None, name=None, tensor=None, optional=False):
    """Say what shape the samples have that a model will get; the first entry of a ``Sequential``.

    Returns an `InputLayer` (Keras returns a symbolic tensor with the same ``shape``); the
    parameters are those of `InputLayer`.

    Examples
    --------
    >>> Input(shape=(28, 28)).shape
    (None, 28, 28)
    >>> Input(shape=8)
    Traceback (most recent call last):
    ...
    ValueError: Cannot convert '8' to a shape.
      Where: shape
      Why:   A shape is a tuple: one whole number for each axis, None for one that varies.
      Try:   (8,), one axis of length 8
    """
    return InputLayer(shape, batch_size, dtype, sparse, ragged, batch_shape, tensor, optional, name)
