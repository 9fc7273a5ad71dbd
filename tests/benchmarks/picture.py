"""The results as a picture: how steps grow, and the headline rows beside the best peers."""

from matplotlib.figure import Figure

COLOURS = {"autograd_mlp": "#0072B2", "NumPy": "#E69F00", "PyTorch": "#D55E00", "JAX": "#009E73",
           "Keras": "#CC79A7"}
HEADLINES = ("training", "inference", "startup", "eager")


def draw(results, path):
    """Write a PNG: three log-log panels of the growth table, one of bars of the others."""
    tables = results["tables"]
    bars = [row for name in HEADLINES if name in tables for row in tables[name]["rows"]
            if len(row["median"]) > 1]
    panels = ["width", "depth", "batch"] * ("growth" in tables)
    if not bars and not panels:
        raise SystemExit("there is nothing to draw: the picture shows "
                         f"{', '.join(HEADLINES)} and growth")
    figure = Figure(figsize=(15, 4.5 * bool(panels) + (1 + 0.45 * len(bars)) * bool(bars)),
                    layout="constrained")
    parts = figure.subfigures(bool(panels) + bool(bars), 1, squeeze=False, height_ratios=[
        *[4.5] * bool(panels), *[1 + 0.45 * len(bars)] * bool(bars)])[:, 0]
    if panels:
        for axes, name in zip(parts[0].subplots(1, 3), panels, strict=True):
            draw_growth(axes, name, tables["growth"]["rows"])
    if bars:
        draw_bars(parts[-1].subplots(), bars)
    figure.savefig(path, dpi=110, format="png")


def draw_growth(axes, name, rows):
    rows = [row for row in rows if row["row"].startswith(name)]
    sizes = [int(row["row"].split()[1].replace(",", "")) for row in rows]
    for peer in rows[0]["median"]:
        axes.loglog(sizes, [row["median"][peer] for row in rows], "o-", ms=4,
                    color=COLOURS.get(peer), label=peer)
    axes.set(title=f"Time of a training step against {name}", xlabel=name, ylabel="µs")
    axes.grid(alpha=0.3)
    axes.legend()


def draw_bars(axes, rows):
    """How many times longer than autograd_mlp each peer takes."""
    height = 0.8 / max(len(row["median"]) for row in rows)
    labelled = set()
    for at, row in enumerate(rows):
        ours, *others = row["median"].items()
        for i, (peer, value) in enumerate(others):
            axes.barh(at + (i + 0.5) * height - 0.4, value / ours[1] - 1, height, left=1,
                      color=COLOURS.get(peer), label=None if peer in labelled else peer)
            labelled.add(peer)
    axes.axvline(1, color=COLOURS["autograd_mlp"], label="autograd_mlp = 1")
    axes.set(xscale="log", title="Times as long as autograd_mlp takes (for memory: as much)",
             yticks=range(len(rows)), yticklabels=[row["row"] for row in rows])
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.3)
    axes.legend(loc="lower right")
