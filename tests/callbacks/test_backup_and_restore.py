"""A training that is killed and goes on gives the bits of one that was not."""

import json
import subprocess
import sys

import numpy as np
import pytest

import autograd_mlp
from autograd_mlp import Input, Sequential, optimizers
from autograd_mlp.callbacks import BackupAndRestore, Callback, CallbackList
from autograd_mlp.layers import Dense

X = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
Y = (X.sum(1, keepdims=True) > 0).astype(np.float32)
EPOCHS = 5


class Killed(Exception):
    pass


class Kill(Callback):
    """Ends training at a batch of an epoch, as if the power had failed."""

    def __init__(self, epoch, batch):
        super().__init__()
        self.at = epoch, batch
        self.epoch = None

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self.epoch, batch) == self.at:
            raise Killed


def model_of(seed, optimizer="adam"):
    autograd_mlp.set_random_seed(seed)
    model = Sequential([Input((3,)), Dense(4, activation="tanh"), Dense(1, activation="sigmoid")])
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy", "mae"])
    return model


class Pairs(autograd_mlp.utils.PyDataset):
    def __len__(self):
        return 5

    def __getitem__(self, number):
        part = slice(10 * number, 10 * number + 10)
        return X[part], Y[part]


def train(model, *watchers, data="arrays", **kwargs):
    arguments = dict(epochs=EPOCHS, verbose=0, callbacks=list(watchers))
    if data == "arrays":
        return model.fit(X, Y, batch_size=8, validation_split=0.2, **{**arguments, **kwargs})
    return model.fit(Pairs(), **{**arguments, **kwargs})


def resumed(folder, kill_at, seeds=(1, 2), optimizer="adam", backup=None, **kwargs):
    """Weights, optimizer state and history of a training that was killed and went on."""
    backup = backup or {}
    with pytest.raises(Killed):
        train(model_of(seeds[0], optimizer), BackupAndRestore(folder, **backup), Kill(*kill_at),
              **kwargs)
    model = model_of(seeds[1], optimizer)      # other weights, other random numbers
    history = train(model, BackupAndRestore(folder, **backup), **kwargs)
    return state(model), history


def state(model):
    return [v.numpy() for v in [*model.weights, *model.optimizer.variables]]


def assert_same_bits(ours, expected):
    for one, other in zip(ours, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("data", ["arrays", "dataset"])
@pytest.mark.parametrize("shuffle", [True, False, "batch"])
@pytest.mark.parametrize("save_freq, kill_at, first", [
    ("epoch", (2, 0), 2), ("epoch", (2, 3), 2), (1, (2, 3), 2), (3, (1, 4), 1), (5, (3, 0), 2),
    (2, (0, 3), 0),
])
def test_bit_for_bit(tmp_path, data, shuffle, save_freq, kill_at, first):
    expected_model = model_of(1)
    expected = train(expected_model, data=data, shuffle=shuffle).history
    found, history = resumed(tmp_path / "backup", kill_at, data=data, shuffle=shuffle,
                             backup=dict(save_freq=save_freq))
    assert_same_bits(found, state(expected_model))
    assert history.epoch == list(range(history.epoch[0], EPOCHS))
    assert history.epoch[0] >= first
    for name, values in history.history.items():
        assert values == expected[name][history.epoch[0]:], name


OPTIMIZERS = ("SGD", "Adagrad", "Adadelta", "RMSprop", "Adam", "AdamW", "Adamax", "Nadam", "Ftrl",
              "Lion")


@pytest.mark.parametrize("arguments", [{}, dict(use_ema=True, gradient_accumulation_steps=3,
                                                weight_decay=0.01, clipnorm=1.0)], ids=str)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer(tmp_path, name, arguments):
    def make():
        rate = optimizers.schedules.ExponentialDecay(0.1, 5, 0.9)
        return getattr(optimizers, name)(learning_rate=rate, **arguments)

    expected = model_of(1, make())
    train(expected)
    with pytest.raises(Killed):
        train(model_of(1, make()), BackupAndRestore(tmp_path, save_freq=2), Kill(3, 1))
    model = model_of(2, make())
    train(model, BackupAndRestore(tmp_path, save_freq=2))
    assert_same_bits(state(model), state(expected))


def test_weights_of_a_later_training_are_the_same_too(tmp_path):
    """The library's generator goes on where it was."""
    expected = model_of(1)
    train(expected)
    draws = autograd_mlp.random.generator().random(3)
    resumed(tmp_path / "backup", (3, 1))
    np.testing.assert_array_equal(autograd_mlp.random.generator().random(3), draws)


@pytest.mark.parametrize("name, arguments", [
    ("Dropout", (0.5,)), ("GaussianNoise", (0.1,)), ("AlphaDropout", (0.2,)),
    ("BatchNormalization", ()),
])
def test_layers_with_random_numbers_or_running_statistics(tmp_path, name, arguments):
    def make(seed):
        autograd_mlp.set_random_seed(seed)
        model = Sequential([Input((3,)), Dense(8, activation="relu"), layer(*arguments), Dense(1)])
        model.compile("adam", "mse")
        return model

    layer = getattr(autograd_mlp.layers, name, None)
    if layer is None:
        pytest.skip(f"there is no layer {name} yet")
    expected = make(1)
    train(expected)
    with pytest.raises(Killed):
        train(make(1), BackupAndRestore(tmp_path, save_freq=2), Kill(3, 1))
    model = make(2)
    train(model, BackupAndRestore(tmp_path, save_freq=2))
    assert_same_bits(state(model), state(expected))


def test_a_real_kill(tmp_path):
    """Another process is ended by its operating system while it trains."""
    script = f"""
import os, sys
sys.path[:0] = {sys.path!r}
from tests.callbacks.test_backup_and_restore import *
class Die(Kill):
    def on_train_batch_begin(self, batch, logs=None):
        if (self.epoch, batch) == self.at:
            os._exit(9)
train(model_of(1), BackupAndRestore({str(tmp_path / "backup")!r}, save_freq=2), Die(3, 2))
"""
    assert subprocess.run([sys.executable, "-c", script], timeout=120).returncode == 9
    model = model_of(5)
    train(model, BackupAndRestore(tmp_path / "backup", save_freq=2))
    expected = model_of(1)
    train(expected)
    assert_same_bits(state(model), state(expected))


def test_the_backup_goes_when_training_has_ended(tmp_path):
    folder = tmp_path / "backup"
    train(model_of(1), BackupAndRestore(folder))
    assert not folder.exists()
    folder.mkdir()
    (folder / "mine.txt").write_text("not the callback's")
    train(model_of(1), BackupAndRestore(folder))
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    train(model_of(1), BackupAndRestore(folder, delete_checkpoint=False))
    assert (folder / "training_state.npz").exists()
    history = train(model_of(1), BackupAndRestore(folder))       # all epochs are done
    assert history.epoch == []


@pytest.mark.parametrize("damage", [b"", b"PK torn", None])
def test_the_backup_before_the_last(tmp_path, damage):
    folder, double = tmp_path / "backup", dict(double_checkpoint=True)
    with pytest.raises(Killed):
        train(model_of(1), BackupAndRestore(folder, **double), Kill(3, 1))
    last = folder / "training_state.npz"
    content = last.read_bytes()
    last.write_bytes(content[: len(content) // 2] if damage is None else damage)
    model = model_of(2)
    with pytest.warns(UserWarning, match="the backup before it is taken"):
        history = train(model, BackupAndRestore(folder, **double))
    assert history.epoch == [2, 3, 4]
    expected = model_of(1)
    train(expected)
    assert_same_bits(state(model), state(expected))


def test_a_backup_that_cannot_be_read(tmp_path):
    (tmp_path / "training_state.npz").write_bytes(b"nothing")
    with pytest.raises(OSError, match="cannot be read"):
        train(model_of(1), BackupAndRestore(tmp_path))


@pytest.mark.parametrize("other", [
    lambda: Sequential([Input((3,)), Dense(5), Dense(1)]),
    lambda: Sequential([Input((3,)), Dense(4, activation="tanh"), Dense(1), Dense(1)]),
])
def test_a_backup_of_another_model_changes_nothing(tmp_path, other):
    with pytest.raises(Killed):
        train(model_of(1), BackupAndRestore(tmp_path), Kill(1, 0))
    model = other()
    model.compile("adam", "mse")
    before = model.get_weights()
    with pytest.raises(ValueError, match="of another model or optimizer"):
        train(model, BackupAndRestore(tmp_path))
    assert_same_bits(model.get_weights(), before)
    model = model_of(1, optimizers.SGD())
    with pytest.raises(ValueError, match="of another model or optimizer"):
        train(model, BackupAndRestore(tmp_path))


def test_arguments(tmp_path):
    for arguments in (dict(backup_dir=""), dict(backup_dir="x", save_freq="batch"),
                      dict(backup_dir="x", save_freq=0)):
        with pytest.raises(ValueError):
            BackupAndRestore(**arguments)
    assert not CallbackList(BackupAndRestore("x")).wants_train_batches
    assert CallbackList(BackupAndRestore("x", save_freq=3)).wants_train_batches


def test_state_is_plain():
    json.dumps(autograd_mlp.random.get_state())
