"""The tutorials' networks and pages, as scripts."""

import os

import pytest

# CI runs all tests once per CPU target; the trainings of many seconds need only one of these runs.
once = pytest.mark.skipif(
    "AUTOGRAD_MLP_CPU" in os.environ and os.environ.get("HYPOTHESIS_PROFILE") != "ci",
    reason="long trainings run on one CPU target, with HYPOTHESIS_PROFILE=ci")
