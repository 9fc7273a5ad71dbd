"""Names of activations; their values and derivatives are tested with the operations."""

import functools

import numpy as np
import pytest

from autograd_mlp import activations, ops


def test_every_activation_operation_is_there():
    names = [name for name, op in ops.OPS.items() if op.family == "activation"]
    assert len(names) >= 17
    for name in names:
        assert getattr(activations, name) is getattr(ops, name)
        assert activations.get(name) is getattr(ops, name)
        assert activations.serialize(getattr(activations, name)) == name
        compiled = ops.OPS[name].rule is None
        assert activations.op_name(getattr(activations, name)) == (name if compiled else None)


def test_get():
    assert activations.get(None) is ops.linear
    assert activations.get("swish") is ops.silu is activations.swish
    assert activations.get("hard_swish") is ops.hard_silu is activations.hard_swish
    assert activations.get(np.sin) is np.sin
    assert activations.get({"class_name": "relu", "config": {}}) is ops.relu


@pytest.mark.parametrize(
    "typed, meant", [("rellu", "relu"), ("Relu", "relu"), ("sofmax", "softmax")]
)
def test_a_typing_mistake_is_answered(typed, meant):
    with pytest.raises(ValueError, match=f"did you mean '{meant}'"):
        activations.get(typed)


def test_get_refuses_numbers():
    with pytest.raises(ValueError, match="of type int"):
        activations.get(3)


def test_serialize():
    assert activations.serialize(activations.get("swish")) == "silu"
    own = functools.partial(ops.relu, max_value=1.0)
    assert activations.op_name(own) is None
    with pytest.raises(TypeError, match="get_config"):
        activations.serialize(own)
