"""Errors that teach: sentences that several modules say."""

import inspect


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


def unknown_arguments(owner, arguments, *, unsupported=()):
    """Build the ValueError for keyword arguments that the constructor of `owner` does not take.

    Parameters
    ----------
    owner : class
        The class whose ``__init__`` got them; the arguments of its bases count as known.
    arguments : iterable of str
        The names that nobody took.
    unsupported : iterable of str
        Names that Keras has and this library does not (yet); they get an answer of their own.
    """
    known = {}
    for cls in owner.__mro__:
        init = cls.__dict__.get("__init__")
        if init is not None and cls is not object:
            for name, parameter in inspect.signature(init).parameters.items():
                if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                    known[name] = None
    known.pop("self", None)
    answers = []
    for name in arguments:
        if name in unsupported:
            answers.append(f"'{name}' is not supported in this version.")
        else:
            answers.append(f"'{name}' is unknown{did_you_mean(name, known)}")
    return ValueError(
        f"Unrecognized keyword arguments passed to {owner.__name__}: {' '.join(answers)} "
        f"It takes {', '.join(known)}."
    )
