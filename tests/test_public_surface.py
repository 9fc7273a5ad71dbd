"""Every public name has a docstring, and so has every public method."""

import importlib
import inspect
import pkgutil
import re

import pytest

import autograd_mlp

SKIPPED = {"autograd_mlp.__main__"}


def public_modules():
    """The modules that users import from: no part of their path begins with an underscore."""
    yield autograd_mlp
    for found in pkgutil.walk_packages(autograd_mlp.__path__, "autograd_mlp."):
        if not any(part.startswith("_") for part in found.name.split(".")):
            yield found.name


def public_objects():
    """(qualified name, object) of all functions and classes in ``__all__`` of public modules."""
    seen = set()
    for name in sorted(m if isinstance(m, str) else m.__name__ for m in public_modules()):
        try:
            module = importlib.import_module(name)
        except ImportError:     # an extra that is not installed
            continue
        for attribute in getattr(module, "__all__", ()):
            found = getattr(module, attribute)
            if (inspect.isclass(found) or callable(found)) and id(found) not in seen:
                seen.add(id(found))
                yield f"{name}.{attribute}", found


OBJECTS = dict(public_objects())


@pytest.mark.parametrize("name", OBJECTS)
def test_docstring(name):
    text = inspect.getdoc(OBJECTS[name])
    assert text, f"{name} has no docstring"


@pytest.mark.parametrize("name", [n for n, found in OBJECTS.items() if inspect.isclass(found)])
def test_methods(name):
    """Methods that users call are explained, in the class or in one it derives from."""
    missing = [attribute for attribute, found in vars(OBJECTS[name]).items()
               if not attribute.startswith("_") and (callable(found) or isinstance(found, property))
               and not inspect.isclass(found) and not inspect.getdoc(getattr(OBJECTS[name],
                                                                            attribute))]
    assert not missing, f"{name}: {missing} have no docstring"


def documented(cls):
    return "\n".join(inspect.getdoc(c) or "" for c in cls.__mro__ if c is not object)


@pytest.mark.parametrize("name", [n for n, found in OBJECTS.items() if inspect.isclass(found)])
def test_constructor_arguments(name):
    """Each argument of a constructor is named in the docstring, or in that of a base class."""
    init = vars(OBJECTS[name]).get("__init__")
    if init is None:
        return
    arguments = list(inspect.signature(init).parameters)[1:]
    text = documented(OBJECTS[name])
    missing = [a for a in arguments if not a.startswith("_") and a not in ("args", "kwargs", "name",
               "dtype") and not re.search(rf"\b{a}\b", text)]
    assert not missing, f"{name}: {missing} are not in the docstring"


@pytest.mark.parametrize("name", [n for n, found in OBJECTS.items()
                                  if inspect.isclass(found) and ".layers" in n])
def test_layers_tell_shapes(name):
    assert "shape" in inspect.getdoc(OBJECTS[name]) or "(B" in inspect.getdoc(OBJECTS[name])
