"""Settings of the whole library, under the names of ``keras.config``."""

from ._errors import did_you_mean
from ._registry import enable_unsafe_deserialization
from .backend import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from .dtype_policies import dtype_policy, set_dtype_policy
from .utils.console import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)

__all__ = [
    "backend",
    "disable_interactive_logging",
    "disable_traceback_filtering",
    "dtype_policy",
    "enable_interactive_logging",
    "enable_unsafe_deserialization",
    "epsilon",
    "floatx",
    "image_data_format",
    "is_interactive_logging_enabled",
    "is_traceback_filtering_enabled",
    "set_dtype_policy",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
]


def is_traceback_filtering_enabled():
    """Return False: tracebacks are shown whole."""
    return False


def disable_traceback_filtering():
    """Do nothing: tracebacks are shown whole anyway."""


_NOT_HERE = {
    "enable_traceback_filtering": "tracebacks are always shown whole.",
    "set_backend": "there is one backend, autograd_mlp itself.",
    "enable_flash_attention": "there are no attention layers.",
    "disable_flash_attention": "there are no attention layers.",
    "is_flash_attention_enabled": "there are no attention layers.",
    "is_nnx_enabled": "it belongs to JAX.",
    "max_epochs": "give fit() its number of epochs.",
    "set_max_epochs": "give fit() its number of epochs.",
    "max_steps_per_epoch": "give fit() steps_per_epoch.",
    "set_max_steps_per_epoch": "give fit() steps_per_epoch.",
}


def __getattr__(name):
    text = f"module 'autograd_mlp.config' has no attribute {name!r}"
    if name in _NOT_HERE:
        raise AttributeError(f"{text}: {_NOT_HERE[name]}")
    raise AttributeError(text + ("" if name.startswith("_") else did_you_mean(name, __all__)))
