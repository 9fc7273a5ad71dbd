"""evaluate, predict, and the methods for single batches."""

import numpy as np

from .. import callbacks as callbacks_module
from .._engine import BatchFeed, Tensor, no_grad
from .data import batch_dtype, check_lengths, positive_int, verbosity
from .legacy import take_legacy
from .loop import BatchLoop, next_batch
from .steps import EVALUATION_BATCH, Steps
from .streams import StreamLoop, batches_of, unpack_batch

PREDICT_ROWS = 128          # that predict does at once if it may: large layers are read less often


class Evaluation(Steps):
    """What a model does on samples apart from `fit`."""

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None,
                 steps=None, callbacks=None, return_dict=False, **kwargs):
        """Loss and metrics on samples, without learning.

        Parameters
        ----------
        x, y, batch_size, verbose, sample_weight, callbacks
            As in `fit`.
        steps : int, optional
            Batches to look at, if not all.
        return_dict : bool, default False

        Returns
        -------
        float, list of float or dict
            The loss alone if there are no metrics, else ``[loss, metric, …]``.
        """
        self._check_compiled("evaluate")
        take_legacy(kwargs, "evaluate")
        loop = self._loop(self._test_function(), x, y, sample_weight, batch_size=batch_size,
                          steps=steps, eager=self._own_step("test_step"))
        watchers = self._watchers(callbacks, verbose, loop.steps)
        self.reset_metrics()
        self.stop_evaluating = False
        watchers.on_test_begin()
        loop.run(*self._watch(watchers, "test", self._logs))
        logs = self._logs()
        watchers.on_test_end(logs)
        return self._results(return_dict)

    def _watchers(self, callbacks, verbose, steps):
        verbose = verbosity(verbose)
        if isinstance(callbacks, callbacks_module.CallbackList):
            return callbacks
        return callbacks_module.CallbackList(callbacks, add_progbar=verbose != 0, model=self,
                                             verbose=verbose, epochs=1, steps=steps)

    def _results(self, return_dict):
        logs = self._logs()
        if return_dict:
            return logs
        names = [name for name in self.metrics_names if name in logs]
        values = [logs[name] for name in (*names, *(key for key in logs if key not in names))]
        return values[0] if len(values) == 1 else values

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None, **kwargs):
        """The model's outputs for samples.

        Parameters
        ----------
        x : array_like, or something that yields batches
            As in `fit`; of a batch (x, y), y is left alone.
        batch_size : int, default 32
        verbose, callbacks
            As in `fit`.
        steps : int, optional
            Batches to look at, if not all.

        Returns
        -------
        ndarray, shape (n, ...)
        """
        take_legacy(kwargs, "predict")
        steps = None if steps is None else positive_int(steps, "steps")
        if batch_size is not None:
            batch_size = positive_int(batch_size, "batch_size")
        source = batches_of(x, None, None)
        if source is not None:
            return self._predict_stream(source, steps, verbose, callbacks)
        x = self._prepare_x(x)
        check_lengths(x=x)
        if batch_size is None:
            batch_size = -(-len(x) // steps) if steps else EVALUATION_BATCH
        if steps:
            x = x[: steps * batch_size]
        if len(x) <= batch_size and not callbacks and not verbosity(verbose):
            return self._predict_batch(x)       # a tape would be run just once
        output_shape = self.compute_output_shape((None, *x.shape[1:]))
        outputs = np.empty((len(x), *output_shape[1:]), self._output_dtype)
        feed = BatchFeed([x], dtypes=[batch_dtype(x, self._input_dtype)])
        own_code = self._has_own_code()
        steps = -(-len(x) // batch_size)
        watchers = self._watchers(callbacks, verbose, steps)

        reported = 0

        def batch_outputs():
            nonlocal reported
            begin, reported = reported, feed.start
            return {"outputs": outputs[begin:reported]}

        self.stop_predicting = False
        each_batch, progress = self._watch(watchers, "predict", batch_outputs)
        at_once = 1     # batches; the bits of a row do not depend on the rows beside it
        if each_batch is None and not self.run_eagerly and not own_code:
            at_once = max(PREDICT_ROWS // batch_size, 1)
        loop = BatchLoop(feed, self._predict_step(feed, outputs, own_code),
                         min(at_once * batch_size, len(x)), self.run_eagerly, own_code,
                         together=self.steps_per_execution)
        watchers.on_predict_begin()
        loop.run(each_batch, progress and (
            lambda done: progress(min(done * at_once, steps))))
        watchers.on_predict_end()
        return outputs[: feed.start] if self.stop_predicting else outputs

    def _predict_step(self, feed, outputs, own_code=False):
        predict = self.predict_step if self._own_step("predict_step") else None

        def step(size):
            with no_grad():
                batch = next_batch(feed, 0, size, own_code)
                y = self(batch, training=False) if predict is None else predict((batch,))
                feed.store(y, outputs)
            feed.advance(size)

        return step

    def _predict_stream(self, source, steps, verbose, callbacks):
        """`predict` for something that yields batches."""
        def prepare(x, y=None, sample_weight=None):
            x = self._prepare_x(x)
            return [x], [batch_dtype(x, self._input_dtype)]

        found, outputs = [], {}

        def make_step(feed, present):
            shape = self.compute_output_shape((None, *feed.arrays[0].shape[1:]))
            outputs[feed] = np.empty((feed.samples, *shape[1:]), self._output_dtype)
            return self._predict_step(feed, outputs[feed], own_code)

        prepare(*unpack_batch(source.peek(), source.called))
        own_code = self._has_own_code()
        loop = StreamLoop(source, prepare, make_step, self.run_eagerly, own_code, steps,
                          self.steps_per_execution,
                          after=lambda recorder: found.append(outputs[recorder.feed].copy()))
        reported = 0

        def batch_outputs():
            nonlocal reported
            begin, reported = reported, len(found)
            return {"outputs": np.concatenate(found[begin:])}

        watchers = self._watchers(callbacks, verbose, loop.steps)
        self.stop_predicting = False
        watchers.on_predict_begin()
        loop.run(*self._watch(watchers, "predict", batch_outputs))
        watchers.on_predict_end()
        return np.concatenate(found)

    # ---- single batches --------------------------------------------------------

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """One update on one batch; returns its loss and metrics (before the update).

        Parameters
        ----------
        x, y, sample_weight : array_like
        class_weight : dict of int to float, optional
        return_dict : bool, default False

        Returns
        -------
        float, list of float or dict
            As `evaluate` does.
        """
        self._check_compiled("train_on_batch")
        return self._on_batch("train_step", x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Loss and metrics on one batch, without learning; see `train_on_batch`."""
        self._check_compiled("test_on_batch")
        return self._on_batch("test_step", x, y, sample_weight, None, return_dict)

    def _on_batch(self, kind, x, y, sample_weight, class_weight, return_dict):
        arrays, dtypes = self._prepare(x, y, sample_weight, class_weight)
        batch = [None if a is None else Tensor(a, dtype)
                 for a, dtype in zip(arrays, dtypes, strict=True)]
        if kind == "train_step":
            run = self._train_function(self.trainable_variables)
        else:
            run = self._test_function()
        self.reset_metrics()
        run(*batch)
        return self._results(return_dict)

    def predict_on_batch(self, x):
        """The outputs for one batch, as a NumPy array."""
        return self._predict_batch(self._prepare_x(x))

    def _predict_batch(self, x):
        with no_grad():
            return self.predict_step((Tensor(x, batch_dtype(x, self._input_dtype)),)).numpy()
