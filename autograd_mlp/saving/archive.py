"""Keras 3's own format: config, weights and optimizer state in one ``.keras`` zip file."""

import datetime
import io
import json
import os
import zipfile
import zlib

from .. import _objects
from .._registry import CustomObjectScope, memory_budget, sharing
from ..versions import KERAS_VERSION, __version__
from . import hdf5, state
from .atomic import replacing, replacing_directory

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
MOST_CONFIG = 16_000_000  # bytes of config.json
MOST_EXPANSION = 100      # times that a compressed entry may grow
SLACK = 64_000_000        # bytes that a model may need beyond what its file holds


def save(model, path):
    """Write a model to a ``.keras`` file."""
    config, metadata = _texts(model)
    weights = io.BytesIO()
    hdf5.write_weights(weights, state.read_out(model))
    with replacing(path) as file, zipfile.ZipFile(file, "w", allowZip64=True) as archive:
        archive.writestr(METADATA, metadata)
        archive.writestr(CONFIG, config)
        archive.writestr(WEIGHTS, weights.getbuffer())


def save_directory(model, path):
    """Write the same three files to a directory instead of a zip file."""
    hdf5.h5py()
    config, metadata = _texts(model)
    with replacing_directory(path) as directory:
        for name, text in ((METADATA, metadata), (CONFIG, config)):
            with open(os.path.join(directory, name), "w") as file:
                file.write(text)
        with open(os.path.join(directory, WEIGHTS), "x+b") as file:
            hdf5.write_weights(file, state.read_out(model))


def _texts(model):
    return to_json(model), json.dumps({
        "keras_version": KERAS_VERSION,
        "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S"),
        "autograd_mlp_version": __version__,
    })


def to_json(model, **json_options):
    """Return the config of a model, with how it was built and compiled, as JSON."""
    with sharing():
        return json.dumps(_objects.serialize(model), **json_options)


def load(path, custom_objects=None, compile=True, safe_mode=True):
    """Make the model that a ``.keras`` file or directory describes."""
    name = f"'{path}'"
    if os.path.isdir(path):
        with open(os.path.join(path, CONFIG), "rb") as file:
            config = file.read(MOST_CONFIG + 1)
        with open(os.path.join(path, WEIGHTS), "rb") as weights:
            return _make(config, weights, name, custom_objects, compile, safe_mode)
    with opened_zip(path, name) as archive:
        config = entry(archive, CONFIG, name, MOST_CONFIG)
        weights = io.BytesIO(entry(archive, WEIGHTS, name))
    return _make(config, weights, name, custom_objects, compile, safe_mode)


def load_weights(model, path, skip_mismatch=False):
    """Copy weights and optimizer state of a ``.keras`` file into a model."""
    name = f"'{path}'"
    with opened_zip(path, name) as archive:
        weights = io.BytesIO(entry(archive, WEIGHTS, name))
    with hdf5.opened(weights, name) as h5:
        state.load(model, hdf5.Source(h5, name), skip_mismatch=skip_mismatch)


def _make(config, weights, name, custom_objects, compile, safe_mode):
    with hdf5.opened(weights, name) as h5:
        source = hdf5.Source(h5, name)
        model = model_of(config, name, custom_objects, compile, safe_mode, source.total_bytes)
        state.load(model, source)
    return model


def model_of(text, name, custom_objects=None, compile=True, safe_mode=True, total_bytes=None):
    """Return the new model that a JSON config describes.

    Parameters
    ----------
    text : str or bytes
    name : str
        Of the file, for errors.
    total_bytes : int, optional
        Memory that the weights in the file need: the model may not need much more.

    Raises
    ------
    ValueError
        Whatever is wrong with the config.
    """
    if len(text) > MOST_CONFIG:
        raise ValueError(f"{name}: the config is longer than {MOST_CONFIG} bytes; it is not read.")
    budget = None if total_bytes is None else total_bytes + SLACK
    try:
        config = json.loads(text)
        if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
            raise ValueError("the config describes no model")
        if not compile:
            config["compile_config"] = None
        with CustomObjectScope(custom_objects), memory_budget(budget), sharing():
            model = _objects.deserialize(config, safe_mode=safe_mode)
    except OSError:
        raise
    except (Exception, RecursionError) as error:
        what = f"{error}" if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        raise type(error)(f"{name}: {what}") if type(error) is _objects.UnknownObjectError else \
            ValueError(f"{name}: the model cannot be made of its config: {what}") from error
    if not hasattr(model, "load_weights"):
        raise ValueError(f"{name}: expected a model, the config is that of a "
                         f"{type(model).__name__}.")
    return model


# ------------------------------------------------------------------------------- zip files


class opened_zip:  # noqa: N801 - used like a function
    """``with opened_zip(path, name) as archive``: damage in the block becomes a ValueError."""

    def __init__(self, path, name):
        self.path, self.name = path, name

    def __enter__(self):
        try:
            self.archive = zipfile.ZipFile(self.path)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError) as error:
            raise self._told(error) from error
        return self.archive

    def __exit__(self, kind, error, traceback):
        self.archive.close()
        if isinstance(error, (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError,
                              RuntimeError, MemoryError)):
            raise self._told(error) from error

    def _told(self, error):
        return ValueError(f"{self.name} cannot be read: it is no .keras file, or a damaged one "
                          f"({error}).")


def entry(archive, entry_name, name, most=None):
    """Return the bytes of an entry; one that would grow out of proportion is refused."""
    try:
        info = archive.getinfo(entry_name)
    except KeyError:
        raise ValueError(
            f"{name} has no '{entry_name}', so it is no model saved by Keras 3 or this library; it "
            f"has {', '.join(archive.namelist()[:5])}."
        ) from None
    grown = max(MOST_EXPANSION * info.compress_size, 1_000_000)
    most = grown if most is None else min(most, grown)
    if info.file_size > most:
        raise ValueError(
            f"{name}: '{entry_name}' claims {info.file_size} bytes, {info.compress_size} are "
            f"stored; it is not read."
        )
    with archive.open(info) as file:
        return file.read(most + 1)
