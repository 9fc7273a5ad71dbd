"""An operation's entry read for people: letters, each input's part of the rule, shapes."""

import re

import numpy as np
import pytest

from autograd_mlp import Tensor, ops
from autograd_mlp.explorer import reading
from autograd_mlp.ops import OPS


class FakeNode:
    """What of a node `reading` looks at."""

    def __init__(self, op, **arguments):
        self.op, self.arguments = op, arguments
        self.inputs = [None] * max(len(op.differentiable), 1)


@pytest.mark.parametrize("name", OPS)
def test_every_input_has_a_letter_of_its_own(name):
    node = FakeNode(OPS[name])
    letters = reading.letters_of(node)
    assert len(letters) == len(node.inputs) == len(set(letters))
    assert all(re.fullmatch(r"\S+", letter) for letter in letters)


@pytest.mark.parametrize("name", [name for name, op in OPS.items() if any(op.differentiable)])
def test_every_part_of_the_rule_is_somebodys(name):
    """Nothing of the entry's text gets lost: each equation is a rule or what a rule needs."""
    op = OPS[name]
    node = FakeNode(op)
    letters = reading.letters_of(node)
    told = ""
    for letter, wanted in zip(letters, op.differentiable, strict=True):
        if wanted:
            rule, where = reading.rule_for(node, letter)
            assert rule
            told += f"{rule}\n{where}\n"
    for _, equation in reading.parts_of(reading.vjp_of(node)):
        assert equation in told


@pytest.mark.parametrize(("name", "letters", "rules"), [
    ("dense", ["x", "W", "b"], ["dx = dz·Wᵀ", "dW = xᵀ·dz", "db = Σ dz over the batch"]),
    ("matmul", ["A", "B"], ["dA = dY·Bᵀ", "dB = Aᵀ·dY"]),
    ("power", ["u", "v"], ["du = dy · v·uᵛ⁻¹", "dv = dy · y·ln u"]),
    ("batch_norm", ["x", "γ", "β"], [None, "dγ = Σ dy·x̂", "dβ = Σ dy"]),
    ("mean_squared_error", ["t", "p"], [None, "dp = dℓ · 2(p − t) / C"]),
    ("sparse_categorical_crossentropy", ["label", "p"], [None, None]),
    ("where", ["condition", "u", "v"], [None, None, None]),
    ("gather", ["x", "index"], ["dx[indexᵢ] += dyᵢ", None]),
])
def test_letters_and_rules(name, letters, rules):
    node = FakeNode(OPS[name])
    assert reading.letters_of(node) == letters
    for letter, rule in zip(letters, rules, strict=True):
        if rule is not None:
            assert reading.rule_for(node, letter)[0] == rule


def test_shorthands_come_with_the_rules_that_use_them():
    dense, norm = FakeNode(OPS["dense"]), FakeNode(OPS["batch_norm"])
    assert reading.rule_for(dense, "W")[1] == "dz = dy · f′(z)"
    assert reading.rule_for(norm, "γ")[1] == "x̂ = (x − μ)/√(σ² + ε)"
    assert reading.rule_for(norm, "β")[1] == ""


def test_dz_of_a_dense_layer_is_its_activations():
    assert reading.activation_rule("sigmoid") == ("dz = dy · y·(1 − y)", False)
    assert reading.activation_rule("relu") == ("dz = dy where z > 0, else 0", False)
    assert reading.activation_rule("linear") is None
    softmax = FakeNode(OPS["dense"], activation="softmax")
    assert reading.rule_for(softmax, "W")[1] == "dz = y · (dy − Σⱼ dyⱼ·yⱼ)"


def test_losses_from_logits_have_the_other_rule():
    for name in ("binary_crossentropy", "categorical_crossentropy"):
        node = FakeNode(OPS[name], from_logits=True)
        assert reading.letters_of(node) == ["t", "z"]
        assert reading.rule_for(node, "z")[0].startswith("dz = dℓ · (s")
        assert "logits" not in reading.vjp_of(node)
        assert reading.letters_of(FakeNode(OPS[name], from_logits=False)) == ["t", "p"]


def test_a_sequence_has_numbered_letters():
    y = ops.concatenate([Tensor(np.ones(2), requires_grad=True), Tensor(np.ones(3))])
    assert reading.letters_of(y.node) == ["x₁", "x₂"]
    assert reading.rule_for(y.node, "x₂")[0] == "dxᵢ = its part of dy"


def test_the_state_of_random_numbers_is_no_operand_of_the_formula():
    y = ops.dropout(Tensor(np.ones((2, 3)), requires_grad=True), 0.5)
    assert reading.letters_of(y.node) == ["x", "seed"]
    assert reading.forward_shapes(y.node, y) == "[2×3] → [2×3]"


def test_shapes_of_a_dense_call():
    x, w = Tensor(np.ones((4, 2))), Tensor(np.ones((2, 8)), requires_grad=True)
    b = Tensor(np.ones(8))
    y = ops.dense(x, w, b, activation="tanh")
    assert reading.forward_shapes(y.node, y) == "[4×2]·[2×8] + [8] → [4×8]"
    assert [reading.backward_shapes(y.node, y, i) for i in range(3)] == [
        "[4×8]·[2×8]ᵀ → [4×2]", "[4×2]ᵀ·[4×8] → [2×8]", "Σ [4×8] over the batch → [8]"]
    y = ops.dense(x, w)
    assert reading.forward_shapes(y.node, y) == "[4×2]·[2×8] → [4×8]"


def test_names_take_the_place_of_letters_but_not_within_words():
    names = {"x": "y", "y": "x", "max": "no", "W": "W1"}
    assert reading.with_names("y = max(x, 0)", {"x": "y", "y": "x"}) == "x = max(y, 0)"
    assert reading.with_names("dW = xᵀ·dz", names) == "dW1 = yᵀ·dz"
    assert reading.with_names("dx = dy · (x̂ + x_min)", {"x": "H", "y": "Z"}) == (
        "dH = dZ · (x̂ + x_min)")
    assert reading.with_names("dv = dy · v·uᵛ⁻¹", {"u": "a", "v": "n", "y": "p"}) == (
        "dn = dp · n·a^(n−1)")
