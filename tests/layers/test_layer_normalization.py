"""Layer and unit normalization."""

import numpy as np
import pytest

from autograd_mlp import Tensor, ops
from autograd_mlp.layers import LayerNormalization, UnitNormalization

X = np.random.default_rng(0).normal(2, 3, size=(4, 5, 6))


@pytest.mark.parametrize("axis", [-1, 1, [1, 2], (2, 1), [-1], [1]])
def test_mean_and_variance_over_the_axes(axis):
    y = LayerNormalization(axis=axis, epsilon=1e-12, dtype="float64")(X).numpy()
    reduced = tuple(axis) if isinstance(axis, (list, tuple)) else axis
    np.testing.assert_allclose(y.mean(reduced), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(reduced), 1, atol=1e-9)


def test_factors_belong_to_their_places():
    layer = LayerNormalization(axis=[1, 2], dtype="float64")
    layer.build((None, 5, 6))
    gamma, beta = np.random.default_rng(1).normal(size=(2, 5, 6))
    layer.set_weights([gamma, beta])
    plain = LayerNormalization(axis=[1, 2], center=False, scale=False, dtype="float64")
    np.testing.assert_allclose(layer(X), plain(X).numpy() * gamma + beta)


def test_the_older_scaling_warns():
    with pytest.warns(DeprecationWarning, match="rms_scaling"):
        layer = LayerNormalization(rms_scaling=True, epsilon=0.0, dtype="float64")
    np.testing.assert_allclose(layer(X), X / X.std(-1, keepdims=True))
    assert [w.name for w in layer.weights] == ["gamma"]


def test_the_unit_of_nothing_is_nothing_with_a_finite_gradient():
    x = Tensor([[0.0, 0.0], [3.0, 4.0]], requires_grad=True)
    y = UnitNormalization()(x)
    np.testing.assert_allclose(y, [[0, 0], [0.6, 0.8]], rtol=1e-6)
    ops.sum(y).backward()
    assert np.isfinite(x.grad.numpy()).all()


@pytest.mark.parametrize("make", [LayerNormalization, UnitNormalization])
def test_what_is_refused(make):
    with pytest.raises(TypeError, match="`axis` to be an integer"):
        make(axis="last")
    with pytest.raises(ValueError, match="axis 3 is out of range"):
        make(axis=[1, 3])(X)
    with pytest.raises(ValueError, match="axis 3 is out of range"):
        make(axis=3).compute_output_shape((None, 2))
    with pytest.raises(ValueError, match="did you mean 'axis'"):
        make(axes=1)
