"""Batches that something else makes: generators, PyDatasets, data loaders."""

import numpy as np

from .. import random
from .._engine import BatchFeed
from .._errors import lesson
from ..utils.dataset import PyDataset, batches_in_order, unpack_x_y_sample_weight
from .data import is_array_like
from .loop import Recorder, ran_out

MOST_SHAPES = 16        # of batches that are kept recorded; the one not used for longest goes

END = object()


class Batches:
    """An iterable of batches that can be gone through again and again.

    Attributes
    ----------
    batches : int or None
        How many there are in a pass, if that is known.
    once : bool
        Whether it can be gone through only once.
    """

    once = False

    def __init__(self, iterable):
        self.iterable = iterable
        self.started = None         # an iterator that `peek` began: the next pass goes on with it
        self.waiting = []           # batches that it gave already

    @property
    def batches(self):
        try:
            return len(self.iterable)
        except (TypeError, NotImplementedError):
            return None

    def iterate(self, shuffle):
        """Begin a pass; an iterator of batches."""
        if hasattr(self.iterable, "as_numpy_iterator"):
            return iter(self.iterable.as_numpy_iterator())
        return iter(self.iterable)

    def peek(self):
        """The first batch, which the next pass begins with."""
        if not self.waiting:
            if self.started is None:
                self.started = self.iterate(False)
            batch = next(self.started, END)
            if batch is END:
                raise ValueError(f"{self.called} holds no batch")
            self.waiting.append(batch)
        return self.waiting[0]

    def begin(self, shuffle=False):
        """Begin a pass, or go on if this can be gone through only once."""
        started, self.started = self.started, None
        while self.waiting:
            yield self.waiting.pop()
        yield from started or self.iterate(shuffle)

    def end(self):
        """A pass is over."""

    @property
    def called(self):
        """How errors call it."""
        return f"the {type(self.iterable).__name__}"


class Generator(Batches):
    """A generator: each pass goes on where the one before has ended."""

    once = True

    def iterate(self, shuffle):
        return self.iterable

    def begin(self, shuffle=False):
        while True:     # no `yield from`: that would close it when a pass is left early
            batch = self.waiting.pop() if self.waiting else next(self.iterable, END)
            if batch is END:
                return
            yield batch

    @property
    def empty(self):
        """Whether it has ended; asks it for a batch to know."""
        try:
            self.peek()
        except ValueError:
            return True
        return False


class Dataset(Batches):
    """A `PyDataset`: its hooks are called, its workers used."""

    @property
    def batches(self):
        return self.iterable.num_batches

    def peek(self):
        return self.iterable[0]

    def iterate(self, shuffle):
        self.iterable.on_epoch_begin()
        return batches_in_order(self.iterable, shuffle)

    def end(self):
        self.iterable.on_epoch_end()


def batches_of(x, y, sample_weight, name="x"):
    """`x` as Batches, or None if it is an array of samples.

    Raises
    ------
    ValueError
        If there are targets or weights beside something that yields batches.
    """
    if isinstance(x, Batches):
        return x
    if isinstance(x, PyDataset):
        kind = Dataset
    elif hasattr(x, "as_numpy_iterator"):
        kind = Batches
    elif hasattr(x, "__next__"):
        kind = Generator
    elif is_array_like(x):
        return None
    else:
        kind = Batches
    for argument, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise ValueError(lesson(
                f"When providing `{name}` as a {type(x).__name__}, `{argument}` should not be "
                "passed. Instead, the targets should be included as part of the "
                f"{type(x).__name__}.",
                why="It yields batches, so nobody could tell which targets belong to which batch.",
                use="yield x_batch, y_batch, or (x_batch, y_batch, weights)"))
    return kind(x)


def unpack_batch(batch, called):
    """(x, y, sample_weight) of a batch."""
    if isinstance(batch, list) and not all(hasattr(part, "__array__") for part in batch):
        raise ValueError(f"{called} must yield batches that are tuples: (x,), (x, y) or "
                         "(x, y, sample_weight), of arrays; it yields a list")
    if isinstance(batch, (tuple, list)) and not 1 <= len(batch) <= 3:
        raise ValueError(f"{called} must yield (x,), (x, y) or (x, y, sample_weight), it yields "
                         f"a {type(batch).__name__} of length {len(batch)}")
    return unpack_x_y_sample_weight(batch)


class StreamLoop:
    """Passes over batches that something else makes, with what `BatchLoop` has for `fit`.

    Each batch is copied into arrays that belong to its shape; the step for that shape is recorded
    on them and replayed.

    Parameters
    ----------
    source : Batches
    prepare : callable
        ``prepare(x, y, sample_weight)`` makes arrays of a batch, and a list of their dtypes.
    make_step : callable
        ``make_step(feed, present)`` returns the step on a feed.
    eager, own_code
        As in `Recorder`.
    steps : int, optional
        Batches of a pass, if not as many as there are.
    together : int
        How many batches callbacks hear of together.
    after : callable, optional
        Called with the `Recorder` after each batch.
    """

    def __init__(self, source, prepare, make_step, eager=False, own_code=False, steps=None,
                 together=1, after=None):
        self.source = source
        self.prepare = prepare
        self.make_step = make_step
        self.eager = eager
        self.own_code = own_code
        self.wanted = steps
        self.together = together
        self.after = after
        self.recorders = {}         # shapes and dtypes → Recorder
        self.iterator = None
        self.seen = 0               # batches of the iterator
        self.order = None           # the random state that it began with

    def place(self):
        """Where the pass is, as plain values that `go_to` takes."""
        return self.order, self.seen if self.iterator is not None else 0

    def go_to(self, order, position):
        """Be at a place in a pass: throw away the batches before it."""
        if not position:
            return
        state = random.get_state()
        if order is not None:
            random.set_state(order)
        self._begin(order is not None)
        for _ in range(position):
            next(self.iterator, None)
        self.seen = position
        random.set_state(state)

    @property
    def once(self):
        """Whether there is only one pass."""
        return self.source.once

    @property
    def exhausted(self):
        """Whether there are no more batches at all."""
        return self.source.once and self.source.empty

    @property
    def steps(self):
        """Batches of a pass, None if that is not known."""
        return self.wanted or self.source.batches

    def forget(self):
        """Record anew: what the tapes were made from may have changed."""
        for recorder in self.recorders.values():
            recorder.forget()

    def run(self, each_batch=None, progress=None, shuffle=None, first=0):
        """One pass; see `BatchLoop.run`."""
        if not first and (self.iterator is None or self.wanted is None):
            self._begin(shuffle is not None)
        try:
            done = self._pass(each_batch, progress, first)
        except BaseException:
            self._close()
            raise
        if self.wanted is None or done < self.wanted or self.seen == self.source.batches:
            self._close()
        self.source.end()

    def _begin(self, shuffle):
        self.order = random.get_state() if shuffle else None
        self.iterator = self.source.begin(shuffle)
        self.seen = 0

    def restart(self):
        """Let the next pass begin with the first batch, if this can be gone through again."""
        self._close()

    def _close(self):
        """End the pass that was begun, so that its workers stop."""
        if self.iterator is not None and not self.source.once:
            self.iterator.close()
        self.iterator = None

    def _pass(self, each_batch, progress, done):
        """Run the batches of a pass after those that are done; returns how many there were."""
        stop = False
        while not stop and (self.wanted is None or done < self.wanted):
            batch = next(self.iterator, END)
            if batch is END:
                if self.wanted is not None:
                    ran_out()
                break
            count = 1
            if each_batch is None:
                self._do(batch)
            else:
                def run(batch=batch, done=done):
                    nonlocal count
                    self._do(batch)
                    while count < self.together and (
                            self.wanted is None or done + count < self.wanted):
                        following = next(self.iterator, END)
                        if following is END:
                            break
                        self._do(following)
                        count += 1

                stop = each_batch(done, done + self.together - 1, run)
            done += count
            if progress is not None:
                progress(done)
        return done

    def _do(self, batch):
        """Run the step on one batch."""
        arrays, dtypes = self.prepare(*unpack_batch(batch, self.source.called))
        key = tuple((None if a is None else a.shape, dtype)
                    for a, dtype in zip(arrays, dtypes, strict=True))
        recorder = self.recorders.pop(key, None)
        if recorder is None:
            recorder = self._recorder(arrays, dtypes)
            if len(self.recorders) >= MOST_SHAPES:
                del self.recorders[next(iter(self.recorders))]
        self.recorders[key] = recorder      # last: used last
        feed = recorder.feed
        present = (a for a in arrays if a is not None)
        for into, array in zip(feed.arrays, present, strict=True):
            np.copyto(into, array, casting="unsafe")
        feed.rewind()
        recorder.replay(feed.samples, 1)
        self.seen += 1
        if self.after is not None:
            self.after(recorder)

    def _recorder(self, arrays, dtypes):
        feed = BatchFeed([np.empty(a.shape, dtype) for a, dtype in zip(arrays, dtypes, strict=True)
                          if a is not None])
        step = self.make_step(feed, [a is not None for a in arrays])
        return Recorder(feed, step, self.eager, self.own_code)
