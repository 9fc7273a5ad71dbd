"""One seed for everything."""

import json
import random as python_random

import numpy as np
import pytest

from autograd_mlp import random
from autograd_mlp.random import SeedGenerator, generator, set_random_seed
from autograd_mlp.utils import set_random_seed as in_utils


def _draw():
    return generator().random(), python_random.random(), np.random.random()  # noqa: NPY002


def test_a_seed_repeats_all_three_sources():
    set_random_seed(1)
    first = _draw()
    assert first != _draw()
    set_random_seed(np.int64(1))
    assert first == _draw()
    set_random_seed(2)
    assert all(a != b for a, b in zip(first, _draw(), strict=True))


@pytest.mark.parametrize("seed", ["a", 1.5, -1, 2**32, None])
def test_wrong_seeds_change_nothing(seed):
    set_random_seed(3)
    first = _draw()
    set_random_seed(3)
    with pytest.raises(ValueError, match="seed"):
        set_random_seed(seed)
    assert first == _draw()


def test_utils_has_it_too():
    assert in_utils is set_random_seed


def _draws():
    return random.normal((3,)).tolist() + random.dropout(np.ones(9), 0.5).tolist()


def test_a_seed_fixes_draws_without_a_seed():
    set_random_seed(1)
    first = _draws()
    assert first != _draws()
    set_random_seed(1)
    assert first == _draws()


def test_within_seeded_the_outer_numbers_stay_untouched():
    set_random_seed(1)
    first, second = _draws(), _draws()
    set_random_seed(1)
    assert _draws() == first
    with random.seeded(5):
        inner = _draws()
    with random.seeded(5):
        assert _draws() == inner
    assert _draws() == second


def test_the_state_can_be_kept_as_json():
    set_random_seed(1)
    _draws()
    state = json.loads(json.dumps(random.get_state()))
    first = _draw()[0], _draws()
    random.set_state(state)
    assert first == (_draw()[0], _draws())
    set_random_seed(2)
    before_any_draw = random.get_state()
    first = _draws()
    random.set_state(before_any_draw)
    assert first == _draws()


class TestSeedGenerator:
    def test_config(self):
        assert SeedGenerator(3, name="a").get_config() == {"seed": 3, "name": "a"}
        unseeded = SeedGenerator()
        assert unseeded.get_config() == {"seed": None, "name": unseeded.name}
        again = SeedGenerator.from_config({"seed": 3, "name": "a"})
        assert again.state.tolist() == [3, 0] and again.state.path == "a/seed_generator_state"

    def test_seeds_of_its_own_follow_from_the_librarys(self):
        set_random_seed(1)
        first = SeedGenerator().state.tolist()
        set_random_seed(1)
        assert first == SeedGenerator().state.tolist() != SeedGenerator().state.tolist()

    @pytest.mark.parametrize("seed", ["a", 1.5, True, 2**63])
    def test_wrong_seeds(self, seed):
        with pytest.raises(ValueError, match="`seed`"):
            SeedGenerator(seed)

    def test_unknown_arguments(self):
        with pytest.raises(ValueError, match="sed"):
            SeedGenerator(sed=1)


class TestTensors:
    def test_shapes_and_dtypes(self):
        for f in (random.normal, random.uniform, random.truncated_normal):
            assert f((2, 3)).dtype == "float32" and f((2, 3), dtype="float64").dtype == "float64"
            assert f((2, 3)).shape == (2, 3)
            with pytest.raises(ValueError, match="float dtype"):
                f((2,), dtype="int32")
        assert random.gamma((4,), 2.0).shape == random.beta((4,), 1.0, 2.0).shape == (4,)

    def test_truncated_normal_stays_within_two_deviations(self):
        x = random.truncated_normal((5000,), 3.0, 2.0, seed=1).numpy()
        assert np.abs(x - 3).max() <= 4 and abs(x.mean() - 3) < 0.15

    def test_randint_reaches_both_ends(self):
        x = random.randint((200,), 0, 3, seed=1)
        assert x.dtype == np.int64 and set(x.tolist()) == {0, 1, 2}
        with pytest.raises(ValueError, match="integer dtype"):
            random.randint((2,), 0, 3, dtype="float32")

    @pytest.mark.parametrize("axis", [0, 1, -1])
    def test_shuffle_moves_whole_slices(self, axis):
        x = np.arange(40).reshape(5, 8)
        y = random.shuffle(x, axis, seed=1).numpy()
        assert not np.array_equal(x, y)
        assert np.array_equal(np.sort(y.ravel()), x.ravel())
        assert np.array_equal(np.sort(y, axis), x)

    def test_categorical_follows_the_logits(self):
        x = random.categorical(np.log([[0.2, 0.8], [1.0, 1e-30]]), 4000, seed=1).numpy()
        assert abs(x[0].mean() - 0.8) < 0.03 and x[1].max() == 0

    def test_binomial(self):
        x = random.binomial((4000,), 10, 0.3, seed=1).numpy()
        assert x.min() >= 0 and x.max() <= 10 and abs(x.mean() - 3) < 0.15

    def test_wrong_requests(self):
        with pytest.raises(ValueError, match="minval < maxval"):
            random.uniform((2,), 1.0, 1.0)
        with pytest.raises(ValueError, match="`seed`"):
            random.randint((2,), 0, 3, seed="a")
        with pytest.raises(ValueError, match=r"\(B, C\)"):
            random.categorical([0.0], 1)
