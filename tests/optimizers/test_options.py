"""What all optimizers share: clipping, weight decay, averages, accumulation; replayed, too."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Tensor, Variable, ops
from autograd_mlp._engine import Tape
from autograd_mlp.constraints import MaxNorm
from autograd_mlp.optimizers import SGD, Adam, AdamW, Nadam, Optimizer, RMSprop

RNG = np.random.default_rng(0)
GRADIENTS = RNG.normal(size=(12, 5)).astype(np.float32)
START = RNG.normal(size=5).astype(np.float32)
OPTIONS = [
    {}, {"weight_decay": 0.1}, {"clipnorm": 0.5}, {"clipvalue": 0.2}, {"global_clipnorm": 0.7},
    {"use_ema": True, "ema_overwrite_frequency": 3}, {"loss_scale_factor": 4.0},
    {"gradient_accumulation_steps": 3},
    {"gradient_accumulation_steps": 2, "use_ema": True, "ema_overwrite_frequency": 2,
     "global_clipnorm": 0.3, "weight_decay": 0.2, "loss_scale_factor": 2.0},
]


def after(optimizer, gradients=GRADIENTS, start=START):
    """The weights after each step, from these gradients."""
    w, seen = Variable(start), []
    for g in gradients:
        optimizer.apply([g], [w])
        seen.append(w.numpy())
    return np.array(seen)


def close(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_clipvalue():
    close(after(SGD(0.1, clipvalue=0.3)), after(SGD(0.1), GRADIENTS.clip(-0.3, 0.3)))


def test_clipnorm_is_of_each_variable():
    v, w = Variable([0.0, 0.0]), Variable([0.0, 0.0])
    SGD(1.0, clipnorm=1.0).apply([[3.0, 4.0], [0.3, 0.4]], [v, w])
    close(v, [-0.6, -0.8]), close(w, [-0.3, -0.4])


def test_global_clipnorm_is_of_all():
    v, w = Variable([0.0, 0.0]), Variable([0.0, 0.0])
    SGD(1.0, global_clipnorm=6.5).apply([[3.0, 4.0], [0.0, 12.0]], [v, w])
    close(v, [-1.5, -2.0]), close(w, [0.0, -6.0])


def test_gradients_within_the_limit_keep_their_bits():
    plain = after(SGD(0.1)).tobytes()
    for how in ("clipnorm", "global_clipnorm", "clipvalue"):
        assert after(SGD(0.1, **{how: 100.0})).tobytes() == plain


@pytest.mark.parametrize("how", ["clipnorm", "global_clipnorm", "clipvalue"])
def test_gradients_given_are_not_written_to(how):
    g = Tensor([3.0, 4.0])
    SGD(1.0, **{how: 1.0}, gradient_accumulation_steps=2).apply([g], [Variable([0.0, 0.0])])
    assert g.tolist() == [3, 4]


def test_norms_are_summed_in_float64():
    """2²⁴ + 1 + 1 + … would stay 2²⁴ in float32."""
    g = np.ones(2**16, np.float32)
    g[0] = 2.0**12
    w = Variable(np.zeros(g.size, np.float32))
    SGD(1.0, clipnorm=1.0).apply([g], [w])
    close(np.linalg.norm(w.numpy().astype(float)), 1.0)


def test_weight_decay():
    w = Variable([1.0, -2.0])
    SGD(0.1, weight_decay=0.5).apply([[1.0, 1.0]], [w])
    close(w, [1 - 0.05 - 0.1, -2 + 0.1 - 0.1])


def test_variables_without_weight_decay():
    bias, other, kernel = (Variable([1.0], name=n) for n in ("bias", "other", "kernel"))
    optimizer = AdamW(0.1, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[other], var_names=["bias"])
    optimizer.apply([[0.0]] * 3, [bias, other, kernel])
    assert bias.tolist() == other.tolist() == [1]
    close(kernel, [0.95])


def test_moving_average():
    weights = after(SGD(0.1))
    optimizer, w = SGD(0.1, use_ema=True, ema_momentum=0.8), Variable(START)
    expected = weights[0]
    for step, g in enumerate(GRADIENTS):
        optimizer.apply([g], [w])
        expected = weights[step] if step == 0 else 0.8 * expected + 0.2 * weights[step]
    close(w, weights[-1])
    optimizer.finalize_variable_values([w])
    close(w, expected)


def test_accumulated_gradients_are_one_step_with_their_mean():
    means = GRADIENTS.reshape(4, 3, 5).mean(axis=1)
    for make in (Adam, Nadam, lambda **k: RMSprop(momentum=0.5, centered=True, **k)):
        seen = after(make(gradient_accumulation_steps=3))
        close(seen[2::3], after(make(), means))
        assert (seen[0] == START).all() and (seen[3] == seen[2]).all()


def test_iterations_of_accumulated_steps():
    optimizer = SGD(gradient_accumulation_steps=3)
    after(optimizer, GRADIENTS[:7])
    assert int(optimizer.iterations) == 2
    assert int(optimizer.variables[0]) == 7


def test_constraint_after_the_update():
    w = Variable([[3.0], [4.0]])
    w.constraint = MaxNorm(1.0)
    SGD(0.5).apply([[[0.0], [0.0]]], [w])
    close(w, [[0.6], [0.8]])


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("make", [SGD, Adam, Nadam], ids=lambda o: o.__name__)
def test_replayed_steps_have_the_bits_of_eager_ones(make, options):
    results = []
    for replayed in (False, True):
        w, b = Variable(START), Variable([0.5])
        w.constraint = MaxNorm(1.5)
        optimizer = make(0.1, **options)
        optimizer.build([w, b])

        def step(w=w, b=b, optimizer=optimizer):
            w.zero_grad(), b.zero_grad()
            ops.sum((w * w * w - b) ** 2).backward()
            optimizer.apply([w.grad, b.grad], [w, b])

        if replayed:
            with Tape() as tape:
                step()
            assert not tape.broken
            tape.replay(10)
        else:
            for _ in range(11):
                step()
        results.append([v.numpy().tobytes() for v in (w, b, *optimizer.variables)])
    assert results[0] == results[1]


def test_options_that_are_off_add_no_calls():
    v, w = Variable([1.0, 2.0]), Variable([1.0])
    for optimizer in (SGD(), SGD(momentum=0.9), Adam(amsgrad=True), Nadam()):
        optimizer.build([v, w])
        g, h = Tensor([1.0, 1.0]), Tensor([1.0])
        with Tape() as tape:
            optimizer.apply([g, h], [v, w])
        assert [name for name, _ in tape.calls] == ["begin_update", "update", "update"]


def test_loss_scale_in_a_training():
    weights = []
    for options in ({}, {"loss_scale_factor": 8.0}):
        keras.set_random_seed(3)
        model = keras.Sequential([keras.layers.Input((5,)), keras.layers.Dense(1)])
        model.compile(SGD(0.1, **options), "mse")
        loss = model.fit(GRADIENTS, GRADIENTS[:, 0], epochs=3, batch_size=4, verbose=0)
        weights.append((model.get_weights(), loss.history["loss"]))
    close(weights[0][0][0], weights[1][0][0]), close(weights[0][1], weights[1][1])


def test_fit_ends_with_the_averages():
    keras.set_random_seed(3)
    model = keras.Sequential([keras.layers.Input((5,)), keras.layers.Dense(1)])
    model.compile(SGD(0.1, use_ema=True, ema_momentum=0.9), "mse")
    model.fit(GRADIENTS, GRADIENTS[:, 0], epochs=3, batch_size=4, verbose=0)
    for weight, average in zip(model.weights, model.optimizer._averages, strict=True):
        assert weight.numpy().tobytes() == average.numpy().tobytes()


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_faulty_step_changes_nothing(options):
    v, w = Variable([1.0]), Variable([1.0, 2.0])
    optimizer = Adam(0.1, **options)
    optimizer.apply([[1.0], [1.0, 1.0]], [v, w])
    before = [t.numpy().tobytes() for t in (v, w, *optimizer.variables)]
    for gradients, variables in [([[1.0], [1.0]], [v, w]), ([[1.0]], [v, w]),
                                 ([[1.0], [1.0]], [v, Variable([1.0])]), ([None, None], [v, w])]:
        with pytest.raises(ValueError):
            optimizer.apply(gradients, variables)
    assert [t.numpy().tobytes() for t in (v, w, *optimizer.variables)] == before


class Mine(Optimizer):
    """Momentum out of operations."""

    def build(self, variables):
        super().build(variables)
        self.momentums = self.add_optimizer_variables(variables, "momentum")

    def update_step(self, gradient, variable, learning_rate):
        m = self.momentums[self._get_variable_index(variable)]
        self.assign(m, 0.9 * m - learning_rate * gradient)
        self.assign_add(variable, m)


class Slower(Adam):
    """Half of the learning rate for vectors."""

    def update_step(self, gradient, variable, learning_rate):
        rate = learning_rate * 0.5 if len(variable.shape) == 1 else learning_rate
        super().update_step(gradient, variable, rate)


class TestUsersOptimizers:
    @pytest.mark.parametrize("options", OPTIONS, ids=str)
    def test_one_made_of_operations(self, options):
        close(after(Mine(0.1, **options)), after(SGD(0.1, momentum=0.9, **options)))

    def test_it_is_recorded_in_fit(self, monkeypatch):
        calls = []
        monkeypatch.setattr(Mine, "update_step", lambda self, *args, step=Mine.update_step: (
            calls.append(1), step(self, *args)))
        losses = []
        for optimizer in (Mine(0.05), SGD(0.05, momentum=0.9)):
            keras.set_random_seed(3)
            model = keras.Sequential([keras.layers.Input((5,)), keras.layers.Dense(1)])
            model.compile(optimizer, "mse")
            losses.append(model.fit(GRADIENTS, GRADIENTS[:, 0], epochs=2, batch_size=1,
                                    verbose=0).history["loss"])
        close(*losses)
        assert len(calls) < 2 * 2 * 12      # two variables, two epochs of twelve steps

    def test_one_with_rates_of_its_own(self):
        v, w = Variable([[1.0]]), Variable([1.0])
        optimizer = Slower(0.1)
        for _ in range(3):
            optimizer.apply([[[1.0]], [1.0]], [v, w])
        close(v, 1 - 0.3), close(w, 1 - 0.15)

    def test_variables_of_its_own_are_found(self):
        class Counting(Mine):
            def build(self, variables):
                super().build(variables)
                self.seen = Variable(0.0, trainable=False)
                self.more = [Variable(1.0, trainable=False)]

        optimizer = Counting(0.1)
        optimizer.build([Variable([1.0])])
        assert len(optimizer.variables) == 5

    def test_without_an_update_step(self):
        with pytest.raises(NotImplementedError, match="update_step"):
            Optimizer(0.1).apply([[1.0]], [Variable([1.0])])


def test_minimize():
    w = Variable([3.0])
    optimizer = SGD(0.25, loss_scale_factor=2.0)
    w.grad = [7.0]
    assert int(optimizer.minimize(lambda: (w * w).sum(), [w])) == 1
    assert w.tolist() == [1.5] and w.grad.tolist() == [7]
    w.zero_grad()
    with keras.GradientTape() as tape:
        loss = (w * w).sum()
    SGD(0.25).minimize(loss, [w], tape=tape)
    assert w.tolist() == [0.75]
    scaled = SGD(0.25, loss_scale_factor=2.0)
    scaled.minimize(lambda: (w * w).sum(), [w], tape=keras.GradientTape())
    assert w.tolist() == [0.375]
