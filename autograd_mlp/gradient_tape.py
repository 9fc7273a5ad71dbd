"""Gradients in TensorFlow's style: a context that watches, and asks afterwards.

It computes nothing of its own: the engine records every operation on a tensor that requires a
gradient anyway, and a :class:`GradientTape` only remembers which of those calls were made while
it listened.  `gradient` walks them backwards and hands the results out instead of adding them
into ``.grad``.
"""

import threading
from contextlib import contextmanager

import numpy as np

from ._engine import (
    Op,
    Tensor,
    Variable,
    calls_recorded,
    gradients_of,
    recorded_between,
    run_python,
)
from ._errors import did_you_mean, warn

_UNCONNECTED = ("none", "zero")


class _Listening(threading.local):
    """The tapes that listen in this thread, the outermost first."""

    def __init__(self):
        self.tapes = []


_listening = _Listening()


class GradientTape:
    """Records what is computed in its block, and differentiates it.

    Parameters
    ----------
    persistent : bool, default False
        Whether `gradient` may be called more than once.
    watch_accessed_variables : bool, default True
        Whether trainable variables are watched by themselves.  Other tensors, such as constants,
        are watched after `watch`; tensors made with ``requires_grad=True`` always are.

    Raises
    ------
    RuntimeError
        From `gradient`, if it is called a second time on a tape that is not persistent, or a
        second derivative is asked for: the backward pass itself is not recorded.

    Notes
    -----
    As in TensorFlow: what is computed outside of the block counts as constant, ``.grad`` of no
    tensor is touched, and a source that the target does not depend on gets None.

    Unlike TensorFlow: the values that a backward pass reads must still be there.  Take all
    gradients of a persistent tape before you assign to the variables.

    Examples
    --------
    >>> import autograd_mlp as keras
    >>> x = keras.Tensor([1.0, 2.0, 3.0])
    >>> w = keras.Variable(2.0)
    >>> with keras.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = keras.ops.sum(w * x ** 2)
    >>> dw, dx = tape.gradient(y, [w, x])
    >>> dw, dx
    (Tensor(14.), Tensor([ 4.,  8., 12.]))

    One step of training by hand:

    >>> optimizer = keras.optimizers.SGD(0.1)
    >>> with keras.GradientTape() as tape:
    ...     loss = (w - 1) ** 2
    >>> gradients = tape.gradient(loss, [w])
    >>> _ = optimizer.apply_gradients(zip(gradients, [w]))
    >>> round(w.item(), 3)
    1.8
    """

    def __init__(self, persistent=False, watch_accessed_variables=True):
        self._persistent = bool(persistent)
        self._watch_variables = bool(watch_accessed_variables)
        self._began = None          # where recording (re)started, None while it does not listen
        self._entered = False
        self._forget()

    def _forget(self):
        self._windows = []          # (first, last) places in the engine's order of calls
        self._watched = {}          # id → tensor
        self._lent = []             # watched tensors that did not require a gradient before
        self._used = False

    # ---- listening ------------------------------------------------------------

    def __enter__(self):
        if self._entered:
            raise RuntimeError("this GradientTape is listening already: a tape cannot be entered "
                               "twice; make another one for the inner block")
        self._forget()
        self._entered = True
        self._listen()
        return self

    def __exit__(self, *exc_info):
        if self._began is not None:
            self._pause()
        self._entered = False
        return False

    def _listen(self):
        self._began = calls_recorded()
        _listening.tapes.append(self)
        for tensor in self._lent:
            tensor.requires_grad = True

    def _pause(self):
        self._windows.append((self._began, calls_recorded()))
        self._began = None
        _listening.tapes.remove(self)
        for tensor in self._lent:
            tensor.requires_grad = False

    def watch(self, tensor):
        """Follow a tensor that is not followed by itself: a constant, a frozen variable.

        Parameters
        ----------
        tensor : Tensor or nest of them
            Of floats; a tensor of integers has no gradient, and is left out with a warning.
        """
        if self._began is None:
            raise RuntimeError("watch() is called inside the block, while the tape listens: "
                               "with GradientTape() as tape: tape.watch(x)")
        for one in _flatten(tensor):
            if not isinstance(one, Tensor):
                raise TypeError(f"watch() takes tensors, got a {type(one).__name__}; make one with "
                                "Tensor(x) (in TensorFlow's words, tf.constant(x))")
            if one.dtype.kind != "f":
                warn(f"a tensor of {one.dtype} has no gradient, so watching it changes "
                     "nothing: make it with dtype='float32'")
                continue
            self._watched[id(one)] = one
            if not one.requires_grad:
                one.requires_grad = True
                self._lent.append(one)

    @contextmanager
    def stop_recording(self):
        """Context manager inside the block: what is computed in it counts as constant."""
        if self._began is None:
            raise RuntimeError("stop_recording() is called inside the block, while the tape "
                               "listens")
        self._pause()
        try:
            yield
        finally:
            self._listen()

    def reset(self):
        """Forget what was recorded and watched, and listen from here on."""
        if self._began is None:
            raise RuntimeError("reset() is called inside the block, while the tape listens")
        self._pause()
        self._forget()
        self._listen()

    # ---- asking ---------------------------------------------------------------

    def gradient(self, target, sources, output_gradients=None, unconnected_gradients="none"):
        """Gradient of the target by each source.

        Parameters
        ----------
        target : Tensor or nest of them
            Of any shapes: the gradient is that of the sum of all elements.
        sources : Tensor or nest of them
        output_gradients : Tensor or nest of them, optional
            What to multiply the elements of each target with before they are summed.
        unconnected_gradients : {"none", "zero"}, default "none"
            What a source gets that the target does not depend on: None, or zeros.

        Returns
        -------
        Tensor or None, or a nest of them
            Laid out like `sources`, each gradient of its source's shape and dtype.
        """
        return self._differentiate(target, sources, output_gradients, unconnected_gradients)

    def jacobian(self, target, sources, unconnected_gradients="none"):
        """Derivative of every element of the target by every element of each source.

        Takes one backward pass per element of the target.

        Parameters
        ----------
        target : Tensor
        sources : Tensor or nest of them
        unconnected_gradients : {"none", "zero"}

        Returns
        -------
        Tensor or None, or a nest of them
            Laid out like `sources`; the target's shape, then the source's.

        Examples
        --------
        >>> from autograd_mlp import GradientTape, Tensor
        >>> x = Tensor([1.0, 2.0])
        >>> with GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = x * x
        >>> tape.jacobian(y, x)
        Tensor([[2., 0.],
                [0., 4.]])
        """
        if not isinstance(target, Tensor):
            raise TypeError(f"jacobian() takes one tensor as target, got {type(target).__name__}")
        rows = []
        last = target.size - 1
        for i in range(target.size):
            one = np.zeros(target.size, target.dtype)
            one[i] = 1
            rows.append(_flatten(self._differentiate(
                target, sources, Tensor(one.reshape(target.shape)), unconnected_gradients,
                keep=i < last)))
        columns = [
            None if column[0] is None else
            Tensor(np.stack([g.numpy() for g in column]).reshape(target.shape + source.shape))
            for source, column in zip(_flatten(sources), zip(*rows, strict=True), strict=True)]
        return _like(sources, iter(columns))

    def _differentiate(self, target, sources, output_gradients, unconnected, keep=False):
        unconnected = getattr(unconnected, "value", unconnected)
        if unconnected not in _UNCONNECTED:
            raise ValueError(f"unconnected_gradients must be 'none' or 'zero', got {unconnected!r}"
                             f"{did_you_mean(unconnected, _UNCONNECTED)}")
        if self._used:
            raise RuntimeError("a GradientTape gives gradients once: make it with "
                               "GradientTape(persistent=True) to ask it more often, or ask for "
                               "all sources at once, gradient(loss, [w, b])")
        listening = self._began is not None
        if not listening and not self._windows:
            raise RuntimeError("this GradientTape has recorded nothing: compute the target inside "
                               "its block, with GradientTape() as tape: loss = ...")
        if listening and not self._persistent and not keep:
            self._pause()
            listening = False
        self._used = not self._persistent and not keep
        windows = list(self._windows)
        if listening:
            windows.append((self._began, calls_recorded()))
        targets = _tensors(target, "target")
        leaves = _tensors(sources, "source")
        if output_gradients is None:
            upstream = [None] * len(targets)
        else:
            upstream = _flatten(output_gradients)
            if len(upstream) != len(targets):
                raise ValueError(f"{len(upstream)} output_gradients for {len(targets)} targets")
        lent = [tensor for tensor in self._lent if not tensor.requires_grad]
        for tensor in lent:
            tensor.requires_grad = True
        try:
            found = gradients_of(targets, leaves, upstream, windows)
        finally:
            for tensor in lent:
                tensor.requires_grad = False
        found = [g if self._follows(x, windows) else None
                 for g, x in zip(found, leaves, strict=True)]
        if _listening.tapes:        # this one, or one around it: it would take them for constants
            found = [None if g is None else _once_only(g) for g in found]
        if unconnected == "zero":
            found = [Tensor(np.zeros(x.shape), dtype=x.dtype if x.dtype.kind == "f" else None)
                     if g is None else g for g, x in zip(found, leaves, strict=True)]
        return _like(sources, iter(found))

    def _follows(self, tensor, windows):
        """Whether a gradient by this tensor is to be given at all."""
        if id(tensor) in self._watched or recorded_between(tensor, windows):
            return True
        if tensor.node is not None:
            return False            # computed before the block
        return self._watch_variables or not isinstance(tensor, Variable)


# ---- second derivatives -----------------------------------------------------------

def _refuse_second(gradient, mark):
    def backward(dy):
        raise NotImplementedError(
            "this needs a second derivative: the target depends on a gradient that a GradientTape "
            "gave, and the backward pass itself is not recorded. If that gradient is meant as a "
            "constant, use gradient.detach() (in TensorFlow's words, tf.stop_gradient)")
    return gradient, backward


_GRADIENT = Op("gradient", None, family="step", rule=_refuse_second,
               formula="y = the gradient that a GradientTape gave", vjp="not recorded")


def _once_only(gradient):
    """The same values, in a call whose backward raises."""
    return run_python(_GRADIENT, (gradient, Tensor(0.0, requires_grad=True)), {})


# ---- nests ------------------------------------------------------------------------

def _flatten(nest):
    """The leaves of nested lists, tuples and dicts, in order."""
    if isinstance(nest, dict):
        return [leaf for name in nest for leaf in _flatten(nest[name])]
    if isinstance(nest, (list, tuple)):
        return [leaf for item in nest for leaf in _flatten(item)]
    return [nest]


def _like(nest, leaves):
    """The leaves in a nest of the same form."""
    if isinstance(nest, dict):
        return {name: _like(item, leaves) for name, item in nest.items()}
    if isinstance(nest, (list, tuple)):
        items = [_like(item, leaves) for item in nest]
        return items if isinstance(nest, list) else tuple(items)
    return next(leaves)


def _tensors(nest, what):
    """The leaves, which must be tensors."""
    leaves = _flatten(nest)
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise TypeError(
                f"the {what} of a gradient must be a tensor computed by autograd_mlp's operations, "
                f"got a {type(leaf).__name__}"
                + (": NumPy's results carry no gradient" if isinstance(leaf, np.ndarray) else ""))
    return leaves
