"""Pictures of models: `plot_model` draws with Matplotlib, `model_to_dot` describes for Graphviz."""

import os

from .._errors import did_you_mean

_DIRECTIONS = ("TB", "LR", "BT", "RL")
_SPLINES = ("ortho", "curved", "polyline", "spline", "line", "none", "true", "false")
_TITLE_SIZE, _TEXT_SIZE, _PAD, _GAP = 16, 14, 10, 30     # points
_GREEN, _RED = "forestgreen", "firebrick"


class Box:
    """What is told of one layer; with `inner`, a model that is drawn as a frame around boxes."""

    def __init__(self, layer, title, inner=None):
        self.layer = layer
        self.title = title
        self.activation = ""
        self.cells = []         # (text, background)
        self.inner = inner


def boxes_of(model, show_shapes=False, show_dtype=False, show_layer_names=False,
             expand_nested=False, show_layer_activations=False, show_trainable=False):
    """Return the boxes of a model's layers, in their order; of a subclassed model, one.

    Raises
    ------
    ValueError
        If the model is not built: its shapes are not known.
    """
    from ..models import Sequential

    if not model.built:
        raise ValueError(f"model '{model.name}' is not built yet, so there are no shapes to show; "
                         "call build(), or call it on data")
    flags = dict(show_shapes=show_shapes, show_dtype=show_dtype,
                 show_layer_names=show_layer_names, expand_nested=expand_nested,
                 show_layer_activations=show_layer_activations, show_trainable=show_trainable)
    if not isinstance(model, Sequential):
        return [_box(model, None, None, flags)]
    found, shape = [], model.input_shape
    for layer in model.layers:
        output_shape = layer.compute_output_shape(shape)
        if expand_nested and isinstance(layer, Sequential):
            found.append(Box(layer, layer.name, inner=boxes_of(layer, **flags)))
        else:
            found.append(_box(layer, shape, output_shape, flags))
        shape = output_shape
    return found


def _box(layer, input_shape, output_shape, flags):
    kind = type(layer).__name__
    box = Box(layer, f"{layer.name} ({kind})" if flags["show_layer_names"] else kind)
    activation = getattr(layer, "activation", None)
    if flags["show_layer_activations"] and activation is not None:
        name = getattr(activation, "name", None) or getattr(activation, "__name__", activation)
        box.activation = f"Activation: {name}"
    if flags["show_shapes"]:
        for word, shape in (("Input", input_shape), ("Output", output_shape)):
            box.cells.append((f"{word} shape: {'?' if shape is None else tuple(shape)}", "white"))
    if flags["show_dtype"]:
        box.cells.append((f"Output dtype: {getattr(layer, 'compute_dtype', layer.dtype)}", "white"))
    if flags["show_trainable"] and layer.weights:
        box.cells.append(("Trainable", _GREEN) if layer.trainable else ("Non-trainable", _RED))
    return box


def _check(function, rankdir, splines, kwargs):
    if kwargs:
        known = function.__code__.co_varnames[: function.__code__.co_argcount]
        name = next(iter(kwargs))
        raise ValueError(f"{function.__name__} got an unknown argument '{name}'"
                         f"{did_you_mean(name, known)}")
    if rankdir not in _DIRECTIONS:
        raise ValueError(f"{function.__name__}: rankdir must be one of {', '.join(_DIRECTIONS)}, "
                         f"got {rankdir!r}")
    if str(splines).lower() not in _SPLINES:
        raise ValueError(f"{function.__name__}: splines must be one of {', '.join(_SPLINES)}, "
                         f"got {splines!r}")


def plot_model(model, to_file="model.png", show_shapes=False, show_dtype=False,
               show_layer_names=False, rankdir="TB", expand_nested=False, dpi=200,
               show_layer_activations=False, show_trainable=False, splines="ortho", **kwargs):
    """Draw the layers of a model. Needs Matplotlib (extra ``plot``), not Graphviz.

    Parameters
    ----------
    model : Sequential
        Built. Of any other model there is one box.
    to_file : str or path, default "model.png"
        Any format that Matplotlib writes, by its ending, which is ``.png`` if there is none;
        ``.dot`` writes what `model_to_dot` returns.
    show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable : bool
        What to tell of a layer besides its type.
    rankdir : {"TB", "LR", "BT", "RL"}
        From top to bottom, from left to right, and back.
    expand_nested : bool, default False
        Draw the layers of a Sequential inside of the model, with a frame around them.
    dpi : int, default 200
    splines : str, default "ortho"
        How Graphviz draws lines in a ``.dot`` file; in the picture a line from a layer to the
        next is straight by any of these ways.

    Returns
    -------
    IPython.display.Image or SVG, or None
        In a notebook the picture, if it is a PNG, JPEG or SVG: as the last line of a cell it is
        shown.

    Raises
    ------
    ValueError
        If the model is not built, or an argument is not known.
    ModuleNotFoundError
        If Matplotlib is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from autograd_mlp import Input, Sequential
    >>> from autograd_mlp.layers import Dense
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     plot_model(Sequential([Input((2,)), Dense(1)]), f"{folder}/model.png", dpi=50)
    ...     print(os.listdir(folder))
    ['model.png']
    """
    _check(plot_model, rankdir, splines, kwargs)
    flags = dict(show_shapes=show_shapes, show_dtype=show_dtype,
                 show_layer_names=show_layer_names, expand_nested=expand_nested,
                 show_layer_activations=show_layer_activations, show_trainable=show_trainable)
    to_file = os.fspath(to_file)
    ending = os.path.splitext(to_file)[1][1:]
    if ending == "dot":
        dot = model_to_dot(model, rankdir=rankdir, dpi=dpi, splines=splines, **flags)
        with open(to_file, "w", encoding="utf-8") as file:
            file.write(dot.to_string())
        return None
    if not ending:
        to_file, ending = f"{to_file}.png", "png"
    draw(boxes_of(model, **flags), rankdir).savefig(to_file, dpi=dpi)
    return _shown_in_notebook(to_file, ending.lower())


def _shown_in_notebook(path, ending):
    """What IPython shows of a picture; None elsewhere, and for what it cannot show."""
    import sys

    if "IPython" not in sys.modules or ending not in ("png", "jpg", "jpeg", "svg"):
        return None
    from IPython import display

    return display.SVG(filename=path) if ending == "svg" else display.Image(filename=path)


# ---- drawing -----------------------------------------------------------------------------------
#
# Lengths are points. A piece is measured first, `(width, height)`, then drawn with its upper left
# corner at a place, y counted downwards; drawing returns the boxes of layers in it as
# (left, top, width, height), for the lines between them.


def draw(boxes, rankdir="TB"):
    """Return a Matplotlib figure of boxes in a row, with arrows from each to the next."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("plot_model needs the package matplotlib: pip install "
                                  "'autograd_mlp[plot]'", name="matplotlib") from error
    width, height = _measure_row(boxes, rankdir)
    margin = _PAD
    size = width + 2 * margin, height + 2 * margin
    figure = Figure(figsize=[length / 72 for length in size])
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, size[0]), ylim=(size[1], 0))
    axes.axis("off")
    places = _draw_row(axes, boxes, rankdir, margin, margin)
    for (x, y, w, h), (x2, y2, w2, h2) in zip(places, places[1:], strict=False):
        start, end = {
            "TB": ((x + w / 2, y + h), (x2 + w2 / 2, y2)),
            "BT": ((x + w / 2, y), (x2 + w2 / 2, y2 + h2)),
            "LR": ((x + w, y + h / 2), (x2, y2 + h2 / 2)),
            "RL": ((x, y + h / 2), (x2 + w2, y2 + h2 / 2)),
        }[rankdir]
        axes.annotate("", end, start, arrowprops=dict(arrowstyle="-|>", color="black", lw=2,
                                                      shrinkA=0, shrinkB=0, mutation_scale=16))
    return figure


def _text_width(text, size, weight="normal"):
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    return TextPath((0, 0), text, prop=FontProperties(size=size, weight=weight)).get_extents().width


def _widths(box):
    """(least width of the title and activation, widths of the cells)"""
    least = _text_width(box.title, _TITLE_SIZE, "bold") + 2 * _PAD
    if box.activation:
        least = max(least, _text_width(box.activation, _TEXT_SIZE) + 2 * _PAD)
    return least, [_text_width(text, _TEXT_SIZE, "bold") + 2 * _PAD for text, _ in box.cells]


def _measure(box, rankdir):
    if box.inner is not None:
        width, height = _measure_row(box.inner, rankdir)
        label = _text_width(box.title, _TEXT_SIZE)
        return max(width, label) + 2 * _PAD, height + _TEXT_SIZE + 3 * _PAD
    least, cells = _widths(box)
    rows = bool(box.activation) + bool(box.cells)
    return (max(least, sum(cells)),
            _TITLE_SIZE + 2 * _PAD + rows * (_TEXT_SIZE + 2 * _PAD))


def _measure_row(boxes, rankdir):
    sizes = [_measure(box, rankdir) for box in boxes] or [(0, 0)]
    gaps = _GAP * (len(sizes) - 1)
    widths, heights = zip(*sizes, strict=True)
    if rankdir in ("TB", "BT"):
        return max(widths), sum(heights) + gaps
    return sum(widths) + gaps, max(heights)


def _draw_row(axes, boxes, rankdir, left, top):
    width, height = _measure_row(boxes, rankdir)
    places = []
    for box in boxes if rankdir in ("TB", "LR") else reversed(boxes):
        w, h = _measure(box, rankdir)
        if rankdir in ("TB", "BT"):
            placed = _draw(axes, box, rankdir, left + (width - w) / 2, top)
            top += h + _GAP
        else:
            placed = _draw(axes, box, rankdir, left, top + (height - h) / 2)
            left += w + _GAP
        places = places + placed if rankdir in ("TB", "LR") else placed + places
    return places


def _draw(axes, box, rankdir, left, top):
    from matplotlib.patches import Rectangle

    width, height = _measure(box, rankdir)
    if box.inner is not None:
        axes.add_patch(Rectangle((left, top), width, height, fill=False, ls="--", ec="black"))
        axes.text(left + _PAD, top + _PAD, box.title, size=_TEXT_SIZE, va="top")
        inner_width, _ = _measure_row(box.inner, rankdir)
        return _draw_row(axes, box.inner, rankdir, left + (width - inner_width) / 2,
                         top + _TEXT_SIZE + 2 * _PAD)

    def cell(text, x, y, w, h, background, **font):
        axes.add_patch(Rectangle((x, y), w, h, fc=background, ec="black"))
        axes.text(x + w / 2, y + h / 2, text, ha="center", va="center", **font)

    y, row = top, _TEXT_SIZE + 2 * _PAD
    cell(box.title, left, y, width, _TITLE_SIZE + 2 * _PAD, "black", color="white",
         size=_TITLE_SIZE, weight="bold")
    y += _TITLE_SIZE + 2 * _PAD
    if box.activation:
        cell(box.activation, left, y, width, row, "white", size=_TEXT_SIZE)
        y += row
    _, widths = _widths(box)
    x, stretch = left, width / max(sum(widths), 1)
    for (text, background), w in zip(box.cells, widths, strict=True):
        cell(text, x, y, w * stretch, row, background, size=_TEXT_SIZE,
             color="black" if background == "white" else "white")
        x += w * stretch
    return [(left, top, width, height)]


# ---- Graphviz ----------------------------------------------------------------------------------


def model_to_dot(model, show_shapes=False, show_dtype=False, show_layer_names=True, rankdir="TB",
                 expand_nested=False, dpi=200, subgraph=False, show_layer_activations=False,
                 show_trainable=False, splines="ortho", **kwargs):
    """Describe the layers of a model for Graphviz. Needs the package ``pydot``.

    Parameters
    ----------
    model : Sequential
        Built. Of any other model there is one node.
    subgraph : bool, default False
        Return a ``pydot.Cluster`` to put into another graph.
    **others
        As in `plot_model`.

    Returns
    -------
    pydot.Dot or pydot.Cluster

    Raises
    ------
    ValueError
        If the model is not built, or an argument is not known.
    ImportError
        If ``pydot`` is not installed.
    """
    _check(model_to_dot, rankdir, splines, kwargs)
    boxes = boxes_of(model, show_shapes, show_dtype, show_layer_names, expand_nested,
                     show_layer_activations, show_trainable)
    try:
        import pydot
    except ImportError as error:
        raise ImportError("model_to_dot needs the package pydot: pip install pydot; "
                          "plot_model draws without it") from error
    if subgraph:
        graph = _cluster(pydot, model.name, "cluster_model")
    else:
        graph = pydot.Dot(graph_type="digraph", rankdir=rankdir, concentrate="true", dpi=str(dpi),
                          splines=str(splines))
        graph.set_node_defaults(shape="plain", fontname="Helvetica")
    nodes = _add_nodes(pydot, graph, boxes)
    for one, other in zip(nodes, nodes[1:], strict=False):
        graph.add_edge(pydot.Edge(one, other, penwidth="2"))
    return graph


def _cluster(pydot, label, name):
    return pydot.Cluster(name, label=_escape(label), labeljust="l", style="dashed")


def _escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _add_nodes(pydot, graph, boxes):
    """Put boxes into a graph; returns the names of their nodes, in order."""
    names = []
    for box in boxes:
        name = str(id(box.layer))
        if box.inner is None:
            graph.add_node(pydot.Node(name, label=_label(box)))
            names.append(name)
        else:
            inner = _cluster(pydot, box.title, name)
            names += _add_nodes(pydot, inner, box.inner)
            graph.add_subgraph(inner)
    return names


def _label(box):
    """A box as the table that Graphviz takes for a label."""
    columns = max(len(box.cells), 1)

    def cell(text, background, colour, span=1, size=_TEXT_SIZE):
        return (f'<td colspan="{span}" bgcolor="{background}"><font point-size="{size}" '
                f'color="{colour}">{_escape(text)}</font></td>')

    rows = [cell(box.title, "black", "white", columns, _TITLE_SIZE)]
    if box.activation:
        rows.append(cell(box.activation, "white", "black", columns))
    if box.cells:
        rows.append("".join(cell(text, background, "black" if background == "white" else "white")
                            for text, background in box.cells))
    return ('<<table border="0" cellborder="1" cellspacing="0" cellpadding="10">'
            + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>>")
