"""Optimizers: how gradients change parameters."""

from .._objects import deserialize_with, lookup, public_classes, serialize
from . import legacy, standard
from .optimizer import Optimizer
from .standard import *  # noqa: F403

_CLASSES = public_classes(vars(standard), Optimizer)
_NAMES = {cls.__name__.lower(): cls for cls in _CLASSES} | {cls.__name__: cls for cls in _CLASSES}

__all__ = ["Optimizer", "deserialize", "get", "legacy", "serialize",
           *(cls.__name__ for cls in _CLASSES)]


def get(identifier):
    """Return the optimizer that `identifier` stands for.

    Parameters
    ----------
    identifier : str, class, Optimizer or dict
        A name such as ``"adam"`` gives one with default arguments.

    Examples
    --------
    >>> get("sgd").learning_rate.item()
    0.01
    """
    found = lookup(identifier, _NAMES, "optimizer", base=Optimizer)
    if not isinstance(found, Optimizer):
        raise ValueError(
            f"Could not interpret optimizer identifier: {identifier!r}; expected a "
            "name, an Optimizer or its class"
        )
    return found


deserialize = deserialize_with(get)
