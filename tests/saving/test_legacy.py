"""Files as Keras 2 wrote them."""

import json

import numpy as np
import pytest

from autograd_mlp import models

h5py = pytest.importorskip("h5py")

MODEL = {"class_name": "Sequential", "config": {"name": "sequential", "layers": [
    {"class_name": "Dense", "config": {
        "name": "dense", "trainable": True, "batch_input_shape": [None, 3], "dtype": "float32",
        "units": 4, "activation": "relu", "use_bias": True,
        "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}},
        "bias_initializer": {"class_name": "Zeros", "config": {}},
        "kernel_regularizer": {"class_name": "L2", "config": {"l2": 0.1}},
        "bias_regularizer": None, "activity_regularizer": None, "kernel_constraint": None,
        "bias_constraint": None}},
    {"class_name": "Dense", "config": {"name": "out", "units": 1, "activation": "sigmoid"}},
]}}
TRAINING = {
    "loss": "binary_crossentropy", "weighted_metrics": None, "loss_weights": None,
    "metrics": [[{"class_name": "MeanMetricWrapper", "config": {
        "name": "accuracy", "dtype": "float32", "fn": "binary_accuracy"}}]],
    "optimizer_config": {"class_name": "SGD", "config": {
        "name": "SGD", "learning_rate": 0.125, "decay": 0.0, "momentum": 0.0,
        "nesterov": False}}}
WEIGHTS = {"dense": {"dense/kernel:0": (3, 4), "dense/bias:0": (4,)},
           "out": {"out/kernel:0": (4, 1), "out/bias:0": (1,)}}


@pytest.fixture
def path(tmp_path):
    rng = np.random.default_rng(0)
    with h5py.File(tmp_path / "model.h5", "w") as h5:
        h5.attrs["model_config"] = np.bytes_(json.dumps(MODEL))
        h5.attrs["training_config"] = json.dumps(TRAINING)
        h5.attrs["keras_version"] = b"2.11.0"
        weights = h5.create_group("model_weights")
        weights.attrs["layer_names"] = [name.encode() for name in WEIGHTS]
        for layer, variables in WEIGHTS.items():
            group = weights.create_group(layer)
            group.attrs["weight_names"] = [name.encode() for name in variables]
            for name, shape in variables.items():
                group[name] = rng.normal(size=shape).astype("f4")
    return tmp_path / "model.h5"


def test_a_model_of_keras_2(path):
    model = models.load_model(path)
    x = np.random.default_rng(1).normal(size=(5, 3))
    with h5py.File(path) as h5:
        w = {name.split("/")[0] + name.split("/")[1]: h5["model_weights"][layer][name][()]
             for layer, names in WEIGHTS.items() for name in names}
    hidden = np.maximum(x @ w["densekernel:0"] + w["densebias:0"], 0)
    expected = 1 / (1 + np.exp(-(hidden @ w["outkernel:0"] + w["outbias:0"])))
    assert np.allclose(model.predict(x, verbose=0), expected, atol=1e-6)
    assert model.optimizer.learning_rate.item() == 0.125
    assert model.layers[0].kernel_regularizer.l2 == 0.1
    assert set(model.evaluate(x, np.ones(5), verbose=0, return_dict=True)) == {"accuracy", "loss"}


def test_without_a_training_configuration(path):
    with h5py.File(path, "a") as h5:
        del h5.attrs["training_config"]
    with pytest.warns(UserWarning, match="no training configuration"):
        assert not models.load_model(path).compiled
    assert not models.load_model(path, compile=False).compiled


def test_long_lists_of_names_are_stored_in_pieces(path, tmp_path):
    from autograd_mlp.saving import hdf5

    names = [f"layer_{i}_" + "x" * 50 for i in range(3000)]
    with h5py.File(tmp_path / "names.h5", "w") as h5:
        hdf5.write_names(h5, "layer_names", names)
        assert "layer_names0" in h5.attrs
        assert hdf5.read_names(h5, "layer_names", "the file") == names
        hdf5.write_names(h5, "none", [])
        assert hdf5.read_names(h5, "none", "the file") == []
