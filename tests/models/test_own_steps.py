"""Subclassed models, steps and losses of a user's own, and what compile takes."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Input, Sequential, ops
from autograd_mlp.layers import Dense
from tests.models.test_fit import X, Y, classifier


class TestOwnSteps:
    def test_a_subclass_of_model(self):
        class Residual(keras.Model):
            def __init__(self):
                super().__init__()
                self.hidden = Dense(4, activation="tanh")
                self.head = Dense(1)

            def call(self, x, training=None):
                return self.head(x + self.hidden(x))

        histories = []
        for eagerly in (False, True):
            keras.set_random_seed(0)
            model = Residual()
            model.compile("adam", "mse", metrics=["mae"], run_eagerly=eagerly)
            histories.append(model.fit(X, Y, epochs=3, batch_size=7, verbose=0,
                                       validation_split=0.2).history)
        assert histories[0] == histories[1] and histories[0]["loss"][2] < histories[0]["loss"][0]
        assert [layer.name[:5] for layer in model.layers] == ["dense", "dense"]
        assert model.predict(X, verbose=0).shape == (50, 1)
        assert model.count_params() == 25

    def test_a_train_step_of_ones_own(self):
        class Own(Sequential):
            steps = 0

            def train_step(self, data):
                x, y = data
                self.steps += 1
                result = super().train_step(data)
                return {**result, "steps": self.steps}

        model = Own([Input((4,)), Dense(1)])
        model.compile("sgd", "mse")
        history = model.fit(X, Y, batch_size=10, epochs=2, verbose=0).history
        assert history["steps"] == [5.0, 10.0] and list(history) == ["loss", "steps"]
        assert isinstance(model.evaluate(X, Y, verbose=0), float)
        assert model.train_on_batch(X, Y, return_dict=True)["steps"] == 11

    def test_a_gradient_tape(self):
        class Own(Sequential):
            def train_step(self, data):
                x, y = data
                with keras.GradientTape() as tape:
                    loss = self.compute_loss(x, y, self(x, training=True))
                variables = self.trainable_variables
                self.optimizer.apply_gradients(
                    zip(tape.gradient(loss, variables), variables, strict=True))
                return {"loss": loss}

        losses = []
        for kind in (Own, Sequential):
            keras.set_random_seed(0)
            model = kind([Input((4,)), Dense(1)])
            model.compile("sgd", "mse")
            losses.append(model.fit(X, Y, batch_size=50, epochs=3, verbose=0).history["loss"])
        np.testing.assert_allclose(*losses, rtol=1e-6)

    def test_a_loss_and_metrics_of_ones_own(self):
        class Own(Sequential):
            def __init__(self, *args):
                super().__init__(*args)
                self.largest = keras.metrics.Mean(name="largest")

            def compute_loss(self, x, y, y_pred, sample_weight=None, training=True):
                self.largest.update_state(ops.max(y_pred))
                return ops.mean(abs(y - y_pred))

        model = Own([Input((4,)), Dense(1)])
        model.compile("sgd", "mse")
        history = model.fit(X, Y, epochs=2, batch_size=10, verbose=0).history
        assert list(history) == ["largest", "loss"]
        p = model.predict(X, verbose=0)
        assert model.evaluate(X, Y, 50, verbose=0) == pytest.approx(
            [abs(p - Y).mean(), p.max()], rel=1e-5)

    def test_a_step_for_jax_is_refused(self):
        class Own(Sequential):
            def train_step(self, state, data):
                return {}, state

        model = Own([Input((4,)), Dense(1)])
        model.compile("sgd", "mse")
        with pytest.raises(TypeError, match="JAX"):
            model.fit(X, Y, verbose=0)

    def test_models_of_inputs_and_outputs_are_refused(self):
        with pytest.raises(NotImplementedError, match="Sequential"):
            keras.Model(inputs=Input((4,)), outputs=Dense(1))

    def test_a_loss_of_layers_alone(self):
        class Small(keras.Layer):
            def call(self, x):
                self.add_loss(ops.mean(x * x))
                return x

        model = Sequential([Input((4,)), Dense(3), Small()])
        model.compile("sgd")
        history = model.fit(X, epochs=5, verbose=0).history
        assert history["loss"][-1] < history["loss"][0]
        bare = Sequential([Input((4,)), Dense(1)])
        bare.compile("sgd")
        with pytest.raises(ValueError, match="No loss to compute"):
            bare.fit(X, Y, verbose=0)


class TestCompile:
    @pytest.mark.parametrize("arguments, message", [
        (dict(loss=["mse", "mae"]), "loss has 2 entries"),
        (dict(loss="mse", loss_weights=[1, 2]), "loss_weights has 2"),
        (dict(loss="mse", metrics="accuracy"), "metrics` argument to be a list"),
        (dict(loss="mse", weighted_metrics="mse"), "weighted_metrics` argument to be a list"),
        (dict(loss="mse", steps_per_execution=0), "steps_per_execution"),
        (dict(loss="mse", jit_compile="yes"), "jit_compile"),
        (dict(loss="mse", weighted_metrics=["maee"]), "did you mean 'mae'"),
    ], ids=range(7))
    def test_mistakes(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            classifier().compile("sgd", **arguments)

    def test_metrics_at_the_place_of_keras_2(self):
        with pytest.raises(TypeError, match=r"write metrics=\[...\] by name"):
            classifier().compile("sgd", "mse", ["mae"])

    def test_a_dictionary_names_the_output(self):
        model = Sequential([Input((4,)), Dense(1, name="out")])
        model.compile("sgd", {"out": "mse"}, metrics={"out": ["mae"]})
        assert list(model.fit(X, Y, verbose=0).history) == ["loss", "mae"]
        model.compile("sgd", {"aut": "mse"})
        with pytest.raises(ValueError, match="is called 'out'"):
            model.fit(X, Y, verbose=0)

    def test_weights_and_metrics_stay_recorded(self):
        model = classifier(weighted_metrics=["accuracy"])
        heard = []

        class Hook:
            def forward(self, node, output):
                heard.append(node.name)

            def backward(self, *edge):
                pass

        with keras.trace(Hook()):
            model.train_on_batch(X[:5], Y[:5], sample_weight=np.ones(5))
        assert "dense" in heard
        calls = []
        dense = Dense.call
        try:
            Dense.call = lambda self, x: calls.append(1) or dense(self, x)
            model.fit(X, Y, batch_size=5, epochs=3, verbose=0, sample_weight=np.ones(50))
        finally:
            Dense.call = dense
        assert len(calls) == 2          # layers, once

    def test_run_eagerly_with_jit_is_warned_of(self):
        with pytest.warns(UserWarning, match="jit_compile"):
            classifier().compile("sgd", "mse", run_eagerly=True, jit_compile=True)

    def test_an_unknown_argument(self):
        with pytest.raises(TypeError, match="did you mean 'optimizer'"):
            classifier().compile(optimiser="sgd")
