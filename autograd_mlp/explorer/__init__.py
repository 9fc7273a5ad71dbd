"""See backprop: one forward and backward pass, call by call and edge by edge.

:func:`explain` takes a loss made of tensors, ``model.explain(x, y)`` a training step of a model.
Both return an :class:`Explanation`: text for ``print``, a page for the browser, plain data.
"""

import sys

from .._engine import Tensor, trace
from .explanation import Explanation
from .recording import Hook, names_in, walk_back
from .replays import replay_document
from .story import document
from .training import record_step

__all__ = ["Explanation", "explain"]


def explain(loss, *others, title=None, check=True):
    """Show how a loss was computed, and each edge of its backward pass.

    Parameters
    ----------
    loss : Tensor of one number, or callable
        A function of no arguments that returns it: then the lines of source and the names of
        its variables are known too.
    title : str, optional
    check : bool, default True
        Hold every gradient against differences in float64 (`checks`), and try what common
        mistakes would do (`faults`).  False is quicker for large graphs.

    Returns
    -------
    Explanation
        No tensor's ``grad`` is touched.

    Raises
    ------
    TypeError
        If `loss` is something else, or not alone: data are given to ``model.explain(x, y)``.
    ValueError
        If it is not one number.
    RuntimeError
        If it needs no gradient, or values that backward reads were changed in place since.

    Examples
    --------
    >>> from autograd_mlp import Tensor
    >>> w = Tensor(3.0, requires_grad=True)
    >>> ex = explain(lambda: (w * w + 1) / 2)
    >>> [step["title"] for step in ex.steps if step["kind"] == "accumulate"]
    ['dv2 += contribution', 'dv1 += contribution', 'dw += contribution', 'dw += contribution']
    >>> ex.gradient("w")
    array(3., dtype=float32)
    """
    if others:
        raise TypeError(
            "explain() takes one loss; a training step of a model is shown by its own method: "
            "model.explain(x, y)" if hasattr(loss, "explain") else
            f"explain() takes one loss, a Tensor or a function, got {1 + len(others)} "
            "things: explain(lambda: loss_of(x, y))")
    hook = Hook(find_names=True)
    frame = sys._getframe(1)
    hook.names = names_in(frame.f_globals) | names_in(frame.f_locals)
    if callable(loss) and not isinstance(loss, Tensor) and not hasattr(loss, "explain"):
        function = loss
        with trace(hook):
            loss = function()
        _check(loss, f"the function {getattr(function, '__name__', 'given')!r} returned ")
    else:
        _check(loss, "got ")
    recording = walk_back(hook, loss)
    return Explanation(recording, document(recording, title), check)


def explain_step(model, x, y=None, sample_weight=None, class_weight=None, *, title=None,
                 input_gradient=False, replay=None, check=True):
    """What ``model.explain`` does."""
    noted = None if replay is None else replay_document(replay, model)
    recording, updates, after = record_step(model, x, y, sample_weight, class_weight,
                                            input_gradient)
    return Explanation(recording, document(recording, title, updates, after, noted), check)


def _check(loss, what):
    if not isinstance(loss, Tensor):
        hint = ""
        if isinstance(loss, float):
            hint = " (loss.item() and float(loss) lose the recorded graph: give the loss itself)"
        elif hasattr(loss, "explain"):
            hint = " (of a model: model.explain(x, y))"
        raise TypeError("explain() takes a loss, a Tensor of one number, or a function of no "
                        f"arguments that returns one; {what}a {type(loss).__name__}{hint}")
    if loss.size != 1:
        raise ValueError(f"explain() takes a loss of one number; {what}a tensor of shape "
                         f"{loss.shape}: reduce it first, with sum() or mean()")
    if not loss.requires_grad:
        raise RuntimeError(
            f"explain() takes a loss that has a gradient; {what}one that needs none: nothing it "
            "was computed from has requires_grad=True, or it was computed inside no_grad(), or "
            "detached")
