"""The samples that a classifier gets most wrong."""

import numpy as np

from ..callbacks.probe import of_logits
from ._axes import grid_of_axes, one_axes, room_for_text, two_sided
from ._images import image_shape_of
from ._keywords import passes_on
from ._models import classes_of, numbers, outputs_of

COLUMNS = 5     # images beside each other


class MisclassifiedDisplay:
    """Samples that were taken for another class, the worst first: as images or as rows of a table.

    The worst is the one whose true class was given the lowest probability.

    Parameters
    ----------
    x : ndarray, shape (n, ...)
        The samples, those in error only, in the order to be drawn.
    indices : ndarray of int, shape (n,)
        Which of all samples they are.
    true, predicted : ndarray of int, shape (n,)
        Their classes.
    probability_true, probability_predicted : ndarray, shape (n,)
        What the model gave for the true class, and for the one it chose.
    total : int, optional
        How many samples there were, right ones too.
    image_shape : tuple of int, optional
        Height and width of images; None draws a table.
    class_names, feature_names : list of str, optional

    Attributes
    ----------
    x, indices, true, predicted, probability_true, probability_predicted, total, image_shape
        As given.
    images_ : list of AxesImage
        Of images.
    im_ : AxesImage
        Of a table: how far each value lies from the mean of the samples given, in standard
        deviations.
    axes_ : ndarray of Axes
    figure_ : Figure

    Examples
    --------
    >>> from autograd_mlp.plotting import MisclassifiedDisplay
    >>> display = MisclassifiedDisplay.from_predictions(
    ...     [[1.0], [2.0], [3.0]], [0, 1, 1], [0.9, 0.4, 0.8])
    >>> display.indices.tolist(), display.probability_true.round(1).tolist()
    ([0, 1], [0.1, 0.4])
    """

    def __init__(self, x, indices, true, predicted, probability_true, probability_predicted, *,
                 total=None, image_shape=None, class_names=None, feature_names=None):
        self.x, self.indices, self.true, self.predicted = x, indices, true, predicted
        self.probability_true = probability_true
        self.probability_predicted = probability_predicted
        self.total = total
        self.image_shape = image_shape
        self.class_names, self.feature_names = class_names, feature_names
        self._mean, self._deviation, self._errors = 0.0, 1.0, len(indices)

    @classmethod
    @passes_on("plot")
    def from_predictions(cls, x, y_true, y_pred, *, max_samples=20, image_shape="auto",
                         class_names=None, feature_names=None, **how):
        """Find the samples in error, and draw the worst.

        Parameters
        ----------
        x : array_like, shape (n, ...)
            The samples.
        y_true : array_like, shape (n,), (n, 1) or (n, C)
            Their classes, as numbers or one-hot rows.
        y_pred : array_like of float, shape (n,), (n, 1) or (n, C)
            Probabilities: of the second class, or of each class.
        max_samples : int, default 20
            How many to draw at most.
        image_shape : (int, int), None or "auto"
            Height and width of a sample that is an image; None draws rows of a table. By default
            samples of shape (h, w), (h, w, 1), and those of a square number of at least 64
            values are images.
        class_names : list of str, optional
        feature_names : list of str, optional
            Headings of the table.
        **how
            As `plot` takes it.

        Returns
        -------
        MisclassifiedDisplay
            With ``axes_`` empty, and a sentence instead, if nothing was taken for another class.

        Raises
        ------
        ValueError
            If these are no probabilities of these samples, or the images have another shape.
        """
        x = numbers(x, "x")
        if max_samples < 1:
            raise ValueError(f"max_samples must be at least 1, got {max_samples}")
        outputs = numbers(y_pred, "y_pred")
        predicted = classes_of(outputs, "y_pred", len(x))
        true = classes_of(y_true, "y_true", len(x), answers=False)
        if outputs.dtype.kind != "f" or outputs.min(initial=0) < 0 or outputs.max(initial=0) > 1:
            raise ValueError("y_pred must be probabilities from 0 to 1, what a softmax or sigmoid "
                             f"returns; got {outputs.dtype} from {outputs.min():.3g} to "
                             f"{outputs.max():.3g}")
        given = outputs.reshape(len(x), -1)
        if given.shape[1] == 1:
            given = np.concatenate([1 - given, given], axis=1)
        if len(x) and not 0 <= true.min() <= true.max() < given.shape[1]:
            raise ValueError(f"y_true has classes from {true.min()} to {true.max()}, but y_pred "
                             f"probabilities of {given.shape[1]}")
        wrong = np.flatnonzero(predicted != true)
        order = wrong[np.argsort(given[wrong, true[wrong]], kind="stable")][:max_samples]
        shape = image_shape_of(x.shape[1:], image_shape)
        display = cls(x[order], order, true[order], predicted[order], given[order, true[order]],
                      given[order, predicted[order]], total=len(x), image_shape=shape,
                      class_names=class_names, feature_names=feature_names)
        display._errors = len(wrong)
        if shape is None and len(x):
            rows = x.reshape(len(x), -1)
            display._mean = rows.mean(axis=0)
            spread = rows.std(axis=0)
            display._deviation = np.where(spread > 0, spread, 1)
        return display.plot(**how)

    @classmethod
    @passes_on("from_predictions")
    def from_model(cls, model, x, y, **how):
        """Ask a model for probabilities, and draw the samples that it gets most wrong.

        Parameters
        ----------
        model : Model, object with ``predict_proba`` or ``predict``, or callable
        x : array_like, shape (n, ...)
        y : array_like, shape (n,), (n, 1) or (n, C)
            The true classes.
        **how
            As `from_predictions` takes it.
        """
        x = numbers(x, "x")
        outputs = outputs_of(model, x, "MisclassifiedDisplay")
        if of_logits(model):
            squash = "sigmoid" if outputs.ndim == 1 else "softmax"
            raise ValueError("MisclassifiedDisplay: the loss of this model works on logits, so it "
                             "does not answer with probabilities; give these, "
                             f"from_predictions(x, y, ops.{squash}(model.predict(x)))")
        return cls.from_predictions(x, y, outputs, **how)

    @passes_on()
    def plot(self, *, ax=None, cmap="Greys", title=None):
        """Draw the samples.

        Parameters
        ----------
        ax : Axes or array of Axes, optional
            One is divided if there are several images.
        cmap : str, default "Greys"
            Of images.
        title : str, optional
            Instead of "… of … samples in error, …".

        Returns
        -------
        MisclassifiedDisplay
            Itself.
        """
        count = len(self.indices)
        if title is None:
            of = "" if self.total is None else f" of {self.total:,}"
            which = "" if count == self._errors else f", the {count} worst"
            title = f"{self._errors:,}{of} samples in error{which}"
        if not count:
            self.figure_, ax = one_axes(ax)
            ax.set_axis_off()
            ax.text(0.5, 0.5, "no sample in error", ha="center", va="center")
            ax.set_title(title)
            self.axes_ = np.array([ax], dtype=object)
        elif self.image_shape is None:
            self._draw_table(ax, title)
        else:
            self._draw_images(ax, cmap, title)
        return self

    def _class(self, number):
        return str(number) if self.class_names is None else str(self.class_names[number])

    def _draw_images(self, ax, cmap, title):
        count = len(self.indices)
        columns = min(COLUMNS, count)
        rows = -(-count // columns)
        if ax is not None and not hasattr(ax, "get_subplotspec"):
            count_given = len(np.ravel(np.asarray(ax, dtype=object)))
            rows, columns = (rows, columns) if count_given == rows * columns else (1, count)
        self.figure_, axes = grid_of_axes(ax, rows, columns, (1.7 * columns, 2.0 * rows + 0.5),
                                          title=title)
        self.axes_ = axes.ravel()
        self.images_ = []
        low, high = self.x.min(), self.x.max()
        for i, one in enumerate(self.axes_):
            one.set_axis_off()
            if i >= count:
                continue
            self.images_.append(one.imshow(self.x[i].reshape(self.image_shape), cmap=cmap,
                                           vmin=low, vmax=high))
            one.set_title(f"{self._class(self.true[i])} (p = {self.probability_true[i]:.2g})\n"
                          f"taken for {self._class(self.predicted[i])} "
                          f"({self.probability_predicted[i]:.2g})", fontsize=9)

    def _draw_table(self, ax, title):
        values = self.x.reshape(len(self.x), -1)
        count, width = values.shape
        self.figure_, ax = one_axes(ax, (min(3.2 + 0.75 * width, 14), 1.6 + 0.32 * count))
        self.axes_ = np.array([ax], dtype=object)
        far = (values - self._mean) / self._deviation
        self.im_ = ax.imshow(far, cmap=two_sided(0.7), vmin=-3, vmax=3, aspect="auto")
        texts = [f"{value:.3g}".replace("-", "−") for value in values.ravel()]
        size = room_for_text(ax, width + 4, count, max(map(len, texts)))    # 4: what stands beside
        if size is not None:
            for ((i, j), _), text in zip(np.ndenumerate(values), texts, strict=True):
                ax.text(j, i, text, ha="center", va="center", size=size)
        names = self.feature_names or [f"x{j}" for j in range(width)]
        if len(names) != width:
            raise ValueError(f"{width} inputs need as many feature_names, got {len(names)}")
        every = -(-width // 16)
        ax.set_xticks(range(0, width, every), names[::every], rotation=30, ha="right")
        ax.set_yticks(range(count), [
            f"sample {index}: {self._class(true)} taken for {self._class(predicted)}, "
            f"p = {p:.2g}" for index, true, predicted, p in zip(
                self.indices, self.true, self.predicted, self.probability_true, strict=True)],
            fontsize=9)
        ax.tick_params(length=0)
        ax.set(xlabel="input", ylabel="p: probability given to the true class", title=title)
        bar = self.figure_.colorbar(self.im_, ax=ax, ticks=[-3, 0, 3])
        bar.set_label("standard deviations from the mean")


