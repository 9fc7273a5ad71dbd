"""``model.summary()`` against the text that Keras prints."""

import collections
import re

import pytest

import autograd_mlp
from tests.parity import import_keras

keras = import_keras()


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")


def dense(k):
    layers = k.layers
    return k.Sequential([layers.Input((8,)), layers.Dense(12, activation="relu"),
                         layers.Dense(8, use_bias=False), layers.Dense(1)])


def unbuilt(k):
    return k.Sequential([k.layers.Dense(3), k.layers.Activation("relu"), k.layers.Flatten()])


def empty(k):
    return k.Sequential()


def frozen(k):
    model = k.Sequential([k.layers.Input((28, 28)), k.layers.Rescaling(1 / 255),
                          k.layers.Flatten(), k.layers.Dense(512), k.layers.Dense(10)])
    model.layers[2].trainable = False
    return model


def nested(k):
    layers = k.layers
    innermost = k.Sequential([layers.Dense(2), layers.Dense(3)])
    inner = k.Sequential([layers.Dense(4), innermost], name="inner_part")
    return k.Sequential([layers.Input((8,)), inner, layers.Dense(1)])


def unbuilt_nested(k):
    inner = k.Sequential([k.layers.Dense(4), k.layers.Dense(2)])
    return k.Sequential([inner, k.layers.Dense(1)])


def long_names(k):
    name = "a_very long_layer name with spaces that wraps over the line"
    return k.Sequential([k.layers.Input((3,)), k.layers.Dense(100_000, name=name),
                         k.layers.Dense(2, name="x" * 60)], name="a model [b]")


def built_later(k):
    model = k.Sequential([k.layers.Dense(3), k.layers.Dense(1)])
    model.build((None, 4))
    return model


def fixed_batch(k):
    return k.Sequential([k.layers.InputLayer(batch_shape=(5, 3)), k.layers.Dense(3)])


def compiled(optimizer):
    def make(k):
        model = dense(k)
        model.compile(optimizer, "mse")
        model.optimizer.build(model.trainable_variables)
        return model

    make.__name__ = f"compiled_{optimizer}"
    return make


def every_layer(k):
    layers = k.layers
    return k.Sequential([
        layers.Input((6,)), layers.Dense(12), layers.BatchNormalization(), layers.ReLU(),
        layers.Dropout(0.5), layers.GaussianNoise(0.1), layers.LayerNormalization(),
        layers.LeakyReLU(), layers.Reshape((3, 4)), layers.Permute((2, 1)), layers.PReLU(),
        layers.GlobalAveragePooling1D(), layers.RepeatVector(2), layers.Flatten(),
        layers.UnitNormalization(), layers.ELU(), layers.ActivityRegularization(0.1),
        layers.Dense(4), layers.Softmax()])


def embedding(k):
    return k.Sequential([k.layers.Input((7,)), k.layers.Embedding(100, 8),
                         k.layers.GlobalMaxPooling1D(), k.layers.Dense(1)])


MODELS = [dense, unbuilt, empty, frozen, nested, unbuilt_nested, long_names, built_later,
          fixed_batch, every_layer, embedding,
          *map(compiled, ("sgd", "rmsprop", "adam", "adagrad", "adadelta", "adamax", "nadam"))]
ARGUMENTS = [{}, dict(show_trainable=True), dict(expand_nested=True), dict(line_length=60),
             dict(expand_nested=True, show_trainable=True, line_length=110),
             dict(positions=[0.6, 0.8, 1.0]), dict(layer_range=("dense", "dense_1"))]


def summaries(k, make, all_arguments):
    k.utils.clear_session()
    model = make(k)
    texts = []
    for arguments in all_arguments:
        lines = []
        try:
            model.summary(print_fn=lines.append, **arguments)
        except ValueError:
            lines = ["ValueError"]
        texts.append("".join(lines))
    return texts


@pytest.mark.parametrize("make", MODELS)
def test_text(make):
    if make in (every_layer, embedding) and not hasattr(autograd_mlp.layers, "Embedding"):
        pytest.skip("not all layers are there yet")
    for ours, theirs in zip(summaries(autograd_mlp, make, ARGUMENTS),
                            summaries(keras, make, ARGUMENTS), strict=True):
        if "…" in theirs:       # Keras cut something off: here it is all there
            assert all_of_it(theirs) < all_of_it(ours) and "…" not in ours
        else:
            assert ours == theirs


def all_of_it(text):
    """How often each character is in the cells of a table."""
    return collections.Counter(re.sub(r"[^\w(),.]", "", text))


@pytest.mark.parametrize("columns", [50, 70, 200])
def test_width_of_the_terminal(columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    assert summaries(autograd_mlp, nested, [{}]) == summaries(keras, nested, [{}])


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_after_training(optimizer):
    import numpy as np

    texts = []
    for k in (autograd_mlp, keras):
        k.utils.clear_session()
        model = dense(k)
        model.compile(optimizer, "mse")
        model.fit(np.ones((8, 8)), np.ones((8, 1)), verbose=0)
        lines = []
        model.summary(print_fn=lines.append)
        texts.append("".join(lines))
    assert texts[0] == texts[1] and "Optimizer params" in texts[0]


def test_print_fn_gets_what_keras_gives():
    """One text with all lines, as Keras 3 calls it."""
    counts = []
    for k in (autograd_mlp, keras):
        lines = []
        dense(k).summary(print_fn=lambda text, lines=lines: lines.append(text))
        counts.append(len(lines))
    assert counts[0] == counts[1] == 1
