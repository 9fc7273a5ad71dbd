"""Callbacks: what is called while a model trains, tests or predicts.

A callback that overrides a hook of single batches makes the training loop come back to Python
after each batch. One that does not costs nothing there; `CallbackList.wants_train_batches` tells.
"""

from .._errors import did_you_mean
from .backup_and_restore import BackupAndRestore
from .callback import Callback
from .callback_list import CallbackList
from .csv_logger import CSVLogger
from .early_stopping import EarlyStopping
from .history import History
from .lambda_callback import LambdaCallback
from .learning_rate_scheduler import LearningRateScheduler
from .model_checkpoint import ModelCheckpoint
from .monitor_callback import MonitorCallback
from .progbar_logger import ProgbarLogger
from .reduce_lr_on_plateau import ReduceLROnPlateau
from .remote_monitor import RemoteMonitor
from .swap_ema_weights import SwapEMAWeights
from .tensorboard import TensorBoard
from .terminate_on_nan import TerminateOnNaN

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
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
]

_INSTEAD = {
    "OrbaxCheckpoint": "autograd_mlp does not write Orbax checkpoints; use ModelCheckpoint or "
                       "BackupAndRestore.",
    "ExperimentalBackupAndRestore": "it is called BackupAndRestore now.",
}


def __getattr__(name):
    if name in _INSTEAD:
        raise AttributeError(f"module 'autograd_mlp.callbacks' has no attribute {name!r}: "
                             f"{_INSTEAD[name]}")
    raise AttributeError(f"module 'autograd_mlp.callbacks' has no attribute {name!r}"
                         + ("" if name.startswith("_") else did_you_mean(name, __all__)))
