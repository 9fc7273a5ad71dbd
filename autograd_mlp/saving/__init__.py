"""Saving and loading: whole models, weights, and objects as plain data.

========================  ==============================================================
``.keras``                a whole model, as Keras 3 saves it (needs h5py)
``.weights.h5``           weights and optimizer state, as Keras 3 saves them (needs h5py)
``.h5``, ``.hdf5``        a whole model, as Keras 2 saved it (needs h5py)
``.npz``, ``.safetensors``  weights only
========================  ==============================================================

A save replaces the old file in one step or leaves it whole. Loading runs no code from the file
(but for lambdas, with ``safe_mode=False``), reads nothing before its size was checked against the
config, and changes nothing in a model if anything does not fit.
"""

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
from .api import load_model, load_weights, save_model, save_weights

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize_keras_object",
]
