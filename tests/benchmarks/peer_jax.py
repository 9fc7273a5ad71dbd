"""The same with JAX, the whole training as one compiled program: see README.md."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from .timing import loop

# Every call here is waited for: running it in the calling thread is then faster.
jax.config.update("jax_cpu_enable_async_dispatch", False)

ACTIVATIONS = {"relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid, "linear": lambda z: z,
               "softmax": jax.nn.softmax}


def version():
    import jaxlib
    return f"JAX {jax.__version__} (jaxlib {jaxlib.__version__}, XLA)"


class Training:
    def __init__(self, network):
        self.network = network
        weights = [jnp.asarray(w) for w in network.weights()]
        # what a step changes: parameters, moments, steps done
        zeros = [jnp.zeros_like(w) for w in weights]
        self.state = weights, zeros, [jnp.zeros_like(w) for w in weights], jnp.zeros((), "int32")
        self.data = {}
        self.random = np.random.default_rng()
        self.compiled = jax.jit(self._training, donate_argnums=0)
        self.compiled_forward = jax.jit(self._forward)
        self.compiled_predict = jax.jit(self._predict)

    def train(self, x, y, epochs, shuffle=True):
        """Lists of the epochs' means by name: "loss" and perhaps "accuracy"."""
        key = x.ctypes.data, len(x)
        if key not in self.data:        # made once, not timed
            self.data[key] = jnp.asarray(x), jnp.asarray(y)
        # NumPy shuffles faster than jax.random.permutation
        order = np.tile(np.arange(len(x), dtype="int32"), (epochs, 1))
        if shuffle and epochs > len(x):     # many short rows: all in one call
            self.random.permuted(order, axis=1, out=order)
        elif shuffle:
            for row in order:
                self.random.shuffle(row)
        self.state, totals = self.compiled(self.state, *self.data[key], order)
        loss, right = np.asarray(totals) / len(x)
        return {"loss": loss.tolist()} | (
            {"accuracy": right.tolist()} if self.network.accuracy else {})

    def _training(self, state, x, y, orders):
        size = self.network.batch_size
        full = orders.shape[1] // size

        def step(state, batch):
            return self._step(state, x.at[batch].get(mode="promise_in_bounds"),
                              y.at[batch].get(mode="promise_in_bounds"))

        def epoch(state, order):
            state, totals = jax.lax.scan(step, state, order[: full * size].reshape(full, size))
            totals = [total.sum() for total in totals]
            if full * size < len(order):
                state, rest = step(state, order[full * size :])
                totals = [total + more for total, more in zip(totals, rest, strict=True)]
            return state, totals

        return jax.lax.scan(epoch, state, orders)

    def _step(self, state, x, target):
        """One update; the sums of loss and of right answers over the batch."""
        weights, m, v, t = state
        (loss, z), grads = jax.value_and_grad(self._loss, has_aux=True)(weights, x, target)
        t = t + 1
        changed = [getattr(self, "_" + self.network.optimizer)(*state, t)
                   for state in zip(weights, grads, m, v, strict=True)]
        right = 0.0
        if self.network.accuracy:
            right = (((z > 0) == (target > 0.5)) if z.shape[1] == 1 else
                     z.argmax(1) == target.argmax(1)).sum().astype("float32")
        return (*map(list, zip(*changed, strict=True)), t), (loss * len(x), right)

    def _loss(self, weights, x, target):
        z, kind = self._logits(weights, x), self.network.loss
        if kind == "categorical_crossentropy":
            losses = -(target * jax.nn.log_softmax(z)).sum(1)
        elif kind == "binary_crossentropy":
            losses = jax.nn.softplus(z) - target * z
        else:
            losses = (ACTIVATIONS[self.network.output](z) - target) ** 2
        return losses.mean(), z

    def _logits(self, weights, x):
        last = len(weights) - 2
        for i in range(0, len(weights), 2):
            x = x @ weights[i] + weights[i + 1]
            if i < last:
                x = ACTIVATIONS[self.network.hidden](x)
        return x

    def _sgd(self, w, g, m, v, t):
        return w - self.network.learning_rate * g, m, v

    def _adam(self, w, g, m, v, t):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        t = t.astype("float32")
        alpha = self.network.learning_rate * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        return w - alpha * m / (jnp.sqrt(v) + 1e-7), m, v

    def _rmsprop(self, w, g, m, v, t):
        v = 0.9 * v + 0.1 * g * g
        return w - self.network.learning_rate * g / jnp.sqrt(v + 1e-7), m, v

    def _forward(self, weights, x):
        return ACTIVATIONS[self.network.output](self._logits(weights, x))

    def _predict(self, weights, x):
        full = len(x) // 32
        y = jax.lax.map(partial(self._forward, weights), x[: full * 32].reshape(full, 32, -1))
        y = y.reshape(full * 32, -1)
        return jnp.concatenate([y, self._forward(weights, x[full * 32 :])])

    def predict(self, x):
        return np.asarray(self.compiled_predict(self.state[0], x))

    def call(self, x):
        """A function of no arguments that runs the model on x, from array to array of JAX."""
        x = jnp.asarray(x)
        return lambda: self.compiled_forward(self.state[0], x).block_until_ready()

    def call_on_array(self, x):
        """The same from NumPy's array to NumPy's."""
        return lambda: np.asarray(self.compiled_forward(self.state[0], x))


@partial(jax.jit, static_argnums=0)
def product(kind, a, b):
    return jnp.dot(a.T if kind == "aᵀ·b" else a, b.T if kind == "a·bᵀ" else b)


def matmul(kind, a, b):
    """(repeat, result): ``repeat(n)`` does n products, each into a new array."""
    jax.config.update("jax_enable_x64", a.dtype == np.float64)
    a, b = jnp.asarray(a), jnp.asarray(b)
    return (loop(lambda: product(kind, a, b).block_until_ready()),
            np.asarray(product(kind, a, b)))


def call_matmul(a, b):
    """A function of no arguments that does a product from Python."""
    return lambda: product("a·b", a, b).block_until_ready()
