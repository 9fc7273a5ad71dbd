# The tape: who calls what, in which order.
#
# An operation that runs is a Call: two C functions and the buffers they work
# on.  A Node is the Python face of a call.  Between `with Tape()` and its end,
# every call that runs is also written down, in the order it ran; replay() runs
# the list again, in C, on the same buffers.

cdef enum:
    MAX_INPUTS = 3      # tensor inputs of a compiled operation
    MAX_SIZES = 4
    MAX_SCALARS = 4
    OK = -1             # Call.status: nothing to complain about

# How operands of different shapes line up: the loop over the output's shape, with
# the step of each operand (0 where it is repeated).  Axes that can be walked as
# one are merged, so the last axis has steps 0 or 1.
cdef struct Broadcast:
    int ndim
    isize shape[32]
    isize step[2][32]


cdef struct Call
ctypedef void (*step_fn)(Call *c) noexcept nogil

cdef struct Call:
    step_fn forward
    step_fn backward
    const Kernels *k            # of the dtype
    void *x[MAX_INPUTS]         # inputs
    void *y                     # output
    void *z                     # what forward keeps besides x and y
    void *scratch               # room for backward
    void *dy                    # gradient of the output
    void *dx[MAX_INPUTS]        # where backward puts its contributions; NULL: not wanted
    isize n[MAX_SIZES]
    double a[MAX_SCALARS]       # the operation's own numbers
    int kernel                  # which of the table's kernels
    int itemsize                # bytes of one element
    isize status                # OK, or the row that was found to be wrong
    Broadcast *broadcast        # NULL: all operands have the shape of the output
    Pace pace[2]                # of forward, of backward
    PyObject *node              # the Node this call belongs to (borrowed)


cdef extern from *:
    """
    #if defined(_MSC_VER)
    #define THREAD_LOCAL __declspec(thread)
    #else
    #define THREAD_LOCAL __thread
    #endif
    static THREAD_LOCAL PyObject *active_tape = NULL;   /* the Tape that records, or NULL */
    static THREAD_LOCAL PyObject *active_hook = NULL;   /* the trace hook, or NULL */
    static THREAD_LOCAL int no_grad_depth = 0;
    """
    PyObject *active_tape
    PyObject *active_hook
    int no_grad_depth


cdef inline void *offset(const void *p, isize elements, int itemsize) noexcept nogil:
    return <char *>p + elements * itemsize


# ---- one call on several threads ---------------------------------------------------

ctypedef void (*part_fn)(const Call *c, isize first, isize count) noexcept nogil

cdef enum:
    ELEMENT_WORK = 8    # an element costs about as much as so many multiply-adds
    LEAST_ELEMENTS = 50_000     # is LEAST_WORK
    PART_STEP = 64      # rows or elements: parts begin at multiples, for aligned vectors

cdef inline void in_parts(Call *c, int pace, part_fn do_part, isize n, isize row) noexcept nogil:
    """Do a call on n rows of `row` elements that do not depend on each other."""
    cdef double start
    cdef isize part, step
    cdef int threads
    if n * row < LEAST_ELEMENTS:
        do_part(c, 0, n)
        return
    threads = take_threads(&c.pace[pace], <double>ELEMENT_WORK * n * row, &start)
    if threads == 1:            # a parallel block costs 0.5 µs even then
        do_part(c, 0, n)
    else:
        step = (n // threads // PART_STEP + 1) * PART_STEP
        for part in prange(threads, num_threads=threads, schedule="static"):
            if part * step < n:
                do_part(c, part * step, min(step, n - part * step))
    give_back(&c.pace[pace], threads, start)


cdef class Op:
    """One differentiable operation: what is known of it, in one place.

    Attributes
    ----------
    name : str
        Name of the function in ``autograd_mlp.ops``.
    family : str
        ``"unary"``, ``"binary"``, ``"activation"``, ``"reduce"``, ``"linalg"``, ``"shape"``,
        ``"loss"``, ``"metric"``, ``"random"`` or ``"normalize"``.
    formula, vjp, shape_rule : str
        Forward formula, vector-Jacobian product and shapes as text; ``dy`` is the
        gradient of the output, ``dx`` that of an input.
    domain : tuple of (low, high) or None
        Where the function is defined, one pair for all inputs.
    kinks : tuple of float
        Input values at which the derivative jumps; `vjp` or the docstring says what is
        taken there.
    margins : callable or None
        Where the derivative jumps, if that is not at fixed values: ``margins(*inputs,
        **arguments)`` gives arrays (float64 in, float64 out) that change sign there.
    differentiable : tuple of bool
        For each tensor input, whether a gradient flows to it.
    reads : str
        What backward reads again: any of ``"u"``, ``"v"``, ``"w"`` (the inputs in order) and
        ``"y"`` (the output).  Those must not be changed between forward and backward.
    """
    cdef readonly str name, family, formula, vjp, shape_rule, reads
    cdef readonly object domain, margins
    cdef readonly tuple kinks, differentiable
    cdef public object function
    cdef readonly object rule           # the NumPy rule of a Python operation, else None
    cdef public object override         # see override_rule
    cdef public object complain         # (node, row) → the exception for a bad row
    cdef int read_mask

    def __init__(self, name, function, *, family, formula="", vjp="", shape_rule="(…) → (…)",
                 domain=None, kinks=(), margins=None, differentiable=(True,), reads="",
                 rule=None):
        self.name, self.function, self.family = name, function, family
        self.formula, self.vjp, self.shape_rule = formula, vjp, shape_rule
        self.domain, self.kinks, self.differentiable = domain, tuple(kinks), tuple(differentiable)
        self.reads, self.rule, self.margins = reads, rule, margins
        self.read_mask = 0
        for letter in reads:
            self.read_mask |= 1 << "uvwy".index(letter)

    def margins_of(self, inputs, arguments):
        """Arrays that change sign where the derivative jumps, for these inputs (arrays)."""
        if self.margins is not None:
            return tuple(self.margins(*inputs, **(arguments or {})))
        return tuple([x - kink for x in inputs for kink in self.kinks])

    def __repr__(self):
        return f"<operation {self.name}: {self.formula};  {self.vjp}>"


OPS = {}        # every operation by name; csrc/ops and autograd_mlp/ops fill it

def op(family, **data):
    """Decorator that lists a function as an operation; `data` as in :class:`Op`."""
    def register(function):
        OPS[function.__name__] = Op(function.__name__, function, family=family, **data)
        return function
    return register


@cython.trashcan(True)      # a chain of a million nodes must not overflow the stack when freed
cdef class Node:
    """One call of an operation: its inputs, its output and, after backward, its gradients."""
    cdef Call call
    cdef readonly Op op
    cdef readonly tuple inputs
    cdef readonly dict arguments        # the operation's own arguments, for people to read
    cdef readonly str source            # "file:line" that made it, when a trace hook is set
    cdef object keep                    # buffers backward points into
    cdef cnp.ndarray scratch            # room for backward
    cdef cnp.ndarray kept               # what forward keeps besides inputs and output
    cdef object rule                    # backward of a Python operation (a closure)
    cdef object out                     # the output's array
    cdef object error                   # exception raised in a Python call
    cdef tuple writes                   # tensors besides the output that the call writes to
    cdef void *output_tensor            # borrowed; the tensor clears it when it goes
    cdef readonly long long order       # position in the order of recording; 0: not recorded
    cdef bint walked                    # backward ran while a tape recorded
    cdef long long versions[MAX_INPUTS]
    cdef long long *many_versions

    def __init__(self):
        raise TypeError("nodes are made by operations")

    def __cinit__(self):
        memset(&self.call, 0, sizeof(Call))
        self.call.status = OK
        self.call.node = <PyObject *>self

    def __dealloc__(self):
        free(self.call.broadcast)
        free(self.many_versions)

    @property
    def name(self):
        """Name of the operation."""
        return self.op.name

    @property
    def formula(self):
        """Forward formula of the operation."""
        return self.op.formula

    @property
    def vjp(self):
        """Backward rule of the operation."""
        return self.op.vjp

    @property
    def output(self):
        """The tensor this call made, or None if nobody holds it any more."""
        return <object>self.output_tensor if self.output_tensor != NULL else None

    @property
    def grad(self):
        """Gradient of the output (None before backward)."""
        output = self.output
        return None if output is None else output.grad

    @property
    def saved(self):
        """What backward reads: a dict from ``"u"``, ``"v"``, ``"w"``, ``"y"`` to tensors."""
        letters = {letter: self.inputs["uvw".index(letter)] for letter in self.op.reads
                   if letter != "y" and "uvw".index(letter) < len(self.inputs)}
        if "y" in self.op.reads:
            letters["y"] = self.output
        return letters

    def __repr__(self):
        shapes = ", ".join(str(t.shape) for t in self.inputs)
        return f"<{self.op.name}({shapes}): {self.op.formula};  {self.op.vjp}>"


cdef struct Entry:
    step_fn run
    Call *call

cdef class Tape:
    """A list of calls that can be run again.

    ``with tape:`` writes down every engine call made in the block, by this
    thread.  ``replay(n)`` then runs the list n times without holding the GIL;
    all buffers are the ones of the recording.  What the block did outside of
    the engine cannot be replayed: reading values as numbers or arrays, or making
    a tensor from an array, leaves the reason in :attr:`broken`.
    """
    cdef Entry *entries
    cdef isize length, room
    cdef list nodes
    cdef list written               # what `writes` found, None while recording
    cdef readonly str broken
    cdef object outer               # the tape that recorded before this one
    cdef bint recording

    def __cinit__(self):
        self.nodes = []

    def __dealloc__(self):
        free(self.entries)

    def __len__(self):
        return self.length

    @property
    def calls(self):
        """(name, "forward" or "backward") of every call, in order."""
        return [((<Node>self.entries[i].call.node).op.name,
                 "backward" if self.entries[i].run == self.entries[i].call.backward and
                 self.entries[i].run != self.entries[i].call.forward else "forward")
                for i in range(self.length)]

    @property
    def writes(self):
        """The tensors that existed before and that the calls write to, each once."""
        found = {}
        for node in self.nodes:
            for t in (<Node>node).writes or ():
                found[id(t)] = t
        return list(found.values())

    cdef int tell_what_changed(self) except -1:
        """Tell the tensors that a replay wrote to them."""
        if self.written is None:
            self.written = self.writes
        for t in self.written:
            changed(<Tensor>t)
        return 0

    def __enter__(self):
        global active_tape
        if self.recording:
            raise RuntimeError("this tape is recording already")
        self.recording = True
        self.outer = None if active_tape == NULL else <object>active_tape
        Py_INCREF(self)
        active_tape = <PyObject *>self
        return self

    def __exit__(self, *exc_info):
        global active_tape
        if active_tape != <PyObject *>self:
            raise RuntimeError("this tape is not the one that records in this thread")
        active_tape = NULL if self.outer is None else <PyObject *>self.outer
        self.outer, self.recording = None, False
        Py_DECREF(self)
        return False

    cdef int append(self, step_fn run, Node node) except -1:
        if self.length == self.room:
            self.room = 2 * self.room + 32
            self.entries = <Entry *>realloc(self.entries, self.room * sizeof(Entry))
            if self.entries == NULL:
                raise MemoryError()
        self.entries[self.length].run = run
        self.entries[self.length].call = &node.call
        self.length += 1
        self.nodes.append(node)
        self.written = None
        return 0

    def same_as(self, Tape other not None):
        """Whether the other tape holds the same calls with the same numbers.

        Buffers may differ; the values of operands that no recorded call computes (numbers in
        the Python of a layer) may not.
        """
        cdef isize i
        cdef Call *a
        cdef Call *b
        if self.length != other.length or self.broken is not None or other.broken is not None:
            return False
        for i in range(self.length):
            a, b = self.entries[i].call, other.entries[i].call
            if (self.entries[i].run != other.entries[i].run or a.kernel != b.kernel
                    or a.itemsize != b.itemsize or memcmp(a.n, b.n, sizeof(a.n)) or memcmp(a.a, b.a, sizeof(a.a))
                    or (<Node>a.node).arguments != (<Node>b.node).arguments
                    or (<Node>a.node).op is not (<Node>b.node).op):
                return False
        return self.numbers() == other.numbers()

    cdef list numbers(self):
        """The operands that are read but computed by no call: their bytes, or which Variable."""
        cdef isize i
        cdef Node node
        cdef Tensor t
        cdef int j
        cdef size_t at
        computed, kept = set(), []
        for i in range(self.length):
            node = <Node>self.entries[i].call.node
            if node.kept is not None:
                at = <size_t>cnp.PyArray_DATA(node.kept)
                kept.append((at, at + <size_t>cnp.PyArray_NBYTES(node.kept)))
            computed.add(<size_t>self.entries[i].call.y)
            for j in range(MAX_INPUTS):
                computed.add(<size_t>self.entries[i].call.dx[j])
        found = []
        for i in range(self.length):
            node = <Node>self.entries[i].call.node
            for t in node.inputs:
                at = <size_t>cnp.PyArray_DATA(t.array)
                if at not in computed and not any([low <= at < high for low, high in kept]):
                    found.append(id(t) if isinstance(t, Variable) else t.array.tobytes())
        return found

    def replay(self, isize steps=1, double seconds=0.0):
        """Run the recorded calls again.

        Parameters
        ----------
        steps : int
            How many times at most.
        seconds : float
            Stop at the first step that ends later than this; 0 means no limit.

        Returns
        -------
        int
            Steps done.

        Raises
        ------
        RuntimeError
            If the tape could not be recorded (see :attr:`broken`).
        """
        cdef isize done = 0, bad = -1, until_look = 1, look_every = 1
        cdef double start, now, last
        self.check_replayable()
        with nogil:
            start = last = monotonic()
            while done < steps and bad < 0:
                bad = self.once()
                done += 1
                if seconds > 0:
                    until_look -= 1
                    if until_look == 0:
                        # read the clock about every millisecond, however short a step is
                        now = monotonic()
                        if now - start >= seconds:
                            break
                        if now - last < 1e-3:
                            look_every = min(look_every * 2, 4096)
                        else:
                            look_every = max(look_every // 2, 1)
                        last = now
                        until_look = look_every
        self.tell_what_changed()
        if bad >= 0:
            complain(<Node>self.entries[bad].call.node)
        return done

    def profile(self, isize steps=1000):
        """Where the time of a step goes.

        Runs every call of the list `steps` times by itself, in order; buffers and scalars change
        as in as many steps.  Returns a list of (name, "forward" or "backward", microseconds).
        """
        cdef isize i, s
        cdef double start
        self.check_replayable()
        seconds = []
        for i in range(self.length):
            with nogil:
                start = monotonic()
                for s in range(steps):
                    self.entries[i].run(self.entries[i].call)
                    if self.entries[i].call.status != OK:
                        break
                start = monotonic() - start
            self.entries[i].call.status = OK
            seconds.append(start / (s + 1))
        self.tell_what_changed()
        return [(name, direction, 1e6 * t)
                for (name, direction), t in zip(self.calls, seconds, strict=True)]

    cdef int check_replayable(self) except -1:
        if self.broken is not None:
            raise RuntimeError(f"this tape cannot be replayed: {self.broken}")
        return 0

    cdef isize once(self) noexcept nogil:
        """Run the list once; returns -1, or the number of the call that complained."""
        cdef isize i
        for i in range(self.length):
            self.entries[i].run(self.entries[i].call)
            if self.entries[i].call.status != OK:
                return i
        return -1


cdef void left_the_engine(str why):
    """Values went out of or into the engine: what is being recorded cannot be replayed."""
    if active_tape != NULL and (<Tape>active_tape).broken is None:
        (<Tape>active_tape).broken = why


def unrecorded(make):
    """What ``make()`` returns, done behind the back of a tape that records: what is set up once,
    in the middle of the first step."""
    global active_tape
    cdef PyObject *outer = active_tape
    active_tape = NULL
    try:
        return make()
    finally:
        active_tape = outer


cdef int run(Node node, step_fn what, double work) except -1:
    """Run a call now, and write it on the tape if one is recording."""
    if work > 1e5:
        with nogil:
            what(&node.call)
    else:
        what(&node.call)
    if node.call.status != OK:
        complain(node)
    if active_tape != NULL:
        (<Tape>active_tape).append(what, node)
    return 0


cdef int complain(Node node) except -1:
    """Raise the error of a call whose status is not OK."""
    cdef isize row = node.call.status
    node.call.status = OK
    if node.error is not None:
        error, node.error = node.error, None
        raise error
    raise node.op.complain(node, row)
