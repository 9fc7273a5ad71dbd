"""Every learning rate schedule of Keras against ours."""

import numpy as np
import pytest

import autograd_mlp
from autograd_mlp import optimizers
from autograd_mlp.optimizers import schedules
from tests.parity import assert_same, import_keras, values

keras = import_keras()

CASES = [
    ("ExponentialDecay", (0.1, 10, 0.9)), ("ExponentialDecay", (0.1, 7, 0.5, True)),
    ("InverseTimeDecay", (0.1, 10, 0.9)), ("InverseTimeDecay", (0.1, 7, 0.5, True)),
    ("PiecewiseConstantDecay", ([10, 20, 40], [1.0, 0.5, 0.1, 0.01])),
    ("PiecewiseConstantDecay", ([15.5], [1.0, 0.5])),
    ("PolynomialDecay", (0.1, 20)), ("PolynomialDecay", (0.1, 20, 0.01, 2.0)),
    ("PolynomialDecay", (0.1, 8, 0.01, 0.5, True)),
    ("CosineDecay", (0.1, 30)), ("CosineDecay", (0.1, 30, 0.2)),
    ("CosineDecay", (0.0, 30, 0.1, "warm", 0.5, 9)), ("CosineDecay", (0.2, 30, 0.0, "x", 0.1, 0)),
    ("CosineDecayRestarts", (0.1, 5)), ("CosineDecayRestarts", (0.1, 5, 1.0)),
    ("CosineDecayRestarts", (0.1, 6, 1.5, 0.8, 0.1)),
    ("CosineDecayRestarts", (0.1, 4, 3.0, 0.5, 0.0)),
]


def pair(name, arguments):
    return (getattr(schedules, name)(*arguments),
            getattr(keras.optimizers.schedules, name)(*arguments))


def compiled(function):
    if keras.backend.backend() != "jax":
        return function
    import jax

    return jax.jit(function)


@pytest.mark.parametrize("name, arguments", CASES, ids=str)
def test_values(name, arguments):
    ours, theirs = pair(name, arguments)
    for steps in (range(70), np.linspace(0.25, 33.75, 20, dtype=np.float32)):
        value = compiled(theirs)
        assert_same([ours(t) for t in steps], [value(t) for t in steps], atol=1e-7)


@pytest.mark.parametrize("name, arguments", CASES, ids=str)
def test_configs(name, arguments):
    ours, theirs = pair(name, arguments)
    assert ours.get_config() == theirs.get_config()
    config = keras.optimizers.schedules.serialize(theirs)
    assert schedules.serialize(ours) == config
    assert schedules.deserialize(config).get_config() == theirs.get_config()
    ours, theirs = optimizers.Adam(ours, name="a"), keras.optimizers.Adam(theirs, name="a")
    assert ours.get_config() == theirs.get_config()
    assert optimizers.deserialize(optimizers.serialize(ours)).get_config() == ours.get_config()


@pytest.mark.parametrize("name, arguments", CASES[::4], ids=str)
def test_in_a_training(name, arguments):
    x, y = np.arange(40.0).reshape(20, 2).astype("float32") / 40, np.ones((20, 1), "float32")
    results = []
    for library, schedule in zip((autograd_mlp, keras), pair(name, arguments), strict=True):
        model = library.Sequential([library.layers.Input((2,)), library.layers.Dense(1)])
        model.set_weights([np.array([[0.5], [-0.25]], "float32"), np.zeros(1, "float32")])
        model.compile(library.optimizers.SGD(
            schedule, momentum=0.5, weight_decay=0.1, gradient_accumulation_steps=3), "mse")
        history = model.fit(x, y, batch_size=3, epochs=5, shuffle=False, verbose=0)
        results.append((history.history["loss"], *values(model.weights),
                        model.optimizer.learning_rate))
    assert_same(*results)
