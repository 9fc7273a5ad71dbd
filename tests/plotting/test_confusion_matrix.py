"""ConfusionMatrixDisplay: the table holds the counts, and says them."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp.plotting import ConfusionMatrixDisplay

TRUE = [0, 0, 0, 1, 1, 2]
GUESS = [0, 1, 0, 1, 1, 0]
COUNTS = [[2, 1, 0], [0, 2, 0], [1, 0, 0]]


def texts(display):
    return [[text.get_text() for text in row] for row in display.text_]


def test_counts():
    display = ConfusionMatrixDisplay.from_predictions(TRUE, GUESS)
    assert display.confusion_matrix.tolist() == COUNTS
    assert display.im_.get_array().tolist() == COUNTS
    assert texts(display) == [["2", "1", "0"], ["0", "2", "0"], ["1", "0", "0"]]
    assert display.ax_.get_title() == "Confusion matrix: 4 of 6 right (66.7%)"
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("predicted class", "true class")


@pytest.mark.parametrize("normalize, expected", [
    ("true", [[2 / 3, 1 / 3, 0], [0, 1, 0], [1, 0, 0]]),
    ("pred", [[2 / 3, 1 / 3, 0], [0, 2 / 3, 0], [1 / 3, 0, 0]]),
    ("all", np.array(COUNTS) / 6),
])
def test_parts(normalize, expected):
    display = ConfusionMatrixDisplay.from_predictions(TRUE, GUESS, normalize=normalize)
    assert np.allclose(display.confusion_matrix, expected)
    assert display.right == 4 and display.total == 6
    assert display.text_[2, 2].get_text() == "0"
    assert display.text_[0, 0].get_text() == f"{expected[0][0]:.1%}"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_agrees_with_scikit_learn(dtype):
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(0)
    true, output = random.integers(0, 5, 200), random.random((200, 5)).astype(dtype)
    ours = ConfusionMatrixDisplay.from_predictions(np.eye(5)[true], output)
    assert np.array_equal(ours.confusion_matrix,
                          metrics.confusion_matrix(true, output.argmax(axis=1)))


def test_probabilities_of_two_classes_count_from_a_half_on():
    display = ConfusionMatrixDisplay.from_predictions([[0], [0], [1]], [[0.4], [0.5], [0.9]])
    assert display.confusion_matrix.tolist() == [[1, 1], [0, 1]]


def test_a_class_that_never_occurs_has_a_row():
    display = ConfusionMatrixDisplay.from_predictions([0], [[0.9, 0.05, 0.05]])
    assert display.confusion_matrix.shape == (3, 3)
    parts = ConfusionMatrixDisplay.from_predictions([0], [[0.9, 0.1]], normalize="true")
    assert parts.confusion_matrix.tolist() == [[1, 0], [0, 0]]


def test_chosen_labels_and_names():
    display = ConfusionMatrixDisplay.from_predictions(TRUE, GUESS, labels=[2, 0],
                                                      display_labels=["two", "none"])
    assert display.confusion_matrix.tolist() == [[0, 1], [0, 2]]
    assert [t.get_text() for t in display.ax_.get_yticklabels()] == ["two", "none"]
    assert display.total == 3


def test_of_a_model(three_classes, untouched):
    model, x, y = three_classes
    same = untouched(model)
    display = ConfusionMatrixDisplay.from_model(model, x, y)
    same()
    guess = model.predict(x, verbose=0).argmax(axis=1)
    assert display.right == (guess == y).sum() and display.total == 90
    assert display.confusion_matrix.sum(axis=1).tolist() == [30, 30, 30]


@pytest.mark.parametrize("loss, low", [
    (keras.losses.BinaryCrossentropy(from_logits=True), 0), ("hinge", -1), ("squared_hinge", 0),
], ids=["from logits", "hinge", "hinge of 0 and 1"])
def test_logits_count_from_zero_on(loss, low):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", loss)
    x = np.array([[-3.0], [0.2], [0.4], [2.0], [-0.1]])
    display = ConfusionMatrixDisplay.from_model(model, x, np.array([low, 1, 1, 1, 1]))
    assert display.confusion_matrix.tolist() == [[1, 0], [1, 3]]
    assert display.display_labels == [str(low), "1"]


def test_many_classes_have_no_numbers_and_few_ticks():
    labels = np.arange(100)
    display = ConfusionMatrixDisplay.from_predictions(labels, labels, colorbar=True)
    assert display.text_ is None and len(display.ax_.texts) == 0
    assert len(display.ax_.get_xticks()) == 20


def test_numbers_need_room(figures):
    _, axes = figures.subplots(1, 6)
    display = ConfusionMatrixDisplay.from_predictions(np.arange(10), np.arange(10), ax=axes[0])
    assert display.text_ is None
    _, axes = figures.subplots(1, 4)
    display = ConfusionMatrixDisplay.from_predictions(TRUE, GUESS, normalize="true", ax=axes[1])
    small = display.text_[0, 0].get_size()
    assert small < display.plot().text_[0, 0].get_size()


def test_dark_cells_have_white_numbers():
    display = ConfusionMatrixDisplay.from_predictions([0, 0, 1], [0, 0, 0])
    assert display.text_[0, 0].get_color() == "white"
    assert display.text_[0, 1].get_color() == "black"


@pytest.mark.parametrize("true, guess, how, words", [
    ([0, 1], [0], {}, r"y_pred must have the shape \(2,\)"),
    ([0.1, 0.5], [0.2, 0.3], {}, "y_true must hold the true classes, .*; 0.1 is no class"),
    ([0, 1], [0.2, np.nan], {}, "NaN in 1 rows"),
    ([0, 1], [0.2, 1.7], {}, "got 0.2 to 1.7"),
    ([0, 1], [0, 1], {"normalize": "row"}, "normalize must be one of"),
    ([0, 1], [0, 1], {"display_labels": ["a"]}, "2 classes need as many names"),
    ([], [], {}, "no samples"),
])
def test_errors(true, guess, how, words):
    with pytest.raises(ValueError, match=words):
        ConfusionMatrixDisplay.from_predictions(true, guess, **how)


def test_a_table_that_is_not_square():
    with pytest.raises(ValueError, match="square"):
        ConfusionMatrixDisplay([[1, 2, 3]])
