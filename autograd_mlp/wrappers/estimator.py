"""What `KerasClassifier` and `KerasRegressor` share: parameters, building, fitting."""

import contextlib
import copy
import numbers

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    column_or_1d,
    validate_data,
)

from .. import losses, metrics, optimizers, random
from ..models import Model, Sequential
from .routing import PREFIXES, check_names, made, parameters_of, routed


class KerasEstimator(BaseEstimator):
    """Base of the two estimators; see `KerasClassifier` for the parameters."""

    def __init__(self, model=None, *, build_fn=None, warm_start=False, random_state=None,
                 optimizer=None, loss=None, metrics=None, batch_size=None,
                 validation_batch_size=None, verbose=1, callbacks=None, validation_split=0.0,
                 shuffle=True, run_eagerly=False, epochs=1, **kwargs):
        self.model = model
        self.build_fn = build_fn
        self.warm_start = warm_start
        self.random_state = random_state
        self.optimizer = optimizer
        self.loss = loss
        self.metrics = metrics
        self.batch_size = batch_size
        self.validation_batch_size = validation_batch_size
        self.verbose = verbose
        self.callbacks = callbacks
        self.validation_split = validation_split
        self.shuffle = shuffle
        self.run_eagerly = run_eagerly
        self.epochs = epochs
        self._extra = kwargs    # parameters of the model function, and those with a prefix

    # ---- parameters ------------------------------------------------------------

    def get_params(self, deep=True):
        """Return all parameters by name, the model function's among them."""
        return super().get_params(deep=False) | self._extra

    def set_params(self, **params):
        """Change parameters; whether somebody takes them is checked in ``fit``."""
        own = self._get_param_names()
        for name in [name for name in params if name in own]:
            setattr(self, name, params.pop(name))
        self._extra = self._extra | params
        return self

    # ---- the model -------------------------------------------------------------

    def _builder(self):
        if self.model is not None and self.build_fn is not None:
            raise ValueError(f"{type(self).__name__}: give `model` or the older `build_fn`, "
                             "not both")
        return self.build_fn if self.model is None else self.model

    def _build(self, X):
        """A new model for data of this shape, compiled."""
        builder = self._builder()
        extra = self._extra
        settings = {name: value for name in ("optimizer", "loss", "metrics")
                    if (value := getattr(self, name)) is not None}
        if isinstance(builder, Model):
            model, taken = copy.deepcopy(builder), ()
            if routed(extra, "model"):
                raise ValueError(f"{type(self).__name__}: parameters model__… need a function "
                                 "that builds the model, not a model")
        elif callable(builder):
            names, anything = parameters_of(builder)
            offered = settings | {name: value for name, value in extra.items()
                                  if name.split("__", 1)[0] not in PREFIXES or "__" not in name}
            arguments = {n: v for n, v in offered.items() if n in names} | routed(extra, "model")
            if anything:
                arguments = {n: v for n, v in offered.items()
                             if n not in settings and n not in self._fit_names()} | arguments
            if "meta" in names:
                arguments["meta"] = self._meta()
            if "compile_kwargs" in names:
                arguments["compile_kwargs"] = self._compile_arguments(None)
            model, taken = builder(**arguments), arguments
        else:
            raise ValueError(f"{type(self).__name__} needs a function that returns a model (or a "
                             f"model) as `model`, got {builder!r}")
        if not isinstance(model, Model):
            raise TypeError(f"{type(self).__name__}: the model function must return a model, got "
                            f"a {type(model).__name__}; does it end with `return model`?")
        if not model.built:
            model.build((None, *X.shape[1:]))
        if not model.compiled:
            model.compile(**self._compile_arguments(model))
        else:
            unused = [name for name in settings
                      if name not in taken and "compile_kwargs" not in taken]
            unused += [name for name in extra
                       if name.startswith(("optimizer__", "loss__", "metrics__", "compile__"))
                       and "compile_kwargs" not in taken]
            if unused:
                raise ValueError(
                    f"{type(self).__name__}: {', '.join(unused)} would have no effect, because "
                    "the model function compiles the model itself; let it take them as "
                    "arguments, or let it return the model without compiling it")
        return model

    def _compile_arguments(self, model):
        extra = self._extra
        loss = self._default_loss(model) if self.loss is None else self.loss
        optimizer = "rmsprop" if self.optimizer is None else self.optimizer
        if isinstance(optimizer, optimizers.Optimizer):
            optimizer = type(optimizer).from_config(optimizer.get_config())
        return {
            "optimizer": made(optimizer, routed(extra, "optimizer"), optimizers.get),
            "loss": made(loss, routed(extra, "loss"), _loss_of),
            "metrics": made(self.metrics, routed(extra, "metrics"), metrics.get),
            "run_eagerly": self.run_eagerly,
        } | routed(extra, "compile")

    def _default_loss(self, model):
        raise NotImplementedError

    def _meta(self):
        """What is known of the data, for a model function that takes ``meta``."""
        return {name: value for name, value in vars(self).items() if name.endswith("_")
                and not name.startswith("_")}

    # ---- fitting -----------------------------------------------------------------

    def _fit_names(self):
        return parameters_of(Sequential.fit)[0][1:]

    def fit(self, X, y, sample_weight=None, **kwargs):
        """Build the model (unless `warm_start`) and train it.

        Parameters
        ----------
        X : array_like, shape (n, ...)
        y : array_like, shape (n,) or (n, outputs)
        sample_weight : array_like of shape (n,), optional
        **kwargs
            Arguments of ``Sequential.fit`` for this call, such as ``epochs``.

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight, kwargs, reset=not (
            self.warm_start and hasattr(self, "model_")))

    def partial_fit(self, X, y, sample_weight=None):
        """Train for one more epoch, on the model as it is (a new one the first time)."""
        return self._fit(X, y, sample_weight, {"epochs": 1}, reset=not hasattr(self, "model_"))

    def _fit(self, X, y, sample_weight, arguments, reset):
        check_names(type(self).__name__, self._extra, self._builder(), self._get_param_names())
        X, y = self._validated(X, y, reset)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X)
        with self._seeded():
            if reset:
                model = self._build(X)
                self.model_, self.history_ = model, {}
            targets, weights = self._targets(y, sample_weight)
            call = {name: getattr(self, name) for name in (
                "batch_size", "epochs", "verbose", "validation_split", "shuffle",
                "validation_batch_size")}
            extra = self._extra
            call |= {n: v for n, v in extra.items() if n in self._fit_names()}
            call |= routed(extra, "fit") | arguments
            call.setdefault("callbacks", _list_of(made(self.callbacks, routed(extra, "callbacks"))))
            history = self.model_.fit(X, targets, sample_weight=weights, **call)
        for name, values in history.history.items():
            self.history_.setdefault(name, []).extend(values)
        return self

    def _validated(self, X, y, reset):
        X, y = validate_data(self, X, y, reset=reset, allow_nd=True, multi_output=True,
                             y_numeric=self._numeric_targets)
        y = np.asarray(y)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if reset:
            self.X_shape_ = X.shape
            self._learn_targets(y)
        return X, y

    def _learn_targets(self, y):
        """Note what the targets look like."""
        raise NotImplementedError

    def _targets(self, y, sample_weight):
        """Targets as the model's loss wants them, and sample weights."""
        raise NotImplementedError

    @property
    def current_epoch(self):
        """How many epochs were trained since the model was built."""
        return len(getattr(self, "history_", {}).get("loss", ()))

    @contextlib.contextmanager
    def _seeded(self):
        """Within it the library's random numbers follow from `random_state`."""
        if self.random_state is None:
            yield
            return
        seed = self.random_state
        if not isinstance(seed, numbers.Integral):
            seed = check_random_state(seed).randint(2**31 - 1)
        with random.seeded(int(seed)):
            yield

    def _outputs(self, X, **kwargs):
        """The model's outputs for samples."""
        check_is_fitted(self, "model_")
        X = validate_data(self, X, reset=False, allow_nd=True)
        call = {"batch_size": self.batch_size, "verbose": self.verbose}
        return self.model_.predict(X, **(call | routed(self._extra, "predict") | kwargs))

    def __sklearn_is_fitted__(self):
        return hasattr(self, "model_")


def _list_of(found):
    return found if found is None or isinstance(found, list) else \
        list(found.values()) if isinstance(found, dict) else [found]


def _loss_of(name):
    """An instance of the class of a loss that is named like a function."""
    found = losses.get(name)
    if isinstance(found, losses.Loss):
        return found
    for cls in vars(losses).values():
        if isinstance(cls, type) and issubclass(cls, losses.Loss) and \
                losses.snake_case(cls.__name__) == found.__name__:
            return cls()
    raise ValueError(f"the loss {name!r} takes no arguments")
