"""The lines that `fit`, `evaluate` and `predict` print."""

from ..utils import console
from ..utils.progbar import Progbar
from .callback import Callback


class ProgbarLogger(Callback):
    """Prints epochs and the progress bar; ``fit(verbose=1)`` and ``(verbose=2)`` add one.

    The loop calls `update` every now and then while `live` is true; no hook of single batches is
    needed for it.
    """

    def __init__(self):
        super().__init__()
        self.progbar = None
        self.target = None
        self.seen = 0
        self.verbose = 1
        self.epochs = 1
        self._inside_fit = False

    def set_params(self, params):
        super().set_params(params)
        self.verbose = 1 if params["verbose"] == "auto" else params["verbose"]
        self.epochs = params["epochs"]
        self.target = params["steps"]

    @property
    def live(self):
        """Whether there is a line on the screen that `update` can write over."""
        return self.verbose == 1 and console.is_live()

    @property
    def due(self):
        """Whether the line may be written over again; it is at most 20 times a second."""
        return self.verbose == 1 and self.progbar.due

    def update(self, step, logs=None):
        """Show that `step` steps of the epoch are done (counted from 1)."""
        self.seen = step
        if self.verbose == 1:
            self.progbar.update(step, list((logs or {}).items()), finalize=False)

    def on_train_begin(self, logs=None):
        self._inside_fit = True

    def on_train_end(self, logs=None):
        self._inside_fit = False

    def on_epoch_begin(self, epoch, logs=None):
        self._start()
        if self.verbose and self.epochs > 1:
            console.write(f"Epoch {epoch + 1}/{self.epochs}\n")

    def on_epoch_end(self, epoch, logs=None):
        self._finish(logs)

    def on_test_begin(self, logs=None):
        if not self._inside_fit:  # a validation is silent, its metrics stand in the epoch's line
            self._start()

    def on_test_end(self, logs=None):
        if not self._inside_fit:
            self._finish(logs)

    def on_predict_begin(self, logs=None):
        self._start()

    def on_predict_end(self, logs=None):
        self._finish(None)

    def _start(self):
        self.seen = 0
        # Logs are means over the epoch already, so the bar averages none of them.
        self.progbar = Progbar(self.target, verbose=self.verbose, stateless_metrics=())

    def _finish(self, logs):
        if self.target is None:
            self.target = self.progbar.target = self.seen
        self.progbar.update(self.target, list((logs or {}).items()), finalize=True)
