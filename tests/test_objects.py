"""Names that become objects, objects that become data and back."""

import json

import numpy as np
import pytest

from autograd_mlp import (
    Input,
    Sequential,
    _objects,
    _registry,
    activations,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
)
from autograd_mlp import config as autograd_config


class Thing:
    def __init__(self, size=1):
        self.size = size


def function():
    pass


CHOICES = {"thing": Thing, "Thing": Thing, "function": function}


def get(identifier):
    return _objects.lookup(identifier, CHOICES, "thing", base=Thing)


def test_lookup():
    assert get("thing").size == 1
    assert get(Thing).size == 1
    assert get("function") is function
    assert get(function) is function
    thing = Thing()
    assert get(thing) is thing
    assert get({"class_name": "Thing", "config": {"size": 3}}).size == 3
    assert get({"class_name": "thing"}).size == 1
    assert get({"class_name": "function"}) is function


@pytest.mark.parametrize(
    "identifier, match",
    [
        ("thingg", "(?s)thing identifier: thingg.*did you mean 'thing'.*function.*thing"),
        ("THING", "did you mean 'thing'"),
        ("qqq", "identifier: qqq\\n  Try:   Known names"),
        (3, "of type int"),
        (object, "identifier"),
        ({"config": {}}, "class_name"),
        ({"class_name": "thign"}, "did you mean 'thing'"),
    ],
)
def test_lookup_refuses(identifier, match):
    with pytest.raises(ValueError, match=match):
        get(identifier)


@pytest.fixture
def registered():
    """The table of registered things, put back afterwards."""
    before = dict(_registry.registered)
    yield _registry.registered
    _registry.registered.clear()
    _registry.registered.update(before)


@pytest.mark.parametrize("thing", [
    losses.Huber(delta=2.0, reduction="sum"), metrics.BinaryAccuracy(threshold=0.25),
    optimizers.SGD(0.25, momentum=0.5), initializers.HeNormal(seed=3),
    layers.Dense(3, activation="tanh", kernel_initializer="he_normal", name="d"),
    layers.Activation("softmax"), layers.Flatten(),
], ids=lambda thing: type(thing).__name__)
def test_objects_make_the_round_trip_through_json(thing):
    config = json.loads(json.dumps(_objects.serialize(thing)))
    assert config["module"].startswith("keras.") and config["registered_name"] is None
    made = _objects.deserialize(config)
    assert type(made) is type(thing)
    assert made.get_config() == thing.get_config()


def test_the_nested_form_is_that_of_keras():
    config = layers.Dense(3, activation="swish", bias_initializer="ones").get_config()
    assert config["activation"] == "silu"
    assert config["bias_initializer"] == {"module": "keras.initializers", "class_name": "Ones",
                                          "config": {}, "registered_name": None}
    assert _objects.serialize(losses.mean_squared_error) == {
        "module": "builtins", "class_name": "function", "config": "mean_squared_error",
        "registered_name": "function"}


@pytest.mark.parametrize("value", [
    None, True, 3, 0.5, "text", [1, [2, None]], {"a": {"b": [1.5]}}, b"bytes", slice(1, None, 2),
    Ellipsis, np.arange(6, dtype=np.int16).reshape(2, 3),
], ids=repr)
def test_values(value):
    made = _objects.deserialize(json.loads(json.dumps(_objects.serialize(value))))
    assert type(made) is type(value)
    np.testing.assert_equal(made, value)


def test_functions_are_found_by_their_names():
    for function in (losses.mean_squared_error, metrics.binary_accuracy):
        assert _objects.deserialize(_objects.serialize(function)) is function
    config = _objects.serialize(function_of_a_user)
    with pytest.raises(ValueError, match="register_keras_serializable"):
        _objects.deserialize(config)
    custom = {"function_of_a_user": function_of_a_user}
    assert _objects.deserialize(config, custom) is function_of_a_user
    assert activations.deserialize(activations.serialize(function_of_a_user), custom) \
        is function_of_a_user


def function_of_a_user(x):
    return x


def test_registered_classes(registered):
    @_registry.register_keras_serializable("mine", name="Renamed")
    class Double(layers.Layer):
        def call(self, x):
            return x * 2

    assert registered["mine>Renamed"] is Double
    config = _objects.serialize(Double(name="double"))
    assert config["registered_name"] == "mine>Renamed" and config["class_name"] == "Double"
    assert config["module"] == __name__
    assert type(_objects.deserialize(config)) is Double
    model = Sequential([Input((2,)), Double(), layers.Dense(1)])
    assert model.layers[0].name == "double"
    with pytest.raises(ValueError, match="get_config"):
        _registry.register_keras_serializable()(Thing)


def test_scopes_nest_and_end():
    with _registry.CustomObjectScope({"one": len}):
        with _registry.CustomObjectScope({"two": max}):
            assert activations.get("one") is len and activations.get("two") is max
        assert _registry.get_registered_object("two") is None
    with pytest.raises(ValueError, match="Could not interpret"):
        activations.get("one")


@pytest.mark.parametrize("config", [
    {"module": "os", "class_name": "system", "config": {}, "registered_name": None},
    {"module": "autograd_mlp.saving", "class_name": "load_model", "config": {}},
    {"module": "keras.layers", "class_name": "Dense", "config": {"unit": 3}},
    {"module": "keras.layers", "class_name": "Dense", "config": [3]},
    {"module": "keras.layers", "class_name": "Denze", "config": {}},
    {"module": "keras.losses", "class_name": "np", "config": {}},
    {"module": ["keras"], "class_name": {"a": 1}, "config": {}},
    {"module": "builtins", "class_name": "function", "config": "eval"},
    {"module": "builtins", "class_name": "function", "config": "get"},
    {"class_name": "__numpy__", "config": {"value": [1], "dtype": "O"}},
    {"class_name": "__numpy__", "config": {"value": [[1], [1, 2]], "dtype": "float32"}},
    {"class_name": "__tensor__", "config": None},
    {"class_name": "__lambda__", "config": {"value": ["4w==", None, None]}},
], ids=lambda config: str(config["class_name"]))
def test_configs_that_do_not_fit_are_value_errors(config):
    with pytest.raises(ValueError):
        _objects.deserialize(config)


def test_a_mistyped_class_is_answered():
    with pytest.raises(TypeError, match="did you mean 'Dense'"):
        _objects.deserialize({"module": "keras.layers", "class_name": "Denze", "config": {}})
    with pytest.raises(TypeError, match="get_config"):
        _objects.serialize(object())


def test_lambdas_need_to_be_allowed():
    model = Sequential([Input((2,)), layers.Dense(2, activation=lambda x: x * x + 1.0)])
    with pytest.warns(UserWarning, match="safe_mode=False"):
        config = json.loads(json.dumps(_objects.serialize(model)))
    with pytest.raises(ValueError, match="safe_mode=False"):
        _objects.deserialize(config)
    again = _objects.deserialize(config, safe_mode=False)
    again.set_weights(model.get_weights())
    x = np.array([[1.0, 2.0]], np.float32)
    assert np.array_equal(again(x), model(x))
    try:
        autograd_config.enable_unsafe_deserialization()
        assert _objects.deserialize(config).count_params() == 6
    finally:
        vars(_registry.scopes).clear()


def test_objects_met_twice_are_made_once():
    shared = layers.Dense(2)
    with _registry.sharing():
        config = json.loads(json.dumps(_objects.serialize([shared, layers.Dense(2), shared])))
    with _registry.sharing():
        first, second, third = _objects.deserialize(config)
    assert first is third and first is not second
    first, _, third = _objects.deserialize(config)
    assert first is not third
