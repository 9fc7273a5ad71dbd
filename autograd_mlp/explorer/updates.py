"""The optimizer's update as rows: gradient, state, step, new weight.

Nothing is computed here: the optimizer's own step is run, and its variables are read before and
after it.  Formulas come from the optimizer's class (`Optimizer.formulas`).
"""

import re

import numpy as np

from .._engine import Variable


class _Watched:
    """What was seen of one variable's update."""

    def __init__(self, variable):
        self.variable = variable
        self.before = variable.numpy()
        self.gradient = self.start = self.stop = self.kind = None
        self.states = []        # (symbol, name, variable, before, after)


def watched_step(optimizer, gradients, variables):
    """Do the optimizer's step, and say what happened to each variable.

    Parameters
    ----------
    optimizer : Optimizer
        Built.
    gradients : list of Tensor
        As backward gave them, of the loss times ``loss_scale_factor`` if there is one.
    variables : list of Variable

    Returns
    -------
    list of dict
        One per variable, as ``updates`` of the document, with the variable itself as ``tensor``.
    """
    watched = {id(v): _Watched(v) for v in variables}
    step = int(optimizer._iterations.numpy()) + 1
    rate = float(np.asarray(optimizer._rate_of_step()))
    _run(optimizer, watched, gradients, variables)
    entries = []
    for gradient, variable in zip(gradients, variables, strict=True):
        seen = watched[id(variable)]
        entries.append({
            "tensor": variable, "optimizer": type(optimizer).__name__, "step": step,
            "learning_rate": rate, "rows": _rows(optimizer, seen, gradient.numpy()),
            "before": seen.before, "after": variable.numpy()})
    return entries


def _run(optimizer, watched, gradients, variables):
    """``optimizer.apply`` with its two methods for single variables listened to."""
    update_step, update = optimizer.update_step, optimizer._update

    def listening_step(gradient, variable, learning_rate):
        seen = watched[id(variable)]
        seen.gradient, seen.start = gradient.numpy(), variable.numpy()
        states = _states_of(optimizer, variable)
        before = [state.numpy() for state in states]
        update_step(gradient, variable, learning_rate)
        seen.stop = variable.numpy()
        seen.states = [(*_names_of(optimizer, state, variable), state, old)
                       for state, old in zip(states, before, strict=True)]

    def listening_update(kind, gradient, variable, *others):
        watched[id(variable)].kind = kind
        update(kind, gradient, variable, *others)

    own = optimizer.__dict__
    kept = {name: own[name] for name in ("update_step", "_update") if name in own}
    own["update_step"], own["_update"] = listening_step, listening_update
    try:
        optimizer.apply(gradients, variables)
    finally:
        del own["update_step"], own["_update"]
        own.update(kept)


def _states_of(optimizer, variable):
    """The state variables that belong to a variable, whatever lists the optimizer keeps them in."""
    index = optimizer._get_variable_index(variable)
    count = len(optimizer._trainable_variables)
    found = {}
    for name, value in vars(optimizer).items():
        if name in ("_averages", "_gathered", "_trainable_variables", "_variables"):
            continue
        if isinstance(value, (list, tuple)) and len(value) == count \
                and isinstance(value[index], Variable):
            found[id(value[index])] = value[index]
    return list(found.values())


def _names_of(optimizer, state, variable):
    """Symbol and name of a state variable: its own name without that of its weight."""
    owner = (getattr(variable, "path", None) or variable.name or "tensor").replace(
        "/", "_").replace(":", "_")
    name = state.name.removeprefix(owner + "_")
    return type(optimizer).symbols.get(name, name), name.replace("_", " ")


# ---- rows --------------------------------------------------------------------------------


def _rows(optimizer, seen, gradient):
    formulas = equations(type(optimizer).formulas.get(seen.kind, ""))
    rows = [_row("g", "gradient", "g = dL/dw", None, gradient)]
    if seen.gradient is not None and not np.array_equal(seen.gradient, gradient, equal_nan=True):
        names = [name for name in ("loss_scale_factor", "gradient_accumulation_steps", "clipnorm",
                                   "global_clipnorm", "clipvalue") if getattr(optimizer, name)]
        rows.append(_row("g", f"gradient after {', '.join(names)}",
                         ",  ".join(type(optimizer).formulas.get(name, "") for name in names),
                         gradient, seen.gradient))
    if seen.start is not None and not np.array_equal(seen.start, seen.before, equal_nan=True):
        rows.append(_row("w", "weight decay", type(optimizer).formulas.get("weight_decay", ""),
                         seen.before, seen.start))
    states = seen.states
    order = [left for left, _ in formulas]
    states = sorted(states, key=lambda s: order.index(s[0]) if s[0] in order else len(order))
    for symbol, name, state, before in states:
        rows.append(_row(symbol, name, _equation(formulas, symbol), before, state.numpy()))
    if seen.stop is not None:
        shorthands = [text for left, text in formulas
                      if left != "w" and left not in [s[0] for s in states]]
        step = _equation(formulas, "w")
        with np.errstate(all="ignore"):
            moved = seen.stop - seen.start
        rows.append(_row("Δw", "step", ",  ".join([_step_formula(step), *shorthands]), None,
                         moved))
        rows.append(_row("w", "new weight", step, seen.start, seen.stop))
    after = seen.variable.numpy()
    if seen.stop is None or not np.array_equal(seen.stop, after, equal_nan=True):
        constraint = getattr(seen.variable, "constraint", None)
        names, texts = [], []
        if optimizer.use_ema:
            names.append("moving average")
            texts.append(type(optimizer).formulas["use_ema"])
        if constraint is not None:
            names.append("constraint")
            texts.append(f"w ← {getattr(constraint, '__name__', type(constraint).__name__)}(w)")
        rows.append(_row("w", " and ".join(names), ",  ".join(texts), seen.stop, after))
    return rows


def _row(symbol, name, formula, before, after):
    return {"symbol": symbol, "name": name, "formula": formula, "before": before, "after": after}


def equations(formula):
    """The equations of an update's formula by their left sides.

    Examples
    --------
    >>> equations("m ← μ·m − η·g,  w ← w + m")
    [('m', 'm ← μ·m − η·g'), ('w', 'w ← w + m')]
    """
    return [(re.match(r"\S+", piece)[0], piece) for piece in formula.split(",  ") if piece]


def _equation(formulas, symbol):
    return next((text for left, text in formulas if left == symbol), "")


def _step_formula(formula):
    """``w ← w − η·g`` as ``Δw = −η·g``."""
    match = re.fullmatch(r"w ← w ([−+]) (.*)", formula)
    if match is None:
        return "Δw = new w − old w" if formula else ""
    return f"Δw = {'−' if match[1] == '−' else ''}{match[2]}"
