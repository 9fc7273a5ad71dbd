"""Every constraint of Keras against ours: values and configuration."""

import numpy as np
import pytest

import autograd_mlp
from tests.parity import assert_same, import_keras, plain

keras = import_keras()

CASES = [
    ("MaxNorm", {}), ("MaxNorm", {"max_value": 0.5, "axis": 1}),
    ("MaxNorm", {"max_value": 1.0, "axis": [0, 1]}), ("NonNeg", {}), ("UnitNorm", {}),
    ("UnitNorm", {"axis": 1}), ("MinMaxNorm", {}),
    ("MinMaxNorm", {"min_value": 0.7, "max_value": 1.2, "rate": 0.4, "axis": 1}),
]
W = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32) * [0.1, 0.5, 1, 2, 0]


def both(name, arguments):
    return [getattr(library.constraints, name)(**arguments) for library in (autograd_mlp, keras)]


@pytest.mark.parametrize("name, arguments", CASES)
def test_values(name, arguments):
    ours, theirs = both(name, arguments)
    w = W.astype(np.float32)
    assert_same(ours(w), theirs(w))


@pytest.mark.parametrize("name, arguments", CASES)
def test_configuration(name, arguments):
    ours, theirs = both(name, arguments)
    config = autograd_mlp.constraints.serialize(ours)
    assert plain(config) == plain(keras.constraints.serialize(theirs))
    assert keras.constraints.deserialize(config).get_config() == theirs.get_config()
    assert autograd_mlp.constraints.deserialize(
        keras.constraints.serialize(theirs)).get_config() == ours.get_config()


@pytest.mark.parametrize("name", ["max_norm", "non_neg", "unit_norm", "min_max_norm", "MaxNorm"])
def test_names(name):
    assert autograd_mlp.constraints.get(name).get_config() == \
        keras.constraints.get(name).get_config()
