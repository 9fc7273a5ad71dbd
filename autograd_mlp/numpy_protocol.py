"""What NumPy's own functions do with tensors.

``np.exp(t)`` and ``array * t`` become the operations of the same name, so gradients flow.  A
NumPy function that is no operation works on the values; where that would lose a gradient, it
raises.
"""


import numpy as np

from autograd_mlp._engine import OPS, Tensor, is_grad_enabled
from autograd_mlp._errors import lesson

# NumPy functions whose results carry no gradient anyway.
_GRADIENT_FREE = {
    "argmax", "argmin", "argsort", "array_equal", "array_equiv", "allclose", "isclose", "shape",
    "ndim", "size", "count_nonzero", "array2string", "array_repr", "array_str", "round", "around",
    "all", "any", "nonzero", "searchsorted", "unique", "histogram", "savetxt", "save", "savez",
    "shares_memory", "may_share_memory", "zeros_like", "ones_like", "empty_like", "full_like",
    "result_type", "iscomplexobj", "isrealobj", "copyto", "array_split",
}
# Beginnings of the names of ufuncs that are constant between jumps.
_STEPS = ("is", "logical", "sign", "floor", "ceil", "rint", "trunc", "greater", "less", "equal",
          "not_equal")
_TRANSLATED = {"true_divide": "divide", "absolute": "abs", "concatenate": "concatenate"}


class Truth(np.ndarray):
    """What ``tensor > 0.5`` gives: an array of bool, which also has the methods by which tensors
    are asked for their values.

    No gradient flows through a comparison: it is constant between jumps.

    Examples
    --------
    >>> y = Tensor([0.2, 0.7], requires_grad=True)
    >>> (y > 0.5).numpy()
    array([False,  True])
    >>> (y > 0.5).requires_grad, int((y > 0.5).sum())
    (False, 1)
    """

    requires_grad = False

    @classmethod
    def of(cls, array):
        """Return an array of bool as this class, sharing its storage."""
        return array.view(cls)

    def numpy(self):
        """The values as a plain array."""
        return np.array(self)

    def detach(self):
        """The same: it carries no gradient."""
        return self

    def __array_wrap__(self, array, context=None, return_scalar=False):
        # what is no truth any more, as 1.0 * (y > 0.5), is a plain array
        if return_scalar:
            return array[()]
        return array.view(type(self) if array.dtype == bool else np.ndarray)

    def __repr__(self):
        return repr(np.asarray(self))


def _values(x):
    if isinstance(x, Tensor):
        return x.numpy()
    if isinstance(x, (list, tuple)):
        return type(x)(_values(item) for item in x)
    return x


def _needs_gradient(x):
    if isinstance(x, (list, tuple)):
        return any(map(_needs_gradient, x))
    return isinstance(x, Tensor) and x.requires_grad and is_grad_enabled()


def _refuse(function):
    name = function.__name__
    path = f"{(getattr(function, '__module__', None) or 'numpy').replace('numpy', 'np', 1)}.{name}"
    ours = f"autograd_mlp.ops.{name}(t)" if name in OPS else "an operation of autograd_mlp.ops"
    raise TypeError(lesson(
        f"{path} would lose the gradient of its tensor",
        why="NumPy sees numbers only: what it computes is not recorded, so backward() would end "
            "there without a word.",
        use=f"{ours} to go on with gradients; {path}(t.numpy()) for the values alone, as of "
            "what model(x) returns"))


def ufunc(function, method, inputs, kwargs):
    """``np.add``, ``np.exp`` and so on, called with a tensor (NEP 13)."""
    name = _TRANSLATED.get(function.__name__, function.__name__)
    out = kwargs.get("out")
    if method == "__call__" and not kwargs and name in OPS and OPS[name].family != "compare":
        return OPS[name].function(*inputs)
    if method == "__call__" and not kwargs and name == "matmul":
        return OPS["matmul"].function(*inputs)
    if not function.__name__.startswith(_STEPS) and _needs_gradient(inputs):
        _refuse(function)
    if out is not None and any(isinstance(o, Tensor) for o in out):
        raise TypeError(f"np.{function.__name__} cannot write into a tensor; give it t.data")
    return getattr(function, method)(*map(_values, inputs), **kwargs)


def function(numpy_function, args, kwargs):
    """``np.mean``, ``np.argmax`` and so on, called with a tensor (NEP 18)."""
    name = numpy_function.__name__
    if name not in _GRADIENT_FREE and any(map(_needs_gradient, [*args, *kwargs.values()])):
        _refuse(numpy_function)
    return numpy_function(*map(_values, args), **{k: _values(v) for k, v in kwargs.items()})
