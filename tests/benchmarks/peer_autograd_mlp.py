"""The training with autograd_mlp, as a user writes it."""

import autograd_mlp as keras

OPTIMIZERS = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam,
              "rmsprop": keras.optimizers.RMSprop}


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

    def get_weights(self):
        return self.model.get_weights()

    def set_weights(self, weights):
        self.model.set_weights(weights)

    def train(self, x, y, epochs, shuffle=True):
        """Lists of the epochs' means by name: "loss" and perhaps "accuracy"."""
        return self.model.fit(x, y, batch_size=self.network.batch_size, epochs=epochs,
                              shuffle=shuffle, verbose=0).history
