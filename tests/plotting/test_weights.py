"""WeightsDisplay: the heatmaps and images hold the weights and their gradients."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Tensor
from autograd_mlp.plotting import WeightsDisplay


def gradients_by_hand(model, x, y):
    for weight in model.trainable_weights:
        weight.zero_grad()
    keras.losses.BinaryCrossentropy()(y, model(x)).backward()
    found = {w.path: w.grad.numpy() for w in model.trainable_weights}
    for weight in model.trainable_weights:
        weight.zero_grad()
    return found


def test_weights_and_gradients_of_a_layer(xor, untouched):
    model, x, y = xor
    expected = gradients_by_hand(model, x, y)
    same = untouched(model)
    display = WeightsDisplay.from_model(model, x, y)
    same()
    hidden = model.layers[0]
    assert set(display.images_) == {(kind, name) for kind in ("weight", "gradient")
                                    for name in ("kernel", "bias")}
    assert np.array_equal(display.images_["weight", "kernel"].get_array(), hidden.kernel.numpy())
    for name in ("kernel", "bias"):
        assert np.allclose(display.images_["gradient", name].get_array(),
                           expected[getattr(hidden, name).path], atol=1e-6)
    assert display.axes_[0].get_title() == "kernel (2 × 3)"
    assert display.axes_[1].get_title() == "∂loss/∂kernel"
    assert display.figure_.get_suptitle() == "Weights and their gradients of layer 'hidden'"


@pytest.mark.parametrize("layer", [1, "output", -1])
def test_layers_by_name_and_number(xor, layer):
    model = xor[0]
    display = WeightsDisplay.from_model(model, layer=layer)
    assert display.layer == "output"
    assert WeightsDisplay.from_model(model, *xor[1:], layer=model.layers[1]).layer == "output"
    assert np.array_equal(display.weights["kernel"], model.layers[1].kernel.numpy())


def test_numbers_stand_in_the_cells_of_small_matrices(figures):
    display = WeightsDisplay({"w": [[0.123, -4.0, -1.234e-5]]}).plot()
    assert [t.get_text() for t in display.axes_[0].texts] == ["0.12", "−4", "−1e−05"]
    assert display.axes_[0].texts[1].get_color() == "white"
    display.plot(ax=figures.subplots(1, 9)[1][0])
    assert not display.axes_[0].texts       # no room
    large = WeightsDisplay({"w": np.ones((30, 20))}).plot()
    assert not large.axes_[0].texts
    assert len(large.axes_[0].get_xticks()) <= 12 and len(large.axes_[0].get_yticks()) <= 12


def test_colours_are_centred_on_zero():
    display = WeightsDisplay({"w": [[0.5, -2.0]], "b": [0.0, 0.0]}).plot()
    assert display.images_["weight", "w"].get_clim() == (-2, 2)
    assert display.images_["weight", "b"].get_clim() == (-1, 1)
    colour = display.images_["weight", "b"].cmap(0.5)
    assert colour == pytest.approx((1, 1, 1, 1), abs=0.01)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_units_of_images(dtype, untouched):
    keras.set_random_seed(0)
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(70, dtype=dtype),
                              keras.layers.Dense(64, dtype=dtype), keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    same = untouched(model)
    display = WeightsDisplay.from_model(model)
    same()
    assert display.image_shape == (8, 8) and display.units == list(range(16))
    kernel = model.layers[0].kernel.numpy()
    for unit in range(16):
        assert np.array_equal(display.images_["weight", unit].get_array().ravel(), kernel[:, unit])
    assert len({image.get_clim() for image in display.images_.values()}) == 1
    assert WeightsDisplay.from_model(model, layer=2).image_shape is None    # units are no pixels

    x = np.random.default_rng(0).normal(size=(3, 64))
    display = WeightsDisplay.from_model(model, x, np.ones((3, 2)), units=[69, 4])
    same()
    assert list(display.images_) == [("weight", 69), ("weight", 4), ("gradient", 69),
                                     ("gradient", 4)]
    titles = [ax.get_title() for ax in display.axes_]
    assert titles == ["unit 69", "unit 4", "", ""]


def test_shapes_of_images():
    model = keras.Sequential([keras.Input((6, 5, 1)), keras.layers.Flatten(),
                              keras.layers.Dense(9)])
    assert WeightsDisplay.from_model(model).image_shape == (6, 5)
    assert WeightsDisplay.from_model(model, image_shape=(5, 6)).image_shape == (5, 6)
    display = WeightsDisplay.from_model(model, image_shape=None)
    assert display.images_["weight", "kernel"].get_array().shape == (30, 9)
    assert sum(ax.axison for ax in WeightsDisplay.from_model(model).axes_) == 9


def test_bare_tensors():
    w, b = Tensor([[2.0, 3.0]], requires_grad=True), Tensor([1.0, 1.0], requires_grad=True)
    (Tensor([[4.0]]) @ w).sum().backward()
    display = WeightsDisplay.from_tensors({"w": w, "b": b, "x": np.float32(5)})
    assert display.images_["gradient", "w"].get_array().tolist() == [[4, 4]]
    assert ("gradient", "b") not in display.images_
    assert [t.get_text() for t in display.axes_[3].texts] == ["no gradient"]
    assert display.images_["weight", "x"].get_array().tolist() == [[5]]
    assert w.grad.tolist() == [[4, 4]]


def test_nan_does_not_spoil_the_scale():
    display = WeightsDisplay({"w": [[np.nan, 0.5]]}).plot()
    assert display.images_["weight", "w"].get_clim() == (-0.5, 0.5)


def test_errors(xor):
    model, x, y = xor
    for call, words in [
        (lambda: WeightsDisplay.from_model(model, layer="hiden"), "there are hidden, output"),
        (lambda: WeightsDisplay.from_model(model, image_shape=(2, 2)), "2 values in all"),
        (lambda: WeightsDisplay.from_model(model, image_shape=(1, 2), units=[3]),
         "3 units, from 0 to 2, no 3"),
        (lambda: WeightsDisplay({}), "no weights to draw"),
        (lambda: WeightsDisplay({"w": np.zeros((0, 2))}), "w is empty"),
        (lambda: WeightsDisplay({"w": [[1.0]]}, gradients={"v": [[1.0]]}), "gradient of 'v'"),
        (lambda: WeightsDisplay({"w": [[1.0]]}, image_shape=(2, 2)), "2 × 2 pixels: w"),
        (lambda: WeightsDisplay.from_model(keras.Sequential([keras.layers.Dense(1)])), "not built"),
        (lambda: WeightsDisplay.from_model(
            keras.Sequential([keras.Input((2,)), keras.layers.ReLU()])), "has no weights"),
    ]:
        with pytest.raises(ValueError, match=words):
            call()


def test_what_is_no_model():
    with pytest.raises(TypeError, match="expected a Sequential or another Model"):
        WeightsDisplay.from_model(np.ones((2, 2)))


def test_tensors_without_names():
    with pytest.raises(TypeError, match=r"must be a dict.*got a list"):
        WeightsDisplay.from_tensors([Tensor([1.0])])
