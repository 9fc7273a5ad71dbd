"""No picture changes the model that it is of: not a bit, and not the version of a weight."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import plotting

X = np.random.default_rng(0).normal(size=(24, 2)).astype("float32")
Y = (X[:, :1] * X[:, 1:] > 0).astype("float32")

PICTURES = {
    "activations": lambda m: plotting.ActivationsDisplay.from_model(m, X, training=True),
    "confusion matrix": lambda m: plotting.ConfusionMatrixDisplay.from_model(m, X, Y),
    "decision boundary": lambda m: plotting.DecisionBoundaryDisplay.from_model(
        m, X, Y, resolution=20),
    "gradient flow": lambda m: plotting.GradientFlowDisplay.from_model(m, X, Y, training=True),
    "history": lambda m: plotting.HistoryDisplay.from_history(m),
    "learning rate": lambda m: plotting.LearningRateDisplay.from_model(m, X, Y, steps=8),
    "loss surface": lambda m: plotting.LossSurfaceDisplay.from_model(m, X, Y, resolution=3),
    "misclassified": lambda m: plotting.MisclassifiedDisplay.from_model(m, X, Y),
    "optimizers": lambda m: plotting.LossSurfaceDisplay.from_optimizers(
        m, X, Y, {"a": "adam", "b": "sgd"}, epochs=3, shuffle=True, resolution=2),
    "other loss": lambda m: plotting.GradientFlowDisplay.from_model(m, X, Y, loss="mae"),
    "weights": lambda m: plotting.WeightsDisplay.from_model(m, X, Y, layer="last", training=True),
}


@pytest.fixture(scope="module")
def trained():
    """A model with everything that could move: dropout, running means, moments, a schedule."""
    keras.set_random_seed(5)
    model = keras.Sequential([
        keras.Input((2,)),
        keras.layers.Dense(6, activation="relu", activity_regularizer="l2"),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(1, activation="sigmoid", kernel_constraint="non_neg", name="last"),
    ])
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.01, 100),
                                        use_ema=True),
                  "binary_crossentropy", metrics=["accuracy", "auc"])
    model.fit(X, Y, epochs=3, verbose=0)
    return model


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_leaves_the_model_as_it_was(trained, untouched, name):
    for weight in trained.trainable_weights:
        weight.grad = np.full(weight.shape, 0.25)
    loss = keras.losses.MeanSquaredError()(Y, trained(X))       # a graph of the user's own
    same = untouched(trained)
    PICTURES[name](trained)
    same()
    loss.backward()     # raises if a value that it needs was written to
    assert all((weight.grad.numpy() != 0.25).any() for weight in trained.trainable_weights)


def test_training_goes_on_as_if_nothing_had_been_drawn():
    def train(draw):
        keras.set_random_seed(1)
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, activation="tanh"),
                                  keras.layers.Dropout(0.5),
                                  keras.layers.Dense(1, activation="sigmoid")])
        model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
        model.fit(X, Y, epochs=2, verbose=0)
        if draw:
            for picture in ("activations", "gradient flow", "learning rate", "loss surface",
                            "decision boundary", "optimizers"):
                PICTURES[picture](model)
        model.fit(X, Y, epochs=2, verbose=0)
        return [w.tobytes() for w in model.get_weights()]

    assert train(draw=True) == train(draw=False)
