"""Every dotted path that tutorials import from leads to this library, or says why not."""

import ast

import pytest

from autograd_mlp.faces import names
from tests.faces.running import output

PATHS = """
from keras import Sequential, Input, Model
from keras.models import Sequential, Model
from keras.layers import Dense, Activation, Flatten, Input, InputLayer, Layer
from keras.layers.core import Dense, Activation, Flatten
from keras.layers import Dropout, BatchNormalization, Embedding, LeakyReLU, Normalization, Lambda
from keras.layers.core import Dropout, Reshape, RepeatVector, Permute, ActivityRegularization
from keras.layers.normalization import BatchNormalization
from keras.layers.noise import GaussianNoise, GaussianDropout, AlphaDropout
from keras.layers.embeddings import Embedding
from keras.layers.advanced_activations import LeakyReLU, PReLU, ELU
from keras.engine.topology import Layer
from keras.engine.base_layer import Layer
from keras.engine.training import Model
from keras.engine import Layer, InputLayer
from keras.optimizers import SGD, Adam, RMSprop, Adagrad
from keras.optimizers.legacy import RMSprop
from keras.initializers import RandomNormal, RandomUniform, glorot_uniform
from keras.activations import relu, sigmoid
from keras.losses import mean_squared_error, BinaryCrossentropy
from keras.metrics import Accuracy, MeanSquaredError
from keras.callbacks import EarlyStopping, ModelCheckpoint, Callback, History
from keras.regularizers import l1, l2, L1L2
from keras.constraints import MaxNorm, max_norm, maxnorm, nonneg, unitnorm
from keras.datasets import mnist
from keras.datasets.mnist import load_data
from keras.utils import np_utils, to_categorical, plot_model
from keras.utils.np_utils import to_categorical
from keras.utils.vis_utils import plot_model
from keras.utils.generic_utils import Progbar
from keras.utils.data_utils import get_file
from keras.backend import epsilon, floatx, set_floatx, clear_session, mean, get_value, update_add
from keras.backend import random_normal, random_uniform, truncated_normal
from keras.wrappers.scikit_learn import KerasClassifier, KerasRegressor
from keras.ops import matmul, argmax, convert_to_tensor, binary_crossentropy
from keras.random import set_random_seed
from keras.api.layers import Dense
from keras.src.layers import Dense
from keras.saving import register_keras_serializable
from keras.config import floatx, set_floatx
"""
TENSORFLOW = """
from scikeras.wrappers import KerasClassifier, KerasRegressor
import tensorflow as tf
import tensorflow.keras as k
import tensorflow.keras.backend as K
from tensorflow import keras, GradientTape, Variable, constant
from tensorflow.keras import Sequential, layers, datasets, utils, backend
from tensorflow.python.keras.layers import Dense
from tensorflow.compat.v2 import keras
from tensorflow.nn import relu
from tensorflow.math import reduce_sum
from tensorflow.data import Dataset
from tensorflow.random import set_seed
from tensorflow.config import list_physical_devices
"""
MISSING = {
    "from keras.layers import Dens": "did you mean 'Dense'?",
    "from keras.layers import Conv2D": "Conv2D is a convolution layer of Keras, which this library",
    "from tensorflow.keras.layers import LSTM": "LSTM is a recurrent layer of Keras, which this",
    "import keras.layrs": "module 'keras' has no attribute 'layrs'; did you mean 'layers'?",
    "from keras.applications import VGG16": "pretrained networks",
    "from keras.applications.vgg16 import VGG16": "pretrained networks",
    "from keras import applications": "pretrained networks",
    "from keras.preprocessing.image import ImageDataGenerator": "Pillow or OpenCV",
    "from keras.preprocessing.text import Tokenizer": "recurrent networks",
    "from tensorflow.keras.datasets import cifar10": "convolutional networks",
    "from keras.datasets.imdb import load_data": "sequences of words",
    "from keras.utils import pad_sequences": "sliding_window_view",
    "import tensorflow.contrib": "left TensorFlow with version 2",
    "import tensorflow.compat.v1 as tf": "import tensorflow as tf",
    "from tensorflow import Session": "sessions left TensorFlow",
    "from tensorflow import reduce_men": "did you mean 'reduce_mean'?",
    "import keras.layers.Dense": "from keras.layers import Dense",
    "import tensorflow; tensorflow.nn.conv2d": "tensorflow.nn",
    "from keras.models import Dense": "keras.models",
    "import keras; keras.gradcheck_": "did you mean",
    "import keras.faces": "no attribute 'faces'",
}


def test_paths_lead_to_this_library(tmp_path):
    lines = [line for line in (PATHS + TENSORFLOW).splitlines() if line]
    # the same below tensorflow.keras
    both = [line for line in PATHS.splitlines() if line and "src" not in line and "api" not in line]
    lines += [line.replace("from keras", "from tensorflow.keras") for line in both]
    script = f"""
for line in {lines!r}:
    try:
        exec(line)
    except Exception as error:
        print(line, "->", type(error).__name__, error)
import sys
for line in {both!r}:
    module, found = line[5:].split(" import ")
    for name in found.split(", "):
        a = getattr(sys.modules[module], name)
        b = getattr(sys.modules["tensorflow." + module], name)
        if a is not b and not hasattr(a, "__path__"):
            print(line, "differs below tensorflow", a, b)
import keras, tensorflow as tf
assert sys.modules["keras.layers"] is keras.layers
assert tf.keras.layers.Dense is keras.layers.Dense
assert keras.__version__ == tf.keras.__version__ and keras.__version__.split(".")[0] == "3"
assert tf.__version__.split(".")[0] == "2"
from keras.layers import *
Dense
assert not [name for name in sys.modules if name.startswith(("jax", "torch"))]
assert "Dense" in dir(keras.layers) and "layers" in dir(keras) and "keras" in dir(tf)
print("end")
"""
    assert output(tmp_path, script) == "end\n"


def test_what_is_missing_says_so(tmp_path):
    script = f"""
for line in {list(MISSING)!r}:
    try:
        exec(line)
    except (ImportError, AttributeError) as error:
        print(repr((line, type(error).__name__, str(error))))
    else:
        print(repr((line, "nothing raised", "")))
"""
    found = [ast.literal_eval(line) for line in output(tmp_path, script).splitlines()]
    assert [line for line, _, _ in found] == list(MISSING)
    for line, kind, said in found:
        assert MISSING[line] in said, (line, said)
        assert kind == ("AttributeError" if ";" in line else "ImportError"), (line, said)


def test_hasattr_and_tensorboard_are_not_confused(tmp_path):
    assert output(tmp_path, """
import keras, importlib.util
print(hasattr(keras.layers, "Conv2D"), getattr(keras, "nothing", None), hasattr(keras, "_x"))
print(importlib.util.find_spec("keras.layers").name)
try:
    from tensorboard.compat import tf
except ImportError:
    print("no tensorboard")
else:
    print(tf.io.gfile.exists("/nowhere"))
""").splitlines() in ([*"False None False,keras.layers,False".split(",")],
                      [*"False None False,keras.layers,no tensorboard".split(",")])


@pytest.mark.parametrize("table", [names._KERAS, names._TENSORFLOW])
def test_the_table_names_modules_that_exist(table):
    for below, modules in table.items():
        for module in modules:
            assert names._is_module(f"autograd_mlp.{module}".rstrip(".")), (below, module)


def test_users_code_in_a_script_is_seen_as_such(tmp_path):
    """What `__main__` and its neighbours define is the user's; faces are the library's."""
    (tmp_path / "mine.py").write_text("import keras\nclass Doubled(keras.layers.Layer):\n"
                                      "    def call(self, x):\n        return x * 2\n")
    assert output(tmp_path, """
import keras, tensorflow as tf
from mine import Doubled
from autograd_mlp.models.loop import is_users
def loss(y, p):
    return tf.reduce_mean(tf.square(y - p), axis=-1)
class Own(keras.layers.Layer):
    pass
print([is_users(x) for x in (loss, Own(), Doubled(), lambda x: x)])
print([is_users(x) for x in (keras.layers.Dense(1), tf.nn.relu, tf.reduce_mean, tf.keras.losses.mse,
                             keras.losses.MeanSquaredError(), tf.nn.leaky_relu)])
""") == f"{[True] * 4}\n{[False] * 6}\n"


def test_a_module_that_is_no_python_file_is_left_alone():
    assert names.sources("keras.layers.core") == ("autograd_mlp.layers",)
    assert names.sources("keras.optimizers.nothing.at.all") is None
