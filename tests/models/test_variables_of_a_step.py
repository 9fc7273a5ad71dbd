"""Variables that a user's code assigns to inside a step."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Input, Sequential, Variable, ops
from autograd_mlp.layers import Dense, Layer


class RunningMean(Layer):
    """Keeps a mean of its inputs, in training."""

    def build(self, shape):
        self.average = self.add_weight(shape[1:], "zeros", trainable=False, name="average")
        self.steps = self.add_weight((), "zeros", trainable=False, name="steps")

    def call(self, x, training=False):
        if training:
            self.average.assign(self.average * 0.9 + ops.mean(x, axis=0) * 0.1)
            self.steps.assign_add(1)
        return x - self.average


def trained(eagerly):
    keras.set_random_seed(3)
    x = np.random.default_rng(0).normal(size=(20, 4)).astype("float32") + 1
    layer = RunningMean()
    model = Sequential([Input((4,)), layer, Dense(1)])
    model.compile("sgd", "mse", run_eagerly=eagerly)
    model.fit(x, x[:, :1], batch_size=4, epochs=3, verbose=0)
    return layer, [w.tobytes() for w in model.get_weights()]


def test_running_statistics_are_recorded_with_the_same_bits():
    layer, weights = trained(False)
    assert layer.steps.item() == 15
    assert weights == trained(True)[1]


def test_fit_tells_variables_that_do_not_belong_to_the_model():
    seen = Variable(0.0, trainable=False)

    def counting(y_true, y_pred):
        seen.assign_add(ops.mean(y_pred) * 0 + 1)
        return ops.mean_squared_error(y_true, y_pred)

    model = Sequential([Input((2,)), Dense(1)])
    model.compile("sgd", counting)
    weight = Variable(1.0)
    before = weight * seen          # backward needs the value that `seen` has now
    model.fit(np.ones((40, 2)), np.ones(40), batch_size=4, epochs=2, verbose=0)
    assert seen.item() == 20
    with pytest.raises(RuntimeError, match="changed in place"):
        before.backward()
