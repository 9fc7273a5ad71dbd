"""The whole story as plain text: what ``print(ex)`` shows, and a screen reader reads."""

from . import numbers, reading, replays


def write(document):
    """The document as text, line by line in the order in which things happen.

    Parameters
    ----------
    document : dict
        As :func:`story.document` makes it.

    Returns
    -------
    str
    """
    lines = [*_head(document), ""]
    for step in document["steps"]:
        lines += _WRITERS[step["kind"]](document, step)
    lines += _mistakes(document)
    if document["replay"]:
        lines += replays.told(document["replay"])
    return "\n".join(lines)


def _head(d):
    weights = [t for t in d["tensors"] if t["role"] == "weight"]
    count = sum(_size(t) for t in weights)
    batch = f", {d['batch']} samples" if d["batch"] else ""
    lines = [d["title"], f"{_count(d['nodes'], 'call')} forward, {_count(d['edges'], 'edge')} "
             f"backward, {count} {'weight' if count == 1 else 'weights'} in "
             f"{_count(weights, 'tensor')}, {d['dtype']}{batch}"]
    given = [t for t in d["tensors"] if t["role"] in ("weight", "input", "target")
             or t["role"] == "constant" and _size(t) > 1]
    if given:
        lines += ["", "GIVEN"]
    for t in given:
        called = f" {t['long_name']}" if t["long_name"] != t["name"] else ""
        role = t["role"] if t["role"] != "weight" or t["requires_grad"] else "frozen weight"
        lines += _array(f"{t['name']} {numbers.shape(t['shape'])} {role}{called}", t["value"])
    return lines


def _count(things, word):
    return f"{len(things)} {word}{'s' * (len(things) != 1)}"


def _size(tensor):
    size = 1
    for length in tensor["shape"]:
        size *= length
    return size


def _array(label, array, indent="  "):
    """A label and an array: in one line if the array is one row."""
    lines = numbers.rows(array)
    if len(lines) == 1:
        return [f"{indent}{label} = {lines[0]}"]
    return [f"{indent}{label} =", *(f"{indent}    {line}" for line in lines)]


def _forward(d, step):
    node = d["nodes"][step["node"]]
    output = d["tensors"][node["output"]]
    first = step["node"] == 0
    source = node["source"]
    lines = ["FORWARD"] if first else []
    lines.append(f"  {step['text']}")
    if source and (first or source != d["nodes"][node["id"] - 1]["source"]):
        lines.append(f"    {source['file']}: {source['text']}".rstrip(" :"))
    return lines + _array(f"{output['name']} {numbers.shape(output['shape'])}", output["value"],
                          "    ")


def _loss(d, step):
    return ["", "LOSS", f"  {step['text']}"]


def _seed(d, step):
    return ["", "BACKWARD", f"  {step['text']}"]


def _rule(d, step):
    edge = d["edges"][step["edge"]]
    return [f"  d{d['tensors'][edge['to']]['name']}, by {d['nodes'][step['node']]['op']}: "
            f"{step['text']}"]


def _multiply(d, step):
    edge = d["edges"][step["edge"]]
    upstream = d["tensors"][edge["from"]]["name"]
    to = d["tensors"][edge["to"]]["name"]
    dz = d["nodes"][edge["node"]]["inner"].get("dz")
    before = d["edges"][edge["id"] - 1] if edge["id"] else None
    if before is not None and before["node"] == edge["node"]:
        lines = [f"    upstream d{upstream}{', dz' if dz is not None else ''} as above"]
    else:
        lines = _array(f"upstream d{upstream}", edge["upstream"], "    ")
        if dz is not None:
            lines += _array("dz", dz, "    ")
    if edge["local"] is not None:
        lines += _array("× local", edge["local"], "    ")
    return lines + _array(f"contribution to d{to}", edge["contribution"], "    ")


def _accumulate(d, step):
    edge = d["edges"][step["edge"]]
    to = d["tensors"][edge["to"]]["name"]
    if edge["before"] is None:
        lines = [f"    {step['text']}"]
    else:
        lines = _array(f"d{to} before", edge["before"], "    ")
        lines += _array(f"d{to} += contribution, is", edge["total"], "    ")
    return lines + _verdict(d, edge)


def _verdict(d, edge):
    """The check of a gradient, once its last contribution is there."""
    if any(later["to"] == edge["to"] for later in d["edges"][edge["id"] + 1:]):
        return []
    to = d["tensors"][edge["to"]]["name"]
    for check in d["checks"]:
        if check["tensor"] == edge["to"]:
            return [f"    check of d{to}: {check['verdict']} ({check['checked']} of "
                    f"{check['of']} numbers)" + (f". {check['why']}" if check["why"] else "")]
    return []


def _update(d, step):
    update = d["updates"][step["update"]]
    w = d["tensors"][update["tensor"]]["name"]
    lines = ["", f"UPDATE  {update['optimizer']}, step {update['step']}, learning rate η = "
             f"{numbers.text(update['learning_rate'])}"] if step["update"] == 0 else []
    lines.append(f"  {w}")
    for row in update["rows"]:
        formula = reading.with_names(row["formula"], {"w": w})
        symbol = reading.with_names(row["symbol"], {"w": w})
        name = f"{row['name']}: {formula}" if formula else row["name"]
        if row["before"] is not None:
            lines += _array(f"{name};  {symbol} before", row["before"], "    ")
            lines += _array(f"{symbol} after", row["after"], "    ")
        else:
            lines += _array(f"{name};  {symbol}", row["after"], "    ")
    return lines


def _done(d, step):
    return ["", step["text"]]


def _mistakes(d):
    """What wrong rules would do, for each that applies."""
    lines = []
    for fault in d["faults"]:
        if not fault["applies"]:
            continue
        wrong = [g for g in fault["gradients"] if g["wrong"]]
        names = ", ".join(f"d{d['tensors'][g['tensor']]['name']}" for g in wrong)
        if fault["gradients"] and all(g["largest_difference"] is None for g in fault["gradients"]):
            unknown = "nothing can be said: there is NaN or ∞ with the right rules already"
        else:
            unknown = "no gradient is wrong here"
        missed = [g for g in wrong if g["verdict"] != "DISAGREES"]
        lines += [f"  {fault['title']}: {fault['rule']}",
                  f"    wrong: {names}; the check finds {'some' if missed else 'all'} of them"
                  if wrong else f"    {unknown}",
                  *([f"    {fault['losses']['why']}"] if fault["losses"]["why"] else [])]
    return ["", "MISTAKES, and what they would do", *lines] if lines else []


_WRITERS = {"forward": _forward, "loss": _loss, "seed": _seed, "rule": _rule,
            "multiply": _multiply, "accumulate": _accumulate, "update": _update, "done": _done}
