"""LossSurfaceDisplay: each place of the map has the loss of the weights that it stands for."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import autograd_mlp as keras
from autograd_mlp.plotting import LossSurfaceDisplay
from autograd_mlp.plotting._directions import flat, own_directions, random_directions


@pytest.fixture(params=["float32", "float64"])
def parabola(request):
    """Two weights and the loss (w₀ − 1)² + (w₁ − 2)², and its data."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(
        1, use_bias=False, name="w", dtype=request.param)])
    model.compile("sgd", keras.losses.MeanSquaredError(reduction="sum"))
    model.set_weights([np.array([[0.5], [-0.5]])])
    return model, np.eye(2), np.array([[1.0], [2.0]])


def test_two_chosen_weights(parabola, untouched):
    model, x, y = parabola
    same = untouched(model)
    display = LossSurfaceDisplay.from_model(
        model, x, y, directions=[("w/kernel", (0, 0)), ("w/kernel", (1, 0))], span=2, resolution=5)
    same()
    assert np.allclose(display.alphas, np.linspace(-1.5, 2.5, 5))
    assert np.allclose(display.betas, np.linspace(-2.5, 1.5, 5))
    a, b = np.meshgrid(display.alphas, display.betas)
    assert np.allclose(display.losses, (a - 1) ** 2 + (b - 2) ** 2, rtol=1e-5)
    assert display.start == (0.5, -0.5)
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("w/kernel[0, 0]",
                                                                    "w/kernel[1, 0]")


def test_own_directions_and_the_middle(xor, untouched):
    model, x, y = xor
    ones = [np.ones(w.shape) for w in model.get_weights()]
    other = [np.full(w.shape, i + 1.0) for i, w in enumerate(model.get_weights())]
    same = untouched(model)
    display = LossSurfaceDisplay.from_model(model, x, y, directions=[ones, other], span=0.5,
                                            resolution=3)
    same()
    assert display.losses[1, 1] == pytest.approx(model.evaluate(x, y, verbose=0)[0], rel=1e-6)
    before = model.get_weights()
    model.set_weights([w + 0.5 * a - 0.5 * b for w, a, b in zip(before, ones, other, strict=True)])
    assert display.losses[0, 2] == pytest.approx(model.evaluate(x, y, verbose=0)[0], rel=1e-5)


def test_random_directions_have_the_length_of_each_unit(xor, untouched):
    center = [np.array([[3.0, 0.0], [4.0, 1.0]]), np.array([1.0, 2.0])]
    plane = random_directions(center, 0)
    for direction in (plane.first, plane.second):
        assert np.allclose(np.linalg.norm(direction[0], axis=0), [5, 1])
        assert (direction[1] == 0).all()
    model, x, y = xor
    same = untouched(model)
    first, again, other = (LossSurfaceDisplay.from_model(model, x, y, resolution=3, seed=seed)
                           for seed in (0, 0, 1))
    same()
    assert np.array_equal(first.losses, again.losses)
    assert not np.array_equal(first.losses, other.losses)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10), st.floats(-3, 3), st.floats(-3, 3))
def test_the_projection_of_a_place_is_the_place(seed, alpha, beta):
    random = np.random.default_rng(seed)
    shapes = [(2, 3), (3,), (3, 1), (1,)]
    center, first, second, off = ([random.normal(size=shape) for shape in shapes]
                                  for _ in range(4))
    plane = own_directions(center, [first, second])
    assert np.allclose(plane.project(plane.weights(alpha, beta)), [alpha, beta])
    # what stands at right angles to the plane does not count
    basis = np.stack([flat(first), flat(second)], axis=1)
    far = flat(off) - basis @ np.linalg.lstsq(basis, flat(off), rcond=None)[0]
    cuts = np.split(far, np.cumsum([w.size for w in center])[:-1])
    moved = [w + part.reshape(w.shape) for w, part in
             zip(plane.weights(alpha, beta), cuts, strict=True)]
    assert np.allclose(plane.project(moved), [alpha, beta])


def test_a_path_is_projected_onto_the_plane(parabola):
    model, x, y = parabola
    path = [model.get_weights(), [np.array([[1.0], [0.0]])], [np.array([[1.0], [2.0]])]]
    chosen = [("w/kernel", (0, 0)), ("w/kernel", (1, 0))]
    display = LossSurfaceDisplay.from_model(model, x, y, directions=chosen, paths={"SGD": path},
                                            resolution=4)
    assert np.allclose(display.paths["SGD"], [[0.5, -0.5], [1, 0], [1, 2]])
    assert np.allclose(display.lines_["SGD"].get_xydata(), display.paths["SGD"])
    assert display.alphas[0] < 0.5 and display.alphas[-1] > 1
    assert display.betas[0] < -0.5 and display.betas[-1] > 2

    principal = LossSurfaceDisplay.from_model(model, x, y, paths={"SGD": path}, resolution=4)
    lengths = np.linalg.norm(principal.paths["SGD"], axis=1)    # a turn keeps lengths
    assert np.allclose(lengths, np.linalg.norm(display.paths["SGD"] - [0.5, -0.5], axis=1))
    assert "principal component" in principal.names[0]


def test_optimizers_start_at_the_weights_and_end_where_they_would(xor, untouched):
    model, x, y = xor
    same = untouched(model)
    sgd = keras.optimizers.SGD(0.5)
    display = LossSurfaceDisplay.from_optimizers(
        model, x, y, {"SGD": sgd, "Adam": "adam"}, epochs=4, batch_size=4, resolution=3)
    same()
    assert not sgd.built
    assert list(display.lines_) == ["SGD", "Adam"]
    assert all(len(path) == 5 for path in display.paths.values())
    assert np.allclose(display.paths["SGD"][0], 0, atol=1e-9)
    axis = [("hidden/kernel", (0, 0)), ("output/bias", 0)]
    display = LossSurfaceDisplay.from_optimizers(model, x, y, {"SGD": sgd}, epochs=4, batch_size=4,
                                                 directions=axis, resolution=3)
    model.compile(keras.optimizers.SGD(0.5), "binary_crossentropy")
    model.fit(x, y, epochs=4, batch_size=4, shuffle=False, verbose=0)
    assert display.paths["SGD"][-1].tolist() == [model.layers[0].kernel.numpy()[0, 0],
                                                 model.layers[1].bias.numpy()[0]]


def test_any_function():
    display = LossSurfaceDisplay.from_function(lambda a, b: a * a - b, (0, 2), (1, 3), resolution=3)
    assert display.losses.tolist() == [[-1, 0, 3], [-2, -1, 2], [-3, -2, 1]]
    one_by_one = LossSurfaceDisplay.from_function(lambda a, b: float(a) ** 2 - float(b), (0, 2),
                                                  (1, 3), resolution=3)
    assert np.array_equal(one_by_one.losses, display.losses)
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("x", "y")


def test_levels_follow_the_losses():
    wide = LossSurfaceDisplay([0, 1], [0, 1], [[0.01, 1], [10, 100]]).plot()
    ratios = wide.surface_.levels[1:] / wide.surface_.levels[:-1]
    assert np.allclose(ratios, ratios[0])
    narrow = LossSurfaceDisplay([0, 1], [0, 1], [[1, 2], [3, 4]]).plot()
    assert np.allclose(np.diff(narrow.surface_.levels), 3 / 16)
    LossSurfaceDisplay([0, 1], [0, 1], [[1, 1], [1, 1]]).plot()
    LossSurfaceDisplay([0, 1], [0, 1], [[np.nan, 1], [np.inf, 2]]).plot(scale="log")


def test_errors(xor):
    model, x, y = xor
    weights = model.get_weights()

    def surface(**how):
        return LossSurfaceDisplay.from_model(model, x, y, resolution=2, **how)

    for call, words in [
        (lambda: surface(directions="randm"), "must be 'random', 'pca'"),
        (lambda: surface(directions="pca"), "needs paths"),
        (lambda: surface(paths={"a": [weights]}), "lie on one line"),
        (lambda: surface(paths={"a": [weights[:1]]}), "the path 'a' holds weights of the shapes"),
        (lambda: surface(directions=[weights]), "has two directions, got 1"),
        (lambda: surface(directions=[weights, weights]), "parallel"),
        (lambda: surface(directions=[weights[:1], weights]), "an array for each trainable weight"),
        (lambda: surface(directions=[("hiden/kernel", (0, 0)), ("output/bias", 0)]),
         "did you mean 'hidden/kernel'"),
        (lambda: surface(directions=[("hidden/kernel", (9, 0)), ("output/bias", 0)]),
         "no single weight at"),
        (lambda: surface(directions=[("hidden/kernel", (0,)), ("output/bias", 0)]),
         "no single weight at"),
        (lambda: surface(span=0), "span must be above 0"),
        (lambda: LossSurfaceDisplay.from_model(model, x, y, resolution=1), "at least 2"),
        (lambda: LossSurfaceDisplay([0, 1], [0], [[1], [2]]), "need as many losses"),
        (lambda: LossSurfaceDisplay([0, 1], [0, 1], np.full((2, 2), np.nan)).plot(), "everywhere"),
        (lambda: LossSurfaceDisplay([0, 1], [0, 1], -np.eye(2)).plot(scale="log"), "above 0"),
        (lambda: LossSurfaceDisplay([0, 1], [0, 1], np.eye(2)).plot(scale="lg"), "scale must be"),
        (lambda: LossSurfaceDisplay([0], [0], [[1]], paths={"a": [1, 2]}), "shape .steps, 2."),
    ]:
        with pytest.raises(ValueError, match=words):
            call()
    with pytest.raises(TypeError, match="dictionary of names and optimizers"):
        LossSurfaceDisplay.from_optimizers(model, x, y, ["sgd"])
