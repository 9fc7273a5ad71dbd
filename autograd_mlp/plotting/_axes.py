"""Where pictures are drawn, and how they look."""

import numpy as np

# Okabe & Ito 2008, told apart by the colour-blind; line styles and markers tell them apart in grey.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#56B4E9", "#E69F00")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)), (0, (6, 3)))
POSITIVE, NEGATIVE = COLOURS[0], COLOURS[1]


def pyplot():
    """Return ``matplotlib.pyplot``.

    Raises
    ------
    ModuleNotFoundError
        If Matplotlib is not installed; it says how to get it.
    """
    try:
        import matplotlib.pyplot as plt
    except ModuleNotFoundError as error:
        if error.name != "matplotlib":
            raise
        raise ModuleNotFoundError(
            "autograd_mlp.plotting needs the package matplotlib: pip install "
            "'autograd_mlp[plot]'", name="matplotlib") from error
    return plt


def one_axes(ax, figsize=(6.4, 4.8)):
    """Return (figure, axes): those given, or new ones."""
    plt = pyplot()
    if ax is None:
        return plt.subplots(figsize=figsize, layout="constrained")
    return _checked(ax).figure, ax


def grid_of_axes(ax, rows, columns, figsize, height_ratios=None, title=None):
    """Return (figure, array (rows, columns) of axes).

    Parameters
    ----------
    ax : None, Axes or array of Axes
        New ones are made; or the one is hidden and its place divided; or these are taken.
    title : str, optional
        Of all together; not written above axes that the user gave one by one.
    """
    plt = pyplot()
    if ax is None:
        figure, axes = plt.subplots(rows, columns, figsize=figsize, squeeze=False,
                                    layout="constrained", height_ratios=height_ratios)
        if title is not None:
            figure.suptitle(title)
        return figure, axes
    if isinstance(ax, (list, tuple, np.ndarray)):
        given = [_checked(one) for one in np.ravel(np.asarray(ax, dtype=object))]
        if len(given) != rows * columns:
            raise ValueError(f"this picture has {rows} × {columns} axes, but ax holds "
                             f"{len(given)}: figure.subplots({rows}, {columns}) makes them")
        return given[0].figure, np.array(given, dtype=object).reshape(rows, columns)
    if rows == columns == 1:
        return _checked(ax).figure, np.array([[ax]], dtype=object)
    if _checked(ax).get_subplotspec() is None:
        raise ValueError(f"this picture has {rows} × {columns} axes, and the place of ax cannot be "
                         "divided: make ax with figure.subplots(), or give an array of axes")
    place = ax.get_subplotspec()
    ax.set_axis_off()
    if title is not None:       # what is left of ax is a strip above the others, with their title
        strip, place = place.subgridspec(2, 1, height_ratios=[0.02, 1])
        ax.set_subplotspec(strip)
        ax.set_title(title)
    grid = place.subgridspec(rows, columns, height_ratios=height_ratios)
    return ax.figure, grid.subplots(squeeze=False)


def _checked(ax):
    from matplotlib.axes import Axes

    if not isinstance(ax, Axes):
        raise TypeError(f"ax must be Matplotlib's Axes, got {type(ax).__name__}; for example "
                        "figure, ax = matplotlib.pyplot.subplots()")
    return ax


def readable(name):
    """Return a name as it is written under an axis: ``"mean_squared_error"`` without its ``_``."""
    return str(name).replace("_", " ")


def grid_lines(ax):
    """Give axes the lines that help to read values off."""
    ax.grid(alpha=0.3)
    ax.set_axisbelow(True)


def epoch_ticks(ax):
    """Let the ticks of the x axis stand at whole numbers."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def lighter(colour, part):
    """Return a colour as (red, green, blue), of which only `part` is left and the rest is white."""
    from matplotlib.colors import to_rgb

    return tuple(1 - part * (1 - np.array(to_rgb(colour))))


def two_sided(part=1.0):
    """Return a colour map from orange (low) over white to blue (high)."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(
        "orange_blue", [lighter(NEGATIVE, part), "white", lighter(POSITIVE, part)])


def room_for_text(ax, columns, rows, longest, sizes=(8, 7, 6)):
    """Return the font size in points in which texts fit into the cells of a table; None if none do.

    Parameters
    ----------
    ax : Axes
        The table fills it.
    columns, rows : int
    longest : int
        Letters of the longest text.
    sizes : tuple of int
        To choose from, the largest first.
    """
    place = ax.get_window_extent()
    points = 72 / ax.figure.dpi
    width, height = 0.9 * place.width * points / columns, 0.9 * place.height * points / rows
    if ax.get_aspect() != "auto":       # the cells are squares
        width = height = min(width, height)
    # a digit is 0.6 of the font size wide; the layout still to come takes some of the room
    return next((size for size in sizes if 0.6 * size * longest <= width and
                 1.1 * size <= height), None)
