"""Loss functions and classes, against numbers computed by Keras 3.15 (JAX backend, float32)."""

import numpy as np
import pytest

from autograd_mlp import Tensor, losses
from autograd_mlp._engine import MeanAccumulator, Tape

T = np.array([[1, 0, 0], [0, 0, 1]], dtype=np.float32)
P = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]], dtype=np.float32)
LOGITS = np.array([[2.0, -1.0, 0.5], [0.3, 0.1, -0.2]], dtype=np.float32)
CLASSES = np.array([0, 2])
WEIGHTS = np.array([1, 3], dtype=np.float32)

# name, loss, loss with WEIGHTS, reduction="sum", "mean_with_sample_weight" with WEIGHTS
KERAS = [
    ("MeanSquaredError", 0.1133333, 0.2933334, 0.2266667, 0.1466667),
    ("MeanAbsoluteError", 0.3, 0.7, 0.6, 0.35),
    ("MeanAbsolutePercentageError", 1.5e08, 3.500001e08, 3.000001e08, 1.75e08),
    ("MeanSquaredLogarithmicError", 0.05560408, 0.1438997, 0.1112082, 0.07194985),
    ("BinaryCrossentropy", 0.3858033, 0.9290168, 0.7716066, 0.4645084),
    ("CategoricalCrossentropy", 0.6364828, 1.552773, 1.272966, 0.7763867),
    ("SparseCategoricalCrossentropy", 0.6364828, 1.552773, 1.272966, 0.7763867),
    ("Hinge", 0.9666666, 2.033333, 1.933333, 1.016667),
    ("SquaredHinge", 1.08, 2.326667, 2.16, 1.163333),
    ("CategoricalHinge", 0.7, 1.6, 1.4, 0.8),
    ("Huber", 0.05666667, 0.1466667, 0.1133333, 0.07333334),
    ("LogCosh", 0.0546696, 0.1409419, 0.1093392, 0.07047096),
    ("KLDivergence", 0.63648, 1.552768, 1.27296, 0.7763838),
    ("Poisson", 0.5454943, 1.184258, 1.090989, 0.5921289),
    ("CosineSimilarity", -0.8192868, -1.505281, -1.638574, -0.7526406),
]


def near(value):
    return pytest.approx(value, rel=2e-6)


@pytest.mark.parametrize("name, plain, weighted, summed, by_weight", KERAS)
def test_classes_give_keras_numbers(name, plain, weighted, summed, by_weight):
    cls = getattr(losses, name)
    y = CLASSES if name.startswith("Sparse") else T
    assert float(cls()(y, P)) == near(plain)
    assert float(cls()(y, P, sample_weight=WEIGHTS)) == near(weighted)
    assert float(cls(reduction="sum")(y, P)) == near(summed)
    assert float(cls(reduction="mean")(y, P)) == near(plain)
    weigh = cls(reduction="mean_with_sample_weight")
    assert float(weigh(y, P, sample_weight=WEIGHTS)) == near(by_weight)
    assert float(weigh(y, P)) == near(plain)
    for reduction in ("none", None):
        values = cls(reduction=reduction)(y, P).numpy()
        assert values.shape == (2,)
        assert values.mean() == near(plain)


def test_every_loss_operation_has_a_function_and_a_class():
    functions = [name for name, op in losses.ops.OPS.items() if op.family == "loss"]
    assert {losses.snake_case(name) for name, *_ in KERAS} == set(functions)
    for name in functions:
        assert losses.get(name) is getattr(losses, name)
        assert getattr(losses, name).__doc__


def test_settings():
    smooth = {"from_logits": True, "label_smoothing": 0.1}
    assert float(losses.BinaryCrossentropy(**smooth)(T, LOGITS)) == near(0.6510263)
    assert float(losses.CategoricalCrossentropy(**smooth)(T, LOGITS)) == near(0.8752921)
    sparse = losses.SparseCategoricalCrossentropy(from_logits=True)
    assert float(sparse(CLASSES, LOGITS)) == near(0.8136253)
    assert float(losses.Huber(delta=0.2)(T, P)) == near(0.04083334)


@pytest.mark.parametrize("classes", [CLASSES, CLASSES[:, None], CLASSES.astype(np.float32), [0, 2]])
def test_sparse_targets_in_any_form(classes):
    loss = losses.SparseCategoricalCrossentropy()
    assert float(loss(classes, P)) == near(0.6364828)


def test_a_vector_meets_a_column():
    column = [[1.0], [4.0], [2.0]]
    loss = losses.MeanSquaredError()
    assert float(loss([1.0, 2.0, 2.0], column)) == near(4 / 3)
    assert float(loss(column, [1.0, 2.0, 2.0])) == near(4 / 3)
    values = losses.mean_squared_error(np.array([1.0, 2.0, 2.0]), np.array(column))
    assert values.dtype == "float64"
    assert np.array_equal(values.numpy(), [0, 4, 0])


def test_of_higher_ranks_the_longer_one_loses_its_last_axis():
    y = np.ones((2, 3), dtype=np.float32)
    values = losses.mean_absolute_error(y[..., None], 3 * y)
    assert np.array_equal(values.numpy(), [2, 2])


@pytest.mark.parametrize("y_shape, p_shape", [((3,), (3, 3)), ((2, 1), (2, 3)), ((2, 3), (2, 1))])
def test_targets_are_never_broadcast(y_shape, p_shape):
    with pytest.raises(ValueError, match="shape"):
        losses.MeanSquaredError()(np.zeros(y_shape), np.zeros(p_shape))


@pytest.mark.parametrize("weights", [[1.0, 2.0, 3.0], [[1.0, 2.0]], [[1.0], [2.0], [3.0]]])
def test_weights_that_do_not_fit(weights):
    with pytest.raises(ValueError, match="sample_weight"):
        losses.MeanSquaredError()(T, P, sample_weight=weights)


def test_weights_in_other_forms():
    loss = losses.MeanSquaredError()
    assert float(loss(T, P, sample_weight=WEIGHTS[:, None])) == near(0.2933334)
    assert float(loss(T, P, sample_weight=2.0)) == near(2 * 0.1133333)
    nothing = losses.MeanSquaredError(reduction="mean_with_sample_weight")
    assert float(nothing(T, P, sample_weight=[0.0, 0.0])) == 0.0


def test_weights_of_each_time_step():
    y, p = np.zeros((2, 3, 4)), np.ones((2, 3, 4))
    weights = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 5.0]])
    assert float(losses.MeanSquaredError()(y, p, sample_weight=weights)) == near(1.0)


def test_gradient_reaches_the_prediction_through_the_reshaping():
    p = Tensor([[1.0], [4.0]], requires_grad=True)
    losses.MeanSquaredError()([2.0, 2.0], p, sample_weight=[1.0, 3.0]).backward()
    assert np.array_equal(p.grad.numpy(), [[-1.0], [6.0]])


def test_whole_numbers_are_fine():
    assert float(losses.MeanSquaredError()([[1], [2]], [[3], [2]])) == 2.0
    assert float(losses.MeanSquaredError()(np.array([1, 2]), Tensor([[3.0], [2.0]]))) == 2.0


def test_own_loss():
    class Fourth(losses.Loss):
        def call(self, y_true, y_pred):
            return losses.ops.mean((y_true - y_pred) ** 4, axis=-1)

    assert float(Fourth()(T, P)) == pytest.approx(((T - P) ** 4).mean(), rel=1e-5)
    assert losses.get(Fourth).name == "fourth" or losses.get(Fourth).name.startswith("fourth_")


def test_own_function_may_leave_the_engine():
    def largest(y_true, y_pred):
        return np.abs(y_true.numpy() - y_pred.numpy()).max(axis=-1)

    assert float(losses.LossFunctionWrapper(largest)(T, P)) == near(0.45)
    assert float(losses.resolve(largest, (2, 3), (2, 3))(T, P)) == near(0.45)


def test_base_class_says_what_to_define():
    with pytest.raises(NotImplementedError, match="call"):
        losses.Loss()(T, P)


def test_get():
    assert losses.get(None) is None
    assert losses.get("mse") is losses.mean_squared_error is losses.MSE is losses.get("MSE")
    assert losses.get("kullback_leibler_divergence") is losses.kl_divergence
    assert type(losses.get("Huber")) is losses.Huber
    huber = losses.get({"class_name": "Huber", "config": {"delta": 2.0}})
    assert huber.get_config() == {
        "name": "huber_loss",
        "reduction": "sum_over_batch_size",
        "delta": 2.0,
    }
    assert losses.get(huber) is huber
    assert losses.get(np.subtract) is np.subtract


@pytest.mark.parametrize(
    "typed, meant", [("mean_square_error", "mean_squared_error"), ("Mse", "mse")]
)
def test_a_typing_mistake_is_answered(typed, meant):
    with pytest.raises(ValueError, match=f"did you mean '{meant}'"):
        losses.get(typed)


@pytest.mark.parametrize("identifier", [3, int, ["mse"]])
def test_get_refuses(identifier):
    with pytest.raises(ValueError, match="loss identifier"):
        losses.get(identifier)


@pytest.mark.parametrize(
    "identifier, y, p, name, function",
    [
        ("crossentropy", (4,), (4, 1), "crossentropy", "binary_crossentropy"),
        ("ce", (4, 1), (4, 3), "ce", "sparse_categorical_crossentropy"),
        ("crossentropy", (4, 3), (4, 3), "crossentropy", "categorical_crossentropy"),
        ("mse", (4,), (4, 1), "mse", "mean_squared_error"),
        (losses.Huber, (4,), (4, 1), "huber_loss", "huber"),
        (losses.poisson, (4,), (4, 1), "poisson", "poisson"),
    ],
)
def test_resolve(identifier, y, p, name, function):
    loss = losses.resolve(identifier, y, p)
    assert isinstance(loss, losses.Loss)
    assert (loss.name, loss.fn.__name__) == (name, function)


def test_wrong_reduction():
    with pytest.raises(ValueError, match="did you mean 'mean'"):
        losses.MeanSquaredError(reduction="meen")


@pytest.mark.parametrize("cls", [losses.MeanSquaredError, losses.Huber, losses.BinaryCrossentropy])
def test_unknown_arguments(cls):
    with pytest.raises(TypeError):
        cls(axes=1)


@pytest.mark.parametrize("name", [name for name, *_ in KERAS])
def test_config_round_trip(name):
    loss = getattr(losses, name)(reduction="sum", name="mine")
    again = losses.deserialize(losses.serialize(loss))
    assert type(again) is type(loss)
    assert again.get_config() == loss.get_config()


def test_serialize_functions():
    config = losses.serialize(losses.get("mse"))
    assert config["class_name"] == "function" and config["config"] == "mean_squared_error"
    assert losses.deserialize(config) is losses.mean_squared_error


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
@pytest.mark.parametrize("name", [name for name, *_ in KERAS])
def test_a_step_with_it_can_be_recorded(name, reduction, weights):
    y = Tensor(CLASSES if name.startswith("Sparse") else T)
    p = Tensor(P)
    w = None if weights is None else Tensor(weights)
    loss = getattr(losses, name)(reduction=reduction)
    mean = MeanAccumulator()
    with Tape() as tape:
        mean.add(loss(y, p, sample_weight=w))
    assert tape.broken is None
    mean.reset()
    p.data = P[::-1]
    tape.replay()
    assert mean.result() == near(float(loss(y, p, sample_weight=w)))


@pytest.mark.parametrize("y, p", [(np.ones(3), np.ones((3, 1))), (np.ones((3, 1)), np.ones(3))])
def test_the_reshaping_can_be_recorded(y, p):
    y, p = Tensor(y), Tensor(p)
    with Tape() as tape:
        losses.MeanSquaredError()(y, p)
    assert tape.broken is None and [name for name, _ in tape.calls][0] == "reshape"
