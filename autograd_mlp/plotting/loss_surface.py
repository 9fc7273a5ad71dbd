"""The loss around the weights of a model, along two directions, and the paths of optimizers."""

from collections.abc import Mapping

import numpy as np

from .._engine import no_grad
from ..callbacks import LambdaCallback
from ._axes import COLOURS, LINES, MARKERS, one_axes, pyplot
from ._directions import Directions, chosen_weights, own_directions, principal, random_directions
from ._keywords import passes_on
from ._models import Bench, check_model, copy_for

LEVELS = 16
LIGHT = 0.5         # part of the colour map that is used: paths are to be seen on it


class LossSurfaceDisplay:
    """A map of the loss over a plane through the space of the weights.

    Parameters
    ----------
    alphas : array, shape (columns,)
        Places along the first direction.
    betas : array, shape (rows,)
        Places along the second.
    losses : array, shape (rows, columns)
        The loss there.
    paths : dict of str to array, shape (steps, 2), optional
        Paths through the plane, by name.
    names : (str, str), optional
        Of the two directions.
    start : (float, float), optional
        Where the weights are, marked by a cross.

    Attributes
    ----------
    alphas, betas, losses, paths, names, start
        As given.
    surface_ : QuadContourSet
    lines_ : dict of str to Line2D
        The paths.
    ax_ : Axes
    figure_ : Figure

    References
    ----------
    Li, Xu, Taylor, Studer & Goldstein 2018, "Visualizing the loss landscape of neural nets":
    section 4 for directions that are normalised filter by filter, section 7 for those of a path.

    Examples
    --------
    >>> from autograd_mlp.plotting import LossSurfaceDisplay
    >>> display = LossSurfaceDisplay.from_function(lambda a, b: a * a + 10 * b * b,
    ...                                            (-2, 2), (-1, 1), resolution=5)
    >>> display.losses[:, 2].tolist()
    [10.0, 2.5, 0.0, 2.5, 10.0]
    """

    def __init__(self, alphas, betas, losses, *, paths=None,
                 names=("first direction", "second direction"), start=None):
        self.alphas, self.betas = (np.asarray(a, dtype=float) for a in (alphas, betas))
        self.losses = np.asarray(losses, dtype=float)
        if self.losses.shape != (len(self.betas), len(self.alphas)):
            raise ValueError(f"{len(self.betas)} × {len(self.alphas)} places need as many losses, "
                             f"got the shape {self.losses.shape}")
        self.paths = {name: _path(points, name) for name, points in (paths or {}).items()}
        self.names, self.start = tuple(names), start

    # ---- where the numbers come from --------------------------------------------------------

    @classmethod
    @passes_on("plot")
    def from_model(cls, model, x, y, *, directions=None, span=None, resolution=25, paths=None,
                   loss=None, seed=0, **how):
        """Compute the loss around the weights of a model, and draw it.

        Parameters
        ----------
        model : Model
            Built, and compiled unless `loss` is given. Its weights are the middle.
        x, y : array_like, shape (n, ...)
            Samples to compute the loss of, all at once.
        directions : optional
            Two of them, from the weights w to w + α d₁ + β d₂:

            ``"random"`` (default without `paths`)
                Random ones, normalised so that each unit's incoming weights have the length that
                they have in w; biases stay. α = 1 goes as far as w is long.
            ``"pca"`` (default with `paths`)
                Those in which the paths differ most from w: their principal components.
            ``[("hidden/kernel", (0, 1)), ("output/bias", 0)]``
                Two single weights, each by the name of layer and weight and its place there; the
                axes show their values.
            a pair of lists of arrays
                Your own, shaped as the trainable weights.
        span : float, optional
            How far to go to each side; by default 1, or as far as the paths go.
        resolution : int, default 25
            Places along each direction.
        paths : dict of str to list, optional
            By name the weights after each step, as ``model.get_weights()`` returns them. In a plane
            that does not contain them their projections are drawn.
        loss : str, Loss or callable, optional
            Instead of the compiled one.
        seed : int, default 0
            Of the random directions; nothing else is drawn from the library's randomness.
        **how
            As `plot` takes it.

        Returns
        -------
        LossSurfaceDisplay

        Raises
        ------
        ValueError
            If the model is not built, has no loss or nothing to train, or the directions or paths
            do not fit its weights.

        Notes
        -----
        The loss is that of ``evaluate``: without dropout. Weights that are not trained stay.
        """
        bench = Bench(model, x, y, loss, "LossSurfaceDisplay")
        _check_resolution(resolution)
        variables = bench.model.trainable_variables
        if not variables:
            raise ValueError(f"LossSurfaceDisplay: model '{model.name}' has no weights to train")
        middle = [v.numpy().astype(np.float64) for v in variables]
        tracks = {name: [_trainable(weights, bench.model, name) for weights in path]
                for name, path in (paths or {}).items()}
        plane = _plane(directions, bench.model, middle, tracks, seed)
        projected = {name: np.array([plane.project(weights) for weights in track])
                     for name, track in tracks.items()}
        alphas, betas = _places(plane, projected, span, resolution)

        def height(alpha, beta):
            for variable, values in zip(variables, plane.weights(alpha, beta), strict=True):
                variable.assign(values.astype(variable.dtype))
            with no_grad():
                return bench.loss().item()

        losses = [[height(alpha, beta) for alpha in alphas] for beta in betas]
        return cls(alphas, betas, losses, paths=projected, names=plane.names,
                   start=plane.middle).plot(**how)

    @classmethod
    @passes_on("from_model")
    def from_optimizers(cls, model, x, y, optimizers, *, epochs=20, batch_size=32, shuffle=False,
                        directions=None, **how):
        """Train copies of a model from where it is, one with each optimizer, and draw their paths.

        Parameters
        ----------
        model : Model
            Built and compiled, for the loss.
        x, y : array_like, shape (n, ...)
            What to learn, and what the loss is computed of.
        optimizers : dict of str to (str or Optimizer)
            By the names to show. Each is copied.
        epochs : int, default 20
            A path has a point for each.
        batch_size : int, default 32
        shuffle : bool, default False
            Whether batches are drawn anew for each epoch.
        directions : optional
            As in `from_model`; by default ``"pca"`` of all paths, around the weights now.
        **how
            As `from_model` takes it.
        """
        check_model(model, "LossSurfaceDisplay")
        if not isinstance(optimizers, Mapping) or not optimizers:
            raise TypeError("optimizers is a dictionary of names and optimizers, for example "
                            f"{{'SGD': 'sgd', 'Adam': Adam(0.01)}}; got {optimizers!r}")
        paths = {name: _train(model, x, y, optimizer, epochs, batch_size, shuffle)
                 for name, optimizer in optimizers.items()}
        return cls.from_model(model, x, y, paths=paths, directions=directions, **how)

    @classmethod
    @passes_on("plot")
    def from_function(cls, function, xlim, ylim, *, resolution=100, paths=None,
                      names=("x", "y"), start=None, **how):
        """Draw any function of two numbers.

        Parameters
        ----------
        function : callable
            Takes two arrays of one shape (or, if it cannot, two numbers) and returns the heights.
        xlim, ylim : (float, float)
        resolution : int, default 100
        paths : dict of str to array, shape (steps, 2), optional
        names : (str, str)
            Of the arguments.
        start : (float, float), optional
        **how
            As `plot` takes it.
        """
        _check_resolution(resolution)
        alphas, betas = (np.linspace(*limits, resolution) for limits in (xlim, ylim))
        grid = np.meshgrid(alphas, betas)
        try:
            with no_grad():
                losses = np.asarray(function(*grid), dtype=float)
        except (TypeError, ValueError):
            losses = None
        if losses is None or losses.shape != grid[0].shape:
            with no_grad():
                losses = [[float(function(a, b)) for a in alphas] for b in betas]
        return cls(alphas, betas, losses, paths=paths, names=names, start=start).plot(**how)

    # ---- drawing ----------------------------------------------------------------------------

    @passes_on()
    def plot(self, *, ax=None, scale="auto", cmap="Greys", colorbar=True, title=None):
        """Draw the map and the paths.

        Parameters
        ----------
        ax : Axes, optional
        scale : {"auto", "log", "linear"}
            How the levels follow each other; ``"auto"`` is logarithmic where the highest loss is
            more than 20 times the lowest.
        cmap : str, default "Greys"
            The lower, the lighter.
        colorbar : bool, default True
        title : str, optional
            Instead of "Loss surface …".

        Returns
        -------
        LossSurfaceDisplay
            Itself.
        """
        if scale not in ("auto", "log", "linear"):
            raise ValueError(f"scale must be 'auto', 'log' or 'linear', got {scale!r}")
        plt = pyplot()
        self.figure_, self.ax_ = _, ax = one_axes(ax, (6.6, 5))
        levels = _levels(self.losses, scale)
        known = np.where(np.isfinite(self.losses), self.losses, np.nan)
        known = np.clip(known, levels[0], levels[-1])
        shades = plt.get_cmap(cmap)(np.linspace(0, LIGHT, len(levels) - 1))
        self.surface_ = ax.contourf(self.alphas, self.betas, known, levels, colors=shades)
        ax.contour(self.alphas, self.betas, known, levels, colors="0.45", linewidths=0.5,
                   linestyles="-")
        if colorbar:
            ticks = levels[:: max(1, len(levels) // 6)]
            self.figure_.colorbar(self.surface_, ax=ax, label="loss", ticks=ticks,
                                  format=lambda value, _: f"{value:.3g}".replace("-", "−"))
        self._draw_paths()
        if title is None:
            title = "Loss surface and the paths of optimizers" if self.paths else "Loss surface"
        ax.set(xlabel=self.names[0], ylabel=self.names[1], title=title,
               xlim=self.alphas[[0, -1]], ylim=self.betas[[0, -1]])
        return self

    def _draw_paths(self):
        ax, self.lines_ = self.ax_, {}
        for i, (name, points) in enumerate(self.paths.items()):
            look = i % len(COLOURS)
            self.lines_[name], = ax.plot(
                *points.T, color=COLOURS[look], ls=LINES[look], lw=1.8, marker=MARKERS[look], ms=4,
                markevery=max(1, len(points) // 25), label=name)
            ax.plot(*points[-1], color=COLOURS[look], marker=MARKERS[look], ms=10, mec="white")
        if self.start is not None:
            ax.plot(*self.start, color="black", marker="x", ms=9, mew=2, ls="",
                    label="weights now")
        if self.paths:
            ax.legend()


# ---- helpers -----------------------------------------------------------------------------------


def _plane(directions, model, middle, tracks, seed):
    """The `Directions` that the user means."""
    if directions is None:
        directions = "pca" if tracks else "random"
    if isinstance(directions, str):
        if directions == "random":
            return random_directions(middle, seed)
        if directions == "pca":
            return principal(middle, tracks)
        raise ValueError("directions must be 'random', 'pca', two weights or two lists of arrays, "
                         f"got {directions!r}")
    directions = list(directions)
    if len(directions) != 2:
        raise ValueError(f"a plane has two directions, got {len(directions)}")
    if all(isinstance(one, tuple) and one and isinstance(one[0], str) for one in directions):
        return chosen_weights(model, middle, directions)
    return own_directions(middle, directions)


def _places(plane: Directions, projected, span, resolution):
    """The coordinates of the grid: so far to each side, or as far as the paths go."""
    middle = np.array(plane.middle)
    if span is not None or not projected:
        reach = 1.0 if span is None else float(span)
        if not reach > 0:
            raise ValueError(f"span must be above 0, got {span}")
        low, high = middle - reach, middle + reach
    else:
        points = np.concatenate([*projected.values(), middle[None]])
        points = points[np.isfinite(points).all(axis=1)]
        low, high = points.min(axis=0), points.max(axis=0)
        room = 0.15 * max((high - low).max(), 1e-3)
        low, high = low - room, high + room
    return (np.linspace(a, b, resolution) for a, b in zip(low, high, strict=True))


def _trainable(weights, model, name):
    """Of all weights, as get_weights returns them, those that are trained."""
    variables = model.weights
    shapes = [np.shape(w) for w in weights]
    if shapes != [v.shape for v in variables]:
        raise ValueError(f"the path {name!r} holds weights of the shapes {shapes}, those of the "
                         f"model have {[v.shape for v in variables]}: keep model.get_weights()")
    of = {id(v): np.asarray(w, dtype=np.float64) for v, w in zip(variables, weights, strict=True)}
    return [of[id(v)] for v in model.trainable_variables]


def _train(model, x, y, optimizer, epochs, batch_size, shuffle):
    """The weights of a copy before the first epoch and after each."""
    from .. import optimizers
    from ..callbacks.probe import random_states_kept

    copy = copy_for(model, "LossSurfaceDisplay")
    if not copy.compiled:
        raise ValueError(f"LossSurfaceDisplay: model '{model.name}' has no loss yet: compile it")
    found = optimizers.get(optimizer)
    copy.optimizer = type(found).from_config(found.get_config())
    path = [copy.get_weights()]
    note = LambdaCallback(on_epoch_end=lambda epoch, logs: path.append(copy.get_weights()))
    with random_states_kept():
        copy.fit(x, y, epochs=epochs, batch_size=batch_size, shuffle=shuffle, verbose=0,
                 callbacks=[note])
    return path


def _path(points, name):
    points = np.asarray(points, dtype=float)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"the path {name!r} must have the shape (steps, 2), got {points.shape}")
    return points


def _check_resolution(resolution):
    if resolution < 2:
        raise ValueError(f"resolution must be at least 2, got {resolution}")


def _levels(losses, scale):
    """Levels of the contours between the lowest and the highest finite loss."""
    finite = losses[np.isfinite(losses)]
    if not finite.size:
        raise ValueError("the loss is NaN or infinite everywhere")
    low, high = finite.min(), finite.max()
    if scale == "auto":
        scale = "log" if low >= 0 and high > 20 * low else "linear"
    if not high > low:
        low, high = low - 0.5, high + 0.5
    elif scale == "log":
        if high <= 0:
            raise ValueError("scale='log' needs a loss above 0")
        positive = finite[finite > 0]
        return np.geomspace(max(positive.min(), high * 1e-5), high, LEVELS + 1)
    return np.linspace(low, high, LEVELS + 1)
