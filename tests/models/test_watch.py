"""Where a loss became NaN or infinite, as fit says it."""

import warnings

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import ops
from autograd_mlp.callbacks import EarlyStopping, LambdaCallback, TerminateOnNaN
from autograd_mlp.layers import BatchNormalization, Dense, Dropout

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 8))
Y = X @ RNG.normal(size=(8, 1))


def network(rate=1.0, loss="mse", layers=(), optimizer=None):
    keras.set_random_seed(1)
    model = keras.Sequential([keras.Input((8,)), Dense(12, activation="relu", name="hidden"),
                              *layers, Dense(1, name="out")], name="net")
    model.compile(optimizer or keras.optimizers.SGD(rate), loss)
    return model


def told(model, *data, **arguments):
    """What a training warns of."""
    with pytest.warns(RuntimeWarning, match="The loss became") as caught:
        history = model.fit(*data, verbose=0, **arguments)
    assert len(caught) == 1
    return str(caught[0].message), history.history["loss"]


def first_bad_step(model, epochs, batch_size):
    """(epoch, batch) counted from 1: found batch by batch, in the order of fit."""
    seen = []

    def look(batch, logs):
        if not np.isfinite(logs["loss"]):
            seen.append((at[0], batch + 1))

    at = [0]
    begin = LambdaCallback(on_epoch_begin=lambda epoch, logs: at.__setitem__(0, epoch + 1),
                           on_train_batch_end=look)
    with warnings.catch_warnings(action="ignore"):
        model.fit(X, Y, epochs=epochs, batch_size=batch_size, verbose=0, callbacks=[begin])
    return seen[0]


@pytest.mark.parametrize("with_random", [False, True])
@pytest.mark.parametrize("rate, batch_size", [(10.0, 64), (1.0, 8), (0.4, 16), (1e30, 8)])
def test_the_step_is_the_one_at_which_it_happened(rate, batch_size, with_random):
    def make():
        return network(rate, layers=(BatchNormalization(), Dropout(0.3)) if with_random else ())

    epoch, batch = first_bad_step(make(), 60, batch_size)
    text, losses = told(make(), X, Y, epochs=60, batch_size=batch_size)
    assert f" in epoch {epoch}, batch {batch}: operation " in text
    assert f"SGD, learning rate {rate:.4g}" in text
    assert np.isfinite(losses[: epoch - 1]).all() and not np.isfinite(losses[epoch - 1 :]).any()


@pytest.mark.parametrize("callbacks", [[], [EarlyStopping("loss", patience=99)],
                                       [LambdaCallback(on_epoch_end=lambda epoch, logs: None)]],
                         ids=["none", "library", "own"])
def test_training_goes_on_as_if_nobody_had_looked(callbacks, monkeypatch):
    """History, weights and optimizer are, bit for bit, those without the search."""
    watched = network(0.5)
    text, losses = told(watched, X, Y, epochs=30, batch_size=16, callbacks=callbacks)
    monkeypatch.setattr("autograd_mlp.models.watch.Watch.look", lambda *_: None)
    free = network(0.5)
    expected = free.fit(X, Y, epochs=30, batch_size=16, verbose=0, callbacks=callbacks).history
    np.testing.assert_array_equal(losses, expected["loss"])
    for a, b in zip([*watched.get_weights(), *watched.optimizer.variables],
                    [*free.get_weights(), *free.optimizer.variables], strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


def test_a_training_that_is_finite_says_nothing():
    network(0.001).fit(X, Y, epochs=50, verbose=0)      # warnings are errors here


def test_the_layer_and_its_inputs_are_named():
    text, _ = told(network(1.0), X, Y, epochs=5, batch_size=8)
    assert "operation dense made inf." in text and "layer 'net/out' (Dense)" in text
    assert "W 'net/out/kernel' (12, 1) from " in text


def test_nan_in_the_data():
    x = X.copy()
    x[17, 3] = np.nan
    text, _ = told(network(0.01), x, Y, epochs=2)
    assert text.startswith("The loss became nan in epoch 1: x[17, 3] is nan.")


def test_an_update_that_overflows():
    text, _ = told(network(3e38, loss="mae"), X * 1e3, Y, epochs=2)
    assert "the update of weight 'net/hidden/kernel' made -inf." in text


def log_loss(y_true, y_pred):
    return ops.mean(ops.log(y_pred), axis=-1)


def test_a_loss_of_the_users_own():
    text, _ = told(network(0.1, loss=log_loss), X, Y, epochs=2, batch_size=8)
    assert "operation log made nan." in text and "code of your own" in text


def test_what_cannot_be_known_is_said():
    batches = ((X, Y * 1e30) for _ in range(2))
    text, _ = told(network(0.1), batches, steps_per_epoch=2)
    assert "Which step it was is not known, since the data came from something that" in text
    own = LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    text, _ = told(network(1.0), X, Y, epochs=2, batch_size=8, callbacks=[own])
    assert "a callback of your own acts between batches" in text


def test_terminate_on_nan_says_it_in_its_error():
    with pytest.raises(RuntimeError) as caught:
        network(1.0).fit(X, Y, epochs=3, batch_size=8, verbose=0,
                         callbacks=[TerminateOnNaN(raise_error=True)])
    first, second, *_ = str(caught.value).splitlines()
    assert first == "NaN or Inf loss encountered at batch 4. Terminating training."
    assert second.startswith("The loss became inf in epoch 1, batch 5: operation dense made inf.")


def test_a_search_that_fails_does_not_end_the_training(monkeypatch):
    monkeypatch.setattr("autograd_mlp.models.watch.Watch._step", lambda *_: 1 / 0)
    text, losses = told(network(1.0), X, Y, epochs=3, batch_size=8)
    assert "doing it again raised ZeroDivisionError" in text and len(losses) == 3


def test_a_resumed_epoch(tmp_path):
    """The beginning of an epoch that goes on from a backup was not seen."""
    def stop(batch, logs):
        if batch == 1:
            raise KeyboardInterrupt

    backup = keras.callbacks.BackupAndRestore(str(tmp_path), save_freq=1)
    with pytest.raises(KeyboardInterrupt):
        network(1.0).fit(X, Y, batch_size=8, verbose=0,
                         callbacks=[backup, LambdaCallback(on_train_batch_end=stop)])
    backup = keras.callbacks.BackupAndRestore(str(tmp_path))
    text, _ = told(network(1.0), X, Y, batch_size=8, callbacks=[backup])
    assert "since the epoch went on from a backup." in text
