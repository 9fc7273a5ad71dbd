"""The formulas and spellings from before Keras 3."""

import numpy as np
import pytest

from autograd_mlp import Variable, optimizers
from autograd_mlp.optimizers import legacy
from tests.optimizers import formulas

CASES = [
    (legacy.SGD, {}, formulas.sgd, {}),
    (legacy.SGD, {"momentum": 0.9}, formulas.momentum, {}),
    (legacy.SGD, {"momentum": 0.9, "nesterov": True}, formulas.momentum, {"nesterov": True}),
    (legacy.Adagrad, {}, formulas.adagrad, {"legacy": True}),
    (legacy.Adagrad, {"epsilon": 0.1, "initial_accumulator_value": 0.5}, formulas.adagrad,
     {"legacy": True, "epsilon": 0.1, "start": 0.5}),
    (legacy.Adadelta, {}, formulas.adadelta, {}),
    (legacy.RMSprop, {"epsilon": 0.1}, formulas.rmsprop, {"legacy": True, "epsilon": 0.1}),
    (legacy.RMSprop, {"epsilon": 0.1, "centered": True}, formulas.rmsprop,
     {"legacy": True, "epsilon": 0.1, "centered": True}),
    (legacy.RMSprop, {"epsilon": 0.1, "momentum": 0.5}, formulas.rmsprop,
     {"legacy": True, "epsilon": 0.1, "momentum": 0.5}),
    (legacy.RMSprop, {"epsilon": 0.1, "momentum": 0.5, "centered": True}, formulas.rmsprop,
     {"legacy": True, "epsilon": 0.1, "momentum": 0.5, "centered": True}),
    (legacy.Adam, {}, formulas.adam, {}),
    (legacy.Adam, {"amsgrad": True, "beta_2": 0.5}, formulas.adam,
     {"amsgrad": True, "beta_2": 0.5}),
    (legacy.Adamax, {}, formulas.adamax, {}),
    (legacy.Nadam, {}, formulas.nadam, {"schedule_decay": 0.004}),
    (legacy.Ftrl, {"l1_regularization_strength": 0.5, "beta": 0.3}, formulas.ftrl,
     {"l1": 0.5, "beta": 0.3}),
]


@pytest.mark.parametrize("decay", [0.0, 0.3])
@pytest.mark.parametrize("cls, arguments, formula, same", CASES)
def test_formulas(cls, arguments, formula, same, decay):
    rng = np.random.default_rng(0)
    start = rng.normal(size=7)
    w, expected, state = Variable(start), start, {}
    optimizer = cls(0.1, **arguments, decay=decay)
    for t in range(1, 12):
        g = rng.normal(size=7)
        optimizer.apply([g], [w])
        expected = formula(expected, g, state, t, np.float32(0.1) / (1 + decay * (t - 1)), **same)
    np.testing.assert_allclose(w.numpy(), expected, rtol=1e-6, atol=1e-7)
    assert float(optimizer.lr) == np.float32(0.1)         # what decays is that of a step


@pytest.mark.parametrize("cls, arguments", [case[:2] for case in CASES])
def test_configs(cls, arguments):
    optimizer = cls(0.5, **arguments, decay=0.25, clipnorm=1.0)
    config = optimizer.get_config()
    assert config["decay"] == 0.25 and config["learning_rate"] == 0.5
    assert "use_ema" not in config
    described = optimizers.serialize(optimizer)
    assert described["module"] == "keras.optimizers.legacy"
    again = optimizers.deserialize(described)
    assert type(again) is cls and again.get_config() == config


def test_older_spellings_warn():
    with pytest.warns(DeprecationWarning, match="SGD: 'lr=' is an older spelling"):
        optimizer = optimizers.SGD(lr=0.3)
    assert float(optimizer.learning_rate) == np.float32(0.3)
    with pytest.warns(DeprecationWarning, match="Adam: 'lr=' is an older spelling"):
        assert float(legacy.Adam(lr=0.5).lr) == 0.5
    with pytest.warns(DeprecationWarning, match="SGD: 'decay=' is an older spelling"):
        optimizer = optimizers.SGD(0.5, decay=1.0)
    w = Variable([0.0])
    for _ in range(3):
        optimizer.apply([[-1.0]], [w])
    assert w.item() == pytest.approx(0.5 + 0.25 + 0.5 / 3)
    again = optimizers.deserialize(optimizers.serialize(optimizer))     # without a warning
    assert again.decay == 1.0


def test_the_name_stands_where_it_did():
    assert legacy.SGD(0.1, 0.9, False, "mine").name == "mine"
    with pytest.raises(ValueError, match="did you mean 'momentum'"):
        legacy.SGD(momentun=0.9)


def test_weights_come_as_arrays():
    optimizer = legacy.Adam()
    optimizer.build([Variable([1.0, 2.0])])
    assert [w.shape for w in optimizer.get_weights()] == [(), (), (2,), (2,)]
