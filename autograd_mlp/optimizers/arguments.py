"""Hyperparameters of optimizers: their ranges, and the cells from which updates read them."""

import math

from .._errors import lesson

_ANY = (0.0, math.inf)
_BELOW_1 = (0.0, math.nextafter(1.0, 0.0))      # 1 itself would divide by 0
_UP_TO_1 = (0.0, 1.0)

# Hyperparameters that are numbers, with the smallest and the largest one allowed.
_RANGES = {
    "learning_rate": _ANY, "weight_decay": _ANY, "clipnorm": _ANY, "clipvalue": _ANY,
    "global_clipnorm": _ANY, "ema_momentum": _UP_TO_1, "decay": _ANY, "momentum": _UP_TO_1,
    "rho": _BELOW_1, "beta_1": _BELOW_1, "beta_2": _BELOW_1, "epsilon": _ANY,
    "initial_accumulator_value": _ANY, "learning_rate_power": (-math.inf, 0.0),
    "l1_regularization_strength": _ANY, "l2_regularization_strength": _ANY,
    "l2_shrinkage_regularization_strength": _ANY, "beta": _ANY,
    "schedule_decay": _ANY,
}
_OPTIONAL = ("weight_decay", "clipnorm", "clipvalue", "global_clipnorm")
_OF_ALL = (*_OPTIONAL, "ema_momentum", "decay")
_NO_CELL = ("learning_rate", "decay", "initial_accumulator_value")

# What state there is follows from these: they cannot change once it is made.
_SHAPES_STATE = ("momentum", "amsgrad", "centered", "use_ema", "gradient_accumulation_steps")


class Hyperparameters:
    """Attributes that are checked when they are set; updates read them from cells.

    A subclass lists in ``_arguments`` those it adds to the ones of all optimizers.
    """

    _arguments = ()

    def __setattr__(self, name, value):
        if name in _SHAPES_STATE and name in self.__dict__ and self.built and bool(value) != bool(
                self.__dict__[name]):
            raise ValueError(f"{type(self).__name__}: {name} cannot be switched on or off later, "
                             "because its state would be missing; make a new optimizer")
        if name in self._arguments or name in _OF_ALL:
            if name in _RANGES and not (value is None and name in _OPTIONAL):
                number = self._checked(name, value)
                if name not in _NO_CELL:
                    self._scalars.set(name, number)
        super().__setattr__(name, value)

    def _checked(self, name, value):
        """The value as a float, if it is a number in its range."""
        low, high = _RANGES[name]
        try:
            number = math.nan if isinstance(value, str) else float(value)
        except (TypeError, ValueError):
            number = math.nan
        if number != number and name == "learning_rate":
            raise ValueError(lesson(
                "Argument `learning_rate` should be float, or an instance of "
                "LearningRateSchedule, or a callable (that takes in the current iteration value "
                "and returns the corresponding learning rate value). Received instead: "
                f"learning_rate={value}",
                where=f"{type(self).__name__}(learning_rate={value!r})",
                use=f"{type(self).__name__}(learning_rate=0.01)"))
        if not low <= number <= high or number in (-math.inf, math.inf):
            limits = (f"of at most {high:g}" if low == -math.inf else
                      f"of at least {low:g}" if high == math.inf else
                      f"from {low:g} to {high:g}" if high == round(high) else
                      f"from {low:g} to below 1")
            raise ValueError(lesson(
                f"{type(self).__name__}: {name} must be a number {limits}, got {value!r}",
                why="A negative rate goes up the slope instead of down: the loss would grow."
                if name == "learning_rate" and number < 0 else "",
                use=f"{type(self).__name__}(learning_rate=0.01)" if name == "learning_rate"
                else ""))
        return number

    def _check_options(self):
        """The options that are not plain numbers, and those that exclude each other."""
        owner = type(self).__name__
        given = {name: getattr(self, name) for name in ("clipnorm", "clipvalue", "global_clipnorm")
                 if getattr(self, name) is not None}
        if len(given) > 1:
            raise ValueError(f"{owner}: only one of clipnorm, clipvalue and global_clipnorm can be "
                             f"set, got {', '.join(f'{k}={v!r}' for k, v in given.items())}")
        steps = self.gradient_accumulation_steps
        if steps and (not isinstance(steps, int) or steps < 2):
            raise ValueError(f"{owner}: gradient_accumulation_steps must be an integer of at least "
                             f"2, got {steps!r}")
        every = self.ema_overwrite_frequency
        if self.use_ema and every and (not isinstance(every, int) or every < 1):
            raise ValueError(f"{owner}: ema_overwrite_frequency must be an integer of at least 1, "
                             f"or None; got {every!r}")
        scale = self.loss_scale_factor
        if scale is not None and not (isinstance(scale, (int, float)) and 0 < scale < math.inf):
            raise ValueError(f"{owner}: loss_scale_factor must be a positive number, got {scale!r}")
