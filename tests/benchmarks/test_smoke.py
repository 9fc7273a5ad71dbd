"""The benchmarks run; what they measure is for people to judge."""

import json
import math
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from autograd_mlp._engine import fma_peak

from .peers import PEERS, missing

REPOSITORY = Path(__file__).resolve().parents[2]
TABLES = ["training", "inference", "startup", "matmul", "activations", "eager", "growth",
          "threads", "progress"]
TWO_CORES = hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) > 1


def run(*arguments):
    return subprocess.run([sys.executable, "-m", "tests.benchmarks", "--quick", *arguments],
                          cwd=REPOSITORY, capture_output=True, text=True, encoding="utf-8",
                          timeout=300)


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    folder = tmp_path_factory.mktemp("benchmarks")
    picture = ["--picture", str(folder / "out.png")] if find_spec("matplotlib") else []
    done = run("--peers", "NumPy", "--json", str(folder / "out.json"), *picture)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, json.loads((folder / "out.json").read_text()), folder / "out.png"


def test_every_table_has_rows_of_finite_positive_numbers(everything):
    _, results, _ = everything
    assert list(results["tables"]) == TABLES
    for name, table in results["tables"].items():
        assert table["peak"] > 0
        assert table["rows"] or (name == "threads" and not TWO_CORES)
        for row in table["rows"]:
            # in a short run on a busy machine, nothing may be left to others
            least = 0 if row["row"].endswith("left to them") else math.ulp(0)
            for values in [*row["values"].values(), [row["median"][p] for p in row["values"]]]:
                assert values and all(math.isfinite(v) and v >= least for v in values), row


def test_ours_and_numpy_stand_in_every_row_they_should(everything):
    _, results, _ = everything
    for name in ("training", "inference", "startup", "activations", "eager", "growth"):
        for row in results["tables"][name]["rows"]:
            assert list(row["values"]) == ["autograd_mlp", "NumPy"], row
            best = row["median"]["NumPy"] / row["median"]["autograd_mlp"]
            assert row["times better than the best peer"] == pytest.approx(best)
            assert row["best peer"] == "NumPy"


def test_targets_are_scaled_to_the_core(everything):
    _, results, _ = everything
    training = results["tables"]["training"]
    w1 = training["rows"][0]
    assert w1["row"].startswith("W1") and w1["reach"] == 0.07
    assert w1["reach on this core"] == pytest.approx(0.07 * 268 / training["peak"])
    assert w1["reached"] == (w1["median"]["autograd_mlp"] <= w1["reach on this core"])


def test_what_is_printed_has_every_row(everything):
    printed, results, _ = everything
    for table in results["tables"].values():
        for row in table["rows"]:
            assert row["row"] in printed


def test_the_picture_is_a_png(everything):
    matplotlib_image = pytest.importorskip("matplotlib.image")
    picture = everything[2]
    assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    pixels = matplotlib_image.imread(picture)
    assert min(pixels.shape[:2]) > 300 and pixels.std() > 0


@pytest.mark.skipif("AUTOGRAD_MLP_LONG_TESTS" not in os.environ,
                    reason="compiling in Keras and JAX takes a minute: AUTOGRAD_MLP_LONG_TESTS=1")
@pytest.mark.parametrize("peer", [peer for peer in PEERS if PEERS[peer].needs])
def test_other_peers_train_alike_and_are_measured(peer, tmp_path):
    if missing(peer):
        pytest.skip(f"{peer} is not installed")
    out = tmp_path / "out.json"
    done = run("training", "inference", "--peers", peer, "--json", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    for table in json.loads(out.read_text())["tables"].values():
        assert all(peer in row["values"] for row in table["rows"])


def test_a_missing_peer_is_left_out_and_said_so():
    for peer in PEERS:
        if missing(peer):
            done = run("eager", "--peers", peer)
            assert done.returncode == 0 and f"without {peer}: " in done.stdout
            return
    pytest.skip("all peers are installed")


@pytest.mark.parametrize("arguments, message", [
    (["trainings"], "unknown table trainings"), (["--peers", "Theano"], "unknown peer Theano")])
def test_unknown_names_are_refused(arguments, message):
    done = run(*arguments)
    assert done.returncode == 2 and message in done.stderr


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_peak_counts_what_it_does(dtype):
    once, thrice = fma_peak(dtype, 1000), fma_peak(dtype, 3000)
    lanes = once // (2 * 12 * 1000)
    assert thrice == 3 * once == 3 * 2 * 12 * 1000 * lanes
    assert lanes * np.dtype(dtype).itemsize in (np.dtype(dtype).itemsize, 16, 32, 64)
