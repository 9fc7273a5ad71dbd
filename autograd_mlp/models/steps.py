"""One step of a model on one batch, and what runs it for all batches."""

import inspect

import numpy as np

from .. import losses, ops
from .._engine import BatchFeed, no_grad
from .._errors import lesson
from ..utils.dataset import pack_x_y_sample_weight
from .compile import Compiled
from .data import (
    batch_dtype,
    check_lengths,
    class_numbers,
    class_weights,
    positive_int,
    to_array,
)
from .loop import BatchLoop, is_users, next_batch
from .streams import StreamLoop, batches_of, unpack_batch
from .targets import check_targets, warn_of_mistakes

EVALUATION_BATCH = 32       # the default batch size, as in Keras


class Steps(Compiled):
    """The steps of training and testing; how users' data become batches for them."""

    stop_training = False
    stop_evaluating = False
    stop_predicting = False

    # ---- steps ------------------------------------------------------------------

    def train_step(self, data):
        """Forward, loss, metrics, backward, update: learn from one batch.

        A subclass may override it: ``fit`` then calls it with ``(x, y, sample_weight)`` as
        tensors for every batch (without replaying anything), and logs the dictionary that it
        returns.

        Parameters
        ----------
        data : tuple of Tensor
            (x,), (x, y) or (x, y, sample_weight).

        Returns
        -------
        dict of str to float
        """
        self._train_batch(*data)
        return self.get_metrics_result()

    def test_step(self, data):
        """Loss and metrics of one batch; see `train_step`."""
        self._test_batch(*data)
        return self.get_metrics_result()

    def predict_step(self, data):
        """The output for one batch (x,)."""
        x = data[0] if isinstance(data, (tuple, list)) else data
        return self(x, training=False)

    def _train_batch(self, x, y=None, sample_weight=None, variables=None):
        """`train_step` without its result, which nobody reads in a recorded step."""
        variables = self.trainable_variables if variables is None else variables
        for variable in variables:
            variable.zero_grad()
        y_pred = self(x, training=True)
        loss = self._observe(x, y, y_pred, sample_weight, training=True)
        if not variables:
            return              # everything is frozen: there is nothing to learn
        if not loss.requires_grad:
            raise RuntimeError(
                f"the loss does not depend on the weights of model '{self.name}' through recorded "
                "operations: a loss function or layer of yours computes with NumPy, or returns "
                "a constant; use autograd_mlp.ops")
        self.optimizer.scale_loss(loss).backward()
        gradients = [v.grad for v in variables]
        self.optimizer.apply(gradients, variables)
        for variable in variables:
            variable.zero_grad()        # so that a backward() of your own starts from nothing

    def _test_batch(self, x, y=None, sample_weight=None):
        with no_grad():
            self._observe(x, y, self(x, training=False), sample_weight, training=False)

    def _own_step(self, name):
        """Whether a subclass overrides `train_step`, `test_step` or `predict_step`.

        Raises
        ------
        TypeError
            If it takes what those of Keras take with JAX: (state, data).
        """
        step = getattr(type(self), name)
        if step is getattr(Steps, name):
            return False
        if "state" in inspect.signature(step).parameters:
            raise TypeError(f"{type(self).__name__}.{name}(self, state, data) is written for Keras "
                            f"with JAX; here it is {name}(self, data), as with TensorFlow")
        return True

    def _train_function(self, variables):
        """What `fit` does with a batch; `variables` is the list of those to train."""
        self._step_logs = None
        if self._own_step("train_step"):
            return self._step_function(self.train_step)
        return lambda x, y, sample_weight: self._train_batch(x, y, sample_weight, variables)

    def _test_function(self):
        """What `evaluate` does with a batch."""
        self._step_logs = None
        return self._step_function(self.test_step) if self._own_step("test_step") else \
            self._test_batch

    def _step_function(self, step):
        def run(x, y, sample_weight):
            logs = step(pack_x_y_sample_weight(x, y, sample_weight))
            if not isinstance(logs, dict):
                raise TypeError(f"{type(self).__name__}.{step.__name__} must return a dictionary "
                                f"of names and numbers, got {type(logs).__name__}")
            self._step_logs = {name: float(value) for name, value in logs.items()}

        return run

    def _observe(self, x, y, y_pred, sample_weight, training):
        """The loss of a batch, taken into the running means together with the metrics."""
        loss = self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight,
                                 training=training)
        self._loss_mean.update_state(loss, len(x))
        self.compute_metrics(x, y, y_pred, sample_weight)
        return loss

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The loss of a batch: that of `compile`, and those of the layers; may be overridden.

        Parameters
        ----------
        x, y, y_pred, sample_weight : Tensor, shape (B, ...)
        training : bool

        Returns
        -------
        Tensor, shape ()
        """
        total = None
        if self._loss is not None:
            if y is None:
                raise ValueError("y (the targets) is missing: the loss compares them with the "
                                 "model's output")
            total = self._loss(y, y_pred) if sample_weight is None else \
                self._loss(y, y_pred, sample_weight)
            if total.size != 1:
                total = ops.mean(total)
            if self._loss_weight is not None:
                total = total * self._loss_weight
        for loss in self.losses:
            loss = loss if loss.size == 1 else ops.sum(loss)
            total = loss if total is None else total + loss
        if total is None:
            raise ValueError(lesson(
                "No loss to compute. Provide a `loss` argument in `compile()`.",
                where=f"model '{self.name}'",
                why="Training makes a number small: without a loss, a regularizer or add_loss "
                    "there is none.",
                use='model.compile(optimizer="adam", loss="mse")'))
        return total

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Take a batch into the metrics of `compile`; may be overridden.

        Parameters
        ----------
        x, y, y_pred, sample_weight : Tensor, shape (B, ...)
        """
        for metric in self._metrics:
            metric.update_state(y, y_pred)
        for metric in self._weighted_metrics:
            if sample_weight is None:
                metric.update_state(y, y_pred)
            else:
                metric.update_state(y, y_pred, sample_weight)

    # ---- data -------------------------------------------------------------------

    def _prepare(self, x, y, sample_weight=None, class_weight=None):
        """Arrays as the steps want them, and the dtypes of their batches.

        Builds the model and makes loss and metrics if need be.
        """
        x = self._prepare_x(x)
        if y is None and (self._loss_given is not None or self._metrics_given
                          or self._weighted_given):
            raise ValueError(lesson(
                "y (the targets) is missing",
                where=f"the loss {self._loss_given!r} of model '{self.name}'"
                if isinstance(self._loss_given, str) else "",
                why="A loss compares the output with what is wanted.",
                use="fit(x, y); something that yields batches yields (x, y)"))
        kept = y is not None and isinstance(y, np.memmap)
        y = None if y is None else to_array(y, "y", keep=kept)
        if class_weight is not None and sample_weight is not None:
            raise ValueError(lesson(
                "You cannot `class_weight` and `sample_weight` at the same time.",
                why="Both say how much each sample counts.",
                use="the product of both as sample_weight"))
        if sample_weight is not None:
            sample_weight = to_array(sample_weight, "sample_weight", self._output_dtype, keep=True)
        check_lengths(x=x, y=y, sample_weight=sample_weight)
        output_shape = self.compute_output_shape((None, *x.shape[1:]))
        self._resolve((None,) if y is None else (None, *y.shape[1:]), output_shape)
        y_dtype = None
        if y is not None:
            y_dtype = batch_dtype(y)
            check_targets(self, self._loss, y, (None, *x.shape[1:]), output_shape)
            if getattr(self._loss, "fn", None) is losses.sparse_categorical_crossentropy:
                ignored = getattr(self._loss, "ignore_class", None)
                y, y_dtype = class_numbers(y, output_shape[-1], ignored), np.dtype(np.int64)
            elif not is_users(self._loss):
                y_dtype = np.dtype(self._output_dtype)
            if not isinstance(y, np.memmap):
                y = np.ascontiguousarray(y, y_dtype)
        if class_weight is not None:
            if y is None:
                raise ValueError("class_weight needs y, the classes of the samples")
            sample_weight = class_weights(y, class_weight, output_shape[-1], self._output_dtype)
        dtypes = [batch_dtype(x, self._input_dtype), y_dtype,
                  None if sample_weight is None else np.dtype(self._output_dtype)]
        return [x, y, sample_weight], dtypes

    def _prepare_x(self, x):
        if x is None:
            raise ValueError("x (the samples) is missing")
        x = to_array(x, "x", self._input_dtype, keep=True)
        if x.ndim == 1 and (not self.built or self._build_input_shape is None
                            or self._build_input_shape[1:] in ((1,), (None,))):
            x = x[:, None]      # samples of one number each
        self._build_from(x.shape)
        self._check_input_shape(x.shape)
        return x

    # ---- loops --------------------------------------------------------------------

    def _loop(self, batch_function, x, y=None, sample_weight=None, class_weight=None, *,
              batch_size=None, steps=None, name="x", eager=False):
        """What runs `batch_function` for all batches of the data: a `BatchLoop` or `StreamLoop`.

        The model is built, loss and metrics are made from the shape of the first batch.
        """
        source = batches_of(x, y, sample_weight, name)

        def prepare(x, y=None, sample_weight=None):
            return self._prepare(x, y, sample_weight, class_weight)

        if source is None:
            arrays, dtypes = prepare(x, y, sample_weight)
            warn_of_mistakes(self, self._loss, arrays[1],
                             self.compute_output_shape((None, *arrays[0].shape[1:])))
        else:
            prepare(*unpack_batch(source.peek(), source.called))
        own_code = self._has_own_code()     # only now are loss and metrics known
        settings = {"eager": self.run_eagerly or eager, "own_code": own_code,
                    "together": self.steps_per_execution,
                    "steps": None if steps is None else positive_int(steps, "steps")}

        def make_step(feed, present):
            numbers = [sum(present[:i]) if here else None for i, here in enumerate(present)]

            def step(size):
                batch_function(*(None if i is None else next_batch(feed, i, size, own_code)
                                 for i in numbers))
                feed.advance(size)

            return step

        if source is not None:
            return StreamLoop(source, prepare, make_step, **settings)
        return self._array_loop(arrays, dtypes, make_step, batch_size, settings)

    def _array_loop(self, arrays, dtypes, make_step, batch_size, settings):
        present = [a is not None for a in arrays]
        feed = BatchFeed([a for a in arrays if a is not None],
                         dtypes=[d for d in dtypes if d is not None])
        if batch_size is None:
            steps = settings["steps"]
            batch_size = -(-feed.samples // steps) if steps else EVALUATION_BATCH
        batch_size = min(positive_int(batch_size, "batch_size"), feed.samples)
        loop = BatchLoop(feed, make_step(feed, present), batch_size, **settings)
        loop.present = present
        return loop

    def _watch(self, watchers, kind, logs):
        """What a pass calls per batch if a callback wants that, and for the progress bar.

        `kind` is ``"train"``, ``"test"`` or ``"predict"``; `logs` returns what hooks are given.
        """
        each_batch = progress = None
        flag = {"train": "stop_training", "test": "stop_evaluating",
                "predict": "stop_predicting"}[kind]
        if getattr(watchers, f"wants_{kind}_batches"):
            begin = getattr(watchers, f"on_{kind}_batch_begin")
            end = getattr(watchers, f"on_{kind}_batch_end")

            def each_batch(first, last, run):
                begin(first)
                run()
                end(last, logs())
                return getattr(self, flag)

        bar = watchers.progbar
        if bar is not None and bar.live:
            def progress(done):
                if bar.due:
                    bar.update(done, None if kind == "predict" else logs())

        return each_batch, progress

    def _has_own_code(self):
        """Whether a user's Python takes part in a step: it may act differently next epoch."""
        layers = self._layers_inside()
        return any(map(is_users, [
            self, *layers, *(getattr(layer, "activation", None) for layer in layers),
            self.optimizer, getattr(self.optimizer, "_learning_rate", None),
            getattr(self, "_loss", None), *(getattr(self, "_metrics", None) or ()),
            *(getattr(self, "_weighted_metrics", None) or ())]))
