"""Save a model, or its weights, while it trains."""

import os

from .._errors import deprecated, lesson
from ..utils import console
from .monitor_callback import MonitorCallback

_WEIGHTS = (".weights.h5", ".npz", ".safetensors")
_MODELS = (".keras", ".h5", ".hdf5")


class ModelCheckpoint(MonitorCallback):
    """Save the model or its weights after every epoch, or after every so many batches.

    Parameters
    ----------
    filepath : str or path
        Its name may hold ``{epoch}`` (counted from 1), ``{batch}`` and the names of logs, as in
        ``"{epoch:02d}-{val_loss:.2f}.keras"``. It ends in ``.keras`` (or ``.h5``, the format of
        Keras 2); with `save_weights_only` in ``.weights.h5``, ``.npz`` or ``.safetensors``.
    monitor : str, default "val_loss"
    verbose : {0, 1}
        1 says what is saved.
    save_best_only : bool, default False
        Save only if the monitored quantity is better than ever before in this training.
    save_weights_only : bool, default False
        ``model.save_weights(filepath)`` instead of ``model.save(filepath)``.
    mode : {"auto", "min", "max"}
    save_freq : "epoch" or int
        A number counts batches, also over the end of an epoch; training comes back to Python
        after each batch then.
    initial_value_threshold : float, optional
        What the quantity must be better than at first.

    Raises
    ------
    ValueError
        If `filepath` ends otherwise, or `save_freq` is neither.
    KeyError
        In training, if `filepath` names something that the logs do not have.

    Notes
    -----
    The older argument ``period=n`` saves after every n-th epoch.

    Files are written whole or not at all: a training that is killed while it saves leaves the
    file of before.
    """

    def __init__(self, filepath, monitor="val_loss", verbose=0, save_best_only=False,
                 save_weights_only=False, mode="auto", save_freq="epoch",
                 initial_value_threshold=None, **kwargs):
        self._period = kwargs.pop("period", 1)      # in epochs
        if self._period != 1:
            deprecated("period=", "save_freq= with a number of batches", "ModelCheckpoint")
        super().__init__(monitor, mode, initial_value_threshold, **kwargs)
        self.verbose = verbose
        self.filepath = os.fspath(filepath)
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self._counter = BatchCounter()
        self._current_epoch = 0
        check_save_freq(save_freq, "ModelCheckpoint")
        endings = _WEIGHTS if save_weights_only else _MODELS
        if not self.filepath.endswith(endings):
            what = "weights alone (save_weights_only=True)" if save_weights_only else "a model"
            first = "When using `save_weights_only=True` in `ModelCheckpoint`, the filepath " \
                "provided must end in `.weights.h5` (Keras weights format). Received: " if \
                save_weights_only else "The filepath provided must end in `.keras` (Keras model " \
                "format). Received: "
            raise ValueError(lesson(
                f"{first}filepath={self.filepath}",
                why=f"The end of the name says the format; {what} can be saved as "
                    f"{', '.join(endings)}.",
                use=f'ModelCheckpoint("{{epoch:02d}}-{{loss:.3f}}{endings[0]}"'
                    f"{', save_weights_only=True' * bool(save_weights_only)}): one file per epoch"))

    def _idle_hooks(self):
        return (ModelCheckpoint.on_train_batch_end,) if self.save_freq == "epoch" else ()

    def on_epoch_begin(self, epoch, logs=None):
        self._current_epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.save_freq != "epoch" and self._counter.due(batch, self.save_freq):
            self._save_model(self._current_epoch, batch, logs)

    def on_epoch_end(self, epoch, logs=None):
        if self.save_freq == "epoch" and (epoch + 1) % self._period == 0:
            self._save_model(epoch, None, logs)

    def _save_model(self, epoch, batch, logs):
        logs = logs or {}
        path = self._path(epoch, batch, logs)
        if not self._should_save(epoch, logs, path):
            return
        if os.path.isdir(path):
            raise OSError(f"ModelCheckpoint: {path} is a folder, expected the name of a file")
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        save = self.model.save_weights if self.save_weights_only else self.model.save
        save(path, overwrite=True)
        self._say(f"\nEpoch {epoch + 1}: finished saving model to {path}\n")

    def _should_save(self, epoch, logs, path):
        if not self.save_best_only:
            self._say(f"\nEpoch {epoch + 1}: saving model to {path}\n")
            return True
        if self.monitor_op is None:
            self._set_monitor_op()
        current = logs.get(self.monitor)
        if current is None:
            self._not_available(
                f"Can save best model only with {self.monitor} available.", logs,
                f"There are: {','.join(logs)}. The model is saved each time.")
            return True
        best = "None" if self.best is None else f"{self.best:.5f}"
        if not self._is_improvement(current, self.best):
            self._say(f"\nEpoch {epoch + 1}: {self.monitor} did not improve from {best}\n")
            return False
        self._say(f"\nEpoch {epoch + 1}: {self.monitor} improved from {best} to {current:.5f}, "
                  f"saving model to {path}\n")
        self.best = current
        return True

    def _path(self, epoch, batch, logs):
        numbers = {"epoch": epoch + 1}
        if batch is not None:
            numbers["batch"] = batch + 1
        try:
            return self.filepath.format(**{**logs, **numbers})
        except KeyError as error:
            raise KeyError(
                f"ModelCheckpoint: filepath {self.filepath!r} asks for {error}, but there are "
                f"only {', '.join([*numbers, *logs])}") from None

    def _say(self, text):
        if self.verbose > 0:
            console.write(text)


class BatchCounter:
    """Says every so many batches that they are over, also across the ends of epochs."""

    def __init__(self):
        self.since = 0
        self.last = None

    def due(self, batch, every):
        """Whether `every` batches have passed; `batch` is the number of the last one."""
        new_epoch = self.last is None or batch <= self.last
        self.since += batch + 1 if new_epoch else batch - self.last
        self.last = batch
        if self.since < every:
            return False
        self.since = 0
        return True


def check_save_freq(save_freq, owner):
    """Raise ValueError unless `save_freq` is ``"epoch"`` or a number of batches."""
    if save_freq != "epoch" and (isinstance(save_freq, (bool, str))
                                 or not hasattr(save_freq, "__index__") or save_freq < 1):
        raise ValueError(f"{owner}: save_freq must be 'epoch' or a number of batches, got "
                         f"{save_freq!r}")
