"""Gradients of functions, in the functional style."""

from autograd_mlp._engine import Tensor


def value_and_grad(f, argnums=0):
    """A function that returns f's value and its gradient.

    Parameters
    ----------
    f : callable
        Takes tensors and returns a tensor of one element.
    argnums : int or tuple of int, default 0
        Which positional arguments to differentiate by.

    Returns
    -------
    callable
        ``(value, gradient)`` for the same arguments, which may also be arrays or numbers;
        `gradient` is a tensor of the argument's shape, or a tuple of them if `argnums` is one.
        The gradient carries no graph: it cannot be differentiated again.

    Raises
    ------
    TypeError
        If f does not return a tensor.
    RuntimeError
        If the value does not depend on an argument through recorded operations.

    Examples
    --------
    >>> from autograd_mlp import value_and_grad
    >>> value, gradient = value_and_grad(lambda x: (x ** 3).sum())([1.0, 2.0])
    >>> value
    Tensor(9., op=sum)
    >>> gradient
    Tensor([ 3., 12.])
    """
    several = isinstance(argnums, (tuple, list))
    positions = tuple(argnums) if several else (argnums,)

    def evaluate(*args, **kwargs):
        args = list(args)
        for i in positions:
            if not -len(args) <= i < len(args):
                raise ValueError(f"argnums names argument {i}, but {len(args)} were given")
            args[i] = _leaf(args[i])
        value = f(*args, **kwargs)
        if not isinstance(value, Tensor):
            raise TypeError("the function must return a tensor computed by autograd_mlp's "
                            f"operations, got {type(value).__name__}")
        if not value.requires_grad:
            raise RuntimeError(
                "the value does not depend on the argument through recorded operations: it was "
                "computed with NumPy, inside no_grad(), or from detached values (a gradient is "
                "such a value too: second derivatives are not recorded)")
        value.backward()
        gradients = tuple(args[i].grad for i in positions)
        for i, gradient in zip(positions, gradients, strict=True):
            if gradient is None:
                raise RuntimeError(f"the value does not depend on argument {i}")
        return value, gradients if several else gradients[0]

    return evaluate


def _leaf(x):
    """A new tensor with the values of x (integers become float32) that requires a gradient."""
    x = x.detach() if isinstance(x, Tensor) else Tensor(x)
    return Tensor(x, dtype="float32" if x.dtype.kind == "i" else None, requires_grad=True)


def grad(f, argnums=0):
    """A function that returns f's gradient; see :func:`value_and_grad`.

    Examples
    --------
    >>> from autograd_mlp import grad, ops
    >>> grad(ops.tanh)(0.0)
    Tensor(1.)
    """
    evaluate = value_and_grad(f, argnums)
    return lambda *args, **kwargs: evaluate(*args, **kwargs)[1]
