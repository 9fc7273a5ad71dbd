"""Learning rates that follow from the number of the step.

A schedule is called with a step (a number, an array or a tensor) and returns the learning rate.
As ``learning_rate`` of an optimizer it is worked out in C at every step of ``fit``.
"""

from .._engine import scheduled
from .._errors import KeywordsChecked
from .._objects import deserialize_with, lookup, public_classes, serialize
from ..backend import floatx

__all__ = ["LearningRateSchedule", "deserialize", "serialize"]


class LearningRateSchedule(KeywordsChecked):
    """Base class of schedules, and of your own.

    A subclass defines ``__call__(step)``, with a scalar tensor of int64 for `step`, and
    ``get_config`` if it is to be saved.  What is made of operations is recorded; one that reads
    the step as a number (``int(step)``, ``if step < 100``) runs in Python at every step.

    Examples
    --------
    >>> from autograd_mlp import optimizers
    >>> class Halving(optimizers.schedules.LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.1 * 0.5 ** (step / 10)
    >>> optimizer = optimizers.SGD(Halving())
    >>> float(optimizer.learning_rate)
    0.10000000149011612
    """

    def __call__(self, step):
        raise NotImplementedError(f"{type(self).__name__} must define __call__(self, step)")

    def get_config(self):
        """The constructor's arguments."""
        raise NotImplementedError(f"{type(self).__name__} must define get_config() to be saved")

    @classmethod
    def from_config(cls, config):
        """Make a schedule from what `get_config` returned."""
        return cls(**config)

    def __repr__(self):
        try:
            arguments = self.get_config()
        except NotImplementedError:
            return f"<{type(self).__name__}>"
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in arguments.items())})"


class _Formula(LearningRateSchedule):
    """A schedule that the engine knows: ``_kind`` and the numbers of its formula."""

    _kind = None

    def __call__(self, step):
        return scheduled(self._kind, self._numbers(), step, floatx())

    def _check_steps(self, name="decay_steps"):
        if not getattr(self, name) > 0:
            raise ValueError(f"{type(self).__name__}: {name} must be greater than 0, "
                             f"got {getattr(self, name)!r}")


class ExponentialDecay(_Formula):
    """η₀·rate^(t / steps).

    Parameters
    ----------
    initial_learning_rate : float
        η₀.
    decay_steps : int
    decay_rate : float
    staircase : bool, default False
        Round t / steps down.
    name : str

    Examples
    --------
    >>> schedule = ExponentialDecay(0.5, decay_steps=100, decay_rate=0.25)
    >>> [float(schedule(t)) for t in (0, 50, 100)]
    [0.5, 0.25, 0.125]
    """

    _kind = "exponential"

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False,
                 name="ExponentialDecay"):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name
        self._check_steps()

    def _numbers(self):
        return (self.initial_learning_rate, self.decay_steps, self.decay_rate,
                bool(self.staircase))

    def get_config(self):
        return {"initial_learning_rate": self.initial_learning_rate,
                "decay_steps": self.decay_steps, "decay_rate": self.decay_rate,
                "staircase": self.staircase, "name": self.name}


class InverseTimeDecay(ExponentialDecay):
    """η₀ / (1 + rate·t / steps).

    Parameters
    ----------
    initial_learning_rate : float
        η₀.
    decay_steps : int
    decay_rate : float
    staircase : bool, default False
        Round t / steps down.
    name : str

    Examples
    --------
    >>> schedule = InverseTimeDecay(0.5, decay_steps=1, decay_rate=0.5)
    >>> [float(schedule(t)) for t in (0, 2, 6)]
    [0.5, 0.25, 0.125]
    """

    _kind = "inverse_time"

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False,
                 name="InverseTimeDecay"):
        super().__init__(initial_learning_rate, decay_steps, decay_rate, staircase, name)


class PiecewiseConstantDecay(_Formula):
    """One value up to the first boundary (and at it), the next one up to the second, …

    Parameters
    ----------
    boundaries : list of number
        Steps, each larger than the one before.
    values : list of float
        One more than there are boundaries.
    name : str

    Examples
    --------
    >>> schedule = PiecewiseConstantDecay([100, 200], [1.0, 0.5, 0.25])
    >>> [float(schedule(t)) for t in (0, 100, 101, 201)]
    [1.0, 1.0, 0.5, 0.25]
    """

    _kind = "piecewise"

    def __init__(self, boundaries, values, name="PiecewiseConstant"):
        boundaries, values = list(boundaries), list(values)
        if len(boundaries) != len(values) - 1 or not boundaries:
            raise ValueError("PiecewiseConstantDecay: there must be one value more than "
                             f"boundaries, and a boundary at least; got {len(boundaries)} "
                             f"boundaries and {len(values)} values")
        if any(not a < b for a, b in zip(boundaries, boundaries[1:], strict=False)):
            raise ValueError("PiecewiseConstantDecay: each boundary must be larger than the one "
                             f"before, got {boundaries}")
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def _numbers(self):
        return (*self.boundaries, *self.values)

    def get_config(self):
        return {"boundaries": self.boundaries, "values": self.values, "name": self.name}


class PolynomialDecay(_Formula):
    """(η₀ − η₁)·(1 − t / steps)^power + η₁, and η₁ after `decay_steps` steps.

    Parameters
    ----------
    initial_learning_rate : float
        η₀.
    decay_steps : int
    end_learning_rate : float, default 0.0001
        η₁.
    power : float, default 1.0
    cycle : bool, default False
        Instead of staying at η₁, go on with a `decay_steps` that is once more as long.
    name : str

    Examples
    --------
    >>> schedule = PolynomialDecay(1.0, decay_steps=4, end_learning_rate=0.0, power=2.0)
    >>> [float(schedule(t)) for t in (0, 2, 4, 5)]
    [1.0, 0.25, 0.0, 0.0]
    """

    _kind = "polynomial"

    def __init__(self, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0,
                 cycle=False, name="PolynomialDecay"):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name
        self._check_steps()

    def _numbers(self):
        return (self.initial_learning_rate, self.decay_steps, self.end_learning_rate, self.power,
                bool(self.cycle))

    def get_config(self):
        return {"initial_learning_rate": self.initial_learning_rate,
                "decay_steps": self.decay_steps, "end_learning_rate": self.end_learning_rate,
                "power": self.power, "cycle": self.cycle, "name": self.name}


class CosineDecay(_Formula):
    """Half a cosine from η₀ down to α·η₀, after a warmup if there is a `warmup_target`.

    η₀·((1 − α)·½·(1 + cos(π·t / steps)) + α) (Loshchilov & Hutter 2017, eq. 5).  A warmup goes
    from η₀ to its target along a line, and the cosine starts there.

    Parameters
    ----------
    initial_learning_rate : float
        η₀.
    decay_steps : int
        Of the cosine.
    alpha : float, default 0.0
    name : str
    warmup_target : float, optional
    warmup_steps : int, default 0

    Examples
    --------
    >>> schedule = CosineDecay(0.0, decay_steps=8, warmup_target=1.0, warmup_steps=4)
    >>> [round(float(schedule(t)), 3) for t in (0, 2, 4, 8, 12)]
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """

    _kind = "cosine"

    def __init__(self, initial_learning_rate, decay_steps, alpha=0.0, name="CosineDecay",
                 warmup_target=None, warmup_steps=0):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps
        self._check_steps()

    def _numbers(self):
        warm = self.warmup_target is not None
        return (self.initial_learning_rate, self.decay_steps, self.alpha, warm,
                self.warmup_target if warm else 0, self.warmup_steps)

    def get_config(self):
        return {"initial_learning_rate": self.initial_learning_rate,
                "decay_steps": self.decay_steps, "alpha": self.alpha, "name": self.name,
                "warmup_target": self.warmup_target, "warmup_steps": self.warmup_steps}


class CosineDecayRestarts(_Formula):
    """Half a cosine again and again (Loshchilov & Hutter 2017).

    Each is `t_mul` times as long as the one before and starts `m_mul` times as high.

    Parameters
    ----------
    initial_learning_rate : float
    first_decay_steps : int
    t_mul : float, default 2.0
    m_mul : float, default 1.0
    alpha : float, default 0.0
        The smallest learning rate, as a part of the initial one.
    name : str

    Examples
    --------
    >>> schedule = CosineDecayRestarts(1.0, first_decay_steps=4, m_mul=0.5)
    >>> [round(float(schedule(t)), 3) for t in (0, 2, 4, 8)]
    [1.0, 0.5, 0.5, 0.25]
    """

    _kind = "cosine_restarts"

    def __init__(self, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0,
                 name="SGDRDecay"):
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul, self.m_mul = t_mul, m_mul
        self.alpha = alpha
        self.name = name
        self._check_steps("first_decay_steps")

    def _numbers(self):
        return (self.initial_learning_rate, self.first_decay_steps, self.t_mul, self.m_mul,
                self.alpha)

    def get_config(self):
        return {"initial_learning_rate": self.initial_learning_rate,
                "first_decay_steps": self.first_decay_steps, "t_mul": self.t_mul,
                "m_mul": self.m_mul, "alpha": self.alpha, "name": self.name}


_NAMES = {cls.__name__: cls for cls in public_classes(globals(), LearningRateSchedule)}
__all__ += list(_NAMES)


def _get(identifier):
    return lookup(identifier, _NAMES, "learning rate schedule", base=LearningRateSchedule)


deserialize = deserialize_with(_get)
