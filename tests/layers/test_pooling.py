"""Sequences made into one vector."""

import numpy as np
import pytest

from autograd_mlp import layers

X = np.random.default_rng(0).normal(size=(3, 4, 5)).astype("float32")


@pytest.mark.parametrize("make, pool", [
    (layers.GlobalAveragePooling1D, np.mean), (layers.GlobalMaxPooling1D, np.max)])
@pytest.mark.parametrize("data_format, axis", [(None, 1), ("channels_first", 2)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_values_and_shapes(make, pool, data_format, axis, keepdims):
    layer = make(data_format, keepdims)
    y = layer(X)
    np.testing.assert_allclose(y, pool(X, axis, keepdims=keepdims), rtol=1e-5)
    assert layer.compute_output_shape((None, 4, 5))[1:] == y.shape[1:]


@pytest.mark.parametrize("make", [layers.GlobalAveragePooling1D, layers.GlobalMaxPooling1D])
def test_what_is_refused(make):
    with pytest.raises(ValueError, match="expects 3 axes"):
        make()(X[0])
    with pytest.raises(ValueError, match="data_format"):
        make("channels")
    with pytest.raises(NotImplementedError, match="no masks"):
        make()(X, mask=np.ones((3, 4)))


def test_older_names():
    assert layers.GlobalAvgPool1D is layers.GlobalAveragePooling1D
    assert layers.GlobalMaxPool1D is layers.GlobalMaxPooling1D
