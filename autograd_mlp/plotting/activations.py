"""What the units of each layer put out."""

import numpy as np

from .._engine import Tensor, no_grad, trace
from ..callbacks.probe import FLAT, named_layers, random_states_kept
from ..layers._state import calls
from ..ops import OPS
from ._axes import COLOURS, NEGATIVE, grid_lines, grid_of_axes
from ._keywords import passes_on
from ._models import copy_for

COLUMNS = 4     # layers beside each other
_RESHAPING = ("reshape", "transpose", "getitem", "cast", "expand_dims", "squeeze", "broadcast_to")


class ActivationsDisplay:
    """Histograms of the outputs of layers, with the part that lets hardly any gradient through.

    Of a relu that is the output 0, where the slope is 0: a unit that puts out 0 for every sample is
    dead. Of a sigmoid or tanh it is the output near its limits, where the slope is below 4 % of
    the largest: there the unit is saturated.

    Parameters
    ----------
    outputs : dict of str to array, shape (n, ..., units)
        By layer.
    activations : dict of str to str, optional
        Names of the layers' activations, ``{"hidden": "tanh"}``; without one nothing counts as
        flat.

    Attributes
    ----------
    outputs, activations : dict
        As given.
    flat_share : dict of str to (float or None)
        The part of the outputs of a layer that are dead or saturated, from 0 to 1.
    flat_units : dict of str to (int or None)
        How many units are so for every sample.
    bars_ : dict of str to (BarContainer, BarContainer or None)
        The histograms of all outputs and of flat ones.
    axes_ : ndarray of Axes
        One for each layer.
    figure_ : Figure

    Examples
    --------
    >>> from autograd_mlp.plotting import ActivationsDisplay
    >>> display = ActivationsDisplay({"h": [[0.0, 1.0], [0.0, 2.0], [0.0, 0.0]]},
    ...                              activations={"h": "relu"}).plot()
    >>> round(display.flat_share["h"], 2), display.flat_units["h"]
    (0.67, 1)
    """

    def __init__(self, outputs, *, activations=None):
        self.outputs = {name: np.asarray(values) for name, values in outputs.items()}
        self.activations = dict(activations or {})
        self.flat_share, self.flat_units = {}, {}
        for name, values in self.outputs.items():
            if not values.size:
                raise ValueError(f"layer {name!r} has no outputs: give at least one sample")
            self.flat_share[name] = self.flat_units[name] = None
            if self.activations.get(name) in FLAT:
                flat = self._flat(name)
                self.flat_share[name] = float(flat.mean())
                by_unit = flat.reshape(-1, flat.shape[-1]) if flat.ndim else flat.reshape(1, 1)
                self.flat_units[name] = int(by_unit.all(axis=0).sum())
        if not self.outputs:
            raise ValueError("there are no layers to draw")

    def _flat(self, name):
        return FLAT[self.activations[name]][1](self.outputs[name])

    @classmethod
    @passes_on("plot")
    def from_model(cls, model, x, *, layers=None, training=False, **how):
        """Note what each layer of a model puts out for samples, and draw it.

        Parameters
        ----------
        model : Model
            Built.
        x : array_like, shape (n, ...)
            The samples.
        layers : list of str, optional
            Names of the layers to draw; by default those that compute something, without those
            that only change shapes.
        training : bool, default False
            Whether dropout is at work.
        **how
            As `plot` takes it.

        Returns
        -------
        ActivationsDisplay

        Raises
        ------
        ValueError
            If the model is not built, or has no layer of such a name.
        """
        copy = copy_for(model, "ActivationsDisplay")
        hook = _Outputs()
        with random_states_kept(), no_grad():
            batch = Tensor(copy._prepare_x(x))
            with trace(hook):
                copy(batch, training=training)
        found = {name: hook.found[id(layer)] for name, layer in named_layers(copy)
                 if id(layer) in hook.found}
        if layers is None:
            layers = [name for name, (op, _) in found.items() if op not in _RESHAPING]
        for name in layers:
            if name not in found:
                raise ValueError(f"model '{model.name}' has no layer {name!r} with outputs; there "
                                 f"are {', '.join(found)}")
        return cls({name: found[name][1] for name in layers},
                   activations={name: found[name][0] for name in layers}).plot(**how)

    @passes_on()
    def plot(self, *, ax=None, bins=40, title=None):
        """Draw the histograms.

        Parameters
        ----------
        ax : Axes or array of Axes, optional
            One is divided if there are several layers.
        bins : int, default 40
        title : str, optional
            Instead of "Outputs by layer, …".

        Returns
        -------
        ActivationsDisplay
            Itself.
        """
        count = len(self.outputs)
        rows = -(-count // COLUMNS)
        columns = -(-count // rows)
        if isinstance(ax, (list, tuple, np.ndarray)):
            rows, columns = 1, count
        if title is None:
            title = "Outputs by layer, from input to output"
        size = 3.6 * columns + 0.4, 3.2 * rows + 0.3
        self.figure_, axes = grid_of_axes(ax, rows, columns, size, title=title)
        for spare in axes.ravel()[count:]:
            spare.set_axis_off()
        self.axes_, self.bars_ = axes.ravel()[:count], {}
        for one, name in zip(self.axes_, self.outputs, strict=True):
            self._draw(one, name, bins)
        for one in axes[:, 0]:
            one.set_ylabel("share of the outputs in %")
        return self

    def _draw(self, ax, name, bins):
        values = self.outputs[name].ravel()
        finite = values[np.isfinite(values)]
        edges = np.histogram_bin_edges(finite, bins) if len(finite) else np.linspace(0, 1, bins + 1)
        part = np.full(len(finite), 100 / values.size)
        _, _, bars = ax.hist(finite, edges, weights=part, color=COLOURS[0], label="outputs")
        flat_bars, activation = None, self.activations.get(name)
        named = getattr(OPS.get(activation), "family", None) == "activation"
        words = [f"{name} ({activation})" if named else name]
        if activation in FLAT:
            word, _ = FLAT[activation]
            label = "at slope 0" if word == "dead" else word
            flat = finite[self._flat(name).ravel()[np.isfinite(values)]]
            _, _, flat_bars = ax.hist(flat, edges, weights=part[: len(flat)], color=NEGATIVE,
                                      hatch="///", edgecolor="white", label=label)
            units = self.outputs[name].shape[-1]
            words.append(f"{self.flat_share[name]:.0%} {label}, {self.flat_units[name]} of {units} "
                         f"units {'dead' if word == 'dead' else 'always'}")
            if len(flat):
                ax.legend()
        if len(finite) < values.size:
            words.append(f"{1 - len(finite) / values.size:.0%} are NaN or infinite")
        self.bars_[name] = bars, flat_bars
        ax.set_title("\n".join(words), fontsize=10)
        ax.set_xlabel("output")
        grid_lines(ax)


class _Outputs:
    """A trace hook that keeps the last output of each layer: {layer's id: (operation, array)}."""

    def __init__(self):
        self.found = {}

    def forward(self, node, output):
        layer = calls.frame[0]
        if layer is None or not output.ndim or output.dtype.kind != "f":
            return
        name = node.arguments["activation"] if node.name == "dense" else node.name
        self.found[id(layer)] = name, output.numpy()

    def backward(self, node, index, upstream, contribution, total):
        pass
