"""HDF5 files read and written with care: what Keras 3 puts into ``.weights.h5``.

Reading follows no link out of the file, reads no pickled or otherwise executable data, and looks
at shape and type of a dataset before any of its bytes are read. The HDF5 library itself, which h5py
wraps, may still loop on a file that was damaged on purpose (1 of some thousand with random bytes
changed did); ``.npz`` and ``.safetensors`` files do not need it.
"""

import contextlib
import math

import numpy as np

MOST_OBJECTS = 100_000   # groups and datasets in one file; a model of a thousand layers has 10,000
MOST_EXPANSION = 100     # times that a compressed dataset may be larger than what is stored of it
MOST_NAMES = 4_000_000   # bytes of a list of names kept in attributes


def h5py():
    """Return the package, or say how it is installed."""
    try:
        import h5py as package
    except ImportError as error:
        raise ImportError(
            "Files of the kinds .keras and .h5 need the package h5py: pip install "
            "'autograd_mlp[h5]' (or h5py). Weights also go to .npz and .safetensors files, which "
            "need nothing."
        ) from error
    return package


@contextlib.contextmanager
def opened(file, name):
    """Yield the h5py.File of a binary file open for reading; whatever fails becomes a ValueError.

    Parameters
    ----------
    file : binary file object
    name : str
        How errors call it.
    """
    package = h5py()
    try:
        with package.File(file, "r") as h5:
            yield h5
    except (KeyError, RuntimeError, TypeError, OSError, AttributeError, OverflowError,
            UnicodeError, MemoryError) as error:
        named = isinstance(error, ValueError) and not isinstance(error, UnicodeError)
        if named or isinstance(error, OSError) and error.errno is not None:
            raise
        raise ValueError(
            f"{name} cannot be read: it is no HDF5 file, or a damaged one ({error}). Save it "
            "again, or use another copy."
        ) from error


def write_weights(file, state):
    """Write ``{path: (name, {key: array})}`` in the layout of ``model.weights.h5``."""
    with h5py().File(file, "w") as h5:
        for path, (name, arrays) in state.items():
            group = h5.create_group(f"{path}/vars" if path else "vars")
            if name is not None:
                group.attrs["name"] = name
            for key, array in arrays.items():
                group.create_dataset(key, data=array)


def child(group, name, kind, where):
    """Return a direct child of a group that is stored in this very file, or None.

    Raises
    ------
    ValueError
        If it is a link, or no group (``kind="group"``) or dataset (``"dataset"``).
    """
    package = h5py()
    if name not in group:
        return None
    link = group.get(name, getlink=True)
    if not isinstance(link, package.HardLink):
        raise ValueError(f"{where}: '{name}' is a link to somewhere else, which is not followed.")
    found = group[name]
    if not isinstance(found, package.Group if kind == "group" else package.Dataset):
        raise ValueError(f"{where}: expected '{name}' to be a {kind}, got {type(found).__name__}.")
    if kind == "dataset":
        _check_dataset(found, where)
    return found


def descend(group, path, kind, where):
    """Return the group or dataset at a path below a group, or None; see `child`."""
    *parents, name = [part for part in path.split("/") if part]
    for part in parents:
        group = child(group, part, "group", where)
        if group is None:
            return None
    return child(group, name, kind, where)


def _check_dataset(dataset, where):
    if dataset.external or dataset.is_virtual:
        raise ValueError(f"{where}: the values of '{dataset.name}' lie in another file, which is "
                         "not opened.")
    if dataset.shape is None or dtype_of(dataset) is None:
        raise ValueError(f"{where}: '{dataset.name}' of type {dataset.dtype} does not hold "
                         "numbers.")
    if dataset_bytes(dataset) < math.prod(dataset.shape) * dataset.dtype.itemsize:
        raise ValueError(
            f"{where}: '{dataset.name}' claims shape {dataset.shape}, of which the file holds "
            f"only {dataset.id.get_storage_size()} bytes; it is not read."
        )


def dataset_bytes(dataset):
    """Size in memory that a dataset may have, judged by what is stored of it."""
    declared = math.prod(dataset.shape) * dataset.dtype.itemsize
    return min(declared, MOST_EXPANSION * dataset.id.get_storage_size() + 65536)


def dtype_of(dataset):
    """The NumPy dtype of the values, None if they are no numbers."""
    if dataset.attrs.get("dtype") == "bfloat16" and dataset.dtype.itemsize == 2:
        return np.dtype("float32")
    dtype = dataset.dtype
    return dtype if dtype.kind in "fiub" and dtype.itemsize <= 8 else None


def values(dataset):
    """Read a dataset, after its shape was checked."""
    if dataset.attrs.get("dtype") == "bfloat16" and dataset.dtype.itemsize == 2:
        bits = np.frombuffer(np.asarray(dataset[()]).tobytes(), np.uint16)
        return widened(bits).reshape(dataset.shape)
    return np.asarray(dataset[()])


def widened(bits):
    """bfloat16, given as its bits, as float32: it is the upper half of one."""
    return (bits.astype(np.uint32) << 16).view(np.float32)


def walk(group, where):
    """Return ``[(path, dataset)]`` of all datasets, refusing links and endless files."""
    package = h5py()
    found, pending, seen, count = [], [("", group)], set(), 0
    while pending:
        path, here = pending.pop()
        address = package.h5o.get_info(here.id).addr
        if address in seen:
            raise ValueError(f"{where}: the group '{path}' stands at two places.")
        seen.add(address)
        for name in here:
            count += 1
            if count > MOST_OBJECTS:
                raise ValueError(f"{where} holds more than {MOST_OBJECTS} objects; it is not read.")
            link = here.get(name, getlink=True)
            if not isinstance(link, package.HardLink):
                raise ValueError(f"{where}: '{path}/{name}' is a link to somewhere else, which is "
                                 "not followed.")
            item = here[name]
            full = f"{path}/{name}" if path else name
            if isinstance(item, package.Group):
                pending.append((full, item))
            elif isinstance(item, package.Dataset):
                _check_dataset(item, where)
                found.append((full, item))
    return found


class Source:
    """The weights in an open HDF5 file of Keras 3's layout; what `state.load` reads from."""

    def __init__(self, h5, name):
        self.name = name
        self._entries = {}
        for path, dataset in walk(h5, name):
            place, _, key = path.rpartition("/")
            if place == "vars" or place.endswith("/vars"):
                self._entries.setdefault(place[:-4].rstrip("/"), {})[key] = dataset

    @property
    def total_bytes(self):
        """Memory that all values need."""
        return sum(dataset_bytes(d) for entries in self._entries.values() for d in entries.values())

    def paths(self):
        return list(self._entries)

    def entries(self, path):
        return {key: (dataset.shape, dtype_of(dataset))
                for key, dataset in self._entries.get(path, {}).items()}

    def read(self, path, key, shape):
        dataset = self._entries[path][key]
        if dataset.shape != tuple(shape):
            raise ValueError(f"{self.name}: expected shape {tuple(shape)} at {path}, "
                             f"got {dataset.shape}.")
        return values(dataset)


def write_names(group, attribute, names):
    """Store a list of strings as attribute, in pieces where HDF5's limit of 64 kB asks for it."""
    encoded = [name.encode() for name in names]
    if sum(map(len, encoded)) == 0:
        group.attrs[attribute] = np.array(encoded, dtype="S1") if encoded else np.array([])
        return
    widest = max(map(len, encoded))
    per_piece = max(60_000 // widest, 1)
    pieces = [encoded[i:i + per_piece] for i in range(0, len(encoded), per_piece)]
    if len(pieces) == 1:
        group.attrs[attribute] = np.array(pieces[0])
        return
    for i, piece in enumerate(pieces):
        group.attrs[f"{attribute}{i}"] = np.array(piece)


def read_names(group, attribute, where):
    """Return the list of strings that `write_names` stored (or Keras)."""
    if attribute in group.attrs:
        pieces = [attribute]
    else:
        pieces = []
        while f"{attribute}{len(pieces)}" in group.attrs:
            pieces.append(f"{attribute}{len(pieces)}")
    names = []
    for piece in pieces:
        found = np.asarray(group.attrs[piece])
        if found.nbytes > MOST_NAMES or found.ndim != 1:
            raise ValueError(f"{where}: '{piece}' of '{group.name}' is no list of names.")
        names += [n.decode() if isinstance(n, bytes) else str(n) for n in found.tolist()]
    return names


def read_text(h5, attribute):
    """Return an attribute that holds a text, or None."""
    found = h5.attrs.get(attribute)
    if found is None:
        return None
    return found.decode() if isinstance(found, bytes) else str(found)
