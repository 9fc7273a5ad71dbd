"""KerasClassifier and KerasRegressor, at the import path that older code uses."""

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted

from .. import losses
from .estimator import KerasEstimator

__all__ = ["KerasClassifier", "KerasRegressor"]


class KerasClassifier(ClassifierMixin, KerasEstimator):
    """A classifier for scikit-learn, made from a function that builds a model.

    Parameters
    ----------
    model : callable or Model
        A function that returns a model.  Its arguments are parameters of the estimator, as
        ``name`` or ``model__name``; an argument called ``meta`` gets a dict with what is known of
        the data (``n_features_in_``, ``n_classes_``, ...), one called ``compile_kwargs`` the
        arguments for ``compile``.  A model that exists already is copied for each fit.
    build_fn : callable
        The older name of `model` (``keras.wrappers.scikit_learn``).
    warm_start : bool, default False
        Whether ``fit`` goes on with the model of the last fit.
    random_state : int, RandomState, optional
        Makes the weights, the shuffling and dropout the same in every fit.
    optimizer, loss, metrics
        For ``compile``, if the function returns a model that is not compiled: names, instances
        or classes (with ``optimizer__learning_rate=...`` for their arguments).  Without them
        rmsprop, and the cross-entropy that fits the outputs.  If the function has arguments of
        these names, they go there.
    batch_size, epochs, validation_split, validation_batch_size, shuffle, callbacks
        For ``fit``; ``fit__name`` for its other arguments.  Callbacks may be classes
        (``callbacks__patience=...``).
    verbose : {"auto", 0, 1, 2}, default 1
        For ``fit`` and ``predict``.
    run_eagerly : bool
        For ``compile``.
    **kwargs
        Arguments of the model function or of ``fit`` (``class_weight`` by the labels in y, or
        ``"balanced"``), and those with a prefix: ``model__``, ``compile__``, ``optimizer__``,
        ``loss__``, ``metrics__``, ``callbacks__``, ``fit__``, ``predict__``.

    Attributes
    ----------
    model_ : Model
        The trained model.
    history_ : dict of str to list of float
        One number per epoch trained so far.
    classes_ : ndarray of shape (n_classes_,)
        The labels in sorted order; column numbers where y is one-hot or multilabel.

    Raises
    ------
    ValueError
        For a parameter that nobody takes, with "did you mean".

    Notes
    -----
    y may hold labels of any kind, of shape (n,), or rows of 0 and 1: one-hot (each row sums to 1),
    or several labels per sample.  Labels become numbers for a sparse loss, rows of 0 and 1 for any
    other loss with several outputs.  ``predict`` answers in the form of y, but class numbers for
    one-hot y if `build_fn` is used, as ``keras.wrappers.scikit_learn`` did.

    Parameter routing follows SciKeras.

    Examples
    --------
    >>> import autograd_mlp as keras
    >>> def build(hidden=4):
    ...     return keras.Sequential([
    ...         keras.Input((2,)),
    ...         keras.layers.Dense(hidden, activation="tanh"),
    ...         keras.layers.Dense(1, activation="sigmoid")])
    >>> classifier = KerasClassifier(build, hidden=8, optimizer="adam",
    ...                              optimizer__learning_rate=0.1, epochs=100, verbose=0,
    ...                              random_state=0)
    >>> x, y = keras.datasets.xor.load_data()
    >>> labels = np.where(y.ravel() == 1, "different", "equal")
    >>> classifier.fit(x, labels).predict(x).tolist()
    ['equal', 'different', 'different', 'equal']
    """

    _numeric_targets = False

    def _learn_targets(self, y):
        check_classification_targets(y)
        kind = type_of_target(y)
        if kind == "multilabel-indicator":
            one_hot = (y.sum(axis=1) == 1).all()
            self.target_type_ = "multiclass-onehot" if one_hot else kind
            self.classes_ = np.arange(y.shape[1])
        elif kind in ("binary", "multiclass"):
            self.target_type_ = kind
            self.classes_ = np.unique(y) if self._all_classes is None else self._all_classes
            if len(self.classes_) == 1:
                raise ValueError("KerasClassifier can't train when only one class is present: y "
                                 f"holds nothing but {self.classes_[0]!r}")
        else:
            raise ValueError(f"KerasClassifier: targets of type {kind} are not supported; give "
                             "labels of shape (n,), or rows of 0 and 1")
        self.n_classes_ = len(self.classes_)

    def _targets(self, y, sample_weight):
        class_weight = self._extra.get("class_weight")
        if class_weight is not None:
            shown = y.argmax(axis=1) if self.target_type_ == "multiclass-onehot" else y
            weights = compute_sample_weight(class_weight, shown)
            sample_weight = weights if sample_weight is None else weights * sample_weight
        outputs = self.model_.output_shape[-1]
        if self.target_type_ in ("binary", "multiclass"):
            unknown = np.setdiff1d(y, self.classes_)
            if unknown.size:
                raise ValueError(f"y holds the label {unknown[0]!r}, which the first fit had not: "
                                 f"it had {self.classes_}")
            y = np.searchsorted(self.classes_, y)
        classes = 2 if outputs == 1 and self.target_type_ != "multilabel-indicator" else outputs
        if classes != self.n_classes_:
            raise ValueError(
                f"y has {self.n_classes_} classes, the model has {outputs} outputs: its last "
                f"layer needs {self.n_classes_} units" +
                (" (or 1, with sigmoid)" if self.n_classes_ == 2 else ""))
        loss = self.model_.loss
        sparse = "sparse" in (loss if isinstance(loss, str) else losses.object_name(loss))
        if outputs == 1 and y.ndim == 2:
            y = y.argmax(axis=1)
        elif sparse and y.ndim == 2:
            y = y.argmax(axis=1)
        elif outputs > 1 and y.ndim == 1 and not sparse:
            y = np.eye(outputs, dtype=np.float32)[y]
        return y, sample_weight

    def _fit_names(self):
        return [name for name in super()._fit_names() if name != "class_weight"]

    def _default_loss(self, model):
        if model is None:
            several = self.n_classes_ > 2
        else:
            several = model.output_shape[-1] > 1
        if not several or self.target_type_ == "multilabel-indicator":
            return "binary_crossentropy"
        return "categorical_crossentropy" if self.target_type_ == "multiclass-onehot" else \
            "sparse_categorical_crossentropy"

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train for one more epoch, on the model as it is (a new one the first time).

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.
        classes : array_like, optional
            All labels there are, if the first y lacks some of them.
        """
        if classes is not None and not hasattr(self, "model_"):
            self._all_classes = np.unique(classes)
        try:
            return super().partial_fit(X, y, sample_weight)
        finally:
            self._all_classes = None

    _all_classes = None

    def predict_proba(self, X, **kwargs):
        """Return the probability of each class, an array of shape (n, n_classes_).

        These are the outputs of the model; one output p becomes (1 − p, p).
        """
        y = self._outputs(X, **kwargs)
        return np.hstack([1 - y, y]) if y.shape[-1] == 1 and self.n_classes_ == 2 else y

    def predict(self, X, **kwargs):
        """Return the most probable label of each sample, in the form of the y of ``fit``."""
        check_is_fitted(self, "model_")
        y = self.predict_proba(X, **kwargs)
        if self.target_type_ == "multilabel-indicator":
            return (y > 0.5).astype(int)
        best = y.argmax(axis=-1)
        if self.target_type_ == "multiclass-onehot" and self.build_fn is None:
            return np.eye(self.n_classes_, dtype=int)[best]
        return self.classes_[best]

    def score(self, X, y, sample_weight=None):
        """Return the share of samples whose label is predicted rightly."""
        y, predicted = np.asarray(y), self.predict(X)
        if y.ndim == 2 and predicted.ndim == 1:
            y = y.argmax(axis=1) if y.shape[1] > 1 else y.ravel()
        return accuracy_score(y, predicted, sample_weight=sample_weight)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class KerasRegressor(RegressorMixin, KerasEstimator):
    """A regressor for scikit-learn, made from a function that builds a model.

    The parameters are those of `KerasClassifier`; without `loss` it is the mean squared error.

    Notes
    -----
    y has shape (n,) or (n, outputs), and so has what ``predict`` returns.  ``score`` is R², as of
    all regressors; with `build_fn` it is the negative loss, as ``keras.wrappers.scikit_learn`` had
    it, so that older scripts print their old figures.

    Examples
    --------
    >>> import autograd_mlp as keras
    >>> def build():
    ...     return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> regressor = KerasRegressor(build, optimizer="sgd", optimizer__learning_rate=0.1,
    ...                            epochs=150, verbose=0, random_state=0)
    >>> x = np.linspace(-1, 1, 32)[:, None]
    >>> regressor.fit(x, 3 * x[:, 0] + 1).predict([[2.0]]).round(2)
    array([7.])
    """

    _numeric_targets = True

    def _learn_targets(self, y):
        self.target_type_ = type_of_target(y)
        self.n_outputs_ = 1 if y.ndim == 1 else y.shape[1]
        self._columns = y.ndim > 1

    def _targets(self, y, sample_weight):
        outputs = self.model_.output_shape[-1]
        if outputs != self.n_outputs_:
            raise ValueError(f"y has {self.n_outputs_} values per sample, the model has {outputs} "
                             f"outputs: its last layer needs {self.n_outputs_} units")
        return y, sample_weight

    def _default_loss(self, model):
        return "mean_squared_error"

    def predict(self, X, **kwargs):
        """Return the model's outputs in float64, of the shape of the y of ``fit``."""
        y = self._outputs(X, **kwargs).astype(np.float64)
        return y if self._columns else y.reshape(len(y))

    def score(self, X, y, sample_weight=None):
        """Return R² of the predictions (the negative loss if `build_fn` is used)."""
        if self.build_fn is None:
            return super().score(X, y, sample_weight)
        X, y = self._validated(X, y, reset=False)
        loss = self.model_.evaluate(X, y, sample_weight=sample_weight, verbose=self.verbose,
                                    batch_size=self.batch_size)
        return -(loss[0] if isinstance(loss, list) else loss)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
