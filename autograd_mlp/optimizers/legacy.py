"""Optimizers with the arguments and formulas Keras had before version 3.

They are those of ``tf.keras.optimizers.legacy``.  All take `lr` (another name of
`learning_rate`), `decay` (the rate is divided by 1 + decay·iterations), `clipnorm`, `clipvalue`
and `global_clipnorm`.  Formulas differ from today's in two places:

- Adagrad and RMSprop (without momentum) add ε to the root, not under it;
- Nadam's momentum grows much slower: 0.96^(0.004·t) where today's has 0.96^t.
"""

from . import adam, adaptive, sgd
from .optimizer import Optimizer

__all__ = ["Adadelta", "Adagrad", "Adam", "Adamax", "Ftrl", "Nadam", "Optimizer", "RMSprop", "SGD"]


class _Legacy:
    """`name` where it stood before Keras 3, and `decay` as an argument like any other."""

    def __init__(self, *arguments, name=None, decay=0.0, **options):
        super().__init__(*arguments, name=name, **options)
        self.decay = decay

    def get_config(self):
        """The constructor's arguments."""
        config = super().get_config()
        return {**{name: value for name, value in config.items() if name in _KEPT
                   or name in self._arguments}, "decay": self.decay}

    def get_weights(self):
        """Iterations, learning rate and state as a list of arrays."""
        return [variable.numpy() for variable in self.variables]


_KEPT = ("name", "learning_rate", "clipnorm", "clipvalue", "global_clipnorm")


class SGD(_Legacy, sgd.SGD):
    """As :class:`autograd_mlp.optimizers.SGD`, with `decay`."""

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, name=None, **options):
        super().__init__(learning_rate, momentum, nesterov, name=name, **options)


class Adagrad(_Legacy, adaptive.Adagrad):
    """Duchi et al. 2011 with ε outside of the root: {adagrad_legacy}."""

    _kind = "adagrad_legacy"
    formulas = {"adagrad_legacy": "G ← G + g²,  w ← w − η·g / (√G + ε)"}

    def __init__(self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, name=None,
                 **options):
        super().__init__(learning_rate, initial_accumulator_value, epsilon, name=name, **options)


class Adadelta(_Legacy, adaptive.Adadelta):
    """As :class:`autograd_mlp.optimizers.Adadelta`, with `decay`."""

    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-7, name=None, **options):
        super().__init__(learning_rate, rho, epsilon, name=name, **options)


class RMSprop(_Legacy, adaptive.RMSprop):
    """RMSprop with ε outside of the root: {rmsprop_legacy}.

    Small gradients make much smaller steps than with ε inside; a network with a squared error
    on sigmoid outputs learns noticeably faster with this one.  With momentum ε stands inside, as
    in ``tf.keras``.
    """

    _kind = "rmsprop_legacy"
    formulas = {
        "rmsprop_legacy": "v ← ρv + (1−ρ)g²,  w ← w − η·g / (√v + ε)",
        "rmsprop_legacy_centered": "v ← ρv + (1−ρ)g²,  a ← ρa + (1−ρ)g,  "
                                   "w ← w − η·g / (√(v − a²) + ε)"}

    def __init__(self, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False,
                 name=None, **options):
        super().__init__(learning_rate, rho, momentum, epsilon, centered, name=name, **options)


class Adam(_Legacy, adam.Adam):
    """As :class:`autograd_mlp.optimizers.Adam`, with `decay`."""

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False,
                 name=None, **options):
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, name=name, **options)


class Adamax(_Legacy, adam.Adamax):
    """As :class:`autograd_mlp.optimizers.Adamax`, with `decay`."""

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, name=None,
                 **options):
        super().__init__(learning_rate, beta_1, beta_2, epsilon, name=name, **options)


class Nadam(_Legacy, adam.Nadam):
    """Dozat 2016 with μₜ = β₁·(1 − ½·0.96^(d·t)); `schedule_decay` d is 0.004."""

    _arguments = (*adam.Nadam._arguments, "schedule_decay")

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, name=None,
                 schedule_decay=0.004, **options):
        super().__init__(learning_rate, beta_1, beta_2, epsilon, name=name, **options)
        self.schedule_decay = schedule_decay


class Ftrl(_Legacy, adaptive.Ftrl):
    """As :class:`autograd_mlp.optimizers.Ftrl`, with `decay`."""

    def __init__(self, learning_rate=0.001, learning_rate_power=-0.5,
                 initial_accumulator_value=0.1, l1_regularization_strength=0.0,
                 l2_regularization_strength=0.0, name=None,
                 l2_shrinkage_regularization_strength=0.0, beta=0.0, **options):
        super().__init__(learning_rate, learning_rate_power, initial_accumulator_value,
                         l1_regularization_strength, l2_regularization_strength,
                         l2_shrinkage_regularization_strength, beta, name=name, **options)
