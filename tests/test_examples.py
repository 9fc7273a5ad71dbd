"""Every script in examples/ runs to its end, prints what it promises and draws its picture."""

import ast
import doctest
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import autograd_mlp

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
# The scripts are to import the library that this test imported, installed or not.
LIBRARY = str(Path(autograd_mlp.__file__).resolve().parents[1])
SCRIPTS = sorted(script.name for script in EXAMPLES.glob("*.py"))
LESSONS = [name for name in SCRIPTS if name.startswith("lesson_")]


def source(name):
    return (EXAMPLES / name).read_text(encoding="utf-8")


def run(name, folder, *arguments, first_on_path=()):
    """What the example prints when it runs in `folder`, where pictures go unless told."""
    path = [*first_on_path, LIBRARY, *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments], cwd=folder, timeout=300,
        capture_output=True, text=True, encoding="utf-8",
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path), "PYTHONIOENCODING": "utf-8",
                          "MPLBACKEND": "Agg",
                          # Same numbers as with more, which wait for each other on a busy machine.
                          "OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, f"{name} failed:\n{done.stdout}{done.stderr}"
    assert done.stderr == "", f"{name} wrote to stderr:\n{done.stderr}"
    return done.stdout


def run_and_look(name, folder):
    """What the example prints, after a look at its picture."""
    pytest.importorskip("matplotlib", reason="drawing needs matplotlib (extra: plot)")
    printed = run(name, folder, str(folder))
    picture = folder / name.replace(".py", ".png")
    assert f"picture: {picture}" in printed
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 10_000
    return printed


def numbers(pattern, text):
    """The first groups of all matches, as floats."""
    return [float(found) for found in re.findall(pattern, text)]


def promised(docstring, heading):
    """The block that stands under the line `heading`: what is to be printed."""
    block = re.search(rf"{heading}\n\n((?:(?:    .*)?\n)+?)(?=\S|$)", docstring + "\n")
    assert block, f"there is no block under {heading!r}"
    return textwrap.dedent(block[1]).strip("\n") + "\n"


def assert_prints(printed, expected):
    """The same text; a line of three dots stands for any lines, as in doctests."""
    checker = doctest.OutputChecker()
    assert checker.check_output(expected, printed, doctest.ELLIPSIS), (
        f"promised:\n{expected}\nprinted:\n{printed}")


def test_the_pictures_are_small_shown_and_made_by_the_script():
    pictures = {file.name for file in (EXAMPLES / "pictures").glob("*.png")}
    texts = [(EXAMPLES.parent / "README.md"), EXAMPLES / "README.md"]
    shown = {Path(found).name for text in texts for found in
             re.findall(r"!\[[^]]+\]\(([\w/]+\.png)\)", text.read_text(encoding="utf-8"))}
    made = {f"{name}.png" for name in re.findall(r"\[(\w+)\]",
                                                 source("pictures/make.py").split('"""')[1])}
    assert pictures == shown == made
    assert all((EXAMPLES / "pictures" / name).stat().st_size <= 120_000 for name in pictures)


def test_every_example_is_tested():
    own = Path(__file__).read_text(encoding="utf-8")
    tested = set(re.findall(r'(?:run|look)\("(\w+\.py)"', own))
    assert tested == {*SCRIPTS} - {*LESSONS}


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_prints_the_numbers_in_its_docstring(name, tmp_path):
    docstring = ast.get_docstring(ast.parse(source(name)))
    for part in ("Aim: ", "Predict, before you run it:", "Run:", "See:", "Exercise.", "Hint:"):
        assert part in docstring, f"{name} lacks its part {part!r}"
    assert_prints(run(name, tmp_path), promised(docstring, "See:"))


@pytest.mark.parametrize("name", LESSONS)
def test_the_answer_prints_the_numbers_in_its_docstring(name, tmp_path):
    functions = {node.name: node for node in ast.parse(source(name)).body
                 if isinstance(node, ast.FunctionDef)}
    docstring = ast.get_docstring(functions["answer"])
    assert_prints(run(name, tmp_path, "--answer"),
                  promised(docstring, "The answer to the exercise; it prints"))


def test_the_broken_program_of_lesson_8_ends_badly(tmp_path):
    assert run(LESSONS[7], tmp_path, "--broken") == "loss 12.62\n"


@pytest.mark.parametrize("name", SCRIPTS)
def test_help_is_the_docstring_and_runs_nothing(name, tmp_path):
    docstring = ast.get_docstring(ast.parse(source(name)))
    assert "Predict" in docstring
    printed = run(name, tmp_path, "--help")
    assert docstring in printed
    assert not any(tmp_path.iterdir())


def test_xor(tmp_path):
    printed = run_and_look("xor.py", tmp_path)
    outputs = numbers(r"xor \d = ([\d.]+)", printed)
    assert outputs == pytest.approx([0, 1, 1, 0], abs=0.05)


def test_linear_regression(tmp_path):
    printed = run_and_look("linear_regression.py", tmp_path)
    assert numbers(r"error ([\d.]+)", printed)[0] < 0.001
    assert numbers(r"= ([\d.]+)\n", printed) == pytest.approx([11, 12, 13], abs=0.05)
    assert numbers(r"y = ([\d.]+)·x", printed) == pytest.approx([1], abs=0.01)


def test_pima(tmp_path, pima_home):
    printed = run_and_look("pima.py", tmp_path)
    assert numbers(r"accuracy ([\d.]+)", printed)[0] >= 0.75
    assert "guessing 0.651" in printed


def test_mnist(tmp_path, mnist_home):
    printed = run_and_look("mnist.py", tmp_path)
    softmax, rmsprop, legacy = numbers(r": test accuracy ([\d.]+)", printed)
    assert softmax >= 0.93
    assert rmsprop >= 0.955
    assert legacy >= 0.975


def test_batch_sizes(tmp_path):
    printed = run_and_look("batch_sizes.py", tmp_path)
    assert numbers(r"after (\d+) updates", printed) == [102_400, 3_200, 200]
    one, mini, full = numbers(r"loss ([\d.]+)", printed)
    assert mini == pytest.approx(0.41, abs=0.02)
    assert full == pytest.approx(0.56, abs=0.02)
    assert mini < one < 0.693       # it sways: its last value is anywhere between


@pytest.mark.parametrize("name", [name for name in LESSONS if "--picture" in source(name)])
def test_a_lesson_draws_its_picture(name, tmp_path):
    pytest.importorskip("matplotlib", reason="drawing needs matplotlib (extra: plot)")
    run(name, tmp_path, "--picture", "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", [name for name in LESSONS if "--page" in source(name)])
def test_a_lesson_writes_its_page(name, tmp_path):
    run(name, tmp_path, "--page", "page.html")
    assert "default-src 'none'" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_the_path_names_every_script_and_the_lessons_in_order():
    path = re.findall(r"(?m)^\| \[(\w+)\]\((\w+\.py)\)", source("README.md"))
    assert all(file == name + ".py" for name, file in path)
    assert sorted(file for _, file in path) == SCRIPTS
    assert [file for _, file in path if file in LESSONS] == LESSONS


@pytest.mark.parametrize("name, printed", [("linear_regression.py", "f(13) ="),
                                           ("xor.py", "1 xor 1 =")])
def test_without_matplotlib_an_example_trains_and_says_what_to_install(tmp_path, name, printed):
    (tmp_path / "matplotlib.py").write_text("raise ModuleNotFoundError(name='matplotlib')")
    said = run(name, tmp_path, first_on_path=[str(tmp_path)])
    assert printed in said
    assert 'pip install "autograd_mlp[plot]"' in said
    assert not list(tmp_path.glob("*.png"))
