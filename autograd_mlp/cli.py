"""The command line: ``python -m autograd_mlp run script.py``, or ``autograd_mlp run …``."""

import builtins
import io
import os
import runpy
import sys
from importlib.machinery import SourceFileLoader
from types import ModuleType

from ._errors import did_you_mean
from .faces import install_as_keras
from .versions import __version__, show_versions

USAGE = """\
usage: python -m autograd_mlp run SCRIPT [ARGUMENTS...]
       python -m autograd_mlp run -m MODULE [ARGUMENTS...]
       python -m autograd_mlp explain xor|pima|mnist [-o FILE] [--text] [--epochs N] [--open]
       python -m autograd_mlp rules [NAME...] [--html FILE]
       python -m autograd_mlp versions | --version | --help

run       runs a script written for Keras or TensorFlow as it is, in this Python:
          keras, tensorflow and tensorflow.keras are autograd_mlp, in the script
          and in the Python processes that it starts.  Whatever Keras or
          TensorFlow is installed is not imported.
explain   shows one training step of an example, forward and backward: writes a page
          for a browser, or with --text prints it
rules     prints the formula, derivative and shapes of every operation, or all that is
          known of those named; --html writes one page for a browser
versions  prints what is installed and which kernels run
"""
COMMANDS = ("run", "explain", "rules", "versions")


def main(arguments=None):
    """Do what the command line says.

    Parameters
    ----------
    arguments : list of str, optional
        ``sys.argv[1:]`` if not given.

    Raises
    ------
    SystemExit
        With status 2 if the arguments are wrong, 0 after ``--help`` and ``--version``; with
        whatever a script exits with.  Other exceptions of a script come through as they are.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    command = arguments[0] if arguments else "--help"
    if command in ("-h", "--help"):
        print(USAGE, end="")
    elif command == "--version":
        print(f"autograd_mlp {__version__}")
    elif command == "versions":
        show_versions()
    elif command == "explain":
        from .explorer import examples

        examples.main(arguments[1:])
    elif command == "rules":
        from .explorer import rules  # not at the top: `run` is to start quickly
        rules.main(arguments[1:])
    elif command == "run":
        run(arguments[1:])
    else:
        _complain(f"there is no command {command!r}{did_you_mean(command, COMMANDS)}"
                  + (" To run a script: python -m autograd_mlp run " + command
                     if command.endswith(".py") else ""))


def run(arguments):
    """Run a script, or a module after ``-m``, as Python itself would.

    Parameters
    ----------
    arguments : list of str
        The script and its arguments.
    """
    if not arguments:
        _complain("run needs a script: python -m autograd_mlp run script.py")
    first, rest = arguments[0], arguments[1:]
    if first in ("-h", "--help"):
        print(USAGE, end="")
    elif first == "-m":
        if not rest:
            _complain("-m needs the name of a module: python -m autograd_mlp run -m package.module")
        install_as_keras()
        sys.argv = rest         # run_module puts the file's path in the place of the name
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif first.startswith("-"):
        _complain(f"run does not know the option {first!r}; arguments of the script stand "
                  "after the script")
    else:
        run_script(first, rest)


def run_script(path, arguments):
    """Run a script file as ``__main__``.

    Its own module, ``sys.argv``, ``__file__`` and ``sys.path[0]`` are what they would be under
    ``python path arguments``, and stay: functions it leaves behind (atexit, threads) still find
    their globals, and worker processes find the script.  A traceback begins at the script.
    """
    full = os.path.abspath(path)
    try:
        with io.open_code(full) as file:
            source = file.read()
    except OSError as error:
        _complain(f"can't open the script {path!r}: {error.strerror}")
    sys.path[0] = os.path.dirname(os.path.realpath(path))
    install_as_keras()
    module = ModuleType("__main__")
    module.__file__, module.__builtins__ = full, builtins
    module.__loader__ = SourceFileLoader("__main__", full)
    sys.modules["__main__"] = module
    sys.argv = [path, *arguments]
    _begin_tracebacks_at(full)
    exec(compile(source, full, "exec", dont_inherit=True), module.__dict__)


def _begin_tracebacks_at(file):
    """Leave out of tracebacks what is above the script: this module, and runpy."""
    show = sys.excepthook

    def excepthook(kind, error, traceback):
        inside = traceback
        while inside is not None and inside.tb_frame.f_code.co_filename != file:
            inside = inside.tb_next
        if inside is None and not isinstance(error, SyntaxError):
            inside = traceback
        show(kind, error.with_traceback(inside), inside)

    sys.excepthook = excepthook


def _complain(sentence):
    """Say what is wrong with the command line, and leave."""
    print(f"autograd_mlp: {sentence}\n\n{USAGE}", end="", file=sys.stderr)
    sys.exit(2)
