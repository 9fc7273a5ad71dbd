"""The data sets of the tutorials, each with `load_data`.

A file is looked up in the folder ``datasets/`` of ``$AUTOGRAD_MLP_HOME``, else of ``$KERAS_HOME``,
else of ``~/.keras``. If none has it, it is downloaded to the first of these that is set.
"""

from .._errors import did_you_mean
from . import boston_housing, california_housing, fashion_mnist, mnist, pima_indians, xor

__all__ = ["boston_housing", "california_housing", "fashion_mnist", "mnist", "pima_indians", "xor"]

_TEXTS = "it holds sequences of words, for which autograd_mlp has no layers."
_PICTURES = "it is for convolutional networks, which autograd_mlp does not have."
_NOT_HERE = {"imdb": _TEXTS, "reuters": _TEXTS, "cifar10": _PICTURES, "cifar100": _PICTURES}


def __getattr__(name):
    text = f"module 'autograd_mlp.datasets' has no attribute {name!r}"
    if name in _NOT_HERE:
        raise AttributeError(f"{text}: {_NOT_HERE[name]}")
    raise AttributeError(text + ("" if name.startswith("_") else did_you_mean(name, __all__)))
