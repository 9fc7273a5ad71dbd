# A recorded call once more, on other tensors: from this a graph is evaluated with some of its values
# replaced (numeric checks) or made anew (trying out a wrong rule), whatever its operations are.

def call_again(Node node not None, inputs, dtype=None, adjust=None):
    """What a recorded call gives for other tensors of the same shapes.

    The new call is recorded as any other, or not at all inside ``no_grad()``.  It has the numbers
    of the first one (slopes, axes, smoothing); random operations take the random numbers that the
    call drew, so that no generator moves on.

    Parameters
    ----------
    node : Node
    inputs : sequence of Tensor
        In place of ``node.inputs``, each of the same shape.
    dtype : {"float32", "float64"}, optional
        Of the floats among the inputs, and of the result; by default that of the first call.

    adjust : callable, optional
        ``adjust(array)`` may change the result of a compiled operation in place, before anything
        reads it: to see what rounding does.

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError, TypeError
        If number, shapes or dtypes of the inputs are not those of the call, or the call is none of
        an operation (it assigns to a variable, for example).

    Examples
    --------
    >>> from autograd_mlp import Tensor, ops
    >>> x = Tensor([-1.0, 2.0], requires_grad=True)
    >>> y = ops.leaky_relu(x, 0.5)
    >>> call_again(y.node, [Tensor([-8.0, 3.0], dtype="float64")], "float64")
    Tensor([-4.,  3.], dtype=float64)
    """
    cdef tuple tensors = tuple(inputs)
    cdef cnp.ndarray out = node.out, y
    cdef Tensor t, first
    cdef Node again
    cdef bint any_grad = False
    cdef int i
    wanted = out.dtype if dtype is None or out.dtype == INT64 else np.dtype(dtype)
    if node.op.family == "step":
        raise ValueError(f"{node.op.name} is no operation on tensors that could be done again")
    if len(tensors) != len(node.inputs):
        raise ValueError(f"{node.op.name} was called with {len(node.inputs)} tensors, "
                         f"got {len(tensors)}")
    for i, (t, first) in enumerate(zip(tensors, node.inputs)):
        if not same_shape(t.array, first.array):
            raise ValueError(f"{node.op.name}: input {i} had shape {first.shape}, got {t.shape}")
        if node.op is not CAST and t.array.dtype != (
                wanted if first.array.dtype == out.dtype else t.array.dtype):
            raise TypeError(f"{node.op.name}: input {i} must be of {wanted}, got {t.array.dtype}")
    if node.op.rule is not None:
        return run_python(node.op, tensors, node.arguments)
    if node.op is CAST:
        return cast_to(tensors[0], wanted)
    if node.call.forward == nothing:
        return reshaped(node.op, tensors[0], np.shape(out), node.arguments)

    y = new_shape(np.shape(out), wanted)
    again = new_node(node.op, tensors, y, 0)
    again.arguments = node.arguments
    again.call.forward, again.call.backward = node.call.forward, node.call.backward
    again.call.kernel = node.call.kernel
    memcpy(again.call.n, node.call.n, sizeof(node.call.n))
    memcpy(again.call.a, node.call.a, sizeof(node.call.a))
    for i in range(min(MAX_INPUTS, len(tensors))):
        if node.call.x[i] != NULL:
            again.call.x[i] = cnp.PyArray_DATA((<Tensor>tensors[i]).array)
    if node.call.broadcast != NULL:
        again.call.broadcast = <Broadcast *>malloc(sizeof(Broadcast))
        if again.call.broadcast == NULL:
            raise MemoryError()
        memcpy(again.call.broadcast, node.call.broadcast, sizeof(Broadcast))
    if node.call.forward == draw_forward:
        again.kept = node.kept.copy()       # the key of the draw
        again.call.x[1] = NULL              # and no state to move on
    elif node.kept is not None:
        again.kept = new_shape(np.shape(node.kept), wanted)
    if again.kept is not None:
        again.call.z = cnp.PyArray_DATA(again.kept)
    if node.scratch is not None:
        again.scratch = new_shape(np.shape(node.scratch), wanted)
        again.call.scratch = cnp.PyArray_DATA(again.scratch)
    for i, t in enumerate(tensors):
        if t.requires_grad_ and node.op.differentiable[
                i if i < len(node.op.differentiable) else -1]:
            any_grad = True
    run(again, again.call.forward, <double>(cnp.PyArray_SIZE(y) + node.call.n[0]) * 8)
    if adjust is not None:
        adjust(y)
    # a call that was not recorded for backward has no room for it
    return finish(again, any_grad and node.order > 0)
