"""Metrics that count: exact against plain NumPy, recorded, and saved with their state."""

import copy
import pickle

import numpy as np
import pytest

import autograd_mlp
from autograd_mlp import Sequential, Tensor, layers, metrics, models, ops
from autograd_mlp._engine import Counters, Tape, Thresholds, Variable

rng = np.random.default_rng(2)
T, P = rng.integers(0, 2, (40, 3)).astype(float), rng.integers(0, 11, (40, 3)) / 10
W = rng.uniform(size=40)
HOT = np.eye(3)[rng.integers(0, 3, 40)]


def counts(t, p, w, threshold):
    yes, true = p > threshold, t != 0
    return [np.sum(w * mask) for mask in (yes & true, yes & ~true, ~yes & ~true, ~yes & true)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("weights", [None, W, W[:, None], W[:, None] * [1, 2, 3]])
@pytest.mark.parametrize("thresholds", [0.5, [0.95, 0.05, 0.45], [0.0, 0.5, 1.0]])
def test_counts(dtype, weights, thresholds):
    t, p = T.astype(dtype), P.astype(dtype)
    w = np.ones_like(T) if weights is None else np.broadcast_to(weights.reshape(40, -1), T.shape)
    expected = np.transpose([counts(t, p, w, np.array(x, dtype)) for x in np.ravel(thresholds)])
    for cls, wanted in zip(("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives"),
                           expected, strict=True):
        metric = getattr(metrics, cls)(thresholds)
        metric.update_state(t, p, weights)
        np.testing.assert_allclose(metric.accumulator.numpy(), wanted, rtol=1e-6)


def test_columns_of_their_own():
    together, apart = metrics.AUC(), metrics.AUC(multi_label=True)
    apart.update_state(T, P, W)
    areas = []
    for j in range(3):
        together.reset_state()
        together.update_state(T[:, j], P[:, j], W)
        areas.append(together.result())
    assert apart.result() == pytest.approx(np.mean(areas))


def test_area_is_the_share_of_pairs_in_order():
    p = rng.permutation(1000)[:200] / 999
    y = (p + rng.normal(0, 0.3, 200) > 0.5).astype(float)
    pairs = p[y == 1][:, None] > p[y == 0]
    metric = metrics.AUC(num_thresholds=1000)
    assert metric(y, p) == pytest.approx(pairs.mean(), abs=1e-3)


def test_ties_at_the_kth_place_go_to_the_first():
    p = np.array([[0.5, 0.7, 0.5, 0.5]])
    for c, there in enumerate([1.0, 1.0, 0.0, 0.0]):
        assert metrics.Recall(top_k=2)(np.eye(4)[[c]], p) == there
    assert metrics.Precision(top_k=9)([[1, 1, 0, 0]], p) == 0.5


def test_nan_is_never_a_yes():
    p = np.array([np.nan, 0.9, 0.2])
    assert metrics.TruePositives()([1, 1, 1], p) == 1
    assert metrics.AUC(num_thresholds=3).update_state([1, 1, 0], p) is None
    assert metrics.Recall(top_k=1)([[1, 0, 0]], [p]) == 0


def test_r2_is_that_of_the_textbook():
    y, p = rng.normal(size=(30, 2)), rng.normal(size=(30, 2))
    metric = metrics.R2Score(class_aggregation=None)
    for rows in (slice(0, 7), slice(7, 30)):
        metric.update_state(y[rows], p[rows])
    expected = 1 - ((y - p) ** 2).sum(0) / ((y - y.mean(0)) ** 2).sum(0)
    np.testing.assert_allclose(metric.result().numpy(), expected, rtol=1e-6)
    few = metrics.R2Score(num_regressors=5)
    few.update_state(y[:2, :1], p[:2, :1])
    with pytest.warns(UserWarning, match="adjusted"):
        few.result()


def test_whole_weights_of_iou():
    metric = metrics.MeanIoU(num_classes=2)
    with pytest.warns(UserWarning, match="float32"):
        metric.update_state([0, 1], [0, 1], sample_weight=np.array([0.5, 2.5]))
    assert metric.total_cm.tolist() == [[0, 0], [0, 2]]
    exact = metrics.MeanIoU(num_classes=2, dtype="float32")
    exact.update_state([0, 1, 7], [0, 1, 1], sample_weight=np.array([0.5, 2.5, 1.0]))
    assert exact.total_cm.tolist() == [[0.5, 0], [0, 2.5]]


EVERY = [
    metrics.Accuracy, metrics.BinaryAccuracy, metrics.CategoricalAccuracy, metrics.AUC,
    lambda: metrics.AUC(multi_label=True, curve="PR"), lambda: metrics.AUC(from_logits=True),
    metrics.Precision, lambda: metrics.Precision(top_k=1), lambda: metrics.Recall(class_id=1),
    metrics.F1Score, lambda: metrics.FBetaScore("micro", 2.0, 0.5), metrics.R2Score,
    lambda: metrics.PrecisionAtRecall(0.5), metrics.TrueNegatives, metrics.RootMeanSquaredError,
    metrics.BinaryIoU, lambda: metrics.OneHotMeanIoU(num_classes=3), metrics.PearsonCorrelation,
    metrics.ConcordanceCorrelation, metrics.CosineSimilarity, metrics.MeanSquaredError,
    lambda: metrics.TopKCategoricalAccuracy(k=2), metrics.CategoricalCrossentropy,
    lambda: metrics.MeanMetricWrapper(autograd_mlp.losses.dice),
]


@pytest.mark.parametrize("weights", [None, W])
@pytest.mark.parametrize("make", EVERY)
@pytest.mark.filterwarnings("ignore:.*float type")
def test_an_update_can_be_recorded(make, weights):
    y, p = Tensor(HOT, "float32"), Tensor(P + 0.01, "float32")
    w = None if weights is None else Tensor(weights, "float32")
    metric, eager = make(), make()
    if w is not None and type(metric) in (metrics.BinaryIoU, metrics.MeanMetricWrapper):
        return      # these want a weight for each element, or for the batch
    with Tape() as tape:
        metric.update_state(y, p, w)
    assert tape.broken is None
    p.data = p.numpy()[::-1]
    tape.replay()
    eager.update_state(y, Tensor(p.numpy()[::-1]), w)
    eager.update_state(y, p, w)
    for ours, other in zip(metric.variables, eager.variables, strict=True):
        assert np.array_equal(ours.numpy(), other.numpy(), equal_nan=True)
    metric.reset_state()
    assert all(not v.numpy().any() for v in metric.variables)


@pytest.mark.parametrize("make", EVERY[3:12] + [metrics.Mean, metrics.Sum])
def test_copies_have_a_state_of_their_own(make):
    metric = make()
    values = (P,) if type(metric) in (metrics.Mean, metrics.Sum) else (HOT, P)
    metric.update_state(*values)
    before = np.asarray(metric.result())
    for again in (copy.deepcopy(metric), pickle.loads(pickle.dumps(metric))):
        assert np.array_equal(again.result(), before)
        again.update_state(*values)
        assert not np.array_equal(again.variables[0].numpy(), metric.variables[0].numpy())
        assert np.array_equal(metric.result(), before)


def fit(metric_list, weighted=None, **compiled):
    """A short training; returns its history and what it recorded."""
    autograd_mlp.set_random_seed(0)
    x = rng.normal(size=(80, 4)).astype(np.float32)
    y = (x[:, :1] > 0).astype(np.float32)
    model = Sequential([layers.Dense(5, activation="tanh"), layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=metric_list, **compiled)
    tapes, record = [], models.loop.BatchLoop._record

    def watch(loop, size):
        record(loop, size)
        tapes.extend(loop.tapes.values())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models.loop.BatchLoop, "_record", watch)
        history = model.fit(x, y, batch_size=32, epochs=2, verbose=0)
    return history.history, tapes, model, x, y


def test_a_training_step_with_metrics_stays_recorded():
    names = ["accuracy", metrics.AUC(name="auc"), metrics.Precision(name="precision"),
             metrics.Recall(name="recall"), metrics.F1Score(threshold=0.5),
             metrics.AUC(multi_label=True, name="each"), metrics.R2Score(), metrics.BinaryIoU(
                 name="iou")]
    history, tapes, model, x, y = fit(names)
    assert tapes and all(tape.broken is None for tape in tapes)
    assert not [call for tape in tapes for call in tape.calls if call[0] == "getitem"]
    keys = ["accuracy", "auc", "each", "f1_score", "iou", "loss", "precision", "r2_score", "recall"]
    assert sorted(history) == keys
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    p = model.predict(x, verbose=0)
    assert logs["precision"] == pytest.approx(np.mean(y[p > 0.5]))
    assert logs["accuracy"] == pytest.approx(np.mean((p > 0.5) == y))


class Largest(metrics.Metric):
    def __init__(self, name="largest", **kwargs):
        super().__init__(name=name, **kwargs)
        self.value = self.add_weight(name="value", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.value.assign(ops.maximum(self.value, ops.max(abs(y_true - y_pred))))

    def result(self):
        return self.value


def test_a_users_metric_stays_recorded():
    history, tapes, *_ = fit([Largest()])
    assert tapes and all(tape.broken is None for tape in tapes)
    eager, *_ = fit([Largest()], run_eagerly=True)
    assert len(history["largest"]) == 2 and 0.5 < history["largest"][0] < 1


def test_state_of_users_metrics():
    class Both(metrics.Metric):
        def __init__(self):
            super().__init__()
            self.inner = [metrics.Mean(), Largest()]
            self.extra = Variable([1.0, 2.0], trainable=False)
            self.late = None

        def update_state(self, x):
            if self.late is None:
                self.late = self.add_variable((2,), "ones", name="late")
            self.late.assign_add(x)

        def result(self):
            return self.late

    metric, x = Both(), Tensor([1.0, 2.0])
    with Tape() as tape:
        metric.update_state(x)
    assert tape.broken is None and metric.late.path == "both/late"
    assert metric.result().tolist() == [2, 3]
    assert [v.name for v in metric.variables] == ["late", "variable", "total", "count", "value"]
    metric.reset_state()
    assert all(not v.numpy().any() for v in metric.variables)
    assert metric.add_weight(shape=(2,), dtype="int32").dtype == "int64"


def test_forgotten_super():
    class Forgetful(metrics.Metric):
        def __init__(self):
            self.total = self.add_weight()

    with pytest.raises(RuntimeError, match="super"):
        Forgetful()
    with pytest.raises(ValueError, match="name=.*given|given as"):
        metrics.Metric("my_name")


def test_results_are_floats_or_tensors():
    value = metrics.Precision()([1, 0], [0.9, 0.8])
    assert value == 0.5 and isinstance(value, float) and value.numpy().dtype == "float32"
    several = metrics.Precision(thresholds=[0.5, 0.85])([1, 0], [0.9, 0.8])
    assert several.tolist() == [0.5, 1.0]
    assert metrics.F1Score()(HOT, HOT).tolist() == [1, 1, 1]


@pytest.mark.parametrize("metric, y, p, w, match", [
    (metrics.Precision(), T, P[:, :2], None, "same shape"),
    (metrics.AUC(), T, P, W[:5], "sample_weight"),
    (metrics.AUC(label_weights=[1.0, 2.0]), T, P, None, "2 column weights"),
    (metrics.AUC(multi_label=True, num_labels=2), T, P, None, "2 labels"),
    (metrics.AUC(multi_label=True), T[:, 0], P[:, 0], None, "rank 2"),
    (metrics.Recall(class_id=3), T, P, None, "class_id 3"),
    (metrics.RootMeanSquaredError(), T, P[:, :1], None, "same shape"),
    (metrics.MeanIoU(num_classes=3), [1, 2], [1], None, "2 targets and 1"),
    (metrics.SparseTopKCategoricalAccuracy(k=2), [3], P[:1], None, "out of range"),
    (metrics.TopKCategoricalAccuracy(k=0), T, P, None, "k must be"),
])
def test_what_does_not_fit(metric, y, p, w, match):
    with pytest.raises(ValueError, match=match):
        metric.update_state(y, p, w)


def test_counters_check_what_they_are_given():
    v = Variable(np.zeros(1), trainable=False)
    counters, cuts = Counters([v]), Thresholds([0.5])
    for bad in (lambda: Counters([Variable(np.zeros(1, np.float32), trainable=False)]),
                lambda: Counters([v] * 6), lambda: Thresholds([]),
                lambda: Thresholds([1], labels=0),
                lambda: counters.by_threshold(Tensor(T), Tensor(P, "float32"), cuts),
                lambda: counters.by_threshold(Tensor(T[0]), Tensor(P[0]), cuts),
                lambda: counters.by_threshold(Tensor(T), Tensor(P), cuts, Tensor(W)),
                lambda: counters.by_threshold(Tensor(T), Tensor(P), cuts, column=3),
                lambda: counters.by_threshold(Tensor(T), Tensor(P), Thresholds([0.1, 0.2]))):
        with pytest.raises((ValueError, IndexError)):
            bad()
    assert v.numpy() == [0]


def classifier(loss, metric_list):
    model = Sequential([layers.Dense(3, activation="softmax")])
    model.compile("sgd", loss, metrics=metric_list)
    return model


def test_results_of_several_numbers_in_a_training(capsys):
    x = rng.normal(size=(40, 2))
    model = classifier("categorical_crossentropy", [metrics.F1Score(), "accuracy"])
    history = model.fit(x, HOT, epochs=2, verbose=2).history
    assert [scores.shape for scores in history["f1_score"]] == [(3,), (3,)]
    assert f"f1_score: {history['f1_score'][-1].mean():.4f}" in capsys.readouterr().out
    scores = dict(zip(model.metrics_names, model.evaluate(x, HOT, verbose=0), strict=True))
    assert scores["f1_score"].shape == (3,) and isinstance(scores["accuracy"], float)


def test_ignored_labels_are_never_right():
    x, labels = rng.normal(size=(40, 2)), np.where(np.arange(40) % 2, HOT.argmax(1), -1)
    loss = autograd_mlp.losses.SparseCategoricalCrossentropy(ignore_class=-1)
    model = classifier(loss, ["accuracy", metrics.SparseTopKCategoricalAccuracy(k=3, name="all")])
    _, accuracy, all_classes = model.evaluate(x, labels, verbose=0)
    right = model.predict(x, verbose=0).argmax(1) == labels
    assert accuracy == pytest.approx(right.mean()) and all_classes == 0.5


def test_a_name_in_compile_uses_up_no_automatic_name():
    autograd_mlp.backend.clear_session()
    classifier("categorical_crossentropy", ["auc", "precision"])
    assert metrics.AUC().name == "auc"
