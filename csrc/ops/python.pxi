# Operations whose rule is written in Python with NumPy (autograd_mlp/ops/rule.py): how such a
# call is made, and how a tape runs it again.

def run_python(Op operation not None, tuple inputs, dict arguments):
    """Run an operation whose rule is a Python function (see autograd_mlp/ops/rule.py).

    ``rule(*arrays, **arguments)`` returns the output array and a function from its
    gradient to those of the inputs.
    """
    cdef Node node
    cdef Tensor t
    cdef bint any_grad = False
    tensors = tuple([x if isinstance(x, Tensor) else as_tensor(x, FLOAT32) for x in inputs])
    y, rule = operation.rule(*[(<Tensor>t).array for t in tensors], **arguments)
    kind = np.asarray(y).dtype
    if kind not in (FLOAT32, FLOAT64, INT64):
        raise TypeError(f"the rule of {operation.name} must return float32, float64 or int64, "
                        f"got {kind}")
    y = np.ascontiguousarray(y).reshape(np.shape(y))
    if any(isinstance(value, (np.ndarray, np.generic, Tensor)) or (
            isinstance(value, (list, tuple)) and any(isinstance(v, np.ndarray) for v in value))
           for value in arguments.values()):
        left_the_engine(f"{operation.name} was given an array as an argument")
    if any(np.shares_memory(y, (<Tensor>t).array) for t in tensors):
        y = y.copy()
    node = new_node(operation, tensors, y, 0)
    node.arguments, node.rule = arguments, rule
    node.call.forward, node.call.backward = python_forward, python_backward
    for i, x in enumerate(tensors):
        t = <Tensor>x
        if t.requires_grad_ and operation.differentiable[
                i if i < len(operation.differentiable) else -1]:
            any_grad = True
    if active_tape != NULL:
        (<Tape>active_tape).append(python_forward, node)
    return finish(node, any_grad)


cdef void python_forward(Call *c) noexcept with gil:
    cdef Node node = <Node>c.node
    try:
        y, node.rule = node.op.rule(*[(<Tensor>t).array for t in node.inputs], **node.arguments)
        np.copyto(node.out, y)
    except BaseException as error:
        node.error = error
        c.status = 0

cdef void python_backward(Call *c) noexcept with gil:
    cdef Node node = <Node>c.node
    try:
        dy, contributions = node.keep
        grads = node.rule(dy)
        if not isinstance(grads, (tuple, list)):
            grads = (grads,)
        for into, grad in zip(contributions, grads, strict=True):
            if into is not None:
                if np.shape(grad) != np.shape(into):
                    raise ValueError(f"the backward rule of {node.op.name} returned a gradient of "
                                     f"shape {np.shape(grad)} for an input of {np.shape(into)}")
                np.copyto(into, grad)
    except BaseException as error:
        node.error = error
        c.status = 0
