# The backward pass: the recorded calls from the last to the first.

cdef long long walk_count = 0

cdef struct Visit:
    long long order
    PyObject *tensor        # borrowed: the graph holds it

cdef int later_first(const void *a, const void *b) noexcept nogil:
    cdef long long x = (<const Visit *>a).order, y = (<const Visit *>b).order
    return (x < y) - (x > y)


cdef int backward(Tensor loss, gradient) except -1:
    cdef cnp.ndarray seed
    if not loss.requires_grad_:
        raise RuntimeError(
            "backward() on a tensor that needs no gradient: nothing it was computed from has "
            "requires_grad=True (or it was computed inside no_grad(), or detached)")
    if gradient is None:
        if cnp.PyArray_SIZE(loss.array) != 1:
            raise ValueError(
                f"backward() on a tensor of shape {loss.shape} needs the upstream gradient, "
                "backward(gradient) of the same shape; or reduce it to one number first, "
                "with sum() or mean()")
        seed = empty_like(loss.array)
        seed.fill(1)
    else:
        seed = upstream_of(loss, gradient)
    return walk([loss], [seed], None, None)


cdef cnp.ndarray upstream_of(Tensor t, gradient):
    """A copy of the upstream gradient that a user gave for t."""
    cdef cnp.ndarray seed
    if isinstance(gradient, (np.ndarray, list, tuple)):
        left_the_engine("an upstream gradient was given as an array")
    seed = _to_array(gradient, t.array.dtype, True)
    if not same_shape(seed, t.array):
        raise ValueError(f"the upstream gradient must have the tensor's shape {t.shape}, "
                         f"got {np.shape(seed)}")
    return seed


cdef bint computed(Tensor t, list windows) except -1:
    """Whether t was made by a call to walk through: one recorded in one of the windows."""
    if t.node_ is None:
        return False
    if windows is None:
        return True
    for first, last in windows:
        if first < t.node_.order <= last:
            return True
    return False


cdef int walk(list starts, list seeds, list windows, list before) except -1:
    """Run the rules of all calls behind the starts, which receive the seeds, the last call first.

    Calls recorded outside of the windows, ``[(first, last order), ...]``, count as not computed.
    If `before` is a list, every gradient starts at nothing and what a tensor held until then
    is noted there, (tensor, array or None).
    """
    global walk_count
    cdef Visit *visits = NULL
    cdef isize count = 0, room = 64, i
    cdef list stack = []
    cdef Tensor t, x

    # Which computed tensors are behind the starts: a walk with a stack, not with recursion.
    walk_count += 1
    visits = <Visit *>malloc(room * sizeof(Visit))
    if visits == NULL:
        raise MemoryError()
    try:
        for t in starts:
            if t.visited == walk_count:
                continue
            if computed(t, windows):
                t.visited = walk_count
                stack.append(t)
            elif before is not None:
                put_aside(t, before)
        while stack:
            t = <Tensor>stack.pop()
            if before is None:
                t.grad_ = None
            else:
                put_aside(t, before)
            if count == room:
                room *= 2
                visits = <Visit *>realloc(visits, room * sizeof(Visit))
                if visits == NULL:
                    raise MemoryError()
            visits[count].order = t.node_.order
            visits[count].tensor = <PyObject *>t
            count += 1
            for x in t.node_.inputs:
                if x.requires_grad_ and x.visited != walk_count:
                    if x.node_ is not None and (windows is None or computed(x, windows)):
                        x.visited = walk_count
                        stack.append(x)
                    elif before is not None:
                        put_aside(x, before)
        qsort(visits, count, sizeof(Visit), later_first)

        for i in range(len(starts)):
            receive(None, 0, <Tensor>starts[i], None, <cnp.ndarray>seeds[i])
        for i in range(count):
            t = <Tensor>visits[i].tensor
            if t.grad_ is not None:
                backward_node(t)
    finally:
        free(visits)
    return 0


cdef int put_aside(Tensor t, list before) except -1:
    t.visited = walk_count
    before.append((t, t.grad_))
    t.grad_ = None
    return 0


def calls_recorded():
    """How many calls this process recorded for backward so far: a place in their order."""
    return next_order


def recorded_between(Tensor t not None, list windows):
    """Whether t was made by a call recorded in one of the windows, ``[(first, last), ...]``."""
    return computed(t, windows)


def gradients_of(list targets, list sources, list upstream, list windows):
    """Gradients of the sum of the targets, without touching the ``.grad`` of any tensor.

    Parameters
    ----------
    targets, sources : list of Tensor
    upstream : list of (array_like or None)
        The gradient that each target receives; None stands for ones.
    windows : list of (int, int)
        Only calls after the first and up to the second place (`calls_recorded`) are walked.

    Returns
    -------
    list of (Tensor or None)
        For each source; None where no recorded call leads from it to a target.
    """
    cdef Tensor t
    cdef cnp.ndarray seed
    cdef list before = [], starts = [], seeds = []
    cdef long long this_walk = walk_count + 1       # a rule given by override_rule may walk, too
    for t, given in zip(targets, upstream, strict=True):
        if not t.requires_grad_:
            continue
        if given is None:
            seed = empty_like(t.array)
            seed.fill(1)
        else:
            seed = upstream_of(t, given)
        starts.append(t)
        seeds.append(seed)
    try:
        walk(starts, seeds, windows, before)
        return [wrap(t.grad_) if t.visited == this_walk and t.grad_ is not None else None
                for t in sources]
    finally:
        for t, held in before:
            t.grad_ = <cnp.ndarray>held


cdef int backward_node(Tensor t) except -1:
    """Run one node's rule and hand its contributions to the inputs."""
    cdef Node node = t.node_
    cdef Op op = node.op
    cdef int i, n = len(node.inputs)
    cdef Tensor x
    cdef cnp.ndarray into
    cdef list contributions = []
    check_unchanged(t, node, n)
    if active_tape != NULL:
        if node.walked:
            # the recorded call would be run with the buffers of the second walk
            left_the_engine("backward ran twice through the same graph")
        node.walked = True
    node.call.dy = cnp.PyArray_DATA(t.grad_)
    for i in range(n):
        x = <Tensor>node.inputs[i]
        into = None
        if x.requires_grad_ and op.differentiable[i if i < len(op.differentiable) else -1]:
            into = empty_like(x.array)
        contributions.append(into)
        if i < MAX_INPUTS:
            node.call.dx[i] = NULL if into is None else cnp.PyArray_DATA(into)
    # Compiled calls hold pointers: the arrays live as long as the node.  A Python rule takes
    # the arrays themselves.
    node.keep = (t.grad_, contributions)
    run(node, node.call.backward, cnp.PyArray_SIZE(t.array))
    if op.override is not None:
        contributions = apply_override(op, node, t.grad_, contributions)
    for i in range(n):
        if contributions[i] is not None:
            receive(node, i, <Tensor>node.inputs[i], t.grad_, <cnp.ndarray>contributions[i])
    return 0


cdef int receive(Node node, int index, Tensor x, upstream, cnp.ndarray contribution) except -1:
    """x.grad += contribution."""
    cdef Node add
    if x.grad_ is None:
        x.grad_ = contribution
    else:
        add = new_node(ACCUMULATE, (x,), x.grad_, 0)
        add.call.x[0] = cnp.PyArray_DATA(contribution)
        add.keep = contribution
        add.call.n[0] = cnp.PyArray_SIZE(contribution)
        run(add, accumulate_forward, <double>add.call.n[0])
    if active_hook != NULL and node is not None:
        (<object>active_hook).backward(node, index, upstream, contribution, x.grad_)
    return 0

cdef void accumulate_forward(Call *c) noexcept nogil:
    c.k.add_to(c.y, c.x[0], c.n[0])

cdef Op ACCUMULATE = Op("accumulate", None, family="step", formula="g += contribution")


cdef int check_unchanged(Tensor t, Node node, int n) except -1:
    cdef int i
    cdef bint same
    for i in range(n):
        if n > MAX_INPUTS:
            same = (not node.op.read_mask
                    or version_of(<Tensor>node.inputs[i]) == node.many_versions[i])
        elif node.op.read_mask & (1 << i):
            same = version_of(<Tensor>node.inputs[i]) == node.versions[i]
        else:
            same = True
        if not same:
            raise RuntimeError(
                f"backward of {node.op.name} needs the values its input {i} "
                f"(shape {(<Tensor>node.inputs[i]).shape}) had in forward, but they were "
                "changed in place since: run forward again, or call backward() before changing "
                "them")
    if node.op.read_mask & 8 and t.base is None and version_of(t) != 0:
        raise RuntimeError(
            f"backward of {node.op.name} needs its output (shape {t.shape}), but it was changed "
            "in place since: run forward again, or call backward() before changing it")
    return 0


cdef list apply_override(Op op, Node node, cnp.ndarray dy, list contributions):
    left_the_engine("a backward rule is overridden")
    replaced = list(op.override(node, dy, [None if c is None else c.copy() for c in contributions]))
    for c, r in zip(contributions, replaced, strict=True):
        if c is not None and np.shape(r) != np.shape(c):
            raise ValueError(f"the rule given for {op.name} must return an array of shape "
                             f"{np.shape(c)} for each input, got {np.shape(r)}")
    return [None if c is None else np.array(r, dtype=c.dtype, order="C")
            for c, r in zip(contributions, replaced, strict=True)]


class override_rule:
    """Context manager that replaces the backward rule of an operation, to see what breaks.

    Parameters
    ----------
    name : str
        Name of the operation.
    rule : callable
        ``rule(node, dy, contributions)`` gets the correct contributions (one array per
        input, None where no gradient is wanted) and returns those to use instead.
    """
    def __init__(self, name, rule):
        if name not in OPS:
            raise ValueError(f"there is no operation {name!r}{did_you_mean(name, OPS)}")
        self.op, self.rule = OPS[name], rule

    def __enter__(self):
        self.outer, self.op.override = self.op.override, self.rule

    def __exit__(self, *exc_info):
        self.op.override = self.outer
        return False
