"""Every message that a learner meets, in full.

A *situation* is a function that does something wrong with a library `k`, this one or Keras; its
docstring is what this library says then, the type in front.  Warnings are quoted in the same way.
Of the situations marked ``as_keras`` the type and the first line are compared with those of Keras
in ``tests/parity/test_errors.py``.  ``FOLDER`` stands for a folder of the test.
"""

import inspect
import warnings

import numpy as np
import pytest

import autograd_mlp

rng = np.random.default_rng(0)
X = rng.normal(size=(10, 8)).astype("float32")      # ten samples of eight numbers
Y = np.array([0, 1] * 5)                            # their classes
IMAGES = rng.random((10, 28, 28)).astype("float32")
DIGITS = np.arange(10)


def pima(k, units=1, activation="sigmoid", loss="binary_crossentropy", inputs=8, **settings):
    """The network of the tutorials: 8-12-1 with the names pima, hidden and output."""
    model = k.Sequential([
        k.Input((inputs,)),
        k.layers.Dense(12, activation="relu", name="hidden"),
        k.layers.Dense(units, activation=activation, name="output"),
    ], name="pima")
    model.compile("adam", loss, **settings)
    return model


def said(situation, k, folder):
    """What library `k` says: types and texts of the warnings, then of the error."""
    k.backend.clear_session()
    texts = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", DeprecationWarning)     # Keras's own, of NumPy
        try:
            situation(k, folder)
        except Exception as error:
            texts.append(f"{type(error).__name__}: {error}")
    texts[:0] = [f"{warning.category.__name__}: {warning.message}" for warning in caught]
    return "\n".join(texts).replace(str(folder), "FOLDER")


class Situations(list):
    """The situations of a file; a decorator that adds one."""

    def __call__(self, function):
        self.append(function)
        function.as_keras = False
        return function

    def as_keras(self, function):
        """Add one whose type and first line are Keras's."""
        self(function).as_keras = True
        return function

    def test(self):
        """A test of each."""

        @pytest.mark.parametrize("situation", self, ids=lambda function: function.__name__)
        def test_message(situation, tmp_path):
            assert said(situation, autograd_mlp, tmp_path) == inspect.cleandoc(situation.__doc__)

        return test_message
