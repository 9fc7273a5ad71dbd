"""Callbacks: what is called while a model trains, tests or predicts.

A callback that overrides a hook of single batches makes the training loop come back to Python
after each batch. One that does not costs nothing; `CallbackList.wants_train_batches` tells.
"""

from ._errors import did_you_mean
from .utils import console
from .utils.progbar import Progbar


class Callback:
    """Base class; override the hooks of interest.

    Attributes
    ----------
    model : Sequential
        The model that is being trained.
    params : dict
        ``verbose``, ``epochs`` and ``steps`` (batches per epoch).

    Notes
    -----
    `logs` holds the metrics as floats, sorted by name; after an epoch those of the validation
    too, with ``val_`` in front of their names.

    Examples
    --------
    >>> class StopWhenGood(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         if logs["loss"] < 0.01:
    ...             self.model.stop_training = True
    """

    def __init__(self):
        self.params = None
        self.model = None

    def set_params(self, params):
        """Take over what the loop knows: called before training begins."""
        self.params = params

    def set_model(self, model):
        """Take over the model: called before training begins."""
        self.model = model

    def on_train_begin(self, logs=None):
        """Called when ``fit`` begins."""

    def on_train_end(self, logs=None):
        """Called when ``fit`` ends; `logs` are those of the last epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        """Called before epoch number `epoch`, counted from 0."""

    def on_epoch_end(self, epoch, logs=None):
        """Called after an epoch, and its validation."""

    def on_train_batch_begin(self, batch, logs=None):
        """Called before batch number `batch` of an epoch, counted from 0."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch, logs=None):
        """Called after a batch; `logs` are the means over the epoch so far."""
        self.on_batch_end(batch, logs=logs)

    def on_batch_begin(self, batch, logs=None):
        """Old name of `on_train_batch_begin`."""

    def on_batch_end(self, batch, logs=None):
        """Old name of `on_train_batch_end`."""

    def on_test_begin(self, logs=None):
        """Called when ``evaluate``, or the validation of an epoch, begins."""

    def on_test_end(self, logs=None):
        """Called when ``evaluate``, or the validation of an epoch, ends."""

    def on_test_batch_begin(self, batch, logs=None):
        """Called before a batch of ``evaluate``."""

    def on_test_batch_end(self, batch, logs=None):
        """Called after a batch of ``evaluate``."""

    def on_predict_begin(self, logs=None):
        """Called when ``predict`` begins."""

    def on_predict_end(self, logs=None):
        """Called when ``predict`` ends."""

    def on_predict_batch_begin(self, batch, logs=None):
        """Called before a batch of ``predict``."""

    def on_predict_batch_end(self, batch, logs=None):
        """Called after a batch of ``predict``; `logs` has its ``outputs``."""


class History(Callback):
    """Records the logs of each epoch; ``fit`` makes one and returns it.

    Attributes
    ----------
    history : dict of str to list of float
    epoch : list of int
    """

    def __init__(self):
        super().__init__()
        self.history = {}
        self.epoch = []

    def on_train_begin(self, logs=None):
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        if self.model is not None:
            self.model.history = self

    def add_epochs(self, first, names, values):
        """Record epochs first, first + 1, … at once: an array (epochs, names) of their logs.

        Either all of them are recorded or, if Ctrl-C comes, none.
        """
        columns = {name: self.history[name] + column.tolist()
                   for name, column in zip(names, values.T, strict=True)}
        vars(self).update(history={**self.history, **columns},
                          epoch=[*self.epoch, *range(first, first + len(values))])


class LambdaCallback(Callback):
    """A callback made of functions, one per hook, given by the hook's name.

    (Keras stores a name that is no hook as an attribute; here it raises, as it is mostly a typing
    mistake.)

    Examples
    --------
    >>> show = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
    >>> show.on_epoch_end(0, {"loss": 0.5})
    0 0.5
    """

    def __init__(
        self,
        on_epoch_begin=None,
        on_epoch_end=None,
        on_train_begin=None,
        on_train_end=None,
        on_train_batch_begin=None,
        on_train_batch_end=None,
        **kwargs,
    ):
        super().__init__()
        hooks = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        known = [name for name in dir(Callback) if name.startswith("on_")]
        for name in kwargs:
            if name not in known:
                raise ValueError(
                    f"LambdaCallback: no hook is called {name!r}{did_you_mean(name, known)}"
                )
        hooks.update(kwargs)
        self.__dict__.update({name: hook for name, hook in hooks.items() if hook is not None})


class ProgbarLogger(Callback):
    """Prints epochs and the progress bar; ``fit(verbose=1)`` and ``(verbose=2)`` add one.

    The loop calls `update` every now and then while `live` is true; no hook of single batches is
    needed for it.
    """

    def __init__(self):
        super().__init__()
        self.progbar = None
        self.target = None
        self.seen = 0
        self.verbose = 1
        self.epochs = 1
        self._inside_fit = False

    def set_params(self, params):
        super().set_params(params)
        self.verbose = 1 if params["verbose"] == "auto" else params["verbose"]
        self.epochs = params["epochs"]
        self.target = params["steps"]

    @property
    def live(self):
        """Whether there is a line on the screen that `update` can write over."""
        return self.verbose == 1 and console.is_live()

    @property
    def due(self):
        """Whether the line may be written over again; it is at most 20 times a second."""
        return self.verbose == 1 and self.progbar.due

    def update(self, step, logs=None):
        """Show that `step` steps of the epoch are done (counted from 1)."""
        self.seen = step
        if self.verbose == 1:
            self.progbar.update(step, list((logs or {}).items()), finalize=False)

    def on_train_begin(self, logs=None):
        self._inside_fit = True

    def on_train_end(self, logs=None):
        self._inside_fit = False

    def on_epoch_begin(self, epoch, logs=None):
        self._start()
        if self.verbose and self.epochs > 1:
            console.write(f"Epoch {epoch + 1}/{self.epochs}\n")

    def on_epoch_end(self, epoch, logs=None):
        self._finish(logs)

    def on_test_begin(self, logs=None):
        if not self._inside_fit:  # a validation is silent, its metrics stand in the epoch's line
            self._start()

    def on_test_end(self, logs=None):
        if not self._inside_fit:
            self._finish(logs)

    def on_predict_begin(self, logs=None):
        self._start()

    def on_predict_end(self, logs=None):
        self._finish(None)

    def _start(self):
        self.seen = 0
        # Logs are means over the epoch already, so the bar averages none of them.
        self.progbar = Progbar(self.target, verbose=self.verbose, stateless_metrics=())

    def _finish(self, logs):
        if self.target is None:
            self.target = self.progbar.target = self.seen
        self.progbar.update(self.target, list((logs or {}).items()), finalize=True)


def _hook_overridden(callback, name):
    """Return whether a callback has a hook of its own: in its class, or set on the instance."""
    hook = getattr(callback, name)
    return getattr(hook, "__func__", hook) is not getattr(Callback, name)


class CallbackList(Callback):
    """Calls several callbacks as one.

    Parameters
    ----------
    callbacks : Callback or (nested) list of them, optional
    add_history, add_progbar : bool
        Whether to add a `History` and a `ProgbarLogger` unless there is one in `callbacks`.
    model : Sequential, optional
    **params
        Passed to each callback's `set_params`: ``verbose``, ``epochs``, ``steps``.
    """

    def __init__(self, callbacks=None, add_history=False, add_progbar=False, model=None, **params):
        super().__init__()
        self.callbacks = _flatten(callbacks)
        self.history = self._first(History)
        self.progbar = self._first(ProgbarLogger)
        if self.history is None and add_history:
            self.history = History()
            self.append(self.history)
        if self.progbar is None and add_progbar:
            self.progbar = ProgbarLogger()
            self.append(self.progbar)
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)

    def append(self, callback):
        """Add a callback at the end."""
        self.callbacks += _flatten(callback)

    def _first(self, cls):
        return next((callback for callback in self.callbacks if isinstance(callback, cls)), None)

    def set_params(self, params):
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model):
        self.model = model
        if self.history is not None:
            model.history = self.history
        for callback in self.callbacks:
            callback.set_model(model)

    @property
    def wants_train_batches(self):
        """Whether any callback overrides a hook of single training batches."""
        return self._overridden(
            "on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"
        )

    @property
    def wants_test_batches(self):
        """Whether any callback overrides a hook of single batches of ``evaluate``."""
        return self._overridden("on_test_batch_begin", "on_test_batch_end")

    @property
    def wants_predict_batches(self):
        """Whether any callback overrides a hook of single batches of ``predict``."""
        return self._overridden("on_predict_batch_begin", "on_predict_batch_end")

    def _overridden(self, *hooks):
        return any(_hook_overridden(cb, hook) for cb in self.callbacks for hook in hooks)

    def _call(self, hook, *args, logs=None):
        logs = _sorted_floats(logs)
        for callback in self.callbacks:
            getattr(callback, hook)(*args, logs)

    def on_train_begin(self, logs=None):
        self._call("on_train_begin", logs=logs)

    def on_train_end(self, logs=None):
        self._call("on_train_end", logs=logs)

    def on_epoch_begin(self, epoch, logs=None):
        self._call("on_epoch_begin", epoch, logs=logs)

    def on_epoch_end(self, epoch, logs=None):
        self._call("on_epoch_end", epoch, logs=logs)

    def on_train_batch_begin(self, batch, logs=None):
        self._call("on_train_batch_begin", batch, logs=logs)

    def on_train_batch_end(self, batch, logs=None):
        self._call("on_train_batch_end", batch, logs=logs)

    def on_batch_begin(self, batch, logs=None):
        self._call("on_batch_begin", batch, logs=logs)

    def on_batch_end(self, batch, logs=None):
        self._call("on_batch_end", batch, logs=logs)

    def on_test_begin(self, logs=None):
        self._call("on_test_begin", logs=logs)

    def on_test_end(self, logs=None):
        self._call("on_test_end", logs=logs)

    def on_test_batch_begin(self, batch, logs=None):
        self._call("on_test_batch_begin", batch, logs=logs)

    def on_test_batch_end(self, batch, logs=None):
        self._call("on_test_batch_end", batch, logs=logs)

    def on_predict_begin(self, logs=None):
        self._call("on_predict_begin", logs=logs)

    def on_predict_end(self, logs=None):
        self._call("on_predict_end", logs=logs)

    def on_predict_batch_begin(self, batch, logs=None):
        self._call("on_predict_batch_begin", batch, logs=logs)

    def on_predict_batch_end(self, batch, logs=None):
        self._call("on_predict_batch_end", batch, logs=logs)


def _flatten(callbacks):
    if callbacks is None:
        return []
    if isinstance(callbacks, (list, tuple)):
        return [inner for callback in callbacks for inner in _flatten(callback)]
    if not isinstance(callbacks, Callback):
        raise TypeError(
            f"Expected a Callback, got {callbacks!r} of type {type(callbacks).__name__}. Derive "
            f"its class from autograd_mlp.callbacks.Callback, or wrap functions in LambdaCallback."
        )
    return [callbacks]


def _sorted_floats(logs):
    """Return logs sorted by name, scalars as floats; what is no scalar (outputs) stays."""
    floats = {}
    for name, value in sorted((logs or {}).items()):
        scalar = getattr(value, "ndim", 0) == 0 and not isinstance(value, (str, list, dict))
        floats[name] = float(value) if scalar else value
    return floats
