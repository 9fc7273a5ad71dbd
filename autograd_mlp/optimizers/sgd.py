"""Steps along the gradient, its running mean, or the sign of that.

w is a parameter, g its gradient, η the learning rate.
"""

from .optimizer import Optimizer


class SGD(Optimizer):
    """Gradient descent: {sgd}.

    With momentum μ (Polyak 1964): {momentum}; with `nesterov` (Sutskever et al. 2013)
    {nesterov} instead.

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.01
    momentum : float in [0, 1], default 0.0
    nesterov : bool, default False
    *base, **options
        Those of :class:`Optimizer`, in its order: weight_decay, clipnorm, …, name.
    """

    _arguments = ("momentum", "nesterov")
    formulas = {"sgd": "w ← w − η·g",
                "momentum": "m ← μ·m − η·g,  w ← w + m",
                "nesterov": "m ← μ·m − η·g,  w ← w + μ·m − η·g"}
    symbols = {"momentum": "m"}

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, *base, **options):
        super().__init__(learning_rate, *base, **options)
        self.momentum = momentum
        self.nesterov = nesterov

    def build(self, variables):
        """Make the momenta of these variables, if there is momentum."""
        if self.built:
            return
        super().build(variables)
        self.momentums = []
        if self.momentum:
            self.momentums = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient, variable, learning_rate):
        if self.momentum:
            kind = "nesterov" if self.nesterov else "momentum"
            self._update(kind, gradient, variable, learning_rate,
                         self.momentums[self._get_variable_index(variable)])
        else:
            self._update("sgd", gradient, variable, learning_rate)


class Lion(Optimizer):
    """Chen et al. 2023, Alg. 2: {lion}.

    Every weight moves by η: take it 3 to 10 times smaller than for Adam.

    Parameters
    ----------
    learning_rate : float, schedule or callable, default 0.001
    beta_1 : float in (0, 1), default 0.9
    beta_2 : float in [0, 1), default 0.99
    *base, **options
        Those of :class:`Optimizer`, in its order.
    """

    _arguments = ("beta_1", "beta_2")
    formulas = {"lion": "w ← w − η·sign(β₁m + (1−β₁)g),  m ← β₂m + (1−β₂)g"}
    symbols = {"momentum": "m"}

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.99, *base, **options):
        super().__init__(learning_rate, *base, **options)
        self.beta_1, self.beta_2 = beta_1, beta_2
        if not beta_1:
            raise ValueError("Lion: beta_1 must be greater than 0, else only the sign of the "
                             f"gradient is left; got {beta_1!r}")

    def build(self, variables):
        """Make the momenta of these variables."""
        if self.built:
            return
        super().build(variables)
        self._momentums = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient, variable, learning_rate):
        self._update("lion", gradient, variable, learning_rate,
                     self._momentums[self._get_variable_index(variable)])
