"""Every update once more, as the papers print it, in NumPy only.

Each takes a weight w, its gradient g, a dict s that keeps state, the number t of the step (from 1)
and the learning rate; it returns the new weight.
"""

import numpy as np


def sgd(w, g, s, t, rate=0.01):
    return w - rate * g


def momentum(w, g, s, t, rate=0.01, momentum=0.9, nesterov=False):
    s["m"] = momentum * s.get("m", 0) - rate * g
    return w + momentum * s["m"] - rate * g if nesterov else w + s["m"]


def lion(w, g, s, t, rate=0.001, beta_1=0.9, beta_2=0.99):
    m = s.get("m", 0)
    s["m"] = beta_2 * m + (1 - beta_2) * g
    return w - rate * np.sign(beta_1 * m + (1 - beta_1) * g)


def adagrad(w, g, s, t, rate=0.001, start=0.1, epsilon=1e-7, legacy=False):
    s["G"] = s.get("G", start) + g**2
    return w - rate * g / (np.sqrt(s["G"]) + epsilon if legacy else np.sqrt(s["G"] + epsilon))


def adadelta(w, g, s, t, rate=0.001, rho=0.95, epsilon=1e-7):
    s["G"] = rho * s.get("G", 0) + (1 - rho) * g**2
    delta = -g * np.sqrt(s.get("D", 0) + epsilon) / np.sqrt(s["G"] + epsilon)
    s["D"] = rho * s.get("D", 0) + (1 - rho) * delta**2
    return w + rate * delta


def rmsprop(w, g, s, t, rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False,
            legacy=False):
    v = s["v"] = rho * s.get("v", 0) + (1 - rho) * g**2
    if centered:
        s["a"] = rho * s.get("a", 0) + (1 - rho) * g
        v = v - s["a"]**2
    outside = legacy and not momentum
    step = rate * g / (np.sqrt(v) + epsilon if outside else np.sqrt(v + epsilon))
    s["m"] = momentum * s.get("m", 0) + step
    return w - s["m"]


def adam(w, g, s, t, rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, decay=0.0):
    w = w * (1 - rate * decay)
    s["m"] = beta_1 * s.get("m", 0) + (1 - beta_1) * g
    s["v"] = beta_2 * s.get("v", 0) + (1 - beta_2) * g**2
    s["largest"] = np.maximum(s.get("largest", 0), s["v"])
    alpha = rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    return w - alpha * s["m"] / (np.sqrt(s["largest"] if amsgrad else s["v"]) + epsilon)


def adamax(w, g, s, t, rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    s["m"] = beta_1 * s.get("m", 0) + (1 - beta_1) * g
    s["u"] = np.maximum(beta_2 * s.get("u", 0), abs(g))
    return w - rate / (1 - beta_1**t) * s["m"] / (s["u"] + epsilon)


def nadam(w, g, s, t, rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, schedule_decay=1.0):
    now, later = (beta_1 * (1 - 0.5 * 0.96 ** (schedule_decay * k)) for k in (t, t + 1))
    s["m"] = beta_1 * s.get("m", 0) + (1 - beta_1) * g
    s["v"] = beta_2 * s.get("v", 0) + (1 - beta_2) * g**2
    s["product"] = s.get("product", 1) * now
    ahead = later * s["m"] / (1 - s["product"] * later) + (1 - now) * g / (1 - s["product"])
    return w - rate * ahead / (np.sqrt(s["v"] / (1 - beta_2**t)) + epsilon)


def ftrl(w, g, s, t, rate=0.001, power=-0.5, start=0.1, l1=0.0, l2=0.0, shrinkage=0.0, beta=0.0):
    before = s.get("N", start)
    after = s["N"] = before + g**2
    sigma = (after**-power - before**-power) / rate
    s["z"] = s.get("z", 0) + g + 2 * shrinkage * w - sigma * w
    size = after**-power / rate + 2 * l2 + beta / rate
    return np.where(abs(s["z"]) > l1, (np.sign(s["z"]) * l1 - s["z"]) / size, 0)
