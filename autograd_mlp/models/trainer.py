"""fit: what a model needs to learn."""

import time

import numpy as np

from .. import callbacks as callbacks_module
from .. import random
from .data import not_supported, positive_int, split_validation, unpack_validation, verbosity
from .evaluation import EVALUATION_BATCH, Evaluation
from .loop import LOOK_EVERY


class Trainer(Evaluation):
    """The training half of a model; the model half gives ``call``, weights and shapes."""

    history = None

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None,
            validation_split=0.0, validation_data=None, shuffle=True, class_weight=None,
            sample_weight=None, initial_epoch=0, steps_per_epoch=None, validation_steps=None,
            validation_batch_size=None, validation_freq=1):
        """Learn from samples.

        Parameters
        ----------
        x, y : array_like
            Samples and targets, the sample axis first.
        batch_size : int, default 32
            Samples per update; the last batch of an epoch may be smaller.
        epochs : int, default 1
            Number of the last epoch; with `initial_epoch` fewer are run.
        verbose : {"auto", 0, 1, 2}
            0 silent, 1 (auto) a progress bar, 2 one line per epoch.
        callbacks : list of Callback, optional
        validation_split : float in [0, 1)
            The *last* part of the samples is held back and evaluated after each epoch.
        validation_data : tuple (x, y) or (x, y, sample_weight), optional
        shuffle : bool, default True
            Draw a new order of the samples for each epoch, from the library's generator (not
            where one batch is all samples, unless code of the user's own takes part).
        sample_weight : array_like of shape (n,), optional
            Weights of the samples in the loss.
        initial_epoch : int, default 0
        validation_batch_size : int, optional
            `batch_size` if not given.
        validation_freq : int, default 1
            Validate every so many epochs.
        class_weight, steps_per_epoch, validation_steps
            Not supported yet: anything but None raises.

        Returns
        -------
        History
            ``history.history`` maps ``"loss"``, the metrics, and ``"val_…"`` to lists of floats.

        Notes
        -----
        Ctrl-C stops between two steps, with consistent weights; ``fit`` can go on afterwards.
        """
        self._check_compiled("fit")
        not_supported(class_weight=class_weight, steps_per_epoch=steps_per_epoch,
                       validation_steps=validation_steps)
        batch_size = positive_int(EVALUATION_BATCH if batch_size is None else batch_size,
                                  "batch_size")
        epochs = positive_int(epochs, "epochs", allow_zero=True)
        initial_epoch = positive_int(initial_epoch, "initial_epoch", allow_zero=True)
        validation_freq = positive_int(validation_freq, "validation_freq")
        verbose = verbosity(verbose)
        if not isinstance(shuffle, (bool, np.bool_)):
            raise ValueError(f"shuffle must be True or False, got {shuffle!r}")
        arrays = self._prepare(x, y, sample_weight)
        validation = None
        if validation_data is not None:
            validation = self._prepare(*unpack_validation(validation_data))
        elif validation_split:
            arrays, validation = split_validation(*arrays, *[None] * (3 - len(arrays)),
                                                  validation_split)
            arrays, validation = ([a for a in part if a is not None]
                                  for part in (arrays, validation))

        own_code = self._has_own_code()
        variables = self.trainable_variables
        train = self._loop(arrays, lambda *batch: self._train_batch(
            *batch, *[None] * (3 - len(batch)), variables), own_code)
        if validation is not None:
            validate = self._loop(validation, self._test_batch, own_code)
        validation_batch = positive_int(
            batch_size if validation_batch_size is None else validation_batch_size,
            "validation_batch_size")
        self.optimizer.build(self.trainable_variables)
        steps = sum(count for count, _ in train.sizes(batch_size))
        watchers = callbacks_module.CallbackList(
            callbacks, add_history=True, add_progbar=verbose != 0, model=self,
            verbose=verbose, epochs=epochs, steps=steps)
        each_batch, progress = self._watch(watchers, "train", self._logs)
        test_each_batch, _ = self._watch(watchers, "test", self._logs)

        self.stop_training = False
        logs = {}
        seed = int(random.generator().integers(2**63)) if shuffle else None
        quiet = validation is None and not own_code and watchers.callbacks == [watchers.history]
        watchers.on_train_begin()
        epoch = initial_epoch
        while epoch < epochs and not self.stop_training:
            self.reset_metrics()
            watchers.on_epoch_begin(epoch)
            if own_code:
                train.forget()      # a user's Python may do something else this epoch
            began = time.monotonic()
            train.run(batch_size, each_batch, progress, (seed, epoch) if shuffle else None)
            brief = time.monotonic() - began < LOOK_EVERY
            if self._metrics is None:
                raise RuntimeError("compile() was called while fit() ran: call it before or after")
            logs = self._logs()
            if validation is not None and (epoch + 1) % validation_freq == 0:
                if own_code:
                    validate.forget()
                self.reset_metrics()
                watchers.on_test_begin()
                validate.run(validation_batch, test_each_batch)
                logs |= self._logs("val_")
                watchers.on_test_end({k[4:]: v for k, v in logs.items() if k.startswith("val_")})
            watchers.on_epoch_end(epoch, logs)
            epoch += 1
            while quiet and brief and epoch < epochs:
                done = self._run_quietly(train, batch_size, seed, epoch, epochs - epoch)
                if not done:
                    break
                epoch += done
                logs = {name: values[-1] for name, values in self.history.history.items()}
        watchers.on_train_end(logs)
        return self.history

    def _run_quietly(self, train, batch_size, seed, epoch, epochs):
        """Some epochs at once, if only the history hears of them; returns how many."""
        if any(metric.plain_mean is None for metric in self._metrics):
            return 0
        names = ["loss", *(metric.name for metric in self._metrics)]
        means = [self._loss_mean, *(metric.plain_mean for metric in self._metrics)]
        results = np.empty((min(epochs, 100_000), len(means), 2))
        done = np.zeros(1, np.int64)
        history, before = self.history, len(self.history.epoch)

        def record():
            if len(history.epoch) == before:
                values = results[: done[0], :, 0] / results[: done[0], :, 1]
                history.add_epochs(epoch, names, values)

        # Ctrl-C may come anywhere: what was done gets into the history once, and whole
        try:
            train.run_epochs(batch_size, seed, epoch, means, results, done)
            record()
        finally:
            record()
        return int(done[0])
