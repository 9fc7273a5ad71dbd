"""From what users pass to ``fit`` to arrays that the training loop works with."""

import numpy as np

from .._engine import Tensor
from .._errors import lesson
from ..utils.dataset import unpack_x_y_sample_weight

BLOCK = 1 << 20         # rows of a mapped file that are looked at together


# ---- one argument ------------------------------------------------------------------

def to_array(values, name, dtype=None, keep=False):
    """Users' data as a C-contiguous float32, float64 or int64 array.

    Parameters
    ----------
    values : array_like
        Array of any real dtype and memory order, nested list, Tensor, pandas frame or series,
        PyTorch tensor, or anything NumPy can read.
    name : str
        How errors call it: ``"x"``, ``"y"``.
    dtype : dtype, optional
        What to convert to; without it floats become float32 unless they are float64, and
        integers stay int64.  An array that is already right is not copied.
    keep : bool
        Leave as it is what a `BatchFeed` converts batch by batch: uint8 (pixels, say), and files
        mapped into memory, which may be larger than it.
    """
    array = real_array(values, name)
    if array.ndim == 0:
        raise ValueError(f"{name} must have a sample axis, got a single number")
    if keep and (isinstance(array, np.memmap) or array.dtype == np.uint8):
        return array if isinstance(array, np.memmap) else np.ascontiguousarray(array)
    return np.ascontiguousarray(array, dtype=batch_dtype(array, dtype))


def batch_dtype(array, dtype=None):
    """What batches of an array are to be: `dtype`, else float32, float64 or int64."""
    if dtype is not None:
        return np.dtype(dtype)
    if array.dtype.kind in "biu":
        return np.dtype(np.int64)
    return np.dtype(np.float64 if array.dtype.itemsize >= 8 else np.float32)


def real_array(values, name):
    """An array of real numbers, of whatever dtype and layout."""
    if isinstance(values, Tensor):
        return values.numpy()
    if hasattr(values, "detach") and hasattr(values, "cpu"):        # of PyTorch
        values = values.detach().cpu().numpy()
    if type(values).__module__.split(".")[0] == "pandas":
        return _from_pandas(values, name)
    if isinstance(values, dict):
        raise TypeError(f"{name} is a dictionary, but this model has one input and one output: "
                        f"pass the array itself")
    if hasattr(values, "toarray") and not hasattr(values, "__array__"):
        raise TypeError(f"{name} is a sparse matrix: pass {name}.toarray()")
    try:
        array = np.asanyarray(values)
    except ValueError as error:
        raise ValueError(_ragged(values, name, error)) from None
    if array.dtype.kind not in "biuf":
        raise ValueError(_no_numbers(array, name, isinstance(values, np.ndarray)))
    return array if isinstance(array, np.memmap) else np.asarray(array)


def _ragged(values, name, error):
    lengths = [len(row) if hasattr(row, "__len__") else None for row in values]
    odd = next((i for i, n in enumerate(lengths) if n != lengths[0]), 0)
    return lesson(f"Unrecognized data type: {name} (of type {type(values)})",
                  where=f"{name}[0] has length {lengths[0]}, {name}[{odd}] has {lengths[odd]}"
                  if odd else str(error),
                  why="Samples are the rows of a regular array: all have the same length.",
                  use="cut or fill up the rows")


def _no_numbers(array, name, is_array):
    """The error's text for an array of something else."""
    odd = next((value for value in array.ravel()[:100_000].tolist()
                if not isinstance(value, (int, float)) or value is None), None)
    if not array.ndim and array.dtype.kind in "SU":
        return lesson(f"Invalid dtype: {array.dtype.name}", where=f"{name} is the text {odd!r}",
                      why="fit, evaluate and predict take the data themselves, not their name.",
                      use=f"pandas.read_csv({odd!r})" if "." in odd else "an array")
    use = _words_to_numbers(array, name, name if is_array else f"np.array({name})") \
        if array.dtype.kind in "SUO" else ""
    if array.dtype.kind == "O" and not use:
        use = f"{name} = np.array({name}, dtype=float) once every entry is a number; np.nan for " \
              "what is missing"
    elif array.dtype.kind == "c":
        use = f"np.abs({name}), or {name}.real and {name}.imag beside each other"
    elif array.dtype.kind in "mM":
        use = f"({name} - {name}.min()) / np.timedelta64(1, 'D'), a number of days"
    return lesson(f"Invalid dtype: {array.dtype.name}",
                  where=f"{name}, of shape {array.shape}" + (
                      f", which holds {odd!r}" if array.dtype.kind in "OSU" else ""),
                  why="A network adds and multiplies: its data are real numbers.", use=use)


def _words_to_numbers(array, name, written):
    """How an array of words, called `written`, becomes one of numbers; "" if it holds others."""
    if not all(isinstance(value, (str, bytes)) for value in array.ravel()[:100_000].tolist()):
        return ""
    if _are_numbers(array):
        return f"{written}.astype(float), as the words are numbers"
    if array.ndim == 2 and _are_numbers(array[1:]):
        return f"{written}[1:].astype(float): the first row holds names, the others numbers"
    return "classes, number = np.unique(y, return_inverse=True)" if name == "y" else \
        "number each word, or give each its own column of 0 and 1 (pandas.get_dummies)"


def _are_numbers(words):
    try:
        return words.ravel()[:100_000].astype(float).size > 0
    except ValueError:
        return False


def _from_pandas(values, name):
    """A frame, series or index as an array; missing numbers become NaN."""
    columns = values.items() if values.ndim == 2 else [(None, values)]
    plain = True
    for label, column in columns:
        kind = column.dtype.kind
        numbers = kind in "biuf"
        if kind == "O" and str(column.dtype) == "object":       # it may hold numbers
            numbers = np.asarray(column.tolist()).dtype.kind in "biuf"
        plain = plain and isinstance(column.dtype, np.dtype) and kind != "O"
        if not numbers:
            where = f"column {label!r} of {name}" if label is not None else name
            hint = {"M": "; subtract a date to get numbers", "O": "; encode it first: "
                    "pandas.get_dummies, or .astype('category').cat.codes"}.get(kind, "")
            example = next(iter(column.dropna()), None) if hasattr(column, "dropna") else None
            raise ValueError(f"{where} must hold real numbers, got dtype {column.dtype}"
                             + (f" such as {example!r}" if example is not None else "") + hint)
    array = np.asarray(values) if plain else None
    if array is None or array.dtype.kind not in "biuf":
        array = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return array


def is_array_like(values):
    """Whether this is data itself, rather than something that yields batches of it."""
    return (values is None or isinstance(values, (list, tuple, dict, str, np.ndarray, Tensor))
            or hasattr(values, "__array__") or hasattr(values, "toarray")
            or not hasattr(values, "__iter__"))


# ---- several arguments ----------------------------------------------------------------

def check_lengths(**arrays):
    """Raise ValueError unless all arrays (None is left out) have the same number of samples."""
    lengths = {name: len(array) for name, array in arrays.items() if array is not None}
    if len(set(lengths.values())) > 1:
        raise ValueError(lesson(
            "Data cardinality is ambiguous. Make sure all arrays contain the same number of "
            f"samples. {', '.join(f'{name!r} sizes: {n}' for name, n in lengths.items())}",
            why="Row number i of each array belongs to sample number i.",
            use="print(x.shape, y.shape): one of them was cut differently, or transposed"))
    if not all(lengths.values()):
        raise ValueError(lesson(
            "There are no samples: " + ", ".join(
                f"{name} has length {n}" for name, n in lengths.items()) + ".",
            why="A mean over no samples is 0/0, and no gradient follows from it.",
            use="print(len(x)) after each step that selects rows"))


def unpack_validation(data):
    """`validation_data` that is arrays, checked to be (x, y) or (x, y, sample_weight)."""
    if not isinstance(data, (tuple, list)) or not 1 <= len(data) <= 3:
        raise ValueError("validation_data must be (x, y) or (x, y, sample_weight), got "
                         f"{type(data).__name__}"
                         + (f" of length {len(data)}" if isinstance(data, (tuple, list)) else ""))
    return unpack_x_y_sample_weight(data)


def split_validation(x, y, sample_weight, fraction):
    """(training arrays, validation arrays): the last `fraction` of the samples validate."""
    at = int(np.floor(len(x) * (1 - fraction)))
    if at == 0 or at == len(x):
        raise ValueError(not_enough_to_split(len(x), fraction, (
            f"{'None' if at == 0 else 'All'} of them would be left to train on.")))
    parts = [(None, None) if a is None else (a[:at], a[at:]) for a in (x, y, sample_weight)]
    return [p[0] for p in parts], [p[1] for p in parts]


def check_validation_split(fraction, x):
    """Raise ValueError unless `validation_split` is from 0 to below 1."""
    if isinstance(fraction, (int, float, np.number)) and not isinstance(fraction, bool) \
            and 0 <= fraction < 1:
        return
    samples = len(x) if hasattr(x, "__len__") else "some"
    use = f"validation_split={fraction / 100:g} for {fraction:g} percent" \
        if isinstance(fraction, (int, float)) and 1 < fraction < 100 else ""
    raise ValueError(not_enough_to_split(
        samples, fraction, "It is the part of the samples that is held back, from 0 to below 1"
        f"{f', not of type {type(fraction).__name__}' if isinstance(fraction, str) else ''}.",
        use))


def not_enough_to_split(samples, fraction, why, use=""):
    """The error's text for a `validation_split` that leaves one part without samples."""
    return lesson(
        f"Training data contains {samples} samples, which is not sufficient to split it into a "
        f"validation and training set as specified by `validation_split={fraction}`. Either "
        "provide more data, or a different value for the `validation_split` argument.",
        why=why, use=use or "validation_split=0.2 holds back the last fifth of the samples")


# ---- classes ----------------------------------------------------------------------------

def class_numbers(y, classes, ignored=None):
    """Labels as int64 of shape (n,) or (n, 1), each checked to be one of 0 … classes−1, or the
    class that the loss ignores.

    A mapped file is looked at in blocks and returned as it is.
    """
    if isinstance(y, np.memmap):
        for start in range(0, len(y), BLOCK):
            _check_class_numbers(y[start : start + BLOCK], classes, ignored, start)
        return y
    _check_class_numbers(y, classes, ignored)
    return y.astype(np.int64, copy=False)


def _check_class_numbers(y, classes, ignored, first=0):
    if y.dtype.kind == "f":
        whole = np.where(np.isfinite(y), y, 0.5)
        wrong = np.flatnonzero(whole != np.floor(whole))
        if wrong.size:
            raise ValueError(lesson(
                f"Received a label value of {y.ravel()[wrong[0]]} which is no whole number.",
                where=f"y, position {first + wrong[0]}",
                why="sparse_categorical_crossentropy takes the number of each sample's class.",
                use='loss="mse" if y is to be predicted as a quantity'))
    if y.size and (y.min() < 0 or y.max() >= classes):
        wrong = np.flatnonzero(((y < 0) | (y >= classes)) & (y != ignored))
        if wrong.size:
            found = np.unique(y[np.isfinite(y)] if y.dtype.kind == "f" else y)
            from_1 = found.size and found[0] == 1 and found[-1] == classes
            raise ValueError(lesson(
                f"Received a label value of {y.ravel()[wrong[0]]:g} which is outside the valid "
                f"range of [0, {classes}).",
                where=f"y, position {first + wrong[0]}; its labels go from {found[0]:g} to "
                      f"{found[-1]:g}" if found.size else f"y, position {first + wrong[0]}",
                why=f"The last layer has {classes} outputs, one for each class: classes are "
                    f"counted from 0 to {classes - 1}.",
                use="y - 1" if from_1 else f"Dense({int(found[-1]) + 1}) as last layer, or other "
                    "labels" if found.size and found[0] >= 0 else "labels from 0 on: "
                    "np.unique(y, return_inverse=True)[1]"))


def class_weights(y, class_weight, outputs, dtype):
    """The weight of each sample by its class; a class that `class_weight` lacks weighs 1.

    Parameters
    ----------
    y : ndarray (n,), (n, 1): class numbers; or (n, C): one-hot
    class_weight : dict of int to float
    outputs : int
        Units of the last layer: how many classes there are, or 1 for two.

    Raises
    ------
    ValueError
        For a class that neither the targets nor the model have.
    """
    if not isinstance(class_weight, dict):
        raise ValueError(lesson(
            f"class_weight must be a dictionary from class numbers to weights, got "
            f"{class_weight!r}",
            why="It says for each class how much its samples count in the loss.",
            use="class_weight={0: 1.0, 1: 5.0}" if not isinstance(class_weight, (list, tuple)) else
            f"class_weight={dict(enumerate(class_weight))}"))
    y = np.asarray(y)
    if y.ndim > 1:
        y = np.argmax(y, axis=-1) if y.shape[-1] != 1 else y[..., 0]
    if y.ndim != 1:
        raise ValueError(f"class_weight needs one class per sample, but y has {y.ndim} axes more")
    found, position = np.unique(np.round(y).astype(np.int64), return_inverse=True)
    known = {int(number) for number in found} | set(range(max(outputs, 2)))
    for number in class_weight:
        if number not in known:
            raise ValueError(lesson(
                f"class_weight has a weight for class {number!r}, but the classes are "
                f"{', '.join(map(str, sorted(known)[:20]))}",
                where=f"class_weight={class_weight!r}",
                why="A weight that meets no sample would do nothing. Classes that are left out "
                    "weigh 1."))
    weights = np.array([class_weight.get(int(number), 1.0) for number in found], dtype=dtype)
    return weights[position.reshape(-1)]


# ---- numbers ----------------------------------------------------------------------------

_NUMBERS = {
    "batch_size": {"why": "It is how many samples each update of the weights looks at.",
                   "use": "batch_size=32; batch_size=len(x) for one update per epoch"},
    "epochs": {"why": "It is how often fit goes through all samples.", "use": "epochs=10"},
    "steps_per_epoch": {"why": "It is how many batches an epoch has.",
                        "use": "leave it out for all of them"},
}


def positive_int(value, name, allow_zero=False):
    """`value` as an int, or a ValueError that names the argument."""
    try:
        number = value.__index__()
    except (AttributeError, TypeError):
        number = -1
    if isinstance(value, bool) or number < (0 if allow_zero else 1):
        raise ValueError(lesson(
            f"{name} must be {'0 or a' if allow_zero else 'a'} positive whole number, got "
            f"{value!r}" if not hasattr(value, "shape") else
            f"{name} must be a positive whole number, got an array of shape {value.shape}",
            **_NUMBERS.get(name, {})))
    return number


def verbosity(verbose):
    """`verbose` as "auto", 0, 1 or 2."""
    if isinstance(verbose, str) and verbose == "auto":
        return verbose
    if verbose not in (0, 1, 2):
        raise ValueError(f"verbose must be 'auto', 0, 1 or 2, got {verbose!r}")
    return int(verbose)


def should_validate(epoch, freq):
    """Whether epoch number `epoch`, counted from 0, ends with a validation."""
    if isinstance(freq, (list, tuple, set, frozenset, range, np.ndarray)):
        return epoch + 1 in freq
    return (epoch + 1) % freq == 0


def check_validation_freq(freq):
    """`validation_freq` as a positive int or a container of epochs counted from 1."""
    if isinstance(freq, (list, tuple, set, frozenset, range, np.ndarray)):
        return freq
    try:
        return positive_int(freq, "validation_freq")
    except ValueError:
        raise ValueError("validation_freq must be a positive whole number or a list of epochs "
                         f"counted from 1, got {freq!r}") from None
