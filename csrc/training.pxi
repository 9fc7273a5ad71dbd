# What a training step does besides operations, metrics and updates: fetch a batch.
# Each is a call like any other, so it can be recorded.

cdef Op FETCH = Op("fetch", None, family="step", formula="batch = data[order[start : start + B]]")
cdef Op ADVANCE = Op("advance", None, family="step", formula="start += B")
cdef Op STORE = Op("store", None, family="step", formula="result[start : start + B] = y")
def _pass_over(node, row):
    return IndexError("the pass over the data is over: rewind() or shuffle() begins another")
FETCH.complain = STORE.complain = _pass_over


# ---- batches ---------------------------------------------------------------------

cdef class BatchFeed:
    """Arrays of samples, served a batch at a time in a chosen order.

    Parameters
    ----------
    arrays : sequence of ndarray
        All with the same number n of samples; held, not copied.
    floats : {"float32", "float64"}
        What bytes (uint8: pixels, say) are turned into, batch by batch.
    dtypes : sequence of dtype, optional
        What the batches of each array are to be: float32, float64 or int64.  Without it, or
        where it is None, that is the array's own dtype (`floats` for bytes).

    Notes
    -----
    C-contiguous arrays that have the wanted dtype, and bytes, are read in C.  All others (a file
    of float64 numbers, say, mapped into memory) are converted by NumPy, batch by batch.

    :attr:`start` is the number of samples already served in this pass; recorded fetches read it,
    and :meth:`advance` (also a recorded call) moves it on.
    """
    cdef readonly tuple arrays, dtypes
    cdef readonly isize samples
    cdef isize start_
    cdef cnp.ndarray order
    cdef bint in_order          # order is 0, 1, 2, …

    def __init__(self, arrays, floats="float32", dtypes=None):
        if self.order is not None:
            raise RuntimeError("a BatchFeed cannot be initialised twice")
        self.arrays = tuple(arrays)
        self.samples = len(self.arrays[0])
        wanted = []
        for a, dtype in zip(self.arrays, dtypes or [None] * len(self.arrays), strict=True):
            if dtype is None:
                dtype = floats if a.dtype == UINT8 else a.dtype
                if not a.flags.c_contiguous:
                    dtype = None
            if dtype is None or np.dtype(dtype) not in (FLOAT32, FLOAT64, INT64):
                raise TypeError("BatchFeed wants C-contiguous float32, float64, int64 or uint8 "
                                "arrays, or to be told which of the first three to make of them")
            if len(a) != self.samples:
                raise ValueError("BatchFeed wants arrays of one length")
            wanted.append(np.dtype(dtype))
        self.dtypes = tuple(wanted)
        self.order = np.arange(self.samples, dtype=np.int64)
        self.in_order = True

    cdef step_fn how(self, int which):
        """The call that fetches from array number `which`."""
        array, kind = self.arrays[which], self.dtypes[which]
        if array.flags.c_contiguous and array.dtype == kind:
            return fetch_forward
        if array.flags.c_contiguous and array.dtype == UINT8 and kind != INT64:
            return fetch_bytes
        return fetch_converted

    @property
    def start(self):
        """Samples already served in this pass."""
        return self.start_

    def shuffle(self, unsigned long long seed, unsigned long long epoch):
        """Begin a new pass in a random order, which follows from `seed` and `epoch` alone."""
        shuffle_order(<long long *>cnp.PyArray_DATA(self.order), self.samples, seed, epoch)
        self.start_ = 0
        self.in_order = False

    def rewind(self, order=None):
        """Begin a new pass, in the given order of sample numbers (default: as before)."""
        if order is not None:
            order = np.asarray(order, dtype=np.int64)
            if order.shape != (self.samples,) or (self.samples and (
                    order.min() < 0 or order.max() >= self.samples)):
                raise ValueError(f"order must hold {self.samples} sample numbers")
            self.order[:] = order
            self.in_order = False
        self.start_ = 0

    def fetch(self, int which, isize count):
        """The next `count` samples of array number `which`, as a tensor (recorded)."""
        cdef cnp.ndarray array = self.arrays[which].view(np.ndarray)
        cdef cnp.ndarray y
        cdef Node node
        if self.start_ + count > self.samples:
            raise IndexError("the pass over the data is over")
        y = new_shape((count,) + np.shape(array)[1:], self.dtypes[which])
        node = new_node(FETCH, (), y, 0)
        node.keep = (self, array)
        node.call.x[0] = cnp.PyArray_DATA(array)
        node.call.x[1] = cnp.PyArray_DATA(self.order)
        node.call.x[2] = &self.start_
        node.call.n[0] = count
        node.call.n[1] = cnp.PyArray_NBYTES(array) // max(self.samples, 1)
        node.call.n[2] = self.samples
        node.call.forward = node.call.backward = self.how(which)
        run(node, node.call.forward, <double>cnp.PyArray_SIZE(y))
        return finish(node, False)

    def whole(self, int which):
        """All samples of array number `which` in its own order, not copied: it cannot be written.

        What is not of the wanted dtype already is copied, which is recorded.
        """
        cdef cnp.ndarray array = self.arrays[which].view(np.ndarray)
        cdef step_fn how = self.how(which)
        cdef Node node
        if how == fetch_forward:
            array.flags.writeable = False
            return wrap(array)
        if how == fetch_converted:
            return self.fetch(which, self.samples)
        node = new_node(FETCH, (), new_shape(np.shape(array), self.dtypes[which]), 0)
        node.keep = array
        node.call.x[0] = cnp.PyArray_DATA(array)
        node.call.n[1] = cnp.PyArray_NBYTES(array)
        node.call.forward = node.call.backward = whole_bytes
        run(node, whole_bytes, <double>node.call.n[1])
        return finish(node, False)

    def store(self, Tensor values not None, cnp.ndarray into not None):
        """Copy the values of the current batch into rows start … of `into` (recorded)."""
        cdef Node node = new_node(STORE, (values,), values.array, 1)
        cdef isize count = values.array.shape[0]
        if (not into.flags.c_contiguous or into.dtype != values.array.dtype
                or np.shape(into)[1:] != values.shape[1:] or self.start_ + count > len(into)):
            raise ValueError(f"cannot store a batch of shape {values.shape}, {values.dtype}, in an "
                             f"array of shape {np.shape(into)}, {into.dtype}")
        node.keep = (self, into)
        node.call.z = cnp.PyArray_DATA(into)
        node.call.x[2] = &self.start_
        node.call.n[0] = cnp.PyArray_NBYTES(values.array)
        node.call.n[1] = node.call.n[0] // count if count else 0
        node.call.n[2] = len(into) - count
        node.call.forward = node.call.backward = store_forward
        run(node, store_forward, 0)

    def advance(self, isize count):
        """`count` samples are done (recorded)."""
        cdef Node node = Node.__new__(Node)
        node.op, node.inputs, node.keep = ADVANCE, (), self
        node.call.x[2] = &self.start_
        node.call.n[0] = count
        node.call.forward = node.call.backward = advance_forward
        run(node, advance_forward, 0)

cdef void shuffle_order(long long *order, isize n, unsigned long long seed,
                        unsigned long long epoch) noexcept nogil:
    """Fisher-Yates: element i changes places with a random one of 0 … i."""
    cdef isize i, j
    cdef unsigned long long stream = mixed(mixed(seed) ^ epoch)
    for i in range(n):
        order[i] = i
    for i in range(n - 1, 0, -1):
        j = <isize>below(mixed(stream + <unsigned long long>i), <unsigned long long>i + 1)
        order[i], order[j] = order[j], order[i]

cdef void fetch_forward(Call *c) noexcept nogil:
    cdef isize start = (<isize *>c.x[2])[0]
    if start + c.n[0] > c.n[2]:
        c.status = 0
        return
    c.k.gather(c.x[0], <const long long *>c.x[1] + start, c.y, c.n[0], c.n[1])

cdef void fetch_bytes(Call *c) noexcept nogil:
    cdef isize start = (<isize *>c.x[2])[0]
    if start + c.n[0] > c.n[2]:
        c.status = 0
        return
    c.k.gather_bytes(c.x[0], <const long long *>c.x[1] + start, c.y, c.n[0], c.n[1])

cdef void fetch_converted(Call *c) noexcept with gil:
    """Any dtype and layout, by NumPy."""
    cdef Node node = <Node>c.node
    cdef BatchFeed feed
    cdef isize start = (<isize *>c.x[2])[0]
    if start + c.n[0] > c.n[2]:
        c.status = 0
        return
    try:
        feed, array = node.keep
        rows = slice(start, start + c.n[0]) if feed.in_order else feed.order[start:start + c.n[0]]
        np.copyto(node.out, array[rows], casting="unsafe")
    except BaseException as error:
        node.error = error
        c.status = 0

cdef void whole_bytes(Call *c) noexcept nogil:
    cdef long long first = 0
    c.k.gather_bytes(c.x[0], &first, c.y, 1, c.n[1])

cdef void store_forward(Call *c) noexcept nogil:
    cdef isize start = (<isize *>c.x[2])[0]
    if start > c.n[2]:
        c.status = 0
        return
    memcpy(<char *>c.z + start * c.n[1], c.y, c.n[0])

cdef void advance_forward(Call *c) noexcept nogil:
    (<isize *>c.x[2])[0] += c.n[0]


# ---- epochs ------------------------------------------------------------------------

cdef struct Pass:
    int n_tapes
    PyObject *tape[2]
    isize count[2]
    PyObject *feed
    bint shuffled
    unsigned long long seed

cdef isize run_pass(Pass *p, isize epoch, PyObject **bad_tape) noexcept nogil:
    """Once over the data; returns -1, or the number of the call that complained."""
    cdef isize i, bad
    cdef int t
    if p.shuffled:
        shuffle_order(<long long *>cnp.PyArray_DATA((<BatchFeed>p.feed).order),
                      (<BatchFeed>p.feed).samples, p.seed, epoch)
        (<BatchFeed>p.feed).in_order = False
    (<BatchFeed>p.feed).start_ = 0
    for t in range(p.n_tapes):
        for i in range(p.count[t]):
            bad = (<Tape>p.tape[t]).once()
            if bad >= 0:
                bad_tape[0] = p.tape[t]
                return bad
    return -1

def replay_epochs(list passes not None, isize first_epoch, list means not None,
                  cnp.ndarray results not None, cnp.ndarray done not None, double seconds):
    """Whole epochs without coming back to Python.

    Parameters
    ----------
    passes : list of (tapes, counts, feed, seed)
        What an epoch consists of: training, and validation if there is one.  `tapes` are those
        of the full batches, and of the rest if there is one, run ``counts[i]`` times each over
        the `BatchFeed`; `seed` is that of the shuffle, None keeps the order.
    first_epoch : int
        Number of the first epoch.
    means : list of MeanAccumulator
        Reset before each pass.
    results : ndarray (epochs at most, len(passes), len(means), 2), float64
        Gets the total and count of every mean after every pass.
    done : ndarray (1,), int64
        Gets the number of epochs done, also when Ctrl-C comes.
    seconds : float
        Stop after the first epoch that ends later than this.
    """
    cdef isize epoch = 0, bad = -1, p, m, n_passes = len(passes), n_means = len(means)
    cdef isize epochs = len(results), until_look = 1, look_every = 1
    cdef double start, now, last
    cdef double *result = <double *>cnp.PyArray_DATA(results)
    cdef Pass of[2]
    cdef PyObject *bad_tape = NULL
    cdef MeanAccumulator mean
    cdef BatchFeed feed
    cdef Tape tape
    cdef double **values = <double **>malloc((2 * n_means + 1) * sizeof(double *))
    if values == NULL:
        raise MemoryError()
    try:
        if (n_passes > 2 or np.shape(results)[1:] != (n_passes, n_means, 2)
                or results.dtype != FLOAT64 or not results.flags.c_contiguous
                or np.shape(done) != (1,) or done.dtype != INT64):
            raise ValueError("replay_epochs: at most two passes, results of shape (epochs, "
                             "passes, means, 2) in float64, done of shape (1,) in int64")
        for m, mean in enumerate(means):
            values[2 * m], values[2 * m + 1] = mean.values[0], mean.values[1]
        for p, (tapes, counts, feed, seed) in enumerate(passes):
            if len(tapes) > 2 or len(tapes) != len(counts):
                raise ValueError("replay_epochs: at most two tapes, with a count for each")
            of[p].n_tapes, of[p].feed = len(tapes), <PyObject *>feed
            of[p].shuffled, of[p].seed = seed is not None, seed or 0
            for m, tape in enumerate(tapes):
                tape.check_replayable()
                of[p].tape[m], of[p].count[m] = <PyObject *>tape, counts[m]
        with nogil:
            start = last = monotonic()
            while epoch < epochs and bad < 0:
                for p in range(n_passes):
                    for m in range(2 * n_means):
                        values[m][0] = 0
                    bad = run_pass(&of[p], first_epoch + epoch, &bad_tape)
                    if bad >= 0:
                        break
                    for m in range(2 * n_means):
                        result[0] = values[m][0]
                        result += 1
                epoch += 1
                until_look -= 1
                if until_look == 0:     # the clock is read about every millisecond
                    now = monotonic()
                    if now - start >= seconds:
                        break
                    look_every = min(2 * look_every, 4096) if now - last < 1e-3 else max(
                        look_every // 2, 1)
                    until_look, last = look_every, now
        done[0] = epoch if bad < 0 else epoch - 1
        for tapes, _, _, _ in passes:
            for tape in tapes:
                tape.tell_what_changed()
        if bad >= 0:
            complain(<Node>(<Tape>bad_tape).entries[bad].call.node)
    finally:
        free(values)


# ---- access for tests ----------------------------------------------------------------

def kernel_matmul(cnp.ndarray A, cnp.ndarray B, cnp.ndarray C, bint transpose_a=False,
                  bint transpose_b=False, cnp.ndarray init=None, bint accumulate=False,
                  int threads=1, bint naive=False):
    """C = op(A)·op(B) by the matmul kernel, on 2-D arrays whose rows are contiguous."""
    cdef const Kernels *k = K64 if cnp.PyArray_TYPE(A) == cnp.NPY_FLOAT64 else K32
    cdef isize size = A.dtype.itemsize
    for a in (A, B, C):
        if a.ndim != 2 or a.dtype != A.dtype or a.dtype not in (FLOAT32, FLOAT64) or (
                a.size and a.shape[1] > 1 and a.strides[1] != size):
            raise ValueError("kernel_matmul wants 2-D arrays of one float dtype, rows contiguous")
    M, N = C.shape[0], C.shape[1]
    K = A.shape[0] if transpose_a else A.shape[1]
    if ((A.shape[1] if transpose_a else A.shape[0]) != M
            or (B.shape[1] if transpose_b else B.shape[0]) != K
            or (B.shape[0] if transpose_b else B.shape[1]) != N
            or (init is not None and (init.dtype != A.dtype or init.ndim != 1
                                      or init.shape[0] != N))):
        raise ValueError("kernel_matmul: shapes do not fit")
    (k.matmul_naive if naive else k.matmul)(
        transpose_a, transpose_b, M, N, K, cnp.PyArray_DATA(A), A.strides[0] // size,
        cnp.PyArray_DATA(B), B.strides[0] // size, cnp.PyArray_DATA(C), C.strides[0] // size,
        NULL if init is None else cnp.PyArray_DATA(init), accumulate, threads)
    return C

def fma_peak(dtype="float32", isize rounds=1_000_000):
    """Multiply-adds on registers alone, as fast as the CPU target in use can do them.

    Returns the number of floating-point operations done: time the call to know the peak.
    """
    cdef const Kernels *k = K64 if np.dtype(dtype) == FLOAT64 else K32
    cdef double chains[96]      # 12 vectors of 64 bytes
    cdef isize flops
    memset(chains, 0, sizeof(chains))
    with nogil:
        flops = k.fma_peak(rounds, chains)
    return flops
