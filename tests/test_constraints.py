"""What weights have to keep to."""

import numpy as np
import pytest

from autograd_mlp import constraints
from autograd_mlp._engine import Tape, Variable, no_grad

W = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32) * [1, 0.1, 3]


def norms(w, axis=0):
    return np.sqrt((w**2).sum(axis))


def test_max_norm():
    kept = constraints.MaxNorm(1.0)(W).numpy()
    np.testing.assert_allclose(norms(kept), np.minimum(norms(W), 1), rtol=1e-5)
    np.testing.assert_allclose(kept / norms(kept), W / norms(W), rtol=1e-5)
    assert np.all(norms(constraints.MaxNorm(0.5, axis=[0, 1])(W).numpy(), None) <= 0.5)


def test_non_negative():
    np.testing.assert_array_equal(constraints.NonNeg()(W).numpy(), np.maximum(W, 0))


def test_unit_norm():
    np.testing.assert_allclose(norms(constraints.UnitNorm(axis=1)(W).numpy(), 1), 1, rtol=1e-5)
    assert not constraints.UnitNorm()(np.zeros((3, 2))).numpy().any()      # no NaN


def test_min_max_norm():
    kept = constraints.MinMaxNorm(0.5, 2.0)(W).numpy()
    np.testing.assert_allclose(norms(kept), np.clip(norms(W), 0.5, 2), rtol=1e-5)
    half = constraints.MinMaxNorm(0.5, 2.0, rate=0.5)(W).numpy()
    np.testing.assert_allclose(norms(half), 0.5 * norms(W) + 0.5 * norms(kept), rtol=1e-5)


@pytest.mark.parametrize("name", ["max_norm", "non_neg", "unit_norm", "min_max_norm"])
def test_an_update_that_keeps_to_it_is_recorded(name):
    constraint, w = constraints.get(name), Variable(W)
    with no_grad(), Tape() as tape:
        w.assign(constraint(w))
    assert tape.broken is None
    w.assign(2 * W)
    tape.replay()
    np.testing.assert_allclose(w.numpy(), constraint(2 * W).numpy())


def test_names():
    assert constraints.unit_norm is constraints.UnitNorm
    assert constraints.get(None) is None
    config = constraints.serialize(constraints.MinMaxNorm(0.1, 0.9))
    assert config["module"] == "keras.constraints"
    assert constraints.deserialize(config).get_config() == {
        "min_value": 0.1, "max_value": 0.9, "rate": 1.0, "axis": 0}
    assert constraints.Constraint.from_config({})(W) is W
