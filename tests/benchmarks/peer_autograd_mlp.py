"""autograd_mlp, as a user writes it."""

import numpy as np

import autograd_mlp as keras
from autograd_mlp import Tensor, no_grad, ops
from autograd_mlp._engine import Tape, cpu_info, fma_peak  # noqa: F401  (peak.py asks for it)

OPTIMIZERS = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam,
              "rmsprop": keras.optimizers.RMSprop}


def version():
    info = cpu_info()
    return f"autograd_mlp {keras.__version__} ({info['target']}, {info['compiler']})"


def targets():
    return cpu_info()["available"]


class Training:
    def __init__(self, network):
        self.network = network
        inputs, *hidden, outputs = network.sizes
        self.model = keras.Sequential([
            keras.Input(shape=(inputs,)),
            *(keras.layers.Dense(units, activation=network.hidden) for units in hidden),
            keras.layers.Dense(outputs, activation=network.output),
        ])
        self.model.compile(loss=network.loss,
                           optimizer=OPTIMIZERS[network.optimizer](network.learning_rate),
                           metrics=["accuracy"] if network.accuracy else [])
        self.model.set_weights(network.weights())

    def train(self, x, y, epochs, shuffle=True, verbose=0):
        """Lists of the epochs' means by name: "loss" and perhaps "accuracy"."""
        return self.model.fit(x, y, batch_size=self.network.batch_size, epochs=epochs,
                              shuffle=shuffle, verbose=verbose).history

    def predict(self, x):
        return self.model.predict(x, batch_size=32, verbose=0)

    def call(self, x):
        """A function of no arguments that runs the model on x, from tensor to tensor."""
        x = Tensor(x)
        return lambda: self.model(x)

    def call_on_array(self, x):
        """The same from array to array."""
        return lambda: self.model.predict(x, verbose=0)


def matmul(kind, a, b):
    """(repeat, result): ``repeat(n)`` does n products in C, on a tape as in training.

    They are those of a dense layer: its forward, its weights' gradient, its input's.
    """
    a, b = Tensor(a), Tensor(b)
    if kind == "a·b":
        with Tape() as tape:
            y = ops.dense(a, b)
        return _profiled(tape, "forward", "dense"), y.numpy()
    x, w, dy = ((a, Tensor(np.zeros((a.shape[1], b.shape[1]), a.dtype), requires_grad=True), b)
                if kind == "aᵀ·b" else
                (Tensor(np.zeros((a.shape[0], b.shape[0]), a.dtype), requires_grad=True), b, a))
    with Tape() as tape:
        (ops.dense(x, w) * dy).sum().backward()
    return _profiled(tape, "backward", "dense"), (w if kind == "aᵀ·b" else x).grad.numpy()


def call_matmul(a, b):
    """A function of no arguments that does a product from Python."""
    a, b = Tensor(a), Tensor(b)
    return lambda: a @ b


def activation(name, x, dy):
    """(repeat forward, repeat backward, y, dx); both repeat in C, on a tape as in training."""
    x = Tensor(x, requires_grad=True)
    dy = Tensor(dy)
    with Tape() as tape:
        y = getattr(ops, name)(x)
        (y * dy).sum().backward()
    return (_profiled(tape, "forward", name), _profiled(tape, "backward", name),
            y.numpy(), x.grad.numpy())


def _profiled(tape, direction, name):
    """``repeat(n)``: seconds that n runs of one operation on the tape take."""
    if tape.broken:
        raise RuntimeError(tape.broken)

    def repeat(n):
        times = [t for op, way, t in tape.profile(n) if (op, way) == (name, direction)]
        return 1e-6 * n * sum(times)

    return repeat


def eager_step(x, target, weights, rate):
    """A learner's own loop on bare tensors: a function that does one step, returning the loss."""
    x, target = Tensor(x), Tensor(target)
    parameters = [Tensor(w, requires_grad=True) for w in weights]
    w1, b1, w2, b2 = parameters

    def step():
        h = ops.sigmoid(x @ w1 + b1)
        y = ops.sigmoid(h @ w2 + b2)
        loss = ((y - target) ** 2).mean()
        loss.backward()
        with no_grad():
            for p in parameters:
                p -= rate * p.grad
                p.zero_grad()
        return loss

    return step
