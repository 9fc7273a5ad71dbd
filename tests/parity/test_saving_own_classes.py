"""Layers and models of a user's own in files, each way: what Keras calls their parts."""

import numpy as np
import pytest

import autograd_mlp
from tests.parity import assert_same, import_keras

keras = import_keras()
h5py = pytest.importorskip("h5py")
pytestmark = pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # within Keras
LIBRARIES = {"ours": autograd_mlp, "theirs": keras}
X = np.random.default_rng(0).uniform(size=(6, 3)).astype(np.float32)


def classes(k):
    """The same two classes, written for either library."""
    layers, register = k.layers, k.saving.register_keras_serializable

    @register("parity")
    class Block(layers.Layer):
        def __init__(self, units=2, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self._hidden = layers.Dense(units)
            self.stack = [layers.Dense(3), layers.Dense(4)]
            self.by_name = {"b": layers.Dense(5), "a": layers.Dense(2)}
            self.nested = [[layers.Dense(2)]]

        def build(self, input_shape):
            self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones",
                                          name="factor")
            self.offset = self.add_weight(shape=(), initializer="zeros", trainable=False,
                                          name="offset")

        def call(self, x):
            x = self._hidden(x * self.factor + self.offset)
            for layer in self.stack:
                x = layer(x)
            return self.nested[0][0](self.by_name["a"](self.by_name["b"](x)))

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    @register("parity")
    class Network(k.Model):
        def __init__(self, width=3, **kwargs):
            super().__init__(**kwargs)
            self.width = width
            self.a_layer = layers.Dense(width)
            self.z_layer = layers.Dense(2)          # behind "layers" in the alphabet
            self.block = Block()
            self.top = k.Sequential([layers.Dense(4)])

        def call(self, x):
            return self.top(self.block(self.z_layer(self.a_layer(x))))

        def get_config(self):
            return {**super().get_config(), "width": self.width}

    return Block, Network


CLASSES = {name: classes(k) for name, k in LIBRARIES.items()}


def make(which, kind):
    k, (block, network) = LIBRARIES[which], CLASSES[which]
    model = network(4) if kind == "model" else \
        k.Sequential([k.Input((3,)), block(3), k.layers.Dense(2)])
    model.predict(X, verbose=0)
    return model


@pytest.mark.parametrize("made, opened", [("ours", "theirs"), ("theirs", "ours")])
@pytest.mark.parametrize("kind", ["layer", "model"])
def test_exchange(tmp_path, made, opened, kind):
    model = make(made, kind)
    rng = np.random.default_rng(1)
    model.set_weights([rng.uniform(-1, 1, w.shape).astype("f4") for w in model.get_weights()])
    expected = model.predict(X, verbose=0)
    model.save(str(tmp_path / "model.keras"))
    model.save_weights(str(tmp_path / "model.weights.h5"))
    again = LIBRARIES[opened].models.load_model(str(tmp_path / "model.keras"))
    assert_same(again.predict(X, verbose=0), expected)
    other = make(opened, kind)
    other.load_weights(str(tmp_path / "model.weights.h5"))
    assert_same(other.predict(X, verbose=0), expected)


def test_the_parts_have_the_same_names(tmp_path):
    found = []
    for which in LIBRARIES:
        path = str(tmp_path / f"{which}.weights.h5")
        make(which, "model").save_weights(path)
        with h5py.File(path) as h5:
            names = []
            h5.visit(names.append)
        found.append(sorted(names))
    assert found[0] == found[1]
