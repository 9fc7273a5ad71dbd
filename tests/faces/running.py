"""Scripts run in a Python of their own, as users run them."""

import os
import subprocess
import sys
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[2]


def python(*arguments, cwd=None, timeout=120, **environment):
    """Run Python with these arguments; warnings raise in it, as they do in the tests."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
    path = [environment.pop("PYTHONPATH", None), str(LIBRARY), os.environ.get("PYTHONPATH")]
    return subprocess.run(
        [sys.executable, "-X", "utf8", *map(str, arguments)], cwd=cwd, timeout=timeout,
        capture_output=True, text=True, encoding="utf-8",
        env=inherited | {"PYTHONPATH": os.pathsep.join(filter(None, path)), "MPLBACKEND": "agg",
                         "PYTHONDONTWRITEBYTECODE": "1"} | environment)


def run(folder, source, *arguments, **options):
    """Write a script into the folder and run it there through ``python -m autograd_mlp run``."""
    (folder / "script.py").write_text(source, encoding="utf-8")
    return python("-m", "autograd_mlp", "run", "script.py", *arguments, cwd=folder, **options)


def output(folder, source, *arguments, **options):
    """What the script prints; it must end well."""
    result = run(folder, source, *arguments, **options)
    assert result.returncode == 0, result.stderr
    return result.stdout
