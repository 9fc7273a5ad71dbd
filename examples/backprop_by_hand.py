"""Backpropagation by hand: each gradient from the engine beside the one from its formula.

You learn the chain rule on a network of two layers, written with bare tensors,

    H = sigmoid(X·W₁ + b₁)     Y = sigmoid(H·W₂ + b₂)     L = mean((Y − T)²)

and that `backward()` does nothing but what you can do with NumPy in ten lines.  Needs nothing but
NumPy.

    python examples/backprop_by_hand.py

It should print differences below 1e-15 for every gradient.
"""

import numpy as np

from autograd_mlp import Tensor, ops

np.set_printoptions(formatter={"float": "{:9.6f}".format})
random = np.random.default_rng(0)
X = random.normal(size=(4, 3))  # 4 samples of 3 numbers
T = random.random((4, 2))       # their 2 targets
start = {"W1": random.normal(size=(3, 5)), "b1": random.normal(size=5),
         "W2": random.normal(size=(5, 2)), "b2": random.normal(size=2)}

# The engine: write the network down, call backward().
W1, b1, W2, b2 = (Tensor(value, requires_grad=True) for value in start.values())
H = ops.sigmoid(X @ W1 + b1)
Y = ops.sigmoid(H @ W2 + b2)
L = ((Y - T) ** 2).mean()
L.backward()

# By hand: the same values, then from the loss back to the first layer.  A1, A2 are what goes into
# the sigmoids, d… is ∂L/∂…, and sigmoid'(a) = sigmoid(a)·(1 − sigmoid(a)).
h = 1 / (1 + np.exp(-(X @ start["W1"] + start["b1"])))
y = 1 / (1 + np.exp(-(h @ start["W2"] + start["b2"])))
dY = 2 * (y - T) / y.size
dA2 = dY * y * (1 - y)
dH = dA2 @ start["W2"].T
dA1 = dH * h * (1 - h)

print(f"L = {L.item():.6f} (engine), {np.mean((y - T) ** 2):.6f} (NumPy)\n")
for name, tensor, formula, by_hand in [
    ("W2", W2, "Hᵀ · dA2,  dA2 = dY ∘ Y ∘ (1 − Y),  dY = 2 (Y − T) / N", h.T @ dA2),
    ("b2", b2, "sum of dA2 over the samples", dA2.sum(axis=0)),
    ("W1", W1, "Xᵀ · dA1,  dA1 = dH ∘ H ∘ (1 − H),  dH = dA2 · W2ᵀ", X.T @ dA1),
    ("b1", b1, "sum of dA1 over the samples", dA1.sum(axis=0)),
]:
    print(f"dL/d{name} = {formula}")
    engine = tensor.grad.numpy()
    print(f"{'engine':<55}by hand")
    for left, right in zip(np.atleast_2d(engine), np.atleast_2d(by_hand), strict=True):
        print(f"{str(left):<55}{right}")
    print(f"largest difference {np.abs(engine - by_hand).max():.1e}\n")
