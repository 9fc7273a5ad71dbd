"""A replayed training and one that runs the Python of every step give the same bits."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Input, Sequential, optimizers
from autograd_mlp.layers import Dense, Layer

rng = np.random.default_rng(0)
X = rng.normal(size=(23, 5)).astype("float32")
CLASSES = rng.integers(0, 3, 23)
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]


def train(eagerly, optimizer, loss, activation, y, layers=(), dtype=None):
    keras.set_random_seed(7)
    model = Sequential([Input((5,)), Dense(9, activation="tanh", dtype=dtype), *layers,
                        Dense(6 if activation == "glu" else 3, activation=activation, dtype=dtype)])
    model.compile(optimizer(), loss, metrics=["accuracy", "mse"] if y.ndim == 2 else ["accuracy"],
                  run_eagerly=eagerly)
    history = model.fit(X, y, batch_size=4, epochs=3, validation_split=0.2, verbose=0).history
    outputs = model.predict(X, batch_size=5, verbose=0)
    return history, [w.tobytes() for w in model.get_weights()], outputs.tobytes()


OPTIMIZERS = [
    optimizers.SGD, lambda: optimizers.SGD(0.1, momentum=0.9),
    lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True), optimizers.Adagrad,
    optimizers.Adadelta, optimizers.RMSprop, lambda: optimizers.RMSprop(momentum=0.9),
    optimizers.legacy.RMSprop, optimizers.Adam,
]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda make: repr(make()))
def test_every_optimizer(optimizer):
    arguments = (optimizer, "categorical_crossentropy", "softmax", ONE_HOT)
    assert train(False, *arguments) == train(True, *arguments)


LOSSES = [
    ("mean_squared_error", "sigmoid"), ("mean_absolute_error", "linear"),
    ("mean_absolute_percentage_error", "linear"), ("mean_squared_logarithmic_error", "softplus"),
    ("binary_crossentropy", "sigmoid"), ("categorical_crossentropy", "softmax"),
    ("sparse_categorical_crossentropy", "softmax"), ("hinge", "tanh"), ("squared_hinge", "tanh"),
    ("categorical_hinge", "linear"), ("huber", "linear"), ("log_cosh", "linear"),
    ("kl_divergence", "softmax"), ("poisson", "softplus"), ("cosine_similarity", "linear"),
]


@pytest.mark.parametrize("loss, activation", LOSSES)
def test_every_loss(loss, activation):
    y = CLASSES if loss.startswith("sparse") else ONE_HOT
    arguments = (optimizers.Adam, loss, activation, y)
    assert train(False, *arguments) == train(True, *arguments)


def test_every_loss_of_the_library_is_here():
    assert {name for name, _ in LOSSES} == {
        name for name, op in keras.ops.OPS.items() if op.family == "loss"}


ACTIVATIONS = sorted(n for n, op in keras.ops.OPS.items() if op.family == "activation")


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation):
    arguments = (optimizers.SGD, "mse", activation, ONE_HOT)
    assert train(False, *arguments) == train(True, *arguments)


class Mixed(Layer):
    """Operations of every kind: compiled, written in Python, with a broadcast."""

    def build(self, shape):
        self.shift = self.add_weight((shape[-1],), "zeros", name="shift")

    def call(self, x):
        x = keras.ops.concatenate([x, keras.ops.exp(-abs(x))], axis=-1)
        x = x - keras.ops.mean(x, axis=0, keepdims=True)
        return keras.ops.getitem(x, (slice(None), slice(0, 9))) + self.shift


def test_operations_written_in_python():
    arguments = (optimizers.Adam, "mse", "linear", ONE_HOT)
    assert train(False, *arguments, layers=[Mixed()]) == train(True, *arguments, layers=[Mixed()])


def test_float64():
    arguments = (optimizers.Adam, "mse", "linear", ONE_HOT)
    assert train(False, *arguments, dtype="float64") == train(True, *arguments, dtype="float64")
