"""The progress bar of ``fit``, ``evaluate`` and ``predict``, in the look of Keras 3."""

import time

import numpy as np

from . import console

_BOLD, _GREEN, _WHITE, _RESET = "\x1b[1m", "\x1b[32m", "\x1b[37m", "\x1b[0m"


class Progbar:
    """A line that says how far a loop is, how long it takes, and what its metrics are.

    On a terminal (or in a notebook) the line is written over itself. Elsewhere only its last
    state is written, without the bar and without control characters. With ``NO_COLOR`` in the
    environment the bar is not coloured; ``TERM=dumb`` counts as no terminal.

    Parameters
    ----------
    target : int or None
        Number of steps; None if not known.
    width : int
        Of the bar, in characters.
    verbose : {0, 1, 2}
        Nothing; a bar on a terminal, else one line at the end; that one line anywhere.
    interval : float
        Least time between two updates of the line, in seconds.
    stateful_metrics : iterable of str, optional
        Names of values to show as they are; all others are averaged over the steps.
    stateless_metrics : iterable of str, optional
        Instead: names of values to average; all others are shown as they are.
    unit_name : str
        What a step is called.

    Examples
    --------
    >>> bar = Progbar(3, verbose=2)
    >>> bar.update(3, [("loss", 0.25)])                                  # doctest: +ELLIPSIS
    3/3 - 0s - ...s/step - loss: 0.2500
    """

    def __init__(
        self,
        target,
        width=20,
        verbose=1,
        interval=0.05,
        stateful_metrics=None,
        stateless_metrics=None,
        unit_name="step",
    ):
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError("Give either `stateful_metrics` or `stateless_metrics`, not both.")
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.stateful_metrics = set(stateful_metrics or ())
        self.stateless_metrics = None if stateless_metrics is None else set(stateless_metrics)
        self.unit_name = unit_name
        self.heading = ""  # what stands in front of the line
        self._live = console.is_live()
        self._coloured = console.has_colours()
        self._seen = 0
        self._sums = {}  # name -> (sum of value times steps, steps)
        self._start = time.monotonic()
        self._after_first_step = None
        self._last_written = -float("inf")
        self._written_length = 0  # of the line that stands on the terminal

    def update(self, current, values=None, finalize=None):
        """Show that `current` steps are done.

        Parameters
        ----------
        current : int
        values : iterable of (str, float), optional
            Names and values of metrics.
        finalize : bool, optional
            Whether this is the last update; by default when `current` reaches the target. The
            values of the last update are shown as they are.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        for name, value in values or ():
            steps = max(current - self._seen, 1)
            if finalize or not self._is_averaged(name):
                self._sums[name] = (_one_number(value), 1)
            else:
                total, count = self._sums.get(name, (0.0, 0))
                self._sums[name] = (total + _one_number(value) * steps, count + steps)
        self._seen = current

        now = time.monotonic()
        seconds_per_step = self._seconds_per_step(current, now)
        if self.verbose == 1 and self._live:
            if finalize or now - self._last_written >= self.interval:
                self._write_over(current, finalize, now, seconds_per_step)
                self._last_written = now
        elif self.verbose and finalize and self.target:
            console.write(f"{self.heading}{self._count(current)} - {now - self._start:.0f}s -"
                          f"{_rate(seconds_per_step, self.unit_name)}{self._metrics()}\n")

    @property
    def due(self):
        """Whether the line may be written over again, `interval` seconds after the last time."""
        return self._live and time.monotonic() - self._last_written >= self.interval

    def follow(self, before):
        """Write over the line of another bar, which was not finished."""
        self._last_written = before._last_written
        self._written_length = before._written_length

    def _is_averaged(self, name):
        if self.stateless_metrics is not None:
            return name in self.stateless_metrics
        return name not in self.stateful_metrics

    def add(self, n, values=None):
        """Show that `n` more steps are done."""
        self.update(self._seen + n, values)

    def _write_over(self, current, finalize, now, seconds_per_step):
        bar = self.heading + self._bar(current, self._coloured)
        visible = len(self.heading) + len(self._bar(current, colours=False)) + 1
        if finalize or not self.target:
            tail = self._tail(now, seconds_per_step)
        else:
            remaining = seconds_per_step * (self.target - current)
            tail = self._tail(now, seconds_per_step, time_text=_clock(remaining))
        if not finalize:  # a line that wraps cannot be written over
            tail = tail[: max(console.columns() - 1 - visible, 0)]
        visible += len(tail)
        if self._coloured:
            time_text, space, rest = tail.partition(" ")
            tail = f"{_BOLD}{time_text}{_RESET}{space}{rest}"
        padding = " " * max(self._written_length - visible, 0)
        end = "\n" if finalize else ""
        console.write(f"\r{bar} {tail}{padding}{end}")
        self._written_length = visible

    def _count(self, current):
        return f"{current:{len(str(self.target))}d}/{self.target}"

    def _bar(self, current, colours):
        if not self.target:
            return f"{current:7d}/Unknown"
        done = min(int(self.width * current / self.target), self.width)
        count, full, rest = self._count(current), "━" * done, "━" * (self.width - done)
        if not colours:
            return f"{count} {full}{rest}"
        return f"{_BOLD}{count}{_RESET} {_GREEN}{full}{_RESET}{_WHITE}{rest}{_RESET}"

    def _tail(self, now, seconds_per_step, time_text=None):
        time_text = time_text or f"{now - self._start:.0f}s"
        return time_text + _rate(seconds_per_step, self.unit_name) + self._metrics()

    def _metrics(self):
        text = ""
        for name, (total, count) in self._sums.items():
            mean = total / max(1, count)
            text += f" - {name}: {mean:.4f}" if abs(mean) > 1e-3 else f" - {name}: {mean:.4e}"
        return text

    def _seconds_per_step(self, current, now):
        """Mean duration of a step. The first one, which builds and records, is left out."""
        if not current:
            return 0.0
        if self._after_first_step is not None and current > 1:
            return (now - self._after_first_step) / (current - 1)
        if current == 1:
            self._after_first_step = now
        return (now - self._start) / current


def _one_number(value):
    """A value to show: of several (one per class, say) their mean, as in Keras."""
    return float(value if getattr(value, "ndim", 0) == 0 else np.mean(value))


def _clock(seconds):
    """Write a remaining time as Keras does: ``42s``, ``1:05``, ``1:00:01``."""
    seconds = int(seconds)
    if seconds > 3600:
        return f"{seconds // 3600}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
    if seconds > 60:
        return f"{seconds // 60}:{seconds % 60:02d}"
    return f"{seconds}s"


def _rate(seconds, unit):
    """Write the time of a step in the unit that fits it: ``2s``, ``3ms`` or ``20us`` per step."""
    if seconds >= 1 or seconds == 0:
        return f" {seconds:.0f}s/{unit}"
    if seconds >= 1e-3:
        return f" {seconds * 1e3:.0f}ms/{unit}"
    return f" {seconds * 1e6:.0f}us/{unit}"
