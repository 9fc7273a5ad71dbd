"""A callback made of functions."""

from .._errors import did_you_mean
from .callback import Callback


class LambdaCallback(Callback):
    """A callback made of functions, one per hook, given by the hook's name.

    Parameters
    ----------
    on_epoch_begin, on_epoch_end : callable, optional
        Called with ``(epoch, logs)``.
    on_train_begin, on_train_end : callable, optional
        Called with ``(logs)``.
    on_train_batch_begin, on_train_batch_end : callable, optional
        Called with ``(batch, logs)``.
    **kwargs
        Any other hook of `Callback` by its name.

    Raises
    ------
    TypeError
        For a name that is no hook. (Keras keeps it as an attribute that nobody calls.)

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
                raise TypeError(
                    f"LambdaCallback: no hook is called {name!r}{did_you_mean(name, known)}"
                )
        hooks.update(kwargs)
        self.__dict__.update({name: hook for name, hook in hooks.items() if hook is not None})
