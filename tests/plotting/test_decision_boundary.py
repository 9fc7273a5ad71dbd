"""DecisionBoundaryDisplay: what is shaded is what the model answers."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Tensor, ops
from autograd_mlp.plotting import DecisionBoundaryDisplay


def test_the_answers_are_the_models(xor, untouched):
    model, x, y = xor
    model.train_on_batch(x, y)
    same = untouched(model)
    display = DecisionBoundaryDisplay.from_model(model, x, y, resolution=7)
    grid = np.stack([display.xx0.ravel(), display.xx1.ravel()], axis=1)
    expected = model.predict(grid, verbose=0).reshape(7, 7)
    assert np.array_equal(display.response, expected)
    same()
    assert (display.xx0.min(), display.xx0.max()) == pytest.approx((-0.2, 1.2))


def test_points_lie_at_their_samples_with_a_marker_per_class(xor):
    model, x, y = xor
    display = DecisionBoundaryDisplay.from_model(model, x, y)
    for label, line in display.points_.items():
        assert np.array_equal(line.get_xydata(), x[y[:, 0] == label])
    zero, one = display.points_[0], display.points_[1]
    assert zero.get_marker() != one.get_marker() and zero.get_color() != one.get_color()
    assert [t.get_text() for t in display.ax_.get_legend().texts] == ["class 0", "class 1"]


def test_the_line_is_where_the_output_is_the_threshold():
    display = DecisionBoundaryDisplay.from_model(lambda x: x[:, 0], [[0, 0], [1, 1]],
                                                 resolution=50)
    line = display.boundary_.get_paths()[0].vertices
    assert np.allclose(line[:, 0], 0.5, atol=1e-6)
    assert len(line) >= 50


@pytest.mark.parametrize("labels, threshold", [([0, 1], 0.5), ([-1, 1], 0), ([1, 2], 1.5)])
def test_threshold_lies_between_the_labels(labels, threshold):
    display = DecisionBoundaryDisplay.from_model(lambda x: 3 * x[:, 0] - 1.5, [[0, 0], [1, 1]],
                                                 labels, resolution=5)
    assert display.threshold == threshold
    levels = display.surface_.levels
    assert levels[0] + levels[-1] == pytest.approx(2 * threshold)   # white stands at it
    reach = np.abs(display.response - threshold).max()
    assert levels[-1] - levels[0] == pytest.approx(2 * reach)


@pytest.mark.parametrize("loss", [
    keras.losses.BinaryCrossentropy(from_logits=True), "hinge"], ids=["from logits", "hinge"])
def test_logits_go_over_at_zero(loss):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", loss)
    x = np.eye(2)
    assert DecisionBoundaryDisplay.from_model(model, x, [0, 1], resolution=3).threshold == 0
    assert DecisionBoundaryDisplay.from_model(model, x, threshold=0.3, resolution=3
                                              ).threshold == 0.3


def test_classes_are_those_with_the_highest_output(three_classes, untouched):
    model, x, y = three_classes
    same = untouched(model)
    display = DecisionBoundaryDisplay.from_model(model, x, y, resolution=40,
                                                 classes=["ash", "birch", "cedar"])
    same()
    assert display.response.shape == (40, 40, 3) and display.response.dtype == x.dtype
    image = display.surface_.get_array()
    colours = [image[display.response.argmax(axis=2) == k] for k in range(3)]
    present = [c for c in colours if len(c)]
    assert len(present) >= 2
    assert all((c == c[0]).all() for c in present)
    assert len({tuple(c[0]) for c in present}) == len(present)
    assert len(display.boundary_) == len(present)
    assert [t.get_text() for t in display.ax_.get_legend().texts] == ["ash", "birch", "cedar"]
    one_hot = DecisionBoundaryDisplay.from_model(model, x, np.eye(3)[y], resolution=4)
    assert np.array_equal(one_hot.labels, y)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_bare_functions(dtype):
    w = Tensor([[1.0], [-1.0]], dtype=dtype, requires_grad=True)
    x = np.array([[0, 1], [1, 0]], dtype)
    display = DecisionBoundaryDisplay.from_model(lambda x: ops.sigmoid(x @ w), x, [0, 1],
                                                 resolution=3)
    z = display.xx0 - display.xx1
    assert np.allclose(display.response, 1 / (1 + np.exp(-z)), atol=1e-6)
    assert w.grad is None


def test_a_layer_is_a_model_too(xor):
    model, x, y = xor
    hidden = model.layers[0](x).numpy()[:, :2]
    layer = keras.layers.Dense(1)
    layer.build((None, 2))
    display = DecisionBoundaryDisplay.from_model(layer, hidden, y, resolution=3)
    assert display.response.shape == (3, 3)


def test_of_two_probabilities_the_second_is_drawn():
    class Classifier:
        def predict(self, x):
            raise AssertionError

        def predict_proba(self, x):
            p = np.clip(x[:, 0], 0, 1)
            return np.stack([1 - p, p], axis=1)

    display = DecisionBoundaryDisplay.from_model(Classifier(), [[0, 0], [1, 1]], [3, 4])
    assert np.allclose(display.response, np.clip(display.xx0, 0, 1))
    assert display.threshold == 0.5
    assert display.points_[3].get_color() != display.points_[4].get_color()
    logits = DecisionBoundaryDisplay.from_model(lambda x: x, [[0, 0], [1, 1]], resolution=4)
    assert logits.response.shape == (4, 4, 2)


def test_an_object_with_predict_and_boolean_answers():
    class Rule:
        def predict(self, x):
            return x[:, 0] > x[:, 1]

    display = DecisionBoundaryDisplay.from_model(Rule(), [[0, 0], [1, 1]], resolution=4)
    assert display.response.dtype == np.float64
    assert np.array_equal(display.response, (display.xx0 > display.xx1))


def test_nothing_to_decide_draws_no_line():
    display = DecisionBoundaryDisplay.from_model(lambda x: np.full(len(x), 0.3), [[0, 0]])
    assert display.boundary_ is None
    assert display.xx0.min() < 0 < display.xx0.max()        # one point has some room


def test_given_axes_and_names(figures, xor):
    model, x, y = xor
    figure, ax = figures.subplots()
    display = DecisionBoundaryDisplay.from_model(model, x, y, ax=ax, xlabel="a", ylabel="b",
                                                 title="XOR", colorbar=False)
    assert display.ax_ is ax and display.figure_ is figure and figure.axes == [ax]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("a", "b", "XOR")
    other = display.plot()
    assert other is display and display.ax_ is not ax


@pytest.mark.parametrize("y, first", [(np.array([0, 1]), "Line2D"), (None, "Patch")])
def test_a_region_without_points_is_named_too(y, first):
    def model(x):
        return np.stack([x[:, 0] - 1, -x[:, 0] - 1, 0.5 - abs(x[:, 0]), x[:, 0] - 9], axis=1)

    display = DecisionBoundaryDisplay.from_model(
        model, [[3.0, 0.0], [-3.0, 0.0]], y, classes=["right", "left", "middle", "nowhere"])
    legend = display.ax_.get_legend()
    assert [text.get_text() for text in legend.texts] == ["right", "left", "middle"]
    kinds = [type(handle).__name__ for handle in legend.legend_handles]
    assert kinds[0].endswith({"Line2D": "Line2D", "Patch": "Rectangle"}[first])
    assert kinds[2] == "Rectangle"
    middle = display.surface_.get_array()[100, 100]
    assert legend.legend_handles[2].get_facecolor()[:3] == pytest.approx(middle)


@pytest.mark.parametrize("model, x, y, words", [
    (lambda x: x[:, 0], np.zeros((4, 3)), None, "over two inputs"),
    (lambda x: x[:, 0], np.zeros((0, 2)), None, r"x has none: its shape is \(0, 2\)"),
    (lambda x: x[:, 0], [[0, 1], [np.nan, 1], [1, np.inf]], None,
     r"x holds NaN or Inf in 2 of 3 rows, the first is x\[1\]"),
    (lambda x: x[:1], np.zeros((4, 2)), None, "one row of numbers per sample"),
    (lambda x: x[:, 0], np.zeros((4, 2)), [1, 0], "one target for each of the 4 samples"),
    (lambda x: x[:, 0], np.zeros((1, 2)), [[0.5, 0.5]], "rows with a single 1"),
    (lambda x: np.full(len(x), np.nan), np.zeros((4, 2)), None, "NaN or Inf everywhere"),
    (lambda x: np.tile(np.eye(9)[0], (len(x), 1)), np.zeros((4, 2)), None, "at most 7 classes"),
    (keras.Sequential([keras.layers.Dense(1)]), np.zeros((4, 2)), None, "model .* not built yet"),
    (keras.layers.Dense(1), np.zeros((4, 2)), None, "layer .* is not built yet, so it has no weig"),
])
def test_errors(model, x, y, words):
    with pytest.raises(ValueError, match=words):
        DecisionBoundaryDisplay.from_model(model, x, y, resolution=3)


def test_what_is_no_model():
    with pytest.raises(TypeError, match="function of an array, got list"):
        DecisionBoundaryDisplay.from_model([1], np.zeros((4, 2)))
