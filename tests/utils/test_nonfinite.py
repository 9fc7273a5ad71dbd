"""What first became NaN or infinite in one step."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Tensor, ops
from autograd_mlp.layers import BatchNormalization, Dense, Dropout, Layer
from autograd_mlp.utils import find_nonfinite

X = np.random.default_rng(0).normal(size=(8, 3))
Y = np.ones(8)


def network(*layers, loss="mse"):
    model = keras.Sequential([keras.Input((3,)), *layers, Dense(1, name="out")], name="net")
    model.compile("sgd", loss)
    return model


def leaf(*values):
    return Tensor(values, requires_grad=True)


def test_nothing_is_found_where_all_is_finite():
    assert find_nonfinite(network(Dense(4)), X, Y) is None
    assert find_nonfinite((leaf(1.0, 2.0) ** 2).sum()) is None


@pytest.mark.parametrize("loss, operation, value", [
    (lambda w: (w.log() * w).sum(), "log", "-inf"),
    (lambda w: (w - 5).sqrt().sum(), "sqrt", "nan"),
    (lambda w: (1 / w).sum(), "divide", "inf"),
    (lambda w: ops.mean((w * 100).exp() * 2), "exp", "inf"),
    (lambda w: ((w + 1e30) * (w + 1e30)).sum(), "multiply", "inf"),
], ids=["log", "sqrt", "divide", "exp", "multiply"])
def test_the_operation_that_made_it(loss, operation, value):
    found = find_nonfinite(loss(leaf(0.0, 2.0)))
    assert (found.stage, found.name, found.value) == ("forward", operation, value)


def test_the_first_of_a_chain_is_found_not_the_last():
    w = leaf(-1.0, 2.0)
    deep = w.sqrt()
    for _ in range(20):
        deep = ops.tanh(deep) * 2 + 1
    assert find_nonfinite(deep.sum()).name == "sqrt"


def test_a_slope_that_is_infinite_where_the_value_is_not():
    found = find_nonfinite(leaf(0.0, 4.0).sqrt().sum())
    assert (found.stage, found.name) == ("backward", "sqrt")
    assert "backward: dx = dy / (2y)" in found.text


def test_what_reaches_no_leaf_does_no_harm():
    """sqrt has an infinite slope at 0, and relu a slope of 0 below: nothing gets through."""
    assert find_nonfinite(ops.relu(leaf(-1.0, 2.0)).sqrt().sum()) is None


class Root(Layer):
    def call(self, x):
        return ops.sqrt(x)


def test_the_layer_is_named():
    found = find_nonfinite(network(Dense(4, name="hidden"), Root(name="root")), X, Y)
    assert found.layer == "net/root"
    assert "layer 'net/root' (Root); y = √x; test_nonfinite.py:" in found.text


def test_the_loss_is_named():
    model = network(Dense(4))
    found = find_nonfinite(model, X * 1e30, Y)
    assert (found.stage, found.name, found.layer) == ("forward", "mean_squared_error", None)
    assert any(line.startswith("p (8, 1) from ") for line in found.inputs)


def test_data_and_weights_that_hold_it_already():
    model = network(Dense(4, name="hidden"))
    bad = X.copy()
    bad[5, 2] = np.nan
    assert find_nonfinite(model, bad, Y).name == "x[5, 2]"
    assert find_nonfinite(model, X, np.where(Y, np.inf, 0)).name == "y[0]"
    model.layers[0].bias.assign([0, np.inf, 0, 0])
    found = find_nonfinite(model, X, Y)
    assert (found.stage, found.name) == ("weight", "net/hidden/bias")


def test_outputs_alone():
    model = network(Root())
    assert find_nonfinite(model, X).name == "sqrt"


def test_nothing_is_changed():
    model = network(Dense(4), BatchNormalization(), Dropout(0.5))
    model.fit(X, Y, epochs=1, verbose=0)
    before = [v.numpy() for v in (*model.variables, *model.optimizer.variables)]
    for variable in model.trainable_variables:
        variable.grad = np.full(variable.shape, 3.0)
    assert find_nonfinite(model, X, Y) is None
    after = [v.numpy() for v in (*model.variables, *model.optimizer.variables)]
    assert all(map(np.array_equal, before, after))
    assert all((v.grad.numpy() == 3).all() for v in model.trainable_variables)


def test_its_text():
    w = leaf(0.0, 2.0)
    text = str(find_nonfinite(((w * 50).exp() * w).sum()))
    assert text == """\
Operation exp made inf.
  Where: y = eˣ
         x (2,) from 0 to 100
         y (2,): 1 of 2 numbers is not finite
  Why:   e to the power of more than 88.7 is larger than 3.4e+38, the largest number of this
         type.
  Try:   smaller inputs: divide them, or subtract their largest one first"""
