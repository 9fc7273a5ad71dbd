"""README's table of what of Keras is there is true."""

import json
import re
from pathlib import Path

from tests.faces.running import output

README = Path(__file__).resolve().parents[2] / "README.md"
ROWS = re.findall(r"^\| (.*?) \| (.*?) \| (.*?) ?\|$",
                  README.read_text(encoding="utf-8").split("### From Keras")[1]
                  .split("\n## ")[0], re.M)


def names(cell):
    """What is a name of Keras's among the words in code font."""
    return [name for name in re.findall(r"`([\w.]+)`", cell)
            if not name.startswith((".", "np."))]


def test_every_name_is_there_or_not_as_the_table_says(tmp_path):
    assert len(ROWS) >= 15
    table = [(names(modules), names(there), names(not_there))
             for modules, there, not_there in ROWS]
    found = json.loads(output(tmp_path, f"""
import importlib, json
import keras, tensorflow
wrong = []

def holder(module):
    return tensorflow if module == "tensorflow" else importlib.import_module("keras." + module)

def has(owner, name):
    for part in name.split("."):
        owner = getattr(owner, part, None)
    return owner is not None

for modules, there, not_there in {table!r}:
    owners = [holder(m) for m in modules if m not in ("fit",)] or [keras]
    wrong += ["missing: " + n for n in there if not any(has(o, n) for o in owners)]
    wrong += ["there: " + n for n in not_there if any(has(o, n) for o in [*owners, keras])]
print(json.dumps(wrong))
""").splitlines()[-1])
    assert found == []
