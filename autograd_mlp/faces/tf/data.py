"""``tf.data``: a Dataset that hands out samples and batches, for training loops of one's own.

It holds Python iterables of NumPy arrays.  ``model.fit`` takes one (batched) too, but is faster
on the arrays themselves.
"""

import numpy as np

from ... import ops, random
from ..._engine import Tensor

__all__ = ["AUTOTUNE", "Dataset", "experimental"]

AUTOTUNE = -1


class experimental:
    """``tf.data.experimental``, where AUTOTUNE stood before."""

    AUTOTUNE = -1


def _map(function, element):
    """The same nest with a function of each array; a list is an array."""
    if isinstance(element, dict):
        return {name: _map(function, part) for name, part in element.items()}
    if isinstance(element, tuple):
        return tuple(_map(function, part) for part in element)
    return function(element)


def _stack(elements):
    first = elements[0]
    if isinstance(first, dict):
        return {name: _stack([e[name] for e in elements]) for name in first}
    if isinstance(first, tuple):
        return tuple(_stack(list(parts)) for parts in zip(*elements, strict=True))
    return np.stack(elements)


class Dataset:
    """Elements one after the other; every iteration starts again.

    Made by `from_tensor_slices`, `from_generator` or `range`; each method returns a new dataset.
    Iterating gives tensors, in the nest of tuples and dicts that the dataset was made of.

    Parameters
    ----------
    arrays : callable
        Takes nothing and returns an iterator over nests of NumPy arrays.
    count : int or None
        How many elements there are, None if that is not known.

    Examples
    --------
    >>> from autograd_mlp.faces.tf.data import Dataset
    >>> pairs = Dataset.from_tensor_slices(([1.0, 2.0, 3.0], [0, 1, 0]))
    >>> for x, y in pairs.batch(2):
    ...     print(x.numpy(), y.numpy())
    [1. 2.] [0 1]
    [3.] [0]
    """

    def __init__(self, arrays, count):
        self._arrays = arrays
        self._count = count

    @staticmethod
    def from_tensor_slices(tensors):
        """One element per row of the arrays, which have equally many."""
        whole = _map(lambda x: ops.convert_to_numpy(ops.convert_to_tensor(x)), tensors)
        counts = set()
        _map(lambda x: counts.add(len(x)), whole)
        if len(counts) != 1:
            raise ValueError(f"the arrays must have equally many rows, got {sorted(counts)}")
        count = counts.pop()
        return Dataset(lambda: (_map(lambda x, i=i: x[i], whole) for i in range(count)),
                       count)

    @staticmethod
    def from_generator(generator, output_types=None, output_shapes=None, args=(),
                       output_signature=None):
        """What the generator function yields; types and shapes are those of what it yields."""
        return Dataset(lambda: (_map(np.asarray, element) for element in generator(*args)), None)

    @staticmethod
    def range(*args):
        """Whole numbers, as Python's range."""
        numbers = range(*args)
        return Dataset(lambda: (np.asarray(i) for i in numbers), len(numbers))

    @staticmethod
    def zip(*datasets):
        """Tuples of one element of each, as many as the shortest has."""
        datasets = datasets[0] if len(datasets) == 1 else datasets
        counts = [d._count for d in datasets]
        return Dataset(lambda: zip(*(d._arrays() for d in datasets), strict=False),
                       None if None in counts else min(counts))

    @staticmethod
    def sample_from_datasets(datasets, weights=None, seed=None, stop_on_empty_dataset=False):
        """Elements of several datasets mixed at random.

        Parameters
        ----------
        datasets : list of Dataset
        weights : list of float, optional
            How often each is drawn from, all equally if not given; need not sum to 1.
        seed : int, optional
        stop_on_empty_dataset : bool
            End with the first dataset that has no more, rather than go on with the others.

        Raises
        ------
        ValueError
            If there are no datasets, or weights are negative, all 0 or of another number.
        """
        datasets = list(datasets)
        share = np.ones(len(datasets)) if weights is None else np.asarray(weights, float)
        if not datasets or share.shape != (len(datasets),) or (share < 0).any() or (
                not share.any()):
            raise ValueError(f"sample_from_datasets needs one weight, not negative, for each of "
                             f"{len(datasets)} datasets, got {weights}")

        def arrays():
            generator = random.generator() if seed is None else np.random.default_rng(seed)
            parts, left = [d._arrays() for d in datasets], share.copy()
            while left.any():
                i = int(generator.choice(len(parts), p=left / left.sum()))
                for element in parts[i]:
                    yield element
                    break
                else:
                    if stop_on_empty_dataset:
                        return
                    left[i] = 0.0

        return Dataset(arrays, None)

    def shuffle(self, buffer_size, seed=None, reshuffle_each_iteration=True):
        """In an order drawn anew by each iteration, each element among the next `buffer_size`."""
        fixed = np.random.default_rng(seed) if seed is not None else None
        kept = None if reshuffle_each_iteration else int(
            (fixed or random.generator()).integers(2**63))

        def arrays():
            generator = fixed or random.generator()
            if kept is not None:
                generator = np.random.default_rng(kept)
            buffer = []
            for element in self._arrays():
                buffer.append(element)
                if len(buffer) > buffer_size:
                    i = int(generator.integers(len(buffer)))
                    buffer[i], buffer[-1] = buffer[-1], buffer[i]
                    yield buffer.pop()
            for i in generator.permutation(len(buffer)):
                yield buffer[i]

        return Dataset(arrays, self._count)

    def batch(self, batch_size, drop_remainder=False, **options):
        """So many elements stacked along a new first axis; the last batch may be smaller."""
        def arrays():
            group = []
            for element in self._arrays():
                group.append(element)
                if len(group) == batch_size:
                    yield _stack(group)
                    group = []
            if group and not drop_remainder:
                yield _stack(group)

        count = self._count
        if count is not None:
            count = count // batch_size if drop_remainder else -(-count // batch_size)
        return Dataset(arrays, count)

    def map(self, map_func, num_parallel_calls=None, deterministic=None):
        """``map_func`` of each element (of its parts, if it is a tuple), which are tensors."""
        def arrays():
            for element in self._arrays():
                tensors = _map(Tensor, element)
                result = map_func(*tensors) if isinstance(tensors, tuple) else map_func(tensors)
                yield _map(ops.convert_to_numpy, result)
        return Dataset(arrays, self._count)

    def filter(self, predicate):
        """The elements for which the predicate holds."""
        def arrays():
            for element in self._arrays():
                tensors = _map(Tensor, element)
                if predicate(*tensors) if isinstance(tensors, tuple) else predicate(tensors):
                    yield element
        return Dataset(arrays, None)

    def repeat(self, count=None):
        """The whole again, so many times; None or −1: without end."""
        endless = count is None or count < 0

        def arrays():
            done = 0
            while endless or done < count:
                yield from self._arrays()
                done += 1
        return Dataset(arrays, None if endless or self._count is None else count * self._count)

    def take(self, count):
        """The first elements; −1: all."""
        if count < 0:
            return self

        def arrays():
            for _, element in zip(range(count), self._arrays(), strict=False):
                yield element
        return Dataset(arrays, count if self._count is None else min(count, self._count))

    def skip(self, count):
        """All but the first elements."""
        def arrays():
            for i, element in enumerate(self._arrays()):
                if i >= count:
                    yield element
        return Dataset(arrays, None if self._count is None else max(self._count - count, 0))

    def cache(self, filename=""):
        """Itself: elements stay in memory (a file raises)."""
        if filename:
            raise NotImplementedError("cache() keeps elements in memory: give it no file")
        held = []

        def arrays():
            if not held:
                held.append(list(self._arrays()))
            yield from held[0]
        return Dataset(arrays, self._count)

    def prefetch(self, buffer_size):
        """Itself: nothing is prepared ahead."""
        return self

    def as_numpy_iterator(self):
        """The elements as NumPy arrays."""
        return self._arrays()

    def cardinality(self):
        """How many elements, as a tensor; −2 if that is not known."""
        return ops.convert_to_tensor(-2 if self._count is None else self._count)

    def __iter__(self):
        return (_map(Tensor, element) for element in self._arrays())

    def __len__(self):
        if self._count is None:
            raise TypeError("how many elements this dataset has is not known")
        return self._count
