"""Dropout and noise layers: when they act, what fixes their numbers, what they refuse."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Input, Sequential, layers
from autograd_mlp.layers import Dense, Dropout

X = np.random.default_rng(0).normal(size=(40, 6)).astype("float32")
KINDS = {
    "Dropout": lambda **k: layers.Dropout(0.4, **k),
    "Dropout by columns": lambda **k: layers.Dropout(0.4, noise_shape=(1, None), **k),
    "AlphaDropout": lambda **k: layers.AlphaDropout(0.4, **k),
    "GaussianNoise": lambda **k: layers.GaussianNoise(0.4, **k),
    "GaussianDropout": lambda **k: layers.GaussianDropout(0.4, **k),
}
every_kind = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)


@every_kind
def test_acts_in_training_only(make):
    layer = make(seed=1)
    assert np.array_equal(layer(X).numpy(), X)
    assert np.array_equal(layer(X, training=False).numpy(), X)
    assert not np.array_equal(layer(X, training=True).numpy(), X)
    layer.trainable = False     # that is something else
    assert not np.array_equal(layer(X, training=True).numpy(), X)


@every_kind
def test_a_seed_fixes_the_numbers_and_every_call_draws_others(make):
    first, second = make(seed=1), make(seed=1)
    for _ in range(3):
        assert np.array_equal(first(X, training=True).numpy(), second(X, training=True).numpy())
    assert not np.array_equal(first(X, training=True).numpy(), first(X, training=True).numpy())


@every_kind
def test_the_seed_of_everything_fixes_layers_without_one(make):
    drawn = []
    for _ in range(2):
        keras.set_random_seed(5)
        first, second = make(), make()
        drawn.append([layer(X, training=True).tolist() for layer in (first, second)])
    assert drawn[0] == drawn[1] and drawn[0][0] != drawn[0][1]


@every_kind
def test_the_state_is_a_variable_but_no_weight(make):
    layer = make(seed=3)
    assert layer.variables == []            # not built yet
    layer(X, training=True)
    assert layer.weights == layer.trainable_variables == []
    (state,) = layer.variables
    assert state.tolist() == [3, 1] and layer.non_trainable_variables[0] is state
    again = layer(X, training=True).tolist()
    state.assign([3, 1])
    assert layer(X, training=True).tolist() == again


@pytest.mark.parametrize("eagerly", [False, True])
@every_kind
def test_training_goes_on_from_a_restored_state(make, eagerly):
    def model():
        keras.set_random_seed(1)
        built = Sequential([Input((6,)), Dense(5), make(seed=2), Dense(1)])
        built.compile("sgd", "mse", run_eagerly=eagerly)
        return built

    def fit(model, epochs):
        model.fit(X, X[:, 0], batch_size=7, epochs=epochs, shuffle=False, verbose=0)

    whole, halves = model(), model()
    fit(whole, 4)
    fit(halves, 2)
    resumed = model()
    for ours, theirs in zip(resumed.variables, halves.variables, strict=True):
        ours.assign(theirs)
    fit(resumed, 2)
    for a, b in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


def test_a_recorded_training_draws_a_new_mask_for_every_batch():
    masks = []

    class Spy(layers.Layer):
        def call(self, x):
            masks.append((x.numpy() != 0).tolist())
            return x

    model = Sequential([Input((6,)), Dropout(0.5, seed=1), Spy(), Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((12, 6)), np.ones(12), batch_size=4, epochs=2, verbose=0)
    assert len({str(mask) for mask in masks}) == len(masks) >= 6


def test_nothing_to_drop_needs_no_numbers():
    layer = Dropout(0.0)
    assert np.array_equal(layer(X, training=True).numpy(), X) and layer.variables == []


def test_float64():
    y = Dropout(0.5, seed=1, dtype="float64")(X.astype(float), training=True)
    assert y.dtype == "float64"


@pytest.mark.parametrize("make, words", [
    (lambda: Dropout(2), "`rate`. Expected a float value .* rate=2"),
    (lambda: Dropout("0.5"), "`rate`. Expected a float value"),
    (lambda: Dropout(True), "`rate`. Expected a float value"),
    (lambda: Dropout(0.5, seed=1.5), "`seed` to be an integer"),
    (lambda: Dropout(0.5, noise_shape=7), "`noise_shape` to be a tuple"),
    (lambda: Dropout(0.5, noise_shape=(0,)), "positive integers"),
    (lambda: Dropout(0.5, noise_shap=(1,)), "did you mean 'noise_shape'"),
    (lambda: layers.AlphaDropout(1), "below 1"),
    (lambda: layers.GaussianDropout(1.0), "below 1"),
    (lambda: layers.GaussianNoise(-1.0), "`stddev` to be a number from 0 to 1"),
    (lambda: layers.SpatialDropout1D(0.5)(X), "expects 3 axes"),
    (lambda: Dropout(0.5, noise_shape=(1,))(X, training=True), "entry for each axis"),
])
def test_what_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_activity_regularization_is_a_loss_of_training():
    model = Sequential([Input((6,)), layers.ActivityRegularization(l1=0.5, l2=0.25)])
    model.compile("sgd", "mse")
    x = np.full((4, 6), 2.0)
    # nothing to learn: mse is 0, and the penalty 6·(0.5·2 + 0.25·4) for each sample
    assert model.evaluate(x, x, verbose=0) == pytest.approx(12)
