"""Schedules: values, in recorded steps, a user's own; setting and reading learning rates."""

import math

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Tensor, Variable, ops, optimizers
from autograd_mlp._engine import Tape
from autograd_mlp.optimizers import SGD, Adam, schedules

X = np.random.default_rng(0).normal(size=(24, 3)).astype(np.float32)

FORMULAS = [    # a schedule, and the same as a formula of the step
    (schedules.ExponentialDecay(0.1, 10, 0.5), lambda t: 0.1 * 0.5 ** (t / 10)),
    (schedules.ExponentialDecay(0.1, 10, 0.5, staircase=True), lambda t: 0.1 * 0.5 ** (t // 10)),
    (schedules.InverseTimeDecay(0.1, 10, 0.5), lambda t: 0.1 / (1 + 0.5 * t / 10)),
    (schedules.InverseTimeDecay(0.1, 10, 0.5, True), lambda t: 0.1 / (1 + 0.5 * (t // 10))),
    (schedules.PiecewiseConstantDecay([5, 9], [0.3, 0.2, 0.1]),
     lambda t: 0.3 if t <= 5 else 0.2 if t <= 9 else 0.1),
    (schedules.PolynomialDecay(0.1, 20, 0.01, 2.0),
     lambda t: 0.09 * (1 - min(t, 20) / 20) ** 2 + 0.01),
    (schedules.PolynomialDecay(0.1, 8, 0.01, 1.0, cycle=True),
     lambda t: 0.09 * (1 - t / (8 * max(math.ceil(t / 8), 1))) + 0.01),
    (schedules.CosineDecay(0.1, 20, 0.2),
     lambda t: 0.1 * (0.4 * (1 + math.cos(math.pi * min(t, 20) / 20)) + 0.2)),
    (schedules.CosineDecay(0.02, 20, warmup_target=0.1, warmup_steps=5),
     lambda t: 0.02 + 0.08 * t / 5 if t < 5 else
     0.05 * (1 + math.cos(math.pi * min(t - 5, 20) / 20))),
    (schedules.CosineDecayRestarts(0.1, 6, t_mul=1.0, m_mul=0.5),
     lambda t: 0.05 * 0.5 ** (t // 6) * (1 + math.cos(math.pi * (t % 6) / 6))),
    (schedules.CosineDecayRestarts(0.1, 5),
     lambda t: 0.05 * (1 + math.cos(math.pi * (
         t / 5 if t < 5 else (t - 5) / 10 if t < 15 else (t - 15) / 20)))),
]


@pytest.mark.parametrize("schedule, formula", FORMULAS, ids=lambda x: getattr(x, "name", ""))
class TestFormulas:
    def test_numbers_arrays_and_tensors(self, schedule, formula):
        expected = [formula(t) for t in range(35)]
        np.testing.assert_allclose([float(schedule(t)) for t in range(35)], expected, rtol=1e-6,
                                   atol=1e-8)
        for steps in (np.arange(35), Tensor(np.arange(35)), np.arange(35.0)):
            np.testing.assert_allclose(schedule(steps).numpy(), expected, rtol=1e-6, atol=1e-8)

    def test_in_a_replayed_step(self, schedule, formula):
        w, optimizer = Variable([0.0]), SGD(schedule)
        optimizer.build([w])
        g = Tensor([-1.0])
        with Tape() as tape:
            optimizer.apply([g], [w])
        assert not tape.broken
        tape.replay(29)
        assert w.item() == pytest.approx(sum(formula(t) for t in range(30)), rel=1e-5)
        assert float(optimizer.learning_rate) == pytest.approx(formula(30), rel=1e-5, abs=1e-8)

    def test_configs(self, schedule, formula):
        optimizer = Adam(schedule)
        again = optimizers.deserialize(optimizers.serialize(optimizer))
        assert again.get_config() == optimizer.get_config()
        assert float(again.learning_rate) == float(schedule(0))


class InOperations(schedules.LearningRateSchedule):
    def __init__(self, start=0.1):
        self.start = start

    def __call__(self, step):
        return self.start * 0.5 ** (step / 10)

    def get_config(self):
        return {"start": self.start}


class InPython(InOperations):
    def __call__(self, step):
        return self.start if int(step) < 20 else self.start * 0.1


class WithItsOwnCount(InOperations):
    def __call__(self, step):
        self.calls = getattr(self, "calls", 0) + 1
        return self.start / self.calls


def train(rate, rates=None, epochs=4):
    """Losses of a training; `rates` gets the learning rate of each step."""
    keras.set_random_seed(1)
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    model.compile(SGD(rate), "mse")
    return model.fit(X, X[:, 0], batch_size=3, epochs=epochs, verbose=0).history["loss"]


@pytest.mark.parametrize("own, same", [
    (InOperations(), schedules.ExponentialDecay(0.1, 10, 0.5)),
    (InPython(), schedules.PiecewiseConstantDecay([19], [0.1, 0.01])),
    (WithItsOwnCount(), schedules.InverseTimeDecay(0.1, 1, 1.0)),
    (lambda: 0.05, 0.05),
], ids=["operations", "Python", "state", "callable"])
def test_a_users_schedule_in_fit(own, same):
    np.testing.assert_allclose(train(own), train(same), rtol=1e-5)


def test_one_made_of_operations_is_recorded():
    w, g, optimizer = Variable([0.0]), Tensor([1.0]), SGD(InOperations())
    optimizer.build([w])
    with Tape() as tape:
        optimizer.apply([g], [w])
    assert not tape.broken


def test_one_that_reads_the_step_is_not():
    for schedule in (InPython(), WithItsOwnCount(), lambda: 0.5):
        w, g, optimizer = Variable([0.0]), Tensor([1.0]), SGD(schedule)
        optimizer.build([w])
        with Tape() as tape:
            optimizer.apply([g], [w])
        assert tape.broken


def test_configs_of_a_users_schedule():
    config = optimizers.serialize(SGD(InOperations(0.3)))
    again = optimizers.deserialize(config, custom_objects={"InOperations": InOperations})
    assert float(again.learning_rate) == pytest.approx(0.3)
    with pytest.raises(NotImplementedError, match="__call__"):
        schedules.LearningRateSchedule()(1)
    with pytest.raises(NotImplementedError, match="get_config"):
        schedules.LearningRateSchedule().get_config()


class TestTheLearningRate:
    def test_set_and_assigned(self):
        optimizer = SGD(0.1)
        optimizer.learning_rate = 0.5
        assert float(optimizer.learning_rate) == float(optimizer.lr) == 0.5
        optimizer.lr = 0.25
        optimizer.learning_rate.assign(optimizer.learning_rate * 0.5)
        assert float(optimizer.learning_rate) == 0.125
        for wrong in (-1, float("nan"), "fast", None):
            with pytest.raises(ValueError, match="learning_rate"):
                optimizer.learning_rate = wrong

    def test_a_schedule_cannot_be_set(self):
        optimizer = SGD(schedules.CosineDecay(0.1, 10))
        with pytest.raises(TypeError, match="CosineDecay.* cannot be set"):
            optimizer.learning_rate = 0.5
        optimizer.learning_rate = schedules.ExponentialDecay(0.25, 10, 0.5)
        assert float(optimizer.learning_rate) == 0.25

    def test_a_number_becomes_a_schedule(self):
        optimizer = SGD(0.1)
        optimizer.learning_rate = schedules.ExponentialDecay(0.25, 10, 0.5)
        assert [v.name for v in optimizer.variables] == ["iteration"]

    @pytest.mark.parametrize("way", ["set", "assign", "lr"])
    def test_by_a_callback_while_a_tape_runs(self, way):
        class Half(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                optimizer = self.model.optimizer
                half = float(optimizer.learning_rate) / 2
                if way == "set":
                    optimizer.learning_rate = half
                elif way == "lr":
                    optimizer.lr = half
                else:
                    optimizer.learning_rate.assign(half)

        keras.set_random_seed(1)
        model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
        model.compile(SGD(0.1), "mse")
        loss = model.fit(X, X[:, 0], batch_size=3, epochs=4, verbose=0, callbacks=[Half()])
        expected = train(schedules.ExponentialDecay(0.1, 1, 0.5))
        np.testing.assert_allclose(loss.history["loss"], expected, rtol=1e-5)


@pytest.mark.parametrize("make, message", [
    (lambda: schedules.ExponentialDecay(0.1, 0, 0.5), "decay_steps must be greater than 0"),
    (lambda: schedules.CosineDecayRestarts(0.1, -1), "first_decay_steps"),
    (lambda: schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2]), "one value more"),
    (lambda: schedules.PiecewiseConstantDecay([2, 1], [0.1, 0.2, 0.3]), "larger than the one"),
])
def test_mistakes(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_operations_on_the_step():
    """A schedule of the Transformer kind, as tutorials write it."""
    class Warmup(schedules.LearningRateSchedule):
        def __call__(self, step):
            step = ops.cast(step, "float32") + 1.0
            return ops.minimum(step ** -0.5, step * 4.0 ** -1.5)

    w, optimizer = Variable([0.0]), SGD(Warmup())
    for _ in range(9):
        optimizer.apply([[-1.0]], [w])
    assert w.item() == pytest.approx(sum(min(t ** -0.5, t / 8) for t in range(1, 10)), rel=1e-6)
