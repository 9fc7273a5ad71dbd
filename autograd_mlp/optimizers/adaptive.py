"""A step size of its own for each weight, from the squares of its gradients.

w is a parameter, g its gradient, η the learning rate.
"""

from ..initializers import Constant
from .optimizer import Optimizer


class Adagrad(Optimizer):
    """Duchi et al. 2011: {adagrad}.

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
    initial_accumulator_value : float, default 0.1
        What G starts with.
    epsilon : float, default 1e-7
    *base, **options
        Those of :class:`Optimizer`, in its order.
    """

    _arguments = ("initial_accumulator_value", "epsilon")
    _kind = "adagrad"
    formulas = {"adagrad": "G ← G + g²,  w ← w − η·g / √(G + ε)"}
    symbols = {"accumulator": "G"}

    def __init__(self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, *base,
                 **options):
        super().__init__(learning_rate, *base, **options)
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def build(self, variables):
        """Make the sums of these variables."""
        if self.built:
            return
        super().build(variables)
        self._accumulators = self.add_optimizer_variables(
            variables, "accumulator", Constant(self.initial_accumulator_value))

    def update_step(self, gradient, variable, learning_rate):
        self._update(self._kind, gradient, variable, learning_rate,
                     self._accumulators[self._get_variable_index(variable)])


class Adadelta(Optimizer):
    """Zeiler 2012, Alg. 1: a step that needs no unit of its own.

    {adadelta}.

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
        1.0 is what the paper uses.
    rho : float in [0, 1), default 0.95
    epsilon : float, default 1e-7
    *base, **options
        Those of :class:`Optimizer`, in its order.
    """

    _arguments = ("rho", "epsilon")
    formulas = {"adadelta": "G ← ρG + (1−ρ)g²,  Δ = −g·√(D + ε)/√(G + ε),  D ← ρD + (1−ρ)Δ²,  "
                            "w ← w + η·Δ"}
    symbols = {"accumulated_grad": "G", "accumulated_delta_var": "D"}

    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-7, *base, **options):
        super().__init__(learning_rate, *base, **options)
        self.rho, self.epsilon = rho, epsilon

    def build(self, variables):
        """Make the averages of these variables."""
        if self.built:
            return
        super().build(variables)
        self._accumulated_grads, self._accumulated_delta_vars = self.add_optimizer_variables(
            variables, ["accumulated_grad", "accumulated_delta_var"])

    def update_step(self, gradient, variable, learning_rate):
        i = self._get_variable_index(variable)
        self._update("adadelta", gradient, variable, learning_rate, self._accumulated_grads[i],
                     self._accumulated_delta_vars[i])


class RMSprop(Optimizer):
    """Hinton 2012, lecture 6e: {rmsprop}.

    ε stands inside the root, as in Keras 3; ``optimizers.legacy.RMSprop`` has it outside, as
    Keras had it before.  With momentum μ: {rmsprop_momentum}.
    With `centered` (Graves 2013, eq. 38 to 41) v − a² takes the place of v in the root:
    {rmsprop_centered}.

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
    rho : float in [0, 1), default 0.9
    momentum : float in [0, 1], default 0.0
    epsilon : float, default 1e-7
    centered : bool, default False
    *base, **options
        Those of :class:`Optimizer`, in its order.
    """

    _arguments = ("rho", "momentum", "epsilon", "centered")
    _kind = "rmsprop"
    formulas = {
        "rmsprop": "v ← ρv + (1−ρ)g²,  w ← w − η·g / √(v + ε)",
        "rmsprop_momentum": "v ← ρv + (1−ρ)g²,  m ← μ·m + η·g / √(v + ε),  w ← w − m",
        "rmsprop_centered": "v ← ρv + (1−ρ)g²,  a ← ρa + (1−ρ)g,  w ← w − η·g / √(v − a² + ε)",
        "rmsprop_momentum_centered": "v ← ρv + (1−ρ)g²,  a ← ρa + (1−ρ)g,  "
                                     "m ← μ·m + η·g / √(v − a² + ε),  w ← w − m"}
    symbols = {"velocity": "v", "momentum": "m", "average_gradient": "a"}

    def __init__(self, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False,
                 *base, **options):
        super().__init__(learning_rate, *base, **options)
        self.rho, self.momentum, self.epsilon = rho, momentum, epsilon
        self.centered = centered

    def build(self, variables):
        """Make the averages of these variables."""
        if self.built:
            return
        super().build(variables)
        self._velocities = self.add_optimizer_variables(variables, "velocity")
        self._momentums = self._average_gradients = []
        if self.momentum:
            self._momentums = self.add_optimizer_variables(variables, "momentum")
        if self.centered:
            self._average_gradients = self.add_optimizer_variables(variables, "average_gradient")

    def update_step(self, gradient, variable, learning_rate):
        i = self._get_variable_index(variable)
        kind, states = self._kind, [self._velocities[i]]
        if self.momentum:
            kind = "rmsprop_momentum"
            states.append(self._momentums[i])
        if self.centered:
            kind += "_centered"
            states.append(self._average_gradients[i])
        self._update(kind, gradient, variable, learning_rate, *states)


class Ftrl(Optimizer):
    """Follow the regularized leader (McMahan et al. 2013, Alg. 1): L1 gives weights of exactly 0.

    {ftrl}, with p = −`learning_rate_power`.

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
    learning_rate_power : float of at most 0, default -0.5
    initial_accumulator_value : float, default 0.1
        What N starts with.
    l1_regularization_strength, l2_regularization_strength : float, default 0.0
        λ₁ and λ₂.
    l2_shrinkage_regularization_strength : float, default 0.0
        λₛ: a penalty on w in the gradient.
    beta : float, default 0.0
    *base, **options
        Those of :class:`Optimizer`, in its order.
    """

    _arguments = ("learning_rate_power", "initial_accumulator_value",
                  "l1_regularization_strength", "l2_regularization_strength",
                  "l2_shrinkage_regularization_strength", "beta")
    _factors = "ftrl"
    formulas = {"ftrl": "N₊ = N + g²,  σ = (N₊ᵖ − Nᵖ) / η,  z ← z + g + 2λₛ·w − σ·w,  "
                        "w ← (clip(z, −λ₁, λ₁) − z) / (N₊ᵖ/η + 2λ₂ + β/η),  N ← N₊"}
    symbols = {"accumulator": "N", "linear": "z"}

    def __init__(self, learning_rate=0.001, learning_rate_power=-0.5,
                 initial_accumulator_value=0.1, l1_regularization_strength=0.0,
                 l2_regularization_strength=0.0, l2_shrinkage_regularization_strength=0.0,
                 beta=0.0, *base, **options):
        super().__init__(learning_rate, *base, **options)
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def build(self, variables):
        """Make the sums of these variables."""
        if self.built:
            return
        super().build(variables)
        self._accumulators, self._linears = self.add_optimizer_variables(
            variables, ["accumulator", "linear"],
            [Constant(self.initial_accumulator_value), "zeros"])

    def update_step(self, gradient, variable, learning_rate):
        i = self._get_variable_index(variable)
        self._update("ftrl", gradient, variable, learning_rate, self._accumulators[i],
                     self._linears[i])
