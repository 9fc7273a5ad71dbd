"""The optimizers, from simple to hard.  w is a parameter, g its gradient, η the learning rate."""

from .._objects import public_classes
from .optimizer import Optimizer


class SGD(Optimizer):
    """Gradient descent: w ← w − η·g.

    With momentum μ (Polyak 1964): m ← μ·m − η·g, then w ← w + m; with `nesterov` (Sutskever et
    al. 2013) w ← w + μ·m − η·g instead.

    Parameters
    ----------
    learning_rate : float, default 0.01
    momentum : float in [0, 1), default 0.0
    nesterov : bool, default False
    name : str, optional
    """

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, name=None, **kwargs):
        super().__init__(learning_rate, name, **kwargs)
        self.momentum = self._set("momentum", momentum, 0.0, 1.0)
        self.nesterov = bool(nesterov)
        self.slots = ("momentum",) if momentum else ()

    def update_step(self, gradient, variable):
        kind = "sgd" if not self.momentum else "nesterov" if self.nesterov else "momentum"
        self._update(kind, gradient, variable)

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}


class Adagrad(Optimizer):
    """Duchi et al. 2011: G ← G + g²,  w ← w − η·g / √(G + ε).

    Parameters
    ----------
    learning_rate : float, default 0.001
    initial_accumulator_value : float, default 0.1
        What G starts with.
    epsilon : float, default 1e-7
    name : str, optional
    """

    slots = ("accumulator",)

    def __init__(
        self,
        learning_rate=0.001,
        initial_accumulator_value=0.1,
        epsilon=1e-7,
        name=None,
        **kwargs,
    ):
        super().__init__(learning_rate, name, **kwargs)
        if not initial_accumulator_value >= 0:
            raise ValueError(
                "Adagrad: initial_accumulator_value must be 0 or more, "
                f"got {initial_accumulator_value!r}"
            )
        self.initial_accumulator_value = self.initial_slot_value = initial_accumulator_value
        self.epsilon = self._set("epsilon", epsilon)

    def update_step(self, gradient, variable):
        self._update("adagrad", gradient, variable)

    def get_config(self):
        return {
            **super().get_config(),
            "epsilon": self.epsilon,
            "initial_accumulator_value": self.initial_accumulator_value,
        }


class Adadelta(Optimizer):
    """Zeiler 2012, Alg. 1: a step that needs no unit of its own.

    G ← ρG + (1−ρ)g²,  Δ = −g·√(D + ε)/√(G + ε),  D ← ρD + (1−ρ)Δ²,  w ← w + η·Δ.

    Parameters
    ----------
    learning_rate : float, default 0.001
        1.0 is what the paper uses.
    rho : float in [0, 1), default 0.95
    epsilon : float, default 1e-7
    name : str, optional
    """

    slots = ("accumulated_grad", "accumulated_delta_var")

    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-7, name=None, **kwargs):
        super().__init__(learning_rate, name, **kwargs)
        self.rho = self._set("rho", rho, 0.0, 1.0)
        self.epsilon = self._set("epsilon", epsilon)

    def update_step(self, gradient, variable):
        self._update("adadelta", gradient, variable)

    def get_config(self):
        return {**super().get_config(), "rho": self.rho, "epsilon": self.epsilon}


class RMSprop(Optimizer):
    """Hinton 2012, lecture 6e: v ← ρv + (1−ρ)g²,  w ← w − η·g / √(v + ε).

    ε stands inside the root, as in Keras 3; ``optimizers.legacy.RMSprop`` has it outside, as
    Keras had it before.  With momentum μ: m ← μ·m + η·g / √(v + ε),  w ← w − m.

    Parameters
    ----------
    learning_rate : float, default 0.001
    rho : float in [0, 1), default 0.9
    momentum : float in [0, 1), default 0.0
    epsilon : float, default 1e-7
    name : str, optional
    """

    slots = ("velocity",)
    _kind = "rmsprop"

    def __init__(
        self, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, name=None, **kwargs
    ):
        super().__init__(learning_rate, name, **kwargs)
        self.rho = self._set("rho", rho, 0.0, 1.0)
        self.momentum = self._set("momentum", momentum, 0.0, 1.0)
        self.epsilon = self._set("epsilon", epsilon)
        if momentum:
            self.slots = ("velocity", "momentum")

    def update_step(self, gradient, variable):
        self._update(self._kind + ("_momentum" if self.momentum else ""), gradient, variable)

    def get_config(self):
        return {
            **super().get_config(),
            "rho": self.rho,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
        }


class Adam(Optimizer):
    """Kingma & Ba 2015, Alg. 1 (with ε as at the end of their section 2).

    m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²,  w ← w − α·m / (√v + ε),
    α = η·√(1 − β₂ᵗ) / (1 − β₁ᵗ), t counting steps from 1.

    Parameters
    ----------
    learning_rate : float, default 0.001
    beta_1 : float in [0, 1), default 0.9
    beta_2 : float in [0, 1), default 0.999
    epsilon : float, default 1e-7
    name : str, optional
    """

    slots = ("momentum", "velocity")

    def __init__(
        self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, name=None, **kwargs
    ):
        super().__init__(learning_rate, name, **kwargs)
        self.beta_1 = self._set("beta_1", beta_1, 0.0, 1.0)
        self.beta_2 = self._set("beta_2", beta_2, 0.0, 1.0)
        self.epsilon = self._set("epsilon", epsilon)

    def update_step(self, gradient, variable):
        self._update("adam", gradient, variable)

    def get_config(self):
        return {
            **super().get_config(),
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }


__all__ = [cls.__name__ for cls in public_classes(globals(), Optimizer)]
