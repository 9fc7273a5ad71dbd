"""Layers: what a model is stacked of.

One file each, or one for a small family; `layer.py` holds the base class with everything that
layers share.
"""

from .._absent import absent_layer as _absent_layer
from .._errors import did_you_mean as _did_you_mean
from .._objects import deserialize, serialize
from .activation import Activation
from .activation_layers import ELU, LeakyReLU, PReLU, ReLU, Softmax
from .batch_normalization import BatchNormalization
from .dense import Dense
from .embedding import Embedding
from .flatten import Flatten
from .input import Input, InputLayer
from .input_spec import InputSpec
from .lambda_layer import Lambda
from .layer import Layer
from .layer_normalization import LayerNormalization, UnitNormalization
from .normalization import Normalization
from .pooling import (
    GlobalAveragePooling1D,
    GlobalAvgPool1D,
    GlobalMaxPool1D,
    GlobalMaxPooling1D,
)
from .regularization import (
    ActivityRegularization,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
)
from .rescaling import Rescaling
from .reshaping import Identity, Permute, RepeatVector, Reshape

__all__ = [
    "ELU",
    "Activation",
    "ActivityRegularization",
    "AlphaDropout",
    "BatchNormalization",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAvgPool1D",
    "GlobalMaxPool1D",
    "GlobalMaxPooling1D",
    "Identity",
    "Input",
    "InputLayer",
    "InputSpec",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Normalization",
    "PReLU",
    "Permute",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Softmax",
    "SpatialDropout1D",
    "UnitNormalization",
    "deserialize",
    "serialize",
]


def __getattr__(name):
    raise AttributeError(_absent_layer(name) or f"module 'autograd_mlp.layers' has no attribute "
                         f"{name!r}" + ("" if name.startswith("_") else
                                        _did_you_mean(name, __all__)))
