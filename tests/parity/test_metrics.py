"""Every metric of Keras over several batches: results, weights, names, configs."""

import warnings

import numpy as np
import pytest

import autograd_mlp
from autograd_mlp import Tensor, metrics
from tests.parity import assert_same, import_keras, values

keras = import_keras()
# Keras itself asks JAX for int64 in its confusion matrix
pytestmark = pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")


def numbers(rng, n=8):
    return rng.normal(size=(n, 3)), rng.normal(size=(n, 3))


def positives(rng, n=8):
    return rng.uniform(0.2, 5, (n, 3)), rng.uniform(0.1, 5, (n, 3))


def shares(rng, n=8):
    return tuple(p / p.sum(-1, keepdims=True) for p in rng.uniform(0.05, 1, (2, n, 3)))


def one_hot(rng, n=8):
    return np.eye(6)[rng.integers(0, 6, n)], rng.uniform(size=(n, 6))


def labels(rng, n=8):
    p = rng.uniform(0.1, 1, (n, 6))
    return rng.integers(0, 6, n), p / p.sum(-1, keepdims=True)


def answers(rng, n=8):
    """Yes/no, with predictions that meet thresholds exactly."""
    return rng.integers(0, 2, (n, 4)).astype(float), rng.integers(0, 21, (n, 4)) / 20


def column(rng, n=8):
    return rng.integers(0, 2, (n, 1)).astype(float), rng.uniform(size=(n, 1))


def logits(rng, n=8):
    return rng.integers(0, 2, (n, 4)).astype(float), 3 * rng.normal(size=(n, 4))


def classes(rng, n=8):
    return rng.integers(0, 4, n), rng.integers(0, 4, n)


def rows_of_classes(rng, n=8):
    return np.eye(4)[rng.integers(0, 4, n)], rng.uniform(size=(n, 4))


def ids(rng, n=8):
    return rng.integers(0, 6, n), np.stack([rng.permutation(6) for _ in range(n)]).astype(float)


THREE = {"thresholds": [0.7, 0.25, 0.5]}
EVEN = {"thresholds": [0.0, 0.25, 0.5, 0.75, 1.0]}
METRICS = [
    *[(name, {}, numbers) for name in (
        "MeanSquaredError", "RootMeanSquaredError", "MeanAbsoluteError",
        "MeanAbsolutePercentageError", "LogCoshError", "CosineSimilarity", "PearsonCorrelation",
        "ConcordanceCorrelation", "R2Score")],
    ("MeanSquaredLogarithmicError", {}, positives),
    ("Poisson", {}, positives),
    ("CosineSimilarity", {"axis": 0}, numbers),
    ("PearsonCorrelation", {"axis": 0}, numbers),
    ("ConcordanceCorrelation", {"axis": 0}, numbers),
    ("R2Score", {"class_aggregation": None}, numbers),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, numbers),
    ("R2Score", {"num_regressors": 2}, numbers),
    ("KLDivergence", {}, shares),
    ("Hinge", {}, answers),
    ("SquaredHinge", {}, answers),
    ("CategoricalHinge", {}, one_hot),
    ("BinaryCrossentropy", {}, answers),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, logits),
    ("CategoricalCrossentropy", {}, one_hot),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, one_hot),
    ("SparseCategoricalCrossentropy", {}, labels),
    ("SparseCategoricalCrossentropy", {"from_logits": True, "ignore_class": 2}, labels),
    ("Accuracy", {}, classes),
    ("BinaryAccuracy", {}, answers),
    ("BinaryAccuracy", {"threshold": 0.75}, answers),
    ("CategoricalAccuracy", {}, one_hot),
    ("SparseCategoricalAccuracy", {}, labels),
    ("TopKCategoricalAccuracy", {}, one_hot),
    ("TopKCategoricalAccuracy", {"k": 2}, one_hot),
    ("SparseTopKCategoricalAccuracy", {"k": 3}, labels),
    ("SparseTopKCategoricalAccuracy", {"k": 3, "from_sorted_ids": True}, ids),
    *[(name, args, answers)
      for name in ("TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives")
      for args in ({}, THREE)],
    ("FalseNegatives", EVEN, answers),
    *[(name, args, answers) for name in ("Precision", "Recall") for args in (
        {}, THREE, EVEN, {"top_k": 2}, {"class_id": 1}, {"top_k": 1, "class_id": 3},
        {"thresholds": 0.3, "top_k": 3}, {"thresholds": [0.2, 0.8], "class_id": 0})],
    ("SensitivityAtSpecificity", {"specificity": 0.6}, answers),
    ("SpecificityAtSensitivity", {"sensitivity": 0.6, "num_thresholds": 11}, answers),
    ("PrecisionAtRecall", {"recall": 0.7, "class_id": 2}, answers),
    ("RecallAtPrecision", {"precision": 0.6}, answers),
    ("RecallAtPrecision", {"precision": 0.4, "num_thresholds": 1}, answers),
    ("AUC", {}, answers),
    ("AUC", {}, column),
    ("AUC", {"num_thresholds": 21}, answers),
    *[("AUC", {"curve": curve, "summation_method": method, "num_thresholds": 11}, answers)
      for curve in ("ROC", "PR", "PRGAIN") for method in ("interpolation", "majoring", "minoring")],
    ("AUC", {"thresholds": [0.9, 0.1, 0.55]}, answers),
    ("AUC", {"thresholds": [0.25, 0.5, 0.75]}, answers),
    ("AUC", {"multi_label": True}, answers),
    ("AUC", {"multi_label": True, "num_labels": 4, "label_weights": [1.0, 2.0, 0.5, 0.0]}, answers),
    ("AUC", {"multi_label": True, "thresholds": [0.2, 0.7], "curve": "PR"}, answers),
    ("AUC", {"label_weights": [1.0, 2.0, 0.5, 3.0]}, answers),
    ("AUC", {"from_logits": True}, logits),
    *[("FBetaScore", {"average": average, "beta": 2.0, "threshold": threshold}, answers)
      for average in (None, "micro", "macro", "weighted") for threshold in (None, 0.4)],
    ("F1Score", {}, rows_of_classes),
    ("F1Score", {"average": "macro"}, rows_of_classes),
    ("IoU", {"num_classes": 4, "target_class_ids": [0, 2]}, classes),
    ("IoU", {"num_classes": 4, "target_class_ids": [1], "ignore_class": 3, "dtype": "float32"},
     classes),
    ("BinaryIoU", {}, column),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.3}, column),
    ("MeanIoU", {"num_classes": 4}, classes),
    ("MeanIoU", {"num_classes": 5, "ignore_class": 0}, classes),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [0, 1]}, rows_of_classes),
    ("OneHotMeanIoU", {"num_classes": 4}, rows_of_classes),
]
IDS = [f"{name}-{'-'.join(f'{k}={v}' for k, v in args.items())}-{draw.__name__}"
       for name, args, draw in METRICS]


def batches(draw, count=2):
    rng = np.random.default_rng(5)
    for _ in range(count):
        y, p = draw(rng)
        yield ((y.astype(np.int64) if y.dtype.kind == "i" else y.astype(np.float32)),
               p.astype(np.float32), rng.integers(0, 4, len(p)).astype(np.float32))


def result(metric):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return values(metric.result())


@pytest.mark.parametrize("name, args, draw", METRICS, ids=IDS)
def test_results(name, args, draw):
    ours, theirs = (getattr(module.metrics, name)(**args) for module in (autograd_mlp, keras))
    weighted, their_weighted = (getattr(module.metrics, name)(**args)
                                for module in (autograd_mlp, keras))
    for y, p, weights in batches(draw):
        if name.endswith("IoU"):
            weights = weights.astype(np.int32)
        ours.update_state(y, p)
        theirs.update_state(y, p)
        assert_same(result(ours), result(theirs))
        if args.get("axis", -1) == 0:
            weights = weights[:p.shape[1]]
        weighted.update_state(y, p, weights)
        their_weighted.update_state(y, p, weights)
        assert_same(result(weighted), result(their_weighted))
    assert isinstance(ours.result(), float) == (values(theirs.result()).ndim == 0)
    ours.reset_state()
    theirs.reset_state()
    if name not in ("R2Score", "PearsonCorrelation", "ConcordanceCorrelation"):
        assert_same(result(ours), result(theirs))


def test_configs_names_and_variables():
    autograd_mlp.backend.clear_session()
    keras.backend.clear_session()
    for name, args, draw in METRICS:
        ours, theirs = (getattr(module.metrics, name)(**args) for module in (autograd_mlp, keras))
        config, expected = ours.get_config(), theirs.get_config()
        if "label_weights" in args:     # an array in Keras, which no file can hold
            expected["label_weights"] = args["label_weights"]
        assert {k: v for k, v in config.items() if k in expected or k != "axis"} == expected
        assert ours.name == theirs.name
        again = type(ours).from_config(config)
        assert again.get_config() == config
        assert type(keras.metrics.deserialize(metrics.serialize(ours))) is type(theirs)
        (y, p, _), = batches(draw, 1)
        ours.update_state(y, p)
        theirs.update_state(y, p)
        assert [v.name for v in ours.variables] == [v.name for v in theirs.variables]
        assert [v.path for v in ours.variables] == [v.path for v in theirs.variables]
        for mine, other in zip(ours.variables, theirs.variables, strict=True):
            assert_same(np.float32(values(mine.value)), np.float32(values(other.value)))
        for module in (autograd_mlp, keras):        # automatic names count on
            getattr(module.metrics, name)(**args)


@pytest.mark.parametrize("name", ["Mean", "Sum"])
@pytest.mark.parametrize("shape, weights", [
    ((5,), None), ((5,), (5,)), ((5, 3), None), ((5, 3), (5,)), ((5, 3), (5, 1)), ((5, 3), (5, 3)),
    ((5, 3, 2), (5,)), ((5, 3, 2), (5, 3)), ((5, 1), (5,)), ((), None), ((5,), (5, 1))])
def test_mean_and_sum(name, shape, weights):
    ours, theirs = (getattr(module.metrics, name)() for module in (autograd_mlp, keras))
    rng = np.random.default_rng(0)
    for _ in range(2):
        x = rng.normal(size=shape).astype(np.float32)
        w = None if weights is None else rng.uniform(size=weights).astype(np.float32)
        assert_same(np.float32(ours(x, w)), theirs(x, w))
    for mine, other in zip(ours.variables, theirs.variables, strict=True):
        assert_same(np.float32(values(mine.value)), values(other.value))


def test_one_number_as_weight():
    for ours, theirs in ((metrics.Mean(), keras.metrics.Mean()), (metrics.Sum(),
                                                                  keras.metrics.Sum())):
        assert_same(np.float32(ours(np.float32([1, 2, 6]), 4.0)),
                    theirs(np.float32([1, 2, 6]), 4.0))


@pytest.mark.parametrize("name, args", [("Precision", {}), ("AUC", {}), ("BinaryAccuracy", {}),
                                        ("TruePositives", {}), ("MeanSquaredError", {}),
                                        ("RootMeanSquaredError", {})])
@pytest.mark.parametrize("y_shape, p_shape, w_shape", [
    ((6,), (6,), None), ((6,), (6, 1), None), ((6,), (6, 1), (6,)), ((6, 1), (6, 1), (6, 1)),
    ((6, 1), (6,), (6,)), ((2, 3, 2), (2, 3, 2), (2, 3))])
def test_ranks(name, args, y_shape, p_shape, w_shape):
    ours, theirs = (getattr(module.metrics, name)(**args) for module in (autograd_mlp, keras))
    rng = np.random.default_rng(3)
    y, p = rng.integers(0, 2, y_shape), rng.uniform(size=p_shape).astype(np.float32)
    w = None if w_shape is None else rng.uniform(size=w_shape).astype(np.float32)
    assert_same(np.float32(ours(y, p, w)), theirs(y, p, w))


@pytest.mark.parametrize("name", ["Precision", "AUC", "BinaryAccuracy", "FalsePositives"])
def test_weights_of_elements(name):
    ours, theirs = (getattr(module.metrics, name)() for module in (autograd_mlp, keras))
    (y, p, _), = batches(answers, 1)
    w = np.random.default_rng(1).uniform(size=p.shape).astype(np.float32)
    assert_same(np.float32(ours(y, p, w)), theirs(y, p, w))


def test_thresholds_at_every_edge():
    """Predictions on and next to each of the thresholds, as float32 rounds them."""
    for count in (3, 11, 200):
        even = np.float32(np.arange(count) / (count - 1))
        p = np.concatenate([even, np.nextafter(even, 1), np.nextafter(even, 0)])[:, None]
        y = (np.arange(len(p)) % 3 == 0).astype(np.float32)[:, None]
        ours, theirs = (module.metrics.AUC(num_thresholds=count) for module in
                        (autograd_mlp, keras))
        ours.update_state(y, p)
        theirs.update_state(y, p)
        for mine, other in zip(ours.variables, theirs.variables, strict=True):
            assert np.array_equal(values(mine.value), values(other.value))


def test_functions():
    for name, draw in {"binary_accuracy": answers, "categorical_accuracy": one_hot,
                       "sparse_categorical_accuracy": labels, "top_k_categorical_accuracy": one_hot,
                       "sparse_top_k_categorical_accuracy": labels, "pearson_correlation": numbers,
                       "concordance_correlation": numbers, "mean_squared_error": numbers,
                       "huber": numbers}.items():
        (y, p, _), = batches(draw, 1)
        assert_same(getattr(metrics, name)(y, p), getattr(keras.metrics, name)(y, p))


def test_every_name_is_here():
    for name in dir(keras.metrics):
        if not name.startswith("_"):
            assert name in metrics.__all__, name
    for name in keras.src.metrics.ALL_OBJECTS_DICT:
        if name.lower().replace("_", "") not in ("metric", "meanmetricwrapper"):
            assert name in metrics._NAMES, name
    assert {name for name in dir(keras._tf_keras.keras.metrics)
            if name[0] != "_"} <= set(metrics.__all__)


def own(module, dtype):
    class Largest(module.Metric):
        def __init__(self, name="largest", **kwargs):
            super().__init__(name=name, **kwargs)
            self.largest = self.add_variable((), "zeros", name="largest")
            self.count = self.add_weight(name="count", initializer="zeros", shape=(2,))
            self.inner = module.metrics.MeanSquaredError()

        def update_state(self, y_true, y_pred, sample_weight=None):
            error = module.ops.max(module.ops.abs(y_true - y_pred))
            self.largest.assign(module.ops.maximum(self.largest, error))
            self.count.assign_add(module.ops.sum(y_pred, axis=0))
            self.inner.update_state(y_true, y_pred)

        def result(self):
            return {"largest": self.largest + 0.0, "count": self.count + 0.0,
                    "mse": self.inner.result()}

    return Largest


def test_own_metric():
    ours, theirs = own(autograd_mlp, None)(), own(keras, None)()
    assert [v.path for v in ours.variables] == [v.path for v in theirs.variables]
    for seed in range(2):
        y, p = np.random.default_rng(seed).normal(size=(2, 5, 2)).astype(np.float32)
        ours.update_state(Tensor(y), Tensor(p))
        theirs.update_state(y, p)
    assert_same(ours.result(), theirs.result())
    ours.reset_state()
    theirs.reset_state()
    assert_same(ours.result(), theirs.result())


@pytest.mark.parametrize("make", [
    lambda m: m.AUC(num_thresholds=1), lambda m: m.AUC(curve="RUC"), lambda m: m.AUC(num_labels=3),
    lambda m: m.AUC(summation_method="x"), lambda m: m.Precision(thresholds=[0.2, 1.5]),
    lambda m: m.Recall(thresholds=-0.1), lambda m: m.PrecisionAtRecall(1.5),
    lambda m: m.SensitivityAtSpecificity(0.5, num_thresholds=0), lambda m: m.F1Score("median"),
    lambda m: m.FBetaScore(beta=-1.0), lambda m: m.FBetaScore(beta=1),
    lambda m: m.FBetaScore(threshold=2.0), lambda m: m.R2Score("mean"),
    lambda m: m.R2Score(num_regressors=-1), lambda m: m.IoU(2, [0, 2]), lambda m: m.get("accurac"),
    lambda m: m.R2Score().update_state(np.ones(3), np.ones(3)),
    lambda m: m.F1Score().update_state(np.ones(3), np.ones(3)),
    lambda m: m.Precision(class_id=1).update_state(np.ones(3), np.ones(3)),
])
def test_the_same_errors(make):
    for module in (metrics, keras.metrics):
        with pytest.raises(ValueError):
            make(module)


def test_forgotten_super_call():
    for module in (autograd_mlp, keras):
        class Forgetful(module.Metric):
            def __init__(self):
                self.total = self.add_weight(name="total")

        with pytest.raises((RuntimeError, AttributeError)):
            Forgetful()
