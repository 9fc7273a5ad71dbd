"""scikit-learn's own checks of an estimator, on all five wrappers."""

import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.utils.estimator_checks import estimator_checks_generator  # noqa: E402

from autograd_mlp import Input, Sequential, set_random_seed  # noqa: E402
from autograd_mlp.layers import Dense  # noqa: E402
from autograd_mlp.optimizers import RMSprop  # noqa: E402
from autograd_mlp.wrappers import (  # noqa: E402
    KerasClassifier,
    KerasRegressor,
    SKLearnClassifier,
    SKLearnRegressor,
    SKLearnTransformer,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")


def classifier(meta):
    return Sequential([Input((meta["n_features_in_"],)), Dense(16, activation="tanh"),
                       Dense(meta["n_classes_"], activation="softmax")])


def regressor(meta):
    return Sequential([Input((meta["n_features_in_"],)), Dense(16, activation="tanh"),
                       Dense(meta["n_outputs_"])])


def compiled(X, y, loss, activation=None):
    set_random_seed(0)      # these wrappers have no random_state
    model = Sequential([Input(X.shape[1:]), Dense(10, activation="relu"),
                        Dense(y.shape[1], activation=activation)])
    model.compile(RMSprop(0.01), loss)
    return model


SETTINGS = {"optimizer": "adam", "optimizer__learning_rate": 0.02, "epochs": 30, "batch_size": 16,
            "verbose": 0}
QUIET = {"verbose": 0, "epochs": 40}
ESTIMATORS = [
    KerasClassifier(classifier, **SETTINGS),
    KerasRegressor(regressor, **SETTINGS),
    SKLearnClassifier(compiled, fit_kwargs=QUIET, model_kwargs={
        "loss": "categorical_crossentropy", "activation": "softmax"}),
    SKLearnRegressor(compiled, model_kwargs={"loss": "mse"}, fit_kwargs=QUIET),
    SKLearnTransformer(compiled, model_kwargs={"loss": "mse"}, fit_kwargs=QUIET),
]

MINI_BATCHES = "training walks through mini-batches: a sample of weight 0 still takes its place"
TWO_COLUMNS = ("decision_function returns the model's outputs, one per class, as in Keras; "
               "scikit-learn wants one number for two classes")
EXPECTED_TO_FAIL = {
    "KerasClassifier": {"check_sample_weight_equivalence_on_dense_data": MINI_BATCHES},
    "KerasRegressor": {"check_sample_weight_equivalence_on_dense_data": MINI_BATCHES},
    "SKLearnClassifier": {
        "check_classifiers_train": TWO_COLUMNS,
        "check_classifiers_classes": TWO_COLUMNS,
    },
    "SKLearnRegressor": {
        "check_regressor_multioutput": "predictions are of the model's float32, as in Keras",
    },
    "SKLearnTransformer": {},
}


def cases():
    """All checks of all estimators, with names that are the same in every process."""
    for original in ESTIMATORS:
        name = type(original).__name__
        for case in estimator_checks_generator(
                original, expected_failed_checks=EXPECTED_TO_FAIL[name], mark="xfail"):
            estimator, check = getattr(case, "values", case)
            settings = [f"{key}={value}" for key, value in check.keywords.items()]
            yield pytest.param(estimator, check, marks=getattr(case, "marks", ()),
                               id="-".join([name, check.func.__name__, *settings]))


@pytest.mark.parametrize("estimator, check", list(cases()))
def test_check(estimator, check):
    check(estimator)
