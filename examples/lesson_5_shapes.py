"""Lesson 5: matrices, and what shapes tell.

Aim: to write down the gradients of a layer, and to find the formula from the shapes.

A layer does the same for a whole batch in one product.  With a batch of 4 samples of 3 numbers, 5
hidden neurons and 2 outputs:

    A1 = X·W1 + b1     H = sigmoid(A1)     A2 = H·W2 + b2     Y = sigmoid(A2)     L = mean (Y − T)²

A gradient always has the shape of what it belongs to.  That alone nearly tells the formula.

Predict, before you run it:
1. X is [4×3], dA1 is [4×5], and dW1 must be [3×5].  Which product of X and dA1 has that shape?
2. b1 has 5 numbers, dA1 has 4 rows of 5.  What happens to the rows?
3. The loss has a mean over 8 numbers.  Where does 1/8 come in?

Run:

    python examples/lesson_5_shapes.py [--page network.html]

See:

    L = 0.251872 (NumPy), 0.251872 (engine)
    dY  = 2·(Y − T) / 8     [4×2] → [4×2]         difference below 1e-15
    dA2 = dY ∘ Y ∘ (1 − Y)  [4×2] → [4×2]         difference below 1e-15
    dW2 = Hᵀ·dA2            [5×4]·[4×2] → [5×2]   difference below 1e-15
    db2 = Σ dA2 over rows   [4×2] → [2]           difference below 1e-15
    dH  = dA2·W2ᵀ           [4×2]·[2×5] → [4×5]   difference below 1e-15
    dA1 = dH ∘ H ∘ (1 − H)  [4×5] → [4×5]         difference below 1e-15
    dW1 = Xᵀ·dA1            [3×4]·[4×5] → [3×5]   difference below 1e-15
    db1 = Σ dA1 over rows   [4×5] → [5]           difference below 1e-15

Products become products with the other factor transposed; what was repeated (b, once per row) is
summed; what was done to each number (sigmoid) is done to each number (∘ multiplies one by one).
1/8 comes in once, at dY, and travels along.  Ten lines of NumPy, and the engine agrees.  On the
page, pick a number of dW1 and see which numbers of X and dA1 it is made of.  Then choose "forget
the transpose" under *Break it*: most gradients are wrong, and still the loss falls, only slower.
The loss does not tell such a mistake from a small learning rate; a check against differences does.

Exercise.  Find dX: which shape, which product?  Then use it: leave the weights alone and move X by
−10·dX, ten times.  What happens to the loss?
Hint: dH was found from dA2 in the same way.  The answer:

    python examples/lesson_5_shapes.py --answer
"""

import argparse

import numpy as np

from autograd_mlp import Tensor, explain, ops

random = np.random.default_rng(0)
X = random.normal(size=(4, 3))
T = random.random((4, 2))
W1, b1 = random.normal(size=(3, 5)), random.normal(size=5)
W2, b2 = random.normal(size=(5, 2)), random.normal(size=2)


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def by_hand(X):
    """Every value and every gradient, forward and back, with NumPy."""
    H = sigmoid(X @ W1 + b1)
    Y = sigmoid(H @ W2 + b2)
    L = np.mean((Y - T) ** 2)
    dY = 2 * (Y - T) / Y.size
    dA2 = dY * Y * (1 - Y)
    dW2, db2 = H.T @ dA2, dA2.sum(axis=0)
    dH = dA2 @ W2.T
    dA1 = dH * H * (1 - H)
    dW1, db1 = X.T @ dA1, dA1.sum(axis=0)
    return locals()


def by_engine(X, W1, b1, W2, b2):
    """The same network with tensors; only the forward half is written down."""
    A1 = ops.dense(X, W1, b1)       # X @ W1 + b1 as one operation
    H = ops.sigmoid(A1)
    A2 = ops.dense(H, W2, b2)
    Y = ops.sigmoid(A2)
    E = Y - T
    L = ops.square(E).mean()
    return locals()


def tensors():
    return [Tensor(array, requires_grad=True) for array in (X, W1, b1, W2, b2)]


def text(*arrays):
    """The shapes of arrays as they are written here: [3×4]·[4×5]."""
    return "·".join("[" + "×".join(map(str, array.shape)) + "]" for array in arrays)


def lesson():
    v, engine = by_hand(X), by_engine(*tensors())
    engine["L"].backward()
    print(f"L = {v['L']:.6f} (NumPy), {engine['L'].item():.6f} (engine)")
    for name, formula, *made_of in [
        ("Y", "2·(Y − T) / 8", v["Y"]),
        ("A2", "dY ∘ Y ∘ (1 − Y)", v["dY"]),
        ("W2", "Hᵀ·dA2", v["H"].T, v["dA2"]),
        ("b2", "Σ dA2 over rows", v["dA2"]),
        ("H", "dA2·W2ᵀ", v["dA2"], W2.T),
        ("A1", "dH ∘ H ∘ (1 − H)", v["dH"]),
        ("W1", "Xᵀ·dA1", X.T, v["dA1"]),
        ("b1", "Σ dA1 over rows", v["dA1"]),
    ]:
        gradient = v["d" + name]
        difference = np.abs(gradient - engine[name].grad.numpy()).max()
        verdict = "below 1e-15" if difference < 1e-15 else f"{difference:.1e}"
        print(f"d{name:<2} = {formula:17} {text(*made_of) + ' → ' + text(gradient):21}"
              f" difference {verdict}")


# Your turn: dX, here.


def answer():
    """The answer to the exercise; it prints

        dX = dA1·W1ᵀ  [4×5]·[5×3] → [4×3]   difference below 1e-15
        L = 0.2519, and 0.1699 after ten steps of X

    Nothing in backprop knows what is a weight and what is data: all that has a gradient can be
    improved.  Changing the input instead of the weights is how one finds the picture that a
    network likes best, or the smallest change that makes it misread a digit.
    """
    def dX(v):
        return v["dA1"] @ W1.T

    v, engine = by_hand(X), by_engine(*tensors())
    engine["L"].backward()
    assert np.abs(dX(v) - engine["X"].grad.numpy()).max() < 1e-15
    print("dX = dA1·W1ᵀ ", text(v["dA1"], W1.T), "→", text(dX(v)), "  difference below 1e-15")
    moved = X
    for _ in range(10):
        moved = moved - 10 * dX(by_hand(moved))
    print(f"L = {v['L']:.4f}, and {by_hand(moved)['L']:.4f} after ten steps of X")


parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--answer", action="store_true", help="the answer to the exercise")
parser.add_argument("--page", metavar="FILE", help="write the pass as a page to step through")
arguments = parser.parse_args()
answer() if arguments.answer else lesson()
if arguments.page:
    explain(lambda: by_engine(*tensors())["L"]).save(arguments.page)
