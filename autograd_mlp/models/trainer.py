"""compile, fit, evaluate, predict: what a model needs to learn."""

import time

import numpy as np

from .. import callbacks as callbacks_module
from .. import losses, ops, optimizers, random
from .. import metrics as metrics_module
from .._engine import BatchFeed, MeanAccumulator, Tensor, no_grad
from .._errors import unknown_arguments
from .data import (
    check_lengths,
    class_numbers,
    not_supported,
    positive_int,
    split_validation,
    to_array,
    unpack_validation,
    verbosity,
)
from .loop import LOOK_EVERY, BatchLoop, is_users, next_batch

EVALUATION_BATCH = 32       # the default batch size, as in Keras
PREDICT_ROWS = 128          # that predict does at once if it may: large layers are read less often


class Trainer:
    """The training half of a model; the model half gives ``call``, weights and shapes."""

    optimizer = None
    loss = None
    compiled = False
    stop_training = False
    history = None

    # ---- compile -------------------------------------------------------------

    def compile(self, optimizer="rmsprop", loss=None, metrics=None, run_eagerly=False, **kwargs):
        """Choose how to learn.

        Parameters
        ----------
        optimizer : str or Optimizer, default "rmsprop"
        loss : str, Loss or callable
            A function ``loss(y_true, y_pred)`` returns one value per sample.
        metrics : list of (str, Metric or callable), optional
            ``"accuracy"`` is binary, categorical or sparse accuracy, whichever fits.
        run_eagerly : bool, default False
            Run the layers' Python at every step instead of replaying the recorded step, so
            that breakpoints and prints in ``call`` are met each time.  Everything of this
            library gives the same bits either way.  A layer or loss of your own is recorded
            anew each epoch, and runs at every step if its first two batches differ in
            anything but data; Python state that changes later within an epoch needs
            ``run_eagerly=True`` to be seen.

        Raises
        ------
        ValueError
            For a name that is not known, or an argument of Keras that is not supported.
        """
        if kwargs:
            raise unknown_arguments(type(self), kwargs, unsupported=(
                "loss_weights", "weighted_metrics", "steps_per_execution", "jit_compile",
                "auto_scale_loss"))
        found = optimizers.get(optimizer)
        names = metrics if metrics is not None else []
        if not isinstance(names, (list, tuple)):
            raise TypeError("metrics must be a list, for example metrics=['accuracy']; "
                            f"got {metrics!r}")
        for name in names:
            if str(name).lower() not in ("accuracy", "acc"):
                metrics_module.get(name)        # a mistyped name is an error now, not in fit
        if loss is not None and not (isinstance(loss, str) and
                                     loss.lower() in ("crossentropy", "ce")):
            losses.get(loss)
        self.optimizer = found
        self.loss = loss
        self.run_eagerly = bool(run_eagerly)
        self._metric_names = list(names)
        self._loss = None               # resolved when shapes are known
        self._metrics = None
        self._loss_mean = MeanAccumulator()
        self.compiled = True

    def _check_compiled(self, method, needs_loss=True):
        if not self.compiled:
            raise ValueError(f"You must call compile() before {method}(): for example "
                             "model.compile(optimizer='adam', loss='mse')")
        if needs_loss and self.loss is None:
            raise ValueError(f"{method}() needs a loss: compile(..., loss='mse'), for example")

    def _resolve(self, y_shape, output_shape):
        """Turn names of loss and metrics into objects, now that shapes are known."""
        if self._metrics is None:
            loss = losses.resolve(self.loss, y_shape, output_shape)
            found = [metrics_module.resolve(name, y_shape, output_shape)
                     for name in self._metric_names]
            keys = ["loss", *(m.name for m in found)]
            for key in keys:
                if keys.count(key) > 1:
                    raise ValueError(f"two metrics are called {key!r}: their history would be "
                                     "mixed up; give one of them another name")
            self._loss, self._metrics = loss, found

    @property
    def metrics_names(self):
        """Names of what `evaluate` returns, in order: ``"loss"``, then the metrics."""
        if not self.compiled:
            return []
        if self._metrics is not None:
            return ["loss", *(m.name for m in self._metrics)]
        return ["loss", *(name if isinstance(name, str) else losses.object_name(name)
                          for name in self._metric_names)]

    @property
    def metrics(self):
        """The metric objects (after the first batch)."""
        return list(self._metrics or [])

    def reset_metrics(self):
        """Start the running means of loss and metrics again."""
        self._loss_mean.reset()
        for metric in self._metrics or ():
            metric.reset_state()

    def _logs(self, prefix=""):
        """Current values by name, sorted as Keras sorts them."""
        values = {"loss": self._loss_mean.result()}
        for metric in self._metrics:
            values[metric.name] = float(metric.result())
        return {prefix + name: float(values[name]) for name in sorted(values)}

    # ---- steps ---------------------------------------------------------------

    def _train_batch(self, x, y, sample_weight=None, variables=None):
        """Forward, loss, metrics, backward, update: one step of learning on one batch."""
        variables = self.trainable_variables if variables is None else variables
        for variable in variables:
            variable.zero_grad()
        y_pred = self(x, training=True)
        loss = self._observe(y, y_pred, sample_weight)
        if not variables:
            return              # everything is frozen: there is nothing to learn
        if not loss.requires_grad:
            raise RuntimeError(
                f"the loss does not depend on the weights of model '{self.name}' through recorded "
                "operations: a loss function or layer of yours computes with NumPy, or returns "
                "a constant; use autograd_mlp.ops")
        loss.backward()
        gradients = [v.grad for v in variables]
        self.optimizer.apply(gradients, variables)
        for variable in variables:
            variable.zero_grad()        # so that a backward() of your own starts from nothing

    def _test_batch(self, x, y, sample_weight=None):
        with no_grad():
            self._observe(y, self(x, training=False), sample_weight)

    def _observe(self, y, y_pred, sample_weight):
        """The loss of a batch, taken into the running means together with the metrics."""
        loss = self._loss(y, y_pred) if sample_weight is None else \
            self._loss(y, y_pred, sample_weight)
        if loss.size != 1:
            loss = ops.mean(loss)
        self._loss_mean.add(loss, float(len(y_pred)))
        for metric in self._metrics:
            metric.update_state(y, y_pred)
        return loss

    # ---- data ----------------------------------------------------------------

    def _prepare(self, x, y, sample_weight=None):
        """Arrays in the dtypes and shapes the steps want; builds the model if need be."""
        x = self._prepare_x(x)
        if y is None:
            raise ValueError("y (the targets) is missing")
        y = to_array(y, "y")
        if sample_weight is not None:
            sample_weight = to_array(sample_weight, "sample_weight", self._output_dtype)
        check_lengths(x=x, y=y, sample_weight=sample_weight)
        output_shape = self.compute_output_shape((None, *x.shape[1:]))
        self._resolve((None, *y.shape[1:]), output_shape)
        if getattr(self._loss, "fn", None) is losses.sparse_categorical_crossentropy:
            y = class_numbers(y, output_shape[-1])
        elif not is_users(self._loss):
            y = np.ascontiguousarray(y, dtype=self._output_dtype)
        return [x, y] if sample_weight is None else [x, y, sample_weight]

    def _prepare_x(self, x):
        if x is None:
            raise ValueError("x (the samples) is missing")
        x = to_array(x, "x", self._input_dtype if self.layers else None, keep_bytes=True)
        if x.ndim == 1 and (not self.built or self._build_input_shape[1:] in ((1,), (None,))):
            x = x[:, None]      # samples of one number each
        self._build_from(x.shape)
        self._check_input_shape(x.shape)
        return x

    # ---- fit -----------------------------------------------------------------

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

    def _loop(self, arrays, batch_function, own_code=False):
        feed = BatchFeed(arrays, self._input_dtype)

        def step(size):
            batch_function(*(next_batch(feed, i, size, own_code) for i in range(len(arrays))))
            feed.advance(size)

        return BatchLoop(feed, step, lambda: [*self.weights, *self.optimizer.variables],
                         self.run_eagerly, own_code)

    def _watch(self, watchers, kind, logs):
        """What a pass calls per batch if a callback wants that, and for the progress bar.

        `kind` is ``"train"``, ``"test"`` or ``"predict"``; `logs` returns what hooks are given.
        """
        each_batch = progress = None
        if getattr(watchers, f"wants_{kind}_batches"):
            begin = getattr(watchers, f"on_{kind}_batch_begin")
            end = getattr(watchers, f"on_{kind}_batch_end")

            def each_batch(number, run):
                begin(number)
                run()
                end(number, logs())
                return self.stop_training and kind == "train"

        bar = watchers.progbar
        if bar is not None and bar.live:
            def progress(done):
                if bar.due:
                    bar.update(done, None if kind == "predict" else logs())

        return each_batch, progress

    def _has_own_code(self):
        """Whether a user's Python takes part in a step: it may act differently next epoch."""
        layers = self._all_layers()
        return any(map(is_users, [
            self, *layers, *(getattr(layer, "activation", None) for layer in layers),
            self.optimizer, getattr(self, "_loss", None),
            *(getattr(self, "_metrics", None) or ())]))

    # ---- evaluate and predict -------------------------------------------------

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None,
                 steps=None, callbacks=None, return_dict=False):
        """Loss and metrics on samples, without learning.

        Parameters
        ----------
        x, y, batch_size, verbose, sample_weight, callbacks
            As in `fit`.
        steps
            Not supported yet.
        return_dict : bool, default False

        Returns
        -------
        float, list of float or dict
            The loss alone if there are no metrics, else ``[loss, metric, …]``.
        """
        self._check_compiled("evaluate")
        not_supported(steps=steps)
        arrays = self._prepare(x, y, sample_weight)
        batch_size = positive_int(EVALUATION_BATCH if batch_size is None else batch_size,
                                  "batch_size")
        loop = self._loop(arrays, self._test_batch, self._has_own_code())
        watchers = callbacks_module.CallbackList(
            callbacks, add_progbar=verbosity(verbose) != 0, model=self,
            verbose=verbosity(verbose), epochs=1,
            steps=sum(count for count, _ in loop.sizes(batch_size)))
        self.reset_metrics()
        watchers.on_test_begin()
        loop.run(batch_size, *self._watch(watchers, "test", self._logs))
        logs = self._logs()
        watchers.on_test_end(logs)
        return self._results(return_dict)

    def _results(self, return_dict):
        logs = self._logs()
        if return_dict:
            return logs
        values = [logs[name] for name in self.metrics_names]
        return values[0] if len(values) == 1 else values

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """The model's outputs for samples.

        Parameters
        ----------
        x : array_like
        batch_size : int, default 32
        verbose, callbacks
            As in `fit`.
        steps
            Not supported yet.

        Returns
        -------
        ndarray, shape (n, ...)
        """
        not_supported(steps=steps)
        x = self._prepare_x(x)
        check_lengths(x=x)
        batch_size = positive_int(EVALUATION_BATCH if batch_size is None else batch_size,
                                  "batch_size")
        if len(x) <= batch_size and not callbacks and not verbosity(verbose):
            return self._predict_batch(x)       # a tape would be run just once
        output_shape = self.compute_output_shape((None, *x.shape[1:]))
        outputs = np.empty((len(x), *output_shape[1:]), self._output_dtype)
        feed = BatchFeed([x], self._input_dtype)

        def step(size):
            with no_grad():
                feed.store(self(next_batch(feed, 0, size), training=False), outputs)
            feed.advance(size)

        eager, own_code = getattr(self, "run_eagerly", False), self._has_own_code()
        loop = BatchLoop(feed, step, eager=eager, own_code=own_code)
        steps = sum(count for count, _ in loop.sizes(batch_size))
        watchers = callbacks_module.CallbackList(
            callbacks, add_progbar=verbosity(verbose) != 0, model=self,
            verbose=verbosity(verbose), epochs=1, steps=steps)

        def batch_outputs():
            return {"outputs": outputs[feed.start - 1 - (feed.start - 1) % batch_size : feed.start]}

        each_batch, progress = self._watch(watchers, "predict", batch_outputs)
        at_once = 1     # batches; the bits of a row do not depend on the rows beside it
        if each_batch is None and not eager and not own_code:
            at_once = max(PREDICT_ROWS // batch_size, 1)
        watchers.on_predict_begin()
        loop.run(at_once * batch_size, each_batch, progress and (
            lambda done: progress(min(done * at_once, steps))))
        watchers.on_predict_end()
        return outputs

    # ---- single batches --------------------------------------------------------

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """One update on one batch; returns its loss and metrics (before the update)."""
        self._check_compiled("train_on_batch")
        not_supported(class_weight=class_weight)
        self.reset_metrics()
        self._train_batch(*self._batch(*self._prepare(x, y, sample_weight)))
        return self._results(return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Loss and metrics on one batch, without learning."""
        self._check_compiled("test_on_batch")
        self.reset_metrics()
        self._test_batch(*self._batch(*self._prepare(x, y, sample_weight)))
        return self._results(return_dict)

    def predict_on_batch(self, x):
        """The outputs for one batch, as a NumPy array."""
        return self._predict_batch(self._prepare_x(x))

    def _batch(self, x, *others):
        """Arrays as tensors, bytes as numbers."""
        return Tensor(x, self._input_dtype if x.dtype == np.uint8 else None), *map(Tensor, others)

    def _predict_batch(self, x):
        with no_grad():
            return self(*self._batch(x), training=False).numpy()
