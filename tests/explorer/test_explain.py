"""explain(loss): graphs of bare tensors, names, lines of source, errors; pages in files."""

import html
import re
import stat

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Tensor, Variable, explain, layers, no_grad, ops, trace


def by_name(ex):
    return {tensor["name"]: tensor for tensor in ex.to_dict()["tensors"]}


@pytest.fixture
def xor():
    x, y = keras.datasets.xor.load_data()
    keras.set_random_seed(1)
    model = keras.Sequential([keras.Input((2,)), layers.Dense(2, "sigmoid", name="hidden"),
                              layers.Dense(1, "sigmoid", name="out")])
    model.compile("sgd", "mse")
    return model.explain(x, y)


# ---- gradients -----------------------------------------------------------------------------


def test_gradients_are_those_of_backward_bit_for_bit():
    w = Tensor([[0.5, -1.0], [2.0, 0.1]], requires_grad=True)
    x = Tensor([[1.0, 2.0], [3.0, 4.0], [0.5, 0.0]])
    loss = ((x @ w).tanh() * (x @ w)).mean()
    ex = explain(loss)
    assert w.grad is None
    loss.backward()
    np.testing.assert_array_equal(ex.gradient("w"), w.grad.numpy())


def test_a_tensor_used_twice_adds_up():
    w = Tensor([2.0, -3.0], requires_grad=True)
    edges = [e for e in explain(lambda: (w * w).sum()).to_dict()["edges"] if e["letter"] in "uv"]
    assert [None if e["before"] is None else e["before"].tolist() for e in edges] == [
        None, [2.0, -3.0]]
    assert [e["total"].tolist() for e in edges] == [[2.0, -3.0], [4.0, -6.0]]
    assert [e["local"].tolist() for e in edges] == [[2.0, -3.0], [2.0, -3.0]]


def test_gradients_there_are_neither_counted_nor_touched():
    w = Tensor([1.0, 2.0], requires_grad=True)
    loss = (w ** 2).sum()
    loss.backward()
    ex = explain(loss)
    assert ex.gradient("w").tolist() == w.grad.tolist() == [2.0, 4.0]


def test_branches_without_a_gradient_are_told_under_the_hook():
    w = Tensor([1.0, 2.0], requires_grad=True)
    x = Tensor([3.0, 4.0])
    titles = [s["title"] for s in explain(lambda: (w * (x + 1)).sum()).steps
              if s["kind"] == "forward"]
    assert titles == ["v1 = add(x, 1)", "v2 = multiply(w, v1)", "L = sum(v2)"]
    assert len(explain((w * (x + 1)).sum()).to_dict()["nodes"]) == 2        # only what is recorded


def test_a_part_computed_before_the_function_comes_first():
    w = Tensor([1.0, 2.0], requires_grad=True)
    square = w ** 2
    d = explain(lambda: (square + 1).mean()).to_dict()
    assert [n["op"] for n in d["nodes"]] == ["power", "add", "mean"]
    assert d["nodes"][0]["source"] is None


def test_rules_replaced_by_a_user_are_those_that_count():
    w = Tensor([1.0, 2.0], requires_grad=True)
    with keras.override_rule("sigmoid", lambda node, dy, grads: [dy * 7]):
        assert explain(lambda: ops.sigmoid(w).sum()).gradient("w").tolist() == [7.0, 7.0]


def test_a_long_chain_does_not_recurse():
    w = Tensor(1.0, requires_grad=True)
    y = w
    for _ in range(1500):
        y = y + 1
    assert len(explain(y, check=False).to_dict()["edges"]) == 1500


def test_a_hook_of_the_users_own_goes_on_afterwards():
    class Count:
        calls = edges = 0

        def forward(self, node, output):
            self.calls += 1

        def backward(self, *edge):
            self.edges += 1

    w, hook = Tensor(2.0, requires_grad=True), Count()
    with trace(hook):
        explain(w * w)
        calls = hook.calls
        (w * w).backward()
    assert (hook.calls, hook.edges) == (calls + 1, 2)


def test_every_gradient_is_checked_unless_told_otherwise(xor):
    d = xor.to_dict()
    with_gradient = {t["id"] for t in d["tensors"] if t["grad"] is not None}
    assert {check["tensor"] for check in d["checks"]} == with_gradient
    assert {check["verdict"] for check in d["checks"]} == {"agrees"} and d["faults"]
    assert "check of dW1: agrees (4 of 4 numbers). " in str(xor)
    w = Tensor(2.0, requires_grad=True)
    d = explain(w * w, check=False).to_dict()
    assert d["checks"] == [] and d["faults"] == []


def test_a_wrong_rule_is_found_out():
    w = Tensor([1.0, 2.0], requires_grad=True)
    with keras.override_rule("sigmoid", lambda node, dy, grads: [dy * 7]):
        text = str(explain(lambda: ops.sigmoid(w).sum()))
    assert "check of dw: DISAGREES" in text


# ---- names and sources ---------------------------------------------------------------------


def test_names_are_those_of_the_python_that_computes():
    weights = Tensor([[1.0], [2.0]], requires_grad=True)
    data = np.array([[1.0, 2.0], [3.0, 4.0]])

    def loss():
        z = data @ weights
        return (z * z).mean()

    tensors = by_name(explain(loss))
    assert set(tensors) == {"data", "weights", "z", "v1", "v2", "L"}
    assert tensors["data"]["role"] == "input" and tensors["weights"]["role"] == "weight"


def test_variables_and_named_tensors_keep_their_names():
    w = Variable([1.0], name="slope")
    t = Tensor([3.0])
    t.name = "target"
    assert {"slope", "target"} <= set(by_name(explain(((w - t) ** 2).sum())))


def test_equal_names_are_told_apart():
    w = Tensor([1.0, 2.0], requires_grad=True)

    def loss():
        y = w
        y = y + 1
        y = y * 2
        return (y * y).sum()

    names = by_name(explain(loss))
    assert len(names) == len(explain(loss).to_dict()["tensors"])
    assert {"w", "y", "y_2"} <= set(names)


def test_the_line_of_source_of_each_call():
    w = Tensor([1.0, 2.0], requires_grad=True)

    def loss():
        square = w * w
        return square.sum()

    sources = [n["source"] for n in explain(loss).to_dict()["nodes"]]
    assert [s["text"] for s in sources] == ["square = w * w", "return square.sum()"]
    assert {s["file"] for s in sources} == {"test_explain.py"}
    assert sources[1]["line"] == sources[0]["line"] + 1


def test_rows_of_the_first_operand_are_the_samples():
    x, w = Tensor(np.ones((5, 3))), Tensor(np.ones((3, 2)), requires_grad=True)
    d = explain(((x @ w) ** 2).sum(axis=1).mean()).to_dict()
    assert d["batch"] == 5 and len(d["samples"]) == 5
    assert [t["batched"] for t in d["tensors"] if t["made_by"] is not None] == [
        True, True, True, False]
    assert explain(ops.sum(w * 2)).to_dict()["batch"] is None


def test_rows_of_a_gram_matrix_are_no_samples():
    x, w = Tensor(np.eye(3) + 1), Tensor(np.ones((3, 1)), requires_grad=True)
    d = explain(lambda: ((x @ w).mean() + ((x @ w).T @ x).sum() + ((w @ w.T) @ x).sum())).to_dict()
    assert d["batch"] == 3
    products = [t for t in d["tensors"] if t["made_by"] is not None
                and d["nodes"][t["made_by"]]["op"] == "matmul"]
    assert [(t["shape"], t["batched"]) for t in products] == [
        ([3, 1], True), ([3, 1], True), ([1, 3], False), ([3, 3], False), ([3, 3], False)]


def test_text_of_each_kind_of_step(xor):
    kinds = {step["kind"]: step for step in xor.steps}
    assert set(kinds) == {"forward", "loss", "seed", "rule", "multiply", "accumulate", "update",
                          "done"}
    assert kinds["seed"]["title"] == "dL/dL = 1"
    assert kinds["done"]["title"].startswith("loss after this step: 0.30")
    assert kinds["accumulate"]["text"] == (
        "db1 was – (not computed yet), now it is this contribution")


# ---- errors --------------------------------------------------------------------------------


@pytest.mark.parametrize(("loss", "error", "words"), [
    (1.0, TypeError, "lose the recorded graph"),
    (np.ones(3), TypeError, "got a ndarray"),
    (Tensor([1.0, 2.0], requires_grad=True) * 2, ValueError, "shape (2,): reduce it first"),
    (Tensor(1.0), RuntimeError, "needs none"),
    (lambda: None, TypeError, "the function '<lambda>' returned a NoneType"),
    (keras.Sequential(name="m"), TypeError, "model.explain(x, y)"),
])
def test_errors_say_what_to_do(loss, error, words):
    with pytest.raises(error, match=re.escape(words)):
        explain(loss)


def test_data_beside_a_loss_or_a_model():
    with pytest.raises(TypeError, match=r"its own method: model.explain\(x, y\)"):
        keras.explain(keras.Sequential(name="m"), [[1.0]], [1.0])
    with pytest.raises(TypeError, match=r"got 3 things: explain\(lambda: loss_of\(x, y\)\)"):
        keras.explain(lambda x, y: x + y, 1.0, 2.0)


def test_values_changed_in_place():
    w = Tensor([1.0, 2.0], requires_grad=True)
    loss = (w * w).sum()
    w.data = [5.0, 6.0]
    with pytest.raises(RuntimeError, match="changed in place since: run forward again"):
        explain(loss)
    assert w.grad is None


def test_no_grad():
    w = Tensor([1.0, 2.0], requires_grad=True)
    with no_grad(), pytest.raises(RuntimeError, match=r"inside no_grad\(\)"):
        explain(lambda: (w * w).sum())


def test_a_gradient_of_a_name_that_is_not_there(xor):
    with pytest.raises(KeyError, match="did you mean 'W1'.*There are x, W1"):
        xor.gradient("W11")
    assert xor.gradient("W1") is xor.gradient("hidden/kernel")


# ---- the page ------------------------------------------------------------------------------


def test_repr(xor):
    assert repr(xor) == ("<Explanation of 'One training step of "
                         f"{xor.to_dict()['model']}': 4 calls, 7 backward edges, loss 0.306>")


def test_saving(xor, tmp_path):
    path = xor.save(tmp_path / "step")
    assert path == tmp_path / "step.html"
    assert path.read_text(encoding="utf-8") == xor.to_html()
    first = path.read_bytes()
    assert xor.save(str(path)) == path and path.read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == ["step.html"]


def test_saving_under_other_names(xor, tmp_path):
    with pytest.raises(ValueError, match=r"ends in \.html, got 'step\.png'"):
        xor.save(tmp_path / "step.png")
    with pytest.raises(FileNotFoundError, match="There is no directory"):
        xor.save(tmp_path / "not" / "there.html")


def test_a_crash_while_saving_leaves_the_old_page(xor, tmp_path, monkeypatch):
    path = tmp_path / "step.html"
    path.write_text("old")
    monkeypatch.setattr("os.replace", lambda *names: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        xor.save(path)
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["step.html"]


def test_opening(xor, monkeypatch, tmp_path):
    opened = []
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("webbrowser.open", opened.append)
    path = xor.open()
    assert opened == [path.as_uri()] and path.read_text(encoding="utf-8") == xor.to_html()
    assert path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO) == 0     # nobody else reads it


def test_in_a_notebook(xor):
    frame = xor._repr_html_()
    assert frame.startswith('<iframe sandbox="allow-scripts"')
    inside = re.fullmatch(r'<iframe [^>"]*(?:"[^"]*"[^>"]*)*srcdoc="([^"]*)"></iframe>', frame)
    assert html.unescape(inside[1]) == xor.to_html()


def test_a_name_full_of_markup_stays_text():
    w = Variable([1.0], name="</script><img onerror=alert(1)>")
    ex = explain((w * 2).sum(), title='"><script>')
    assert "<img onerror" not in ex.to_html() and "<img onerror" in str(ex)
    assert '"><script>' not in ex._repr_html_()


def test_the_same_pass_gives_the_same_bytes():
    def page():
        keras.set_random_seed(1)
        model = keras.Sequential([keras.Input((3,)), layers.Dense(2, "relu", name="a"),
                                  layers.Dropout(0.5, name="b")], name="m")
        model.compile("adam", "mse")
        return model.explain(np.ones((2, 3)), np.ones((2, 2))).to_html()

    assert page() == page()
