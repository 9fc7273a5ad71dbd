"""Layers, losses, metrics and models of a user's own take part in fit, recorded or not."""

import random

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Input, Sequential, Tensor, ops
from autograd_mlp.layers import Dense, Layer
from tests.models.test_fit import X, Y, classifier


class Branching(Layer):
    """Leaves the engine: what it does depends on the values of the batch."""

    def call(self, x):
        return x * 2 if float(x.sum()) > 0 else x * -1


class Counting(Layer):
    calls = 0

    def call(self, x):
        self.calls += 1
        return x * 1.0


class TestUsersCode:
    def test_a_layer_that_looks_at_values_runs_at_every_step(self):
        def history(eagerly):
            keras.set_random_seed(0)
            model = Sequential([Input((4,)), Branching(), Dense(1)])
            model.compile("sgd", "mse", run_eagerly=eagerly)
            return model.fit(X, Y, batch_size=3, epochs=3, verbose=0).history

        assert history(False) == history(True)

    def test_a_layer_of_operations_runs_for_two_batches_of_a_size_and_epoch(self):
        layer = Counting()
        model = Sequential([Input((4,)), layer, Dense(1)])
        model.compile("sgd", "mse")
        before = layer.calls
        model.fit(X[:48], Y[:48], batch_size=4, epochs=3, verbose=0)
        assert layer.calls - before == 3 * 2

    @pytest.mark.parametrize("factor", [
        lambda layer, x: 1 + 0.1 * layer.calls, lambda layer, x: random.random(),
        lambda layer, x: np.float64(random.random()),
        lambda layer, x: np.full((len(x), 1), random.random()),
        lambda layer, x: Tensor([float(layer.calls)]),
    ], ids=["counter", "random number", "NumPy scalar", "array", "tensor"])
    def test_numbers_of_a_layers_own_are_not_frozen(self, factor):
        class Own(Counting):
            def call(self, x):
                self.calls += 1
                return x * factor(self, x)

        def history(eagerly):
            keras.set_random_seed(0)
            model = Sequential([Input((4,)), Own(), Dense(1)])
            model.compile("sgd", "mse", run_eagerly=eagerly)
            return model.fit(X, Y, batch_size=5, epochs=2, verbose=0).history

        assert history(False) == history(True)

    def test_a_model_of_ones_own_is_own_code(self):
        class Scaled(Sequential):
            k = 1.0

            def call(self, x, training=None):
                return super().call(x, training) * self.k

        class Grow(keras.callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                self.model.k = epoch + 1.0

        def history(eagerly):
            keras.set_random_seed(0)
            model = Scaled([Input((4,)), Dense(1)])
            model.compile("sgd", "mse", run_eagerly=eagerly)
            return model.fit(X, Y, epochs=3, verbose=0, callbacks=[Grow()]).history

        assert history(False) == history(True)

    def test_a_trace_hook_hears_of_every_step(self):
        class Hook:
            heard = 0

            def forward(self, node, output):
                self.heard += node.name == "dense"

            def backward(self, *edge):
                pass

        with keras.trace(Hook()) as hook:
            classifier().fit(X, Y, batch_size=10, epochs=2, verbose=0)
        assert hook.heard == 2 * 5 * 2      # layers, batches, epochs

    def test_a_loss_without_a_gradient_is_named(self):
        model = classifier()
        model.compile("sgd", lambda t, p: Tensor(np.abs(t.numpy() - p.numpy()).mean(-1)))
        with pytest.raises(RuntimeError, match="loss.*does not depend on the weights"):
            model.fit(X, Y, verbose=0)

    def test_a_frozen_model_does_not_learn_but_runs(self):
        model = classifier()
        model.trainable = False
        model.compile("sgd", "mse")
        before = model.get_weights()
        model.fit(X, Y, verbose=0)
        np.testing.assert_array_equal(before[0], model.get_weights()[0])

    def test_run_eagerly_meets_every_step(self):
        layer = Counting()
        model = Sequential([Input((4,)), layer, Dense(1)])
        model.compile("sgd", "mse", run_eagerly=True)
        before = layer.calls
        model.fit(X, Y, batch_size=20, epochs=3, verbose=0)
        assert layer.calls - before == 3 * 3

    def test_own_loss_and_metric_functions(self):
        def cubed(y_true, y_pred):
            return ops.mean(abs(y_true - y_pred) ** 3, axis=-1)

        def largest(y_true, y_pred):
            return np.abs(y_true.numpy() - y_pred.numpy()).max(-1)      # leaves the engine

        model = classifier()
        model.compile("sgd", cubed, metrics=[largest])
        history = model.fit(X, Y, epochs=1, verbose=0).history
        assert list(history) == ["largest", "loss"]
        p = model.predict(X, verbose=0)
        np.testing.assert_allclose(model.evaluate(X, Y, verbose=0),
                                   [np.mean(abs(p - Y) ** 3), np.mean(abs(p - Y))], rtol=1e-5)

    def test_an_exception_in_a_layer_comes_out(self):
        class Broken(Layer):
            def call(self, x):
                raise KeyError("mine")

        model = Sequential([Input((4,)), Dense(1)])
        model.compile("sgd", "mse")
        model._layers.append(Broken())
        with pytest.raises(KeyError, match="mine"):
            model.fit(X, Y, verbose=0)


def test_a_users_layer_sees_shuffled_samples_even_if_one_batch_is_all():
    seen = []

    class Look(keras.Layer):
        def call(self, x):
            seen.append(x.numpy().ravel().tolist())
            return x

    model = keras.Sequential([keras.Input((1,)), Look(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.arange(20.0)[:, None]
    model.fit(x, x, batch_size=20, epochs=2, verbose=0)
    assert len({tuple(batch) for batch in seen[-2:]}) == 2
    assert sorted(seen[-1]) == x.ravel().tolist()
