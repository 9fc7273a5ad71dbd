"""Modules that hold nothing themselves, and the finder that gives them to ``import``."""

import importlib
import re
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

from .._errors import did_you_mean
from . import names

TOPS = ("keras", "tensorflow", "scikeras")

# tensorboard writes through TensorFlow if it can be imported, which it must not: this module, where
# tensorboard looks for it, tells it so.
_NO_TENSORFLOW = "tensorboard.compat.notf"


class Face(ModuleType):
    """A module under another name: its attributes are those of its sources, looked up when used.

    Attributes
    ----------
    sources : tuple of module
        Looked through in this order.
    """

    def __init__(self, name, sources):
        super().__init__(name, sources[0].__doc__)
        self.__path__ = []      # a package: then ``from face import name`` asks the finder
        self.sources = sources

    def __getattr__(self, name):
        if name == "__all__":
            return [n for n in dir(self) if not n.startswith("_")]
        if name.startswith("__"):
            raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'")
        dotted = f"{self.__name__}.{name}"
        answer = None
        for source in self.sources:
            try:
                found = getattr(source, name)
            except AttributeError as error:
                answer = answer or _taught(error, self.__name__)
                continue
            if not isinstance(found, ModuleType):       # what a source imports is not its own
                return found
        if names.sources(dotted) is not None:
            return importlib.import_module(dotted)
        raise AttributeError(names.absence(dotted) or answer or
                             f"module '{self.__name__}' has no attribute '{name}'"
                             f"{did_you_mean(name, dir(self))}")

    def __dir__(self):
        found = set(names.submodules(self.__name__))
        for source in self.sources:
            public = getattr(source, "__all__", None)
            found.update(public if public is not None else
                         [n for n in vars(source) if not n.startswith("_")])
        return sorted(found)

    def __reduce__(self):
        return importlib.import_module, (self.__name__,)

    def __repr__(self):
        return f"<module '{self.__name__}' (autograd_mlp {names.library().__version__})>"


def _taught(error, asked):
    """The message of an AttributeError, if it says more than that there is no such name."""
    text = str(error)
    plain = re.fullmatch(r"(module '[\w.]+' has no attribute|there is no \w+) '\w+'\.?", text)
    return None if plain else re.sub(r"^module '[\w.]+'", f"module '{asked}'", text)


class Finder:
    """Answers for ``keras…`` and ``tensorflow…``; see :mod:`autograd_mlp.faces`."""

    def find_spec(self, name, path=None, target=None):
        """The spec of a face; None for modules of other names.

        Raises
        ------
        ImportError
            For a module or a name that this library does not have, with the reason.
        """
        if name == _NO_TENSORFLOW:
            return ModuleSpec(name, self, origin="autograd_mlp")
        if name.partition(".")[0] not in TOPS:
            return None
        if names.sources(name) is not None:
            return ModuleSpec(name, self, origin="autograd_mlp", is_package=True)
        parent, _, last = name.rpartition(".")
        reason = names.absence(name)
        if reason is None:
            try:
                getattr(sys.modules[parent], last)
            except AttributeError as error:
                reason = str(error)
            else:
                reason = f"{name} is no module: write  from {parent} import {last}"
        raise ImportError(reason, name=parent)

    def create_module(self, spec):
        """An empty face."""
        if spec.name == _NO_TENSORFLOW:
            return None
        return Face(spec.name, tuple(map(importlib.import_module, names.sources(spec.name))))

    def exec_module(self, module):
        """Give a top module what is its own: its version."""
        version = names.version(module.__name__)
        if version is not None:
            module.__version__ = version


def install():
    """Ask the finder before all others; once."""
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())
