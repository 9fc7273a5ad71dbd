"""From a recording to the document: a dict of plain values that page, text and checks read.

Ids are positions in lists; the same input gives the same document, byte for byte.  Arrays are
copies, in the dtype they were computed in.  What is not computed yet is None, never 0.

==========  ==================================================================================
key         value
==========  ==================================================================================
format      1
title       str
model       name of the model, or None
dtype       of the loss
batch       number of samples B, or None
samples     [label of each sample]
tensors     [{id, name (short: "W1"), long_name ("hidden/kernel"), role: input | target | weight |
            constant | value | loss, layer (id | None), shape, batched (axis 0 runs over samples),
            requires_grad, value, grad (the final one | None), made_by (node | None), used_by}]
nodes       [{id, op, layer, inputs (tensor ids), letters (["x", "W", "b"]), output (tensor id),
            arguments, differentiable, formula, vjp, shape_rule, formula_math, vjp_math, shapes,
            backward_shapes (per input), source ({file, line, text} | None), saved ({letter:
            tensor id}), inner ({"z", "slope", "dz"} of a dense layer, else {})}]
layers      [{id, name, path, class, nodes, parameters (tensor ids), input, output (tensor ids),
            count (of parameters' numbers)}]
edges       [{id, node, index, from (tensor id of the node's output), to (of its input), letter,
            rule ("dW = xᵀ·dz"), where ("dz = dy · f′(z)"), rule_math, where_math, shapes,
            upstream, local (| None), contribution, before (| None), total}], as backward went
updates     [{tensor, optimizer, step, learning_rate, rows [{symbol, name, formula, math, before
            (| None), after}], before, after}]
loss        float;  loss_after: float | None
steps       [{kind: forward | loss | seed | rule | multiply | accumulate | update | done, node,
            edge, update (ids | None), title, text}]
checks      see :mod:`.checks`;  faults: see :mod:`.faults`;  replay: see :mod:`.replays`
==========  ==================================================================================
"""

import re

import numpy as np

from . import naming, numbers, reading
from .derivatives import inside_dense, local_derivative
from .mathml import mathml
from .updates import NEW_WEIGHT


def document(recording, title=None, updates=(), loss_after=None, replay=None):
    """The document of a recording.

    Parameters
    ----------
    recording : Recording
    title : str, optional
    updates : list of dict
        As :func:`updates.watched_step` returns them, ``tensor`` being the variable itself.
    loss_after : float, optional
    replay : dict, optional
        As :func:`replays.replay_document` returns it.
    """
    tensors = tensors_of(recording)
    ids = {id(t): i for i, t in enumerate(tensors)}
    names, long_names = naming.names(recording, tensors)
    layers, layer_ids = _layers(recording, ids)
    batch = _batch(recording, tensors)
    edges = _edges(recording, ids, names)
    nodes = _nodes(recording, ids, layer_ids, edges)
    loss = float(recording.loss.numpy().reshape(()))
    model = recording.model
    story = {
        "format": 1,
        "title": title or ("One training step of " + model.name if model is not None else
                           "One backward pass"),
        "model": None if model is None else model.name,
        "dtype": str(recording.loss.dtype),
        "batch": batch,
        "samples": _samples(recording, batch),
        "tensors": _tensor_entries(recording, tensors, ids, names, long_names, layer_ids, batch,
                                   edges),
        "nodes": nodes,
        "layers": layers,
        "edges": edges,
        "updates": [{**update, "tensor": ids[id(update["tensor"])],
                     "rows": [{**row, "math": _math(row["formula"])} for row in update["rows"]]}
                    for update in updates if id(update["tensor"]) in ids],
        "loss": loss,
        "loss_after": loss_after,
        "checks": [], "faults": [], "replay": replay,
    }
    story["steps"] = _steps(story)
    return story


# ---- tensors -------------------------------------------------------------------------


def tensors_of(recording):
    """Every tensor that takes part, each before the calls that use it."""
    found = {}
    for call in recording.calls:
        for t in (*call.node.inputs, call.output):
            found.setdefault(id(t), t)
    found.setdefault(id(recording.loss), recording.loss)
    return list(found.values())


def _batch(recording, tensors):
    """Number of samples: rows of the model's input, or of the first matrix that is multiplied."""
    if recording.x is not None:
        return recording.x.shape[0]
    made = {id(call.output) for call in recording.calls}
    for call in recording.calls:
        if call.node.op.family == "linalg":
            x = call.node.inputs[0]
            if id(x) not in made and not x.requires_grad and x.ndim == 2:
                return x.shape[0]
    return None


def _batched(recording, tensors, batch):
    """Ids of the tensors whose first axis runs over the samples."""
    if batch is None:
        return set()
    found = {id(t) for t in (recording.x, recording.y, recording.sample_weight) if t is not None}
    if recording.x is None:
        found = {id(t) for t in tensors if naming.is_data(t) and t.shape[:1] == (batch,)}
    for call in recording.calls:
        axis = (call.node.arguments or {}).get("axis", -1)
        gone = axis in (0, None) or isinstance(axis, tuple) and 0 in axis
        # of a product the rows of the first matrix
        inputs = call.node.inputs[:1 if call.node.op.family == "linalg" else None]
        if (call.output.shape[:1] == (batch,) and any(id(t) in found for t in inputs)
                and not (gone and call.node.op.family == "reduce")
                and call.node.op.name != "transpose"):
            found.add(id(call.output))
    return found


def _samples(recording, batch):
    """One label per sample: its numbers if they are few, else its row; then its target or class."""
    if batch is None:
        return []
    x, y = (None if t is None else t.numpy().reshape(batch, -1) if batch else None
            for t in (recording.x, recording.y))
    few = x is not None and x.shape[1] <= 4
    labels = [", ".join(map(numbers.text, row.tolist())) for row in x] if few else \
        [f"sample {i}" for i in range(batch)]
    if y is not None and y.shape[1] <= 3:
        targets = [", ".join(map(numbers.text, row.tolist())) for row in y]
    elif y is not None and np.array_equal(np.sort(y)[:, -2:], [[0, 1]] * batch):     # one-hot rows
        targets = [f"class {row.argmax()}" for row in y]
    else:
        return labels
    return [f"{label} → {target}" for label, target in zip(labels, targets, strict=True)]


def _tensor_entries(recording, tensors, ids, names, long_names, layer_ids, batch, edges):
    made_by = {id(call.output): i for i, call in enumerate(recording.calls)}
    layer_of = {id(call.output): layer_ids.get(id(call.layer)) for call in recording.calls}
    used_by = {}
    for i, call in enumerate(recording.calls):
        for t in call.node.inputs:
            if i not in used_by.setdefault(id(t), []):
                used_by[id(t)].append(i)
    owners = recording.owners
    batched = _batched(recording, tensors, batch)
    grads = {ids[id(recording.loss)]: np.ones(recording.loss.shape, recording.loss.dtype)}
    for edge in edges:
        grads[edge["to"]] = edge["total"]
    entries = []
    for i, t in enumerate(tensors):
        owner = owners.get(id(t))
        entries.append({
            "id": i, "name": names[id(t)], "long_name": long_names[id(t)],
            "role": naming.role(recording, t),
            "layer": layer_of.get(id(t), layer_ids.get(id(owner))),
            "shape": list(t.shape), "batched": id(t) in batched,
            "requires_grad": bool(t.requires_grad), "value": t.numpy(), "grad": grads.get(i),
            "made_by": made_by.get(id(t)), "used_by": used_by.get(id(t), [])})
    return entries


# ---- nodes and layers ------------------------------------------------------------------


def _nodes(recording, ids, layer_ids, edges):
    upstream = {edge["node"]: edge["upstream"] for edge in edges}
    entries = []
    for i, call in enumerate(recording.calls):
        node, op = call.node, call.node.op
        letters = reading.letters_of(node)
        vjp = reading.vjp_of(node)
        entries.append({
            "id": i, "op": op.name, "layer": layer_ids.get(id(call.layer)),
            "inputs": [ids[id(t)] for t in node.inputs], "letters": letters,
            "output": ids[id(call.output)],
            "arguments": {key: _plain(value) for key, value in (node.arguments or {}).items()},
            "differentiable": [t.dtype.kind == "f" and bool(
                op.differentiable[j if j < len(op.differentiable) else -1])
                for j, t in enumerate(node.inputs)],
            "formula": reading.formula_of(node), "vjp": vjp, "shape_rule": op.shape_rule,
            "formula_math": _math(reading.formula_of(node)), "vjp_math": _math(vjp),
            "shapes": reading.forward_shapes(node, call.output),
            "backward_shapes": [reading.backward_shapes(node, call.output, j)
                                for j in range(len(node.inputs))],
            "source": call.source, "saved": _saved(node, letters, call.output, ids),
            "inner": inside_dense(node, upstream.get(i)) if op.name == "dense" else {}})
    return entries


def _saved(node, letters, output, ids):
    found = {}
    for letter in node.op.reads:
        if letter == "y":
            found[reading.output_letter(node)] = ids[id(output)]
        elif "uvw".index(letter) < len(node.inputs):
            i = "uvw".index(letter)
            found[letters[i]] = ids[id(node.inputs[i])]
    return found


def _plain(value):
    """An argument of an operation as something that JSON knows."""
    if isinstance(value, (bool, int, float, str, type(None))):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, (np.ndarray, np.dtype, slice, type(...))):
        return str(value) if not isinstance(value, np.ndarray) else value.tolist()
    return type(value).__name__


def _layers(recording, ids):
    """The layers whose calls made nodes, in the order of their first."""
    entries, layer_ids = [], {}
    used_outside = {id(recording.loss)}
    maker = {id(call.output): id(call.layer) for call in recording.calls}
    for call in recording.calls:
        used_outside |= {id(t) for t in call.node.inputs
                         if maker.get(id(t)) != id(call.layer)}
    for i, call in enumerate(recording.calls):
        if call.layer is None:
            continue
        if id(call.layer) not in layer_ids:
            layer_ids[id(call.layer)] = len(entries)
            weights = [*call.layer._trainable_variables, *call.layer._non_trainable_variables]
            entries.append({
                "id": len(entries), "name": call.layer.name,
                "path": call.layer.path or call.layer.name, "class": type(call.layer).__name__,
                "nodes": [], "parameters": [ids[id(w)] for w in weights if id(w) in ids],
                "input": None, "output": None, "count": sum(w.size for w in weights)})
        entry = entries[layer_ids[id(call.layer)]]
        entry["nodes"].append(i)
        outside = [ids[id(t)] for t in call.node.inputs
                   if t.size > 1 and ids[id(t)] not in entry["parameters"]
                   and maker.get(id(t)) != id(call.layer)]
        # the earliest: a layer inside of this one may have made others
        entry["input"] = min([*outside, *([] if entry["input"] is None else [entry["input"]])],
                             default=None)
        if id(call.output) in used_outside:
            entry["output"] = ids[id(call.output)]
    return entries, layer_ids


# ---- edges -----------------------------------------------------------------------------


def _edges(recording, ids, names):
    places = {id(call.node): i for i, call in enumerate(recording.calls)}
    calls = {id(call.node): call for call in recording.calls}
    entries = []
    for edge in recording.edges:
        node, output = edge.node, calls[id(edge.node)].output
        letter = reading.letters_of(node)[edge.index]
        rule, where = reading.rule_for(node, letter)
        entries.append({
            "id": len(entries), "node": places[id(node)], "index": edge.index,
            "from": ids[id(output)], "to": ids[id(node.inputs[edge.index])], "letter": letter,
            "rule": rule, "where": where, "rule_math": _math(rule), "where_math": _math(where),
            "shapes": reading.backward_shapes(node, output, edge.index),
            "upstream": edge.upstream, "local": local_derivative(edge, output),
            "contribution": edge.contribution, "before": edge.before, "total": edge.total})
    return entries


def _math(text):
    """A formula as MathML."""
    return mathml(text) if text else ""


# ---- the timeline ------------------------------------------------------------------------


def _steps(story):
    tensors, nodes = story["tensors"], story["nodes"]
    name = [t["name"] for t in tensors]
    steps = []

    def add(kind, title, text, node=None, edge=None, update=None):
        steps.append({"kind": kind, "node": node, "edge": edge, "update": update,
                      "title": title, "text": text})

    def named(node, text):
        """A formula of a node with the names of its tensors and of its activation."""
        letters = dict(zip(node["letters"], (name[i] for i in node["inputs"]), strict=True))
        letters[output_letter(node)] = name[node["output"]]
        activation = node["arguments"].get("activation")
        if activation == "linear":
            text = re.sub(r"f\((.*)\)", r"\1", text).replace(" · f′(z)", "")
        elif activation:
            letters["f"] = activation
        if node["op"] == "dense" and len(node["inputs"]) == 2:
            text = text.replace(" + b", "")
        return reading.with_names(text, letters)

    for node in nodes:
        layer = story["layers"][node["layer"]]["name"] + ": " if node["layer"] is not None else ""
        inputs = ", ".join(name[i] for i in node["inputs"])
        add("forward", f"{name[node['output']]} = {node['op']}({inputs})",
            f"{layer}{node['op']}: {named(node, node['formula'])};  {node['shapes']}",
            node=node["id"])
    loss = next(t for t in tensors if t["role"] == "loss")
    last = loss["made_by"]
    add("loss", f"loss {name[loss['id']]}",
        f"the loss is one number: {name[loss['id']]} = {numbers.text(story['loss'])}", node=last)
    add("seed", f"d{loss['name']}/d{loss['name']} = 1",
        f"backward begins at the loss: d{loss['name']}/d{loss['name']} = 1", node=last)
    for edge in story["edges"]:
        node = nodes[edge["node"]]
        to, upstream = name[edge["to"]], name[edge["from"]]
        where = named(node, edge["where"])
        activation = reading.activation_rule(node["arguments"].get("activation"))
        if where and activation is not None and not activation[1]:
            where += f" = {named(node, activation[0]).partition(' = ')[2]}"
        where = where and f" with {where}"
        add("rule", f"d{to}: rule of {node['op']}",
            f"{named(node, edge['rule'])}{where};  {edge['shapes']}",
            node=node["id"], edge=edge["id"])
        result = f"contribution to d{to} {numbers.shape(edge['contribution'].shape)}"
        above = f"upstream d{upstream} {numbers.shape(edge['upstream'].shape)}"
        add("multiply", f"d{to}: upstream × local",
            f"{above} × local derivative, cell by cell → {result}" if edge["local"] is not None
            else f"{above} put into {named(node, edge['rule'])} → {result}",
            node=node["id"], edge=edge["id"])
        first = edge["before"] is None
        add("accumulate", f"d{to} += contribution",
            f"d{to} was {numbers.DASH} (not computed yet), now it is this contribution" if first
            else f"d{to} has a contribution already: this one is added to it",
            node=node["id"], edge=edge["id"])
    for i, update in enumerate(story["updates"]):
        w = name[update["tensor"]]
        rule = next((row["formula"] for row in update["rows"] if row["name"] == NEW_WEIGHT), "")
        add("update", f"{update['optimizer']} updates {w}",
            f"{update['optimizer']} with learning rate {numbers.text(update['learning_rate'])}"
            + (f": {reading.with_names(rule, {'w': w, 'g': 'd' + w})}" if rule else "") , update=i)
    after = story["loss_after"]
    if after is None:
        add("done", "every gradient is known",
            f"all gradients of {name[loss['id']]} are known; nothing was updated")
    else:
        add("done", f"loss after this step: {numbers.text(after)}",
            f"loss before {numbers.text(story['loss'])}, loss after this step: "
            f"{numbers.text(after)}")
    return steps


def output_letter(node):
    """The letter of a node entry's output."""
    left = node["formula"].partition(" =")[0]
    return left if len(left) == 1 else "y"
