"""The library under the names ``keras``, ``tensorflow`` and ``scikeras``, so that scripts need no
change.

:func:`install_as_keras` makes ``import keras``, ``from tensorflow.keras.layers import Dense`` and
so on give this library, in this process and in the Python processes that it starts.  Two things
do that:

* A finder, first in ``sys.meta_path``, answers for every module of these names.  Python asks it
  before any folder is looked at, so an installed Keras or TensorFlow is neither imported nor looked
  for.  What it answers with is a *face*: a module that holds nothing itself, and looks names up in
  the modules of this library (`names` has the table).
* A folder with tiny packages of these names is put first on ``PYTHONPATH`` and second on
  ``sys.path``.  Every new Python process inherits the one (subprocesses, joblib's loky) or is
  handed the other (multiprocessing's spawn and forkserver), finds these packages before the
  installed ones, and importing one calls `install_as_keras` there.  Nothing is imported in a
  process that does not ask for Keras, and no ``sitecustomize`` of the machine is hidden.

A Python started with ``-I`` or ``-E`` ignores ``PYTHONPATH`` and is not reached.
"""

import os
import sys

# These stand on the path of processes started by this one.
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "on_path")
LIBRARY = os.path.abspath(os.path.join(FOLDER, *[os.pardir] * 3))


def install_as_keras():
    """Let ``keras``, ``tensorflow``, ``tensorflow.keras`` and ``scikeras`` mean this library.

    For notebooks and sessions; ``python -m autograd_mlp run script.py`` does the same for a script.
    Holds in this process and in those it starts, until it ends.  A second call does nothing.

    Raises
    ------
    RuntimeError
        If the real ``keras`` or ``tensorflow`` was imported before: names taken from it would
        stay what they are, and models made of both would not work.

    Examples
    --------
    >>> import autograd_mlp
    >>> autograd_mlp.install_as_keras()             # doctest: +SKIP
    >>> from tensorflow.keras.layers import Dense   # doctest: +SKIP
    >>> Dense.__module__                            # doctest: +SKIP
    'autograd_mlp.layers.dense'
    """
    from . import finder  # only now: most programs never need it

    for name in finder.TOPS:
        module = sys.modules.get(name)
        file = getattr(module, "__file__", None) or ""
        if module is not None and not isinstance(module, finder.Face) and not file.startswith(
                FOLDER):
            raise RuntimeError(
                f"{name} was imported already (from {file or 'a built-in module'}): call "
                "autograd_mlp.install_as_keras() before anything imports it; in a notebook, "
                "restart the kernel first")
    finder.install()
    _reach_new_processes()


def _reach_new_processes():
    """Put the folder on the path of the Python processes that this one starts.

    Behind it stands the folder this library was imported from, where that would not be on their
    path: the current one, that ``python -m`` looks into first.
    """
    folders = [FOLDER]
    if LIBRARY not in map(os.path.abspath, filter(None, sys.path)):
        folders.append(LIBRARY)
    sys.path[1:1] = [folder for folder in folders if folder not in sys.path]    # [0]: the script's
    inherited = list(filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)))
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [folder for folder in folders if folder not in inherited] + inherited)
