"""Dropout and noise: shares and moments, seeds and states, replays, threads, limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_mlp import Tensor, _engine, ops, random
from autograd_mlp._engine import Tape
from autograd_mlp.random import SeedGenerator
from tests import strategies as some
from tests.ops.checks import assert_close, gradients

RATES = (0.1, 0.5, 0.8)
RANDOM = {
    "dropout": lambda x, seed: ops.dropout(x, 0.5, seed=seed),
    "dropout by columns": lambda x, seed: ops.dropout(x, 0.5, seed=seed, noise_shape=(1, None)),
    "alpha_dropout": lambda x, seed: ops.alpha_dropout(x, 0.5, seed=seed),
    "add_noise": lambda x, seed: ops.add_noise(x, 0.5, seed=seed),
    "multiply_noise": lambda x, seed: ops.multiply_noise(x, 0.5, seed=seed),
    "normal": lambda x, seed: random.normal(x.shape, seed=seed),
    "uniform": lambda x, seed: random.uniform(x.shape, seed=seed),
}
every_draw = pytest.mark.parametrize("draw", RANDOM.values(), ids=RANDOM)


@given(seed=st.integers(0, 2**31 - 1), rate=st.sampled_from(RATES), dtype=some.float_dtypes)
def test_dropout_keeps_the_expected_share_and_scales_it(seed, rate, dtype):
    n = 20_000
    y = ops.dropout(np.ones((n // 100, 100), dtype), rate, seed=seed).numpy()

    share = np.mean(y != 0)
    assert_close(y[y != 0], np.full(np.sum(y != 0), 1 / (1 - rate)), 1e-6, "what is kept")
    assert abs(share - (1 - rate)) <= 6 * np.sqrt(rate * (1 - rate) / n)


def test_dropout_of_nothing_and_of_everything():
    x = np.array([1.0, 2.0, np.nan, np.inf])

    np.testing.assert_array_equal(ops.dropout(x, 0.0, seed=1).numpy(), x)
    np.testing.assert_array_equal(ops.dropout(x, 1.0, seed=1).numpy(), np.zeros(4))
    (dx,) = gradients(lambda x: ops.dropout(x, 1.0, seed=1), np.ones(3), dy=np.ones(3))
    assert dx.tolist() == [0, 0, 0]


def test_noise_shape_repeats_the_mask():
    y = ops.dropout(np.ones((6, 5, 40)), 0.5, seed=2, noise_shape=(None, 1, None)).numpy()

    assert np.array_equal(y, np.broadcast_to(y[:, :1], y.shape))
    assert 0.3 < np.mean(y[:, 0] == 0) < 0.7


@pytest.mark.parametrize("rate", RATES)
def test_alpha_dropout_keeps_mean_and_variance(rate):
    x = np.random.default_rng(0).standard_normal((400, 500))

    y = ops.alpha_dropout(x, rate, seed=3).numpy()

    assert abs(y.mean()) < 0.01 and abs(y.var() - 1) < 0.02


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_normal_numbers_have_the_moments_of_the_normal_distribution(dtype):
    z = random.normal((1000, 1000), dtype=dtype, seed=5).numpy().astype(float)
    n = z.size

    moments = [np.mean(z**k) for k in (1, 2, 3, 4)]
    for moment, expected, variance in zip(moments, (0, 1, 0, 3), (1, 2, 15, 96), strict=True):
        assert abs(moment - expected) < 5 * np.sqrt(variance / n)
    assert 4.3 < np.abs(z).max() < 5.4
    assert abs(np.corrcoef(z.ravel()[1:], z.ravel()[:-1])[0, 1]) < 5 / np.sqrt(n)


def test_normal_numbers_follow_the_inverse_of_the_distribution():
    from statistics import NormalDist

    z = np.sort(random.normal((4001,), dtype="float64", seed=1).numpy())
    share = np.array([NormalDist().cdf(value) for value in z])

    assert np.abs(share - (np.arange(4001) + 0.5) / 4001).max() < 1.63 / np.sqrt(4001)  # p = 1 %


def test_columns_of_many_draws_are_independent():
    seeds, draws = SeedGenerator(3), 2000
    kept = np.array([ops.dropout(np.ones(200), 0.5, seed=seeds).numpy() != 0
                     for _ in range(draws)])

    assert np.abs(kept.mean(0) - 0.5).max() < 5 * np.sqrt(0.25 / draws)
    between = np.corrcoef(kept.T)[np.triu_indices(200, 1)]
    assert abs(between.std() * np.sqrt(draws) - 1) < 0.05


def test_uniform_numbers_stay_below_their_bound():
    x = random.uniform((1000, 1000), 1.0, 1.0 + 2.0**-20, seed=0).numpy()

    assert x.min() >= 1 and x.max() < np.float32(1 + 2.0**-20)


@every_draw
def test_an_int_repeats_and_a_generator_moves_on(draw):
    x = np.ones((40, 25), np.float32)
    seeds = SeedGenerator(7)

    assert draw(x, 1).numpy().tobytes() == draw(x, 1).numpy().tobytes()
    assert draw(x, 1).tolist() != draw(x, 2).tolist()
    first, second = draw(x, seeds), draw(x, seeds)
    assert first.tolist() != second.tolist() and seeds.state.tolist() == [7, 2]
    seeds.state.assign([7, 1])
    assert draw(x, seeds).numpy().tobytes() == second.numpy().tobytes()
    assert draw(x, None).tolist() != draw(x, None).tolist()


@every_draw
def test_replays_draw_what_calls_would_have_drawn(draw):
    x = Tensor(np.ones((60, 50), np.float32), requires_grad=True)
    called, recorded = SeedGenerator(7), SeedGenerator(7)
    expected = [draw(x, called).numpy().tobytes() for _ in range(3)]

    with Tape() as tape:
        y = draw(x, recorded)
    got = [y.numpy().tobytes()]
    for _ in range(2):
        tape.replay()
        got.append(y.numpy().tobytes())

    assert got == expected and recorded.state.tolist() == [7, 3]
    assert tape.writes[0] is recorded.state


@pytest.mark.parametrize("name", ["dropout", "alpha_dropout", "multiply_noise"])
def test_backward_uses_the_numbers_of_forward_in_replays_too(name):
    x, seeds = Tensor(np.ones((30, 50)), requires_grad=True), SeedGenerator(1)
    with Tape() as tape:
        x.zero_grad()
        y = RANDOM[name](x, seeds)
        ops.sum(y).backward()
    for _ in range(2):
        tape.replay()
        kept = y.numpy() - (y.numpy().min() if name == "alpha_dropout" else 0)
        slope = kept / (kept.max() if name == "alpha_dropout" else 1)
        assert np.allclose(x.grad.numpy() / np.abs(x.grad.numpy()).max(),
                           slope / np.abs(slope).max())


@pytest.mark.parametrize("call, words", [
    (lambda x: ops.dropout(x, 1.5), "rate must be from 0 to 1"),
    (lambda x: ops.dropout(x, -0.1), "rate must be from 0 to 1"),
    (lambda x: ops.alpha_dropout(x, 1.0), "below 1"),
    (lambda x: ops.dropout(x, 0.5, noise_shape=(2,)), "an entry for each axis"),
    (lambda x: ops.dropout(x, 0.5, noise_shape=(2, 2)), "does not broadcast"),
    (lambda x: ops.add_noise(x, -1.0), "stddev must be 0 or more"),
    (lambda x: ops.dropout(x, 0.5, seed="a"), "`seed` must be an integer"),
    (lambda x: ops.dropout(x, 0.5, seed=True), "`seed` must be an integer"),
])
def test_impossible_requests_raise(call, words):
    with pytest.raises(ValueError, match=words):
        call(np.ones((2, 3)))


def test_next_seed_is_recorded():
    seeds = SeedGenerator(4)
    with Tape() as tape:
        now = seeds.next()
    tape.replay()
    assert now.tolist() == [4, 1] and seeds.state.tolist() == [4, 2]
    assert _engine.next_seed(seeds.state).tolist() == [4, 2]
