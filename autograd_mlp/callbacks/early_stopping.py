"""End a training that does not get better."""

from .._errors import number
from ..utils import console
from .monitor_callback import MonitorCallback


class EarlyStopping(MonitorCallback):
    """Stop training when a quantity has stopped to improve.

    Parameters
    ----------
    monitor : str, default "val_loss"
    min_delta : float, default 0
        A change of less than this is no improvement.
    patience : int, default 0
        Epochs without improvement after which training stops.
    verbose : {0, 1}
        1 says when it stops, and what it restores.
    mode : {"auto", "min", "max"}
    baseline : float, optional
        An improvement only counts if it is better than this, too.
    restore_best_weights : bool, default False
        Whether to put back, when training ends, the weights of the best epoch.
    start_from_epoch : int, default 0
        Epochs before this one are not looked at.

    Notes
    -----
    As in Keras, the best weights are put back also if all epochs were run, training never stops
    after the very first epoch, and a quantity that the logs do not have only warns.

    Examples
    --------
    >>> import autograd_mlp as keras
    >>> x, y = keras.datasets.xor.load_data()
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> stop = EarlyStopping(monitor="loss", min_delta=1, patience=3)
    >>> len(model.fit(x, y, epochs=100, verbose=0, callbacks=[stop]).epoch)
    4
    """

    def __init__(self, monitor="val_loss", min_delta=0, patience=0, verbose=0, mode="auto",
                 baseline=None, restore_best_weights=False, start_from_epoch=0, **kwargs):
        super().__init__(monitor, mode, min_delta=min_delta, **kwargs)
        self.patience = number("EarlyStopping", "patience", patience, low=0)
        self.verbose = verbose
        self.baseline = baseline
        self.wait = 0
        self.stopped_epoch = 0
        self.restore_best_weights = restore_best_weights
        self.best_weights = None
        self.best_epoch = 0
        self.start_from_epoch = start_from_epoch

    def on_train_begin(self, logs=None):
        self.wait = 0       # one callback may serve several trainings
        self.stopped_epoch = 0
        self.best = None
        self.best_weights = None
        self.best_epoch = 0

    def on_epoch_end(self, epoch, logs=None):
        if self.monitor_op is None:
            self._set_monitor_op()
        current = self.get_monitor_value(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self._remember(epoch)
        self.wait += 1
        if self._is_improvement(current, self.best):
            self.best = current
            self.best_epoch = epoch
            if self.restore_best_weights:
                self._remember(epoch)
            if self.baseline is None or self._is_improvement(current, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def _remember(self, epoch):
        self.best_weights = self.model.get_weights()
        self.best_epoch = epoch

    def on_train_end(self, logs=None):
        if self.stopped_epoch > 0 and self.verbose > 0:
            console.write(f"Epoch {self.stopped_epoch + 1}: early stopping\n")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                console.write("Restoring model weights from the end of the best epoch: "
                              f"{self.best_epoch + 1}.\n")
            self.model.set_weights(self.best_weights)

    def get_monitor_value(self, logs):
        """The watched quantity of these logs; None, with a warning, if they do not have it."""
        value = (logs or {}).get(self.monitor)
        if value is None:
            self._not_available(
                f"Early stopping conditioned on metric `{self.monitor}` which is not available. "
                f"Available metrics are: {','.join(logs or {})}", logs or {},
                "Training goes on to its last epoch.")
        return value
