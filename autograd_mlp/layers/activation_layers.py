"""Activations with arguments of their own, as layers."""

import numpy as np

from .. import constraints, initializers, ops, regularizers
from .._errors import deprecated, number
from .input_spec import InputSpec
from .layer import Layer


class _Elementwise(Layer):
    """What layers that keep the shape share."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def _nonnegative(self, name, value):
        if value is None or not value >= 0:
            raise ValueError(f"{type(self).__name__} '{self.name}': expected `{name}` to be 0 or "
                             f"more, got {value!r}.")
        return value


class ReLU(_Elementwise):
    """x above `threshold`, at most `max_value`; below it ``negative_slope * (x - threshold)``.

    The shape stays.

    Parameters
    ----------
    max_value : float, optional
    negative_slope, threshold : float

    Examples
    --------
    >>> ReLU(max_value=6.0, negative_slope=0.5)([[-1.0, 2.0, 9.0]]).tolist()
    [[-0.5, 2.0, 6.0]]
    """

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        super().__init__(**kwargs)
        if max_value is not None:
            self._nonnegative("max_value", max_value)
        self.max_value = max_value
        self.negative_slope = self._nonnegative("negative_slope", negative_slope)
        self.threshold = self._nonnegative("threshold", threshold)

    def call(self, x):
        return ops.relu(x, negative_slope=self.negative_slope, max_value=self.max_value,
                        threshold=self.threshold)

    def get_config(self):
        return {**super().get_config(), "max_value": self.max_value,
                "negative_slope": self.negative_slope, "threshold": self.threshold}


class LeakyReLU(_Elementwise):
    """x above 0, ``negative_slope * x`` below (Maas et al. 2013).

    The shape stays.

    Parameters
    ----------
    negative_slope : float
        Older code calls it `alpha`.

    Examples
    --------
    >>> LeakyReLU(0.5)([[-2.0, 3.0]]).tolist()
    [[-1.0, 3.0]]
    """

    def __init__(self, negative_slope=0.3, **kwargs):
        if "alpha" in kwargs:
            deprecated("alpha=", "negative_slope=", "LeakyReLU")
            negative_slope = kwargs.pop("alpha")
        super().__init__(**kwargs)
        self.negative_slope = self._nonnegative("negative_slope", negative_slope)

    def call(self, x):
        return ops.leaky_relu(x, negative_slope=self.negative_slope)

    def get_config(self):
        return {**super().get_config(), "negative_slope": self.negative_slope}


class PReLU(_Elementwise):
    """x above 0, ``alpha * x`` below, with an alpha for each feature that is learned.

    The shape stays.

    He et al. 2015, eq. 1.

    Parameters
    ----------
    alpha_initializer : str, Initializer or callable
    alpha_regularizer, alpha_constraint : optional
    shared_axes : int or list of int, optional
        Axes (counted from 1, the batch's is 0) along which alpha is the same.
    """

    def __init__(self, alpha_initializer="Zeros", alpha_regularizer=None, alpha_constraint=None,
                 shared_axes=None, **kwargs):
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        self.shared_axes = shared_axes if shared_axes is None else list(shared_axes) if isinstance(
            shared_axes, (list, tuple)) else [shared_axes]

    def build(self, input_shape):
        shape = list(input_shape[1:])
        for axis in self.shared_axes or ():
            if not 1 <= axis <= len(shape):
                raise ValueError(f"PReLU '{self.name}': `shared_axes` {self.shared_axes} must be "
                                 f"from 1 to {len(shape)} for inputs of shape {input_shape}.")
            shape[axis - 1] = 1
        self.alpha = self.add_weight(
            shape, self.alpha_initializer, name="alpha", regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint)
        axes = {axis: input_shape[axis] for axis in range(1, len(input_shape))
                if axis not in self.shared_axes} if self.shared_axes else {}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=axes)

    def call(self, x):
        return ops.relu(x) - self.alpha * ops.relu(-x)

    def get_config(self):
        return {**super().get_config(),
                "alpha_initializer": initializers.serialize(self.alpha_initializer),
                "alpha_regularizer": regularizers.serialize(self.alpha_regularizer),
                "alpha_constraint": constraints.serialize(self.alpha_constraint),
                "shared_axes": self.shared_axes}


class ELU(_Elementwise):
    """x from 0 on, ``alpha * (exp(x) - 1)`` below (Clevert et al. 2016).

    The shape stays.

    Parameters
    ----------
    alpha : float
    """

    def __init__(self, alpha=1.0, **kwargs):
        super().__init__(**kwargs)
        self.alpha = number(f"ELU '{self.name}'", "alpha", alpha)

    def call(self, x):
        return ops.elu(x, alpha=self.alpha)

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha}


class Softmax(_Elementwise):
    """Exponentials divided by their sum along `axis`.

    The shape stays.

    Parameters
    ----------
    axis : int or list of int

    Examples
    --------
    >>> Softmax()([[0.0, 0.0]], mask=[[True, False]]).tolist()
    [[1.0, 0.0]]
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, x, mask=None):
        """Return the softmax of x, of the places where `mask` is True if there is one."""
        if mask is not None:
            shape = mask.shape if hasattr(mask, "shape") else np.shape(mask)
            if len(shape) > x.ndim or any(
                    m not in (1, n) for m, n in zip(shape[::-1], x.shape[::-1], strict=False)):
                raise ValueError(f"Softmax '{self.name}': the mask of shape {tuple(shape)} does not"
                                 f" broadcast to an input of shape {x.shape}.")
            x = ops.where(mask, x, -1e9)
        axis = self.axis
        if isinstance(axis, (list, tuple)) and len(axis) > 1:
            y = ops.exp(x - ops.logsumexp(x, axis=tuple(axis), keepdims=True))
        else:
            y = ops.softmax(x, axis=axis[0] if isinstance(axis, (list, tuple)) else axis)
        return y if mask is None else ops.where(mask, y, 0.0)

    def get_config(self):
        return {**super().get_config(), "axis": self.axis}
