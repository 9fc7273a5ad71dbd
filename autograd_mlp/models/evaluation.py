"""evaluate, predict, and the methods for single batches."""

import numpy as np

from .. import callbacks as callbacks_module
from .._engine import BatchFeed, Tensor, no_grad
from .data import check_lengths, not_supported, positive_int, verbosity
from .loop import BatchLoop, next_batch
from .steps import Steps

EVALUATION_BATCH = 32       # the default batch size, as in Keras
PREDICT_ROWS = 128          # that predict does at once if it may: large layers are read less often


class Evaluation(Steps):
    """What a model does on samples apart from `fit`."""

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
