"""The recorded graph evaluated again: every operation, any tensor replaced, nothing changed."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd_mlp import Tensor, losses, no_grad, ops, random
from autograd_mlp._engine import Variable, call_again, random_normal
from autograd_mlp.explorer.rerun import Graph
from autograd_mlp.layers import Dense, Dropout
from autograd_mlp.models import Sequential
from autograd_mlp.ops import OPS
from tests import strategies as some
from tests.ops.cases import cases

DIFFERENTIABLE = sorted(name for name in OPS if any(OPS[name].differentiable))


def recorded(name, data, dtype=np.float32):
    """One call of an operation, with whatever surrounds it in the case, and the tensors given."""
    case = data.draw(cases(name, dtype))
    tensors = case.tensors()
    y = case.run(tensors)
    assume(y.node is not None)
    return case, y


@pytest.mark.parametrize("name", DIFFERENTIABLE)
@settings(some.fewer)
@given(data=st.data())
def test_every_operation_is_done_again_in_float64(name, data):
    case, y = recorded(name, data)

    again = Graph(y).base[id(y)]

    assert again.dtype == np.float64
    wide = case.as_dtype(np.float64).run()
    # a mask of another shape than x is a constant of the graph: it keeps its float32
    tol = 1e-6 if OPS[name].family == "random" else 1e-12
    np.testing.assert_allclose(again.numpy(), wide.numpy(), rtol=tol, atol=tol)
    assert Graph(y).outputs[-1] is y


@pytest.mark.parametrize("name", DIFFERENTIABLE)
@settings(some.fewer)
@given(data=st.data())
def test_every_operation_made_anew_has_the_same_bits_forward_and_backward(name, data):
    _, y = recorded(name, data)
    graph = Graph(y)
    leaves = [Tensor(t.numpy(), requires_grad=True) for t in graph.leaves]
    dy = np.random.default_rng(0).uniform(0.5, 1.5, y.shape).astype(y.dtype)
    for t in graph.leaves:
        t.zero_grad()

    again = graph.made_anew(leaves)[id(y)]
    y.backward(dy)
    again.backward(dy)

    assert again.dtype == y.dtype and again.numpy().tobytes() == y.numpy().tobytes()
    for old, new in zip(graph.leaves, leaves, strict=True):
        assert (old.grad is None) == (new.grad is None)
        assert old.grad is None or old.grad.numpy().tobytes() == new.grad.numpy().tobytes()


@pytest.mark.parametrize("name", [n for n in DIFFERENTIABLE if OPS[n].family != "random"])
@settings(some.fewer)
@given(data=st.data())
def test_the_arguments_of_a_node_are_all_that_its_operation_was_given(name, data):
    _, y = recorded(name, data)

    for out in Graph(y).outputs:
        inputs, arguments = out.node.inputs, dict(out.node.arguments or {})
        if out.node.name in ("concatenate", "stack"):       # of a list of tensors
            inputs = [list(inputs)]
        elif out.node.name == "reshape":
            inputs = [*inputs, arguments.pop("shape")]
        with no_grad():
            again = OPS[out.node.name].function(*inputs, **arguments)
        assert again.numpy().tobytes() == out.numpy().tobytes(), (out.node.name, arguments)


def network():
    random.set_random_seed(1)
    model = Sequential([Dense(5, activation="tanh"), Dropout(0.5), Dense(1, activation="sigmoid")])
    x, y = Tensor(np.eye(4, 3, dtype=np.float32)), Tensor([[0.0], [1.0], [1.0], [0.0]])
    return model, losses.binary_crossentropy(y, model(x, training=True)).mean()


def test_a_leaf_and_an_intermediate_value_can_be_replaced():
    x = Tensor([1.0, 2.0], requires_grad=True)
    square = x * x
    loss = (square + x).sum()
    graph = Graph(loss)

    assert graph.loss_with([]) == 8.0
    assert graph.loss_with([(x, [3.0, 0.0])]) == 12.0
    assert graph.loss_with([(square, [3.0, 0.0])]) == 6.0
    assert graph.loss_with([(square, [3.0, 0.0]), (x, [10.0, 10.0])]) == 23.0
    assert graph.loss_with([(loss, 7.0)]) == 7.0


def test_only_what_lies_downstream_is_computed():
    x = Tensor([1.0, 2.0], requires_grad=True)
    a, b = ops.exp(x), ops.sin(x)
    product = a * b
    graph = Graph(product.sum())

    changed = graph.evaluate([(b, [1.0, 1.0])])

    assert set(changed) == {id(b), id(product), id(graph.loss)}


def test_dropout_keeps_the_mask_it_had_and_no_generator_moves_on():
    model, loss = network()
    dropped = next(t for t in Graph(loss).outputs if t.node.name == "dropout")
    states = [v.numpy() for v in model.layers[1].variables]
    globally = random.generator().bit_generator.state

    again = Graph(loss).base

    np.testing.assert_array_equal(again[id(dropped)].numpy() == 0, dropped.numpy() == 0)
    assert abs(float(again[id(loss)]) - float(loss)) < 1e-6
    for before, v in zip(states, model.layers[1].variables, strict=True):
        np.testing.assert_array_equal(before, v.numpy())
    assert random.generator().bit_generator.state == globally


def test_noise_is_that_of_the_recording_in_more_digits():
    seed = Variable(np.array([3, 8]), trainable=False)
    generator = type("Generator", (), {"state": seed})()
    x = Tensor(np.zeros(50, np.float32), requires_grad=True)
    y = ops.add_noise(x, 1.0, seed=generator)
    assert seed.tolist() == [3, 9]

    again = Graph(y).base[id(y)].numpy()

    assert seed.tolist() == [3, 9]
    np.testing.assert_allclose(again, y.numpy(), rtol=1e-5)
    assert len(np.unique(again)) == 50


def test_weights_gradients_and_values_stay_bit_for_bit():
    model, loss = network()
    loss.backward()
    graph = Graph(loss)
    before = [(t.numpy().tobytes(), t.grad.numpy().tobytes()) for t in graph.tensors]

    for t in graph.tensors:
        graph.loss_with([(t, t.numpy() + 1.0)])
    new = graph.made_anew([Tensor(t.numpy(), requires_grad=True) for t in graph.leaves])
    new[id(loss)].backward()

    assert before == [(t.numpy().tobytes(), t.grad.numpy().tobytes()) for t in graph.tensors]
    loss.backward()     # nothing that it reads was changed


def test_a_long_chain_needs_no_recursion():
    x = Tensor([0.5], requires_grad=True)
    y = x
    for _ in range(20_000):
        y = y + 0.25
    graph = Graph(y.sum())

    assert graph.loss_with([(x, [1.0])]) == 5001.0


def test_labels_and_indices_stay_integers():
    p = Tensor([[0.2, 0.8], [0.5, 0.5]], requires_grad=True)
    loss = ops.sparse_categorical_crossentropy(np.array([1, 0]), p).sum()

    assert abs(Graph(loss).loss_with([]) + np.log(0.8) + np.log(0.5)) < 1e-7


def test_a_tensor_without_a_graph_is_refused():
    with pytest.raises(ValueError, match="no graph behind this tensor"):
        Graph(Tensor([1.0], requires_grad=True))


def test_a_call_is_not_done_again_on_other_shapes_or_dtypes():
    y = ops.exp(Tensor([1.0, 2.0], requires_grad=True))
    noise = random_normal((2,), 0.0, 1.0, "float32", 3)

    with pytest.raises(ValueError, match=r"input 0 had shape \(2,\), got \(3,\)"):
        call_again(y.node, [Tensor([1.0, 2.0, 3.0])])
    with pytest.raises(TypeError, match="input 0 must be of float64, got float32"):
        call_again(y.node, [Tensor([1.0, 2.0])], "float64")
    with pytest.raises(ValueError, match="called with 1 tensors, got 2"):
        call_again(y.node, [noise, noise])
