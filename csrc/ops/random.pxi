# Operations that draw random numbers inside the step: dropout and noise.
#
# Number i of a draw follows from i and the key of the draw, whichever thread asks for it, and
# the key from the two integers of a SeedGenerator's state: the seed, and how many draws there were.
# Each call moves that count on, recorded or not; restoring the state repeats what came after.

cdef extern from *:
    """
    /* splitmix64 (Steele, Lea & Flood 2014): a counter, well mixed. */
    static unsigned long long mixed(unsigned long long x) {
        x += 0x9e3779b97f4a7c15ull;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
        return x ^ (x >> 31);
    }
    /* A number in [0, n) from 64 random bits, n < 2^32, without division (Lemire 2019). */
    static unsigned long long below(unsigned long long bits, unsigned long long n) {
        unsigned long long high = bits >> 32, low = bits & 0xffffffffull;
        return (high * n + ((low * n) >> 32)) >> 32;
    }
    """
    unsigned long long mixed(unsigned long long) nogil
    unsigned long long below(unsigned long long, unsigned long long) nogil

cdef enum:
    COPY = -1       # c.n[1], the kernel of backward: dx = dy

cdef inline unsigned long long draw_key(long long seed, long long draws) noexcept nogil:
    return mixed(mixed(<unsigned long long>seed) ^ <unsigned long long>draws)

cdef void draw_forward(Call *c) noexcept nogil:
    """x[1]: the state (NULL: the key stays), z: the key, n: elements, kernel of backward."""
    cdef long long *state = <long long *>c.x[1]
    if state != NULL:
        (<unsigned long long *>c.z)[0] = draw_key(state[0], state[1])
        state[1] += 1
    in_parts(c, 0, draw_part, c.n[0], 1)

cdef void draw_part(const Call *c, isize first, isize count) noexcept nogil:
    c.k.draw[c.kernel](NULL if c.x[0] == NULL else offset(c.x[0], first, c.itemsize),
                       offset(c.y, first, c.itemsize), count,
                       (<unsigned long long *>c.z)[0], first, c.a)

cdef void draw_backward(Call *c) noexcept nogil:
    if c.dx[0] != NULL and c.n[1] == COPY:
        memcpy(c.dx[0], c.dy, c.n[0] * c.itemsize)
    elif c.dx[0] != NULL:
        in_parts(c, 1, draw_part_backward, c.n[0], 1)

cdef void draw_part_backward(const Call *c, isize first, isize count) noexcept nogil:
    """The factors of forward, drawn again."""
    c.k.draw[c.n[1]](offset(c.dy, first, c.itemsize), offset(c.dx[0], first, c.itemsize), count,
                     (<unsigned long long *>c.z)[0], first, c.a)


cdef object state_of(seed):
    """The state of a seed generator, or an int that seeds one draw."""
    if isinstance(seed, (bool, np.bool_)) or not (
            seed is None or isinstance(seed, (int, np.integer)) or hasattr(seed, "state")):
        raise ValueError("`seed` must be an integer, a SeedGenerator or None, "
                         f"got {seed!r} of type {type(seed).__name__}")
    if seed is None:
        from autograd_mlp.random import global_seed_generator
        seed = global_seed_generator()
    return seed.state if hasattr(seed, "state") else int(seed)

cdef Tensor draw(Op op, int kernel, int backward_kernel, Tensor x, cnp.ndarray y, seed, tuple a,
                 dict arguments):
    """y from the next numbers of `seed`, and from x if there is one."""
    cdef Node node
    cdef Tensor state
    cdef int i
    source = state_of(seed)
    inputs = () if x is None else (x,)
    if isinstance(source, Tensor):
        state = <Tensor>source
        if state.array.dtype != INT64 or cnp.PyArray_SIZE(state.array) != 2:
            raise ValueError("the state of a seed generator holds two int64: seed and draws")
        inputs += (state,)
    node = new_node(op, inputs, y, 0)
    node.arguments = arguments
    node.kept = np.zeros(1, np.uint64)
    node.call.z = cnp.PyArray_DATA(node.kept)
    if isinstance(source, Tensor):
        node.call.x[1] = cnp.PyArray_DATA(state.array)
    else:
        arguments["seed"] = source
        (<unsigned long long *>node.call.z)[0] = draw_key(
            <long long>(source & 0x7fffffffffffffff), 0)
    if x is not None:
        node.call.x[0] = cnp.PyArray_DATA(x.array)
    node.call.kernel = kernel
    node.call.n[0], node.call.n[1] = cnp.PyArray_SIZE(y), backward_kernel
    for i in range(len(a)):
        node.call.a[i] = a[i]
    node.call.forward, node.call.backward = draw_forward, draw_backward
    run(node, draw_forward, <double>node.call.n[0] * 4)
    if isinstance(source, Tensor):
        wrote(node, (source,))
    return finish(node, x is not None and x.requires_grad_)


cdef Op UNIFORM = Op("random_uniform", None, family="step", formula="y = low + (high − low)·u")
cdef Op NORMAL = Op("random_normal", None, family="step", formula="y = mean + stddev·z")
cdef Op NEXT_SEED = Op("next_seed", None, family="step", formula="y = state;  draws += 1")
cdef Op MASK = Op("mask", None, family="step", formula="y = 1 / (1 − rate) or 0")

def random_uniform(shape, double low, double high, dtype, seed):
    """Uniform numbers of [low, high) (recorded)."""
    cdef cnp.ndarray y = new_shape(tuple(shape), np.dtype(dtype))
    # in float32 the bounds may round up to one number
    return draw(UNIFORM, DRAW_UNIFORM, COPY, None, y, seed, (low, high - low, high),
                {"low": low, "high": high})

def random_normal(shape, double mean, double stddev, dtype, seed):
    """Normal numbers, none of them farther from the mean than 5.3 stddev (recorded)."""
    cdef cnp.ndarray y = new_shape(tuple(shape), np.dtype(dtype))
    return draw(NORMAL, DRAW_NORMAL, COPY, None, y, seed, (mean, stddev),
                {"mean": mean, "stddev": stddev})

def next_seed(Variable state not None):
    """The state as it is, an int64 tensor of shape (2,); its count moves on (recorded)."""
    cdef Node node = new_node(NEXT_SEED, (state,), np.zeros(2, np.int64), 1)
    node.call.forward = node.call.backward = next_seed_forward
    run(node, next_seed_forward, 0)
    wrote(node, (state,))
    return finish(node, False)

cdef void next_seed_forward(Call *c) noexcept nogil:
    memcpy(c.y, c.x[0], 2 * sizeof(long long))
    (<long long *>c.x[0])[1] += 1


# ---- dropout -----------------------------------------------------------------------

cdef double keep_bits(double rate):
    """From which bits on, as signed 32-bit numbers, an element is kept."""
    return min(-2147483648.0 + np.rint(rate * 4294967296.0), 2147483647.0)

cdef double checked_rate(str name, rate) except? -1:
    if not 0 <= rate <= 1:
        raise ValueError(f"{name}: rate must be from 0 to 1, got {rate!r}")
    return rate

cdef tuple mask_shape(str name, Tensor x, noise_shape):
    """noise_shape with None filled in; None if it is the shape of x."""
    if noise_shape is None:
        return None
    shape = tuple(noise_shape)
    if len(shape) != x.array.ndim:
        raise ValueError(f"{name}: noise_shape {shape} must have an entry for each axis of an "
                         f"input of shape {x.shape}")
    shape = tuple([x.array.shape[i] if n is None else n for i, n in enumerate(shape)])
    for i, n in enumerate(shape):
        if n != 1 and n != x.array.shape[i]:
            raise ValueError(f"{name}: noise_shape {shape} does not broadcast to an input of "
                             f"shape {x.shape}: every entry must be 1, None or that length")
    return None if shape == x.shape else shape


@op("random", formula="y = x · m / (1 − rate),  m = 0 or 1 at random",
    vjp="dx = dy · m / (1 − rate)")
def dropout(x, rate, seed=None, noise_shape=None):
    """Each element 0 with probability `rate`, else scaled by 1/(1 − rate) (Srivastava et al. 2014).

    Parameters
    ----------
    x : tensor
    rate : float in [0, 1]
    seed : int, SeedGenerator or None
        An int gives the same mask at every call; a generator's state moves on with every call,
        also when a recorded step is replayed. None is the library's own generator.
    noise_shape : tuple, optional
        Shape of the mask, which is repeated along axes where that is 1; None stands for the
        length in x.
    """
    cdef Tensor t = float_operand(x, FLOAT64 if _is_float64(x) else FLOAT32)
    cdef double p = checked_rate("dropout", rate)
    # of nothing, 1: nothing is kept, not even where a bit pattern is the largest
    a = (1 / (1 - p) if p < 1 else 0.0, keep_bits(p))
    shape = mask_shape("dropout", t, noise_shape)
    if shape is None:
        return draw(DROPOUT, DRAW_DROPOUT, DRAW_DROPOUT, t, empty_like(t.array), seed, a,
                    {"rate": rate})
    return zip_two(MULTIPLY, ZIP_MULTIPLY, t, draw(
        MASK, DRAW_DROPOUT, COPY, None, new_shape(shape, t.array.dtype), seed, a, {"rate": rate}))
cdef Op DROPOUT = OPS["dropout"]


@op("random", formula="y = a·x + b with probability 1 − rate, else a·α′ + b,  α′ = −s·α of selu",
    vjp="dx = a·dy where x was kept, else 0")
def alpha_dropout(x, rate, seed=None, noise_shape=None):
    """Dropout to selu's lowest value, then an affine map that gives mean 0 and variance 1 back.

    For activations of selu (Klambauer et al. 2017, section 3); arguments as in `dropout`, but
    `rate` must be below 1.
    """
    cdef Tensor t = float_operand(x, FLOAT64 if _is_float64(x) else FLOAT32)
    cdef double p = checked_rate("alpha_dropout", rate), low = -_SELU_SCALE * _SELU_ALPHA, a, b
    if p == 1:
        raise ValueError("alpha_dropout: rate must be below 1")
    a = 1 / c_sqrt((1 - p) * (1 + p * low * low))
    b = -a * low * p
    shape = mask_shape("alpha_dropout", t, noise_shape)
    numbers = (a, keep_bits(p), b, a * low + b)
    if shape is None:
        return draw(ALPHA_DROPOUT, DRAW_ALPHA_DROPOUT, DRAW_DROPOUT, t, empty_like(t.array), seed,
                    numbers, {"rate": rate})
    # y = x·m + c with m = a, c = b or m = 0, c = the low value:  c = low′ + m·(b − low′)/a
    m = draw(MASK, DRAW_DROPOUT, COPY, None, new_shape(shape, t.array.dtype), seed, numbers,
             {"rate": rate})
    return t * m + (m * ((b - numbers[3]) / a) + numbers[3])
cdef Op ALPHA_DROPOUT = OPS["alpha_dropout"]


# ---- noise -------------------------------------------------------------------------

cdef double checked_stddev(str name, stddev) except? -1:
    if not stddev >= 0:
        raise ValueError(f"{name}: stddev must be 0 or more, got {stddev!r}")
    return stddev

@op("random", formula="y = x + stddev·z,  z normal", vjp="dx = dy")
def add_noise(x, stddev, seed=None):
    """x plus normal noise; `seed` as in `dropout`."""
    cdef Tensor t = float_operand(x, FLOAT64 if _is_float64(x) else FLOAT32)
    return draw(ADD_NOISE, DRAW_ADD_NORMAL, COPY, t, empty_like(t.array), seed,
                (checked_stddev("add_noise", stddev),), {"stddev": stddev})
cdef Op ADD_NOISE = OPS["add_noise"]


@op("random", formula="y = x·(1 + stddev·z),  z normal", vjp="dx = dy·(1 + stddev·z)")
def multiply_noise(x, stddev, seed=None):
    """x times normal noise around 1; `seed` as in `dropout`."""
    cdef Tensor t = float_operand(x, FLOAT64 if _is_float64(x) else FLOAT32)
    return draw(MULTIPLY_NOISE, DRAW_TIMES_NORMAL, DRAW_TIMES_NORMAL, t, empty_like(t.array), seed,
                (checked_stddev("multiply_noise", stddev),), {"stddev": stddev})
cdef Op MULTIPLY_NOISE = OPS["multiply_noise"]
