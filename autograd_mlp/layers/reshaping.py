"""Layers that move numbers without changing them."""

import math
import numbers

from .. import ops
from .._errors import lesson
from .input_spec import InputSpec
from .layer import Layer


class Reshape(Layer):
    """The same numbers of each sample in another shape.

    Parameters
    ----------
    target_shape : tuple of int
        Without the batch axis. At most one entry may be -1: it follows from the others.

    Examples
    --------
    >>> import numpy as np
    >>> Reshape((2, -1))(np.zeros((5, 6))).shape
    (5, 2, 3)
    """

    def __init__(self, target_shape, **kwargs):
        super().__init__(**kwargs)
        if isinstance(target_shape, numbers.Integral):
            raise TypeError(f"Reshape '{self.name}': expected `target_shape` to be a tuple, got "
                            f"{target_shape!r}: write ({target_shape},) for one axis.")
        self.target_shape = tuple(target_shape)
        wrong = [n for n in self.target_shape if not isinstance(n, numbers.Integral) or n < -1]
        if wrong or self.target_shape.count(-1) > 1:
            raise ValueError(f"Reshape '{self.name}': expected `target_shape` to hold integers, -1 "
                             f"at most once, got {self.target_shape}.")

    def call(self, x):
        self._resolved(x.shape[1:])
        return ops.reshape(x, (x.shape[0], *self._resolved(x.shape[1:])))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self._resolved(tuple(input_shape[1:])))

    def _resolved(self, shape):
        """target_shape without -1; None in its place if that cannot be known."""
        if None in shape:
            return tuple(None if n == -1 else n for n in self.target_shape)
        size, known = math.prod(shape), math.prod(n for n in self.target_shape if n != -1)
        if size != known if -1 not in self.target_shape else known == 0 or size % known:
            raise ValueError(lesson(
                f"The total size of the tensor must be unchanged. Received: input_shape={shape}, "
                f"target_shape={self.target_shape}",
                where=f"layer '{self._path or self.name}' (Reshape)",
                why=f"A sample of shape {shape} holds {size} numbers; they do not fill the shape "
                    f"{self.target_shape}.",
                use="-1 for one axis, whose length then follows from the others"))
        return tuple(size // known if n == -1 else n for n in self.target_shape)

    def get_config(self):
        return {**super().get_config(), "target_shape": self.target_shape}


class Permute(Layer):
    """The axes of each sample in another order.

    Parameters
    ----------
    dims : tuple of int
        Each axis of a sample once, counted from 1.

    Examples
    --------
    >>> import numpy as np
    >>> Permute((2, 1))(np.zeros((5, 10, 64))).shape
    (5, 64, 10)
    """

    def __init__(self, dims, **kwargs):
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(f"Permute '{self.name}': expected `dims` to hold 1 to "
                             f"{len(self.dims)} once each, got {self.dims}.")
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, x):
        return ops.transpose(x, (0, *self.dims))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *(input_shape[axis] for axis in self.dims))

    def get_config(self):
        return {**super().get_config(), "dims": self.dims}


class RepeatVector(Layer):
    """Each sample of (B, I) n times: (B, n, I).

    Parameters
    ----------
    n : int

    Examples
    --------
    >>> RepeatVector(2)([[1.0, 3.0]]).tolist()
    [[[1.0, 3.0], [1.0, 3.0]]]
    """

    def __init__(self, n, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(n, numbers.Integral) or isinstance(n, bool):
            raise TypeError(f"RepeatVector '{self.name}': expected `n` to be an integer, got {n!r}"
                            f" of type {type(n).__name__}.")
        if n <= 0:
            raise ValueError(f"RepeatVector '{self.name}': expected `n` to be 1 or more, got {n}.")
        self.n = int(n)
        self.input_spec = InputSpec(ndim=2)

    def call(self, x):
        return ops.stack([x] * self.n, axis=1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.n, input_shape[1])

    def get_config(self):
        return {**super().get_config(), "n": self.n}


class Identity(Layer):
    """Returns its input: a place that another layer may take later.

    The shape stays.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, x):
        return x

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        return super().get_config()
