"""The variables of an optimizer: what it was built for, its state, saving and loading."""


import numpy as np

from .. import initializers
from .._engine import Variable, as_variable
from .._errors import warn
from ..backend import float_dtype, floatx
from .arguments import Hyperparameters


class State(Hyperparameters):
    """The part of :class:`Optimizer` that keeps variables."""

    @property
    def variables(self):
        """Iterations, learning rate (unless it is a schedule), and the state."""
        return list(self._variables)

    def build(self, variables):
        """Make the state of these variables; a subclass calls this first, and adds its own.

        Parameters
        ----------
        variables : list of Tensor
            All that this optimizer will ever update.
        """
        variables = list(variables)
        if self.use_ema:
            self._averages = self.add_optimizer_variables(variables, "average")
        if self.gradient_accumulation_steps:
            self._gathered = [self.add_variable_from_reference(v, "gradient_accumulator")
                              for v in variables]
        self._indices = {id(variable): i for i, variable in enumerate(variables)}
        self.__dict__["_trainable_variables"] = variables       # which are not the optimizer's
        self._overwrites = any(map(is_overwritten, variables))
        self._single = all(v.dtype == np.float32 for v in variables)
        self.built = True

    def _get_variable_index(self, variable):
        return self._indices[id(variable)]

    def _track(self, variable, name):
        variable.name, variable.path = name, f"{self.name}/{name}"
        self._variables.append(variable)
        return variable

    def __setattr__(self, name, value):
        # variables that a subclass makes by itself are found here, as Keras finds them
        if isinstance(value, (list, tuple, Variable)):
            for one in (value,) if isinstance(value, Variable) else value:
                if isinstance(one, Variable) and not any(one is v for v in self._variables):
                    self._variables.append(one)
        super().__setattr__(name, value)

    def add_variable(self, shape, initializer="zeros", dtype=None, aggregation="none",
                     layout=None, name=None):
        """Make a state variable.

        Parameters
        ----------
        shape : tuple of int
        initializer : str or Initializer, default "zeros"
        dtype : {"float32", "float64", "int64"}, default ``floatx()``
        aggregation, layout
            How devices share it, in Keras; there is one device here.
        name : str, optional
        """
        dtype = np.dtype(dtype or floatx())
        if dtype.kind == "i":
            dtype = np.dtype("int64")
        start = initializers.get(initializer)(
            shape, None if dtype.kind == "i" else float_dtype(dtype))
        return self._track(Variable(start, dtype=dtype, trainable=False), name or "variable")

    def add_variable_from_reference(self, reference_variable, name=None, initializer="zeros"):
        """Make a state variable of the shape and dtype of another variable."""
        owner = getattr(reference_variable, "path", None) or reference_variable.name or "tensor"
        return self.add_variable(
            reference_variable.shape, initializer, reference_variable.dtype,
            name=f"{owner.replace('/', '_').replace(':', '_')}_{name or 'var'}")

    def add_optimizer_variables(self, trainable_variables, name, initializer="zeros"):
        """Make one state variable of each name for every variable.

        Returns a list, or, if `name` is a list, a tuple of lists.  `initializer` may be a list
        too.  (A variable with ``overwrite_with_gradient`` gets None.)
        """
        names = [name] if isinstance(name, str) else list(name)
        starts = list(initializer) if isinstance(initializer, (list, tuple)) else (
            [initializer] * len(names))
        if len(names) != len(starts):
            raise ValueError(f"{len(names)} names of state variables, {len(starts)} initializers")
        made = tuple([] for _ in names)
        for variable in trainable_variables:
            for into, one, start in zip(made, names, starts, strict=True):
                into.append(None if is_overwritten(variable) else
                            self.add_variable_from_reference(variable, one, start))
        return made[0] if isinstance(name, str) else made

    def assign(self, variable, value):
        """``variable ← value``, recorded (for ``update_step``)."""
        as_variable(variable).assign(value)

    def assign_add(self, variable, value):
        """``variable ← variable + value``, recorded (for ``update_step``)."""
        as_variable(variable).assign_add(value)

    def assign_sub(self, variable, value):
        """``variable ← variable − value``, recorded (for ``update_step``)."""
        as_variable(variable).assign_sub(value)

    def set_weights(self, weights):
        """Give all `variables` new values, a list of arrays in their order."""
        if not self.built:
            raise ValueError(f"{type(self).__name__} has no state yet: call build(variables) "
                             "before set_weights()")
        self._load(list(weights))

    def save_own_variables(self, store):
        """Put the variables into a dict-like store as arrays, under ``"0"``, ``"1"``, …"""
        for i, variable in enumerate(self.variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store):
        """Take the variables from such a store; with another number of them, only warn."""
        if len(store.keys()) != len(self._variables):
            warn(
                f"the state of optimizer '{self.name}' is not loaded: {len(store.keys())} "
                f"variables were saved, it has {len(self._variables)}"
                + ("" if self.built else " because it was not built yet"))
            return
        self._load([store[str(i)] for i in range(len(self._variables))])

    def _load(self, values):
        values = [np.asarray(value) for value in values]
        if len(values) != len(self._variables):
            raise ValueError(f"{type(self).__name__} has {len(self._variables)} variables, got "
                             f"{len(values)} arrays")
        for variable, value in zip(self._variables, values, strict=True):
            if variable.shape != value.shape:
                raise ValueError(f"the optimizer's variable {variable.path} has shape "
                                 f"{variable.shape}, got an array of shape {value.shape}")
        for variable, value in zip(self._variables, values, strict=True):
            variable.assign(value)

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.__dict__["_indices"] = {id(v): i for i, v in enumerate(self._trainable_variables)}


def is_overwritten(variable):
    """Whether a step gives the variable its gradient as value (as Keras's float8 layers do)."""
    if type(variable) is Variable or not isinstance(variable, Variable):
        return False        # only a subclass can have it
    try:        # not getattr: what a tensor lacks is looked for among the operations, 0.7 ms
        return bool(object.__getattribute__(variable, "overwrite_with_gradient"))
    except AttributeError:
        return False
