# From what users pass in to arrays of ours, and the helpers of Tensor's methods.

def _rebuild_tensor(kind, array, requires_grad, name):
    tensor = kind(array)
    tensor.requires_grad = requires_grad
    tensor.name = name
    return tensor


def _rebuild_variable(kind, array, trainable, name, path, regularizer=None, constraint=None):
    variable = kind(array, None, name, trainable)
    variable.path = path
    variable.regularizer, variable.constraint = regularizer, constraint
    return variable


cdef dict suggestions = {}      # an unknown name, and among what → the suggestion

def did_you_mean(name, choices):
    """That of `_errors`, kept: code that asks hasattr(tensor, …) again must not wait 0.7 ms.

    `choices` are the operations, or a tensor: what it has, and the operations that it can do.
    """
    from autograd_mlp._errors import did_you_mean
    key = name, type(choices), len(OPS)
    if key not in suggestions:
        if len(suggestions) > 1000:
            suggestions.clear()
        if isinstance(choices, Tensor):
            choices = [known for known in dir(choices) if not known.startswith("_")]
        suggestions[key] = did_you_mean(name, choices)
    return suggestions[key]


def numpy_protocol():
    from autograd_mlp import numpy_protocol
    return numpy_protocol


cdef Tensor _in_place(Tensor t, other, Tensor result):
    if not t.requires_grad_ or t.node_ is not None:
        return result
    if no_grad_depth == 0:
        raise RuntimeError(
            "a leaf that requires a gradient cannot be changed in place while its use is being "
            "recorded: write  with no_grad(): w -= rate * w.grad  (then w.zero_grad())")
    t.assign_values(result)
    return t


cdef bint _carries_gradient(data):
    """Whether values are asked for that gradients should flow through."""
    if no_grad_depth:
        return False
    if isinstance(data, Tensor):
        return (<Tensor>data).requires_grad_ and (<Tensor>data).node_ is not None
    if isinstance(data, (list, tuple)):
        for item in data:
            if isinstance(item, Tensor) and (<Tensor>item).requires_grad_:
                return True
            if isinstance(item, (list, tuple)) and _carries_gradient(item):
                return True
    return False


cdef object _truth(found):
    """What a comparison gives."""
    return numpy_protocol().Truth.of(found) if isinstance(found, np.ndarray) else found


cdef object _values(x):
    return (<Tensor>x).array if isinstance(x, Tensor) else x


cdef cnp.ndarray _to_array(data, dtype, bint copy):
    """`data` as a C-contiguous array of float32, float64 or int64; a new one if `copy`."""
    cdef bint weak = not isinstance(data, (Tensor, np.ndarray, np.generic))
    cdef cnp.ndarray exact, copied
    if (type(data) is np.ndarray and (data.dtype is FLOAT32 or data.dtype is FLOAT64)
            and (dtype is None or dtype is data.dtype) and cnp.PyArray_IS_C_CONTIGUOUS(data)):
        exact = data                # nothing to convert: the common case, in a tenth of the time
        if not copy:
            return exact
        copied = empty_like(exact)
        memcpy(cnp.PyArray_DATA(copied), cnp.PyArray_DATA(exact), cnp.PyArray_NBYTES(exact))
        return copied
    if isinstance(data, Tensor):
        left_the_engine("a tensor was made from another tensor's values")
        data = (<Tensor>data).array
    try:
        array = np.asarray(data)
    except (ValueError, TypeError):
        if isinstance(data, (list, tuple)) and any(isinstance(item, Tensor) for item in data):
            array = np.asarray([_values(item) for item in data])
        else:
            raise ValueError("the data does not form a regular array: all rows must have the "
                             "same length, and every element must be a number") from None
    kind = array.dtype.kind
    if kind == "O" and isinstance(data, (list, tuple)):
        try:
            array = np.asarray(array, dtype=np.float64)
        except (ValueError, TypeError):
            pass
        kind = array.dtype.kind
    if kind not in "biuf":
        raise TypeError(f"a tensor holds real numbers, got data of dtype {array.dtype}"
                        + (": take the real part, or real and imaginary parts separately"
                           if kind == "c" else ""))
    if array.dtype == np.uint64 and array.size and array.max() > 2**63 - 1:
        raise OverflowError(f"integers are kept as int64, which {array.max()} does not fit")
    if dtype is not None:
        wanted = np.dtype(dtype)
        if wanted.kind in "biu":
            wanted = INT64
        elif wanted not in (FLOAT32, FLOAT64):
            raise TypeError(f"dtype must be float32, float64 or int64, got {wanted}")
    elif weak:
        wanted = FLOAT32
    elif kind in "biu":
        wanted = INT64
    else:
        wanted = FLOAT64 if array.dtype.itemsize >= 8 else FLOAT32
    if wanted == INT64 and kind == "f" and array.size and not (
            np.isfinite(array) & (array == np.floor(array))).all():
        raise ValueError("only whole numbers can become int64")
    if copy:
        copied = new_shape(np.shape(array), wanted)
        np.copyto(copied, array, casting="unsafe")
        return copied
    return np.asarray(array, dtype=wanted, order="C")
