"""Weights in ``.npz`` and ``.safetensors`` files: names and arrays, nothing else.

Both are read and written without further packages. A safetensors file is eight bytes with the
length of a header, the header as JSON (name → dtype, shape, place of its bytes), and the bytes.

An array is called after its place in the model, such as ``dense/kernel``, ``dense_1/bias`` or
``sequential/dense/kernel``, whatever the automatic names of the layers are.
"""

import contextlib
import json
import math
import struct
import tokenize
import zipfile
import zlib

import numpy as np
from numpy.lib import format as npy

from .hdf5 import widened
from .state import own_variables, places

MOST_HEADER = 100_000_000  # bytes, as the safetensors package has it

_DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4",
    "I16": "<i2", "I8": "|i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
_CODES = {np.dtype(dtype): code for code, dtype in _DTYPES.items() if code != "BF16"}


def named_variables(model):
    """Return ``{name: (layer, variable)}`` of all weights of a model.

    Examples
    --------
    >>> from autograd_mlp import Input, Sequential, layers
    >>> model = Sequential([Input((2,)), layers.Dense(2), layers.Dense(1)])
    >>> list(named_variables(model))
    ['dense/kernel', 'dense/bias', 'dense_1/kernel', 'dense_1/bias']
    """
    found = {}
    weights = {id(weight) for weight in model.weights}
    for path, thing in places(model):
        prefix = "/".join(part for part in path.split("/") if part != "layers")
        for variable in own_variables(thing):
            if id(variable) not in weights:
                continue  # the optimizer's
            first = name = f"{prefix}/{variable.name}" if prefix else variable.name
            number = 0
            while name in found:
                number += 1
                name = f"{first}_{number}"
            found[name] = thing, variable
    return found


def assign(model, arrays, name, skip_mismatch=False):
    """Copy arrays by name into a model's weights; if one does not fit, nothing is changed.

    Parameters
    ----------
    arrays : dict of str to (shape, dtype, function that returns the array)
    name : str
        Of the file, for errors.
    """
    from .state import fits, report

    expected = named_variables(model)
    problems, plan = [], []
    for key, (layer, variable) in expected.items():
        if key not in arrays:
            problems.append(f"layer '{layer.name}' expects '{key}' of shape {variable.shape}, the "
                            "file does not have it.")
            continue
        shape, dtype, read = arrays[key]
        if tuple(shape) != variable.shape or not fits(dtype, variable.dtype):
            problems.append(
                f"layer '{layer.name}' expects '{key}' of shape {variable.shape} and type "
                f"{variable.dtype}, the file has {tuple(shape)} of {dtype}.")
            continue
        plan.append((variable, read))
    for key in arrays:
        if key not in expected:
            problems.append(f"the file has '{key}', which no layer of the model expects.")
    if problems:
        report(problems, name, skip_mismatch)
    values = [read().astype(variable.dtype, copy=False) for variable, read in plan]
    for (variable, _), array in zip(plan, values, strict=True):
        variable.assign(array)


# --------------------------------------------------------------------------------------- npz


def write_npz(file, model):
    """Write the weights as ``numpy.savez`` does."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, (_, variable) in named_variables(model).items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                npy.write_array(entry, np.ascontiguousarray(variable.numpy()), allow_pickle=False)


def read_npz(file, model, name, skip_mismatch=False):
    """Read weights that `write_npz` or ``numpy.savez`` wrote."""
    with _damage_told(name), zipfile.ZipFile(file) as archive:
        arrays = {}
        for info in archive.infolist():
            with archive.open(info) as entry:
                shape, _, dtype = _npy_header(entry)
            arrays[info.filename.removesuffix(".npy")] = (
                shape, dtype, lambda info=info: _npy_values(archive, info))
        assign(model, arrays, name, skip_mismatch)


@contextlib.contextmanager
def _damage_told(name):
    try:
        yield
    except (zipfile.BadZipFile, EOFError, KeyError, NotImplementedError, RuntimeError, SyntaxError,
            TypeError, OverflowError, MemoryError, UnicodeError, zlib.error, _Damaged) as error:
        raise ValueError(f"{name} cannot be read: it is no .npz file, or a damaged one "
                         f"({error}).") from error


class _Damaged(Exception):
    """What an entry holds is no plain array."""


def _npy_header(entry):
    try:
        version = npy.read_magic(entry)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = read(entry)
    except (ValueError, tokenize.TokenError) as error:
        raise _Damaged(error) from error
    if dtype.kind not in "fiub":
        raise _Damaged(f"an array of {dtype} instead of numbers")
    return shape, fortran, dtype


def _npy_values(archive, info):
    with archive.open(info) as entry:
        shape, fortran, dtype = _npy_header(entry)
        size = math.prod(shape) * dtype.itemsize
        data = entry.read(size + 1)
    if len(data) != size:
        raise _Damaged(f"'{info.filename}' claims {size} bytes of values, it has {len(data)}")
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")


# -------------------------------------------------------------------------------- safetensors


def write_safetensors(file, model):
    """Write the weights in the safetensors format."""
    arrays = {name: np.ascontiguousarray(variable.numpy())
              for name, (_, variable) in named_variables(model).items()}
    header, end = {"__metadata__": {"format": "autograd_mlp"}}, 0
    for name, array in arrays.items():
        begin, end = end, end + array.nbytes
        header[name] = {"dtype": _CODES[array.dtype.newbyteorder("<")],
                        "shape": list(array.shape), "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write(struct.pack("<Q", len(text)))
    file.write(text)
    for array in arrays.values():
        file.write(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())


def read_safetensors(file, model, name, skip_mismatch=False):
    """Read weights from a safetensors file, as strictly as the format wants it.

    Raises
    ------
    ValueError
        If the header does not describe all bytes behind it, without gaps and overlaps.
    """
    arrays = {}
    for key, (code, shape, begin, end) in _safetensors_header(file, name).items():
        def read(code=code, shape=shape, begin=begin, end=end):
            file.seek(begin)
            values = np.frombuffer(file.read(end - begin), _DTYPES[code])
            return (widened(values) if code == "BF16" else values).reshape(shape)

        arrays[key] = shape, np.dtype("f4" if code == "BF16" else _DTYPES[code]), read
    assign(model, arrays, name, skip_mismatch)


def _safetensors_header(file, name):
    def refuse(why):
        return ValueError(f"{name} cannot be read: it is no .safetensors file, or a damaged one "
                          f"({why}).")

    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    if size < 8:
        raise refuse(f"{size} bytes are too few")
    length = struct.unpack("<Q", file.read(8))[0]
    if length > min(size - 8, MOST_HEADER):
        raise refuse(f"the header claims {length} bytes of {size}")
    try:
        header = json.loads(file.read(length).decode(), object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise refuse(f"the header is no JSON: {error}") from error
    if not isinstance(header, dict):
        raise refuse("the header is no JSON object")
    header.pop("__metadata__", None)
    found, places = {}, []
    for key, entry in header.items():
        try:
            code, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
            whole = all(type(n) is int and n >= 0 for n in (*shape, begin, end))
            dtype = np.dtype(_DTYPES[code])
        except (KeyError, TypeError, ValueError) as error:
            raise refuse(f"the entry of '{key}' is not understood: {error!r}") from error
        if not whole or len(shape) > 32 or end - begin != math.prod(shape) * dtype.itemsize:
            raise refuse(f"'{key}' of shape {shape} and type {code} lies at {begin}:{end}")
        places.append((begin, end))
        found[key] = code, tuple(shape), 8 + length + begin, 8 + length + end
    position = 0
    for begin, end in sorted(places):
        if begin != position:
            raise refuse(f"gap or overlap at byte {begin} of the data")
        position = end
    if position != size - 8 - length:
        raise refuse(f"{position} bytes of data are described, {size - 8 - length} are there")
    return found


def _no_duplicates(pairs):
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a name stands there twice")
    return dict(pairs)
