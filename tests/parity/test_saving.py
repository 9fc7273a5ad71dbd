"""Files each way: saved here and opened by Keras, saved by Keras and opened here."""

import json
import zipfile

import numpy as np
import pytest

import autograd_mlp
from tests.parity import assert_same, import_keras

keras = import_keras()
h5py = pytest.importorskip("h5py")
pytestmark = pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning",  # within Keras
                                        "ignore:.*legacy in Keras 3")
LIBRARIES = {"ours": autograd_mlp, "theirs": keras}
X = np.random.default_rng(0).normal(size=(12, 6)).astype(np.float32)
Y = np.random.default_rng(1).normal(size=(12, 2)).astype(np.float32)


def network(k, compiled=None):
    layers = k.layers
    model = k.Sequential([
        k.Input((6,)),
        layers.Dense(5, activation="relu", kernel_regularizer="l2", bias_constraint="max_norm"),
        k.Sequential([k.Input((5,)), layers.Dense(4, activation="tanh",
                                                  kernel_initializer="he_normal"),
                      layers.Dense(3)]),
        layers.Flatten(),
        layers.Dense(2, use_bias=False),
        layers.Activation("softmax"),
    ])
    if compiled:
        model.compile(**compiled(k))
        model.fit(X, Y, epochs=2, batch_size=4, shuffle=False, verbose=0)
    return model


def predictions(model):
    return model.predict(X, verbose=0)


def exchanged(tmp_path, model, to, name="model.keras", **arguments):
    """The model as the other library loads it from a file."""
    path = str(tmp_path / name)
    model.save(path)
    return LIBRARIES[to].models.load_model(path, **arguments)


def both_ways(test):
    return pytest.mark.parametrize("made, opened", [("ours", "theirs"), ("theirs", "ours")])(test)


@both_ways
@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_whole_model(tmp_path, made, opened, name):
    model = network(LIBRARIES[made])
    again = exchanged(tmp_path, model, opened, name, compile=False)
    assert_same(predictions(again), predictions(model))
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]


@both_ways
@pytest.mark.parametrize("name", ["w.weights.h5", "w.keras", "w.h5"])
def test_weights(tmp_path, made, opened, name):
    model, other = network(LIBRARIES[made]), network(LIBRARIES[opened])
    path = str(tmp_path / name)
    model.save_weights(path) if "weights" in name else model.save(path)
    other.load_weights(path)
    assert_same(predictions(other), predictions(model))


def test_the_files_have_the_same_parts(tmp_path):
    found = {}
    for which, k in LIBRARIES.items():
        k.backend.clear_session()
        path = str(tmp_path / f"{which}.keras")
        network(k).save(path)
        with zipfile.ZipFile(path) as archive:
            names, config = archive.namelist(), json.loads(archive.read("config.json"))
            with archive.open("model.weights.h5") as file, h5py.File(file) as h5:
                parts = []
                h5.visititems(lambda name, item: parts.append(  # noqa: B023
                    (name, getattr(item, "shape", None), dict(item.attrs))))
        found[which] = names, config, parts
    assert found["ours"] == found["theirs"]
