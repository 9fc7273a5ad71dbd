"""Training that is saved, loaded in another process and continued gives the same bits."""

import json
import subprocess
import sys

import numpy as np
import pytest

from autograd_mlp import Input, Sequential, callbacks, layers, optimizers, random

pytest.importorskip("h5py")

CONTINUE = """
import json, sys
import numpy as np
from autograd_mlp import models, random
model = models.load_model(sys.argv[1])
with open(sys.argv[2]) as file:
    random.set_state(json.load(file))
data = np.load(sys.argv[3])
history = model.fit(data["x"], data["y"], epochs=6, initial_epoch=3, batch_size=16, verbose=0)
np.savez(sys.argv[4], *model.get_weights(), *[v.numpy() for v in model.optimizer.variables])
print(json.dumps(history.history))
"""


OPTIMIZERS = {
    "adam": lambda: "adam",
    "momentum": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "accumulation": lambda: optimizers.RMSprop(0.01, gradient_accumulation_steps=3),
    "everything": lambda: optimizers.Adam(
        optimizers.schedules.CosineDecay(0.05, 40), amsgrad=True, weight_decay=0.01,
        global_clipnorm=1.0, use_ema=True, ema_overwrite_frequency=5),
}


@pytest.mark.parametrize("name, optimizer", [
    *(("model.keras", optimizer) for optimizer in OPTIMIZERS), ("model.h5", "adam")])
@pytest.mark.filterwarnings("ignore:.*legacy")
def test_uninterrupted_and_resumed(tmp_path, name, optimizer):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(100, 5)).astype("f4"), rng.integers(3, size=100)

    random.set_random_seed(3)
    model = Sequential([Input((5,)), layers.Dense(8, activation="relu", kernel_regularizer="l2"),
                        layers.BatchNormalization(),
                        layers.Dropout(0.0 if name == "model.h5" else 0.3),  # .h5 has no seeds
                        layers.Dense(3, activation="softmax")])
    model.compile(OPTIMIZERS[optimizer](), "sparse_categorical_crossentropy",
                  metrics=["accuracy"])
    state = random.get_state()
    save = callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: epoch == 2 and model.save(tmp_path / name))
    expected = model.fit(x, y, epochs=6, batch_size=16, verbose=0, callbacks=[save]).history
    (tmp_path / "state.json").write_text(json.dumps(state))
    np.savez(tmp_path / "data.npz", x=x, y=y)
    names = [str(tmp_path / part) for part in (name, "state.json", "data.npz", "result.npz")]
    done = subprocess.run([sys.executable, "-c", CONTINUE, *names], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {key: values[3:] for key, values in expected.items()}
    with np.load(tmp_path / "result.npz") as found:
        for array, w in zip(found.values(), [*model.weights, *model.optimizer.variables],
                            strict=True):
            assert np.array_equal(array, w)
