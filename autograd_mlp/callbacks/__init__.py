"""Callbacks: what is called while a model trains, tests or predicts.

A callback that overrides a hook of single batches makes the training loop come back to Python
after each batch. One that does not costs nothing there; `CallbackList.wants_train_batches` tells.
"""

import importlib

from .._errors import did_you_mean
from .callback import Callback
from .callback_list import CallbackList
from .history import History
from .progbar_logger import ProgbarLogger

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "MonitorCallback",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "RemoteMonitor",
    "Replay",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
]

# Imported when first used, from this file: most programs need few of them.
_LATER = {
    "BackupAndRestore": "backup_and_restore",
    "CSVLogger": "csv_logger",
    "EarlyStopping": "early_stopping",
    "LambdaCallback": "lambda_callback",
    "LearningRateScheduler": "learning_rate_scheduler",
    "ModelCheckpoint": "model_checkpoint",
    "MonitorCallback": "monitor_callback",
    "ReduceLROnPlateau": "reduce_lr_on_plateau",
    "RemoteMonitor": "remote_monitor",
    "Replay": "replay",
    "SwapEMAWeights": "swap_ema_weights",
    "TensorBoard": "tensorboard",
    "TerminateOnNaN": "terminate_on_nan",
}

_INSTEAD = {
    "OrbaxCheckpoint": "autograd_mlp does not write Orbax checkpoints; use ModelCheckpoint or "
                       "BackupAndRestore.",
    "ExperimentalBackupAndRestore": "it is called BackupAndRestore now.",
}


def __getattr__(name):
    if name in _LATER:
        found = getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
        globals()[name] = found
        return found
    if name in _INSTEAD:
        raise AttributeError(f"module 'autograd_mlp.callbacks' has no attribute {name!r}: "
                             f"{_INSTEAD[name]}")
    raise AttributeError(f"module 'autograd_mlp.callbacks' has no attribute {name!r}"
                         + ("" if name.startswith("_") else did_you_mean(name, __all__)))


def __dir__():
    return sorted({*globals(), *_LATER})
