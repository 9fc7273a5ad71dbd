"""Names and roles of tensors, as a textbook has them: x, W1, b1, H1, ŷ, y, L."""

import unicodedata
from collections import Counter

from .._engine import Variable
from . import numbers

_TEXTBOOK = {"kernel": "W", "bias": "b", "embeddings": "E"}     # of a layer's weights
_TOGETHER = {"b": "W", "β": "γ"}        # numbered alike, since they belong to one layer
_PRIMES = ("", "′", "″", "‴")


def role(recording, t):
    """What a tensor is in the story: input, target, weight, constant, value or loss."""
    if t is recording.loss:
        return "loss"
    if id(t) in recording.made_by:
        return "value"
    if t is recording.x:
        return "input"
    if t is recording.y:
        return "target"
    owner = recording.owners.get(id(t))
    if t.requires_grad or owner is not None and any(t is w for w in owner._trainable_variables):
        return "weight"         # frozen ones too
    if recording.model is not None or isinstance(t, Variable):
        return "constant"
    if id(t) in recording.targets:
        return "target"
    return "input" if is_data(t) else "constant"


def is_data(t):
    """Whether a tensor that nothing computed holds data rather than a number in a formula."""
    return t.node is None and not t.requires_grad and t.size > 1


def is_seed(t):
    """Whether a tensor is the state that random numbers follow from."""
    return isinstance(t, Variable) and t.dtype.kind == "i" and t.path.endswith(
        "seed_generator_state")


def names(recording, tensors):
    """Short and long names of tensors.

    Returns
    -------
    short, long : dict of int to str
        By the id of the tensor.  Short names are different from each other.
    """
    short = _of_model(recording, tensors) if recording.model is not None else _of_python(
        recording, tensors)
    long = {id(t): _long_name(recording, t, short[id(t)]) for t in tensors}
    seen, taken = Counter(), set(short.values())
    for t in tensors:
        name = short[id(t)]
        seen[name] += 1
        if seen[name] > 1:
            while (other := f"{name}_{seen[name]}") in taken:
                seen[name] += 1
            taken.add(other)
            short[id(t)] = other
    return short, long


def _long_name(recording, t, short):
    if is_seed(t):      # the path of its generator differs from one process to the next
        users = [call.layer for call in recording.calls if any(t is x for x in call.node.inputs)]
        return "seed" if users[0] is None else f"{users[0].name}/seed"
    if isinstance(t, Variable):
        path = t.path
        model = recording.model
        return path.removeprefix(f"{model.path or model.name}/") if model is not None else path
    call = recording.made_by.get(id(t))
    if call is None or t.name is not None:
        return t.name or short
    if call.layer is not None and call.layer is not recording.model:
        return f"{call.layer.name}/{call.node.op.name}"
    return call.node.op.name


# ---- of a model ------------------------------------------------------------------------


def _of_model(recording, tensors):
    found = {}
    for t, name in ((recording.x, "x"), (recording.y, "y"), (recording.sample_weight, "s")):
        if t is not None:
            found[id(t)] = name
    place = _number_weights(tensors, found)
    if recording.y_pred is not None and id(recording.y_pred) not in found:
        found[id(recording.y_pred)] = "ŷ"
    found[id(recording.loss)] = "L"
    outputs = _layer_outputs(recording)
    group, primes = 0, Counter()
    for call in recording.calls:
        group = max([group, *(place[id(t)] for t in call.node.inputs if id(t) in place)])
        key = id(call.output)
        if key in found:
            continue
        if call.layer is None:
            found[key] = _of_a_loss(call)
        elif key in outputs:
            stem = f"H{group}" if group else "x"
            primes[stem] += 1
            nth = primes[stem] - (1 if group else 0)
            found[key] = stem + (_PRIMES[nth] if nth < len(_PRIMES) else f"({nth})")
        else:
            found[key] = f"z{group}" if group else "z"
    for t in tensors:
        found.setdefault(id(t), _constant(t))
    return found


def _number_weights(tensors, found):
    """Name the weights in the order of their use; returns the number of each layer's group."""
    layers, place = {}, {}
    count = Counter()
    for t in tensors:
        if not isinstance(t, Variable) or id(t) in found:
            continue
        if is_seed(t):
            found[id(t)] = "seed"
            continue
        parent, _, own = t.path.rpartition("/")
        letter = _TEXTBOOK.get(own) or _greek(own) or own
        key = parent, _TOGETHER.get(letter, letter)
        if key not in layers:
            count[key[1]] += 1
            layers[key] = count[key[1]]
        found[id(t)] = f"{letter}{layers[key]}"
        if key[1] == "W":
            place[id(t)] = layers[key]
    return place


def _greek(name):
    try:
        return unicodedata.lookup(f"GREEK SMALL LETTER {name.upper()}")
    except KeyError:
        return None


def _layer_outputs(recording):
    """Ids of the tensors that one layer made and another, or the loss, uses."""
    maker = {id(call.output): call.layer for call in recording.calls}
    return {id(t) for call in recording.calls for t in call.node.inputs
            if id(t) in maker and maker[id(t)] is not call.layer}


def _of_a_loss(call):
    if call.node.op.family == "loss":
        return "ℓ"
    return "R" if call.node.op.name == "penalty" else "v"


# ---- of bare tensors -------------------------------------------------------------------


def _of_python(recording, tensors):
    """Names that tensors have themselves or in the Python that computed them."""
    found = {}
    owners = recording.owners
    _number_weights([t for t in tensors if id(t) in owners], found)
    count = Counter()

    def numbered(letter):
        count[letter] += 1
        return f"{letter}{count[letter]}"

    for t in tensors:
        if id(t) in found:
            continue
        name = "seed" if is_seed(t) else None if isinstance(t, Variable) and t.name == "variable" \
            else t.name
        name = name or recording.names.get(id(t))
        if name:
            found[id(t)] = name
        elif t is recording.loss:
            found[id(t)] = "L"
        elif id(t) in recording.made_by or t.requires_grad:
            found[id(t)] = numbered("v" if id(t) in recording.made_by else "w")
        else:
            found[id(t)] = _constant(t)
    return found


def _constant(t):
    """A number by itself; the letter c for an array."""
    return numbers.text(t.numpy().reshape(()).item()) if t.size == 1 else "c"
