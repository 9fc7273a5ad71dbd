"""Activations as layers."""

import numpy as np
import pytest

from autograd_mlp import ops
from autograd_mlp.layers import Activation


@pytest.mark.parametrize("activation", ["relu", ops.tanh, None])
def test_values(activation):
    x = np.array([[-1.0, 0.5, 2.0]], dtype=np.float32)
    layer = Activation(activation)
    expected = layer.activation(x).numpy()
    assert np.array_equal(layer(x).numpy(), expected)
    assert layer.compute_output_shape((None, 3)) == (None, 3)
    assert layer.built and layer.weights == [] and layer.count_params() == 0


def test_softmax_works_on_rows():
    y = Activation("softmax")(np.zeros((2, 4))).numpy()
    assert np.allclose(y, 0.25)


def test_config():
    layer = Activation("swish", name="a")
    assert layer.get_config()["activation"] == "silu"
    assert Activation.from_config(layer.get_config()).activation is ops.silu


def test_argument_is_needed():
    with pytest.raises(TypeError):
        Activation()
    with pytest.raises(ValueError, match="did you mean"):
        Activation("rellu")
