"""Note what training does to a model, epoch by epoch, to look at afterwards."""

import operator
from dataclasses import dataclass, field

import numpy as np

from .callback import Callback
from .probe import copy_of, measure, named_layers, of_logits, random_states_kept, weights_of

GRID = 20           # points of the decision boundary's grid along each axis
MARGIN = 0.15       # of the data's range, added to it on each side
MOST_WEIGHTS = 2400     # numbers that are kept of each weight
BATCH = ("x", "y", "sample_weight")


@dataclass
class Frame:
    """A model after an epoch.

    Attributes
    ----------
    epoch : int
        Epochs done; 0 is before the first.
    logs : dict of str to float
        What `History` notes for the epoch: loss and metrics, and those of the validation if there
        was one. Empty before the first epoch.
    batch_loss : float or None
        Loss of the noted samples with the weights as they are now. (``logs["loss"]`` is a mean
        over the epoch, in which the weights changed.)
    layers : dict of str to LayerFacts
        By layer name: weights, ``gradient_norm``, ``update_ratio``, dead units. See
        `autograd_mlp.callbacks.probe.LayerFacts`.
    boundary : ndarray or None, shape (GRID, GRID, outputs)
        Outputs on the grid ``Replay.grid``; row i is for its i-th ordinate, from below.
    """

    epoch: int
    logs: dict
    batch_loss: float | None
    layers: dict = field(repr=False)
    boundary: np.ndarray | None = field(default=None, repr=False)


class Replay(Callback):
    """Note weights, gradients, dead units and the decision boundary at chosen epochs of `fit`.

    ``model.explain(x, y, replay=replay)`` shows them under a slider, and
    ``replay={"SGD": one, "Adam": other}`` two trainings side by side.

    Parameters
    ----------
    x, y : array_like, optional
        Samples and targets for gradients, updates and dead units. Without them the training data
        are taken. Of more than `samples` rows that many are picked, evenly spread; all frames
        use the same.
    every : int, default 1
        Note every so many epochs. The first frame is the model before training, and the last
        epoch is always noted.
    max_frames : int, default 60
        When there would be more frames than this, every second one is dropped, and from then on
        half as many are noted.
    samples : int, default 256
    label : str, optional
        Name of the run beside another.

    Attributes
    ----------
    frames : list of Frame
    batch : dict
        ``"text"`` says which samples gradients are computed of; ``"x"``, ``"y"`` and
        ``"sample_weight"`` hold them.
    grid : tuple of two ndarray, or None
        Abscissas and ordinates of the decision boundary's points: the range of the data and 15 %
        more on each side. For models whose samples are two numbers.

    Raises
    ------
    ValueError
        When training begins: if the data come from something that yields batches, none of which
        can be looked at without taking it away, and no `x` was given; or if the frames noted
        before are those of another model.
    TypeError
        When training begins, if the model cannot be copied.

    Notes
    -----
    Training is not changed by a bit: each frame is measured on a copy of the model and of its
    optimizer, which runs one step on the samples in training mode and is thrown away. This takes
    1 to 10 milliseconds for small models. No hook of single batches is used, so `fit` replays
    its recorded steps as without it.

    Of weights of more than 2400 numbers the first columns are kept, that is: all inputs of the
    first units. A second `fit` goes on counting the epochs.

    Examples
    --------
    >>> import autograd_mlp as keras
    >>> x, y = keras.datasets.xor.load_data()
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, activation="relu"),
    ...                           keras.layers.Dense(1, activation="sigmoid")])
    >>> model.compile("adam", "binary_crossentropy")
    >>> replay = keras.callbacks.Replay(max_frames=10)
    >>> history = model.fit(x, y, epochs=100, verbose=0, callbacks=[replay])
    >>> [frame.epoch for frame in replay.frames]
    [0, 16, 32, 48, 64, 80, 96, 100]
    >>> list(replay.frames[-1].layers)
    ['dense', 'dense_1']
    >>> replay.batch["text"]
    'all 4 samples of the training data'
    """

    _wants_place = True
    _place = None

    def __init__(self, x=None, y=None, every=1, max_frames=60, samples=256, label=None, **kwargs):
        super().__init__(**kwargs)
        if x is None and y is not None:
            raise ValueError("Replay: y was given without x; give both, Replay(x, y), or neither: "
                             "then the training data are used")
        self.every = _whole_number("every", every, 1)
        self.max_frames = _whole_number("max_frames", max_frames, 2)
        self.samples = _whole_number("samples", samples, 1)
        self.label = label
        self.frames = []
        self.batch = None
        self.grid = None
        self._given = x, y
        self._stride = self.every   # epochs between frames
        self._done = 0              # epochs, over all calls of fit
        self._offset = None         # what is added to the epochs that this fit counts
        self._logs = {}             # of the last epoch

    # ---- hooks -------------------------------------------------------------------

    def on_train_begin(self, logs=None):
        self._offset = None
        if self.batch is None:
            with random_states_kept():
                self._choose_samples()
        if not self.frames:
            self._done = getattr(self._place, "epoch", 0)
        else:
            self._check_model()
        if not self.frames or self.frames[-1].epoch != self._done:
            self._thin_out()
            self._note(self._logs)

    def on_epoch_begin(self, epoch, logs=None):
        if self._offset is None:
            self._offset = max(0, self._done - epoch)

    def on_epoch_end(self, epoch, logs=None):
        self._done = epoch + 1 + (self._offset or 0)
        self._logs = dict(logs or {})
        if self._done % self._stride == 0:
            self._thin_out()
        if self._done % self._stride == 0:
            self._note(self._logs)

    def on_train_end(self, logs=None):
        self._place = None      # it holds the data
        if self.frames and self.frames[-1].epoch != self._done:
            self._thin_out()
            self._note(self._logs)

    # ---- frames ------------------------------------------------------------------

    def _thin_out(self):
        """Make room for a frame."""
        while len(self.frames) >= self.max_frames:
            self._stride *= 2
            self.frames[1:] = [f for f in self.frames[1:] if f.epoch % self._stride == 0]

    def _note(self, logs):
        with random_states_kept():
            model = copy_of(self.model)
            boundary = None
            if self.grid is not None:
                points = np.stack(np.meshgrid(*self.grid), axis=-1).reshape(-1, 2)
                boundary = model.predict_on_batch(points).reshape(GRID, GRID, -1)
            loss, layers = measure(model, *(self.batch[name] for name in BATCH))
        for facts in layers:
            facts.weights = {name: selection(w) for name, w in facts.weights.items()}
        self.frames.append(Frame(self._done, logs, loss, {facts.name: facts for facts in layers},
                                 boundary))

    def _check_model(self):
        """Raise unless the model has the layers that the frames are of."""
        noted, found = shapes_noted(self), shapes_of(self.model)
        if noted != found:
            raise ValueError(
                f"Replay: this one has {len(self.frames)} frames of a model with the layers "
                f"{listed(noted)}, and '{self.model.name}' has {listed(found)}: make a new "
                "Replay() for each model")

    # ---- samples -----------------------------------------------------------------

    def _choose_samples(self):
        (x, y, weights), source = self._data()
        count = min(len(x), self.samples)
        rows = np.arange(count) * len(x) // count       # evenly spread
        self.batch = {name: None if a is None else np.array(a[rows])
                      for name, a in zip(BATCH, (x, y, weights), strict=True)}
        many = f"all {count} samples" if count == len(x) else f"{count} of {len(x)} samples, " \
            "evenly spread,"
        self.batch["text"] = f"{many} {source}" if count > 1 else f"1 sample {source}"
        if np.shape(x)[1:] == (2,) and self.model._input_dtype is not None:
            low, high = np.min(x, axis=0), np.max(x, axis=0)
            room = MARGIN * np.where(high > low, high - low, 1.0)
            if np.isfinite(room).all():
                self.grid = tuple(np.linspace(low - room, high + room, GRID).T)

    def _data(self):
        """((x, y, sample_weight), where they come from)."""
        if self._given[0] is not None:
            arrays, _ = self.model._prepare(*self._given)
            return arrays, "given to Replay"
        loop = getattr(self._place, "loop", None)
        if loop is None:
            raise ValueError("Replay: this training does not say what its data are; give samples "
                             "for the gradients: Replay(x, y)")
        if hasattr(loop, "present"):
            arrays = iter(loop.feed.arrays)
            arrays = [next(arrays) if here else None for here in loop.present]
            return arrays, "of the training data"
        waiting = loop.source.waiting
        if not waiting:
            raise ValueError(
                f"Replay: the training data come from {loop.source.called}, and looking at a batch "
                "of it would take that batch from the training, or change what comes next; give "
                "samples for the gradients: Replay(x, y)")
        from ..models.streams import unpack_batch

        arrays, _ = self.model._prepare(*unpack_batch(waiting[0], loop.source.called))
        return arrays, f"of the first batch of {loop.source.called}"

    def _threshold(self):
        """Where the output goes over from one class to the other."""
        y, outputs = self.batch["y"], self.frames[0].boundary.shape[-1]
        if y is None or outputs > 1 or not (np.isin(y, (0, 1)).all() or np.isin(y, (-1, 1)).all()):
            return None
        return 0.0 if of_logits(self.model) or (y < 0).any() else 0.5

    # ---- plain data --------------------------------------------------------------

    def to_dict(self):
        """What was noted, as plain dictionaries, lists and NumPy arrays, F frames each.

        Returns
        -------
        dict
            ``label``, ``model`` (its name), ``optimizer`` (its class), ``batch`` (which samples);
            ``epochs`` (list of F int); ``logs`` {name: list of F float, None where there is
            none}; ``batch_loss`` (list of F); ``layers``, a list of {``name``, ``kind``,
            ``weights``: {name: array (F, …)}, ``shapes``: {name: full shape}, ``gradient_norm``,
            ``update_ratio`` (lists of F float or None), ``activation``, ``flat``, ``units``,
            ``flat_units`` (list of F int)}; ``boundary`` None or {``x``, ``y``: arrays (GRID,),
            ``outputs``: array (F, GRID, GRID, outputs), ``points`` (n, 2), ``targets`` (n, …) or
            None, ``threshold``: float, or None unless there is one output for two classes}.

        Raises
        ------
        ValueError
            If nothing was noted yet.
        """
        frames = self.frames
        if not frames:
            raise ValueError("Replay: there are no frames yet; pass it to fit: "
                             "model.fit(x, y, callbacks=[replay])")
        names = sorted({name for frame in frames for name in frame.logs})
        boundary = None
        if self.grid is not None:
            boundary = {"x": self.grid[0].copy(), "y": self.grid[1].copy(),
                        "outputs": np.stack([frame.boundary for frame in frames]),
                        "points": self.batch["x"].copy(), "threshold": self._threshold(),
                        "targets": None if self.batch["y"] is None else self.batch["y"].copy()}
        return {
            "label": self.label, "model": self.model.name,
            "optimizer": type(self.model.optimizer).__name__, "batch": self.batch["text"],
            "epochs": [frame.epoch for frame in frames],
            "logs": {name: [frame.logs.get(name) for frame in frames] for name in names},
            "batch_loss": [frame.batch_loss for frame in frames],
            "layers": [_layer_dict([frame.layers[name] for frame in frames])
                       for name in frames[0].layers],
            "boundary": boundary}


def selection(weight):
    """What is kept of a weight: all of it, or its first columns, (rows, columns).

    Examples
    --------
    >>> selection(np.zeros((8, 12))).shape, selection(np.zeros((784, 64))).shape
    ((8, 12), (784, 3))
    >>> selection(np.zeros((5000, 3))).shape, selection(np.zeros(3000)).shape
    ((2400, 1), (2400,))
    """
    if weight.size <= MOST_WEIGHTS:
        return weight
    if weight.ndim < 2:
        return weight[:MOST_WEIGHTS].copy()
    rows = weight.reshape(-1, weight.shape[-1])[:MOST_WEIGHTS]
    return rows[:, : MOST_WEIGHTS // len(rows)].copy()


def _layer_dict(facts):
    """`LayerFacts` of one layer in all frames as plain data."""
    first = facts[0]
    return {
        "name": first.name, "kind": first.kind,
        "weights": {name: np.stack([f.weights[name] for f in facts]) for name in first.weights},
        "shapes": dict(first.shapes),
        "gradient_norm": [f.gradient_norm for f in facts],
        "update_ratio": [f.update_ratio for f in facts],
        "activation": first.activation, "flat": first.flat, "units": first.units,
        "flat_units": [f.flat_units for f in facts]}


def shapes_noted(replay):
    """Layer name → {weight name: shape} of the layers with weights that frames are of."""
    return {name: facts.shapes for name, facts in replay.frames[-1].layers.items()
            if facts.weights}


def shapes_of(model):
    """Layer name → {weight name: shape} of a model's layers with weights."""
    found = {name: {weight: v.shape for weight, v in weights_of(layer).items()}
             for name, layer in named_layers(model)}
    return {name: shapes for name, shapes in found.items() if shapes}


def listed(shapes):
    """Such layers in words."""
    return ", ".join(f"{name} {' '.join(map(str, weights.values()))}"
                     for name, weights in shapes.items()) or "none"


def _whole_number(name, value, least):
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least or isinstance(value, bool):
        raise ValueError(f"Replay: {name} must be a whole number from {least} on, got {value!r}")
    return number
