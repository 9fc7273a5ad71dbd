"""The same in plain NumPy, written with care for speed: see README.md.

Shapes: B samples, I inputs and O outputs of a layer; w (I, O), b (O,), h and d (B, O).
"""

import numpy as np

from .timing import loop


def version():
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"NumPy {np.__version__} ({blas['name']} {blas['version']})"


class Training:
    def __init__(self, network):
        self.network, self.steps, self.buffers = network, 0, {}
        pairs = list(zip(network.sizes, network.sizes[1:], strict=False))
        # All parameters in one array, their gradients in another; layers see them as views.
        self.flat, self.dflat, self.scratch, self.m, self.v = np.zeros(
            (5, sum((i + 1) * o for i, o in pairs)), "float32")
        self.layers, at = [], 0
        for i, o in pairs:
            middle, end = at + i * o, at + (i + 1) * o
            self.layers.append([part for flat in (self.flat, self.dflat)
                                for part in (flat[at:middle].reshape(i, o), flat[middle:end])])
            at = end
        self.random = np.random.default_rng()
        self.update = getattr(self, "_" + network.optimizer)
        self.flat[:] = np.concatenate([w.ravel() for w in network.weights()])

    def train(self, x, y, epochs, shuffle=True):
        """Lists of the epochs' means by name: "loss" and perhaps "accuracy"."""
        samples, size = len(x), self.network.batch_size
        history = {"loss": [], "accuracy": []} if self.network.accuracy else {"loss": []}
        np.seterr(over="ignore")        # exp of a large number in sigmoid: 1/(1 + ∞) = 0 is right
        for _ in range(epochs):
            order = self.random.permutation(samples) if shuffle else np.arange(samples)
            loss = right = 0.0
            for start in range(0, samples, size):
                step_loss, step_right = self.step(x, y, order[start : start + size])
                loss += step_loss
                right += step_right
            for mean, total in zip(history.values(), (loss, right), strict=False):
                mean.append(total / samples)
        return history

    def predict(self, x):
        outputs = np.empty((len(x), self.network.sizes[-1]), "float32")
        for start in range(0, len(x), 32):
            h = self._buffers(len(x[start : start + 32]))[0]
            self._forward(x[start : start + 32], h)
            outputs[start : start + 32] = h[-1]
        return outputs

    def call(self, x):
        """A function of no arguments that runs the model on x."""
        h = self._buffers(len(x))[0]

        def call():
            self._forward(x, h)
            return h[-1]
        return call

    call_on_array = call

    def _buffers(self, size):
        """Activations h and gradients d of every layer, made once for each batch size."""
        if size not in self.buffers:
            self.buffers[size] = [[np.empty((size, n), "float32") for n in widths]
                                  for widths in (self.network.sizes, self.network.sizes)]
        return self.buffers[size]

    def _forward(self, x, h):
        last = len(self.layers)
        for i, (w, b, _, _) in enumerate(self.layers, 1):
            np.dot(h[i - 1] if i > 1 else x, w, h[i])
            h[i] += b
            activate(self.network.hidden if i < last else self.network.output, h[i])

    def step(self, x, y, batch):
        """One update; returns the sums of loss and of right answers over the batch."""
        h, d = self._buffers(len(batch))
        np.take(x, batch, 0, h[0], "clip")      # with "clip", take writes to its `out` directly
        target = np.take(y, batch, 0, mode="clip")
        self._forward(h[0], h)
        last = len(self.layers)
        right = self._right(h[last], target) if self.network.accuracy else 0
        loss = self._loss(h[last], target, d[last])
        for i in range(last, 0, -1):
            w, _, dw, db = self.layers[i - 1]
            np.dot(h[i - 1].T, d[i], dw)
            np.add.reduce(d[i], 0, None, db)
            if i > 1:
                np.dot(d[i], w.T, d[i - 1])
                through(self.network.hidden, h[i - 1], d[i - 1])
        self.update(self.flat, self.dflat, self.scratch)
        return loss, right

    def _right(self, out, target):
        if out.shape[1] == 1:
            return np.count_nonzero((out > 0.5) == target)
        return np.count_nonzero(out.argmax(1) == target.argmax(1))

    def _loss(self, out, target, d):
        """The summed loss; writes the gradient of the mean loss before the activation to d."""
        np.subtract(out, target, d)
        if self.network.loss == "mean_squared_error":
            loss = np.vdot(d, d) / out.shape[1]
            d *= 2 / out.size
            through(self.network.output, out, d)
            return loss
        d *= 1 / len(out)       # cross-entropy after sigmoid or softmax: (out − target) / B
        if self.network.loss == "categorical_crossentropy":
            return -np.vdot(target, np.log(np.maximum(out, 1e-7)))
        p = np.clip(out, 1e-7, 1 - 1e-7)
        np.copyto(d, 0, where=p != out)         # as in Keras, none gets through where it clips
        return -np.log(np.where(target, p, 1 - p)).sum()

    def _sgd(self, w, dw, scratch):
        dw *= self.network.learning_rate
        w -= dw

    def _adam(self, w, dw, scratch):
        self.steps += 1
        alpha = self.network.learning_rate * (1 - 0.999**self.steps) ** 0.5 / (1 - 0.9**self.steps)
        self.m *= 0.9
        self.m += np.multiply(dw, 0.1, scratch)
        dw *= dw
        dw *= 0.001
        self.v *= 0.999
        self.v += dw
        np.sqrt(self.v, scratch)
        scratch += 1e-7
        np.divide(self.m, scratch, scratch)
        scratch *= alpha
        w -= scratch

    def _rmsprop(self, w, dw, scratch):
        self.v *= 0.9
        np.multiply(dw, dw, scratch)
        scratch *= 0.1
        self.v += scratch
        np.add(self.v, 1e-7, scratch)
        np.sqrt(scratch, scratch)
        np.divide(dw, scratch, scratch)
        scratch *= self.network.learning_rate
        w -= scratch


def activate(name, z):
    """The activation, in place."""
    if name == "relu":
        np.maximum(z, 0, z)
    elif name == "sigmoid":
        np.negative(z, z)
        np.exp(z, z)
        z += 1
        np.reciprocal(z, z)
    elif name == "softmax":
        z -= z.max(1, keepdims=True)
        np.exp(z, z)
        z /= z.sum(1, keepdims=True)


def through(name, h, d):
    """Multiply d by the derivative of the activation whose output is h, in place."""
    if name == "relu":
        np.copyto(d, 0, where=h <= 0)
    elif name == "sigmoid":
        d *= h
        d *= 1 - h


def matmul(kind, a, b):
    """(repeat, result): ``repeat(n)`` does n products into one array."""
    a, b = a.T if kind == "aᵀ·b" else a, b.T if kind == "a·bᵀ" else b
    out = np.empty((a.shape[0], b.shape[1]), a.dtype)
    return loop(lambda: np.dot(a, b, out)), out


def call_matmul(a, b):
    """A function of no arguments that does a product from Python."""
    return lambda: a @ b


def eager_step(x, target, weights, rate):
    """A learner's own loop: a function that does one step, returning the loss."""
    w1, b1, w2, b2 = (w.copy() for w in weights)

    def step():
        nonlocal w1, b1, w2, b2
        h = 1 / (1 + np.exp(-(x @ w1 + b1)))
        y = 1 / (1 + np.exp(-(h @ w2 + b2)))
        loss = ((y - target) ** 2).mean()
        dz2 = 2 / y.size * (y - target) * y * (1 - y)
        dz1 = dz2 @ w2.T * h * (1 - h)
        w2 -= rate * (h.T @ dz2)
        b2 -= rate * dz2.sum(0)
        w1 -= rate * (x.T @ dz1)
        b1 -= rate * dz1.sum(0)
        return loss

    return step


# ---- activations: y = f(x) and dx = dy · f′(x), each into an array that is there ----------------

SELU_SCALE, SELU_ALPHA = np.float32(1.0507009873554805), np.float32(1.6732632423543772)


class Activation:
    """Forward and backward of one activation, with the arrays that they write."""

    def __init__(self, name, x, dy):
        self.x, self.dy = x, dy
        self.y, self.dx, self.scratch = (np.empty_like(x) for _ in range(3))
        self.row = np.empty((*x.shape[:-1], 1), x.dtype)
        self.mask = np.empty(x.shape, bool)
        self.forward, self.backward = (getattr(self, name + way) for way in ("", "_backward"))

    def copy(self):             # no activation: the least that memory takes
        np.copyto(self.y, self.x)

    copy_backward = copy

    def exp(self):
        np.exp(self.x, self.y)

    def exp_backward(self):
        np.multiply(self.dy, self.y, self.dx)

    def sigmoid(self, out=None):
        y = self.y if out is None else out
        np.negative(self.x, y)
        np.exp(y, y)
        y += 1
        np.reciprocal(y, y)

    def sigmoid_backward(self):
        np.subtract(1, self.y, self.dx)
        self.dx *= self.y
        self.dx *= self.dy

    def tanh(self):
        np.tanh(self.x, self.y)

    def tanh_backward(self):
        np.multiply(self.y, self.y, self.dx)
        np.subtract(1, self.dx, self.dx)
        self.dx *= self.dy

    def relu(self):
        np.maximum(self.x, 0, self.y)

    def relu_backward(self):
        np.greater(self.y, 0, self.mask)
        np.multiply(self.dy, self.mask, self.dx)

    def selu(self):
        np.minimum(self.x, 0, self.y)
        np.expm1(self.y, self.y)
        self.y *= SELU_ALPHA
        np.maximum(self.x, 0, self.scratch)
        self.y += self.scratch
        self.y *= SELU_SCALE

    def selu_backward(self):
        np.add(self.y, SELU_SCALE * SELU_ALPHA, self.dx)
        np.copyto(self.dx, SELU_SCALE, where=np.greater(self.x, 0, self.mask))
        self.dx *= self.dy

    def softplus(self):
        np.abs(self.x, self.y)
        np.negative(self.y, self.y)
        np.exp(self.y, self.y)
        np.log1p(self.y, self.y)
        np.maximum(self.x, 0, self.scratch)
        self.y += self.scratch

    def softplus_backward(self):
        self.sigmoid(self.dx)
        self.dx *= self.dy

    def softmax(self):
        np.max(self.x, -1, self.row, keepdims=True)
        np.subtract(self.x, self.row, self.y)
        np.exp(self.y, self.y)
        np.sum(self.y, -1, None, self.row, keepdims=True)
        self.y /= self.row

    def softmax_backward(self):
        np.multiply(self.dy, self.y, self.scratch)
        np.sum(self.scratch, -1, None, self.row, keepdims=True)
        np.subtract(self.dy, self.row, self.dx)
        self.dx *= self.y


def activation(name, x, dy):
    """(repeat forward, repeat backward, y, dx)"""
    a = Activation(name, x, dy)
    a.forward()
    a.backward()
    return loop(a.forward), loop(a.backward), a.y, a.dx
