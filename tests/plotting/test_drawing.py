"""Every display can be drawn, saved and closed without a warning, and says what is missing."""

import re
import subprocess
import sys

import numpy as np
import pytest

from autograd_mlp import plotting


def plane(x):
    return x[:, 0]


DISPLAYS = {
    "ActivationsDisplay": lambda: plotting.ActivationsDisplay(
        {"h": [[0.0, 1.0], [0.0, 2.0]], "y": [[0.1], [0.2]]}, activations={"h": "relu"}).plot(),
    "ConfusionMatrixDisplay": lambda: plotting.ConfusionMatrixDisplay.from_predictions(
        [0, 1, 1], [0, 1, 0]),
    "DecisionBoundaryDisplay": lambda: plotting.DecisionBoundaryDisplay.from_model(
        plane, [[0, 0], [1, 1]], [0, 1], resolution=9),
    "GradientFlowDisplay": lambda: plotting.GradientFlowDisplay(
        ["one", "two", "three"], np.array([1.0, 0.0, np.nan])).plot(),
    "HistoryDisplay": lambda: plotting.HistoryDisplay.from_history(
        {"loss": [2, 1], "val_loss": [3, 2], "mae": [1, 1]}),
    "LearningRateDisplay": lambda: plotting.LearningRateDisplay(plotting.LearningRateSweep(
        np.array([0.1, 1.0]), np.array([2.0, 1.0]), np.array([2.0, 1.0]), 0.1, 1.0, False)).plot(),
    "LossSurfaceDisplay": lambda: plotting.LossSurfaceDisplay.from_function(
        lambda a, b: a * a + b * b, (-1, 1), (-1, 1), resolution=9, paths={"p": [[1, 1], [0, 0]]}),
    "MisclassifiedDisplay": lambda: plotting.MisclassifiedDisplay.from_predictions(
        np.eye(64)[:3], [0, 1, 1], [0.4, 0.2, 0.3]),
    "WeightsDisplay": lambda: plotting.WeightsDisplay(
        {"kernel": [[1.0, -1.0]], "bias": [0.0, 0.0]}, gradients={"kernel": [[2.0, 3.0]]}).plot(),
}


def test_all_are_here():
    assert set(DISPLAYS) == {name for name in plotting.__all__ if name.endswith("Display")}


@pytest.mark.parametrize("name", sorted(DISPLAYS))
def test_the_package_says_how_a_display_is_made(name):
    (text,) = re.findall(rf"^`{name}`(.*?)(?=^`|^=)", plotting.__doc__, flags=re.M | re.S)
    told = re.findall(r"``(from_\w+)\(", text)
    assert set(told) == {method for method in vars(getattr(plotting, name))
                         if method.startswith("from_")}


@pytest.mark.parametrize("name", sorted(DISPLAYS))
def test_a_display_is_drawn_and_closed(name, figures, tmp_path):
    display = DISPLAYS[name]()
    display.figure_.savefig(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 5000
    axes = np.ravel(getattr(display, "axes_", None) if hasattr(display, "axes_")
                    else display.ax_)
    assert all(ax.figure is display.figure_ for ax in axes)
    assert figures.get_fignums() == [display.figure_.number]
    figures.close(display.figure_)
    assert display.plot() is display


@pytest.mark.parametrize("name", sorted(DISPLAYS))
def test_a_display_is_drawn_where_it_is_told(name, figures):
    display = DISPLAYS[name]()
    figures.close("all")
    figure, ax = figures.subplots()
    display.plot(ax=ax)
    assert display.figure_ is figure and figures.get_fignums() == [figure.number]


@pytest.mark.parametrize("name", ["ActivationsDisplay", "MisclassifiedDisplay", "WeightsDisplay"])
def test_a_picture_of_several_axes_has_a_title_where_there_is_room(name, figures):
    display = DISPLAYS[name]()
    title = display.figure_.get_suptitle()
    assert title
    figure, (left, right) = figures.subplots(1, 2)
    display.plot(ax=left)
    assert left.get_title() == title and not left.axison
    assert all(ax.get_position().x1 < right.get_position().x0 for ax in display.axes_)
    figure, axes = figures.subplots(1, len(display.axes_))
    if name != "WeightsDisplay":
        display.plot(ax=axes)
        assert display.axes_.tolist() == axes.tolist() and not figure.get_suptitle()


def test_without_matplotlib_it_says_what_to_install(tmp_path):
    (tmp_path / "matplotlib.py").write_text("raise ModuleNotFoundError(name='matplotlib')")
    code = ("import sys; sys.path.insert(0, sys.argv[1])\n"
            "from autograd_mlp.plotting import HistoryDisplay\n"
            "try: HistoryDisplay.from_history({'loss': [1.0]})\n"
            "except ModuleNotFoundError as error: print(error)")
    result = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True,
                            text=True)
    assert "pip install 'autograd_mlp[plot]'" in result.stdout, result.stderr


def test_a_mistyped_name_gets_an_answer():
    with pytest.raises(AttributeError, match="did you mean 'HistoryDisplay'"):
        plotting.HistroyDisplay  # noqa: B018
    assert [name for name in dir(plotting) if name[0] != "_"] == plotting.__all__


def test_importing_the_package_does_not_import_matplotlib():
    code = ("import sys, autograd_mlp.plotting as p\nfor n in p.__all__: getattr(p, n)\n"
            "print('matplotlib' in sys.modules)")
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "False", result.stderr


@pytest.mark.parametrize("make, words", [
    (lambda: plotting.HistoryDisplay.from_callback({"loss": [1]}, yscal="log"),
     "HistoryDisplay.from_callback.. got an unexpected argument 'yscal'; did you mean 'yscale'"),
    (lambda: plotting.LossSurfaceDisplay.from_optimizers(None, [], [], {}, resolutoin=3),
     "did you mean 'resolution'"),
    (lambda: plotting.LearningRateDisplay.from_model(None, [], [], max_rates=3), "'max_rate'"),
    (lambda: plotting.ConfusionMatrixDisplay.from_model(plane, [], [], normalise="true"),
     "did you mean 'normalize'"),
    (lambda: plotting.WeightsDisplay({"w": 1.0}).plot(colormap=3),
     "'colormap'.* It takes ax, cmap, title"),
])
def test_a_mistyped_keyword_is_answered_before_anything_is_computed(make, words):
    with pytest.raises(TypeError, match=words):
        make()
