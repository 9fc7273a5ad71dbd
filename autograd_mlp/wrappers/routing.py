"""Which of an estimator's parameters goes where, and from names and classes to objects."""

import inspect

from .._errors import did_you_mean
from ..models import Sequential

# ``optimizer__learning_rate=0.1`` is the argument learning_rate of the optimizer, and so on.
PREFIXES = ("model", "compile", "optimizer", "loss", "metrics", "callbacks", "fit", "predict")


def routed(parameters, prefix):
    """The parameters called ``prefix__name``, by name.

    Examples
    --------
    >>> routed({"model__units": 3, "fit__epochs": 2}, "model")
    {'units': 3}
    """
    start = prefix + "__"
    return {name[len(start):]: value for name, value in parameters.items()
            if name.startswith(start)}


def parameters_of(function):
    """Names of what a function takes by keyword, and whether it takes any name."""
    found = inspect.signature(function).parameters.values()
    names = [p.name for p in found if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    return names, any(p.kind is p.VAR_KEYWORD for p in found)


def check_names(owner, extra, model, known):
    """Raise ValueError unless somebody takes each of the extra parameters of an estimator.

    Parameters
    ----------
    owner : str
        Class of the estimator, for the message.
    extra : iterable of str
        Parameters beyond those of the constructor.
    model : callable or Model or None
        What builds the model: its arguments may be given without a prefix.
    known : list of str
        Parameters of the constructor.
    """
    takes = list(parameters_of(Sequential.fit)[0][1:])
    if callable(model) and not hasattr(model, "fit"):
        names, anything = parameters_of(model)
        if anything:
            return
        takes += names
    for name in extra:
        prefix = name.split("__", 1)[0]
        if name not in takes and not ("__" in name and prefix in PREFIXES):
            choices = [*known, *takes, *(p + "__…" for p in PREFIXES)]
            raise ValueError(
                f"{owner}: {name!r} is not a legal parameter: neither the model function nor "
                f"fit() takes it{did_you_mean(name, choices)} Arguments may also be addressed as "
                f"{', '.join(p + '__name' for p in PREFIXES)}.")


def made(item, arguments, get=None):
    """Give arguments to what they are meant for.

    Parameters
    ----------
    item : class, str, instance, or a list or dict of these
        A class is called with the arguments; a name is looked up by `get` if there are any;
        elements of a list or dict get those that begin with their position or key
        (``callbacks__0__patience``), and those without.
    arguments : dict
    get : callable, optional
        From a name to an instance.
    """
    if isinstance(item, (list, tuple)):
        return [made(part, _for_part(str(i), len(item), arguments), get)
                for i, part in enumerate(item)]
    if isinstance(item, dict):
        return {key: made(part, _for_part(str(key), len(item), arguments), get)
                for key, part in item.items()}
    if isinstance(item, str) and get is not None and arguments:
        item = type(get(item))
    if inspect.isclass(item):
        return item(**arguments)
    if arguments:
        raise ValueError(f"arguments {sorted(arguments)} cannot be given to {item!r}: it exists "
                         "already. Give its class or its name instead.")
    return item


def _for_part(key, parts, arguments):
    mine = routed(arguments, key)
    return {name: value for name, value in arguments.items()
            if "__" not in name} | mine
