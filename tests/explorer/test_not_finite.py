"""The page of a step whose numbers are NaN or infinite: they look like nothing else, and where
nothing can be said, that is said."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp.explorer import page


@pytest.fixture(scope="module")
def explanation():
    """A step of weights that SGD blew up."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "relu", name="hidden"),
                              keras.layers.Dense(1, "sigmoid", name="output")])
    model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy")
    weights = model.get_weights()
    weights[0][:, 1:] = np.nan
    weights[2][0] = np.inf
    model.set_weights(weights)
    x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    return model.explain(x, np.array([[0], [1], [1], [0]], "float32"))


@pytest.fixture
def window(open_page, explanation):
    return open_page(page.html(explanation.to_dict()))


def test_nan_and_infinity_are_hatched_cells_and_never_zeros(window, explanation):
    weights = {t["name"]: t["value"] for t in explanation.to_dict()["tensors"]}
    for name in ("W1", "W2"):
        value = weights[name]
        odd = np.argwhere(~np.isfinite(value)).tolist()
        assert odd
        window.evaluate("""(name) => {
            const tensor = doc.tensors.find((t) => t.name === name);
            goTo(doc.steps.findIndex(({ node }) => node === tensor.used_by[0]));
            set({ tab: "matrix" });
        }""", name)
        figure = window.locator('[data-matrix="1"]')
        assert figure.locator(".heat.odd").evaluate_all(
            "(cells) => cells.map((at) => [Number(at.dataset.row), Number(at.dataset.column)])"
        ) == odd
        assert set(figure.locator(".heat.odd").all_inner_texts()) <= {"NaN", "∞"}
        assert "gradient" in figure.locator(".heat.odd").first.evaluate(
            "(cell) => getComputedStyle(cell).backgroundImage")
        small = figure.locator("small").last.inner_text()
        assert f"{len(odd)} of {value.size} NaN or ∞" in small
    # an array of nothing but NaN has no full colour
    window.evaluate("goTo(known.gradient[doc.tensors.find((t) => t.name === 'W2').id][0][0])")
    shown = window.locator('[data-matrix="d1"]').inner_text()
    assert "4 of 4 NaN or ∞" in shown and "full colour" not in shown


def test_lines_and_boxes_of_the_graph_show_nan(window):
    window.evaluate("goTo(doc.steps.length - 1)")
    lines = window.evaluate("""() => [...document.querySelectorAll("text.sign[data-edges]")].map(
        (at) => [at.textContent, at.dataset.edges.split(" ").map(Number).some((id) =>
            doc.edges[id].contribution.data.some(Number.isNaN))])""")
    assert any(nan for _, nan in lines)
    assert all((sign == "NaN") == nan for sign, nan in lines)
    marks = window.evaluate("""() => [...document.querySelectorAll(".tensor")].map((box) => {
        const value = valueNow(box.dataset.tensor);
        return [doc.tensors[box.dataset.tensor].name, value.size, value.odd,
            box.querySelectorAll(":scope > .value path.odd").length];
    })""")
    assert all(size == 1 or odd == drawn for _, size, odd, drawn in marks), marks


def test_break_it_says_that_nothing_can_be_said(window, explanation):
    window.evaluate("set({ tab: 'faults' })")
    for fault in explanation.to_dict()["faults"]:
        if not fault["applies"]:
            continue
        assert not any(entry["wrong"] for entry in fault["gradients"])
        window.get_by_role("button", name=fault["title"], exact=True).click()
        shown = window.locator("#panel-faults > div").last
        assert "Nothing can be said of the gradients" in shown.inner_text()
        assert "with the right rules there is NaN or ∞ already" in shown.inner_text()
        assert shown.locator(".story").inner_text().startswith(
            "The loss is NaN before the first step: with such weights training shows nothing")
        assert shown.locator(".chart").count() == 0
    assert "After 0 steps" not in str(explanation)


def test_predict_asks_for_no_number_that_is_not_one(window):
    asked = window.evaluate("""() => doc.edges.flatMap((edge) => ["sign", "number"].map((kind) => {
        const { text, answer } = questionOf(edge, kind, edge.id);
        return [text, answer];
    }))""")
    unknown = [entry for entry in asked if entry[0].startswith("NaN or ∞ stands here")]
    assert unknown
    assert all(answer.startswith("[") or answer == "one number" for _, answer in unknown)
    assert all(answer not in ("NaN", "∞", "−∞") for _, answer in asked)
