"""What README and examples/README.md point at is there."""

import re
from pathlib import Path

import pytest

import autograd_mlp
from autograd_mlp import cli

ROOT = Path(__file__).resolve().parents[1]
TEXTS = ["README.md", "examples/README.md"]


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_to_files(name):
    links = re.findall(r"\]\(([^)\s]+)\)", text(name))
    assert links
    assert [link for link in links if not ((ROOT / name).parent / link).exists()] == []


@pytest.mark.parametrize("name", TEXTS)
def test_scripts_and_folders_named_in_commands_exist(name):
    scripts = re.findall(r"python (examples/[\w/]+\.py)", text(name))
    assert scripts
    assert [script for script in scripts if not (ROOT / script).is_file()] == []


def test_commands_are_known():
    commands = re.findall(r"python -m autograd_mlp (\w+)", text("README.md"))
    assert {"run", "explain", "rules", "versions"} <= set(commands) <= set(cli.COMMANDS)


def test_benchmarks_named_with_the_tables_exist():
    named = re.search(r"python -m tests\.benchmarks ([\w ]+)\n", text("README.md"))[1].split()
    listed = re.findall(r"^\| `(\w+)` \|", text("tests/benchmarks/README.md"), re.M)
    assert set(named) <= set(listed)


def right_column():
    """The code in the right column of the table for people from micrograd or PyTorch."""
    table = text("README.md").split("### From micrograd or PyTorch")[1].split("\n## ")[0]
    cells = re.findall(r"^\| .* \| (.*) \|$", table, re.M)[1:]
    return [code for cell in cells for code in re.findall(r"`([^`]+)`", cell)
            if not code.endswith(".py")]


@pytest.mark.parametrize("code", right_column())
def test_what_stands_beside_pytorch_runs(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {name: getattr(autograd_mlp, name) for name in
             ("Tensor", "explain", "gradcheck", "layers", "no_grad", "ops")}
    w = names["w"] = autograd_mlp.Tensor([[1.0, 2.0]], requires_grad=True)
    names |= {"loss": (w * w).sum(), "z": w, "labels": [1],
              "optimizer": autograd_mlp.optimizers.SGD(0.1)}
    assert w.grad is None
    names["loss"].backward()
    exec(code, names)
