"""One seed for everything."""

import random as python_random

import numpy as np
import pytest

from autograd_mlp.random import generator, set_random_seed
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
