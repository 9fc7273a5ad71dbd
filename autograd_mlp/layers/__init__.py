"""Layers: what a model is stacked of.

One file each; `layer.py` holds the base class with everything that layers share.
"""

from .._objects import deserialize, serialize
from .activation import Activation
from .dense import Dense
from .flatten import Flatten
from .input import Input, InputLayer
from .input_spec import InputSpec
from .layer import Layer
from .rescaling import Rescaling

__all__ = ["Activation", "Dense", "Flatten", "Input", "InputLayer", "InputSpec", "Layer",
           "Rescaling", "deserialize", "serialize"]
