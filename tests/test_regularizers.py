"""Penalties: values, gradients, and how they reach a layer's losses."""

import numpy as np
import pytest

from autograd_mlp import Tensor, ops, regularizers
from autograd_mlp.layers import Activation, Dense, Layer

W = np.array([[1.0, -2.0], [0.5, 4.0], [0.0, -1.0]], np.float32)


@pytest.mark.parametrize("regularizer, value, gradient", [
    (regularizers.L1(0.5), 0.5 * 8.5, 0.5 * np.sign(W)),
    (regularizers.L2(0.5), 0.5 * 22.25, W),
    (regularizers.L1L2(0.5, 0.25), 0.5 * 8.5 + 0.25 * 22.25, 0.5 * np.sign(W) + 0.5 * W),
    (regularizers.L1L2(), 0.0, 0 * W),
])
def test_values_and_gradients(regularizer, value, gradient):
    w = Tensor(W, requires_grad=True)
    penalty = regularizer(w)
    assert penalty.shape == () and np.isclose(penalty.item(), value)
    penalty.backward()
    np.testing.assert_allclose(w.grad.numpy(), gradient)


def test_orthogonal_rows_cost_nothing():
    rotation = np.array([[0.6, -0.8], [0.8, 0.6]], np.float32)
    for mode in ("rows", "columns"):
        regularizer = regularizers.OrthogonalRegularizer(0.5, mode)
        assert abs(regularizer(3 * rotation).item()) < 1e-7
        assert np.isclose(regularizer(np.ones((2, 2))).item(), 0.5)
    with pytest.raises(ValueError, match="matrix"):
        regularizer(np.ones(3))
    with pytest.raises(ValueError, match="mode"):
        regularizers.OrthogonalRegularizer(mode="row")


@pytest.mark.parametrize("wrong", [-0.1, np.inf, np.nan, "0.1", True])
def test_factors_are_numbers_that_are_not_negative(wrong):
    for cls in (regularizers.L1, regularizers.L2, regularizers.L1L2,
                regularizers.OrthogonalRegularizer):
        with pytest.raises(ValueError, match="finite number"):
            cls(wrong)


def test_names():
    assert regularizers.l2 is regularizers.L2 and regularizers.l1_l2 is regularizers.L1L2
    assert regularizers.get(None) is None
    assert regularizers.get("l1").l1 == 0.01 == regularizers.L1(None).l1
    config = regularizers.serialize(regularizers.L1L2(0.1, 0.2))
    assert config["module"] == "keras.regularizers"
    assert regularizers.deserialize(config).get_config() == {"l1": 0.1, "l2": 0.2}


def test_of_a_layer():
    layer = Dense(2, kernel_regularizer="l2", bias_regularizer=lambda b: ops.sum(b) + 3.0)
    layer(np.ones((1, 3)))
    kernel = layer.kernel.numpy()
    np.testing.assert_allclose([x.item() for x in layer.losses], [0.01 * (kernel**2).sum(), 3.0],
                               rtol=1e-6)
    layer.trainable = False
    assert layer.losses == []


def test_of_the_activity_is_divided_by_the_batch_size():
    layer = Activation("linear", activity_regularizer=regularizers.L1(0.5))
    layer(np.ones((4, 3)))
    assert [x.item() for x in layer.losses] == [0.5 * 12 / 4]
    layer(np.ones((2, 3)))
    assert [x.item() for x in layer.losses] == [0.5 * 6 / 2]      # those of the last call


class Adds(Layer):
    def call(self, x, training=None):
        if training:
            self.add_loss([ops.sum(x), ops.mean(x)])
        return x


def test_added_in_call():
    inner = Adds()

    class Outer(Layer):
        def __init__(self):
            super().__init__()
            self.inner = inner

        def call(self, x):
            return self.inner(self.inner(x))

    a, b = Outer(), Outer()
    x = np.ones((2, 2))
    for model in (a, a, b):         # the losses of another model's call are forgotten
        model(x, training=True)
        assert [loss.item() for loss in model.losses] == [4, 1, 4, 1]
    b(x)
    assert b.losses == []
    a(x, training=True)
    a._clear_losses()
    assert a.losses == inner.losses == []


@pytest.mark.parametrize("wrong", [1.0, np.ones(()), Tensor([1.0, 2.0])])
def test_what_add_loss_takes(wrong):
    with pytest.raises(ValueError, match="one number"):
        Dense(1).add_loss(wrong)


def test_a_regularizer_returns_one_number():
    layer = Dense(1, kernel_regularizer=lambda w: w)
    layer(np.ones((1, 2)))
    with pytest.raises(ValueError, match="regularizer of 'dense.*/kernel' must return"):
        layer.losses  # noqa: B018
