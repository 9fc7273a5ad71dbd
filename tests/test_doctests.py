"""The examples in docstrings and in README run and print what they say."""

import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import autograd_mlp

README = Path(__file__).resolve().parents[1] / "README.md"
MODULES = ["autograd_mlp", *(m.name for m in pkgutil.walk_packages(autograd_mlp.__path__,
                                                                   "autograd_mlp."))]


@pytest.mark.parametrize("name", [m for m in MODULES if "_kernels_" not in m])
def test_docstrings(name):
    module = importlib.import_module(name)
    autograd_mlp.backend.clear_session()
    tests = {id(t.docstring): t for t in doctest.DocTestFinder().find(module) if t.examples}
    for test in tests.values():
        result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test)
        assert result.failed == 0, test.name


def test_docstrings_of_the_engine_are_found():
    import autograd_mlp._engine as engine
    found = doctest.DocTestFinder().find(engine)
    assert sum(bool(test.examples) for test in found) >= 8


def blocks():
    """(code, output shown under it) of every Python block in README."""
    text = README.read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", text, flags=re.S)


@pytest.mark.parametrize("number", range(len(blocks())))
def test_readme(number):
    code, output = blocks()[number]
    result = subprocess.run([sys.executable, "-X", "utf8", "-c", code], capture_output=True,
                            text=True, encoding="utf-8", timeout=120)
    same = doctest.OutputChecker().check_output(output, result.stdout, doctest.ELLIPSIS)
    assert same, result.stdout + result.stderr


def test_readme_has_blocks():
    assert len(blocks()) == README.read_text(encoding="utf-8").count("```python") >= 2
