"""PyDataset: order, hooks, worker threads and processes."""

import os
import sys
import threading
import time

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp.utils import PyDataset, Sequence
from tests.models.test_fit import X, Y, classifier


class Parts(PyDataset):
    """X and Y in batches of 8; remembers who asked for what."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.asked = []
        self.passes = []

    def __len__(self):
        return 7

    def __getitem__(self, index):
        self.asked.append((index, threading.get_ident()))
        return X[8 * index : 8 * index + 8], Y[8 * index : 8 * index + 8]

    def on_epoch_begin(self):
        self.passes.append("begin")

    def on_epoch_end(self):
        self.passes.append("end")


def trained(data, **arguments):
    model = classifier()
    history = model.fit(data, verbose=0, epochs=2, **arguments).history
    return history, [w.tobytes() for w in model.get_weights()]


PLAIN = [{}, {"workers": 3}, {"workers": 2, "max_queue_size": 1}]
PROCESSES = [{"workers": 2, "use_multiprocessing": True}]


@pytest.mark.parametrize("settings", PLAIN + PROCESSES, ids=str)
def test_whoever_makes_the_batches_they_come_in_order(settings):
    model = classifier()
    expected = model.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0).history
    assert trained(Parts(**settings), shuffle=False)[0] == expected
    np.testing.assert_array_equal(classifier().predict(Parts(**settings), verbose=0),
                                  classifier().predict(X, verbose=0))


def test_batches_are_shuffled_unless_told_not_to():
    orders = []
    for seed in (1, 1, 2):
        keras.set_random_seed(seed)
        data = Parts()
        model = classifier(seed=seed)
        model.fit(data, epochs=2, verbose=0)
        asked = [index for index, _ in data.asked][-14:]
        assert sorted(asked) == sorted([*range(7)] * 2)
        orders.append(asked)
    assert orders[0] == orders[1] != orders[2]
    assert orders[0][:7] != orders[0][7:]


def test_hooks_are_called_for_each_pass():
    data = Parts()
    classifier().fit(data, epochs=3, verbose=0)
    assert data.passes == ["begin", "end"] * 3


def test_threads_are_used():
    data = Parts(workers=2)
    classifier().fit(data, verbose=0)
    assert threading.get_ident() not in {who for _, who in data.asked[1:]}


def test_an_infinite_dataset():
    class Endless(Parts):
        @property
        def num_batches(self):
            return None

        def __getitem__(self, index):
            return super().__getitem__(index % 7)

    for settings in ({}, {"workers": 2}):
        model = classifier()
        model.fit(Endless(**settings), epochs=2, steps_per_epoch=10, verbose=0)
        assert int(model.optimizer.iterations) == 20


@pytest.mark.parametrize("settings", PLAIN + PROCESSES, ids=str)
def test_an_error_comes_out(settings):
    class Broken(Parts):
        def __getitem__(self, index):
            if index == 4:
                raise KeyError("mine")
            return super().__getitem__(index)

    model = classifier()
    with pytest.raises(KeyError, match="mine"):
        model.fit(Broken(**settings), shuffle=False, verbose=0)
    assert int(model.optimizer.iterations) == 4
    model.fit(X, Y, verbose=0)


@pytest.mark.skipif(sys.platform != "linux", reason="ends a process")
def test_a_worker_that_dies_is_an_error_not_a_wait():
    class Dying(Parts):
        def __getitem__(self, index):
            if index == 3:
                os._exit(1)
            return super().__getitem__(index)

    begin = time.monotonic()
    with pytest.raises(RuntimeError, match="terminated"):
        classifier().fit(Dying(workers=1, use_multiprocessing=True), shuffle=False, verbose=0)
    assert time.monotonic() - begin < 20


def test_the_constructor_may_be_forgotten():
    class Short(Sequence):
        def __init__(self):
            self.n = 2

        def __len__(self):
            return self.n

        def __getitem__(self, index):
            return X[:4], Y[:4]

    with pytest.warns(UserWarning, match="should call super"):
        classifier().fit(Short(), verbose=0)
    with pytest.raises(AttributeError, match="no attribute 'm'"):
        Short().m  # noqa: B018


def test_mistakes():
    with pytest.raises(ValueError, match="`y` should not be passed"):
        classifier().fit(Parts(), Y, verbose=0)
    with pytest.raises(NotImplementedError, match="__len__"):
        PyDataset().num_batches  # noqa: B018
    with pytest.raises(ValueError, match="`validation_split` is only supported"):
        classifier().fit(Parts(), validation_split=0.1, verbose=0)
