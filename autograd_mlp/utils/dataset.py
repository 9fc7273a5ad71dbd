"""Batches made by a user's Python: `PyDataset`, and the worker threads or processes for it."""

import sys
from collections import deque
from itertools import count

from .. import random
from .._errors import KeywordsChecked, warn


class PyDataset(KeywordsChecked):
    """Samples in batches, made when they are needed: ``dataset[i]`` is batch number i.

    A subclass defines ``__getitem__(index)``, which returns ``(x,)``, ``(x, y)`` or
    ``(x, y, sample_weight)`` for a whole batch, and ``__len__()``, the number of batches (or the
    property ``num_batches``, None for no end).

    Parameters
    ----------
    workers : int, default 1
        How many threads (or processes) make batches while the model trains on those that are
        ready.  With 1 and no processes, batches are made between the steps.
    use_multiprocessing : bool, default False
        Use processes.  Each pass starts new ones, which have the dataset as it is then; what
        they change in it stays with them.
    max_queue_size : int, default 10
        Batches that may be ready, or in work, at a time.

    Notes
    -----
    `fit` draws a new order of the batches for each epoch, unless it is told ``shuffle=False``;
    the order within a batch is what ``__getitem__`` makes of it.

    Examples
    --------
    >>> import numpy as np
    >>> class Squares(PyDataset):
    ...     def __len__(self):
    ...         return 3
    ...     def __getitem__(self, index):
    ...         x = np.arange(4 * index, 4 * index + 4.0)
    ...         return x, x ** 2
    >>> [float(y.sum()) for x, y in Squares()]
    [14.0, 126.0, 366.0]
    """

    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def __getattr__(self, name):
        # for subclasses that do not call super().__init__
        defaults = {"workers": 1, "use_multiprocessing": False, "max_queue_size": 10}
        if name not in defaults:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        warn(f"{type(self).__name__}.__init__ should call super().__init__(**kwargs), "
             "which takes workers, use_multiprocessing and max_queue_size")
        self.__dict__.update({k: v for k, v in defaults.items() if k not in self.__dict__})
        return defaults[name]

    def __getitem__(self, index):
        """Batch number `index`; subclasses define it."""
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(self, index)")

    @property
    def num_batches(self):
        """The number of batches, None if there is no end."""
        if hasattr(self, "__len__"):
            return len(self)
        raise NotImplementedError(f"{type(self).__name__} must define __len__(self), the number "
                                  "of batches, or the property num_batches")

    def __iter__(self):
        batches = self.num_batches
        for index in count() if batches is None else range(batches):
            yield self[index]

    def on_epoch_begin(self):
        """Called before each pass over the dataset."""

    def on_epoch_end(self):
        """Called after each pass over the dataset."""


def batches_in_order(dataset, shuffle=False):
    """The batches of a pass, made by the dataset's workers; in a random order with `shuffle`."""
    batches = dataset.num_batches
    if batches is None:
        order = count()
    else:
        order = iter(random.generator().permutation(batches).tolist() if shuffle
                     else range(batches))
    workers, processes = dataset.workers, dataset.use_multiprocessing
    if workers > 1 or (workers > 0 and processes):
        return _made_ahead(dataset, order, workers, processes)
    return (dataset[index] for index in order)


def _made_ahead(dataset, order, workers, processes):
    executor, make = (_processes if processes else _threads)(dataset, workers)
    ahead = max(dataset.max_queue_size, 1)
    results = deque()
    try:
        for index in order:
            results.append(executor.submit(make, index))
            if len(results) >= ahead:
                yield results.popleft().result()
        while results:
            yield results.popleft().result()
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _threads(dataset, workers):
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(workers), dataset.__getitem__


def _processes(dataset, workers):
    # An executor, unlike multiprocessing.Pool, raises when a worker dies.  Forked workers have
    # the dataset without pickling it, and scripts need no `if __name__ == "__main__"`; all of
    # them are forked before the executor has a thread of its own.
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    executor = ProcessPoolExecutor(workers, context, _remember, (dataset,))
    return executor, _make


_dataset = None     # of a worker process


def _remember(dataset):
    global _dataset
    _dataset = dataset


def _make(index):
    return _dataset[index]


# ---- what a batch is -----------------------------------------------------------------


def unpack_x_y_sample_weight(data):
    """Return (x, y, sample_weight) of what a batch may be, None for what it lacks.

    Parameters
    ----------
    data : array_like, or tuple or list (x,), (x, y) or (x, y, sample_weight)

    Raises
    ------
    ValueError
        For a tuple of another length.

    Examples
    --------
    >>> unpack_x_y_sample_weight(("x", "y"))
    ('x', 'y', None)
    """
    if not isinstance(data, (tuple, list)):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ValueError("Expected x, (x,), (x, y) or (x, y, sample_weight), got a "
                         f"{type(data).__name__} of length {len(data)}.")
    return (*data, *[None] * (3 - len(data)))


def pack_x_y_sample_weight(x, y=None, sample_weight=None):
    """Return (x, y, sample_weight) without what is None at the end; x alone if it is no tuple.

    Examples
    --------
    >>> pack_x_y_sample_weight("x", "y")
    ('x', 'y')
    """
    if y is None:
        return (x,) if isinstance(x, (tuple, list)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)
