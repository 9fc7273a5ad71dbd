"""ActivationsDisplay: the histograms count the outputs of the layers."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp.plotting import ActivationsDisplay


def heights(bars):
    return np.array([bar.get_height() for bar in bars])


def test_outputs_are_those_of_the_layers(three_classes, untouched):
    model, x, _ = three_classes
    same = untouched(model)
    display = ActivationsDisplay.from_model(model, x)
    same()
    hidden, output = model.layers
    h = hidden(x).numpy()
    assert np.array_equal(display.outputs[hidden.name], h)
    assert np.array_equal(display.outputs[output.name], output(h).numpy())
    assert display.flat_share[hidden.name] == (h == 0).mean()
    assert display.flat_units[hidden.name] == (h == 0).all(axis=0).sum()
    assert display.flat_share[output.name] is None
    assert display.axes_[0].get_title().startswith(f"{hidden.name} (relu)\n")
    assert display.axes_[1].get_title() == f"{output.name} (softmax)"


def test_bars_are_shares_in_percent():
    values = np.array([[0.0, 1.0], [0.0, 3.0], [2.0, 4.0]])
    display = ActivationsDisplay({"h": values}, activations={"h": "relu"}).plot(bins=4)
    bars, flat = display.bars_["h"]
    assert np.allclose(heights(bars), np.array([2, 1, 1, 2]) / 6 * 100)
    assert np.allclose(heights(flat), np.array([2, 0, 0, 0]) / 6 * 100)
    assert display.axes_[0].get_title() == "h (relu)\n33% at slope 0, 0 of 2 units dead"


@pytest.mark.parametrize("activation, values, share", [
    ("tanh", [-0.99, 0.5, 0.97, 1.0], 0.5),
    ("sigmoid", [0.005, 0.02, 0.98, 0.995], 0.5),
    ("relu6", [0.0, 3.0, 6.0, 1.0], 0.5),
])
def test_what_counts_as_flat(activation, values, share):
    display = ActivationsDisplay({"h": np.array(values)[:, None]}, activations={"h": activation})
    assert display.flat_share["h"] == share and display.flat_units["h"] == 0
    flat = [v for i, v in enumerate(values) if i in (0, 2 if activation == "relu6" else 3)]
    display = ActivationsDisplay({"h": np.array(flat)[:, None]}, activations={"h": activation})
    assert display.flat_share["h"] == 1 and display.flat_units["h"] == 1


def test_layers_can_be_chosen_and_reshaping_ones_are_left_out():
    model = keras.Sequential([
        keras.Input((2, 2)), keras.layers.Flatten(name="flat"),
        keras.layers.Dense(3, activation="tanh", name="one"),
        keras.layers.Activation("relu", name="two"), keras.layers.Dense(1, name="three")])
    x = np.random.default_rng(0).normal(size=(5, 2, 2))
    assert list(ActivationsDisplay.from_model(model, x).outputs) == ["one", "two", "three"]
    display = ActivationsDisplay.from_model(model, x, layers=["flat", "two"])
    assert list(display.outputs) == ["flat", "two"]
    assert np.allclose(display.outputs["flat"], x.reshape(5, 4), atol=1e-6)
    with pytest.raises(ValueError, match="no layer 'four' with outputs; there are flat, one, two"):
        ActivationsDisplay.from_model(model, x, layers=["four"])


def test_layers_inside_of_models_of_ones_own():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = keras.Sequential([keras.layers.Dense(2, activation="tanh", name="deep")])
            self.head = keras.layers.Dense(1, name="head")

        def call(self, x):
            return self.head(self.inner(x))

    model = Own()
    x = np.ones((3, 2), "float32")
    expected = model.inner(x).numpy()
    model(x)
    display = ActivationsDisplay.from_model(model, x)
    assert list(display.outputs) == ["deep", "head"]
    assert np.array_equal(display.outputs["deep"], expected)


def test_dropout_draws_the_same_for_the_next_one(untouched):
    keras.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dropout(0.5, name="drop")])
    same = untouched(model)
    x = np.ones((50, 4))
    display = ActivationsDisplay.from_model(model, x, training=True)
    same()
    assert set(np.unique(display.outputs["drop"])) == {0, 2}
    assert np.array_equal(ActivationsDisplay.from_model(model, x, layers=["drop"], training=True)
                          .outputs["drop"], display.outputs["drop"])


def test_nan_is_said_and_many_layers_stand_in_rows():
    outputs = {f"layer {i}": np.array([[1.0], [2.0], [np.nan], [np.inf]]) for i in range(6)}
    display = ActivationsDisplay(outputs).plot()
    assert display.axes_[0].get_title() == "layer 0\n50% are NaN or infinite"
    assert len({ax.get_subplotspec().rowspan.start for ax in display.axes_}) == 2
    assert len(display.axes_) == 6


def test_errors():
    with pytest.raises(ValueError, match="no outputs"):
        ActivationsDisplay({"h": np.zeros((0, 3))})
    with pytest.raises(ValueError, match="no layers"):
        ActivationsDisplay({})
    with pytest.raises(TypeError, match="got function"):
        ActivationsDisplay.from_model(lambda x: x, [[1.0]])
