# An optimizer step: what its updates share (step count, learning rate, factors), what gradients
# go through first, the updates of parameters and state, and what follows.  Each is a call like
# any other, so it can be recorded; an option that is off has no call.

cdef Op BEGIN_UPDATE = Op("begin_update", None, family="step", formula="t += 1;  α = α(η, t)")
cdef Op UPDATE = Op("update", None, family="step", formula="w ← w + Δ(g)")
cdef Op GRADIENT = Op("gradient", None, family="step", formula="g' = g scaled, clipped or summed")
cdef Op SQUARES = Op("squares", None, family="step", formula="Σ g² of all gradients")
cdef Op DECAY = Op("decay", None, family="step", formula="w ← w − η·λ·w")
cdef Op AVERAGE = Op("average", None, family="step", formula="a ← μ·a + (1 − μ)·w")
cdef Op KEEP = Op("keep", None, family="step", formula="y = w")
cdef Op RESTORE = Op("restore", None, family="step", formula="w ← y unless this step updates")

cdef dict UPDATES = {
    "sgd": (UPDATE_SGD, 0), "momentum": (UPDATE_MOMENTUM, 1), "nesterov": (UPDATE_NESTEROV, 1),
    "adagrad": (UPDATE_ADAGRAD, 1), "adagrad_legacy": (UPDATE_ADAGRAD_LEGACY, 1),
    "adadelta": (UPDATE_ADADELTA, 2),
    "rmsprop": (UPDATE_RMSPROP, 1), "rmsprop_momentum": (UPDATE_RMSPROP_MOMENTUM, 2),
    "rmsprop_centered": (UPDATE_RMSPROP_CENTERED, 2),
    "rmsprop_momentum_centered": (UPDATE_RMSPROP_CENTERED_MOMENTUM, 3),
    "rmsprop_legacy": (UPDATE_RMSPROP_LEGACY, 1),
    "rmsprop_legacy_centered": (UPDATE_RMSPROP_LEGACY_CENTERED, 2),
    "adam": (UPDATE_ADAM, 2), "adam_amsgrad": (UPDATE_ADAM_AMSGRAD, 3),
    "adamax": (UPDATE_ADAMAX, 2), "nadam": (UPDATE_NADAM, 2),
    "ftrl": (UPDATE_FTRL, 2), "lion": (UPDATE_LION, 1),
}   # name → (kernel, state tensors it needs)

cdef dict CELLS = {
    "epsilon": A_EPSILON, "momentum": A_MOMENTUM, "rho": A_RHO, "beta_1": A_RHO,
    "beta_2": A_BETA_2, "schedule_decay": A_SCHEDULE_DECAY, "learning_rate_power": A_POWER,
    "l1_regularization_strength": A_L1, "l2_regularization_strength": A_L2,
    "l2_shrinkage_regularization_strength": A_SHRINKAGE, "beta": A_BETA,
    "weight_decay": A_WEIGHT_DECAY, "clipvalue": A_CLIP, "clipnorm": A_CLIP,
    "global_clipnorm": A_CLIP, "ema_momentum": A_EMA,
}   # hyperparameter → where the updates read it

# What follows from the learning rate and the step count before the updates run.
cdef enum:
    FACTORS_PLAIN, FACTORS_ADAM, FACTORS_ADAMAX, FACTORS_NADAM, FACTORS_FTRL
cdef dict FACTORS = {"plain": FACTORS_PLAIN, "adam": FACTORS_ADAM, "adamax": FACTORS_ADAMAX,
                     "nadam": FACTORS_NADAM, "ftrl": FACTORS_FTRL}


cdef class UpdateScalars:
    """The numbers of an optimizer's steps, in cells that may change while a tape runs.

    Attributes
    ----------
    step : Variable
        Of shape (), int64: how many steps were done.
    """
    cdef cnp.ndarray cells
    cdef double *a
    cdef readonly Variable step

    def __init__(self):
        self.cells = np.zeros(A_COUNT)
        self.a = <double *>cnp.PyArray_DATA(self.cells)
        self.step = Variable(0, "int64", "iteration", False)
        self.a[A_ACTIVE] = 1

    def __reduce__(self):
        return _rebuild_scalars, (self.cells, self.step)

    def set(self, str name not None, double value):
        """Give a hyperparameter a value; the next step uses it."""
        self.a[<int>CELLS[name]] = -value if name == "learning_rate_power" else value

    def get(self, str name not None):
        """The value of a hyperparameter."""
        cdef double value = self.a[<int>CELLS[name]]
        return -value if name == "learning_rate_power" else value

    def begin(self, Tensor rate not None, str factors="plain", isize every=1, bint counts=True,
              Tensor product=None, bint first=True, bint single=True):
        """Work out what all updates of a step share, and count the step (recorded).

        Parameters
        ----------
        rate : Tensor of one float
            The learning rate; read anew at every replay.
        factors : {"plain", "adam", "adamax", "nadam", "ftrl"}
        every : int
            Only each so manieth step updates; those between gather gradients.
        counts : bool
            Whether this call counts the step; else somebody does it at its end.
        product : Tensor of one float, optional
            Nadam's product of momenta.
        first : bool
            False to go on with another learning rate within one step.
        single : bool
            Round powers of beta to float32, as Keras does for variables of float32: 1 − 0.999 is
            0.00099998713 then, and the first steps of Adam differ by 1e-5 of their length.
        """
        cdef Node node = Node.__new__(Node)
        check_number(rate)
        if product is not None:
            check_number(product)
        node.op, node.inputs, node.keep = BEGIN_UPDATE, (rate, self.step), (self, product)
        node.call.kernel = FACTORS[factors]
        node.call.z = self.a
        node.call.x[0] = cnp.PyArray_DATA(rate.array)
        node.call.x[1] = cnp.PyArray_DATA(self.step.array)
        node.call.x[2] = NULL if product is None else cnp.PyArray_DATA(product.array)
        node.call.n[0] = cnp.PyArray_TYPE(rate.array) == cnp.NPY_FLOAT64
        node.call.n[1] = (product is not None
                          and cnp.PyArray_TYPE(product.array) == cnp.NPY_FLOAT64)
        node.call.n[2] = every
        node.call.n[3] = counts + 2 * first
        node.call.a[0] = single
        node.call.forward = node.call.backward = begin_update_forward
        run(node, begin_update_forward, 0)
        written = (self.step,) if counts else ()
        wrote(node, written if product is None else (*written, product))

    def update(self, str kind, Tensor w not None, Tensor g not None, *states):
        """Update parameter w with gradient g and its state tensors (recorded)."""
        cdef Node node
        cdef Tensor t
        if kind not in UPDATES:
            raise ValueError(f"unknown update {kind!r}; there are {', '.join(UPDATES)}")
        which, count = UPDATES[kind]
        if len(states) != count:
            raise ValueError(f"update {kind!r} needs {count} state tensors, got {len(states)}")
        check_like(g, w)
        for t in states:
            check_like(t, w)
        node = self.around(UPDATE, (w, g), w.array, which, update_few if cnp.PyArray_SIZE(
            w.array) < PART_STEP else update_forward, states)
        node.arguments = {"kind": kind}
        run(node, node.call.forward, <double>node.call.n[0])
        wrote(node, (w, *states))

    cdef Node around(self, Op op, tuple inputs, cnp.ndarray y, int kernel, step_fn forward,
                     tuple states):
        """A call of an update kernel: y, the gradient that is its last input, and state."""
        cdef Node node = new_node(op, inputs, y, 0)
        cdef int i = 0
        cdef Tensor t
        cdef void *pointers[3]
        for t in states:
            pointers[i] = cnp.PyArray_DATA(t.array)
            i += 1
        while i < 3:
            pointers[i] = NULL
            i += 1
        node.keep = (self, states)
        node.call.kernel = kernel
        node.call.z = self.a
        node.call.x[0] = cnp.PyArray_DATA((<Tensor>inputs[len(inputs) - 1]).array)
        node.call.x[1], node.call.x[2], node.call.scratch = pointers[0], pointers[1], pointers[2]
        node.call.n[0] = cnp.PyArray_SIZE(y)
        node.call.forward = node.call.backward = forward
        return node

    # ---- before the updates ----

    cdef Tensor new_gradient(self, Tensor g, int kernel, step_fn forward, double factor,
                             tuple states):
        cdef Node node = self.around(GRADIENT, (g,), empty_like(g.array), kernel, forward, states)
        node.call.a[0] = factor
        run(node, forward, <double>node.call.n[0])
        if states:
            wrote(node, states)
        return finish(node, False)

    def scaled(self, Tensor g not None, double factor):
        """factor·g as a new tensor (recorded)."""
        return self.new_gradient(g, UPDATE_SCALE, scale_gradient_forward, factor, ())

    def gathered(self, Tensor g not None, Tensor total not None, isize every):
        """The mean of `every` gradients at steps that update; between them g is added to `total`."""
        check_like(g, total)
        return self.new_gradient(g, UPDATE_RELEASE, gather_gradient_forward, 1.0 / every, (total,))

    def clipped(self, str how, list gradients not None):
        """Gradients limited by ``"clipvalue"``, ``"clipnorm"`` or ``"global_clipnorm"`` (recorded)."""
        cdef Node node
        cdef Tensor g
        cdef int i, last = len(gradients) - 1
        if how == "clipvalue":
            return [self.new_gradient(<Tensor>g, UPDATE_CLIP, update_forward, 0, ())
                    for g in gradients]
        if how == "clipnorm":
            return [self.new_gradient(<Tensor>g, UPDATE_SCALE, clip_norm_forward, 0, ())
                    for g in gradients]
        for i, g in enumerate(gradients):
            node = self.around(SQUARES, (g,), g.array, UPDATE_SCALE, squares_forward, ())
            node.call.n[1], node.call.n[2] = i == 0, i == last
            run(node, squares_forward, <double>node.call.n[0])
        return [self.new_gradient(<Tensor>g, UPDATE_SCALE, update_forward, 0, ())
                for g in gradients]

    def decay(self, Tensor w not None):
        """Make a parameter smaller by its weight decay (recorded)."""
        cdef Node node = self.around(DECAY, (w,), w.array, UPDATE_DECAY, update_forward, ())
        run(node, update_forward, <double>node.call.n[0])
        wrote(node, (w,))

    # ---- after the updates ----

    def average(self, Tensor w not None, Tensor mean not None, isize every=0):
        """Take a parameter into its moving average (recorded).

        Where `every` is not 0, each so manieth step gives the parameter the average's value.
        """
        cdef Node node
        check_like(mean, w)
        node = self.around(AVERAGE, (w,), w.array, UPDATE_AVERAGE, average_forward, (mean,))
        node.call.n[1] = every
        run(node, average_forward, <double>node.call.n[0])
        wrote(node, (w, mean) if every else (mean,))

    def keep(self, Tensor w not None):
        """A copy of a tensor (recorded), for :meth:`restore`."""
        cdef Node node = self.around(KEEP, (w,), empty_like(w.array), 0, keep_forward, ())
        node.call.n[1] = cnp.PyArray_NBYTES(w.array)
        run(node, keep_forward, 0)
        return finish(node, False)

    def restore(self, Tensor w not None, Tensor kept not None):
        """Put the copy back, unless this is a step that updates (recorded)."""
        cdef Node node = self.around(RESTORE, (w, kept), w.array, 0, restore_forward, ())
        node.call.n[1] = cnp.PyArray_NBYTES(w.array)
        run(node, restore_forward, 0)
        wrote(node, (w,))


def _rebuild_scalars(cells, step):
    cdef UpdateScalars scalars = UpdateScalars()
    scalars.cells[:] = cells
    scalars.step = step
    return scalars


cdef int check_number(Tensor t) except -1:
    if cnp.PyArray_SIZE(t.array) != 1 or cnp.PyArray_TYPE(t.array) not in (
            cnp.NPY_FLOAT32, cnp.NPY_FLOAT64):
        raise ValueError("a learning rate is one number of float32 or float64, got shape "
                         f"{t.shape}, {t.dtype}")
    return 0


cdef int check_like(Tensor other, Tensor w) except -1:
    if (not same_shape(other.array, w.array)
            or cnp.PyArray_TYPE(other.array) != cnp.PyArray_TYPE(w.array)):
        raise ValueError(
            f"the gradient and the state of a parameter of shape {w.shape}, {w.dtype}, must have "
            f"its shape and dtype; got {other.shape}, {other.dtype}")
    return 0


# ---- what the calls do -----------------------------------------------------------------

cdef inline double one_number(const void *x, bint is_double) noexcept nogil:
    return (<const double *>x)[0] if is_double else (<const float *>x)[0]

cdef void begin_update_forward(Call *c) noexcept nogil:
    cdef double *a = <double *>c.z
    cdef long long *step = <long long *>c.x[1]
    a[A_LEARNING_RATE] = one_number(c.x[0], c.n[0])
    if c.n[2] == 1:
        a[A_STEP] = <double>(step[0] + 1)
    else:
        a[A_STEP] = <double>(step[0] // c.n[2] + 1)
        a[A_ACTIVE] = (step[0] + 1) % c.n[2] == 0
    if c.kernel != FACTORS_PLAIN:
        set_factors(c, a, a[A_STEP], a[A_LEARNING_RATE])
    step[0] += c.n[3] & 1

cdef void set_factors(Call *c, double *a, double t, double rate) noexcept nogil:
    cdef bint single = c.a[0] != 0
    cdef double now, later, product
    if c.kernel == FACTORS_ADAM:
        a[A_SCALED_RATE] = (rate * c_sqrt(1 - to_the(a[A_BETA_2], t, single))
                            / (1 - to_the(a[A_RHO], t, single)))
    elif c.kernel == FACTORS_ADAMAX:
        a[A_SCALED_RATE] = rate / (1 - to_the(a[A_RHO], t, single))
    elif c.kernel == FACTORS_FTRL:
        a[A_QUADRATIC] = 2 * a[A_L2] + a[A_BETA] / rate
    else:
        now = a[A_RHO] * (1 - 0.5 * to_the(0.96, a[A_SCHEDULE_DECAY] * t, single))
        later = a[A_RHO] * (1 - 0.5 * to_the(0.96, a[A_SCHEDULE_DECAY] * (t + 1), single))
        product = one_number(c.x[2], c.n[1])
        if c.n[3] & 2 and a[A_ACTIVE] != 0:
            product *= now
            if c.n[1]:
                (<double *>c.x[2])[0] = product
            else:
                (<float *>c.x[2])[0] = <float>product
        a[A_NADAM_MOMENTUM] = later / (1 - product * later)
        a[A_NADAM_GRADIENT] = (1 - now) / (1 - product)
        a[A_NADAM_SQUARE] = 1 / (1 - to_the(a[A_BETA_2], t, single))

cdef inline double to_the(double x, double n, bint single) noexcept nogil:
    """xⁿ, and 0 where 1 − xⁿ is 1 anyway (0.9ⁿ from step 400 on): pow takes 20 ns."""
    if n > 400 and x < 0.91:
        return 0
    return <float>c_pow(<float>x, n) if single else c_pow(x, n)


cdef inline void run_kernel(const Call *c, int kernel, isize first, isize count) noexcept nogil:
    cdef int size = c.itemsize
    c.k.update[kernel](offset(c.y, first, size), offset(c.x[0], first, size),
                       offset(c.x[1], first, size), offset(c.x[2], first, size),
                       offset(c.scratch, first, size), count, <const double *>c.z)

cdef void update_part(const Call *c, isize first, isize count) noexcept nogil:
    run_kernel(c, c.kernel, first, count)

cdef void accumulate_part(const Call *c, isize first, isize count) noexcept nogil:
    run_kernel(c, UPDATE_ACCUMULATE, first, count)

cdef void update_forward(Call *c) noexcept nogil:
    if (<double *>c.z)[A_ACTIVE] != 0:
        in_parts(c, 0, update_part, c.n[0], 1)

cdef void update_few(Call *c) noexcept nogil:
    """The same for fewer numbers than a part has: 6 ns instead of 8."""
    if (<double *>c.z)[A_ACTIVE] != 0:
        c.k.update[c.kernel](c.y, c.x[0], c.x[1], c.x[2], c.scratch, c.n[0],
                             <const double *>c.z)

cdef void scale_gradient_forward(Call *c) noexcept nogil:
    (<double *>c.z)[A_FACTOR] = c.a[0]
    in_parts(c, 0, update_part, c.n[0], 1)

cdef void gather_gradient_forward(Call *c) noexcept nogil:
    (<double *>c.z)[A_FACTOR] = c.a[0]
    if (<double *>c.z)[A_ACTIVE] != 0:
        in_parts(c, 0, update_part, c.n[0], 1)
    else:
        in_parts(c, 0, accumulate_part, c.n[0], 1)

cdef inline double within(double limit, double norm) noexcept nogil:
    """What takes a norm down to the limit: 1 below it, NaN of NaN."""
    return 1 if norm <= limit else limit / norm

cdef void clip_norm_forward(Call *c) noexcept nogil:
    cdef double *a = <double *>c.z
    if a[A_ACTIVE] != 0:
        a[A_FACTOR] = within(a[A_CLIP], c_sqrt(c.k.sum_squares(c.x[0], c.n[0])))
        in_parts(c, 0, update_part, c.n[0], 1)

cdef void squares_forward(Call *c) noexcept nogil:
    cdef double *a = <double *>c.z
    cdef double norm
    if a[A_ACTIVE] == 0:
        return
    if c.n[1]:
        a[A_SQUARES] = 0
    a[A_SQUARES] += c.k.sum_squares(c.x[0], c.n[0])
    if c.n[2]:
        norm = c_sqrt(a[A_SQUARES])
        a[A_FACTOR] = within(a[A_CLIP], norm) + (norm - norm)   # of an infinite norm: NaN

cdef void average_forward(Call *c) noexcept nogil:
    cdef double *a = <double *>c.z
    a[A_FACTOR] = a[A_EMA] if a[A_STEP] > 1 else 0
    in_parts(c, 0, update_part, c.n[0], 1)
    if c.n[1] and <long long>a[A_STEP] % c.n[1] == 0:
        memcpy(c.y, c.x[1], c.n[0] * c.itemsize)

cdef void keep_forward(Call *c) noexcept nogil:
    memcpy(c.y, c.x[0], c.n[1])

cdef void restore_forward(Call *c) noexcept nogil:
    if (<double *>c.z)[A_ACTIVE] == 0:
        memcpy(c.y, c.x[0], c.n[1])


def as_variable(Tensor t not None):
    """The tensor itself if it is a Variable, else a Variable that shares its storage."""
    cdef Variable v
    if isinstance(t, Variable):
        return t
    v = Variable.__new__(Variable)
    v.array, v.base, v.name, v.path = t.array, root_of(t), t.name, t.name
    return v
