"""What all optimizers share: the learning rate, the state of each parameter, applying gradients."""

import warnings

import numpy as np

from .._engine import Tensor, UpdateScalars, Variable
from .._errors import unknown_arguments
from ..backend import snake_case, unique_name

# Arguments of Keras's optimizers that this library does not have yet.
_UNSUPPORTED = (
    "weight_decay",
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "use_ema",
    "ema_momentum",
    "ema_overwrite_frequency",
    "loss_scale_factor",
    "gradient_accumulation_steps",
    "centered",
    "amsgrad",
)


class Optimizer:
    """Base class.  A subclass sets its scalars and defines ``update_step``.

    Parameters
    ----------
    learning_rate : float
    name : str, optional

    Attributes
    ----------
    learning_rate, iterations : Variable
        Cells that may be assigned at any time, also while ``fit`` runs: the next step uses them.

    Examples
    --------
    On bare tensors:

    >>> from autograd_mlp import Tensor, optimizers
    >>> w = Tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optimizers.SGD(learning_rate=0.1)
    >>> for _ in range(2):
    ...     w.zero_grad()
    ...     (w ** 2).sum().backward()
    ...     optimizer.apply_gradients([(w.grad, w)])
    >>> w
    Tensor([ 0.64, -1.28], requires_grad=True)
    """

    # Names of the state arrays of a parameter, and the value they start with.
    slots = ()
    initial_slot_value = 0.0

    def __init__(self, learning_rate, name=None, **kwargs):
        if kwargs:
            raise unknown_arguments(type(self), kwargs, unsupported=_UNSUPPORTED)
        self.name = name or unique_name(snake_case(type(self).__name__))
        self._scalars = UpdateScalars()
        self._set("learning_rate", learning_rate)
        self._state = {}  # id of a parameter → (the parameter, its state)

    # Numbers that the update kernels read from cells, so they may be assigned at any time.
    _cells = ("momentum", "rho", "epsilon", "beta_1", "beta_2")

    def __setattr__(self, name, value):
        if name in self._cells and name in self.__dict__:
            if name == "momentum" and bool(value) != bool(self.momentum):
                raise ValueError(f"{type(self).__name__}: momentum cannot be switched on or off "
                                 "later, because its state would be missing; make a new optimizer")
            value = self._set(name, value, 0.0, float("inf") if name == "epsilon" else 1.0)
        super().__setattr__(name, value)

    def _set(self, name, value, low=0.0, below=float("inf")):
        """Set a scalar after checking that it is a number in [low, below)."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = None
        if number is None or not low <= number < below:
            limit = (
                f"from {low:g} to below {below:g}"
                if below < float("inf")
                else f"of at least {low:g}"
            )
            raise ValueError(
                f"{type(self).__name__}: {name} must be a number {limit}, got {value!r}"
            )
        cell = {"beta_1": "rho"}.get(name, name)
        getattr(self._scalars, cell).assign(number)
        return number

    @property
    def learning_rate(self):
        """The learning rate, a Variable of shape ()."""
        return self._scalars.learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        self._set("learning_rate", value)

    @property
    def iterations(self):
        """How many steps were done, a Variable of shape ()."""
        return self._scalars.step

    @property
    def built(self):
        """Whether any parameter has its state."""
        return bool(self._state)

    @property
    def variables(self):
        """Iterations, learning rate, and the state of all parameters."""
        return [self.iterations, self.learning_rate, *self._slots()]

    def _slots(self):
        return [slot for _, state in self._state.values() for slot in state]

    def build(self, variables):
        """Make the state of these parameters; those that have theirs keep it."""
        for variable in variables:
            self._slots_of(variable)

    def _slots_of(self, variable):
        if id(variable) not in self._state:
            state = []
            for slot in self.slots:
                made = Variable(np.full(variable.shape, self.initial_slot_value),
                                dtype=variable.dtype, trainable=False)
                made.name, made.path = slot, f"{getattr(variable, 'path', 'variable')}/{slot}"
                state.append(made)
            self._state[id(variable)] = (variable, tuple(state))
        return self._state[id(variable)][1]

    def apply(self, gradients, variables):
        """Do one step.

        Parameters
        ----------
        gradients : list of Tensor or None
            A parameter whose gradient is None is left alone, with a warning.
        variables : list of Tensor

        Raises
        ------
        ValueError
            If the lists differ in length, a shape or dtype differs, or every gradient is None.
        """
        gradients, variables = list(gradients), list(variables)
        if len(gradients) != len(variables):
            raise ValueError(f"{len(gradients)} gradients for {len(variables)} variables")
        pairs = [(g, v) for g, v in zip(gradients, variables, strict=True) if g is not None]
        if not pairs:
            raise ValueError(
                f"{type(self).__name__}: no gradient was given for any variable; "
                "did backward() run, and does the loss depend on them?"
            )
        missing = [getattr(v, "path", None) or v.name or "a tensor"
                   for g, v in zip(gradients, variables, strict=True) if g is None]
        if missing:
            warnings.warn(
                f"Gradients do not exist for variables {missing} when minimizing the "
                "loss; they are left as they are",
                stacklevel=2,
            )
        for i, (gradient, variable) in enumerate(pairs):
            if not isinstance(variable, Tensor):
                raise TypeError(f"an optimizer updates Tensors, got a {type(variable).__name__}")
            if not isinstance(gradient, Tensor):
                gradient = Tensor(gradient, dtype=variable.dtype)
                pairs[i] = gradient, variable
            if gradient.shape != variable.shape or gradient.dtype != variable.dtype:
                raise ValueError(
                    f"the gradient of {variable.name or 'a variable'} has shape "
                    f"{gradient.shape} and dtype {gradient.dtype}, the variable {variable.shape} "
                    f"and {variable.dtype}"
                )
        self.build(variable for _, variable in pairs)
        self._scalars.begin()
        for gradient, variable in pairs:
            self.update_step(gradient, variable)

    def apply_gradients(self, grads_and_vars):
        """Do one step with an iterable of (gradient, variable) pairs."""
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])

    def update_step(self, gradient, variable):
        """Update one parameter; subclasses define it."""
        raise NotImplementedError(f"{type(self).__name__} must define update_step")

    def _update(self, kind, gradient, variable):
        self._scalars.update(kind, variable, gradient, *self._slots_of(variable))

    def get_config(self):
        """The constructor's arguments."""
        return {"name": self.name, "learning_rate": self.learning_rate.item()}

    @classmethod
    def from_config(cls, config):
        """Make an optimizer from what `get_config` returned."""
        return cls(**config)

    def __repr__(self):
        return (
            f"<{type(self).__name__} name={self.name}, learning_rate={self.learning_rate.item():g}>"
        )
