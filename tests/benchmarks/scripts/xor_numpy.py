"""XOR from start to end with NumPy."""

import numpy as np

x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
y = np.array([[0], [1], [1], [0]], "float32")
random = np.random.default_rng()
w1 = random.uniform(-1.2, 1.2, (2, 2)).astype("float32")
w2 = random.uniform(-1.4, 1.4, (2, 1)).astype("float32")
b1, b2 = np.zeros(2, "float32"), np.zeros(1, "float32")
rate = np.float32(0.3)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for _ in range(2000):
    for i in random.permutation(4):
        x_i, y_i = x[i : i + 1], y[i : i + 1]
        h = sigmoid(x_i @ w1 + b1)
        out = sigmoid(h @ w2 + b2)
        dz2 = 2 * (out - y_i) * out * (1 - out)
        dz1 = dz2 @ w2.T * h * (1 - h)
        w2 -= rate * (h.T @ dz2)
        b2 -= rate * dz2[0]
        w1 -= rate * (x_i.T @ dz1)
        b1 -= rate * dz1[0]

print(*sigmoid(sigmoid(x @ w1 + b1) @ w2 + b2).ravel())
