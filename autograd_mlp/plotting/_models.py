"""What pictures ask of models, and how they leave them as they were."""

import numpy as np

from .._engine import Tensor, no_grad
from ..callbacks.probe import copy_of, of_logits, random_states_kept
from ..layers import Layer
from ..models import Model
from ..models.compile import Compiled
from ..models.data import real_array


def numbers(values, name, ndim=None, what=""):
    """Return users' data as an array of real numbers; float64 stays, other floats are float32.

    Raises
    ------
    ValueError, TypeError
        If they are no such numbers, or have another number of axes than `ndim`.
    """
    array = real_array(values, name)
    if array.dtype.kind == "f" and array.dtype != np.float64:
        array = array.astype(np.float32)
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"{name} must have the shape {what}, got {array.shape}")
    return array


def check_named(tensors):
    """Raise unless tensors come with the names to show."""
    if not isinstance(tensors, dict):
        raise TypeError("tensors must be a dict, from the name to show to the tensor, "
                        f"{{'W1': w1, 'b1': b1}}; got a {type(tensors).__name__}")


def check_built(model, display):
    """Raise if this is a model or layer of ours without weights: drawing would make them."""
    if isinstance(model, Layer) and not model.built:
        kind = "model" if isinstance(model, Model) else "layer"
        raise ValueError(f"{display}: {kind} '{model.name}' is not built yet, so it has no "
                         f"weights: {'begin it with Input(shape), or ' * (kind == 'model')}"
                         "call it on a batch")


def outputs_of(model, x, display):
    """Return what a model, or anything like it, answers for a batch.

    Parameters
    ----------
    model : Model, object with ``predict_proba`` or ``predict``, or callable
        A model of another library is asked for probabilities if it gives them.
    x : ndarray, shape (n, ...)
    display : str
        As errors call it.

    Returns
    -------
    ndarray of float, shape (n,) or (n, C)
    """
    check_built(model, display)
    if isinstance(model, Model):
        with random_states_kept():
            outputs = model.predict(x, verbose=0)
    else:
        ask = next((getattr(model, name) for name in ("predict_proba", "predict")
                    if hasattr(model, name)), model)
        if not callable(ask):
            raise TypeError(f"{display}: expected a model, an object with predict(x), or a "
                            f"function of an array, got {type(model).__name__}")
        with no_grad():
            outputs = ask(x)
    outputs = outputs.numpy() if isinstance(outputs, Tensor) else np.asarray(outputs)
    if outputs.dtype.kind not in "biuf" or outputs.ndim not in (1, 2) or len(outputs) != len(x):
        raise ValueError(f"{display}: the model must return one number or one row of numbers per "
                         f"sample, shape ({len(x)},) or ({len(x)}, C); for an input of shape "
                         f"{x.shape} it returned {outputs.shape} of {outputs.dtype}")
    outputs = outputs.astype(np.float64) if outputs.dtype.kind in "biu" else outputs
    return outputs[:, 0] if outputs.ndim == 2 and outputs.shape[1] == 1 else outputs


def labels_of(y, name, count):
    """Return targets, numbers of classes or one-hot rows, as one number per sample."""
    y = real_array(y, name)
    if len(y) != count if y.ndim else True:
        raise ValueError(f"{name} must hold one target for each of the {count} samples, got the "
                         f"shape {y.shape}")
    y = y.reshape(count, -1)
    if y.shape[1] == 1:
        return y[:, 0]
    if ((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all():
        return y.argmax(axis=1)
    raise ValueError(f"{name} must be one class per sample, or rows with a single 1, got the "
                     f"shape {y.shape}")


def classes_of(outputs, name, count=None, answers=True):
    """Return the classes that outputs stand for.

    Parameters
    ----------
    outputs : array, shape (n,), (n, 1) or (n, C)
        Classes as whole numbers; probabilities of the second class, which it is from 0.5 on; or
        one output per class, of which the highest counts.
    answers : bool, default True
        False for what is true: then there are no probabilities.

    Returns
    -------
    ndarray of int64, shape (n,)
    """
    outputs = real_array(outputs, name)
    if outputs.ndim not in (1, 2) or (count is not None and len(outputs) != count):
        what = "n" if count is None else count
        raise ValueError(f"{name} must have the shape ({what},) or ({what}, C), got "
                         f"{outputs.shape}")
    if outputs.dtype.kind == "f" and np.isnan(outputs).any():
        rows = np.isnan(outputs).reshape(len(outputs), -1).any(axis=1).sum()
        raise ValueError(f"{name} holds NaN in {rows} rows, which is no class: did training "
                         "diverge?")
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        return outputs.argmax(axis=1)
    outputs = outputs.reshape(-1)
    if (outputs == np.round(outputs)).all():
        return outputs.astype(np.int64)
    if not answers:
        odd = outputs[outputs != np.round(outputs)][0]
        raise ValueError(f"{name} must hold the true classes, whole numbers or one-hot rows; "
                         f"{odd:.4g} is no class")
    if outputs.min() < 0 or outputs.max() > 1:
        raise ValueError(f"{name} must hold classes (whole numbers) or probabilities (from 0 to "
                         f"1), got {outputs.min():.3g} to {outputs.max():.3g}")
    return (outputs >= 0.5).astype(np.int64)


def classes_answered(model, x, y, display):
    """Return what `classes_of` understands: a model's outputs, or classes where these are logits.

    Parameters
    ----------
    y : array_like
        The true classes: with −1 among them, the classes are −1 and 1.
    """
    outputs = outputs_of(model, x, display)
    if outputs.ndim == 1 and of_logits(model) and not np.isnan(outputs).any():
        low = -1 if np.min(y, initial=0) < 0 else 0
        return np.where(outputs > 0, 1, low)
    return outputs


# ---- what needs a loss -------------------------------------------------------------------------


class Bench:
    """A copy of a model, to be asked for losses and gradients: the model itself is only read.

    Parameters
    ----------
    model : Model
        Built; compiled unless `loss` is given.
    x, y : array_like, shape (B, ...)
        A batch, as ``fit`` takes it.
    loss : str, Loss or callable, optional
        Instead of the compiled one.
    display : str
        As errors call it.

    Attributes
    ----------
    model : Model
        The copy.

    Raises
    ------
    TypeError
        If it is no model of this library, or cannot be copied.
    ValueError
        If it is not built, has no loss, or the batch does not fit.
    """

    def __init__(self, model, x, y, loss, display):
        self.model = copy_for(model, display)
        if loss is not None:
            Compiled.compile(self.model, "sgd", loss=loss)      # not one of the user's own
        if not self.model.compiled:
            raise ValueError(f"{display}: model '{model.name}' has no loss yet: compile it, or "
                             "say which, loss='mse'")
        with random_states_kept():
            arrays, dtypes = self.model._prepare(x, y)
        self._batch = [None if a is None else Tensor(a, dtype)
                       for a, dtype in zip(arrays, dtypes, strict=True)]

    def loss(self, training=False):
        """The loss of the batch, as a tensor."""
        x, y, _ = self._batch
        with random_states_kept():
            return self.model.compute_loss(x=x, y=y, y_pred=self.model(x, training=training),
                                           training=training)

    def gradients(self, training=False):
        """{id of a trainable variable of the copy: its gradient, or None}."""
        variables = self.model.trainable_variables
        for variable in variables:
            variable.zero_grad()
        self.loss(training).backward()
        return {id(v): None if v.grad is None else v.grad.numpy() for v in variables}


def check_model(model, display):
    """Raise unless this is a model of ours that is built."""
    if not isinstance(model, Model):
        raise TypeError(f"{display}: expected a Sequential or another Model of autograd_mlp, got "
                        f"{type(model).__name__}")
    check_built(model, display)


def copy_for(model, display):
    """A copy of a model of ours that is built."""
    check_model(model, display)
    with random_states_kept():
        return copy_of(model, display)
