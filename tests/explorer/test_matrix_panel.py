"""The matrices in a browser: every number is Python's, at every step, both ways, for every cell."""

import numpy as np

import autograd_mlp as keras
from autograd_mlp import Tensor
from autograd_mlp.explorer import page
from autograd_mlp.explorer.numbers import text

DASH = text(None)


def node_of(document, step):
    """The node that the matrices of a step belong to."""
    if step["node"] is not None:
        return document["nodes"][step["node"]]
    if step["update"] is not None:
        first = np.ravel(step["update"])[0]
        tensor = document["tensors"][document["updates"][first]["tensor"]]
        return document["nodes"][tensor["used_by"][0]]
    loss = next(tensor for tensor in document["tensors"] if tensor["role"] == "loss")
    return document["nodes"][loss["made_by"]]


def arrays_of(document, number):
    """What the panel has to show at a step: key → array, or (shape, None) if not known yet."""
    steps, tensors = document["steps"], document["tensors"]
    node = node_of(document, steps[number])
    done = [(step["kind"], step["node"], step["edge"]) for step in steps[:number + 1]]
    ran = {node for kind, node, _ in done if kind in ("forward", "loss")}
    edges = [edge for edge in document["edges"] if edge["node"] == node["id"]]
    shown = {}

    def add(key, array, known):
        if array is not None:
            shown[key] = np.asarray(array), known

    for k, tensor in enumerate(node["inputs"]):
        made_by = tensors[tensor]["made_by"]
        add(f"{k}", tensors[tensor]["value"], made_by is None or made_by in ran)
    add("y", tensors[node["output"]]["value"], node["id"] in ran)
    begun = any(edge is not None and document["edges"][edge]["node"] == node["id"]
                for _, _, edge in done)
    upstream, arrived = edges[0]["upstream"] if edges else None, False
    for kind, _, edge in done:
        if kind == "seed" and tensors[node["output"]]["role"] == "loss":
            arrived = True
        elif kind == "accumulate" and document["edges"][edge]["to"] == node["output"]:
            upstream, arrived = document["edges"][edge]["total"], True
    add("dy", upstream, arrived)
    if node["op"] == "dense":
        add("z", node["inner"]["z"], node["id"] in ran)
        add("slope", node["inner"]["slope"], begun)
        add("dz", node["inner"]["dz"], begun)
    for edge in edges:
        if node["op"] != "dense":
            add(f"local{edge['index']}", edge["local"], begun)
        add(f"d{edge['index']}", edge["contribution"], ("multiply", node["id"], edge["id"]) in done)
    return shown


def matrix(array):
    """The array as rows and columns."""
    return array.reshape(-1, array.shape[-1] if array.ndim else 1)


CELLS = """() => Object.fromEntries([...document.querySelectorAll("#panel-matrix figure")].map(
    (figure) => [figure.dataset.matrix, [...figure.querySelectorAll("tr")].map(
        (row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent))]))"""


def test_every_cell_of_every_matrix_is_pythons_at_every_step_both_ways(xor_tab, xor):
    window = xor_tab("matrix")
    steps = range(len(xor["steps"]))
    for number in [*steps, *reversed(steps)]:
        window.evaluate("(step) => goTo(step)", number)
        expected = {key: [[text(value) if known else DASH for value in row[:8]]
                          for row in matrix(array)[:8]]
                    for key, (array, known) in arrays_of(xor, number).items()}
        assert window.evaluate(CELLS) == expected, xor["steps"][number]["title"]


def pick(window, key, row, column):
    """Click a cell; the text of the sum, its terms and the cells that are lit."""
    return window.evaluate("""([key, row, column]) => {
        document.querySelector(`#panel-matrix [data-matrix="${key}"] [data-row="${row}"]` +
            `[data-column="${column}"]`).click();
        const root = document.getElementById("panel-matrix");
        const numbers = (row) => [...row.querySelectorAll(".figure")].map((at) => at.textContent);
        return {
            name: root.querySelector(".sum-of-cell h3").textContent,
            terms: [...root.querySelectorAll(".terms tbody tr")].map(numbers),
            labels: [...root.querySelectorAll(".terms tbody th")].map((at) => at.textContent),
            total: [...root.querySelectorAll(".terms tfoot tr")].flatMap(numbers),
            bars: root.querySelectorAll(".bar-of").length,
            lit: [...root.querySelectorAll(".lit")].map((cell) => [cell.closest("figure")
                .dataset.matrix, Number(cell.dataset.row), Number(cell.dataset.column)]),
        };
    }""", [key, row, column])


def dense_nodes(document):
    return [node for node in document["nodes"] if node["op"] == "dense"]


def product(a, b):
    return [text(a), text(b), text(float(a) * float(b))]


def test_a_weights_gradient_is_the_sum_of_a_bar_for_each_sample(xor_tab, xor):
    window = xor_tab("matrix")
    for node in dense_nodes(xor):
        update = next(n for n, step in enumerate(xor["steps"]) if step["update"] is not None
                      and node_of(xor, step) is node)
        window.evaluate("(step) => goTo(step)", update)
        x, w, _ = (xor["tensors"][k]["value"] for k in node["inputs"])
        dz = node["inner"]["dz"]
        grads = {edge["index"]: edge["contribution"] for edge in xor["edges"]
                 if edge["node"] == node["id"]}
        for i, j in np.ndindex(w.shape):
            found = pick(window, "d1", i, j)
            assert found["terms"] == [product(a, b) for a, b in zip(x[:, i], dz[:, j], strict=True)]
            assert found["bars"] == len(found["labels"]) == len(x)
            assert found["total"] == [text(grads[1][i, j])]
            assert np.isclose(x[:, i].astype(float) @ dz[:, j], grads[1][i, j], 1e-5, 1e-9)
            assert found["lit"] == [["0", s, i] for s in range(len(x))] + [
                ["dz", s, j] for s in range(len(x))]
            assert found["name"].endswith(f"[{i}, {j}] = {text(grads[1][i, j])}")
        for j in range(w.shape[1]):
            found = pick(window, "d2", 0, j)
            assert found["terms"] == [[text(value)] for value in dz[:, j]]
            assert found["total"] == [text(grads[2][j])]
            assert found["lit"] == [["dz", s, j] for s in range(len(x))]
        if 0 in grads and w.shape[1] > 1:
            for s, i in np.ndindex(x.shape):
                found = pick(window, "d0", s, i)
                assert found["terms"] == [product(a, b) for a, b in zip(dz[s], w[i], strict=True)]
                assert found["total"] == [text(grads[0][s, i])]


def test_forward_cells_are_a_row_times_a_column(xor_tab, xor):
    node = dense_nodes(xor)[0]
    window = xor_tab("matrix", next(n for n, step in enumerate(xor["steps"])
                                    if step["node"] == node["id"]))
    x, w, b = (xor["tensors"][k]["value"] for k in node["inputs"])
    for s, j in np.ndindex(node["inner"]["z"].shape):
        found = pick(window, "z", s, j)
        assert found["terms"] == [product(a, c) for a, c in zip(x[s], w[:, j], strict=True)] + [
            [text(b[j])]]
        assert found["total"] == [text(node["inner"]["z"][s, j])]


def test_the_arrow_keys_move_in_a_matrix_and_not_in_time(xor_tab, xor):
    step = next(n for n, step in enumerate(xor["steps"]) if step["kind"] == "multiply"
                and xor["edges"][step["edge"]]["index"] == 1
                and xor["nodes"][step["node"]] is dense_nodes(xor)[0])
    window = xor_tab("matrix", step)
    window.locator('[data-matrix="d1"] td[tabindex="0"]').focus()
    for key, place in [("ArrowRight", "0,1"), ("ArrowDown", "1,1"), ("End", "1,7"), ("Home", "1,0"),
                       ("ArrowLeft", "1,0"), ("ArrowUp", "0,0")]:
        window.keyboard.press(key)
        assert window.evaluate("`${document.activeElement.dataset.row},"
                               "${document.activeElement.dataset.column}`") == place
        assert window.evaluate("document.activeElement.ariaSelected") == "true"
        assert window.evaluate("state.step") == step
    # one cell of each matrix can be reached with the tab key, and each has a name
    assert window.evaluate("""[...document.querySelectorAll("#panel-matrix [role=grid]")].every(
        (grid) => grid.querySelectorAll('[tabindex="0"]').length === 1)""")
    value = dense_nodes(xor)[0]
    grad = next(edge["contribution"] for edge in xor["edges"]
                if edge["node"] == value["id"] and edge["index"] == 1)
    assert window.evaluate("document.activeElement.ariaLabel") == f"dW1[0, 0]: {text(grad[0, 0])}"
    # the card shows the same cell
    window.keyboard.press("ArrowRight")
    assert window.evaluate("state.cell") == [0, 1]


# ---- several contributions ---------------------------------------------------------------------

def test_a_contribution_is_not_called_the_gradient_before_all_have_come(open_page):
    w, x = Tensor(0.5, requires_grad=True), Tensor(1.0)

    def loss():
        y = (w * x + w).tanh()
        return y * y

    story = keras.explain(loss).to_dict()
    window = open_page(page.html(story))
    window.evaluate("set({ tab: 'matrix' })")
    arrived = {}
    for number, step in enumerate(story["steps"]):
        if step["edge"] is None:
            continue
        edge = story["edges"][step["edge"]]
        to = story["tensors"][edge["to"]]
        parts = [other["id"] for other in story["edges"] if other["to"] == to["id"]]
        if len(parts) == 1:
            continue
        if step["kind"] == "accumulate":
            arrived[to["id"]] = edge["total"]
        window.evaluate("(step) => goTo(step)", number)
        part = window.locator(f'[data-matrix="d{edge["index"]}"]')
        name = "contribution to d" + to["name"]
        assert part.locator("figcaption").inner_text().strip() == name
        assert part.locator(".verdict").count() == 0
        total = window.locator(f'[data-matrix="sum{to["id"]}"]')
        whole = step["kind"] == "accumulate" and edge["id"] == parts[-1]
        name = f"d{to['name']}" + ("" if whole else " so far")
        assert total.locator("figcaption").inner_text().strip() == name
        assert total.locator("td").inner_text() == text(arrived.get(to["id"]))
        assert total.locator(".verdict").count() == whole
        card = window.locator("#card")
        assert (card.locator(".verdict").count() == 1) == whole
        if step["kind"] == "accumulate":
            heading = window.locator("#panel-matrix .sum-of-cell h3").inner_text()
            assert heading == f"{name} = {text(edge['total'])}"
            assert card.locator(".accumulate").inner_text().endswith("so far") != whole
        elif step["kind"] == "multiply":
            assert card.locator(".contribution").inner_text().startswith("contribution = ")
    assert len(arrived) == 2
    # at the end each contribution is a bar of the sum
    number = max(n for n, step in enumerate(story["steps"]) if step["kind"] == "accumulate")
    window.evaluate("(step) => goTo(step)", number)
    parts = [edge["contribution"] for edge in story["edges"]
             if edge["to"] == story["edges"][-1]["to"]]
    assert window.locator("#panel-matrix .terms .figure").all_inner_texts() == [
        *map(text, parts), text(sum(parts))]


# ---- large layers, and everybody ---------------------------------------------------------------

def test_weights_that_look_at_an_image_are_an_image_per_unit(open_page):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(12, activation="relu"),
                              keras.layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    rng = np.random.default_rng(0)
    story = model.explain(rng.random((5, 784), "float32"), rng.integers(0, 3, 5)).to_dict()
    window = open_page(page.html(story))
    last = next(n for n, step in enumerate(story["steps"]) if step["update"] is not None)
    window.evaluate("(step) => { goTo(step); set({ tab: 'matrix' }); }", last)
    canvas = window.locator('[data-matrix="1"] canvas').first
    assert "28 by 28 for each unit" in canvas.get_attribute("aria-label")
    # a click on an image picks its unit, one on a pixel of the large image its row of the matrix
    unit, row, column = 9, 4, 17
    for picture, x, y in [(canvas, unit % 8 * 29 + 14, unit // 8 * 29 + 14),
                          (window.locator('[data-matrix="1"] canvas').last, column, row)]:
        scale = picture.bounding_box()["width"] / picture.evaluate("(canvas) => canvas.width")
        picture.click(position={"x": (x + 0.5) * scale, "y": (y + 0.5) * scale})
    shown = page.packed_value(next(t for t in story["tensors"] if t["name"] == "W1")["value"])
    value = shown[row * 28 + column, unit]
    digits = window.evaluate("doc.tensors.find((t) => t.name === 'W1').value.digits")
    title = window.locator("#panel-matrix .sum-of-cell h3").inner_text()
    assert title == f"W1[{row * 28 + column}, {unit}] = {text(value, digits)}"
    assert f"unit {unit} of 12, pixel in row {row}, column {column}" in window.locator(
        '[data-matrix="1"]').inner_text()
    # the gradient's picture follows, at the same place
    assert f"unit {unit} of 12, pixel in row {row}, column {column}" in window.locator(
        '[data-matrix="d1"]').inner_text()
    # a pixel has the colour of its number's sign
    red, _, blue, _ = canvas.evaluate(
        "(canvas, at) => [...canvas.getContext('2d').getImageData(...at, 1, 1).data]",
        [unit % 8 * 29 + column, unit // 8 * 29 + row])
    assert (blue > red) == (value > 0)


def test_no_bar_is_hidden_by_the_sum_on_a_narrow_screen(xor_tab, xor):
    window = xor_tab("matrix", width=360)
    for number, step in enumerate(xor["steps"]):
        if step["kind"] != "multiply":
            continue
        window.evaluate("(step) => goTo(step)", number)
        covered = window.evaluate("""() => {
            const area = document.querySelector("#panel-matrix .sum-of-cell .tall");
            if (!area) return 0;
            const edge = area.querySelector("tfoot").getBoundingClientRect();
            return [...area.querySelectorAll("tbody tr")].filter((row) =>
                row.getBoundingClientRect().bottom > edge.top + 1).length;
        }""")
        assert covered == 0, step["title"]
