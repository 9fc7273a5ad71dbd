"""Go on with a training that was killed, as if nothing had happened."""

import os

import numpy as np

from .. import random
from .._errors import warn
from .callback import Callback
from .model_checkpoint import BatchCounter, check_save_freq


class BackupAndRestore(Callback):
    """Save the state of a training every so often; when ``fit`` begins, go on from there.

    Run the same script again after it was killed: with this callback, ``fit`` continues behind the
    last backup and ends with the same weights, bit for bit, as a training that was never
    interrupted. For that a backup holds the weights, the optimizer's state, epoch and batch, the
    order of the samples, all random state, and the sums of the running metrics.

    Parameters
    ----------
    backup_dir : str or path
        Folder of the backup, for this training only.
    save_freq : "epoch" or int
        After every epoch, or after so many batches (training comes back to Python after each
        batch then).
    double_checkpoint : bool, default False
        Also keep the backup before the last, and take it if the last cannot be read.
    delete_checkpoint : bool, default True
        Delete the backup when ``fit`` has ended.

    Raises
    ------
    ValueError
        If `backup_dir` is empty; in training, if the model is not built yet (begin it with
        Input), or the backup is of a model with other weights or another optimizer.
    OSError
        In training, if a backup cannot be read.

    Notes
    -----
    A backup is one file, written whole or not at all. State of other callbacks (the patience of
    EarlyStopping) begins anew, as in Keras. In the middle of an epoch over batches that a PyDataset
    or another iterable makes, those that were done are made again and thrown away; a generator
    that goes on from epoch to epoch begins anew.
    """

    _wants_place = True
    _place = None

    _changes_steps = True

    def __init__(self, backup_dir, save_freq="epoch", double_checkpoint=False,
                 delete_checkpoint=True, **kwargs):
        super().__init__(**kwargs)
        if not backup_dir:
            raise ValueError("BackupAndRestore: backup_dir is empty, expected the name of a folder")
        check_save_freq(save_freq, "BackupAndRestore")
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._path = os.path.join(self.backup_dir, "training_state.npz")
        self._previous_path = self._path + ".bkp"
        self._current_epoch = 0
        self._counter = BatchCounter()

    def _idle_hooks(self):
        return (BackupAndRestore.on_train_batch_end,) if self.save_freq == "epoch" else ()

    def on_train_begin(self, logs=None):
        if not self.model.built:
            raise ValueError(f"BackupAndRestore: model '{self.model.name}' must be built before "
                             "fit(): begin it with Input, or call it on a batch")
        self._counter = BatchCounter()
        state = self._read()
        if state is None:
            return
        place, arrays = state
        _restore(self.model, arrays, self._path)
        random.set_state(place["random"])
        sums = [arrays[f"metrics/{i}"] for i in range(len(arrays)) if f"metrics/{i}" in arrays]
        self._place.go_to(place["data"], place["epoch"], place["batch"], sums)
        self._counter.since, self._counter.last = place["since_saving"], place["batch"] - 1

    def on_epoch_begin(self, epoch, logs=None):
        self._current_epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        if self.save_freq == "epoch":
            self._save(epoch + 1, 0)

    def on_train_batch_end(self, batch, logs=None):
        if self.save_freq != "epoch" and self._counter.due(batch, self.save_freq):
            self._save(self._current_epoch, batch + 1)

    def on_train_end(self, logs=None):
        self._place = None      # it holds the data
        if not self.delete_checkpoint:
            return
        for path in (self._path, self._previous_path):
            if os.path.exists(path):
                os.unlink(path)
        if os.path.isdir(self.backup_dir) and not os.listdir(self.backup_dir):
            os.rmdir(self.backup_dir)

    def _save(self, epoch, batch):
        import json

        from ..saving.atomic import replacing

        place = {"epoch": epoch, "batch": batch, "data": self._place.plain(),
                 "since_saving": self._counter.since, "random": random.get_state()}
        arrays = {name: variable.numpy() for name, variable in _variables(self.model).items()}
        if batch:
            arrays |= {f"metrics/{i}": sums for i, sums in enumerate(self._place.running_sums())}
        os.makedirs(self.backup_dir, exist_ok=True)
        if self.double_checkpoint and os.path.exists(self._path):
            with open(self._path, "rb") as old, replacing(self._previous_path) as file:
                file.write(old.read())
        with replacing(self._path) as file:
            np.savez(file, place=np.frombuffer(json.dumps(place).encode(), np.uint8),
                     **arrays)

    def _read(self):
        """(place, arrays) of the last backup that can be read, None if there is none."""
        if not os.path.exists(self._path) and not os.path.exists(self._previous_path):
            return None
        try:
            return _load(self._path)
        except OSError as error:
            if not os.path.exists(self._previous_path):
                raise
            warn(f"BackupAndRestore: {error}; the backup before it is taken")
            state = _load(self._previous_path)
            os.replace(self._previous_path, self._path)     # or the next backup would keep damage
            return state


def _load(path):
    import json  # here, as zipfile: most programs never need them
    import zipfile

    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return json.loads(arrays.pop("place").tobytes()), arrays
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise OSError(f"the backup {path} cannot be read ({error}); delete it to begin the "
                      "training anew") from error


def _variables(model):
    """Everything that training changes, by name: ``{"model/0": variable, …}``."""
    model.optimizer.build(model.trainable_variables)
    of_model = {id(variable): variable
                for variable in [*model.weights, *getattr(model, "variables", ())]}
    groups = {"model": of_model.values(), "optimizer": model.optimizer.variables}
    return {f"{group}/{i}": variable for group, variables in groups.items()
            for i, variable in enumerate(variables)}


def _restore(model, arrays, path):
    """Give all variables their values; if one does not fit, nothing is changed."""
    variables = _variables(model)
    saved = {name: values for name, values in arrays.items() if not name.startswith("metrics/")}
    wrong = sorted(set(variables) ^ set(saved)) or [
        name for name, variable in variables.items()
        if variable.shape != saved[name].shape]
    if wrong:
        raise ValueError(
            f"the backup {path} is of another model or optimizer: {wrong[0]} and "
            f"{len(wrong) - 1} more do not fit; delete it to begin the training anew")
    for name, variable in variables.items():
        variable.assign(saved[name])
