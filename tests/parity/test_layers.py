"""Every layer against Keras 3: outputs, gradients, statistics, configs, shapes, names."""

import warnings

import numpy as np
import pytest

import autograd_mlp as own
from tests.parity import assert_same, import_keras

keras = import_keras()

# NumPy's at what Keras does, and Keras's of rms_scaling
pytestmark = [pytest.mark.filterwarnings("ignore::DeprecationWarning"),
              pytest.mark.filterwarnings("ignore:You passed `rms_scaling:UserWarning")]

rng = np.random.default_rng(0)
ROWS = rng.normal(size=(7, 5)).astype("float32")
STEPS = rng.normal(1.0, 2.0, size=(6, 4, 5)).astype("float32")
CUBES = rng.normal(size=(3, 4, 2, 5)).astype("float32")
INDICES = rng.integers(0, 6, (7, 3))

# Layers that always give the same: class, arguments, input.
DETERMINISTIC = [
    ("Embedding", dict(input_dim=6, output_dim=4), INDICES),
    ("Embedding", dict(input_dim=6, output_dim=2, embeddings_initializer="random_normal",
                       embeddings_regularizer="l2", embeddings_constraint="max_norm"), INDICES),
    ("Reshape", dict(target_shape=(2, 10)), STEPS),
    ("Reshape", dict(target_shape=(-1,)), STEPS),
    ("Reshape", dict(target_shape=(5, -1, 2)), STEPS),
    ("Permute", dict(dims=(2, 1)), STEPS),
    ("Permute", dict(dims=(3, 1, 2)), CUBES),
    ("RepeatVector", dict(n=3), ROWS),
    ("Flatten", dict(), STEPS),
    ("Flatten", dict(data_format="channels_first"), STEPS),
    ("ActivityRegularization", dict(l1=0.1, l2=0.2), ROWS),
    ("ActivityRegularization", dict(), ROWS),
    ("Identity", dict(), STEPS),
    ("BatchNormalization", dict(), ROWS),
    ("BatchNormalization", dict(momentum=0.7, epsilon=0.1), STEPS),
    ("BatchNormalization", dict(axis=1), STEPS),
    ("BatchNormalization", dict(axis=1, scale=False), CUBES),
    ("BatchNormalization", dict(axis=-2, center=False), CUBES),
    ("BatchNormalization", dict(center=False, scale=False), ROWS),
    ("BatchNormalization", dict(
        gamma_initializer="random_normal", beta_initializer="ones", moving_mean_initializer="ones",
        moving_variance_initializer=("Constant", 2.0), gamma_regularizer="l1",
        beta_regularizer="l2", gamma_constraint="non_neg", beta_constraint="unit_norm"), ROWS),
    ("LayerNormalization", dict(), ROWS),
    ("LayerNormalization", dict(epsilon=0.5, center=False), STEPS),
    ("LayerNormalization", dict(axis=1, scale=False), STEPS),
    ("LayerNormalization", dict(axis=[1, 2]), STEPS),
    ("LayerNormalization", dict(axis=[-1, -2], center=False, scale=False), CUBES),
    ("LayerNormalization", dict(axis=(1, 3), gamma_initializer="ones"), CUBES),
    ("LayerNormalization", dict(gamma_regularizer="l1", beta_constraint="max_norm"), ROWS),
    ("LayerNormalization", dict(rms_scaling=True), ROWS),
    ("UnitNormalization", dict(), ROWS),
    ("UnitNormalization", dict(axis=[1, 2]), STEPS),
    ("Normalization", dict(mean=2.0, variance=3.0), ROWS),
    ("Normalization", dict(mean=[1.0, 2, 3, 4, 5], variance=[3.0, 2, 1, 4, 2]), STEPS),
    ("Normalization", dict(mean=[1.0, 2, 3, 4, 5], variance=[3.0, 2, 1, 4, 2], axis=(1, 2)), STEPS),
    ("Normalization", dict(mean=[1.0, 2, 3, 4, 5], variance=[3.0, 2, 1, 4, 0], invert=True), ROWS),
    ("Rescaling", dict(scale=0.5), ROWS),
    ("Rescaling", dict(scale=2, offset=-1.5), INDICES),
    ("Rescaling", dict(scale=np.arange(5.0), offset=np.ones(5)), ROWS),
    ("GlobalAveragePooling1D", dict(), STEPS),
    ("GlobalAveragePooling1D", dict(keepdims=True), STEPS),
    ("GlobalAveragePooling1D", dict(data_format="channels_first"), STEPS),
    ("GlobalMaxPooling1D", dict(), STEPS),
    ("GlobalMaxPooling1D", dict(keepdims=True, data_format="channels_first"), STEPS),
    ("ReLU", dict(), ROWS),
    ("ReLU", dict(max_value=1.0, negative_slope=0.1, threshold=0.3), ROWS),
    ("LeakyReLU", dict(), ROWS),
    ("LeakyReLU", dict(negative_slope=0.05), ROWS),
    ("PReLU", dict(), ROWS),
    ("PReLU", dict(alpha_initializer="ones", shared_axes=[1], alpha_regularizer="l2",
                   alpha_constraint="non_neg"), STEPS),
    ("PReLU", dict(shared_axes=2), STEPS),
    ("ELU", dict(), ROWS),
    ("ELU", dict(alpha=0.3), ROWS),
    ("Softmax", dict(), STEPS),
    ("Softmax", dict(axis=1), STEPS),
    ("Softmax", dict(axis=[1, 2]), STEPS),
    ("Softmax", dict(axis=[1]), STEPS),
    ("Activation", dict(activation="tanh"), ROWS),
]   # fmt: skip

RANDOM = [
    ("Dropout", dict(rate=0.3), STEPS),
    ("Dropout", dict(rate=0.0), STEPS),
    ("Dropout", dict(rate=1.0), STEPS),
    ("Dropout", dict(rate=0.5, noise_shape=(None, 1, None), seed=3), STEPS),
    ("SpatialDropout1D", dict(rate=0.5), STEPS),
    ("SpatialDropout1D", dict(rate=0.5, seed=1), STEPS),
    ("AlphaDropout", dict(rate=0.2), ROWS),
    ("AlphaDropout", dict(rate=0.2, noise_shape=(None, 1), seed=2), ROWS),
    ("GaussianNoise", dict(stddev=0.4), ROWS),
    ("GaussianNoise", dict(stddev=0.0, seed=1), ROWS),
    ("GaussianDropout", dict(rate=0.4), ROWS),
    ("GaussianDropout", dict(rate=0.0, seed=2), ROWS),
]


def ids(cases):
    return [f"{name}({', '.join(f'{k}={v}' for k, v in args.items())})"[:70]
            for name, args, _ in cases]


deterministic = pytest.mark.parametrize("name, arguments, x", DETERMINISTIC,
                                        ids=ids(DETERMINISTIC))
random_layers = pytest.mark.parametrize("name, arguments, x", RANDOM, ids=ids(RANDOM))
every = pytest.mark.parametrize("name, arguments, x", DETERMINISTIC + RANDOM,
                                ids=ids(DETERMINISTIC + RANDOM))


def make(library, name, arguments):
    arguments = {key: getattr(library.initializers, value[0])(value[1])
                 if isinstance(value, tuple) and isinstance(value[0], str) else value
                 for key, value in arguments.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")     # rms_scaling
        return getattr(library.layers, name)(name="layer", **arguments)


def both(name, arguments, x):
    """Our layer and Keras's, built, with the same weights (away from their first values)."""
    ours, theirs = make(own, name, arguments), make(keras, name, arguments)
    shape = (None, *x.shape[1:])
    for layer in (ours, theirs):
        if not layer.built:
            layer.build(shape)
    weights = [np.abs(w) + np.random.default_rng(i).uniform(0.2, 1.5, w.shape).astype("float32")
               for i, w in enumerate(theirs.get_weights())]
    assert len(ours.weights) == len(weights)
    ours.set_weights(weights)
    theirs.set_weights(weights)
    return ours, theirs


@deterministic
def test_outputs(name, arguments, x):
    ours, theirs = both(name, arguments, x)
    assert_same(ours(x), theirs(x), atol=2e-6)
    for training in (False, True):
        assert_same(ours(x, training=training), theirs(x, training=training), atol=2e-6)


@deterministic
def test_gradients(name, arguments, x):
    """Of a sum of the outputs, each with another factor, by the inputs and by the weights."""
    import jax
    import jax.numpy as jnp

    ours, theirs = both(name, arguments, x)
    trainable = [w.numpy() for w in ours.trainable_weights]
    fixed = [np.asarray(v.value) for v in theirs.non_trainable_variables]
    floats = x.dtype.kind == "f"
    y = ours(x, training=True)
    factors = np.random.default_rng(5).uniform(-1, 1, y.shape).astype("float32")

    def loss(weights, x):
        told = {"training": True} if name == "BatchNormalization" else {}
        y, _ = theirs.stateless_call(weights, fixed, x, **told)
        return jnp.sum(y * factors)

    for_weights, for_x = jax.grad(loss, (0, 1), allow_int=True)(
        [jnp.asarray(w) for w in trainable], jnp.asarray(x))
    inputs = own.Tensor(x, requires_grad=True) if floats else own.Tensor(x)
    y = ours(inputs, training=True)
    if y.requires_grad:
        own.ops.sum(y * own.Tensor(factors)).backward()
        for w, expected in zip(ours.trainable_weights, for_weights, strict=True):
            assert_same(w.grad, expected, rtol=2e-5, atol=1e-5)
    if floats:
        assert_same(inputs.grad, for_x, rtol=2e-5, atol=1e-5)


@every
def test_names_shapes_and_trainability_of_the_weights(name, arguments, x):
    ours, theirs = both(name, arguments, x)
    described = [[(w.name, w.path, tuple(w.shape), bool(w.trainable)) for w in layer.weights]
                 for layer in (ours, theirs)]
    assert described[0] == described[1]
    for attribute in ("variables", "trainable_variables", "non_trainable_variables"):
        assert len(getattr(ours, attribute)) == len(getattr(theirs, attribute))
    ours.trainable = theirs.trainable = False
    assert ours.trainable_weights == [] == theirs.trainable_weights


@every
def test_output_shapes(name, arguments, x):
    ours, theirs = both(name, arguments, x)
    shape = (None, *x.shape[1:])
    assert tuple(ours.compute_output_shape(shape)) == tuple(theirs.compute_output_shape(shape))
    assert ours(x).shape == theirs(x).shape


@every
def test_configs(name, arguments, x):
    """Equal before and after building, and each library makes its layer from the other's."""
    fresh = make(own, name, arguments), make(keras, name, arguments)
    built = both(name, arguments, x)
    for ours, theirs in (fresh, built):
        assert plain(ours.get_config()) == plain(theirs.get_config())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            again = type(ours).from_config(theirs.get_config())
            back = type(theirs).from_config(ours.get_config())
            described = own.layers.serialize(ours)
            other = keras.layers.serialize(theirs)
            nested = keras.layers.deserialize(described)
        assert plain(again.get_config()) == plain(back.get_config()) == plain(ours.get_config())
        assert plain(nested.get_config()) == plain(theirs.get_config())
        for key in ("module", "class_name", "registered_name"):
            assert described[key] == other[key]


def plain(config):
    """Tuples as lists, and floats to 6 digits: Keras's regularizers round theirs to float32."""
    if isinstance(config, dict):
        return {key: plain(value) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return [plain(value) for value in config]
    return float(f"{config:.6g}") if isinstance(config, float) else config


@deterministic
def test_losses(name, arguments, x):
    ours, theirs = both(name, arguments, x)
    ours(x)
    theirs(x)
    assert_same(sum(float(v) for v in ours.losses), sum(float(v) for v in theirs.losses))


@pytest.mark.parametrize("arguments, x", [
    (dict(momentum=0.6), ROWS), (dict(momentum=0.9, axis=1), STEPS), (dict(), CUBES),
    (dict(momentum=0.0), ROWS)])    # fmt: skip
def test_moving_statistics_after_some_batches(arguments, x):
    ours, theirs = both("BatchNormalization", arguments, x)
    for i in range(5):
        batch = (x * (1 + i) - i).astype("float32")
        assert_same(ours(batch, training=True), theirs(batch, training=True), atol=5e-6)
    for got, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert_same(got, expected)
    assert_same(ours(x), theirs(x), atol=5e-6)
    ours.trainable = theirs.trainable = False       # then as in inference
    assert_same(ours(x, training=True), theirs(x, training=True), atol=5e-6)
    for got, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert_same(got, expected)


def classifier(library, layers, weights=None):
    model = library.Sequential([library.Input((5,)), library.layers.Dense(8, activation="tanh"),
                                *layers(library.layers), library.layers.Dense(3)])
    model.compile(library.optimizers.SGD(0.1), "mse")
    if weights is not None:
        model.set_weights(weights)
    return model


STACKS = {
    "batch normalization": lambda layers: [layers.BatchNormalization(momentum=0.8)],
    "layer normalization": lambda layers: [layers.LayerNormalization(), layers.ReLU()],
    "PReLU and a sequence": lambda layers: [
        layers.PReLU(), layers.Reshape((4, 2)), layers.Permute((2, 1)),
        layers.GlobalAveragePooling1D()],
    "penalties": lambda layers: [
        layers.ActivityRegularization(0.01, 0.02), layers.LeakyReLU(), layers.UnitNormalization(),
        layers.RepeatVector(2), layers.GlobalMaxPooling1D()],
    "normalization": lambda layers: [
        layers.Normalization(mean=0.1, variance=2.0), layers.ELU(0.5), layers.Softmax()],
}


@pytest.mark.parametrize("stack", STACKS.values(), ids=STACKS)
def test_whole_trainings(stack):
    x = np.random.default_rng(1).normal(size=(50, 5)).astype("float32")
    y = np.random.default_rng(2).normal(size=(50, 3)).astype("float32")
    theirs = classifier(keras, stack)
    ours = classifier(own, stack, theirs.get_weights())
    arguments = dict(batch_size=8, epochs=4, shuffle=False, verbose=0, validation_split=0.2)
    history, expected = ours.fit(x, y, **arguments).history, theirs.fit(x, y, **arguments).history
    assert list(history) == list(expected)
    for key in expected:
        np.testing.assert_allclose(history[key], expected[key], rtol=1e-5)
    for got, wanted in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert_same(got, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("arguments, data", [
    (dict(), ROWS), (dict(axis=None), ROWS), (dict(axis=(1, 2)), STEPS), (dict(axis=1), STEPS),
    (dict(invert=True), ROWS), (dict(), [ROWS[:3], ROWS[3:]]),
    (dict(axis=2), [(STEPS[:1], None), (STEPS[1:3], None), (STEPS[3:], None)])])  # fmt: skip
def test_adapt(arguments, data):
    ours, theirs = make(own, "Normalization", arguments), make(keras, "Normalization", arguments)
    ours.adapt(data)
    # (Keras wants TensorFlow for batches)
    theirs.adapt(STEPS if isinstance(data[0], tuple) else
                 np.concatenate(data) if isinstance(data, list) else data)
    x = STEPS if np.ndim(theirs.mean) == 3 else ROWS
    for got, expected in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert_same(got, expected, rtol=2e-5)
    assert_same(ours(x), theirs(x), rtol=2e-5, atol=1e-5)
    assert_same(ours.mean, theirs.mean)
    assert [(w.name, w.shape) for w in ours.weights] == \
        [(w.name, tuple(w.shape)) for w in theirs.weights]


def test_softmax_with_a_mask():
    mask = np.random.default_rng(0).random(STEPS.shape) < 0.7
    mask[0, 0] = False
    for arguments in ({}, {"axis": [1, 2]}):
        ours, theirs = make(own, "Softmax", arguments), make(keras, "Softmax", arguments)
        assert_same(ours(STEPS, mask=mask), theirs(STEPS, mask=mask))


@random_layers
def test_random_layers_disturb_as_keras_does(name, arguments, x):
    """No number of the two is the same; their shares, means and variances are."""
    x = np.random.default_rng(4).normal(0.0, 1.0, (400, *x.shape[1:])).astype("float32")
    own.utils.set_random_seed(1)
    keras.utils.set_random_seed(1)
    ours, theirs = both(name, arguments, x)
    assert_same(ours(x), x)
    y, expected = ours(x, training=True).numpy(), np.asarray(theirs(x, training=True))
    if arguments.get("rate", arguments.get("stddev")) in (0.0, 1.0):
        assert_same(y, expected)
        return
    n = x.size if "noise_shape" not in arguments and "Spatial" not in name else len(x)
    for statistic in (lambda y: np.mean(y == 0), np.mean, lambda y: y.std(), np.max, np.min,
                      lambda y: np.mean(y * x)):
        close = 8 / np.sqrt(n) * (10 if statistic in (np.max, np.min) else 1)
        assert abs(statistic(y) - statistic(expected)) < close
    kept = (y != 0).sum(), (expected != 0).sum()
    if "ropout" in name and "Gaussian" not in name and "Alpha" not in name:
        scaled = np.unique((y[y != 0] / x[y != 0]).round(4))
        assert scaled.tolist() == np.unique(
            (expected[expected != 0] / x[expected != 0]).round(4)).tolist()
        assert abs(kept[0] - kept[1]) < 8 * np.sqrt(x.size) * np.sqrt(x.size / n)


@pytest.mark.parametrize("name, arguments", [
    ("Embedding", dict(input_dim=0, output_dim=2)),
    ("Embedding", dict(input_dim=2, output_dim=1.5)),
    ("Permute", dict(dims=(0, 1))), ("RepeatVector", dict(n=0)), ("RepeatVector", dict(n=1.5)),
    ("Reshape", dict(target_shape=(-1, -1))), ("Reshape", dict(target_shape=(-2,))),
    ("Dropout", dict(rate=1.5)), ("Dropout", dict(rate=-0.1)),
    ("Dropout", dict(rate=0.5, noise_shape="a")), ("Dropout", dict(rate=0.5, noise_shape=3)),
    ("Dropout", dict(rate=0.5, noise_shape=(0,))), ("Dropout", dict(rate=0.5, noise_shape=(1.5,))),
    ("Dropout", dict(rate=0.5, seed=1.5)), ("AlphaDropout", dict(rate=2)),
    ("GaussianNoise", dict(stddev=-1)), ("GaussianNoise", dict(stddev=2)),
    ("GaussianDropout", dict(rate=2)), ("LayerNormalization", dict(axis="a")),
    ("UnitNormalization", dict(axis=1.5)), ("Normalization", dict(mean=1.0)),
    ("Normalization", dict(mean=[1.0], variance=[1.0, 2.0])),
    ("Normalization", dict(mean=[[1.0]], variance=[[1.0]])),
    ("ReLU", dict(max_value=-1)), ("ReLU", dict(negative_slope=-1)), ("ReLU", dict(threshold=-1)),
    ("LeakyReLU", dict(negative_slope=-1)), ("LeakyReLU", dict(negative_slope=None)),
    ("BatchNormalization", dict(synchronized=True)), ("GlobalMaxPooling1D", dict(data_format="a")),
    ("ActivityRegularization", dict(l1=-1)),
])  # fmt: skip
def test_wrong_arguments_raise_the_same_type(name, arguments):
    with pytest.raises(Exception) as expected:  # noqa: PT011
        make(keras, name, arguments)
    with pytest.raises(expected.type):
        make(own, name, arguments)


def test_every_layer_is_here_or_said_to_be_absent():
    from autograd_mlp._absent import absent_layer

    for name in dir(keras.layers):
        if name[0].isupper():
            assert (name in own.layers.__all__) != bool(absent_layer(name)), name
            if name not in own.layers.__all__:
                with pytest.raises(AttributeError, match=f"^{name} is an? .* does not have"):
                    getattr(own.layers, name)
    tested = {name for name, _, _ in DETERMINISTIC + RANDOM}
    assert set(own.layers.__all__) - tested == {
        "Dense", "Input", "InputLayer", "InputSpec", "Lambda", "Layer", "GlobalAvgPool1D",
        "GlobalMaxPool1D", "deserialize", "serialize"}
