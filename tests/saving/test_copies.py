"""pickle and deepcopy: objects that go to another process, or are kept aside."""

import copy
import pickle

import numpy as np
import pytest

from autograd_mlp import Input, Sequential, layers, losses, metrics, optimizers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 4)).astype(np.float32)
Y = RNG.normal(size=(20, 2)).astype(np.float32)


def by_pickle(thing):
    return pickle.loads(pickle.dumps(thing))


COPIES = [by_pickle, copy.deepcopy]


def compiled(optimizer="adam"):
    model = Sequential([Input((4,)), layers.Dense(5, activation="relu", kernel_regularizer="l2",
                                                  kernel_constraint="max_norm"),
                        Sequential([layers.Dense(3)]), layers.Dense(2)])
    model.compile(optimizer, losses.Huber(delta=0.5), metrics=["mae", metrics.MeanSquaredError()])
    return model


OPTIMIZERS = {
    name: cls for name, cls in vars(optimizers).items()
    if isinstance(cls, type) and issubclass(cls, optimizers.Optimizer)
    and cls is not optimizers.Optimizer}
OPTIMIZERS["everything"] = lambda learning_rate: optimizers.Adam(
    optimizers.schedules.CosineDecay(learning_rate, 20), amsgrad=True, weight_decay=0.01,
    global_clipnorm=1.0, use_ema=True, ema_overwrite_frequency=3)
OPTIMIZERS["accumulation"] = lambda learning_rate: optimizers.SGD(
    learning_rate, momentum=0.5, gradient_accumulation_steps=3)


@pytest.mark.parametrize("make", COPIES)
@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_a_copy_goes_on_training_with_the_same_bits(make, name):
    model = compiled(OPTIMIZERS[name](learning_rate=0.05))
    model.fit(X, Y, epochs=3, batch_size=6, shuffle=False, verbose=0)
    other = make(model)
    for w, v in zip(model.weights, other.weights, strict=True):
        assert np.array_equal(w, v) and w is not v and not np.shares_memory(w.numpy(), v.numpy())
    assert other.optimizer is not model.optimizer
    assert [v.tolist() for v in other.optimizer.variables] == \
        [v.tolist() for v in model.optimizer.variables]
    before = model.get_weights()
    history = other.fit(X, Y, epochs=3, batch_size=6, shuffle=False, verbose=0)
    for w, values in zip(model.weights, before, strict=True):
        assert np.array_equal(w, values)        # the first one is left alone
    again = model.fit(X, Y, epochs=3, batch_size=6, shuffle=False, verbose=0)
    assert history.history == again.history
    for w, v in zip(model.weights, other.weights, strict=True):
        assert np.array_equal(w, v)


@pytest.mark.parametrize("make", COPIES)
def test_models_not_built_or_not_compiled(make):
    unbuilt = make(Sequential([layers.Dense(3), layers.Dense(2)]))
    assert not unbuilt.built and unbuilt(X).shape == (20, 2)
    built = Sequential([Input((4,)), layers.Dense(3)])
    assert np.array_equal(make(built)(X), built(X))


def test_sizes():
    model = Sequential([Input((100,)), layers.Dense(100)])
    model.compile("sgd", "mse")
    size = len(pickle.dumps(model))
    assert 10_100 * 4 < size < 10_100 * 4 + 6000
    model.fit(np.zeros((300, 100)), np.zeros((300, 100)), verbose=0)
    assert len(pickle.dumps(model)) < size + 2000       # no batches, no recorded steps
    model.predict(np.zeros((300, 100)), verbose=0)
    assert len(pickle.dumps(model)) < size + 2000


class Own(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.inner = {"a": [layers.Dense(units)]}
        self.shared = self.inner["a"][0]

    def call(self, x):
        return self.shared(x) * self.factor

    def build(self, input_shape):
        self.factor = self.add_weight((1,), "ones", name="factor")


@pytest.mark.parametrize("make", COPIES)
@pytest.mark.parametrize("layer", [
    layers.Dense(3, activation="tanh", kernel_initializer="he_normal", bias_regularizer="l1"),
    layers.Activation("softmax"), layers.Flatten(), layers.Rescaling(0.5, offset=np.ones(4)),
    Own(3),
], ids=lambda layer: type(layer).__name__)
def test_layers(make, layer):
    y = layer(X)
    other = make(layer)
    assert np.array_equal(other(X), y) and other.name == layer.name
    if isinstance(layer, Own):
        assert other.shared is other.inner["a"][0]
        other.factor.assign([2.0])
        assert np.array_equal(other(X), 2 * y.numpy()) and np.array_equal(layer(X), y)


@pytest.mark.parametrize("make", COPIES)
def test_losses_and_metrics(make):
    for loss in (losses.Huber(delta=2.0), losses.mean_squared_error, losses.get("mse")):
        assert np.array_equal(make(loss)(Y, Y + 1), loss(Y, Y + 1))
    metric = metrics.MeanAbsoluteError()
    metric.update_state(Y, Y + 1)
    other = make(metric)
    assert float(other.result()) == float(metric.result())
    other.update_state(Y, Y + 2)
    assert np.allclose(float(other.result()), 1.5) and np.allclose(float(metric.result()), 1.0)
