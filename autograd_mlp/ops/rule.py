"""How an operation is written in Python with NumPy.

A rule computes the output and returns it with the function that takes the output's gradient
back to the inputs, so that both stand together and share their names::

    @operation("reduce", formula="y = max x", vjp="dx = dy where x is the largest")
    def max(x, axis=None, keepdims=False):
        "What it does."
        y = x.max(axis, keepdims=True)
        def backward(dy):
            ...
            return dx
        return y, backward

The decorated function takes tensors, arrays or numbers, and the operation is listed like the
compiled ones: it is a Tensor method, it is gradient-tested, it can be recorded.  Rules get and
return plain NumPy arrays, each gradient in its input's shape; checking that and adding into
``.grad`` is done around them.
"""

from functools import wraps
from inspect import signature

import numpy as np

from autograd_mlp._engine import OPS, Op, Tensor, cast, run_python
from autograd_mlp._errors import unexpected


def operation(family, *, inputs=1, raw=(), sequence=False, integers=False, **data):
    """List a rule as an operation.

    Parameters
    ----------
    family : str
    inputs : int
        How many of the first parameters are tensors.
    raw : tuple of int
        Inputs that are passed as they are (labels, conditions); the others are brought to one
        float dtype.
    sequence : bool
        The first parameter is a sequence of tensors; the rule gets them one by one.
    integers : bool
        Integers may stay integers (if all inputs are); else they become float32.
    **data
        As in :class:`Op`: formula, vjp, shape_rule, domain, kinks, margins, differentiable.
    """

    def register(rule):
        names = list(signature(rule).parameters)[1 if sequence else inputs :]
        entry = Op(rule.__name__, None, family=family, rule=rule,
                   **{"reads": "uvw"[:inputs], **data})

        @wraps(rule)
        def function(*args, **kwargs):
            if sequence:
                first, *args = args
                tensors = tuple(first)
                if not tensors:
                    raise ValueError(f"{entry.name} needs at least one tensor")
            else:
                if len(args) < inputs:      # inputs given by name
                    args = list(args) + [kwargs.pop(name) for name in
                                         list(signature(rule).parameters)[len(args) : inputs]
                                         if name in kwargs]
                if len(args) < inputs:
                    raise TypeError(f"{entry.name} takes {inputs} tensors, got {len(args)}")
                tensors, args = args[:inputs], args[inputs:]
            if len(args) > len(names):
                raise TypeError(f"{entry.name} takes the arguments {names} after its tensors, "
                                f"got {len(args)}")
            unknown = set(kwargs) - set(names)
            if unknown:
                name, takes = sorted(unknown)[0], list(signature(rule).parameters)
                raise unexpected(f"{entry.name}() got an unexpected keyword argument {name!r}",
                                 name, takes)
            arguments = dict(zip(names, args, strict=False)) | kwargs
            if isinstance(arguments.get("axis"), list):
                arguments["axis"] = tuple(arguments["axis"])
            return run_python(entry, _one_dtype(tensors, raw, integers), arguments)

        entry.function = function
        OPS[rule.__name__] = entry
        return function

    return register


def _one_dtype(inputs, raw, integers):
    """The inputs as tensors, the float ones in float64 if any of them is, else float32."""
    inputs = [x if isinstance(x, Tensor) else _raw_tensor(x) if i in raw else
              Tensor(x) if isinstance(x, np.ndarray) else Tensor(x, dtype=np.float32)
              for i, x in enumerate(inputs)]
    used = [x.dtype for i, x in enumerate(inputs) if i not in raw]
    if integers and all(dtype == np.int64 for dtype in used):
        return tuple(inputs)
    dtype = np.float64 if np.float64 in used else np.float32
    return tuple(x if i in raw or x.dtype == dtype else cast(x, dtype)
                 for i, x in enumerate(inputs))


def _raw_tensor(x):
    array = np.asarray(x)
    return Tensor(array if array.dtype.kind in "biu" else array.astype(np.float64))
