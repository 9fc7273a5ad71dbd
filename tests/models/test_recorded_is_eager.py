"""A replayed training and one that runs the Python of every step give the same bits."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Input, Sequential, layers, ops, optimizers
from autograd_mlp._engine import Tape
from autograd_mlp.layers import Dense, Layer

rng = np.random.default_rng(0)
X = rng.normal(size=(23, 5)).astype("float32")
CLASSES = rng.integers(0, 3, 23)
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]


def train(eagerly, optimizer, loss, activation, y, layers=(), dtype=None):
    keras.set_random_seed(7)
    model = Sequential([Input((5,)), Dense(9, activation="tanh", dtype=dtype), *layers,
                        Dense(3, activation=activation, dtype=dtype)])
    model.compile(optimizer(), loss, metrics=["accuracy", "mse"] if y.ndim == 2 else ["accuracy"],
                  run_eagerly=eagerly)
    history = model.fit(X, y, batch_size=4, epochs=3, validation_split=0.2, verbose=0).history
    outputs = model.predict(X, batch_size=5, verbose=0)
    return history, [w.tobytes() for w in model.get_weights()], outputs.tobytes()


OPTIMIZERS = [
    optimizers.SGD, lambda: optimizers.SGD(0.1, momentum=0.9),
    lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True), optimizers.Adagrad,
    optimizers.Adadelta, optimizers.RMSprop, lambda: optimizers.RMSprop(momentum=0.9),
    optimizers.legacy.RMSprop, optimizers.Adam, optimizers.AdamW, optimizers.Adamax,
    optimizers.Nadam, optimizers.Ftrl, optimizers.Lion,
    lambda: optimizers.RMSprop(centered=True, momentum=0.9, global_clipnorm=0.1),
    lambda: optimizers.Adam(optimizers.schedules.CosineDecay(0.1, 9), amsgrad=True, clipnorm=0.1,
                            use_ema=True, weight_decay=0.1, gradient_accumulation_steps=2),
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


# threshold needs its arguments, glu halves the outputs
ACTIVATIONS = sorted(n for n, op in keras.ops.OPS.items() if op.family == "activation"
                     and n not in ("threshold", "glu"))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation):
    arguments = (optimizers.SGD, "mse", activation, ONE_HOT)
    assert train(False, *arguments) == train(True, *arguments)


class Signs(Layer):
    """Adds a vector for each sign."""

    def build(self, shape):
        self.vectors = layers.Embedding(3, 4)

    def call(self, x):
        return x + ops.mean(self.vectors(ops.cast(ops.sign(x) + 1, "int64")), axis=-1)


LAYERS = {
    "Dropout": lambda: layers.Dropout(0.3), "seed": lambda: layers.Dropout(0.3, seed=1),
    "noise_shape": lambda: layers.Dropout(0.3, noise_shape=(1, None)),
    "AlphaDropout": lambda: layers.AlphaDropout(0.3),
    "GaussianNoise": lambda: layers.GaussianNoise(0.3),
    "GaussianDropout": lambda: layers.GaussianDropout(0.3),
    "ActivityRegularization": lambda: layers.ActivityRegularization(0.01, 0.02),
    "BatchNormalization": lambda: layers.BatchNormalization(momentum=0.7),
    "axis": lambda: Sequential([layers.Reshape((3, 3)), layers.BatchNormalization(axis=1),
                                layers.LayerNormalization(axis=[1, 2]), layers.Flatten()]),
    "LayerNormalization": lambda: layers.LayerNormalization(),
    "UnitNormalization": lambda: layers.UnitNormalization(),
    "Normalization": lambda: layers.Normalization(mean=0.1, variance=2.0),
    "Embedding": lambda: Signs(),
    "shapes": lambda: Sequential([layers.RepeatVector(2), layers.Permute((2, 1)),
                                  layers.GlobalMaxPooling1D()]),
    "activations": lambda: Sequential([layers.PReLU(), layers.ReLU(1.0, 0.1, 0.2),
                                       layers.LeakyReLU(), layers.ELU(0.5), layers.Softmax()]),
}


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_layers(make):
    arguments = (optimizers.Adam, "mse", "linear", ONE_HOT)
    assert train(False, *arguments, layers=[make()]) == train(True, *arguments, layers=[make()])


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


class Costs(Layer):
    """Adds to the loss; counts how often its Python runs."""

    calls = 0

    def call(self, x):
        Costs.calls += 1
        self.add_loss(0.01 * keras.ops.mean(keras.ops.square(x)))
        return x


PENALTIES = [
    {"kernel_regularizer": "l2", "bias_regularizer": "l1"},
    {"kernel_regularizer": keras.regularizers.L1L2(0.01, 0.02)},
    {"kernel_regularizer": "orthogonal_regularizer"}, {"activity_regularizer": "l2"},
    {"kernel_constraint": "max_norm", "bias_constraint": "non_neg"},
    {"kernel_constraint": "unit_norm", "kernel_regularizer": "l1"},
    {"kernel_constraint": keras.constraints.MinMaxNorm(0.5, 1.0, rate=0.5)},
]


@pytest.mark.parametrize("arguments", PENALTIES)
def test_penalties_and_constraints(arguments):
    def layers(**arguments):
        keras.set_random_seed(8)        # a layer's first weights are decided when it is made
        return [Dense(7, **arguments), Costs()]

    fixed = (optimizers.Adam, "mse", "linear", ONE_HOT)
    recorded = train(False, *fixed, layers=layers(**arguments))
    assert recorded == train(True, *fixed, layers=layers(**arguments))
    plain = train(False, *fixed, layers=layers())
    assert plain[0]["loss"] != recorded[0]["loss"]

    model = Sequential([Input((5,)), *layers(**arguments), Dense(3)])
    model.compile("adam", "mse")
    Costs.calls = 0
    model.fit(X, ONE_HOT, batch_size=1, epochs=1, verbose=0)
    assert Costs.calls <= 3         # of 23 steps: the others were replayed


def test_a_layer_without_penalties_is_one_call():
    layer, x = Dense(3), keras.Tensor(X)
    layer(x)
    with Tape() as tape:
        layer(x, training=True)
        assert layer.losses == []
    assert tape.calls == [("dense", "forward")]
