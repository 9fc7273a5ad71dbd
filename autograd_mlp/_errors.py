"""Errors that teach, and the one rule by which an identifier becomes an object.

Losses, metrics, activations, initializers and optimizers may all be named by a string, a class,
an instance, a function or a config dictionary. `lookup` holds that rule once for all of them.
"""

import inspect
import sys
import warnings


def did_you_mean(name, choices):
    """Return the end of a sentence about an unknown name: ``"; did you mean 'relu'?"``, or
    ``"."`` when nothing known looks like it.

    Examples
    --------
    >>> did_you_mean("rellu", ["relu", "selu", "tanh"])
    "; did you mean 'relu'?"
    >>> did_you_mean("xyzzy", ["relu", "selu", "tanh"])
    '.'
    """
    import difflib  # not at the top: most programs never need it

    spelled = {}
    for choice in map(str, choices):
        spelled.setdefault(choice.lower(), choice)  # of mse and MSE, the first
    close = difflib.get_close_matches(str(name).lower(), spelled, n=1, cutoff=0.6)
    return f"; did you mean '{spelled[close[0]]}'?" if close else "."


def unknown_name(kind, name, choices):
    """Build the ValueError for a name that is not among `choices`.

    Only the spelling that one would type is listed: of ``mean_squared_error``,
    ``MeanSquaredError`` and ``MSE``, the first.
    """
    known = sorted({choice for choice in choices if choice == choice.lower()})
    return ValueError(
        f"Could not interpret {kind} identifier: {name!r}{did_you_mean(name, choices)} "
        f"Known names: {', '.join(known)}."
    )


def unknown_arguments(owner, arguments):
    """Build the ValueError for keyword arguments that the constructor of `owner` does not take.

    Parameters
    ----------
    owner : class
        The class whose ``__init__`` got them; the arguments of its bases count as known.
    arguments : iterable of str
        The names that nobody took.
    """
    known = {}
    for cls in owner.__mro__:
        init = cls.__dict__.get("__init__")
        if init is not None and cls is not object:
            for name, parameter in inspect.signature(init).parameters.items():
                if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                    known[name] = None
    known.pop("self", None)
    answers = [f"'{name}' is unknown{did_you_mean(name, known)}" for name in arguments]
    return ValueError(
        f"Unrecognized keyword arguments passed to {owner.__name__}: {' '.join(answers)} "
        f"It takes {', '.join(known)}."
    )


def deprecated(old, new, where):
    """Warn that an older spelling was used; the line that used it is named.

    Parameters
    ----------
    old, new : str
        What was written, and what to write.
    where : str
        The class or method that it was given to.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     deprecated("lr=", "learning_rate=", "SGD")
    >>> print(caught[0].message)
    SGD: 'lr=' is an older spelling, write 'learning_rate='.
    """
    depth, frame = 2, sys._getframe(1)
    library = __name__.split(".")[0]
    while frame is not None and frame.f_globals.get("__name__", "").split(".")[0] == library:
        depth, frame = depth + 1, frame.f_back
    warnings.warn(f"{where}: '{old}' is an older spelling, write '{new}'.", DeprecationWarning,
                  stacklevel=depth)


def public_classes(namespace, base, without=()):
    """Return the classes of a module that derive from `base`, for its table of names.

    Parameters
    ----------
    namespace : dict
        ``globals()`` of the module.
    base : class
    without : tuple of class
        Helpers that have no name of their own for users.
    """
    return [
        found
        for name, found in namespace.items()
        if inspect.isclass(found)
        and issubclass(found, base)
        and found.__module__ == namespace["__name__"]
        and found not in (base, *without)
        and not name.startswith("_")
    ]


def lookup(identifier, choices, kind, *, base=()):
    """Turn an identifier into an object.

    Parameters
    ----------
    identifier : str, dict, class, instance or callable
        A name among `choices`; ``{"class_name": ..., "config": {...}}``; a class, which is
        instantiated without arguments; an instance of `base` or any callable, returned as it is.
    choices : dict of str to (class or callable)
        What the names stand for.
    kind : str
        How an error calls the thing, such as ``"loss"``.
    base : class or tuple of classes
        Instances of these are accepted although they may not be callable.

    Raises
    ------
    ValueError
        If the identifier is none of these; a mistyped name is answered with the nearest known one.

    Examples
    --------
    >>> lookup("swish", {"swish": abs}, "activation")
    <built-in function abs>
    """
    if isinstance(identifier, dict):
        return _from_config(identifier, choices, kind)
    found = identifier
    if isinstance(identifier, str):
        if identifier not in choices:
            raise unknown_name(kind, identifier, choices)
        found = choices[identifier]
    if inspect.isclass(found):
        found = found()
    if isinstance(found, base) or callable(found):
        return found
    raise ValueError(
        f"Could not interpret {kind} identifier: {identifier!r} of type "
        f"{type(identifier).__name__}. Expected a name, a class, an instance, a function "
        f"or a dictionary with the keys 'class_name' and 'config'."
    )


def _from_config(config, choices, kind):
    if "class_name" not in config:
        raise ValueError(
            f"A {kind} given as a dictionary needs the key 'class_name' (and usually 'config'), "
            f"got the keys {sorted(config)}."
        )
    name = config["class_name"]
    if name not in choices:
        raise unknown_name(kind, name, choices)
    found = choices[name]
    if not inspect.isclass(found):
        return found
    arguments = config.get("config") or {}
    if hasattr(found, "from_config"):
        return found.from_config(arguments)
    return found(**arguments)
