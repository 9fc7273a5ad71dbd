"""Losses and accuracies: by hand, saturated probabilities, fused against composed, errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_mlp import Tensor, ops
from autograd_mlp.ops import OPS
from tests import strategies as some
from tests.ops.checks import assert_close, gradients

DENSE_TARGETS = sorted(
    name for name, op in OPS.items() if op.family == "loss" and not name.startswith("sparse")
)
EPS = 1e-7


# ---- by hand -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "name, y_true, y_pred, loss, gradient",
    [
        ("mean_squared_error", [0, 1], [2, 1], 2, [2, 0]),
        ("mean_absolute_error", [0, 1], [2, 1], 1, [0.5, 0]),
        ("mean_absolute_percentage_error", [2, -4], [1, -3], 37.5, [-25, 12.5]),
        ("mean_squared_logarithmic_error", [0, 0], [np.e - 1, 0], 0.5, [1 / np.e, 0]),
        ("binary_crossentropy", [1, 0], [0.5, 0.5], np.log(2), [-1, 1]),
        ("categorical_crossentropy", [0, 1], [1, 3], -np.log(0.75), [0.25, 0.25 - 1 / 3]),
        ("hinge", [1, -1], [0.5, -2], 0.25, [-0.5, 0]),
        ("hinge", [1, 0], [0.5, -2], 0.25, [-0.5, 0]),  # 0 and 1 are read as -1 and 1
        ("hinge", [1, -1], [1, -1], 0, [0, 0]),  # on the kink
        ("squared_hinge", [1, -1], [0, -2], 0.5, [-1, 0]),
        ("categorical_hinge", [0, 1, 0], [0.5, 1, 0.5], 0.5, [0.5, -1, 0.5]),
        ("categorical_hinge", [0, 1], [0, 1], 0, [0, 0]),  # on the kink
        ("categorical_hinge", [0.1, 0.9], [0.3, 0.7], 0.61, [0.8, -0.9]),
        ("huber", [0, 0], [0.5, -3], (0.125 + 2.5) / 2, [0.25, -0.5]),
        ("huber", [0, 0], [1, -1], 0.5, [0.5, -0.5]),
        ("log_cosh", [0, 0], [0, 1000], (1000 - np.log(2)) / 2, [0, 0.5]),
        ("kl_divergence", [0.25, 0.75], [0.5, 0.5], 0.75 * np.log(3) - np.log(2), [-0.5, -1.5]),
        ("poisson", [2, 1], [1, 1], 1, [-0.5, 0]),
        ("cosine_similarity", [1, 0], [3, 4], -0.6, [-0.128, 0.096]),
        ("cosine_similarity", [1, 0], [0, 0], 0, [-1e7, 0]),
    ],
)
def test_values_and_gradients_by_hand(name, y_true, y_pred, loss, gradient, dtype):
    t, p = np.array([y_true], dtype), np.array([y_pred], dtype)
    f = getattr(ops, name)

    got, (dp,) = f(t, p).numpy(), gradients(lambda p: f(t, p), p)

    tol = 20 * np.finfo(dtype).eps + 2e-7  # Keras's ε = 1e-7 sits in some of the formulas
    assert_close(got, np.array([loss]), tol * (1 + abs(loss)), "loss")
    if name == "cosine_similarity" and not any(y_pred):
        assert np.all(np.isfinite(dp))
    else:
        assert_close(dp, np.array([gradient]), tol * (1 + np.abs([gradient])), "gradient")


# ---- saturated probabilities ---------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_crossentropy_of_certain_and_wrong_is_large_and_finite(dtype):
    t = np.array([[1, 0], [0, 1]], dtype)
    p = np.array([[0, 1], [1, 0]], dtype)
    one = dtype(1)
    upper = one - dtype(EPS)  # float32 keeps 1 - 1.2e-7 of this

    binary = ops.binary_crossentropy(t, p).numpy()
    categorical = ops.categorical_crossentropy(t, p).numpy()
    sparse = ops.sparse_categorical_crossentropy(np.array([0, 1]), p).numpy()

    assert_close(
        binary, -(np.log(dtype(EPS)) + np.log(one - upper)) / 2 * np.ones(2), 1e-5, "binary"
    )
    assert_close(categorical, -np.log(EPS) * np.ones(2), 1e-5, "categorical")
    assert_close(sparse, -np.log(EPS) * np.ones(2), 1e-5, "sparse")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_clipped_probabilities_have_no_gradient(dtype):
    t, p = np.array([[1, 0]], dtype), np.array([[0, 1]], dtype)

    (binary,) = gradients(lambda p: ops.binary_crossentropy(t, p), p)
    (categorical,) = gradients(lambda p: ops.categorical_crossentropy(t, p), p)
    (kl,) = gradients(lambda p: ops.kl_divergence(t, p), np.array([[0, 2]], dtype))

    for gradient in (binary, categorical, kl):
        np.testing.assert_array_equal(gradient, [[0, 0]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1.0, 30.0, 1e4])
def test_logits_of_any_size_give_finite_losses_and_gradients(size, dtype):
    z = np.array([[size, -size, 0]], dtype)
    t = np.array([[0, 1, 0]], dtype)

    for f in (
        lambda z: ops.binary_crossentropy(t, z, from_logits=True),
        lambda z: ops.categorical_crossentropy(t, z, from_logits=True),
        lambda z: ops.sparse_categorical_crossentropy(np.array([1]), z, from_logits=True),
    ):
        loss, (dz,) = f(z).numpy(), gradients(f, z)

        assert np.all(np.isfinite(loss)) and loss[0] > 0
        assert np.all(np.isfinite(dz)) and dz[0, 0] > 0 > dz[0, 1]


# ---- fused against composed ----------------------------------------------------------------------


@given(data=st.data(), dtype=some.float_dtypes, rows=st.integers(1, 9), classes=some.sides(1))
def test_crossentropy_from_logits_is_crossentropy_of_the_activation(data, dtype, rows, classes):
    z = data.draw(some.values((rows, classes), dtype, -4, 4))
    t = data.draw(some.values((rows, classes), dtype, 0, 1))
    labels = data.draw(some.integers((rows,), classes))
    tol = 200 * np.finfo(dtype).eps * (1 + classes)

    for fused, composed in (
        (lambda z: ops.binary_crossentropy(t, z, from_logits=True),
         lambda z: ops.binary_crossentropy(t, ops.sigmoid(z))),
        (lambda z: ops.categorical_crossentropy(t, z, from_logits=True),
         lambda z: ops.categorical_crossentropy(t, ops.softmax(z))),
        (lambda z: ops.sparse_categorical_crossentropy(labels, z, from_logits=True),
         lambda z: ops.sparse_categorical_crossentropy(labels, ops.softmax(z))),
    ):  # fmt: skip
        if classes == 1 and "binary" not in str(fused.__code__.co_names):
            continue  # one class: the probability 1 is clipped
        dy = 1.0 + np.arange(rows)

        assert_close(fused(z).numpy(), composed(z).numpy(), tol, "loss")
        (dz,), (expected,) = gradients(fused, z, dy=dy), gradients(composed, z, dy=dy)
        assert_close(dz, expected, tol * (1 + dy[:, None]), "gradient")


@given(data=st.data(), dtype=some.float_dtypes, rows=st.integers(0, 9), classes=some.sides(1))
def test_sparse_labels_and_one_hot_rows_give_one_loss(data, dtype, rows, classes):
    p = data.draw(some.values((rows, classes), dtype, 0.02, 0.98))
    labels = data.draw(some.integers((rows,), classes))
    rows_of_one = (labels[:, None] == np.arange(classes)).astype(dtype)
    tol = 16 * np.finfo(dtype).eps * (4 + classes)

    expected = ops.categorical_crossentropy(rows_of_one, p).numpy()

    for written in (labels, labels[:, None], labels.astype(dtype), labels.tolist()):
        if rows or not isinstance(written, list):
            got = ops.sparse_categorical_crossentropy(written, p).numpy()
            assert_close(got, expected, tol, "loss")


# ---- what must raise -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", DENSE_TARGETS)
@pytest.mark.parametrize("shape", [(3,), (3, 1), (1, 2), (2, 3), (3, 2, 1)])
def test_targets_are_never_broadcast_against_predictions(name, shape):
    with pytest.raises(ValueError, match=rf"{name}.*same shape"):
        getattr(ops, name)(np.full(shape, 0.5), np.full((3, 2), 0.5))


@pytest.mark.parametrize("name", DENSE_TARGETS)
def test_targets_that_require_a_gradient_raise(name):
    t = Tensor([[0.25, 0.75]], requires_grad=True)

    with pytest.raises(ValueError, match="gradient"):
        getattr(ops, name)(t, [[0.5, 0.5]])


@given(classes=st.integers(1, 20), rows=st.integers(1, 5), dtype=some.float_dtypes)
@pytest.mark.parametrize("from_logits", [True, False])
def test_the_last_class_is_taken_and_the_next_refused(from_logits, classes, rows, dtype):
    p = np.full((rows, classes), 0.5, dtype)
    labels = np.full(rows, classes - 1)

    loss = ops.sparse_categorical_crossentropy(labels, p, from_logits=from_logits).numpy()

    assert_close(loss, np.full(rows, np.log(classes)), 1e-6 * (1 + np.log(classes)), "loss")
    for bad in (classes, -1):
        labels[rows - 1] = bad
        with pytest.raises(ValueError, match=f"{bad}.*row {rows - 1}"):
            ops.sparse_categorical_crossentropy(labels, p, from_logits=from_logits)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda t: ops.sparse_categorical_crossentropy(t, t), "label"),
        (lambda t: ops.sparse_categorical_crossentropy([0.5, 1.0], t), "0.5"),
        (lambda t: ops.binary_crossentropy(t, t, label_smoothing=1.5), "label_smoothing"),
        (lambda t: ops.huber(t, t, delta=0.0), "delta"),
        (lambda t: ops.mean_squared_error(1.0, 2.0), "axis"),
    ],
)
def test_impossible_requests_raise(call, words):
    with pytest.raises(ValueError, match=words):
        call(np.full((2, 3), 0.5))


@pytest.mark.parametrize("name", DENSE_TARGETS)
@given(where=st.tuples(st.integers(0, 4), st.integers(0, 8)), dtype=some.float_dtypes)
def test_nan_in_a_prediction_reaches_its_row_and_no_other(name, where, dtype):
    t, p = np.full((5, 9), 0.5, dtype), np.full((5, 9), 0.25, dtype)
    p[where] = np.nan

    loss = getattr(ops, name)(t, p).numpy()

    np.testing.assert_array_equal(np.isnan(loss), np.arange(5) == where[0])


# ---- accuracies ----------------------------------------------------------------------------------


def test_accuracies_by_hand():
    t = np.array([[1.0, 0, 0], [0, 1, 0]])
    p = np.array([[0.9, 0.5, 0.6], [0.3, 0.2, 0.1]])

    assert_close(ops.binary_accuracy(t, p).numpy(), np.array([2 / 3, 2 / 3]), 1e-6, "binary")
    assert_close(
        ops.binary_accuracy(t, p, threshold=0.15).numpy(), np.array([1 / 3, 2 / 3]), 1e-6, ""
    )
    np.testing.assert_array_equal(ops.categorical_accuracy(t, p).numpy(), [1, 0])
    np.testing.assert_array_equal(ops.sparse_categorical_accuracy([0, 1], p).numpy(), [1, 0])


@given(rows=st.integers(1, 5), classes=some.sides(1), dtype=some.float_dtypes)
def test_a_row_of_nan_is_right_for_no_label(rows, classes, dtype):
    p = np.full((rows, classes), np.nan, dtype)
    t = np.zeros((rows, classes), dtype)
    t[:, 0] = 1

    assert not ops.categorical_accuracy(t, p).numpy().any()
    assert not ops.sparse_categorical_accuracy(np.zeros(rows, int), p).numpy().any()


@given(data=st.data(), name=st.sampled_from(("binary_accuracy", "categorical_accuracy")))
def test_accuracies_have_no_gradient(data, name):
    p = Tensor(data.draw(some.values((3, 4), low=0, high=1)), requires_grad=True)

    accuracy = getattr(ops, name)(data.draw(some.one_hot_rows((3, 4))), p)

    assert not accuracy.requires_grad
    with pytest.raises(RuntimeError, match="gradient"):
        ops.sum(accuracy).backward()
