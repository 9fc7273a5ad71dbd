"""Which module of this library stands behind each dotted name of Keras and TensorFlow."""

import functools
import importlib.util
import sys

from ..versions import KERAS_VERSION

# The TensorFlow that goes with KERAS_VERSION.  Scripts compare these numbers; what really runs,
# ``repr(keras)`` says.
TENSORFLOW_VERSION = "2.20.0"

_LIBRARY = __name__.split(".")[0]

# Where Keras itself stands.
_ROOTS = (
    "tensorflow.compat.v2.keras",
    "tensorflow.python.keras",
    "tensorflow.keras",
    "keras.api",
    "keras.src",
    "keras",
)

# Below these roots: modules of Keras that are called otherwise here, or are of older versions.
# Any other name is the module of that name, if there is one.
_KERAS = {
    "": ("",),
    "backend": ("backend", "faces.backend", "faces.ops", "ops"),
    "ops": ("faces.ops", "ops"),
    "engine": ("", "layers", "models"),
    "engine.base_layer": ("layers",),
    "engine.input_layer": ("layers",),
    "engine.network": ("models",),
    "engine.sequential": ("models",),
    "engine.topology": ("layers",),
    "engine.training": ("models",),
    "config": ("config", "backend", "random"),
    "layers.activation": ("layers",),
    "layers.advanced_activations": ("layers",),
    "layers.convolutional": ("layers",),
    "layers.core": ("layers",),
    "layers.embeddings": ("layers",),
    "layers.experimental": ("layers",),
    "layers.experimental.preprocessing": ("layers",),
    "layers.merge": ("layers",),
    "layers.noise": ("layers",),
    "layers.normalization": ("layers",),
    "layers.pooling": ("layers",),
    "layers.preprocessing": ("layers",),
    "layers.recurrent": ("layers",),
    "layers.regularization": ("layers",),
    "layers.reshaping": ("layers",),
    "layers.wrappers": ("layers",),
    "optimizers.experimental": ("optimizers",),
    "preprocessing": ("utils",),
    "preprocessing.image": ("utils",),
    "saving.legacy": ("saving",),
    "utils.all_utils": ("utils",),
    "utils.data_utils": ("utils",),
    "utils.generic_utils": ("utils", "saving"),
    "utils.layer_utils": ("utils",),
    "utils.np_utils": ("utils",),
    "utils.vis_utils": ("utils",),
}

_PRIVATE = ("faces", "gradient_tape", "versions", "functional", "gradcheck", "numpy_protocol")

# TensorFlow: its modules here, besides keras.
_TENSORFLOW = {
    "": ("faces.tf", "faces.tf.math"),
    "config": ("faces.tf.config",),
    "data": ("faces.tf.data",),
    "dtypes": ("faces.tf",),
    "initializers": ("initializers",),
    "linalg": ("faces.tf.linalg",),
    "losses": ("losses",),
    "math": ("faces.tf.math",),
    "metrics": ("metrics",),
    "nn": ("faces.tf.nn",),
    "optimizers": ("optimizers",),
    "random": ("faces.tf.random",),
    "test": ("faces.tf.test",),
}
_TENSORFLOW["compat"] = _TENSORFLOW[""]
_TENSORFLOW["compat.v2"] = _TENSORFLOW[""]
_TENSORFLOW["python"] = ("faces.tf",)

# SciKeras, the wrappers that newer tutorials import.
_SCIKERAS = {"": ("wrappers",), "wrappers": ("wrappers",)}

# What is not there, and why; the longest beginning of a name counts.
_ABSENT = {
    "applications": "pretrained networks are convolutions and transformers",
    "preprocessing.image": "images are read with utils.load_img, Pillow or OpenCV, and flattened",
    "preprocessing.sequence": "sequences and recurrent networks are not part of this library",
    "preprocessing.text": "text and recurrent networks are not part of this library",
    "preprocessing": "scale numbers with layers.Normalization or scikit-learn",
    "mixed_precision": "weights are float32 or float64",
    "distribution": "a network is trained by the threads of one CPU",
    "distribute": "a network is trained by the threads of one CPU",
    "estimator": "Keras models took its place: use keras.Sequential",
    "tree": "nested structures are plain lists, tuples and dicts here",
    "dtype_policies": "weights are float32 or float64: set_floatx, or dtype= of a layer",
    "quantizers": "weights are float32 or float64",
    "visualization": "autograd_mlp.plotting draws decision boundaries, weights and more",
    "export": "save a model with model.save('model.keras')",
    "compat.v1": "only TensorFlow 2 is there: import tensorflow as tf",
    "contrib": "it left TensorFlow with version 2",
    "examples": "write from tensorflow.keras.datasets import mnist",
    "Session": "sessions left TensorFlow with version 2: operations run at once",
    "placeholder": "placeholders left TensorFlow with version 2: operations run at once",
    "global_variables_initializer": "sessions left TensorFlow with version 2",
    "saved_model": "save a model with model.save('model.keras')",
    "lite": "save a model with model.save('model.keras')",
    "io": "read files with Python and NumPy",
    "image": "images are read with Pillow or OpenCV, and flattened to vectors",
    "strings": "tensors hold numbers",
    "sparse": "tensors are dense arrays",
    "ragged": "tensors are dense arrays",
    "raw_ops": "the operations of TensorFlow that are there stand at tf, tf.math and tf.nn",
    "summary": "use the callback keras.callbacks.TensorBoard",
    "tpu": "a network is trained on a CPU",
}


def library():
    """The package itself."""
    return sys.modules[_LIBRARY]


def _split(dotted):
    """(table of the package, the part of a dotted name below it), None for other names."""
    for root, table in (*((root, _KERAS) for root in _ROOTS), ("tensorflow", _TENSORFLOW),
                        ("scikeras", _SCIKERAS)):
        if dotted == root or dotted.startswith(root + "."):
            return table, dotted[len(root) + 1 :]
    return None


@functools.cache
def sources(dotted):
    """Names of the modules behind a module of Keras or TensorFlow; None if there is none.

    Examples
    --------
    >>> sources("tensorflow.keras.layers.core")
    ('autograd_mlp.layers',)
    >>> sources("keras.models"), sources("keras.applications")
    (('autograd_mlp.models',), None)
    """
    table, below = _split(dotted)
    found = table.get(below)
    if found is None and table is _KERAS and not below.startswith(_PRIVATE) and not any(
            part.startswith("_") for part in below.split(".")):
        found = (below,) if _is_module(f"{_LIBRARY}.{below}") else None
    if found is None:
        return None
    return tuple(f"{_LIBRARY}.{name}" if name else _LIBRARY for name in found)


def _is_module(dotted):
    parent = dotted.rpartition(".")[0]
    if "." in parent and not _is_module(parent):
        return False
    try:
        return importlib.util.find_spec(dotted) is not None
    except ModuleNotFoundError:         # the parent is a file
        return False


def version(dotted):
    """What ``__version__`` of a module says; None where it has none."""
    return TENSORFLOW_VERSION if dotted == "tensorflow" else \
        KERAS_VERSION if dotted in _ROOTS else None


def submodules(dotted):
    """Names of the modules in the table right below a face, for its ``dir()``."""
    table, below = _split(dotted)
    start = below + "." if below else ""
    listed = [name[len(start) :] for name in table if name.startswith(start) and name != below]
    if table is _TENSORFLOW and not below:
        listed.append("keras")
    return [name for name in listed if name and "." not in name]


def absence(dotted):
    """A sentence about a name that Keras or TensorFlow has and this library has not, or None.

    Examples
    --------
    >>> absence("keras.applications.vgg16")
    'keras.applications.vgg16 is not part of autograd_mlp: pretrained networks are ...'
    """
    below = _split(dotted)[1]
    while below:
        if below in _ABSENT:
            return f"{dotted} is not part of autograd_mlp: {_ABSENT[below]}"
        below = below.rpartition(".")[0]
    return None
