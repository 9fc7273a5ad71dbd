"""How large the gradient is in each layer."""

import numpy as np

from .._engine import Tensor
from ..callbacks.probe import named_layers
from ._axes import COLOURS, LINES, MARKERS, epoch_ticks, grid_lines, one_axes
from ._keywords import passes_on
from ._models import Bench, check_named

STATISTICS = {
    "norm": "norm of the layer's gradient",
    "largest": "largest |g|",
    "mean": "mean |g|",
}


class GradientFlowDisplay:
    """The size of the gradient by layer, from input to output, or by epoch.

    Layers whose gradients are a thousand times smaller than those of others hardly learn
    (vanishing gradients); a layer whose gradient is 0 does not learn at all.

    Parameters
    ----------
    layers : list of str
        Names, from input to output.
    norm, mean, largest : array, shape (L,), or (L, F) over F epochs
        Of the gradient g of the loss by all trainable weights of a layer: Euclidean norm, mean of
        the absolute values, largest of them. NaN where there is no gradient.
    epochs : array, shape (F,), optional

    Attributes
    ----------
    layers, norm, mean, largest, epochs
        As given; `mean` and `largest` may be None.
    lines_ : dict of str to Line2D
        By statistic; over epochs by layer.
    ax_ : Axes
    figure_ : Figure

    Examples
    --------
    >>> import autograd_mlp as keras
    >>> from autograd_mlp.plotting import GradientFlowDisplay
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(
    ...     1, use_bias=False, kernel_initializer="ones", name="line")])
    >>> display = GradientFlowDisplay.from_model(model, [[2.0]], [[0.0]], loss="mse")
    >>> display.layers, display.norm.tolist()      # d(2w)²/dw = 8w
    (['line'], [8.0])
    """

    def __init__(self, layers, norm, *, mean=None, largest=None, epochs=None):
        self.layers = list(layers)
        self.norm, self.mean, self.largest = norm, mean, largest
        self.epochs = epochs

    @classmethod
    @passes_on("plot")
    def from_model(cls, model, x, y, *, loss=None, training=False, **how):
        """Compute the gradients of a batch, and draw their sizes.

        Parameters
        ----------
        model : Model
            Built, and compiled unless `loss` is given.
        x, y : array_like, shape (B, ...)
            The batch, as ``fit`` takes it.
        loss : str, Loss or callable, optional
            Instead of the compiled one.
        training : bool, default False
            Whether dropout is at work and batch normalization takes the batch's statistics.
        **how
            As `plot` takes it.

        Returns
        -------
        GradientFlowDisplay

        Raises
        ------
        ValueError
            If the model is not built, has no loss, or has nothing to train.
        """
        bench = Bench(model, x, y, loss, "GradientFlowDisplay")
        if not bench.model.trainable_variables:
            raise ValueError(f"GradientFlowDisplay: model '{model.name}' has no weights to train")
        gradients = bench.gradients(training)
        found = {}
        for name, layer in named_layers(bench.model):
            own = [v for v in layer._trainable_variables if v.trainable]
            if own:
                found[name] = [gradients[id(v)] for v in own if id(v) in gradients]
        return cls(list(found), **_sizes(found.values())).plot(**how)

    @classmethod
    @passes_on("plot")
    def from_tensors(cls, tensors, **how):
        """Draw the sizes of the gradients that ``backward()`` has left in tensors.

        Parameters
        ----------
        tensors : dict of str to Tensor, or to list of Tensor
            By the name to show, from input to output; those of a list together.
        **how
            As `plot` takes it.
        """
        check_named(tensors)
        together = {name: list(some) if isinstance(some, (list, tuple)) else [some]
                    for name, some in tensors.items()}
        for name, some in together.items():
            for tensor in some:
                if not isinstance(tensor, Tensor):
                    raise TypeError(f"{name!r} must be a Tensor, which has a grad, got "
                                    f"{type(tensor).__name__}")
        if not together:
            raise ValueError("there are no tensors to draw")
        return cls(list(together), **_sizes(
            [None if t.grad is None else t.grad.numpy() for t in some]
            for some in together.values())).plot(**how)

    @classmethod
    @passes_on("plot")
    def from_replay(cls, replay, **how):
        """Draw the gradient norms that a `autograd_mlp.callbacks.Replay` has noted, by epoch.

        Parameters
        ----------
        replay : Replay
            That was given to ``fit``.
        **how
            As `plot` takes it.
        """
        noted = replay.to_dict()
        layers = [layer for layer in noted["layers"]
                  if any(norm is not None for norm in layer["gradient_norm"])]
        norms = np.array([[np.nan if norm is None else norm for norm in layer["gradient_norm"]]
                          for layer in layers], dtype=float)
        return cls([layer["name"] for layer in layers], norms,
                   epochs=np.array(noted["epochs"])).plot(**how)

    @passes_on()
    def plot(self, *, ax=None, statistics=tuple(STATISTICS), yscale="log", title=None):
        """Draw the sizes.

        Parameters
        ----------
        ax : Axes, optional
        statistics : list of {"norm", "largest", "mean"}
            What to draw; over epochs it is the norm.
        yscale : {"log", "linear"}
        title : str, optional
            Instead of "Gradient flow: …".

        Returns
        -------
        GradientFlowDisplay
            Itself.
        """
        for name in statistics:
            if name not in STATISTICS:
                raise ValueError(f"statistics must be among {', '.join(STATISTICS)}, got {name!r}")
        self.figure_, self.ax_ = one_axes(ax, (6.4, 4.4))
        self.lines_ = {}
        if self.epochs is None:
            self._draw_layers(statistics, yscale)
        else:
            self._draw_epochs(yscale)
        by = "layer" if self.epochs is None else "epoch"
        self.ax_.set(ylabel="size of the gradient g = ∂loss/∂weight", yscale=yscale,
                     title=f"Gradient flow: size of the gradient by {by}" if title is None
                     else title)
        grid_lines(self.ax_)
        if len(self.lines_) > 1:
            self.ax_.legend()
        return self

    def _draw_layers(self, statistics, yscale):
        ax, places = self.ax_, np.arange(len(self.layers))
        for i, name in enumerate(statistics):
            values = getattr(self, name)
            if values is None:
                continue
            shown = np.where(values > 0, values, np.nan) if yscale == "log" else values
            self.lines_[name], = ax.plot(places, shown, color=COLOURS[i], marker=MARKERS[i],
                                         ls=LINES[i], label=STATISTICS[name])
        for place, norm in zip(places, self.norm, strict=True):
            if not norm > 0 or not np.isfinite(norm):
                word = "g = 0" if norm == 0 else "no gradient" if np.isnan(norm) else "g infinite"
                ax.text(place, 0.02, word, ha="center", transform=ax.get_xaxis_transform())
        tilted = sum(map(len, self.layers)) > 50
        ax.set_xticks(places, self.layers, rotation=30 if tilted else 0,
                      ha="right" if tilted else "center")
        ax.set_xlim(-0.5, len(places) - 0.5)
        ax.set_xlabel("layer, from input to output")

    def _draw_epochs(self, yscale):
        for i, (name, norms) in enumerate(zip(self.layers, self.norm, strict=True)):
            shown = np.where(norms > 0, norms, np.nan) if yscale == "log" else norms
            self.lines_[name], = self.ax_.plot(
                self.epochs, shown, color=COLOURS[i % len(COLOURS)], ls=LINES[i % len(LINES)],
                marker=MARKERS[i % len(MARKERS)], markevery=max(1, len(norms) // 8), label=name)
        self.ax_.set_xlabel("epoch")
        epoch_ticks(self.ax_)


def _sizes(gradients):
    """{statistic: array} of the gradients of each layer; where there is none, NaN."""
    found = [np.concatenate([np.ravel(g) for g in some if g is not None], dtype=np.float64)
             if any(g is not None for g in some) else np.array([np.nan]) for some in gradients]
    return {"norm": np.array([np.linalg.norm(g) for g in found]),
            "mean": np.array([np.abs(g).mean() for g in found]),
            "largest": np.array([np.abs(g).max() for g in found])}
