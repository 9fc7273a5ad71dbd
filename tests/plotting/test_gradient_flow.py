"""GradientFlowDisplay: the sizes are those of the gradients that training would use."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Tensor, callbacks
from autograd_mlp.plotting import GradientFlowDisplay


def gradients_by_hand(model, x, y):
    """The gradients of each layer in one row, computed on another model with the same weights."""
    twin = keras.models.clone_model(model)
    twin.set_weights(model.get_weights())
    loss = keras.losses.SparseCategoricalCrossentropy()(y, twin(x))
    loss.backward()
    return [np.concatenate([w.grad.numpy().ravel() for w in layer.trainable_weights])
            for layer in twin.layers]


def test_statistics_of_each_layer(three_classes, untouched):
    model, x, y = three_classes
    model.train_on_batch(x, y)
    model.layers[0].kernel.grad = np.full((2, 6), 7.0)      # of the user's own
    same = untouched(model)
    display = GradientFlowDisplay.from_model(model, x, y)
    same()
    expected = gradients_by_hand(model, x, y)
    assert display.layers == [layer.name for layer in model.layers]
    tolerance = 1e-4 if x.dtype == np.float32 else 1e-10
    for name, measure in [("norm", np.linalg.norm), ("mean", lambda g: np.abs(g).mean()),
                          ("largest", lambda g: np.abs(g).max())]:
        values = [measure(g) for g in expected]
        assert np.allclose(getattr(display, name), values, rtol=tolerance)
        assert np.array_equal(display.lines_[name].get_ydata(), getattr(display, name))
    assert [t.get_text() for t in display.ax_.get_xticklabels()] == display.layers


def test_a_graph_of_the_users_own_still_works(xor):
    model, x, y = xor
    loss = keras.losses.MeanSquaredError()(y, model(x))
    GradientFlowDisplay.from_model(model, x, y)
    loss.backward()
    assert model.layers[0].kernel.grad is not None


def test_another_loss_needs_no_compile_and_leaves_none(untouched):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="only")])
    same = untouched(model)
    display = GradientFlowDisplay.from_model(model, [[1.0, 2.0]], [[0.0]], loss="mse")
    same()
    assert not model.compiled
    g = 2 * model([[1.0, 2.0]]).item() * np.array([1.0, 2.0, 1.0])
    assert display.norm == pytest.approx([np.linalg.norm(g)], rel=1e-5)


def test_another_loss_goes_past_a_compile_of_ones_own():
    class Own(keras.Sequential):
        def compile(self, loud):
            raise AssertionError

    model = Own([keras.Input((1,)), keras.layers.Dense(1, name="only", kernel_initializer="ones")])
    display = GradientFlowDisplay.from_model(model, [[1.0]], [[0.0]], loss="mse")
    assert display.norm == pytest.approx([np.sqrt(8)])


def test_with_dropout_nothing_random_moves_on(untouched):
    keras.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dropout(0.5),
                              keras.layers.BatchNormalization(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    same = untouched(model)
    x = np.random.default_rng(0).normal(size=(16, 4))
    first, second = (GradientFlowDisplay.from_model(model, x, x[:, :1], training=True).norm
                     for _ in range(2))
    same()
    assert np.array_equal(first, second)
    assert not np.allclose(first, GradientFlowDisplay.from_model(model, x, x[:, :1]).norm)


def test_zero_and_frozen_layers_are_said():
    model = keras.Sequential([
        keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones", name="dead",
                                              bias_initializer=lambda s, dtype: -np.ones(s, dtype),
                                              activation="relu"),
        keras.layers.Dense(1, use_bias=False, name="last"),
        keras.layers.Dense(1, trainable=False, name="frozen")])
    display = GradientFlowDisplay.from_model(model, [[0.5]], [[1.0]], loss="mse")
    assert display.layers == ["dead", "last"]
    assert display.norm.tolist() == [0, 0]
    assert [t.get_text() for t in display.ax_.texts] == ["g = 0", "g = 0"]
    assert np.isnan(display.lines_["norm"].get_ydata()).all()       # a log axis has no place for 0


def test_over_epochs_from_a_replay(xor):
    model, x, y = xor
    replay = callbacks.Replay()
    model.fit(x, y, epochs=5, verbose=0, callbacks=[replay])
    display = GradientFlowDisplay.from_replay(replay)
    assert display.layers == ["hidden", "output"]
    for name, line in display.lines_.items():
        assert line.get_xdata().tolist() == [0, 1, 2, 3, 4, 5]
        assert line.get_ydata().tolist() == [f.layers[name].gradient_norm for f in replay.frames]
    assert display.ax_.get_xlabel() == "epoch"


def test_bare_tensors():
    w, b = Tensor([[3.0], [4.0]], requires_grad=True), Tensor([1.0], requires_grad=True)
    unused = Tensor([1.0], requires_grad=True)
    (Tensor([[3.0, 4.0]]) @ w + b).sum().backward()
    display = GradientFlowDisplay.from_tensors({"w": w, "both": [w, b], "unused": unused})
    assert display.norm[:2].tolist() == [5, np.sqrt(26)]
    assert display.mean[:2].tolist() == [3.5, 8 / 3]
    assert [t.get_text() for t in display.ax_.texts] == ["no gradient"]
    with pytest.raises(TypeError, match="'x' must be a Tensor"):
        GradientFlowDisplay.from_tensors({"x": 3.0})


def test_chosen_statistics(xor):
    model, x, y = xor
    display = GradientFlowDisplay.from_model(model, x, y, statistics=["mean"], yscale="linear")
    assert list(display.lines_) == ["mean"] and display.ax_.get_yscale() == "linear"
    with pytest.raises(ValueError, match="among norm, largest, mean, got 'men'"):
        display.plot(statistics=["men"])


@pytest.mark.parametrize("model, error, words", [
    (lambda x: x, TypeError, "Sequential or another Model of autograd_mlp, got function"),
    (keras.Sequential([keras.layers.Dense(1)]), ValueError, "not built yet"),
    (keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]), ValueError, "has no loss yet"),
])
def test_errors(model, error, words):
    with pytest.raises(error, match=words):
        GradientFlowDisplay.from_model(model, [[1.0]], [[1.0]])


def test_nothing_to_train():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, trainable=False)])
    with pytest.raises(ValueError, match="no weights to train"):
        GradientFlowDisplay.from_model(model, [[1.0]], [[1.0]], loss="mse")


def test_tensors_without_names():
    with pytest.raises(TypeError, match=r"must be a dict.*got a list"):
        GradientFlowDisplay.from_tensors([Tensor([1.0], requires_grad=True)])
