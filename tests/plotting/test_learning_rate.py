"""lr_find: a range test that leaves the model alone; LearningRateDisplay draws it."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp.plotting import LearningRateDisplay, LearningRateSweep, lr_find


@pytest.fixture(params=["float32", "float64"])
def line(request):
    """One weight to learn y = 3x with plain SGD, whose steps can be worked out by hand."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(
        1, use_bias=False, kernel_initializer="ones", dtype=request.param)])
    model.compile(keras.optimizers.SGD(0.123), "mse")
    x = np.array([[-1.0], [1.0]])
    return model, x, 3 * x


def test_losses_are_those_of_gradient_descent_with_growing_rates(line):
    model, x, y = line
    sweep = lr_find(model, x, y, min_rate=0.01, max_rate=10, steps=20)
    assert np.allclose(sweep.rates, np.geomspace(0.01, 10, 20)[: len(sweep.rates)])
    w, expected = 1.0, []
    for rate in sweep.rates:
        expected.append((w - 3) ** 2)
        w -= rate * 2 * (w - 3)
    assert np.allclose(sweep.losses, expected, rtol=1e-3, atol=1e-6)
    assert sweep.lowest == sweep.rates[np.nanargmin(sweep.smoothed)]
    assert sweep.suggestion == sweep.lowest / 10
    assert "a tenth" in sweep.rule


def test_nothing_of_the_model_changes(xor, untouched):
    model, x, y = xor
    model.fit(x, y, epochs=2, verbose=0)        # the optimizer has state now
    same = untouched(model)
    sweep = lr_find(model, x, y, steps=15, batch_size=2)
    same()
    again = lr_find(model, x, y, steps=15, batch_size=2)
    assert np.array_equal(sweep.losses, again.losses)
    assert not np.array_equal(sweep.losses, lr_find(model, x, y, steps=15, batch_size=2,
                                                    seed=1).losses)


def test_an_optimizer_that_is_not_built_stays_so(xor, untouched):
    model, x, y = xor
    same = untouched(model)
    lr_find(model, x, y, steps=5)
    same()
    assert not model.optimizer.built


def test_it_stops_when_the_loss_grows(line):
    model, x, y = line
    sweep = lr_find(model, x, y, min_rate=1e-3, max_rate=1e6, steps=100)
    assert sweep.diverged and len(sweep.rates) < 100
    assert 0.5 < sweep.lowest < 10      # above 1, steps on this parabola are too long


def test_nan_ends_it(line):
    model, x, y = line
    y = np.full_like(y, np.nan)
    sweep = lr_find(model, x, y, steps=10)
    assert sweep.diverged and sweep.suggestion is None and len(sweep.losses) == 1
    LearningRateDisplay(sweep).plot()


def test_a_schedule_does_not_count(line):
    model, x, y = line
    expected = lr_find(model, x, y, steps=8).losses
    model.compile(keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(7.0, 1, 0.1)),
                  "mse")
    assert np.array_equal(lr_find(model, x, y, steps=8).losses, expected)


def test_without_a_fall_there_is_no_suggestion():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(64, 1))
    noise = np.random.default_rng(1).normal(size=(64, 1)) * 100
    sweep = lr_find(model, x * 1e-9, noise, max_rate=1e-5, steps=20, batch_size=4)
    assert sweep.suggestion is None
    display = LearningRateDisplay(sweep).plot()
    assert display.suggestions_ == {}
    assert display.ax_.get_title().endswith("no suggestion: the loss never fell")


def test_smoothing_zero_keeps_the_losses(line):
    sweep = lr_find(*line, steps=5, smoothing=0)
    assert np.array_equal(sweep.smoothed, sweep.losses)


def test_what_is_drawn(xor):
    model, x, y = xor
    display = LearningRateDisplay.from_model(model, x, y, steps=30, title="Rates")
    (sweep,) = display.sweeps.values()
    line = display.lines_["loss"]
    assert np.array_equal(line.get_xdata(), sweep.rates)
    assert np.array_equal(line.get_ydata(), sweep.smoothed)
    assert display.suggestions_["loss"].get_xdata()[0] == sweep.suggestion
    assert display.ax_.get_xscale() == "log" and display.ax_.get_title() == "Rates"
    low, high = display.ax_.get_ylim()
    assert low < np.nanmin(sweep.smoothed) < high


def test_several_models(line):
    model, x, y = line
    display = LearningRateDisplay.from_model({"one": model, "other": model}, x, y, steps=10)
    assert list(display.lines_) == ["one", "other"]
    assert display.lines_["one"].get_linestyle() != display.lines_["other"].get_linestyle()


@pytest.mark.parametrize("how, words", [
    ({"min_rate": 0}, "rates grow"), ({"min_rate": 1, "max_rate": 0.1}, "rates grow"),
    ({"steps": 2}, "at least 3 steps"), ({"smoothing": -1}, "0 or more steps"),
])
def test_errors(line, how, words):
    with pytest.raises(ValueError, match=words):
        lr_find(*line, **how)


def test_models_that_cannot_learn():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match="not compiled"):
        lr_find(model, [[1.0]], [[1.0]])
    with pytest.raises(TypeError, match="got function"):
        lr_find(lambda x: x, [[1.0]], [[1.0]])
    with pytest.raises(TypeError, match="what lr_find.. returned for 'loss', got dict|list"):
        LearningRateDisplay([1])
    with pytest.raises(ValueError, match="no sweep"):
        LearningRateDisplay({})


def test_a_sweep_tells_its_numbers():
    sweep = LearningRateSweep(np.ones(3), np.ones(3), np.ones(3), 0.1, 1.0, False)
    assert repr(sweep).startswith("LearningRateSweep(suggestion=0.1, lowest=1.0, diverged=False")
