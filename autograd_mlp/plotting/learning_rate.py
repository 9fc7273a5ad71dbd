"""Which learning rate: the range test, and its picture."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from .._engine import Variable
from ..backend import floatx
from ..callbacks.probe import random_states_kept
from ._axes import COLOURS, LINES, MARKERS, grid_lines, one_axes
from ._keywords import passes_on
from ._models import copy_for

RULE = "a tenth of the rate where the smoothed loss is lowest"
LATELY = 5      # losses that tell whether to stop


@dataclass
class LearningRateSweep:
    """What `lr_find` found.

    Attributes
    ----------
    rates : ndarray, shape (S,)
        The rate of each step.
    losses : ndarray, shape (S,)
        The loss of its batch, before the step.
    smoothed : ndarray, shape (S,)
        Each averaged with those before and after it.
    suggestion : float or None
        A rate to begin with; None if the loss never fell by more than its noise.
    lowest : float
        The rate where the smoothed loss was lowest. From there on, steps are too long.
    diverged : bool
        Whether the test stopped early, because the loss grew or was NaN.
    rule : str
        How `suggestion` was chosen.
    """

    rates: np.ndarray = field(repr=False)
    losses: np.ndarray = field(repr=False)
    smoothed: np.ndarray = field(repr=False)
    suggestion: float | None
    lowest: float
    diverged: bool
    rule: str = RULE


def lr_find(model, x, y, *, min_rate=1e-6, max_rate=10.0, steps=100, batch_size=32, smoothing=3.0,
            stop_factor=4.0, seed=0):
    """Try growing learning rates on a copy of a model, batch by batch: the range test.

    Parameters
    ----------
    model : Model
        Built and compiled. It is not changed: a copy of it and of its optimizer learns. A schedule
        of the optimizer's does not count here.
    x, y : array_like, shape (n, ...)
        What to learn; batches are drawn from it, and drawn anew when all were seen.
    min_rate, max_rate : float
        The first rate and the last; they grow by the same factor from step to step.
    steps : int, default 100
    batch_size : int, default 32
    smoothing : float, default 3
        Over how many steps losses are averaged: the standard deviation of a Gaussian, so that the
        average does not lag behind. 0 leaves them.
    stop_factor : float, default 4
        Stop when the mean of the last 5 losses is so many times the lowest such mean.
    seed : int, default 0
        Of the batches.

    Returns
    -------
    LearningRateSweep

    Raises
    ------
    ValueError
        If the model is not built or not compiled, or the rates do not grow.

    References
    ----------
    Smith 2017, "Cyclical learning rates for training neural networks", section 3.3, for the test.
    The suggestion is a rule of thumb: a tenth of the rate where the smoothed loss is lowest. There
    is none if that is no lower than the mean of the first tenth of the losses by their standard
    deviation.

    Examples
    --------
    >>> import autograd_mlp as keras
    >>> from autograd_mlp.plotting import lr_find
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(
    ...     1, kernel_initializer="ones")])
    >>> model.compile("sgd", "mse")
    >>> x = np.linspace(-1, 1, 64)[:, None]
    >>> sweep = lr_find(model, x, 3 * x)
    >>> bool(0.01 < sweep.suggestion < 1), sweep.diverged
    (True, True)
    """
    copy = copy_for(model, "lr_find")
    if not copy.compiled:
        raise ValueError(f"lr_find: model '{model.name}' is not compiled: it needs a loss and an "
                         "optimizer, model.compile('sgd', 'mse')")
    if not 0 < min_rate < max_rate:
        raise ValueError(f"lr_find: rates grow from min_rate to max_rate, both above 0; got "
                         f"{min_rate} and {max_rate}")
    if steps < 3:
        raise ValueError(f"lr_find needs at least 3 steps, got {steps}")
    if not smoothing >= 0:
        raise ValueError(f"lr_find: smoothing must be 0 or more steps, got {smoothing}")
    rates = np.geomspace(min_rate, max_rate, steps)
    with random_states_kept():
        losses = np.array(_losses(copy, x, y, rates, batch_size, stop_factor, seed))
    rates, smoothed = rates[: len(losses)], _smooth(losses, smoothing)
    best = int(np.nanargmin(smoothed)) if np.isfinite(smoothed).any() else 0
    first = losses[: max(steps // 10, 3)]
    fell = smoothed[best] < first.mean() - first.std()
    return LearningRateSweep(rates, losses, smoothed, float(rates[best]) / 10 if fell else None,
                             float(rates[best]), len(losses) < steps)


def _losses(model, x, y, rates, batch_size, stop_factor, seed):
    """The loss of each batch before the step with its rate, until there is one too much."""
    (x, y, _), _ = model._prepare(x, y)
    optimizer = model.optimizer
    optimizer.decay = 0.0
    if not isinstance(optimizer._learning_rate, Variable):      # a schedule cannot be assigned
        optimizer._learning_rate = Variable(0.0, floatx(), trainable=False)
    random, order, losses, lowest = np.random.default_rng(seed), [], [], np.inf
    for rate in rates:
        if not len(order):
            order = random.permutation(len(x))
        batch, order = order[:batch_size], order[batch_size:]
        optimizer._learning_rate.assign(np.asarray(rate, floatx()))
        logs = model.train_on_batch(x[batch], None if y is None else y[batch], return_dict=True)
        if "loss" not in logs:
            raise ValueError(f"lr_find: train_step of {type(model).__name__} must return a "
                             f"dictionary with 'loss', got {', '.join(logs)}")
        losses.append(logs["loss"])
        if not np.isfinite(losses[-1]):
            break
        if len(losses) >= LATELY:
            lately = np.mean(losses[-LATELY:])
            if lately > stop_factor * lowest > 0:
                break
            lowest = min(lowest, lately)
    return losses


def _smooth(losses, width):
    """Each loss averaged with its neighbours, by a Gaussian; NaN where one of them is not finite.

    Examples
    --------
    >>> print(_smooth(np.array([0.0, 0.0, 4.0, 0.0, 0.0]), 1.0).round(2))
    [0.31 1.03 1.61 1.03 0.31]
    """
    if not width:
        return losses
    reach = int(np.ceil(3 * width))
    places = np.arange(len(losses))
    far = places[:, None] - places
    weights = np.where(np.abs(far) <= reach, np.exp(-0.5 * np.square(far / width)), 0)
    weights /= weights.sum(axis=1, keepdims=True)
    known = np.where(np.isfinite(losses), losses, np.finfo(float).max / len(losses))
    smoothed = weights @ known
    return np.where(smoothed < 1e100, smoothed, np.nan)


class LearningRateDisplay:
    """The loss by learning rate, as a range test finds it.

    Parameters
    ----------
    sweeps : LearningRateSweep, or dict of str to LearningRateSweep
        One, or several by name.

    Attributes
    ----------
    sweeps : dict of str to LearningRateSweep
    lines_ : dict of str to Line2D
        The smoothed losses.
    suggestions_ : dict of str to Line2D
        The points at the rates suggested.
    ax_ : Axes
    figure_ : Figure

    Examples
    --------
    >>> from autograd_mlp.plotting import LearningRateDisplay, LearningRateSweep
    >>> rates, losses = np.array([0.01, 0.1, 1.0]), np.array([2.0, 1.0, 3.0])
    >>> display = LearningRateDisplay(LearningRateSweep(rates, losses, losses, 0.1, 0.1, False))
    >>> display.plot().ax_.get_title()
    'Learning rate: range test, suggestion 0.1'
    """

    def __init__(self, sweeps):
        self.sweeps = dict(sweeps) if isinstance(sweeps, Mapping) else {"loss": sweeps}
        for name, sweep in self.sweeps.items():
            if not isinstance(sweep, LearningRateSweep):
                raise TypeError(f"expected what lr_find() returned for {name!r}, got "
                                f"{type(sweep).__name__}")
        if not self.sweeps:
            raise ValueError("there is no sweep to draw")

    @classmethod
    @passes_on(lr_find)
    def from_model(cls, model, x, y, *, ax=None, show_losses=True, title=None, **how):
        """Do a range test, and draw it.

        Parameters
        ----------
        model : Model
            Built and compiled; or a dict of several by name.
        x, y : array_like, shape (n, ...)
        ax, show_losses, title
            As `plot` takes them.
        **how
            As `lr_find` takes it.

        Returns
        -------
        LearningRateDisplay
        """
        models = model if isinstance(model, Mapping) else {"loss": model}
        display = cls({name: lr_find(one, x, y, **how) for name, one in models.items()})
        return display.plot(ax=ax, show_losses=show_losses, title=title)

    @passes_on()
    def plot(self, *, ax=None, show_losses=True, title=None):
        """Draw the curves and the suggestions.

        Parameters
        ----------
        ax : Axes, optional
        show_losses : bool, default True
            Whether to draw the loss of each batch, as points, too.
        title : str, optional
            Instead of "Learning rate: range test …".

        Returns
        -------
        LearningRateDisplay
            Itself.
        """
        self.figure_, self.ax_ = _, ax = one_axes(ax, (6.4, 4.4))
        self.lines_, self.suggestions_ = {}, {}
        alone, tops = len(self.sweeps) == 1, []
        for i, (name, sweep) in enumerate(self.sweeps.items()):
            look = i % len(COLOURS)
            if show_losses:
                ax.plot(sweep.rates, sweep.losses, ls="", marker=".", ms=4, color=COLOURS[look],
                        alpha=0.35, label="of each batch" if alone else None)
            self.lines_[name], = ax.plot(sweep.rates, sweep.smoothed, color=COLOURS[look],
                                         ls=LINES[look], lw=2,
                                         label="smoothed" if alone else name)
            if sweep.suggestion is not None:
                height = np.interp(np.log(sweep.suggestion), np.log(sweep.rates), sweep.smoothed)
                self.suggestions_[name], = ax.plot(
                    sweep.suggestion, height, ls="", ms=11, mec="black", mew=1,
                    marker=MARKERS[look], color=COLOURS[1] if alone else COLOURS[look],
                    label=f"a tenth of the rate at the lowest: {sweep.suggestion:.2g}" if alone else
                    f"{name}: {sweep.suggestion:.2g}")
            finite = sweep.smoothed[np.isfinite(sweep.smoothed)]
            if finite.size:
                tops.append((finite.min(), finite[: max(3, len(finite) // 2)].max()))
        if title is None:
            title = "Learning rate: range test"
            if alone:
                (sweep,) = self.sweeps.values()
                title += ", no suggestion: the loss never fell" if sweep.suggestion is None else \
                    f", suggestion {sweep.suggestion:.2g}"
        ax.set(xlabel="learning rate", ylabel="loss of the batch", xscale="log", title=title)
        if tops:        # where it diverges, the rest would be pressed into a line
            low, high = min(t[0] for t in tops), max(t[1] for t in tops)
            room = 0.15 * (high - low) or 0.1
            ax.set_ylim(low - room, high + 2 * room)
        grid_lines(ax)
        ax.legend()
        return self
