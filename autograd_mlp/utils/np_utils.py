"""Where code written for old Keras looks for these: ``from keras.utils import np_utils``."""

from .numerical import normalize, to_categorical

__all__ = ["normalize", "to_categorical"]
