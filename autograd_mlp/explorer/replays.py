"""The document's part ``replay``: what `callbacks.Replay` noted, packed for the page.

``document["replay"]`` is None, or ``{"runs": [run, …]}`` with one run or two to compare. A run of
F frames is

- ``label``, ``model``, ``optimizer`` (its class), ``batch`` (which samples gradients are of);
- ``epochs`` [F int]; ``logs`` {name: [F float or None]}; ``batch_loss`` [F float or None];
- ``layers`` [{``name``, ``kind`` (class), ``gradient_norm``, ``update_ratio`` [F float or None],
  ``activation``, ``flat`` ("dead", "saturated" or None), ``units``, ``flat_units`` [F int],
  ``weights`` [{``name``, ``shape`` (the whole one), ``rows``, ``columns`` (those kept),
  ``largest`` (absolute value in all frames), ``half`` (bool), ``scale``, ``series``}]}];
- ``boundary`` None or {``x``, ``y`` [lowest, highest], ``size`` (points along an axis), ``low``,
  ``high``, ``middle``, ``reach``, ``threshold`` (float or None), ``classes`` (int or None),
  ``share`` [F float: part of the plane above the threshold], ``values`` and ``winners`` (series;
  the latter None unless there are several outputs), ``points`` [[x, y], …], ``marks`` [class or
  value of each]}.

Numbers in lists have the four digits that are shown; None is what was not computed. A *series* is
an array of bytes (F, …), in which each byte is the difference from that of the frame before
(modulo 256): weights and outputs change little, so this deflates to a fifth. In it are

- up to `HALF` numbers of a weight as float16 of ``weight / scale``: first all low bytes, then all
  high ones;
- more as signed bytes, ``largest`` times −127 … 127 over 127, and −128 for NaN;
- an output as ``middle + reach · p·|p|``, ``p = byte / 40 − 1``, and 255 for NaN: in fine levels
  around the middle, which is the threshold if there is one, so that the line drawn there is smooth.
"""

import math

import numpy as np

from ..callbacks.replay import Replay, listed, shapes_noted, shapes_of
from . import numbers

HALF = 256      # numbers of a weight that are kept as float16
LEVELS = 40    # of the outputs on either side of the middle
NOT_A_NUMBER = 255
TOLD = 6        # epochs that the text tells of


def replay_document(replay, model=None):
    """Return the part ``replay`` of a document.

    Parameters
    ----------
    replay : Replay, list of one or two Replay, or dict of str to Replay
        The keys of a dictionary are the labels.
    model : Model, optional
        Beside whose step they are shown.  One of two may be of a model of other layers, with
        which this one is compared.

    Raises
    ------
    TypeError
        If it is something else.
    ValueError
        If there are more than two, or one has no frames, or none is of such a model.
    """
    if replay is None:
        return None
    if isinstance(replay, dict):
        named = list(replay.items())
    elif isinstance(replay, (list, tuple)):
        named = [(getattr(one, "label", None) or f"run {number}", one)
                 for number, one in enumerate(replay, 1)]
    else:
        named = [(getattr(replay, "label", None), replay)]
    for _, one in named:
        if not isinstance(one, Replay):
            hint = f"; write {one.__name__}()" if isinstance(one, type) else ""
            raise TypeError("replay must be an autograd_mlp.callbacks.Replay that was passed to "
                            f"fit, or a list or dictionary of two, got {type(one).__name__}{hint}")
    if not 1 <= len(named) <= 2:
        raise ValueError(f"replay: one run is shown, or two side by side, got {len(named)}")
    document = {"runs": [_run(one.to_dict(), label) for label, one in named]}
    if model is not None and not any(_is_of(one, model) for _, one in named):
        other = named[0][1]
        raise ValueError(
            f"replay: its frames are of the model '{other.to_dict()['model']}' with the layers "
            f"{listed(shapes_noted(other))}, but '{model.name}', whose step is explained, has "
            f"{listed(shapes_of(model))}: pass the Replay that was in the fit of this model")
    return document


def _is_of(replay, model):
    """Whether a model has the layers that frames are of; names are counted on and may differ."""
    return list(shapes_noted(replay).values()) == list(shapes_of(model).values())


def _run(noted, label):
    return {
        "label": label or noted["model"], "model": noted["model"],
        "optimizer": noted["optimizer"], "batch": noted["batch"], "epochs": noted["epochs"],
        "logs": {name: _rounded(values) for name, values in noted["logs"].items()},
        "batch_loss": _rounded(noted["batch_loss"]),
        "layers": [_layer(layer) for layer in noted["layers"]],
        "boundary": noted["boundary"] and _boundary(noted["boundary"])}


def _rounded(values):
    """Floats with the four digits that are shown."""
    return [None if v is None else _four_digits(float(v)) for v in values]


def _four_digits(value):
    if not math.isfinite(value):
        return value
    return float(numbers.text(value).replace(numbers.MINUS, "-"))


def _layer(noted):
    return {
        "name": noted["name"], "kind": noted["kind"],
        "gradient_norm": _rounded(noted["gradient_norm"]),
        "update_ratio": _rounded(noted["update_ratio"]),
        "activation": noted["activation"], "flat": noted["flat"], "units": noted["units"],
        "flat_units": noted["flat_units"],
        "weights": [_weight(name, values, noted["shapes"][name])
                    for name, values in noted["weights"].items()]}


def _weight(name, values, shape):
    frames = len(values)
    rows = int(np.prod(values.shape[1:-1]))
    columns = values.shape[-1] if values.ndim > 1 else 1
    values = values.reshape(frames, -1).astype(np.float64)
    finite = np.abs(values[np.isfinite(values)])
    largest = float(finite.max()) if finite.size else 0.0
    half = values.shape[1] <= HALF
    scale = 1.0
    if half and largest and not 2e-3 < largest < 6e4:   # where float16 has its 11 bits
        scale = 2.0 ** math.frexp(largest)[1]
    return {"name": name, "shape": [int(n) for n in shape], "rows": rows, "columns": columns,
            "largest": _four_digits(largest), "half": half, "scale": scale,
            "series": _halves(values / scale) if half else _signed(values, largest)}


def _halves(values):
    """float16 as (F, 2, numbers): low bytes, then high ones."""
    with np.errstate(over="ignore"):        # infinities
        halves = np.ascontiguousarray(values, "<f2")
    parts = halves.view(np.uint8).reshape(*values.shape, 2)
    return _series(np.moveaxis(parts, -1, 1))


def _signed(values, largest):
    levels = np.where(np.isnan(values), -128,
                      np.clip(np.rint(values * (127 / (largest or 1.0))), -127, 127))
    return _series(levels.astype(np.int8).view(np.uint8))


def _series(levels):
    """Differences from frame to frame, the first axis."""
    levels = levels.astype(np.uint8)
    return np.diff(levels, axis=0, prepend=np.zeros_like(levels[:1]))


# ---- the decision boundary ------------------------------------------------------------------


def _boundary(noted):
    outputs = noted["outputs"].astype(np.float64)
    frames, size, _, count = outputs.shape
    targets, threshold = noted["targets"], noted["threshold"]
    winners = None
    if count > 1:
        winners = _series(outputs.argmax(axis=-1).reshape(frames, -1))
        values, classes = outputs.max(axis=-1), count
        marks = targets.argmax(axis=-1) if targets is not None and targets.ndim > 1 \
            and targets.shape[-1] == count else targets
    else:
        values, marks = outputs[..., 0], targets
        classes = None if threshold is None else 2
    if marks is not None:
        marks = np.asarray(marks, np.float64).reshape(len(noted["points"]), -1)[:, 0]
        if classes == 2 and count == 1:
            marks = (marks > 0.5).astype(float)      # of 0 and 1, or −1 and 1
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if 0 <= low and high <= 1:
        low, high = 0.0, 1.0
    middle = (low + high) / 2 if threshold is None else threshold
    reach = max(high - middle, middle - low) or 1.0
    with np.errstate(invalid="ignore"):
        part = np.clip((values - middle) / reach, -1, 1)
        levels = LEVELS + np.rint(LEVELS * np.sign(part) * np.sqrt(np.abs(part)))
        share = None if threshold is None else _rounded((values > threshold).mean(axis=(1, 2)))
    levels = np.where(np.isnan(values), NOT_A_NUMBER, levels)
    return {
        "x": _rounded(noted["x"][[0, -1]]), "y": _rounded(noted["y"][[0, -1]]), "size": size,
        "low": low, "high": high, "middle": middle, "reach": reach, "threshold": threshold,
        "classes": classes, "share": share,
        "values": _series(levels.reshape(frames, -1)), "winners": winners,
        "points": [_rounded(point) for point in noted["points"]],
        "marks": None if marks is None else _rounded(marks)}


# ---- as text ----------------------------------------------------------------------------------


def told(part):
    """The part ``replay`` of a document as lines of text: some epochs of each run.

    Examples
    --------
    >>> import numpy as np
    >>> import autograd_mlp as keras
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(
    ...     1, kernel_initializer="ones", activation="relu", name="only")], name="line")
    >>> model.compile(keras.optimizers.SGD(0.5), "mse")
    >>> replay = keras.callbacks.Replay()
    >>> history = model.fit(np.ones((2, 1)), np.zeros((2, 1)), verbose=0, callbacks=[replay])
    >>> print("\\n".join(told(replay_document(replay))))
    <BLANKLINE>
    REPLAY of line, SGD; gradients, updates and dead units are of all 2 samples of the training data
      epoch 0: before training
        only: gradient norm 2.828, update/weight 1.414, 0 of 1 dead
      epoch 1: loss 1
        only: gradient norm 0, update/weight 0, 1 of 1 dead
    """
    lines = []
    for run in part["runs"]:
        lines += ["", f"REPLAY of {run['label']}, {run['optimizer']}; gradients, updates and dead "
                      f"units are of {run['batch']}"]
        last = len(run["epochs"]) - 1
        for k in sorted({round(i * last / (TOLD - 1)) for i in range(TOLD)}):
            logs = ", ".join(f"{name} {numbers.text(values[k])}" for name, values in
                             run["logs"].items() if values[k] is not None)
            lines.append(f"  epoch {run['epochs'][k]}: {logs or 'before training'}")
            if run["boundary"] and run["boundary"]["share"]:
                lines.append(f"    output above {numbers.text(run['boundary']['threshold'])} on "
                             f"{numbers.text(100 * run['boundary']['share'][k], 3)} % of the plane")
            lines += [f"    {layer['name']}: {_facts(layer, k)}" for layer in run["layers"]]
    return lines


def _facts(layer, k):
    """What is known of a layer at the k-th frame."""
    facts = [f"{called} {numbers.text(layer[key][k])}" for called, key in (
        ("gradient norm", "gradient_norm"), ("update/weight", "update_ratio"))]
    if layer["flat"]:
        facts.append(f"{layer['flat_units'][k]} of {layer['units']} {layer['flat']}")
    return ", ".join(facts)
