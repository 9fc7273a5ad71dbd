"""Tensor: construction, values in and out, operators, and the life of a graph."""

import copy
import gc
import pickle
import threading
import weakref

import numpy as np
import pytest

from autograd_mlp import Tensor, Variable, is_grad_enabled, no_grad, ops, trace


class TestConstruction:
    @pytest.mark.parametrize("data, dtype", [
        (1, "float32"), (1.5, "float32"), ([1, 2], "float32"), (True, "float32"),
        (np.float64(1), "float64"), (np.ones(2, np.float16), "float32"),
        (np.ones(2, np.float32), "float32"), (np.ones(2), "float64"),
        (np.ones(2, np.uint8), "int64"), (np.ones(2, bool), "int64"),
        (np.ones(2, ">f8"), "float64"),
    ])
    def test_dtype_follows_the_data(self, data, dtype):
        assert Tensor(data).dtype == dtype

    def test_dtype_argument_wins(self):
        assert Tensor([1, 2], dtype="float64").dtype == np.float64
        assert Tensor([1.0, 2.0], dtype="int64").tolist() == [1, 2]

    def test_data_is_copied(self):
        array = np.ones(3, np.float32)
        t = Tensor(array)
        array[0] = 5
        t.numpy()[1] = 7
        np.asarray(t)[1] = 7
        assert t.tolist() == [1, 1, 1]

    @pytest.mark.parametrize("array", [
        np.arange(12.0).reshape(3, 4).T, np.arange(12.0)[::-3], np.asfortranarray(np.eye(3)),
    ])
    def test_any_memory_order(self, array):
        np.testing.assert_array_equal(Tensor(array).numpy(), array)

    @pytest.mark.parametrize("data, message", [
        ("abc", "real numbers"), (1j, "real numbers"), ([[1, 2], [3]], "regular array"),
        (None, "real numbers"), ([object()], "real numbers"),
    ])
    def test_what_is_no_array_of_numbers_raises(self, data, message):
        with pytest.raises((TypeError, ValueError), match=message):
            Tensor(data)

    def test_integers_have_no_gradient(self):
        with pytest.raises(TypeError, match="float32"):
            Tensor(np.array([1, 2]), requires_grad=True)

    def test_integers_stay_integers_when_moved(self):
        t = Tensor(np.array([2**53 + 1, 5, 6]))
        for moved in (t[1:], t.T, ops.concatenate([t, t]), ops.stack([t]), t.reshape(3, 1)):
            assert moved.dtype == np.int64
        assert int(t[0]) == 2**53 + 1 and [int(i) for i in t[1:]] == [5, 6]
        with pytest.raises(OverflowError):
            Tensor(np.array([2**63], np.uint64))

    def test_pickle_and_deepcopy(self):
        w = Tensor([1.0, 2.0], requires_grad=True)
        for again in (pickle.loads(pickle.dumps(w)), copy.deepcopy(w)):
            assert again.requires_grad and again.tolist() == [1, 2]
            assert not np.shares_memory(again.data, w.data)


class TestValues:
    def test_attributes(self):
        t = Tensor(np.zeros((2, 3, 4)))
        assert (t.shape, t.ndim, t.size, t.dtype, len(t)) == ((2, 3, 4), 3, 24, np.float64, 2)
        assert t.T.shape == (4, 3, 2)

    def test_item_needs_one_element(self):
        assert Tensor([[2.5]]).item() == 2.5 == float(Tensor(2.5))
        with pytest.raises(ValueError, match=r"shape \(2,\).*numpy\(\)"):
            Tensor([1.0, 2.0]).item()

    def test_comparisons_give_numpy_arrays(self):
        assert ((Tensor([1.0, 3.0]) > 2).tolist()) == [False, True]
        assert ((Tensor([1.0, 3.0]) == Tensor([1.0, 2.0])).tolist()) == [True, False]

    def test_elements_cannot_be_assigned(self):
        with pytest.raises(TypeError, match="ops.where"):
            Tensor([1.0])[0] = 2

    def test_iteration(self):
        assert [row.tolist() for row in Tensor([[1.0, 2.0], [3.0, 4.0]])] == [[1, 2], [3, 4]]

    def test_assigning_data_copies_and_keeps_the_shape(self):
        t = Tensor([1.0, 2.0])
        new = np.array([3.0, 4.0])
        t.data = new
        new[0] = 9
        assert t.tolist() == [3, 4]
        with pytest.raises(ValueError, match="shape"):
            t.data = [1.0]

    def test_unknown_attribute(self):
        with pytest.raises(AttributeError, match="foo"):
            _ = Tensor(1.0).foo
        with pytest.raises(AttributeError, match="'gradient'; did you mean 'grad'"):
            _ = Tensor(1.0).gradient
        with pytest.raises(AttributeError, match="'sqroot'; did you mean 'sqrt'"):
            _ = Tensor(1.0).sqroot

    def test_a_tensor_of_what_has_a_gradient(self):
        w = Tensor(2.0, requires_grad=True)
        (w * w).backward()
        with pytest.raises(ValueError, match=r"\.item\(\) for one number .* or \.detach\(\)"):
            Tensor(w - 0.1 * w.grad.item(), requires_grad=True)
        assert Tensor(w.item() - 0.1 * w.grad.item(), requires_grad=True).item() == \
            pytest.approx(1.6)

    def test_operations_are_methods(self):
        t = Tensor([[1.0, 4.0]])
        assert t.sqrt().tolist() == [[1, 2]]
        assert t.sum(axis=1).tolist() == [5]
        assert t.reshape(2, 1).shape == (2, 1) == t.reshape((2, 1)).shape

    def test_repr(self):
        w = Tensor([1.0, 2.0], requires_grad=True)
        assert repr(w) == "Tensor([1., 2.], requires_grad=True)"
        assert repr(w * 2) == "Tensor([2., 4.], op=multiply)"
        assert repr(Tensor(np.ones(1))) == "Tensor([1.], dtype=float64)"


class TestOperators:
    @pytest.mark.parametrize("expression, value", [
        (lambda x: x + 1, 3), (lambda x: 1 + x, 3), (lambda x: x - 1, 1), (lambda x: 1 - x, -1),
        (lambda x: x * 3, 6), (lambda x: 3 * x, 6), (lambda x: x / 4, 0.5), (lambda x: 4 / x, 2),
        (lambda x: x**3, 8), (lambda x: 3**x, 9), (lambda x: -x, -2), (lambda x: +x, 2),
        (lambda x: abs(-x), 2),
    ])
    def test_with_numbers(self, expression, value):
        assert float(expression(Tensor(2.0))) == value

    def test_numpy_on_the_left_gives_a_tensor(self):
        a = np.array([1.0, 2.0])
        t = Tensor([3.0, 4.0], requires_grad=True)
        for result, expected in [(a + t, [4, 6]), (a - t, [-2, -2]), (a * t, [3, 8]),
                                 (a / t, [1 / 3, 0.5]), (a @ t, 11)]:
            assert isinstance(result, Tensor) and result.requires_grad
            np.testing.assert_allclose(result.numpy(), expected, rtol=1e-7)

    def test_numbers_and_integers_do_not_widen(self):
        t = Tensor([1.0])
        assert (t * 2.5).dtype == (t + np.array([1])).dtype == np.float32
        assert (t + np.array([1.0])).dtype == np.float64

    def test_shapes_that_do_not_fit(self):
        with pytest.raises(ValueError, match=r"add: shapes \(2,\) and \(3,\)"):
            Tensor([1.0, 2.0]) + Tensor([1.0, 2.0, 3.0])


class TestBackward:
    def test_grad_is_none_until_computed(self):
        w = Tensor([1.0], requires_grad=True)
        unused = Tensor([1.0], requires_grad=True)
        assert w.grad is None
        (w * 2).sum().backward()
        assert w.grad.tolist() == [2] and unused.grad is None
        w.zero_grad()
        assert w.grad is None

    def test_intermediate_gradients_are_kept(self):
        x = Tensor(3.0, requires_grad=True)
        y = x * x
        z = y * 2
        z.backward()
        assert (float(z.grad), float(y.grad), float(x.grad)) == (1, 2, 12)

    def test_a_second_call_adds_to_leaves_only(self):
        x = Tensor(3.0, requires_grad=True)
        y = x * x
        z = y * 2
        z.backward()
        z.backward()
        assert float(x.grad) == 24 and float(y.grad) == 2

    def test_a_tensor_used_twice_gets_both(self):
        x = Tensor([1.0, 2.0], requires_grad=True)
        (x * x + x + ops.exp(x) * 0).sum().backward()
        assert x.grad.tolist() == [3, 5]

    def test_upstream_gradient(self):
        x = Tensor([1.0, 2.0], requires_grad=True)
        y = x * 3
        with pytest.raises(ValueError, match=r"shape \(2,\).*sum\(\) or mean\(\)"):
            y.backward()
        with pytest.raises(ValueError, match="shape"):
            y.backward([1.0, 2.0, 3.0])
        y.backward([1.0, 10.0])
        assert x.grad.tolist() == [3, 30]

    def test_on_a_leaf(self):
        x = Tensor(3.0, requires_grad=True)
        x.backward()
        assert float(x.grad) == 1

    def test_on_what_needs_no_gradient(self):
        with pytest.raises(RuntimeError, match="requires_grad=True"):
            Tensor(1.0).backward()
        with no_grad():
            y = Tensor(1.0, requires_grad=True) * 2
        assert not y.requires_grad and is_grad_enabled()
        with pytest.raises(RuntimeError):
            y.backward()

    def test_detach_stops_gradients(self):
        x = Tensor(2.0, requires_grad=True)
        (x * (x * 3).detach()).backward()
        assert float(x.grad) == 6

    @pytest.mark.parametrize("change", [
        lambda w, held: w.data.__setitem__(0, 9.0),
        lambda w, held: held.__setitem__(0, 9.0),
        lambda w, held: setattr(w, "data", [9.0, 9.0]),
    ], ids=["through .data", "through an array held before", "by assignment"])
    def test_changed_values_are_found_out(self, change):
        w = Tensor([1.0, 2.0], requires_grad=True)
        held = w.data
        y = (w * w).sum()
        change(w, held)
        with pytest.raises(RuntimeError, match="multiply needs the values.*changed in place"):
            y.backward()

    def test_a_changed_output_is_found_out(self):
        w = Tensor([1.0, 2.0], requires_grad=True)
        y = ops.exp(w)
        loss = y.sum()
        y.data[0] = 0
        with pytest.raises(RuntimeError, match="exp needs its output"):
            loss.backward()

    def test_changes_through_a_reshaped_view_are_found_out(self):
        w = Tensor([1.0, 2.0], requires_grad=True)
        flat = ops.reshape(w, (2, 1))
        loss = (w * w).sum()
        flat.data[0] = 7
        with pytest.raises(RuntimeError):
            loss.backward()

    def test_values_nobody_reads_may_change(self):
        w = Tensor([1.0, 2.0], requires_grad=True)
        y = (w + 1).sum()
        w.data = [5.0, 6.0]
        y.backward()
        assert w.grad.tolist() == [1, 1]

    def test_looking_at_values_is_no_change(self):
        w = Tensor([1.0, 2.0], requires_grad=True)
        y = (w * w).sum()
        _ = w.data, w.numpy(), repr(w), np.asarray(w)
        y.backward()
        assert w.grad.tolist() == [2, 4]


class TestGraphs:
    def test_100_000_operations_deep(self):
        w = Tensor(1.0, requires_grad=True)
        y = w
        for _ in range(100_000):
            y = y + 1
        y.backward()
        assert float(w.grad) == 1
        del y

    def test_graphs_are_freed_without_the_garbage_collector(self):
        gc.disable()
        try:
            x = Tensor(np.ones((3, 3)), requires_grad=True)
            y = ops.relu(x @ x)
            z = ops.concatenate([y, y]).sum() + ops.var(y)
            watch = weakref.ref(y)
            z.backward()
            del y
            assert watch() is not None
            del z
            assert watch() is None
        finally:
            gc.enable()

    def test_node_tells_what_it_did(self):
        x = Tensor([1.0, 2.0], requires_grad=True)
        y = ops.sigmoid(x)
        node = y.node
        assert node.name == "sigmoid" and node.inputs[0] is x and node.output is y
        assert node.grad is None
        y.backward([1.0, 1.0])
        assert node.grad.tolist() == [1, 1]
        assert "e⁻ˣ" in node.formula and "y·(1 − y)" in node.vjp
        assert node.saved == {"y": y} or node.saved["y"] is y
        del y
        assert node.output is None

    def test_requires_grad_can_be_set_on_leaves_only(self):
        x = Tensor(1.0)
        x.requires_grad = True
        with pytest.raises(RuntimeError, match="detach"):
            (x * 2).requires_grad = False

    def test_recording_is_per_thread(self):
        seen = []
        with no_grad():
            thread = threading.Thread(target=lambda: seen.append(is_grad_enabled()))
            thread.start()
            thread.join()
        assert seen == [True]


class Recorder:
    def __init__(self):
        self.forwards, self.edges = [], []

    def forward(self, node, output):
        self.forwards.append((node.name, output.shape, node.source))

    def backward(self, node, index, upstream, contribution, total):
        self.edges.append((node.name, index, upstream.copy(), contribution.copy(), total.copy()))


class TestTraceHook:
    def test_reports_calls_and_edges(self):
        x = Tensor([1.0, 2.0], requires_grad=True)
        with trace(Recorder()) as seen:
            y = (x * x).sum()
            y.backward()
        assert [name for name, _, _ in seen.forwards] == ["multiply", "sum"]
        assert all(__file__ in source for _, _, source in seen.forwards)
        assert [(name, index) for name, index, *_ in seen.edges] == \
            [("sum", 0), ("multiply", 0), ("multiply", 1)]
        *_, contribution, total = seen.edges[-1]
        assert contribution.tolist() == [1, 2] and total.tolist() == [2, 4]

    def test_changes_nothing_and_ends_with_the_block(self):
        x = Tensor([1.0, 2.0], requires_grad=True)
        with trace(Recorder()) as seen:
            pass
        (x * x).sum().backward()
        assert not seen.forwards and x.grad.tolist() == [2, 4]


class TestVariable:
    def test_assign(self):
        v = Variable([1.0, 2.0], name="kernel")
        v.assign([3.0, 4.0])
        v.assign_add([1.0, 1.0])
        v.assign_sub(2.0)
        assert v.tolist() == [2, 3] and v.trainable and v.name == "kernel"
        with pytest.raises(ValueError, match="shape"):
            v.assign([1.0])

    def test_not_trainable(self):
        v = Variable(1.0, trainable=False)
        assert not (v * 2).requires_grad
