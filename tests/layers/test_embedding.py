"""Embedding: the first and the last index and those beyond, training, what it refuses."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Input, Sequential, layers, ops
from autograd_mlp.layers import Embedding

TABLE = np.arange(12.0, dtype="float32").reshape(4, 3)


def test_rows_by_index():
    layer = Embedding(4, 3, weights=TABLE)
    assert layer.built and np.array_equal(layer.embeddings, TABLE)
    assert np.array_equal(layer([[0, 3], [1, 1]]), TABLE[[[0, 3], [1, 1]]])
    assert np.array_equal(Embedding(4, 3, weights=[TABLE])(np.array([2], "uint8")), TABLE[[2]])


@pytest.mark.parametrize("index", [4, 5, -1])
def test_an_index_out_of_range_raises_with_the_range(index):
    layer = Embedding(4, 3, weights=TABLE)
    with pytest.raises(IndexError, match=rf"index {index} at position 1 .* from 0 to 3"):
        layer(np.array([[3, index]]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floats_are_taken_if_they_are_whole(dtype):
    layer = Embedding(4, 3, weights=TABLE)
    assert np.array_equal(layer(np.array([[0.0, 3.0]], dtype)), TABLE[[[0, 3]]])
    for bad in (0.5, np.nan):
        with pytest.raises(ValueError, match="whole numbers"):
            layer(np.array([[bad]], dtype))


def model(eagerly=False):
    keras.set_random_seed(1)
    built = Sequential([Input((5,), dtype="int32"), Embedding(20, 4),
                        layers.GlobalAveragePooling1D(), layers.Dense(1, "sigmoid")])
    built.compile("adam", "binary_crossentropy", run_eagerly=eagerly)
    return built


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "float32"])
def test_training(dtype):
    x = np.random.default_rng(0).integers(0, 20, (60, 5))
    y = (x < 10).mean(1) > 0.5
    recorded, eager = model(), model(True)
    histories = []
    for trained in (recorded, eager):
        keras.set_random_seed(2)
        histories.append(trained.fit(x.astype(dtype), y, epochs=30, batch_size=8,
                                     verbose=0).history["loss"])
    assert histories[0] == histories[1] and histories[0][-1] < 0.9 * histories[0][0]
    with pytest.raises(IndexError, match="index 20"):
        recorded.predict(np.full((40, 5), 20), verbose=0)


def test_indices_beyond_the_precision_of_float32_are_kept():
    built = Sequential([Input((1,), dtype="int64"), Embedding(2**24 + 2, 1, "zeros")])
    assert built.layers[0].embeddings.size == 2**24 + 2
    built.layers[0].embeddings.data[2**24 + 1] = 5
    x = np.full((300, 1), 2**24 + 1)
    assert np.all(built.predict(x, batch_size=100, verbose=0) == 5)
    assert built(x[:1]).item() == 5


def test_only_the_rows_in_use_get_a_gradient():
    layer = Embedding(4, 3, weights=TABLE)
    ops.sum(layer([[1, 1, 3]])).backward()
    assert layer.embeddings.grad.numpy()[:, 0].tolist() == [0, 2, 0, 1]


def test_older_arguments():
    with pytest.warns(DeprecationWarning, match="input_length="):
        built = Sequential([Embedding(4, 3, input_length=7), layers.Flatten()])
    assert built.output_shape == (None, 21)


@pytest.mark.parametrize("call, error, words", [
    (lambda: Embedding(0, 3), ValueError, "`input_dim` to be a positive integer"),
    (lambda: Embedding(4, 2.5), ValueError, "`output_dim` to be a positive integer"),
    (lambda: Embedding(4, 3, mask_zero=True), NotImplementedError, "masks"),
    (lambda: Embedding(4, 3, lora_rank=2), NotImplementedError, "low-rank"),
    (lambda: Embedding(4, 3, weights=TABLE.T), ValueError, r"shape \(4, 3\)"),
    (lambda: Embedding(4, 3).embeddings, AttributeError, "before it is built"),
    (lambda: Embedding(4, 3, initializer="zeros"), ValueError, "did you mean"),
])
def test_what_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()
