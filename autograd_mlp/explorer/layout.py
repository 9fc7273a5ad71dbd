"""Drawings of a recorded graph as inline SVG: by layers, by operations, by single numbers.

The tape is in topological order already, so a drawing needs no search: a block stands one column
to the right of the latest thing it reads, in the lane of its first input if that is free.  Values
never stand in the SVG: the script fills them in as the steps reach them.  What it finds elements
by: ``data-tensor``, ``data-node``, ``data-layer`` (boxes), ``data-edges`` (gradient lines, the
document's edge ids), ``data-up`` (line of the upstream gradient into a node).
"""

import textwrap
from dataclasses import dataclass, field
from html import escape
from math import prod

BOX_WIDTH, BOX_HEIGHT = 116, 96         # of a tensor
GAP_X, GAP_Y = 34, 26
MOST_UNITS, MOST_WIRES = 80, 400        # of the drawing by single numbers
MOST_LABELS = 24                        # more weights than these are not written at their lines
MOST_NODES = 300                        # of the others


def drawings(document):
    """Draw a document's graph at three zooms.

    Returns
    -------
    drawn : dict of str
        From the zoom (``"layers"``, ``"operations"``, ``"scalars"``) to SVG.
    absent : dict of str
        From a zoom that is not there to the reason.
    """
    drawn, absent = {}, {}
    for zoom, draw in (("layers", _layers), ("operations", _operations), ("scalars", _scalars)):
        drawing = draw(document) if document["nodes"] else "No operations were recorded."
        if isinstance(drawing, str):
            absent[zoom] = drawing
            continue
        width, height, body = drawing
        drawn[zoom] = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" '
                       f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" '
                       f'role="group" aria-label="Graph of {zoom}">\n{body}</svg>')
    return drawn, absent


# ---- blocks and tensors ------------------------------------------------------------------------

@dataclass
class _Block:
    """What is drawn as one box with inputs and outputs: a node, or all nodes of a layer."""
    nodes: list
    layer: int | None
    inputs: list            # tensor ids
    outputs: list
    hidden: list            # parameters that are written inside the box


@dataclass
class _Box:
    kind: str               # tensor | node | layer
    item: object
    width: float
    height: float
    column: int = 0
    lane: int = 0
    above: list = field(default_factory=list)       # boxes of operands that stand over, under it
    below: list = field(default_factory=list)
    x: float = 0            # of the middle
    y: float = 0

    @property
    def top(self):
        return self.height / 2 + sum(box.height + GAP_Y for box in self.above)

    @property
    def bottom(self):
        return self.height / 2 + sum(box.height + GAP_Y for box in self.below)


def _operations(document):
    if len(document["nodes"]) > MOST_NODES:
        return f"{len(document['nodes'])} operations are too many to draw; the steps list them all."
    return _draw(document, [_Block([n], None, n["inputs"], [n["output"]], [])
                            for n in document["nodes"]])


def _layers(document):
    layers, tensors = document["layers"], document["tensors"]
    if not layers:
        return "No layers here: the graph was made by operations alone."
    blocks, of_layer = [], {}
    for node in document["nodes"]:
        block = of_layer.get(node["layer"])
        if block is None:
            block = _Block([], node["layer"], [], [], [])
            blocks.append(block)
            if node["layer"] is not None:
                of_layer[node["layer"]] = block
        block.nodes.append(node)
    if len(blocks) > MOST_NODES:
        return f"{len(blocks)} layers are too many to draw; the steps list them all."
    for block in blocks:
        inside = {node["id"] for node in block.nodes}
        for node in block.nodes:
            for t in node["inputs"]:
                leaf = tensors[t]["made_by"] is None
                if leaf and block.layer is not None and tensors[t]["role"] in ("weight",
                                                                               "constant"):
                    block.hidden += [t] * (t not in block.hidden)
                elif tensors[t]["made_by"] not in inside and t not in block.inputs:
                    block.inputs.append(t)
            used = tensors[node["output"]]["used_by"]
            if not used or any(user not in inside for user in used):
                block.outputs.append(node["output"])
    return _draw(document, blocks)


def _draw(document, blocks):
    """(width, height, SVG) of blocks and the tensors between them."""
    tensors = document["tensors"]
    boxes, of_block, used = {}, [], {}

    def tensor_box(t):
        return _Box("tensor", tensors[t], BOX_WIDTH, BOX_HEIGHT)

    def place(box, column, lane):
        taken = used.setdefault(column, set())
        lane = next(k for k in _nearest(lane) if k not in taken)
        taken.add(lane)
        box.column, box.lane = column, lane

    for block in blocks:
        line = [t for t in block.inputs if t in boxes or tensors[t]["role"] == "input"
                or tensors[t]["made_by"] is not None]
        for t in line:
            if t not in boxes:
                boxes[t] = tensor_box(t)
                place(boxes[t], 0, 0)
        box = _block_box(document, block)
        for t in dict.fromkeys(block.inputs):       # operands without a history stand beside it
            if t not in boxes:
                boxes[t] = tensor_box(t)
                (box.above if len(box.above) <= len(box.below) else box.below).append(boxes[t])
        column = 1 + max((boxes[t].column for t in line), default=0)
        place(box, column, boxes[line[0]].lane if line else 0)
        for side in (box.above, box.below):
            for operand in side:
                operand.column, operand.lane = box.column, box.lane
        of_block.append(box)
        for t in block.outputs:
            boxes[t] = tensor_box(t)
            place(boxes[t], column + 1, box.lane)
    width, height = _settle([*of_block, *boxes.values()],
                            {id(b) for box in of_block for b in (*box.above, *box.below)})
    over = min((_peak(boxes[t], box, -4) - 12 for box in of_block for t in box.item.inputs
                if _overhead(boxes[t], box)), default=0)
    if over < 0:                            # room for the lines that go above everything
        for box in (*of_block, *boxes.values()):
            box.y -= over
        height -= over
    lines, gradients = _lines(document, boxes, of_block)
    shapes = [_block_svg(document, box) for box in of_block]
    shapes += [_tensor_svg(box) for box in boxes.values()]
    return width, height, "".join([*lines, *gradients, *shapes])


def _nearest(lane):
    """lane, then the lanes next to it, below first, without end."""
    yield lane
    step = 1
    while True:
        yield lane + step
        yield lane - step
        step += 1


def _settle(boxes, beside):
    """Give every box its place in pixels; return the size of the drawing."""
    main = [box for box in boxes if id(box) not in beside]
    widths, tops, bottoms = {}, {}, {}
    for box in boxes:
        widths[box.column] = max(widths.get(box.column, 0), box.width)
    for box in main:
        tops[box.lane] = max(tops.get(box.lane, 0), box.top)
        bottoms[box.lane] = max(bottoms.get(box.lane, 0), box.bottom)
    x, centres = 12, {}
    for column in range(max(widths, default=0) + 1):
        centres[column] = x + widths.get(column, 0) / 2
        x += widths.get(column, 0) + (GAP_X if column in widths else 0)
    y, middles = 12, {}
    for lane in sorted(tops):
        middles[lane] = y + tops[lane]
        y = middles[lane] + bottoms[lane] + GAP_Y
    for box in main:
        box.x, box.y = centres[box.column], middles[box.lane]
        for side, sign in ((box.above, -1), (box.below, 1)):
            at = box.y + sign * box.height / 2
            for operand in side:
                operand.x, operand.y = box.x, at + sign * (GAP_Y + operand.height / 2)
                at = operand.y + sign * operand.height / 2
    return x - GAP_X + 12, y - GAP_Y + 12


def _block_box(document, block):
    if block.layer is None:
        lines = _node_lines(block.nodes[0])
        return _Box("node", block, max(76, 7.2 * max(map(len, lines)) + 24), 26 + 16 * len(lines))
    name = _short(document["layers"][block.layer]["name"], 24)
    return _Box("layer", block, max(190, 8.2 * len(name) + 26), 56 + 18 * len(block.hidden))


def _node_lines(node):
    """The operation's name in short lines, and a dense layer's activation under it."""
    lines = textwrap.wrap(node["op"].replace("_", " "), 13)
    activation = node["arguments"].get("activation")
    return lines + ([str(activation)[:16]] if activation not in (None, "None", "linear") else [])


def _lines(document, boxes, of_block):
    """Lines with the flow of values, and beside them those of the gradients."""
    edge_of = {}
    for edge in document["edges"]:
        edge_of.setdefault((edge["node"], edge["index"]), []).append(edge["id"])
    lines, gradients = [], []
    for box in of_block:
        block = box.item
        marks = " ".join(str(node["id"]) for node in block.nodes)
        for t in dict.fromkeys(block.inputs):
            edges = [e for node in block.nodes for i, source in enumerate(node["inputs"])
                     if source == t for e in edge_of.get((node["id"], i), ())]
            lines.append(f'<path class="wire" data-nodes="{marks}" data-from="{t}" '
                         f'd="{_curve(boxes[t], box, -4)}"/>\n')
            times = max(node["inputs"].count(t) for node in block.nodes)
            if times > 1:
                lines.append(_sign(boxes[t], box, "", f"×{times}"))
            if edges:
                ids = " ".join(map(str, edges))
                gradients.append(
                    f'<path class="back" data-edges="{ids}" d="{_curve(box, boxes[t], -4)}"/>'
                    + _sign(boxes[t], box, f'data-edges="{ids}"'))
        for t in block.outputs:
            lines.append(f'<path class="wire" data-nodes="{marks}" '
                         f'd="{_curve(box, boxes[t], -4)}"/>\n')
            gradients.append(f'<path class="back" data-up="{t}" '
                             f'd="{_curve(boxes[t], box, -4)}"/>\n')
    return lines, gradients


def _ends(a, b):
    """Where a line between two boxes leaves a and meets b, and whether it runs up and down."""
    if a.column == b.column and abs(a.x - b.x) < 1:
        down = 1 if b.y > a.y else -1
        return a.x, a.y + down * a.height / 2, b.x, b.y - down * b.height / 2, True
    right = 1 if b.x > a.x else -1
    return a.x + right * a.width / 2, a.y, b.x - right * b.width / 2, b.y, False


def _curve(a, b, aside):
    """SVG path from box a to box b, moved `aside` to the left of its direction.

    A line and the one that runs against it thus lie beside each other.  A line over more than one
    column goes above what stands between.  The arrowhead is part of the path.
    """
    x1, y1, x2, y2, upright = _ends(a, b)
    if upright:
        down = 1 if y2 > y1 else -1
        if abs(y2 - y1) > GAP_Y + 1:        # past a box between the two: around it
            away = BOX_WIDTH / 2 + 16
            return (f"M{x1 + 30:.0f} {y1:.0f}C{x1 + away:.0f} {y1:.0f} "
                    f"{x1 + away:.0f} {y2:.0f} {x2 + 20:.0f} {y2:.0f}")
        head = f"m-4 {-6 * down}l4 {6 * down}l4 {-6 * down}"
        return f"M{x1 - aside * down:.0f} {y1:.0f}V{y2:.0f}{head}"
    right = 1 if x2 > x1 else -1
    head = f"m{-6 * right}-4l{6 * right} 4l{-6 * right} 4"
    y1, y2 = y1 + aside * right, y2 + aside * right
    if _overhead(a, b):
        peak = _peak(a, b, aside * right)
        path = (f"M{x1:.0f} {y1:.0f}C{x1 + 40 * right:.0f} {peak:.0f} "
                f"{x2 - 40 * right:.0f} {peak:.0f} {x2:.0f} {y2:.0f}")
    elif abs(a.column - b.column) > 1:      # along the lane of the one on the left
        bend = (x2 if right == 1 else x1) - 40
        middle = bend + 20
        curve = f"{middle} {y1:.0f} {middle} {y2:.0f}"
        path = (f"M{x1:.0f} {y1:.0f}H{bend:.0f}C{curve} {x2:.0f} {y2:.0f}" if right == 1 else
                f"M{x1:.0f} {y1:.0f}C{curve} {bend:.0f} {y2:.0f}H{x2:.0f}")
    elif abs(y1 - y2) < 1:
        path = f"M{x1:.0f} {y1:.0f}H{x2:.0f}"
    else:
        middle = (x1 + x2) / 2
        path = (f"M{x1:.0f} {y1:.0f}C{middle:.0f} {y1:.0f} {middle:.0f} {y2:.0f} "
                f"{x2:.0f} {y2:.0f}")
    return path + head


def _overhead(a, b):
    """Whether a line between two boxes goes above what stands between them."""
    return abs(a.column - b.column) > 1 and a.lane == b.lane


def _peak(a, b, aside):
    """How high such a line rises."""
    return min(a.y, b.y) - BOX_HEIGHT * 0.9 + 3 * aside


def _sign(a, b, data, times=""):
    """The place of the sign of a gradient, which flows from b to a: beside its line.

    On the other side stands `times`, how often b uses a, if that is more than once.
    """
    x1, y1, x2, y2, upright = _ends(a, b)
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    if upright:
        x, y = x + (-18 if times else 14), y + 5
    elif _overhead(a, b):
        y = 0.25 * y + 0.75 * _peak(a, b, 4) + (-18 if times else 8)
    elif abs(a.column - b.column) > 1:
        x, y = x1 + 16, y1 + (-12 if times else 22)
    else:
        y += -12 if times else 22
    return f'<text class="sign" {data} x="{x:.0f}" y="{y:.0f}">{times}</text>\n'


def subscripted(name):
    """SVG text of a name: digits at its end are set low, as in W₁."""
    stem = name.rstrip("0123456789")
    if not stem or stem == name or not stem[-1].isalpha():
        return escape(name)
    return f'{escape(stem)}<tspan class="low" dy="3">{escape(name[len(stem):])}</tspan>'


def shape_text(shape):
    """[4×2] for (4, 2); nothing for a single number."""
    return f"[{'×'.join(map(str, shape))}]" if len(shape) else ""


def _tensor_svg(box):
    t = box.item
    x, y = box.x - box.width / 2, box.y - box.height / 2
    captions = f'<text class="caption" x="31" y="90">value</text>{_GRADIENT}' \
        if t["requires_grad"] else '<text class="caption" x="58" y="90">value</text>'
    return (
        f'<g class="tensor {t["role"]}" data-tensor="{t["id"]}" '
        f'transform="translate({x:.0f} {y:.0f})"><title>{escape(t["long_name"])}</title>'
        f'<rect class="box" width="{box.width}" height="{box.height}" rx="7"/>'
        f'<text class="name" x="9" y="18">{subscripted(_short(t["name"], 9))}</text>'
        f'<text class="shape" x="{box.width - 8}" y="18">{shape_text(t["shape"])}</text>'
        f'<g class="value"/>{captions}</g>\n')


_GRADIENT = '<g class="gradient"/><text class="caption" x="85" y="90">gradient</text>'


def _block_svg(document, box):
    block, middle = box.item, f'x="{box.width / 2:.0f}"'
    x, y = box.x - box.width / 2, box.y - box.height / 2
    ids = " ".join(str(node["id"]) for node in block.nodes)
    if block.layer is None:
        title, kind, radius = block.nodes[0]["formula"], "", 20
        lines = _node_lines(block.nodes[0])
        inside = "".join(f'<text class="name" {middle} y="{26 + 16 * k}">{escape(line)}</text>'
                         for k, line in enumerate(lines))
    else:
        layer = document["layers"][block.layer]
        title, kind, radius = layer["name"], " layer", 10
        inside = (f'<text class="name" {middle} y="22">{escape(_short(layer["name"], 24))}</text>'
                  f'<text class="shape" {middle} y="39">{escape(layer["class"])}, '
                  f'{layer["count"]} parameter{"s" * (layer["count"] != 1)}</text>')
        for k, t in enumerate(block.hidden):
            tensor = document["tensors"][t]
            inside += (f'<text x="12" y="{61 + 18 * k}">{escape(_short(tensor["name"], 9))} '
                       f'{shape_text(tensor["shape"])}</text><text class="parameter" '
                       f'data-parameter="{t}" x="{box.width - 12:.0f}" y="{61 + 18 * k}"/>')
    return (f'<g class="node{kind}" data-nodes="{ids}" transform="translate({x:.0f} {y:.0f})">'
            f'<title>{escape(title)}</title><rect class="box" width="{box.width:.0f}" '
            f'height="{box.height}" rx="{radius}"/>{inside}</g>\n')


def _short(text, most):
    return text if len(text) <= most else text[:most - 1] + "…"


# ---- single numbers ----------------------------------------------------------------------------

_MIXING = {"matmul", "dense", "transpose", "softmax", "log_softmax", "sparsemax", "layer_norm",
           "concatenate", "stack", "gather", "getitem", "off_diagonal"}
UNIT_WIDTH, UNIT_HEIGHT, UNIT_GAP, COLUMN_GAP = 88, 54, 18, 120


def _scalars(document):
    """One sample's numbers as boxes, weights as lines."""
    tensors, nodes = document["tensors"], document["nodes"]
    counts = {t["id"]: prod(t["shape"][1:] if t["batched"] else t["shape"]) for t in tensors}
    on_lines = {}           # weights that are lines, not boxes: tensor → node
    wires = 0
    for node in nodes:
        x, *weights = node["inputs"]
        if node["op"] in ("dense", "matmul") and x not in weights and all(
                _is_weight(tensors[t], node) for t in weights):
            if counts[x] != tensors[weights[0]]["shape"][0]:
                return ("Single numbers are drawn where a product has one row per sample; here "
                        "one has several.")
            on_lines.update((t, node) for t in node["inputs"][1:])
    drawn = [t for t in tensors if t["id"] not in on_lines]
    if sum(counts[t["id"]] for t in drawn) > MOST_UNITS:
        return (f"Single numbers are drawn up to {MOST_UNITS} per sample; here a sample has "
                f"{sum(counts[t['id']] for t in drawn):,}.")
    depth = {t["id"]: 0 for t in drawn}
    for node in nodes:
        depth[node["output"]] = 1 + max(depth[t] for t in node["inputs"] if t in depth)
    for t in drawn:
        if t["made_by"] is None and t["used_by"]:
            depth[t["id"]] = min(depth[nodes[n]["output"]] for n in t["used_by"]) - 1
    columns = {}
    for t in drawn:
        columns.setdefault(depth[t["id"]], []).extend(
            (t["id"], cell) for cell in range(counts[t["id"]]))
    for node in nodes:
        if node["inputs"][-1] in on_lines and len(node["inputs"]) == 3:
            columns[depth[node["inputs"][0]]].append((node["inputs"][2], None))     # the "1"
    tallest = max(len(column) for column in columns.values())
    height = tallest * (UNIT_HEIGHT + UNIT_GAP) + 24 - UNIT_GAP
    place = {}
    for column, units in columns.items():
        top = (height - len(units) * (UNIT_HEIGHT + UNIT_GAP) + UNIT_GAP) / 2
        for k, unit in enumerate(units):
            place[unit] = 12 + column * (UNIT_WIDTH + COLUMN_GAP), \
                top + k * (UNIT_HEIGHT + UNIT_GAP)
    edge_of = {(edge["node"], edge["index"]): edge["id"] for edge in document["edges"]}
    labelled = sum(prod(tensors[t]["shape"]) for t in on_lines) <= MOST_LABELS
    lines = []
    for node in nodes:
        outputs = range(counts[node["output"]])
        for index, t in enumerate(node["inputs"]):
            edge = edge_of.get((node["id"], index), "")
            if t in on_lines:
                rows = [None] if index == 2 else range(counts[node["inputs"][0]])
                start = t if index == 2 else node["inputs"][0]
                pairs = [((start, i), j, t, (i or 0) * len(outputs) + j)
                         for i in rows for j in outputs]
            elif node["inputs"][-1] in on_lines:
                continue        # the lines of the weights carry it
            elif node["op"] in _MIXING:
                return (f"Single numbers are not drawn for {node['op']}, which mixes or reorders "
                        "them.")
            elif counts[t] == len(outputs):
                pairs = [((t, i), i, "", i) for i in outputs]
            elif len(outputs) == 1 or counts[t] == 1:
                pairs = [((t, i), j, "", i) for i in range(counts[t]) for j in outputs]
            else:
                return f"Single numbers are not drawn for {node['op']}, which rearranges them."
            wires += len(pairs)
            if wires > MOST_WIRES:
                return f"Single numbers are drawn up to {MOST_WIRES} lines; here are more."
            again = 9 * node["inputs"][:index].count(t)     # a second use lies under the first
            lines += [_wire(place[a], place[node["output"], j], node["id"], edge, weight, cell,
                            labelled, again) for a, j, weight, cell in pairs]
    units = [_unit_svg(tensors[t], counts[t], cell, *place[t, cell]) for t, cell in place]
    return 24 + len(columns) * (UNIT_WIDTH + COLUMN_GAP) - COLUMN_GAP, height, \
        "".join(lines + units)


def _is_weight(tensor, node):
    """Whether a tensor is a parameter that this node alone uses."""
    return tensor["made_by"] is None and tensor["role"] in ("weight", "constant") \
        and not tensor["batched"] and tensor["used_by"] == [node["id"]]


def _wire(a, b, node, edge, weight, cell, labelled, lower=0):
    """A line between two units; on it, a third of the way along, the weight's number."""
    x1, x2 = a[0] + UNIT_WIDTH, b[0]
    y1, y2 = a[1] + UNIT_HEIGHT / 2 + lower, b[1] + UNIT_HEIGHT / 2 + lower
    label = "" if weight == "" or not labelled else (
        f'<text class="weight-label" data-weight="{weight}" data-cell="{cell}" '
        f'x="{x1 + (x2 - x1) * 0.32:.0f}" y="{y1 + (y2 - y1) * 0.32 + 4:.0f}"></text>')
    way = f"L{x2} {y2:.0f}"
    if x2 - x1 > COLUMN_GAP:                # past other units: above them
        peak = max(2, min(y1, y2) - 56)
        way = f"C{x1 + 60} {peak:.0f} {x2 - 60} {peak:.0f} {x2} {y2:.0f}"
    return (f'<path class="wire" data-node="{node}" data-edge="{edge}" data-weight="{weight}" '
            f'data-cell="{cell}" d="M{x1} {y1:.0f}{way}"/>{label}\n')


def _unit_svg(tensor, count, cell, x, y):
    if cell is None:
        return (f'<g class="unit one" transform="translate({x} {y:.0f})"><rect class="box" '
                f'width="{UNIT_WIDTH}" height="{UNIT_HEIGHT}" rx="7"/><text x="{UNIT_WIDTH / 2}" '
                f'y="32" class="name">1</text><title>the constant that the bias '
                f'{escape(tensor["name"])} is multiplied by</title></g>\n')
    name = escape(tensor["name"]) + (f"[{cell}]" if count > 1 else "")
    return (f'<g class="unit {tensor["role"]}" data-unit="{tensor["id"]}" data-cell="{cell}" '
            f'transform="translate({x} {y:.0f})"><rect class="box" width="{UNIT_WIDTH}" '
            f'height="{UNIT_HEIGHT}" rx="7"/><text class="name" x="8" y="15">{name}</text>'
            f'<text class="value" x="{UNIT_WIDTH - 8}" y="31"/>'
            f'<text class="gradient" x="{UNIT_WIDTH - 8}" y="47"/></g>\n')
