"""Splitting arrays into two parts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_mlp
from autograd_mlp.utils import split_dataset

X = np.arange(20).reshape(10, 2)
Y = np.arange(10)


@pytest.mark.parametrize("sizes, expected", [
    (dict(left_size=0.8), (8, 2)), (dict(left_size=7), (7, 3)), (dict(right_size=0.2), (8, 2)),
    (dict(right_size=4), (6, 4)), (dict(left_size=0.5, right_size=0.2), (5, 2)),
    (dict(left_size=2, right_size=0.3), (2, 3)), (dict(left_size=0.25), (2, 8)),
])
def test_sizes(sizes, expected):
    left, right = split_dataset(Y, **sizes)
    assert (len(left), len(right)) == expected
    assert [*left, *right] == list(range(sum(expected)))


def test_the_form_stays():
    left, right = split_dataset((X, Y), left_size=6)
    assert isinstance(left, tuple) and isinstance(right, tuple)
    assert isinstance(split_dataset([X, Y], left_size=6)[0], list)
    np.testing.assert_array_equal(left[0], X[:6])
    np.testing.assert_array_equal(right[1], Y[6:])
    one, other = split_dataset([[1, 2], [3, 4], [5, 6]], left_size=2)
    np.testing.assert_array_equal(other, [[5, 6]])


@given(total=st.integers(2, 40), share=st.floats(0.1, 0.9), seed=st.integers(0, 9))
def test_a_shuffle_keeps_samples_together_and_loses_none(total, share, seed):
    y = np.arange(total)
    if not 0 < round(share * total) < total:
        return
    left, right = split_dataset((y, 10 * y), left_size=share, shuffle=True, seed=seed)
    for part in (left, right):
        np.testing.assert_array_equal(10 * part[0], part[1])
    assert sorted([*left[0], *right[0]]) == list(range(total))


def test_seeds():
    def draw(**kwargs):
        return split_dataset(np.arange(50), left_size=0.5, shuffle=True, **kwargs)[0].tolist()

    assert draw(seed=1) == draw(seed=1) != draw(seed=2)
    autograd_mlp.set_random_seed(3)
    first = draw()
    autograd_mlp.set_random_seed(3)
    assert draw() == first != draw()


@pytest.mark.parametrize("arguments, error, text", [
    (dict(), ValueError, "left_size, right_size or both"),
    (dict(left_size=0), ValueError, "above 0"),
    (dict(left_size=10), ValueError, "below the 10 samples"),
    (dict(left_size=1.0), ValueError, "below 1"),
    (dict(left_size=-0.5), ValueError, "above 0"),
    (dict(left_size="half"), TypeError, "share"),
    (dict(left_size=True), TypeError, "share"),
    (dict(left_size=0.7, right_size=0.7), ValueError, "only 10"),
    (dict(left_size=0.01), ValueError, "empty"),
    (dict(left_size=5, preferred_backend="torch"), ValueError, "arrays"),
])
def test_what_does_not_fit(arguments, error, text):
    with pytest.raises(error, match=text):
        split_dataset(Y, **arguments)


@pytest.mark.parametrize("wrong, error", [
    ((X, Y[:5]), ValueError), ("words", TypeError), (object(), TypeError), (3, TypeError),
    ((), ValueError),
])
def test_what_is_no_data(wrong, error):
    with pytest.raises(error):
        split_dataset(wrong, left_size=0.5)
