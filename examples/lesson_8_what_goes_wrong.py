"""Lesson 8: what goes wrong, measured.

Aim: to recognise six mistakes by their numbers.

Six mistakes that raise no error.  The program runs, and the network learns badly or not at all.

Predict, before you run it:
1. Vanishing gradients.  The slope of a sigmoid is at most 1/4.  In a stack of ten such layers, how
   large is the gradient of the first layer beside that of the last?
2. Dead relus.  A relu that is 0 for every sample has gradient 0.  Can it come back?
3. Learning rate.  L = mean (w·x − t)² bends by 2·mean x² = 9.33.  Steps above 2 / 9.33 = 0.214
   overshoot by more than they gain.  What is L after 50 steps of 0.20?  Of 0.22?
4. Forgotten zero_grad.  Each step then goes along the sum of all gradients so far.  Is that faster?
5. Broadcasting.  y has shape (100, 1), t has (100,).  What is the shape of y − t, and which line
   fits it best?
6. Unscaled inputs.  One input runs from 0 to 1, the other from 0 to 1000.  Which of the two weights
   decides how large the steps may be?

Run:

    python examples/lesson_8_what_goes_wrong.py [--picture gradients.png]

See:

    1. first layer's gradient / last layer's: sigmoid 4.9e-07, relu with he_normal 1.6
    2. relu       Adam(0.01): 16 of 32 never above 0, loss 0.0000
       relu       Adam(1):    32 of 32 never above 0, loss 0.2686
       leaky_relu Adam(1):    21 of 32 never above 0, loss 0.0000
       variance of the targets 0.2683
    3. loss 18.7 at first; after 50 steps of 0.20 2e-05, of 0.22 3e+03
    4. 200 steps of 0.02: loss below 1e-9; without zero_grad it swings from 0.00 to 19.6
    5. y − t has shape (100, 100)
       ((y - t) ** 2).mean()       slope 0.00, loss 1.36
       losses.mean_squared_error() slope 2.00, loss 0.00
    6. 500 steps at the best learning rate
       inputs as they are: loss 1.6 (learning rate 1e-06)
       each divided by its largest: loss below 1e-9 (learning rate 1)

1. Nine slopes of at most 1/4 lie between the first layer's gradient and the last one's, and 0.25⁹
   is 3.8e-6: the first layers hardly learn.  Relu with He's initializer keeps the size.
2. No gradient, so it stays dead.  Half of the units may die unnoticed; when all do, the network
   says the same number for every input.  A leaky relu has a slope below 0 too.
3. Each step multiplies the distance to the best w by 1 − 9.33·rate: −0.87 and −1.05.
4. The sum of all gradients is a velocity without friction: the weight swings for ever.
5. Each prediction is compared with every target, and the mean of all targets fits best.
   `losses` and `fit` never broadcast a target.
6. The large input: its weight allows steps of 1e-6, and the other would need a million of them.

Exercise.  `broken()` below fits a line to 100 points and makes three of the six mistakes.  Find
them, and mend one after the other, looking at the loss.  It should end near 0.01.
Hint: print the shape of the difference, then w.grad over the steps, then the largest area.

    python examples/lesson_8_what_goes_wrong.py --broken

The answer:

    python examples/lesson_8_what_goes_wrong.py --answer
"""

import argparse

import numpy as np

import autograd_mlp as keras
from autograd_mlp import Tensor
from autograd_mlp.layers import Dense


def short(loss):
    return "below 1e-9" if loss < 1e-9 else f"{loss:.2g}"


def ten_layers(activation, initializer):
    keras.set_random_seed(0)
    return keras.Sequential([keras.Input((16,))] + [
        Dense(16, activation, kernel_initializer=initializer, name=f"layer_{number}")
        for number in range(1, 11)])


DEEP = {"sigmoid": ("sigmoid", "glorot_uniform"), "relu with he_normal": ("relu", "he_normal")}
numbers = np.random.default_rng(0)
x_deep, t_deep = numbers.normal(size=(64, 16)), numbers.normal(size=(64, 16))


def vanishing():
    shares = []
    for name, how in DEEP.items():
        model = ten_layers(*how)
        keras.losses.mean_squared_error(t_deep, model(x_deep)).mean().backward()
        sizes = [np.abs(layer.kernel.grad.numpy()).mean() for layer in model.layers]
        shares.append(f"{name} {sizes[0] / sizes[-1]:.2g}")
    print("1. first layer's gradient / last layer's:", ", ".join(shares))


def picture(file):
    """How large the gradient is in each of the ten layers."""
    import matplotlib.pyplot as plt

    from autograd_mlp.plotting import GradientFlowDisplay
    figure, both = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
    for (name, how), axes in zip(DEEP.items(), both, strict=True):
        GradientFlowDisplay.from_model(ten_layers(*how), x_deep, t_deep, loss="mse", ax=axes,
                                       title=name)
    figure.savefig(file, dpi=80)


def dead_relus():
    random = np.random.default_rng(0)
    x = random.random((200, 4)).astype("float32")
    t = x.sum(axis=1, keepdims=True) + 3

    def train(activation, rate):
        keras.set_random_seed(0)
        model = keras.Sequential([keras.Input((4,)), Dense(32, activation), Dense(1)])
        model.compile(loss="mse", optimizer=keras.optimizers.Adam(rate))
        model.fit(x, t, epochs=50, batch_size=20, verbose=0)
        silent = np.sum(model.layers[0](x).numpy().max(axis=0) <= 0)
        return silent, model.evaluate(x, t, verbose=0)

    for number, activation, rate in (("2.", "relu", 0.01), ("  ", "relu", 1),
                                     ("  ", "leaky_relu", 1)):
        silent, loss = train(activation, rate)
        print(f"{number} {activation:10} {f'Adam({rate:g}):':11} {silent} of 32 never above 0, "
              f"loss {loss:.4f}")
    print(f"   variance of the targets {t.var():.4f}")


def descend(loss, w, rate, steps, forget=False):
    """Where gradient descent ends from w, and the losses on the way."""
    w, losses = Tensor(w, requires_grad=True), []
    for _ in range(steps):
        L = loss(w)
        losses.append(L.item())
        L.backward()
        with keras.no_grad():
            w -= rate * w.grad
        if not forget:
            w.zero_grad()
    return w.numpy(), losses


def learning_rate_and_zero_grad():
    x, t = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])

    def loss(w):
        return ((w * x - t) ** 2).mean()

    low, high = (descend(loss, 0.0, rate, 50)[1] for rate in (0.20, 0.22))
    print(f"3. loss {low[0]:.1f} at first; after 50 steps of 0.20 {low[-1]:.0e}, "
          f"of 0.22 {high[-1]:.0e}")
    cleared, summed = (descend(loss, 0.0, 0.02, 200, forget)[1] for forget in (False, True))
    print(f"4. 200 steps of 0.02: loss {short(cleared[-1])}; "
          f"without zero_grad it swings from {min(summed[-50:]):.2f} to {max(summed[-50:]):.1f}")


def broadcasting():
    x = np.linspace(-1, 1, 100).reshape(-1, 1)
    t = 2 * x[:, 0]
    print("5. y − t has shape", (Tensor(x) - t).shape)
    for name, loss in [
        ("((y - t) ** 2).mean()      ", lambda w: ((x * w - t) ** 2).mean()),
        ("losses.mean_squared_error()", lambda w: keras.losses.mean_squared_error(t, x * w).mean()),
    ]:
        w, losses = descend(loss, 0.5, 0.5, 50)
        print(f"   {name} slope {abs(w.item()):.2f}, loss {losses[-1]:.2f}")


def unscaled_inputs():
    random = np.random.default_rng(0)
    x = random.random((100, 2)) * [1, 1000]
    t = x @ [3.0, -0.002]

    def best(x):
        """The lowest loss of ten learning rates from 1 to 1e-9, and that rate."""
        ends = {rate: descend(lambda w: ((x @ w - t) ** 2).mean(), [0.0, 0.0], rate, 500)[1][-1]
                for rate in 10.0 ** -np.arange(10)}
        rate = min(ends, key=lambda rate: (np.isnan(ends[rate]), ends[rate]))
        return f"loss {short(ends[rate])} (learning rate {rate:g})"

    print("6. 500 steps at the best learning rate")
    print("   inputs as they are:", best(x))
    print("   each divided by its largest:", best(x / x.max(axis=0)))


def broken():
    """The price of a flat by its area, with three of the six mistakes.  Returns the last loss."""
    random = np.random.default_rng(0)
    area = random.uniform(20, 200, size=(100, 1))
    price = 0.03 * area[:, 0] + 1 + random.normal(scale=0.1, size=100)
    w, b = Tensor([[0.0]], requires_grad=True), Tensor([0.0], requires_grad=True)
    for _ in range(500):
        loss = ((area @ w + b - price) ** 2).mean()
        loss.backward()
        with keras.no_grad():
            w -= 1e-5 * w.grad
            b -= 1e-5 * b.grad
    return loss.item()


# Your turn: mend broken().


def mended(shape=False, zero_grad=False, scaled=False):
    """broken() with some of its mistakes taken out."""
    random = np.random.default_rng(0)
    area = random.uniform(20, 200, size=(100, 1))
    price = 0.03 * area[:, 0] + 1 + random.normal(scale=0.1, size=100)
    if shape:
        price = price.reshape(100, 1)
    if scaled:
        area = (area - area.mean()) / area.std()
    rate = 0.3 if scaled else 1e-5
    w, b = Tensor([[0.0]], requires_grad=True), Tensor([0.0], requires_grad=True)
    for _ in range(500):
        loss = ((area @ w + b - price) ** 2).mean()
        if zero_grad:
            w.zero_grad()
            b.zero_grad()
        loss.backward()
        with keras.no_grad():
            w -= rate * w.grad
            b -= rate * b.grad
    return loss.item()


def answer():
    """The answer to the exercise; it prints

        broken:                        loss 12.62
        price in the shape of y:       loss 11.82
        ... and zero_grad:             loss 0.18
        ... and area scaled, rate 0.3: loss 0.01

    The first repair alone hardly shows.  That is what makes several mistakes at once so hard, and
    why one looks at shapes and gradients rather than at the loss.  What is left, 0.1², is the
    noise in the prices.
    """
    print(f"broken:                        loss {broken():.2f}")
    print(f"price in the shape of y:       loss {mended(True):.2f}")
    print(f"... and zero_grad:             loss {mended(True, True):.2f}")
    print(f"... and area scaled, rate 0.3: loss {mended(True, True, True):.2f}")


parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--answer", action="store_true", help="the answer to the exercise")
parser.add_argument("--picture", metavar="FILE", help="draw 1. (needs matplotlib)")
parser.add_argument("--broken", action="store_true", help="run broken(), and print its loss")
arguments = parser.parse_args()
if arguments.answer:
    answer()
elif arguments.broken:
    print(f"loss {broken():.2f}")
else:
    vanishing()
    dead_relus()
    learning_rate_and_zero_grad()
    broadcasting()
    unscaled_inputs()
    if arguments.picture:
        picture(arguments.picture)
