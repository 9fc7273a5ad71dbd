"""End a training whose loss is no number any more."""

import math

from ..utils import console
from .callback import Callback


class TerminateOnNaN(Callback):
    """Stop training at the batch whose loss is NaN or infinite.

    Parameters
    ----------
    raise_error : bool, default False
        Raise a RuntimeError instead: ``fit`` does not return, and no callback's `on_train_end`
        is called (so that backups stay).

    Notes
    -----
    It looks at the loss after every batch, so the training loop comes back to Python for each.
    What it looks at is the mean over the epoch so far, which no later batch makes finite again.

    Which step, layer and operation made the first number that is not finite, and of what, stands
    in a warning of ``fit`` (as without this callback), or in the RuntimeError.
    """

    _wants_place = True
    _place = None

    def __init__(self, raise_error=False, **kwargs):
        super().__init__(**kwargs)
        self.raise_error = raise_error
        self._epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch

    def on_train_end(self, logs=None):
        self._place = None      # it holds the data

    def on_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            watch = getattr(self._place, "watch", None)
            reason = f"\n{watch.explain(self._epoch, loss)}" if watch is not None else ""
            raise RuntimeError(f"NaN or Inf loss encountered at batch {batch}. Terminating "
                               f"training.{reason}")
        console.write(f"Batch {batch}: Invalid loss, terminating training\n")
        self.model.stop_training = True
