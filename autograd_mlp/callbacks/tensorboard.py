"""Logs, weights and the model for TensorBoard."""

import os
import time

import numpy as np

from .._errors import warn
from . import event_file
from .callback import Callback


class TensorBoard(Callback):
    """Write what TensorBoard shows: logs, histograms of weights, the model.

    Needs the package ``tensorboard`` (``pip install 'autograd_mlp[tensorboard]'``), not
    TensorFlow. Look at it with ``tensorboard --logdir logs``.

    Parameters
    ----------
    log_dir : str or path, default "logs"
        Gets the folders ``train`` and ``validation``.
    histogram_freq : int, default 0
        Write a histogram of each weight every so many epochs; 0 never.
    write_graph : bool, default True
        Write the layers of the model (a model that cannot be described as JSON is left out).
    write_images : bool, default False
        Together with each histogram, write the weight as a picture: 0 is black, 1 white.
    write_steps_per_second : bool, default False
    update_freq : "epoch", "batch" or int
        Also write the logs of every so many batches; this brings training back to Python after
        each batch.
    profile_batch : 0
        There is no profiler: anything else raises.
    embeddings_freq : 0
        TensorBoard's projector is not served: anything else raises.
    embeddings_metadata : None

    Raises
    ------
    ImportError
        When training begins, if ``tensorboard`` is not installed.
    ValueError
        If a profile is asked for, or `update_freq` is none of these.
    NotImplementedError
        If embeddings are asked for.

    Notes
    -----
    The names are Keras's: per epoch ``epoch_loss``, ``epoch_learning_rate`` and the like, in
    ``validation`` those of the validation, there also ``evaluation_loss_vs_iterations`` for every
    `evaluate`; per batch ``batch_loss``, in steps counted from 1.
    """

    def __init__(self, log_dir="logs", histogram_freq=0, write_graph=True, write_images=False,
                 write_steps_per_second=False, update_freq="epoch", profile_batch=0,
                 embeddings_freq=0, embeddings_metadata=None, **kwargs):
        super().__init__(**kwargs)
        if profile_batch:
            raise ValueError("TensorBoard: there is no profiler in autograd_mlp, profile_batch "
                             f"must be 0, got {profile_batch!r}. (cProfile shows a training too.)")
        if embeddings_freq or embeddings_metadata is not None:
            raise NotImplementedError("TensorBoard: embeddings are not written for the projector, "
                                      "leave embeddings_freq and embeddings_metadata out")
        if update_freq == "batch":
            update_freq = 1
        if update_freq != "epoch" and (isinstance(update_freq, (str, bool)) or update_freq < 1):
            raise ValueError("TensorBoard: update_freq must be 'epoch', 'batch' or a number of "
                             f"batches, got {update_freq!r}")
        self.log_dir = str(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = update_freq
        self._files = {}
        self._batches = 0       # of all epochs of one training
        self._batch_began = self._epoch_began = 0.0
        self._steps_before = 0

    def _idle_hooks(self):
        if self.update_freq == "epoch" and not self.write_steps_per_second:
            return TensorBoard.on_train_batch_begin, TensorBoard.on_train_batch_end
        return ()

    def set_model(self, model):
        super().set_model(model)
        event_file.protos()     # not installed is an error now, not after the first epoch
        self._close()
        if self.write_graph and hasattr(model, "to_json"):
            try:
                description = model.to_json()
            except Exception as error:  # whatever a layer's get_config raises
                warn(f"The model is not shown in TensorBoard: {error}")
            else:
                self._file("train").model(description)

    def on_train_begin(self, logs=None):
        self._batches = 0

    def on_train_end(self, logs=None):
        self._close()

    def on_epoch_begin(self, epoch, logs=None):
        if self.write_steps_per_second:
            self._steps_before = int(self.model.optimizer.iterations)
            self._epoch_began = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        logs = dict(logs or {})
        validation = {name[4:]: logs.pop(name) for name in list(logs) if name.startswith("val_")}
        if logs or validation:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        if self.write_steps_per_second:
            steps = int(self.model.optimizer.iterations) - self._steps_before
            logs["steps_per_second"] = steps / (time.monotonic() - self._epoch_began)
        for folder, values in (("train", logs), ("validation", validation)):
            for name, value in values.items():
                self._file(folder).scalar(f"epoch_{name}", value, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_weights(epoch)

    def on_train_batch_begin(self, batch, logs=None):
        self._batches += 1
        self._batch_began = time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        values = {}
        if self.update_freq != "epoch":
            if self._batches % self.update_freq:
                return
            values |= logs or {}
        if self.write_steps_per_second:
            values["steps_per_second"] = 1 / (time.monotonic() - self._batch_began)
        for name, value in values.items():
            self._file("train").scalar(f"batch_{name}", value, self._batches)

    def on_test_end(self, logs=None):
        optimizer = getattr(self.model, "optimizer", None)
        if optimizer is None:
            return
        for name, value in (logs or {}).items():
            self._file("validation").scalar(f"evaluation_{name}_vs_iterations", value,
                                            int(optimizer.iterations))
        self._file("validation").flush()

    def _write_weights(self, epoch):
        file = self._file("train")
        for layer in self.model.layers:
            for weight in layer.weights:
                name = weight.path.replace(":", "_")
                values = np.asarray(weight.numpy())
                file.histogram(f"{name}/histogram", values, epoch)
                if self.write_images:
                    file.image(f"{name}/image", values, epoch)
        file.flush()

    def _file(self, folder):
        if folder not in self._files:
            self._files[folder] = event_file.EventFile(os.path.join(self.log_dir, folder))
        return self._files[folder]

    def _close(self):
        for file in self._files.values():
            file.close()
        self._files = {}
