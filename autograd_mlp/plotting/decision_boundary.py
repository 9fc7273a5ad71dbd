"""What a model of two inputs answers, wherever it is asked."""

import numpy as np

from ..callbacks.probe import of_logits
from ._axes import COLOURS, MARKERS, NEGATIVE, POSITIVE, lighter, one_axes, two_sided
from ._keywords import passes_on
from ._models import labels_of, numbers, outputs_of

LEVELS = 20         # shades between the lowest and the highest answer


class DecisionBoundaryDisplay:
    """The plane of two inputs, shaded by the answer of a model, with the line where it decides.

    Parameters
    ----------
    xx0, xx1 : ndarray, shape (rows, columns)
        The inputs of the grid, as ``numpy.meshgrid`` makes them.
    response : ndarray, shape (rows, columns) or (rows, columns, C)
        The answers there: one number (of a probability, say), or one for each of C classes.
    points : ndarray, shape (n, 2), optional
        Samples to draw.
    labels : ndarray, shape (n,), optional
        Their classes.
    threshold : float, default 0.5
        Where an answer of one number goes over from the first class to the second.

    Attributes
    ----------
    xx0, xx1, response, points, labels, threshold
        As given.
    surface_ : QuadContourSet or AxesImage
        The shades; with several classes an image.
    boundary_ : QuadContourSet or list of QuadContourSet
        The line where the answer is `threshold`; of several classes, one for each, around it.
    points_ : dict of label to Line2D
        Empty without points.
    ax_ : Axes
    figure_ : Figure

    Examples
    --------
    >>> from autograd_mlp.plotting import DecisionBoundaryDisplay
    >>> display = DecisionBoundaryDisplay.from_model(
    ...     lambda x: 1 / (1 + np.exp(-x[:, 0])), [[-1, 0], [1, 0]], [0, 1], resolution=5)
    >>> print(display.response[0].round(2))
    [0.2  0.33 0.5  0.67 0.8 ]
    """

    def __init__(self, xx0, xx1, response, *, points=None, labels=None, threshold=0.5):
        self.xx0, self.xx1, self.response = xx0, xx1, response
        self.points, self.labels, self.threshold = points, labels, threshold

    @classmethod
    @passes_on("plot")
    def from_model(cls, model, x, y=None, *, resolution=200, margin=0.2, threshold=None, **how):
        """Ask a model at all places around the samples, and draw what it answers.

        Parameters
        ----------
        model : Model, Layer, object with ``predict``, or callable
            Any that takes an array (n, 2) and returns (n,), (n, 1) or (n, C): a function of
            tensors, a classifier of scikit-learn. If it has ``predict_proba``, that is asked. Of
            two probabilities, the second is drawn.
        x : array_like, shape (n, 2)
            Samples; they say where to look. Asked for in the model's dtype if it is one of ours,
            else in float64 if `x` is of that, else in float32.
        y : array_like, shape (n,), (n, 1) or (n, C), optional
            Their classes, as numbers or as rows with a single 1.
        resolution : int, default 200
            Places to ask at along each axis.
        margin : float, default 0.2
            How far to go beyond the samples, as a part of their range.
        threshold : float, optional
            Where one class ends; by default 0 if the model's loss works on logits or is a hinge
            loss, else halfway between the two values in `y`, and 0.5 without `y`.
        **how
            As `plot` takes it.

        Returns
        -------
        DecisionBoundaryDisplay

        Raises
        ------
        ValueError
            If there are not two inputs, the model is not built, or it answers something else.
        """
        x = numbers(x, "x")
        if x.ndim == 2 and not len(x):
            raise ValueError("a decision boundary is drawn around samples, but x has none: its "
                             f"shape is {x.shape}")
        if x.ndim != 2 or x.shape[1] != 2:
            raise ValueError(f"a decision boundary is drawn over two inputs: x must have the shape "
                             f"(n, 2), got {x.shape}; choose two columns, or draw a layer that has "
                             "two inputs")
        odd = np.flatnonzero(~np.isfinite(x).all(axis=1))
        if len(odd):
            raise ValueError(f"x holds NaN or Inf in {len(odd)} of {len(x)} rows, the first is "
                             f"x[{odd[0]}]: leave them out, x[np.isfinite(x).all(axis=1)], and "
                             "their classes too")
        if resolution < 2:
            raise ValueError(f"resolution must be at least 2, got {resolution}")
        labels = None if y is None else labels_of(y, "y", len(x))
        if threshold is None:       # halfway between two labels
            values = [] if labels is None else np.unique(labels)
            threshold = 0.0 if of_logits(model) else \
                float(np.mean(values)) if len(values) == 2 else 0.5
        low, high = x.min(axis=0), x.max(axis=0)
        around = margin * np.where(high > low, high - low, 1)
        sides = [np.linspace(a, b, resolution) for a, b in zip(low - around, high + around,
                                                               strict=True)]
        xx0, xx1 = np.meshgrid(*sides)
        grid = np.stack([xx0.ravel(), xx1.ravel()], axis=1)
        grid = grid.astype(np.float64 if x.dtype == np.float64 else np.float32)
        answers = outputs_of(model, grid, "DecisionBoundaryDisplay")
        if answers.ndim == 2 and answers.shape[1] == 2 and np.allclose(answers.sum(axis=1), 1,
                                                                       atol=1e-4):
            answers, threshold = answers[:, 1], 0.5
        response = answers.reshape(*xx0.shape, *answers.shape[1:])
        display = cls(xx0, xx1, response, points=x, labels=labels, threshold=threshold)
        return display.plot(**how)

    @passes_on()
    def plot(self, *, ax=None, xlabel="first input", ylabel="second input", classes=None,
             colorbar=True, title=None):
        """Draw the shades, the line and the points.

        Parameters
        ----------
        ax : Axes, optional
        xlabel, ylabel : str
            Names of the inputs.
        classes : list of str, optional
            Names of the classes, in the order of their numbers.
        colorbar : bool, default True
            Whether to draw the scale beside an answer of one number.
        title : str, optional
            Instead of "Decision boundary: …".

        Returns
        -------
        DecisionBoundaryDisplay
            Itself.
        """
        self.figure_, self.ax_ = one_axes(ax, (5.8, 4.6))
        several = self.response.ndim == 3
        (self._shade_classes if several else self._shade)(colorbar)
        self._draw_points(classes)
        if title is None:
            title = "Decision boundary: the class with the highest output" if several else \
                f"Decision boundary: line where the output is {self.threshold:g}"
        self.ax_.set(xlabel=xlabel, ylabel=ylabel, title=title,
                     xlim=(self.xx0.min(), self.xx0.max()), ylim=(self.xx1.min(), self.xx1.max()))
        return self

    def _shade(self, colorbar):
        middle, found = self.threshold, self.response[np.isfinite(self.response)]
        if not len(found):
            raise ValueError("the model answers NaN or Inf everywhere")
        if found.min() >= 0 and found.max() <= 1:
            low, high = 0.0, 1.0
        else:
            reach = np.abs(found.astype(np.float64) - middle).max() or 1.0
            low, high = middle - reach, middle + reach
        self.surface_ = self.ax_.contourf(self.xx0, self.xx1, self.response,
                                          np.linspace(low, high, LEVELS + 1), cmap=two_sided(0.8))
        if colorbar:
            self.figure_.colorbar(self.surface_, ax=self.ax_, label="output",
                                  ticks=np.linspace(low, high, 5))
        crossed = found.min() < middle < found.max()
        # a line that lies nowhere is no line: contour would warn
        self.boundary_ = self.ax_.contour(
            self.xx0, self.xx1, self.response, [middle], colors="black", linewidths=2,
            linestyles="-") if crossed else None

    def _shade_classes(self, colorbar):
        best = self.response.argmax(axis=2)
        count = self.response.shape[2]
        if count > len(COLOURS):
            raise ValueError(f"at most {len(COLOURS)} classes can be told apart by colour, the "
                             f"model has {count}: draw one output of it, lambda x: model(x)[:, 3]")
        light = np.array([lighter(colour, 0.45) for colour in COLOURS[:count]])
        half = [np.diff(xx.ravel()[[0, -1]])[0] / (n - 1) / 2
                for xx, n in ((self.xx0, self.xx0.shape[1]), (self.xx1, self.xx1.shape[0]))]
        extent = (self.xx0.min() - half[0], self.xx0.max() + half[0],
                  self.xx1.min() - half[1], self.xx1.max() + half[1])
        self.surface_ = self.ax_.imshow(light[best], origin="lower", aspect="auto", extent=extent)
        self.boundary_ = []
        others = np.where(np.eye(count, dtype=bool), -np.inf, self.response[..., None, :])
        ahead = self.response - others.max(axis=-1)     # over the best of the others
        for k in range(count):
            if (ahead[..., k] > 0).any() and (ahead[..., k] < 0).any():
                self.boundary_.append(self.ax_.contour(
                    self.xx0, self.xx1, ahead[..., k], [0], colors="black", linewidths=1.5))

    def _draw_points(self, classes):
        self.points_ = {}
        several = self.response.ndim == 3
        labels = self.labels
        if labels is None:
            labels = np.zeros(0 if self.points is None else len(self.points))
        known = np.unique(labels)
        size = 9 if len(labels) <= 20 else 5 if len(labels) <= 500 else 3
        for i, label in enumerate(known):
            number = int(label) if several and label == int(label) else i
            # as the shades: the second of two classes is where the output is high
            colour = COLOURS[number % len(COLOURS)] if several else \
                (NEGATIVE, POSITIVE)[i if len(known) == 2 else int(label > self.threshold)]
            self.points_[label.item()], = self.ax_.plot(
                *self.points[labels == label].T, ls="", marker=MARKERS[number % len(MARKERS)],
                color="white" if self.labels is None else colour, mec="black",
                mew=0.8 if size > 3 else 0.4, ms=size, label=_name(label, classes))
        entries = {} if self.labels is None else dict(self.points_)
        if several:
            entries |= self._regions(set(np.unique(self.response.argmax(axis=2)).tolist())
                                     - entries.keys(), classes)
        if entries:     # below: inside it would hide points
            self.ax_.legend(handles=[entries[label] for label in sorted(entries)],
                            loc="upper center", bbox_to_anchor=(0.5, -0.13), frameon=False,
                            ncols=min(len(entries), 4))

    def _regions(self, bare, classes):
        """Class → a field of its colour for the legend, of regions that have no points."""
        from matplotlib.patches import Patch

        return {k: Patch(facecolor=lighter(COLOURS[k], 0.45), edgecolor="black", linewidth=0.8,
                         label=_name(k, classes)) for k in bare}


def _name(label, classes):
    if classes is None or label != int(label) or not 0 <= label < len(classes):
        return f"class {label:g}"
    return str(classes[int(label)])
