"""Normalization of each sample by itself."""

import math

from .. import constraints, initializers, ops, regularizers
from .._errors import deprecated, number
from .layer import Layer


class LayerNormalization(Layer):
    """Brings each sample to mean 0 and variance 1 over its features, then scales and shifts it.

    The shape stays.

    Ba, Kiros & Hinton 2016: ``y = gamma * (x - mean) / sqrt(variance + epsilon) + beta``.

    Parameters
    ----------
    axis : int or list of int
        The axes over which mean and variance are taken, and along which gamma and beta differ.
    epsilon : float
        Added to the variance.
    center, scale : bool
        Whether there are beta and gamma.
    beta_initializer, gamma_initializer : str, Initializer or callable
    beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint : optional
    rms_scaling : bool
        Older: divide by the standard deviation without subtracting the mean, and no beta.

    Examples
    --------
    >>> layer = LayerNormalization()
    >>> layer([[1.0, 3.0], [10.0, 30.0]]).numpy().round(2).tolist()
    [[-1.0, 1.0], [-1.0, 1.0]]
    """

    def __init__(
        self,
        axis=-1,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        rms_scaling=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if rms_scaling:
            deprecated("rms_scaling=True", "UnitNormalization, or operations of your own",
                       "LayerNormalization")
        self.axis = _checked_axis(self, axis)
        self.epsilon = number(f"LayerNormalization '{self.name}'", "epsilon", epsilon, low=0)
        self.center = center
        self.scale = scale
        self.rms_scaling = rms_scaling
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.supports_masking = True
        self.gamma = self.beta = None

    def build(self, input_shape):
        self.axis = sorted(self.axis) if isinstance(self.axis, list) else [self.axis]
        shape = tuple(input_shape[axis] for axis in self.axis)
        if self.scale or self.rms_scaling:
            self.gamma = self.add_weight(
                shape, self.gamma_initializer, name="gamma", regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint)
        if self.center and not self.rms_scaling:
            self.beta = self.add_weight(
                shape, self.beta_initializer, name="beta", regularizer=self.beta_regularizer,
                constraint=self.beta_constraint)

    def call(self, x):
        if x.dtype != self.dtype:
            x = ops.cast(x, self.dtype)
        axes = sorted(axis % x.ndim for axis in self.axis)
        if self.rms_scaling:
            y = x / ops.sqrt(ops.var(x, axis=tuple(axes), keepdims=True) + self.epsilon)
            along = [n if axis in axes else 1 for axis, n in enumerate(x.shape)]
            return y * self.gamma.reshape(along)
        if axes == [x.ndim - 1]:
            return ops.layer_norm(x, self.gamma, self.beta, self.epsilon)
        # the axes last and as one, and back again
        order = [axis for axis in range(x.ndim) if axis not in axes] + axes
        turned = x if order == list(range(x.ndim)) else ops.transpose(x, order)
        size = math.prod(x.shape[axis] for axis in axes)
        gamma, beta = (None if w is None else w.reshape((size,)) for w in (self.gamma, self.beta))
        rows = turned.reshape((*turned.shape[: x.ndim - len(axes)], size))
        y = ops.layer_norm(rows, gamma, beta, self.epsilon).reshape(turned.shape)
        return y if turned is x else ops.transpose(y, [order.index(i) for i in range(x.ndim)])

    def compute_output_shape(self, input_shape):
        self._check_input_shape(input_shape)
        return tuple(input_shape)

    def _check_input_shape(self, shape):
        _check_axes(self, shape)

    def get_config(self):
        return {
            **super().get_config(),
            "axis": self.axis,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "rms_scaling": self.rms_scaling,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "beta_regularizer": regularizers.serialize(self.beta_regularizer),
            "gamma_regularizer": regularizers.serialize(self.gamma_regularizer),
            "beta_constraint": constraints.serialize(self.beta_constraint),
            "gamma_constraint": constraints.serialize(self.gamma_constraint),
        }


class UnitNormalization(Layer):
    """Divides each sample by its length, so that the squares along `axis` add up to 1.

    The shape stays.

    Parameters
    ----------
    axis : int or list of int

    Examples
    --------
    >>> UnitNormalization()([[3.0, 4.0], [0.0, 0.0]])
    Tensor([[0.6, 0.8],
            [0. , 0. ]])
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = _checked_axis(self, axis)
        self.supports_masking = True

    def call(self, x):
        if x.dtype != self.dtype:
            x = ops.cast(x, self.dtype)
        squares = ops.sum(ops.square(x), axis=self.axis, keepdims=True)
        return x / ops.sqrt(ops.maximum(squares, 1e-24))

    def compute_output_shape(self, input_shape):
        self._check_input_shape(input_shape)
        return tuple(input_shape)

    def _check_input_shape(self, shape):
        _check_axes(self, shape)

    def get_config(self):
        return {**super().get_config(), "axis": self.axis}


def _checked_axis(layer, axis):
    if isinstance(axis, int) and not isinstance(axis, bool):
        return axis
    if isinstance(axis, (list, tuple)) and all(isinstance(a, int) for a in axis):
        return list(axis)
    raise TypeError(f"{type(layer).__name__} '{layer.name}': expected `axis` to be an integer or a "
                    f"list of integers, got {axis!r}.")


def _check_axes(layer, shape):
    for axis in layer.axis if isinstance(layer.axis, list) else [layer.axis]:
        if not -len(shape) <= axis < len(shape):
            raise ValueError(f"{type(layer).__name__} '{layer.name}': axis {axis} is out of range "
                             f"for an input of shape {tuple(shape)}.")
