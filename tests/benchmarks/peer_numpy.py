"""The same training in plain NumPy, written with care for speed: see README.md.

Shapes: B samples, I inputs and O outputs of a layer; w (I, O), b (O,), h and d (B, O).
"""

import numpy as np


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

    def set_weights(self, weights):
        self.flat[:] = np.concatenate([w.ravel() for w in weights])

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

    def step(self, x, y, batch):
        """One update; returns the sums of loss and of right answers over the batch."""
        if len(batch) not in self.buffers:      # made once for each batch size
            self.buffers[len(batch)] = [[np.empty((len(batch), n), "float32") for n in widths]
                                        for widths in (self.network.sizes, self.network.sizes)]
        h, d = self.buffers[len(batch)]
        np.take(x, batch, 0, h[0], "clip")      # with "clip", take writes to its `out` directly
        target = np.take(y, batch, 0, mode="clip")
        last = len(self.layers)
        for i, (w, b, _, _) in enumerate(self.layers, 1):
            np.dot(h[i - 1], w, h[i])
            h[i] += b
            activate(self.network.hidden if i < last else self.network.output, h[i])
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
    else:
        z -= z.max(1, keepdims=True)
        np.exp(z, z)
        z /= z.sum(1, keepdims=True)


def through(name, h, d):
    """Multiply d by the derivative of the activation whose output is h, in place."""
    if name == "relu":
        np.copyto(d, 0, where=h <= 0)
    else:
        d *= h
        d *= 1 - h
