"""The lines that `fit`, `evaluate` and `predict` print."""

import time

from ..utils import console
from ..utils.progbar import Progbar
from .callback import Callback

MANY_EPOCHS = 100       # with verbose="auto", more than these do not get a line each
LONGEST_SILENCE = 30.0  # seconds after which an epoch gets a line whatever its number
SILENT_EPOCHS = 500     # that may run unheard together: each takes less than 0.05 s


class ProgbarLogger(Callback):
    """Prints epochs and the progress bar; ``fit`` adds one unless ``verbose=0``.

    ========== ================================ ===========================================
    `verbose`  on a terminal, in a notebook     in a file or a pipe
    ========== ================================ ===========================================
    1          "Epoch 1/9", below it a bar      one line per epoch: "Epoch 1/9 - 4/4 - 0s …"
    "auto"     as 1; for more than 100 epochs   as 1; for more than 100 epochs only the
               one line, written over, of which lines listed on the left
               epochs 1, 2, 5, 10, 20, 50, 100
               …, the last one, and one every
               30 seconds stay (as 1 if there
               are callbacks of your own, which
               may print)
    2          "Epoch 1/9", below it a line     the same
               without a bar, for every epoch
    ========== ================================ ===========================================

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
        self.others = False         # whether callbacks of the user's own may print
        self.thin = False           # whether most epochs get no line that stays
        self._inside_fit = False
        self._first = None          # epoch of this training
        self._last_line = 0.0       # when it was written
        self._unwritten = None      # logs of an epoch that got no line

    def set_params(self, params):
        super().set_params(params)
        auto = params["verbose"] == "auto"
        self.verbose = 1 if auto else params["verbose"]
        self.epochs = params["epochs"]
        self.thin = auto and self.epochs > MANY_EPOCHS and not (self.live and self.others)
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

    def silent_epochs(self, epoch):
        """How many epochs from this one on (counted from 0) need nobody to print anything."""
        if self.live or not self.thin:
            return 0
        return next((n for n in range(SILENT_EPOCHS) if self._gets_a_line(epoch + n)),
                    SILENT_EPOCHS)

    def on_train_begin(self, logs=None):
        self._inside_fit = True
        self._first = self._unwritten = None
        self._last_line = time.monotonic()

    def on_train_end(self, logs=None):
        self._inside_fit = False
        if self._unwritten is not None:     # something ended the training early
            self._finish(self._unwritten)

    def on_epoch_begin(self, epoch, logs=None):
        if self._first is None:
            self._first = epoch
        before = self.progbar if self._unwritten is not None else None
        self._start()
        if self.epochs <= 1 or not self.verbose:
            return
        heading = f"Epoch {epoch + 1}/{self.epochs}"
        if self.verbose == 1 and (self.thin or not self.live):
            self.progbar.heading = f"{heading} " if self.live else f"{heading} - "
            if before is not None:
                self.progbar.follow(before)
        else:
            console.write(f"{heading}\n")

    def on_epoch_end(self, epoch, logs=None):
        if self.thin and not self._gets_a_line(epoch):
            self._unwritten = dict(logs or {})
            self.update(self.target or self.seen, logs)
        else:
            self._finish(logs)

    def _gets_a_line(self, epoch):
        """Whether it is the first, the last, 1, 2, 5, 10, 20, 50 …, or others were long ago."""
        return (epoch in (self._first, self.epochs - 1)
                or str(epoch + 1).rstrip("0") in ("1", "2", "5")
                or time.monotonic() - self._last_line >= LONGEST_SILENCE)

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
        self._unwritten, self._last_line = None, time.monotonic()
