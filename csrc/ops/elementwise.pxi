# Operations that treat every element alike: of one tensor, and of two.
#
# Letters: x (or u, v) inputs, y output, dy gradient of the loss by y, dx by x.
# The arithmetic of forward and backward stands in csrc/kernels/elementwise.pxi
# under the same name.

# ---- one tensor ------------------------------------------------------------------

cdef void map_forward(Call *c) noexcept nogil:
    in_parts(c, 0, map_part, c.n[0], c.n[1])

cdef void map_part(const Call *c, isize first, isize count) noexcept nogil:
    cdef isize at = first * c.n[1]
    c.k.map[c.kernel](offset(c.x[0], at, c.itemsize), offset(c.y, at, c.itemsize),
                      count, c.n[1], c.a)

cdef void map_backward(Call *c) noexcept nogil:
    if c.dx[0] != NULL:
        in_parts(c, 1, map_part_backward, c.n[0], c.n[1])

cdef void map_part_backward(const Call *c, isize first, isize count) noexcept nogil:
    cdef isize at = first * c.n[1]
    c.k.map_grad[c.kernel](offset(c.x[0], at, c.itemsize), offset(c.y, at, c.itemsize),
                           offset(c.dy, at, c.itemsize), offset(c.dx[0], at, c.itemsize),
                           count, c.n[1], c.a)

cdef Tensor map_one(Op op, int kernel, x, double a0=0, double a1=0, double a2=0, bint by_rows=False,
                    dict arguments=None):
    """y = f(x), for the kernels of one array; `by_rows` for those that work on rows."""
    cdef Tensor t = float_operand(x, FLOAT64 if _is_float64(x) else FLOAT32)
    cdef Node node = new_node(op, (t,), empty_like(t.array), 1)
    cdef isize size = cnp.PyArray_SIZE(t.array)
    cdef isize cols = t.array.shape[t.array.ndim - 1] if t.array.ndim else 1
    node.arguments = arguments
    node.call.kernel = kernel
    node.call.forward, node.call.backward = map_forward, map_backward
    node.call.n[0] = size if not by_rows else (size // cols if cols else 0)
    node.call.n[1] = cols if by_rows else 1
    node.call.a[0], node.call.a[1], node.call.a[2] = a0, a1, a2
    run(node, map_forward, <double>size * 4)
    return finish(node, t.requires_grad_)

cdef inline bint _is_float64(x):
    if isinstance(x, Tensor):
        return cnp.PyArray_TYPE((<Tensor>x).array) == cnp.NPY_FLOAT64
    return isinstance(x, np.ndarray) and x.dtype == FLOAT64


@op("unary", formula="y = −x", vjp="dx = −dy")
def negative(x):
    """y = −x."""
    return map_one(NEGATIVE, MAP_NEGATIVE, x)
cdef Op NEGATIVE = OPS["negative"]


@op("unary", formula="y = eˣ", vjp="dx = dy · y", reads="y", domain=(-80, 80))
def exp(x):
    """y = eˣ."""
    return map_one(EXP, MAP_EXP, x)
cdef Op EXP = OPS["exp"]


@op("unary", formula="y = eˣ − 1", vjp="dx = dy · (y + 1)", reads="y", domain=(-80, 80))
def expm1(x):
    """y = eˣ − 1, exact near 0 where eˣ − 1 would cancel."""
    return map_one(EXPM1, MAP_EXPM1, x)
cdef Op EXPM1 = OPS["expm1"]


@op("unary", formula="y = ln x", vjp="dx = dy / x", reads="u", domain=(0, None))
def log(x):
    """y = ln x; −Inf at 0, NaN below."""
    return map_one(LOG, MAP_LOG, x)
cdef Op LOG = OPS["log"]


@op("unary", formula="y = ln(1 + x)", vjp="dx = dy / (1 + x)", reads="u", domain=(-1, None))
def log1p(x):
    """y = ln(1 + x), exact near 0."""
    return map_one(LOG1P, MAP_LOG1P, x)
cdef Op LOG1P = OPS["log1p"]


@op("unary", formula="y = √x", vjp="dx = dy / (2y)", reads="y", domain=(0, None))
def sqrt(x):
    """y = √x; NaN below 0, and an infinite derivative at 0."""
    return map_one(SQRT, MAP_SQRT, x)
cdef Op SQRT = OPS["sqrt"]


@op("unary", formula="y = x²", vjp="dx = dy · 2x", reads="u")
def square(x):
    """y = x²."""
    return map_one(SQUARE, MAP_SQUARE, x)
cdef Op SQUARE = OPS["square"]


@op("unary", formula="y = |x|", vjp="dx = dy · sign(x)", reads="u", kinks=(0,))
def abs(x):
    """y = |x|; the derivative at 0 is taken as 0."""
    return map_one(ABS, MAP_ABS, x)
cdef Op ABS = OPS["abs"]


@op("unary", formula="y = −1, 0 or 1", vjp="dx = 0", kinks=(0,))
def sign(x):
    """Sign of x; its derivative is 0, also at the jump."""
    return map_one(SIGN, MAP_SIGN, x)
cdef Op SIGN = OPS["sign"]


@op("unary", formula="y = min(max(x, x_min), x_max)", vjp="dx = dy where x_min ≤ x ≤ x_max, else 0",
    margins=lambda x, x_min, x_max: (x - x_min, x - x_max), reads="u")
def clip(x, x_min, x_max):
    """Every element limited to [x_min, x_max], two numbers; the gradient passes at the limits."""
    if not (x_min <= x_max):
        raise ValueError(f"clip needs x_min <= x_max, got {x_min} and {x_max}")
    return map_one(CLIP, MAP_CLIP, x, x_min, x_max, 0, False, {"x_min": x_min, "x_max": x_max})
cdef Op CLIP = OPS["clip"]


# ---- two tensors -----------------------------------------------------------------

cdef Broadcast *line_up(cnp.ndarray y, cnp.ndarray u, cnp.ndarray v) except NULL:
    """How u and v (each a shape that broadcasts to y's) are walked along y."""
    cdef Broadcast *b = <Broadcast *>calloc(1, sizeof(Broadcast))
    cdef int i, j, last = -1, side
    cdef isize step[2]
    cdef isize run_length[2]
    cdef cnp.ndarray operand
    if b == NULL:
        raise MemoryError()
    # from the last axis to the first; axis `last` of b is the one being widened
    run_length[0] = run_length[1] = 1
    for i in range(y.ndim - 1, -1, -1):
        for side in range(2):
            operand = u if side == 0 else v
            j = i - (y.ndim - operand.ndim)
            if j < 0 or operand.shape[j] == 1:
                step[side] = 0
            else:
                step[side] = run_length[side]
                run_length[side] *= operand.shape[j]
        if y.shape[i] == 1:
            continue
        if (last >= 0 and step[0] == b.step[0][last] * b.shape[last]
                and step[1] == b.step[1][last] * b.shape[last]):
            b.shape[last] *= y.shape[i]
            continue
        last += 1
        if last == 32:
            free(b)
            raise ValueError("an operation of two tensors takes at most 32 axes")
        b.shape[last], b.step[0][last], b.step[1][last] = y.shape[i], step[0], step[1]
    if last < 0:
        last = 0
        b.shape[0] = 1
    b.ndim = last + 1       # axis 0 of b is the innermost
    return b


# Odometer over all axes but the innermost: at[] are the positions, off_u/off_v
# the element offsets of the operands; returns False after the last position.
cdef inline bint advance(const Broadcast *b, isize *at,
                         isize *off_u, isize *off_v) noexcept nogil:
    cdef int d
    for d in range(1, b.ndim):
        at[d] += 1
        off_u[0] += b.step[0][d]
        off_v[0] += b.step[1][d]
        if at[d] < b.shape[d]:
            return True
        off_u[0] -= b.step[0][d] * b.shape[d]
        off_v[0] -= b.step[1][d] * b.shape[d]
        at[d] = 0
    return False

cdef void zip_forward(Call *c) noexcept nogil:
    cdef const Broadcast *b = c.broadcast
    cdef isize at[32]
    cdef isize off_u = 0, off_v = 0, done = 0
    if c.n[0] == 0:
        return
    if b == NULL:
        c.k.zip[c.kernel](c.x[0], 1, c.x[1], 1, c.y, c.n[0])
        return
    memset(at, 0, b.ndim * sizeof(isize))
    while True:
        c.k.zip[c.kernel](offset(c.x[0], off_u, c.itemsize), b.step[0][0],
                          offset(c.x[1], off_v, c.itemsize), b.step[1][0],
                          offset(c.y, done, c.itemsize), b.shape[0])
        done += b.shape[0]
        if not advance(b, at, &off_u, &off_v):
            return

cdef void zip_backward(Call *c) noexcept nogil:
    cdef int side
    for side in range(2):
        if c.dx[side] != NULL:
            zip_backward_side(c, side)

cdef void zip_backward_side(Call *c, int side) noexcept nogil:
    """The contribution at full size, run by run, each added up into the operand's shape."""
    cdef const Broadcast *b = c.broadcast
    cdef zip_grad_fn rule = c.k.zip_grad_u[c.kernel] if side == 0 else c.k.zip_grad_v[c.kernel]
    cdef isize at[32]
    cdef isize off_u = 0, off_v = 0, done = 0, off
    cdef void *into
    if b == NULL:
        rule(c.x[0], 1, c.x[1], 1, c.y, c.dy, c.dx[side], c.n[0])
        return
    memset(c.dx[side], 0, c.n[1 + side] * c.itemsize)
    if c.n[0] == 0:
        return
    memset(at, 0, b.ndim * sizeof(isize))
    while True:
        rule(offset(c.x[0], off_u, c.itemsize), b.step[0][0],
             offset(c.x[1], off_v, c.itemsize), b.step[1][0],
             offset(c.y, done, c.itemsize), offset(c.dy, done, c.itemsize),
             c.scratch, b.shape[0])
        off = off_u if side == 0 else off_v
        into = offset(c.dx[side], off, c.itemsize)
        add_run(c, into, b.step[side][0], c.scratch, b.shape[0])
        done += b.shape[0]
        if not advance(b, at, &off_u, &off_v):
            return

cdef inline void add_run(Call *c, void *into, isize step, const void *values, isize n) noexcept nogil:
    """into += a run of values, summed where the operand was repeated along it (step 0)."""
    cdef double total
    if step == 1:
        c.k.add_to(into, values, n)
    else:
        total = c.k.sum(values, n)
        if c.itemsize == 4:
            (<float *>into)[0] += <float>total
        else:
            (<double *>into)[0] += total


cdef Tensor zip_two(Op op, int kernel, a, b):
    """y = f(u, v) with NumPy's broadcasting."""
    cdef Tensor u, v
    cdef cnp.ndarray y
    cdef Node node
    cdef bint any_grad
    dtype = common_dtype((a, b))
    u, v = float_operand(a, dtype), float_operand(b, dtype)
    any_grad = u.requires_grad_ or v.requires_grad_
    if same_shape(u.array, v.array):
        y = empty_like(u.array)
        node = new_node(op, (u, v), y, 2)
    else:
        y = broadcast_of(u.array, v.array)
        if y is None:
            raise ValueError(
                f"{op.name}: shapes {u.shape} and {v.shape} do not fit together; compared from "
                "the last axis backwards, two lengths must be equal or one of them 1")
        node = new_node(op, (u, v), y, 2)
        node.call.broadcast = line_up(y, u.array, v.array)
        node.call.n[1] = cnp.PyArray_SIZE(u.array)
        node.call.n[2] = cnp.PyArray_SIZE(v.array)
        if any_grad:
            node.scratch = new_array(1, <cnp.npy_intp *>node.call.broadcast.shape, cnp.PyArray_TYPE(y))
            node.call.scratch = cnp.PyArray_DATA(node.scratch)
    node.call.n[0] = cnp.PyArray_SIZE(y)
    node.call.kernel = kernel
    node.call.forward, node.call.backward = zip_forward, zip_backward
    run(node, zip_forward, <double>node.call.n[0])
    return finish(node, any_grad)


@op("binary", formula="y = u + v", vjp="du = dy,  dv = dy", shape_rule="(…), (…) → broadcast",
    differentiable=(True, True))
def add(x1, x2):
    """y = x1 + x2."""
    return zip_two(ADD, ZIP_ADD, x1, x2)
cdef Op ADD = OPS["add"]


@op("binary", formula="y = u − v", vjp="du = dy,  dv = −dy", shape_rule="(…), (…) → broadcast",
    differentiable=(True, True))
def subtract(x1, x2):
    """y = x1 − x2."""
    return zip_two(SUBTRACT, ZIP_SUBTRACT, x1, x2)
cdef Op SUBTRACT = OPS["subtract"]


@op("binary", formula="y = u · v", vjp="du = dy · v,  dv = dy · u",
    shape_rule="(…), (…) → broadcast", differentiable=(True, True), reads="uv")
def multiply(x1, x2):
    """y = x1 · x2, element by element."""
    return zip_two(MULTIPLY, ZIP_MULTIPLY, x1, x2)
cdef Op MULTIPLY = OPS["multiply"]


@op("binary", formula="y = u / v", vjp="du = dy / v,  dv = −dy · y / v",
    shape_rule="(…), (…) → broadcast", differentiable=(True, True), reads="uvy")
def divide(x1, x2):
    """y = x1 / x2, element by element."""
    return zip_two(DIVIDE, ZIP_DIVIDE, x1, x2)
cdef Op DIVIDE = OPS["divide"]


@op("binary", formula="y = uᵛ", vjp="du = dy · v·uᵛ⁻¹,  dv = dy · y·ln u",
    shape_rule="(…), (…) → broadcast", differentiable=(True, True), reads="uvy", domain=(0, None))
def power(x1, x2):
    """y = x1 to the power x2.

    u⁰ has derivative 0 by u everywhere, and 0ᵛ (v > 0) derivative 0 by v.  A negative u is
    fine with whole exponents; the derivative by v is then NaN.
    """
    return zip_two(POWER, ZIP_POWER, x1, x2)
cdef Op POWER = OPS["power"]


@op("binary", formula="y = max(u, v)", vjp="dy to the larger, ½ dy to each where they are equal",
    shape_rule="(…), (…) → broadcast", differentiable=(True, True), reads="uvy",
    margins=lambda u, v: (u - v,))
def maximum(x1, x2):
    """The larger of two, element by element; NaN where either is NaN."""
    return zip_two(MAXIMUM, ZIP_MAXIMUM, x1, x2)
cdef Op MAXIMUM = OPS["maximum"]


@op("binary", formula="y = min(u, v)", vjp="dy to the smaller, ½ dy to each where they are equal",
    shape_rule="(…), (…) → broadcast", differentiable=(True, True), reads="uvy",
    margins=lambda u, v: (u - v,))
def minimum(x1, x2):
    """The smaller of two, element by element; NaN where either is NaN."""
    return zip_two(MINIMUM, ZIP_MINIMUM, x1, x2)
cdef Op MINIMUM = OPS["minimum"]
