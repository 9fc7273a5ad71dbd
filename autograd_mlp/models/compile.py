"""compile: how a model is to learn, and what is watched meanwhile."""

import numpy as np

from .. import losses, optimizers
from .. import metrics as metrics_module
from .._engine import MeanAccumulator
from .._errors import lesson, warn
from .data import positive_int
from .legacy import take_legacy
from .loop import is_users

_OWN_MODULES = __name__.split(".")[0] + "."


class LossMean(metrics_module.Metric):
    """The mean loss: that of a batch counts once for each of its samples."""

    def __init__(self):
        super().__init__(name="loss")
        self.plain_mean = MeanAccumulator()
        self.total, self.count = map(self._keep, (self.plain_mean.total, self.plain_mean.count))

    def update_state(self, loss, samples=1):
        """Take in the loss of a batch of so many samples."""
        self.plain_mean.add(loss, float(samples))

    def result(self):
        return self.plain_mean.result()

    def reset_state(self):
        self.plain_mean.reset()


class Compiled:
    """What `compile` sets up: optimizer, loss, metrics."""

    optimizer = None
    loss = None
    compiled = False
    run_eagerly = False
    jit_compile = True
    steps_per_execution = 1
    _step_logs = None

    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None,
                weighted_metrics=None, run_eagerly=False, steps_per_execution=1,
                jit_compile="auto", auto_scale_loss=True, **kwargs):
        """Choose how to learn.

        Parameters
        ----------
        optimizer : str or Optimizer, default "rmsprop"
        loss : str, Loss or callable, or a list or dict with one of them
            A function ``loss(y_true, y_pred)`` returns one value per sample.  Without a loss the
            layers' own losses are what is made small.
        loss_weights : float, or a list or dict with one of them, optional
            Factor of the loss.
        metrics : list of (str, Metric or callable), optional
            ``"accuracy"`` is binary, categorical or sparse accuracy, whichever fits.
        weighted_metrics : list of (str, Metric or callable), optional
            Metrics that take `sample_weight` and `class_weight` into account.
        run_eagerly : bool, default False
            Run the layers' Python at every step instead of replaying the recorded step, so
            that breakpoints and prints in ``call`` are met each time.  Everything of this
            library gives the same bits either way.  A layer or loss of your own is recorded
            anew each epoch, and runs at every step if its first two batches differ in
            anything but data; Python state that changes later within an epoch needs
            ``run_eagerly=True`` to be seen.
        steps_per_execution : int, default 1
            After how many batches the hooks of single batches are called, and `stop_training`
            is looked at.
        jit_compile : bool or "auto"
            What Keras asks of XLA.  There is nothing to compile here: steps are recorded, unless
            `run_eagerly` is set, and the results are the same.
        auto_scale_loss : bool
            What Keras needs for float16, which this library does not compute in; with float32
            and float64 it changes nothing, as in Keras.

        Raises
        ------
        ValueError
            For a name that is not known, or more than one loss.
        TypeError
            For an argument that is not known, or a weight that is no number.
        """
        take_legacy(kwargs, "compile")
        found = optimizers.get(optimizer)
        the_loss = _only(loss, "loss")
        weight = _only(loss_weights, "loss_weights")
        if weight is not None:
            weight = _loss_weight(weight)
        plain = _flat_metrics(metrics, "metrics")
        weighted = _flat_metrics(weighted_metrics, "weighted_metrics")
        for name in (*plain, *weighted):
            metrics_module.check(name)      # a mistyped name is an error now, not in fit
        if the_loss is not None and not (isinstance(the_loss, str) and
                                         the_loss.lower() in ("crossentropy", "ce")):
            losses.get(the_loss)
        together = positive_int(steps_per_execution, "steps_per_execution")
        if jit_compile not in (True, False, None, "auto"):
            raise ValueError(f"jit_compile must be True, False or 'auto', got {jit_compile!r}")
        if run_eagerly and jit_compile not in ("auto", None) and jit_compile:
            warn("With run_eagerly=True nothing is recorded: jit_compile=True is taken "
                 "back")

        self.optimizer = found
        self.loss = loss
        self.run_eagerly = bool(run_eagerly)
        self.jit_compile = not run_eagerly and (jit_compile in ("auto", None) or bool(jit_compile))
        self.steps_per_execution = together
        self.stop_training = False
        self._loss_given, self._loss_weight = the_loss, weight
        self._metrics_given, self._weighted_given = plain, weighted
        self._loss = None               # these three are made when shapes are known
        self._metrics = None
        self._weighted_metrics = None
        self._metric_keys = []
        self._loss_mean = LossMean()
        self._compile_config = {
            "optimizer": found, "loss": loss, "loss_weights": loss_weights, "metrics": metrics,
            "weighted_metrics": weighted_metrics, "run_eagerly": self.run_eagerly,
            "steps_per_execution": together, "jit_compile": self.jit_compile}
        self.compiled = True

    def get_compile_config(self):
        """The arguments of `compile` as Keras writes them to files; {} if it was not called."""
        if not self.compiled:
            return {}
        from .._objects import serialize

        return {name: serialize(value) for name, value in self._compile_config.items()}

    def compile_from_config(self, config):
        """Call `compile` with what `get_compile_config` returned.

        A class that overrides ``compile`` overrides these two as well; else there is a warning,
        and nothing is done.
        """
        if type(self).compile is not Compiled.compile:
            warn(f"{type(self).__name__} overrides compile(): override "
                 "get_compile_config() and compile_from_config(config), too, or call "
                 "compile() after loading")
            return
        from .._objects import deserialize

        self.compile(**{name: deserialize(value) for name, value in config.items()})
        if self.built:
            self.optimizer.build(self.trainable_variables)

    def _check_compiled(self, method):
        if not self.compiled:
            raise ValueError(lesson(
                "You must call `compile()` before using the model.",
                where=f"{method}() of model '{self.name}'",
                why="Without a loss nobody knows what is to become small, and without an optimizer "
                    "nobody changes the weights.",
                use='model.compile(optimizer="adam", loss="mse")'))

    def _resolve(self, y_shape, output_shape):
        """Turn names of loss and metrics into objects, now that shapes are known."""
        if self._metrics is not None:
            return
        for argument in ("loss", "metrics", "weighted_metrics", "loss_weights"):
            self._check_output_names(argument)
        loss = None
        if self._loss_given is not None:
            loss = losses.resolve(self._loss_given, y_shape, output_shape)
        plain, weighted = ([metrics_module.resolve(name, y_shape, output_shape) for name in given]
                           for given in (self._metrics_given, self._weighted_given))
        self._metric_keys = _keys(plain, weighted)
        if "loss" in self._metric_keys:
            raise ValueError("a metric is called 'loss': its history would be mixed up with the "
                             "loss; give it another name")
        self._loss, self._metrics, self._weighted_metrics = loss, plain, weighted

    def _check_output_names(self, argument):
        given, names = self._compile_config[argument], self.output_names
        if isinstance(given, dict) and names and not set(given) <= {*names, "class_name", "config",
                                                                    "module", "registered_name"}:
            raise ValueError(f"{argument} has the keys {', '.join(map(repr, given))}, but the "
                             f"output of the model is called {names[0]!r}")

    @property
    def metrics_names(self):
        """Names of what `evaluate` returns, in order: ``"loss"``, then the metrics.

        (Keras 3 lists ``['loss', 'compile_metrics']``; this is what the name says, and what
        versions before gave.)
        """
        if not self.compiled:
            return []
        if self._metrics is not None:
            return ["loss", *self._metric_keys]
        return ["loss", *(name if isinstance(name, str) else losses.object_name(name)
                          for name in (*self._metrics_given, *self._weighted_given))]

    @property
    def metrics(self):
        """The metric objects: of the loss, of `compile` (after the first batch), of the layers."""
        found = []
        if self.compiled:
            found = [self._loss_mean, *(self._metrics or ()), *(self._weighted_metrics or ())]
        return found + self._own_metrics()

    def _own_metrics(self):
        """Metrics that are attributes of a model or layers of the user's own."""
        found, pending = {}, [self]
        while pending:      # asked for each epoch: this is `_layers_inside` in fewer steps
            part = pending.pop(0)
            if not type(part).__module__.startswith(_OWN_MODULES) and is_users(type(part)) and (
                    part is self or not isinstance(part, Compiled)):
                found |= {id(m): m for m in part._held(metrics_module.Metric)}
            pending[:0] = part._sublayers()
        if not found:
            return []
        compiled = [self._loss_mean, *(self._metrics or ()), *(self._weighted_metrics or ()),
                    *self._metrics_given, *self._weighted_given] if self.compiled else []
        return [m for m in found.values() if not any(m is other for other in compiled)]

    def reset_metrics(self):
        """Start the running means of loss and metrics again."""
        for metric in self.metrics:
            metric.reset_state()

    def get_metrics_result(self):
        """The value of each metric by its key, unsorted; one of several values gives several."""
        values = {"loss": self._loss_mean.result()}
        found = [*(self._metrics or ()), *(self._weighted_metrics or ())]
        for key, metric in zip(self._metric_keys, found, strict=True):
            _take(values, key, metric.result())
        for metric in self._own_metrics():
            _take(values, metric.name, metric.result())
        return values

    def _logs(self):
        """Current values by name, sorted as Keras sorts them."""
        values = self.get_metrics_result()
        if self._step_logs is not None and (self._step_logs.keys() != values.keys()
                                            or not self._loss_mean.plain_mean.count):
            values = self._step_logs        # of a train_step of the user's own
        return {name: _plain(values[name]) for name in sorted(values)}


def _plain(value):
    """A result as a float; one of several values (per class, say) as an array."""
    return float(value) if getattr(value, "size", 1) == 1 else np.asarray(value)


def _take(values, key, result):
    if isinstance(result, dict):
        values.update(result)
    else:
        values[key] = result


def _only(given, argument):
    """The one entry of a list or dict, or what is no list or dict."""
    if isinstance(given, dict) and "class_name" not in given:
        given = list(given.values())
    if not isinstance(given, (list, tuple)):
        return given
    if len(given) != 1:
        raise ValueError(f"{argument} has {len(given)} entries, but the model has one output")
    return _only(given[0], argument)


def _loss_weight(given):
    """The weight as a float.

    Raises
    ------
    TypeError
        If it is none: metrics stood at this place among the arguments of Keras 2.
    """
    try:
        return float(given)
    except (TypeError, ValueError):
        raise TypeError(f"loss_weights must be a number, got {given!r}; the third argument of "
                        "compile is loss_weights: write metrics=[...] by name.") from None


def _flat_metrics(given, argument):
    """The metrics of a list, tuple or dict, which may hold lists."""
    if not given:
        return []
    if not isinstance(given, (list, tuple, dict)):
        raise ValueError(lesson(
            f"Expected `{argument}` argument to be a list, tuple, or dict. Received instead: "
            f"{argument}={given} of type {type(given)}",
            why="There may be several.",
            use=f"{argument}=[{given!r}]" if isinstance(given, str) else f"{argument}=['accuracy']"
        ))
    if isinstance(given, dict) and "class_name" in given:
        return [given]
    flat = []
    for entry in given.values() if isinstance(given, dict) else given:
        nested = isinstance(entry, (list, tuple, dict))
        flat += _flat_metrics(entry, argument) if nested else [entry]
    return flat


def _keys(plain, weighted):
    """The keys of metrics in logs: their names, made different as Keras does it."""
    keys, count = [], {}
    for metric, prefix in [(m, "") for m in plain] + [(m, "weighted_") for m in weighted]:
        key = metric.name
        if key in count and prefix:
            key = prefix + key
        if key in count:
            count[key] += 1
            key = f"{key}_{count[key] - 1}"
        else:
            count[key] = 1
        keys.append(key)
    return keys
