"""The same with Keras on its JAX backend, as a user writes it."""

import keras
import numpy as np

OPTIMIZERS = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam,
              "rmsprop": keras.optimizers.RMSprop}


def version():
    return f"Keras {keras.__version__} ({keras.backend.backend()})"


class Training:
    def __init__(self, network):
        self.network = network
        inputs, *hidden, outputs = network.sizes
        self.model = keras.Sequential([
            keras.Input(shape=(inputs,)),
            *(keras.layers.Dense(units, activation=network.hidden) for units in hidden),
            keras.layers.Dense(outputs, activation=network.output),
        ])
        self.model.compile(loss=network.loss,
                           optimizer=OPTIMIZERS[network.optimizer](network.learning_rate),
                           metrics=["accuracy"] if network.accuracy else [])
        self.model.set_weights(network.weights())

    def train(self, x, y, epochs, shuffle=True):
        """Lists of the epochs' means by name: "loss" and perhaps "accuracy"."""
        return self.model.fit(x, y, batch_size=self.network.batch_size, epochs=epochs,
                              shuffle=shuffle, verbose=0).history

    def predict(self, x):
        return self.model.predict(x, batch_size=32, verbose=0)

    def call(self, x):
        """A function of no arguments that runs the model on x, from tensor to tensor."""
        x = keras.ops.convert_to_tensor(x)
        return lambda: np.asarray(self.model(x))

    def call_on_array(self, x):
        """The same from array to array."""
        return lambda: self.model.predict(x, verbose=0)
