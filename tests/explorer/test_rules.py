"""The rule reference: every operation, links to real lines, a page that asks for nothing."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from autograd_mlp import cli
from autograd_mlp.explorer import rules
from autograd_mlp.ops import OPS

XHTML = "{http://www.w3.org/1999/xhtml}"
MATH = "{http://www.w3.org/1998/Math/MathML}"


@pytest.fixture(scope="module")
def page():
    return rules.html()


@pytest.fixture(scope="module")
def tree(page):
    return ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>\n"))


def source_lines(place):
    path = rules.ROOT / place.file
    assert path.is_file()
    return path.read_text(encoding="utf-8").split("\n")


@pytest.fixture
def sources():
    if not (rules.ROOT / "csrc").is_dir():
        pytest.skip("the compiled sources are not beside the package")


# ---- places ------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", OPS)
def test_the_entry_stands_where_the_reference_says(name, sources):
    place = rules.places(OPS[name])[0]
    line = source_lines(place)[place.first - 1]
    assert line.startswith(("@", f"{name} = ")), line
    assert place.text.split("\n")[0] == line
    assert f"def {name}(" in place.text or f'"{name}"' in place.text


@pytest.mark.parametrize("name", [name for name in OPS if OPS[name].rule is None])
def test_a_compiled_entry_leads_to_what_it_runs(name, sources):
    entry = OPS[name]
    _, *compiled = rules.places(entry)
    for place in compiled:
        line = source_lines(place)[place.first - 1]
        assert line.startswith("cdef ") and place.text.startswith(line)
    if any(entry.differentiable):
        assert {"forward", "backward"} <= {place.role for place in compiled}


def test_the_right_functions_are_found(sources):
    def functions(name):
        return [re.search(r"(\w+)\(", place.text)[1] for place in rules.places(OPS[name])[1:]]

    assert functions("sigmoid") == ["sigmoid", "sigmoid_grad"]
    assert functions("multiply") == ["times", "times_grad_u", "times_grad_v"]
    assert functions("mean_squared_error") == ["squared_error", "squared_error_grad"]
    assert functions("matmul") == ["matmul_forward", "matmul_backward"]
    assert "dense_backward" in functions("dense")


# ---- the text ----------------------------------------------------------------------------------

def test_the_text_has_every_operation_with_its_rule():
    listed = rules.text()
    for name, entry in OPS.items():
        assert re.search(rf"^  {name} +{re.escape(rules.parts(entry.formula)[0])}$", listed, re.M)
    assert listed.count("none: no gradient flows") == sum(
        not any(entry.differentiable) for entry in OPS.values())


def test_a_card_tells_all_that_the_entry_knows():
    card = rules.text(["relu"])
    assert card.startswith("relu(x, negative_slope=0.0, max_value=None, threshold=0.0)\n"
                           "  y = max(x, 0)\n  dx = dy where x > 0, else 0\n")
    assert "kinks     at 0" in card
    assert "At `threshold` and below it is" in card
    assert re.search(r"entry     csrc/ops/activations\.pxi:\d+", card)
    assert "defined   0 … ∞" in rules.text(["log"])


# ---- the page ----------------------------------------------------------------------------------

def test_the_page_has_an_article_for_every_operation(tree):
    articles = {article.get("id"): article for article in tree.iter(XHTML + "article")}
    assert articles.keys() == OPS.keys()
    for name, entry in OPS.items():
        formulas = [math.get("aria-label") for math in articles[name].iter(MATH + "math")]
        assert formulas == [entry.formula, *[entry.vjp] * any(entry.differentiable)]


def test_every_link_of_the_page_leads_somewhere(tree):
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    links = [link.get("href") for link in tree.iter(XHTML + "a")]
    assert len(links) > len(OPS)
    assert {link.removeprefix("#") for link in links} <= {*ids}


def test_the_page_shows_the_code_with_its_lines(tree, sources):
    (article,) = (a for a in tree.iter(XHTML + "article") if a.get("id") == "sigmoid")
    code = ["".join(pre.itertext()) for pre in article.iter(XHTML + "pre")]
    assert "def sigmoid(x):" in code[0]
    assert "sigmoid_dx" in code[2]
    place = rules.places(OPS["sigmoid"])[0]
    assert code[0].startswith(f"{place.first:4}  {source_lines(place)[place.first - 1]}")


def test_the_page_asks_for_nothing(page, tree):
    assert "default-src 'none'" in page
    assert not [tag for tag in ("script", "link", "img", "iframe")
                if next(tree.iter(XHTML + tag), None) is not None]
    assert "url(" not in page and "@import" not in page
    assert rules.html() == page


def test_without_the_compiled_sources_the_place_is_still_named(monkeypatch):
    monkeypatch.setattr(rules, "_lines", lambda file: ())
    (place,) = rules.places(OPS["sigmoid"])
    assert place.file == "csrc/ops/activations.pxi" and place.text is None
    assert "of the source" in rules.html(["sigmoid"])


def test_the_page_fits_a_small_screen(page, open_page):
    shown = open_page(page, width=360, ready="main")
    assert shown.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("width", [1280, 360])
def test_the_page_can_be_read_by_all(open_page, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    shown = open_page(rules.html(["log", "relu", "dense", "batch_norm", "where", "equal"]),
                      width=width, ready="main")
    assert axe.Axe().run(shown).violations_count == 0


# ---- the command line --------------------------------------------------------------------------

def test_the_command_prints_and_writes(tmp_path, capsys):
    cli.main(["rules", "tanh"])
    assert capsys.readouterr().out == rules.text(["tanh"]) + "\n"
    file = tmp_path / "rules.html"
    cli.main(["rules", "--html", str(file)])
    assert capsys.readouterr().out.startswith(f"{len(OPS)} operations: {file} (")
    assert file.read_text(encoding="utf-8") == rules.html()


@pytest.mark.parametrize("arguments, said", [
    (["sigmod"], "there is no operation 'sigmod'; did you mean 'sigmoid'?"),
    (["dens", "exp", "softmx"],
     "autograd_mlp: there is no operation 'dens'; did you mean 'dense'?\n"
     "autograd_mlp: there is no operation 'softmx'; did you mean 'softmax'?\n"),
    (["adam"], "there is no operation 'adam': it is an optimizer, which only uses gradients; its "
               "formula is in help(autograd_mlp.optimizers.Adam)\n"),
    (["--html"], "--html needs the name of the file"),
    (["--html", "/nowhere/rules.html"], "can't write '/nowhere/rules.html'"),
])
def test_the_command_says_what_is_wrong(arguments, said, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["rules", *arguments])
    assert end.value.code == 2
    assert said in capsys.readouterr().err
