"""Losses that are composed of operations: formulas, gradients, recording, masks, wrong targets."""

import numpy as np
import pytest

from autograd_mlp import Tensor, gradcheck, losses
from autograd_mlp._engine import Tape

rng = np.random.default_rng(1)
T = rng.integers(0, 2, (5, 3)).astype(float)
P = rng.uniform(0.05, 0.95, (5, 3))
S = P / P.sum(-1, keepdims=True)
HOT, CLASSES = np.eye(3)[[0, 2, 1, 1, 0]], np.array([0, 2, 1, 1, 0])
Z = 3 * rng.normal(size=(5, 3))
UNIT = Z / np.linalg.norm(Z, axis=-1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    return np.exp(z) / np.exp(z).sum(-1, keepdims=True)


def focal(t, p, gamma=2.0):
    of_truth = np.where(t == 1, p, 1 - p)
    return np.mean(-((1 - of_truth) ** gamma) * np.log(of_truth), -1)


def overlap(t, p, a, b):
    return 1 - (t * p).sum() / ((t * p).sum() + a * (t * (1 - p)).sum() + b * (p * (1 - t)).sum())


# function, arguments, targets, predictions, what a textbook says
FORMULAS = [
    ("binary_focal_crossentropy", {}, T, P, focal(T, P)),
    ("binary_focal_crossentropy", {"gamma": 0.5}, T, P, focal(T, P, 0.5)),
    ("binary_focal_crossentropy", {"from_logits": True}, T, Z, focal(T, sigmoid(Z))),
    ("categorical_focal_crossentropy", {}, HOT, S,
     -0.25 * np.sum(HOT * (1 - S) ** 2 * np.log(S), -1)),
    ("categorical_focal_crossentropy", {"alpha": [0.1, 0.2, 0.3], "gamma": 3.0}, HOT, S,
     -np.sum(np.array([0.1, 0.2, 0.3]) * HOT * (1 - S) ** 3 * np.log(S), -1)),
    ("categorical_focal_crossentropy", {"from_logits": True}, HOT, Z,
     -0.25 * np.sum(HOT * (1 - softmax(Z)) ** 2 * np.log(softmax(Z)), -1)),
    ("categorical_generalized_cross_entropy", {"q": 0.7}, CLASSES, S,
     (1 - S[np.arange(5), CLASSES] ** 0.7) / 0.7),
    ("dice", {}, T, P, 1 - 2 * (T * P).sum() / (T.sum() + P.sum())),
    ("tversky", {"alpha": 0.3, "beta": 0.8}, T, P, overlap(T, P, 0.3, 0.8)),
    ("binary_crossentropy", {"axis": 0}, T, P,
     -np.mean(T * np.log(P) + (1 - T) * np.log(1 - P), 0)),
    ("categorical_crossentropy", {"axis": 0, "label_smoothing": 0.5}, T, P,
     -np.sum((T / 2 + 0.1) * np.log(P / P.sum(0)), 0)),
    ("cosine_similarity", {"axis": 0}, Z, P, -np.sum(
        Z / np.linalg.norm(Z, axis=0) * P / np.linalg.norm(P, axis=0), 0)),
    ("sparse_categorical_crossentropy", {"ignore_class": 1}, CLASSES, S,
     np.where(CLASSES == 1, 0, -np.log(S[np.arange(5), CLASSES]))),
]
IDS = [f"{name}-{args}" for name, args, *_ in FORMULAS]


@pytest.mark.parametrize("name, args, y, p, expected", FORMULAS, ids=IDS)
def test_formula(name, args, y, p, expected):
    got = getattr(losses, name)(y, p, **args)
    assert got.dtype == "float64"
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize("name, args, y, p", [*[case[:4] for case in FORMULAS],
                                              ("circle", {"gamma": 2.0}, CLASSES, UNIT)])
def test_gradient(name, args, y, p):
    gradcheck(lambda p: getattr(losses, name)(y, p, **args), [p])


@pytest.mark.parametrize("name, args, y, p", [*[case[:4] for case in FORMULAS],
                                              ("circle", {}, CLASSES, UNIT)])
def test_it_can_be_recorded(name, args, y, p):
    function = getattr(losses, name)
    y, p = Tensor(y), Tensor(p, requires_grad=True)
    with Tape() as tape:
        loss = function(y, p, **args)
        loss.sum().backward()
    assert tape.broken is None
    p.data = p.numpy()[::-1] * 0.9
    tape.replay()
    assert np.array_equal(loss.numpy(), function(y, p, **args).numpy())


def test_circle_of_a_pair_and_a_stranger():
    embeddings = np.array([[1.0, 0], [0.6, 0.8], [0, 1]])
    distance = 1 - embeddings @ embeddings.T
    gamma, m = 2.0, 0.4
    towards = -gamma * (m + distance[0, 1]) * (m - distance[0, 1])
    apart = gamma * (1 + m - distance[0, 2]) * (1 - m - distance[0, 2])
    values = losses.circle([1, 1, 2], embeddings, gamma=gamma, margin=m).numpy()
    assert values[0] == pytest.approx(np.log1p(np.exp(towards + apart)))
    assert values[2] == 0       # nobody of its class: left out of the mean
    mean = losses.Circle(gamma=gamma, margin=m)([1, 1, 2], embeddings)
    assert mean.item() == pytest.approx(values[:2].mean())
    references = losses.circle([1], embeddings[:1], ref_labels=[1, 2],
                               ref_embeddings=embeddings[1:], remove_diagonal=False, gamma=gamma)
    assert references.numpy()[0] == pytest.approx(values[0])


def test_ignored_class_gets_no_gradient_and_no_share():
    p = Tensor(S, requires_grad=True)
    labels = np.array([0, -1, 1, -1, 2])
    loss = losses.SparseCategoricalCrossentropy(ignore_class=-1)(labels, p)
    counted = labels >= 0
    assert loss.item() == pytest.approx(-np.log(S[counted, labels[counted]]).mean())
    loss.backward()
    assert np.array_equal(p.grad.numpy()[~counted], np.zeros((2, 3)))
    weights = np.array([1.0, 9.0, 2.0, 9.0, 0.0])
    mean = losses.SparseCategoricalCrossentropy(ignore_class=-1,
                                                reduction="mean_with_sample_weight")
    expected = -(np.log(S[0, 0]) + 2 * np.log(S[2, 1])) / 3
    assert mean(labels, S, weights).item() == pytest.approx(expected)


@pytest.mark.parametrize("name, y, hint", [
    ("categorical_crossentropy", CLASSES, "sparse_categorical_crossentropy.*to_categorical"),
    ("categorical_crossentropy", CLASSES[:, None], "sparse_categorical_crossentropy"),
    ("categorical_hinge", CLASSES, "to_categorical"),
    ("sparse_categorical_crossentropy", HOT, "use categorical_crossentropy.*argmax"),
    ("categorical_generalized_cross_entropy", HOT, "argmax"),
])
def test_wrong_kind_of_labels(name, y, hint):
    args = {"q": 0.5} if "generalized" in name else {}
    with pytest.raises(ValueError, match=hint):
        getattr(losses, name)(y, S, **args)


@pytest.mark.parametrize("name", ["dice", "tversky", "binary_focal_crossentropy",
                                  "cosine_similarity"])
def test_nothing_is_broadcast(name):
    with pytest.raises(ValueError, match="same shape"):
        getattr(losses, name)(T[:1], P)


def test_weights_that_are_repeated():
    y, p = np.zeros((2, 3, 4)), np.ones((2, 3, 4))
    loss = losses.MeanSquaredError()
    assert loss(y, p, sample_weight=[[1.0], [3.0]]).item() == 2.0
    assert losses.Dice()(T, T, sample_weight=[1.0, 2.0]).item() == pytest.approx(0, abs=1e-6)
    with pytest.raises(ValueError, match="does not fit"):
        loss(y, p, sample_weight=[1.0, 2.0, 3.0])       # would go along the wrong axis


def test_dtype():
    loss = losses.MeanSquaredError(dtype="float64")
    assert loss.dtype == "float64" and loss(np.float32([[1]]), np.float32([[2]])).dtype == "float64"
    assert losses.MeanSquaredError().dtype == "float32"
    with pytest.raises(ValueError, match="float16"):
        losses.MeanSquaredError(dtype="float16")


def test_older_names_of_reductions():
    assert losses.Huber(reduction=losses.Reduction.SUM).reduction == "sum"
    assert losses.Huber(reduction=losses.Reduction.AUTO).reduction == "sum_over_batch_size"


def test_settings_that_keras_forgets_are_kept():
    assert "delta" not in losses.Huber().get_config()
    assert losses.Huber.from_config(losses.Huber(0.2).get_config()).delta == 0.2
    assert losses.CosineSimilarity(axis=0).get_config()["axis"] == 0


def test_ctc_says_that_it_is_not_here():
    for make in (losses.CTC, lambda: losses.ctc(T, P), lambda: losses.get("CTC")):
        with pytest.raises(NotImplementedError, match="sequences"):
            make()
