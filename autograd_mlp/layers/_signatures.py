"""What can be known of a layer's methods from their signatures, looked at once per class."""

import functools
import inspect

_EMPTY = inspect.Parameter.empty
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
# What Layer takes itself: no part of a configuration that is made from a subclass's arguments.
_OF_LAYER = ("name", "trainable", "dtype", "activity_regularizer", "autocast", "input_shape",
             "input_dim", "batch_input_shape", "weights")  # fmt: skip


@functools.cache
def training_argument(call):
    """(whether a `call` takes ``training``, what it takes if that is not said)."""
    for p in inspect.signature(call).parameters.values():
        if p.kind is p.VAR_KEYWORD:
            return True, None
        if p.name == "training":
            return True, None if p.default is _EMPTY or p.default is None else bool(p.default)
    return False, None


@functools.cache
def parameters(method):
    """Names of what a method takes besides ``self``, without ``*args`` and ``**kwargs``."""
    found = [p.name for p in inspect.signature(method).parameters.values()
             if p.kind in (p.POSITIONAL_ONLY, *_NAMED)]
    return tuple(found[1:])


@functools.cache
def _signature(cls):
    return inspect.signature(cls.__init__)


def takes(cls, name):
    """Whether the constructor of a class has an argument of this name, or takes any."""
    return any(p.name == name or p.kind is p.VAR_KEYWORD
               for p in _signature(cls).parameters.values())


# An example of each argument that some layer cannot be made without.
_EXAMPLES = {"units": "12", "activation": '"relu"', "rate": "0.5", "stddev": "0.1",
             "scale": "1 / 255", "target_shape": "(28, 28)", "dims": "(2, 1)", "n": "3",
             "input_dim": "1000", "output_dim": "8", "function": "lambda x: x"}


def example_call(cls):
    """The class with its parentheses: how one of its layers may be made.

    Examples
    --------
    >>> from autograd_mlp import layers
    >>> example_call(layers.Dense), example_call(layers.Flatten)
    ('Dense(12)', 'Flatten()')
    """
    # units has a default for the sake of its older name
    needed = [p.name for p in list(_signature(cls).parameters.values())[1:]
              if p.kind in _NAMED and (p.default is _EMPTY or p.name == "units")]
    return f"{cls.__name__}({', '.join(_EXAMPLES.get(name, '…') for name in needed)})"


def constructor_arguments(cls, args, kwargs):
    """The arguments of a constructor call by name, if a configuration can hold them.

    Returns
    -------
    dict or str
        A str says why there is none.
    """
    try:
        bound = _signature(cls).bind(None, *args, **kwargs)
    except TypeError:
        return "its constructor did not take what it was given"
    bound.apply_defaults()
    found = {}
    for name, p in list(_signature(cls).parameters.items())[1:]:
        value = bound.arguments[name]
        if p.kind is p.VAR_KEYWORD:
            found.update(value)
        elif p.kind is p.POSITIONAL_ONLY or (p.kind is p.VAR_POSITIONAL and value):
            return f"its constructor takes '{name}' only by position"
        elif p.kind is not p.VAR_POSITIONAL:
            found[name] = value
    for name in _OF_LAYER:
        found.pop(name, None)
    for name, value in found.items():
        if not _is_plain(value):
            return f"its argument '{name}' is a {type(value).__name__}, no plain number or string"
    return found


def _is_plain(value):
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    return isinstance(value, (str, int, float, bool, type(None)))
