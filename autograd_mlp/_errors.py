"""Errors that teach: what was meant instead, and what an older spelling is called now."""

import functools
import inspect
import math
import re
import sys
import warnings

LESSON_WIDTH = 96
_CODE = re.compile(r"\([^()]{0,40}\)")     # a shape, or the arguments of a call


def lesson(first, *, where="", why="", use=""):
    """Return the text of an error: what is wrong, in one line; then where it is, why that cannot
    be, and what to do instead.

    The first line is the one that Keras prints, where Keras raises too, so that it can be looked
    up. The text is plain: colours would only be right on a terminal.

    Parameters
    ----------
    first : str
        One line.
    where : str
        The layer, the argument, the shapes; a line break begins a new line.
    why : str
        The rule.
    use : str
        Code that works, or what to look at.

    Examples
    --------
    >>> print(lesson("batch_size must be positive", where="fit(batch_size=0)", use="batch_size=32"))
    batch_size must be positive
      Where: fit(batch_size=0)
      Try:   batch_size=32
    """
    import textwrap  # not at the top: most programs never need it

    lines = [first]
    for label, text in (("Where:", where), ("Why:", why), ("Try:", use)):
        if text:
            text = _CODE.sub(lambda match: match[0].replace(" ", "\0"), text)   # stays in one line
            for line in text.split("\n"):
                lines.append(textwrap.fill(
                    line, LESSON_WIDTH, initial_indent=f"  {label:6} ", subsequent_indent=" " * 9,
                    break_long_words=False, break_on_hyphens=False).replace("\0", " "))
                label = ""
    return "\n".join(lines)


def number(owner, name, value, low=-math.inf, high=math.inf):
    """Return an argument as it is, or raise ValueError unless it is a number in a range.

    Examples
    --------
    >>> number("MaxNorm", "max_value", 2, low=0)
    2
    >>> number("MaxNorm", "max_value", "a", low=0)
    Traceback (most recent call last):
    ...
    ValueError: MaxNorm: expected `max_value` to be a number of at least 0, got 'a'.
    """
    try:
        found = math.nan if isinstance(value, (str, bytes, bool)) else float(value)
    except (TypeError, ValueError):
        found = math.nan
    if low <= found <= high:
        return value
    limits = f" from {low:g} to {high:g}" if -math.inf < low and high < math.inf else \
        f" of at least {low:g}" if low > -math.inf else \
        f" of at most {high:g}" if high < math.inf else ""
    raise ValueError(f"{owner}: expected `{name}` to be a number{limits}, got {value!r}.")


def did_you_mean(name, choices):
    """Return the end of a sentence about an unknown name: ``"; did you mean 'relu'?"``, or
    ``"."`` when nothing known looks like it.

    Examples
    --------
    >>> did_you_mean("rellu", ["relu", "selu", "tanh"])
    "; did you mean 'relu'?"
    >>> did_you_mean("adma", ["adamax", "adam"])        # two letters have changed places
    "; did you mean 'adam'?"
    >>> did_you_mean("xyzzy", ["relu", "selu", "tanh"])
    '.'
    """
    import difflib  # not at the top: most programs never need it

    spelled, typed = {}, str(name).lower()
    for choice in map(str, choices):
        spelled.setdefault(choice.lower(), choice)  # of mse and MSE, the first
    close = difflib.get_close_matches(typed, spelled, n=5, cutoff=0.6)
    close.sort(key=lambda choice: sorted(choice) != sorted(typed))      # the same letters first
    return f"; did you mean '{spelled[close[0]]}'?" if close else "."


def unknown_name(kind, name, choices, custom=()):
    """Build the ValueError for a name that is not among `choices`.

    Only the spelling that one would type is listed: of ``mean_squared_error``,
    ``MeanSquaredError`` and ``MSE``, the first.  Names in `custom` may be meant as well; they are
    not listed, since what was registered may be of any kind.
    """
    known = sorted({choice for choice in choices if choice == choice.lower()})
    meant = did_you_mean(name, [*known, *choices, *custom]).removeprefix("; ").removesuffix(".")
    return ValueError(lesson(f"Could not interpret {kind} identifier: {name}",
                             use=f"{meant}\nKnown names: {', '.join(known)}.".lstrip()))


def unknown_arguments(owner, arguments, said=None):
    """Build the ValueError for keyword arguments that the constructor of `owner` does not take.

    Parameters
    ----------
    owner : class
        The class whose ``__init__`` got them; the arguments of its bases count as known.
    arguments : dict
        What nobody took, by name.
    said : str, optional
        What the first line begins with.
    """
    said = said or f"Unrecognized keyword arguments passed to {owner.__name__}:"
    known = {}
    for cls in owner.__mro__:
        init = cls.__dict__.get("__init__")
        if init is not None and cls is not object:
            for name, parameter in inspect.signature(init).parameters.items():
                if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                    known[name] = None
    known.pop("self", None)
    answers = [f"'{name}' is unknown{did_you_mean(name, known)}" for name in arguments]
    return ValueError(lesson(
        f"{said} {arguments}",
        why=" ".join(answers), use=f"{owner.__name__} takes {', '.join(known)}."))


def mistyped(error, function):
    """Return a TypeError that says what was meant, if this one is about an unknown keyword.

    Parameters
    ----------
    error : TypeError
    function : callable
        Which raised it.
    """
    match = re.search(r"unexpected keyword argument '(\w+)'$", str(error))
    if match is None:
        return error
    names = list(inspect.signature(function).parameters)
    return unexpected(str(error), match[1], names)


def unexpected(said, name, names):
    """Build the TypeError for a keyword that a function does not take.

    Parameters
    ----------
    said : str
        The first line.
    name : str
        The keyword.
    names : list of str
        Those that there are.
    """
    meant = did_you_mean(name, names).strip("; .")
    return TypeError(lesson(said, use=f"{meant}\nIt takes {', '.join(names)}.".lstrip()))


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
    warn(f"{where}: '{old}' is an older spelling, write '{new}'.", DeprecationWarning)


def warn(message, category=UserWarning):
    """Warn; the line that is named is the user's, however many of this library's led here."""
    depth, frame = 2, sys._getframe(1)
    library = __name__.split(".")[0]
    while frame is not None and frame.f_globals.get("__name__", "").split(".")[0] == library:
        depth, frame = depth + 1, frame.f_back
    warnings.warn(message, category, stacklevel=depth)


class KeywordsChecked:
    """Base of classes whose constructors answer a mistyped keyword with the right one.

    Python's own TypeError names the keyword, but not what it was meant to be. A constructor that
    takes ``**kwargs`` knows best what to do with them: it is asked only whether something it
    needs is missing, as ``rate`` is in ``Dropout(rat=0.5)``.

    Examples
    --------
    >>> class Ramp(KeywordsChecked):
    ...     def __init__(self, slope=1.0):
    ...         self.slope = slope
    >>> Ramp(slop=2)    # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    TypeError: Ramp() got an unexpected keyword argument 'slop'; did you mean 'slope'? ...
    """

    def __new__(cls, *args, **kwargs):
        # copies and pickles come here without arguments, and never to __init__
        if kwargs or args and cls.__init__ is object.__init__:
            _check_keywords(cls, args, kwargs)
        return super().__new__(cls)


@functools.cache
def _keywords(init):
    """(keywords of a constructor, those without a default, whether it takes ``**kwargs``)."""
    parameters = list(inspect.signature(init).parameters.values())[1:]
    known = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    required = [p.name for p in parameters if p.name in known and p.default is p.empty]
    return known, required, any(p.kind == p.VAR_KEYWORD for p in parameters)


def _check_keywords(cls, args, kwargs):
    if cls.__init__ is object.__init__:     # which takes anything if there is a __new__
        raise TypeError(f"{cls.__name__}() takes no arguments, got "
                        f"{', '.join([*map(repr, args), *(f'{name}=' for name in kwargs)])}.")
    known, required, takes_any = _keywords(cls.__init__)
    unknown = [name for name in kwargs if name not in known]
    if not unknown:
        return
    takes = f"It takes {', '.join(known)}." if known else "It takes none."
    if not takes_any:
        name = unknown[0]
        raise TypeError(f"{cls.__name__}() got an unexpected keyword argument "
                        f"'{name}'{did_you_mean(name, known)} {takes}")
    missing = [name for name in required if name not in known[: len(args)] and name not in kwargs]
    answers = [f"'{name}' is unknown{did_you_mean(name, known)}" for name in unknown
               if missing and did_you_mean(name, known) != "."]
    if answers:
        raise TypeError(f"{cls.__name__}(): missing a required argument: '{missing[0]}'. "
                        f"{' '.join(answers)} {takes}")
