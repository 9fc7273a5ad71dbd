"""A learning rate that falls when training does not get better."""

import numpy as np

from .._errors import deprecated, number
from ..utils import console
from .monitor_callback import MonitorCallback


class ReduceLROnPlateau(MonitorCallback):
    """Reduce the learning rate when a quantity has stopped to improve.

    Parameters
    ----------
    monitor : str, default "val_loss"
    factor : float below 1, default 0.1
        The new learning rate is the old one times this.
    patience : int, default 10
        Epochs without improvement after which the rate is reduced.
    verbose : {0, 1}
        1 says what is set.
    mode : {"auto", "min", "max"}
    min_delta : float, default 1e-4
        A change of less than this is no improvement.
    cooldown : int, default 0
        Epochs after a reduction in which nothing is counted.
    min_lr : float, default 0
        The rate is not made less than this.

    Raises
    ------
    ValueError
        If `factor` is 1 or more.

    Notes
    -----
    The logs of an epoch get the entry ``"learning_rate"``: the rate that the epoch was trained
    with, before any reduction.
    """

    _changes_steps = True

    def __init__(self, monitor="val_loss", factor=0.1, patience=10, verbose=0, mode="auto",
                 min_delta=1e-4, cooldown=0, min_lr=0.0, **kwargs):
        if "epsilon" in kwargs:
            min_delta = kwargs.pop("epsilon")
            deprecated("epsilon=", "min_delta=", "ReduceLROnPlateau")
        super().__init__(monitor, mode, min_delta=min_delta, **kwargs)
        if factor >= 1.0:
            raise ValueError("ReduceLROnPlateau: factor must be below 1, or nothing is reduced; "
                             f"got factor={factor}")
        self.factor = factor
        self.min_lr = min_lr
        self.patience = number("ReduceLROnPlateau", "patience", patience, low=0)
        self.verbose = verbose
        self.cooldown = cooldown
        self.cooldown_counter = 0
        self.wait = 0

    def on_train_begin(self, logs=None):
        self.best = None
        self.cooldown_counter = 0
        self.wait = 0

    def on_epoch_end(self, epoch, logs=None):
        if self.monitor_op is None:
            self._set_monitor_op()
        logs = {} if logs is None else logs
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        current = logs.get(self.monitor)
        if current is None:
            self._not_available(
                f"Learning rate reduction is conditioned on metric `{self.monitor}` which is not "
                f"available. Available metrics are: {','.join(logs)}.", logs,
                "The learning rate stays.")
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._is_improvement(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience and self._reduce(epoch):
                self.cooldown_counter = self.cooldown
                self.wait = 0

    def _reduce(self, epoch):
        """Reduce the rate unless it has reached the least; returns whether it did."""
        old = float(self.model.optimizer.learning_rate)
        if old <= np.float32(self.min_lr):
            return False
        new = max(old * self.factor, self.min_lr)
        self.model.optimizer.learning_rate = new
        if self.verbose > 0:
            console.write(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to "
                          f"{new}.\n")
        return True

    def in_cooldown(self):
        """Whether a reduction was less than `cooldown` epochs ago."""
        return self.cooldown_counter > 0
