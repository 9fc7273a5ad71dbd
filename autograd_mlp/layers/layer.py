"""The base class of all layers: weights, building, calling."""

import functools

import numpy as np

from .. import dtype_policies, ops, regularizers
from .._engine import Tensor, no_grad
from .._errors import KeywordsChecked, lesson, unknown_arguments
from ..backend import snake_case, unique_name
from . import _older_arguments, _signatures
from ._shapes import as_tuples, is_shape, map_shapes, shapes_of, standard_shapes
from ._state import State, call_numbers, calls
from .input_spec import check_inputs
from .saveable import SaveableVariables

_NOTHING = object()


def _absent(name, why):
    """A property for what Keras's layers have and these do not."""

    def complain(self):
        raise AttributeError(f"{type(self).__name__} has no '{name}': {why}.")

    return property(complain, doc=f"Not here: {why}.")


class Layer(SaveableVariables, State, KeywordsChecked):
    """A function with weights.

    A subclass defines ``call(x)`` out of operations, and if it has weights ``build(input_shape)``,
    which makes them with `add_weight` once the shape of the input is known. ``call`` may take
    ``training`` (True in ``fit``, False in ``predict``), and further inputs; ``build`` then takes
    as many shapes, named after the arguments of ``call``: ``build(x_shape, y_shape)``.

    Parameters
    ----------
    activity_regularizer : str, Regularizer or callable, optional
        Its value for the output, divided by the batch size, is one of the layer's `losses`.
    trainable : bool
        Whether training changes the weights.
    dtype : str, DTypePolicy or dict, optional
        ``'float32'`` or ``'float64'``, type of the weights and of the computation; ``floatx()``
        if not given.
    autocast : bool
        Whether inputs that are floats of another type are cast to `dtype`.
    name : str, optional
        Without ``/``. Made of the class's name if not given: ``dense``, ``dense_1``, ...
    input_shape, input_dim, batch_input_shape : tuple, int, tuple
        Older code's way to say the shape of a sample, the length of its only axis, or the shape of
        a batch, in the first layer of a ``Sequential``. Write ``Input(shape)`` as first element.
    weights : list of array
        Older code's way to set the first weights. Call `set_weights` once the layer is built.

    Attributes
    ----------
    built : bool
        Whether the weights exist.
    path : str or None
        Names of the layers around this one and its own, joined by ``/``; None before it is built.
    supports_masking : bool
        May be set; masks do not exist here, and nothing asks.

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

    built = False

    stateless_call = _absent("stateless_call", "variables are changed in place, and GradientTape "
                             "or Tensor.backward() give gradients")
    symbolic_call = _absent("symbolic_call", "there are no symbolic tensors, call it on data")
    input = _absent("input", "layers are not nodes of a graph, ask a Sequential for input_shape")
    output = _absent("output", "layers are not nodes of a graph, ask a Sequential for output_shape")
    add_metric = _absent("add_metric", "give metrics to compile(metrics=[...]), or hold one as an "
                         "attribute and call its update_state")

    def __new__(cls, *args, **kwargs):
        self = super().__new__(cls, *args, **kwargs)
        if cls.get_config is Layer.get_config:
            self.__dict__["_arguments"] = _signatures.constructor_arguments(cls, args, kwargs)
        return self

    def __init__(
        self,
        *,
        activity_regularizer=None,
        trainable=True,
        dtype=None,
        autocast=True,
        name=None,
        **kwargs,
    ):
        older = {old: kwargs.pop(old) for old in _older_arguments.TAKE if old in kwargs}
        if kwargs:
            raise unknown_arguments(type(self), kwargs)
        if not isinstance(trainable, bool):
            raise ValueError(lesson(
                f"Expected `trainable` to be a boolean. Received: trainable={trainable} (of type "
                f"{type(trainable)})",
                where=type(self).__name__,
                use="Sequential([first, second]): the layers of a model are one list"
                if isinstance(trainable, Layer) else "trainable=False to keep the weights"))
        if name is not None and (not isinstance(name, str) or "/" in name):
            raise ValueError(f"Expected `name` to be a string without '/', got {name!r}.")
        self.name = name or unique_name(snake_case(type(self).__name__))
        self.built = False
        self._dtype_policy = dtype_policies.get(dtype)
        self._dtype = self._dtype_policy.name
        self._np_dtype = np.dtype(self._dtype)
        self.autocast = bool(autocast)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.input_spec = None
        self.supports_masking = False
        self._path = None
        self._build_input_shape = None
        self._build_shapes = None  # what `build` got, by the names of its arguments
        self._takes_training, self._default_training = _signatures.training_argument(
            type(self).call)
        self._input_shape_arg = self._input_batch_size = None  # Sequential reads them
        self._initial_weights = None
        self._start_state(trainable)
        for old, value in older.items():
            _older_arguments.TAKE[old](self, old, value)

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = _noting_the_shape(cls.__dict__["build"])

    def _check_initialized(self):
        if "_losses" not in self.__dict__:
            raise RuntimeError(f"{type(self).__name__}.__init__ must call super().__init__() "
                               f"before anything else.")

    # ---------------------------------------------------------------- building

    def build(self, input_shape):
        """Make the weights for inputs of this shape, whose first entry (the batch) is None.

        Called by the first call of the layer; a layer without weights need not define it.
        """
        self._built_for({"input_shape": standard_shapes(input_shape, self.name)})

    def _built_for(self, shapes):
        """Note that the weights are complete, for inputs of these shapes (by argument)."""
        self._build_shapes = shapes
        shape = next(iter(shapes.values()), None)
        if isinstance(shape, tuple):
            self._build_input_shape = shape
        self._path = self._path or self._path_in(calls.frame[0])
        self.built = True
        self._locked = True
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)
            self._initial_weights = None

    def _path_in(self, around):
        if around is None or around is self:
            return self.name
        return f"{around._path or around.name}/{self.name}"

    def _build_for(self, inputs, arguments):
        """Build for the arguments of a call; `inputs` is the first of them."""
        names = _signatures.parameters(type(self).build)
        if len(names) == 1:
            self.build(shapes_of(inputs))
            return
        of_call = _signatures.parameters(type(self).call)
        given = dict(zip(of_call, (inputs, *arguments[0]), strict=False)) | arguments[1]
        for name in names:
            if name.removesuffix("_shape") not in of_call or not name.endswith("_shape"):
                raise ValueError(
                    f"Layer '{self.name}': a build() of several shapes names them after the "
                    f"arguments of call(), which are {', '.join(of_call)}; got '{name}', expected "
                    f"for example '{of_call[0]}_shape'."
                )
        self.build(**{name: shapes_of(given[name.removesuffix("_shape")]) for name in names
                      if given.get(name.removesuffix("_shape")) is not None})

    def get_build_config(self):
        """Return what `build_from_config` needs to make the weights again; None before `build`."""
        if self._build_shapes is None:
            return None
        if len(self._build_shapes) == 1:
            return {"input_shape": next(iter(self._build_shapes.values()))}
        return {"shapes_dict": dict(self._build_shapes)}

    def build_from_config(self, config):
        """Make the weights for the shapes that `get_build_config` returned."""
        if config and "input_shape" in config:
            self.build(as_tuples(config["input_shape"]))
        elif config and "shapes_dict" in config:
            self.build(**{name: as_tuples(shape)
                          for name, shape in config["shapes_dict"].items()})

    # ----------------------------------------------------------------- calling

    def __call__(self, x=_NOTHING, /, *more, training=None, **named):
        """Return the layer's output for a batch.

        Parameters
        ----------
        x : Tensor, array or list, shape (B, ...); or a list or dict of several
            Floats of another type are cast to the layer's, integers are left alone.
        training : bool, optional
            Passed on to `call` if that takes it, and to the layers called therein. Without it
            the flag of the layer around this one counts.
        *more, **named
            Passed on to `call`; arrays become tensors.
        """
        if not self.built:
            self._check_initialized()
        if more or named or x.__class__ is not Tensor:
            x, more, named = self._as_inputs(x, more, named)
        elif x.dtype is not self._np_dtype:
            x = self._as_input(x)
        if isinstance(x, Tensor):
            self._check_input_shape(x.shape)
        if not self.built:
            self._build_for(x, (more, named))
        outer = calls.frame
        around, flag, entry, number = outer
        if training is None:
            training = flag if flag is not None else self._default_training
        if around is None:
            if self._losses_inside:
                self._clear_losses()
            entry, number = self, next(call_numbers)
        calls.frame = (self, training, entry, number)
        try:
            if training is not None and self._takes_training:
                named["training"] = training
            # the second way is four times as fast as an empty * and **
            y = self.call(x, *more, **named) if more or named else self.call(x)
            if self.activity_regularizer is not None:
                self._add_activity_loss(y)
        finally:
            calls.frame = outer
        return y if y.__class__ is Tensor or isinstance(y, _RESULTS) else Tensor(y)

    def call(self, x):
        """Return the output for the Tensor x; subclasses define it."""
        raise NotImplementedError(f"Layer {type(self).__name__} does not define call(self, x).")

    def _add_activity_loss(self, y):
        several = y if isinstance(y, (list, tuple)) else [y]
        for one in y.values() if isinstance(y, dict) else several:
            if isinstance(one, Tensor):
                loss = self.activity_regularizer(one)
                self.add_loss(loss / one.shape[0] if one.shape and one.shape[0] else loss)

    def compute_output_shape(self, input_shape):
        """Return the shape of the output for inputs of this shape.

        Both contain None for the batch. This default calls the layer on zeros; define it in a
        subclass if that is slow or has effects.
        """
        shapes = standard_shapes(input_shape, self.name)
        if not self.built:
            self.build(shapes)

        def zeros(shape):
            return Tensor(np.zeros([1 if n is None else n for n in shape], dtype=self._dtype))

        outer = calls.frame
        calls.frame = (self, outer[1], self, next(call_numbers))
        try:
            with no_grad():
                output = self.call(map_shapes(zeros, shapes))
        finally:
            calls.frame = outer
        if self._losses_inside:
            self._clear_losses()
        first = shapes
        while not is_shape(first):
            first = next(iter(first.values() if isinstance(first, dict) else first))
        if isinstance(output, (list, tuple)):
            return type(output)((first[0], *y.shape[1:]) for y in output)
        return (first[0], *output.shape[1:])

    def compute_mask(self, inputs, previous_mask):
        """Return the mask of the output: that of the input. Masks do not exist here."""
        return previous_mask

    def quantize(self, mode=None, **kwargs):
        """Raise: quantized layers are not part of this library."""
        raise NotImplementedError("quantized layers are not part of this library")

    def _as_input(self, x):
        if not isinstance(x, Tensor):
            if isinstance(x, Layer):
                raise NotImplementedError(lesson(
                    f"Layer '{self.name}' was called on the layer '{x.name}': the functional API "
                    "is not supported.",
                    why="Layers are called on data here; a model says in which order.",
                    use=f"Sequential([Input((8,)), {type(self).__name__}(…)]), or a subclass of "
                        "Model with a method call(self, x)"))
            x = np.asarray(x)
            if x.dtype.kind not in "fiub":
                raise TypeError(f"Layer '{self.name}' expects numbers, got {x.dtype} data.")
            x = Tensor(x, dtype=self._dtype if x.dtype.kind == "f" and self.autocast else None)
        dtype = x.dtype
        if dtype is not self._np_dtype and dtype.kind == "f" and dtype != self._np_dtype \
                and self.autocast:
            x = ops.cast(x, self._dtype)
        return x

    def _as_inputs(self, x, more, named):
        """The arguments of a call that is not just one tensor."""
        if x is _NOTHING:
            first = _signatures.parameters(type(self).call)[:1]
            if not first or first[0] not in named:
                raise TypeError(f"Layer '{self.name}' was called without an input.")
            named = dict(named)
            x = named.pop(first[0])
        x = self._as_nest(x)
        for value in more:
            if isinstance(value, (bool, str)) or callable(value):
                raise ValueError(
                    f"Layer '{self.name}': only tensors may be passed by position, write the "
                    f"name of the argument that is {value!r}."
                )
        more = tuple(None if value is None else self._as_nest(value) for value in more)
        named = {name: self._as_input(value) if isinstance(value, (Tensor, np.ndarray)) else value
                 for name, value in named.items()}
        return x, more, named

    def _as_nest(self, x):
        """A tensor, or a list or dict of them if that is what `x` looks like."""
        if isinstance(x, dict):
            return {name: self._as_nest(value) for name, value in x.items()}
        if isinstance(x, (list, tuple)) and any(
                isinstance(value, (Tensor, np.ndarray, dict)) for value in x):
            return type(x)([self._as_nest(value) for value in x])
        return self._as_input(x)

    def _check_input_shape(self, shape):
        """Raise ValueError if the layer cannot take inputs of this shape (None: not known)."""
        if self.input_spec is not None:
            check_inputs(self.input_spec, shape, self.name)

    # ------------------------------------------------------------------ config

    @property
    def path(self):
        """Names of the layers around this one and its own, joined by ``/``; None before built."""
        return self._path

    @property
    def dtype(self):
        """Name of the float type of weights and computation."""
        return self._dtype

    @property
    def compute_dtype(self):
        """The same as `dtype`."""
        return self._dtype

    @property
    def variable_dtype(self):
        """The same as `dtype`."""
        return self._dtype

    @property
    def input_dtype(self):
        """The same as `dtype`."""
        return self._dtype

    @property
    def dtype_policy(self):
        """The policy that `dtype` comes from; may be set as long as there are no weights."""
        return self._dtype_policy

    @dtype_policy.setter
    def dtype_policy(self, value):
        policy = dtype_policies.get(value)
        if policy.name != self._dtype and self.weights:
            raise ValueError(f"Layer '{self.name}' has weights of type {self._dtype} already; give "
                             f"dtype={policy.name!r} when you make it.")
        self._dtype_policy, self._dtype = policy, policy.name
        self._np_dtype = np.dtype(self._dtype)

    @property
    def quantization_mode(self):
        """None: layers are not quantized here."""
        return None

    def get_config(self):
        """Return the constructor's arguments; subclasses add theirs.

        A subclass without a `get_config` of its own gets one, as long as its arguments are numbers,
        strings, None, or lists and dicts of these.

        Raises
        ------
        NotImplementedError
            If they are not.
        """
        config = {"name": self.name}
        if type(self).get_config is Layer.get_config:
            arguments = self.__dict__.get("_arguments", "it was not made by its constructor")
            if isinstance(arguments, str):
                raise NotImplementedError(
                    f"{type(self).__name__} must define get_config(self) and return {{"
                    f"**super().get_config(), ...}} with its arguments, because {arguments}.")
            config.update(arguments)
        config["trainable"] = self._trainable
        config["dtype"] = dtype_policies.serialize(self._dtype_policy)
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        return config

    @classmethod
    def from_config(cls, config):
        """Make a layer, with new weights, from what `get_config` returned."""
        config = dict(config)
        if isinstance(config.get("dtype"), dict):
            config["dtype"] = dtype_policies.get(config["dtype"]).name
        # what a constructor of the user's own does not take is set afterwards
        trainable = True
        if cls.get_config is Layer.get_config:
            for name in ("name", "dtype", "trainable"):
                if name in config and not _signatures.takes(cls, name):
                    value = config.pop(name)
                    trainable = value if name == "trainable" else trainable
        layer = cls(**config)
        if trainable is False:
            layer.trainable = False
        return layer

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


_RESULTS = (Tensor, list, tuple, dict, type(None))


def _noting_the_shape(build):
    """Wrap the `build` of a subclass: check the shapes, remember them, mark the layer as built."""
    names = _signatures.parameters(build)

    @functools.wraps(build)
    def wrapper(self, *args, **kwargs):
        self._check_initialized()
        if self.__dict__.get("_building"):  # super().build(input_shape)
            return build(self, *args, **kwargs)
        shapes = dict(zip(names, args, strict=False)) | kwargs
        shapes = {name: standard_shapes(shape, self.name) for name, shape in shapes.items()}
        if len(names) == 1 and not shapes:
            shapes = {names[0]: standard_shapes(None, self.name)}
        first = next(iter(shapes.values()), None)
        if self.built:
            raise ValueError(
                f"Layer '{self.name}' is built already, for inputs of shape "
                f"{self._build_input_shape}; got build({first}). Make a new layer instead."
            )
        if is_shape(first):
            self._check_input_shape(first)
        outer = calls.frame
        self._path = self._path or self._path_in(outer[0])
        self._building = True
        calls.frame = (self, *outer[1:])
        try:
            build(self, **shapes)
        finally:
            calls.frame = outer
            self._building = False
        self._built_for(shapes)

    return wrapper
