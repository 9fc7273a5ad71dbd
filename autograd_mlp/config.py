"""Settings of the whole library, under the names of ``keras.config``."""

from ._registry import enable_unsafe_deserialization
from .backend import backend, epsilon, floatx, image_data_format, set_epsilon, set_floatx
from .dtype_policies import dtype_policy, set_dtype_policy

__all__ = [
    "backend",
    "dtype_policy",
    "enable_unsafe_deserialization",
    "epsilon",
    "floatx",
    "image_data_format",
    "set_dtype_policy",
    "set_epsilon",
    "set_floatx",
]
