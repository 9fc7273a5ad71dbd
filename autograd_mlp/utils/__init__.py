"""Helpers under the names of ``keras.utils``."""

from ..backend import clear_session
from ..random import set_random_seed
from . import np_utils
from .numerical import normalize, to_categorical
from .progbar import Progbar
from .summary import print_summary, summary_text

__all__ = [
    "Progbar",
    "clear_session",
    "normalize",
    "np_utils",
    "print_summary",
    "set_random_seed",
    "summary_text",
    "to_categorical",
]
