"""What all layers share: building, calling, weights, settings."""

import numpy as np
import pytest

from autograd_mlp import Tensor, Variable, ops
from autograd_mlp._engine import Tape
from autograd_mlp.layers import Activation, Dense, Flatten, Layer


class Scale(Layer):
    def build(self, input_shape):
        self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")
        self.seen = self.add_weight((), "zeros", trainable=False, name="seen")

    def call(self, x):
        return x * self.factor


class Noisy(Layer):
    """Adds 1 in training."""

    def call(self, x, training=None):
        return x + (1.0 if training else 0.0)


class Stack(Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first = Dense(3, name="first")
        self.others = [Noisy(), Scale(name="scale")]

    def call(self, x):
        x = self.first(x)
        for layer in self.others:
            x = layer(x)
        return x


def test_built_by_the_first_call():
    layer = Scale()
    assert not layer.built and layer.weights == []
    assert np.array_equal(layer([[1.0, 2.0]]).numpy(), [[1, 2]])
    assert layer.built
    assert [w.path for w in layer.weights] == [f"{layer.name}/factor", f"{layer.name}/seen"]
    assert [w.name for w in layer.trainable_weights] == ["factor"]
    assert [w.name for w in layer.non_trainable_weights] == ["seen"]
    assert layer.variables[0] is layer.weights[0] is layer.trainable_variables[0]
    assert layer.count_params() == 3


def test_build_gets_none_for_the_batch():
    class Asks(Layer):
        def build(self, input_shape):
            self.asked = input_shape

    layer = Asks()
    layer.call = lambda x: x
    layer(np.zeros((5, 3, 2)))
    assert layer.asked == (None, 3, 2)


def test_building_twice_is_refused():
    layer = Scale(name="twice")
    layer.build((None, 2))
    with pytest.raises(ValueError, match=r"'twice' is built already.*\(None, 2\)"):
        layer.build((None, 2))


def test_shapes_must_be_known():
    with pytest.raises(ValueError, match="'s'.*'factor'.*None"):
        Scale(name="s").build((None, None))


def test_forgotten_super_init():
    class Forgets(Layer):
        def __init__(self):
            self.w = Variable([1.0])

    with pytest.raises(RuntimeError, match=r"Forgets.__init__ must call super\(\).__init__"):
        Forgets()


def test_training_reaches_inner_layers():
    layer = Stack()
    x = np.zeros((2, 4), dtype=np.float32)
    quiet = layer(x).numpy()
    assert np.array_equal(layer(x, training=True).numpy(), quiet + 1)
    assert np.array_equal(layer(x, training=False).numpy(), quiet)
    assert np.array_equal(layer(x).numpy(), quiet)  # the flag of the last call is forgotten


def test_training_flag_survives_an_error():
    class Fails(Layer):
        def call(self, x):
            raise KeyError("x")

    with pytest.raises(KeyError):
        Fails()([[1.0]], training=True)
    assert float(Noisy()([0.0]).numpy()[0]) == 0.0


def test_own_default_of_training():
    class Default(Layer):
        def call(self, x, training=True):
            return x + (1.0 if training else 0.0)

    assert Default()([0.0]).numpy()[0] == 1.0
    assert Default()([0.0], training=False).numpy()[0] == 0.0


def test_weights_of_inner_layers():
    layer = Stack(name="stack")
    layer(np.zeros((1, 4)))
    assert [w.path for w in layer.weights] == [
        "stack/first/kernel",
        "stack/first/bias",
        "stack/scale/factor",
        "stack/scale/seen",
    ]
    layer.extra = layer.others  # the same layers once more do not count twice
    assert len(layer.weights) == 4
    assert len(layer.get_weights()) == 4


def test_variables_as_attributes_count():
    class Own(Layer):
        def __init__(self):
            super().__init__()
            self.w = Variable([2.0])

        def call(self, x):
            return x * self.w

    layer = Own()
    assert layer.weights[0] is layer.w
    layer.w = layer.w
    assert len(layer.weights) == 1


def test_trainable():
    layer = Stack()
    layer(np.zeros((1, 4)))
    layer.trainable = False
    assert layer.trainable_weights == [] and len(layer.non_trainable_weights) == 4
    assert not layer.first.trainable and not layer.first.kernel.requires_grad
    layer.trainable = True
    assert [w.name for w in layer.trainable_weights] == ["kernel", "bias", "factor"]
    assert [w.name for w in layer.non_trainable_weights] == ["seen"]
    layer.first.trainable = False
    assert [w.name for w in layer.trainable_weights] == ["factor"]


def test_made_untrainable():
    layer = Dense(2, trainable=False)
    layer.build((None, 3))
    assert layer.trainable_weights == [] and not layer.kernel.requires_grad
    layer.trainable = True
    assert len(layer.trainable_weights) == 2 and layer.kernel.requires_grad


def test_get_weights_copies():
    layer = Scale()
    layer.build((None, 2))
    layer.get_weights()[0][:] = 9
    assert np.array_equal(layer.factor.numpy(), [1, 1])


def test_set_weights_copies_and_converts():
    layer = Scale()
    layer.build((None, 2))
    values = np.array([3.0, 4.0])
    layer.set_weights([values, 5])
    values[:] = 0
    assert np.array_equal(layer.factor.numpy(), [3, 4])
    assert layer.factor.dtype == "float32" and float(layer.seen) == 5


@pytest.mark.parametrize(
    "second, error", [(np.zeros(4), ValueError), (np.array(["x", "y", "z"]), ValueError)]
)
def test_set_weights_changes_all_or_nothing(second, error):
    layer = Dense(3, name="d")
    layer.build((None, 2))
    before = layer.get_weights()
    with pytest.raises(error):
        layer.set_weights([np.ones((2, 3)), second])
    assert all(np.array_equal(a, b) for a, b in zip(before, layer.get_weights(), strict=True))


def test_set_weights_says_what_is_wrong():
    layer = Dense(3, name="d")
    with pytest.raises(ValueError, match="(?s)list of length 2.*expecting 0.*not built"):
        layer.set_weights([np.ones((2, 3)), np.zeros(3)])
    layer.build((None, 2))
    with pytest.raises(ValueError, match="list of length 1.*expecting 2"):
        layer.set_weights([np.ones((2, 3))])
    with pytest.raises(ValueError, match=r"weight shape \(3,\).*\(4,\)\.\n.*'d/bias'"):
        layer.set_weights([np.ones((2, 3)), np.zeros(4)])


def test_count_params_needs_weights():
    with pytest.raises(ValueError, match="'c', but the layer isn't built"):
        Scale(name="c").count_params()


def test_output_shape_without_a_method_for_it():
    layer = Stack()
    assert layer.compute_output_shape((None, 7)) == (None, 3)
    assert layer.compute_output_shape((5, 7)) == (5, 3)


def test_dtype():
    layer = Dense(2, dtype="float64")
    assert layer([[1.0, 2.0]]).dtype == "float64" and layer.kernel.dtype == "float64"
    layer = Dense(2)
    assert layer(np.zeros((1, 2))).dtype == "float32"
    assert layer(Tensor(np.zeros((1, 2)))).dtype == "float32"
    assert layer(np.zeros((1, 2), dtype=int)).dtype == "float32"
    assert layer(np.zeros((1, 2), dtype=bool)).dtype == "float32"
    with pytest.raises(ValueError, match="float16"):
        Dense(2, dtype="float16")


def test_gradient_passes_the_cast():
    x = Tensor(np.ones((1, 2)), requires_grad=True)
    ops.sum(Dense(2, kernel_initializer="ones")(x)).backward()
    assert np.array_equal(x.grad.numpy(), [[2, 2]])


def test_call_may_return_an_array():
    class Leaves(Layer):
        def call(self, x):
            return x.numpy() + 1

    out = Leaves()([[1.0]])
    assert isinstance(out, Tensor) and float(out.numpy()[0, 0]) == 2.0


def test_no_numbers():
    with pytest.raises(TypeError, match="'d' expects numbers"):
        Dense(1, name="d")(np.array([["a"]]))


def test_base_class_says_what_to_define():
    with pytest.raises(NotImplementedError, match="call"):
        Layer()([[1.0]])


@pytest.mark.parametrize("name", ["a/b", 5])
def test_names(name):
    with pytest.raises(ValueError, match="name"):
        Dense(1, name=name)


def test_trainable_is_a_bool():
    with pytest.raises(ValueError, match="trainable"):
        Dense(1, trainable=0)


def test_own_initializers():
    class Odd(Layer):
        def build(self, input_shape):
            self.w = self.add_weight((2,), lambda shape, dtype=None: np.zeros(3), name="w")

    with pytest.raises(ValueError, match=r"'odd.*'w' returned shape \(3,\), expected \(2,\)"):
        Odd().build((None, 2))


def test_config():
    layer = Scale(name="s", trainable=False, dtype="float64")
    again = Scale.from_config(layer.get_config())
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float64"},
              "registered_name": None}
    assert again.get_config() == {"name": "s", "trainable": False, "dtype": policy}


class Plain(Layer):
    def __init__(self, size, table=None, **kwargs):
        super().__init__(**kwargs)
        self.size = size

    def call(self, x):
        return x


class Closed(Layer):
    def __init__(self, size=2):
        super().__init__()
        self.size = size

    def call(self, x):
        return x


class ByPosition(Layer):
    def __init__(self, *sizes):
        super().__init__()


def test_config_without_a_method_for_it():
    layer = Plain(3, table={"a": [1, 2.0, None]}, name="p", trainable=False)
    config = layer.get_config()
    assert config["size"] == 3 and config["table"] == {"a": [1, 2.0, None]}
    again = Plain.from_config(config)
    assert again.size == 3 and again.name == "p" and not again.trainable
    assert "activity_regularizer" in Plain(3, activity_regularizer="l1").get_config()
    closed = Closed(5)
    closed.trainable = False
    again = Closed.from_config(closed.get_config())     # its constructor takes neither
    assert again.size == 5 and not again.trainable


@pytest.mark.parametrize("layer, reason", [
    (lambda: Plain(np.ones(2)), "'size' is a ndarray"), (lambda: ByPosition(1, 2), "by position")])
def test_config_that_cannot_be_made_up(layer, reason):
    with pytest.raises(NotImplementedError, match=f"must define get_config.*{reason}"):
        layer().get_config()


def test_what_layers_here_do_not_have():
    for name in ("stateless_call", "input", "output", "add_metric"):
        assert not hasattr(Dense(1), name)
    with pytest.raises(AttributeError, match="GradientTape"):
        Dense(1).stateless_call  # noqa: B018
    with pytest.raises(NotImplementedError, match="quantized"):
        Dense(1).quantize("int8")
    with pytest.raises(NotImplementedError, match="Sequential"):
        Dense(1)(Dense(2))


def test_weights_are_made_before_the_layer_is_complete():
    class Late(Layer):
        def call(self, x):
            return x + self.add_weight((1,), "ones")

    with pytest.raises(ValueError, match="not in call or later"):
        Late()([[1.0]])

    class Extended(Dense):
        def build(self, input_shape):
            super().build(input_shape)
            self.extra = self.add_weight((1,), "zeros", name="extra")

    layer = Extended(2)
    layer.build((None, 3))
    assert [w.name for w in layer.weights] == ["kernel", "bias", "extra"]


@pytest.mark.parametrize("arguments, error, words", [
    ({"shape": "w"}, ValueError, "first argument is the shape"),
    ({"aggregation": "max"}, ValueError, "aggregation"),
    ({"overwrite_with_gradient": True}, NotImplementedError, "quantized"),
    ({"regularizer": "l3"}, ValueError, "regularizer"),
    ({"constraint": "max"}, ValueError, "constraint"),
])
def test_add_weight_says_what_is_wrong(arguments, error, words):
    with pytest.raises(error, match=words):
        Layer().add_weight(**arguments)


def test_whole_numbers_as_weights():
    layer = Layer()
    count = layer.add_weight(dtype="int32", initializer="zeros", name="count")
    count.assign_add(2)
    assert count.dtype == "int64" and int(count) == 2 and layer.trainable_weights == []


def test_variables_in_lists_and_deleted_ones():
    layer = Layer()
    layer.pair = [Variable([1.0]), Variable([2.0], trainable=False)]
    layer.table = {"a": Variable([3.0])}
    layer.one = Variable([4.0])
    assert [float(w[0]) for w in layer.weights] == [1, 3, 4, 2]
    del layer.one
    assert len(layer.weights) == 3


def test_metrics_inside():
    from autograd_mlp.metrics import Mean

    layer = Layer()
    layer.inner = Layer()
    layer.inner.mean = Mean(name="m")
    assert layer.metrics == [layer.inner.mean]
    assert len(layer.metrics_variables) == len(layer.inner.mean.variables)
    assert layer.weights == []


def test_without_casting():
    layer = Plain(1, autocast=False)
    assert layer(np.ones((1, 2))).dtype == "float64"
    assert layer(Tensor(np.ones((1, 2)))).dtype == "float64"


def test_repr():
    assert repr(Dense(2, name="d")) == "<Dense name=d, built=False>"


@pytest.mark.parametrize(
    "layer",
    [
        Flatten(),
        Flatten("channels_first"),
        Dense(3, activation="relu"),
        Activation("tanh"),
        Stack(),
    ],
)
def test_calls_can_be_recorded(layer):
    rng = np.random.default_rng(1)
    x = Tensor(rng.normal(size=(2, 3, 4)).astype(np.float32))
    layer(x)
    with Tape() as tape:
        y = layer(x, training=True)
    assert tape.broken is None
    x.data = rng.normal(size=(2, 3, 4))
    tape.replay()
    replayed = y.numpy()
    assert np.array_equal(replayed, layer(x, training=True).numpy())
