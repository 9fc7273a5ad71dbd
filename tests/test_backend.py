"""Float type, shapes and automatic names."""

import pytest

from autograd_mlp import backend, initializers
from autograd_mlp.layers import Dense


@pytest.fixture
def restored_floatx():
    yield
    backend.set_floatx("float32")


def test_floatx_decides_new_layers(restored_floatx):
    old = Dense(2)
    backend.set_floatx("float64")
    assert backend.floatx() == "float64"
    assert Dense(2).dtype == "float64" and old.dtype == "float32"
    assert initializers.Zeros()((2,)).dtype == "float64"


@pytest.mark.parametrize("value", ["float16", "bfloat16", "int32", "flot32", 32])
def test_floatx_refuses(value):
    with pytest.raises(ValueError, match="float32"):
        backend.set_floatx(value)
    assert backend.floatx() == "float32"


def test_epsilon():
    assert backend.epsilon() == 1e-7


def test_names_count_up_and_start_again():
    backend.clear_session()
    assert [Dense(1).name for _ in range(3)] == ["dense", "dense_1", "dense_2"]
    assert Dense(1, name="dense_9").name == "dense_9"
    assert Dense(1).name == "dense_3"
    backend.clear_session()
    assert Dense(1).name == "dense"


@pytest.mark.parametrize(
    "name, snake",
    [
        ("Dense", "dense"),
        ("InputLayer", "input_layer"),
        ("KLDivergence", "kl_divergence"),
        ("MeanSquaredError", "mean_squared_error"),
        ("F1Score", "f1_score"),
    ],
)
def test_snake_case(name, snake):
    assert backend.snake_case(name) == snake


@pytest.mark.parametrize("shape", [8, "8", (8.0,), (-1,), ((2,),)])
def test_no_shapes(shape):
    with pytest.raises(ValueError, match="Cannot convert"):
        backend.standardize_shape(shape)
