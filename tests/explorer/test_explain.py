"""explain: the document is consistent, true to backward and training, and leaves no trace."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Tensor, explain, layers


def xor_model(**compile_arguments):
    keras.set_random_seed(1)
    model = keras.Sequential([keras.Input((2,)), layers.Dense(2, "sigmoid", name="hidden"),
                              layers.Dense(1, "sigmoid", name="out")])
    model.compile(**{"loss": "mse", "optimizer": keras.optimizers.SGD(0.3)} | compile_arguments)
    return model


def test_every_total_is_what_was_there_and_the_contribution():
    d = xor_model().explain(*keras.datasets.xor.load_data()).to_dict()
    assert len(d["edges"]) == 7
    for edge in d["edges"]:
        before = 0 if edge["before"] is None else edge["before"]
        np.testing.assert_array_equal(edge["total"], before + edge["contribution"])


def test_one_step_is_that_of_train_on_batch_bit_for_bit():
    x, y = keras.datasets.xor.load_data()
    model = xor_model(optimizer=keras.optimizers.Adam(0.1))
    d = model.explain(x, y).to_dict()
    loss = model.train_on_batch(x, y)
    assert np.float32(loss) == np.float32(d["loss"])
    for update, w in zip(d["updates"], model.trainable_variables, strict=True):
        np.testing.assert_array_equal(update["after"], w.numpy())
    assert np.float32(model.test_on_batch(x, y)) == np.float32(d["loss_after"])


def test_gradients_are_those_of_backward_bit_for_bit():
    w = Tensor([[0.5, -1.0], [2.0, 0.1]], requires_grad=True)
    x = Tensor([[1.0, 2.0], [3.0, 4.0], [0.5, 0.0]])
    loss = ((x @ w).tanh() * (x @ w)).mean()
    ex = explain(loss)
    assert w.grad is None
    loss.backward()
    np.testing.assert_array_equal(ex.gradient("w"), w.grad.numpy())


@pytest.mark.parametrize(("loss", "error", "words"), [
    (1.0, TypeError, "lose the recorded graph"),
    (Tensor([1.0, 2.0], requires_grad=True) * 2, ValueError, "reduce it first"),
    (Tensor(1.0), RuntimeError, "needs none"),
    (lambda: None, TypeError, "returned a NoneType"),
])
def test_errors_say_what_to_do(loss, error, words):
    with pytest.raises(error, match=words):
        explain(loss)
