"""Optimizers: formulas against NumPy, figures against Keras 3, bare tensors, mistakes."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Tensor, optimizers
from autograd_mlp.optimizers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Ftrl,
    Lion,
    Nadam,
    RMSprop,
)
from tests.optimizers import formulas

START = [1.0, -2.0, 0.5]
GRADIENTS = [[0.1, -0.2, 0.3], [-0.4, 0.5, 0.05], [0.2, 0.2, -1.0]]

# What Keras 3.15 gives after the three steps above, in float32.
KERAS = [
    (SGD(), [1.0010000467300415, -2.005000114440918, 0.5065000057220459]),
    (SGD(0.1, momentum=0.9), [1.0289000272750854, -2.060800075531006, 0.5091999769210815]),
    (SGD(0.1, momentum=0.9, nesterov=True),
     [1.0360100269317627, -2.104720115661621, 0.5732799768447876]),
    (Adagrad(), [1.000109076499939, -2.0005710124969482, 0.5001135468482971]),
    (Adagrad(0.1, initial_accumulator_value=0.5),
     [1.011129379272461, -2.0509908199310303, 0.5336905717849731]),
    (Adadelta(), [0.9999992251396179, -2.0000014305114746, 0.5000001788139343]),
    (Adadelta(1.0), [0.9992931485176086, -2.0014188289642334, 0.5001732707023621]),
    (RMSprop(), [0.9984717965126038, -2.0009539127349854, 0.49934032559394836]),
    (RMSprop(0.01, rho=0.8, momentum=0.9),
     [0.9701566100120544, -1.9880826473236084, 0.4533427357673645]),
    (Adam(), [0.9996696710586548, -1.9999852180480957, 0.4986518621444702]),
    (Adam(0.1, beta_1=0.8, beta_2=0.95, epsilon=1e-3),
     [0.9724917411804199, -2.008810520172119, 0.377604216337204]),
]


@pytest.mark.parametrize("optimizer, expected", KERAS, ids=lambda x: getattr(x, "name", ""))
def test_same_figures_as_keras(optimizer, expected):
    optimizer = type(optimizer).from_config(optimizer.get_config())
    w = Tensor(START, requires_grad=True)
    for g in GRADIENTS:
        optimizer.apply([Tensor(g)], [w])
    np.testing.assert_allclose(w.numpy(), expected, rtol=2e-7, atol=0)
    assert int(optimizer.iterations) == 3


FORMULAS = [
    (SGD(0.1), formulas.sgd, {}),
    (SGD(0.1, momentum=0.9), formulas.momentum, {}),
    (SGD(0.1, momentum=0.9, nesterov=True), formulas.momentum, {"nesterov": True}),
    (Lion(0.1), formulas.lion, {}),
    (Adagrad(0.1), formulas.adagrad, {}),
    (Adadelta(0.1), formulas.adadelta, {}),
    (RMSprop(0.1), formulas.rmsprop, {}),
    (RMSprop(0.1, momentum=0.5), formulas.rmsprop, {"momentum": 0.5}),
    (RMSprop(0.1, centered=True), formulas.rmsprop, {"centered": True}),
    (RMSprop(0.1, momentum=0.5, centered=True), formulas.rmsprop,
     {"momentum": 0.5, "centered": True}),
    (Ftrl(0.1), formulas.ftrl, {}),
    (Ftrl(0.1, -0.3, 0.2, 0.5, 0.3, 0.2, 0.1), formulas.ftrl,
     {"power": -0.3, "start": 0.2, "l1": 0.5, "l2": 0.3, "shrinkage": 0.2, "beta": 0.1}),
    (Adam(0.1), formulas.adam, {}),
    (Adam(0.1, beta_2=0.5, amsgrad=True), formulas.adam, {"beta_2": 0.5, "amsgrad": True}),
    (AdamW(0.1, 0.3), formulas.adam, {"decay": 0.3}),
    (Adamax(0.1), formulas.adamax, {}),
    (Nadam(0.1), formulas.nadam, {}),
]


@pytest.mark.parametrize("dtype, rtol", [("float64", 1e-12), ("float32", 2e-5)])
@pytest.mark.parametrize("size", [0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 33])
@pytest.mark.parametrize("optimizer, formula, arguments", FORMULAS,
                         ids=lambda x: getattr(x, "__name__", ""))
def test_formula(optimizer, formula, arguments, size, dtype, rtol):
    keras.backend.set_floatx(dtype)     # of the learning rate
    try:
        optimizer = type(optimizer).from_config(optimizer.get_config() | {"learning_rate": 0.1})
    finally:
        keras.backend.set_floatx("float32")
    rng = np.random.default_rng(size)
    expected = rng.normal(size=size)
    w, state = Tensor(expected.astype(dtype), requires_grad=True), {}
    for t in range(1, 6):
        g = rng.normal(size=size)
        optimizer.apply([Tensor(g.astype(dtype))], [w])
        expected = formula(expected, g, state, t, 0.1, **arguments)
    assert w.dtype == dtype
    np.testing.assert_allclose(w.numpy(), expected, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("optimizer", [o for o, f, _ in FORMULAS if f is not formulas.ftrl]
                         + [Adadelta(1.0)], ids=lambda o: o.name)
def test_descends_on_bare_tensors(optimizer):
    optimizer = type(optimizer).from_config(optimizer.get_config() | {"learning_rate": 0.01})
    w, b = Tensor([[3.0], [-2.0]], requires_grad=True), Tensor([1.0], requires_grad=True)
    x = Tensor(np.random.default_rng(0).normal(size=(20, 2)))
    losses = []
    for _ in range(20):
        w.zero_grad(), b.zero_grad()
        loss = ((x @ w + b) ** 2).mean()
        loss.backward()
        optimizer.apply_gradients([(w.grad, w), (b.grad, b)])
        losses.append(float(loss))
    assert all(later < earlier for earlier, later in zip(losses, losses[1:], strict=False))


def test_learning_rate_can_be_assigned():
    optimizer = SGD(0.1)
    optimizer.learning_rate = 0.5
    assert float(optimizer.learning_rate) == 0.5
    optimizer.learning_rate.assign(0.25)
    w = Tensor([1.0], requires_grad=True)
    optimizer.apply([[1.0]], [w])
    assert w.tolist() == [0.75]


def test_state_is_kept_for_each_parameter():
    optimizer, v, w = Adam(0.1), Tensor([1.0], requires_grad=True), Tensor([1.0, 2.0])
    optimizer.apply([[1.0], [1.0, 1.0]], [v, w])
    with pytest.raises(ValueError, match="built for other variables"):
        optimizer.apply([[1.0]], [Tensor([1.0])])
    assert [s.shape for s in optimizer.variables] == [(), (), (1,), (1,), (2,), (2,)]


def test_a_gradient_that_is_none_is_skipped_with_a_warning():
    v, w = Tensor([1.0]), Tensor([1.0])
    with pytest.warns(UserWarning, match="Gradients do not exist"):
        SGD(0.5).apply([None, [1.0]], [v, w])
    assert v.tolist() == [1] and w.tolist() == [0.5]
    with pytest.raises(ValueError, match="backward"):
        SGD().apply([None], [v])


def test_get():
    assert isinstance(optimizers.get("adam"), Adam)
    assert isinstance(optimizers.get(SGD), SGD)
    mine = RMSprop()
    assert optimizers.get(mine) is mine
    assert optimizers.get({"class_name": "SGD", "config": {"momentum": 0.5}}).momentum == 0.5
    assert isinstance(optimizers.get("ADAMW"), AdamW) and optimizers.get(None) is None
    with pytest.raises(ValueError, match="did you mean 'adagrad'"):
        optimizers.get("adagard")
    with pytest.raises(ValueError, match="Lamb of Keras is not in this library"):
        optimizers.get("lamb".title())
    with pytest.raises(AttributeError, match="Muon of Keras is not in this library"):
        optimizers.Muon  # noqa: B018
    with pytest.raises(AttributeError, match="did you mean 'RMSprop'"):
        optimizers.RMSProp  # noqa: B018


@pytest.mark.parametrize("make, message", [
    (lambda: SGD(-0.1), "learning_rate"), (lambda: SGD("fast"), "learning_rate"),
    (lambda: SGD(float("nan")), "learning_rate"), (lambda: SGD(momentum=1.5), "momentum"),
    (lambda: Adam(beta_1=1.0), "beta_1"), (lambda: Adam(beta_2=-0.1), "beta_2"),
    (lambda: RMSprop(rho=1.0), "rho"), (lambda: Adam(epsilon=-1), "epsilon"),
    (lambda: Adagrad(initial_accumulator_value=-1), "initial_accumulator_value"),
    (lambda: Adam(learning_rat=0.1), "did you mean 'learning_rate'"),
    (lambda: Adam(clipnorm=-1.0), "clipnorm"), (lambda: SGD(weight_decay=-1), "weight_decay"),
    (lambda: Adam(clipnorm=1.0, clipvalue=2.0), "only one of clipnorm, clipvalue"),
    (lambda: SGD(use_ema=True, ema_momentum=1.5), "ema_momentum"),
    (lambda: SGD(use_ema=True, ema_overwrite_frequency=0.5), "ema_overwrite_frequency"),
    (lambda: SGD(gradient_accumulation_steps=1), "gradient_accumulation_steps"),
    (lambda: SGD(gradient_accumulation_steps=2.5), "gradient_accumulation_steps"),
    (lambda: SGD(loss_scale_factor=0), "loss_scale_factor"),
    (lambda: AdamW(weight_decay=None), "weight_decay"), (lambda: Lion(beta_1=0.0), "beta_1"),
    (lambda: Ftrl(learning_rate_power=0.5), "learning_rate_power"),
    (lambda: Ftrl(l1_regularization_strength=-1), "l1_regularization_strength"),
])
def test_mistakes_at_construction(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_mistakes_in_apply():
    w = Tensor([1.0, 2.0])
    for gradients in ([], [[1.0]], [[[1.0, 2.0]]]):
        with pytest.raises(ValueError):
            SGD().apply(gradients, [w])
    assert w.tolist() == [1, 2]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", [o for o, f, _ in FORMULAS if f not in (
    formulas.sgd, formulas.ftrl)], ids=lambda o: o.name)
def test_state_that_decays_passes_over_denormals(optimizer, dtype):
    """They cost a hundred times a normal number, and change nothing; NaN is kept."""
    optimizer = type(optimizer).from_config(optimizer.get_config())
    w = Tensor(np.ones(20, dtype))
    g = np.linspace(1e-3, 1, 20).astype(dtype) * np.sqrt(np.finfo(dtype).tiny) * 10
    optimizer.apply([Tensor(g)], [w])
    for _ in range(60):
        optimizer.apply([Tensor(np.zeros(20, dtype))], [w])
    for state in optimizer.variables[2:]:
        magnitudes = abs(state.numpy())
        assert ((magnitudes == 0) | (magnitudes >= np.finfo(dtype).tiny)).all()
    optimizer.apply([Tensor(np.full(20, np.nan, dtype))], [w])
    assert np.isnan(w.numpy()).all()
