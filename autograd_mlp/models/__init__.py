"""Models: layers put together, and how they learn."""

from .cloning import clone_model, model_from_json
from .model import Model
from .sequential import Sequential

__all__ = ["Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]


def __getattr__(name):
    if name in ("load_model", "save_model"):    # saving stands above models
        from .. import saving

        return getattr(saving, name)
    raise AttributeError(f"module '{__name__}' has no attribute {name!r}")
