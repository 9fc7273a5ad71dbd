"""Dense, Activation, Flatten, InputLayer and layers of users: outputs, gradients, configurations
both ways, names and paths of weights."""

import json

import numpy as np
import pytest

import autograd_mlp
from autograd_mlp import Tensor
from tests.parity import assert_same, gradient_of, import_keras, plain

keras = import_keras()
BOTH = (autograd_mlp, keras)
# Keras's own: how it asks for arrays, and that JAX has no float64
pytestmark = [pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
              pytest.mark.filterwarnings("ignore:Explicitly requested dtype:UserWarning")]
RNG = np.random.default_rng(0)

LAYERS = [
    ("Dense", {"units": 3}, (4,)),
    ("Dense", {"units": 3, "use_bias": False, "activation": "relu"}, (4,)),
    ("Dense", {"units": 3, "activation": "softmax", "name": "out"}, (4,)),
    ("Dense", {"units": 3, "activation": "hard_silu"}, (5, 4)),
    ("Dense", {"units": 2, "activation": "tanh", "kernel_initializer": "he_normal",
               "bias_initializer": "ones", "kernel_regularizer": "l2", "bias_regularizer": "L1L2",
               "activity_regularizer": "l2", "kernel_constraint": "max_norm",
               "bias_constraint": "non_neg", "trainable": False}, (4,)),
    ("Dense", {"units": 3, "dtype": "float64"}, (4,)),
    ("Activation", {"activation": "gelu"}, (4,)),
    ("Activation", {"activation": "log_softmax", "activity_regularizer": "l2"}, (3, 4)),
    ("Flatten", {}, (2, 3, 4)), ("Flatten", {"data_format": "channels_first"}, (2, 3, 4)),
    ("Flatten", {}, ()),
]


def both(name, arguments):
    for library in BOTH:
        library.backend.clear_session()
    return [getattr(library.layers, name)(**arguments) for library in BOTH]


@pytest.mark.parametrize("name, arguments, shape", LAYERS)
def test_outputs_and_gradients(name, arguments, shape):
    x = RNG.normal(size=(6, *shape)).astype(arguments.get("dtype", "float32"))
    ours, theirs = both(name, arguments)
    for layer in (ours, theirs):
        layer.build((None, *shape))
    theirs.set_weights([RNG.normal(size=w.shape).astype(w.dtype) for w in ours.weights])
    ours.set_weights(theirs.get_weights())

    t = Tensor(x, requires_grad=True)
    y = ours(t)
    expected = theirs(x)
    assert_same(y, expected)
    assert ours.compute_output_shape((None, *shape)) == theirs.compute_output_shape((None, *shape))
    assert_same(ours.losses, theirs.losses)

    dy = RNG.normal(size=y.shape).astype("float32")
    (y * Tensor(dy)).sum().backward()
    assert_same(t.grad, gradient_of(lambda x: keras.ops.sum(theirs(x) * dy), x))


@pytest.mark.parametrize("name, arguments, shape", LAYERS)
def test_configurations(name, arguments, shape):
    ours, theirs = both(name, arguments)
    assert round_floats(plain(ours.get_config())) == round_floats(plain(theirs.get_config()))
    again = type(ours).from_config(theirs.get_config())
    assert plain(again.get_config()) == plain(ours.get_config())
    again = type(theirs).from_config(ours.get_config())
    assert round_floats(plain(again.get_config())) == round_floats(plain(theirs.get_config()))

    assert ours.get_build_config() == theirs.get_build_config() is None or name != "Dense"
    for layer in (ours, theirs):
        layer.build((None, *shape))
    assert plain(ours.get_build_config()) == plain(theirs.get_build_config())
    new = type(ours).from_config(ours.get_config())
    new.build_from_config(json.loads(json.dumps(theirs.get_build_config())))
    assert [w.shape for w in new.weights] == [w.shape for w in theirs.weights]


def round_floats(config):
    """Keras keeps the factors of some regularizers in float32."""
    if isinstance(config, dict):
        return {key: round_floats(value) for key, value in config.items()}
    return round(config, 6) if isinstance(config, float) else config


@pytest.mark.parametrize("arguments", [
    {"shape": (3,)}, {"shape": (2, None), "batch_size": 4, "name": "x"},
    {"batch_shape": (None, 5), "dtype": "float64"}, {"shape": (3,), "dtype": "int32"},
])
def test_input_layer(arguments):
    ours, theirs = both("InputLayer", arguments)
    assert plain(ours.get_config()) == plain(theirs.get_config())
    assert ours.batch_shape == theirs.batch_shape and ours.dtype == theirs.dtype
    assert plain(type(theirs).from_config(ours.get_config()).get_config()) == plain(
        theirs.get_config())
    assert plain(type(ours).from_config(theirs.get_config()).get_config()) == plain(
        ours.get_config())
    assert autograd_mlp.Input(**arguments).shape == keras.Input(**arguments).shape


# ---- layers of users -----------------------------------------------------------------------------


def user_layers(library):
    class MyScale(library.layers.Layer):
        def __init__(self, factor=2.0, **kwargs):
            super().__init__(**kwargs)
            self.factor = factor

        def build(self, input_shape):
            self.w = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="w")
            self.count = self.add_weight(shape=(), initializer="zeros", trainable=False)

        def call(self, x):
            return x * self.w * self.factor

    class TwoDeep(library.layers.Layer):
        def __init__(self, units, rate=0.5, tags=("a", "b"), **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.inner = [library.layers.Dense(units), MyScale()]
            self.table = {"last": library.layers.Dense(1, use_bias=False, name="last")}
            self.seen = library.Variable(np.zeros((2,), "float32"), name="seen", trainable=False)

        def call(self, x, training=None):
            for layer in self.inner:
                x = layer(x)
            self.add_loss(library.ops.sum(x) * 0.5)
            return self.table["last"](x)

    return MyScale, TwoDeep


def built_pair():
    made = []
    for library in BOTH:
        library.backend.clear_session()
        _, deep = user_layers(library)
        model = library.Sequential([library.Input((4,)), deep(3), library.layers.Dense(2)])
        made.append(model)
    return made


def test_names_and_paths():
    # Sequential builds the first layer before its inner ones have seen data; Keras traces it
    ours, theirs = built_pair()
    for model in (ours, theirs):
        model(np.ones((2, 4), "float32"))
    for attribute in ("weights", "trainable_weights", "non_trainable_weights",
                      "trainable_variables", "non_trainable_variables", "variables"):
        a, b = getattr(ours, attribute), getattr(theirs, attribute)
        assert [w.path for w in a] == [w.path for w in b], attribute
        assert [w.name for w in a] == [w.name for w in b], attribute
        assert [w.shape for w in a] == [w.shape for w in b], attribute
    assert [layer.name for layer in ours.layers] == [layer.name for layer in theirs.layers]
    assert [layer.path for layer in ours.layers] == [layer.path for layer in theirs.layers]


def test_freezing():
    ours, theirs = built_pair()
    for model in (ours, theirs):
        model(np.ones((2, 4), "float32"))
    for change in (lambda m: setattr(m.layers[0].inner[0], "trainable", False),
                   lambda m: setattr(m.layers[0].table["last"].kernel, "trainable", False),
                   lambda m: setattr(m, "trainable", False),
                   lambda m: setattr(m.layers[0], "trainable", True),
                   lambda m: setattr(m, "trainable", True)):
        for model in (ours, theirs):
            change(model)
        for attribute in ("trainable_weights", "non_trainable_weights"):
            assert [w.path for w in getattr(ours, attribute)] == [
                w.path for w in getattr(theirs, attribute)]
        assert [layer.trainable for layer in ours.layers] == [
            layer.trainable for layer in theirs.layers]


def test_losses():
    ours, theirs = built_pair()
    x = RNG.normal(size=(3, 4)).astype("float32")
    theirs(x), ours(x)
    ours.set_weights(theirs.get_weights())
    for model in (ours, theirs):
        model(x)
        model(2 * x)
    assert_same(ours.losses, theirs.losses)


def test_automatic_names():
    found = []
    for library in BOTH:
        library.backend.clear_session()
        _, deep = user_layers(library)
        names = [layer.name for layer in (
            library.layers.Dense(1), library.layers.Dense(1), library.layers.Dense(1, name="mine"),
            library.layers.Dense(1), library.layers.InputLayer((1,)), library.Sequential(),
            library.Sequential(), deep(2), library.layers.Activation("relu"))]
        library.backend.clear_session()
        names += [library.layers.Dense(1).name, deep(2).name, library.layers.Flatten().name]
        found.append(names)
    assert found[0] == found[1]


@pytest.mark.parametrize("arguments", [
    {}, {"factor": 3.0}, {"factor": 1, "name": "s", "trainable": False, "dtype": "float64"}])
def test_automatic_configurations(arguments):
    configs = []
    for library in BOTH:
        library.backend.clear_session()
        scale, _ = user_layers(library)
        layer = scale(**arguments)
        configs.append(plain(layer.get_config()))
        assert scale.from_config(layer.get_config()).factor == arguments.get("factor", 2.0)
    assert configs[0] == configs[1]


def test_configurations_that_cannot_be_made():
    for library in BOTH:
        scale, _ = user_layers(library)
        with pytest.raises(NotImplementedError, match="get_config"):
            scale(factor=np.ones(2)).get_config()


def test_several_inputs():
    found = []
    for library in BOTH:
        class Mixes(library.layers.Layer):
            def build(self, x_shape, y_shape):
                self.shapes = [x_shape[1:], y_shape[1:]]
                self.w = self.add_weight(shape=(x_shape[-1], y_shape[-1]), initializer="ones")

            def call(self, x, y, scale=1.0, training=False):
                return x @ self.w * y * scale + (10.0 if training else 0.0)

        x, y = RNG.normal(size=(2, 3)).astype("f"), np.ones((2, 2), "f")
        layer = Mixes()
        results = [layer(np.ones((2, 3), "f"), y), layer(np.ones((2, 3), "f"), y=y, scale=3.0),
                   layer(np.ones((2, 3), "f"), y, training=True)]
        found.append((results, layer.shapes, x.shape))
    assert_same(found[0][0], found[1][0])
    assert found[0][1:] == found[1][1:]


def test_weights_of_given_dtype_and_regularizer():
    for library in BOTH:
        layer = library.layers.Layer()
        w = layer.add_weight(shape=(2,), initializer="ones", regularizer="l2",
                             constraint="non_neg", name="w")
        count = layer.add_weight(initializer="zeros", dtype="int64" if library is autograd_mlp
                                 else "int32", trainable=False, name="count")
        same = layer.add_variable((2,), "zeros")
        assert type(w.regularizer).__name__ == "L2" and type(w.constraint).__name__ == "NonNeg"
        assert str(count.dtype).startswith("int") and count.shape == ()
        assert [v.name for v in layer.weights] == ["w", same.name, "count"]
        assert float(layer.losses[0]) == pytest.approx(0.02)


@pytest.mark.parametrize("mistake", [
    lambda k: k.layers.Dense(0), lambda k: k.layers.Dense(2, activtion="relu"),
    lambda k: k.layers.Dense(2, activation="reluu"), lambda k: k.layers.Layer(trainable=1),
    lambda k: k.layers.Dense(2).set_weights([np.ones(2)]), lambda k: k.layers.Dense(2, name="a/b"),
    lambda k: k.layers.Dense(2)(np.ones(3, "f")),
    lambda k: k.layers.Dense(2).count_params(), lambda k: k.layers.Dense(2, dtype="float99"),
    lambda k: k.layers.Layer().add_weight("w", (2,)), lambda k: k.layers.Layer().add_loss(1.0),
    lambda k: k.layers.InputLayer(), lambda k: k.layers.InputLayer((2,), batch_shape=(1, 2)),
])
def test_mistakes_raise_the_same_error(mistake):
    for library in BOTH:
        with pytest.raises(ValueError):
            mistake(library)

