"""Initializers: moments, bounds, seeds and names."""

import math

import numpy as np
import pytest

from autograd_mlp import initializers
from autograd_mlp.random import set_random_seed

SHAPE = (300, 200)  # 60,000 draws: the standard error of a standard deviation is 0.3 %

# name, limit or None, standard deviation
RANDOM = [
    ("random_uniform", 0.05, 0.05 / math.sqrt(3)),
    ("random_normal", None, 0.05),
    ("truncated_normal", 0.1, 0.05 * 0.87962566),
    ("glorot_uniform", math.sqrt(6 / 500), math.sqrt(2 / 500)),
    ("glorot_normal", 2 * math.sqrt(2 / 500) / 0.87962566, math.sqrt(2 / 500)),
    ("he_uniform", math.sqrt(6 / 300), math.sqrt(2 / 300)),
    ("he_normal", 2 * math.sqrt(2 / 300) / 0.87962566, math.sqrt(2 / 300)),
    ("lecun_uniform", math.sqrt(3 / 300), math.sqrt(1 / 300)),
    ("lecun_normal", 2 * math.sqrt(1 / 300) / 0.87962566, math.sqrt(1 / 300)),
]


@pytest.mark.parametrize("name, limit, stddev", RANDOM)
def test_moments_and_bounds(name, limit, stddev):
    values = getattr(initializers, name)(seed=3)(SHAPE, dtype="float64").numpy()
    assert values.shape == SHAPE
    assert abs(values.mean()) <= 5 * stddev / math.sqrt(values.size)
    assert abs(values.std() / stddev - 1) <= 0.02
    if limit is not None:
        assert np.abs(values).max() <= limit
        assert np.abs(values).max() >= 0.99 * limit


def test_normal_has_tails():
    values = initializers.RandomNormal(seed=0)(SHAPE).numpy()
    assert np.abs(values).max() > 3 * 0.05


@pytest.mark.parametrize("mode, n", [("fan_in", 300), ("fan_out", 200), ("fan_avg", 250)])
@pytest.mark.parametrize("distribution", ["uniform", "normal", "untruncated_normal"])
def test_variance_scaling(mode, n, distribution):
    make = initializers.VarianceScaling(3.0, mode, distribution, seed=1)
    assert abs(make(SHAPE).numpy().var() / (3.0 / n) - 1) <= 0.04


def test_uniform_is_uniform():
    values = initializers.RandomUniform(2.0, 3.0, seed=5)((50_000,)).numpy()
    counts, _ = np.histogram(values, bins=10, range=(2.0, 3.0))
    assert counts.sum() == values.size
    assert np.abs(counts - 5000).max() < 350  # five standard deviations


@pytest.mark.parametrize("name, limit, stddev", RANDOM)
def test_equal_seeds_give_equal_values(name, limit, stddev):
    cls = getattr(initializers, name)
    first, again = cls(seed=7)((5, 4)).numpy(), cls(seed=7)((5, 4)).numpy()
    assert np.array_equal(first, again)
    assert not np.array_equal(first, cls(seed=8)((5, 4)).numpy())
    assert not np.array_equal(cls()((5, 4)).numpy(), cls()((5, 4)).numpy())


def test_one_instance_repeats_itself_as_in_keras():
    make = initializers.GlorotUniform()
    assert np.array_equal(make((3, 3)).numpy(), make((3, 3)).numpy())


def test_global_seed_decides_unseeded_ones():
    def draw():
        set_random_seed(11)
        return initializers.get("he_normal")((4, 4)).numpy()

    assert np.array_equal(draw(), draw())


def test_float32_is_the_rounded_float64():
    make = initializers.LecunNormal(seed=2)
    wide = make((9, 9), dtype="float64").numpy()
    narrow = make((9, 9)).numpy()
    assert wide.dtype == np.float64 and narrow.dtype == np.float32
    assert np.array_equal(narrow, wide.astype(np.float32))


def test_constants():
    assert np.array_equal(initializers.Zeros()((2, 3)).numpy(), np.zeros((2, 3)))
    assert np.array_equal(initializers.Ones()((2, 3)).numpy(), np.ones((2, 3)))
    assert np.array_equal(initializers.Constant(2.5)((2,)).numpy(), [2.5, 2.5])
    assert np.array_equal(initializers.Constant([1, 2])((3, 2)).numpy(), [[1, 2]] * 3)
    assert initializers.Zeros()(()).shape == ()


@pytest.mark.parametrize(
    "shape, fans", [((), (1, 1)), ((5,), (5, 5)), ((3, 4), (3, 4)), ((2, 2, 3, 4), (12, 16))]
)
def test_fans(shape, fans):
    assert initializers.compute_fans(shape) == fans


@pytest.mark.parametrize(
    "identifier, cls",
    [
        ("uniform", initializers.RandomUniform),
        ("normal", initializers.RandomNormal),
        ("zero", initializers.Zeros),
        ("one", initializers.Ones),
        ("glorot_uniform", initializers.GlorotUniform),
        ("GlorotUniform", initializers.GlorotUniform),
        ("he_normal", initializers.HeNormal),
        (initializers.LecunUniform, initializers.LecunUniform),
        ({"class_name": "HeUniform", "config": {"seed": 4}}, initializers.HeUniform),
    ],
)
def test_get(identifier, cls):
    assert type(initializers.get(identifier)) is cls


def test_get_returns_instances_functions_and_none_as_they_are():
    make = initializers.Ones()
    assert initializers.get(make) is make

    def own(shape, dtype=None):
        return np.full(shape, 3.0, dtype)

    assert initializers.get(own) is own
    assert initializers.get(None) is None


def test_get_of_an_array_gives_these_values():
    values = np.arange(6.0).reshape(2, 3)
    make = initializers.get(values)
    values[:] = -1  # the initializer keeps its own copy
    assert np.array_equal(make((2, 3)).numpy(), np.arange(6.0).reshape(2, 3))
    with pytest.raises(ValueError, match=r"shape \(2, 3\).*shape \(3, 2\)"):
        make((3, 2))


def test_clones():
    unseeded, seeded = initializers.HeNormal(), initializers.HeNormal(seed=4)
    assert not np.array_equal(unseeded.clone()((3,)).numpy(), unseeded((3,)).numpy())
    assert np.array_equal(seeded.clone()((3,)).numpy(), seeded((3,)).numpy())


def test_identity():
    assert np.array_equal(initializers.Identity(3.0)((2, 3)).numpy(), 3 * np.eye(2, 3))
    with pytest.raises(ValueError, match="matrices"):
        initializers.Identity()((2,))


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (2, 3, 4), (1, 1)])
def test_orthogonal(shape):
    w = initializers.Orthogonal(2.0, seed=3)(shape, dtype="float64").numpy()
    flat = w.reshape(-1, shape[-1])
    product = flat.T @ flat if flat.shape[0] >= flat.shape[1] else flat @ flat.T
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-12)
    with pytest.raises(ValueError, match="two axes"):
        initializers.Orthogonal()((3,))


def test_a_generator_as_seed_gives_new_values_each_time():
    class Generator:
        def __init__(self):
            self.state = [7, 0]

        def next(self):
            self.state[1] += 1
            return self.state

    make = initializers.RandomNormal(seed=Generator())
    first, second = make((3,)).numpy(), make((3,)).numpy()
    assert not np.array_equal(first, second)
    again = initializers.RandomNormal(seed=Generator())
    assert np.array_equal(again((3,)).numpy(), first)


def test_fans_of_given_axes():
    assert initializers.compute_fans((2, 3, 4), [0, 2], [1]) == (8, 3)
    make = initializers.VarianceScaling(mode="fan_out", distribution="uniform", seed=1,
                                        input_axes=[1], output_axes=[0])
    assert abs(make(SHAPE).numpy().var() * 300 - 1) <= 0.04


def test_whole_numbers():
    assert initializers.Constant(3)((2,), dtype="int64").numpy().dtype == np.int64


def test_what_is_not_there():
    with pytest.raises(AttributeError, match="spectrogram"):
        initializers.STFT  # noqa: B018
    with pytest.raises(ValueError, match="spectrogram"):
        initializers.get("stft")


@pytest.mark.parametrize("identifier", ["glorot_unifrom", 3, {"config": {}}])
def test_get_refuses(identifier):
    with pytest.raises(ValueError):
        initializers.get(identifier)


def test_a_typing_mistake_is_answered():
    with pytest.raises(ValueError, match="did you mean 'glorot_uniform'"):
        initializers.get("glorot_unifrom")


@pytest.mark.parametrize(
    "arguments",
    [{"scale": 0.0}, {"scale": -1}, {"mode": "fan"}, {"distribution": "cauchy"}, {"seed": "x"}],
)
def test_wrong_arguments(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        initializers.VarianceScaling(**arguments)


@pytest.mark.parametrize("name, limit, stddev", RANDOM)
def test_config_round_trip(name, limit, stddev):
    make = getattr(initializers, name)(seed=9)
    again = initializers.deserialize(initializers.serialize(make))
    assert type(again) is type(make)
    assert np.array_equal(again((4, 4)).numpy(), make((4, 4)).numpy())
