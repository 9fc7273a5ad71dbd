"""What older tutorials take from ``keras.backend`` for their own losses and metrics."""

import numpy as np
import pytest

import autograd_mlp
from autograd_mlp import Input, Sequential, _backend_functions
from autograd_mlp import backend as K
from autograd_mlp.layers import Dense

X = np.array([[1.0, -2.0, 0.5], [4.0, 0.0, -0.5]], np.float32)
POSITIVE = np.abs(X) + 0.25

CASES = {
    "abs": lambda: (K.abs(X), np.abs(X)),
    "square": lambda: (K.square(X), X**2),
    "sqrt": lambda: (K.sqrt(X), np.sqrt(np.maximum(X, 0))),
    "exp": lambda: (K.exp(X), np.exp(X)),
    "log": lambda: (K.log(POSITIVE), np.log(POSITIVE)),
    "sign": lambda: (K.sign(X), np.sign(X)),
    "pow": lambda: (K.pow(POSITIVE, 1.5), POSITIVE**1.5),
    "round": lambda: (K.round(X), np.round(X)),
    "clip": lambda: (K.clip(X, -1, 1), np.clip(X, -1, 1)),
    "clip by name": lambda: (K.clip(X, min_value=0, max_value=1), np.clip(X, 0, 1)),
    "sum": lambda: (K.sum(X, axis=-1), X.sum(-1)),
    "mean": lambda: (K.mean(X, axis=0, keepdims=True), X.mean(0, keepdims=True)),
    "std": lambda: (K.std(X), X.std()),
    "var": lambda: (K.var(X, axis=1), X.var(1)),
    "max": lambda: (K.max(X, axis=1), X.max(1)),
    "min": lambda: (K.min(X), X.min()),
    "argmax": lambda: (K.argmax(X), X.argmax(-1)),
    "argmin": lambda: (K.argmin(X, 0), X.argmin(0)),
    "equal": lambda: (K.equal(X, 0.5), (X == 0.5).astype(float)),
    "greater": lambda: (K.greater(X, 0.0), (X > 0).astype(float)),
    "cast": lambda: (K.cast(K.argmax(X), "float32"), [0.0, 0.0]),
    "dot": lambda: (K.dot(X, X.T), X @ X.T),
    "relu": lambda: (K.relu(X, 0.5), np.where(X > 0, X, 0.5 * X)),
    "softmax": lambda: (K.sum(K.softmax(X), axis=-1), [1.0, 1.0]),
    "concatenate": lambda: (K.concatenate([X, X]), np.concatenate([X, X], -1)),
    "expand_dims": lambda: (K.expand_dims(X), X[..., None]),
    "squeeze": lambda: (K.squeeze(X[..., None], -1), X),
    "flatten": lambda: (K.flatten(X), X.ravel()),
    "batch_flatten": lambda: (K.batch_flatten(X[..., None]), X),
    "ones_like": lambda: (K.ones_like(X) + K.zeros_like(X), np.ones_like(X)),
    "binary_crossentropy": lambda: (K.binary_crossentropy(np.ones((1, 2), np.float32),
                                                          np.float32([[0.5, 0.25]])),
                                    -np.log([[0.5, 0.25]])),
}


@pytest.mark.parametrize("case", CASES)
def test_values(case):
    ours, expected = CASES[case]()
    np.testing.assert_allclose(ours.numpy(), expected, rtol=1e-6, atol=1e-6)
    assert ours.shape == np.shape(expected)


def test_values_of_variables():
    variable = K.variable([1.0, 2.0])
    K.set_value(variable, [3.0, 4.0])
    assert K.get_value(variable).tolist() == [3.0, 4.0] and K.int_shape(variable) == (2,)
    assert K.get_value(K.constant(2.0)) == 2.0 and K.ndim(X) == 2


def precision(y_true, y_pred):
    hits = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
    return hits / (K.sum(K.round(K.clip(y_pred, 0, 1))) + K.epsilon())


def same(y_true, y_pred):
    return K.mean(K.equal(K.argmax(y_true, axis=-1), K.argmax(y_pred, axis=-1)))


def squares(y_true, y_pred):
    return K.mean(K.square(y_pred - y_true), axis=-1)


def test_losses_and_metrics_are_recorded():
    """Training with them gives the same as running the Python of every step."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 3))
    y = np.eye(2)[(x.sum(1) > 0).astype(int)]
    histories = []
    for eagerly in (False, True):
        autograd_mlp.set_random_seed(1)
        model = Sequential([Input((3,)), Dense(2, activation="softmax")])
        model.compile("sgd", squares, metrics=[precision, same], run_eagerly=eagerly)
        histories.append(model.fit(x, y, epochs=3, batch_size=8, verbose=0).history)
    assert histories[0] == histories[1]
    assert set(histories[0]) == {"loss", "precision", "same"}
    np.testing.assert_allclose(histories[0]["loss"][-1], 0.25, atol=0.2)


def test_names():
    with pytest.raises(AttributeError, match="did you mean 'square'"):
        K.squares  # noqa: B018
    with pytest.raises(NotImplementedError, match="compiled into"):
        K.set_epsilon(1e-5)
    K.set_epsilon(1e-7)
    assert K.image_data_format() == "channels_last"
    assert "Tensor" not in _backend_functions.NAMES and "square" in _backend_functions.NAMES
