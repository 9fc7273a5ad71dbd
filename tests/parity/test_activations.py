"""Every activation of Keras against ours, over the whole range of numbers."""

import numpy as np
import pytest

import autograd_mlp
from tests.parity import assert_same, import_keras

keras = import_keras()

NAMES = sorted(name for name, found in vars(keras.activations).items()
               if callable(found) and not name.startswith("_")
               and name not in ("get", "serialize", "deserialize"))
X = np.concatenate([np.linspace(-6, 6, 121), [-1e4, -90.0, -20.0, 20.0, 90.0, 1e4]])


@pytest.mark.parametrize("name", NAMES)
def test_values(name):
    x = X[None].astype(np.float32)
    assert_same(autograd_mlp.activations.get(name)(x), keras.activations.get(name)(x))
