"""The fully connected layer."""

import numpy as np
import pytest

from autograd_mlp import Tensor, activations, initializers, ops
from autograd_mlp.layers import Dense
from autograd_mlp.saving import CustomObjectScope

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 4)).astype(np.float32)


def run_layer(layer, x):
    """Check what holds of any layer, and return its output."""
    shape = layer.compute_output_shape((None, *x.shape[1:]))
    y = layer(x)
    assert (None, *y.shape[1:]) == shape
    assert np.array_equal(y.numpy(), layer(x).numpy())
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    again.build((None, *x.shape[1:]))
    again.set_weights(layer.get_weights())
    assert np.array_equal(again(x).numpy(), y.numpy())
    return y.numpy()


def test_values():
    layer = Dense(3, bias_initializer=initializers.Constant(0.5))
    y = run_layer(layer, X)
    kernel, bias = layer.get_weights()
    assert kernel.shape == (4, 3) and np.array_equal(bias, [0.5] * 3)
    assert np.allclose(y, X @ kernel + bias, atol=1e-6)
    assert layer.count_params() == 15


@pytest.mark.parametrize("name", [n for n, op in ops.OPS.items() if op.family == "activation"
                                  and n not in ("threshold", "glu")])
def test_fused_activation_is_the_activation(name):
    layer = Dense(4, activation=name)
    y = run_layer(layer, X)
    kernel, bias = layer.get_weights()
    expected = getattr(activations, name)(Tensor(X @ kernel + bias)).numpy()
    assert np.allclose(y, expected, atol=1e-5)


def test_own_activation():
    def squared(x):
        return x * x

    layer = Dense(2, activation=squared)
    kernel, _ = (layer(X), layer.get_weights())[1]
    assert np.allclose(layer(X).numpy(), (X @ kernel) ** 2, atol=1e-5)
    with CustomObjectScope({"squared": squared}):
        again = Dense.from_config(layer.get_config())
    assert again.activation is squared


def test_without_bias():
    layer = Dense(2, use_bias=False)
    run_layer(layer, X)
    assert layer.bias is None and len(layer.weights) == 1 and layer.count_params() == 8


@pytest.mark.parametrize("activation", ["linear", "softmax"])
def test_higher_ranks_work_on_the_last_axis(activation):
    x = RNG.normal(size=(2, 3, 4)).astype(np.float32)
    layer = Dense(5, activation=activation)
    y = run_layer(layer, x)
    assert y.shape == (2, 3, 5)
    for i in range(3):
        assert np.allclose(y[:, i], layer(x[:, i]).numpy(), atol=1e-6)


def test_gradients():
    layer = Dense(2)
    ops.sum(layer(X) * np.array([1.0, 2.0], dtype=np.float32)).backward()
    assert np.allclose(layer.bias.grad.numpy(), [5, 10])
    assert np.allclose(layer.kernel.grad.numpy(), np.outer(X.sum(0), [1, 2]), atol=1e-5)


def test_starts_as_keras_does():
    layer = Dense(50)
    layer.build((None, 100))
    limit = np.sqrt(6 / 150)
    assert 0.95 * limit <= np.abs(layer.kernel.numpy()).max() <= limit
    assert not layer.bias.numpy().any()


@pytest.mark.parametrize("initializer", ["uniform", "he_normal", np.ones((4, 2), np.float32), None])
def test_initializers(initializer):
    layer = Dense(2, kernel_initializer=initializer)
    run_layer(layer, X)


def test_old_names_of_arguments():
    with pytest.warns(DeprecationWarning, match="Dense: 'init=' .* write 'kernel_initializer='"):
        layer = Dense(2, init="uniform")
    assert isinstance(layer.kernel_initializer, initializers.RandomUniform)
    with pytest.warns(DeprecationWarning, match="'output_dim='") as caught:
        assert Dense(output_dim=2).units == 2
    assert caught[0].filename == __file__
    with pytest.warns(DeprecationWarning), pytest.raises(ValueError, match="not both"):
        Dense(2, output_dim=2)


def test_old_ways_to_give_the_input_shape():
    with pytest.warns(DeprecationWarning, match="Input"):
        assert Dense(2, input_dim=8)._input_shape_arg == (8,)
    with pytest.warns(DeprecationWarning, match="Input"):
        assert Dense(2, input_shape=(8,))._input_shape_arg == (8,)
    with pytest.warns(DeprecationWarning, match="Input"):
        layer = Dense(2, batch_input_shape=(4, 8))
    assert (layer._input_shape_arg, layer._input_batch_size) == ((8,), 4)
    assert Dense(2)._input_shape_arg is None
    with pytest.warns(DeprecationWarning), \
            pytest.raises(ValueError, match=r"(?s)'8' to a shape.*input_shape.*\(8,\)"):
        Dense(2, input_shape=8)


def test_old_way_to_give_the_weights():
    kernel, bias = np.ones((4, 2)), np.zeros(2)
    with pytest.warns(DeprecationWarning, match="set_weights"):
        layer = Dense(2, weights=[kernel, bias])
    assert np.array_equal(layer(X).numpy(), X @ kernel.astype(np.float32))


@pytest.mark.parametrize("units", [0, -1, 3.0, "3", None])
def test_units(units):
    with pytest.raises(ValueError, match="units"):
        Dense(units)


def test_numpy_integers_are_units():
    assert Dense(np.int64(3)).units == 3


@pytest.mark.parametrize(
    "argument, answer",
    [
        ("activaton", "did you mean 'activation'"),
        ("kernel_regulariser", "did you mean 'kernel_regularizer'"),
        ("xyz", "'xyz' is unknown"),
    ],
)
def test_arguments_that_nobody_takes(argument, answer):
    with pytest.raises(ValueError, match=f"(?s)passed to Dense.*{answer}"):
        Dense(2, **{argument: None})


@pytest.mark.parametrize("argument", ["lora_rank", "lora_alpha", "quantization_config"])
def test_what_is_not_part_of_the_library(argument):
    with pytest.raises(NotImplementedError, match=f"`{argument}` is for"):
        Dense(2, **{argument: 4})
    with pytest.raises(NotImplementedError, match="enable_lora is for"):
        Dense(2).enable_lora(4)


def test_wrong_inputs_say_what_to_do():
    layer = Dense(2, name="hidden")
    with pytest.raises(ValueError, match=r"'hidden' is incompatible.*\(4,\)"):
        layer(np.zeros(4))
    layer(X)
    with pytest.raises(ValueError, match=r"'hidden' is incompatible.*to have value 4.*\(5, 3\)"):
        layer(np.zeros((5, 3)))
    with pytest.raises(ValueError, match=r"Flatten\(\)"):
        layer(np.zeros((5, 2, 2)))
    assert layer(np.zeros((5, 7, 4))).shape == (5, 7, 2)


def test_output_shape():
    assert Dense(3).compute_output_shape((None, 4)) == (None, 3)
    assert Dense(3).compute_output_shape((7, None, 4)) == (7, None, 3)


def test_empty_batch():
    assert Dense(3)(np.zeros((0, 4))).shape == (0, 3)
