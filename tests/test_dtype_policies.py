"""Float types of layers by name, object and description."""

import numpy as np
import pytest

from autograd_mlp import dtype_policies
from autograd_mlp.layers import Dense

DOUBLE = dtype_policies.DTypePolicy("float64")


@pytest.mark.parametrize("identifier", [
    "float64", np.float64, np.dtype("float64"), DOUBLE, dtype_policies.serialize(DOUBLE)])
def test_of_a_layer(identifier):
    layer = Dense(1, dtype=identifier)
    assert layer.dtype_policy == DOUBLE and layer.dtype == layer.compute_dtype == "float64"
    assert layer.variable_dtype == layer.input_dtype == "float64"
    assert layer.quantization_mode is None
    assert Dense.from_config(layer.get_config()).dtype == "float64"


def test_default():
    dtype_policies.set_dtype_policy("float64")
    try:
        assert Dense(1).dtype == "float64" and dtype_policies.dtype_policy() == DOUBLE
    finally:
        dtype_policies.set_dtype_policy(None)
    assert Dense(1).dtype == "float32"


@pytest.mark.parametrize("name", ["mixed_float16", "float16", "int8_from_float32", "int32", 3])
def test_what_is_not_there(name):
    with pytest.raises(ValueError):
        dtype_policies.get(name)
    with pytest.raises(ValueError, match="quantized"):
        dtype_policies.get({"class_name": "DTypePolicyMap", "config": {}})


def test_changed_before_there_are_weights():
    layer = Dense(1)
    layer.dtype_policy = "float64"
    assert layer(np.ones((1, 2))).dtype == "float64"
    with pytest.raises(ValueError, match="has weights of type float64"):
        layer.dtype_policy = "float32"


def test_equality():
    assert DOUBLE == dtype_policies.DTypePolicy.from_config(DOUBLE.get_config())
    assert len({DOUBLE, dtype_policies.get("float64")}) == 1
    assert repr(DOUBLE) == '<DTypePolicy "float64">'
