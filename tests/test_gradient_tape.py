"""GradientTape gives TensorFlow's answers, and leaves no trace in the tensors."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import GradientTape, Tensor, Variable, no_grad, ops


def square(x):
    return x * x


def test_a_variable_is_watched_by_itself():
    w = Variable(3.0)
    with GradientTape() as tape:
        y = square(w)
    assert tape.gradient(y, w).item() == 6.0
    assert w.grad is None


def test_what_grad_held_is_untouched():
    w = Variable([1.0, 2.0])
    ops.sum(w).backward()
    with GradientTape() as tape:
        hidden = square(w)
        y = ops.sum(hidden)
    np.testing.assert_array_equal(tape.gradient(y, w).numpy(), [2, 4])
    np.testing.assert_array_equal(w.grad.numpy(), [1, 1])
    assert hidden.grad is None
    y.backward()
    np.testing.assert_array_equal(w.grad.numpy(), [3, 5])


def test_a_constant_is_watched_on_request():
    x, z = Tensor([1.0, 2.0]), Tensor([1.0, 2.0])
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.sum(x * x * z)
    dx, dz = tape.gradient(y, [x, z])
    np.testing.assert_array_equal(dx.numpy(), [2, 8])
    assert dz is None
    assert not x.requires_grad and x.grad is None and (x * 2).node is None


def test_watching_a_nest_and_a_frozen_variable():
    frozen, x = Variable(2.0, trainable=False), Tensor(3.0)
    with GradientTape() as tape:
        tape.watch([frozen, {"x": x}])
        y = frozen * x
    assert [g.item() for g in tape.gradient(y, (frozen, x))] == [3.0, 2.0]
    assert not frozen.trainable


def test_without_watching_variables():
    a, b = Variable(2.0), Variable(3.0)
    with GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(a)
        y = a * b
    da, db = tape.gradient(y, (a, b))
    assert da.item() == 3.0 and db is None


def test_an_intermediate_result_is_a_source():
    w = Variable(3.0)
    with GradientTape() as tape:
        hidden = square(w)
        y = square(hidden)
    dh, dw = tape.gradient(y, [hidden, w])
    assert dh.item() == 18.0 and dw.item() == 108.0


def test_what_is_computed_before_the_block_is_constant():
    w = Variable(3.0)
    before = square(w)
    with GradientTape() as tape:
        y = before * w
    assert tape.gradient(y, w).item() == 9.0
    with GradientTape() as tape:
        y = before * w
    assert tape.gradient(y, before) is None
    with GradientTape() as tape:
        tape.watch(before)
        y = before * w
    assert tape.gradient(y, before).item() == 3.0


def test_what_is_computed_after_the_block_is_constant():
    w = Variable(3.0)
    with GradientTape() as tape:
        y = square(w)
    z = square(y)
    assert tape.gradient(z, w) is None


def test_stop_recording_and_reset():
    w = Variable(3.0)
    x = Tensor(5.0)
    with GradientTape() as tape:
        tape.watch(x)
        with tape.stop_recording():
            constant = square(w)
            assert (x * 1).node is None
        y = constant * w * x
    assert [g.item() for g in tape.gradient(y, [w, x])] == [45.0, 27.0]
    with GradientTape() as tape:
        y = square(w)
        tape.reset()
        z = y * w
    assert tape.gradient(z, w).item() == 9.0


def test_sources_keep_their_form():
    a, b, c = (Variable(v) for v in (1.0, 2.0, 3.0))
    with GradientTape() as tape:
        y = a * b
    found = tape.gradient(y, {"weights": [a, b], "other": (c,)})
    assert found["other"] == (None,)
    assert [g.item() for g in found["weights"]] == [2.0, 1.0]


def test_unconnected_gradients():
    a, c = Variable(1.0), Variable([3.0, 4.0])
    with GradientTape(persistent=True) as tape:
        y = square(a)
        constant = Tensor(2.0) * 3
    np.testing.assert_array_equal(
        tape.gradient(y, c, unconnected_gradients="zero").numpy(), [0, 0])
    assert tape.gradient(constant, [a]) == [None]
    with pytest.raises(ValueError, match="did you mean 'zero'"):
        tape.gradient(y, c, unconnected_gradients="zeros")


def test_several_targets_are_summed():
    w = Variable(3.0)
    with GradientTape(persistent=True) as tape:
        y = square(w)
        z = y * w
    assert tape.gradient([y, z], w).item() == 6.0 + 27.0
    assert tape.gradient([y, y], w).item() == 12.0
    assert tape.gradient([y, w], w).item() == 7.0


def test_output_gradients():
    w = Variable([1.0, 2.0])
    with GradientTape(persistent=True) as tape:
        y = square(w)
    upstream = Tensor([1.0, 10.0])
    np.testing.assert_array_equal(tape.gradient(y, w).numpy(), [2, 4])
    np.testing.assert_array_equal(
        tape.gradient(y, w, output_gradients=upstream).numpy(), [2, 40])
    np.testing.assert_array_equal(tape.gradient([y], w, [upstream]).numpy(),
                                  [2, 40])
    np.testing.assert_array_equal(upstream.numpy(), [1, 10])
    with pytest.raises(ValueError, match="2 output_gradients for 1 targets"):
        tape.gradient(y, w, [upstream, upstream])
    with pytest.raises(ValueError, match="must have the tensor's shape"):
        tape.gradient(y, w, Tensor(1.0))


def test_a_tape_gives_gradients_once_unless_persistent():
    w = Variable(3.0)
    with GradientTape() as tape:
        y = square(w)
    tape.gradient(y, w)
    with pytest.raises(RuntimeError, match="persistent=True"):
        tape.gradient(y, w)
    with GradientTape(persistent=True) as tape:
        y = square(w)
    assert [tape.gradient(y, w).item() for _ in range(3)] == [6.0] * 3


def test_a_tape_may_be_asked_inside_its_block():
    w = Variable(3.0)
    with GradientTape() as tape:
        y = square(w)
        assert tape.gradient(y, w).item() == 6.0
        with pytest.raises(RuntimeError, match="while the tape listens"):
            tape.watch(w)


def test_a_tape_is_used_again_for_another_block():
    w, tape = Variable(3.0), GradientTape()
    for _ in range(2):
        with tape:
            y = square(w)
        assert tape.gradient(y, w).item() == 6.0
    with tape, pytest.raises(RuntimeError, match="entered twice"), tape:
        pass


def test_mistakes_are_told():
    w = Variable(3.0)
    with pytest.raises(RuntimeError, match="recorded nothing"):
        GradientTape().gradient(w, w)
    with GradientTape(persistent=True) as tape:
        y = square(w)
        with pytest.raises(TypeError, match="takes tensors, got a ndarray"):
            tape.watch(np.ones(2))
        with pytest.warns(UserWarning, match="has no gradient"):
            tape.watch(Tensor(np.arange(3)))
    with pytest.raises(TypeError, match="NumPy's results carry no gradient"):
        tape.gradient(y.numpy(), w)
    with pytest.raises(TypeError, match="the source of a gradient must be a tensor"):
        tape.gradient(y, 3.0)


def test_values_changed_in_between_are_not_used_silently():
    w = Variable(3.0)
    with GradientTape() as tape:
        y = square(w)
    w.assign(4.0)
    with pytest.raises(RuntimeError, match="changed in place"):
        tape.gradient(y, w)
    assert w.grad is None


def test_nested_tapes_over_different_variables():
    a, b = Variable(2.0), Variable(3.0)
    with GradientTape() as one, GradientTape() as two:
        y = square(a) * b
    assert one.gradient(y, a).item() == 12.0
    assert two.gradient(y, b).item() == 4.0


@pytest.mark.parametrize("persistent", [False, True])
def test_a_second_derivative_is_refused_where_it_would_be_needed(persistent):
    w = Variable(3.0)
    with GradientTape(persistent=persistent) as outer:
        with GradientTape() as inner:
            y = w * w * w
        dy = inner.gradient(y, w)
        assert dy.item() == 27.0
        penalised = y + dy * dy
        constant = y + dy.detach() * w
    with pytest.raises(NotImplementedError, match="second derivative"):
        outer.gradient(penalised, w)
    if persistent:
        assert outer.gradient(constant, w).item() == 54.0
    assert w.grad is None


def test_jacobian():
    m = np.array([[1, 2], [3, 4], [5, 6]], np.float32)
    x, b = Tensor([[1.0], [2.0]]), Variable([[0.5]])
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.matmul(Tensor(m), x) * b
    dx, db, none = tape.jacobian(y, [x, b, Variable(1.0)])
    assert dx.shape == (3, 1, 2, 1) and none is None
    np.testing.assert_allclose(dx.numpy().reshape(3, 2), m / 2)
    np.testing.assert_allclose(db.numpy().ravel(), (m @ [[1], [2]]).ravel())
    with pytest.raises(RuntimeError, match="gives gradients once"):
        tape.jacobian(y, x)


def test_nothing_is_recorded_inside_no_grad():
    w = Variable(3.0)
    with GradientTape() as tape, no_grad():
        y = square(w)
    assert tape.gradient(y, w) is None


def network(seed=3):
    keras.set_random_seed(seed)
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(5, activation="tanh"),
                             keras.layers.Dense(1, activation="sigmoid")])


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "RMSprop"])
def test_a_loop_of_ones_own_learns_what_fit_learns(optimizer):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(20, 4)).astype(np.float32)
    y = (x.sum(1, keepdims=True) > 0).astype(np.float32)
    fitted, model = network(), network()
    fitted.compile(optimizer=getattr(keras.optimizers, optimizer)(0.05), loss="binary_crossentropy")
    history = fitted.fit(x, y, batch_size=5, epochs=3, shuffle=False, verbose=0)

    optimizer = getattr(keras.optimizers, optimizer)(0.05)
    loss_fn = keras.losses.BinaryCrossentropy()
    for epoch in range(3):
        losses = []
        for i in range(0, 20, 5):
            with GradientTape() as tape:
                loss = loss_fn(y[i : i + 5], model(x[i : i + 5], training=True))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            losses.append(float(loss))
        assert np.mean(losses) == pytest.approx(history.history["loss"][epoch], rel=1e-6)
    for ours, theirs in zip(model.get_weights(), fitted.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


class OwnStep(keras.Model):
    """A model whose ``train_step`` is written out with a tape, as Keras's guides show."""

    def __init__(self):
        super().__init__()
        self.inner = network()

    def call(self, x):
        return self.inner(x)

    def train_step(self, data):
        x, y = data
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        for metric in self.metrics:
            metric.update_state(*((loss,) if metric.name == "loss" else (y, y_pred)))
        return {m.name: m.result() for m in self.metrics}


def test_a_train_step_with_a_tape_is_the_usual_one():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(20, 4)).astype(np.float32)
    y = (x.sum(1, keepdims=True) > 0).astype(np.float32)
    usual, own = network(), OwnStep()
    for model in (usual, own):
        model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
        model.fit(x, y, batch_size=5, epochs=4, shuffle=False, verbose=0)
    np.testing.assert_allclose(own.history.history["loss"], usual.history.history["loss"],
                               rtol=1e-6)
    for ours, theirs in zip(own.get_weights(), usual.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_what_a_tape_does_is_recorded_for_replay():
    from autograd_mlp._engine import Tape
    w, x = Variable([2.0, 3.0]), Tensor([1.0, 2.0])
    optimizer = keras.optimizers.SGD(0.1)
    optimizer.build([w])
    with Tape() as recorded:
        with GradientTape() as tape:
            loss = ops.sum(ops.square(w) * x)
        optimizer.apply_gradients([(tape.gradient(loss, w), w)])
    assert recorded.broken is None
    expected = np.array([2.0, 3.0], np.float32)
    for _ in range(4):
        expected = expected - np.float32(0.1) * 2 * expected * x.numpy()
    recorded.replay(3)
    np.testing.assert_allclose(w.numpy(), expected, rtol=1e-6)
