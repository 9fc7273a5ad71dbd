"""The base class of all layers: weights, building, calling."""

import functools
import inspect
import math
import threading

import numpy as np

from .. import initializers, ops
from .._engine import Tensor, Variable, no_grad
from .._errors import unknown_arguments
from ..backend import float_dtype, snake_case, standardize_shape, unique_name

_calls = threading.local()  # .training: the flag of the layer call that is running


class Layer:
    """A function with weights.

    A subclass defines ``call(x)`` out of operations, and if it has weights ``build(input_shape)``,
    which makes them with `add_weight` once the shape of the input is known. ``call`` may take a
    second argument ``training`` (True in ``fit``, False in ``predict``).

    Parameters
    ----------
    trainable : bool
        Whether training changes the weights.
    dtype : {'float32', 'float64'}, optional
        Type of the weights and of the computation; ``floatx()`` if not given.
    name : str, optional
        Without ``/``. Made of the class's name if not given: ``dense``, ``dense_1``, ...
    input_shape, input_dim : tuple, int
        Shape of one sample, or the length of its only axis. A first layer that has one makes
        ``Sequential`` build the model at once; ``Input(shape)`` does the same. (Keras 3 takes
        them too but warns.)

    Examples
    --------
    >>> from autograd_mlp import ops
    >>> class Scale(Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")
    ...     def call(self, x):
    ...         return x * self.factor
    >>> layer = Scale()
    >>> layer([[1.0, 2.0]]).numpy()
    array([[1., 2.]], dtype=float32)
    >>> [w.path for w in layer.weights]
    ['scale/factor']
    """

    # Keras's arguments that a subclass has not got, for which "did you mean" would mislead.
    _unsupported_arguments = ("activity_regularizer", "autocast")

    def __init__(
        self,
        *,
        trainable=True,
        dtype=None,
        name=None,
        input_shape=None,
        input_dim=None,
        **kwargs,
    ):
        if kwargs:
            unsupported = [n for cls in type(self).__mro__ for n in _unsupported(cls)]
            raise unknown_arguments(type(self), kwargs, unsupported=unsupported)
        if not isinstance(trainable, bool):
            raise ValueError(f"Expected `trainable` to be True or False, got {trainable!r}.")
        if name is not None and (not isinstance(name, str) or "/" in name):
            raise ValueError(f"Expected `name` to be a string without '/', got {name!r}.")
        self.name = name or unique_name(snake_case(type(self).__name__))
        self.built = False
        self._dtype = float_dtype(dtype)
        self._np_dtype = np.dtype(self._dtype)
        self._trainable = trainable
        self._trainable_variables = []  # those made with trainable=True ...
        self._non_trainable_variables = []  # ... and False; `Layer.trainable` changes neither list
        self._build_input_shape = None
        self._input_shape_arg = None  # of one sample; Sequential reads it
        if input_dim is not None and input_shape is not None:
            raise ValueError("Give `input_shape` or `input_dim`, not both.")
        if input_dim is not None:
            self._input_shape_arg = standardize_shape((input_dim,), "input_dim")
        elif input_shape is not None:
            self._input_shape_arg = standardize_shape(input_shape, "input_shape")

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = _noting_the_shape(cls.__dict__["build"])

    def __setattr__(self, name, value):
        if isinstance(value, Variable):
            self._track(value)
        super().__setattr__(name, value)

    # ---------------------------------------------------------------- building

    def build(self, input_shape):
        """Make the weights for inputs of this shape, whose first entry (the batch) is None.

        Called by the first call of the layer; a layer without weights need not define it.
        """
        self._build_input_shape = standardize_shape(input_shape, "input_shape")
        self.built = True

    def add_weight(self, shape=(), initializer=None, dtype=None, trainable=True, name=None):
        """Make a weight, to be called in `build`.

        Parameters
        ----------
        shape : tuple of int
        initializer : str, Initializer, callable or array, optional
            See `autograd_mlp.initializers.get`; glorot_uniform if not given.
        dtype : {'float32', 'float64'}, optional
            The layer's if not given.
        trainable : bool
            False for one that the layer itself keeps, such as a running mean.
        name : str, optional

        Returns
        -------
        Variable
        """
        self._check_initialized()
        shape = standardize_shape(shape)
        name = name or "variable"
        if None in shape:
            raise ValueError(
                f"Layer '{self.name}': the shape of weight '{name}' must be fully known when it "
                f"is made, got {shape}. Give the input's shape without None, e.g. Input((8,))."
            )
        dtype = float_dtype(dtype or self._dtype)
        values = initializers.get(initializer or "glorot_uniform")(shape, dtype=dtype)
        values = np.asarray(values, dtype=dtype)
        if values.shape != shape:
            raise ValueError(
                f"Layer '{self.name}': the initializer of weight '{name}' returned shape "
                f"{values.shape}, expected {shape}."
            )
        variable = Variable(values, dtype=dtype, name=name, trainable=trainable)
        variable.path = f"{self.name}/{name}"
        self._track(variable)
        if not self._trainable:
            variable.trainable = False
        return variable

    def _track(self, variable):
        self._check_initialized()
        known = (*self._trainable_variables, *self._non_trainable_variables)
        if not any(variable is other for other in known):
            trainable = variable.trainable
            (self._trainable_variables if trainable else self._non_trainable_variables).append(
                variable
            )

    def _check_initialized(self):
        if "_trainable_variables" not in self.__dict__:
            raise RuntimeError(
                f"{type(self).__name__}.__init__ must call super().__init__() before it makes "
                f"weights."
            )

    # ----------------------------------------------------------------- calling

    def __call__(self, x, training=None):
        """Return the layer's output for a batch.

        Parameters
        ----------
        x : Tensor, array or list, shape (B, ...)
            Floats of another type are cast to the layer's, integers are left alone.
        training : bool, optional
            Passed on to `call` if that takes it, and to the layers called therein. Without it
            the flag of the layer around this one counts.
        """
        self._check_initialized()
        x = self._as_input(x)
        shape = x.shape
        self._check_input_shape(shape)
        if not self.built:
            self.build((None, *shape[1:]))
        outer = getattr(_calls, "training", None)
        training = outer if training is None else bool(training)
        _calls.training = training
        try:
            if training is not None and _takes_training(type(self)):
                y = self.call(x, training=training)
            else:
                y = self.call(x)
        finally:
            _calls.training = outer
        return y if isinstance(y, Tensor) else Tensor(y)

    def call(self, x):
        """Return the output for the Tensor x; subclasses define it."""
        raise NotImplementedError(f"Layer {type(self).__name__} does not define call(self, x).")

    def compute_output_shape(self, input_shape):
        """Return the shape of the output for inputs of this shape.

        Both contain None for the batch. This default calls the layer on zeros; define it in a
        subclass if that is slow or has effects.
        """
        input_shape = standardize_shape(input_shape, "input_shape")
        if not self.built:
            self.build(input_shape)
        probe = np.zeros([1 if n is None else n for n in input_shape], dtype=self._dtype)
        with no_grad():
            output = self.call(Tensor(probe))
        return (input_shape[0], *output.shape[1:])

    def _as_input(self, x):
        if not isinstance(x, Tensor):
            if isinstance(x, Layer):
                raise TypeError(
                    f"Layer '{self.name}' was called on the layer '{x.name}': models are built "
                    f"with Sequential([...]) here, the functional API is not supported."
                )
            x = np.asarray(x)
            if x.dtype.kind not in "fiub":
                raise TypeError(
                    f"Layer '{self.name}' expects numbers, got an array of dtype {x.dtype}."
                )
            x = Tensor(x, dtype=self._dtype if x.dtype.kind == "f" else None)
        dtype = x.dtype
        if dtype is not self._np_dtype and dtype.kind == "f" and dtype != self._np_dtype:
            x = ops.cast(x, self._dtype)
        return x

    def _check_input_shape(self, shape):
        """Raise ValueError if the layer cannot take inputs of this shape (None: not known)."""

    # ----------------------------------------------------------------- weights

    def _sublayers(self):
        """Layers held as attributes, or in lists, tuples and dicts that are attributes."""
        found = []
        pending = list(self.__dict__.values())[::-1]
        while pending:
            value = pending.pop()
            if isinstance(value, Layer):
                if value is not self and not any(value is other for other in found):
                    found.append(value)
            elif isinstance(value, (list, tuple)):
                pending.extend(value[::-1])
            elif isinstance(value, dict):
                pending.extend(list(value.values())[::-1])
        return found

    @property
    def weights(self):
        """All weights: the layer's own (trainable ones first), then those of layers in it."""
        found = [*self._trainable_variables, *self._non_trainable_variables]
        for layer in self._sublayers():
            found += [w for w in layer.weights if not any(w is other for other in found)]
        return found

    @property
    def trainable_weights(self):
        """Weights that training changes."""
        return [w for w in self.weights if w.trainable] if self._trainable else []

    @property
    def non_trainable_weights(self):
        """Weights that training leaves alone."""
        trainable = self.trainable_weights
        return [w for w in self.weights if not any(w is other for other in trainable)]

    @property
    def variables(self):
        """The same as `weights`."""
        return self.weights

    @property
    def trainable_variables(self):
        """The same as `trainable_weights`."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self):
        """The same as `non_trainable_weights`."""
        return self.non_trainable_weights

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
    def dtype(self):
        """Name of the float type of weights and computation."""
        return self._dtype

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
            hint = "" if self.built else " It is not built yet: call it, or build(input_shape)."
            raise ValueError(
                f"Layer '{self.name}' has {len(variables)} weights, "
                f"set_weights got {len(arrays)}.{hint}"
            )
        for variable, values in zip(variables, arrays, strict=True):
            if values.shape != variable.shape:
                raise ValueError(
                    f"Layer '{self.name}': weight '{variable.path}' has shape "
                    f"{variable.shape}, set_weights got {values.shape} for it."
                )
        arrays = [
            values.astype(variable.dtype)  # raises before anything is written
            for variable, values in zip(variables, arrays, strict=True)
        ]
        for variable, values in zip(variables, arrays, strict=True):
            variable.assign(values)

    def count_params(self):
        """Return the number of values in all weights."""
        if not self.built:
            raise ValueError(
                f"Layer '{self.name}' is not built yet, so it has no weights to count: "
                f"call it on data, or call its build(input_shape)."
            )
        return sum(math.prod(w.shape) for w in self.weights)

    # ------------------------------------------------------------------ config

    def get_config(self):
        """Return the constructor's arguments; subclasses add theirs."""
        return {"name": self.name, "trainable": self._trainable, "dtype": self._dtype}

    @classmethod
    def from_config(cls, config):
        """Make a layer, with new weights, from what `get_config` returned."""
        return cls(**config)

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _unsupported(cls):
    return cls.__dict__.get("_unsupported_arguments", ())


@functools.cache
def _takes_training(cls):
    parameters = inspect.signature(cls.call).parameters.values()
    return any(p.name == "training" or p.kind is p.VAR_KEYWORD for p in parameters)


def _noting_the_shape(build):
    """Wrap the `build` of a subclass: check the shape, remember it, mark the layer as built."""

    @functools.wraps(build)
    def wrapper(self, input_shape=None):
        self._check_initialized()
        shape = standardize_shape(input_shape, f"layer '{self.name}': input_shape")
        if self.built:
            raise ValueError(
                f"Layer '{self.name}' is built already, for inputs of shape "
                f"{self._build_input_shape}; got build({shape}). Make a new layer instead."
            )
        self._check_input_shape(shape)
        build(self, shape)
        self._build_input_shape = shape
        self.built = True

    return wrapper
