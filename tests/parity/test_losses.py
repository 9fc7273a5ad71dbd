"""Every loss of Keras: values, gradients, weights, reductions, names and configs."""

import warnings

import numpy as np
import pytest

import autograd_mlp
from autograd_mlp import Tensor, losses
from tests.parity import RTOL, assert_same, import_keras, values

keras = import_keras()

SHAPES = [(7, 4), (2, 3, 4)]


def reals(rng, shape):
    return rng.normal(size=shape), rng.normal(size=shape)


def positives(rng, shape):
    return rng.uniform(0.2, 5, shape), rng.uniform(0.1, 5, shape)


def answers(rng, shape):
    return rng.integers(0, 2, shape), rng.uniform(0.01, 0.99, shape)


def shares(rng, shape):
    return tuple(p / p.sum(-1, keepdims=True) for p in rng.uniform(0.05, 1, (2, *shape)))


def signs(rng, shape):
    return rng.choice([-1.0, 1.0], shape), rng.normal(size=shape)


def one_hot(rng, shape):
    return np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])], shares(rng, shape)[0]


def labels(rng, shape):
    return rng.integers(0, shape[-1], shape[:-1]), shares(rng, shape)[0]


def logits(of, scale=5):
    return lambda rng, shape: (of(rng, shape)[0], scale * rng.normal(size=shape))


def embeddings(rng, shape):
    p = rng.normal(size=(shape[0], shape[-1]))
    return rng.integers(0, 3, shape[0]), p / np.linalg.norm(p, axis=-1, keepdims=True)


LOSSES = [
    ("MeanSquaredError", {}, reals),
    ("MeanAbsoluteError", {}, reals),
    ("MeanAbsolutePercentageError", {}, reals),
    ("MeanSquaredLogarithmicError", {}, positives),
    ("MeanSquaredLogarithmicError", {}, reals),
    ("CosineSimilarity", {}, reals),
    ("CosineSimilarity", {"axis": 0}, reals),
    ("CosineSimilarity", {"axis": -2}, reals),
    ("Huber", {}, reals),
    ("Huber", {"delta": 0.3}, reals),
    ("LogCosh", {}, reals),
    ("Hinge", {}, signs),
    ("Hinge", {}, answers),
    ("SquaredHinge", {}, signs),
    ("SquaredHinge", {}, answers),
    ("CategoricalHinge", {}, one_hot),
    ("KLDivergence", {}, shares),
    ("KLDivergence", {}, answers),
    ("Poisson", {}, positives),
    ("BinaryCrossentropy", {}, answers),
    ("BinaryCrossentropy", {"label_smoothing": 0.1}, answers),
    ("BinaryCrossentropy", {"from_logits": True}, logits(answers)),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.3}, logits(shares)),
    ("BinaryCrossentropy", {"axis": 0}, answers),
    ("BinaryFocalCrossentropy", {}, answers),
    ("BinaryFocalCrossentropy", {"gamma": 3.0, "label_smoothing": 0.1}, answers),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "alpha": 0.3}, answers),
    ("BinaryFocalCrossentropy", {"from_logits": True, "gamma": 1.0, "axis": 0},
     logits(answers, 2)),
    ("CategoricalCrossentropy", {}, one_hot),
    ("CategoricalCrossentropy", {"label_smoothing": 0.2}, shares),
    ("CategoricalCrossentropy", {"from_logits": True}, logits(one_hot)),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, logits(one_hot)),
    ("CategoricalCrossentropy", {"axis": 0}, shares),
    ("CategoricalFocalCrossentropy", {}, one_hot),
    ("CategoricalFocalCrossentropy", {"alpha": 0.5, "gamma": 1.5, "label_smoothing": 0.1}, one_hot),
    ("CategoricalFocalCrossentropy", {"from_logits": True}, logits(one_hot)),
    ("CategoricalFocalCrossentropy", {"axis": 0}, shares),
    ("SparseCategoricalCrossentropy", {}, labels),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, logits(labels)),
    ("SparseCategoricalCrossentropy", {"ignore_class": 0}, labels),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2, "from_logits": True}, logits(labels)),
    ("CategoricalGeneralizedCrossEntropy", {}, labels),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.9}, labels),
    ("Dice", {}, answers),
    ("Dice", {"axis": -1}, answers),
    ("Dice", {"axis": (0, -1)}, answers),
    ("Tversky", {}, answers),
    ("Tversky", {"alpha": 0.2, "beta": 0.9}, answers),
    ("Tversky", {"axis": -1}, answers),
    ("Circle", {}, embeddings),
    ("Circle", {"gamma": 10.0, "margin": 0.25, "remove_diagonal": False}, embeddings),
]
IDS = [f"{name}-{'-'.join(f'{k}={v}' for k, v in args.items())}{draw.__name__.strip('<>')}"
       for name, args, draw in LOSSES]
REDUCTIONS = ["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None]


def pair(name, args, **more):
    return (getattr(module.losses, name)(**args, **more) for module in (autograd_mlp, keras))


def data(draw, shape, seed=0):
    rng = np.random.default_rng(seed)
    y, p = draw(rng, shape)
    return (y if np.asarray(y).dtype.kind == "i" else y.astype(np.float32)), p.astype(np.float32)


def value_and_gradient_of_keras(loss, y, p, upstream):
    if keras.backend.backend() != "jax":
        pytest.skip("gradients are compared with Keras on JAX")
    import jax

    @jax.jit        # one compilation instead of one for each operation
    def both(p):
        value, back = jax.vjp(lambda p: loss(y, p), p)
        return value, back(upstream)[0]

    return map(values, both(p))


@pytest.mark.parametrize("name, args, draw", LOSSES, ids=IDS)
def test_values_and_gradients(name, args, draw):
    ours, theirs = pair(name, args, reduction="none")
    # 1 − sigmoid(z) in float32 has few digits left where z is large; Keras takes it twice
    rtol = 1e-4 if name == "BinaryFocalCrossentropy" and "from_logits" in args else RTOL
    for shape in SHAPES:
        y, p = data(draw, shape)
        tensor = Tensor(p, requires_grad=True)
        result = ours(y, tensor)
        upstream = np.linspace(0.5, 2, result.size, dtype=np.float32).reshape(result.shape)
        expected, gradient = value_and_gradient_of_keras(theirs, y, p, upstream)
        assert_same(result, expected, rtol=rtol)
        result.backward(upstream)
        scale = np.abs(gradient).max()
        assert_same(tensor.grad, gradient, rtol=2 * rtol, atol=5e-6 * max(scale, 1))


@pytest.mark.parametrize("name, args, draw", [
    ("MeanSquaredError", {}, reals),
    ("BinaryCrossentropy", {"axis": 0}, answers),
    ("CategoricalFocalCrossentropy", {}, one_hot),
    ("SparseCategoricalCrossentropy", {"ignore_class": 0}, labels),
    ("Dice", {}, answers),
    ("Circle", {}, embeddings),
])
def test_reductions_and_weights(name, args, draw):
    shape = (7, 4)
    y, p = data(draw, shape)
    samples = values(next(pair(name, args, reduction="none"))(y, p)).shape
    some = np.linspace(0, 2, 7, dtype=np.float32)[: samples[0] if samples else 7]
    for reduction in REDUCTIONS:
        ours, theirs = pair(name, args, reduction=reduction)
        for weights in (None, 2.0, some, some[:, None], 0 * some):
            assert_same(ours(y, p, sample_weight=weights), theirs(y, p, sample_weight=weights))


@pytest.mark.parametrize("name, args, draw", LOSSES, ids=IDS)
def test_configs_names_and_floats(name, args, draw):
    ours, theirs = pair(name, args)
    forgotten = {"axis", "delta"} - set(theirs.get_config())
    assert {k: v for k, v in ours.get_config().items() if k not in forgotten} == theirs.get_config()
    assert ours.name == theirs.name and ours.dtype == theirs.dtype
    again = type(ours).from_config(ours.get_config())
    y, p = data(draw, (5, 4))
    assert float(again(y, p)) == float(ours(y, p))
    if name != "CategoricalGeneralizedCrossEntropy":    # which Keras left out of its list
        restored = keras.losses.deserialize(losses.serialize(ours))
        assert type(restored) is type(theirs) and restored.name == ours.name
    wide = getattr(losses, name)(**args, dtype="float64")(y, p)
    assert wide.dtype == "float64"
    assert_same(np.float32(wide.item()), np.float32(ours(y, p).item()))


def test_default_configs_are_equal():
    for name in {name for name, *_ in LOSSES}:
        ours, theirs = pair(name, {})
        assert ours.get_config() == theirs.get_config()
        assert losses.serialize(ours) == keras.losses.serialize(theirs)


def test_every_name_is_here():
    for name in dir(keras.losses):
        if not name.startswith("_"):
            assert hasattr(losses, name), name
    for name in keras.src.losses.ALL_OBJECTS_DICT:
        if name not in ("Loss", "LossFunctionWrapper"):
            assert name in losses._NAMES, name
    tf = keras._tf_keras.keras.losses
    assert {name for name in dir(tf) if not name.startswith("_")} <= set(losses.__all__)


@pytest.mark.parametrize("name", sorted(
    name for name in dir(keras.losses) if name.islower() and not name.startswith("_")
    and name not in ("get", "serialize", "deserialize", "ctc")))
def test_functions(name):
    draw = {"circle": embeddings, "mean_squared_logarithmic_error": positives, "poisson": positives,
            "categorical_generalized_cross_entropy": labels,
            "sparse_categorical_crossentropy": labels, "hinge": signs, "squared_hinge": signs}
    args = {"q": 0.7} if name.startswith("categorical_g") else {}
    y, p = data(draw.get(name, shares), (6, 4))
    assert_same(getattr(losses, name)(y, p, **args), getattr(keras.losses, name)(y, p, **args))


EDGES = np.array([0, 1e-9, 1e-7, 0.5, 1 - 1e-7, 1], np.float32)


@pytest.mark.parametrize("name", ["binary_crossentropy", "binary_focal_crossentropy"])
@pytest.mark.parametrize("target", [0.0, 1.0])
def test_probabilities_at_the_edge(name, target):
    p = EDGES[:, None]
    y = np.full_like(p, target)
    assert_same(getattr(losses, name)(y, p), getattr(keras.losses, name)(y, p), rtol=2e-5)


@pytest.mark.parametrize("name", ["categorical_crossentropy", "categorical_focal_crossentropy",
                                  "kl_divergence", "categorical_hinge"])
def test_shares_at_the_edge(name):
    p = np.stack([EDGES, 1 - EDGES], 1)
    for y in ([1.0, 0.0], [0.0, 1.0]):
        y = np.broadcast_to(np.float32(y), p.shape)
        assert_same(getattr(losses, name)(y, p), getattr(keras.losses, name)(y, p), rtol=2e-5)


@pytest.mark.parametrize("name, args", [
    ("binary_crossentropy", {"from_logits": True}), ("categorical_crossentropy",
                                                     {"from_logits": True}),
    ("binary_focal_crossentropy", {"from_logits": True}), ("log_cosh", {}), ("hinge", {}),
    ("categorical_focal_crossentropy", {"from_logits": True})])
def test_large_numbers(name, args):
    z = np.array([[-1e4, 1e4], [88.0, -88.0], [0.0, 300.0]], np.float32)
    y = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    ours = Tensor(z, requires_grad=True)
    loss = getattr(losses, name)(y, ours, **args)
    assert_same(loss, getattr(keras.losses, name)(y, z, **args), rtol=2e-5)
    loss.sum().backward()
    assert np.isfinite(ours.grad.numpy()).all()


def test_ignored_labels_need_not_be_classes():
    y, p = data(labels, (8, 4))
    y = np.where(np.arange(8) % 3 == 0, -1, y)
    weights = np.linspace(0, 1, 8, dtype=np.float32)
    for reduction in REDUCTIONS:
        ours, theirs = pair("SparseCategoricalCrossentropy", {"ignore_class": -1},
                            reduction=reduction)
        for given in (None, weights):
            assert_same(ours(y, p, given), theirs(y, p, given))
    everything = np.full(8, -1)
    assert float(ours(everything, p).sum()) == 0 == float(
        losses.SparseCategoricalCrossentropy(ignore_class=-1)(everything, p))


def test_class_weights_of_the_focal_loss():
    y, p = data(one_hot, (6, 3))
    alpha = [0.1, 0.5, 0.9]
    ours, theirs = pair("CategoricalFocalCrossentropy", {"alpha": alpha})
    assert_same(ours(y, p), theirs(y, p))
    assert_same(losses.categorical_focal_crossentropy(y, p, alpha=np.array(alpha)),
                keras.losses.categorical_focal_crossentropy(y, p, alpha=alpha))


@pytest.mark.parametrize("y_shape, p_shape", [((6,), (6, 1)), ((6, 1), (6,)), ((2, 3, 1), (2, 3)),
                                              ((2, 3), (2, 3, 1)), ((6,), (6,))])
@pytest.mark.parametrize("name", ["MeanSquaredError", "BinaryCrossentropy", "Hinge", "Poisson",
                                  "BinaryFocalCrossentropy", "Tversky"])
def test_ranks(name, y_shape, p_shape):
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, y_shape).astype(np.float32)
    p = rng.uniform(0.1, 0.9, p_shape).astype(np.float32)
    ours, theirs = pair(name, {})
    assert_same(ours(y, p), theirs(y, p))


def test_own_losses():
    class Ours(losses.Loss):
        def call(self, y_true, y_pred):
            return autograd_mlp.ops.mean(abs(y_true - y_pred) ** 3, axis=-1)

    class Theirs(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return keras.ops.mean(abs(y_true - y_pred) ** 3, axis=-1)

    y, p = data(reals, (7, 3))
    weights = np.arange(7, dtype=np.float32)
    for reduction in REDUCTIONS:
        assert_same(Ours(reduction=reduction)(y, p, weights),
                    Theirs(reduction=reduction)(y, p, weights))
    assert Ours().get_config().keys() == Theirs().get_config().keys()


@pytest.mark.parametrize("make", [
    lambda m: m.losses.Loss(reduction="mena"), lambda m: m.losses.get("mse_"),
    lambda m: m.losses.CategoricalGeneralizedCrossEntropy(q=1.0),
    lambda m: m.losses.get(3),
    lambda m: m.losses.binary_crossentropy(np.ones((3, 2)), np.ones((3, 3))),
    lambda m: m.losses.sparse_categorical_crossentropy(np.ones((3, 2)), np.ones((3, 2))),
    lambda m: m.losses.categorical_crossentropy(np.ones(3), np.ones((3, 2))),
    lambda m: m.losses.categorical_crossentropy(np.ones((3, 2)), np.ones((3, 2)), axis=True),
])
def test_the_same_errors(make):
    for module in (autograd_mlp, keras):
        with pytest.raises(ValueError):
            make(module)


def test_one_class_only_warns_in_both():
    for module in (losses, keras.losses):
        with pytest.warns(SyntaxWarning, match="binary_crossentropy"):
            module.categorical_crossentropy(np.ones((3, 1)), np.ones((3, 1), np.float32))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        losses.binary_crossentropy(np.ones((3, 1)), np.ones((3, 1), np.float32))
