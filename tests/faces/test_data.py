"""``tf.data.Dataset``: samples and batches in the order asked for."""

import numpy as np
import pytest

import autograd_mlp
from autograd_mlp.faces.tf.data import AUTOTUNE, Dataset

X, Y = np.arange(10, dtype=np.float32).reshape(5, 2), np.arange(5)


def pairs():
    return Dataset.from_tensor_slices((X, Y))


def firsts(dataset):
    return [int(y) for _, y in dataset]


def test_slices_and_batches():
    assert len(pairs()) == 5 and int(pairs().cardinality()) == 5
    batches = list(pairs().batch(2).prefetch(AUTOTUNE))
    assert [x.shape for x, _ in batches] == [(2, 2), (2, 2), (1, 2)]
    np.testing.assert_array_equal(np.concatenate([x.numpy() for x, _ in batches]), X)
    assert len(pairs().batch(2)) == 3 and len(pairs().batch(2, drop_remainder=True)) == 2
    assert len(list(pairs().batch(2, drop_remainder=True))) == 2
    assert next(pairs().as_numpy_iterator())[1] == 0


def test_nests_and_maps():
    dataset = Dataset.from_tensor_slices({"x": X, "y": Y}).map(lambda e: (e["x"] * 2, e["y"]))
    np.testing.assert_array_equal(next(iter(dataset.batch(5)))[0].numpy(), X * 2)
    assert firsts(pairs().filter(lambda x, y: int(y) % 2 == 0)) == [0, 2, 4]
    assert [int(a) for a in Dataset.range(3)] == [0, 1, 2]
    assert [(int(a), int(b)) for a, b in Dataset.zip((Dataset.range(3), Dataset.range(5, 9)))] == [
        (0, 5), (1, 6), (2, 7)]
    assert len(Dataset.from_tensor_slices([1.0, 2.0])) == 2


def test_order():
    assert firsts(pairs().take(2)) == [0, 1] and firsts(pairs().skip(3)) == [3, 4]
    assert firsts(pairs().repeat(2)) == [0, 1, 2, 3, 4] * 2
    assert len(pairs().repeat(2)) == 10
    assert firsts(pairs().repeat().take(7)) == [0, 1, 2, 3, 4, 0, 1]
    assert firsts(pairs().cache()) == firsts(pairs().cache())
    for buffer in (1, 2, 100):
        shuffled = pairs().shuffle(buffer, seed=3)
        assert sorted(firsts(shuffled)) == [0, 1, 2, 3, 4]
    many = Dataset.range(50).shuffle(50)
    autograd_mlp.set_random_seed(1)
    one, two = [int(i) for i in many], [int(i) for i in many]
    assert one != two and sorted(one) == sorted(two) == list(range(50))
    autograd_mlp.set_random_seed(1)
    assert [int(i) for i in many] == one
    kept = Dataset.range(50).shuffle(50, reshuffle_each_iteration=False)
    assert [int(i) for i in kept] == [int(i) for i in kept]


def test_generators_and_mistakes():
    def numbers(n):
        yield from ((np.full(2, i), i) for i in range(n))

    dataset = Dataset.from_generator(numbers, args=(3,))
    assert firsts(dataset) == [0, 1, 2] == firsts(dataset)
    with pytest.raises(TypeError, match="not known"):
        len(dataset)
    with pytest.raises(ValueError, match=r"equally many rows, got \[4, 5\]"):
        Dataset.from_tensor_slices((X, Y[:4]))


def test_sample_from_datasets_mixes_by_weight():
    ones, zeros = Dataset.range(1, 2).repeat(), Dataset.range(0, 1).repeat()
    mixed = Dataset.sample_from_datasets([zeros, ones], weights=[0.25, 0.75], seed=3)
    drawn = [int(i) for i in mixed.take(2000)]
    assert np.mean(drawn) == pytest.approx(0.75, abs=0.04)


def test_sample_from_datasets_ends():
    few, more = Dataset.range(3), Dataset.range(10, 14)
    assert sorted(int(i) for i in Dataset.sample_from_datasets([few, more])) == [
        0, 1, 2, 10, 11, 12, 13]
    cut = Dataset.sample_from_datasets([few, more.repeat()], stop_on_empty_dataset=True)
    assert [int(i) for i in cut if i < 10] == [0, 1, 2]
    for weights in ([1.0], [-1.0, 2.0], [0.0, 0.0]):
        with pytest.raises(ValueError, match="one weight"):
            Dataset.sample_from_datasets([few, more], weights)
