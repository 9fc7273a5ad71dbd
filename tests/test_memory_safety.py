"""What ordinary Python can do to the engine's buffers: no crash, no silently wrong gradient."""

import gc

import numpy as np
import pytest

from autograd_mlp import Tensor, ops, optimizers, trace
from autograd_mlp._engine import BatchFeed, MeanAccumulator, Op, Tape, UpdateScalars, run_python


def test_operands_and_indices_are_copied():
    w = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    index, factor, labels = np.array([0, 1]), np.array([1.0, 2.0, 3.0]), np.array([0])
    rows = [0, 1]
    p = Tensor([[0.5, 0.5]], requires_grad=True)
    y = [ops.gather(w, index).sum(), (w * factor).sum(), w[index].sum(), w[rows].sum(),
         ops.sparse_categorical_crossentropy(labels, p).sum()]
    index[:], factor[:], labels[:], rows[:] = 10**9, 7, 10**9, [2, 2]
    for loss in y:
        loss.backward()
    assert w.grad.tolist() == [1 + 1 + 1 + 1, 1 + 2 + 1 + 1, 3]
    np.testing.assert_allclose(p.grad.numpy(), [[-1, 1]], rtol=1e-6)


def test_tensors_in_reference_cycles():
    y = ops.exp(Tensor([1.0], requires_grad=True))
    cycle, node = [y], y.node
    cycle.append(cycle)
    del y, cycle
    gc.collect()
    assert node.output is None


class Hook:
    def forward(self, node, output):
        pass

    def backward(self, node, index, upstream, contribution, total):
        pass


def test_a_trace_cannot_be_entered_twice_or_lose_its_hook():
    tracing = trace(Hook())
    with tracing:
        tracing.hook = None
        with pytest.raises(RuntimeError, match="already"), tracing:
            pass
        gc.collect()
        ops.exp([1.0])
    ops.exp([1.0])
    with pytest.raises(TypeError, match="forward"):
        trace(object())


def test_storage_never_moves():
    w = Tensor([1.0])
    with pytest.raises(RuntimeError, match="twice"):
        w.__init__([2.0])
    feed = BatchFeed([np.ones(3)])
    with pytest.raises(RuntimeError, match="twice"):
        feed.__init__([np.ones(3)])
    with pytest.raises(TypeError, match="made by operations"):
        type(ops.exp(Tensor([1.0], requires_grad=True)).node)()


def test_updates_need_their_state():
    w, g, scalars = Tensor([1.0]), Tensor([1.0]), UpdateScalars()
    for kind in ("momentum", "adam", "rmsprop"):
        with pytest.raises(ValueError, match="state"):
            scalars.update(kind, w, g)
    optimizer = optimizers.SGD(0.1)
    optimizer.build([w])
    with pytest.raises(ValueError, match="switched"):
        optimizer.momentum = 0.9
    optimizer = optimizers.RMSprop()
    optimizer.rho = 0.5
    assert optimizer.get_config()["rho"] == optimizer._scalars.get("rho") == 0.5
    with pytest.raises(ValueError, match="rho"):
        optimizer.rho = 2


def test_an_optimizer_step_is_whole_or_not_at_all():
    a, b = Tensor([1.0]), Tensor(np.array([1.0]))
    optimizer = optimizers.SGD(0.1)
    with pytest.raises(ValueError, match="has shape"):
        optimizer.apply([Tensor([1.0]), Tensor([1.0, 2.0])], [a, b])
    assert a.tolist() == b.tolist() == [1] and int(optimizer.iterations) == 0


def test_rules_written_in_python_must_return_what_tensors_hold():
    wrong = Op("wrong", None, family="unary", rule=lambda x: (x > 0, lambda dy: dy))
    with pytest.raises(TypeError, match="rule of wrong must return float32"):
        run_python(wrong, (Tensor([1.0]),), {})


def test_rules_written_in_python_must_return_gradients_of_the_right_shape():
    wrong = Op("wrong", None, family="unary", rule=lambda x: (x * 2, lambda dy: np.float32(2)))
    x = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ValueError, match=r"rule of wrong returned .* shape \(\) for .* \(2,\)"):
        run_python(wrong, (x,), {}).sum().backward()


def test_replays_do_not_write_past_the_end():
    feed, x, into = BatchFeed([np.ones(4)]), Tensor([1.0, 2.0]), np.zeros(4, np.float32)
    with Tape() as tape:
        feed.store(x, into)
        feed.advance(2)
    assert tape.replay() == 1
    with pytest.raises(IndexError, match="pass over the data is over"):
        tape.replay()
    assert into.tolist() == [1, 2, 1, 2]


def test_integers_are_counted_as_numbers():
    mean = MeanAccumulator()
    mean.add(Tensor(np.array([1, 2, 6])))
    assert mean.result() == 3


@pytest.mark.parametrize("value", [1.5, np.nan, np.inf])
def test_fractions_do_not_become_integers(value):
    with pytest.raises(ValueError, match="whole numbers"):
        Tensor([value], dtype="int64")
    t = Tensor(np.array([1]))
    with pytest.raises(ValueError, match="whole numbers"):
        t.data = [value]
