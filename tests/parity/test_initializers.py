"""Every initializer of Keras against ours: distribution, bounds, seeds, configuration."""

import math

import numpy as np
import pytest

import autograd_mlp
from tests.parity import assert_same, import_keras, plain, values

keras = import_keras()

SHAPE = (120, 250)          # 30,000 draws
DRAWN = [
    ("RandomNormal", {}), ("RandomNormal", {"mean": 1.0, "stddev": 0.2}),
    ("RandomUniform", {}), ("RandomUniform", {"minval": 0.5, "maxval": 2.0}),
    ("TruncatedNormal", {}), ("TruncatedNormal", {"mean": -1.0, "stddev": 0.5}),
    *[("VarianceScaling", {"scale": 2.0, "mode": mode, "distribution": distribution})
      for mode in ("fan_in", "fan_out", "fan_avg")
      for distribution in ("uniform", "truncated_normal", "untruncated_normal")],
    ("VarianceScaling", {"input_axes": [1], "output_axes": [0]}),
    *[(f"{who}{how}", {}) for who in ("Glorot", "He", "Lecun") for how in ("Normal", "Uniform")],
    ("GlorotUniform", {"input_axes": [1], "output_axes": [1]}),
    ("Orthogonal", {}), ("Orthogonal", {"gain": 3.0}),
]
FIXED = [("Zeros", {}), ("Ones", {}), ("Constant", {"value": 0.3}), ("Identity", {})]


def both(name, arguments):
    return [getattr(library.initializers, name)(**arguments) for library in (autograd_mlp, keras)]


@pytest.mark.parametrize("name, arguments", DRAWN)
def test_distribution(name, arguments):
    ours, theirs = (values(make(SHAPE)).ravel() for make in both(name, {**arguments, "seed": 3}))
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    n, spread = ours.size, theirs.std()
    assert abs(ours.mean() - theirs.mean()) <= 6 * spread / math.sqrt(n)
    assert abs(ours.std() / spread - 1) <= 0.02
    # the largest distance between the two empirical distributions (Kolmogorov and Smirnov), which
    # two samples of one distribution exceed once in 10⁶ times
    at = np.sort(np.concatenate([ours, theirs]))
    distance = np.abs(np.searchsorted(np.sort(ours), at, "right") -
                      np.searchsorted(np.sort(theirs), at, "right")).max() / n
    assert distance <= 2.7 * math.sqrt(2 / n)
    if "Normal" not in name and arguments.get("distribution") != "untruncated_normal":
        assert abs(np.abs(ours).max() / np.abs(theirs).max() - 1) <= 0.05 or name == "Orthogonal"


@pytest.mark.parametrize("name, arguments", FIXED)
def test_fixed(name, arguments):
    ours, theirs = both(name, arguments)
    assert_same(ours((4, 3)), theirs((4, 3)))


@pytest.mark.parametrize("name, arguments", DRAWN)
def test_one_seed_gives_the_same_values_at_each_call_in_both(name, arguments):
    for make in both(name, {**arguments, "seed": 3}):
        assert np.array_equal(values(make((5, 4))), values(make((5, 4))))


@pytest.mark.parametrize("name, arguments", [*DRAWN, *FIXED])
def test_configuration(name, arguments):
    ours, theirs = both(name, arguments)
    assert plain(ours.get_config()) == plain(theirs.get_config())
    assert plain(autograd_mlp.initializers.serialize(ours)) == \
        plain(keras.initializers.serialize(theirs))
    again = autograd_mlp.initializers.deserialize(keras.initializers.serialize(theirs))
    assert again.get_config() == ours.get_config()
    again = keras.initializers.deserialize(autograd_mlp.initializers.serialize(ours))
    assert again.get_config() == theirs.get_config()


def test_names():
    names = [name for name in dir(keras.initializers) if not name.startswith("_")
             and not name.lower().startswith("stft")]
    assert [name for name in names if not hasattr(autograd_mlp.initializers, name)] == []
    for name in ("uniform", "normal", "zero", "one", "zeros", "identity", "orthogonal",
                 "he_normal", "lecun_uniform", "OrthogonalInitializer", "glorot_uniform"):
        assert type(autograd_mlp.initializers.get(name)).__name__ == \
            type(keras.initializers.get(name)).__name__


@pytest.mark.parametrize("shape", [(), (3,), (3, 4), (2, 3, 4)])
def test_fans(shape):
    from keras.src.initializers.random_initializers import compute_fans

    assert autograd_mlp.initializers.compute_fans(shape) == compute_fans(shape)
