"""What `fit` returns: the logs of each epoch."""

from .._errors import lesson
from .callback import Callback


class History(Callback):
    """Records the logs of each epoch; ``fit`` makes one and returns it.

    Attributes
    ----------
    history : dict of str to list of float
    epoch : list of int
    """

    def __init__(self):
        super().__init__()
        self.history = {}
        self.epoch = []

    def __getitem__(self, name):
        raise TypeError(lesson(
            "'History' object is not subscriptable",
            why="It is what fit returns; the lists are in its attribute `history`.",
            use=f"history.history[{name!r}]; its keys are {', '.join(self.history)}"))

    def on_train_begin(self, logs=None):
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        if self.model is not None:
            self.model.history = self

    def add_epochs(self, first, names, values):
        """Record epochs first, first + 1, … at once: an array (epochs, names) of their logs.

        Either all of them are recorded or, if Ctrl-C comes, none.
        """
        columns = {name: self.history[name] + column.tolist()
                   for name, column in zip(names, values.T, strict=True)}
        vars(self).update(history={**self.history, **columns},
                          epoch=[*self.epoch, *range(first, first + len(values))])
