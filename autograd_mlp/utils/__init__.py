"""Helpers under the names of ``keras.utils``."""

import importlib

from .._errors import did_you_mean
from .._objects import deserialize as deserialize_keras_object
from .._objects import serialize as serialize_keras_object
from .._registry import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from ..backend import clear_session, standardize_dtype
from ..random import set_random_seed
from . import np_utils
from .console import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from .dataset import PyDataset, pack_x_y_sample_weight, unpack_x_y_sample_weight
from .numerical import normalize, to_categorical
from .progbar import Progbar
from .summary import print_summary, summary_text

Sequence = PyDataset

__all__ = [
    "CustomObjectScope",
    "Progbar",
    "array_to_img",
    "PyDataset",
    "Sequence",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "find_nonfinite",
    "get_custom_objects",
    "get_file",
    "get_registered_name",
    "get_registered_object",
    "img_to_array",
    "is_interactive_logging_enabled",
    "load_img",
    "model_to_dot",
    "normalize",
    "np_utils",
    "plot_model",
    "pack_x_y_sample_weight",
    "print_summary",
    "register_keras_serializable",
    "save_img",
    "serialize_keras_object",
    "set_random_seed",
    "split_dataset",
    "standardize_dtype",
    "summary_text",
    "to_categorical",
    "unpack_x_y_sample_weight",
]

# Imported when first used, from this file: most programs need none of them.
_LATER = {
    "find_nonfinite": "nonfinite",
    "get_file": "files",
    "array_to_img": "images",
    "img_to_array": "images",
    "load_img": "images",
    "save_img": "images",
    "model_to_dot": "model_plot",
    "plot_model": "model_plot",
    "split_dataset": "split",
}

_SEQUENCES = "autograd_mlp has no layers for sequences; cut windows with NumPy " \
             "(numpy.lib.stride_tricks.sliding_window_view)."
_FOLDERS = "autograd_mlp reads no folders of files; load them to arrays, or write a PyDataset."
_NOT_HERE = {
    "timeseries_dataset_from_array": _SEQUENCES,
    "pad_sequences": _SEQUENCES,
    "audio_dataset_from_directory": _FOLDERS,
    "image_dataset_from_directory": _FOLDERS,
    "text_dataset_from_directory": _FOLDERS,
    "get_source_inputs": "it belongs to the functional API, which autograd_mlp has not got.",
    "is_keras_tensor": "it belongs to the functional API, which autograd_mlp has not got.",
    "FeatureSpace": "autograd_mlp has no preprocessing of tables; use scikit-learn's.",
    "bounding_boxes": "autograd_mlp has no layers for pictures.",
    "Config": "use a dictionary, or types.SimpleNamespace.",
    "legacy": "the names that Keras keeps there are in autograd_mlp.saving.",
    "multi_gpu_model": "autograd_mlp computes on CPUs, with OMP_NUM_THREADS threads.",
}


def __getattr__(name):
    if name in _LATER:
        found = getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
        globals()[name] = found
        return found
    text = f"module 'autograd_mlp.utils' has no attribute {name!r}"
    if name in _NOT_HERE:
        raise AttributeError(f"{text}: {_NOT_HERE[name]}")
    raise AttributeError(text + ("" if name.startswith("_") else did_you_mean(name, __all__)))


def __dir__():
    return sorted({*globals(), *_LATER})
