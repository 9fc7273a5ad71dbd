"""Break it: every mistake is really made, found by the numeric check, trained with, and undone."""

import math
import warnings

import numpy as np
import pytest

from autograd_mlp import Tensor, explain, ops, random
from autograd_mlp._engine import OPS
from autograd_mlp.explorer.checks import NumericCheck
from autograd_mlp.explorer.faults import FAULTS, STEPS, Broken, break_loss
from autograd_mlp.layers import Dense, Dropout
from autograd_mlp.models import Sequential

KEYS = [fault.key for fault in FAULTS]
XOR_X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
XOR_Y = np.array([[0], [1], [1], [0]], np.float32)


def xor(activation="tanh", optimizer="sgd", seed=1):
    random.set_random_seed(seed)
    model = Sequential([Dense(8, activation=activation), Dense(1, activation="sigmoid")])
    model.compile(optimizer, loss="mean_squared_error")
    return model


def pima_like(samples=20):
    """Two hidden layers of relu on eight features, as for the Pima Indians data, scaled."""
    random.set_random_seed(5)
    rng = np.random.default_rng(5)
    x = rng.normal(size=(samples, 8)).astype(np.float32)
    y = (x[:, :1] + x[:, 1:2] > 0).astype(np.float32)
    model = Sequential([Dense(12, activation="relu"), Dense(8, activation="relu"),
                        Dense(1, activation="sigmoid")])
    model.compile("adam", loss="binary_crossentropy")
    return model, x, y


def bare():
    """A product by hand, a weight used twice, a bias that is repeated along the batch."""
    rng = np.random.default_rng(2)
    w = Tensor(rng.normal(size=(3, 4)), requires_grad=True)
    b = Tensor(rng.normal(size=4), requires_grad=True)
    x = Tensor(rng.normal(size=(5, 3)))
    return (ops.sigmoid(x @ w + b) ** 2).mean() + 0.1 * (w * w).sum()


def of(key, found):
    return next(entry for entry in found if entry["key"] == key)


def graphs():
    model, x, y = pima_like()
    return {"xor": xor().explain(XOR_X, XOR_Y).to_dict()["faults"],
            "pima": model.explain(x, y).to_dict()["faults"],
            "bare": break_loss(bare())}


# ---- what goes wrong and who sees it ------------------------------------------------------------


@pytest.fixture(scope="module")
def found():
    return graphs()


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("graph", ["xor", "pima", "bare"])
def test_every_wrong_gradient_is_flagged_and_no_right_one(found, graph, key):
    fault = of(key, found[graph])

    assert fault["applies"] and fault["why_not"] is None
    assert any(g["wrong"] for g in fault["gradients"])
    for g in fault["gradients"]:
        assert (g["verdict"] == "DISAGREES") == g["wrong"], g["why"]


def test_without_a_fault_nothing_is_flagged():
    model, x, y = pima_like()
    for entry in (xor().explain(XOR_X, XOR_Y), model.explain(x, y), explain(bare())):
        assert "DISAGREES" not in {check["verdict"] for check in entry.to_dict()["checks"]}


def test_the_mistakes_have_the_names_that_the_page_and_the_text_show():
    assert KEYS == ["transpose", "slope", "assign", "mean", "y_for_z"]
    assert [fault.title for fault in FAULTS] == [
        "forget the transpose", "forget f′(z)", "= instead of +=", "forget 1/N", "y instead of z"]


# ---- each mistake is the one it says ------------------------------------------------------------


def dense_by_hand(activation="tanh"):
    """One dense layer and the pieces of its backward pass, in NumPy."""
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=4)
    tensors = [Tensor(v, requires_grad=True) for v in (x, w, b)]
    upstream = np.arange(20.0).reshape(5, 4)
    loss = (ops.dense(*tensors, activation=activation) * Tensor(upstream)).mean()
    return tensors, loss, x, w, x @ w + b, upstream / 20


def gradients(fault, tensors):
    return [next(g["value"] for g in fault["gradients"] if g["tensor"] is t) for t in tensors]


def test_transpose_reads_the_buffers_in_the_wrong_order():
    tensors, loss, x, w, z, dy = dense_by_hand()
    dz = dy * (1 - np.tanh(z) ** 2)

    dx, dw, db = gradients(of("transpose", break_loss(loss)), tensors)

    np.testing.assert_allclose(dx, dz @ w.reshape(4, 3), rtol=1e-12)
    np.testing.assert_allclose(dw, x.reshape(3, 5) @ dz, rtol=1e-12)
    np.testing.assert_allclose(db, dz.sum(0), rtol=1e-12)


def test_slope_leaves_the_factor_out():
    tensors, loss, x, w, z, dy = dense_by_hand()

    dx, dw, db = gradients(of("slope", break_loss(loss)), tensors)

    np.testing.assert_allclose(dx, dy @ w.T, rtol=1e-12)
    np.testing.assert_allclose(dw, x.T @ dy, rtol=1e-12)
    np.testing.assert_allclose(db, dy.sum(0), rtol=1e-12)


def test_y_for_z_takes_the_slope_at_the_output():
    tensors, loss, x, w, z, dy = dense_by_hand()
    dz = dy * (1 - np.tanh(np.tanh(z)) ** 2)

    dx, dw, db = gradients(of("y_for_z", break_loss(loss)), tensors)

    np.testing.assert_allclose(dx, dz @ w.T, rtol=1e-12)
    np.testing.assert_allclose(dw, x.T @ dz, rtol=1e-12)
    np.testing.assert_allclose(db, dz.sum(0), rtol=1e-12)


def test_assign_keeps_the_last_sample_and_the_last_use():
    tensors, loss, x, w, z, dy = dense_by_hand()
    dz = dy * (1 - np.tanh(z) ** 2)

    dx, dw, db = gradients(of("assign", break_loss(loss)), tensors)

    np.testing.assert_allclose(dx, dz @ w.T, rtol=1e-12)
    np.testing.assert_allclose(dw, np.outer(x[-1], dz[-1]), rtol=1e-12)
    np.testing.assert_allclose(db, dz[-1], rtol=1e-12)

    v = Tensor([2.0, 3.0], requires_grad=True)
    both = (v * v).sum() + 10.0 * v.sum()       # backward meets 10·v first, then v·v twice
    assert gradients(of("assign", break_loss(both)), [v])[0].tolist() == [2.0, 3.0]


def test_mean_hands_on_the_whole_gradient_and_the_ratio_is_n():
    tensors, loss, x, w, z, dy = dense_by_hand()
    fault = of("mean", break_loss(loss))

    np.testing.assert_allclose(gradients(fault, tensors)[1],
                               20 * (x.T @ (dy * (1 - np.tanh(z) ** 2))), rtol=1e-12)
    assert [round(g["ratio"], 6) for g in fault["gradients"]] == [20.0] * len(fault["gradients"])
    assert "1/N: the analytic gradient lacks a division by 20" in fault["gradients"][0]["why"]


def test_the_largest_difference_is_that_of_the_two_gradients():
    loss = bare()
    right = NumericCheck(loss).gradients

    for fault in break_loss(loss):
        for g in fault["gradients"]:
            assert g["largest_difference"] == np.abs(g["value"] - right[id(g["tensor"])]).max()


# ---- where a mistake is none --------------------------------------------------------------------


def test_for_relu_y_instead_of_z_changes_nothing_and_says_so():
    x = Tensor(np.random.default_rng(0).normal(size=(4, 3)))
    w = Tensor(np.random.default_rng(1).normal(size=(3, 2)), requires_grad=True)
    fault = of("y_for_z", break_loss(ops.dense(x, w, activation="relu").sum()))

    assert fault["applies"]
    assert not any(g["wrong"] or g["largest_difference"] for g in fault["gradients"])
    assert "For relu that changes nothing: y > 0 exactly where z > 0" in fault["what"]
    assert fault["losses"]["bug"] == fault["losses"]["right"]


def test_a_mistake_that_a_graph_cannot_have_does_not_apply_and_says_why():
    w = Tensor([[1.0, 2.0]], requires_grad=True)
    found = {fault["key"]: fault for fault in break_loss((w * 3.0).sum())}

    assert not any(fault["applies"] for fault in found.values())
    assert found["slope"]["why_not"].startswith("there is no activation function here")
    assert found["mean"]["why_not"] == "no mean of several numbers is taken here"
    assert found["assign"]["why_not"].startswith("no tensor is used twice here")
    assert found["transpose"]["why_not"].startswith("no two matrices are multiplied here")
    assert all(fault["gradients"] == [] == fault["losses"]["right"] for fault in found.values())


def test_a_linear_layer_has_no_slope_to_forget():
    x = Tensor(np.ones((4, 3), np.float32))
    w = Tensor(np.ones((3, 2), np.float32), requires_grad=True)
    found = break_loss(ops.dense(x, w).mean())

    assert [f["key"] for f in found if f["applies"]] == ["transpose", "assign", "mean"]


def test_one_column_is_the_same_transposed():
    """dH = dz·Wᵀ of XOR's last layer: W has one column, read in either order it is the same."""
    d = xor().explain(XOR_X, XOR_Y).to_dict()
    wrong = {d["tensors"][g["tensor"]]["long_name"]: g["wrong"]
             for g in of("transpose", d["faults"])["gradients"]}

    assert sum(wrong.values()) == 2
    assert all(value == name.endswith("kernel") for name, value in wrong.items())


# ---- training with it ---------------------------------------------------------------------------


def test_a_model_trains_with_its_own_optimizer_as_fit_does():
    explained = xor(optimizer="adam").explain(XOR_X, XOR_Y).to_dict()
    right = explained["faults"][0]["losses"]["right"]

    model = xor(optimizer="adam")
    history = model.fit(XOR_X, XOR_Y, batch_size=4, epochs=STEPS, shuffle=False, verbose=0)

    assert len(right) == STEPS + 1
    np.testing.assert_allclose(right[:-1], history.history["loss"], rtol=1e-5)
    assert right[0] == explained["loss"] and right[1] == explained["loss_after"]


def test_training_with_a_mistake_goes_another_way(found):
    for graph in found.values():
        for fault in graph:
            right, bug = fault["losses"]["right"], fault["losses"]["bug"]
            assert len(right) == STEPS + 1 and right[0] == bug[0] and right[-1] < right[0]
            assert right[1:] != bug[1:]
            assert fault["losses"]["why"].startswith(f"After {STEPS} steps the loss went from ")


def test_training_that_blows_up_is_reported_without_a_warning():
    w = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fault = of("mean", break_loss(((w * w - 1.0) ** 2).mean()))

    bug = fault["losses"]["bug"]
    assert not math.isfinite(bug[-1]) and all(math.isfinite(loss) for loss in bug[:-1])
    assert fault["losses"]["why"].endswith(f"after {len(bug) - 1}: it blew up.")


def test_the_rate_for_a_bare_loss_is_one_with_which_the_right_rules_work():
    w = Tensor([30.0], requires_grad=True)      # at 0.1 it would blow up
    right = of("assign", break_loss((w * w * w * w).sum()))["losses"]["right"]

    assert np.isfinite(right).all() and right[-1] < right[0]


def test_a_large_graph_trains_for_fewer_steps():
    w = Tensor([0.5], requires_grad=True)
    y = w
    for _ in range(600):
        y = y * 0.999
    broken = Broken(NumericCheck((y * y).sum()))

    assert 0 < broken.steps < STEPS
    assert len(of("assign", broken.all())["losses"]["right"]) == broken.steps + 1


# ---- nothing stays ------------------------------------------------------------------------------


def test_weights_optimizer_and_random_state_are_what_they_were():
    random.set_random_seed(8)
    model = Sequential([Dense(4, activation="tanh"), Dropout(0.5), Dense(1, activation="sigmoid")])
    model.compile("adam", loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(XOR_X, XOR_Y, epochs=3, verbose=0)

    def everything():
        return ([v.numpy().tobytes() for v in (*model.variables, *model.optimizer.variables)],
                [v.grad for v in model.trainable_variables],
                random.generator().bit_generator.state, model.get_metrics_result())

    before = everything()
    model.explain(XOR_X, XOR_Y)

    assert everything() == before
    assert all(entry.override is None for entry in OPS.values())


def test_gradients_of_a_bare_loss_are_not_touched():
    loss = bare()
    graph = NumericCheck(loss).graph
    loss.backward()
    before = [(t.numpy().tobytes(), t.grad.numpy().tobytes()) for t in graph.tensors]

    break_loss(loss)

    assert before == [(t.numpy().tobytes(), t.grad.numpy().tobytes()) for t in graph.tensors]


def test_the_same_graph_breaks_the_same_way():
    first, second = (xor().explain(XOR_X, XOR_Y).to_dict()["faults"] for _ in range(2))

    for one, other in zip(first, second, strict=True):
        assert one["losses"] == other["losses"] and one["what"] == other["what"]
        for g, h in zip(one["gradients"], other["gradients"], strict=True):
            assert g["value"].tobytes() == h["value"].tobytes()
            assert {**g, "value": 0} == {**h, "value": 0}


def test_a_mistake_that_trains_better_is_not_taken_for_right():
    """With 1/N forgotten the steps are longer: lower in a few of them, which the text explains."""
    w = Tensor([1.0, 2.0], requires_grad=True)
    fault = next(f for f in break_loss(ops.mean(w * w)) if f["key"] == "mean")
    assert fault["losses"]["bug"][-1] < fault["losses"]["right"][-1]
    assert "Lower does not mean right" in fault["losses"]["why"]
    for other in break_loss(ops.mean(w * w)):
        losses = other["losses"]
        lower = bool(losses["bug"]) and losses["bug"][-1] < losses["right"][-1]
        assert ("Lower does not mean right" in losses["why"]) == lower
