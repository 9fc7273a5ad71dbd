"""The drawing by single numbers says so where its lines would be wrong, instead of drawing them."""

import re

import numpy as np
import pytest

from autograd_mlp import Sequential, Tensor, explain, layers, ops
from autograd_mlp.explorer.layout import drawings

rng = np.random.default_rng(0)


def leaf(*shape):
    return Tensor(rng.normal(size=shape), requires_grad=True)


def scalars(explanation):
    """(SVG or None, why there is none) of the zoom to single numbers."""
    drawn, absent = drawings(explanation.to_dict())
    return drawn.get("scalars"), absent.get("scalars")


def step(*stack, x):
    model = Sequential(list(stack))
    model.compile("sgd", "mse")
    return model.explain(x, np.zeros_like(np.asarray(model(x))))


def test_each_weight_of_a_layer_is_one_line():
    ex = step(layers.Dense(3, activation="tanh"), layers.Dense(1), x=np.ones((4, 2), "float32"))
    svg, _ = scalars(ex)
    for name in "W1", "b1", "W2", "b2":
        tensor = next(t for t in ex.to_dict()["tensors"] if t["name"] == name)
        cells = re.findall(rf'data-weight="{tensor["id"]}" data-cell="(\d+)" d=', svg)
        assert sorted(map(int, cells)) == list(range(np.size(tensor["value"]))), name


@pytest.mark.parametrize("loss", [
    lambda w, v: (w @ w).sum(),
    lambda w, v: ((w * 1.0) @ v).sum(),
], ids=["with itself", "of several rows"])
def test_products_of_matrices_without_samples_are_not_drawn(loss):
    w, v = leaf(2, 2), leaf(2, 3)
    svg, why = scalars(explain(lambda: loss(w, v)))
    assert svg is None and ("several" in why or "matmul, which mixes" in why)


def test_several_rows_per_sample_are_not_drawn():
    svg, why = scalars(step(layers.Dense(3), x=np.ones((3, 2, 2), "float32")))
    assert svg is None and "several" in why


@pytest.mark.parametrize("mix", [
    lambda w: ops.sparsemax(w), lambda w: w[::-1], lambda w: ops.take(w, [1, 0, 2]),
], ids=["sparsemax", "getitem", "take"])
def test_what_mixes_or_reorders_numbers_is_not_drawn_straight(mix):
    w = leaf(3)
    svg, why = scalars(explain(lambda: (mix(w) * Tensor(rng.normal(size=3))).sum()))
    assert svg is None and "mixes" in why


def test_layer_normalization_is_not_drawn_straight():
    svg, why = scalars(step(layers.LayerNormalization(), x=np.eye(3, dtype="float32")))
    assert svg is None and "layer_norm" in why
