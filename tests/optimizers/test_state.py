"""State of optimizers: saved, loaded, copied, and training that goes on with the same bits."""

import copy
import pickle

import numpy as np
import pytest

from autograd_mlp import Variable
from autograd_mlp.optimizers import SGD, Adagrad, Adam, Ftrl, Lion, Nadam, RMSprop
from autograd_mlp.optimizers.schedules import ExponentialDecay

MAKE = {
    "SGD": lambda: SGD(0.1, momentum=0.9), "Adagrad": lambda: Adagrad(0.1, 0.3),
    "RMSprop": lambda: RMSprop(0.1, momentum=0.5, centered=True),
    "Adam": lambda: Adam(0.1, amsgrad=True), "Nadam": Nadam, "Ftrl": Ftrl, "Lion": Lion,
    "all options": lambda: Adam(ExponentialDecay(0.1, 3, 0.5), use_ema=True, clipnorm=0.5,
                                gradient_accumulation_steps=2, weight_decay=0.1),
}
RNG = np.random.default_rng(0)
GRADIENTS = [[RNG.normal(size=3), RNG.normal(size=(2, 2))] for _ in range(10)]


def some_weights():
    return [Variable([1.0, 2.0, 3.0], name="a"), Variable([[1.0, 2.0], [3.0, 4.0]], name="b")]


def bits(*things):
    return [v.numpy().tobytes() for thing in things for v in thing]


@pytest.fixture(params=MAKE)
def make(request):
    return MAKE[request.param]


@pytest.fixture
def half(make):
    """An optimizer and weights after five steps; what they are after all ten."""
    optimizer, weights = make(), some_weights()
    for gradients in GRADIENTS:
        optimizer.apply(gradients, weights)
    expected = bits(weights, optimizer.variables)
    optimizer, weights = make(), some_weights()
    for gradients in GRADIENTS[:5]:
        optimizer.apply(gradients, weights)
    return optimizer, weights, expected


def finish(optimizer, weights):
    for gradients in GRADIENTS[5:]:
        optimizer.apply(gradients, weights)
    return bits(weights, optimizer.variables)


def test_saved_and_loaded(make, half):
    optimizer, weights, expected = half
    store = {}
    optimizer.save_own_variables(store)
    assert store["0"].dtype == np.int64 and list(store) == [
        str(i) for i in range(len(optimizer.variables))]
    other = make()
    other.build(weights)
    other.load_own_variables(store)
    assert finish(other, weights) == expected


def test_pickled_together_with_the_weights(half):
    optimizer, weights, expected = half
    assert finish(*pickle.loads(pickle.dumps((optimizer, weights)))) == expected
    assert finish(*copy.deepcopy((optimizer, weights))) == expected
    assert finish(optimizer, weights) == expected


def test_of_another_optimizer():
    optimizer, weights = Adam(), some_weights()
    with pytest.warns(UserWarning, match="not built yet"):
        optimizer.load_own_variables({"0": np.zeros(())})
    with pytest.raises(ValueError, match="build"):
        optimizer.set_weights([])
    optimizer.build(weights)
    values = [v.numpy() + 1 for v in optimizer.variables]
    optimizer.set_weights(values)
    assert bits(optimizer.variables) == [v.tobytes() for v in values]
    values[0] += 1
    with pytest.raises(ValueError, match="shape"):
        optimizer.set_weights([*values[:-1], np.zeros(7)])
    assert int(optimizer.iterations) == 1           # nothing was written


def test_state_cannot_be_switched_on_later():
    optimizer = Adam()
    optimizer.use_ema = True
    optimizer.build(some_weights())
    for name, value in (("amsgrad", True), ("use_ema", False),
                        ("gradient_accumulation_steps", 2)):
        with pytest.raises(ValueError, match=f"{name} cannot be switched"):
            setattr(optimizer, name, value)


def test_names():
    optimizer = Adam(name="mine")
    optimizer.build(some_weights())
    assert [v.path for v in optimizer.variables] == [
        "mine/iteration", "mine/learning_rate", "mine/a_momentum", "mine/a_velocity",
        "mine/b_momentum", "mine/b_velocity"]
