"""Every gradient of a recorded step against differences of the loss, in float64, with a verdict.

The numeric derivative of the loss L by one number x is (L(x + h) − L(x − h)) / 2h, with everything
downstream of x computed again in float64 (`rerun.Graph`) and h = 1e-6·max(1, |x|).

How far the two may be apart is no matter of taste:

- **Round-off**, of the difference and of the gradient: see `explorer.rounding`.
- **Truncation**, h²/6 times the third derivative, is far below both for this h; where it is
  not, other h are tried before anything is said to disagree.
"""

import functools

import numpy as np

from .._engine import gradients_of
from ..gradcheck import likely_cause
from . import numbers
from .rerun import Graph, unheard
from .rounding import largest, rounding

EPS = 1e-6
CURVE = tuple(10.0 ** -k for k in range(1, 13))     # of the error-against-eps curve
LADDER = tuple(10.0 ** -k for k in range(2, 11))    # tried before a verdict of DISAGREES
MOST_COORDINATES = 256      # of one tensor; half of them where |gradient| is largest
SUSPECTS = 24               # coordinates that are looked at closely before one is found guilty
# What the differences of all tensors together may cost, in calls of an operation on up to 20,000
# numbers or multiplications: counted, not timed, so that the same graph gets the same check
# everywhere. 500,000 of them take about a second.
BUDGET = 500_000
WORK = 20_000


def check_gradients(loss, gradients=None, **settings):
    """Compare the gradients behind a loss with central differences in float64.

    Parameters
    ----------
    loss : Tensor
        Of one number, with a recorded graph.
    gradients : dict, optional
        From ``id(tensor)`` to the gradient to be checked (array_like). By default those that a
        backward pass gives now; no ``.grad`` is touched.
    **settings
        As in `NumericCheck`.

    Returns
    -------
    list of dict
        One for every leaf that requires a gradient, then for every computed tensor, with

        - ``tensor``: the Tensor; ``verdict``: ``"agrees"``, ``"kink crossed"``, ``"below
          round-off"``, ``"DISAGREES"`` or ``"not checked"``; ``why``: one sentence with numbers;
        - ``checked`` ``of`` its numbers: ``coordinates`` (positions, lists of int),
          ``analytic`` and ``numeric`` (float);
        - ``worst``: position (list of int) at which they differ most, measured by what
          may be; ``eps`` and ``errors``, lists: |analytic − numeric| there for each step, None
          where the loss is not finite.

    Examples
    --------
    >>> from autograd_mlp import Tensor
    >>> w = Tensor([1.0, -2.0], requires_grad=True)
    >>> [(c["verdict"], c["checked"]) for c in check_gradients((w * w).sum())]
    [('agrees', 2), ('agrees', 2), ('agrees', 1)]
    """
    check = NumericCheck(loss, **settings)
    return check.of(check.gradients if gradients is None else gradients)


class NumericCheck:
    """The numeric derivatives behind a loss, against which any gradients can be held.

    They are computed once; several sets of gradients (of wrong rules, say) can be compared.

    Parameters
    ----------
    loss : Tensor
        Of one number.
    most : int
        Coordinates checked of one tensor, if the budget allows for so many.
    budget : int
        Of all differences, in calls of an operation; see `BUDGET`.

    Attributes
    ----------
    graph : Graph
    gradients : dict
        From ``id(tensor)`` to the gradient (array) that a backward pass gives now.
    """

    def __init__(self, loss, most=MOST_COORDINATES, budget=BUDGET):
        if loss.size != 1:
            raise ValueError(f"a numeric check needs a loss of one number, got shape {loss.shape}: "
                             "reduce it with sum() or mean()")
        self.graph = graph = Graph(loss)
        found = gradients_of([loss], graph.tensors, [None], None)
        self.gradients = {id(t): None if g is None else g.numpy()
                          for t, g in zip(graph.tensors, found, strict=True)}
        self.value = graph.loss_with([])
        self.coordinates = self._choose(most, budget)
        self._starts, self._numeric = {}, {}
        self._slopes, self._kinks = {}, {}      # what every set of gradients is compared with

    # ---- which coordinates ------------------------------------------------------------

    def _choose(self, most, budget):
        """id → flat positions: all of a small tensor, else the largest |gradient| and some evenly
        spread; as many as the budget allows, of every tensor alike."""
        graph = self.graph
        work = [1 + work_of(t) // WORK for t in graph.outputs]
        length = len(graph.outputs)
        if len(graph.tensors) * length * 2 > budget:        # too long a graph for all: the leaves
            tensors = graph.leaves[:max(1, budget // (2 * length))]
        else:
            tensors = graph.tensors
        cost = {id(t): 2 * (1 + sum(work[i] for i in graph.below(t))) for t in tensors}
        n = most
        while n > 1 and sum(min(t.size, n) * cost[id(t)] for t in tensors) > budget:
            n //= 2
        return {id(t): _spread(self.gradients[id(t)], t.size, n) for t in tensors}

    # ---- differences ----------------------------------------------------------------

    def difference(self, tensor, at, eps, values=False):
        """(L(x + h) − L(x − h)) / 2h for one number of a tensor; NaN where L is not finite.

        A computed tensor is moved from its recorded value, on which its gradient was taken.
        With `values`, also what downstream values became on both sides.
        """
        start = self._starts.get(id(tensor))
        if start is None:
            start = self._starts[id(tensor)] = tensor.numpy().astype(np.float64)
        middle = start.flat[at]
        h = eps * max(1.0, abs(middle))
        sides, losses, points = [], [], []
        for x in (middle - h, middle + h):
            start.flat[at] = x
            changed = self.graph.evaluate([(tensor, start)])    # which copies it
            sides.append(changed)
            points.append(x)
            losses.append(float(changed.get(id(self.graph.loss), self.value)))
        start.flat[at] = middle
        with np.errstate(all="ignore"):
            slope = np.float64(losses[1] - losses[0]) / (points[1] - points[0])
        return (slope, sides) if values else slope

    def slope(self, tensor, at, eps):
        """`difference`, remembered: a graph is judged once for each wrong rule, too."""
        key = id(tensor), int(at), eps
        if key not in self._slopes:
            self._slopes[key] = self.difference(tensor, at, eps)
        return self._slopes[key]

    def numeric(self, tensor):
        """The differences at the tensor's `coordinates`, float64."""
        found = self._numeric.get(id(tensor))
        if found is None:
            found = self._numeric[id(tensor)] = np.array(
                [self.slope(tensor, at, EPS) for at in self.coordinates[id(tensor)]])
        return found

    def curve(self, tensor, at, analytic):
        """|analytic − numeric| at one coordinate for each step of `CURVE`."""
        errors = [abs(float(analytic - self.slope(tensor, at, eps))) for eps in CURVE]
        return [e if np.isfinite(e) else None for e in errors]

    # ---- how far they may be apart ---------------------------------------------------

    @functools.cached_property
    def rounding(self):
        """(noise of the differences, id → what rounding may do to a gradient)."""
        return rounding(self.graph, self.gradients, self.value, EPS)

    # ---- verdicts ---------------------------------------------------------------------

    def of(self, gradients):
        """Verdicts on a set of gradients, ``id(tensor)`` → array; see `check_gradients`."""
        noise, allowed = self.rounding
        return [self._verdict(t, gradients.get(id(t)), noise, allowed.get(id(t), 0.0))
                for t in self.graph.tensors]

    def _verdict(self, t, gradient, noise, allowed):
        found = {"tensor": t, "verdict": "not checked", "why": "", "checked": 0, "of": t.size,
                 "coordinates": [], "analytic": [], "numeric": [], "worst": None,
                 "eps": [], "errors": []}
        at = self.coordinates.get(id(t), np.zeros(0, int))
        why = self._why_not(t, gradient, at)
        if why:
            return found | {"why": why}
        analytic = np.ravel(np.asarray(gradient, np.float64))[at]
        numeric = self.numeric(t)
        tol = noise + allowed
        with np.errstate(all="ignore"):
            error = np.abs(analytic - numeric)
        # noise and rounding are the same everywhere in a tensor, so the worst is the largest error
        worst = int(np.argmax(np.where(np.isnan(error), np.inf, error)))
        verdict, why, guilty = self._judge(t, at, analytic, numeric, error, noise, tol)
        worst = worst if guilty is None else guilty
        return found | {
            "verdict": verdict, "why": why, "checked": len(at),
            "coordinates": [_index(i, t.shape) for i in at],
            "analytic": analytic.tolist(), "numeric": numeric.tolist(),
            "worst": _index(at[worst], t.shape),
            "eps": list(CURVE), "errors": self.curve(t, at[worst], analytic[worst])}

    def _why_not(self, t, gradient, at):
        if gradient is None:
            return "Backward gave it no gradient."
        if not np.isfinite(self.value):
            return f"The loss is {_n(self.value)}: there is nothing to take differences of."
        if not t.size:
            return "It has no elements."
        if not len(at):
            return (f"The graph has {len(self.graph.outputs)} operations: differences for each of "
                    "its values would take too long.")
        return None

    def _judge(self, t, at, analytic, numeric, error, noise, tol):
        """(verdict, why, position of the coordinate that it is about, or None)."""
        bad = np.flatnonzero(~(error <= tol))
        excess = np.where(np.isnan(error[bad]), np.inf, error[bad])
        kinks, outside = [], []
        for k in bad[np.argsort(-excess, kind="stable")][:SUSPECTS]:
            where, a, n = _position(at[k], t.shape), analytic[k], numeric[k]
            if not np.isfinite(a):
                return "DISAGREES", f"{where} the gradient is {_n(a)}, measured {_n(n)}.", k
            crossed = self.kink(t, at[k])
            if crossed:
                kinks.append((k, crossed))
                continue
            best, uncertain = self._best(t, at[k], noise)
            if best is None:
                outside.append(k)
            elif abs(a - best) > tol + uncertain:
                why = (f"{where} the gradient is {_n(a)}, measured {_n(best)}: "
                       + self._cause(analytic, numeric, best, tol) + ".")
                return "DISAGREES", why, k
        if kinks:
            k, crossed = kinks[0]
            return "kink crossed", (
                f"{_position(at[k], t.shape)} the gradient is {_n(analytic[k])}, measured "
                f"{_n(numeric[k])}: {crossed} ({len(kinks)} of {len(at)} coordinates checked)."), k
        if outside:
            return "not checked", (
                f"{_position(at[outside[0]], t.shape)} the loss is not finite beside the point: it "
                "lies at the end of the domain of an operation."), outside[0]
        if 0 < max(largest(analytic), largest(numeric)) <= tol:
            return "below round-off", (
                f"The gradient is at most {_n(largest(analytic))}; in {t.dtype} it is exact to "
                f"{_n(tol - noise, 1)}, and a difference of a loss of {_n(self.value)} to "
                f"{_n(noise, 1)}."), None
        most = largest(error[np.isfinite(error)])
        return "agrees", (f"The largest difference is {_n(most, 1)}, where rounding allows "
                          f"{_n(tol, 1)}."), None

    def _best(self, t, at, noise):
        """(the numeric derivative where neighbouring steps agree best, how exact it is)."""
        slopes = [self.slope(t, at, eps) for eps in LADDER]
        best = None, np.inf
        for (wide, narrow), eps in zip(zip(slopes, slopes[1:], strict=False), LADDER[1:],
                                       strict=False):
            if np.isfinite(wide) and np.isfinite(narrow):
                uncertain = abs(wide - narrow) + noise * EPS / eps
                if uncertain < best[1]:
                    best = narrow, uncertain
        return best

    def kink(self, t, at):
        """`_kink`, remembered."""
        key = id(t), int(at)
        if key not in self._kinks:
            self._kinks[key] = self._kink(t, at)
        return self._kinks[key]

    def _kink(self, t, at):
        """Which downstream operation changes side at a kink as one number moves by ±h, in words."""
        _, (low, high) = self.difference(t, at, EPS, values=True)
        base = self.graph.base
        for i in self.graph.below(t):
            node = self.graph.outputs[i].node
            if not (node.op.margins or node.op.kinks):
                continue
            on_sides = [_margins(node, lambda x, c=c: c[id(x)] if id(x) in c else base[id(x)])
                        for c in (low, high)]
            for below, above in zip(*on_sides, strict=True):
                other = np.flatnonzero(np.sign(below) != np.sign(above))
                if other.size:
                    x = (below.flat[other[0]] + above.flat[other[0]]) / 2
                    h = EPS * max(1.0, abs(float(t.numpy().flat[at])))
                    return (f"an input of {node.name} is {_n(abs(x))} from its kink and changes "
                            f"side within ±{_n(h)}")
            here = _margins(node, lambda x: x)
            for single, double in zip(here, _margins(node, lambda x: base[id(x)]), strict=True):
                # of the same point, but rounded: 1e-12 is what float64 itself may be off
                other = np.flatnonzero((np.sign(single) != np.sign(double))
                                       & (np.abs(single - double) > 1e-12))
                if other.size:
                    return (f"an input of {node.name} is {_n(abs(double.flat[other[0]]))} from its "
                            f"kink, and on the other side of it in {t.dtype}")
        return None

    def _cause(self, analytic, numeric, n, tol):
        """The likely cause of a disagreement, from the ratio of what does disagree."""
        large = np.abs(numeric) > 10 * tol
        with np.errstate(all="ignore"):
            ratios = analytic[large] / numeric[large]
        if not len(ratios):
            return "it should be 0, or nearly"
        if np.ptp(ratios) <= 1e-3 * np.abs(ratios).max():
            lengths = {length for out in self.graph.outputs for x in (out, *out.node.inputs)
                       for length in (*x.shape, x.size)}
            everywhere = " everywhere" if len(ratios) > 1 else ""
            return f"ratio {_n(ratios.mean())}{everywhere}; " + likely_cause(
                ratios.mean(), 1.0, lengths)
        if not analytic.any():
            return likely_cause(0.0, n)
        wrong = int(np.count_nonzero(~(np.abs(analytic - numeric) <= tol)))
        return (f"{wrong} of {len(analytic)} are wrong, by ratios from {_n(ratios.min())} to "
                f"{_n(ratios.max())}, so it is not a forgotten factor")


def _margins(node, value):
    """The margins of a node's kinks for inputs given by ``value(input)``, in float64."""
    inputs = [value(x).numpy() for x in node.inputs]
    inputs = [x.astype(np.float64) if x.dtype.kind == "f" else x for x in inputs]
    with np.errstate(all="ignore"):
        return [np.asarray(m) for m in node.op.margins_of(inputs, node.arguments)]


def _spread(gradient, size, n):
    """Flat positions, in order: all, or n/2 of the largest |gradient| and about n/2 spread."""
    if size <= n:
        return np.arange(size)
    some = np.linspace(0, size - 1, n - n // 2).round().astype(int)
    if gradient is None:
        return np.unique(some)
    largest = np.argsort(-np.abs(np.ravel(gradient)), kind="stable")[:n // 2]
    return np.unique(np.concatenate([largest, some]))


def work_of(out):
    """About how many multiplications one call takes."""
    node = out.node
    inner = node.inputs[0].shape[-1] if node.op.family == "linalg" and node.inputs[0].ndim else 1
    return max(out.size * inner, *(x.size for x in node.inputs))


def _index(flat, shape):
    return [int(i) for i in np.unravel_index(flat, shape)]


def _position(flat, shape):
    return f"At {_index(flat, shape)}" if shape else "Here"


_n = numbers.text


# ---- for the document ----------------------------------------------------------------------


def check(recording, document):
    """The entry ``checks`` of the document: every gradient that the recording found.

    See `check_gradients`; ``tensor`` is an id.
    """
    from .story import tensors_of

    ids = {id(t): i for i, t in enumerate(tensors_of(recording))}
    with unheard():
        entries = checker_of(recording).of(recorded_gradients(recording, document))
    return [{**entry, "tensor": ids[id(entry["tensor"])]} for entry in entries
            if id(entry["tensor"]) in ids]


def checker_of(recording):
    """The numeric check of a recording, made when first asked for."""
    made = vars(recording).get("_checker")
    if made is None:
        made = recording._checker = NumericCheck(recording.loss)
    return made


def recorded_gradients(recording, document):
    """id(tensor) → its gradient in the document."""
    from .story import tensors_of

    return {id(t): entry["grad"] for t, entry in zip(tensors_of(recording), document["tensors"],
                                                     strict=True)}
