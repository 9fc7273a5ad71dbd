"""Training that is saved, loaded in another process and continued gives the same bits."""

import json
import subprocess
import sys

import numpy as np
import pytest

from autograd_mlp import Input, Sequential, layers, random

pytest.importorskip("h5py")

CONTINUE = """
import json, sys
import numpy as np
from autograd_mlp import models, random
model = models.load_model(sys.argv[1])
with open(sys.argv[2]) as file:
    random.generator().bit_generator.state = json.load(file)
data = np.load(sys.argv[3])
history = model.fit(data["x"], data["y"], epochs=6, initial_epoch=3, batch_size=16, verbose=0)
np.savez(sys.argv[4], *model.get_weights(), *[v.numpy() for v in model.optimizer.variables])
print(json.dumps(history.history))
"""


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
@pytest.mark.filterwarnings("ignore:.*legacy")
def test_uninterrupted_and_resumed(tmp_path, name, optimizer):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(100, 5)).astype("f4"), rng.integers(3, size=100)

    def network():
        random.set_random_seed(3)
        model = Sequential([Input((5,)), layers.Dense(8, activation="relu",
                                                      kernel_regularizer="l2"),
                            layers.Dense(3, activation="softmax")])
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    whole = network()
    expected = whole.fit(x, y, epochs=6, batch_size=16, verbose=0).history
    half = network()
    state = random.generator().bit_generator.state
    first = half.fit(x, y, epochs=3, batch_size=16, verbose=0).history
    half.save(tmp_path / name)
    (tmp_path / "state.json").write_text(json.dumps(state))
    np.savez(tmp_path / "data.npz", x=x, y=y)
    names = [str(tmp_path / part) for part in (name, "state.json", "data.npz", "result.npz")]
    done = subprocess.run([sys.executable, "-c", CONTINUE, *names], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    second = json.loads(done.stdout)
    assert {key: first[key] + second[key] for key in first} == expected
    with np.load(tmp_path / "result.npz") as found:
        for array, w in zip(found.values(), [*whole.weights, *whole.optimizer.variables],
                            strict=True):
            assert np.array_equal(array, w)
