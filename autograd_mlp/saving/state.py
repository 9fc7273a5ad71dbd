"""The state of a model as named places: which variables belong where in a file.

The names are those of Keras 3's ``model.weights.h5``. They follow from how the objects hold each
other, not from their names, so that two models of the same structure fit the same file:
``layers/dense_1/vars/0`` is the first variable of the second Dense of a Sequential;
``hidden/vars/0`` is that of ``self.hidden`` in a model or layer of your own.
"""

import functools
import math

import numpy as np

from .._errors import warn
from ..backend import snake_case
from ..layers.layer import Layer
from ..models.model import Model
from ..models.sequential import Sequential
from ..optimizers.optimizer import Optimizer
from ..random import SeedGenerator


def places(model):
    """Return ``[(path, object), ...]`` of everything in a model that has variables of its own.

    Each object comes once, under the first path at which Keras would meet it.

    Examples
    --------
    >>> from autograd_mlp import Input, Sequential, layers
    >>> model = Sequential([Input((2,)), layers.Dense(2), layers.Flatten(), layers.Dense(1)])
    >>> [path for path, _ in places(model)]
    ['', 'layers/dense', 'layers/flatten', 'layers/dense_1']
    """
    found, visited = [], set()

    def visit(thing, path):
        if id(thing) not in visited:
            visited.add(id(thing))
            found.append((path, thing))
            for name, child in _children(thing):
                child_path = f"{path}/{name}" if path else name
                if _has_state(child):
                    visit(child, child_path)
                elif isinstance(child, (list, tuple, dict)):
                    visit_all(child, child_path, set())

    def visit_all(container, path, containers):
        if id(container) in containers:
            return
        containers.add(id(container))
        counts = {}
        for child in list(container.values() if isinstance(container, dict) else container):
            if _has_state(child):
                visit(child, f"{path}/{_numbered(snake_case(type(child).__name__), counts)}")
            elif isinstance(child, (list, tuple, dict)):
                visit_all(child, f"{path}/{_numbered('container', counts)}", containers)

    visit(model, "")
    return found


def _has_state(thing):
    return isinstance(thing, SeedGenerator) or (hasattr(thing, "save_own_variables")
                                                and not isinstance(thing, type))


def _numbered(name, counts):
    """The name, or name_1, name_2, ... if it was there already."""
    number = counts[name] = counts.get(name, -1) + 1
    return f"{name}_{number}" if number else name


def _children(thing):
    if not isinstance(thing, Layer):
        return
    if isinstance(thing, Sequential):
        yield "layers", thing.layers
    children = {name: child for name, child in vars(thing).items() if name not in _bookkeeping()}
    if isinstance(thing, Model):
        children["layers"] = thing.layers
    for name in sorted(children, key=lambda name: f"~{name}" if name[0] == "_" else name):
        yield name, children[name]


@functools.cache
def _bookkeeping():
    """Attributes of the base classes, in which Keras does not look for layers either."""
    return {*vars(Layer(name="layer")), *vars(Sequential(name="model")), "_layers", "_input"}


def own_variables(thing):
    """Return the variables that an object has itself, in the order of its file entries."""
    if isinstance(thing, Layer):
        return [*thing._trainable_variables, *thing._non_trainable_variables]
    if isinstance(thing, Optimizer):
        return list(thing.variables)
    return [thing.state]  # a SeedGenerator


def _is_plain(thing):
    """Whether its variables are saved in order, without code of a subclass."""
    if isinstance(thing, SeedGenerator):
        return True
    base = next((base for base in (Layer, Optimizer) if isinstance(thing, base)), type(thing))
    return (type(thing).save_own_variables is base.save_own_variables
            and type(thing).load_own_variables is base.load_own_variables)


def read_out(model, with_optimizer=True):
    """Return ``{path: (name, {key: array})}`` of a whole model, to be written to a file."""
    state = {}
    for path, thing in places(model):
        if isinstance(thing, Optimizer) and not with_optimizer:
            continue
        if _is_plain(thing):
            store = {i: variable.numpy() for i, variable in enumerate(own_variables(thing))}
        else:
            store = {}
            thing.save_own_variables(store)
        arrays = {str(key): np.asarray(value) for key, value in store.items()}
        if isinstance(thing, Optimizer) and "0" in arrays:
            arrays["0"] = arrays["0"].astype(np.int64)  # the number of steps
        state[path] = getattr(thing, "name", None), arrays
    return state


# ------------------------------------------------------------------------------------ loading


def load(model, source, *, skip_mismatch=False, with_optimizer=True):
    """Copy what a source holds into a model; if anything does not fit, nothing is changed.

    Parameters
    ----------
    model : Model
    source
        With ``name`` (of the file, for errors), ``paths()``, ``entries(path)`` giving
        ``{key: (shape, dtype)}``, and ``read(path, key, shape)``.
    skip_mismatch : bool
        Leave objects that do not fit as they are, with a warning, instead of raising.
    with_optimizer : bool

    Raises
    ------
    ValueError
        Naming the layer, the shape it expects and what the file has.
    """
    plan, problems, known = [], [], set()
    for path, thing in places(model):
        known.add(path)
        entries = source.entries(path)
        if isinstance(thing, Optimizer) and (not with_optimizer or not entries):
            continue
        if not isinstance(thing, (Layer, Optimizer)) and not entries:
            continue  # Keras does not save the state of random numbers
        if not _is_plain(thing):
            plan.append((thing, {key: source.read(path, key, shape)
                                 for key, (shape, _) in entries.items()}))
            continue
        problem = _misfit(thing, path, entries)
        if problem is None:
            plan.append((thing, [source.read(path, str(i), variable.shape)
                                 for i, variable in enumerate(own_variables(thing))]))
        elif isinstance(thing, Optimizer):
            warn(f"{source.name}: the optimizer's state is not restored. {problem}")
        else:
            problems.append(problem)
    if problems:
        report(problems, source.name, skip_mismatch)
    unused = [path for path in source.paths() if path not in known and source.entries(path)
              and path.split("/")[0] != "optimizer" and "seed_generator" not in path]
    if unused:
        warn(
            f"{source.name} also holds weights of {', '.join(unused[:5])}"
            f"{', ...' if len(unused) > 5 else ''}, which model '{model.name}' does not have."
        )
    _carry_out(plan, source.name)


def _misfit(thing, path, entries):
    """Why a file's entries do not fit an object, or None."""
    variables = own_variables(thing)
    if isinstance(thing, Layer):
        who = f"layer '{thing.name}' (in the file: {path or 'the model itself'})"
    else:
        who = f"optimizer '{thing.name}'" if isinstance(thing, Optimizer) else f"'{path}'"
    if len(variables) != len(entries):
        hint = ""
        if isinstance(thing, Layer) and not thing.built:
            hint = " It is not built yet: call the model on data first, or begin it with Input."
        if isinstance(thing, Optimizer):
            hint = (" Train one step or call model.optimizer.build(model.trainable_variables) "
                    "before, if its state is to be loaded.")
        return (f"{who} has {len(variables)} variables, the file has {len(entries)} for "
                f"it.{hint}")
    for i, variable in enumerate(variables):
        if str(i) not in entries:
            return f"{who} expects variables numbered 0, 1, ..., the file has {sorted(entries)}."
        shape, dtype = entries[str(i)]
        if tuple(shape) != variable.shape:
            return (f"{who} expects shape {variable.shape} for '{variable.name}', the file "
                    f"has {tuple(shape)}.")
        if not fits(dtype, variable.dtype):
            return f"{who} expects {variable.dtype} for '{variable.name}', the file has {dtype}."
    return None


def fits(found, expected):
    kinds = {"f": "fiu", "i": "iu", "u": "iu", "b": "biu"}
    return np.dtype(found).kind in kinds.get(np.dtype(expected).kind, "")


def report(problems, name, skip_mismatch):
    text = "\n".join(f"         - {problem}" for problem in problems[:10])
    if len(problems) > 10:
        text += f"\n         - and {len(problems) - 10} more"
    if skip_mismatch:
        warn(f"{name}: left as they are, since they do not fit:\n{text}")
    else:
        raise ValueError(
            f"A total of {len(problems)} objects could not be loaded.\n"
            f"  Where: {name} does not fit this model, of which nothing was changed:\n{text}\n"
            "  Why:   A file of weights fits models that were built in the same way.\n"
            "  Try:   the same layers in the same order; skip_mismatch=True loads what fits")


def _carry_out(plan, name):
    """Assign; code of a subclass may still raise, then everything is put back."""
    before = []
    if not all(isinstance(values, list) for _, values in plan):
        before = [(v, v.numpy()) for thing, _ in plan for v in own_variables(thing)]
    try:
        for thing, values in plan:
            if isinstance(values, list):
                for variable, array in zip(own_variables(thing), values, strict=True):
                    variable.assign(array.astype(variable.dtype, copy=False))
            else:
                thing.load_own_variables(values)
    except BaseException as error:
        for variable, array in before:
            variable.assign(array)
        if isinstance(error, (ValueError, OSError)) or not isinstance(error, Exception):
            raise
        raise ValueError(f"{name}: {type(error).__name__} in load_own_variables: {error}") \
            from error


def count_bytes(shape, dtype):
    """Size in memory of an array."""
    return math.prod(shape) * np.dtype(dtype).itemsize
