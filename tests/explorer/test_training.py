"""model.explain shows the step that train_on_batch would do, and changes nothing."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Tensor, layers, ops, random


class Residual(layers.Layer):
    """A layer of a user's own, with a layer inside, a weight, and a loss."""

    def build(self, input_shape):
        self.inner = layers.Dense(input_shape[-1], activation="tanh")
        self.scale = self.add_weight((), "ones", name="scale")

    def call(self, x):
        y = x + self.scale * self.inner(x)
        self.add_loss(0.1 * ops.mean(y * y))
        return y


LAYERS = {
    "dense, linear": lambda: [layers.Dense(5)],
    "dense without bias": lambda: [layers.Dense(5, use_bias=False, activation="tanh")],
    "dense, softmax": lambda: [layers.Dense(5, activation="softmax")],
    "dense, gelu": lambda: [layers.Dense(5, activation="gelu")],
    "dense, own function": lambda: [layers.Dense(5, activation=lambda z: z * ops.sigmoid(z))],
    "activation": lambda: [layers.Dense(5), layers.Activation("relu")],
    "leaky relu": lambda: [layers.Dense(5), layers.LeakyReLU(negative_slope=0.1)],
    "prelu": lambda: [layers.Dense(5), layers.PReLU("uniform")],
    "softmax": lambda: [layers.Dense(5), layers.Softmax()],
    "dropout": lambda: [layers.Dense(5, "tanh"), layers.Dropout(0.5)],
    "dropout of rows": lambda: [layers.Dense(5), layers.Dropout(0.5, noise_shape=(None, 1))],
    "alpha dropout": lambda: [layers.Dense(5, "selu"), layers.AlphaDropout(0.2)],
    "noise": lambda: [layers.GaussianNoise(0.1), layers.Dense(5), layers.GaussianDropout(0.3)],
    "batch normalization": lambda: [layers.Dense(5), layers.BatchNormalization()],
    "frozen batch normalization": lambda: [layers.Dense(5),
                                           layers.BatchNormalization(trainable=False)],
    "layer normalization": lambda: [layers.LayerNormalization(), layers.Dense(5)],
    "regularizers": lambda: [layers.Dense(5, kernel_regularizer="l2",
                                          activity_regularizer="l1_l2")],
    "constraint": lambda: [layers.Dense(5, kernel_constraint="non_neg")],
    "lambda": lambda: [layers.Lambda(lambda x: x * x - 1), layers.Dense(5)],
    "reshaping": lambda: [layers.Reshape((2, 3)), layers.Permute((2, 1)), layers.Flatten()],
    "rescaling": lambda: [layers.Rescaling(0.5, offset=-1), layers.Dense(5)],
    "pooling": lambda: [layers.Reshape((2, 3)), layers.GlobalAveragePooling1D()],
    "max pooling": lambda: [layers.Reshape((2, 3)), layers.GlobalMaxPooling1D()],
    "repeated rows": lambda: [layers.Dense(5), layers.RepeatVector(2),
                              layers.SpatialDropout1D(0.4), layers.Flatten()],
    "unit length": lambda: [layers.Dense(5), layers.UnitNormalization(), layers.ELU()],
    "normalization": lambda: [layers.Normalization(mean=0.5, variance=2.0), layers.Identity()],
    "activity": lambda: [layers.Dense(5), layers.ActivityRegularization(l1=0.1, l2=0.1)],
    "nested": lambda: [keras.Sequential([layers.Dense(5, "relu"), layers.Dropout(0.2)])],
    "own layer": lambda: [Residual()],
    "frozen": lambda: [layers.Dense(5, trainable=False), layers.Dense(5, "relu")],
    "float64": lambda: [layers.Dense(5, "softplus", dtype="float64")],
}


def data(seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(4, 6)).astype("float32"), rng.normal(size=(4, 1)).astype("float32")


def make(middle, optimizer="adam", loss="mse", **arguments):
    keras.set_random_seed(3)
    model = keras.Sequential([keras.Input((6,)), *middle, layers.Dense(1, name="out")])
    model.compile(optimizer=optimizer, loss=loss, **arguments)
    return model


def state(model):
    """All that explain may not change."""
    optimizer = model.optimizer
    return {
        "weights": [w.numpy() for w in model.variables],
        "gradients": [None if w.grad is None else w.grad.numpy() for w in model.variables],
        "optimizer": [(v.path, v.numpy()) for v in optimizer.variables],
        "built": optimizer.built,
        "metrics": [v.numpy() for m in model.metrics for v in m.variables],
        "random": random.get_state(),
        "losses": [float(loss.numpy().reshape(())) for loss in model.losses],
    }


def assert_same(a, b):
    np.testing.assert_equal(a, b)


@pytest.mark.parametrize("name", LAYERS)
def test_the_step_is_that_of_train_on_batch_and_nothing_changes(name):
    x, y = data()
    model = make(LAYERS[name]())
    model.fit(x, y, verbose=0)          # the optimizer has a state by now
    before = state(model)
    ex = model.explain(x, y)
    assert_same(state(model), before)
    assert {check["verdict"] for check in ex.to_dict()["checks"]} <= {
        "agrees", "kink crossed", "below round-off"}

    d = ex.to_dict()
    loss = model.train_on_batch(x, y)
    assert np.float32(d["loss"]) == np.float32(loss)
    names = {t["id"]: t["long_name"] for t in d["tensors"]}
    assert len(d["updates"]) == len(model.trainable_variables)
    after = {id(w): w.numpy() for w in model.trainable_variables}
    for update in d["updates"]:
        w = ex.tensor(names[update["tensor"]])
        np.testing.assert_array_equal(update["after"], after[id(w)])
        np.testing.assert_array_equal(update["rows"][0]["after"], d["tensors"][update["tensor"]][
            "grad"])


@pytest.mark.parametrize("name", LAYERS)
def test_the_document_is_consistent(name):
    d = make(LAYERS[name]()).explain(*data(), check=False).to_dict()
    totals = {}
    for edge in d["edges"]:
        np.testing.assert_equal(edge["before"], totals.get(edge["to"]))
        before = 0 if edge["before"] is None else edge["before"]
        np.testing.assert_array_equal(edge["total"], before + edge["contribution"])
        totals[edge["to"]] = edge["total"]
        node = d["nodes"][edge["node"]]
        assert node["inputs"][edge["index"]] == edge["to"] and node["output"] == edge["from"]
        assert node["letters"][edge["index"]] == edge["letter"]
        shape = edge["total"].shape
        assert edge["shapes"].endswith(f"→ [{'×'.join(map(str, shape))}]" if shape else (
            "→ scalar", "scalars"))
        if edge["from"] in totals:
            np.testing.assert_array_equal(edge["upstream"], totals[edge["from"]])
    for tensor in d["tensors"]:
        np.testing.assert_equal(tensor["grad"], totals.get(
            tensor["id"], np.float32(1) if tensor["role"] == "loss" else None))
        assert list(tensor["value"].shape) == tensor["shape"]
        for node in tensor["used_by"]:
            assert tensor["id"] in d["nodes"][node]["inputs"]
        if tensor["made_by"] is not None:
            assert d["nodes"][tensor["made_by"]]["output"] == tensor["id"]
    for node in d["nodes"]:         # what a call reads was there before it
        assert all(d["tensors"][i]["made_by"] is None or d["tensors"][i]["made_by"] < node["id"]
                   for i in node["inputs"])
    for number, layer in enumerate(d["layers"]):
        assert all(d["nodes"][i]["layer"] == number for i in layer["nodes"])
    assert len({t["name"] for t in d["tensors"]}) == len(d["tensors"])
    kinds = [step["kind"] for step in d["steps"]]
    assert kinds == ["forward"] * len(d["nodes"]) + ["loss", "seed"] + [
        "rule", "multiply", "accumulate"] * len(d["edges"]) + ["update"] * len(d["updates"]) + [
        "done"]


def test_names_of_a_textbook():
    d = make([layers.Dense(5, "relu", name="a"), layers.Dropout(0.5, name="b"),
              layers.BatchNormalization(name="c"), layers.Dense(4, name="d")]).explain(
                  *data()).to_dict()
    assert [t["name"] for t in d["tensors"]] == [
        "x", "W1", "b1", "H1", "seed", "H1′", "γ1", "β1", "H1″", "W2", "b2", "H2", "W3", "b3", "ŷ",
        "y", "ℓ", "L"]
    assert [t["long_name"] for t in d["tensors"]][:9] == [
        "x", "a/kernel", "a/bias", "a/dense", "b/seed", "b/dropout", "c/gamma", "c/beta",
        "c/batch_norm"]


def test_dense_shows_z_slope_and_dz():
    d = make([layers.Dense(5, activation="sigmoid")]).explain(*data()).to_dict()
    node = d["nodes"][0]
    x, w, b = (d["tensors"][i]["value"] for i in node["inputs"])
    s = 1 / (1 + np.exp(-(x.astype(float) @ w + b)))
    np.testing.assert_allclose(node["inner"]["z"], x @ w + b, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(node["inner"]["slope"], s * (1 - s), rtol=1e-5)
    edges = {edge["letter"]: edge for edge in d["edges"] if edge["node"] == 0}
    np.testing.assert_allclose(edges["W"]["total"], x.T @ node["inner"]["dz"], rtol=1e-5)
    np.testing.assert_allclose(edges["b"]["total"], node["inner"]["dz"].sum(0), rtol=1e-5)
    np.testing.assert_array_equal(
        node["inner"]["dz"], edges["W"]["upstream"] * node["inner"]["slope"])


def test_softmax_has_no_slope_cell_by_cell():
    z = Tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    edges = keras.explain(lambda: ops.softmax(z).sum()).to_dict()["edges"]
    assert edges[-1]["local"] is None       # although the gradient is 0 wherever it is
    inner = make([layers.Dense(5, activation="softmax")]).explain(*data()).to_dict()["nodes"][0][
        "inner"]
    assert inner["slope"] is None and inner["dz"].shape == (4, 5)


def test_local_derivatives_times_upstream_are_the_contributions():
    d = make([layers.Dense(5), layers.Activation("tanh"), layers.Dropout(0.5)]).explain(
        *data()).to_dict()
    local = {d["nodes"][edge["node"]]["op"]: edge["local"] for edge in d["edges"]}
    assert local["dense"] is None
    assert {"tanh", "dropout", "mean_squared_error", "mean"} <= {
        op for op, values in local.items() if values is not None}
    y = next(d["tensors"][n["output"]]["value"] for n in d["nodes"] if n["op"] == "tanh")
    np.testing.assert_allclose(local["tanh"], 1 - y ** 2, rtol=1e-4)
    assert set(np.unique(local["dropout"])) == {0, 2}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_loss_after_is_that_of_the_same_batch_with_the_same_random_numbers(dtype):
    x, y = data()
    model = make([layers.Dense(5, "tanh", dtype=dtype), layers.Dropout(0.5, dtype=dtype)],
                 keras.optimizers.SGD(0.1))
    kept = model.layers[1].seed_generator.state.tolist() if hasattr(
        model.layers[1], "seed_generator") else None
    ex = model.explain(x, y)
    model.train_on_batch(x, y)
    if kept is not None:
        model.layers[1].seed_generator.state.assign(kept)
    with keras.no_grad():
        loss = model.compute_loss(y=Tensor(y), y_pred=model(x, training=True))
    assert kept is None or float(loss) == ex.loss_after
    assert ex.loss_after < ex.loss


def test_a_live_graph_on_the_same_weights_can_still_run_backward():
    x, y = data()
    model = make([layers.Dense(5, "tanh")])
    loss = ops.mean((model(x) - y) ** 2)
    model.explain(x, y)
    loss.backward()
    expected = [w.grad.numpy() for w in model.trainable_variables]
    for w in model.trainable_variables:
        w.zero_grad()
    ops.mean((model(x) - y) ** 2).backward()
    for w, grad in zip(model.trainable_variables, expected, strict=True):
        np.testing.assert_array_equal(w.grad.numpy(), grad)


def test_gradients_that_are_there_stay_and_do_not_count():
    x, y = data()
    model = make([])
    clean = model.explain(x, y).to_dict()
    for w in model.trainable_variables:
        w.grad = np.full(w.shape, 7.0)
    d = model.explain(x, y).to_dict()
    for a, b in zip(d["edges"], clean["edges"], strict=True):
        np.testing.assert_array_equal(a["total"], b["total"])
    assert all((w.grad.numpy() == 7).all() for w in model.trainable_variables)


def test_sample_and_class_weights_take_part():
    x, y = data()
    weights = np.array([1.0, 0.0, 2.0, 0.5], "float32")
    model = make([])
    d = model.explain(x, y, weights).to_dict()
    assert "s" in [t["name"] for t in d["tensors"]]
    assert np.float32(model.train_on_batch(x, y, weights)) == np.float32(d["loss"])
    model = make([layers.Dense(2, "softmax")])
    model.pop()
    model.compile("sgd", "sparse_categorical_crossentropy")
    labels = np.array([0, 1, 1, 0])
    d = model.explain(x, labels, class_weight={0: 1.0, 1: 3.0}).to_dict()
    assert np.float32(model.train_on_batch(x, labels, class_weight={0: 1.0, 1: 3.0})) \
        == np.float32(d["loss"])


def test_a_loss_in_python_and_loss_weights():
    def cubed(y_true, y_pred):
        return ops.mean(abs(y_true - y_pred) ** 3, axis=-1)

    x, y = data()
    model = make([], loss=cubed, loss_weights=0.5)
    d = model.explain(x, y).to_dict()
    assert np.float32(model.train_on_batch(x, y)) == np.float32(d["loss"])
    node = next(n for n in d["nodes"] if n["op"] == "abs")
    assert node["source"]["file"] == "test_training.py" and "abs(y_true" in node["source"]["text"]


def test_the_gradient_of_x_on_request():
    x, y = data()
    model = make([layers.Dense(5, "tanh")])
    assert model.explain(x, y).gradient("x") is None
    assert model.explain(x, y, input_gradient=True).gradient("x").shape == (4, 6)


def test_layers_know_their_calls_and_sources():
    d = make([Residual(name="mine")]).explain(*data()).to_dict()
    mine = next(layer for layer in d["layers"] if layer["name"] == "mine")
    ops_of_mine = [d["nodes"][i]["op"] for i in mine["nodes"]]
    assert ops_of_mine == ["multiply", "add", "multiply", "mean", "multiply"]
    add = d["nodes"][mine["nodes"][1]]
    assert add["source"]["text"] == "y = x + self.scale * self.inner(x)"
    assert d["tensors"][mine["input"]]["name"] == "x"
    assert [d["tensors"][i]["long_name"] for i in mine["parameters"]] == ["mine/scale"]


# ---- errors ------------------------------------------------------------------------------


def test_not_compiled():
    with pytest.raises(ValueError, match=r"no loss yet: call compile"):
        keras.Sequential([keras.Input((2,)), layers.Dense(1)]).explain([[1.0, 2.0]], [[1.0]])


def test_everything_frozen():
    model = make([])
    model.trainable = False
    with pytest.raises(RuntimeError, match="every layer is frozen"):
        model.explain(*data())


def test_inside_no_grad():
    model = make([])
    with keras.no_grad(), pytest.raises(RuntimeError, match=r"inside no_grad\(\): call explain"):
        model.explain(*data())


def test_a_loss_that_leaves_the_engine():
    model = make([], loss=lambda t, p: Tensor((p.numpy() - t.numpy()) ** 2))
    with pytest.raises(RuntimeError, match="computes with NumPy"):
        model.explain(*data())


def test_too_many_samples():
    with pytest.raises(ValueError, match=r"explain\(x\[:32\], y\[:32\]\)"):
        make([]).explain(np.zeros((600, 6)), np.zeros((600, 1)))


def test_targets_are_missing():
    with pytest.raises(ValueError, match="y .the targets. is missing"):
        make([]).explain(data()[0])


def test_an_own_train_step():
    class Own(keras.Sequential):
        def train_step(self, data):
            return {}

    model = Own([keras.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match=r"overrides train_step\(\)"):
        model.explain([[1.0, 2.0]], [[1.0]])


def test_an_error_in_the_middle_leaves_everything_as_it_was():
    x, y = data()
    model = make([layers.Dense(5)])
    before = state(model)

    def broken(gradient, variable, rate):
        variable.assign(variable * 0)
        raise ArithmeticError("broken")

    model.optimizer.__dict__["update_step"] = broken
    with pytest.raises(ArithmeticError):
        model.explain(x, y)
    assert model.optimizer.__dict__.pop("update_step") is broken
    assert_same(state(model), before)
