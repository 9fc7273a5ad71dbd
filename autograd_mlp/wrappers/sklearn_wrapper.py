"""The wrappers of Keras 3: a compiled model, or a function of X and y that returns one."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from ..models import Model

__all__ = ["SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer"]


class _Wrapper(BaseEstimator):
    def __init__(self, model, warm_start=False, model_kwargs=None, fit_kwargs=None):
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def fit(self, X, y, **kwargs):
        """Build or copy the model and train it.

        Parameters
        ----------
        X : array_like, shape (n, features)
        y : array_like, shape (n,) or (n, outputs)
        **kwargs
            Arguments of ``Sequential.fit``; they go before `fit_kwargs`.

        Returns
        -------
        self
        """
        X, y = validate_data(self, X, y, multi_output=True, y_numeric=self._numeric_targets)
        targets = self._encoded(y)
        if not (self.warm_start and hasattr(self, "model_")):
            if isinstance(self.model, Model):
                model = self.model if self.warm_start else _copy(self.model)
            else:
                model = self.model(X=X, y=targets, **(self.model_kwargs or {}))
            if not getattr(model, "compiled", False) or not model.loss or not model.optimizer:
                raise RuntimeError(f"{type(self).__name__}: the given model needs to be compiled, "
                                   "and to have a loss and an optimizer")
            self.model_ = model
        self.history_ = self.model_.fit(X, targets, **((self.fit_kwargs or {}) | kwargs))
        return self

    def _encoded(self, y):
        """Targets as the model gets them."""
        self._columns = y.ndim > 1
        return y if self._columns else y[:, None]

    def _outputs(self, X):
        check_is_fitted(self, "model_")
        return self.model_.predict(validate_data(self, X, reset=False), verbose=0)

    @property
    def epoch_(self):
        """Numbers of the epochs of the last fit."""
        return self.history_.epoch if hasattr(self, "history_") else 0

    def predict(self, X):
        """Return the model's outputs, of the shape of the y of ``fit``."""
        y = self._outputs(X)
        return y if self._columns or y.shape[-1] != 1 else y[..., 0]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags


def _copy(model):
    """A model with new weights and the same settings of ``compile``."""
    from ..models import clone_model

    copy = clone_model(model)
    if not copy.compiled and model.compiled:
        copy.compile_from_config(model.get_compile_config())
    return copy


class SKLearnClassifier(ClassifierMixin, _Wrapper):
    """A classifier out of a compiled model, as ``keras.wrappers.SKLearnClassifier``.

    Parameters
    ----------
    model : Model or callable
        A compiled model with one output per class, copied with new weights for each fit; or a
        function that is called as ``model(X=X, y=y, **model_kwargs)``, y one-hot of shape
        (n, classes), and returns such a model.
    warm_start : bool, default False
        Train the model itself, and go on with its weights in the next fit.
    model_kwargs : dict, optional
        Arguments of the function.
    fit_kwargs : dict, optional
        Arguments of ``Sequential.fit``; those given to ``fit`` go before them.

    Attributes
    ----------
    model_ : Model
        The trained model.
    history_ : History
        What the last ``fit`` returned.
    classes_ : ndarray of shape (classes,)
        The labels in sorted order.

    Notes
    -----
    y has shape (n,) and holds labels of any kind.  ``predict`` returns labels (Keras 3 does too);
    ``decision_function`` the model's outputs, of shape (n, classes).  ``fit_kwargs`` of a clone
    are kept (Keras 3.15 loses them).

    Examples
    --------
    >>> import autograd_mlp as keras
    >>> def build(X, y, hidden):
    ...     model = keras.Sequential([keras.Input(X.shape[1:]),
    ...         keras.layers.Dense(hidden, activation="tanh"),
    ...         keras.layers.Dense(y.shape[1], activation="softmax")])
    ...     model.compile(keras.optimizers.Adam(0.1), "categorical_crossentropy")
    ...     return model
    >>> keras.set_random_seed(1)
    >>> classifier = SKLearnClassifier(build, model_kwargs={"hidden": 8})
    >>> x, y = keras.datasets.xor.load_data()
    >>> classifier.fit(x, y.ravel(), epochs=100, verbose=0).predict(x).tolist()
    [0.0, 1.0, 1.0, 0.0]
    """

    _numeric_targets = False

    def _encoded(self, y):
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        kind = type_of_target(y)
        if kind not in ("binary", "multiclass"):
            raise ValueError(f"Only binary and multiclass target types are supported. Target "
                             f"type: {kind}")
        self.classes_ = np.unique(y)
        if len(self.classes_) == 1:
            raise ValueError("Classifier can't train when only one class is present: y holds "
                             f"nothing but {self.classes_[0]!r}")
        return np.eye(len(self.classes_))[np.searchsorted(self.classes_, y)]

    def decision_function(self, X):
        """Return the model's outputs, an array of shape (n, classes)."""
        return self._outputs(X)

    def predict(self, X):
        """Return the label of the largest output of each sample."""
        best = self._outputs(X).argmax(axis=-1)
        return self.classes_[best]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags


class SKLearnRegressor(RegressorMixin, _Wrapper):
    """A regressor out of a compiled model, as ``keras.wrappers.SKLearnRegressor``.

    The parameters are those of `SKLearnClassifier`; a function gets y of shape (n, outputs).

    Examples
    --------
    >>> import autograd_mlp as keras
    >>> keras.set_random_seed(1)
    >>> def build(X, y):
    ...     model = keras.Sequential([keras.Input(X.shape[1:]), keras.layers.Dense(y.shape[1])])
    ...     model.compile(keras.optimizers.SGD(0.1), "mse")
    ...     return model
    >>> x = np.linspace(-1, 1, 32)[:, None]
    >>> regressor = SKLearnRegressor(build).fit(x, 3 * x[:, 0] + 1, epochs=150, verbose=0)
    >>> regressor.predict([[2.0]]).round(2)
    array([7.], dtype=float32)
    """

    _numeric_targets = True

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        tags.target_tags.multi_output = True
        return tags


class SKLearnTransformer(TransformerMixin, _Wrapper):
    """A transformer out of a compiled model: ``transform`` gives the model's outputs.

    The parameters are those of `SKLearnClassifier`.
    """

    _numeric_targets = True

    def transform(self, X):
        """Return the model's outputs for samples of shape (n, features)."""
        return self._outputs(X)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
