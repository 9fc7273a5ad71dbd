"""The update's rows are what the optimizer's own variables held before and after its step."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import layers, optimizers
from autograd_mlp.optimizers import legacy, schedules

OPTIMIZERS = {
    "sgd": (lambda: optimizers.SGD(0.1), ["g", "Δw", "w"]),
    "momentum": (lambda: optimizers.SGD(0.1, 0.9), ["g", "m", "Δw", "w"]),
    "nesterov": (lambda: optimizers.SGD(0.1, 0.9, nesterov=True), ["g", "m", "Δw", "w"]),
    "adagrad": (lambda: optimizers.Adagrad(0.1), ["g", "G", "Δw", "w"]),
    "adadelta": (lambda: optimizers.Adadelta(1.0), ["g", "G", "D", "Δw", "w"]),
    "rmsprop": (lambda: optimizers.RMSprop(0.1), ["g", "v", "Δw", "w"]),
    "rmsprop, all": (lambda: optimizers.RMSprop(0.1, momentum=0.5, centered=True),
                     ["g", "v", "a", "m", "Δw", "w"]),
    "adam": (lambda: optimizers.Adam(0.1), ["g", "m", "v", "Δw", "w"]),
    "amsgrad": (lambda: optimizers.Adam(0.1, amsgrad=True), ["g", "m", "v", "v̂", "Δw", "w"]),
    "adamw": (lambda: optimizers.AdamW(0.1), ["g", "w", "m", "v", "Δw", "w"]),
    "adamax": (lambda: optimizers.Adamax(0.1), ["g", "m", "u", "Δw", "w"]),
    "nadam": (lambda: optimizers.Nadam(0.1), ["g", "m", "v", "Δw", "w"]),
    "ftrl": (lambda: optimizers.Ftrl(0.1, l1_regularization_strength=0.01),
             ["g", "z", "Δw", "w", "N"]),
    "lion": (lambda: optimizers.Lion(0.01), ["g", "Δw", "w", "m"]),
    "legacy sgd": (lambda: legacy.SGD(0.1, 0.9, decay=0.1), ["g", "m", "Δw", "w"]),
    "legacy adagrad": (lambda: legacy.Adagrad(0.1), ["g", "G", "Δw", "w"]),
    "legacy rmsprop": (lambda: legacy.RMSprop(0.1, centered=True), ["g", "v", "a", "Δw", "w"]),
    "clipnorm": (lambda: optimizers.SGD(0.1, clipnorm=0.01), ["g", "g", "Δw", "w"]),
    "global clipnorm": (lambda: optimizers.SGD(0.1, global_clipnorm=0.01), ["g", "g", "Δw", "w"]),
    "clipvalue": (lambda: optimizers.SGD(0.1, clipvalue=1e-4), ["g", "g", "Δw", "w"]),
    "weight decay": (lambda: optimizers.SGD(0.1, weight_decay=0.1), ["g", "w", "Δw", "w"]),
    "loss scale": (lambda: optimizers.SGD(0.1, loss_scale_factor=8.0), ["g", "g", "Δw", "w"]),
    "average": (lambda: optimizers.SGD(0.1, use_ema=True, ema_overwrite_frequency=1),
                ["g", "Δw", "w", "w"]),     # the first average is the weight itself
    "schedule": (lambda: optimizers.SGD(schedules.ExponentialDecay(0.1, 2, 0.5)),
                 ["g", "Δw", "w"]),
}


def make(optimizer):
    keras.set_random_seed(5)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, "tanh"), layers.Dense(2)])
    model.compile(optimizer, "mse")
    rng = np.random.default_rng(1)
    return model, rng.normal(size=(5, 3)).astype("f4"), rng.normal(size=(5, 2)).astype("f4")


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("steps", [0, 3], ids=["first step", "fourth step"])
def test_rows_are_the_real_state_around_the_real_step(name, steps):
    new, symbols = OPTIMIZERS[name]
    model, x, y = make(new())
    for _ in range(steps):
        model.train_on_batch(x, y)
    optimizer = model.optimizer
    built, known = optimizer.built, [v.numpy() for v in optimizer.variables]
    d = model.explain(x, y, check=False).to_dict()
    assert optimizer.built == built
    for v, value in zip(optimizer.variables, known, strict=True):
        np.testing.assert_array_equal(v.numpy(), value)
    rate = float(np.asarray(optimizer._rate_of_step()))

    before = [w.numpy() for w in model.trainable_variables]
    if steps:
        before_state = {v.path: v.numpy() for v in optimizer.variables}
    model.train_on_batch(x, y)
    after_state = [v.numpy() for v in optimizer.variables]
    for update, w, old in zip(d["updates"], model.trainable_variables, before, strict=True):
        assert (update["step"], update["learning_rate"]) == (steps + 1, rate)
        rows = update["rows"]
        bias = d["tensors"][update["tensor"]]["name"].startswith("b")
        if not (bias and name in ("weight decay", "adamw") or name == "average" and not steps):
            assert [row["symbol"] for row in rows] == symbols
        np.testing.assert_array_equal(update["before"], old)
        np.testing.assert_array_equal(update["after"], w.numpy())
        last = [row for row in rows if row["symbol"] == "w"][-1]
        np.testing.assert_array_equal(last["after"], w.numpy())
        step = next(row for row in rows if row["symbol"] == "Δw")
        new = rows[rows.index(step) + 1]
        np.testing.assert_array_equal(step["after"], new["after"] - new["before"])
        for row in rows:
            assert row["formula"] and row["name"]
            if row["symbol"] not in ("g", "Δw", "w"):
                assert any(np.array_equal(row["after"], value) for value in after_state)
                if steps:
                    assert any(np.array_equal(row["before"], value)
                               for value in before_state.values())


@pytest.mark.parametrize("steps", [0, 1], ids=["gathers", "updates"])
def test_gradient_accumulation(steps):
    model, x, y = make(optimizers.SGD(0.1, gradient_accumulation_steps=2))
    for _ in range(steps):
        model.train_on_batch(x, y)
    d = model.explain(x, y, check=False).to_dict()
    model.train_on_batch(x, y)
    for update, w in zip(d["updates"], model.trainable_variables, strict=True):
        np.testing.assert_array_equal(update["after"], w.numpy())
        assert np.array_equal(update["before"], update["after"]) == (steps == 0)
        gradient, gathered, *others = update["rows"]
        assert gathered["symbol"] == "G"
        if steps == 0:
            np.testing.assert_array_equal(gathered["after"], gradient["after"])
        assert [row["symbol"] for row in others] == (["Δw", "w"] if steps == 0 else
                                                     ["g", "Δw", "w"])


def test_the_text_of_a_step_is_the_update_not_the_decay():
    model, x, y = make(optimizers.AdamW(0.1))
    step = next(s for s in model.explain(x, y, check=False).steps if s["kind"] == "update")
    assert step["text"] == ("AdamW with learning rate 0.1: W1 ← W1 − α·m / (√v + ε)")


def test_an_optimizer_of_a_users_own():
    class Momentum(optimizers.Optimizer):
        def build(self, variables):
            super().build(variables)
            self.momenta = self.add_optimizer_variables(variables, "momentum")

        def update_step(self, gradient, variable, learning_rate):
            m = self.momenta[self._get_variable_index(variable)]
            self.assign(m, 0.9 * m - learning_rate * gradient)
            self.assign_add(variable, m)

    model, x, y = make(Momentum(learning_rate=0.1))
    model.train_on_batch(x, y)
    d = model.explain(x, y, check=False).to_dict()
    model.train_on_batch(x, y)
    for update, w, m in zip(d["updates"], model.trainable_variables, model.optimizer.momenta,
                            strict=True):
        assert [row["symbol"] for row in update["rows"]] == ["g", "momentum", "Δw", "w"]
        np.testing.assert_array_equal(update["rows"][1]["after"], m.numpy())
        np.testing.assert_array_equal(update["after"], w.numpy())


def test_docstrings_show_the_formulas():
    for cls in (optimizers.SGD, optimizers.Adam, optimizers.AdamW, optimizers.Adamax,
                optimizers.Nadam, optimizers.Adagrad, optimizers.Adadelta, optimizers.RMSprop,
                optimizers.Ftrl, optimizers.Lion, legacy.Adagrad, legacy.RMSprop):
        assert "{" not in cls.__doc__
        for kind in vars(cls).keys() & {"_kind"}:
            assert cls.formulas[getattr(cls, kind)] in cls.__doc__
    assert optimizers.SGD.formulas["nesterov"] in optimizers.SGD.__doc__
    assert optimizers.Adam.formulas["adam"] in optimizers.Adam.__doc__
