"""Loss and metrics by epoch."""

import csv
import os
from collections.abc import Mapping

import numpy as np

from .._errors import did_you_mean
from ..losses import object_name
from ._axes import COLOURS, MARKERS, epoch_ticks, grid_lines, grid_of_axes, readable
from ._keywords import passes_on


class HistoryDisplay:
    """Curves of loss and metrics, for training and validation, of one run or several.

    Training is a solid line, validation a broken one; each run has a colour and a marker.

    Parameters
    ----------
    runs : dict of str to dict of str to array
        For each run by its name, the values of each epoch by the names of ``History.history``.
    epochs : dict of str to array, optional
        The epochs that the values belong to, counted from 1; else 1, 2, ….
    validation_freq : int, optional
        As given to ``fit``: every so many epochs there was a validation. By default it follows from
        the number of values, the larger if there are several that fit.
    loss : str, optional
        Name of the loss, to be written at its axis.

    Attributes
    ----------
    runs, epochs : dict
        As given, as arrays.
    loss : str or None
    lines_ : dict of (str, str) to Line2D
        The curve of a run and a name, ``lines_["SGD", "val_loss"]``.
    axes_ : ndarray of Axes
        One for each metric.
    figure_ : Figure

    Notes
    -----
    A metric of several values per epoch (per class, say) is left out.

    Raises
    ------
    ValueError
        If there is nothing to draw, or the values of a run do not fit its epochs.

    Examples
    --------
    >>> from autograd_mlp.plotting import HistoryDisplay
    >>> display = HistoryDisplay.from_history({"loss": [1.0, 0.5], "val_loss": [1.1, 0.8]})
    >>> display.lines_["run", "val_loss"].get_ydata().tolist()
    [1.1, 0.8]
    >>> display.axes_[0].get_xlabel()
    'epoch'
    """

    def __init__(self, runs, *, epochs=None, validation_freq=None, loss=None):
        self.validation_freq, self.loss = validation_freq, loss
        self.runs = {name: {key: _column(values, f"{key!r} of run {name!r}")
                            for key, values in run.items()} for name, run in runs.items()}
        self.epochs = {}
        for name, run in self.runs.items():
            length = max(map(len, run.values()), default=0)
            given = np.arange(1, length + 1) if epochs is None else np.asarray(epochs[name])
            for key, values in run.items():
                if len(values) > len(given):
                    raise ValueError(f"run {name!r} has {len(given)} epochs, but {len(values)} "
                                     f"values of {key!r}")
            self.epochs[name] = given
        if not any(len(values) for run in self.runs.values() for values in run.values()):
            raise ValueError("there is no epoch to draw: call fit() first, and give what it "
                             "returned")

    # ---- where the numbers come from --------------------------------------------------------

    @classmethod
    @passes_on("plot")
    def from_history(cls, history, *, validation_freq=None, **how):
        """Draw what ``fit`` returned.

        Parameters
        ----------
        history : History, dict or Model; or a dict or list of several
            What ``fit`` returned, its ``history``, or a model that was trained. Of several, the
            keys are the names of the runs.
        validation_freq : int, optional
            As given to ``fit``, if it does not follow from the number of values.
        **how
            As `plot` takes it.

        Returns
        -------
        HistoryDisplay
        """
        runs = _several(history)
        found = {name: _of_history(run, name) for name, run in runs.items()}
        display = cls({name: run for name, (_, run) in found.items()},
                      epochs={name: epochs for name, (epochs, _) in found.items()},
                      validation_freq=validation_freq, loss=_loss_name(runs.values()))
        return display.plot(**how)

    @classmethod
    @passes_on("plot")
    def from_csv(cls, path, *, separator=",", **how):
        """Draw the files that `autograd_mlp.callbacks.CSVLogger` wrote.

        Parameters
        ----------
        path : str or path; or a dict or list of several
            Of several, the keys of the dict are the names of the runs; of a list, the names of
            the files without their ending.
        separator : str, default ","
            What stands between the values, as given to CSVLogger.
        **how
            As `plot` takes it.

        Raises
        ------
        ValueError
            If a file has no column ``epoch``, or a line of it has too few values.
        """
        if isinstance(path, (str, os.PathLike)):
            path = {"run": path}
        elif not isinstance(path, Mapping):
            path = {os.path.splitext(os.path.basename(one))[0]: one for one in path}
        found = {name: _of_csv(one, separator) for name, one in path.items()}
        display = cls({name: run for name, (_, run) in found.items()},
                      epochs={name: epochs for name, (epochs, _) in found.items()})
        return display.plot(**how)

    @classmethod
    @passes_on("from_history", "from_csv")
    def from_callback(cls, callback, **how):
        """Draw what a callback has recorded.

        Parameters
        ----------
        callback : History, CSVLogger or Replay; or a dict or list of several Histories
            Of a CSVLogger the file is read; of a Replay, the epochs that it noted are drawn.
        **how
            As `plot` takes it.
        """
        if hasattr(callback, "frames"):
            frames = [frame for frame in callback.frames if frame.logs]
            names = dict.fromkeys(name for frame in frames for name in frame.logs)
            return cls({"run": {name: [frame.logs.get(name, np.nan) for frame in frames]
                                for name in names}},
                       epochs={"run": [frame.epoch for frame in frames]}).plot(**how)
        if hasattr(callback, "filename") and hasattr(callback, "sep"):
            return cls.from_csv(callback.filename, separator=callback.sep, **how)
        return cls.from_history(callback, **how)

    # ---- drawing ----------------------------------------------------------------------------

    @property
    def metrics(self):
        """Names of what was watched, ``"loss"`` first, without those that begin with ``val_``."""
        names = dict.fromkeys(key.removeprefix("val_") for run in self.runs.values() for key in run)
        return sorted(names, key=lambda name: name != "loss")

    @passes_on()
    def plot(self, *, ax=None, metrics=None, xscale="linear", yscale="linear", title=None):
        """Draw the curves, each metric in axes of its own.

        Parameters
        ----------
        ax : Axes or array of Axes, optional
            One is divided if there are several metrics.
        metrics : str or list of str, optional
            What to draw; all if not given. ``"loss"`` stands for ``"val_loss"`` too.
        xscale, yscale : {"linear", "log"}
        title : str, optional
            Above all axes; without it, each says its metric.

        Returns
        -------
        HistoryDisplay
            Itself.

        Raises
        ------
        ValueError
            If there is no such metric.
        """
        known = self.metrics
        wanted = [metrics] if isinstance(metrics, str) else list(metrics or known)
        for name in wanted:
            if name not in known:
                raise ValueError(f"no run has the metric {name!r}{did_you_mean(name, known)} "
                                 f"There are {', '.join(known)}")
        together = len(wanted) > 1 and not isinstance(ax, (list, tuple, np.ndarray))
        figure, axes = grid_of_axes(ax, 1, len(wanted), (5.4 * len(wanted), 4),
                                    title=title if together else None)
        self.figure_, self.axes_, self.lines_ = figure, axes.ravel(), {}
        for one, name in zip(self.axes_, wanted, strict=True):
            one.set(xscale=xscale, yscale=yscale)
            self._draw(one, name)
            label = readable(name)
            if name == "loss" and self.loss:
                label = f"loss: {readable(self.loss)}"
            one.set(xlabel="epoch", ylabel=label,
                    title=f"Learning: {readable(name)} by epoch" if title is None or together
                    else title)
            if xscale == "linear":
                epoch_ticks(one)
            grid_lines(one)
            if len(one.lines) > 1:
                one.legend()
        return self

    def _draw(self, ax, metric):
        alone = len(self.runs) == 1
        both = any("val_" + metric in run for run in self.runs.values())
        for i, (name, run) in enumerate(self.runs.items()):
            for key, word, line in ((metric, "training", "-"),
                                    ("val_" + metric, "validation", "--")):
                if key not in run:
                    continue
                # alone, the two curves of a run may differ in colour too
                look = i if not alone else int(word == "validation")
                values = run[key]
                epochs = self._epochs_of(len(values), self.epochs[name])
                label = word if alone else f"{name}, {word}" if both else str(name)
                self.lines_[name, key], = ax.plot(
                    epochs, values, ls=line, color=COLOURS[look % len(COLOURS)],
                    marker=MARKERS[look % len(MARKERS)], ms=5,
                    markevery=_spread(len(values), ax.get_xscale()),
                    mfc="white" if word == "validation" else None, label=label)

    def _epochs_of(self, count, epochs):
        """The epochs of so many values: all, or every so many of them."""
        if count in (0, len(epochs)):
            return epochs[:count]
        every = self.validation_freq or len(epochs) // count
        if len(epochs[every - 1 :: every]) < count:
            raise ValueError(f"{count} values in {len(epochs)} epochs do not fit "
                             f"validation_freq={every}")
        return epochs[every - 1 :: every][:count]


def _spread(count, scale):
    """The numbers of at most 8 values, evenly spread along the axis, that get a marker."""
    places = np.geomspace(1, count, 8) if scale == "log" else np.linspace(1, count, 8)
    return np.unique(places.astype(int) - 1).tolist() if count > 20 else 1


# ---- reading ---------------------------------------------------------------------------------


def _several(history):
    """{name: run} of one run or many."""
    if isinstance(history, (list, tuple)):
        if not history or not all(isinstance(run, Mapping) or hasattr(run, "history")
                                  for run in history):
            raise TypeError("expected what fit() returned, or a list of that, got a list of "
                            f"{type(history[0]).__name__ if history else 'nothing'}")
        return {f"run {i}": run for i, run in enumerate(history, 1)}
    if isinstance(history, Mapping) and history and all(
            isinstance(run, Mapping) or hasattr(run, "history") for run in history.values()):
        return dict(history)
    return {"run": history}


def _loss_name(runs):
    """The name of the loss that all runs were trained with; None if it is not known."""
    names = set()
    for run in runs:
        model = run if hasattr(run, "fit") else getattr(run, "model", None)
        loss = getattr(model, "loss", None)
        names.add(loss if isinstance(loss, str) else None if loss is None or isinstance(
            loss, (list, dict)) else object_name(loss))
    (name,) = names if len(names) == 1 else (None,)
    return name


def _of_history(run, name):
    """(epochs counted from 1, values by name)"""
    while not isinstance(run, Mapping) and not isinstance(getattr(run, "history", None), Mapping):
        if getattr(run, "history", None) is None:
            hint = ": it was not trained yet, call fit() first" if hasattr(run, "fit") else ""
            raise TypeError(f"expected what fit() returned (or its .history) for {name!r}, got "
                            f"{type(run).__name__}{hint}")
        run = run.history       # of a model
    values = run if isinstance(run, Mapping) else run.history
    values = {key: column for key, column in values.items() if not _per_class(column)}
    length = max((np.shape(column)[0] if np.ndim(column) else 0 for column in values.values()),
                 default=0)
    epochs = np.asarray(getattr(run, "epoch", ()), dtype=int) + 1
    if len(epochs) != length:       # a dict, or a History that went through several fits
        epochs = np.arange(1, length + 1)
    return epochs, values


def _per_class(column):
    return len(column) > 0 and np.ndim(column[0]) > 0 if np.ndim(column) else False


def _of_csv(path, separator):
    with open(path, newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file, delimiter=separator) if row]
    if not rows or "epoch" not in rows[0]:
        raise ValueError(f"{os.fspath(path)} has no column 'epoch' in its first line: expected a "
                         f"file of CSVLogger with {separator!r} between the values, "
                         f"got {', '.join(rows[0]) if rows else 'an empty file'}")
    head = rows[0]
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(head):
            raise ValueError(f"{os.fspath(path)}, line {number}: expected {len(head)} values "
                             f"({', '.join(head)}), got {len(row)}")
    columns = {name: np.array([_number(row[i]) for row in rows[1:]])
               for i, name in enumerate(head)}
    epochs = columns.pop("epoch") + 1
    # a column of which nothing can be read: nothing was validated, or it holds lists
    return epochs, {name: values for name, values in columns.items()
                    if not len(values) or not np.isnan(values).all()}


def _number(text):
    """A cell as a float; "NA", and lists of numbers, as NaN."""
    try:
        return float(text)
    except ValueError:
        return np.nan


def _column(values, what):
    try:
        found = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        found = None
    if found is None or found.ndim != 1:
        raise ValueError(f"{what}: expected one number per epoch, got {values!r}")
    return found
