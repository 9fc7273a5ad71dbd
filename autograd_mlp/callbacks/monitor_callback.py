"""What the callbacks that watch one quantity have in common."""

import operator

import numpy as np

from .._errors import did_you_mean, lesson, warn
from .callback import Callback


class MonitorCallback(Callback):
    """Base class: decides whether a new value of the watched quantity is better than the best.

    Parameters
    ----------
    monitor : str, default "val_loss"
        Which of the logs to watch: ``"loss"``, the name of a metric, ``"val_"`` in front of it
        for that of the validation.
    mode : {"auto", "min", "max"}
        Whether less is better, or more. ``"auto"`` knows it for losses and for the metrics of
        this library; any other word warns and counts as ``"auto"``.
    baseline : float, optional
        What a value must be better than at first.
    min_delta : float, default 0
        A value that is better by less than this does not count.

    Notes
    -----
    Values are compared as float32, as in Keras: a change too small for it is no improvement.
    """

    def __init__(self, monitor="val_loss", mode="auto", baseline=None, min_delta=0, **kwargs):
        super().__init__(**kwargs)
        if mode not in ("auto", "min", "max"):
            warn(f"{type(self).__name__} mode '{mode}' is unknown, falling back to 'auto'; there "
                 f"are 'auto', 'min' and 'max'.")
            mode = "auto"
        self.monitor = monitor
        self.mode = mode
        self.best = baseline
        self.min_delta = abs(min_delta)
        self.monitor_op = None

    def _set_monitor_op(self):
        """Choose the comparison, once the metrics of the model are known."""
        if self.mode == "auto":
            self.monitor_op = self._op_of_metric()
        else:
            self.monitor_op = operator.lt if self.mode == "min" else operator.gt
        if self.monitor_op is operator.lt:
            self.min_delta *= -1

    def _op_of_metric(self):
        wanted = self.monitor.removeprefix("val_")
        metrics = _flat(getattr(self.model, "metrics", ()))
        for metric in metrics:
            if metric.name == wanted and getattr(metric, "_direction", None) is not None:
                return operator.gt if metric._direction == "up" else operator.lt
        if wanted == "loss":
            return operator.lt
        known = ["loss", *(metric.name for metric in metrics)]
        hint = "" if wanted in known else did_you_mean(wanted, known).strip("; .")
        raise ValueError(lesson(
            f"{type(self).__name__} callback received monitor={self.monitor}, but it isn't able to "
            "automatically determine whether that metric should be maximized or minimized. Pass "
            "`mode='max'` in order to monitor based on the highest metric value, or pass "
            "`mode='min'` in order to use the lowest value.",
            where=f"the metrics of the model are {', '.join(dict.fromkeys(known))}", use=hint))

    def _not_available(self, said, logs, and_now):
        """Warn that the logs do not have the watched quantity.

        Parameters
        ----------
        said : str
            The first line.
        logs : dict
        and_now : str
            What the callback does without it.
        """
        name = self.monitor
        use = did_you_mean(name, logs).strip("; .")
        why = and_now
        if name.startswith("val_") and not any(key.startswith("val_") for key in logs):
            why = f"Names in val_ are those of a validation, and this fit has none. {and_now}"
            use = f"fit(..., validation_split=0.2), or monitor='{name.removeprefix('val_')}'"
        warn(lesson(said, where=f"{type(self).__name__}(monitor={name!r})", why=why, use=use))

    def _is_improvement(self, value, reference):
        if reference is None:
            return True
        return bool(self.monitor_op(np.float32(value - self.min_delta), np.float32(reference)))


def _flat(metrics):
    """The metrics, those inside of containers in place of these."""
    found = []
    for metric in metrics:
        inner = getattr(metric, "metrics", None)
        found += [metric] if inner is None else _flat(inner)
    return found
