"""A training loop of one's own, on GradientTape, gives what Keras's fit gives."""

import numpy as np
import pytest

import autograd_mlp
from autograd_mlp import GradientTape
from tests.parity import assert_same, import_keras

keras = import_keras()

RNG = np.random.default_rng(4)
X = RNG.normal(size=(50, 6)).astype(np.float32)
Y = np.eye(3, dtype=np.float32)[RNG.integers(0, 3, 50)]


def network(library):
    return library.Sequential([library.Input((6,)), library.layers.Dense(7, activation="tanh"),
                               library.layers.Dense(3, activation="softmax")])


@pytest.mark.parametrize("optimizer", ["SGD", "RMSprop", "Adam"])
def test_a_loop_agrees_with_fit_of_keras(optimizer):
    theirs, ours = network(keras), network(autograd_mlp)
    ours.set_weights([np.asarray(v.value) for v in theirs.weights])
    theirs.compile(optimizer=getattr(keras.optimizers, optimizer)(0.01),
                   loss="categorical_crossentropy")
    history = theirs.fit(X, Y, batch_size=16, epochs=3, shuffle=False, verbose=0).history["loss"]

    step = getattr(autograd_mlp.optimizers, optimizer)(0.01)
    loss_fn = autograd_mlp.losses.CategoricalCrossentropy()
    found = []
    for _ in range(3):
        total = 0.0
        for i in range(0, 50, 16):
            with GradientTape() as tape:
                loss = loss_fn(Y[i : i + 16], ours(X[i : i + 16], training=True))
            weights = ours.trainable_variables
            step.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
            total += float(loss) * len(X[i : i + 16])
        found.append(total / 50)
    assert_same(found, history)
    for a, b in zip(ours.weights, theirs.weights, strict=True):
        assert_same(a.numpy(), b.value, atol=1e-5)
