"""fit: what a model needs to learn."""

import time

import numpy as np

from .. import callbacks as callbacks_module
from .. import random
from .._errors import lesson
from .data import (
    check_validation_freq,
    check_validation_split,
    is_array_like,
    positive_int,
    should_validate,
    split_validation,
    unpack_validation,
    verbosity,
)
from .evaluation import Evaluation
from .legacy import Legacy, take_legacy
from .loop import LOOK_EVERY, BatchLoop, ran_out, run_epochs
from .place import FitPlace
from .streams import Batches, batches_of
from .watch import Watch


class Trainer(Legacy, Evaluation):
    """The training half of a model; the model half gives ``call``, weights and shapes."""

    history = None

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None,
            validation_split=0.0, validation_data=None, shuffle=True, class_weight=None,
            sample_weight=None, initial_epoch=0, steps_per_epoch=None, validation_steps=None,
            validation_batch_size=None, validation_freq=1, **kwargs):
        """Learn from samples.

        Parameters
        ----------
        x : array_like, or something that yields batches
            Samples, the sample axis first: an array of any real dtype (a file mapped into memory
            is read and converted batch by batch), a list, a pandas frame.  Or a generator, a
            `PyDataset`, a PyTorch DataLoader, or another iterable of batches ``(x, y)`` or
            ``(x, y, sample_weight)``; `y`, `sample_weight` and `batch_size` are left out then.
        y : array_like, shape (n, ...)
            Targets.
        batch_size : int, default 32
            Samples per update; the last batch of an epoch may be smaller.
        epochs : int, default 1
            Number of the last epoch; with `initial_epoch` fewer are run.
        verbose : {"auto", 0, 1, 2}
            0 silent; 1 a progress bar on a terminal or in a notebook, one line per epoch in a log;
            2 two lines per epoch, without a bar.  "auto" is 1, but of more than 100 epochs only the
            lines of 1, 2, 5, 10, 20, 50, 100 … and the last stay (and one every 30 seconds).
        callbacks : list of Callback, optional
        validation_split : float in [0, 1)
            The *last* part of the samples is held back and evaluated after each epoch.
        validation_data : optional
            A tuple (x, y) or (x, y, sample_weight) of arrays, or something that yields batches.
            `validation_split` does nothing then.
        shuffle : bool or "batch", default True
            Draw a new order of the samples for each epoch, from the library's generator (not
            where one batch is all samples, unless code of the user's own takes part), or of the
            batches of a `PyDataset`.  ``"batch"`` draws an order within each batch only.  What
            yields batches otherwise is taken as it comes.
        class_weight : dict of int to float, optional
            Weights of the samples by their class, instead of `sample_weight`.  A class that is
            left out weighs 1.
        sample_weight : array_like of shape (n,), optional
            Weights of the samples in the loss and in `weighted_metrics`.
        initial_epoch : int, default 0
        steps_per_epoch : int, optional
            Batches of an epoch, if not all: the next epoch goes on with the rest.
        validation_steps : int, optional
            Batches of a validation, if not all.
        validation_batch_size : int, optional
            `batch_size` if not given.
        validation_freq : int or list of int, default 1
            Validate every so many epochs, or after these, counted from 1.

        Returns
        -------
        History
            ``history.history`` maps ``"loss"``, the metrics, and ``"val_…"`` to lists of floats.

        Raises
        ------
        ValueError, TypeError
            If arguments do not fit; no weight has changed then.

        Notes
        -----
        Ctrl-C stops between two steps, with consistent weights; ``fit`` can go on afterwards.

        Where the loss becomes NaN or infinite, training goes on, as in Keras; a RuntimeWarning
        says which step, layer and operation made the first such number.
        """
        self._check_compiled("fit")
        epochs = take_legacy(kwargs, "fit", epochs=("nb_epoch", epochs))
        if batch_size is not None:
            batch_size = positive_int(batch_size, "batch_size")
        if steps_per_epoch is not None:
            steps_per_epoch = positive_int(steps_per_epoch, "steps_per_epoch")
        epochs = positive_int(epochs, "epochs", allow_zero=True)
        initial_epoch = positive_int(initial_epoch, "initial_epoch", allow_zero=True)
        validation_freq = check_validation_freq(validation_freq)
        verbose = verbosity(verbose)
        if shuffle not in (True, False, "batch"):
            raise ValueError(f"shuffle must be True, False or 'batch', got {shuffle!r}")
        check_validation_split(validation_split, x)
        x = batches_of(x, y, sample_weight) or x
        validation = None
        if validation_data is not None:
            validation = self._validation_data(validation_data)
        elif validation_split:
            x, y, sample_weight, *validation = self._held_back(x, y, sample_weight,
                                                               validation_split)

        variables = []
        train = self._loop(self._train_function(variables), x, y, sample_weight, class_weight,
                           batch_size=batch_size, steps=steps_per_epoch,
                           eager=self._own_step("train_step"))
        variables += self.trainable_variables       # of a model that is built by now
        validate = self._validation_loop(validation, validation_batch_size or batch_size,
                                         validation_steps)
        if not self.optimizer.built:
            self.optimizer.build(variables)
        watchers = callbacks if isinstance(callbacks, callbacks_module.CallbackList) else \
            callbacks_module.CallbackList(
                callbacks, add_history=True, add_progbar=verbose != 0, model=self,
                verbose=verbose, epochs=epochs, steps=train.steps)
        each_batch, progress = self._watch(watchers, "train", self._logs)

        self.stop_training = False
        logs = {}
        seed = int(random.generator().integers(2**63)) if shuffle else None
        loops = [train] if validate is None else [train, validate]
        quiet = (all(isinstance(loop, BatchLoop) and loop.wanted is None and not loop.own_code
                     for loop in loops)
                 and (validate is None or validation_freq == 1)
                 and shuffle != "batch" and watchers.only_history)
        place = FitPlace(self, train, seed, initial_epoch)
        watchers.set_place(place)       # BackupAndRestore may change it
        loss_mean = self._loss_mean
        watchers.on_train_begin()
        epoch, seed = place.epoch, place.seed

        def order(epoch):
            return ("batch", seed, epoch) if shuffle == "batch" else \
                (seed, epoch) if shuffle else None

        watch = place.watch = Watch(self, train, order, watchers)
        while epoch < epochs and not self.stop_training:
            if train.exhausted:
                ran_out()
                break
            self.reset_metrics()
            watchers.on_epoch_begin(epoch)
            self._refuse_new_compile(loss_mean)
            if train.own_code:
                train.forget()      # a user's Python may do something else this epoch
            first = place.begin_epoch()
            if not first:
                watch.begin(epoch)
            began = time.monotonic()
            train.run(each_batch, progress, order(epoch), first)
            self._refuse_new_compile(loss_mean)
            logs = self._logs()
            watch.look(epoch, [logs.get("loss", 0.0)])
            if validate is not None and should_validate(epoch, validation_freq):
                logs |= self._validate(validate, watchers)
            brief = time.monotonic() - began < LOOK_EVERY
            watchers.on_epoch_end(epoch, logs)
            epoch += 1
            while quiet and brief and epoch < epochs:
                watch.begin(epoch)
                done = self._run_quietly(loops, seed, epoch, watchers.silent_epochs(epoch, epochs))
                if not done:
                    break
                watch.look(epoch, self.history.history["loss"][-done:])
                epoch += done
                logs = {name: values[-1] for name, values in self.history.history.items()}
        if epochs:
            self.optimizer.finalize_variable_values(self.trainable_variables)
        watchers.on_train_end(logs)
        return self.history

    def _refuse_new_compile(self, loss_mean):
        """Raise if a callback compiled the model: the step at work is of the optimizer before."""
        if self._loss_mean is not loss_mean:        # each compile() makes one
            raise RuntimeError("compile() was called while fit() ran: call it before or after")

    def _validation_data(self, data):
        """`validation_data` as (x, y, sample_weight), or as (Batches, None, None)."""
        source = data if isinstance(data, Batches) else None
        if source is None and not isinstance(data, (tuple, list)):
            if is_array_like(data):
                unpack_validation(data)         # raises
            source = batches_of(data, None, None, "validation_data")
        return unpack_validation(data) if source is None else (source, None, None)

    def _held_back(self, x, y, sample_weight, fraction):
        """x, y, sample_weight for training; then those for validation."""
        if isinstance(x, Batches):
            raise ValueError(lesson(
                "Argument `validation_split` is only supported for tensors or NumPy arrays. Found "
                f"incompatible type in the input: [{type(x.iterable)}]",
                why="The last part of the samples is held back: of what yields batches nobody "
                    "knows which are the last.",
                use="validation_data=another_generator, validation_steps=10"))
        (x, y, sample_weight), _ = self._prepare(x, y, sample_weight)
        train, held = split_validation(x, y, sample_weight, fraction)
        return *train, *held

    def _validation_loop(self, data, batch_size, steps):
        if data is None:
            return None
        if batch_size is not None:
            batch_size = positive_int(batch_size, "validation_batch_size")
        if steps is not None:
            steps = positive_int(steps, "validation_steps")
        try:
            return self._loop(self._test_function(), *data, batch_size=batch_size, steps=steps,
                              name="validation_data", eager=self._own_step("test_step"))
        except (ValueError, TypeError) as error:
            if type(error) not in (ValueError, TypeError) or "validation_data" in str(error):
                raise
            first, _, rest = str(error).partition("\n")
            rest = f"  Where: validation_data; {rest[9:]}" if rest.startswith("  Where: ") else \
                f"  Where: validation_data\n{rest}"
            raise type(error)(f"{first}\n{rest.rstrip()}") from error

    def _validate(self, loop, watchers):
        """Evaluate at the end of an epoch; the logs, with ``val_`` in front of their names."""
        if loop.exhausted:
            ran_out()
            return {}
        loop.restart()
        if loop.own_code:
            loop.forget()
        self.reset_metrics()
        self.stop_evaluating = False
        watchers.on_test_begin()
        loop.run(self._watch(watchers, "test", self._logs)[0])
        logs = self._logs()
        watchers.on_test_end(logs)
        return {"val_" + name: value for name, value in logs.items()}

    def _run_quietly(self, loops, seed, epoch, epochs):
        """Some epochs at once, if only the history hears of them; returns how many."""
        metrics = self.metrics
        if not epochs or any(metric.plain_mean is None for metric in metrics):
            return 0
        names = self.metrics_names
        if len(names) != len(metrics):
            return 0            # some belong to a layer
        if len(loops) == 2:
            names = [*names, *("val_" + name for name in names)]
        means = [metric.plain_mean for metric in metrics]
        results = np.empty((min(epochs, 100_000), len(loops), len(means), 2))
        done = np.zeros(1, np.int64)
        history, before = self.history, len(self.history.epoch)

        def record():
            if len(history.epoch) == before:
                total, count = np.moveaxis(results[: done[0]].reshape(-1, len(names), 2), 2, 0)
                values = np.divide(total, count, out=np.zeros_like(total), where=count != 0)
                history.add_epochs(epoch, names, values)

        # Ctrl-C may come anywhere: what was done gets into the history once, and whole
        try:
            run_epochs(loops, seed, epoch, means, results, done)
            record()
        finally:
            record()
        return int(done[0])
