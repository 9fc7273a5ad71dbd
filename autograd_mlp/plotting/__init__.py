"""Pictures of models, their training and their gradients. Needs Matplotlib (extra ``plot``).

Each picture is a *display*, as in scikit-learn: a class method ``from_…`` computes what is to be
seen and draws it, the object keeps the numbers as attributes, and ``plot(ax=…)`` draws them once
more, elsewhere. After drawing, ``figure_`` and ``ax_`` (``axes_`` where there are several) are
Matplotlib's. Nothing is shown or saved by itself: ``display.figure_.savefig("loss.png")``. A model
that is given is not changed: weights, gradients, optimizer and random state stay as they are, bit
for bit.

========================== =====================================================================
`HistoryDisplay`           ``from_history(history)``, ``from_callback(callback)``,
                           ``from_csv(path)``: loss and metrics by epoch, of one run or several
`LearningRateDisplay`      ``from_model(model, x, y)``: the range test of `lr_find`, which tries
                           growing rates and suggests one
`DecisionBoundaryDisplay`  ``from_model(model, x, y=None)``: what a model of two inputs answers,
                           wherever it is asked
`ConfusionMatrixDisplay`   ``from_predictions(y_true, y_pred)``, ``from_model(model, x, y)``:
                           which classes are taken for which
`MisclassifiedDisplay`     ``from_predictions(x, y_true, y_pred)``, ``from_model(model, x, y)``:
                           the samples that it gets most wrong, as images or as a table
`WeightsDisplay`           ``from_model(model, x=None, y=None)``, ``from_tensors(tensors)``: the
                           weights of a layer as heatmaps or, of each unit, as images; with a batch,
                           their gradients beside them
`GradientFlowDisplay`      ``from_model(model, x, y)``, ``from_tensors(tensors)``,
                           ``from_replay(replay)``: how large the gradient is in each layer
`ActivationsDisplay`       ``from_model(model, x)``: what the units of each layer put out, and the
                           share of it that lets no gradient through
`LossSurfaceDisplay`       ``from_model(model, x, y)``, ``from_optimizers(model, x, y, {…})``,
                           ``from_function(f, xlim, ylim)``: the loss around the weights along two
                           directions, and the paths that optimizers take
========================== =====================================================================
"""

import importlib

from .._errors import did_you_mean

# Imported when first used.
_LATER = {
    "ActivationsDisplay": "activations",
    "ConfusionMatrixDisplay": "confusion_matrix",
    "DecisionBoundaryDisplay": "decision_boundary",
    "GradientFlowDisplay": "gradient_flow",
    "HistoryDisplay": "history",
    "LearningRateDisplay": "learning_rate",
    "LearningRateSweep": "learning_rate",
    "LossSurfaceDisplay": "loss_surface",
    "MisclassifiedDisplay": "misclassified",
    "WeightsDisplay": "weights",
    "lr_find": "learning_rate",
}

__all__ = sorted(_LATER)


def __getattr__(name):
    if name in _LATER:
        found = getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module 'autograd_mlp.plotting' has no attribute {name!r}"
                         + ("" if name.startswith("_") else did_you_mean(name, __all__)))


def __dir__():
    return sorted([*__all__, *(name for name in globals() if name.startswith("__"))])
