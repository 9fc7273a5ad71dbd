"""Graphs of other shapes than a chain of dense layers: drawn, and stepped through to the end."""

import re

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Tensor, layers, ops
from autograd_mlp.explorer import layout, page


def of_layers(*stack, x=None, y=None):
    draw = np.random.default_rng(0)
    keras.set_random_seed(1)
    x = draw.normal(size=(6, 4)).astype("float32") if x is None else x
    model = keras.Sequential([keras.Input(x.shape[1:]), *stack])
    model.compile("adam", "mse")
    return model.explain(x, draw.normal(size=(6, 1)).astype("float32") if y is None else y)


def normalized():
    return of_layers(layers.Dense(5), layers.BatchNormalization(), layers.Dropout(0.4),
                     layers.LayerNormalization(), layers.Dense(1, kernel_regularizer="l2"))


def mixing():
    return of_layers(layers.Dense(5, activation="softmax"), layers.Dense(3, use_bias=False),
                     layers.PReLU(), layers.Softmax(), layers.Dense(1))


def embedded():
    return of_layers(layers.Embedding(7, 4), layers.Flatten(), layers.Dense(1),
                     x=np.arange(18).reshape(6, 3) % 7)


def not_finite():
    return of_layers(layers.Dense(2, activation="relu"), layers.Dense(1),
                     x=np.full((6, 4), np.inf, "float32"))


def numbers_alone():
    a, b, c = (Tensor(value, requires_grad=True) for value in (2.0, -3.0, 10.0))

    def loss():
        d = a * b
        return (d + c).tanh() * a + d.exp()
    return keras.explain(loss)


def residual():
    w = Tensor(np.random.default_rng(1).normal(size=(4, 4)), requires_grad=True)
    x = Tensor(np.random.default_rng(2).normal(size=(6, 4)))

    def loss():
        r = ops.relu(x @ w) + x
        return ops.mean(r * r)
    return keras.explain(loss)


def squared():
    w = Tensor(np.arange(4.0).reshape(2, 2), requires_grad=True)
    return keras.explain(lambda: ops.mean(ops.tanh(w @ w)))


def long_chain():
    x = Tensor(0.5, requires_grad=True)

    def loss():
        y = x
        for _ in range(41):
            y = ops.sin(y)
        return y
    return keras.explain(loss)


GRAPHS = [normalized, mixing, embedded, not_finite, numbers_alone, residual, squared,
          long_chain]


@pytest.mark.filterwarnings("ignore")      # NaN and infinity, for one of them
@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: graph.__name__)
def test_every_step_of_any_graph_can_be_shown(open_page, graph, monkeypatch):
    monkeypatch.setattr(layout, "MOST_NODES", 40)       # the long chain is one longer
    document = graph().to_dict()
    window = open_page(page.html(document))
    texts = window.evaluate("""() => {
        const texts = [], stride = Math.ceil(doc.steps.length / 50);
        const tabs = panels.filter((entry) => entry.available(doc)).map((entry) => entry.key);
        for (let turn = 0; turn < Math.max(tabs.length, ZOOMS.length); turn++) {
            set({ zoom: ZOOMS[turn % ZOOMS.length], tab: tabs[turn % tabs.length] });
            for (let step = 0; step < doc.steps.length; step += stride) {
                goTo(step);
                texts.push(document.querySelector("main").textContent);
            }
        }
        return texts;
    }""")
    assert not any(re.search(r"undefined|\[object", text) for text in texts)
    for zoom in layout.drawings(document)[1]:
        window.evaluate("(zoom) => set({zoom})", zoom)
        assert layout.drawings(document)[1][zoom] in window.locator("#graph-note").inner_text()


def boxes(svg):
    """(left, top, right, bottom) of every box of a drawing."""
    found = re.findall(r'translate\((-?\d+) (-?\d+)\)">(?:<title>[^<]*</title>)?'
                       r'<rect class="box" width="([\d.]+)" height="(\d+)"', svg)
    return [(float(x), float(y), float(x) + float(w), float(y) + float(h)) for x, y, w, h in found]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("graph", GRAPHS[:-1], ids=lambda graph: graph.__name__)
def test_no_box_covers_another_and_all_are_inside(graph):
    document = graph().to_dict()
    for zoom, svg in layout.drawings(document)[0].items():
        width, height = map(float, re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups())
        drawn = boxes(svg)
        assert len(drawn) >= len(document["nodes"]) if zoom == "operations" else drawn
        for k, (left, top, right, bottom) in enumerate(drawn):
            assert left >= 0 and top >= 0 and right <= width and bottom <= height
            for other in drawn[:k]:
                apart = (right <= other[0] or other[2] <= left or bottom <= other[1]
                         or other[3] <= top)
                assert apart, (zoom, drawn[k], other)


def test_values_flow_to_the_right(small_xor):
    svg = layout.drawings(small_xor)[0]["operations"]
    place = {int(t): float(x) for t, x in re.findall(
        r'data-tensor="(\d+)" transform="translate\((-?\d+)', svg)}
    for node in small_xor["nodes"]:
        assert all(place[t] < place[node["output"]] for t in node["inputs"])
