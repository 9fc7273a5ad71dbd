"""compile: how a model is to learn, and what is watched meanwhile."""

from .. import losses, optimizers
from .. import metrics as metrics_module
from .._engine import MeanAccumulator
from .._errors import unknown_arguments


class Compiled:
    """What `compile` sets up: optimizer, loss, metrics."""

    optimizer = None
    loss = None
    compiled = False

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
