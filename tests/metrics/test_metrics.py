"""Metrics, against numbers computed by Keras 3.15 (JAX backend, float32)."""

import pickle

import numpy as np
import pytest

from autograd_mlp import Tensor, losses, metrics
from autograd_mlp._engine import Tape

T = np.array([[1, 0, 0], [0, 0, 1]], dtype=np.float32)
P = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]], dtype=np.float32)
CLASSES = np.array([0, 2])
WEIGHTS = np.array([1, 3], dtype=np.float32)

# class, its name, result of (T, P), then of a second update with (1 - T, P, WEIGHTS)
KERAS = [
    ("MeanSquaredError", "mean_squared_error", 0.1133333, 0.3355556),
    ("RootMeanSquaredError", "root_mean_squared_error", 0.3366502, 0.5792716),
    ("MeanAbsoluteError", "mean_absolute_error", 0.3, 0.5333334),
    ("MeanAbsolutePercentageError", "mean_absolute_percentage_error", 1.5e08, 1.555556e08),
    ("MeanSquaredLogarithmicError", "mean_squared_logarithmic_error", 0.05560408, 0.149257),
    ("BinaryCrossentropy", "binary_crossentropy", 0.3858033, 0.899285),
    ("CategoricalCrossentropy", "categorical_crossentropy", 0.6364828, 2.068138),
    ("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy", 0.6364828, 0.7297521),
    ("Hinge", "hinge", 0.9666666, 0.9777778),
    ("SquaredHinge", "squared_hinge", 1.08, 1.091111),
    ("CategoricalHinge", "categorical_hinge", 0.7, 0.8666666),
    ("LogCoshError", "logcosh", 0.0546696, 0.1557418),
    ("KLDivergence", "kl_divergence", 0.63648, 2.068136),
    ("Poisson", "poisson", 0.5454943, 1.022712),
    ("CosineSimilarity", "cosine_similarity", 0.8192868, 0.6850116),
    ("BinaryAccuracy", "binary_accuracy", 0.8333334, 0.4444444),
    ("CategoricalAccuracy", "categorical_accuracy", 1, 0.3333333),
    ("SparseCategoricalAccuracy", "sparse_categorical_accuracy", 1, 1),
    ("Accuracy", "accuracy", 0, 0),
]


@pytest.mark.parametrize("cls, name, first, second", KERAS)
def test_classes_give_keras_numbers(cls, name, first, second):
    metric = getattr(metrics, cls)()
    sparse = cls.startswith("Sparse")
    assert metric.name == name
    assert metric.result() == 0.0
    assert metric(CLASSES if sparse else T, P) == pytest.approx(first, rel=2e-6)
    metric.update_state(CLASSES if sparse else 1 - T, P, sample_weight=WEIGHTS)
    assert isinstance(metric.result(), float)
    assert metric.result() == pytest.approx(second, rel=2e-6)
    metric.reset_state()
    assert metric.result() == 0.0


def test_batches_of_different_size_count_by_sample():
    metric = metrics.MeanAbsoluteError()
    metric.update_state(np.zeros((3, 1)), np.ones((3, 1)))
    metric.update_state(np.zeros((1, 1)), np.full((1, 1), 5.0))
    assert metric.result() == 2.0


def test_means_do_not_drift():
    metric = metrics.Mean()
    values = Tensor(np.full(1000, 0.1, dtype=np.float32))
    for _ in range(1000):
        metric.update_state(values)
    assert metric.result() == pytest.approx(float(np.float32(0.1)), rel=1e-12)


@pytest.mark.parametrize(
    "values, weights, mean",
    [
        ([1.0, 2.0, 3.0], [1, 1, 0], 1.5),
        ([[1.0, 3.0], [5.0, 7.0]], [1.0, 0.0], 2.0),  # rows are averaged first
        ([[1.0], [3.0]], [1.0, 3.0], 2.5),
        ([1.0, 3.0], [[1.0], [3.0]], 2.5),
        (3.0, 32, 3.0),
        ([2.0, 4.0], [0.0, 0.0], 0.0),
    ],
)
def test_weighted_mean(values, weights, mean):
    assert metrics.Mean()(values, sample_weight=weights) == mean


def test_a_number_as_weight_counts_samples():
    metric = metrics.Mean()
    metric.update_state(Tensor(1.0), sample_weight=32)
    metric.update_state(Tensor(4.0), sample_weight=16)
    assert metric.result() == 2.0


def test_weights_that_do_not_fit():
    with pytest.raises(ValueError, match="sample_weight"):
        metrics.MeanSquaredError()(T, P, sample_weight=[1.0, 2.0, 3.0])


def test_vectors_of_labels_count_one_by_one():
    metric = metrics.BinaryAccuracy()
    metric.update_state([1, 0, 1, 1], [0.9, 0.2, 0.4, 0.6])
    metric.update_state([1], [0.9])
    assert metric.result() == pytest.approx(0.8)
    assert metrics.BinaryAccuracy(threshold=0.3)([0], [0.4]) == 0.0
    assert metrics.BinaryAccuracy()([1, 0], [[0.9], [0.8]]) == 0.5


@pytest.mark.parametrize("name", ["mse", "hinge", "poisson", "kl_divergence", "bce", "huber"])
def test_a_vector_of_targets_is_a_column(name):
    y, p = np.array([0.0, 1.0, 1.0]), np.array([[0.2], [0.6], [0.9]])
    metric = metrics.resolve(name, (3,), (3, 1))
    assert metric(y, p) == metrics.resolve(name, (3, 1), (3, 1))(y[:, None], p)


def test_functions_are_losses_and_accuracies():
    assert metrics.get("huber") is losses.huber
    assert np.array_equal(metrics.categorical_accuracy(T, P[::-1]).numpy(), [0, 0])
    assert np.array_equal(metrics.sparse_categorical_accuracy([1, 2], P).numpy(), [0, 1])


SHAPES = {
    "Binary": [((4,), (4, 1)), ((4, 1), (4, 1)), ((None,), (None, 1))],
    "SparseCategorical": [((4,), (4, 3)), ((4, 1), (4, 3)), ((4, 2), (4, 2, 3))],
    "Categorical": [((4, 3), (4, 3)), ((4, 2, 3), (4, 2, 3)), ((None, 10), (None, 10))],
}


@pytest.mark.parametrize("typed", ["accuracy", "acc", "Accuracy"])
@pytest.mark.parametrize("family", SHAPES)
def test_accuracy_by_shapes(typed, family):
    for y_shape, p_shape in SHAPES[family]:
        metric = metrics.resolve(typed, y_shape, p_shape)
        assert type(metric).__name__ == family + "Accuracy"
        assert metric.name == typed


def own_metric(y_true, y_pred):
    return y_true - y_pred


@pytest.mark.parametrize(
    "identifier, cls, name",
    [
        ("mse", "MeanSquaredError", "mse"),
        ("MAE", "MeanAbsoluteError", "MAE"),
        ("mean_squared_error", "MeanSquaredError", "mean_squared_error"),
        ("MeanSquaredError", "MeanSquaredError", "MeanSquaredError"),
        (metrics.MeanSquaredError, "MeanSquaredError", "mean_squared_error"),
        (metrics.BinaryAccuracy(name="x"), "BinaryAccuracy", "x"),
        ("huber", "MeanMetricWrapper", "huber"),
        (losses.mean_squared_error, "MeanMetricWrapper", "mean_squared_error"),
        (losses.Huber(name="q"), "MeanMetricWrapper", "q"),
        (own_metric, "MeanMetricWrapper", "own_metric"),
        ("cosine_similarity", "CosineSimilarity", "cosine_similarity"),
    ],
)
def test_resolve_keeps_the_name_as_typed(identifier, cls, name):
    metric = metrics.resolve(identifier, (4,), (4, 1))
    assert (type(metric).__name__, metric.name) == (cls, name)


def test_resolve_refuses_none():
    with pytest.raises(ValueError, match="metrics"):
        metrics.resolve(None, (4,), (4, 1))


def test_own_function():
    metric = metrics.resolve(own_metric, (2,), (2, 1))
    assert metric([3.0, 5.0], [[1.0], [1.0]]) == 3.0


def test_own_class():
    class Count(metrics.Metric):
        def __init__(self):
            super().__init__(name="count")
            self.n = 0

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.n += len(y_pred)

        def result(self):
            return self.n

        def reset_state(self):
            self.n = 0

    metric = metrics.resolve(Count, (2,), (2, 1))
    assert metric(T, P) == 2
    assert metrics.get(metric) is metric


@pytest.mark.parametrize("method", ["update_state", "result"])
def test_base_class_says_what_to_define(method):
    with pytest.raises(NotImplementedError, match=method):
        getattr(metrics.Metric(), method)()


@pytest.mark.parametrize("typed, meant", [("acuracy", "accuracy"), ("precison", None)])
def test_a_typing_mistake_is_answered(typed, meant):
    match = f"did you mean '{meant}'" if meant else "metric identifier"
    with pytest.raises(ValueError, match=match):
        metrics.get(typed)


@pytest.mark.parametrize("cls", [cls for cls, *_ in KERAS])
def test_config_round_trip(cls):
    metric = getattr(metrics, cls)(name="mine")
    again = metrics.deserialize(metrics.serialize(metric))
    assert type(again) is type(metric)
    assert again.get_config() == metric.get_config()


@pytest.mark.parametrize("cls", [cls for cls, *_ in KERAS])
def test_pickle_keeps_what_was_counted(cls):
    y = CLASSES if cls.startswith("Sparse") else T
    metric = getattr(metrics, cls)()
    metric.update_state(y, P)
    again = pickle.loads(pickle.dumps(metric))
    again.update_state(y, P[::-1])
    metric.update_state(y, P[::-1])
    assert again.result() == metric.result()


def test_reset_states_is_reset_state():
    metric = metrics.MeanSquaredError()
    metric.update_state(T, P)
    with pytest.warns(DeprecationWarning, match="reset_state'"):
        metric.reset_states()
    assert metric.result() == 0


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("cls", [cls for cls, *_ in KERAS])
def test_a_step_with_it_can_be_recorded(cls, weights):
    y = Tensor(CLASSES if cls.startswith("Sparse") else T)
    p = Tensor(P)
    w = None if weights is None else Tensor(weights)
    metric = getattr(metrics, cls)()
    with Tape() as tape:
        metric.update_state(y, p, w)
    assert tape.broken is None
    p.data = P[::-1]
    tape.replay()
    eager = getattr(metrics, cls)()
    eager.update_state(y, Tensor(P), w)
    eager.update_state(y, p, w)
    assert metric.result() == eager.result()


def test_one_that_reads_values_says_so_to_the_tape():
    metric = metrics.MeanMetricWrapper(lambda y, p: np.abs(y.numpy() - p.numpy()))
    with Tape() as tape:
        metric.update_state(Tensor(T), Tensor(P))
    assert tape.broken is not None
