"""Types and first lines of errors and warnings: those of Keras, so that they can be looked up."""

import re

import pytest

import autograd_mlp
from tests.errors import (
    said,
    test_building,
    test_compiling,
    test_fitting,
    test_saving,
    test_targets,
)
from tests.parity import import_keras

keras = import_keras()
FILES = (test_building, test_compiling, test_targets, test_fitting, test_saving)
SHARED = [situation for file in FILES for situation in file.situation if situation.as_keras]


def first_line(text):
    """Type and first line, without what differs for good reasons."""
    text = re.sub(r"\x1b\[\d*m", "", text)
    # Keras wraps what is raised in a call, and calls inputs by names that nobody gave
    text = re.sub(r"Exception encountered when calling \S+\.\n\n", "", text)
    text = text.replace(" with name 'None'", "")
    text = re.sub(r"<class '(keras|autograd_mlp)\.[\w.]*\.(\w+)'>", r"<class '\2'>", text)
    text = re.sub(r"\((None|10),", "(B,", text)         # the size of a batch, known or not
    text = re.sub(r"name=dense_\d+", "name=dense", text)
    return text.splitlines()[0].strip()


@pytest.mark.parametrize("situation", SHARED, ids=lambda function: function.__name__)
def test_first_line(situation, tmp_path):
    (tmp_path / "ours").mkdir()
    (tmp_path / "keras").mkdir()
    ours = first_line(said(situation, autograd_mlp, tmp_path / "ours"))
    theirs = said(situation, keras, tmp_path / "keras")
    ours = ours.replace("_NoSuchFile", "ValueError")     # which it is, too
    assert first_line(theirs).startswith(ours), theirs
