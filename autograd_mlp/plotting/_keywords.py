"""Keywords that one method hands on to another."""

import functools
import inspect

from .._errors import did_you_mean


def passes_on(*receivers):
    """Decorate a method that hands keywords on: a mistyped one is answered before work begins.

    Parameters
    ----------
    receivers : str or callable
        Who gets the keywords that the method does not take itself: methods of the class by their
        names, or functions.

    Examples
    --------
    >>> class Picture:
    ...     @passes_on("plot")
    ...     def make(self, size=1, **how):
    ...         return self.plot(**how)
    ...     def plot(self, *, colour="black"):
    ...         return colour
    >>> Picture().make(colour="blue")
    'blue'
    >>> Picture().make(color="blue")
    Traceback (most recent call last):
    ...
    TypeError: Picture.make() got an unexpected argument 'color'; did you mean 'colour'? It takes \
size, colour.
    """

    def decorate(method):
        @functools.wraps(method)
        def checked(owner, *args, **kwargs):
            cls = owner if inspect.isclass(owner) else type(owner)
            known = _keywords(cls, checked)
            for name in kwargs:
                if name not in known:
                    raise TypeError(f"{cls.__name__}.{method.__name__}() got an unexpected "
                                    f"argument {name!r}{did_you_mean(name, known)} It takes "
                                    f"{', '.join(known)}.")
            return method(owner, *args, **kwargs)

        checked.receivers = receivers
        return checked

    return decorate


def _keywords(cls, function):
    """The keywords that a function takes, those that it hands on included."""
    if isinstance(function, str):
        found = inspect.getattr_static(cls, function)
        function = getattr(found, "__func__", found)
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    known = [name for name, parameter in inspect.signature(function).parameters.items()
             if parameter.kind in kinds and name not in ("self", "cls")]
    for receiver in getattr(function, "receivers", ()):
        known += [name for name in _keywords(cls, receiver) if name not in known]
    return known
