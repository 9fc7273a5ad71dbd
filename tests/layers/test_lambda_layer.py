"""A function as a layer."""

import json

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Input, Sequential, ops
from autograd_mlp.layers import Dense, Lambda

X = np.random.default_rng(0).normal(size=(20, 3)).astype("float32")


@keras.saving.register_keras_serializable("tests")
def scaled(x, factor=2.0):
    return x * factor


def last_two(shape):
    return shape[:1] + (2,)


def test_values_arguments_and_training():
    assert np.array_equal(Lambda(scaled)(X), X * 2)
    assert np.array_equal(Lambda(scaled, arguments={"factor": 3.0})(X), X * 3)
    layer = Lambda(lambda x, training=None: x * (1.0 if training else 0.0))
    assert np.array_equal(layer(X, training=True), X)
    assert not layer(X, training=False).numpy().any()


def test_output_shape():
    assert Lambda(lambda x: ops.sum(x, axis=1)).compute_output_shape((None, 3)) == (None,)
    assert Lambda(scaled, output_shape=(7,)).compute_output_shape((None, 3)) == (None, 7)
    assert Lambda(scaled, output_shape=last_two).compute_output_shape((None, 3)) == (None, 2)


@pytest.mark.parametrize("eagerly", [False, True])
def test_training_through_it(eagerly):
    keras.set_random_seed(0)
    model = Sequential([Input((3,)), Lambda(lambda x: ops.concatenate([x, x * x], axis=1)),
                        Dense(1)])
    model.compile("adam", "mse", run_eagerly=eagerly)
    y = (X**2).sum(1)
    losses = model.fit(X, y, epochs=20, batch_size=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


def test_what_reads_numbers_is_run_at_every_step():
    seen = []
    model = Sequential([Input((3,)), Lambda(lambda x: seen.append(x.numpy()) or x), Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, X[:, 0], batch_size=5, epochs=2, verbose=0)
    assert len(seen) >= 8


def test_a_named_function_is_named_in_the_config():
    layer = Lambda(scaled, arguments={"factor": 3.0}, output_shape=(3,))
    config = json.loads(json.dumps(layer.get_config()))
    assert config["function"]["class_name"] == "function"
    again = Lambda.from_config(config)
    assert np.array_equal(again(X), X * 3)
    assert again.compute_output_shape((None, 3)) == (None, 3)


def test_a_lambda_only_loads_if_it_is_trusted():
    with pytest.warns(UserWarning, match="lambda"):
        config = json.loads(json.dumps(Lambda(lambda x: x + 1).get_config()))
    assert set(config["function"]["config"]) == {"code", "defaults", "closure"}
    with pytest.raises(ValueError, match="lambda"):
        Lambda.from_config(config)
    assert np.array_equal(Lambda.from_config(config, safe_mode=False)(X), X + 1)


@pytest.mark.parametrize("make, error, words", [
    (lambda: Lambda("abs"), TypeError, "callable"),
    (lambda: Lambda(scaled, mask=1), NotImplementedError, "no masks"),
    (lambda: Lambda(lambda x, mask: x), NotImplementedError, "no masks"),
    (lambda: Lambda(scaled, argument={}), ValueError, "did you mean 'arguments'"),
])
def test_what_is_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()
