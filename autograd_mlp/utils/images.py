"""Pictures from files to arrays and back, by Pillow (extra ``image``)."""

import io
import os

import numpy as np

from .._errors import warn
from ..backend import float_dtype

_RESAMPLING = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")


def _pillow():
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError("Images need the package Pillow: pip install 'autograd_mlp[image]'"
                          ) from error
    return Image


def _channels_first(data_format):
    if data_format not in (None, "channels_last", "channels_first"):
        raise ValueError("data_format must be 'channels_last' or 'channels_first', got "
                         f"{data_format!r}")
    return data_format == "channels_first"


def load_img(path, color_mode="rgb", target_size=None, interpolation="nearest",
             keep_aspect_ratio=False):
    """Read a picture.

    Parameters
    ----------
    path : str, path or io.BytesIO
    color_mode : {"rgb", "rgba", "grayscale"}
    target_size : (height, width), optional
        What to resize it to.
    interpolation : {"nearest", "bilinear", "bicubic", "hamming", "box", "lanczos"}
    keep_aspect_ratio : bool, default False
        Cut off what is too much at two sides before resizing, instead of distorting.

    Returns
    -------
    PIL.Image.Image
    """
    Image = _pillow()
    if not isinstance(path, (str, bytes, os.PathLike, io.BytesIO)):
        raise TypeError(f"path must be a path or io.BytesIO, got {type(path).__name__}")
    with Image.open(path) as file:
        file.load()
        image = file.copy()
    modes = {"grayscale": ("L", "I;16", "I"), "rgb": ("RGB",), "rgba": ("RGBA",)}
    if color_mode not in modes:
        raise ValueError("color_mode must be 'grayscale', 'rgb' or 'rgba', got "
                         f"{color_mode!r}")
    if image.mode not in modes[color_mode]:
        image = image.convert(modes[color_mode][0])
    if target_size is None or image.size == (target_size[1], target_size[0]):
        return image
    if interpolation not in _RESAMPLING:
        raise ValueError(f"interpolation must be one of {', '.join(_RESAMPLING)}, got "
                         f"{interpolation!r}")
    height, width = target_size
    box = None
    if keep_aspect_ratio:
        crop_width = min(image.width, image.height * width // height)
        crop_height = min(image.height, image.width * height // width)
        left, top = (image.width - crop_width) // 2, (image.height - crop_height) // 2
        box = (left, top, left + crop_width, top + crop_height)
    return image.resize((width, height), getattr(Image.Resampling, interpolation.upper()), box)


def img_to_array(img, data_format=None, dtype=None):
    """A picture as an array.

    Parameters
    ----------
    img : PIL.Image.Image
    data_format : {"channels_last", "channels_first"}, optional
    dtype : str or dtype, optional
        `backend.floatx` if not given.

    Returns
    -------
    ndarray, shape (height, width, channels)
        Values from 0 to 255.
    """
    first = _channels_first(data_format)
    array = np.asarray(img, dtype=float_dtype(None) if dtype is None else dtype)
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3:
        raise ValueError(f"a picture has 2 or 3 axes, got shape {array.shape}")
    return np.moveaxis(array, -1, 0) if first else array


def array_to_img(x, data_format=None, scale=True, dtype=None):
    """An array as a picture.

    Parameters
    ----------
    x : array_like, shape (height, width, channels)
        1 (grey), 3 (RGB) or 4 (RGBA) channels.
    data_format : {"channels_last", "channels_first"}, optional
    scale : bool, default True
        Stretch the values so that the smallest is 0 and the largest 255; else they are meant to
        be from 0 to 255.
    dtype : str or dtype, optional
        In which it is computed; `backend.floatx` if not given.

    Returns
    -------
    PIL.Image.Image

    Raises
    ------
    ValueError
        If the shape is none of these.
    """
    Image = _pillow()
    first = _channels_first(data_format)
    array = np.asarray(x, dtype=float_dtype(None) if dtype is None else dtype)
    if array.ndim != 3:
        raise ValueError(f"a picture has the shape (height, width, channels), got {array.shape}")
    if first:
        array = np.moveaxis(array, 0, -1)
    if scale:
        array = array - array.min()
        largest = array.max()
        if largest:
            array = array / largest
        array = array * 255
    channels = array.shape[2]
    if channels in (3, 4):
        return Image.fromarray(np.ascontiguousarray(array.astype(np.uint8)))
    if channels == 1:
        kind = np.int32 if array.max() > 255 else np.uint8
        return Image.fromarray(np.ascontiguousarray(array[..., 0].astype(kind)))
    raise ValueError(f"a picture has 1, 3 or 4 channels, got {channels}")


def save_img(path, x, data_format=None, file_format=None, scale=True, **kwargs):
    """Write an array to a file as a picture.

    Parameters
    ----------
    path : str, path or file
    x, data_format, scale
        As in `array_to_img`.
    file_format : str, optional
        Told by the end of `path` if not given.
    **kwargs
        For ``PIL.Image.Image.save``.
    """
    image = array_to_img(x, data_format=data_format, scale=scale)
    if file_format is None and isinstance(path, (str, os.PathLike)):
        file_format = os.path.splitext(os.fspath(path))[1][1:].lower()
    if file_format and file_format.lower() in ("jpg", "jpeg"):
        file_format = "jpeg"
        if image.mode == "RGBA":
            warn("JPEG has no transparency: the picture is saved as RGB")
            image = image.convert("RGB")
    image.save(path, format=file_format or None, **kwargs)
