"""Hypothesis profiles and the folder of the real datasets.

HYPOTHESIS_PROFILE chooses how long the property tests search: `dev` (default), `ci` (longer, and
the same examples in every run) or `thorough`.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

COMMON = {"deadline": None, "print_blob": True, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("dev", max_examples=30, derandomize="CI" in os.environ, **COMMON)
settings.register_profile("ci", max_examples=60, derandomize=True, **COMMON)
settings.register_profile("thorough", max_examples=1000, **COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

SHARED = Path(__file__).resolve().parents[2] / "shared"
if "AUTOGRAD_MLP_HOME" not in os.environ and (SHARED / "datasets").is_dir():
    os.environ["AUTOGRAD_MLP_HOME"] = str(SHARED)


def home_of(file_name):
    """The folder whose `datasets/` holds a file of real data; without one the test is skipped."""
    home = os.environ.get("AUTOGRAD_MLP_HOME")
    if home is None or not (Path(home) / "datasets" / file_name).is_file():
        pytest.skip(f"{file_name} is not at hand: AUTOGRAD_MLP_HOME names the home of datasets/")
    return Path(home)


@pytest.fixture
def mnist_home():
    return home_of("mnist.npz")


@pytest.fixture
def pima_home():
    return home_of("pima-indians-diabetes.csv")
