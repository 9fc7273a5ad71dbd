"""Every format written and read again."""

import json
import os
import pathlib
import zipfile

import numpy as np
import pytest

from autograd_mlp import Input, Sequential, layers, models, saving
from autograd_mlp.models import Model
from autograd_mlp.saving import register_keras_serializable

X = np.random.default_rng(0).normal(size=(7, 4)).astype(np.float32)
WEIGHT_FILES = ["w.weights.h5", "w.npz", "w.safetensors"]


def network(name=None):
    return Sequential([
        Input((4,)), layers.Dense(5, activation="relu"), layers.Flatten(),
        Sequential([layers.Dense(3, activation="tanh"), layers.Dense(3)]),
        layers.Dense(2, activation="softmax"),
    ], name=name)


def predictions(model):
    return model.predict(X, verbose=0)


def same(model, other):
    return np.array_equal(predictions(model), predictions(other))


@pytest.fixture
def needs_h5py():
    pytest.importorskip("h5py")


@pytest.mark.parametrize("as_path", [str, pathlib.Path])
def test_keras_file(tmp_path, as_path, needs_h5py):
    path = as_path(tmp_path / "model.keras")
    model = network(name="mine")
    model.save(path)
    again = models.load_model(path)
    assert same(model, again) and again.name == "mine"
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    assert again.input_shape == (None, 4)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["metadata.json", "config.json", "model.weights.h5"]
        config = json.loads(archive.read("config.json"))
    assert config["module"] == "keras" and config["class_name"] == "Sequential"
    assert config["config"]["layers"][0]["class_name"] == "InputLayer"


def test_directory(tmp_path, needs_h5py):
    model = network()
    for _ in range(2):
        model.save(tmp_path / "model", zipped=False)
        assert same(models.load_model(tmp_path / "model"), model)
    assert os.listdir(tmp_path) == ["model"]
    with pytest.raises(ValueError, match="must not end"):
        model.save(tmp_path / "model.keras", zipped=False)


@pytest.mark.parametrize("name", ["w.keras", *WEIGHT_FILES])
def test_weights_of_another_model_of_the_same_structure(tmp_path, name):
    if name.endswith(("h5", "keras")):
        pytest.importorskip("h5py")
    model, other = network(), network()
    path = tmp_path / name
    model.save(path) if name.endswith("keras") else model.save_weights(path)
    assert not same(model, other)
    other.load_weights(path)
    assert same(model, other)


def test_legacy_file(tmp_path, needs_h5py):
    model, other = network(), network()
    with pytest.warns(UserWarning, match="legacy"):
        model.save(tmp_path / "model.h5")
    assert same(models.load_model(tmp_path / "model.h5", compile=False), model)
    other.load_weights(tmp_path / "model.h5")
    assert same(model, other)
    renamed = Sequential([Input((4,)), layers.Dense(5, name=model.layers[0].name),
                          layers.Dense(9)])
    renamed.load_weights(tmp_path / "model.h5", by_name=True)
    assert np.array_equal(renamed.layers[0].kernel, model.layers[0].kernel)
    with pytest.raises(ValueError, match="by_name=True"):
        renamed.load_weights(tmp_path / "model.h5")


def test_npz_is_read_by_numpy(tmp_path):
    model = network()
    model.save_weights(tmp_path / "w.npz")
    with np.load(tmp_path / "w.npz") as found:
        assert list(found) == [
            "dense/kernel", "dense/bias", "sequential/dense/kernel", "sequential/dense/bias",
            "sequential/dense_1/kernel", "sequential/dense_1/bias", "dense_1/kernel",
            "dense_1/bias"]
        assert np.array_equal(found["dense/kernel"], model.layers[0].kernel)
        arrays = dict(found)
    other = network()
    np.savez_compressed(tmp_path / "v.npz", **{
        name: np.asfortranarray(array.astype(">f8")) for name, array in arrays.items()})
    other.load_weights(tmp_path / "v.npz")
    assert same(model, other)


def test_safetensors_is_what_its_package_reads_and_writes(tmp_path):
    package = pytest.importorskip("safetensors.numpy")
    model, other = network(), network()
    model.save_weights(tmp_path / "w.safetensors")
    found = package.load_file(tmp_path / "w.safetensors")
    assert np.array_equal(found["sequential/dense/kernel"], model.layers[2].layers[0].kernel)
    package.save_file(found, tmp_path / "v.safetensors")
    other.load_weights(tmp_path / "v.safetensors")
    assert same(model, other)


def test_half_precision_is_widened(tmp_path):
    from autograd_mlp.saving import flat

    model = Sequential([Input((2,)), layers.Dense(2, use_bias=False)])
    header = json.dumps({"dense/kernel": {"dtype": "BF16", "shape": [2, 2],
                                          "data_offsets": [0, 8]}}).encode()
    values = np.array([[1.5, -2.0], [0.25, 3e38]], np.float32)
    bits = (values.view(np.uint32) >> 16).astype("<u2").tobytes()
    (tmp_path / "w.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bits)
    model.load_weights(tmp_path / "w.safetensors")
    assert np.allclose(model.layers[0].kernel, values, rtol=0.01)
    assert list(flat.named_variables(model)) == ["dense/kernel"]


class Scale(layers.Layer):
    """A layer of a user's, with variables of its own and layers in every kind of place."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.first = layers.Dense(units)
        self.others = [layers.Dense(units, activation="tanh"), layers.Dense(units)]
        self.by_name = {"b": layers.Dense(units), "a": [layers.Dense(units)]}
        self._last = layers.Dense(units)

    def build(self, input_shape):
        self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")

    def call(self, x):
        x = self.first(x * self.factor)
        for layer in self.others:
            x = layer(x)
        return self._last(self.by_name["a"][0](self.by_name["b"](x)))

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@pytest.mark.parametrize("name", ["m.keras", *WEIGHT_FILES])
def test_layers_of_ones_own(tmp_path, name):
    if name.endswith(("h5", "keras")):
        pytest.importorskip("h5py")

    def make():
        return Sequential([Input((4,)), Scale(3), layers.Dense(1)])

    model = make()
    model.layers[0].factor.assign([1.0, 2.0, 3.0, 4.0])
    path = tmp_path / name
    if not name.endswith("keras"):
        model.save_weights(path)
        other = make()
        other.load_weights(path)
    else:
        model.save(path)
        with pytest.raises(ValueError, match="'Scale'.*register_keras_serializable"):
            models.load_model(path)
        other = models.load_model(path, custom_objects={"Scale": Scale})
    assert same(model, other)


def test_registered_layers_load_by_themselves(tmp_path, needs_h5py, monkeypatch):
    monkeypatch.setattr("autograd_mlp._registry.registered", {})
    register_keras_serializable("tests")(Scale)
    from autograd_mlp import _registry

    monkeypatch.setattr(_registry, "registered_names", {Scale: "tests>Scale"})
    model = Sequential([Input((4,)), Scale(3)])
    model.save(tmp_path / "m.keras")
    assert same(models.load_model(tmp_path / "m.keras"), model)


def test_a_layer_may_save_its_own_way(tmp_path, needs_h5py):
    class Doubled(layers.Dense):
        def save_own_variables(self, store):
            store["halved"] = self.kernel.numpy() / 2

        def load_own_variables(self, store):
            self.kernel.assign(store["halved"] * 2)
            if store["halved"].max() > 1000:
                raise KeyError("too large")

    model, other = (Sequential([Input((4,)), layers.Dense(4), Doubled(2)]) for _ in range(2))
    model.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    assert same(model, other)
    model.layers[1].kernel.assign(np.full((4, 2), 1e4))
    model.layers[0].kernel.assign(np.zeros((4, 4)))
    model.save_weights(tmp_path / "m.weights.h5")
    before = other.get_weights()
    with pytest.raises(ValueError, match="KeyError"):
        other.load_weights(tmp_path / "m.weights.h5")
    for now, then in zip(other.get_weights(), before, strict=True):
        assert np.array_equal(now, then)


def test_json():
    model = network()
    again = models.model_from_json(model.to_json(indent=1))
    assert again.count_params() == model.count_params() and not same(model, again)
    for text in ("", "[]", "{}", '{"class_name": "Dense", "config": {"units": 2}}', "{" * 9999):
        with pytest.raises(ValueError, match="JSON text"):
            models.model_from_json(text)


def test_clone_model():
    model = network()
    clone = models.clone_model(model)
    assert not clone.compiled and clone.count_params() == model.count_params()
    assert not same(model, clone)
    clone.set_weights(model.get_weights())
    assert same(model, clone)
    wider = models.clone_model(model, clone_function=lambda layer: layers.Dense(2))
    assert [type(layer).__name__ for layer in wider.layers] == ["Dense"] * 4
    own = Sequential([Input((4,)), layers.Dense(2, activation=lambda x: x * x), Scale(2)])
    assert models.clone_model(own).layers[0].activation is own.layers[0].activation
    unbuilt = models.clone_model(Sequential([layers.Dense(2)]), input_tensors=Input((3,)))
    assert unbuilt.input_shape == (None, 3)


def test_saving_functions_are_those_of_keras(tmp_path, needs_h5py):
    model = network()
    saving.save_model(model, tmp_path / "m.keras")
    assert same(saving.load_model(tmp_path / "m.keras"), model)
    saving.save_weights(model, tmp_path / "m.weights.h5")
    saving.load_weights(model, tmp_path / "m.weights.h5")
    assert models.save_model is saving.save_model


class Residual(Model):
    def __init__(self, width, activation="tanh"):
        super().__init__()
        self.hidden = layers.Dense(width, activation=activation)
        self.head = layers.Dense(1)

    def call(self, x):
        return self.head(x + self.hidden(x))


def test_subclassed_models(tmp_path, needs_h5py):
    model = Residual(4)
    model.compile("adam", "mse")
    model.fit(X, X[:, :1], verbose=0)
    model.save(tmp_path / "m.keras")
    again = models.load_model(tmp_path / "m.keras", custom_objects={"Residual": Residual})
    assert same(model, again)
    assert model.fit(X, X[:, :1], verbose=0).history == again.fit(X, X[:, :1], verbose=0).history


def test_the_optimizer_of_a_weights_file(tmp_path, needs_h5py):
    def make():
        model = network()
        model.compile("adam", "mse")
        return model

    model, other = make(), make()
    model.fit(X, X[:, :2], verbose=0)
    model.save_weights(tmp_path / "w.weights.h5")
    with pytest.warns(UserWarning, match="state is not restored.*optimizer.build"):
        other.load_weights(tmp_path / "w.weights.h5")
    other.optimizer.build(other.trainable_variables)
    other.load_weights(tmp_path / "w.weights.h5")
    assert same(model, other)
    assert int(other.optimizer.iterations.numpy()) == 1
    network().load_weights(tmp_path / "w.weights.h5")       # not compiled: nothing to restore
