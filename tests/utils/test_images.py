"""Pictures to arrays and back."""

import builtins
import io

import numpy as np
import pytest

from autograd_mlp.utils import array_to_img, img_to_array, load_img, save_img

pytest.importorskip("PIL.Image", reason="pip install 'autograd_mlp[image]'")
PIXELS = np.random.default_rng(0).integers(0, 256, (6, 4, 3)).astype(np.float32)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("data_format", [None, "channels_last", "channels_first"])
def test_there_and_back(channels, data_format):
    x = np.random.default_rng(0).integers(0, 256, (6, 4, channels)).astype(np.float32)
    if data_format == "channels_first":
        x = np.moveaxis(x, -1, 0)
    image = array_to_img(x, data_format, scale=False)
    assert image.size == (4, 6)
    back = img_to_array(image, data_format)
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back, x)


def test_scale_stretches_to_all_grey_values():
    back = img_to_array(array_to_img(PIXELS / 1000 - 5))
    assert back.min() == 0 and back.max() == 255
    assert img_to_array(array_to_img(np.ones((2, 2, 1)))).max() == 0    # nothing to stretch


@pytest.mark.parametrize("name", ["a.png", "a.bmp"])
def test_files(tmp_path, name):
    save_img(tmp_path / name, PIXELS, scale=False)
    np.testing.assert_array_equal(img_to_array(load_img(tmp_path / name)), PIXELS)
    with open(tmp_path / name, "rb") as file:
        assert load_img(io.BytesIO(file.read())).size == (4, 6)


def test_jpeg_has_no_transparency(tmp_path):
    with pytest.warns(UserWarning, match="transparency"):
        save_img(tmp_path / "a.jpg", np.ones((8, 8, 4)))
    assert load_img(str(tmp_path / "a.jpg")).mode == "RGB"


@pytest.mark.parametrize("mode, channels", [("rgb", 3), ("rgba", 4), ("grayscale", 1)])
def test_colours_and_sizes(tmp_path, mode, channels):
    save_img(tmp_path / "a.png", PIXELS)
    for keep in (False, True):
        image = load_img(tmp_path / "a.png", mode, target_size=(3, 5), interpolation="bilinear",
                         keep_aspect_ratio=keep)
        assert img_to_array(image).shape == (3, 5, channels)


def test_keeping_the_aspect_ratio_cuts_the_middle_out(tmp_path):
    x = np.zeros((6, 4, 1), np.uint8)
    x[1:5] = 200
    save_img(tmp_path / "a.png", x, scale=False)
    image = load_img(tmp_path / "a.png", "grayscale", (2, 2), keep_aspect_ratio=True)
    assert img_to_array(image).ravel().tolist() == [200] * 4


@pytest.mark.parametrize("call", [
    lambda path: load_img(path, "cmyk"),
    lambda path: load_img(path, target_size=(2, 2), interpolation="best"),
    lambda path: array_to_img(PIXELS[..., :2]),
    lambda path: array_to_img(PIXELS[0]),
    lambda path: array_to_img(PIXELS, "channels"),
    lambda path: img_to_array(np.zeros(3)),
])
def test_what_does_not_fit(tmp_path, call):
    save_img(tmp_path / "a.png", PIXELS)
    with pytest.raises(ValueError):
        call(tmp_path / "a.png")


def test_no_path():
    with pytest.raises(TypeError):
        load_img(3)


def test_not_installed(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("PIL"):
            raise ImportError
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"autograd_mlp\[image\]"):
        array_to_img(PIXELS)
