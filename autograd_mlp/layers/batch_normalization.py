"""Batch normalization."""

import operator

from .. import constraints, initializers, ops, regularizers
from .._engine import batch_norm_and_moments
from .._errors import number
from .input_spec import InputSpec
from .layer import Layer


class BatchNormalization(Layer):
    """Brings each feature to mean 0 and variance 1, then scales and shifts it as it learns to.

    The shape stays.

    In training with mean and variance of the batch (Ioffe & Szegedy 2015, Alg. 1):
    ``y = gamma * (x - mean) / sqrt(variance + epsilon) + beta``; else with moving averages of
    them, which training updates: ``moving = momentum * moving + (1 - momentum) * batch``.

    A frozen layer (``trainable = False``) uses the moving averages in training too, and leaves
    them alone.

    Parameters
    ----------
    axis : int
        The axis of the features.
    momentum : float
    epsilon : float
        Added to the variance.
    center, scale : bool
        Whether there are beta and gamma.
    beta_initializer, gamma_initializer : str, Initializer or callable
    moving_mean_initializer, moving_variance_initializer : str, Initializer or callable
    beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint : optional
    renorm, renorm_clipping, renorm_momentum, synchronized
        Of Keras's; only their defaults: batch renormalization and several devices are not here.

    Examples
    --------
    >>> layer = BatchNormalization(momentum=0.5, epsilon=3.0)
    >>> layer([[1.0], [3.0]], training=True).tolist()
    [[-0.5], [0.5]]
    >>> [(w.name, w.trainable, w.tolist()) for w in layer.weights]  # doctest: +NORMALIZE_WHITESPACE
    [('gamma', True, [1.0]), ('beta', True, [0.0]),
     ('moving_mean', False, [1.0]), ('moving_variance', False, [1.0])]
    """

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        renorm=False,
        renorm_clipping=None,
        renorm_momentum=0.99,
        synchronized=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if renorm or renorm_clipping is not None:
            raise NotImplementedError(f"BatchNormalization '{self.name}': batch renormalization "
                                      f"(`renorm`) is not part of this library.")
        if synchronized:
            raise ValueError(f"BatchNormalization '{self.name}': `synchronized=True` is for "
                             f"several devices, this library computes on one.")
        who = f"BatchNormalization '{self.name}'"
        if not hasattr(axis, "__index__"):
            raise ValueError(f"{who}: expected `axis` to be one whole number, got {axis!r}: the "
                             "axis that keeps its statistics apart.")
        self.axis = operator.index(axis)
        self.momentum = float(number(who, "momentum", momentum, 0, 1))
        self.epsilon = float(number(who, "epsilon", epsilon, low=0))
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.supports_masking = True
        self.renorm = renorm
        self.renorm_clipping = renorm_clipping
        self.renorm_momentum = renorm_momentum
        self.synchronized = synchronized
        self.gamma = self.beta = self.moving_mean = self.moving_variance = None

    def build(self, input_shape):
        shape = (input_shape[self.axis],)
        if self.scale:
            self.gamma = self.add_weight(
                shape, self.gamma_initializer, name="gamma", regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint)
        if self.center:
            self.beta = self.add_weight(
                shape, self.beta_initializer, name="beta", regularizer=self.beta_regularizer,
                constraint=self.beta_constraint)
        self.moving_mean = self.add_weight(
            shape, self.moving_mean_initializer, trainable=False, name="moving_mean")
        self.moving_variance = self.add_weight(
            shape, self.moving_variance_initializer, trainable=False, name="moving_variance")
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: shape[0]})

    def call(self, x, training=None, mask=None):
        if mask is not None:
            raise NotImplementedError(f"BatchNormalization '{self.name}': layers here know no "
                                      f"masks.")
        if x.dtype != self.dtype:
            x = ops.cast(x, self.dtype)
        order = None
        if self.axis % x.ndim != x.ndim - 1:    # the features last, and back again
            order = list(range(x.ndim))
            order[self.axis], order[-1] = order[-1], order[self.axis]
            x = ops.transpose(x, order)
        if training and self.trainable:
            y, mean, variance = batch_norm_and_moments(x, self.gamma, self.beta, self.epsilon)
            for moving, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
                moving.assign(moving * self.momentum + now * (1 - self.momentum))
        else:
            factor = 1 / ops.sqrt(self.moving_variance + self.epsilon)
            if self.scale:
                factor = factor * self.gamma
            shift = -self.moving_mean * factor
            y = x * factor + (shift + self.beta if self.center else shift)
        return y if order is None else ops.transpose(y, order)

    def compute_output_shape(self, input_shape):
        self._check_input_shape(input_shape)
        return tuple(input_shape)

    def _check_input_shape(self, shape):
        if not -len(shape) <= self.axis < len(shape):
            raise ValueError(f"BatchNormalization '{self.name}': axis {self.axis} is out of range "
                             f"for an input of shape {tuple(shape)}.")
        super()._check_input_shape(shape)

    def get_config(self):
        return {
            **super().get_config(),
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "moving_mean_initializer": initializers.serialize(self.moving_mean_initializer),
            "moving_variance_initializer": initializers.serialize(
                self.moving_variance_initializer),
            "beta_regularizer": regularizers.serialize(self.beta_regularizer),
            "gamma_regularizer": regularizers.serialize(self.gamma_regularizer),
            "beta_constraint": constraints.serialize(self.beta_constraint),
            "gamma_constraint": constraints.serialize(self.gamma_constraint),
            "synchronized": self.synchronized,
            "renorm": self.renorm,
            "renorm_clipping": self.renorm_clipping,
            "renorm_momentum": self.renorm_momentum,
        }
