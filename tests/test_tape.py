"""The tape: recording calls, replaying them, and knowing what cannot be replayed."""

import threading
import tracemalloc

import numpy as np
import pytest

from autograd_mlp import Tensor, Variable, no_grad, ops
from autograd_mlp._engine import BatchFeed, MeanAccumulator, Tape, UpdateScalars


def test_replay_does_the_same_calls_on_the_same_buffers():
    x = Tensor([1.0, 2.0])
    w = Tensor([3.0, 4.0], requires_grad=True)
    with Tape() as tape:
        w.zero_grad()
        y = (x * w).sum()
        y.backward()
    assert float(y) == 11 and w.grad.tolist() == [1, 2]
    w.data = [5.0, 6.0]
    assert tape.replay() == 1
    assert float(y) == 17 and w.grad.tolist() == [1, 2]


def test_replay_descends_like_the_loop_it_was_made_from():
    rate = Variable(0.1)

    def step(w, scalars):
        w.zero_grad()
        ((w - 3) ** 2).sum().backward()
        scalars.begin(rate)
        scalars.update("sgd", w, w.grad)

    results = []
    for replayed in (False, True):
        w, scalars = Tensor([0.0, 10.0], requires_grad=True), UpdateScalars()
        if replayed:
            with Tape() as tape:
                step(w, scalars)
            assert tape.replay(49) == 49
        else:
            for _ in range(50):
                step(w, scalars)
        results.append(w.numpy())
        assert scalars.step.item() == 50
    assert results[0].tobytes() == results[1].tobytes()
    np.testing.assert_allclose(results[0], 3, atol=1e-3)


def test_scalars_in_cells_change_between_replays():
    w, scalars, rate = Tensor([1.0], requires_grad=True), UpdateScalars(), Variable(0.0)
    with Tape() as tape:
        (w * 1).sum().backward()
        scalars.begin(rate)
        scalars.update("sgd", w, w.grad)
    assert w.tolist() == [1]                    # the learning rate was 0
    rate.assign(0.5)
    tape.replay()
    assert w.tolist() == [0.5]


def test_operations_written_in_python_are_replayed_too():
    x = Tensor([3.0, 1.0, 2.0], requires_grad=True)
    with Tape() as tape:
        y = ops.max(x) + ops.concatenate([x, x]).sum()
        y.backward()
    x.data = [3.0, 7.0, 2.0]
    tape.replay()
    assert float(y) == 7 + 24
    assert ops.OPS["max"].rule is not None


def test_dropout_draws_a_new_mask_at_each_replay():
    x = Tensor(np.ones(1000))
    with no_grad(), Tape() as tape:
        y = ops.dropout(x, 0.5)
    first = y.numpy()
    tape.replay()
    assert not np.array_equal(first, y.numpy())


@pytest.mark.parametrize("leave", [
    lambda t: t.item(), lambda t: float(t), lambda t: t.numpy(), lambda t: t.data,
    lambda t: bool(t > 0), lambda t: np.asarray(t), lambda t: t * np.array([2.0]),
    lambda t: t + Tensor([1.0]),
], ids=["item", "float", "numpy", "data", "comparison", "asarray", "array operand", "new tensor"])
def test_leaving_the_engine_is_noticed(leave):
    t = Tensor([1.0])
    with Tape() as tape:
        leave(t * 2)
    assert tape.broken
    with pytest.raises(RuntimeError, match="cannot be replayed"):
        tape.replay()


def test_two_walks_through_one_graph_are_not_replayed():
    w = Tensor([2.0], requires_grad=True)
    with Tape() as tape:
        y = w * w
        y.backward()
        y.backward()
    assert "twice" in tape.broken and w.grad.tolist() == [8]


def test_tapes_nest_and_end_in_order():
    x = Tensor([1.0])
    with Tape() as outer:
        x * 1
        with Tape() as inner:
            x * 2
        x * 3
    assert (len(outer), len(inner)) == (2, 1)
    with pytest.raises(RuntimeError, match="already"), outer:
        outer.__enter__()


def test_an_error_in_a_replayed_call_is_raised():
    labels, p = Tensor(np.array([0, 1])), Tensor([[0.5, 0.5], [0.5, 0.5]])
    with Tape() as tape:
        ops.sparse_categorical_crossentropy(labels, p)
    labels.data = np.array([0, 2])
    with pytest.raises(ValueError, match="label 2 in row 1 is out of range"):
        tape.replay()
    labels.data = np.array([0, 1])
    assert tape.replay() == 1


class TestAssign:
    def test_tensors_are_assigned_at_each_replay(self):
        x, w = Tensor([1.0, 2.0]), Variable([0.0, 10.0], name="w")
        with Tape() as tape:
            assert w.assign(w * 0.5 + x) is w
        assert w.tolist() == [1, 7] and tape.broken is None
        assert tape.calls[-1] == ("assign", "forward")
        x.data = [3.0, 4.0]
        tape.replay()
        assert w.tolist() == [3.5, 7.5]

    @pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
    def test_adding_and_subtracting(self, dtype):
        v, step = Variable([5, 6], dtype, trainable=False), Tensor([1, 2], dtype)
        with Tape() as tape:
            v.assign_add(step).assign_add(10)
            v.assign_sub(step).assign_sub(Tensor([1.0, 1.0]) * 2)   # 2 in float32, cast
        assert tape.broken is not None                              # by the new Tensor
        assert v.tolist() == [13, 14] and v.dtype == dtype
        two = Tensor([2.0, 2.0])
        with Tape() as tape:
            v.assign_add(step).assign_add(10).assign_sub(step).assign_sub(two)
        tape.replay(3)
        assert v.tolist() == [13 + 4 * 8, 14 + 4 * 8]

    def test_what_is_added_may_be_repeated_but_not_what_is_added_to(self):
        v, number = Variable(np.zeros((2, 3))), Variable(0.0)
        assert v.assign_add(ops.sum(Tensor([1.0, 2.0]))).tolist() == [[3, 3, 3]] * 2
        assert v.assign_sub(Tensor([0.0, 1.0, 2.0])).tolist() == [[3, 2, 1]] * 2
        for call in (number.assign_add, number.assign, number.assign_sub):
            with pytest.raises(ValueError, match=r"shape \(\), got values of shape \(2,\)"):
                call(Tensor([1.0, 2.0]))
        with pytest.raises(ValueError, match="'variable' has shape"):
            v.assign(Tensor([1.0, 2.0, 3.0]))

    def test_arrays_and_numbers_come_from_outside(self):
        v = Variable([1.0, 2.0])
        assert v.assign([3.0, 4.0]) is v and v.assign_add(np.ones(2)) is v
        assert v.assign_sub([1.0, 1.0]).tolist() == [3, 4]
        for value in (np.ones(2), [1.0, 2.0]):
            with Tape() as tape:
                v.assign(value)
            assert "assigned" in tape.broken

    def test_no_gradient_flows_through(self):
        x, v = Tensor([2.0], requires_grad=True), Variable([0.0], trainable=False)
        v.assign(x * 3)
        assert not (v * 2).requires_grad and v.node is None

    def test_backward_notices_it(self):
        w = Variable([2.0])
        y, z = w * w, w + 3.0
        w.assign(w * 2)
        z.backward()
        with pytest.raises(RuntimeError, match="changed in place"):
            y.backward()

    def test_a_replay_tells_the_variables_that_it_changed(self):
        w, x, other = Variable([2.0]), Tensor([3.0]), Variable([1.0])
        with no_grad(), Tape() as tape:
            w.assign(w + x * other)
        assert [id(t) for t in tape.writes] == [id(w)]
        y, z = w * w, other * other
        tape.replay()
        z.backward()
        with pytest.raises(RuntimeError, match="changed in place"):
            y.backward()

    def test_an_optimizer_tells_what_it_writes(self):
        w, state = Variable([2.0]), Variable([0.0], trainable=False)
        scalars = UpdateScalars()
        with Tape() as tape:
            (w * 2).sum().backward()
            scalars.begin(Variable(0.1))
            scalars.update("momentum", w, w.grad, state)
        assert [id(t) for t in tape.writes] == [id(scalars.step), id(w), id(state)]

    def test_it_is_seen_in_arrays_that_were_handed_out(self):
        v = Variable([1.0, 2.0])
        seen = v.data
        v.assign_add(Tensor([1.0, 1.0]))
        assert seen.tolist() == [2, 3]


def training_step():
    """A tape of a whole training step, of compiled calls only."""
    feed = BatchFeed([np.ones((64, 30), np.float32), np.zeros((64, 20), np.float32)])
    w, b = Tensor(np.ones((30, 20)) * 0.1, "float32", True), Tensor([0.0] * 20, requires_grad=True)
    scalars, rate, mean = UpdateScalars(), Variable(1e-3), MeanAccumulator()
    with Tape() as tape:
        x, t = feed.fetch(0, 64), feed.fetch(1, 64)
        loss = ops.mean_squared_error(t, ops.dense(x, w, b, activation="tanh")).mean()
        mean.add(loss)
        loss.backward()
        scalars.begin(rate)
        for variable in (w, b):
            scalars.update("sgd", variable, variable.grad)
    return tape


def test_replay_allocates_nothing():
    tape = training_step()
    tape.replay()
    tracemalloc.start()
    try:
        tape.replay(1000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1000      # bytes: the call's own result, no array


def test_other_threads_run_during_a_replay():
    tape, counted, stop = training_step(), [0], threading.Event()

    def count():
        while not stop.is_set():
            counted[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    before = counted[0]
    tape.replay(10**9, seconds=0.3)     # one call into C: with the GIL held nobody could count
    during = counted[0] - before
    stop.set()
    thread.join()
    assert during > 1000


def test_replay_stops_in_time():
    x = Tensor(np.ones((200, 200)))
    with Tape() as tape:
        x @ x
    assert 0 < tape.replay(10**9, seconds=0.05) < 10**9


def test_calls_are_listed_in_order():
    w = Tensor([1.0], requires_grad=True)
    with Tape() as tape:
        (ops.exp(w) * 2).sum().backward()
    assert tape.calls == [("exp", "forward"), ("multiply", "forward"), ("sum", "forward"),
                          ("sum", "backward"), ("multiply", "backward"), ("exp", "backward")]


class TestBatchFeed:
    def test_serves_batches_in_order(self):
        feed = BatchFeed([np.arange(10.0, dtype="float32").reshape(5, 2), np.arange(5)])
        feed.rewind([4, 3, 2, 1, 0])
        with Tape() as tape:
            x, y = feed.fetch(0, 2), feed.fetch(1, 2)
            feed.advance(2)
        assert x.tolist() == [[8, 9], [6, 7]] and y.tolist() == [4, 3]
        tape.replay()
        assert x.tolist() == [[4, 5], [2, 3]] and y.tolist() == [2, 1]
        assert feed.start == 4
        with pytest.raises(IndexError):
            feed.fetch(0, 2)

    def test_shuffle_follows_from_seed_and_epoch_alone(self):
        def order(seed, epoch, n=50):
            feed = BatchFeed([np.arange(n)])
            feed.shuffle(seed, epoch)
            return feed.fetch(0, n).tolist()

        assert order(1, 2) == order(1, 2)
        assert sorted(order(1, 2)) == list(range(50))
        assert len({tuple(order(s, e)) for s in range(10) for e in range(10)}) == 100
        assert order(3, 4, 1) == [0]

    def test_shuffle_is_fair(self):
        """Each of the 24 orders of 4 samples is as likely as the others (χ², 23 degrees)."""
        feed, counts, n = BatchFeed([np.arange(4)]), {}, 24_000
        for epoch in range(n):
            feed.shuffle(7, epoch)
            order = tuple(feed.fetch(0, 4).tolist())
            counts[order] = counts.get(order, 0) + 1
        assert len(counts) == 24
        assert sum((c - n / 24) ** 2 / (n / 24) for c in counts.values()) < 55    # p = 2e-4

    def test_does_not_read_past_the_end_when_replayed(self):
        feed = BatchFeed([np.arange(4.0)])
        with Tape() as tape:
            feed.fetch(0, 3)
            feed.advance(3)
        with pytest.raises(IndexError, match="pass over the data is over"):
            tape.replay()

    @pytest.mark.parametrize("columns", [0, 1, 2, 3, 15, 16, 17, 784])
    @pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "int64"])
    def test_rows_of_every_length_and_type(self, dtype, columns):
        data = np.random.default_rng(0).integers(0, 256, (6, columns)).astype(dtype)
        feed = BatchFeed([data], "float64")
        feed.rewind([5, 0, 3, 3, 1, 5])
        with Tape() as tape:
            batch = feed.fetch(0, 3)
            feed.advance(3)
        assert batch.dtype == ("float64" if dtype == "uint8" else dtype)
        assert np.array_equal(batch.numpy(), data[[5, 0, 3]])
        tape.replay()
        assert np.array_equal(batch.numpy(), data[[3, 1, 5]])

    def test_the_whole_is_not_copied_and_cannot_be_written(self):
        data = np.arange(4.0)
        whole = BatchFeed([data]).whole(0)
        data[0] = 7
        assert whole.tolist() == [7, 1, 2, 3]
        for write in (lambda: setattr(whole, "data", data + 1),
                      lambda: whole.data.__setitem__(0, 1.0)):
            with pytest.raises(ValueError, match="cannot be assigned|read-only"):
                write()
        assert BatchFeed([np.arange(4, dtype="uint8")]).whole(0).tolist() == [0, 1, 2, 3]

    @pytest.mark.parametrize("order", [[0, 1], [0, 1, 3], [0, 1, -1]])
    def test_a_wrong_order_raises(self, order):
        with pytest.raises(ValueError, match="3 sample numbers"):
            BatchFeed([np.arange(3.0)]).rewind(order)


def test_mean_accumulator_is_exact_where_float32_is_not():
    mean = MeanAccumulator()
    values = Tensor(np.full(1000, 0.1, np.float32))
    with Tape() as tape:
        mean.add(values)
    tape.replay(9999)
    assert mean.count == 10_000_000
    assert mean.result() == pytest.approx(float(np.float32(0.1)), rel=1e-12)
    mean.reset()
    assert mean.result() == 0.0
