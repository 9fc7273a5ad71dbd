"""XOR from start to end with Keras."""

import keras
import numpy as np

x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
y = np.array([[0], [1], [1], [0]], "float32")
model = keras.Sequential([
    keras.Input(shape=(2,)),
    keras.layers.Dense(2, activation="sigmoid"),
    keras.layers.Dense(1, activation="sigmoid"),
])
model.compile(loss="mean_squared_error", optimizer=keras.optimizers.SGD(learning_rate=0.3))
model.fit(x, y, batch_size=1, epochs=2000, verbose=0)
print(*model.predict(x, verbose=0).ravel())
