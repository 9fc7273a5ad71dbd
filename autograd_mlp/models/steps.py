"""One step of a model on one batch, and what runs it for all batches."""

import numpy as np

from .. import losses, ops
from .._engine import BatchFeed, no_grad
from .compile import Compiled
from .data import check_lengths, class_numbers, to_array
from .loop import BatchLoop, is_users, next_batch


class Steps(Compiled):
    """The steps of training and testing; how users' data become batches for them."""

    stop_training = False

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

    # ---- loops ----------------------------------------------------------------

    def _loop(self, arrays, batch_function, own_code=False):
        feed = BatchFeed(arrays, self._input_dtype)

        def step(size):
            batch_function(*(next_batch(feed, i, size, own_code) for i in range(len(arrays))))
            feed.advance(size)

        return BatchLoop(feed, step, self.run_eagerly, own_code)

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
