"""Writing to standard output, where it may not be a terminal and may not know every character."""

import sys

# What stands for characters that the output's encoding has not got.
_PLAIN = str.maketrans({"━": "=", "─": "-", "│": "|", "┃": "|", "…": "."})
_PLAIN |= dict.fromkeys(map(ord, "┏┓┡┩└┘├┤┳┴╇┼"), "+")

_interactive = True


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
    become ASCII."""
    if not _interactive:
        import logging

        if text.strip():
            logging.getLogger("autograd_mlp").info(text.strip("\n"))
        return
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = text.translate(_PLAIN)
    sys.stdout.write(text)
    sys.stdout.flush()


def is_live():
    """Return whether a line written to standard output can be written over: on a terminal, and in
    a notebook, whose output stream is not a terminal but does it too."""
    isatty = getattr(sys.stdout, "isatty", None)
    if not _interactive:
        return False
    if isatty is not None and isatty():
        return True
    return type(sys.stdout).__module__.split(".")[0] == "ipykernel"


def columns():
    """Return how many characters a line of the terminal holds, 80 if nothing is known."""
    import shutil  # not at the top: it takes long to import, and many programs print no line

    return shutil.get_terminal_size().columns
