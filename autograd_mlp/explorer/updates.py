"""The optimizer's update as rows: gradient, state, step, new weight.

Nothing is computed here: the optimizer's own step is run, and its variables are read before and
after it.  Formulas come from the optimizer's class (`Optimizer.formulas`).
"""

import re

import numpy as np

from .._engine import Variable

NEW_WEIGHT = "new weight"


class _Watched:
    """What was seen of one variable's update."""

    def __init__(self, variable):
        self.variable = variable
        self.before = variable.numpy()
        self.gradient = self.start = self.stop = self.kind = None
        self.states = []        # (symbol, name, variable, before)
        self.gatherer = self.gathered = None    # of accumulated gradients: variable, before
        self.updates = True     # False on steps that only gather


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
    every = optimizer.gradient_accumulation_steps
    for seen in watched.values() if every else ():
        seen.gatherer = optimizer._gathered[optimizer._get_variable_index(seen.variable)]
        seen.gathered = seen.gatherer.numpy()
        seen.updates = step % every == 0
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
    rows = [_row("g", "gradient", "g = dL/dw", None, gradient), *_gradient_rows(
        optimizer, seen, gradient)]
    texts = type(optimizer).formulas
    if seen.start is not None and _differ(seen.start, seen.before):
        rows.append(_row("w", "weight decay", texts.get("weight_decay", ""), seen.before,
                         seen.start))
    if seen.stop is not None:
        rows += _step_rows(seen, equations(texts.get(seen.kind, "")))
    after = seen.variable.numpy()
    if seen.stop is None or _differ(seen.stop, after):
        rows.append(_last_row(optimizer, seen, after))
    return rows


def _gradient_rows(optimizer, seen, gradient):
    """What becomes of the gradient before the update."""
    texts, rows = type(optimizer).formulas, []
    done = [name for name in ("loss_scale_factor", "gradient_accumulation_steps", "clipnorm",
                              "global_clipnorm", "clipvalue") if getattr(optimizer, name)]
    if seen.gathered is not None:
        rows.append(_row("G", "gradients gathered", texts["gradient_accumulation_steps"],
                         seen.gathered, seen.gatherer.numpy()))
    if done and seen.updates and seen.gradient is not None:
        rows.append(_row("g", f"gradient after {', '.join(done)}",
                         ",  ".join(texts.get(name, "") for name in done), gradient,
                         seen.gradient))
    return rows


def _step_rows(seen, formulas):
    """State, step and new weight, in the order in which the formula has them."""
    order = [left for left, _ in formulas]
    states = [(order.index(symbol) if symbol in order else -1,
               _row(symbol, name, _equation(formulas, symbol), before, state.numpy()))
              for symbol, name, state, before in seen.states]
    states.sort(key=lambda entry: entry[0])
    symbols = {symbol for symbol, *_ in seen.states}
    shorthands = [text for left, text in formulas if left != "w" and left not in symbols]
    new = _equation(formulas, "w")
    at = order.index("w") if new else len(order)
    with np.errstate(all="ignore"):
        moved = seen.stop - seen.start
    return [*(row for place, row in states if place < at),
            _row("Δw", "step", ",  ".join([_step_formula(new), *shorthands]), None, moved),
            _row("w", NEW_WEIGHT, new, seen.start, seen.stop),
            *(row for place, row in states if place > at)]


def _last_row(optimizer, seen, after):
    """What happens to the weight after its update."""
    constraint = getattr(seen.variable, "constraint", None)
    names, texts = [], []
    if optimizer.use_ema:
        names.append("moving average")
        texts.append(type(optimizer).formulas["use_ema"])
    if constraint is not None:
        names.append("constraint")
        texts.append(f"w ← {getattr(constraint, '__name__', type(constraint).__name__)}(w)")
    return _row("w", " and ".join(names), ",  ".join(texts), seen.stop, after)


def _differ(a, b):
    return not np.array_equal(a, b, equal_nan=True)


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
