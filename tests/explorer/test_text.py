"""print(ex): the whole story, in the order in which it happens, for eyes and screen readers."""

import re
from pathlib import Path

import numpy as np

from autograd_mlp import Tensor, explain, ops
from autograd_mlp.explorer import numbers
from autograd_mlp.explorer.examples import explain_example

XOR = Path(__file__).with_name("xor.txt")


def test_xor_reads_as_it_did():
    """The text of the first step of XOR, whole: look at the difference before renewing it with
    ``python -m autograd_mlp explain xor --text --epochs 0 > tests/explorer/xor.txt``."""
    text = str(explain_example("xor", 0)[0]) + "\n"
    assert rounding_aside(text) == rounding_aside(XOR.read_text(encoding="utf-8"))


def rounding_aside(text):
    """The text without by how much differences are off: that is round-off, not promised."""
    return re.sub(r"(largest difference is|where rounding allows) \S+", r"\1 …", text)


def test_the_same_text_again():
    first, second = (str(explain_example("xor", 3)[0]) for _ in range(2))
    assert first == second


def test_every_tensor_and_every_step_is_told():
    ex = explain_example("xor", 0)[0]
    text, d = str(ex), ex.to_dict()
    for tensor in d["tensors"]:
        assert f"{tensor['name']} " in text
    for edge in d["edges"]:
        assert f"contribution to d{d['tensors'][edge['to']]['name']}" in text
    for step in d["steps"]:
        if step["kind"] in ("forward", "loss", "seed", "rule", "done"):
            assert step["text"] in text


def test_what_is_added_up_is_shown_before_and_after():
    w = Tensor(3.0, requires_grad=True)
    lines = str(explain(lambda: w * w)).splitlines()
    at = next(i for i, line in enumerate(lines) if "dw before" in line)
    assert lines[at:at + 2] == ["    dw before = 3", "    dw += contribution, is = 6"]
    assert "    dw was – (not computed yet), now it is this contribution" in lines[:at]


def test_large_arrays_are_abbreviated_and_constant_ones_named():
    x = Tensor(np.arange(400.0).reshape(20, 20), requires_grad=True)
    text = str(explain(lambda: ops.sum(x * 2)))
    assert "[  0   1   2  … ]" in text
    assert "(400 numbers from 0 to 399, mean 199.5)" in text
    assert "contribution to dx = 2 everywhere" in text
    assert max(map(len, text.splitlines())) < 150


def test_nan_and_infinity_are_named():
    x = Tensor([0.0, -1.0, 2.0], requires_grad=True)
    text = str(explain(lambda: ops.sum(ops.log(x))))
    assert "[ −∞  NaN  0.6931 ]" in text
    assert "× local = [ ∞  −1  0.5 ]" in text


def test_numbers_have_four_digits_and_a_true_minus():
    written = [numbers.text(x) for x in (
        0.12345, -2.5, 9999.5, 99994.0, 1e-5, 0.0001, -1e10, 1e300, 5e-324, -0.0, 1.0, 7)]
    assert written == ["0.1235", "−2.5", "1e+04", "9.999e+04", "1e−05", "0.0001", "−1e+10",
                       "1e+300", "4.941e−324", "0", "1", "7"]


def test_numbers_agree_with_c_formatting_but_for_ties():
    rng = np.random.default_rng(0)
    for x in np.concatenate([rng.normal(size=500), 10 ** rng.uniform(-20, 20, 500)]):
        assert numbers.text(x).replace("−", "-") == f"{x:.4g}"


def test_ties_go_away_from_zero():
    assert numbers.text(1.00050048828125) == "1.001"
    assert numbers.text(0.000122070312, 2) == "0.00012"
    assert [numbers.text(x, 1) for x in (0.125, 2.5, -2.5)] == ["0.1", "3", "−3"]
