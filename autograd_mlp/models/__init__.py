"""Models: layers put together, and how they learn."""

from .model import Model
from .sequential import Sequential

__all__ = ["Model", "Sequential"]
