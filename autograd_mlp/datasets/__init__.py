"""The data sets of the tutorials: ``mnist``, ``pima_indians`` and ``xor``, each with `load_data`.

A file is looked up in the folder ``datasets/`` of ``$AUTOGRAD_MLP_HOME``, else of ``$KERAS_HOME``,
else of ``~/.keras``. If none has it, it is downloaded to the first of these that is set.
"""

from . import mnist, pima_indians, xor

__all__ = ["mnist", "pima_indians", "xor"]
