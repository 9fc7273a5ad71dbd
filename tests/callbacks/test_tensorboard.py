"""What TensorBoard's own reader finds in the files."""

import builtins
import json

import numpy as np
import pytest

import autograd_mlp
from autograd_mlp import Input, Sequential
from autograd_mlp.callbacks import CallbackList, TensorBoard
from autograd_mlp.layers import Dense

pytest.importorskip("tensorboard", reason="pip install 'autograd_mlp[tensorboard]'")
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
Y = np.array([[0], [1], [1], [0]], np.float32)


def fit(folder, epochs=3, validation=True, **arguments):
    autograd_mlp.set_random_seed(1)
    model = Sequential([Input((2,)), Dense(5, activation="tanh"), Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    history = model.fit(X, Y, batch_size=1, epochs=epochs, verbose=0,
                        validation_data=(X, Y) if validation else None,
                        callbacks=[TensorBoard(folder, **arguments)])
    return model, history.history


def read(folder):
    """{tag: [(step, tensor)]} of the files in a folder."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    return {tag: [(event.step, make_ndarray(event.tensor_proto)) for event in events.Tensors(tag)]
            for tag in events.Tags()["tensors"]}


def scalars(found, tag):
    return [(step, float(value)) for step, value in found[tag]]


def test_scalars_of_epochs(tmp_path):
    model, history = fit(tmp_path / "logs")
    train, validation = read(tmp_path / "logs/train"), read(tmp_path / "logs/validation")
    train.pop("keras", None)
    assert sorted(train) == ["epoch_learning_rate", "epoch_loss", "epoch_mae"]
    assert sorted(validation) == ["epoch_loss", "epoch_mae", "evaluation_loss_vs_iterations",
                                  "evaluation_mae_vs_iterations"]
    for found, prefix in ((train, ""), (validation, "val_")):
        for name in ("loss", "mae"):
            steps, values = zip(*scalars(found, f"epoch_{name}"), strict=True)
            assert steps == (0, 1, 2)
            np.testing.assert_allclose(values, history[prefix + name], rtol=1e-6)
    assert [step for step, _ in validation["evaluation_loss_vs_iterations"]] == [4, 8, 12]
    assert scalars(train, "epoch_learning_rate") == [(n, pytest.approx(0.01)) for n in range(3)]


def test_no_folder_for_what_there_is_not(tmp_path):
    fit(tmp_path, validation=False)
    assert [folder.name for folder in tmp_path.iterdir()] == ["train"]


@pytest.mark.parametrize("update_freq, steps", [("batch", range(1, 9)), (3, [3, 6]), (8, [8])])
def test_scalars_of_batches(tmp_path, update_freq, steps):
    fit(tmp_path, epochs=2, update_freq=update_freq)
    found = scalars(read(tmp_path / "train"), "batch_loss")
    assert [step for step, _ in found] == list(steps)
    assert all(np.isfinite(value) for _, value in found)


def test_steps_per_second(tmp_path):
    fit(tmp_path, epochs=2, write_steps_per_second=True)
    found = read(tmp_path / "train")
    assert len(found["epoch_steps_per_second"]) == 2
    assert len(found["batch_steps_per_second"]) == 8 and "batch_loss" not in found


def test_histograms_and_images_of_weights(tmp_path):
    model, _ = fit(tmp_path, histogram_freq=2, write_images=True)
    found = read(tmp_path / "train")
    kernel = model.layers[0].kernel
    (first, _), (last, table) = found[f"{kernel.path}/histogram"]
    assert (first, last) == (0, 2)
    assert table[:, 2].sum() == kernel.numpy().size
    assert table[0, 0] == pytest.approx(kernel.numpy().min())
    assert table[-1, 1] == pytest.approx(kernel.numpy().max())
    (_, image), *_ = found[f"{kernel.path}/image"]
    assert (image[0], image[1]) == (b"5", b"2")
    assert image[2].startswith(b"\x89PNG")


def test_weights_that_are_no_numbers_any_more(tmp_path):
    from autograd_mlp.callbacks.event_file import EventFile

    file = EventFile(str(tmp_path))
    file.histogram("w", np.array([1.0, np.nan, 3.0, np.inf]), 0)
    file.histogram("w", np.array([np.nan]), 1)
    file.image("w/image", np.array([[1.0, np.nan]]), 1)
    file.close()
    (_, some), (_, none) = read(tmp_path)["w"]
    assert some[:, 2].sum() == 2 and none[:, 2].sum() == 0


def test_pictures_are_right():
    Image = pytest.importorskip("PIL.Image")
    import io

    from autograd_mlp.callbacks.event_file import _png

    pixels = np.arange(15, dtype=np.uint8).reshape(3, 5) * 17
    assert np.array_equal(np.array(Image.open(io.BytesIO(_png(pixels)))), pixels)


def test_the_model(tmp_path):
    model, _ = fit(tmp_path, epochs=1)
    [(step, text)] = read(tmp_path / "train")["keras"]
    assert step == 0
    layers = json.loads(text.item())["config"]["layers"]
    assert [layer["class_name"] for layer in layers][-2:] == ["Dense", "Dense"]


def test_two_trainings_and_evaluate(tmp_path):
    model, _ = fit(tmp_path, epochs=1, write_graph=False)
    board = TensorBoard(tmp_path, write_graph=False)
    model.fit(X, Y, epochs=3, initial_epoch=1, verbose=0, callbacks=[board])
    model.evaluate(X, Y, verbose=0, callbacks=[board])
    train = read(tmp_path / "train")
    assert [step for step, _ in train["epoch_loss"]] == [0, 1, 2]
    assert len(read(tmp_path / "validation")["evaluation_loss_vs_iterations"]) == 2


def test_a_quiet_one_costs_nothing_per_batch(tmp_path):
    def wants(**arguments):
        return CallbackList(TensorBoard(tmp_path, **arguments)).wants_train_batches

    assert not wants() and not wants(histogram_freq=1)
    assert wants(update_freq="batch") and wants(update_freq=10)
    assert wants(write_steps_per_second=True)

    class Own(TensorBoard):
        def on_train_batch_end(self, batch, logs=None):
            pass

    assert CallbackList(Own(tmp_path)).wants_train_batches


@pytest.mark.parametrize("arguments, error", [
    (dict(profile_batch=2), ValueError),
    (dict(profile_batch=(2, 3)), ValueError),
    (dict(embeddings_freq=1), NotImplementedError),
    (dict(update_freq="epochs"), ValueError),
    (dict(update_freq=0), ValueError),
    (dict(log_dirr="x"), TypeError),
])
def test_what_there_is_not(arguments, error):
    with pytest.raises(error):
        TensorBoard(**arguments)


def test_not_installed(monkeypatch, tmp_path):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("tensorboard"):
            raise ImportError(f"No module named {name!r}")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'autograd_mlp\[tensorboard\]'"):
        fit(tmp_path)
