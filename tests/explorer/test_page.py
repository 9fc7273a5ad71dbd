"""The page as a file: packing, policy, what it shows of numbers."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from autograd_mlp.explorer import page

from .conftest import pima_document

ROOT = Path(__file__).resolve().parents[2]


def tiny(**more):
    """A document of one tensor that is the loss and was made by nothing."""
    tensor = {"id": 0, "name": "L", "long_name": "L", "role": "loss", "layer": None, "shape": [],
              "batched": False, "requires_grad": True, "value": np.array(2.0),
              "grad": np.array(1.0), "made_by": None, "used_by": []}
    step = {"kind": "seed", "node": None, "edge": None, "update": None, "title": "Seed",
            "text": "The backward pass starts"}
    return {"format": 1, "title": "tiny", "model": None, "dtype": "float64", "batch": None,
            "samples": [], "tensors": [tensor], "nodes": [], "layers": [], "edges": [],
            "updates": [], "loss": 2.0, "loss_after": None, "steps": [step], "checks": [],
            "faults": [], "replay": None, **more}


ARRAYS = [np.array([0.1, -0.0, 5e-324, 1.7e308, np.inf, -np.inf, np.nan]),
          np.array([[1e-45, 0.1, -3.4e38]], "float32"), np.arange(-2, 4).reshape(3, 2),
          np.array([True, False]), np.float32(0.1), np.zeros((0, 3)),
          np.linspace(-1e-9, 1e-9, 5000).reshape(50, 100) ** 3,
          np.random.default_rng(0).normal(size=(300, 400)).astype("float32")]


def test_arrays_arrive_in_the_browser_as_packed_value_says(open_page):
    window = open_page(page.html(tiny(probes=[np.asarray(array) for array in ARRAYS])))
    for k, array in enumerate(ARRAYS):
        shown = page.packed_value(array, room=page.ROOMS[0][1])
        shape, stored, text = window.evaluate("""(k) => {
            const { data, shape, stored } = doc.probes[k];
            return [shape, stored, Array.from(data, (x) => Object.is(x, -0) ? "-0.0" :
                String(x).replace("Infinity", "inf").replace("NaN", "nan"))];
        }""", k)
        assert [shape, stored] == [list(np.shape(array)), [1, *shown.shape][-1]]
        assert np.array_equal(np.array(text, "f8"), shown.ravel(), equal_nan=True)


def test_large_arrays_keep_three_digits_however_small_they_are():
    values = np.random.default_rng(0).normal(size=(80, 80)) * 1e-12
    assert np.allclose(page.packed_value(values), values, rtol=2**-11, atol=0)
    assert not np.allclose(values.astype("float16"), values, rtol=2**-11, atol=0)


def test_the_same_document_gives_the_same_bytes():
    assert page.html(tiny()) == page.html(tiny())


def test_nothing_can_be_fetched(open_page):
    window = open_page(page.html(tiny()))
    blocked = window.evaluate("""() => new Promise((done) => {
        addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective));
        new Image().src = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";
    })""")
    assert blocked == "img-src"
    assert "Content Security Policy" in open_page.complaints.pop()


def test_no_two_scripts_declare_the_same_name():
    declared = [name for script in page.SCRIPTS for name in re.findall(
        r"^(?:async )?(?:const|let|function|class) (\w+)", page._source(script), flags=re.M)]
    assert len(declared) > 50
    assert sorted({name for name in declared if declared.count(name) > 1}) == []


@pytest.mark.parametrize(("name", "most"), [("xor", 100_000), ("pima", 250_000),
                                            ("mnist", 1_000_000)])
def test_pages_stay_small(request, name, most):
    size = len(page.html(request.getfixturevalue(name)).encode())
    print(f"{name}: {size:,} bytes")
    assert size <= most


def test_the_largest_batch_stays_small():
    assert len(page.html(pima_document(rows=512)).encode()) <= 1_000_000


def test_two_processes_write_the_same_bytes():
    code = ("import hashlib; from tests.explorer.conftest import xor_document; "
            "from autograd_mlp.explorer import page; "
            "print(hashlib.sha256(page.html(xor_document()).encode()).hexdigest())")
    digests = {subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                              check=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed,
                                                         "PYTHONPATH": str(ROOT)}).stdout
               for seed in ("1", "2")}
    assert len(digests) == 1


def test_a_layer_of_512_units_says_how_many_are_stored(open_page, mnist):
    weights = next(t for t in mnist["tensors"] if t["name"] == "W1")
    wide = {**weights, "shape": [784, 512],
            "value": np.random.default_rng(3).normal(size=(784, 512)).astype("float32")}
    tensors = [wide if t is weights else t for t in mnist["tensors"]]
    window = open_page(page.html({**mnist, "tensors": tensors}))
    stored = page.packed_value(wide["value"]).shape[1]
    assert 64 <= stored < 512
    window.evaluate("(step) => goTo(step)", next(
        k for k, step in enumerate(mnist["steps"]) if step["kind"] == "multiply"
        and mnist["edges"][step["edge"]]["to"] == weights["id"]))
    assert window.evaluate("(id) => doc.tensors[id].value.stored", weights["id"]) == stored


def test_the_wheel_holds_the_files_of_the_page():
    names = {page.STYLE, *page.PANEL_STYLES, *page.SCRIPTS, page.LOADER}
    assert names <= {file.name for file in page.FOLDER.iterdir()}
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert "explorer/page/*" in settings["package-data"]["autograd_mlp"]
