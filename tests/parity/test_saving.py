"""Files each way: saved here and opened by Keras, saved by Keras and opened here."""

import json
import zipfile

import numpy as np
import pytest

import autograd_mlp
from tests.parity import assert_same, import_keras

keras = import_keras()
h5py = pytest.importorskip("h5py")
pytestmark = pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning",  # within Keras
                                        "ignore:.*legacy in Keras 3")
LIBRARIES = {"ours": autograd_mlp, "theirs": keras}
X = np.random.default_rng(0).normal(size=(12, 6)).astype(np.float32)
Y = np.random.default_rng(1).normal(size=(12, 2)).astype(np.float32)


def network(k, compiled=None):
    layers = k.layers
    model = k.Sequential([
        k.Input((6,)),
        layers.Dense(5, activation="relu", kernel_regularizer="l2", bias_constraint="max_norm"),
        k.Sequential([k.Input((5,)), layers.Dense(4, activation="tanh",
                                                  kernel_initializer="he_normal"),
                      layers.Dense(3)]),
        layers.Flatten(),
        layers.Dense(2, use_bias=False),
        layers.Activation("softmax"),
    ])
    if compiled:
        model.compile(**compiled(k))
        model.fit(X, Y, epochs=2, batch_size=4, shuffle=False, verbose=0)
    return model


def predictions(model):
    return model.predict(X, verbose=0)


def exchanged(tmp_path, model, to, name="model.keras", **arguments):
    """The model as the other library loads it from a file."""
    path = str(tmp_path / name)
    model.save(path)
    return LIBRARIES[to].models.load_model(path, **arguments)


def both_ways(test):
    return pytest.mark.parametrize("made, opened", [("ours", "theirs"), ("theirs", "ours")])(test)


@both_ways
@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_whole_model(tmp_path, made, opened, name):
    model = network(LIBRARIES[made])
    again = exchanged(tmp_path, model, opened, name, compile=False)
    assert_same(predictions(again), predictions(model))
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]


@both_ways
@pytest.mark.parametrize("name", ["w.weights.h5", "w.keras", "w.h5"])
def test_weights(tmp_path, made, opened, name):
    model, other = network(LIBRARIES[made]), network(LIBRARIES[opened])
    path = str(tmp_path / name)
    model.save_weights(path) if "weights" in name else model.save(path)
    other.load_weights(path)
    assert_same(predictions(other), predictions(model))


def without_shared_ids(config):
    """Keras numbers objects that a config holds twice by their address in memory."""
    if isinstance(config, list):
        return [without_shared_ids(item) for item in config]
    if isinstance(config, dict):
        return {key: without_shared_ids(value) for key, value in config.items()
                if key != "shared_object_id"}
    return config


def test_the_files_have_the_same_parts(tmp_path):
    found = {}
    for which, k in LIBRARIES.items():
        k.backend.clear_session()
        path = str(tmp_path / f"{which}.keras")
        network(k).save(path)
        parts = {}
        with zipfile.ZipFile(path) as archive:
            config = without_shared_ids(json.loads(archive.read("config.json")))
            with archive.open("model.weights.h5") as file, h5py.File(file) as h5:
                h5.visititems(lambda name, item, parts=parts: parts.update(
                    {name: (getattr(item, "shape", None), dict(item.attrs))}))
            found[which] = archive.namelist(), config, parts
    for ours, theirs in zip(found["ours"], found["theirs"], strict=True):
        assert ours == theirs


COMPILED = {
    "names": lambda k: dict(optimizer="sgd", loss="mse", metrics=["mae", "accuracy"]),
    "objects": lambda k: dict(
        optimizer=k.optimizers.SGD(0.05, momentum=0.5),
        loss=k.losses.MeanAbsoluteError(reduction="sum"),
        metrics=[k.metrics.MeanAbsoluteError(name="error")], loss_weights=2.0,
        weighted_metrics=["mse"]),
    "schedule": lambda k: dict(
        optimizer=k.optimizers.Adam(k.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5),
                                    amsgrad=True, weight_decay=0.01, clipnorm=1.0),
        loss=k.losses.LogCosh()),
    "functions": lambda k: dict(optimizer="adam", loss=k.losses.mean_absolute_error,
                                metrics=[k.metrics.mean_squared_error]),
}


def train(model, epochs=2):
    history = model.fit(X, Y, epochs=epochs, batch_size=4, shuffle=False, verbose=0)
    return history.history


@both_ways
@pytest.mark.parametrize("how", COMPILED)
def test_compiled_models_go_on_training(tmp_path, made, opened, how):
    model = network(LIBRARIES[made])
    model.compile(**COMPILED[how](LIBRARIES[made]))
    train(model)
    other = exchanged(tmp_path, model, opened)
    assert_same(train(other), train(model))
    assert_same(predictions(other), predictions(model))


def optimizers_of(k):
    return {name: cls for name, cls in vars(k.optimizers).items() if isinstance(cls, type)
            and issubclass(cls, k.optimizers.Optimizer) and cls is not k.optimizers.Optimizer}


OPTIMIZERS = sorted(optimizers_of(autograd_mlp))


@pytest.mark.parametrize("made, opened, optimizer, name", [
    *((made, opened, optimizer, "model.keras") for optimizer in OPTIMIZERS
      for made, opened in (("ours", "theirs"), ("theirs", "ours"))),
    ("theirs", "ours", "Adam", "model.h5"),     # Keras does not restore the state of its own .h5
])
def test_every_optimizer_goes_on(tmp_path, made, opened, optimizer, name):
    k = LIBRARIES[made]
    model = k.Sequential([k.Input((6,)), k.layers.Dense(3, activation="tanh"),
                          k.layers.Dense(2)])
    loss = "mse" if made == "ours" else "mean_squared_error"  # Keras cannot read its own "mse"
    model.compile(optimizers_of(k)[optimizer](learning_rate=0.01), loss, run_eagerly=True)
    train(model)
    other = exchanged(tmp_path, model, opened, name)
    for ours, theirs in zip(other.optimizer.variables, model.optimizer.variables, strict=True):
        assert_same(np.asarray(ours), np.asarray(theirs))
    assert_same(train(other), train(model))
    assert_same(predictions(other), predictions(model), rtol=1e-4)


def rounded(config):
    """A config as JSON; Keras rounds some numbers to float32."""
    return json.loads(json.dumps(config), parse_float=lambda text: round(float(text), 6))


LAYERS = {
    "ActivityRegularization": dict(l1=0.1), "Activation": dict(activation="gelu"),
    "AlphaDropout": dict(rate=0.3, seed=3), "BatchNormalization": dict(momentum=0.5),
    "Dense": dict(units=3, activation="softplus", kernel_regularizer="l1",
                  kernel_constraint="non_neg", bias_initializer="ones"),
    "Dropout": dict(rate=0.4, seed=2), "ELU": dict(alpha=0.5), "Flatten": {},
    "GaussianDropout": dict(rate=0.2), "GaussianNoise": dict(stddev=0.1), "Identity": {},
    "LayerNormalization": dict(epsilon=0.1), "LeakyReLU": dict(negative_slope=0.2),
    "Normalization": dict(mean=[0.1] * 6, variance=[2.0] * 6),
    "PReLU": dict(alpha_initializer="ones"), "Permute": dict(dims=(1,)),
    "ReLU": dict(max_value=1.0), "RepeatVector": dict(n=2), "Rescaling": dict(scale=0.5, offset=1),
    "Reshape": dict(target_shape=(3, 2)), "Softmax": {}, "UnitNormalization": {},
}
OTHER_INPUTS = {"Embedding": dict(input_dim=9, output_dim=3, embeddings_initializer="he_normal"),
                "GlobalAveragePooling1D": {}, "GlobalMaxPooling1D": {},
                "SpatialDropout1D": dict(rate=0.3, seed=1)}
NOT_ALONE = {"Layer", "InputLayer", "Input", "Lambda"}


def layers_of(k):
    return {cls.__name__ for cls in vars(k.layers).values()
            if isinstance(cls, type) and issubclass(cls, k.layers.Layer)}


def test_no_layer_is_left_out():
    assert layers_of(autograd_mlp) - NOT_ALONE <= {*LAYERS, *OTHER_INPUTS}


@both_ways
@pytest.mark.parametrize("name", sorted(layers_of(autograd_mlp) - NOT_ALONE))
def test_every_layer(tmp_path, made, opened, name):
    k = LIBRARIES[made]
    layer = getattr(k.layers, name)(**{**LAYERS, **OTHER_INPUTS}[name])
    if name == "Embedding":
        parts = [k.Input((5,), dtype="int32"), layer]
        x = np.arange(20).reshape(4, 5) % 9
    elif name in OTHER_INPUTS:
        parts = [k.Input((6,)), k.layers.Reshape((3, 2)), layer]
        x = X
    else:
        parts, x = [k.Input((6,)), layer], X
    model = k.Sequential([*parts, k.layers.Flatten(), k.layers.Dense(2)])
    rng = np.random.default_rng(5)
    model.set_weights([rng.uniform(0.1, 2, w.shape).astype(w.dtype) for w in model.get_weights()])
    other = exchanged(tmp_path, model, opened)
    assert_same(other.predict(x, verbose=0), model.predict(x, verbose=0))
    ours, theirs = other.get_layer(layer.name).get_config(), layer.get_config()
    assert rounded(autograd_mlp.saving.serialize_keras_object(ours)) == \
        rounded(keras.saving.serialize_keras_object(theirs))
