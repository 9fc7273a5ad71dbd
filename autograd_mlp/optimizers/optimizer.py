"""What all optimizers share: the learning rate, state, what is done to gradients and weights."""

import re

import numpy as np

from .._engine import (
    Tensor,
    UpdateScalars,
    Variable,
    as_variable,
    cast,
    floor_divide,
    no_grad,
    scheduled,
)
from .._errors import KeywordsChecked, deprecated, unknown_arguments, warn
from .._objects import deserialize, serialize
from ..backend import floatx, snake_case, unique_name
from .schedules import LearningRateSchedule
from .state import State, is_overwritten


class Optimizer(State, KeywordsChecked):
    """Base class of all optimizers, and of your own.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
        A callable takes no arguments and returns the rate.
    weight_decay : float, optional
        Each step makes weights smaller by ``learning_rate * weight_decay * w`` before it updates.
    clipnorm : float, optional
        Largest Euclidean norm of the gradient of each variable.
    clipvalue : float, optional
        Largest absolute value of an element of a gradient.
    global_clipnorm : float, optional
        Largest norm of all gradients taken together.  Only one of the three may be given.
    use_ema : bool, default False
        Keep a moving average of the weights, which become that average when ``fit`` ends
        (:meth:`finalize_variable_values`).
    ema_momentum : float in [0, 1], default 0.99
    ema_overwrite_frequency : int, optional
        The weights become the average every so many steps, too.
    loss_scale_factor : float, optional
        The loss is multiplied with it before gradients are computed, and they are divided by it.
    gradient_accumulation_steps : int >= 2, optional
        Update only every so many steps, with the mean of their gradients.
    name : str, optional

    Attributes
    ----------
    learning_rate : Variable or Tensor
        A Variable of shape () that may be assigned at any time, also while ``fit`` runs: the next
        step uses it.  With a schedule, its value at this step.  ``lr`` is another name of it.
    iterations : Variable
        How many steps were done, int64.  (With gradient accumulation a Tensor: how many updates.)
    variables : list of Variable
        Iterations, learning rate, then the state, in Keras's order.

    Raises
    ------
    ValueError
        For an argument that is unknown or out of its range.

    Notes
    -----
    Everything here is recorded: ``fit`` replays it in C.  A subclass makes its state in ``build``
    and defines ``update_step(gradient, variable, learning_rate)`` out of operations of
    ``autograd_mlp.ops``; it is recorded too.

    Examples
    --------
    On bare tensors:

    >>> from autograd_mlp import Tensor, optimizers
    >>> w = Tensor([1.0, -2.0], requires_grad=True)
    >>> optimizer = optimizers.SGD(learning_rate=0.1)
    >>> for _ in range(2):
    ...     w.zero_grad()
    ...     (w ** 2).sum().backward()
    ...     steps = optimizer.apply_gradients([(w.grad, w)])
    >>> w
    Tensor([ 0.64, -1.28], requires_grad=True)

    One of your own:

    >>> class Momentum(optimizers.Optimizer):
    ...     def build(self, variables):
    ...         super().build(variables)
    ...         self.momenta = self.add_optimizer_variables(variables, "momentum")
    ...
    ...     def update_step(self, gradient, variable, learning_rate):
    ...         m = self.momenta[self._get_variable_index(variable)]
    ...         self.assign(m, 0.9 * m - learning_rate * gradient)
    ...         self.assign_add(variable, m)
    >>> w = Tensor([1.0], requires_grad=True)
    >>> steps = Momentum(learning_rate=0.1).apply_gradients([([1.0], w)])
    >>> w
    Tensor([0.9], requires_grad=True)
    """

    # How the shared factors of an update follow from learning rate and step: see csrc/updates.pxi.
    _factors = "plain"

    # What an update does, as text, by its kind (csrc/updates.pxi); docstrings and the explorer show
    # it.  `symbols` are those of the state variables, by name.  Here: what every optimizer can do.
    formulas = {
        "loss_scale_factor": "g ← g / loss_scale_factor",
        "gradient_accumulation_steps": "g ← mean of the gradients of so many steps",
        "clipnorm": "g ← g · min(1, clipnorm / |g|)",
        "global_clipnorm": "g ← g · min(1, global_clipnorm / |all gradients|)",
        "clipvalue": "g ← min(max(g, −clipvalue), clipvalue)",
        "weight_decay": "w ← w − η·λ·w",
        "use_ema": "a ← ema_momentum·a + (1 − ema_momentum)·w,  w ← a",
    }
    symbols = {}

    def __init_subclass__(cls, **kwargs):
        """Put the formulas into the docstring, and those of the base class beside them."""
        super().__init_subclass__(**kwargs)
        for kind, formula in vars(cls).get("formulas", {}).items():
            if cls.__doc__ is not None:
                cls.__doc__ = cls.__doc__.replace(f"{{{kind}}}", formula)
        cls.formulas = {name: text for base in reversed(cls.__mro__)
                        for name, text in vars(base).get("formulas", {}).items()}

    def __init__(self, learning_rate, weight_decay=None, clipnorm=None, clipvalue=None,
                 global_clipnorm=None, use_ema=False, ema_momentum=0.99,
                 ema_overwrite_frequency=None, loss_scale_factor=None,
                 gradient_accumulation_steps=None, name=None, **kwargs):
        if "lr" in kwargs:
            learning_rate = kwargs.pop("lr")
            deprecated("lr=", "learning_rate=", type(self).__name__)
        decay = kwargs.pop("decay", None)
        if decay is not None:
            deprecated("decay=", "learning_rate=schedules.InverseTimeDecay(...)",
                       type(self).__name__)
        if kwargs:
            raise unknown_arguments(type(self), kwargs, "Argument(s) not recognized:")
        self._scalars = UpdateScalars()
        self._variables = []
        self._learning_rate = None
        self._trainable_variables = []
        self._indices = {}          # id of a variable → its number
        self._undecayed, self._undecayed_names = [], None
        self._rate_in_use = None    # what the shared factors were worked out from
        self.built = False
        self.name = name or unique_name(snake_case(type(self).__name__))
        self.weight_decay = weight_decay
        self.clipnorm, self.clipvalue = clipnorm, clipvalue
        self.global_clipnorm = global_clipnorm
        self.use_ema, self.ema_momentum = use_ema, ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.loss_scale_factor = loss_scale_factor
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.decay = decay or 0.0
        self._check_options()

        self._iterations = self._track(self._scalars.step, "iteration")
        if not callable(learning_rate):
            rate = Variable(self._checked("learning_rate", learning_rate), floatx(),
                            trainable=False)
            learning_rate = self._track(rate, "learning_rate")
        self._learning_rate = learning_rate

    # ---- learning rate and steps ---------------------------------------------

    @property
    def learning_rate(self):
        """The learning rate of the next step."""
        return self._get_current_learning_rate()

    @learning_rate.setter
    def learning_rate(self, value):
        if callable(value):
            if isinstance(self._learning_rate, Variable):
                self._variables = [v for v in self._variables if v is not self._learning_rate]
            self._learning_rate = value
        elif callable(self._learning_rate):
            raise TypeError(
                f"the learning rate of this {type(self).__name__} follows from "
                f"{self._learning_rate!r} and cannot be set; make the optimizer with a number as "
                "learning_rate if you want to set it later")
        elif isinstance(value, Tensor):
            self._learning_rate.assign(value)
        else:
            self._learning_rate.assign(self._checked("learning_rate", value))

    lr = learning_rate

    def _get_current_learning_rate(self):
        if isinstance(self._learning_rate, LearningRateSchedule):
            return self._learning_rate(self._iterations)
        if callable(self._learning_rate) and not isinstance(self._learning_rate, Variable):
            return self._learning_rate()
        return self._learning_rate

    def _rate_of_step(self):
        """The learning rate as a tensor that a replay works out anew."""
        rate = self._get_current_learning_rate()
        if not isinstance(rate, Tensor):
            # an array, not a number: what Python worked out cannot be replayed
            rate = Tensor(np.asarray(self._checked("learning_rate", rate), floatx()))
        elif rate.dtype.kind == "i":
            rate = cast(rate, floatx())
        if self.decay:
            rate = scheduled("inverse", (self.decay,), self._iterations, rate.dtype, rate)
        return rate

    @property
    def iterations(self):
        """How many steps were done; with gradient accumulation, how many updates."""
        if self.gradient_accumulation_steps:
            return floor_divide(self._iterations, self.gradient_accumulation_steps)
        return self._iterations

    # ---- one step --------------------------------------------------------------

    def apply(self, grads, trainable_variables=None):
        """Do one step.

        Parameters
        ----------
        grads : list of Tensor, array_like or None
            A variable whose gradient is None is left alone, with a warning.
        trainable_variables : list of Tensor, optional
            The first call builds the optimizer with them.  Default: those it was built with.

        Raises
        ------
        ValueError
            If the lists differ in length, a gradient has another shape than its variable, every
            gradient is None, or a variable is not one of those the optimizer was built with.
            Nothing is changed then.
        """
        grads = list(grads)
        if trainable_variables is None:
            if not self.built:
                raise ValueError(f"{type(self).__name__}: gradients without variables; call "
                                 "build(variables) first, or give the variables too")
            trainable_variables = self._trainable_variables
        variables = list(trainable_variables)
        if len(grads) != len(variables):
            raise ValueError(f"{len(grads)} gradients for {len(variables)} variables")
        if not grads:
            return
        with no_grad():
            grads, variables = self._checked_pairs(grads, variables)
            rate = self._rate_of_step()
            counts = type(self).update_step.__module__.startswith(__package__)
            self._begin(rate, counts)
            if self._overwrites:
                grads, variables = self._overwrite(grads, variables)
            if grads:
                if self.loss_scale_factor is not None:
                    grads = [self._scalars.scaled(g, 1 / self.loss_scale_factor) for g in grads]
                self._update_all(grads, variables, rate, counts)
            if self.use_ema:
                self._update_model_variables_moving_average(self._trainable_variables)
            for variable in variables:
                if isinstance(variable, Variable) and variable.constraint is not None:
                    variable.assign(variable.constraint(variable))
            if not counts:
                self._iterations.assign_add(1)
        self.__dict__["_rate_in_use"] = None

    def apply_gradients(self, grads_and_vars):
        """Do one step with an iterable of (gradient, variable) pairs; returns the step count."""
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])
        return self._iterations

    def minimize(self, loss, var_list, tape=None):
        """Compute gradients and do one step.

        Parameters
        ----------
        loss : callable or Tensor
            A function without arguments that returns the loss, or the loss itself.
        var_list : list of Tensor
        tape : GradientTape, optional
            That watched the loss being computed.

        Returns
        -------
        Variable
            The step count.

        Examples
        --------
        >>> from autograd_mlp import Variable, optimizers
        >>> w = Variable([3.0])
        >>> steps = optimizers.SGD(0.25).minimize(lambda: (w ** 2).sum(), [w])
        >>> w.tolist()
        [1.5]
        """
        variables = list(var_list)
        if tape is not None:
            if callable(loss) and not isinstance(loss, Tensor):
                with tape:
                    loss = loss()
            scale = self.loss_scale_factor
            if scale is not None:       # `apply` divides by it
                scale = Tensor(np.full(loss.shape, scale, loss.dtype))
            return self.apply_gradients(zip(tape.gradient(loss, variables, scale), variables,
                                            strict=True))
        before = [v.grad for v in variables]
        for variable in variables:
            variable.zero_grad()
        value = loss() if callable(loss) and not isinstance(loss, Tensor) else loss
        self.scale_loss(value).backward()
        gradients = [v.grad for v in variables]
        for variable, gradient in zip(variables, before, strict=True):
            variable.zero_grad()
            if gradient is not None:
                variable.grad = gradient
        return self.apply_gradients(zip(gradients, variables, strict=True))

    def update_step(self, gradient, variable, learning_rate):
        """Update one variable and its state; subclasses define it.

        Parameters
        ----------
        gradient : Tensor
            Scaled, gathered and clipped, of the variable's shape.
        variable : Tensor
        learning_rate : Tensor of shape ()
        """
        raise NotImplementedError(f"{type(self).__name__} must define "
                                  "update_step(self, gradient, variable, learning_rate)")

    def _update(self, kind, gradient, variable, learning_rate, *states):
        """The compiled update `kind`, with this learning rate."""
        if learning_rate is not self._rate_in_use:
            rate = learning_rate if isinstance(learning_rate, Tensor) else Tensor(learning_rate)
            self._begin(rate, counts=False, first=False)
            self.__dict__["_rate_in_use"] = learning_rate
        self._scalars.update(kind, variable, gradient, *states)

    def _begin(self, rate, counts, first=True, product=None):
        self._scalars.begin(rate, self._factors, self.gradient_accumulation_steps or 1, counts,
                            product, first, self._single)
        self.__dict__["_rate_in_use"] = rate        # past the checks of attributes

    def _checked_pairs(self, grads, variables):
        """Gradients and variables that fit, built for; those without a gradient are left out."""
        missing = 0
        for i, (gradient, variable) in enumerate(zip(grads, variables, strict=True)):
            if not isinstance(variable, Tensor):
                raise TypeError(f"an optimizer updates Tensors, got a {type(variable).__name__}")
            if gradient is None:
                missing += 1
                continue
            if not isinstance(gradient, Tensor):
                grads[i] = gradient = Tensor(gradient, dtype=variable.dtype)
            if gradient.shape != variable.shape:
                raise ValueError(f"the gradient of {variable.name or 'a variable'} has shape "
                                 f"{gradient.shape}, the variable {variable.shape}")
            if gradient.dtype != variable.dtype:
                grads[i] = cast(gradient, variable.dtype)
        if missing == len(grads):
            raise ValueError(f"{type(self).__name__}: no gradient was given for any variable; did "
                             "backward() run, and does the loss depend on them?")
        if not self.built:
            self.build(variables)
        for variable in variables:
            if id(variable) not in self._indices:
                raise ValueError(
                    f"{type(self).__name__} was built for other variables than "
                    f"{getattr(variable, 'path', None) or variable.name or 'this tensor'} of shape "
                    f"{variable.shape}: an optimizer keeps state for the variables of its first "
                    "step (or build()); make a new optimizer for new ones")
        if missing:
            names = [getattr(v, "path", None) or v.name or "a tensor"
                     for g, v in zip(grads, variables, strict=True) if g is None]
            warn(f"Gradients do not exist for variables {names} when minimizing the "
                 "loss; they are left as they are")
            variables = [v for g, v in zip(grads, variables, strict=True) if g is not None]
            grads = [g for g in grads if g is not None]
        return grads, variables

    def _overwrite(self, grads, variables):
        """Give variables that want it their gradient as value; returns the others."""
        if self.gradient_accumulation_steps:
            raise ValueError("variables with overwrite_with_gradient and "
                             "gradient_accumulation_steps do not go together")
        others = []
        for gradient, variable in zip(grads, variables, strict=True):
            if is_overwritten(variable):
                variable.assign(gradient)
            else:
                others.append((gradient, variable))
        return [g for g, _ in others], [v for _, v in others]

    def _update_all(self, grads, variables, rate, compiled):
        every = self.gradient_accumulation_steps
        kept = []
        if every:
            grads = [self._scalars.gathered(g, self._gathered[self._get_variable_index(v)], every)
                     for g, v in zip(grads, variables, strict=True)]
            if not compiled:        # Python cannot skip a step of a replay: it is taken back
                ours = [v for v in self._variables if v is not self._iterations
                        and not any(v is g for g in self._gathered)]
                kept = [(v, self._scalars.keep(v)) for v in (*variables, *ours)]
        grads = self._clip_gradients(grads)
        self._apply_weight_decay(variables)
        for gradient, variable in zip(grads, variables, strict=True):
            self.update_step(gradient, variable, rate)
        for variable, copy in kept:
            self._scalars.restore(variable, copy)

    def _clip_gradients(self, grads):
        for how in ("clipnorm", "global_clipnorm", "clipvalue"):
            if getattr(self, how):
                return self._scalars.clipped(how, list(grads))
        return grads

    # ---- weights: decay and averages ---------------------------------------------

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Leave variables out of weight decay.

        Parameters
        ----------
        var_list : list of Tensor, optional
        var_names : list of str, optional
            Variables in whose name one of these occurs: ``["bias"]``, for example.
        """
        self.__dict__["_undecayed"] = list(var_list or ())
        self._undecayed_names = "|".join(var_names) if var_names else None

    def _use_weight_decay(self, variable):
        if any(variable is v for v in self._undecayed):
            return False
        return self._undecayed_names is None or not re.search(self._undecayed_names,
                                                              variable.name or "")

    def _apply_weight_decay(self, variables):
        if self.weight_decay:
            for variable in variables:
                if self._use_weight_decay(variable):
                    self._scalars.decay(variable)

    def _update_model_variables_moving_average(self, trainable_variables):
        for variable, average in zip(trainable_variables, self._averages, strict=True):
            if average is not None:
                self._scalars.average(variable, average, self.ema_overwrite_frequency or 0)

    def finalize_variable_values(self, var_list):
        """Give the variables their moving averages, if there are any; ``fit`` ends with it."""
        if self.use_ema and self.built:
            for variable in var_list:
                index = self._indices.get(id(variable))
                if index is not None and self._averages[index] is not None:
                    as_variable(variable).assign(self._averages[index])

    def scale_loss(self, loss):
        """The loss times ``loss_scale_factor``, if that was given."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    # ---- configs ----------------------------------------------------------------

    def get_config(self):
        """The constructor's arguments, as numbers, strings and nested configs."""
        rate = self._learning_rate
        if isinstance(rate, Variable):
            rate = float(rate.numpy())
        else:
            rate = serialize(rate)
        config = {name: getattr(self, name) for name in (
            "name", "weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "use_ema",
            "ema_momentum", "ema_overwrite_frequency", "loss_scale_factor",
            "gradient_accumulation_steps", *self._arguments)}
        if self.decay:
            config["decay"] = self.decay
        config["learning_rate"] = rate
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Make an optimizer from what `get_config` returned."""
        config = dict(config)
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = deserialize(config["learning_rate"], custom_objects)
        decay = config.pop("decay", 0.0)        # was accepted once: no second warning
        optimizer = cls(**config)
        optimizer.decay = decay
        return optimizer

    def __repr__(self):
        rate = self._learning_rate
        rate = f"{rate.item():g}" if isinstance(rate, Variable) else repr(rate)
        return f"<{type(self).__name__} name={self.name}, learning_rate={rate}>"

