"""Which files ModelCheckpoint writes, when, and what is in them."""

import numpy as np
import pytest

import autograd_mlp
from autograd_mlp import Input, Sequential
from autograd_mlp.callbacks import CallbackList, LambdaCallback, ModelCheckpoint
from autograd_mlp.layers import Dense
from autograd_mlp.saving import load_model

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
Y = np.array([[0], [1], [1], [0]], np.float32)


@pytest.fixture
def model():
    autograd_mlp.set_random_seed(1)
    model = Sequential([Input((2,)), Dense(3, activation="tanh"), Dense(1)])
    model.compile("sgd", "mse")
    return model


def fit(model, *watchers, **kwargs):
    arguments = dict(epochs=3, batch_size=1, verbose=0, callbacks=list(watchers))
    return model.fit(X, Y, **{**arguments, **kwargs})


def names(folder):
    return sorted(path.name for path in folder.iterdir())


class Fake:
    """Notes what is saved instead of saving it."""

    metrics = ()
    history = None

    def __init__(self):
        self.saved = []

    def save(self, path, overwrite):
        self.saved.append(path)

    save_weights = save


def saved(callback, losses, name="loss"):
    """The files that are saved in epochs with these values of a log."""
    model = Fake()
    every = CallbackList(callback, model=model)
    every.on_train_begin()
    for epoch, loss in enumerate(losses):
        every.on_epoch_begin(epoch)
        every.on_epoch_end(epoch, {name: loss})
    every.on_train_end()
    return model.saved


@pytest.mark.parametrize("arguments, expected", [
    (dict(), [1, 2, 3, 4]),
    (dict(save_best_only=True), [1, 2, 4]),
    (dict(save_best_only=True, mode="max"), [1, 3]),
    (dict(save_best_only=True, initial_value_threshold=2.5), [2, 4]),
    (dict(save_best_only=True, initial_value_threshold=0.5), []),
])
def test_which_epochs(arguments, expected):
    found = saved(ModelCheckpoint("{epoch}-{loss:.1f}.keras", "loss", **arguments),
                  [3.0, 2.0, 4.0, 1.0])
    assert [int(name.split("-")[0]) for name in found] == expected
    if 2 in expected:
        assert "2-2.0.keras" in found


def test_the_older_period_is_one_of_epochs():
    assert saved(ModelCheckpoint("{epoch}.keras", period=1), [1.0, 2.0]) == ["1.keras", "2.keras"]
    with pytest.warns(DeprecationWarning, match="period="):
        every_second = ModelCheckpoint("{epoch}.keras", period=2)
    assert saved(every_second, [1.0, 2.0, 3.0, 4.0]) == ["2.keras", "4.keras"]


@pytest.mark.parametrize("name", ["m.keras", "m.weights.h5", "m.npz", "m.safetensors"])
def test_the_files_hold_the_model(model, tmp_path, name):
    if name.endswith((".keras", ".h5")):
        pytest.importorskip("h5py", reason="pip install 'autograd_mlp[h5]'")
    weights_only = not name.endswith(".keras")
    fit(model, ModelCheckpoint(tmp_path / "deep/er" / name, save_weights_only=weights_only))
    assert names(tmp_path / "deep/er") == [name]
    expected = model.predict(X, verbose=0)
    if weights_only:
        model.set_weights([np.zeros_like(w) for w in model.get_weights()])
        model.load_weights(tmp_path / "deep/er" / name)
    else:
        model = load_model(tmp_path / "deep/er" / name)
    np.testing.assert_array_equal(model.predict(X, verbose=0), expected)


def test_the_best_model_is_kept(model, tmp_path):
    """Here the one with the largest loss, which is not the last."""
    best = ModelCheckpoint(tmp_path / "best.npz", "loss", save_best_only=True,
                           save_weights_only=True, mode="max")
    weights = []
    keep = LambdaCallback(on_epoch_end=lambda epoch, logs: weights.append(model.get_weights()))
    history = fit(model, keep, best, epochs=6)
    largest = int(np.argmax(history.history["loss"]))
    assert largest < 5
    model.load_weights(tmp_path / "best.npz")
    for ours, kept in zip(model.get_weights(), weights[largest], strict=True):
        np.testing.assert_array_equal(ours, kept)


@pytest.mark.parametrize("save_freq, expected", [
    (1, ["1-1", "1-2", "1-3", "1-4", "2-1", "2-2", "2-3", "2-4"]),
    (3, ["1-3", "2-2"]), (4, ["1-4", "2-4"]), (5, ["2-1"]), (9, []),
])
def test_after_so_many_batches(model, tmp_path, save_freq, expected):
    fit(model, ModelCheckpoint(tmp_path / "{epoch}-{batch}.npz", save_freq=save_freq,
                               save_weights_only=True), epochs=2)
    assert names(tmp_path) == [f"{name}.npz" for name in expected]


def test_only_batches_cost_something(tmp_path):
    def wants(**arguments):
        return CallbackList(ModelCheckpoint("m.keras", **arguments)).wants_train_batches

    assert not wants() and wants(save_freq=10)


def test_what_is_said(model, tmp_path, capsys):
    path = tmp_path / "m.npz"
    saved(ModelCheckpoint("m.keras", "loss", verbose=1, save_best_only=True), [3.0, 4.0])
    assert capsys.readouterr().out == (
        "\nEpoch 1: loss improved from None to 3.00000, saving model to m.keras\n"
        "\nEpoch 1: finished saving model to m.keras\n"
        "\nEpoch 2: loss did not improve from 3.00000\n")
    fit(model, ModelCheckpoint(path, verbose=1, save_weights_only=True), epochs=1)
    assert capsys.readouterr().out == (f"\nEpoch 1: saving model to {path}\n"
                                       f"\nEpoch 1: finished saving model to {path}\n")


def test_a_log_that_is_not_there():
    with pytest.raises(KeyError, match="asks for 'val_loss', but there are only epoch, loss"):
        saved(ModelCheckpoint("{val_loss}.keras"), [1.0])
    with pytest.warns(UserWarning, match="(?s)only with val_loss available.*There are: loss"):
        assert saved(ModelCheckpoint("m.keras", save_best_only=True), [1.0]) == ["m.keras"]


@pytest.mark.parametrize("arguments, text", [
    (dict(filepath="m"), r"must end in `.keras`"),
    (dict(filepath="m.npz"), r"must end in `.keras`"),
    (dict(filepath="m.keras", save_weights_only=True), r"must end in `.weights.h5`"),
    (dict(filepath="m.h5", save_weights_only=True), r"must end in `.weights.h5`"),
    (dict(filepath="m.keras", save_freq="batch"), "save_freq"),
    (dict(filepath="m.keras", save_freq=0), "save_freq"),
    (dict(filepath="m.keras", save_freq=1.5), "save_freq"),
    (dict(filepath="m.keras", save_freq=True), "save_freq"),
])
def test_what_does_not_fit(arguments, text):
    with pytest.raises(ValueError, match=text):
        ModelCheckpoint(**arguments)


def test_a_folder_is_no_file(model, tmp_path):
    (tmp_path / "m.npz").mkdir()
    with pytest.raises(OSError, match="is a folder"):
        fit(model, ModelCheckpoint(tmp_path / "m.npz", save_weights_only=True))
