"""Check gradients against differences of the function itself."""

import numpy as np

from autograd_mlp._engine import Tensor, no_grad

# Up to this many entries the whole Jacobian is compared, beyond it random directions.
FULL_JACOBIAN = 2_000
DIRECTIONS = 16


class GradientError(AssertionError):
    """Analytic and numeric gradient disagree."""


def gradcheck(f, inputs, eps=1e-6, atol=1e-6, rtol=1e-4):
    """Compare the gradients of f with central differences, in float64.

    Parameters
    ----------
    f : callable
        Takes the inputs as tensors and returns a tensor of any shape.
    inputs : array_like or sequence of array_like
        One input, or a list or tuple of them; converted to float64.  Tensors that do not
        require a gradient, and integers, are passed on but not checked.
    eps : float, default 1e-6
        Half the distance of the two points of a difference.
    atol, rtol : float
        Agreement means ``|analytic − numeric| <= atol + rtol · |numeric|``.

    Returns
    -------
    bool
        True.

    Raises
    ------
    GradientError
        Names the input, the worst index, both values, their ratio and the likely cause.
    ValueError
        If nothing is to be checked, f does not return a tensor, computes in float32, or gives
        different results for the same inputs.

    Notes
    -----
    `atol` is absolute: gradients much smaller than it are not really checked; scale f then.

    (f(x + εd) − f(x − εd)) / 2ε differs from the derivative along d by O(ε²) and by round-off
    of about 1e-16·|f| / ε.  The full Jacobian is compared if outputs × inputs is at most 2,000;
    otherwise 16 random directions d and upstream gradients u, by uᵀJd.

    Examples
    --------
    >>> from autograd_mlp import gradcheck, ops
    >>> gradcheck(lambda x, w: ops.tanh(x @ w), [[[0.1, 0.2]], [[0.3], [0.4]]])
    True
    """
    if not isinstance(inputs, (list, tuple)) or (inputs and np.isscalar(inputs[0])):
        inputs = (inputs,)
    tensors = [_float64(x) for x in inputs]
    checked = [i for i, t in enumerate(tensors) if t.requires_grad]
    if not checked:
        raise ValueError("gradcheck has nothing to check: no input is a float array or a tensor "
                         "that requires a gradient")
    y = f(*tensors)
    if not isinstance(y, Tensor):
        raise ValueError(f"f must return a tensor, got {type(y).__name__}")
    if not y.requires_grad:
        raise GradientError("the result of f depends on none of the inputs through recorded "
                            "operations, so every analytic gradient is missing")
    value = y.numpy()
    if y.dtype != np.float64:
        raise ValueError(f"f computes in {y.dtype}, too coarse for differences over {eps:g}: use "
                         "layers with dtype='float64', or backend.set_floatx('float64')")
    with no_grad():
        again = f(*(t.detach() for t in tensors)).numpy()
    if not np.array_equal(value, again, equal_nan=True):
        raise ValueError("f gave two results for the same inputs: it draws random numbers; give "
                         "them a fixed seed")
    for i in checked:
        if value.size * tensors[i].size <= FULL_JACOBIAN:
            _check_jacobian(f, tensors, i, y, eps, atol, rtol)
        else:
            _check_directions(f, tensors, i, y, eps, atol, rtol)
    return True


def _float64(x):
    if isinstance(x, Tensor):
        wants = x.requires_grad
        if x.dtype == np.int64:
            return x.detach()
        return Tensor(x.numpy(), dtype="float64", requires_grad=wants)
    array = np.asarray(x)
    if array.dtype.kind in "biu" and isinstance(x, np.ndarray):
        return Tensor(array)
    return Tensor(array, dtype="float64", requires_grad=True)


def _value(f, tensors, i, array):
    """f with input number i replaced; nothing is recorded."""
    with no_grad():
        return f(*(Tensor(array) if j == i else t.detach() for j, t in enumerate(tensors))).numpy()


def _backward(y, tensors, i, upstream):
    for t in tensors:
        t.zero_grad()
    y.backward(upstream)
    gradient = tensors[i].grad
    return np.zeros(tensors[i].shape) if gradient is None else gradient.numpy()


def _check_jacobian(f, tensors, i, y, eps, atol, rtol):
    """Rows: elements of y; columns: elements of the input."""
    shape, x = tensors[i].shape, tensors[i].numpy()
    analytic = np.empty((y.size, x.size))
    for row in range(y.size):
        upstream = np.zeros(y.size)
        upstream[row] = 1
        analytic[row] = _backward(y, tensors, i, upstream.reshape(y.shape)).ravel()

    def difference(step):
        numeric = np.empty_like(analytic)
        for column in range(x.size):
            d = np.zeros(x.size)
            d[column] = step
            d = d.reshape(shape)
            numeric[:, column] = ((_value(f, tensors, i, x + d) - _value(f, tensors, i, x - d))
                                  / (2 * step)).ravel()
        return numeric

    numeric = difference(eps)
    worst = _worst(analytic, numeric, atol, rtol)
    if worst is None:
        return
    out, column = np.unravel_index(worst, analytic.shape)
    where = (f"∂y[{_index(out, y.shape)}]/∂input {i}[{_index(column, shape)}], "
             f"input {i} of shape {shape}")
    unit = np.zeros(x.size)
    unit[column] = eps
    unit = unit.reshape(shape)
    middle, (low, high) = y.numpy(), (_value(f, tensors, i, x + d) for d in (-unit, unit))
    one_sided = [((b - a) / eps).ravel()[out] for a, b in ((low, middle), (middle, high))]
    raise GradientError(_message(where, analytic, numeric, worst) + _diagnose(
        analytic, numeric, worst, lambda step: difference(step).ravel()[worst], one_sided,
        np.abs(y.numpy()).max(initial=0), eps, shape, y.shape))


def _check_directions(f, tensors, i, y, eps, atol, rtol):
    shape, x = tensors[i].shape, tensors[i].numpy()
    rng = np.random.default_rng(0)
    for _ in range(DIRECTIONS):
        upstream, d = rng.standard_normal(y.shape), rng.standard_normal(shape)
        d /= np.linalg.norm(d)
        analytic = np.sum(_backward(y, tensors, i, upstream) * d)

        def difference(step, upstream=upstream, d=d):
            change = _value(f, tensors, i, x + step * d) - _value(f, tensors, i, x - step * d)
            return np.sum(upstream * change) / (2 * step)

        numeric = difference(eps)
        if _worst(np.array([analytic]), np.array([numeric]), atol, rtol) is not None:
            gradient = _backward(y, tensors, i, upstream).ravel()
            at, numeric_at = _locate(f, tensors, i, x, upstream, gradient, eps, rng)
            where = (f"uᵀJ at input {i}[{_index(at, shape)}] (upstream u and direction random), "
                     f"input {i} of shape {shape}")
            analytic, numeric = np.array([gradient[at]]), np.array([numeric_at])
            unit = np.zeros(x.size)
            unit[at] = 1
            unit = unit.reshape(shape)
            middle = y.numpy()
            low, high = (_value(f, tensors, i, x + d) for d in (-eps * unit, eps * unit))
            one_sided = [np.sum(upstream * (b - a)) / eps
                         for a, b in ((low, middle), (middle, high))]
            raise GradientError(_message(where, analytic, numeric, 0) + _diagnose(
                analytic, numeric, 0, lambda step, d=unit, u=upstream: difference(step, u, d),
                one_sided,
                np.abs(y.numpy()).max(initial=0) * np.sqrt(y.size), eps, shape, y.shape))


def _locate(f, tensors, i, x, upstream, gradient, eps, rng):
    """The element that disagrees, by halving: the half that disagrees more along a random
    direction is kept.  Returns its flat index and its numeric derivative."""

    def difference(d):
        d = d.reshape(x.shape)
        change = _value(f, tensors, i, x + eps * d) - _value(f, tensors, i, x - eps * d)
        return np.sum(upstream * change) / (2 * eps)

    def disagreement(elements):
        d = np.zeros(x.size)
        d[elements] = rng.choice([-1.0, 1.0], len(elements))
        error = abs(np.sum(gradient * d) - difference(d))
        return np.inf if np.isnan(error) else error

    elements = np.arange(x.size)
    while len(elements) > 1:
        elements = max(np.array_split(elements, 2), key=disagreement)
    unit = np.zeros(x.size)
    unit[elements] = 1
    return elements[0], difference(unit)


def _worst(analytic, numeric, atol, rtol):
    """Flat index of the worst disagreement, None if all agree; NaN agrees with nothing."""
    error = np.abs(analytic - numeric) / (atol + rtol * np.abs(numeric))
    if np.all(error <= 1):
        return None
    return int(np.argmax(np.where(np.isnan(error), np.inf, error)))


def _index(flat, shape):
    return ", ".join(map(str, np.unravel_index(flat, shape))) if shape else ""


def _message(where, analytic, numeric, worst):
    a, n = analytic.ravel()[worst], numeric.ravel()[worst]
    ratio = a / n if n else float("inf") if a else 1.0
    return (f"gradients disagree at {where}:\n"
            f"  analytic {a:.10g}\n  numeric  {n:.10g}\n  ratio    {ratio:.6g}\n  likely:  ")


def _diagnose(analytic, numeric, worst, difference_at, one_sided, size, eps, shape, out_shape):
    """The likely cause of a disagreement, in words."""
    a, n = analytic.ravel()[worst], numeric.ravel()[worst]
    if np.isnan(a) or np.isnan(n):
        return ("the analytic gradient is NaN" if np.isnan(a) else "f is NaN beside the point") + \
            ": the point lies outside of the domain of some operation"
    # round-off shrinks as the step grows, a wrong derivative does not
    noise = 1e-15 * size / eps
    coarse = difference_at(eps * 100)
    if abs(a - n) <= 100 * noise and abs(a - coarse) < abs(a - n):
        return (f"round-off: f is about {size:.3g}, so a difference over {eps:g} has an error of "
                f"about {noise:.1g}; use a larger eps")
    left, right = one_sided
    if abs(left - right) > 0.01 * max(abs(left), abs(right)) + 100 * noise:
        return (f"kink crossed: the slope is {left:.6g} on one side and {right:.6g} on the other; "
                "move the input away from the kink (at a kink the rule states what is taken)")
    fine = difference_at(eps / 10)
    if abs(fine - n) > 0.01 * abs(n) + 10 * noise and abs(coarse - n) > 0.01 * abs(n):
        return ("kink crossed: the difference changes with the step "
                f"({fine:.6g} at eps/10, {n:.6g}, {coarse:.6g} at 100·eps); move the input away "
                "from the kink or take a smaller eps")
    square = len(shape) == 2 and shape[0] == shape[1]
    if analytic.ndim == 2 and square and np.allclose(
            analytic.reshape(-1, *shape).transpose(0, 2, 1).reshape(analytic.shape), numeric,
            rtol=1e-3, atol=1e-6):
        return "transposed: the analytic gradient equals the transpose of the numeric one"
    return likely_cause(a, n, (*shape, *out_shape, int(np.prod(shape))))


def likely_cause(analytic, numeric, lengths=()):
    """What usually makes a derivative wrong by the ratio of these two numbers, in words.

    `lengths` are lengths of axes, by which a mean may have been forgotten to divide.

    Examples
    --------
    >>> likely_cause(0.5, -0.5)
    'the sign is wrong'
    >>> likely_cause(8.0, 2.0, [4])
    '1/N: the analytic gradient lacks a division by 4'
    """
    if numeric:
        ratio = analytic / numeric
        factors = {2: "factor 2: a derivative of a square, or a contribution added twice",
                   0.5: "factor 1/2: one of two contributions is missing (+= written as =), or ½x² "
                        "taken for x²",
                   -1: "the sign is wrong"}
        for factor, text in factors.items():
            if abs(ratio - factor) <= 1e-3 * abs(factor):
                return text
        for length in sorted({k for k in lengths if k > 2}):
            if abs(ratio * length - 1) < 1e-3:
                return f"1/N: the analytic gradient is divided by {length} once too often"
            if abs(ratio / length - 1) < 1e-3:
                return f"1/N: the analytic gradient lacks a division by {length}"
    if analytic == 0:
        return "the analytic gradient is 0 here: an input that backward leaves out"
    return "the backward rule of an operation is wrong"
