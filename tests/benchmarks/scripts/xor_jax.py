"""XOR from start to end with JAX, the whole training compiled."""

import jax
import jax.numpy as jnp
import numpy as np

x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
y = np.array([[0], [1], [1], [0]], "float32")
random = np.random.default_rng()
weights = [random.uniform(-1.2, 1.2, (2, 2)).astype("float32"), np.zeros(2, "float32"),
           random.uniform(-1.4, 1.4, (2, 1)).astype("float32"), np.zeros(1, "float32")]


def model(weights, x):
    w1, b1, w2, b2 = weights
    return jax.nn.sigmoid(jax.nn.sigmoid(x @ w1 + b1) @ w2 + b2)


def loss(weights, x, y):
    return jnp.mean((model(weights, x) - y) ** 2)


@jax.jit
def train(weights, x, y, order):
    def step(weights, i):
        grads = jax.grad(loss)(weights, x[i][None], y[i][None])
        return [w - 0.3 * g for w, g in zip(weights, grads, strict=True)], None

    return jax.lax.scan(step, weights, order)[0]


order = random.permuted(np.tile(np.arange(4, dtype="int32"), (2000, 1)), axis=1)
weights = train(weights, x, y, order.ravel())
print(*np.asarray(model(weights, x)).ravel())
