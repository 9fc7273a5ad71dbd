"""The half of a layer that keeps things: weights, inner layers, losses."""

import itertools
import math
import threading

import numpy as np

from .. import constraints, initializers, random, regularizers
from .._engine import Tensor, Variable
from .._errors import lesson
from .._registry import charge
from ..backend import float_dtype, standardize_shape, unique_name

OUTSIDE = (None, None, None, 0)


class _Calls(threading.local):
    """Which layer's call is running: (layer, training, layer of the outermost call, its number)."""

    frame = OUTSIDE


calls = _Calls()
call_numbers = itertools.count(1)

_PLAIN = frozenset((str, bool, int, float, type(None)))  # that hold nothing

_AGGREGATIONS = (None, "none", "mean", "sum", "only_first_replica")


class State:
    """Weights, inner layers and losses of a layer; `Layer` adds building and calling."""

    _takes_integers = False  # whether the layer's input is indices: data is not made floats for it

    def _start_state(self, trainable):
        self._trainable = trainable
        self._trainable_variables = []  # those made with trainable=True ...
        self._non_trainable_variables = []  # ... and False; `Layer.trainable` changes neither list
        self._locked = False  # whether the weights are complete
        self._losses = []  # what add_loss got in the outermost call number `_losses_call`
        self._losses_call = 0
        self._losses_inside = False  # whether there may be any here or in inner layers

    def __setattr__(self, name, value):
        if value.__class__ in _PLAIN:
            pass
        elif isinstance(value, Variable):
            self._track(value)
        elif isinstance(value, (list, tuple, dict)):
            for held in value.values() if isinstance(value, dict) else value:
                if isinstance(held, Variable):
                    self._track(held)
            self.__dict__.pop("_inner", None)
        elif isinstance(value, State):
            self.__dict__.pop("_inner", None)
        super().__setattr__(name, value)

    def __delattr__(self, name):
        value = self.__dict__.get(name)
        super().__delattr__(name)
        self.__dict__.pop("_inner", None)
        if isinstance(value, Variable):
            for kept in (self._trainable_variables, self._non_trainable_variables):
                kept[:] = [variable for variable in kept if variable is not value]

    # ----------------------------------------------------------------- weights

    def add_weight(
        self,
        shape=None,
        initializer=None,
        dtype=None,
        *,
        trainable=True,
        autocast=True,
        regularizer=None,
        constraint=None,
        aggregation="none",
        overwrite_with_gradient=False,
        name=None,
    ):
        """Make a weight, to be called in `build` or in the constructor.

        Parameters
        ----------
        shape : tuple of int, default ()
        initializer : str, Initializer, callable or array, optional
            See `autograd_mlp.initializers.get`; if not given glorot_uniform, and zeros for
            integers.
        dtype : str, optional
            The layer's if not given; integers of any size are kept as int64, and never trained.
        trainable : bool
            False for one that the layer itself keeps, such as a running mean.
        autocast, aggregation : optional
            As in Keras; they matter with mixed precision and several devices, which are not here.
        regularizer : str, Regularizer or callable, optional
            Its value for the weight is one of the layer's `losses`.
        constraint : str, Constraint or callable, optional
            Applied to the weight after each update.
        overwrite_with_gradient : bool
            Only False: it is for quantized training.
        name : str, optional

        Returns
        -------
        Variable
        """
        self._check_initialized()
        if isinstance(shape, str):
            raise ValueError(f"add_weight: the first argument is the shape; write "
                             f"add_weight(shape=..., name={shape!r}).")
        if aggregation not in _AGGREGATIONS:
            raise ValueError(f"add_weight: expected `aggregation` to be one of {_AGGREGATIONS}, "
                             f"got {aggregation!r}.")
        if overwrite_with_gradient:
            raise NotImplementedError("add_weight: overwrite_with_gradient=True is for quantized "
                                      "training, which is not part of this library.")
        shape = standardize_shape(() if shape is None else shape)
        name = name or unique_name("variable")
        if None in shape:
            raise ValueError(
                f"Layer '{self.name}': the shape of weight '{name}' must be fully known when it "
                f"is made, got {shape}. Give the input's shape without None, e.g. Input((8,))."
            )
        dtype, is_float = _weight_dtype(dtype or self._dtype)
        if initializer is None:
            initializer = "glorot_uniform" if is_float else "zeros"
        charge(math.prod(shape) * np.dtype(dtype).itemsize)
        make = initializers.get(initializer)
        values = np.asarray(make(shape, dtype=dtype)).astype(dtype)
        if values.shape != shape:
            raise ValueError(
                f"Layer '{self.name}': the initializer of weight '{name}' returned shape "
                f"{values.shape}, expected {shape}."
            )
        variable = Variable(values, dtype=dtype, name=name, trainable=bool(trainable and is_float))
        variable.path = f"{self._path or self.name}/{name}"
        variable.regularizer = regularizers.get(regularizer)
        variable.constraint = constraints.get(constraint)
        self._track(variable)
        return variable

    def add_variable(self, shape, initializer, dtype=None, trainable=True, autocast=True,
                     regularizer=None, constraint=None, name=None):
        """The same as `add_weight`."""
        return self.add_weight(
            shape, initializer, dtype, trainable=trainable, autocast=autocast,
            regularizer=regularizer, constraint=constraint, name=name)

    def _track(self, variable):
        self._check_initialized()
        if any(variable is known for known in
               (*self._trainable_variables, *self._non_trainable_variables)):
            return
        if self._locked:
            raise ValueError(
                f"Layer '{self.name}' is built already: weights are made in __init__ or build, "
                f"not in call or later, or the optimizer would not know them."
            )
        if variable.trainable:
            self._trainable_variables.append(variable)
        else:
            self._non_trainable_variables.append(variable)
        if not self._trainable:
            variable.trainable = False

    def _held(self, kind):
        """Objects of a kind held as attributes, or in lists, tuples and dicts that are."""
        found, seen, pending = [], {id(self)}, [self.__dict__]
        while pending:
            value = pending.pop()
            if value.__class__ in _PLAIN:
                continue  # most are: this is asked at every step of a user's own
            if isinstance(value, kind):
                if id(value) not in seen:
                    seen.add(id(value))
                    found.append(value)
            elif isinstance(value, (list, tuple)):
                pending.extend(value[::-1])
            elif isinstance(value, dict):
                pending.extend(reversed(value.values()))
        return found

    def _sublayers(self):
        """The layers in this one, not those inside of them."""
        found = self.__dict__.get("_inner")
        if found is None:
            found = self._held(State)
            # a user's class may put more into a list of its own at any time
            if type(self).__module__.startswith(__package__ + "."):
                self.__dict__["_inner"] = found
        return list(found)

    def _collect(self, name, own):
        inner = self._sublayers()
        if not inner:
            return list(own)
        found = {id(v): v for v in own}
        for layer in inner:
            for v in getattr(layer, name):
                found.setdefault(id(v), v)
        return list(found.values())

    @property
    def weights(self):
        """All weights: the layer's own (trainable ones first), then those of layers in it."""
        return self._collect(
            "weights", [*self._trainable_variables, *self._non_trainable_variables])

    @property
    def variables(self):
        """`weights`, and the states of random generators."""
        generators = self._held(getattr(random, "SeedGenerator", ()))
        return self._collect("variables", [
            *self._trainable_variables, *self._non_trainable_variables,
            *(generator.state for generator in generators)])

    @property
    def trainable_weights(self):
        """Weights that training changes."""
        return [w for w in self.weights if w.trainable] if self._trainable else []

    @property
    def non_trainable_weights(self):
        """Weights that training leaves alone."""
        return [w for w in self.weights if not w.trainable] if self._trainable else self.weights

    @property
    def trainable_variables(self):
        """The same as `trainable_weights`."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self):
        """Those of `variables` that training leaves alone."""
        return [v for v in self.variables if not v.trainable] if self._trainable \
            else self.variables

    @property
    def trainable(self):
        """Whether training changes the weights; setting it sets it for all layers inside.

        As in Keras, call ``compile`` again after changing it.
        """
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)
        for variable in self._trainable_variables:
            variable.trainable = self._trainable
        for layer in self._sublayers():
            layer.trainable = value

    @property
    def metrics(self):
        """The metrics held by this layer and those inside."""
        from ..metrics import Metric  # only there if somebody asks

        return self._collect("metrics", self._held(Metric))

    @property
    def metrics_variables(self):
        """The variables of `metrics`."""
        return [variable for metric in self.metrics for variable in metric.variables]

    def get_weights(self):
        """Return copies of all weights as a list of NumPy arrays, in the order of `weights`."""
        return [w.numpy() for w in self.weights]

    def set_weights(self, weights):
        """Copy values into all weights; nothing is changed if any of them does not fit.

        Parameters
        ----------
        weights : list of array
            As `get_weights` returns them. The arrays may be reused afterwards.

        Raises
        ------
        ValueError
            If their number or a shape differs.
        """
        variables = self.weights
        arrays = [np.asarray(values) for values in weights]
        if len(arrays) != len(variables):
            raise ValueError(lesson(
                f"You called `set_weights(weights)` on layer '{self.name}' with a weight list of "
                f"length {len(arrays)}, but the layer was expecting {len(variables)} weights.",
                where=_listing(variables) if self.built else
                f"'{self.name}' is not built yet, so it has no weights",
                why="The list holds one array for each weight, in the order of get_weights().",
                use=f"print([w.shape for w in {self.name}.weights])" if self.built else
                "build((None, number of inputs)) or a call on data before set_weights"))
        for variable, values in zip(variables, arrays, strict=True):
            if values.shape != variable.shape:
                turned = values.ndim == 2 and values.shape[::-1] == variable.shape
                raise ValueError(lesson(
                    f"Layer {self.name} weight shape {variable.shape} is not compatible with "
                    f"provided weight shape {values.shape}.",
                    where=f"weight '{variable.path}'; no weight was changed",
                    why="A kernel has a row for each input and a column for each unit.",
                    use="the array's transpose, values.T" if turned else
                    "arrays in the order and the shapes of get_weights()"))
        arrays = [
            values.astype(variable.dtype)  # raises before anything is written
            for variable, values in zip(variables, arrays, strict=True)
        ]
        for variable, values in zip(variables, arrays, strict=True):
            variable.assign(values)

    def count_params(self):
        """Return the number of values in all weights."""
        if not self.built:
            raise ValueError(lesson(
                f"You tried to call `count_params` on layer '{self.name}', but the layer isn't "
                "built. You can build it manually via: `layer.build(input_shape)`.",
                why="How many weights there are follows from the number of inputs, which is not "
                    "known yet.",
                use="Input((8,)) as first element of the model, or build((None, 8))"))
        return sum(math.prod(w.shape) for w in self.weights)

    # ------------------------------------------------------------------ losses

    def add_loss(self, loss):
        """Add to the training loss; to be called in `call`.

        Parameters
        ----------
        loss : Tensor of one element, or a list of them
            Computed by operations. It counts until the layer is called again.

        Raises
        ------
        ValueError
            For anything else.
        """
        _, _, entry, number = calls.frame
        if self._losses_call != number:  # left over from a call of another model
            self._losses, self._losses_call = [], number
        for x in loss if isinstance(loss, (list, tuple)) else [loss]:
            self._losses.append(_one_number(x, f"add_loss of layer '{self.name}'"))
        self._losses_inside = True
        if entry is not None:
            entry._losses_inside = True

    @property
    def losses(self):
        """What is added to the training loss, a list of tensors of one number: `add_loss` and
        activity regularizers in the last call, here and in inner layers, then the penalties of
        the regularizers of trainable weights."""
        found, penalties = [], False
        for layer in (self, *self._layers_inside()):
            found += layer._losses
            for w in (*layer._trainable_variables, *layer._non_trainable_variables):
                penalties = penalties or w.regularizer is not None
        for w in self.trainable_weights if penalties else ():
            if w.regularizer is not None:
                found.append(_one_number(w.regularizer(w), f"the regularizer of '{w.path}'"))
        return found

    def _layers_inside(self):
        """Layers at all depths, each once."""
        found, pending = {}, self._sublayers()
        while pending:
            layer = pending.pop(0)
            if id(layer) not in found:
                found[id(layer)] = layer
                pending = layer._sublayers() + pending
        return list(found.values())

    def _clear_losses(self):
        for layer in (self, *self._layers_inside()):
            layer._losses_inside = False
            layer._losses.clear()


def _one_number(x, what):
    if isinstance(x, (int, float)) and not isinstance(x, bool) and what.startswith("the"):
        x = Tensor(float(x))
    if not isinstance(x, Tensor) or x.size != 1:
        got = f"a tensor of shape {x.shape}" if isinstance(x, Tensor) else repr(x)
        raise ValueError(f"{what} takes a tensor of one number computed by operations, got {got}; "
                         f"see ops.sum and ops.mean." if what.startswith("add") else
                         f"{what} must return a tensor of one number, got {got}; see ops.sum.")
    return x if x.ndim == 0 else x.reshape(())


def _weight_dtype(dtype):
    """(dtype a weight is kept in, whether it is a float)."""
    name = dtype if isinstance(dtype, str) else np.dtype(dtype).name
    if name.startswith(("int", "uint")) or name == "bool":
        return "int64", False
    return float_dtype(name), True


def _listing(variables):
    """The paths and shapes of weights, as a list in words."""
    return "its weights are " + ", ".join(f"'{v.path}' {v.shape}" for v in variables)
