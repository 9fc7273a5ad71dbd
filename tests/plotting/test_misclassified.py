"""MisclassifiedDisplay: the samples in error, the worst first."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp.plotting import MisclassifiedDisplay

PROBABILITIES = np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.6, 0.1, 0.3], [0.1, 0.8, 0.1]])
TRUE = [0, 2, 1, 0]     # the last three are wrong, with 0.1, 0.1 and 0.1


def test_the_worst_come_first():
    true, given = [0, 2, 1, 0], PROBABILITIES.copy()
    given[2] = [0.69, 0.01, 0.3]
    display = MisclassifiedDisplay.from_predictions(np.arange(4)[:, None], true, given)
    assert display.indices.tolist() == [2, 1, 3]
    assert display.probability_true.tolist() == [0.01, 0.1, 0.1]
    assert display.probability_predicted.tolist() == [0.69, 0.7, 0.8]
    assert display.predicted.tolist() == [0, 1, 1]
    assert display.axes_[0].get_title() == "3 of 4 samples in error"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_images(dtype):
    x = np.random.default_rng(0).random((4, 64)).astype(dtype)
    display = MisclassifiedDisplay.from_predictions(x, TRUE, PROBABILITIES, max_samples=2)
    assert [image.get_array().shape for image in display.images_] == [(8, 8), (8, 8)]
    assert np.array_equal(display.images_[0].get_array().ravel(), x[display.indices[0]])
    assert display.axes_[0].get_title() == "2 (p = 0.1)\ntaken for 1 (0.7)"
    assert display.figure_.get_suptitle() == "3 of 4 samples in error, the 2 worst"
    assert len({image.get_clim() for image in display.images_}) == 1


def test_shapes_of_images():
    for x, given, shape in [(np.zeros((4, 5, 3)), "auto", (5, 3)),
                            (np.zeros((4, 5, 3, 1)), "auto", (5, 3)),
                            (np.zeros((4, 6)), (2, 3), (2, 3)), (np.zeros((4, 64)), None, None)]:
        display = MisclassifiedDisplay.from_predictions(x, TRUE, PROBABILITIES, image_shape=given)
        assert display.image_shape == shape


def test_a_table_has_the_values_and_how_far_they_lie_from_the_mean():
    x = np.array([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0], [4.0, 5.0]])
    display = MisclassifiedDisplay.from_predictions(
        x, TRUE, PROBABILITIES, class_names=["ash", "birch", "cedar"],
        feature_names=["height", "width"])
    order = display.indices
    far = (x - x.mean(axis=0)) / np.array([x[:, 0].std(), 1])
    assert np.allclose(display.im_.get_array(), far[order])
    ax = display.axes_[0]
    assert [t.get_text() for t in ax.texts] == [f"{value:.3g}" for value in x[order].ravel()]
    assert ax.get_yticklabels()[0].get_text() == "sample 1: cedar taken for birch, p = 0.1"
    assert [t.get_text() for t in ax.get_xticklabels()] == ["height", "width"]


def test_of_a_model(three_classes, untouched):
    model, x, y = three_classes
    same = untouched(model)
    display = MisclassifiedDisplay.from_model(model, x, y, max_samples=5)
    same()
    output = model.predict(x, verbose=0)
    wrong = np.flatnonzero(output.argmax(axis=1) != y)
    assert set(display.indices) <= set(wrong) and len(display.indices) == min(5, len(wrong))
    assert (np.diff(display.probability_true) >= 0).all()
    assert display.probability_true[0] == output[wrong, y[wrong]].min()


def test_sigmoid_outputs():
    display = MisclassifiedDisplay.from_predictions([[1.0], [2.0]], [1, 0], [[0.2], [0.6]])
    assert display.probability_true.tolist() == pytest.approx([0.2, 0.4])


def test_logits_are_no_probabilities():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", keras.losses.BinaryCrossentropy(from_logits=True))
    with pytest.raises(ValueError, match="loss of this model works on logits"):
        MisclassifiedDisplay.from_model(model, [[0.2], [0.7]], [0, 1])


def test_no_error_is_a_sentence():
    display = MisclassifiedDisplay.from_predictions(np.zeros((1, 64)), [0], [[1.0, 0.0]])
    assert display.axes_[0].texts[0].get_text() == "no sample in error"
    assert len(display.indices) == 0


def test_images_in_axes_of_ones_own(figures):
    _, axes = figures.subplots(1, 3)
    display = MisclassifiedDisplay.from_predictions(np.zeros((4, 64)), TRUE, PROBABILITIES, ax=axes)
    assert display.axes_.tolist() == axes.tolist()


@pytest.mark.parametrize("x, true, given, how, words", [
    (np.zeros((2, 3)), [0, 1], [[3.0, 0.1], [0.2, 0.8]], {}, "probabilities from 0 to 1"),
    (np.zeros((2, 3)), [0, 1], [0, 1], {}, "probabilities from 0 to 1"),
    (np.zeros((2, 3)), [0, 2], [0.1, 0.2], {}, "classes from 0 to 2, but y_pred"),
    (np.zeros((2, 3)), [0, 1], [0.1, 0.2], {"image_shape": (2, 2)}, "3 values in all"),
    (np.zeros((2, 3)), [0, 1], [0.1, 0.2], {"max_samples": 0}, "max_samples"),
    (np.zeros((2, 3)), [0, 1], [0.1, 0.2], {"feature_names": ["a"]}, "3 inputs need as many"),
    (np.zeros((2, 3)), [0, 0.5], [0.1, 0.2], {}, "0.5 is no class"),
    (np.zeros((2, 3)), [0], [0.1, 0.2], {}, "y_true must have the shape"),
])
def test_errors(x, true, given, how, words):
    with pytest.raises(ValueError, match=words):
        MisclassifiedDisplay.from_predictions(x, true, given, **how)
