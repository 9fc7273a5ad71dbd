"""The weights of a layer, and the gradients beside them."""

import math

import numpy as np

from .._engine import Tensor
from ..callbacks.probe import named_layers, weights_of
from ._axes import grid_of_axes, pyplot, room_for_text, two_sided
from ._images import image_shape_of
from ._keywords import passes_on
from ._models import Bench, check_model, check_named

COLUMNS = 8             # images beside each other
CELLS_WITH_NUMBERS = 150


class WeightsDisplay:
    """Weights as heatmaps, or those of each unit as an image; gradients beside or below them.

    Positive numbers are blue, negative ones orange, 0 is white.

    Parameters
    ----------
    weights : dict of str to array
        By name. Of a matrix (I, U) each row is an input, each column a unit.
    gradients : dict of str to array, optional
        Of the same shapes.
    layer : str, optional
        For the title.
    image_shape : (int, int), optional
        Height and width: the columns of the first matrix are drawn as images, a unit each.
    units : list of int, optional
        Which units are drawn as images; by default the first 16.

    Attributes
    ----------
    weights, gradients, layer, image_shape, units
        As given.
    images_ : dict of (str, str) or (str, int) to AxesImage
        The heatmaps, ``images_["weight", "kernel"]`` and ``images_["gradient", "kernel"]``; of
        images, ``images_["weight", 3]`` is that of unit 3.
    axes_ : ndarray of Axes
    figure_ : Figure

    Examples
    --------
    >>> from autograd_mlp import Tensor, ops
    >>> from autograd_mlp.plotting import WeightsDisplay
    >>> w = Tensor([[0.5], [-0.25]], requires_grad=True)
    >>> (Tensor([[1.0, 2.0]]) @ w).sum().backward()
    >>> display = WeightsDisplay.from_tensors({"w": w})
    >>> display.images_["gradient", "w"].get_array().tolist()
    [[1.0], [2.0]]
    """

    def __init__(self, weights, *, gradients=None, layer=None, image_shape=None, units=None):
        self.weights = {name: _matrix(values, name) for name, values in weights.items()}
        self._shapes = {name: np.shape(values) for name, values in weights.items()}
        if not self.weights:
            raise ValueError("there are no weights to draw")
        self.gradients = {name: _matrix(values, f"the gradient of {name}")
                          for name, values in (gradients or {}).items() if values is not None}
        for name, gradient in self.gradients.items():
            if name not in self.weights or gradient.shape != self.weights[name].shape:
                raise ValueError(f"the gradient of {name!r} has shape {gradient.shape}, there is "
                                 "no weight of that name and shape")
        self.layer, self.image_shape = layer, image_shape
        self.units = units
        if image_shape is not None:
            count = self.weights[self._of_images()].shape[1]
            self.units = list(range(min(count, 16))) if units is None else list(units)
            for unit in self.units:
                if not 0 <= unit < count:
                    raise ValueError(f"there are {count} units, from 0 to {count - 1}, no {unit}")

    def _of_images(self):
        """The name of the weight whose columns are images."""
        for name, values in self.weights.items():
            if values.shape[0] == self.image_shape[0] * self.image_shape[1]:
                return name
        shapes = ", ".join(f"{name} {values.shape}" for name, values in self.weights.items())
        raise ValueError(f"no weight has a row for each of the {self.image_shape[0]} × "
                         f"{self.image_shape[1]} pixels: {shapes}")

    @classmethod
    @passes_on("plot")
    def from_model(cls, model, x=None, y=None, *, layer=None, image_shape="auto", units=None,
                   loss=None, training=False, **how):
        """Draw the weights of a layer; with a batch, its gradients too.

        Parameters
        ----------
        model : Model
            Built.
        x, y : array_like, shape (B, ...), optional
            A batch to compute gradients of.
        layer : str, int or Layer, optional
            By default the first that has weights.
        image_shape : (int, int), None or "auto"
            Height and width of what goes into a unit, to draw it as an image; None draws heatmaps.
            By default those are images that the model itself takes for input: of shape (h, w) or
            (h, w, 1), or a square number of at least 64 values, as 784 are 28 × 28.
        units : list of int, optional
            Which units to draw as images.
        loss : str, Loss or callable, optional
            Instead of the compiled one.
        training : bool, default False
            As in `GradientFlowDisplay.from_model`.
        **how
            As `plot` takes it.

        Returns
        -------
        WeightsDisplay

        Raises
        ------
        ValueError
            If the model is not built, has no such layer, or no loss; or the layer has no weights.
        """
        check_model(model, "WeightsDisplay")
        gradients = {}
        if x is not None:
            bench = Bench(model, x, y, loss, "WeightsDisplay")
            name, found = _layer(bench.model, layer, model)
            by_id = bench.gradients(training)
            gradients = {key: by_id.get(id(v)) for key, v in weights_of(found).items()}
        else:
            name, found = _layer(model, layer, model)
        weights = {key: v.numpy() for key, v in weights_of(found).items()}
        shape = _image_shape(model, name, next(iter(weights.values())), image_shape)
        return cls(weights, gradients=gradients, layer=name, image_shape=shape,
                   units=units).plot(**how)

    @classmethod
    @passes_on("plot")
    def from_tensors(cls, tensors, *, image_shape=None, units=None, layer=None, **how):
        """Draw tensors, and their ``grad`` if they have one.

        Parameters
        ----------
        tensors : dict of str to Tensor or array
        image_shape, units, layer
            As the class takes them.
        **how
            As `plot` takes it.
        """
        check_named(tensors)
        weights = {name: t.numpy() if isinstance(t, Tensor) else t for name, t in tensors.items()}
        gradients = {name: t.grad.numpy() for name, t in tensors.items()
                     if isinstance(t, Tensor) and t.grad is not None}
        return cls(weights, gradients=gradients, layer=layer, image_shape=image_shape,
                   units=units).plot(**how)

    @passes_on()
    def plot(self, *, ax=None, cmap=None, title=None):
        """Draw the weights.

        Parameters
        ----------
        ax : Axes or array of Axes, optional
            One is divided if there are several pictures.
        cmap : str or Colormap, optional
            From negative over 0 to positive; by default from orange over white to blue. For print
            in grey one that does not turn back, ``"Greys"``, tells the signs apart.
        title : str, optional
            Instead of "Weights of …".

        Returns
        -------
        WeightsDisplay
            Itself.
        """
        pyplot()
        cmap = two_sided() if cmap is None else cmap
        what = "Weights and their gradients" if self.gradients else "Weights"
        if title is None:
            title = what + (f" of layer '{self.layer}'" if self.layer else "")
        self.images_ = {}
        (self._draw_heatmaps if self.image_shape is None else self._draw_images)(ax, cmap, title)
        return self

    def _draw_images(self, ax, cmap, title):
        name, units = self._of_images(), self.units
        kinds = {"weight": self.weights[name]}
        if name in self.gradients:
            kinds["gradient"] = self.gradients[name]
        bands = -(-len(units) // COLUMNS)
        columns = -(-len(units) // bands)
        rows = bands * len(kinds)
        size = 1.15 * columns + 1.2 * len(kinds), 1.25 * rows + 0.6
        self.figure_, axes = grid_of_axes(ax, rows, columns, size, title=title)
        self.axes_ = axes.ravel()
        for one in self.axes_:
            one.set(xticks=[], yticks=[])
        for k, (kind, values) in enumerate(kinds.items()):
            reach = _reach(values[:, units])
            for i, unit in enumerate(units):
                one = axes[i // columns * len(kinds) + k, i % columns]
                self.images_[kind, unit] = one.imshow(
                    values[:, unit].reshape(self.image_shape), cmap=cmap, vmin=-reach, vmax=reach)
                if k == 0:
                    one.set_title(f"unit {unit}", fontsize=9)
                if i % columns == 0 and len(kinds) > 1:
                    one.set_ylabel(kind, fontsize=9)
        for kind in reversed(kinds):        # the last stands next to the images
            self.figure_.colorbar(self.images_[kind, units[0]], ax=list(self.axes_), label=kind,
                                  fraction=0.04, aspect=30)
        for one in axes[(rows - len(kinds)):, len(units) - (bands - 1) * columns:].ravel():
            one.set_axis_off()

    def _draw_heatmaps(self, ax, cmap, title):
        kinds = {"weight": self.weights}
        if self.gradients:
            kinds["gradient"] = self.gradients
        names = list(self.weights)
        tall = [min(max(len(self.weights[name]), 1.0), 14) for name in names]
        wide = min(max(2.5, 0.68 * max(w.shape[1] for w in self.weights.values())), 7)
        size = ((wide + 1.6) * len(kinds), 0.6 + sum(0.38 * h + 0.75 for h in tall))
        self.figure_, axes = grid_of_axes(ax, len(names), len(kinds), size,
                                          title=title,
                                          height_ratios=[0.38 * h + 0.5 for h in tall])
        self.axes_ = axes.ravel()
        for j, (kind, arrays) in enumerate(kinds.items()):
            for i, name in enumerate(names):
                if name in arrays:
                    self._heatmap(axes[i, j], kind, name, arrays[name], cmap)
                else:
                    axes[i, j].set_axis_off()
                    axes[i, j].text(0.5, 0.5, "no gradient", ha="center", va="center")
            axes[-1, j].set_xlabel("unit")

    def _heatmap(self, ax, kind, name, values, cmap):
        reach = _reach(values)
        self.images_[kind, name] = ax.imshow(values, cmap=cmap, vmin=-reach, vmax=reach,
                                             aspect="auto")
        self.figure_.colorbar(self.images_[kind, name], ax=ax, label=kind, ticks=[-reach, 0, reach],
                              format=lambda value, _: _short(value))
        shape = " × ".join(map(str, self._shapes[name]))
        ax.set_title(f"{name} ({shape or 'one number'})" if kind == "weight" else
                     f"∂loss/∂{name}", fontsize=10)
        ax.set_xticks(_ticks(values.shape[1]))
        ax.set_yticks(_ticks(values.shape[0]) if len(values) > 1 else [])
        if len(values) > 1:
            ax.set_ylabel("input")
        if values.size > CELLS_WITH_NUMBERS:
            return
        texts = np.vectorize(_short, otypes=[object])(values)
        size = room_for_text(ax, *values.shape[::-1], max(map(len, texts.ravel())))
        if size is not None:
            for (i, j), value in np.ndenumerate(values):
                ax.text(j, i, texts[i, j], ha="center", va="center", size=size,
                        color="white" if abs(value) > 0.75 * reach else "black")


# ---- which weights -----------------------------------------------------------------------------


def _layer(model, wanted, original):
    """(name, layer) that the user means."""
    layers = [(name, layer) for name, layer in named_layers(model) if weights_of(layer)]
    if not layers:
        raise ValueError(f"WeightsDisplay: model '{model.name}' has no weights")
    if wanted is None:
        return layers[0]
    if isinstance(wanted, int):
        wanted = original.get_layer(index=wanted).name
    if not isinstance(wanted, str):     # a layer: of the copy, that of the same name
        wanted = next((name for name, layer in named_layers(original) if layer is wanted), wanted)
    for name, layer in layers:
        if wanted in (name, layer.name):
            return name, layer
    raise ValueError(f"WeightsDisplay: model '{model.name}' has no layer {wanted!r} with weights; "
                     f"there are {', '.join(name for name, _ in layers)}")


def _image_shape(model, name, kernel, wanted):
    """(height, width) of the columns of a layer's first weight, or None."""
    if kernel.ndim != 2:
        return None
    if wanted != "auto":
        return image_shape_of(kernel.shape[:1], wanted)
    first = next(name for name, layer in named_layers(model) if weights_of(layer))
    shape = model._build_input_shape
    if name != first or shape is None or None in shape[1:] or math.prod(shape[1:]) != len(kernel):
        return None         # what comes from other units is no image
    return image_shape_of(shape[1:])


def _matrix(values, name):
    """An array of two axes: a vector is one row, further axes are put together."""
    values = np.asarray(values, dtype=float)
    if not values.size:
        raise ValueError(f"{name} is empty")
    return values.reshape(-1, values.shape[-1]) if values.ndim else values.reshape(1, 1)


def _reach(values):
    """The largest absolute value, so that 0 stands in the middle of the colours."""
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if finite.size and finite.max() > 0 else 1.0


def _short(value):
    """Two digits, of very large and small numbers one."""
    text = f"{value:.2g}"
    return (f"{value:.0e}" if "e" in text else text).replace("-", "−")


def _ticks(count):
    return range(0, count, -(-count // 12))
