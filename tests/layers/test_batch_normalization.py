"""Batch normalization: batches, moving averages, frozen layers, what it refuses."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Input, Sequential, Variable
from autograd_mlp.layers import BatchNormalization, Dense

rng = np.random.default_rng(0)
X = rng.normal(3, 2, size=(40, 4)).astype("float32")


def test_training_uses_the_batch_and_inference_the_moving_averages():
    layer = BatchNormalization(momentum=0.9)
    y = layer(X, training=True).numpy()
    np.testing.assert_allclose(y.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(y.var(0), 1, atol=1e-3)
    mean, variance = 0.1 * X.mean(0), 0.9 + 0.1 * X.var(0)
    np.testing.assert_allclose(layer.moving_mean, mean, rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, variance, rtol=1e-5)
    expected = (X - mean) / np.sqrt(variance + 1e-3)
    np.testing.assert_allclose(layer(X), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(layer(X, training=False), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("axis, reduced", [(1, (0, 2, 3)), (-2, (0, 1, 3)), (3, (0, 1, 2))])
def test_axis(axis, reduced):
    x = rng.normal(size=(3, 4, 5, 6))
    y = BatchNormalization(axis=axis, dtype="float64")(x, training=True).numpy()
    np.testing.assert_allclose(y.mean(reduced), 0, atol=1e-12)
    assert y.shape == x.shape


def test_a_frozen_layer_is_left_alone():
    layer = BatchNormalization()
    layer(X, training=True)
    before = layer.get_weights()
    layer.trainable = False
    assert np.array_equal(layer(X, training=True).numpy(), layer(X, training=False).numpy())
    assert all(np.array_equal(a, b) for a, b in zip(before, layer.get_weights(), strict=True))


def model(eagerly=False):
    keras.set_random_seed(2)
    built = Sequential([Input((4,)), Dense(6), BatchNormalization(momentum=0.8), Dense(1)])
    built.compile("adam", "mse", run_eagerly=eagerly)
    return built


def test_the_averages_follow_a_recorded_training():
    recorded, eager = model(), model(True)
    for trained in (recorded, eager):
        trained.fit(X, X[:, 0], batch_size=8, epochs=3, shuffle=False, verbose=0)
    layer = recorded.layers[1]
    assert abs(layer.moving_mean.numpy()).max() > 0.1
    for a, b in zip(recorded.get_weights(), eager.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


def test_evaluating_changes_nothing():
    trained = model()
    before = [w.tobytes() for w in trained.get_weights()]
    trained.evaluate(X, X[:, 0], verbose=0)
    trained.predict(X, verbose=0)
    assert before == [w.tobytes() for w in trained.get_weights()]


def test_a_replay_tells_that_the_averages_changed():
    trained = model()
    other = Variable(np.ones(6, "float32"))
    product = other * trained.layers[1].moving_mean
    trained.fit(X, X[:, 0], batch_size=8, epochs=2, verbose=0)
    with pytest.raises(RuntimeError, match="changed in place"):
        product.backward(np.ones(6))


def test_a_users_layer_beside_it_stays_recorded():
    """The moments of two batches differ, which is no reason to run every step's Python."""
    calls = []

    class Own(keras.Layer):
        def call(self, x):
            calls.append(1)
            return x * 2

    trained = Sequential([Input((4,)), Own(), BatchNormalization(), Dense(1)])
    trained.compile("sgd", "mse")
    trained.fit(X, X[:, 0], batch_size=4, epochs=1, verbose=0)
    assert len(calls) < 10


def test_integers_are_taken_as_numbers():
    y = BatchNormalization()(np.array([[1, 2], [3, 4]]), training=True)
    assert y.dtype == "float32"


@pytest.mark.parametrize("call, error, words", [
    (lambda: BatchNormalization(axis=2)(X), ValueError, "axis 2 is out of range"),
    (lambda: BatchNormalization(axis=2).compute_output_shape((None, 4)), ValueError, "axis 2"),
    (lambda: BatchNormalization(renorm=True), NotImplementedError, "renorm"),
    (lambda: BatchNormalization(renorm_clipping={"rmax": 2}), NotImplementedError, "renorm"),
    (lambda: BatchNormalization(synchronized=True), ValueError, "several devices"),
    (lambda: BatchNormalization()(X, mask=np.ones(40)), NotImplementedError, "no masks"),
    (lambda: BatchNormalization(momentun=0.5), ValueError, "did you mean 'momentum'"),
])
def test_what_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_another_number_of_features():
    layer = BatchNormalization()
    layer(X)
    with pytest.raises(ValueError, match="axis -1.*4|length 4"):
        layer(X[:, :3])
