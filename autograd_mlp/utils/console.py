"""Writing to standard output, where it may not be a terminal and may not know every character."""

import os
import sys

# What stands for characters that the output's encoding has not got.
_PLAIN = str.maketrans({"━": "=", "─": "-", "│": "|", "┃": "|", "…": "."})
_PLAIN |= dict.fromkeys(map(ord, "┏┓┡┩└┘├┤┳┴╇┼"), "+")

_interactive = True
_open_on = None         # the stream on which a line stands that is to be written over


def enable_interactive_logging():
    """Print progress and messages to standard output, as at first."""
    global _interactive
    _interactive = True


def disable_interactive_logging():
    """Give progress and messages to ``logging.getLogger("autograd_mlp")`` instead of printing."""
    global _interactive
    _interactive = False


def is_interactive_logging_enabled():
    """Return whether progress and messages are printed.

    Examples
    --------
    >>> is_interactive_logging_enabled()
    True
    """
    return _interactive


def write(text):
    """Write text to standard output at once; box-drawing characters that the encoding lacks
    become ASCII, and a message does not stand behind a bar that is not finished."""
    global _open_on
    if not _interactive:
        import logging

        if text.strip():
            logging.getLogger("autograd_mlp").info(text.strip("\n"))
        return
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = text.translate(_PLAIN)
    over = text.startswith("\r")
    if _open_on is sys.stdout and not over and not text.startswith("\n"):
        text = "\n" + text
    _open_on = sys.stdout if over and not text.endswith("\n") else None
    sys.stdout.write(text)
    sys.stdout.flush()


def is_live():
    """Return whether a line written to standard output can be written over: on a terminal, and in
    a notebook, whose output stream is not a terminal but does it too.

    A terminal that calls itself dumb (``TERM=dumb``: an editor's shell buffer, for example) cannot.
    """
    isatty = getattr(sys.stdout, "isatty", None)
    if not _interactive:
        return False
    if isatty is not None and isatty():
        return os.environ.get("TERM") != "dumb"
    return type(sys.stdout).__module__.split(".")[0] == "ipykernel"


def has_colours():
    """Return whether text on standard output may be coloured or bold: where `is_live`, unless the
    environment variable ``NO_COLOR`` is set to anything (no-color.org)."""
    return is_live() and not os.environ.get("NO_COLOR")


def columns():
    """Return how many characters a line of the terminal holds, 80 if nothing is known."""
    import shutil  # not at the top: it takes long to import, and many programs print no line

    return shutil.get_terminal_size().columns
