"""Pictures of models: which boxes there are, what stands in them, where they are."""

import sys
from types import ModuleType

import numpy as np
import pytest

from autograd_mlp import Input, Model, Sequential, backend
from autograd_mlp.layers import Dense, Flatten
from autograd_mlp.utils import model_plot, model_to_dot, plot_model

pytest.importorskip("matplotlib", reason="pip install 'autograd_mlp[plot]'")
ALL = dict(show_shapes=True, show_dtype=True, show_layer_names=True, show_layer_activations=True,
           show_trainable=True)


@pytest.fixture
def model():
    backend.clear_session()
    inner = Sequential([Dense(3, activation="relu"), Dense(4, activation="tanh", trainable=False)],
                       name="inside")
    return Sequential([Input((2, 5)), Flatten(), inner, Dense(1, activation="sigmoid")])


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


def test_types_only(model):
    assert texts(model_plot.draw(model_plot.boxes_of(model))) == ["Flatten", "Sequential", "Dense"]


def test_everything(model):
    found = texts(model_plot.draw(model_plot.boxes_of(model, **ALL)))
    assert found == [
        "flatten (Flatten)", "Input shape: (None, 2, 5)", "Output shape: (None, 10)",
        "Output dtype: float32",
        "inside (Sequential)", "Input shape: (None, 10)", "Output shape: (None, 4)",
        "Output dtype: float32", "Trainable",
        "dense_2 (Dense)", "Activation: sigmoid", "Input shape: (None, 4)",
        "Output shape: (None, 1)", "Output dtype: float32", "Trainable",
    ]


def test_nested(model):
    found = texts(model_plot.draw(model_plot.boxes_of(model, expand_nested=True,
                                                      show_trainable=True)))
    assert found == ["Flatten", "inside", "Dense", "Trainable", "Dense", "Non-trainable",
                     "Dense", "Trainable"]


@pytest.mark.parametrize("rankdir", ["TB", "BT", "LR", "RL"])
def test_directions(model, rankdir):
    figure = model_plot.draw(model_plot.boxes_of(model, expand_nested=True), rankdir)
    arrows = [text for text in figure.axes[0].texts if not text.get_text()]
    assert len(arrows) == 3
    for arrow in arrows:
        (x, y), (x2, y2) = arrow.xyann, arrow.xy       # y counts downwards
        down, right = y2 - y, x2 - x
        assert {"TB": down > 0, "BT": down < 0, "LR": right > 0, "RL": right < 0}[rankdir]
    from matplotlib.patches import Rectangle

    width, height = figure.get_size_inches() * 72
    for patch in figure.axes[0].patches:
        if isinstance(patch, Rectangle):
            assert 0 <= patch.get_x() and patch.get_x() + patch.get_width() <= width
            assert 0 <= patch.get_y() and patch.get_y() + patch.get_height() <= height


def test_files(model, tmp_path):
    assert plot_model(model, tmp_path / "a.png", dpi=50, **ALL) is None
    plot_model(model, str(tmp_path / "b"), dpi=100, **ALL)
    sizes = [np.frombuffer((tmp_path / name).read_bytes()[16:24], ">u4") for name in
             ("a.png", "b.png")]
    assert np.abs(sizes[1] - 2.0 * sizes[0]).max() <= 2
    plot_model(model, tmp_path / "a.svg", rankdir="LR")
    assert "<svg" in (tmp_path / "a.svg").read_text()


def test_in_a_notebook_the_picture_is_returned(model, tmp_path, monkeypatch):
    """With a stand-in for IPython, which need not be installed: what it is given to show."""
    ipython, display = ModuleType("IPython"), ModuleType("IPython.display")
    display.Image = lambda filename: ("image", filename)
    display.SVG = lambda filename: ("svg", filename)
    ipython.display, ipython.version_info = display, (9, 0)     # Matplotlib asks for that
    ipython.get_ipython = lambda: None
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    for given, shown in [("a.png", ("image", "a.png")), ("b", ("image", "b.png")),
                         ("c.svg", ("svg", "c.svg")), ("d.pdf", None)]:
        found = plot_model(model, tmp_path / given, dpi=30)
        assert found == (shown and (shown[0], str(tmp_path / shown[1])))
        assert (tmp_path / (shown[1] if shown else given)).stat().st_size > 500


def test_without_matplotlib_it_says_what_to_install(model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ModuleNotFoundError, match="pip install 'autograd_mlp.plot.'"):
        plot_model(model, tmp_path / "a.png")


def test_a_model_of_ones_own_is_one_box():
    class Own(Model):
        def __init__(self):
            super().__init__()
            self.dense = Dense(2)

        def call(self, x):
            return self.dense(x)

    model = Own()
    model(np.ones((1, 3), np.float32))
    assert texts(model_plot.draw(model_plot.boxes_of(model))) == ["Own"]


def test_dot(model, tmp_path):
    pytest.importorskip("pydot")
    graph = model_to_dot(model, expand_nested=True, rankdir="LR", dpi=96, **ALL)
    assert graph.get_rankdir() == "LR" and graph.get_dpi() == "96"
    assert len(graph.get_nodes()) == 2 + 1 and len(graph.get_edges()) == 3     # 1: the defaults
    [cluster] = graph.get_subgraphs()
    assert len(cluster.get_nodes()) == 2 and "inside" in cluster.get_label()
    label = graph.get_nodes()[-1].get_label()
    assert "dense_2 (Dense)" in label and "Output shape: (None, 1)" in label
    plot_model(model, tmp_path / "a.dot")
    assert "digraph" in (tmp_path / "a.dot").read_text()
    assert type(model_to_dot(model, subgraph=True)).__name__ == "Cluster"


@pytest.mark.parametrize("plot", [plot_model, model_to_dot])
def test_what_does_not_fit(model, plot, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="did you mean 'show_shapes'"):
        plot(model, show_shape=True)
    with pytest.raises(ValueError, match="layer_range"):
        plot(model, layer_range=("a", "b"))
    with pytest.raises(ValueError, match="rankdir must be one of"):
        plot(model, rankdir="UP")
    with pytest.raises(ValueError, match="not built"):
        plot(Sequential([Dense(2)]))
    assert not list(tmp_path.iterdir())
