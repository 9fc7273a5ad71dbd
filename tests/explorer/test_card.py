"""Every number that the step cards and the graph show is Python's."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Tensor
from autograd_mlp.explorer import numbers, page

FIGURES = """() => [...document.querySelectorAll("#card .figure")].map((x) => x.textContent)"""


def cell_of(array, cell):
    """The number of an array in the row and column of the page, kept inside."""
    matrix = array.reshape(-1, array.shape[-1] if array.ndim else 1)
    return matrix[min(cell[0], matrix.shape[0] - 1), min(cell[1], matrix.shape[1] - 1)]


def forward_figures(document, node, cell):
    output = document["tensors"][node["output"]]["value"]
    inputs = [document["tensors"][t]["value"] for t in node["inputs"]]
    if node["op"] == "dense":
        x, w, b = inputs
        i, j = cell[0] % len(x), min(cell[1], w.shape[1] - 1)
        products = [factor for k in range(len(w)) for factor in (x[i, k], w[k, j])]
        return [*products, b[j], node["inner"]["z"][i, j], node["inner"]["z"][i, j], output[i, j]]
    met = [array for array in inputs if array.shape in (output.shape, ())]
    shown = [cell_of(array, cell) for array in met] if len(met) == len(inputs) else []
    return [*shown, cell_of(output, cell)]


def edge_figures(document, edge, cell):
    """The figures of a contribution: the terms of its sum, and the sum."""
    node, there = document["nodes"][edge["node"]], edge["contribution"]
    result = cell_of(there, cell)
    if node["op"] == "dense":
        x, w = (document["tensors"][t]["value"] for t in node["inputs"][:2])
        dz = node["inner"]["dz"]
        if edge["index"] == 0:
            i, k = min(cell[0], len(x) - 1), min(cell[1], len(w) - 1)
            terms = [f for j in range(dz.shape[1]) for f in (dz[i, j], w[k, j])]
        elif edge["index"] == 1:
            k, j = min(cell[0], len(w) - 1), min(cell[1], w.shape[1] - 1)
            terms = [f for s in range(len(dz)) for f in (x[s, k], dz[s, j])]
        else:
            terms = list(dz[:, min(cell[1], dz.shape[1] - 1)])
        return [*terms, result]
    upstream = edge["upstream"]
    if upstream.ndim and upstream.shape == there.shape[:-1]:        # one number per sample
        upstream = upstream[:, None]
    assert edge["local"].shape in (there.shape, ())
    return [cell_of(upstream, cell), cell_of(edge["local"], cell), result]


def expected_figures(document, step, cell):
    """What the card of a step shows, number by number, from the document's arrays."""
    if step["kind"] in ("forward", "loss"):
        return forward_figures(document, document["nodes"][step["node"]], cell)
    if step["kind"] == "seed":
        return [1.0]
    if step["kind"] == "rule":
        return []
    if step["kind"] == "done":
        return [document["loss"], document["loss_after"]]
    if step["kind"] == "update":
        figures = []
        for update in (document["updates"][u] for u in np.atleast_1d(step["update"])):
            figures += [cell_of(array, cell) for row in update["rows"]
                        for array in (row["before"], row["after"]) if array is not None]
            figures.append(update["learning_rate"])
        return figures
    edge = document["edges"][step["edge"]]
    figures = edge_figures(document, edge, cell)
    if step["kind"] == "accumulate":
        before = [] if edge["before"] is None else [cell_of(edge["before"], cell)]
        figures += [*before, cell_of(edge["contribution"], cell), cell_of(edge["total"], cell)]
    return figures


@pytest.mark.parametrize("cell", [[0, 0], [3, 1]], ids=["first", "last"])
def test_every_number_of_every_card_is_pythons_forwards_and_backwards(open_page, small_xor, cell):
    window = open_page(page.html(small_xor))
    window.evaluate("(cell) => set({cell})", cell)
    there = range(len(small_xor["steps"]))
    for step in (*there, *reversed(there)):
        window.evaluate("goTo", step)
        entry = small_xor["steps"][step]
        expected = [numbers.text(float(x)) for x in expected_figures(small_xor, entry, cell)]
        assert window.evaluate(FIGURES) == expected, entry["title"]
        assert window.locator("#line").text_content() == entry["text"]


def test_the_terms_that_are_shown_add_up_to_the_gradient(open_page, pima):
    """Of 32 samples 7 are written and the others as one number."""
    window = open_page(page.html(pima))
    for step, entry in enumerate(pima["steps"]):
        if entry["kind"] != "multiply" or entry["edge"] is None:
            continue
        edge = pima["edges"][entry["edge"]]
        if pima["nodes"][edge["node"]]["op"] != "dense" or edge["index"] == 0:
            continue
        window.evaluate("goTo", step)
        terms = window.evaluate("""() => [...document.querySelectorAll("#card .term > span")].map(
            (term) => [...term.querySelectorAll(".figure")].map((x) => Number(
                x.textContent.replaceAll("−", "-"))).reduce((a, b) => a * b))""")
        assert len(terms) == 8
        scale = max(abs(term) for term in terms)
        assert sum(terms) == pytest.approx(float(cell_of(edge["contribution"], [0, 0])),
                                           abs=8e-3 * scale)


def test_a_large_kernel_is_looked_at_where_its_gradient_is_largest(open_page, mnist):
    window = open_page(page.html(mnist))
    kernel = next(t for t in mnist["tensors"] if t["name"] == "W1")
    about = [k for k, step in enumerate(mnist["steps"]) if step["kind"] == "multiply"
             and mnist["edges"][step["edge"]]["to"] == kernel["id"]]
    window.evaluate("goTo", about[0])
    row, column = window.evaluate("state.cell")
    assert abs(kernel["grad"][row, column]) == pytest.approx(np.abs(kernel["grad"]).max(), rel=1e-3)
    window.evaluate("set({cell: [7, 3]})")
    window.evaluate("goTo", 0)
    assert window.evaluate("state.cell") != [7, 3], "small arrays have a place of their own"
    window.evaluate("goTo", about[0])
    assert window.evaluate("state.cell") == [7, 3]


def test_the_boxes_of_single_numbers_show_the_samples_numbers(open_page, small_xor):
    window = open_page(page.html(small_xor))
    window.evaluate("goTo(doc.steps.length - 1), set({zoom: 'scalars'})")
    for sample in range(small_xor["batch"]):
        window.evaluate("(sample) => set({sample})", sample)
        shown = window.evaluate("""() => [...document.querySelectorAll("[data-unit]")].map((unit) =>
            [Number(unit.dataset.unit), Number(unit.dataset.cell),
             unit.querySelector(".value").textContent,
             unit.querySelector(".gradient").textContent])""")
        assert len(shown) >= 7
        for tensor, cell, value, gradient in shown:
            entry = small_xor["tensors"][tensor]
            at = sample * (entry["value"].size // 4) + cell if entry["batched"] else cell
            assert value == numbers.text(float(entry["value"].ravel()[at]))
            if entry["requires_grad"]:
                assert gradient == f"∂ {numbers.text(float(entry['grad'].ravel()[at]))}"


def test_the_graph_shows_the_loss_and_small_arrays_as_heatmaps_with_signs(open_page, small_xor):
    window = open_page(page.html(small_xor))
    window.keyboard.press("End")
    for tensor in small_xor["tensors"]:
        box = window.locator(f"[data-tensor='{tensor['id']}']")
        if tensor["value"].size == 1 and tensor["role"] == "loss":
            assert box.locator(".value").text_content() == numbers.text(float(tensor["value"]))
        elif tensor["role"] == "value":
            negative = int((tensor["value"] < 0).sum())
            assert box.locator(".value .cell.minus").count() == negative
            assert box.locator(".value .cell").count() == tensor["value"].size
            assert box.locator(".value path.minus").count() == negative
            assert box.locator(".gradient .cell.minus").count() == int((tensor["grad"] < 0).sum())


def test_numbers_are_written_as_in_python(open_page, small_xor):
    window = open_page(page.html(small_xor))
    draw = np.random.default_rng(5)
    values = np.concatenate([
        draw.normal(size=300) * 10.0 ** draw.integers(-12, 12, 300), [0.0, -0.0, np.nan, np.inf,
        -np.inf, 2.0625, 20625.0, 0.00020625, 9999.5, 99995.0, 0.000099995, 1e-5, 1e4, 5e-324,
        1.7976931348623157e308, 1 / 3, 100.0, 1234.5, 12345.0]])
    given = [repr(float(value)) for value in values]
    for digits in (3, 4):
        shown = window.evaluate(
            """([given, digits]) => given.map((text) => number(
                Number(text.replace("inf", "Infinity")), digits))""", [given, digits])
        assert shown == [numbers.text(float(value), digits) for value in values]
    assert window.evaluate("number(null)") == numbers.text(None)


def squared():
    y = Tensor(2.0, requires_grad=True)
    return keras.explain(lambda: y * y).to_dict()


def test_the_letters_of_a_rule_are_said_in_the_graphs_names(open_page):
    """y·y: the rule calls its output y, and here y is its input."""
    window = open_page(page.html(squared()))
    names = {t["role"]: t["name"] for t in squared()["tensors"]}
    for step in range(window.evaluate("doc.steps.length")):
        window.evaluate("goTo", step)
        if window.evaluate("['forward', 'rule', 'multiply'].includes(stepNow().kind)"):
            y, loss = next(name for role, name in names.items() if role != "loss"), names["loss"]
            assert f"Here y is {loss}, u is {y}, v is {y}." in window.locator("#card").inner_text()


def test_what_is_used_twice_is_marked_and_read_so(open_page):
    window = open_page(page.html(squared()))
    assert window.locator("#drawing text.sign").all_text_contents().count("×2") == 1
    labels = window.evaluate("""() => [...document.querySelectorAll(".tensor .button")].map(
        (button) => button.ariaLabel)""")
    assert sum("used 2 times by multiply" in label for label in labels) == 1


def test_without_an_optimizer_no_step_is_told(open_page):
    story = squared()
    last = story["steps"][-1]
    assert last["title"] == "every gradient is known" and "nothing was updated" in last["text"]
    window = open_page(page.html(story))
    window.keyboard.press("End")
    card = window.locator("#card").inner_text()
    assert "every gradient is known" in card and "No update" in card
    assert "after this step" not in card and "What one step did" not in card


def test_long_numbers_in_a_box_do_not_touch(open_page, small_xor):
    window = open_page(page.html(small_xor))
    for step in range(len(small_xor["steps"])):
        window.evaluate("goTo", step)
        apart = window.evaluate("""() => [...document.querySelectorAll("#drawing .tensor")].every(
            (box) => {
                const [a, b] = [...box.querySelectorAll(".number")].map(
                    (text) => text.getBoundingClientRect());
                const outer = box.querySelector(".box").getBoundingClientRect();
                return [a, b].every((text) => !text || text.left >= outer.left - 1
                    && text.right <= outer.right + 1) &&
                    (!b || a.right < b.left || a.bottom - b.top < 4 || b.bottom - a.top < 4);
            })""")
        assert apart, small_xor["steps"][step]["title"]
