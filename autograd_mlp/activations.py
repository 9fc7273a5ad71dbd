"""Activation functions under Keras's names.

They are operations of the engine: each function here *is* ``autograd_mlp.ops.<name>``, where its
formula and derivative stand. Every operation of the family "activation" appears by itself.
"""

from . import _objects, ops
from ._objects import deserialize_with, lookup

_FUNCTIONS = {name: getattr(ops, name) for name, op in ops.OPS.items() if op.family == "activation"}
_NAMES = {function: name for name, function in _FUNCTIONS.items()}
_FUSED = {name for name in _FUNCTIONS if ops.OPS[name].rule is None}  # the compiled ones
globals().update(_FUNCTIONS)
_ALIASES = {"swish": _FUNCTIONS["silu"], "hard_swish": _FUNCTIONS["hard_silu"]}  # as in Keras
globals().update(_ALIASES)

__all__ = [*_FUNCTIONS, *_ALIASES, "get", "serialize", "deserialize"]


def get(identifier):
    """Return the activation function that `identifier` stands for.

    Parameters
    ----------
    identifier : str, callable, class, dict or None
        None means ``linear``.

    Examples
    --------
    >>> get("relu")([-1.0, 2.0]).numpy()
    array([0., 2.], dtype=float32)
    >>> get("Rellu")                  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: Could not interpret activation function identifier: Rellu
      Try:   did you mean 'relu'?
             Known names: ...
    """
    if identifier is None:
        return _FUNCTIONS["linear"]
    return lookup(identifier, {**_FUNCTIONS, **_ALIASES}, "activation function")


def _name(activation):
    try:
        return _NAMES.get(activation)
    except TypeError:  # not hashable
        return None


def op_name(activation):
    """Return the name of the compiled operation that `activation` is, or None for any other.

    A layer uses it to compute the activation in the same pass as the product.
    """
    name = _name(activation)
    return name if name in _FUSED else None


def serialize(activation):
    """Return the name of an activation; the description of a function of the user's own.

    Examples
    --------
    >>> serialize(get("swish"))
    'silu'
    """
    return _name(activation) or _objects.serialize(activation)


deserialize = deserialize_with(get)
