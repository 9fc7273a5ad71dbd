"""EarlyStopping and ReduceLROnPlateau on logs made up for them."""

import numpy as np
import pytest

from autograd_mlp.callbacks import CallbackList, EarlyStopping, ReduceLROnPlateau


class Metric:
    def __init__(self, name, direction=None):
        self.name = name
        if direction:
            self._direction = direction


class Optimizer:
    learning_rate = 1.0


class Model:
    """What callbacks ask of a model; its weights are the number of the epoch."""

    history = None

    def __init__(self, *metrics):
        self.metrics = list(metrics)
        self.optimizer = Optimizer()
        self.stop_training = False
        self.weights = None

    def get_weights(self):
        return [np.array(self.weights)]

    def set_weights(self, weights):
        self.weights = int(weights[0])


def run(callback, values, name="loss", model=None):
    """Epochs with these values of one log until the callback stops; returns how many."""
    model = model or Model()
    every = CallbackList(callback, model=model)
    every.on_train_begin()
    for epoch, value in enumerate(values):
        model.weights = epoch
        every.on_epoch_end(epoch, {name: value})
        if model.stop_training:
            break
    every.on_train_end()
    return epoch + 1, model


@pytest.mark.parametrize("arguments, values, epochs", [
    (dict(), [3, 2, 2], 3),
    (dict(), [3, 3, 2], 2),
    (dict(), [3, 4, 5], 2),                     # never after the first epoch
    (dict(patience=2), [3, 4, 5, 6], 3),
    (dict(patience=2), [3, 4, 2, 3, 3], 5),
    (dict(min_delta=0.5), [3, 2.6, 2], 2),
    (dict(min_delta=-0.5), [3, 2.4, 2.0], 3),
    (dict(mode="max"), [3, 4, 4], 3),
    (dict(baseline=1.0, patience=3), [3, 2, 1.5, 1.6, 1], 4),
    (dict(baseline=1.0, patience=2), [3, 0.5, 1.5, 2], 4),
    (dict(start_from_epoch=3), [3, 4, 5, 6, 7], 5),
    (dict(), [3, np.nan], 2),
])
def test_when_it_stops(arguments, values, epochs):
    assert run(EarlyStopping("loss", **arguments), values)[0] == epochs


def test_best_weights_come_back():
    assert run(EarlyStopping("loss", restore_best_weights=True), [3, 2, 4])[1].weights == 1
    # also when all epochs were run, and when there was nothing but NaN
    stop = EarlyStopping("loss", restore_best_weights=True, patience=9)
    assert run(stop, [3, 2, 4])[1].weights == 1
    assert run(stop, [np.nan, np.nan])[1].weights == 0


def test_one_instance_for_two_trainings():
    stop = EarlyStopping("loss", min_delta=0.1)
    assert run(stop, [1, 1])[0] == 2
    assert run(stop, [9, 8, 8])[0] == 3


@pytest.mark.parametrize("direction, epochs", [("up", 2), ("down", 3)])
def test_the_metric_knows_its_direction(direction, epochs):
    model = Model(Metric("hits", direction))
    assert run(EarlyStopping("val_hits"), [3, 2, 2], "val_hits", model)[0] == epochs


def test_a_monitor_that_nobody_knows():
    model = Model(Metric("accuracy", "up"))
    with pytest.raises(ValueError, match="(?s)`mode='min'`.*did you mean 'accuracy'"):
        run(EarlyStopping("val_accuracie"), [1], model=model)
    with pytest.warns(UserWarning, match="`val_loss` which is not available.*: loss"):
        run(EarlyStopping(), [1])
    with pytest.warns(UserWarning, match="mode 'least' is unknown"):
        EarlyStopping(mode="least")


def test_mistyped_arguments():
    with pytest.raises(TypeError, match="did you mean 'patience'"):
        EarlyStopping(patince=3)
    with pytest.raises(TypeError, match="did you mean 'min_delta'"):
        ReduceLROnPlateau(mindelta=3)


def rates(arguments, values):
    model, found = Model(), []
    callback = ReduceLROnPlateau("loss", factor=0.5, min_delta=0, **arguments)
    every = CallbackList(callback, model=model)
    every.on_train_begin()
    for epoch, value in enumerate(values):
        logs = {"loss": value}
        callback.on_epoch_end(epoch, logs)
        assert logs["learning_rate"] == (found[-1] if found else 1.0)    # before any reduction
        found.append(model.optimizer.learning_rate)
    return found


@pytest.mark.parametrize("arguments, values, expected", [
    (dict(patience=1), [3, 3, 3, 2, 2], [1, 0.5, 0.25, 0.25, 0.125]),
    (dict(patience=2), [3, 3, 3, 3, 3], [1, 1, 0.5, 0.5, 0.25]),
    (dict(patience=1, cooldown=2), [3] * 6, [1, 0.5, 0.5, 0.25, 0.25, 0.125]),
    (dict(patience=1, min_lr=0.4), [3] * 4, [1, 0.5, 0.4, 0.4]),
    (dict(patience=1, mode="max"), [1, 2, 3, 3], [1, 1, 1, 0.5]),
])
def test_rates(arguments, values, expected):
    assert rates(arguments, values) == expected


def test_the_older_epsilon():
    with pytest.warns(DeprecationWarning, match="epsilon="):
        assert ReduceLROnPlateau(epsilon=0.5).min_delta == 0.5


def test_a_factor_of_1_reduces_nothing():
    with pytest.raises(ValueError, match="below 1"):
        ReduceLROnPlateau(factor=1.0)


def test_what_is_said(capsys):
    run(EarlyStopping("loss", verbose=1, restore_best_weights=True), [3, 2, 4])
    assert capsys.readouterr().out == (
        "Epoch 3: early stopping\n"
        "Restoring model weights from the end of the best epoch: 2.\n")
    run(ReduceLROnPlateau("loss", verbose=1, patience=1), [3, 3])
    assert capsys.readouterr().out == (
        "\nEpoch 2: ReduceLROnPlateau reducing learning rate to 0.1.\n")
