"""The benchmarks run; what they measure is for people to judge."""

import json
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_benchmarks_run(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--quick", "--json", str(tmp_path / "out.json")],
        cwd=REPOSITORY, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((tmp_path / "out.json").read_text())["results"]
    assert [result["network"] for result in results] == ["xor", "pima", "mnist-64", "mnist-512"]
    assert all(result["ratio"] > 0 and result["difference"] <= 1e-3 for result in results)
