"""Several callbacks called as one."""

import inspect

from .._errors import lesson
from .callback import Callback
from .history import History
from .lambda_callback import LambdaCallback
from .progbar_logger import ProgbarLogger


def _hook_overridden(callback, name):
    """Return whether a callback has a hook of its own (in its class, or set on the instance) that
    it has a use for."""
    hook = getattr(callback, name)
    function = getattr(hook, "__func__", hook)
    return function is not getattr(Callback, name) and function not in callback._idle_hooks()


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
        if self.progbar is not None:
            self.progbar.others = self.has_own_code
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model):
        self.model = model
        if self.history is not None:
            model.history = self.history
        for callback in self.callbacks:
            callback.set_model(model)

    def set_place(self, place):
        """Tell the callbacks that save and restore it where in its data a training is."""
        for callback in self.callbacks:
            if callback._wants_place:
                callback._place = place

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

    @property
    def has_own_code(self):
        """Whether any callback is a user's, or calls a user's function."""
        return any(map(_may_print, self.callbacks))

    @property
    def leaves_steps_alone(self):
        """Whether no callback changes what the next steps do, weights or learning rate."""
        return not self.has_own_code and not any(cb._changes_steps for cb in self.callbacks)

    @property
    def only_history(self):
        """Whether nobody but the history, and a bar that leaves epochs out, hears of epochs."""
        return all(cb is self.history or type(cb) is ProgbarLogger and cb.thin
                   for cb in self.callbacks)

    def silent_epochs(self, epoch, epochs):
        """How many of the `epochs`, from this one on, are heard of by nobody but the history."""
        return epochs - epoch if self.progbar is None else self.progbar.silent_epochs(epoch)

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


def _may_print(callback):
    """Whether code of the user's own is in a callback."""
    return isinstance(callback, LambdaCallback) or \
        type(callback).__module__.split(".")[0] != __name__.split(".")[0]


def _flatten(callbacks):
    if callbacks is None:
        return []
    if isinstance(callbacks, (list, tuple)):
        return [inner for callback in callbacks for inner in _flatten(callback)]
    if not isinstance(callbacks, Callback):
        name = getattr(callbacks, "__name__", None)
        if isinstance(callbacks, type) and issubclass(callbacks, Callback):
            hint = f"an instance of it: write {name}(…), not {name}"
        elif inspect.isroutine(callbacks):
            hint = "LambdaCallback(on_epoch_end=…), which calls a function"
        else:
            hint = "a class derived from autograd_mlp.callbacks.Callback"
        raise TypeError(lesson(
            f"callbacks must be Callback instances, got {callbacks!r} of type "
            f"{type(callbacks).__name__}.", use=hint))
    return [callbacks]


def _sorted_floats(logs):
    """Return logs sorted by name, scalars as floats; what is no scalar (outputs) stays."""
    floats = {}
    for name, value in sorted((logs or {}).items()):
        scalar = getattr(value, "ndim", 0) == 0 and not isinstance(value, (str, list, dict))
        floats[name] = float(value) if scalar else value
    return floats
