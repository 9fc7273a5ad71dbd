"""Whole trainings: from equal weights, epoch by epoch the figures of Keras."""

import warnings

import numpy as np
import pytest

import autograd_mlp
from tests.parity import assert_same, import_keras

keras = import_keras()
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
LIBRARIES = {"ours": autograd_mlp, "theirs": keras}



@pytest.fixture(autouse=True, scope="module")
def compiling_takes_less():
    """Most of the time of these tests is XLA's; what it optimizes is not looked at."""
    if keras.backend.backend() != "jax":
        yield
        return
    import jax

    before = jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", before)


@pytest.fixture(autouse=True)
def fresh_names():
    for k in LIBRARIES.values():
        k.backend.clear_session()


rng = np.random.default_rng(4)
N, FEATURES, CLASSES = 53, 5, 3
X = rng.normal(size=(N, FEATURES)).astype("float32")
TARGETS = {
    "numbers": rng.normal(size=(N, 2)).astype("float32"),
    "one number": rng.normal(size=N).astype("float32"),
    "yes or no": (X[:, :1] + 0.3 * rng.normal(size=(N, 1)) > 0).astype("float32"),
    "classes": rng.integers(0, CLASSES, N),
    "one-hot": np.eye(CLASSES, dtype="float32")[rng.integers(0, CLASSES, N)],
}
WEIGHTS = rng.uniform(0.2, 2.0, N).astype("float32")


def mlp(k, units, last="linear", hidden="tanh", between=(), **arguments):
    """A network of one library."""
    layers = [k.Input((FEATURES,)), k.layers.Dense(7, activation=hidden, **arguments)]
    layers += [make(k) for make in between]
    return k.Sequential([*layers, k.layers.Dense(6, activation="relu"),
                         k.layers.Dense(units, activation=last)])


def twins(*args, **kwargs):
    """The same network in both libraries, with the same weights."""
    made = {name: mlp(k, *args, **kwargs) for name, k in LIBRARIES.items()}
    values = [rng.uniform(-0.6, 0.6, w.shape) if w.trainable else w.numpy()
              for w in made["ours"].weights]
    made["ours"].set_weights(values)
    made["theirs"].set_weights(values)
    return made


def train(models, compiled, x=X, y=None, **arguments):
    """Histories of both, after they were found to agree; and their weights."""
    histories = {}
    for name, k in LIBRARIES.items():
        made, fitted = ({key: value(k) if callable(value) else value
                         for key, value in given.items()} for given in (compiled, arguments))
        if made:
            models[name].compile(**made)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")     # what Keras says of input that ran out
            histories[name] = models[name].fit(x, y, **{
                "epochs": 4, "batch_size": 8, "shuffle": False, "verbose": 0, **fitted})
    ours, theirs = histories["ours"], histories["theirs"]
    assert ours.epoch == theirs.epoch
    assert_same(ours.history, theirs.history)       # keys and their order, too
    assert_same(models["ours"].get_weights(), models["theirs"].get_weights(), 1e-4, 1e-5)
    return ours, theirs


TASKS = {
    "mse": ("numbers", "linear", 2, "mse", ["mae", "mse"]),
    "mae of a vector": ("one number", "linear", 1, "mae", ["mse"]),
    "binary": ("yes or no", "sigmoid", 1, "binary_crossentropy", ["accuracy", "mse"]),
    "sparse": ("classes", "softmax", CLASSES, "sparse_categorical_crossentropy", ["acc"]),
    "categorical": ("one-hot", "softmax", CLASSES, "categorical_crossentropy", ["accuracy"]),
    "crossentropy": ("one-hot", "softmax", CLASSES, "crossentropy", ["accuracy"]),
    "logits": ("classes", "linear", CLASSES,
               lambda k: k.losses.SparseCategoricalCrossentropy(from_logits=True), ["accuracy"]),
    "sum": ("numbers", "linear", 2, lambda k: k.losses.MeanSquaredError(reduction="sum"), ["mse"]),
    "huber": ("numbers", "linear", 2, lambda k: k.losses.Huber(0.7), None),
}


@pytest.mark.parametrize("task, optimizer", list(
    zip(TASKS, ["sgd", "adam", "rmsprop"] * 3, strict=True)))
def test_losses_and_optimizers(task, optimizer):
    target, last, units, loss, metrics = TASKS[task]
    train(twins(units, last), dict(optimizer=optimizer, loss=loss, metrics=metrics),
          y=TARGETS[target], validation_data=(X[:20], TARGETS[target][:20]))


@pytest.mark.parametrize("batch_size", [1, 53, 100])
def test_batch_sizes(batch_size):
    train(twins(1, "sigmoid"), dict(optimizer="adam", loss="binary_crossentropy",
                                    metrics=["accuracy"]),
          y=TARGETS["yes or no"], batch_size=batch_size)


WEIGHTED = dict(optimizer="sgd", loss="sparse_categorical_crossentropy",
                metrics=["accuracy"], weighted_metrics=["accuracy", "sparse_categorical_accuracy"])


@pytest.fixture(scope="module")
def compiled_twins():
    """Compiled once for all tests: Keras keeps what it compiled for a shape."""
    models = twins(CLASSES, "softmax")
    for model in models.values():
        model.compile(**WEIGHTED)
    return models, models["ours"].get_weights()


@pytest.mark.parametrize("arguments", [
    dict(sample_weight=WEIGHTS),
    dict(sample_weight=WEIGHTS[:, None]),
    dict(class_weight={0: 1.0, 1: 3.5, 2: 0.2}),
    dict(class_weight={1: 3.5}),
    dict(sample_weight=WEIGHTS, validation_split=0.3),
    dict(validation_split=0.21),
    dict(sample_weight=WEIGHTS, validation_data=(X[:30], TARGETS["classes"][:30], WEIGHTS[:30])),
    dict(validation_data=(X[:30], TARGETS["classes"][:30]), validation_batch_size=4),
    dict(validation_data=(X, TARGETS["classes"]), validation_freq=2),
    dict(validation_data=(X, TARGETS["classes"]), validation_freq=[1, 4]),
    dict(validation_data=(X, TARGETS["classes"]), validation_steps=3),
    dict(initial_epoch=2), dict(epochs=0), dict(epochs=1),
    dict(steps_per_epoch=3), dict(steps_per_epoch=3, batch_size=None),
    dict(steps_per_epoch=10), dict(batch_size=4, steps_per_epoch=5, epochs=6),
], ids=lambda arguments: ", ".join(f"{key}" for key in arguments))
def test_arguments_of_fit(compiled_twins, arguments):
    models, weights = compiled_twins
    for model in models.values():
        model.set_weights(weights)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Your input ran out")
        train(models, {}, y=TARGETS["classes"], **arguments)


def test_class_weights_of_one_hot_targets():
    train(twins(CLASSES, "softmax"),
          dict(optimizer="sgd", loss="categorical_crossentropy", weighted_metrics=["accuracy"]),
          y=TARGETS["one-hot"], class_weight={0: 0.5, 2: 4.0})


@pytest.mark.parametrize("compiled", [
    dict(loss=["mse"]), dict(loss="mse", loss_weights=0.3), dict(loss=["mse"], loss_weights=[3.0]),
    dict(loss="mse", metrics=["mae", "mae"], weighted_metrics=["mae", "mse"]),
    dict(loss="mse", metrics=[["mae"], ["mse"]]),
    dict(loss="mse", steps_per_execution=3), dict(loss="mse", run_eagerly=True),
    dict(loss="mse", jit_compile=False, auto_scale_loss=False),
], ids=str)
def test_arguments_of_compile(compiled):
    train(twins(2), dict(optimizer="sgd", **compiled), y=TARGETS["numbers"],
          sample_weight=WEIGHTS)


@pytest.mark.parametrize("settings", [
    dict(kernel_regularizer="l2"), dict(kernel_regularizer="l1", bias_regularizer="l2"),
    dict(activity_regularizer="l2"),
    dict(kernel_regularizer="l1l2", activity_regularizer="l1"),
], ids=str)
def test_losses_of_layers(settings):
    train(twins(1, "sigmoid", **settings),
          dict(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"]),
          y=TARGETS["yes or no"], validation_split=0.2)


def test_layers_between():
    names = [name for name in ("Dropout", "BatchNormalization", "LayerNormalization")
             if hasattr(autograd_mlp.layers, name)]
    between = [lambda k, name=name: getattr(k.layers, name)(
        **({"rate": 0.0} if name == "Dropout" else {})) for name in names]
    train(twins(1, "sigmoid", between=between),
          dict(optimizer="sgd", loss="binary_crossentropy", metrics=["accuracy"]),
          y=TARGETS["yes or no"], validation_split=0.2)


def test_frozen_layers():
    models = twins(2)
    for model in models.values():
        model.layers[0].trainable = False
    train(models, dict(optimizer="adam", loss="mse"), y=TARGETS["numbers"])


def test_a_model_in_a_model():
    def nested(k):
        return k.Sequential([k.layers.Dense(4, activation="tanh"), k.layers.Dense(3)], name="inner")

    models = twins(1, "sigmoid", between=[nested])
    train(models, dict(optimizer="adam", loss="binary_crossentropy"), y=TARGETS["yes or no"])
    assert [w.path for w in models["ours"].weights] == [w.path for w in models["theirs"].weights]


def test_a_layer_twice():
    found = []
    for k in LIBRARIES.values():
        shared = k.layers.Dense(FEATURES, activation="tanh")
        found.append(k.Sequential([k.Input((FEATURES,)), shared, shared, k.layers.Dense(2)]))
    found[1].set_weights(found[0].get_weights())
    train(dict(zip(LIBRARIES, found, strict=True)), dict(optimizer="sgd", loss="mse"),
          y=TARGETS["numbers"])


@pytest.mark.parametrize("seed", range(5))
def test_random_networks(seed):
    """Depth, widths, activations, optimizer, weights and validation at random."""
    draw = np.random.default_rng(seed)
    widths = draw.integers(1, 20, draw.integers(1, 4)).tolist()
    activations = draw.choice(["relu", "tanh", "sigmoid", "elu", "selu", "softplus", "swish"],
                              len(widths)).tolist()
    found = []
    for k in LIBRARIES.values():
        found.append(k.Sequential([
            k.Input((FEATURES,)),
            *(k.layers.Dense(n, activation=a) for n, a in zip(widths, activations, strict=True)),
            k.layers.Dense(2)]))
    found[1].set_weights(found[0].get_weights())
    train(dict(zip(LIBRARIES, found, strict=True)),
          dict(optimizer=str(draw.choice(["sgd", "adam", "rmsprop", "adagrad", "adamax"])),
               loss=str(draw.choice(["mse", "mae", "huber", "log_cosh"])), metrics=["mae"]),
          y=TARGETS["numbers"], batch_size=int(draw.integers(1, 60)),
          sample_weight=WEIGHTS if draw.random() < 0.5 else None,
          validation_split=float(draw.choice([0, 0.1, 0.4])))


# ---- data that comes in batches --------------------------------------------------------


def batches(weights=False, sizes=(8, 8, 5, 8, 3)):
    start = 0
    for size in sizes:
        part = slice(start, start + size)
        yield (X[part], TARGETS["numbers"][part], WEIGHTS[part])[: 3 if weights else 2]
        start += size


@pytest.mark.parametrize("weights", [False, True])
def test_generators(weights):
    def forever():
        while True:
            yield from batches(weights)

    models = twins(2)
    for name in LIBRARIES:
        models[name].compile("adam", "mse", weighted_metrics=["mae"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = {name: models[name].fit(
            forever(), epochs=3, steps_per_epoch=7, verbose=0, shuffle=False,
            validation_data=(X, TARGETS["numbers"], WEIGHTS)).history for name in LIBRARIES}
        assert_same(found["ours"], found["theirs"])
        once = {name: models[name].fit(batches(weights), epochs=1, verbose=0, shuffle=False)
                for name in LIBRARIES}
        assert_same(once["ours"].history, once["theirs"].history)
        assert_same(*(models[name].evaluate(batches(weights), verbose=0, return_dict=True)
                      for name in LIBRARIES))
        assert_same(*(models[name].predict(batches(weights), verbose=0) for name in LIBRARIES))


def test_datasets():
    def dataset(k):
        class Parts(k.utils.PyDataset):
            def __len__(self):
                return 5

            def __getitem__(self, index):
                part = slice(12 * index, 12 * index + 12)
                return X[part], TARGETS["classes"][part]

        return Parts()

    models = twins(CLASSES, "softmax")
    found = {}
    for name, k in LIBRARIES.items():
        models[name].compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"],
                             weighted_metrics=["accuracy"])
        found[name] = models[name].fit(
            dataset(k), epochs=3, verbose=0, shuffle=False, validation_data=dataset(k),
            class_weight={0: 1.0, 1: 2.0, 2: 0.5})
    assert_same(found["ours"].history, found["theirs"].history)
    assert found["ours"].params == found["theirs"].params
    # as a list Keras gives the weighted metric twice when two metrics have one name
    assert_same(*(models[name].evaluate(dataset(k), verbose=0, return_dict=True)
                  for name, k in LIBRARIES.items()))
    assert_same(*(models[name].predict(dataset(k), verbose=0) for name, k in LIBRARIES.items()))


# ---- what the methods return --------------------------------------------------------------


@pytest.mark.parametrize("metrics", [None, ["mae"], ["mae", "accuracy"]])
def test_single_batches(metrics):
    models = twins(1, "sigmoid")
    y = TARGETS["yes or no"]
    found = {}
    for name, model in models.items():
        model.compile("adam", "binary_crossentropy", metrics=metrics)
        found[name] = [
            model.train_on_batch(X, y), model.train_on_batch(X, y, sample_weight=WEIGHTS),
            model.train_on_batch(X, y, class_weight={0: 2.0}, return_dict=True),
            model.test_on_batch(X[:9], y[:9]),
            model.test_on_batch(X, y, WEIGHTS, return_dict=True),
            model.evaluate(X, y, verbose=0), model.evaluate(X, y, 7, verbose=0),
            model.evaluate(X, y, verbose=0, sample_weight=WEIGHTS, return_dict=True),
            model.evaluate(X, y, 7, steps=2, verbose=0), model.evaluate(X, y, steps=2, verbose=0),
            model.predict_on_batch(X), model.predict(X, 7, verbose=0),
            model.predict(X, 7, steps=3, verbose=0), model.predict(X, steps=3, verbose=0)]
    for ours, theirs in zip(found["ours"], found["theirs"], strict=True):
        assert type(ours) is type(theirs)
        assert_same(ours, theirs)


def test_params_of_the_history():
    for arguments in (dict(verbose=0), dict(verbose=0, epochs=3, batch_size=10)):
        found = []
        for model in twins(2).values():
            model.compile("sgd", "mse")
            found.append(model.fit(X, TARGETS["numbers"], **arguments))
        assert found[0].params == found[1].params and found[0].model is not None


def test_hooks_come_in_the_same_order():
    def heard(k, model, arguments):
        said = []

        class Listener(k.callbacks.Callback):
            pass

        def listen(hook):
            def heard(self, *args, logs=None):
                numbers = [a for a in args if isinstance(a, int)]
                said.append((hook, *numbers, sorted(next(
                    (a for a in args if isinstance(a, dict)), logs or {}))))

            setattr(Listener, hook, heard)

        for hook in dir(k.callbacks.Callback):
            if hook.startswith("on_"):
                listen(hook)
        model.compile("sgd", "mse", metrics=["mae"], **arguments)
        model.fit(X, TARGETS["numbers"], batch_size=20, epochs=2, verbose=0,
                  validation_split=0.5, callbacks=[Listener()])
        model.evaluate(X, TARGETS["numbers"], verbose=0, callbacks=[Listener()])
        model.predict(X, verbose=0, callbacks=[Listener()])
        return [what for what in said if what[0] not in ("on_batch_begin", "on_batch_end")]

    for arguments in ({}, {"steps_per_execution": 2}):
        models = twins(2)
        assert heard(autograd_mlp, models["ours"], arguments) == \
            heard(keras, models["theirs"], arguments)


# ---- the face of a model -------------------------------------------------------------------


def described(k):
    """Some Sequential models."""
    layers = k.layers
    inner = k.Sequential([layers.Dense(4), layers.Dense(3)], name="inner")
    shared = layers.Dense(5, name="shared")
    return [
        mlp(k, 2), k.Sequential([layers.Dense(3), layers.Dense(2)]), k.Sequential(name="empty"),
        k.Sequential([k.Input((4,), name="in"), inner, layers.Dense(1)], name="outer"),
        k.Sequential([k.Input((5,)), shared, shared]),
        k.Sequential([k.Input((2, 3)), layers.Flatten(), layers.Dense(2, use_bias=False)]),
    ]


@pytest.mark.parametrize("number", range(6))
def test_summary(number, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")        # in a narrow table Keras cuts names off
    for settings in ({}, dict(expand_nested=True, show_trainable=True)):
        found = {}
        for name, k in LIBRARIES.items():
            k.backend.clear_session()
            lines = found[name] = []
            described(k)[number].summary(
                line_length=150, print_fn=lambda text, lines=lines, **_: lines.extend(text.split()),
                **settings)
        assert found["ours"] == found["theirs"]


# a layer that stands twice in a Sequential is once in the config of Keras: it loses the second
@pytest.mark.parametrize("number", [0, 1, 2, 3, 5])
def test_config_both_ways(number):
    ours, theirs = (described(k)[number] for k in LIBRARIES.values())
    assert ours.get_config() == theirs.get_config()
    for k, config in ((autograd_mlp, theirs.get_config()), (keras, ours.get_config())):
        assert k.Sequential.from_config(config).get_config() == config
    assert ours.built == theirs.built


def test_shapes_and_names():
    ours, theirs = (described(k) for k in LIBRARIES.values())
    for a, b in zip(ours, theirs, strict=True):
        assert (a.name, a.built, [layer.name for layer in a.layers]) == (
            b.name, b.built, [layer.name for layer in b.layers])
        assert [w.path for w in a.weights] == [w.path for w in b.weights]
        if b.built:
            assert (a.input_shape, a.output_shape, a.count_params()) == (
                b.input_shape, b.output_shape, b.count_params())
            assert [t.shape for t in (*a.inputs, *a.outputs)] == [
                t.shape for t in (*b.inputs, *b.outputs)]
        else:
            for name in ("input_shape", "output_shape", "inputs"):
                for model in (a, b):
                    with pytest.raises(AttributeError):
                        getattr(model, name)


def test_compile_config_both_ways():
    found = {}
    for name, model in twins(1, "sigmoid").items():
        k = LIBRARIES[name]
        model.compile(k.optimizers.SGD(0.1, name="mine"), "binary_crossentropy",
                      metrics=["accuracy", k.metrics.MeanSquaredError()], loss_weights=[0.5],
                      weighted_metrics=["mae"], steps_per_execution=2)
        found[name] = model.get_compile_config()
    ours, theirs = found["ours"], found["theirs"]
    for key in theirs:
        if key != "optimizer":
            assert ours[key] == theirs[key]
    assert list(ours) == list(theirs)
    again = mlp(autograd_mlp, 1, "sigmoid")
    again.compile_from_config(theirs)
    assert again.get_compile_config() == ours
    mlp(keras, 1, "sigmoid").compile_from_config(ours)
