"""What goes wrong is said, and leaves model and file as they were."""

import os
import sys
import warnings

import numpy as np
import pytest

from autograd_mlp import Input, Sequential, layers, models

WEIGHT_FILES = ["w.weights.h5", "w.npz", "w.safetensors"]


def network(*units):
    return Sequential([Input((4,)), *(layers.Dense(n) for n in units)])


def save(model, path):
    if str(path).endswith((".keras", "m.h5")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.save(path)
    else:
        model.save_weights(path)


@pytest.fixture(params=["w.keras", "m.h5", *WEIGHT_FILES])
def path(request, tmp_path):
    if request.param.endswith(("h5", "keras")):
        pytest.importorskip("h5py")
    return tmp_path / request.param


def test_a_mismatch_names_the_layer_and_changes_nothing(path):
    save(network(3, 5), path)
    model = network(3, 2)
    before = model.get_weights()
    with pytest.raises(ValueError) as error:
        model.load_weights(path)
    assert f"'{model.layers[1].name}'" in str(error.value)
    assert "(3, 2)" in str(error.value) and "(3, 5)" in str(error.value)
    for now, then in zip(model.get_weights(), before, strict=True):
        assert np.array_equal(now, then)
    with pytest.warns(UserWarning, match="left as they are"):
        model.load_weights(path, skip_mismatch=True)
    assert not np.array_equal(model.get_weights()[0], before[0])
    assert np.array_equal(model.get_weights()[2], before[2])


def test_layers_missing_in_the_file(path):
    save(network(3), path)
    with pytest.raises(ValueError, match="layers|expects|variables"):
        network(3, 2).load_weights(path)


def test_layers_missing_in_the_model(tmp_path):
    pytest.importorskip("h5py")
    network(3, 2).save_weights(tmp_path / "w.weights.h5")
    with pytest.warns(UserWarning, match="dense_1, which model"):
        network(3).load_weights(tmp_path / "w.weights.h5")


@pytest.mark.parametrize("name, call, match", [
    ("m.kears", "save", r"`.keras` .*`.h5`.*m.kears"),
    ("m.tf", "load_model", r"not supported.*`.keras`"),
    ("w.h5x", "load_weights", r"\.weights\.h5.*\.npz"),
    ("w.h5", "save_weights", r"must end in `.weights.h5`"),
    ("missing.keras", "load_model", "(?s)File not found.*no saved models"),
])
def test_file_names(tmp_path, name, call, match):
    target = models if call == "load_model" else network(2)
    with pytest.raises(ValueError, match=match):
        getattr(target, call)(tmp_path / name)


def test_arguments(tmp_path):
    model = network(2)
    with pytest.raises(ValueError, match="did you mean 'overwrite'"):
        model.save(tmp_path / "m.keras", overwrit=True)
    with pytest.raises(ValueError, match="str or pathlib"):
        model.save(3.5)
    with pytest.raises(ValueError, match="by_name"):
        model.load_weights(tmp_path / "w.npz", by_name=True)
    with pytest.raises(ValueError, match="not yet been built"):
        Sequential([layers.Dense(2)]).save_weights(tmp_path / "w.npz")
    with pytest.raises(FileNotFoundError, match="no directory"):
        model.save_weights(tmp_path / "nowhere" / "w.npz")
    with pytest.raises(FileNotFoundError):
        model.load_weights(tmp_path / "w.npz")
    assert os.listdir(tmp_path) == []


def test_without_h5py(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    for call in (network(2).save, network(2).save_weights):
        name = "m.keras" if call.__name__ == "save" else "m.weights.h5"
        with pytest.raises(ImportError, match=r"pip install 'autograd_mlp\[h5\]'"):
            call(tmp_path / name)
    assert os.listdir(tmp_path) == []


def test_overwriting_asks(tmp_path, monkeypatch):
    path = tmp_path / "w.npz"
    network(2).save_weights(path)
    before = path.read_bytes()
    answers = iter(["what?", "n", "Y"])
    monkeypatch.setattr("builtins.input", lambda text: next(answers))
    network(2).save_weights(path, overwrite=False)
    assert path.read_bytes() == before
    network(2).save_weights(path, overwrite=False)
    assert path.read_bytes() != before

    def nobody(text):
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(FileExistsError, match="overwrite is False"):
        network(2).save_weights(path, overwrite=False)
