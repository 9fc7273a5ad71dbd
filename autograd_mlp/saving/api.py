"""save_model, load_model, save_weights, load_weights: which file name means which format."""

import errno
import os

from .._errors import lesson, warn
from . import archive, flat, hdf5, legacy, state
from .atomic import replacing

LEGACY = (".h5", ".hdf5")


def save_model(model, filepath, overwrite=True, zipped=None, **kwargs):
    """Write a whole model to a file: config, weights, and how it is trained.

    Parameters
    ----------
    model : Model
    filepath : str or path
        Ending in ``.keras``; or in ``.h5`` or ``.hdf5`` for the format of Keras 2.
    overwrite : bool
        False asks on the terminal before an existing file is replaced.
    zipped : bool, optional
        False writes a directory instead of one file.
    include_optimizer : bool, default True
        Of ``.h5`` files: whether to write the optimizer and its state.

    Raises
    ------
    ValueError
        For another ending of the name.
    FileExistsError
        If `overwrite` is False, the file exists, and nobody can be asked.
    OSError
        If it cannot be written. An existing file is then as it was before.
    """
    path = _text(filepath)
    include_optimizer = kwargs.pop("include_optimizer", True)
    if kwargs.pop("save_format", None) is not None:
        warn("save_model: `save_format` is not needed, the ending of the file's name "
             "says the format", DeprecationWarning)
    if kwargs:
        from .._errors import did_you_mean

        name = next(iter(kwargs))
        raise ValueError(f"save_model does not take the argument '{name}'"
                         f"{did_you_mean(name, ('overwrite', 'zipped', 'include_optimizer'))}")
    is_legacy = path.endswith(LEGACY)
    if zipped is False:
        if path.endswith(".keras"):
            raise ValueError(f"With zipped=False the name is that of a directory and must not end "
                             f"in .keras, got '{path}'.")
    elif not path.endswith(".keras") and not is_legacy:
        raise ValueError(lesson(
            "Invalid filepath extension for saving. Please add either a `.keras` extension for the "
            "native Keras format (recommended) or a `.h5` extension. Received: "
            f"filepath={path}.",
            why="The end of the name says the format.",
            use=f'model.save("{os.path.basename(path)}.keras"); weights alone: save_weights, '
                "as .weights.h5, .npz or .safetensors"))
    if not model.built:
        warn(f"model '{model.name}' is saved without weights, since it is not built yet: "
             "begin it with Input, or call it on data first")
    if not _may_write(path, overwrite):
        return
    if zipped is False:
        archive.save_directory(model, path)
    elif is_legacy:
        warn(
            f"'{path}': the HDF5 format for whole models is legacy in Keras 3; "
            f"model.save('{os.path.splitext(path)[0]}.keras') writes the present one."
        )
        legacy.save(model, path, include_optimizer)
    else:
        archive.save(model, path)


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True):
    """Make a model from a file that this library or Keras saved.

    Parameters
    ----------
    filepath : str or path
        A ``.keras`` file, the directory of ``zipped=False``, or a ``.h5`` file.
    custom_objects : dict, optional
        Names of your own classes and functions in the file.
    compile : bool
        Whether to compile the model as the saved one was, with its optimizer's state.
    safe_mode : bool
        False also loads lambdas, whose code in the file may do anything on this computer.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        If the file is damaged, names what is not known, or its weights do not fit its config.
    OSError
        If it cannot be opened.
    """
    path = _text(filepath)
    if os.path.isdir(path) and os.path.exists(os.path.join(path, archive.CONFIG)):
        return archive.load(path, custom_objects, compile, safe_mode)
    if path.endswith(LEGACY):
        _check_exists(path, (".keras", *LEGACY))
        return legacy.load(path, custom_objects, compile, safe_mode)
    if not path.endswith(".keras"):
        raise ValueError(lesson(
            f"File format not supported: filepath={path}. `.keras` files and legacy H5 format "
            "files (`.h5` extension) are supported.",
            why="The end of the name says the format; a directory is one that "
                "save(zipped=False) wrote."))
    if not os.path.exists(path):
        # Keras raises ValueError; whoever expects an OSError gets one as well
        raise _NoSuchFile(lesson(
            f"File not found: filepath={path}. Please ensure the file is an accessible `.keras` "
            "zip file.",
            where=f"its directory {_what_is_there(path, ('.keras', *LEGACY))}",
            use="an absolute path; os.getcwd() is where relative ones begin"))
    return archive.load(path, custom_objects, compile, safe_mode)


def save_weights(model, filepath, overwrite=True, max_shard_size=None):
    """Write the weights of a model, and the optimizer's state if the format holds that.

    Parameters
    ----------
    model : Model
    filepath : str or path
        Ending in ``.weights.h5`` (Keras 3's layout, with the optimizer's state), ``.npz`` or
        ``.safetensors`` (weights only, readable by NumPy and the safetensors package).
    overwrite : bool
        As in `save_model`.
    max_shard_size : None
        Weights are always written to one file.
    """
    path = _text(filepath)
    if max_shard_size is not None:
        raise ValueError("save_weights writes one file: max_shard_size must be None, got "
                         f"{max_shard_size!r}.")
    if not path.endswith((".weights.h5", ".npz", ".safetensors")):
        raise ValueError(lesson(
            f"The filename must end in `.weights.h5`. Received: filepath={path}",
            why=".npz and .safetensors will do as well: the end of the name says the format.",
            use="model.save for the whole model"))
    _check_built(model, "save_weights")
    if not _may_write(path, overwrite):
        return
    if path.endswith(".h5"):
        hdf5.h5py()
        values = state.read_out(model)
        with replacing(path) as file:
            hdf5.write_weights(file, values)
    else:
        with replacing(path) as file:
            write = flat.write_npz if path.endswith(".npz") else flat.write_safetensors
            write(file, model)


def load_weights(model, filepath, skip_mismatch=False, by_name=None):
    """Copy weights from a file into a model; if they do not fit, nothing is changed.

    Parameters
    ----------
    model : Model
        Built, with the same structure of layers as that which was saved.
    filepath : str or path
        Ending in ``.weights.h5``, ``.keras``, ``.npz``, ``.safetensors``; or ``.h5`` and
        ``.hdf5`` of Keras 2.
    skip_mismatch : bool
        Leave layers that do not fit as they are, with a warning.
    by_name : bool, optional
        Of ``.h5`` files: match layers by their names instead of their order.

    Raises
    ------
    ValueError
        Naming the layers that do not fit, their shapes and those in the file.
    """
    path = _text(filepath)
    is_legacy = path.endswith(LEGACY) and not path.endswith(".weights.h5")
    if not is_legacy and not path.endswith((".weights.h5", ".keras", ".npz", ".safetensors")):
        raise ValueError(lesson(
            f"File format not supported: filepath={path}. `.weights.h5`, `.keras`, `.npz` and "
            "`.safetensors` files and legacy H5 format files (`.h5` extension) are supported.",
            why="The end of the name says the format."))
    if by_name is not None and not is_legacy:
        raise ValueError(f"by_name is for .h5 files of the older format, got '{path}'.")
    _check_built(model, "load_weights")
    _check_exists(path, (".weights.h5", ".npz", ".safetensors", ".keras", *LEGACY))
    name = f"'{path}'"
    if path.endswith(".keras"):
        archive.load_weights(model, path, skip_mismatch)
    elif is_legacy:
        legacy.load_weights(model, path, skip_mismatch, bool(by_name))
    elif path.endswith(".h5"):
        with open(path, "rb") as file, hdf5.opened(file, name) as h5:
            state.load(model, hdf5.Source(h5, name), skip_mismatch=skip_mismatch)
    else:
        read = flat.read_npz if path.endswith(".npz") else flat.read_safetensors
        with open(path, "rb") as file:
            read(file, model, name, skip_mismatch)


class _NoSuchFile(ValueError, FileNotFoundError):
    """Keras raises the first, everybody else the second."""


def _text(filepath):
    try:
        path = os.fspath(filepath)
    except TypeError:
        raise ValueError(f"Expected the name of a file (str or pathlib.Path), got {filepath!r}.") \
            from None
    return os.fsdecode(path)


def _check_exists(path, endings):
    if not os.path.exists(path):
        raise FileNotFoundError(errno.ENOENT, lesson(
            f"No such file or directory: '{path}'",
            where=f"its directory {_what_is_there(path, endings)}",
            use="an absolute path; os.getcwd() is where relative ones begin"))


def _what_is_there(path, endings):
    directory = os.path.dirname(path) or "."
    try:
        found = sorted(name for name in os.listdir(directory) if name.endswith(endings))
    except OSError:
        return "does not exist"
    return f"has {', '.join(found[:5])}" if found else "has no saved models"


def _check_built(model, method):
    if not model.built:
        doing = "saving" if method == "save_weights" else "loading weights into"
        raise ValueError(lesson(
            f"You are {doing} a model that has not yet been built. Try building the model first by "
            "calling it on some data or by using `build()`.",
            where=f"{method} of model '{model.name}'",
            why="How many weights there are follows from the number of inputs.",
            use="Input((8,)) as first element of the model, or build((None, 8))"))


def _may_write(path, overwrite):
    """Whether a file may be written: if it exists and `overwrite` is False, ask."""
    if overwrite or not os.path.exists(path):
        return True
    try:
        answer = ""
        while answer not in ("y", "n"):
            answer = input(f"'{path}' already exists - overwrite? [y/n] ").strip().lower()
    except (EOFError, OSError) as error:
        raise FileExistsError(f"'{path}' exists, overwrite is False, and there is no terminal to "
                              "ask on.") from error
    return answer == "y"
