"""Losses: functions that give one value per sample, and classes that reduce them to one number.

Every name of ``keras.losses`` is here. A target of shape (B,) meets a prediction of shape (B, 1);
any other difference of shapes raises: a target is never broadcast against a prediction.
"""

from .. import ops  # noqa: F401  (examples of the docstrings use it)
from .._objects import deserialize_with, lookup, public_classes, serialize
from ..backend import snake_case
from . import classification, regression
from .functions import FUNCTIONS, ctc
from .loss import Loss, LossFunctionWrapper, Reduction

CLASSES = public_classes(vars(regression), Loss) + public_classes(vars(classification), Loss)
globals().update({cls.__name__: cls for cls in CLASSES})
globals().update(FUNCTIONS)

# Short names, as Keras has them: mse and MSE, and so on.
SHORT_NAMES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
}
ALIASES = {
    spelled: FUNCTIONS[name]
    for short, name in SHORT_NAMES.items()
    for spelled in (short, short.upper())
}
ALIASES["kullback_leibler_divergence"] = FUNCTIONS["kl_divergence"]
ALIASES["logcosh"] = FUNCTIONS["log_cosh"]
globals().update(ALIASES)

_NAMES = {**FUNCTIONS, **ALIASES, **{cls.__name__: cls for cls in CLASSES}, "ctc": ctc}

__all__ = ["Loss", "LossFunctionWrapper", "Reduction", *_NAMES, "get", "resolve", "serialize",
           "deserialize"]


def get(identifier):
    """Return the loss that `identifier` stands for: a function for a function's name, a Loss for a
    class's name.

    Parameters
    ----------
    identifier : str, class, Loss, callable, dict or None
        None gives None.

    Examples
    --------
    >>> get("mse").__name__, get("MeanSquaredError").name
    ('mean_squared_error', 'mean_squared_error')
    >>> get("mean_square_error")                  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: Could not interpret loss identifier: mean_square_error
      Try:   did you mean 'mean_squared_error'?
             Known names: ...
    """
    if identifier is None:
        return None
    return lookup(identifier, _NAMES, "loss", base=Loss)


def resolve(identifier, y_true_shape, y_pred_shape):
    """Return a Loss for ``compile(loss=identifier)``, which may depend on the shapes.

    ``'crossentropy'`` (or ``'ce'``) is the binary one for one output column, the sparse one for
    class numbers, the categorical one for one-hot targets.
    """
    if str(identifier).lower() in ("crossentropy", "ce"):
        kind = binary_sparse_or_categorical(y_true_shape, y_pred_shape)
        loss = FUNCTIONS[kind + "_crossentropy"]
    else:
        loss = get(identifier)
    if loss is None or isinstance(loss, Loss):
        return loss
    return LossFunctionWrapper(
        loss, name=identifier if isinstance(identifier, str) else object_name(loss)
    )


def binary_sparse_or_categorical(y_true_shape, y_pred_shape):
    """Return which family of accuracy and cross-entropy the shapes ask for, by Keras's rule.

    Examples
    --------
    >>> binary_sparse_or_categorical((None,), (None, 1))
    'binary'
    >>> binary_sparse_or_categorical((None, 1), (None, 10))
    'sparse_categorical'
    >>> binary_sparse_or_categorical((None, 10), (None, 10))
    'categorical'
    """
    if y_pred_shape[-1] == 1:
        return "binary"
    if len(y_true_shape) < len(y_pred_shape) or y_true_shape[-1] == 1:
        return "sparse_categorical"
    return "categorical"


def object_name(thing):
    """Return the name by which history and logs call a loss or metric: its ``name``, else that
    of the function or class."""
    name = getattr(thing, "name", None)
    return name or snake_case(getattr(thing, "__name__", None) or type(thing).__name__)


deserialize = deserialize_with(get)
