"""Which classes a classifier takes for which."""

import numpy as np

from ._axes import one_axes, room_for_text
from ._keywords import passes_on
from ._models import classes_answered, classes_of, numbers

NORMALIZE = (None, "true", "pred", "all")


class ConfusionMatrixDisplay:
    """A table of counts: rows are the true classes, columns the predicted ones.

    Parameters
    ----------
    confusion_matrix : ndarray, shape (C, C)
        How many samples of class i were taken for class j, or what part of them.
    display_labels : list of str, optional
        Names of the classes; else their numbers.
    right, total : int, optional
        Samples that were taken for what they are, and all; the title says them.

    Attributes
    ----------
    confusion_matrix, display_labels, right, total
        As given.
    im_ : AxesImage
    text_ : ndarray of Text, shape (C, C), or None
        The numbers; None if there is no room for them.
    ax_ : Axes
    figure_ : Figure

    Examples
    --------
    >>> from autograd_mlp.plotting import ConfusionMatrixDisplay
    >>> display = ConfusionMatrixDisplay.from_predictions([0, 0, 1, 1], [0.1, 0.7, 0.8, 0.9])
    >>> print(display.confusion_matrix)
    [[1 1]
     [0 2]]
    """

    def __init__(self, confusion_matrix, *, display_labels=None, right=None, total=None):
        self.confusion_matrix = np.asarray(confusion_matrix)
        shape = self.confusion_matrix.shape
        if len(shape) != 2 or shape[0] != shape[1]:
            raise ValueError(f"a confusion matrix is square, got the shape {shape}")
        self.display_labels = list(map(str, range(shape[0]) if display_labels is None
                                       else display_labels))
        if len(self.display_labels) != shape[0]:
            raise ValueError(f"{shape[0]} classes need as many names, got "
                             f"{len(self.display_labels)}: {', '.join(self.display_labels)}")
        self.right, self.total = right, total

    @classmethod
    @passes_on("plot")
    def from_predictions(cls, y_true, y_pred, *, labels=None, normalize=None, display_labels=None,
                         **how):
        """Count, and draw.

        Parameters
        ----------
        y_true : array_like, shape (n,), (n, 1) or (n, C)
            The classes, as numbers or one-hot rows.
        y_pred : array_like, shape (n,), (n, 1) or (n, C)
            Classes; probabilities of the second class (which counts from 0.5 on); or one output
            per class, of which the highest counts.
        labels : list of int, optional
            The classes to show, in this order; by default all that occur. Samples of others are
            left out.
        normalize : {None, "true", "pred", "all"}
            Show parts instead of counts: of each row (what became of a class), of each column
            (what is behind an answer), or of all samples.
        display_labels : list of str, optional
            Names of the classes.
        **how
            As `plot` takes it.

        Returns
        -------
        ConfusionMatrixDisplay

        Raises
        ------
        ValueError
            If these are no classes, their numbers differ, or an output is NaN.
        """
        if normalize not in NORMALIZE:
            raise ValueError(f"normalize must be one of {', '.join(map(repr, NORMALIZE))}, got "
                             f"{normalize!r}")
        true = classes_of(y_true, "y_true", answers=False)
        predicted = classes_of(y_pred, "y_pred", len(true))
        if not len(true):
            raise ValueError("there are no samples to count")
        if labels is None:
            labels = np.union1d(true, predicted)
            width = np.shape(y_pred)[1] if np.ndim(y_pred) == 2 else 1
            if width > 1:       # classes that never occur are there, too
                labels = np.union1d(labels, np.arange(width))
        labels = np.asarray(labels)
        if display_labels is None:
            display_labels = labels
        number = {label: i for i, label in enumerate(labels.tolist())}
        rows, columns = ([number.get(label, -1) for label in classes.tolist()]
                         for classes in (true, predicted))
        shown = (np.array(rows) >= 0) & (np.array(columns) >= 0)
        matrix = np.zeros((len(labels), len(labels)), dtype=np.int64)
        np.add.at(matrix, (np.array(rows)[shown], np.array(columns)[shown]), 1)
        right, total = int(np.trace(matrix)), int(matrix.sum())
        if normalize:
            sums = matrix.sum(axis={"true": 1, "pred": 0, "all": None}[normalize], keepdims=True)
            matrix = np.divide(matrix, sums, out=np.zeros(matrix.shape), where=sums > 0)
        return cls(matrix, display_labels=display_labels, right=right, total=total).plot(**how)

    @classmethod
    @passes_on("from_predictions")
    def from_model(cls, model, x, y, **how):
        """Ask a model for the classes of samples, count, and draw.

        Parameters
        ----------
        model : Model, object with ``predict``, or callable
            As `DecisionBoundaryDisplay.from_model` takes it, for inputs of any shape.
        x : array_like, shape (n, ...)
        y : array_like, shape (n,), (n, 1) or (n, C)
            The true classes. Single outputs of a model whose loss works on logits, or is a hinge
            loss, count for the second class from 0 on.
        **how
            As `from_predictions` takes it.
        """
        return cls.from_predictions(
            y, classes_answered(model, numbers(x, "x"), y, "ConfusionMatrixDisplay"), **how)

    @passes_on()
    def plot(self, *, ax=None, cmap="Blues", colorbar=False, values_format=None, title=None):
        """Draw the table.

        Parameters
        ----------
        ax : Axes, optional
        cmap : str, default "Blues"
        colorbar : bool, default False
        values_format : str, optional
            How to write a number, ``"d"`` or ``".1%"``; counts in full, parts in percent.
        title : str, optional
            Instead of "Confusion matrix: … of … right".

        Returns
        -------
        ConfusionMatrixDisplay
            Itself.
        """
        matrix, count = self.confusion_matrix, len(self.confusion_matrix)
        side = min(max(4.4, 1.6 + 0.55 * count), 9)
        self.figure_, ax = one_axes(ax, (side + 0.6, side))
        self.ax_ = ax
        whole = matrix.dtype.kind in "iu"
        self.im_ = ax.imshow(matrix, cmap=cmap, vmin=0, vmax=max(matrix.max(), 1e-12))
        if colorbar:
            self.figure_.colorbar(self.im_, ax=ax,
                                  label="samples" if whole else "share of the samples")
        self._write(values_format or (",d" if whole else ".1%" if count < 8 else ".0%"))
        ticks = range(count) if self.text_ is not None else range(0, count, -(-count // 20))
        names = [self.display_labels[i] for i in ticks]
        tilted = max(map(len, names)) > 4 and count > 4
        ax.set_xticks(ticks, names, rotation=45 if tilted else 0, ha="right" if tilted else
                      "center")
        ax.set_yticks(ticks, names)
        if title is None:
            title = "Confusion matrix" if not self.total else (
                f"Confusion matrix: {self.right:,} of {self.total:,} right "
                f"({self.right / self.total:.1%})")
        ax.set(xlabel="predicted class", ylabel="true class", title=title)
        return self

    def _write(self, form):
        matrix, half = self.confusion_matrix, self.im_.norm.vmax / 2
        texts = [format(value, form) if value else "0" for value in matrix.ravel().tolist()]
        count = len(matrix)
        size = room_for_text(self.ax_, count, count, max(map(len, texts)), sizes=(10, 8, 7, 6))
        self.text_ = None
        if size is None:
            return
        self.text_ = np.empty(matrix.shape, dtype=object)
        for ((i, j), value), text in zip(np.ndenumerate(matrix), texts, strict=True):
            self.text_[i, j] = self.ax_.text(
                j, i, text, ha="center", va="center", size=size,
                weight="bold" if i == j else "normal", color="white" if value > half else "black")
