"""KerasClassifier, KerasRegressor and the wrappers of Keras 3 inside scikit-learn's tools."""

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.base import clone  # noqa: E402
from sklearn.datasets import load_iris, make_regression  # noqa: E402
from sklearn.model_selection import (  # noqa: E402
    GridSearchCV,
    KFold,
    RandomizedSearchCV,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

import autograd_mlp as keras  # noqa: E402
from autograd_mlp import Input, Sequential  # noqa: E402
from autograd_mlp.layers import Dense  # noqa: E402
from autograd_mlp.wrappers import (  # noqa: E402
    KerasClassifier,
    KerasRegressor,
    SKLearnClassifier,
    SKLearnTransformer,
)

X, LABELS = load_iris(return_X_y=True)
ORDER = np.random.default_rng(0).permutation(len(X))
X, LABELS = StandardScaler().fit_transform(X)[ORDER], LABELS[ORDER]
NAMES = np.array(["setosa", "versicolor", "virginica"])[LABELS]
ONE_HOT = np.eye(3)[LABELS]


def compiled(units=8, optimizer="adam", loss="categorical_crossentropy"):
    model = Sequential([Input((4,)), Dense(units, activation="relu"),
                        Dense(3, activation="softmax")])
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


def bare(units=8):
    return Sequential([Input((4,)), Dense(units, activation="relu"),
                       Dense(3, activation="softmax")])


FAST = {"optimizer": "adam", "optimizer__learning_rate": 0.05, "epochs": 15, "verbose": 0,
        "random_state": 0}


@pytest.mark.parametrize("y", [LABELS, NAMES, ONE_HOT], ids=["numbers", "names", "one-hot"])
def test_old_style(y):
    classifier = KerasClassifier(build_fn=compiled, units=16, epochs=40, batch_size=8, verbose=0,
                                 random_state=1)
    assert classifier.fit(X, y).score(X, y) > 0.9
    predicted = classifier.predict(X)
    assert predicted.shape == (150,)                # class numbers, also for one-hot y
    assert set(predicted) <= set(LABELS if y.ndim > 1 else y)
    assert classifier.predict_proba(X[:2]).shape == (2, 3)
    assert len(classifier.history_["accuracy"]) == 40


@pytest.mark.parametrize("y", [LABELS, NAMES, ONE_HOT], ids=["numbers", "names", "one-hot"])
def test_new_style(y):
    classifier = KerasClassifier(bare, model__units=16, **FAST).fit(X, y)
    assert classifier.score(X, y) > 0.9
    assert classifier.predict(X).shape == y.shape
    assert classifier.model_.layers[0].units == 16
    assert classifier.model_.optimizer.learning_rate.item() == pytest.approx(0.05)


def test_two_classes_with_one_or_two_outputs():
    y = LABELS == 0
    for units, activation in ((1, "sigmoid"), (2, "softmax")):
        classifier = KerasClassifier(lambda units=units, activation=activation: Sequential(
            [Input((4,)), Dense(units, activation=activation)]), **FAST).fit(X, y)
        assert classifier.score(X, y) == 1.0
        assert classifier.predict(X[:2]).dtype == bool
        np.testing.assert_allclose(classifier.predict_proba(X).sum(axis=1), 1, rtol=1e-6)


def test_several_labels_per_sample():
    y = np.column_stack([X[:, 0] > 0, X[:, 1] > 0]).astype(int)
    classifier = KerasClassifier(lambda: Sequential([Input((4,)), Dense(2, "sigmoid")]), **FAST)
    assert classifier.fit(X, y).predict(X).shape == (150, 2)
    assert classifier.score(X, y) > 0.85


def test_meta_and_compile_kwargs_reach_the_function():
    def build(meta, compile_kwargs):
        model = Sequential([Input((meta["n_features_in_"],)), Dense(meta["n_classes_"], "softmax")])
        model.compile(**compile_kwargs)
        return model

    assert KerasClassifier(build, **FAST).fit(X, NAMES).score(X, NAMES) > 0.9


def test_a_model_that_exists_is_copied_for_each_fit():
    model = compiled()
    before = model.get_weights()
    classifier = KerasClassifier(model, epochs=2, verbose=0).fit(X, ONE_HOT)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert classifier.model_ is not model


def test_random_state_repeats_a_fit_and_leaves_the_generator_alone():
    keras.set_random_seed(5)
    expected = keras.random.generator().random()
    keras.set_random_seed(5)
    first, second = (KerasClassifier(bare, **FAST).fit(X, NAMES) for _ in range(2))
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))
    assert keras.random.generator().random() == expected


def test_warm_start_and_partial_fit_go_on():
    classifier = KerasClassifier(bare, warm_start=True, **FAST).fit(X, NAMES)
    model = classifier.model_
    classifier.fit(X, NAMES, epochs=3)
    assert classifier.model_ is model and classifier.current_epoch == 18
    classifier.partial_fit(X, NAMES)
    assert classifier.model_ is model and classifier.current_epoch == 19


def test_class_weight_by_label():
    few = np.where(LABELS == 2, "rare", "common")
    keep = np.concatenate([np.flatnonzero(few == "common"), np.flatnonzero(few == "rare")[:5]])
    settings = {**FAST, "epochs": 5, "optimizer__learning_rate": 0.005}
    shares = [(KerasClassifier(lambda: Sequential([Input((4,)), Dense(1, "sigmoid")]),
                               **settings, **weight).fit(X[keep], few[keep]).predict(X)
               == "rare").mean()
              for weight in ({}, {"class_weight": {"common": 0.01, "rare": 10.0}},
                             {"class_weight": {"common": 10.0, "rare": 0.01}})]
    assert shares[1] > shares[0] >= shares[2]
    KerasClassifier(bare, class_weight="balanced", **FAST).fit(X, NAMES)


def test_callbacks_are_made_anew():
    classifier = KerasClassifier(bare, callbacks=keras.callbacks.LearningRateScheduler,
                                 callbacks__schedule=lambda epoch: 0.1 / (epoch + 1), **FAST)
    classifier.fit(X, NAMES)
    assert classifier.model_.optimizer.learning_rate.item() == pytest.approx(0.1 / 15)


def test_in_pipeline_and_cross_validation():
    pipe = make_pipeline(StandardScaler(), KerasClassifier(bare, **FAST))
    scores = cross_val_score(pipe, X, NAMES, cv=KFold(3, shuffle=True, random_state=0))
    assert scores.shape == (3,) and scores.min() > 0.8


def test_grid_search_in_worker_processes():
    search = GridSearchCV(
        KerasClassifier(build_fn=compiled, verbose=0, random_state=0, optimizer="adam"),
        {"epochs": [1, 15], "units": [2, 16], "batch_size": [4]}, cv=3, n_jobs=2)
    search.fit(X, ONE_HOT)
    assert search.best_params_ == {"epochs": 15, "units": 16, "batch_size": 4}
    assert search.best_score_ > 0.8


def test_randomized_search():
    search = RandomizedSearchCV(
        KerasClassifier(bare, **FAST), {"optimizer__learning_rate": [0.001, 0.05],
                                        "model__units": [4, 8]},
        n_iter=3, cv=2, random_state=0).fit(X, NAMES)
    assert search.best_params_["optimizer__learning_rate"] == 0.05


def test_clone_keeps_every_parameter():
    classifier = KerasClassifier(bare, model__units=3, fit__initial_epoch=1, **FAST)
    copy = clone(classifier)
    assert copy.get_params() == classifier.get_params()
    assert copy.set_params(model__units=5).get_params()["model__units"] == 5
    assert classifier.get_params()["model__units"] == 3


def test_regressor_scores():
    x, y = make_regression(200, 3, noise=1.0, random_state=0)
    x, y = x.astype(np.float32), y / y.std()

    def build():
        model = Sequential([Input((3,)), Dense(1)])
        model.compile(keras.optimizers.Adam(0.1), "mse")
        return model

    new = KerasRegressor(build, epochs=40, verbose=0, random_state=0).fit(x, y)
    assert new.score(x, y) > 0.9                    # R²
    old = KerasRegressor(build_fn=build, epochs=40, verbose=0, random_state=0).fit(x, y)
    assert old.score(x, y) == pytest.approx(-np.mean((old.predict(x) - y) ** 2), rel=1e-4)
    two = np.column_stack([y, -y])
    wide = KerasRegressor(lambda: Sequential([Input((3,)), Dense(2)]), **FAST).fit(x, two)
    assert wide.predict(x).shape == (200, 2)


def test_keras_3_wrappers():
    def build(X, y, units):
        model = Sequential([Input(X.shape[1:]), Dense(units, activation="tanh"),
                            Dense(y.shape[1], activation="softmax")])
        model.compile(keras.optimizers.Adam(0.05), "categorical_crossentropy")
        return model

    keras.set_random_seed(0)
    classifier = SKLearnClassifier(build, model_kwargs={"units": 8},
                                   fit_kwargs={"epochs": 15, "verbose": 0})
    assert classifier.fit(X, NAMES).score(X, NAMES) > 0.9
    assert classifier.history_.epoch == list(range(15))
    assert clone(classifier).fit_kwargs == classifier.fit_kwargs
    model = Sequential([Input((4,)), Dense(2)])
    model.compile("sgd", "mse")
    transformer = SKLearnTransformer(model, fit_kwargs={"verbose": 0})
    assert transformer.fit_transform(X, X[:, :2]).shape == (150, 2)
    assert transformer.model_ is not model
    with pytest.raises(RuntimeError, match="needs to be compiled"):
        SKLearnTransformer(Sequential([Input((4,)), Dense(2)])).fit(X, LABELS)


@pytest.mark.parametrize("arguments, message", [
    ({"untis": 3}, "'untis' is not a legal parameter.*did you mean 'units'"),
    ({"opitmizer__learning_rate": 3}, "not a legal parameter"),
    ({"build_fn": bare}, "not both"),
    ({"optimizer__momentum": -1.0, "optimizer": "sgd"}, "momentum"),
])
def test_wrong_parameters(arguments, message):
    with pytest.raises(ValueError, match=message):
        KerasClassifier(bare, verbose=0, **arguments).fit(X, NAMES)


def test_what_a_compiled_model_would_ignore_raises():
    with pytest.raises(ValueError, match="loss would have no effect"):
        KerasClassifier(lambda: compiled(), loss="mse", verbose=0).fit(X, NAMES)


def test_wrong_number_of_outputs():
    with pytest.raises(ValueError, match="y has 3 classes, the model has 2 outputs"):
        KerasClassifier(lambda: Sequential([Input((4,)), Dense(2, "softmax")]),
                        verbose=0).fit(X, NAMES)


def test_the_function_must_return_a_model():
    with pytest.raises(TypeError, match="return model"):
        KerasClassifier(lambda: None, verbose=0).fit(X, NAMES)
