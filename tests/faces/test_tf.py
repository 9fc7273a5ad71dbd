"""``tf.…``: TensorFlow's names and arguments, on this library's operations."""

import numpy as np
import pytest

import autograd_mlp
from autograd_mlp import Tensor
from autograd_mlp.faces import tf
from autograd_mlp.faces.tf import config, linalg, math, nn
from autograd_mlp.faces.tf import random as tf_random

M = np.array([[1, -2, 3], [4, 5, -6]], np.float32)


def numbers(x):
    return x.numpy() if isinstance(x, Tensor) else np.asarray(x)


@pytest.mark.parametrize("module", [tf, math, nn, linalg, config, tf_random])
def test_every_public_name_exists_and_is_explained(module):
    for name in module.__all__:
        found = getattr(module, name)
        assert not callable(found) or found.__doc__, name


def test_constant_and_convert_to_tensor():
    assert tf.constant(3.0).dtype == tf.float32 and tf.constant(3).dtype == tf.int64
    assert tf.constant([[1, 2]], dtype=tf.float32).shape == (1, 2)
    assert tf.constant(0.5, shape=(2, 2)).tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert tf.constant([1, 2, 3, 4], shape=(2, 2)).tolist() == [[1, 2], [3, 4]]
    assert tf.convert_to_tensor(np.ones(2), dtype=tf.float32).dtype == np.float32
    with pytest.raises(TypeError, match="not text"):
        tf.constant("hello")


def test_variable():
    v = tf.Variable(2.0, name="v")
    assert v.trainable and v.name == "v" and isinstance(v, autograd_mlp.Variable)
    assert tf.Variable([[1.0, 2.0]], trainable=False).shape == (1, 2)
    step = tf.Variable(0)
    assert not step.trainable and step.dtype == np.int64
    step.assign_add(1)
    assert int(step) == 1
    assert tf.Variable(lambda: tf.ones((2,)), dtype="float64").dtype == np.float64
    with tf.GradientTape() as tape:
        y = v.read_value() * v
    assert tape.gradient(y, v).item() == 4.0
    with pytest.raises(ValueError, match="initial value has shape"):
        tf.Variable([1.0], shape=(2,))


@pytest.mark.parametrize("name, numpy_name", [
    ("reduce_sum", "sum"), ("reduce_mean", "mean"), ("reduce_max", "max"), ("reduce_min", "min"),
    ("reduce_variance", "var"), ("reduce_std", "std"), ("reduce_any", "any"),
    ("reduce_all", "all")])
@pytest.mark.parametrize("axis", [None, 0, -1])
def test_reductions(name, numpy_name, axis):
    ours = getattr(math, name)(M, axis=axis, keepdims=True)
    np.testing.assert_allclose(ours.numpy(), getattr(np, numpy_name)(M, axis, keepdims=True),
                               rtol=1e-6)


def test_arguments_of_tensorflow():
    assert math.argmax(M).tolist() == [1, 1, 0]         # along the first axis
    assert math.argmax(M, axis=1).tolist() == [2, 1]
    np.testing.assert_array_equal(tf.matmul(M, M, transpose_b=True).numpy(), M @ M.T)
    np.testing.assert_array_equal(tf.matmul(M, M, transpose_a=True).numpy(), M.T @ M)
    np.testing.assert_array_equal(tf.concat([M, M], 1).numpy(), np.concatenate([M, M], 1))
    np.testing.assert_array_equal(tf.transpose(M, perm=[1, 0]).numpy(), M.T)
    np.testing.assert_array_equal(tf.gather(M, [2, 0], axis=1).numpy(), M[:, [2, 0]])
    np.testing.assert_array_equal(tf.gather(M, [1, 1]).numpy(), M[[1, 1]])
    np.testing.assert_array_equal(tf.boolean_mask(M, math.greater(M, 0)).numpy(), M[M > 0])
    np.testing.assert_array_equal(tf.where(M > 0).numpy(), np.argwhere(M > 0))
    np.testing.assert_array_equal(tf.where(M > 0, M, 0.0).numpy(), np.where(M > 0, M, 0))
    np.testing.assert_array_equal(tf.reverse(M, [1]).numpy(), M[:, ::-1])
    assert [part.shape for part in tf.split(M, [1, 2], axis=1)] == [(2, 1), (2, 2)]
    assert [part.shape for part in tf.unstack(M, axis=1)] == [(2,)] * 3
    assert tf.shape(M).tolist() == [2, 3] and int(tf.size(M)) == 6 and int(tf.rank(M)) == 2
    assert tf.reshape(M, [-1]).shape == (6,) and tf.reshape(M, tf.shape(M.T)).shape == (3, 2)
    assert tf.range(1, 4).tolist() == [1, 2, 3] and tf.fill([2], 7.0).tolist() == [7, 7]
    assert tf.one_hot([0, 2], depth=3).tolist() == [[1, 0, 0], [0, 0, 1]]
    assert tf.one_hot([0, 1], 2, on_value=5.0, off_value=-1.0).tolist() == [[5, -1], [-1, 5]]
    assert tf.one_hot([0, 2], 3, axis=0).shape == (3, 2)
    assert tf.clip_by_value(M, -1, 2).numpy().max() == 2
    assert math.cast(1.9, tf.int32).dtype == np.int64
    assert math.divide_no_nan([1.0, 1.0], [0.0, 2.0]).tolist() == [0.0, 0.5]


def test_norms():
    np.testing.assert_allclose(tf.norm(M).numpy(), np.linalg.norm(M))
    np.testing.assert_allclose(tf.clip_by_norm([3.0, 4.0], 1.0).numpy(), [0.6, 0.8], rtol=1e-6)
    np.testing.assert_allclose(tf.clip_by_norm([3.0, 4.0], 9.0).numpy(), [3, 4], rtol=1e-6)
    clipped, length = tf.clip_by_global_norm([Tensor([3.0]), None, Tensor([4.0])], 1.0)
    assert clipped[1] is None and length.item() == 5
    np.testing.assert_allclose([numbers(clipped[0])[0], numbers(clipped[2])[0]], [0.6, 0.8],
                               rtol=1e-6)
    np.testing.assert_allclose(nn.l2_normalize(M, axis=1).numpy(),
                               M / np.linalg.norm(M, axis=1, keepdims=True), rtol=1e-6)
    assert linalg.trace(np.eye(3, dtype=np.float32)).item() == 3
    assert linalg.matvec(tf.constant(M), tf.constant([1.0, 0, 0])).tolist() == [1, 4]


def test_losses_of_logits():
    labels = np.array([[0, 1, 0], [1, 0, 0]], np.float32)
    p = np.exp(M) / np.exp(M).sum(1, keepdims=True)
    expected = -np.log((p * labels).sum(1))
    found = nn.softmax_cross_entropy_with_logits(labels=labels, logits=tf.constant(M))
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5)
    found = nn.sparse_softmax_cross_entropy_with_logits(labels=[1, 0], logits=tf.constant(M))
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5)
    s = 1 / (1 + np.exp(-M))
    np.testing.assert_allclose(
        nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=M).numpy(),
        -labels * np.log(s) - (1 - labels) * np.log(1 - s), rtol=1e-5, atol=1e-6)
    assert nn.l2_loss([3.0, 4.0]).item() == 12.5
    assert nn.in_top_k([0, 1], M, 1).tolist() == [0, 1]


def test_function_leaves_a_function_as_it_is():
    @tf.function
    def one(x):
        return x + 1

    @tf.function(jit_compile=True)
    def two(x):
        return one(x) * 2

    assert two(tf.constant(1.0)).item() == 4
    with pytest.raises(TypeError, match="no argument 'jit'"):
        tf.function(jit=True)


def test_a_module_finds_its_variables():
    class Dense(tf.Module):
        def __init__(self, inputs, units, name=None):
            super().__init__(name=name)
            self.w = tf.Variable(tf_random.normal([inputs, units]), name="w")
            self.b = tf.Variable(tf.zeros([units]), name="b")
            self.steps = tf.Variable(0)

    class Network(tf.Module):
        def __init__(self):
            super().__init__()
            self.parts = [Dense(2, 3), {"last": Dense(3, 1)}]
            self.again = self.parts[0].w
            self.layer = autograd_mlp.layers.Dense(1)
            self.layer.build((None, 1))

    network = Network()
    assert network.name == "network" and Dense(1, 1, "d").name == "d"
    assert len(network.variables) == 8 and len(network.trainable_variables) == 6
    assert [v.name for v in network.parts[0].trainable_variables] == ["b", "w"]


def test_confusion_matrix():
    assert math.confusion_matrix([0, 1, 2, 2], [0, 2, 2, 2]).tolist() == [
        [1, 0, 0], [0, 0, 1], [0, 0, 2]]
    assert math.confusion_matrix([0], [0], num_classes=2).shape == (2, 2)


def test_random_numbers_follow_from_the_seed_alone():
    np.random.seed(1)       # noqa: NPY002 - the user's
    expected = np.random.rand()     # noqa: NPY002
    np.random.seed(1)       # noqa: NPY002
    tf_random.set_seed(7)
    assert np.random.rand() == expected     # noqa: NPY002 - untouched
    first = tf_random.normal((3, 2), mean=1.0), tf_random.uniform((4,)), tf_random.shuffle(M)
    tf_random.set_seed(7)
    again = tf_random.normal((3, 2), mean=1.0), tf_random.uniform((4,)), tf_random.shuffle(M)
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert abs(tf_random.truncated_normal((1000,)).numpy()).max() <= 2
    assert set(tf_random.uniform((50,), 1, 3, dtype=tf.int32).tolist()) == {1, 2}


def test_the_machine():
    assert config.list_physical_devices("GPU") == []
    assert [d.device_type for d in config.list_physical_devices()] == ["CPU"]
    with tf.device("/CPU:0"):
        pass
    with pytest.raises(RuntimeError, match="no device '/GPU:0'"), tf.device("/GPU:0"):
        pass
    with pytest.raises(ValueError, match="cannot be hidden"):
        config.set_visible_devices([], "CPU")
    config.set_visible_devices([], "GPU")
    assert tf.executing_eagerly() and config.functions_run_eagerly()


def test_a_network_of_bare_variables_learns_xor():
    """The usual lesson of `GradientTape`: weights, a forward pass, assign_sub."""
    tf_random.set_seed(3)
    x, y = (tf.constant(a) for a in autograd_mlp.datasets.xor.load_data())
    w1, b1 = tf.Variable(tf_random.normal((2, 8))), tf.Variable(tf.zeros((8,)))
    w2, b2 = tf.Variable(tf_random.normal((8, 1))), tf.Variable(tf.zeros((1,)))
    for _ in range(300):
        with tf.GradientTape() as tape:
            hidden = nn.tanh(tf.matmul(x, w1) + b1)
            logits = tf.matmul(hidden, w2) + b2
            loss = math.reduce_mean(nn.sigmoid_cross_entropy_with_logits(
                labels=tf.reshape(y, (-1, 1)), logits=logits))
        variables = [w1, b1, w2, b2]
        for v, g in zip(variables, tape.gradient(loss, variables), strict=True):
            v.assign_sub(0.5 * g)
    assert float(loss) < 0.05


def test_initializers_of_variables():
    w = tf.Variable(tf.random_normal_initializer(stddev=0.1)(shape=(3, 2), dtype="float32"))
    b = tf.Variable(initial_value=tf.zeros_initializer()(shape=(2,)), trainable=True)
    assert w.shape == (3, 2) and b.tolist() == [0.0, 0.0]
    assert tf.constant_initializer(2.0)((1,)).tolist() == [2.0]
    assert tf.ones_initializer()((1,)).tolist() == [1.0]
