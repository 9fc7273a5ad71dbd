"""``autograd_mlp explain``: pages and text of the examples, and what is said of mistakes."""

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from autograd_mlp import cli, datasets
from autograd_mlp.explorer import examples


def has(dataset):
    try:
        dataset.load_data()
    except Exception:
        return False
    return True


def test_a_page_of_xor(tmp_path, capsys):
    file = tmp_path / "step.html"
    cli.main(["explain", "xor", "-o", str(file), "--epochs", "2"])
    kilobytes = f"{file.stat().st_size / 1000:.0f} kB"
    assert capsys.readouterr().out == f"xor after 2 epochs: {file} ({kilobytes})\n"
    assert "one training step after 2 epochs" in file.read_text()
    assert file.stat().st_size < 100_000


def test_one_epoch_is_no_epochs(tmp_path, capsys):
    cli.main(["explain", "xor", "-o", str(tmp_path / "step.html"), "--epochs", "1"])
    assert capsys.readouterr().out.startswith("xor after 1 epoch: ")


def test_text_of_xor_and_no_file(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cli.main(["explain", "xor", "--text", "--epochs", "0"])
    text = capsys.readouterr().out
    assert text.startswith("Exclusive or: one training step after 0 epochs\n")
    assert "loss after this step: " in text
    assert list(tmp_path.iterdir()) == []


def test_the_page_goes_beside_by_default_and_opens(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    cli.main(["explain", "xor", "--epochs", "0", "--open"])
    assert opened == [(tmp_path / "xor.html").as_uri()]


@pytest.mark.parametrize(("name", "dataset", "limit"), [
    ("pima", datasets.pima_indians, 250_000), ("mnist", datasets.mnist, 1_000_000)])
def test_the_examples_with_data(name, dataset, limit, tmp_path, capsys):
    if not has(dataset):
        pytest.skip("the data is not on this machine")
    file = tmp_path / f"{name}.html"
    cli.main(["explain", name, "-o", str(file), "--epochs", "0"])
    assert file.stat().st_size < limit


def test_training_goes_before():
    first, trained = (examples.explain_example("xor", epochs)[0] for epochs in (0, 50))
    assert first.to_dict()["updates"][0]["step"] == 1
    assert trained.to_dict()["updates"][0]["step"] == 50 * 4 + 1
    assert examples.explain_example("xor", 50)[0].loss == trained.loss
    assert first.to_dict()["replay"] is None        # nothing was trained
    assert trained.to_dict()["replay"]["runs"][0]["epochs"][-1] == 50


@pytest.mark.parametrize(("arguments", "status", "words"), [
    (["xro"], 2, "there is no example 'xro'; did you mean 'xor'?"),
    ([], 2, "the following arguments are required: example"),
    (["xor", "--epochs", "-1"], 2, "--epochs must be 0 or more, got -1"),
    (["xor", "--epochs", "many"], 2, "invalid int value: 'many'"),
    (["xor", "-o", "no/such/folder/x.html", "--epochs", "0"], 1, "There is no directory"),
    (["xor", "-o", "x.png", "--epochs", "0"], 1, "a name that ends in .html"),
])
def test_mistakes_on_the_command_line(arguments, status, words, capsys):
    with pytest.raises(SystemExit) as exit:
        cli.main(["explain", *arguments])
    assert exit.value.code == status
    assert words in capsys.readouterr().err


def test_the_command_is_installed_under_the_package_s_name():
    found = [e for e in entry_points(group="console_scripts") if e.name == "autograd_mlp"]
    if not found:
        pytest.skip("run from a checkout that is not installed")
    assert found[0].load() is cli.main


def test_as_a_module():
    done = subprocess.run([sys.executable, "-m", "autograd_mlp", "explain", "--help"],
                          capture_output=True, text=True, check=True)
    assert done.stdout.startswith("usage: autograd_mlp explain")
