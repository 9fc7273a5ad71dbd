"""model.explain for models of other shapes, and in the middle of training."""

import random as python_random

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Model, Sequential, callbacks, layers, losses, ops, optimizers, random


class Residual(Model):
    """A model whose own call computes too, and uses one layer twice."""

    def __init__(self):
        super().__init__(name="residual")
        self.hidden = layers.Dense(3, activation="tanh", name="hidden")
        self.head = layers.Dense(1, name="head")

    def call(self, x):
        x = x + self.hidden(x)
        return self.head(x + self.hidden(x))


def compiled(model, **arguments):
    model.compile(**{"optimizer": "sgd", "loss": "mse"} | arguments)
    return model


@pytest.fixture(autouse=True)
def seed():
    keras.set_random_seed(2)


def test_a_subclass_with_a_shared_layer():
    model = compiled(Residual())
    x, y = np.eye(3, dtype="f4"), np.ones((3, 1), "f4")
    ex = model.explain(x, y)
    d = ex.to_dict()
    assert [layer["name"] for layer in d["layers"]] == ["hidden", "residual", "head"]
    assert [len(layer["nodes"]) for layer in d["layers"]] == [2, 2, 1]
    shared = [e for e in d["edges"] if d["tensors"][e["to"]]["name"] == "W1"]
    assert [e["before"] is None for e in shared] == [True, False]
    model.train_on_batch(x, y)
    for update, w in zip(d["updates"], model.trainable_variables, strict=True):
        np.testing.assert_array_equal(update["after"], w.numpy())


def test_embeddings():
    model = compiled(Sequential([keras.Input((2,), dtype="int64"), layers.Embedding(5, 3),
                                 layers.Flatten(), layers.Dense(1)]))
    ex = model.explain(np.array([[0, 1], [4, 1]]), np.ones((2, 1)))
    d = ex.to_dict()
    assert [t["name"] for t in d["tensors"]][:3] == ["E1", "x", "x′"]
    assert d["nodes"][0]["letters"] == ["x", "index"]
    grad = ex.gradient("E1")
    assert (grad[[2, 3]] == 0).all() and (grad[[0, 1, 4]] != 0).any()


def test_a_model_without_weights_yet_gets_those_it_would_have_got():
    def new():
        keras.set_random_seed(4)
        return compiled(Sequential([layers.Dense(3, "relu"), layers.Dense(1)]))

    x, y = np.ones((2, 4), "f4"), np.ones((2, 1), "f4")
    explained = new()
    explained.explain(x, y)
    after = random.get_state()
    plain = new()
    plain.predict(x, verbose=0)
    assert random.get_state() == after
    for a, b in zip(explained.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_training_goes_on_as_if_nobody_had_looked():
    x = np.random.default_rng(0).normal(size=(40, 4)).astype("f4")
    y = x[:, :1] * x[:, 1:2]
    seen = []

    class Look(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(self.model.explain(x[:4], y[:4], check=len(seen) == 2).loss)

        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                seen.append(self.model.explain(x[:4], y[:4], check=len(seen) == 2).loss)

    def train(watchers):
        keras.set_random_seed(7)
        model = compiled(Sequential([
            keras.Input((4,)), layers.Dense(8, "relu"), layers.Dropout(0.3),
            layers.BatchNormalization(), layers.Dense(1, kernel_regularizer="l2")]),
            optimizer="adam", metrics=["mae"])
        history = model.fit(x, y, epochs=3, batch_size=8, verbose=0, callbacks=watchers)
        return [*model.get_weights(), *(v.numpy() for v in model.optimizer.variables)], \
            history.history

    watched, watched_history = train([Look()])
    alone, history = train(None)
    assert len(seen) == 6
    for a, b in zip(watched, alone, strict=True):
        np.testing.assert_array_equal(a, b)
    assert watched_history == history


def test_numpys_and_pythons_random_numbers_go_on_from_where_they_were():
    class Noise(layers.Layer):
        def call(self, x):
            noise = np.random.normal(size=x.shape)      # noqa: NPY002
            return x + noise.astype("f4") + python_random.random()

    model = compiled(Sequential([keras.Input((2,)), Noise(), layers.Dense(1)]),
                     optimizer=optimizers.SGD(0.0))
    np.random.seed(0)       # noqa: NPY002
    python_random.seed(0)
    ex = model.explain(np.ones((3, 2)), np.zeros((3, 1)))
    assert ex.loss_after == ex.loss         # of the same noise, for nothing is learnt
    drawn = np.random.normal(), python_random.random()      # noqa: NPY002
    np.random.seed(0)       # noqa: NPY002
    python_random.seed(0)
    assert drawn == (np.random.normal(), python_random.random())        # noqa: NPY002


def test_what_an_optimizer_of_a_users_own_counts_stays():
    class Counting(optimizers.Optimizer):
        def __init__(self):
            super().__init__(learning_rate=0.1)
            self.steps, self.noted, self.by_name = 0, [], {}

        def update_step(self, gradient, variable, learning_rate):
            self.steps += 1
            self.noted.append(variable.name)
            self.by_name[variable.path] = self.steps
            variable.assign(variable - learning_rate * gradient)

    optimizer = Counting()
    model = compiled(Sequential([keras.Input((2,)), layers.Dense(1)]), optimizer=optimizer)
    x, y = np.ones((3, 2), "f4"), np.zeros((3, 1), "f4")
    model.explain(x, y)
    assert (optimizer.steps, optimizer.noted, optimizer.by_name) == (0, [], {})
    model.train_on_batch(x, y)
    assert optimizer.steps == 2
    before = list(optimizer.noted), dict(optimizer.by_name)
    model.explain(x, y)
    assert optimizer.steps == 2 and (optimizer.noted, optimizer.by_name) == before


def test_metrics_of_a_layer_of_a_users_own_stay():
    class Counting(layers.Layer):
        def __init__(self):
            super().__init__()
            self.seen = keras.metrics.Sum(name="seen")

        def call(self, x):
            self.seen.update_state(ops.sum(x))
            return x * 2

    model = compiled(Sequential([keras.Input((2,)), Counting(), layers.Dense(1)]))
    x, y = np.ones((3, 2), "f4"), np.ones((3, 1), "f4")
    model.train_on_batch(x, y)
    before = float(model.layers[0].seen.result())
    model.explain(x, y)
    assert float(model.layers[0].seen.result()) == before == 6


def test_weights_that_the_loss_does_not_reach_have_no_update():
    class Unused(layers.Layer):
        def build(self, input_shape):
            self.w = self.add_weight((2,), name="w")

        def call(self, x):
            return x

    model = compiled(Sequential([keras.Input((2,)), Unused(), layers.Dense(1)]))
    d = model.explain(np.ones((3, 2)), np.ones((3, 1))).to_dict()
    assert len(model.trainable_variables) == 3
    assert [d["tensors"][u["tensor"]]["name"] for u in d["updates"]] == ["W1", "b1"]


LOSSES = [name for name in losses.__all__ if isinstance(getattr(losses, name), type)
          and issubclass(getattr(losses, name), losses.Loss)
          and name not in ("Loss", "LossFunctionWrapper", "CTC")]


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name):
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(5, 3)).astype("f4"), rng.integers(0, 4, 5)
    of_labels = "Sparse" in name or name in ("Circle", "CategoricalGeneralizedCrossEntropy")
    y = labels if of_labels else np.eye(4)[labels]
    model = compiled(Sequential([keras.Input((3,)), layers.Dense(4, "softmax")]),
                     loss=getattr(losses, name)(), optimizer=keras.optimizers.SGD(1e-3))
    ex = model.explain(x, y)
    d = ex.to_dict()
    assert "DISAGREES" not in [check["verdict"] for check in d["checks"]]
    assert np.float32(model.train_on_batch(x, y)) == np.float32(ex.loss)
    for update, w in zip(d["updates"], model.trainable_variables, strict=True):
        np.testing.assert_array_equal(update["after"], w.numpy())
    assert ex.loss_after < ex.loss


def test_only_losses_of_layers():
    model = Sequential([keras.Input((2,)), layers.ActivityRegularization(l2=0.5),
                        layers.Dense(1, activity_regularizer="l2")])
    model.compile("sgd")
    ex = model.explain(np.ones((3, 2)))
    assert ex.loss == pytest.approx(float(model.train_on_batch(np.ones((3, 2)))), rel=1e-6)


def test_a_loss_of_a_models_output():
    model = Sequential([keras.Input((2,)), layers.Dense(3, "tanh", name="hidden"),
                        layers.BatchNormalization(name="norm"), layers.Dense(1, name="out")])
    x, y = keras.Tensor(np.eye(2, dtype="f4")), np.ones((2, 1), "f4")
    d = keras.explain(lambda: ops.mean((model(x) - y) ** 2)).to_dict()
    weights = [(t["name"], t["long_name"]) for t in d["tensors"] if t["role"] == "weight"]
    assert [name for name, _ in weights] == ["W1", "b1", "γ1", "β1", "W2", "b2"]
    assert weights[0][1].endswith("hidden/kernel")
    assert {t["name"]: t["role"] for t in d["tensors"]}["moving_mean1"] == "constant"
    assert [layer["name"] for layer in d["layers"]] == ["hidden", "norm", "out"]
    assert [t["name"] for t in d["tensors"] if t["role"] == "input"] == ["x", "y"]


def test_numbers_that_are_not_finite_are_told_without_a_warning():
    model = compiled(Sequential([keras.Input((2,)), layers.Dense(3, "relu"), layers.Dense(1)]),
                     optimizer="adam")
    ex = model.explain([[np.nan, 1.0], [1e30, 2.0]], np.ones((2, 1)))
    assert np.isnan(ex.loss) and "loss before NaN, loss after this step: NaN" in str(ex)
    assert "NaN" in ex.to_html()


def test_frozen_weights_are_told_as_such():
    model = compiled(Sequential([keras.Input((2,)), layers.Dense(3, name="a", trainable=False),
                                 layers.Dense(1, name="b")]))
    ex = model.explain(np.ones((2, 2)), np.ones((2, 1)))
    assert "W1 [2×3] frozen weight a/kernel" in str(ex)
    assert ex.gradient("W1") is None and ex.gradient("W2").shape == (3, 1)
