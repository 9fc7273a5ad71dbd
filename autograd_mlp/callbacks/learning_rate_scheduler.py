"""A learning rate that a function of the epoch decides."""

import inspect
import numbers

import numpy as np

from .._engine import Tensor
from ..utils import console
from .callback import Callback


class LearningRateScheduler(Callback):
    """Set the learning rate at the beginning of each epoch.

    Parameters
    ----------
    schedule : callable
        ``schedule(epoch, learning_rate)`` or ``schedule(epoch)``, `epoch` counted from 0, returns
        the learning rate as a float.
    verbose : {0, 1}
        1 says what is set.

    Raises
    ------
    ValueError
        In training, if `schedule` returns no float, or the optimizer has no learning rate.

    Notes
    -----
    The logs of an epoch get the entry ``"learning_rate"``, which History records.

    Examples
    --------
    >>> import autograd_mlp as keras
    >>> x, y = keras.datasets.xor.load_data()
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile(keras.optimizers.SGD(0.5), "mse")
    >>> halve = LearningRateScheduler(lambda epoch, lr: lr * 0.5)
    >>> model.fit(x, y, epochs=3, verbose=0, callbacks=[halve]).history["learning_rate"]
    [0.25, 0.125, 0.0625]
    """

    _changes_steps = True

    def __init__(self, schedule, verbose=0, **kwargs):
        super().__init__(**kwargs)
        if not callable(schedule):
            raise TypeError("LearningRateScheduler: schedule must be a function of the epoch (and "
                            f"the learning rate), got {schedule!r}.")
        self.schedule = schedule
        self.verbose = verbose
        self._takes_rate = _takes_two(schedule)

    def on_epoch_begin(self, epoch, logs=None):
        optimizer = self.model.optimizer
        if not hasattr(optimizer, "learning_rate"):
            raise ValueError("LearningRateScheduler needs an optimizer with a learning_rate.")
        if self._takes_rate:
            rate = self.schedule(epoch, float(optimizer.learning_rate))
        else:
            rate = self.schedule(epoch)
        if isinstance(rate, Tensor) and rate.size == 1:
            rate = float(rate)
        if not isinstance(rate, (float, np.floating)):
            hint = f" Write {rate}.0." if isinstance(rate, numbers.Integral) else ""
            raise ValueError("LearningRateScheduler: schedule must return a float, got "
                             f"{rate!r} of type {type(rate).__name__} for epoch {epoch}.{hint}")
        optimizer.learning_rate = rate
        if self.verbose > 0:
            console.write(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to "
                          f"{rate}.\n")

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


def _takes_two(schedule):
    """Whether a schedule takes the learning rate, too (of one that does not tell: yes)."""
    try:
        signature = inspect.signature(schedule)
    except (TypeError, ValueError):
        return True
    try:
        signature.bind(0, 0.0)
    except TypeError:
        return False
    return True
