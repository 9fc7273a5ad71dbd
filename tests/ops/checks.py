"""What the generic tests of the operations are made of: a case, and two ways to its gradient.

A `Case` is one call of one operation, written once so that the operation and its oracle can both
make it: `case.call(f, *inputs)`. The engine's gradient comes from `backward`, the expected one from
the oracle by the complex step.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from autograd_mlp import Tensor, ops
from tests import oracles

STEP = 1e-30  # of the complex step: nothing is subtracted, so it can be this small
FULL_GRADIENT_SIZE = 40  # inputs up to here are perturbed element by element


@dataclass(eq=False)
class Case:
    """One call of an operation, e.g. `matmul(a.T, b)` on two arrays.

    Parameters
    ----------
    op : the operation's name in `ops.OPS` and in `tests.oracles`
    text : the call as one would write it, for messages
    call : `call(f, *inputs)` makes the call with f = the operation or its oracle
    inputs : the arrays, float ones all of one dtype
    wrt : which inputs have a gradient
    length : how many numbers are summed into one element of the result
    size : a bound on those numbers; rounding errors are measured against it
    only_oracle : further keyword arguments for the oracle (what a random operation drew)
    result_dtype : dtype of the result, where it is not that of the float inputs
    """

    op: str
    text: str
    call: Callable
    inputs: tuple
    wrt: tuple = (True,)
    length: int = 1
    size: float = 1.0
    only_oracle: dict = field(default_factory=dict)
    result_dtype: np.dtype | None = None

    @property
    def dtype(self):
        return next((x.dtype for x in self.inputs if x.dtype.kind == "f"), np.dtype(np.float32))

    def tensors(self, needed=None):
        """The inputs, as Tensors that require a gradient where `needed` (default: `wrt`) says so.

        The others stay the plain arrays they are.
        """
        needed = self.wrt if needed is None else needed
        pairs = zip(self.inputs, needed, strict=True)
        return [Tensor(x, requires_grad=True) if n else x for x, n in pairs]

    def run(self, inputs=None):
        """The engine's result, a Tensor, on the case's inputs or others of the same kind."""
        return self.call(getattr(ops, self.op), *(self.inputs if inputs is None else inputs))

    def expected(self, inputs=None):
        """The oracle's result in float64 (complex128 where an input is complex)."""
        inputs = [in_double(x) for x in (self.inputs if inputs is None else inputs)]
        oracle = getattr(oracles, self.op)
        with np.errstate(all="ignore"):
            return np.asarray(
                self.call(lambda *a, **k: oracle(*a, **k, **self.only_oracle), *inputs)
            )

    def as_dtype(self, dtype):
        """The same call on inputs converted to `dtype` (integers and conditions stay)."""
        inputs = tuple(x.astype(dtype) if x.dtype.kind == "f" else x for x in self.inputs)
        return Case(**{**self.__dict__, "inputs": inputs})


def in_double(x):
    x = np.asarray(x)
    return x.astype(np.float64) if x.dtype.kind == "f" else x


def upstream(shape, seed, dtype=np.float64):
    """A gradient to start backward with: every element different, none near 0, both signs."""
    rng = np.random.default_rng(seed)
    dy = rng.uniform(0.5, 1.5, shape) * np.where(rng.random(shape) < 0.5, -1, 1)
    return np.asarray(dy, dtype=np.float32).astype(dtype)  # exact in float32


def backward(case, dy, needed=None):
    """Result and gradients of the engine: (y, one array per input, None for those not needed)."""
    inputs = case.tensors(needed)
    y = case.run(inputs)
    y.backward(dy)
    return y, [x.grad.numpy() if isinstance(x, Tensor) else None for x in inputs]


def gradients(f, *inputs, dy=None):
    """Gradients of f(*inputs), one per input; `dy` may be left out where f gives one number."""
    tensors = [Tensor(x, requires_grad=True) for x in inputs]
    f(*tensors).backward(dy)
    return [t.grad.numpy() for t in tensors]


def derivative(case, which, direction):
    """d/dε of the oracle at inputs[which] + ε·direction, by the complex step."""
    moved = list(case.inputs)
    moved[which] = in_double(moved[which]) + 1j * STEP * direction
    return np.imag(case.expected(moved)) / STEP


def expected_gradient(case, which, dy):
    """Σ dy ∂y/∂x for x = inputs[which], one complex step per element of x."""
    gradient = np.zeros(np.shape(case.inputs[which]))
    for index in np.ndindex(gradient.shape):
        direction = np.zeros(gradient.shape)
        direction[index] = 1
        gradient[index] = np.sum(dy * derivative(case, which, direction))
    return gradient


def tolerance(case, expected, slack=16):
    """How far rounding may take a value from `expected`: some ulp of it and of each term summed."""
    eps = np.finfo(case.dtype).eps
    return slack * eps * (np.abs(expected) + case.length * case.size / 4)


def assert_close(got, expected, tol, what):
    """|got - expected| <= tol everywhere, with the worst element in the message; NaN fails."""
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape, f"{what}: shape {got.shape}, expected {expected.shape}"
    with np.errstate(invalid="ignore"):
        error = np.where(got == expected, 0, np.abs(got - expected))
    if not np.all(error <= tol):
        excess = np.nan_to_num(error - tol, nan=np.inf)
        worst = np.unravel_index(np.argmax(excess), got.shape)
        raise AssertionError(
            f"{what} at {tuple(map(int, worst))}: got {got[worst]!r}, expected {expected[worst]!r},"
            f" tolerance {np.broadcast_to(tol, got.shape)[worst]:.3g}"
        )


def assert_gradients_match(case, seed, needed=None):
    """The engine's gradients of one case against the oracle's complex step.

    A small input is compared element by element, a large one along two random directions:
    Σ dx·u = Σ dy·(∂y/∂x · u).
    """
    rng = np.random.default_rng(seed)
    needed = case.wrt if needed is None else needed
    dy = upstream(case.expected().shape, seed, case.dtype)
    _, gradients = backward(case, dy, needed)
    eps = np.finfo(case.dtype).eps
    for which, gradient in enumerate(gradients):
        if not needed[which]:
            continue
        x, what = case.inputs[which], f"{case.text}: gradient of input {which}"
        assert gradient.shape == x.shape, f"{what}: shape {gradient.shape}, expected {x.shape}"
        assert gradient.dtype == case.dtype, f"{what}: {gradient.dtype}, expected {case.dtype}"
        if x.size <= FULL_GRADIENT_SIZE:
            expected = expected_gradient(case, which, dy)
            terms = 1 + np.max(np.abs(expected), initial=0)
            assert_close(gradient, expected, 16 * eps * (4 + case.length) * terms, what)
            continue
        for _ in range(2):
            direction = rng.uniform(-1, 1, x.shape)
            products = dy * derivative(case, which, direction)
            terms = np.sum(np.abs(gradient * direction)) + np.sum(np.abs(products))
            terms += np.sum(np.abs(dy))  # of contributions that cancel, as in divide(x, x)
            got, expected = np.sum(gradient * direction, dtype=float), np.sum(products)
            tol = 64 * eps * math.sqrt(4 + case.length) * terms
            assert_close(got, expected, tol, what + ", along a random direction")
