"""How objects get names and names become objects: identifiers, configs, custom objects.

Losses, metrics, activations, initializers and optimizers may all be named by a string, a class,
an instance, a function or a config dictionary; `lookup` holds that rule once for all of them.
`serialize` and `deserialize` turn any of them into plain data and back, in the form Keras 3
writes to its files::

    {"module": "keras.initializers", "class_name": "HeNormal",
     "config": {"seed": None}, "registered_name": None}

Which classes a config may name is an allow-list: the public classes of this library, what was
registered with `register_keras_serializable`, and what the caller passes as `custom_objects`.
A module path read from a file is only ever compared with names in that list, never imported.
"""

import functools
import inspect
import types

import numpy as np

from ._errors import did_you_mean, lesson, unknown_name
from ._registry import (
    CustomObjectScope,
    custom_scope,
    get_registered_object,
    name_of_users,
    registered,
    scopes,
    setting,
)

# Keras's name of each module whose public classes a config may name, and ours.  The first that
# holds a class gives the name under which that class is written.
_MODULES = {
    "keras.layers": "layers",
    "keras": "",
    "keras.models": "models",
    "keras.losses": "losses",
    "keras.metrics": "metrics",
    "keras.optimizers": "optimizers",
    "keras.optimizers.schedules": "optimizers.schedules",
    "keras.optimizers.legacy": "optimizers.legacy",
    "keras.initializers": "initializers",
    "keras.regularizers": "regularizers",
    "keras.constraints": "constraints",
    "keras.activations": "activations",
    "keras.random": "random",
}
_NOT_FOR_CONFIGS = {"get", "resolve", "serialize", "deserialize"}


class UnknownObjectError(ValueError, TypeError):
    """A config names what nobody registered, or what does not take such a config.

    Keras raises TypeError here; a bad file is a ValueError for everybody else.
    """


def public_classes(namespace, base, without=()):
    """Return the classes of a module that derive from `base`, for its table of names.

    Parameters
    ----------
    namespace : dict
        ``globals()`` of the module.
    base : class
    without : tuple of class
        Helpers that have no name of their own for users.
    """
    return [
        found
        for name, found in namespace.items()
        if inspect.isclass(found)
        and issubclass(found, base)
        and found.__module__ == namespace["__name__"]
        and found not in (base, *without)
        and not name.startswith("_")
    ]


def lookup(identifier, choices, kind, *, base=()):
    """Turn an identifier into an object.

    Parameters
    ----------
    identifier : str, dict, class, instance or callable
        A name among `choices` or the custom objects; ``{"class_name": ..., "config": {...}}``;
        a class, which is instantiated without arguments; an instance of `base` or any callable,
        returned as it is.
    choices : dict of str to (class or callable)
        What the names stand for.
    kind : str
        How an error calls the thing, such as ``"loss"``.
    base : class or tuple of classes
        Instances of these are accepted although they may not be callable.

    Raises
    ------
    ValueError
        If the identifier is none of these; a mistyped name is answered with the nearest known one.

    Examples
    --------
    >>> lookup("swish", {"swish": abs}, "activation")
    <built-in function abs>
    """
    found = identifier
    if isinstance(identifier, dict):
        found = _from_config(identifier, choices, kind)
    elif isinstance(identifier, str):
        found = get_registered_object(identifier, module_objects=choices)
        if found is None:
            raise unknown_name(kind, identifier, choices, [*registered, *custom_scope()])
    if isinstance(found, type):
        found = found()
    if isinstance(found, base) or callable(found):
        return found
    raise ValueError(lesson(
        f"Could not interpret {kind} identifier: {identifier}",
        why=f"It is of type {type(identifier).__name__}. Expected a name, a class, an instance, a "
            f"function or a dictionary with the keys 'class_name' and 'config'.",
        use="the name in quotes, or the function or class itself, without parentheses"))


def _from_config(config, choices, kind):
    if "class_name" not in config:
        raise ValueError(
            f"A {kind} given as a dictionary needs the key 'class_name' (and usually 'config'), "
            f"got the keys {sorted(config)}."
        )
    name = config["class_name"]
    if str(name).startswith("__") or name == "function" and isinstance(config.get("config"), str):
        return deserialize(config)
    found = get_registered_object(config.get("registered_name")) or get_registered_object(name)
    if found is None and config.get("module") is not None:
        found = _public_class(config["module"], name)
    if found is None:
        found = choices.get(name) if isinstance(name, str) else None
    if found is None:
        raise unknown_name(kind, name, choices)
    return _instance(found, config) if inspect.isclass(found) else found


# ------------------------------------------------------------------- objects as plain data


@functools.cache
def _namespace(own_name):
    import importlib  # the names come from _MODULES above, not from a file

    try:
        return vars(importlib.import_module(f"{__package__}.{own_name}".rstrip(".")))
    except ModuleNotFoundError:
        return {}


def _public_class(module, name):
    """The class of this library that Keras calls ``module.name``, or None."""
    if not isinstance(module, str) or not isinstance(name, str) or name.startswith("_"):
        return None
    found = None
    if module in _MODULES:
        found = _namespace(_MODULES[module]).get(name)
    elif module.split(".")[0] in ("keras", "tf_keras", "tensorflow"):
        # older versions wrote where the source stood, such as keras.src.layers.core.dense
        for keras_name, own_name in _MODULES.items():
            if own_name and keras_name.rpartition(".")[2] in module.split("."):
                found = found or _namespace(own_name).get(name)
    ours = inspect.isclass(found) and found.__module__.split(".")[0] == __package__
    return found if ours and hasattr(found, "from_config") else None


def _public_function(name):
    if isinstance(name, str) and name not in _NOT_FOR_CONFIGS and name[:1] != "_":
        for own_name in ("activations", "losses", "metrics"):
            namespace = _namespace(own_name)
            found = namespace.get(name)
            if name in namespace["__all__"] and callable(found) and not inspect.isclass(found):
                return found
    return None


def public_name(cls):
    """Return the module and name under which Keras knows a class of this library, or None.

    Examples
    --------
    >>> from autograd_mlp import layers
    >>> public_name(layers.Dense)
    ('keras.layers', 'Dense')
    """
    cls = vars(cls).get("_saved_as", cls)
    if cls.__module__.split(".")[0] == __package__:
        for module, own_name in _MODULES.items():
            if _namespace(own_name).get(cls.__name__) is cls:
                return module, cls.__name__
    return None


def serialize(thing):
    """Return plain data (dicts, lists, strings, numbers) that describes an object.

    Parameters
    ----------
    thing : object with ``get_config``, function, array, number, str, None, or a nest of these
        A function is described by its name only: this library's own are found by it again, one
        of yours if it is registered or passed as `custom_objects`.

    Returns
    -------
    dict, list, str, number or None
        As Keras 3 writes it; see the example.

    Raises
    ------
    TypeError
        If the object has neither ``get_config`` nor a name.

    Examples
    --------
    >>> from autograd_mlp import initializers
    >>> serialize(initializers.Zeros())           # doctest: +NORMALIZE_WHITESPACE
    {'module': 'keras.initializers', 'class_name': 'Zeros', 'config': {},
     'registered_name': None}
    """
    from ._engine import Tensor

    if thing is None or isinstance(thing, (str, bool, int, float)):
        return thing
    if isinstance(thing, (list, tuple)):
        return type(thing)([serialize(item) for item in thing]) if type(thing) in (list, tuple) \
            else [serialize(item) for item in thing]
    if isinstance(thing, dict):
        return {key: serialize(value) for key, value in thing.items()}
    if isinstance(thing, bytes):
        return _special("bytes", value=thing.decode())
    if isinstance(thing, slice):
        return _special("slice", start=serialize(thing.start), stop=serialize(thing.stop),
                        step=serialize(thing.step))
    if thing is Ellipsis:
        return _special("ellipsis")
    if isinstance(thing, Tensor):
        return _special("tensor", value=thing.numpy().tolist(), dtype=str(thing.dtype))
    if isinstance(thing, np.dtype):
        return thing.name
    if isinstance(thing, np.ndarray) and thing.ndim:
        return _special("numpy", value=thing.tolist(), dtype=thing.dtype.name)
    if isinstance(thing, (np.generic, np.ndarray)):
        return thing.item()
    if hasattr(thing, "get_config") and not inspect.isclass(thing):
        return _serialize_object(thing)
    is_lambda = isinstance(thing, types.FunctionType) and thing.__name__ == "<lambda>"
    if is_lambda and getattr(scopes, "live", None) is None:
        from .saving.lambdas import dump

        return {"class_name": "__lambda__", "config": {"value": dump(thing)}}
    if not hasattr(thing, "__name__"):
        raise TypeError(
            f"Cannot serialize {thing!r} of type {type(thing).__name__}: it needs a method "
            "get_config() that returns the arguments of its constructor."
        )
    return {
        "module": "builtins",
        "class_name": "function",
        "config": name_of_users(thing) if _public_function(thing.__name__) is not thing
        else thing.__name__,
        "registered_name": "function",
    }


def _special(name, **config):
    return {"class_name": f"__{name}__", "config": config}


def _serialize_object(thing):
    config = thing.get_config()
    if not isinstance(config, dict):
        raise TypeError(
            f"{type(thing).__name__}.get_config() must return a dict, it returned {config!r}."
        )
    cls = type(thing)
    module, class_name = public_name(cls) or (cls.__module__, cls.__name__)
    found = {
        "module": None if module == "__main__" else module,
        "class_name": class_name,
        "config": serialize(config),
        "registered_name": None if public_name(cls) else name_of_users(cls),
    }
    for key in ("build_config", "compile_config"):
        get = getattr(thing, f"get_{key}", None)
        extra = get() if get is not None else None
        if extra is not None:
            found[key] = serialize(extra)
    written = getattr(scopes, "written", None)
    if written is not None:
        if id(thing) in written:
            found["shared_object_id"] = written[id(thing)][1]["shared_object_id"] = id(thing)
        written[id(thing)] = thing, found
    return found


def deserialize(config, custom_objects=None, safe_mode=True):
    """Return the object that `serialize` (here or in Keras) described.

    Parameters
    ----------
    config : dict, list, str, number or None
    custom_objects : dict, optional
        Names of your own classes and functions.
    safe_mode : bool
        Whether to refuse Python lambdas, whose code is in the config itself.

    Raises
    ------
    UnknownObjectError
        A ValueError and a TypeError: the config names nothing known, or its object cannot be made
        of it.
    ValueError
        For a lambda in safe mode.

    Examples
    --------
    >>> deserialize({"module": "keras.losses", "class_name": "Huber", "config": {}})
    <Huber name=huber_loss>
    """
    scope = getattr(scopes, "safe_mode", None)
    with CustomObjectScope(custom_objects), setting(
            safe_mode=safe_mode if scope is None else scope):
        return _deserialize(config)


def deserialize_with(get):
    """Return the ``deserialize(config, custom_objects=None)`` of a module, made of its `get`."""

    def deserialize(config, custom_objects=None):
        """Return the object that `serialize` described; names are found as by `get`."""
        with CustomObjectScope(custom_objects):
            return get(config)

    deserialize.__module__ = get.__module__
    return deserialize


def _deserialize(config):
    if isinstance(config, str):
        found = get_registered_object(config)
        return config if found is None else found
    if isinstance(config, (list, tuple)):
        return [_deserialize(item) for item in config]
    if not isinstance(config, dict):
        return config
    if "class_name" not in config or "config" not in config:
        return {key: _deserialize(value) for key, value in config.items()}
    name, inner = config["class_name"], config["config"]
    special = _SPECIAL.get(name) if isinstance(name, str) else None
    if special is not None:
        try:
            return special(inner or {})
        except (KeyError, TypeError, OverflowError) as error:
            raise UnknownObjectError(f"The config of a {name} does not fit: {error}") from error
    if name == "function":
        found = get_registered_object(inner) or _public_function(inner)
        if found is None:
            raise _not_found("function", inner)
        return found
    found = get_registered_object(config.get("registered_name")) or get_registered_object(name)
    if found is None and "module" in config:
        found = _public_class(config["module"], name)
    elif found is None:  # from before Keras 3: such a config stands for a layer or model
        found = _public_class("keras.layers", name) or _public_class("keras", name)
    if found is None:
        raise _not_found("class", name, config.get("module"))
    return _instance(found, config) if inspect.isclass(found) else found


def _not_found(kind, name, module=None):
    choices = _namespace(_MODULES[module]) if module in tuple(_MODULES) else {}
    choices = [name for name, found in choices.items() if inspect.isclass(found)]
    return UnknownObjectError(
        f"Could not find the {kind} {name!r} that a config names"
        f"{did_you_mean(name, choices)} Something of your own is "
        "found if it is decorated with @autograd_mlp.saving.register_keras_serializable() and "
        "imported before, or passed as custom_objects={'name': thing}."
    )


def _instance(cls, config):
    """The object of a class, built and compiled as its config says."""
    arguments = config.get("config")
    arguments = {} if arguments is None else arguments
    if not isinstance(arguments, dict):
        raise UnknownObjectError(
            f"The config of {cls.__name__} must be a dict, got {type(arguments).__name__}."
        )
    read, shared = getattr(scopes, "read", None), config.get("shared_object_id")
    if read is not None and isinstance(shared, int) and isinstance(read.get(shared), cls):
        return read[shared]
    make = cls.from_config if hasattr(cls, "from_config") else lambda config: cls(**config)
    try:
        thing = make(dict(arguments))
    except UnknownObjectError:
        raise  # of an object inside
    except (TypeError, KeyError, AttributeError, IndexError) as error:
        hint = "" if public_name(cls) else \
            " If its config holds other objects, its from_config has to deserialize them."
        raise UnknownObjectError(
            f"{cls.__name__} cannot be made of the config {shortened(arguments)}: "
            f"{type(error).__name__}: {error}.{hint}"
        ) from error
    build_config, compile_config = config.get("build_config"), config.get("compile_config")
    if build_config and not getattr(thing, "built", True):
        thing.build_from_config(build_config)
    if compile_config:
        thing.compile_from_config(compile_config)
    if read is not None and shared is not None:
        read[shared] = thing
    return thing


def shortened(value):
    """The repr of a config, at most a few lines of it."""
    text = repr(value)
    return text if len(text) < 300 else f"{text[:300]}..."


def _tensor(config):
    from ._engine import Tensor

    return Tensor(_array(config))


def _array(config):
    dtype = np.dtype(config["dtype"])
    if dtype.kind not in "biuf":
        raise UnknownObjectError(f"An array of dtype {dtype} in a config; expected numbers.")
    return np.array(config["value"], dtype=dtype)


def _lambda(config):
    if getattr(scopes, "safe_mode", True) is not False:
        raise ValueError(
            "This config holds a Python lambda, whose code would run on this computer. If you "
            "trust who wrote it, pass safe_mode=False; better, use a named function and "
            "register_keras_serializable."
        )
    from .saving.lambdas import load

    return load(config["value"])


_SPECIAL = {
    "__tensor__": _tensor,
    "__numpy__": _array,
    "__bytes__": lambda config: config["value"].encode(),
    "__slice__": lambda config: slice(*(config[part] for part in ("start", "stop", "step"))),
    "__ellipsis__": lambda config: Ellipsis,
    "__lambda__": _lambda,
}
