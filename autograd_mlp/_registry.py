"""Custom objects: what users add to the names that configs and files may hold.

`register_keras_serializable` adds for good, `custom_object_scope` for the length of a ``with``
block. Scopes belong to the thread that opened them.
"""

import contextlib
import inspect
import threading

registered = {}        # "package>name" → class or function
registered_names = {}  # class or function → "package>name"
scopes = threading.local()  # .custom: of custom_object_scope; .safe_mode; .written, .read: shared


def register_keras_serializable(package="Custom", name=None):
    """Return a decorator that lets configs and files name a class or function of your own.

    Parameters
    ----------
    package : str
    name : str, optional
        The object's own name if not given. Files call it ``package>name``.

    Raises
    ------
    ValueError
        By the decorator, for a class without ``get_config``.

    Examples
    --------
    >>> @register_keras_serializable("mine")
    ... def cubed(x):
    ...     return x * x * x
    >>> get_registered_name(cubed)
    'mine>cubed'
    >>> get_registered_object("mine>cubed") is cubed
    True
    """

    def decorator(thing):
        if inspect.isclass(thing) and not hasattr(thing, "get_config"):
            raise ValueError(
                f"Cannot register {thing.__name__}: it has no method get_config(), so it could "
                "be named in a file but not be made again."
            )
        key = f"{package}>{thing.__name__ if name is None else name}"
        registered[key] = thing
        registered_names[thing] = key
        return thing

    return decorator


def get_registered_name(thing):
    """Return the name under which a class or function was registered, else its own."""
    try:
        found = registered_names.get(thing)
    except TypeError:  # not hashable
        found = None
    return found or thing.__name__


def get_registered_object(name, custom_objects=None, module_objects=None):
    """Return what `name` stands for among the custom objects, or None.

    Asked in this order: the ``custom_object_scope`` around, what was registered,
    `custom_objects`, `module_objects`.
    """
    for table in (custom_scope(), registered, custom_objects, module_objects):
        if table and isinstance(name, str) and name in table:
            return table[name]
    return None


def get_custom_objects():
    """Return the dict of everything registered; entries put into it count as registered."""
    return registered


class CustomObjectScope:
    """Within ``with custom_object_scope({"name": thing}):`` names and configs find `thing`.

    Parameters
    ----------
    custom_objects : dict of str to (class or function)

    Examples
    --------
    >>> from autograd_mlp import activations
    >>> with CustomObjectScope({"double": lambda x: 2 * x}):
    ...     double = activations.get("double")
    >>> double(4)
    8
    """

    def __init__(self, custom_objects):
        self.custom_objects = dict(custom_objects or {})
        self._outer = []

    def __enter__(self):
        outer = custom_scope()
        self._outer.append(outer)
        scopes.custom = {**outer, **self.custom_objects}
        return self

    def __exit__(self, *error):
        scopes.custom = self._outer.pop()


custom_object_scope = CustomObjectScope


def custom_scope():
    return getattr(scopes, "custom", {})


@contextlib.contextmanager
def setting(**values):
    before = {name: getattr(scopes, name, None) for name in values}
    vars(scopes).update(values)
    try:
        yield
    finally:
        vars(scopes).update(before)


def sharing():
    """Within this scope an object that is met twice is written once and made once."""
    return setting(written={}, read={})


@contextlib.contextmanager
def live_objects():
    """Yield a dict; within this scope `serialize` names things of the user's by a key in it.

    So a config that never leaves the process may hold any function and class.
    """
    live = {}
    with setting(live=live):
        yield live


def name_of_users(thing):
    """Return the name by which a config calls a class or function of the user's."""
    live = getattr(scopes, "live", None)
    name = get_registered_name(thing)
    if live is not None:
        name = f"{name}@{id(thing)}"
        live[name] = thing
    return name


def enable_unsafe_deserialization():
    """Let configs hold Python lambdas, as if every call had ``safe_mode=False``.

    Whoever wrote such a config can run any code on this computer.
    """
    scopes.safe_mode = False


@contextlib.contextmanager
def memory_budget(most):
    """Within this scope new weights may take `most` bytes together; None is no limit."""
    with setting(bytes_left=most):
        yield


def charge(size):
    """Count the bytes of a new weight towards the budget of the scope around.

    Raises
    ------
    ValueError
        If they are more than is left: the config read from a file asks for more than the file
        can fill.
    """
    left = getattr(scopes, "bytes_left", None)
    if left is not None:
        if size > left:
            raise ValueError(
                f"the config asks for a weight of {size} bytes, more than the file's weights "
                f"can fill ({left} bytes are left)"
            )
        scopes.bytes_left = left - size
