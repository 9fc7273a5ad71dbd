"""A small autodiff library with compiled kernels and a Keras-compatible face.

The engine: :class:`Tensor`, the operations in :mod:`autograd_mlp.ops`, :func:`gradcheck`.
The Keras side: :class:`Sequential`, :mod:`layers`, :mod:`losses`, :mod:`optimizers` and so on,
with Keras's names, so that ``import autograd_mlp as keras`` is a natural thing to write.
"""

import autograd_mlp._load  # noqa: F401, I001  (first: it loads the compiled engine)

from autograd_mlp import (
    activations,
    backend,
    callbacks,
    constraints,
    dtype_policies,
    initializers,
    layers,
    losses,
    metrics,
    models,
    ops,
    optimizers,
    random,
    regularizers,
    utils,
)
from autograd_mlp._engine import (
    Tensor,
    Variable,
    is_grad_enabled,
    no_grad,
    override_rule,
    trace,
)
from autograd_mlp.dtype_policies import DTypePolicy
from autograd_mlp.faces import install_as_keras
from autograd_mlp.functional import grad, value_and_grad
from autograd_mlp.gradcheck import GradientError, gradcheck
from autograd_mlp.gradient_tape import GradientTape
from autograd_mlp.initializers import Initializer
from autograd_mlp.layers import Input, InputSpec, Layer
from autograd_mlp.losses import Loss
from autograd_mlp.metrics import Metric
from autograd_mlp.models import Model, Sequential
from autograd_mlp.optimizers import Optimizer
from autograd_mlp.random import set_random_seed
from autograd_mlp.regularizers import Regularizer
from autograd_mlp.versions import __version__, show_versions

__all__ = [
    "DTypePolicy",
    "GradientError",
    "GradientTape",
    "Initializer",
    "Input",
    "InputSpec",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Regularizer",
    "Sequential",
    "Tensor",
    "Variable",
    "__version__",
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "dtype_policies",
    "explain",
    "explorer",
    "grad",
    "gradcheck",
    "initializers",
    "install_as_keras",
    "is_grad_enabled",
    "layers",
    "losses",
    "metrics",
    "models",
    "no_grad",
    "ops",
    "optimizers",
    "override_rule",
    "plotting",
    "random",
    "regularizers",
    "saving",
    "set_random_seed",
    "show_versions",
    "trace",
    "utils",
    "value_and_grad",
]


# Imported when first used: most programs need few of them, and starting is to be quick.
_LATER = ("config", "datasets", "explorer", "plotting", "saving", "wrappers")


def __getattr__(name):
    import importlib

    if name in _LATER:
        return importlib.import_module(f"autograd_mlp.{name}")
    if name == "explain":
        from autograd_mlp.explorer import explain

        return explain
    from autograd_mlp._errors import did_you_mean

    raise AttributeError(f"module 'autograd_mlp' has no attribute {name!r}"
                         + ("" if name.startswith("_") else did_you_mean(name, __all__)))


def __dir__():
    return sorted({*globals(), *_LATER, "explain"})
