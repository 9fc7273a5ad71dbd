"""Optimizers: how gradients change parameters."""

from .._errors import did_you_mean
from .._objects import deserialize_with, lookup, serialize
from . import legacy, schedules
from .adam import Adam, Adamax, AdamW, Nadam
from .adaptive import Adadelta, Adagrad, Ftrl, RMSprop
from .optimizer import Optimizer
from .sgd import SGD, Lion

_CLASSES = (SGD, Lion, Adagrad, Adadelta, RMSprop, Ftrl, Adam, AdamW, Adamax, Nadam)
_NAMES = {cls.__name__.lower(): cls for cls in _CLASSES} | {cls.__name__: cls for cls in _CLASSES}
_MISSING = ("Lamb", "Adafactor", "Muon", "LossScaleOptimizer", "MultiOptimizer",
            "ScheduleFreeAdamW")

__all__ = ["Optimizer", "deserialize", "get", "legacy", "schedules", "serialize",
           *(cls.__name__ for cls in _CLASSES)]


def get(identifier):
    """Return the optimizer that `identifier` stands for.

    Parameters
    ----------
    identifier : str, class, Optimizer, dict or None
        A name such as ``"adam"``, in any case, gives one with default arguments; None gives None.

    Raises
    ------
    ValueError
        If the identifier is none of these.

    Examples
    --------
    >>> get("sgd")
    <SGD name=sgd, learning_rate=0.01>
    """
    if identifier is None:
        return None
    name = identifier.get("class_name") if isinstance(identifier, dict) else identifier
    if isinstance(name, str):
        if name.lower() in map(str.lower, _MISSING):
            raise ValueError(_missing(name))
        if name.lower() in _NAMES and name not in _NAMES:
            name = name.lower()
            identifier = {**identifier, "class_name": name} if isinstance(
                identifier, dict) else name
    found = lookup(identifier, _NAMES, "optimizer", base=Optimizer)
    if not isinstance(found, Optimizer):
        raise ValueError(
            f"Could not interpret optimizer identifier: {identifier!r}; expected a "
            "name, an Optimizer or its class"
        )
    return found


deserialize = deserialize_with(get)


def _missing(name):
    return (f"the optimizer {name} of Keras is not in this library, which has "
            f"{', '.join(cls.__name__ for cls in _CLASSES)}; write it as a subclass of Optimizer")


def __getattr__(name):
    if name in _MISSING:
        raise AttributeError(_missing(name))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}"
                         + ("" if name.startswith("_") else did_you_mean(name, __all__)))
