"""Fixtures of the tests of pictures: no window opens, and no figure is left behind."""

import numpy as np
import pytest

import autograd_mlp as keras


@pytest.fixture(autouse=True)
def figures():
    """Draws without a screen, and closes what was drawn."""
    matplotlib = pytest.importorskip("matplotlib",
                                     reason="pictures need matplotlib (extra: plot)")
    before = matplotlib.get_backend()
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.close("all")
    yield plt
    plt.close("all")
    matplotlib.use(before)


@pytest.fixture
def xor():
    """A 2-3-1 network, its four samples and their targets."""
    keras.set_random_seed(3)
    model = keras.Sequential([
        keras.Input((2,)),
        keras.layers.Dense(3, activation="tanh", name="hidden"),
        keras.layers.Dense(1, activation="sigmoid", name="output"),
    ])
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    return model, *keras.datasets.xor.load_data()


@pytest.fixture(params=["float32", "float64"])
def three_classes(request):
    """A 2-6-3 network of either dtype, 90 samples and the numbers of their classes."""
    random = np.random.default_rng(0)
    x = np.concatenate([random.normal(c, 0.6, (30, 2)) for c in [(0, 0), (2, 0), (1, 2)]])
    keras.set_random_seed(4)
    model = keras.Sequential([
        keras.Input((2,)),
        keras.layers.Dense(6, activation="relu", dtype=request.param),
        keras.layers.Dense(3, activation="softmax", dtype=request.param),
    ])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, x.astype(request.param), np.repeat([0, 1, 2], 30)


@pytest.fixture
def untouched():
    """``untouched(model)`` notes all there is of a model; calling what it returns compares."""
    return note


def note(model):
    """A function that asserts that the model is as it is now, bit for bit."""
    before = _state(model)

    def compare():
        after = _state(model)
        assert after.keys() == before.keys()
        for name, value in before.items():
            assert after[name] == value, f"{name} was changed"

    return compare


def _state(model):
    state = {"random": repr(keras.random.get_state()), "numpy": repr(np.random.get_state()),  # noqa: NPY002
             "optimizer": id(model.optimizer), "built": getattr(model.optimizer, "built", None),
             "history": id(model.history), "stopped": model.stop_training,
             "metrics": [id(metric) for metric in model.metrics]}
    optimizer = model.optimizer.variables if model.optimizer is not None else []
    for kind, variables in (("weight", model.variables), ("state", optimizer),
                            ("metric", model.metrics_variables)):
        for i, variable in enumerate(variables):
            gradient = variable.grad
            state[f"{kind} {i}"] = (id(variable), variable.numpy().tobytes(), variable.trainable)
            state[f"gradient of {kind} {i}"] = (
                None if gradient is None else gradient.numpy().tobytes())
    return state
