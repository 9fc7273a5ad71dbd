"""What NumPy's own functions do with tensors.

``np.exp(t)`` and ``array * t`` become the operations of the same name, so gradients flow.  A
NumPy function that is no operation works on the values; where that would lose a gradient, it
raises.
"""


from autograd_mlp._engine import OPS, Tensor, is_grad_enabled

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


def _refuse(name):
    ours = name if name in OPS else None
    hint = f"use autograd_mlp.ops.{ours}" if ours else "use an operation of autograd_mlp.ops"
    raise TypeError(f"np.{name} would lose the gradient of its tensor: {hint}, or give it the "
                    "values alone, with t.numpy()")


def ufunc(function, method, inputs, kwargs):
    """``np.add``, ``np.exp`` and so on, called with a tensor (NEP 13)."""
    name = _TRANSLATED.get(function.__name__, function.__name__)
    out = kwargs.get("out")
    if method == "__call__" and not kwargs and name in OPS and OPS[name].family != "compare":
        return OPS[name].function(*inputs)
    if method == "__call__" and not kwargs and name == "matmul":
        return OPS["matmul"].function(*inputs)
    if not function.__name__.startswith(_STEPS) and _needs_gradient(inputs):
        _refuse(function.__name__)
    if out is not None and any(isinstance(o, Tensor) for o in out):
        raise TypeError(f"np.{function.__name__} cannot write into a tensor; give it t.data")
    return getattr(function, method)(*map(_values, inputs), **kwargs)


def function(numpy_function, args, kwargs):
    """``np.mean``, ``np.argmax`` and so on, called with a tensor (NEP 18)."""
    name = numpy_function.__name__
    if name not in _GRADIENT_FREE and any(map(_needs_gradient, [*args, *kwargs.values()])):
        _refuse(name)
    return numpy_function(*map(_values, args), **{k: _values(v) for k, v in kwargs.items()})
