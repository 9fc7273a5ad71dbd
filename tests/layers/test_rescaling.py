"""Numbers brought to another range, and training from bytes."""

import json

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp.layers import Dense, Flatten, Rescaling


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32", "float64"])
def test_values(dtype):
    x = np.array([[0, 1, 127, 255]], dtype=dtype)
    y = Rescaling(1 / 127.5, offset=-1.0)(x)
    assert y.dtype == "float32"
    np.testing.assert_allclose(y.numpy(), x / 127.5 - 1, atol=1e-6)
    assert Rescaling(2.0, dtype="float64")(x).dtype == "float64"


@pytest.mark.parametrize("make", [list, np.array])
def test_a_scale_for_each_column(make):
    layer = Rescaling(make([1.0, 10.0]), make([0.0, 5.0]))
    y = layer(np.array([[1.0, 2.0]]))
    assert y.tolist() == [[1.0, 25.0]] and y.dtype == "float32"
    again = Rescaling.from_config(json.loads(json.dumps(layer.get_config())))
    assert type(again.scale) is type(layer.scale) and list(again.scale) == [1.0, 10.0]
    model = keras.Sequential([keras.Input((2,)), layer])
    x = np.ones((100, 2))
    assert model.predict(x, batch_size=10, verbose=0).tobytes() == model.predict(
        x, batch_size=100, verbose=0).tobytes()


def test_config():
    layer = Rescaling(0.5, 1.0, name="r")
    assert Rescaling.from_config(layer.get_config()).get_config() == layer.get_config()


def model(dtype):
    keras.set_random_seed(3)
    built = keras.Sequential([keras.Input((3, 4)), Rescaling(1 / 255, dtype=dtype), Flatten(),
                              Dense(5, "relu", dtype=dtype), Dense(1, dtype=dtype)])
    built.compile("sgd", "mse")
    return built


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch_size", [4, 10])
@pytest.mark.parametrize("eagerly", [False, True])
def test_bytes_train_as_numbers_do(dtype, batch_size, eagerly):
    pixels = np.random.default_rng(0).integers(0, 256, (10, 3, 4), dtype="uint8")
    y = np.arange(10.0)
    from_bytes, from_numbers = model(dtype), model(dtype)
    from_bytes.run_eagerly = eagerly
    kept = pixels.copy()
    history = []
    for trained, x in ((from_bytes, pixels), (from_numbers, pixels.astype(dtype))):
        keras.set_random_seed(4)
        history.append(trained.fit(x, y, batch_size=batch_size, epochs=3, verbose=0).history)
    assert history[0] == history[1]
    for a, b in zip(from_bytes.get_weights(), from_numbers.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    for n in (1, 3, 10):
        same = from_numbers.predict(pixels[:n].astype(dtype), batch_size=3, verbose=0)
        assert from_bytes.predict(pixels[:n], batch_size=3, verbose=0).tobytes() == same.tobytes()
    assert from_bytes.train_on_batch(pixels, y) == from_numbers.train_on_batch(
        pixels.astype(dtype), y)
    assert np.array_equal(pixels, kept)
