"""An operation's own entry read for people: letters of its inputs, parts of its backward rule.

Nothing is known here about single operations: everything follows from the text of the entry
(formula, vector-Jacobian product) and the names of the function's parameters.
"""

import inspect
import re
import unicodedata
from functools import lru_cache

from .._engine import OPS
from . import numbers
from .derivatives import mixes_cells

_WORD = "A-Za-zͰ-Ͽℓ"         # what names in formulas are made of; ᵀ, ᵢ, ², ̂ follow a name
_LOGITS = ";  from logits "
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def formula_of(node):
    """The forward formula of a call, for the arguments it got."""
    return node.op.formula


def vjp_of(node):
    """The backward rule of a call: the part for its arguments where the entry gives two."""
    probabilities, _, logits = node.op.vjp.partition(_LOGITS)
    return logits if logits and (node.arguments or {}).get("from_logits") else probabilities


@lru_cache
def parts_of(vjp):
    """The equations of a backward rule.

    Returns
    -------
    list of (str or None, str)
        Left side and whole equation: ``("dW", "dW = xᵀ·dz")``; None for a rule in words.

    Examples
    --------
    >>> parts_of("dz = dy · f′(z):  dW = xᵀ·dz,  dx = dz·Wᵀ")
    [('dz', 'dz = dy · f′(z)'), ('dW', 'dW = xᵀ·dz'), ('dx', 'dx = dz·Wᵀ')]
    >>> parts_of("dy to the larger")
    [(None, 'dy to the larger')]
    """
    found = []
    for piece in re.split(r"(?<=[:,;])  ", vjp):
        piece = re.sub(r"[:,;]$", "", piece)
        match = re.match(r"(\S+) \+?= ", piece)
        if match is None and found and found[-1][0] is not None:
            found[-1] = (found[-1][0], f"{found[-1][1]},  {piece}")     # "…,  x̂ of each row"
        else:
            found.append((match and match[1], piece))
    return found


def letters_of(node):
    """The letter of each input of a call in its operation's formulas.

    Returns
    -------
    list of str
        ``["x", "W", "b"]`` of a dense layer.
    """
    letters = _letters(node.op, vjp_of(node))
    if "ᵢ" in letters[0]:
        return [letters[0].replace("ᵢ", str(i + 1).translate(_SUBSCRIPTS))
                for i in range(len(node.inputs))]
    return [letters[i] if i < len(letters) else "seed" for i in range(len(node.inputs))]


def _in_formulas(node):
    """How many of the inputs the formulas speak of: not the state that random numbers follow."""
    return len(node.inputs) if "ᵢ" in _letters(node.op, vjp_of(node))[0] else min(
        len(node.inputs), max(len(node.op.differentiable), 1))


@lru_cache
def _letters(op, vjp):
    targets = [re.sub(r"\[.*", "", left)[1:] for left, _ in parts_of(vjp)
               if left is not None and left.startswith("d") and len(left) > 1]
    targets = [t for t in dict.fromkeys(targets) if _is_input(t, op, vjp)]
    names = _parameters(op)
    if targets and "ᵢ" in targets[0] and len(op.differentiable) == 1:
        return [targets[0]]
    count = max(len(op.differentiable), 1)
    names = (names + [f"x{i + 1}" for i in range(count)])[:count]
    found = [None] * count
    for i, name in enumerate(names):        # x, w → W, gamma → γ
        for target in targets:
            if target.casefold() in (name.casefold(), _greek(name)):
                found[i] = target
    rest = [t for t in targets if t not in found]
    for i in range(count):
        if found[i] is None and op.differentiable[i] and rest:
            found[i] = rest.pop(0)
    if len(targets) > sum(op.differentiable):       # a rule of several parts for one input
        return names
    others = [t for t in _names_on_the_right(op.formula) if t not in targets]
    for i in range(count):
        if found[i] is None:
            initials = {names[i], *(part[:1] for part in names[i].split("_")[1:])}  # y_true → t
            free = [t for t in others if t not in found]
            found[i] = next((t for t in free if t in initials), free[0] if free else names[i])
    return found


def _is_input(target, op, vjp):
    """Whether d + target is a gradient of an input, not a shorthand within the rule.

    A shorthand stands before a colon, and the rule of a loss from logits calls its input z.
    """
    shorthand = vjp.partition(":  ")[0] if ":  " in vjp else ""
    return not shorthand.startswith(f"d{target} =")


def _parameters(op):
    function = op.rule or op.function
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []


def _greek(name):
    try:
        return unicodedata.lookup(f"GREEK SMALL LETTER {name.upper()}")
    except KeyError:
        return None


def _names_on_the_right(formula):
    """Names that a formula works on: neither functions nor shorthands, nor C, the row's length."""
    right = formula.partition("=")[2]
    words = re.findall(rf"[{_WORD}]+(?![{_WORD}\u0302(])", right)
    shorthands = re.findall(rf",  ([{_WORD}]+) =", right)
    return [w for w in dict.fromkeys(words)
            if w not in ("ln", "C", "Σ", "ε", "where", "else", *shorthands)]


def rule_for(node, letter):
    """This input's part of the backward rule, and what the shorthands in it stand for.

    Returns
    -------
    rule, where : str
        ``"dW = xᵀ·dz"`` and ``"dz = dy · f′(z)"``; `where` may be empty.
    """
    parts = parts_of(vjp_of(node))
    letters = letters_of(node)
    mine, others = [], []
    for left, equation in parts:
        if left is None or left.startswith("d") and re.sub(r"\[.*", "", left)[1:] in (
                letter, _general(letter)):
            mine.append(equation)
        elif not any(left == f"d{other}" for other in letters):
            others.append((left, equation))
    rule = ",  ".join(mine) or node.op.vjp
    needed = _needed(rule, others)
    inner = activation_rule((node.arguments or {}).get("activation"))
    if inner is not None and inner[1]:      # dz is not dy · f′(z) where f mixes cells
        needed = [(left, inner[0] if left == "dz" else equation) for left, equation in needed]
    return rule, ",  ".join(equation for _, equation in needed)


def activation_rule(name):
    """What the entry of an activation says of dz, the gradient of what goes into it.

    Returns
    -------
    rule : str
        ``"dz = dy · y·(1 − y)"`` of a sigmoid.
    by_rows : bool
        Whether it mixes the cells of a row, as softmax does.

    None for "linear", and for no name.
    """
    entry = OPS.get(name)
    if entry is None or name == "linear":
        return None
    return with_names(entry.vjp, {"x": "z"}), mixes_cells(entry)


def _needed(rule, shorthands):
    """The shorthands that a rule uses, and those that these use."""
    used = [rule]
    found = []
    for _ in shorthands:
        for left, equation in shorthands:
            if (left, equation) not in found and any(
                    re.search(_as_name(left), text.partition("=")[2]) for text in used):
                found.append((left, equation))
                used.append(equation)
    return [entry for entry in shorthands if entry in found]


def _general(letter):
    return re.sub(r"[₀-₉]+$", "ᵢ", letter)


def _as_name(name):
    return rf"(?<![{_WORD}_]){re.escape(name)}(?![{_WORD}\u0302_])"


def with_names(text, names):
    """A formula with other names for its letters, gradients (``dW``) among them.

    Examples
    --------
    >>> with_names("dW = xᵀ·dz", {"W": "W1", "x": "H1"})
    'dW1 = H1ᵀ·dz'
    >>> with_names("y = 1 / (1 + e⁻ˣ)", {"y": "H1", "x": "z1"})
    'H1 = 1 / (1 + e^(−z1))'
    """
    if not names:
        return text
    text = re.sub(f"[{''.join(_RAISED)}]+", lambda run: _lowered(run[0], names), text)
    pattern = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    # one pass, so that a new name is not taken for a letter
    return re.sub(rf"(?<![{_WORD}_])(d?)({pattern})(?![{_WORD}\u0302_])",
                  lambda match: match[1] + names[match[2]], text)


_RAISED = dict(zip("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹ˣᵛ", "−+0123456789xv", strict=True))


def _lowered(exponent, names):
    """A raised x or v that gets another name as ``^…``; other exponents stay."""
    plain = "".join(_RAISED[sign] for sign in exponent)
    if not any(letter in names for letter in plain):
        return exponent
    return f"^{plain}" if len(plain) == 1 else f"^({plain})"


def output_letter(node):
    """The letter of the output: what stands on the left of the formula, without an index."""
    left = formula_of(node).partition(" =")[0]
    return re.sub(r"[ᵢ\[].*", "", left) if re.fullmatch(rf"[{_WORD}]+[ᵢ\[]?.*", left) else "y"


def forward_shapes(node, output):
    """Shapes put into the formula: ``[4×2]·[2×8] + [8] → [4×8]``."""
    shapes = [numbers.shape(t.shape) for t in node.inputs[:_in_formulas(node)]]
    result = numbers.shape(output.shape)
    if node.op.family == "linalg":
        inside = re.sub(r"^f\((.*)\)$", r"\1", formula_of(node).partition(" = ")[2])
        named = dict(zip(letters_of(node), shapes, strict=True))
        if len(node.inputs) == 2 and node.op.name == "dense":
            inside = inside.replace(" + b", "")
        return f"{with_names(inside, named)} → {result}"
    if result == "scalar" and set(shapes) == {"scalar"}:
        return "scalars"
    return f"{', '.join(shapes)} → {result}"


def backward_shapes(node, output, index):
    """The same of one input's backward rule: ``[4×2]ᵀ·[4×8] → [2×8]``."""
    result, upstream = numbers.shape(node.inputs[index].shape), numbers.shape(output.shape)
    letters = letters_of(node)
    if node.op.family == "linalg":
        rule, where = rule_for(node, letters[index])
        named = {letter: numbers.shape(t.shape)
                 for letter, t in zip(letters, node.inputs, strict=True)}
        right = rule.partition(" = ")[2]
        for left in (where.partition(" = ")[0], f"d{output_letter(node)}"):
            right = re.sub(_as_name(left), upstream, right) if left else right
        return f"{with_names(right, named)} → {result}"
    return "scalars" if upstream == result == "scalar" else f"{upstream} → {result}"
