"""The networks that tutorials teach, written once more in the spellings they use, run as scripts.

The figures are those that the tutorials show.  `test_pages.py` runs the pages themselves, where
they are at hand.
"""

import ast

import numpy as np
import pytest

from tests.faces.running import output, run
from tests.tutorials import once

WITHOUT_WARNING = "import warnings\nwarnings.simplefilter('ignore', DeprecationWarning)\n"


def last(text):
    return ast.literal_eval(text.strip().splitlines()[-1])


def test_pima_with_old_spellings(pima_home, tmp_path):
    path = pima_home / "datasets" / "pima-indians-diabetes.csv"
    text = output(tmp_path, WITHOUT_WARNING + f"""
import numpy
from keras.models import Sequential
from keras.layers.core import Dense
from keras.utils import set_random_seed
set_random_seed(7)
data = numpy.loadtxt({str(path)!r}, delimiter=",")
X, Y = data[:, 0:8], data[:, 8]
model = Sequential()
model.add(Dense(12, input_dim=8, init='uniform', activation='relu'))
model.add(Dense(8, init='uniform', activation='relu'))
model.add(Dense(1, init='uniform', activation='sigmoid'))
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(X, Y, nb_epoch=150, batch_size=10, verbose=0)
scores = model.evaluate(X, Y)
print("%s: %.2f%%" % (model.metrics_names[1], scores[1] * 100))
predictions = model.predict(X)
rounded = [round(x[0]) for x in predictions]
print([model.metrics_names[1], scores[1], rounded])
""")
    name, accuracy, rounded = last(text)
    assert f"accuracy: {100 * accuracy:.2f}%" in text
    assert name == "accuracy" and 0.70 < accuracy < 0.82
    assert len(rounded) == 768 and set(rounded) == {0, 1}


def test_what_a_script_imports_at_its_top_is_named_if_missing(tmp_path):
    result = run(tmp_path, "from keras.models import Sequential\n"
                           "from keras.layers import Dense, Conv2D, MaxPooling2D\n")
    assert result.returncode == 1
    assert "ImportError" in result.stderr and "Conv2D" in result.stderr.splitlines()[-1]


def test_xor_with_two_hidden_neurons(tmp_path):
    predicted = last(output(tmp_path, WITHOUT_WARNING + """
import numpy as np
import tensorflow as tf
from tensorflow import keras
keras.utils.set_random_seed(5)
model = tf.keras.models.Sequential()
model.add(tf.keras.layers.Dense(units=2, input_shape=(2,), activation='sigmoid'))
model.add(tf.keras.layers.Dense(units=1, activation='sigmoid'))
model.compile(loss='mean_squared_error', optimizer=keras.optimizers.SGD(lr=0.3))
x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
model.fit(x, np.array([0, 1, 1, 0]), batch_size=1, epochs=10000, verbose=0)
print(model.predict(x, verbose=0).tolist())
"""))
    np.testing.assert_allclose(predicted, [[0], [1], [1], [0]], atol=0.1)


def test_a_line_through_a_vector_of_ten(tmp_path):
    text = output(tmp_path, WITHOUT_WARNING + """
import numpy as np
from keras.models import Sequential
from keras.layers import Dense
from keras.utils import set_random_seed
set_random_seed(1)
x = np.arange(1, 11)
y = np.arange(1, 11)
model = Sequential()
model.add(Dense(16, input_dim=1))
model.add(Dense(32))
model.add(Dense(1))
model.compile(loss='mse', optimizer='adam', metrics=['mse'])
model.fit(x, y, epochs=100, batch_size=1, verbose=2)
loss, mse = model.evaluate(x, y, batch_size=1)
model.summary()
print([loss, mse, model.predict(np.array([11, 12, 13]), batch_size=1).tolist()])
""")
    loss, mse, predicted = last(text)
    assert loss == pytest.approx(mse) and mse < 0.05
    np.testing.assert_allclose(predicted, [[11], [12], [13]], atol=0.6)
    assert text.count("\nEpoch ") == 99 and "10/10" in text
    assert "dense_2 (Dense)" in text and "Trainable params: 609 (2.38 KB)" in text


MNIST = """
import sys
import numpy as np
from keras.datasets import mnist
from keras.models import Sequential
from keras.layers import Dense, Activation
from keras.utils import np_utils, set_random_seed
from keras.optimizers.legacy import RMSprop
set_random_seed(1)
(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train = x_train.reshape(60000, 784).astype('float32') / 255.0
x_test = x_test.reshape(10000, 784).astype('float32') / 255.0
y_train = np_utils.to_categorical(y_train)
y_test = np_utils.to_categorical(y_test)
"""


def test_mnist_64(mnist_home, tmp_path):
    history, (loss, accuracy), output_ = last(output(tmp_path, WITHOUT_WARNING + MNIST + """
model = Sequential()
model.add(Dense(64, input_dim=28 * 28))
model.add(Activation('relu'))
model.add(Dense(units=10))
model.add(Activation('softmax'))
model.compile(loss='categorical_crossentropy', optimizer='sgd', metrics=['accuracy'])
hist = model.fit(x_train, y_train, epochs=5, batch_size=32, verbose=0)
print([hist.history, model.evaluate(x_test, y_test, batch_size=32, verbose=0),
       model.predict(x_test[0:1], verbose=0)[0].tolist()])
"""))
    assert list(history) == ["accuracy", "loss"]
    np.testing.assert_allclose(history["loss"], [0.69, 0.351, 0.304, 0.276, 0.254], atol=0.04)
    np.testing.assert_allclose(history["accuracy"], [0.822, 0.902, 0.914, 0.922, 0.929],
                               atol=0.012)
    assert abs(accuracy - 0.932) < 0.008 and abs(loss - 0.241) < 0.02
    assert np.argmax(output_) == 7


@once
@pytest.mark.parametrize("optimizer, expected", [("'rmsprop'", 0.963), ("RMSprop()", 0.979)])
def test_mnist_512_with_squared_error(mnist_home, tmp_path, optimizer, expected):
    """Keras 3's RMSprop reaches 0.963; the tutorial's 0.979 is that of TensorFlow 2.0."""
    loss, accuracy, digit = last(output(tmp_path, WITHOUT_WARNING + MNIST + f"""
import tensorflow as tf
model = tf.keras.models.Sequential()
model.add(tf.keras.layers.Dense(512, activation='relu', input_shape=(784,)))
model.add(tf.keras.layers.Dense(10, activation='sigmoid'))
model.compile(optimizer={optimizer}, loss='mse', metrics=['accuracy'])
model.fit(x_train, y_train, epochs=5, batch_size=128, verbose=0)
test_loss, test_acc = model.evaluate(x_test, y_test, verbose=0)

# a digit of one's own: a picture with dark strokes on white paper
from PIL import Image
paper = 255 - (x_test[1] * 255).astype('uint8').reshape(28, 28)
Image.fromarray(paper).resize((280, 280)).save('test.png')
image = np.array(Image.open('test.png').convert('L').resize((28, 28))).astype('float32')
image = (255 - image.reshape(1, 784)) / 255.0
print([test_loss, test_acc, int(model.predict(image, batch_size=1, verbose=0).argmax())])
"""))
    assert abs(accuracy - expected) < 0.005
    assert digit == 2 and loss < 0.008


GRID = """
import numpy as np
import tensorflow as tf
from sklearn.model_selection import GridSearchCV
from tensorflow.keras.wrappers.scikit_learn import KerasClassifier
rng = np.random.default_rng(1)
tf.random.set_seed(1)
classes = rng.integers(0, 4, 600)
x = (np.eye(4)[classes] @ rng.normal(size=(4, 20)) + rng.normal(size=(600, 20))).astype('float32')
labels = tf.keras.utils.to_categorical(classes)

def build_model():
    network = tf.keras.models.Sequential()
    network.add(tf.keras.layers.Dense(32, activation='relu', input_shape=(20,)))
    network.add(tf.keras.layers.Dense(4, activation='sigmoid'))
    network.compile(optimizer='rmsprop', loss='categorical_crossentropy', metrics=['accuracy'])
    return network

search = GridSearchCV(estimator=KerasClassifier(build_fn=build_model, verbose=0),
                      param_grid={'epochs': [1, 10], 'batch_size': [16, 64]}, cv=3, n_jobs=-1)
result = search.fit(x, labels)
print([float(result.best_score_), result.best_params_])
"""


@once
def test_a_grid_search_over_one_hot_labels_in_worker_processes(tmp_path):
    pytest.importorskip("sklearn")
    score, parameters = last(output(tmp_path, WITHOUT_WARNING + GRID))
    assert parameters == {"batch_size": 16, "epochs": 10}
    assert score > 0.9


def test_a_loop_of_ones_own(tmp_path):
    """The form in which TensorFlow's guides write it."""
    loss, accuracy = last(output(tmp_path, """
import numpy as np
import tensorflow as tf
tf.keras.utils.set_random_seed(1)
rng = np.random.default_rng(1)
x = rng.normal(size=(300, 5)).astype('float32')
y = (x[:, 0] * x[:, 1] > 0).astype('int32')
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(300).batch(30)
model = tf.keras.Sequential([tf.keras.Input((5,)), tf.keras.layers.Dense(32, activation='relu'),
                             tf.keras.layers.Dense(2)])
loss_fn = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = tf.keras.optimizers.Adam(0.02)
metric = tf.keras.metrics.SparseCategoricalAccuracy()

@tf.function
def train_step(images, labels):
    with tf.GradientTape() as tape:
        predictions = model(images, training=True)
        loss = loss_fn(labels, predictions)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    metric.update_state(labels, predictions)
    return loss

for epoch in range(30):
    metric.reset_state()
    for images, labels in dataset:
        loss = train_step(images, labels)
print([float(loss.numpy()), float(metric.result())])
"""))
    assert accuracy > 0.95 and loss < 0.3
