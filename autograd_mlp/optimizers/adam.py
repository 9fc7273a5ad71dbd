"""Adam and its kin: running means of gradients and of their squares.

w is a parameter, g its gradient, η the learning rate, t counts steps from 1.
"""

from .._engine import Variable
from .optimizer import Optimizer


class Adam(Optimizer):
    """Kingma & Ba 2015, Alg. 1 (with ε as at the end of their section 2).

    {adam}.

    With `amsgrad` (Reddi et al. 2018) the largest v so far takes the place of v:
    {adam_amsgrad}.

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
    beta_1 : float in [0, 1), default 0.9
    beta_2 : float in [0, 1), default 0.999
    epsilon : float, default 1e-7
    amsgrad : bool, default False
    *base, **options
        Those of :class:`Optimizer`, in its order.
    """

    _arguments = ("beta_1", "beta_2", "epsilon", "amsgrad")
    formulas = {
        "adam": "m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²,  w ← w − α·m / (√v + ε),  "
                "α = η·√(1 − β₂ᵗ) / (1 − β₁ᵗ)",
        "adam_amsgrad": "m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²,  v̂ ← max(v̂, v),  "
                        "w ← w − α·m / (√v̂ + ε),  α = η·√(1 − β₂ᵗ) / (1 − β₁ᵗ)"}
    symbols = {"momentum": "m", "velocity": "v", "velocity_hat": "v̂"}
    _factors = "adam"

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False,
                 *base, **options):
        super().__init__(learning_rate, *base, **options)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self.amsgrad = amsgrad

    def build(self, variables):
        """Make the means of these variables."""
        if self.built:
            return
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(
            variables, ["momentum", "velocity"])
        if self.amsgrad:
            self._velocity_hats = self.add_optimizer_variables(variables, "velocity_hat")

    def update_step(self, gradient, variable, learning_rate):
        i = self._get_variable_index(variable)
        kind, states = "adam", [self._momentums[i], self._velocities[i]]
        if self.amsgrad:
            kind = "adam_amsgrad"
            states.append(self._velocity_hats[i])
        self._update(kind, gradient, variable, learning_rate, *states)


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019): first w ← w − η·λ·w.

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
    weight_decay : float, default 0.004
        λ.
    beta_1, beta_2, epsilon, amsgrad
        As in :class:`Adam`.
    *base, **options
        Those of :class:`Optimizer` after weight_decay, in its order.
    """

    def __init__(self, learning_rate=0.001, weight_decay=0.004, beta_1=0.9, beta_2=0.999,
                 epsilon=1e-7, amsgrad=False, *base, **options):
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, *base,
                         **options)
        if weight_decay is None:
            raise ValueError("AdamW: weight_decay must be a number, got None; Adam goes without")


class Adamax(Optimizer):
    """Kingma & Ba 2015, Alg. 2: the largest gradient in the place of the mean of squares.

    {adamax}.

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
    beta_1 : float in [0, 1), default 0.9
    beta_2 : float in [0, 1), default 0.999
    epsilon : float, default 1e-7
    *base, **options
        Those of :class:`Optimizer`, in its order.
    """

    _arguments = ("beta_1", "beta_2", "epsilon")
    _factors = "adamax"
    formulas = {"adamax": "m ← β₁m + (1−β₁)g,  u ← max(β₂u, |g|),  "
                          "w ← w − η·m / ((1 − β₁ᵗ)·(u + ε))"}
    symbols = {"momentum": "m", "norm": "u"}

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, *base,
                 **options):
        super().__init__(learning_rate, *base, **options)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def build(self, variables):
        """Make means and largest gradients of these variables."""
        if self.built:
            return
        super().build(variables)
        self._m, self._u = self.add_optimizer_variables(variables, ["momentum", "norm"])

    def update_step(self, gradient, variable, learning_rate):
        i = self._get_variable_index(variable)
        self._update("adamax", gradient, variable, learning_rate, self._m[i], self._u[i])


class Nadam(Optimizer):
    """Adam with Nesterov momentum (Dozat 2016).

    {nadam}.

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
    beta_1 : float in [0, 1), default 0.9
    beta_2 : float in [0, 1), default 0.999
    epsilon : float, default 1e-7
    *base, **options
        Those of :class:`Optimizer`, in its order.
    """

    _arguments = ("beta_1", "beta_2", "epsilon")
    _factors = "nadam"
    formulas = {
        "nadam": "m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²,  "
                 "w ← w − η·(μₜ₊₁·m / (1 − Π·μₜ₊₁) + (1 − μₜ)·g / (1 − Π)) "
                 "/ (√(v / (1 − β₂ᵗ)) + ε),  "
                 "μₜ = β₁·(1 − ½·0.96ᵗ),  Π = μ₁·…·μₜ"}
    symbols = {"momentum": "m", "velocity": "v"}
    _schedule_decay = 1.0       # 0.96 is raised to this power of t

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, *base,
                 **options):
        super().__init__(learning_rate, *base, **options)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self._scalars.set("schedule_decay", self._schedule_decay)

    def build(self, variables):
        """Make the means of these variables, and the product Π."""
        if self.built:
            return
        variables = list(variables)
        super().build(variables)
        self._momentums, self._velocities = self.add_optimizer_variables(
            variables, ["momentum", "velocity"])
        self._u_product = Variable(1.0, variables[0].dtype if variables else None,
                                   "u_product", trainable=False)

    def _begin(self, rate, counts, first=True):
        super()._begin(rate, counts, first, self._u_product)

    def update_step(self, gradient, variable, learning_rate):
        i = self._get_variable_index(variable)
        self._update("nadam", gradient, variable, learning_rate, self._momentums[i],
                     self._velocities[i])
