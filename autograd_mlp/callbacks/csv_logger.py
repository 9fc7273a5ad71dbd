"""The logs of each epoch as a table in a file."""

import os
from collections.abc import Iterable

from .callback import Callback


class CSVLogger(Callback):
    """Write the logs of each epoch to a file of comma-separated values.

    Parameters
    ----------
    filename : str or path
    separator : str, default ","
    append : bool, default False
        Add to a file that is there (without a second line of headings) instead of replacing it.

    Notes
    -----
    The columns are those of the first epoch: ``epoch``, then the logs by name. If nothing was
    validated in it, there are columns for that too, and "NA" in them, as Keras writes it. Each
    line is in the file as soon as its epoch has ended.
    """

    def __init__(self, filename, separator=",", append=False, **kwargs):
        super().__init__(**kwargs)
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.append_header = True
        self.keys = None
        self.writer = None
        self.csv_file = None

    def on_train_begin(self, logs=None):
        self._close()
        self.append_header = True
        if self.append and os.path.exists(self.filename):
            self.append_header = os.path.getsize(self.filename) == 0
        self.csv_file = open(self.filename, "a" if self.append else "w", newline="",
                             encoding="utf-8")
        self.keys = None

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in self.keys):
                self.keys += [f"val_{key}" for key in self.keys]
        if self.writer is None:
            import csv

            self.writer = csv.writer(self.csv_file, delimiter=self.sep)
            if self.append_header:
                self.writer.writerow(["epoch", *self.keys])
        self.writer.writerow([epoch, *(_cell(logs.get(key, "NA")) for key in self.keys)])
        self.csv_file.flush()

    def on_train_end(self, logs=None):
        self._close()

    def _close(self):
        if self.csv_file is not None:
            self.csv_file.close()
        self.writer = self.csv_file = None


def _cell(value):
    """A value as it stands in a cell: one with several numbers as a list between quotes."""
    if isinstance(value, Iterable) and not isinstance(value, str) and getattr(value, "ndim", 1):
        return f'"[{", ".join(map(str, value))}]"'
    return value
