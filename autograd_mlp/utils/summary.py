"""The table that ``model.summary()`` prints, as Keras 3 lays it out."""

import math
import re
import textwrap

from . import console

_COLUMN_ENDS = (0.45, 0.80, 1.0)  # share of the line at which each column ends


def summary_text(
    model,
    line_length=None,
    positions=None,
    expand_nested=False,
    show_trainable=False,
    layer_range=None,
):
    """Return the summary of a model: a table of its layers, then the numbers of parameters.

    Parameters
    ----------
    model : Sequential
        Anything with ``name``, ``layers``, ``trainable_weights``, ``non_trainable_weights``.
    line_length : int, optional
        Width of the table; 88 if not given, less in a narrow terminal.
    positions : sequence of float, optional
        Share of the line at which each column ends.
    expand_nested : bool
        Whether to list the layers of models inside the model.
    show_trainable : bool
        Whether to add a column that says so.
    layer_range : pair of str, optional
        Names (or regular expressions) of the first and last layer to list.

    Returns
    -------
    str
        Ends with a line break. Once the optimizer has state, its parameters are counted too.
    """
    headings = ["Layer (type)", "Output Shape", "Param #"]
    alignments = ["<", "<", ">"]
    ends = list(positions or _COLUMN_ENDS)
    default_length = 88
    if show_trainable:
        headings.append("Trainable")
        alignments.append("^")
        ends = [0.9 * end for end in ends] + [1.0]
        default_length += 12
    if line_length is None:
        line_length = min(default_length, console.columns() - 4)
    widths = _column_widths(ends, line_length)

    first, last = _range_of_layers(model.layers, layer_range)
    rows = []
    for layer in model.layers[first:last]:
        rows += _rows_of(layer, expand_nested, show_trainable)
    lines = [f'Model: "{model.name}"', *_table(headings, rows, widths, alignments)]
    return "\n".join(lines + _totals(model)) + "\n"


def print_summary(model, line_length=None, positions=None, print_fn=None, **kwargs):
    """Print `summary_text`, or pass it to `print_fn` as one string."""
    text = summary_text(model, line_length, positions, **kwargs)
    (print_fn or console.write)(text)


def _column_widths(ends, line_length):
    """Return the width of each column's text for a table that is `line_length` wide."""
    wanted, start = [], 0
    for end in ends:
        width = int(end * line_length) - start
        if width < 4:
            raise ValueError(
                f"Insufficient console width to print summary: a column would be {width} "
                f"characters wide at line_length={line_length}, at least 4 are needed."
            )
        wanted.append(width)
        start += width
    # Each column adds a space on both sides, the frame one line per column and one more. What
    # that makes too much is taken from the columns in equal parts.
    widths = [width + 2 for width in wanted]
    excess = sum(widths) + len(widths) + 1 - line_length
    for index in range(len(widths)):
        part = min(round(excess / (len(widths) - index)), widths[index])
        widths[index] -= part
        excess -= part
    return [max(width - 2, 1) for width in widths]


def _rows_of(layer, expand_nested, show_trainable, depth=0):
    prefix = "   " * depth + "└ " if depth else ""
    if not getattr(layer, "built", True):
        params = "0 (unbuilt)"
    else:
        params = f"{layer.count_params():,}"
    row = [f"{prefix}{layer.name} ({type(layer).__name__})", _output_shape(layer), params]
    if show_trainable:
        row.append(("Y" if layer.trainable else "N") if layer.weights else "-")
    rows = [row]
    if expand_nested:
        for inner in getattr(layer, "layers", ()):
            rows += _rows_of(inner, expand_nested, show_trainable, depth + 1)
    return rows


def _output_shape(layer):
    input_shape = getattr(layer, "_build_input_shape", None)
    shape = getattr(layer, "output_shape", None)
    if shape is None and input_shape is not None:
        shape = layer.compute_output_shape(input_shape)
    return "?" if shape is None else "(" + ", ".join(str(n) for n in shape) + ")"


def _totals(model):
    trainable = _count(model.trainable_weights)
    non_trainable = _count(model.non_trainable_weights)
    parts = {"Trainable params": trainable, "Non-trainable params": non_trainable}
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and getattr(optimizer, "built", False):
        # Keras keeps the numbers that are no arrays (step, learning rate) in 4 bytes each
        parts["Optimizer params"] = _count(optimizer.variables, size_of_scalars=4)
    total = tuple(map(sum, zip(*parts.values(), strict=True)))
    parts = {"Total params": total, **parts}
    return [f" {label}: {n:,} ({readable_size(size)})" for label, (n, size) in parts.items()]


def _count(variables, size_of_scalars=None):
    """Return the number of values in variables, and of bytes."""
    numbers = [math.prod(v.shape) for v in variables]
    sizes = [n * (v.dtype.itemsize if v.shape else size_of_scalars or v.dtype.itemsize)
             for n, v in zip(numbers, variables, strict=True)]
    return sum(numbers), sum(sizes)


def readable_size(n_bytes):
    """Write a number of bytes in the unit that fits it.

    Examples
    --------
    >>> readable_size(203560)
    '198.79 KB'
    """
    size = float(n_bytes)
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} PB"


def _range_of_layers(layers, layer_range):
    """Return the slice between the first layer that matches one name and the last that matches
    the other, whichever comes first."""
    if layer_range is None:
        return 0, len(layers)
    if len(layer_range) != 2 or not all(isinstance(name, str) for name in layer_range):
        raise ValueError(f"Expected `layer_range` to be two layer names, got {layer_range!r}.")
    starts, stops = (
        [index for index, layer in enumerate(layers) if re.match(name, layer.name)]
        for name in layer_range
    )
    if not starts or not stops:
        raise ValueError(
            f"layer_range={layer_range!r} matches no layer; there are: "
            f"{', '.join(layer.name for layer in layers)}."
        )
    if min(starts) > max(stops):
        return min(stops), max(starts) + 1
    return min(starts), max(stops) + 1


def _table(headings, rows, widths, alignments):
    def line(left, fill, between, right):
        return left + between.join(fill * (width + 2) for width in widths) + right

    lines = [line("┏", "━", "┳", "┓"), *_row(headings, widths, alignments, "┃", low=True)]
    lines.append(line("┡", "━", "╇", "┩"))
    for index, row in enumerate(rows):
        if index:
            lines.append(line("├", "─", "┼", "┤"))
        lines += _row(row, widths, alignments, "│")
    lines.append(line("└", "─", "┴", "┘"))
    return lines


def _row(cells, widths, alignments, bar, low=False):
    """Return the lines of one row: text is wrapped between words, too long words are cut; text
    of fewer lines than its neighbours' stands at the top, or at the bottom if `low`."""
    wrapped = [
        [
            part if len(part) <= width else part[: width - 1] + "…"
            for part in textwrap.wrap(cell, width, break_long_words=False, break_on_hyphens=False)
        ]
        for cell, width in zip(cells, widths, strict=True)
    ]
    height = max(map(len, wrapped))
    for cell in wrapped:
        missing = [""] * (height - len(cell))
        cell[:] = missing + cell if low else cell + missing
    lines = []
    for index in range(height):
        parts = [
            f"{cell[index]:{alignment}{width}}"
            for cell, width, alignment in zip(wrapped, widths, alignments, strict=True)
        ]
        lines.append(f"{bar} " + f" {bar} ".join(parts) + f" {bar}")
    return lines
