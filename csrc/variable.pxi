# Variable: a tensor that a training step writes to, and the recorded calls that do so.

cdef class Variable(Tensor):
    """A tensor that training changes: a layer's weight, a running mean, an optimizer's state.

    Parameters
    ----------
    data : array_like
    dtype : optional
    name : str, optional
    trainable : bool, default True
        Whether it requires a gradient.

    Attributes
    ----------
    regularizer, constraint : callable or None
        Of a weight: what its size costs, and what an optimizer puts it through after each update.

    Examples
    --------
    >>> from autograd_mlp import Variable
    >>> v = Variable([1.0, 2.0], name="kernel")
    >>> v.assign([3.0, 4.0])
    Variable(name=kernel, shape=(2,), dtype=float32, value=[3., 4.])
    """
    cdef public str path
    cdef public object regularizer, constraint

    def __init__(self, data, dtype=None, name=None, trainable=True):
        Tensor.__init__(self, data, dtype, trainable)
        self.name = self.path = name or "variable"

    def __reduce__(self):
        return _rebuild_variable, (type(self), self.array, self.requires_grad_, self.name,
                                   self.path, self.regularizer, self.constraint)

    @property
    def trainable(self):
        """Whether training changes it."""
        return self.requires_grad_

    @trainable.setter
    def trainable(self, value):
        self.requires_grad = value

    @property
    def value(self):
        """The variable itself, which is a tensor."""
        return self

    def assign(self, value):
        """Copy new values in; the shape must be the variable's.

        A Tensor is copied by a call that a tape records: at each replay the variable gets what
        the tensor holds then.  Numbers and arrays come from outside of the engine.  No gradient
        flows through.  Returns the variable.

        Examples
        --------
        >>> from autograd_mlp import Tensor, Variable
        >>> total = Variable([0.0, 0.0], trainable=False)
        >>> x = Tensor([1.0, 2.0])
        >>> total.assign(total * 0.5 + x).assign_add(x).tolist()
        [2.0, 4.0]
        """
        if isinstance(value, Tensor):
            return assign_tensor(self, ASSIGN, <Tensor>value)
        self.assign_values(value)
        return self

    def assign_add(self, value):
        """Add to the values in place; with a Tensor or a number this is recorded."""
        if isinstance(value, (Tensor, int, float)):
            return assign_tensor(self, ASSIGN_ADD, self.as_operand(value))
        self.assign_values(self.array + _values(value))
        return self

    def assign_sub(self, value):
        """Subtract from the values in place; with a Tensor or a number this is recorded."""
        if isinstance(value, (Tensor, int, float)):
            return assign_tensor(self, ASSIGN_SUB, self.as_operand(value))
        self.assign_values(self.array - _values(value))
        return self

    cdef Tensor as_operand(self, value):
        """A tensor, or a number as a tensor of the variable's dtype."""
        if isinstance(value, Tensor):
            return <Tensor>value
        return wrap(_to_array(value, self.array.dtype, True))

    def __repr__(self):
        text = np.array2string(self.array, separator=", ", threshold=200)
        return (f"Variable(name={self.name}, shape={self.shape}, dtype={self.array.dtype}, "
                f"value={text})")


# ---- recorded assignment -----------------------------------------------------------

cdef Op ASSIGN = Op("assign", None, family="step", formula="w ← x")
cdef Op ASSIGN_ADD = Op("assign_add", None, family="step", formula="w ← w + x")
cdef Op ASSIGN_SUB = Op("assign_sub", None, family="step", formula="w ← w − x")

cdef Variable assign_tensor(Variable w, Op op, Tensor x):
    """Let a recorded call write x, w + x or w − x into w."""
    cdef Node node
    cdef cnp.ndarray y
    cdef bint one_integer
    if not cnp.PyArray_ISWRITEABLE(w.array):
        raise ValueError("this variable shares an array that cannot be written to")
    if x.array.dtype != w.array.dtype:
        x = cast_to(x, w.array.dtype)
    one_integer = w.array.dtype == INT64 and x.array.ndim == 0 and op is not ASSIGN
    if not one_integer and not same_shape(w.array, x.array) and op is not ASSIGN:
        y = None if w.array.dtype == INT64 else broadcast_of(w.array, x.array)
        if y is not None and same_shape(y, w.array):
            with no_grad():         # x for every element that it goes to
                x = zip_two(ADD, ZIP_ADD, x, zeros_like(w))
    if not one_integer and not same_shape(w.array, x.array):
        raise ValueError(f"{op.name}: the variable {w.name!r} has shape {w.shape}, got values of "
                         f"shape {x.shape}: storage never changes its size")
    node = new_node(op, (w, x), w.array, 2)
    node.call.n[0] = cnp.PyArray_SIZE(w.array)
    if op is ASSIGN:
        node.call.forward = assign_forward
        node.call.n[0] = cnp.PyArray_NBYTES(w.array)
    elif w.array.dtype == INT64:
        node.call.forward = assign_add_integers
        node.call.n[1] = 1 if op is ASSIGN_ADD else -1
        node.call.n[2] = 0 if one_integer else 1
    else:
        node.call.forward = assign_add_forward
        node.call.kernel = ZIP_ADD if op is ASSIGN_ADD else ZIP_SUBTRACT
    node.call.backward = node.call.forward
    run(node, node.call.forward, <double>node.call.n[0])
    wrote(node, (w,))
    return w

cdef Tensor zeros_like(Tensor t):
    cdef cnp.ndarray y = empty_like(t.array)
    memset(cnp.PyArray_DATA(y), 0, cnp.PyArray_NBYTES(y))
    return wrap(y)

cdef void assign_forward(Call *c) noexcept nogil:
    memmove(c.y, c.x[1], c.n[0])

cdef void assign_add_forward(Call *c) noexcept nogil:
    c.k.zip[c.kernel](c.y, 1, c.x[1], 1, c.y, c.n[0])

cdef void assign_add_integers(Call *c) noexcept nogil:
    cdef isize i
    cdef long long *w = <long long *>c.y
    for i in range(c.n[0]):
        w[i] += c.n[1] * (<const long long *>c.x[1])[i * c.n[2]]


cdef int wrote(Node node, tuple tensors) except -1:
    """This call writes to tensors that exist already: now, and whenever it is replayed."""
    cdef Tensor t
    node.writes = tensors
    for t in tensors:
        changed(t)
    return 0
