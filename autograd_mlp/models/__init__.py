"""Models: layers put together, and how they learn."""

from .sequential import Sequential

__all__ = ["Sequential"]
