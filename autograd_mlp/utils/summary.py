"""The table that ``model.summary()`` prints, as Keras 3 lays it out."""

import math
import re
import textwrap

from . import console

_COLUMN_ENDS = (0.45, 0.80, 1.0)  # share of the line at which each column ends
LONGEST_SUM = 36        # characters of a number of parameters written as a sum in one line
SHORTEST_NAME = 16      # characters of the first column, at least


def summary_text(
    model,
    line_length=None,
    positions=None,
    expand_nested=False,
    show_trainable=False,
    layer_range=None,
    show_math=False,
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
    show_math : bool
        Whether to write how the number of each layer's parameters comes about, from the shapes of
        its weights: ``8*12 + 12 = 108`` for a kernel of shape (8, 12) and a bias of (12,).

    Returns
    -------
    str
        Ends with a line break. Once the optimizer has state, its parameters are counted too.

    Notes
    -----
    The text is Keras's, but for what Keras cuts off with ``…``: names too long for their column
    go on in the next line, and columns are as wide as the numbers in them.
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
    first, last = _range_of_layers(model.layers, layer_range)
    rows = []
    for layer in model.layers[first:last]:
        rows += _rows_of(layer, expand_nested, show_trainable, show_math)
    widths = _made_to_fit(_column_widths(ends, line_length), [headings, *rows], show_math)
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


def _made_to_fit(widths, rows, show_math):
    """Return widths at which nothing is cut: no column but the first, of names, is narrower than
    its longest word. What that takes, the column of shapes gives as far as it has room to spare,
    then that of names; then the table becomes wider."""
    columns = list(zip(*rows, strict=True))
    longest = [max(map(len, column)) for column in columns]
    needed = [max(len(word) for cell in column for word in cell.split()) for column in columns]
    if show_math:       # a sum is read best in one line
        needed[2] = max(needed[2], min(longest[2], LONGEST_SUM))
    wider = [max(width, need) for width, need in zip(widths, needed, strict=True)]
    wider[0] = widths[0]
    missing = sum(wider) - sum(widths)
    for column, least in ((1, max(longest[1], needed[1])), (0, min(needed[0], SHORTEST_NAME))):
        given = min(missing, max(wider[column] - least, 0))
        wider[column] -= given
        missing -= given
    return wider


def parameter_math(layer):
    """Write the number of a layer's parameters as a sum over its weights.

    Examples
    --------
    >>> from autograd_mlp.layers import Dense
    >>> layer = Dense(12)
    >>> layer.build((None, 8))
    >>> parameter_math(layer)
    '8*12 + 12 = 108'
    """
    terms = ["*".join(map(str, weight.shape)) or "1" for weight in layer.weights]
    total = f"{layer.count_params():,}"
    return total if not terms or terms == [total] else f"{' + '.join(terms)} = {total}"


def _rows_of(layer, expand_nested, show_trainable, show_math, depth=0):
    prefix = "   " * depth + "└ " if depth else ""
    if not getattr(layer, "built", True):
        params = "0 (unbuilt)"
    else:
        params = parameter_math(layer) if show_math else f"{layer.count_params():,}"
    row = [f"{prefix}{layer.name} ({type(layer).__name__})", _output_shape(layer), params]
    if show_trainable:
        row.append(("Y" if layer.trainable else "N") if layer.weights else "-")
    rows = [row]
    if expand_nested:
        for inner in getattr(layer, "layers", ()):
            rows += _rows_of(inner, expand_nested, show_trainable, show_math, depth + 1)
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


def _lines_of(text, width):
    lines = []
    for part in textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False):
        lines += [part[i : i + width] for i in range(0, len(part), width)]
    return lines


def _row(cells, widths, alignments, bar, low=False):
    """Return the lines of one row: text is wrapped between words, and inside of words that are too
    long; text of fewer lines than its neighbours' stands at the top, or at the bottom if `low`."""
    wrapped = [_lines_of(cell, width) for cell, width in zip(cells, widths, strict=True)]
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
