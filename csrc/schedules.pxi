# Learning rate schedules: a number that follows from the count of steps, as a recorded call.
# The formulas are those of Keras 3, worked out in float64.

cdef Op SCHEDULE = Op("schedule", None, family="step", formula="η = η(t)")
cdef Op FLOOR_DIVIDE = Op("floor_divide", None, family="step", formula="y = ⌊t / n⌋")

cdef enum:
    DECAY_INVERSE, DECAY_EXPONENTIAL, DECAY_INVERSE_TIME, DECAY_POLYNOMIAL, DECAY_PIECEWISE
    DECAY_COSINE, DECAY_COSINE_RESTARTS
cdef dict SCHEDULES = {
    "inverse": DECAY_INVERSE, "exponential": DECAY_EXPONENTIAL, "inverse_time": DECAY_INVERSE_TIME,
    "polynomial": DECAY_POLYNOMIAL, "piecewise": DECAY_PIECEWISE, "cosine": DECAY_COSINE,
    "cosine_restarts": DECAY_COSINE_RESTARTS,
}

cdef double PI = np.pi


def scheduled(str kind not None, numbers, step, dtype="float32", Tensor rate=None):
    """The learning rate at a step (recorded).

    Parameters
    ----------
    kind : str
        Which schedule: see ``value_at`` below for its formula.
    numbers : sequence of float
        The parameters of the formula, in order.
    step : Tensor or number
        Of any shape; read anew at every replay.
    dtype : {"float32", "float64"}
    rate : Tensor of one float, optional
        For "inverse": what is divided by 1 + decay·step.

    Returns
    -------
    Tensor
        Of the shape of `step`.
    """
    cdef Tensor t = step if isinstance(step, Tensor) else wrap(np.asarray(step, order="C"))
    cdef cnp.ndarray p = np.array(numbers, dtype=np.float64)
    cdef Node node
    if not isinstance(step, (Tensor, int, float)):
        left_the_engine("a schedule was given an array")
    if t.array.dtype not in (FLOAT32, FLOAT64, INT64):
        t = wrap(t.array.astype(FLOAT64 if t.array.dtype.kind == "f" else INT64))
    node = new_node(SCHEDULE, (t,) if rate is None else (t, rate),
                    new_shape(np.shape(t.array), np.dtype(dtype)), 0)
    node.arguments = {"kind": kind, "numbers": tuple(numbers)}
    node.keep = p
    node.call.kernel = SCHEDULES[kind]
    node.call.z = cnp.PyArray_DATA(p)
    node.call.x[0] = cnp.PyArray_DATA(t.array)
    node.call.x[1] = NULL if rate is None else cnp.PyArray_DATA(rate.array)
    node.call.n[0] = cnp.PyArray_SIZE(t.array)
    node.call.n[1] = 2 if t.array.dtype == INT64 else t.array.dtype == FLOAT64
    node.call.n[2] = len(p)
    node.call.n[3] = rate is not None and rate.array.dtype == FLOAT64
    node.call.forward = node.call.backward = schedule_forward
    run(node, schedule_forward, 0)
    return finish(node, False)

cdef void schedule_forward(Call *c) noexcept nogil:
    cdef isize i
    cdef double step, value, rate = 0
    if c.x[1] != NULL:
        rate = one_number(c.x[1], c.n[3])
    for i in range(c.n[0]):
        step = (<double>(<const long long *>c.x[0])[i] if c.n[1] == 2
                else one_number(offset(c.x[0], i, 8 if c.n[1] else 4), c.n[1]))
        value = value_at(c.kernel, <const double *>c.z, c.n[2], step, c.n[1] == 2, rate)
        if c.itemsize == 8:
            (<double *>c.y)[i] = value
        else:
            (<float *>c.y)[i] = <float>value

cdef double value_at(int kind, const double *p, isize count, double step, bint whole,
                     double rate) noexcept nogil:
    cdef double part, length, number, power
    cdef isize i, boundaries
    if kind == DECAY_INVERSE:               # decay, as Keras had it before version 3
        return rate / (1 + p[0] * step)
    if kind == DECAY_PIECEWISE:             # boundaries, then one value more
        boundaries = (count - 1) // 2
        i = 0
        while i < boundaries and step > (c_trunc(p[i]) if whole else p[i]):
            i += 1
        return p[boundaries + i]
    if kind == DECAY_EXPONENTIAL or kind == DECAY_INVERSE_TIME:     # η₀, length, decay, in stairs
        part = step / p[1]
        if p[3] != 0:
            part = c_floor(part)
        return p[0] * c_pow(p[2], part) if kind == DECAY_EXPONENTIAL else p[0] / (1 + p[2] * part)
    if kind == DECAY_POLYNOMIAL:            # η₀, length, last η, power, again and again
        length = p[1]
        if p[4] == 0:
            step = min(step, length)
        elif step != 0:
            length *= c_ceil(step / length)
        return (p[0] - p[2]) * c_pow(1 - step / length, p[3]) + p[2]
    if kind == DECAY_COSINE:                # η₀, length, α, with warmup, η after it, its length
        rate = p[0]
        if p[3] != 0:
            if step < p[5]:
                return p[0] + (p[4] - p[0]) * (step / p[5])
            rate, step = p[4], step - p[5]
        return rate * ((1 - p[2]) * 0.5 * (1 + c_cos(PI * min(step, p[1]) / p[1])) + p[2])
    # Loshchilov & Hutter 2017 with restarts: η₀, first length, its growth, that of η, α
    part = step / p[1]
    if p[2] == 1:
        number = c_floor(part)
        part -= number
    else:
        # a restart falls on a whole number: the rounding of the logarithms must not miss it
        number = c_floor(c_log(1 - part * (1 - p[2])) / c_log(p[2]) + 1e-9)
        power = c_pow(p[2], number)
        part = (part - (1 - power) / (1 - p[2])) / power
    return p[0] * ((1 - p[4]) * 0.5 * c_pow(p[3], number) * (1 + c_cos(PI * part)) + p[4])


def floor_divide(Tensor step not None, long long n):
    """⌊step / n⌋ of an int64 tensor of one number (recorded)."""
    cdef Node node = new_node(FLOOR_DIVIDE, (step,), np.empty((), np.int64), 1)
    node.call.n[0] = n
    node.call.forward = node.call.backward = floor_divide_forward
    run(node, floor_divide_forward, 0)
    return finish(node, False)

cdef void floor_divide_forward(Call *c) noexcept nogil:
    (<long long *>c.y)[0] = (<const long long *>c.x[0])[0] // c.n[0]
