"""Running one step for every batch: recorded once per batch size, then replayed."""

import functools

import numpy as np

from .._engine import Tape, is_tracing, replay_epochs
from .._errors import lesson, warn

# A replay comes back to Python this often, in seconds, to look for Ctrl-C and to show progress.
LOOK_EVERY = 0.05


def next_batch(feed, which, size, own_code=False):
    """The next `size` samples of array number `which` of a feed, as a tensor.

    A batch of all samples is the array itself, in its own order: this library's layers, losses and
    metrics do not depend on the order within a batch, but for the rounding of sums.  A user's may.
    """
    return feed.whole(which) if size == feed.samples and not own_code else feed.fetch(which, size)


def ran_out():
    """Warn that there were fewer batches than were asked for."""
    warn(lesson(
        "Your input ran out of data; interrupting training. Make sure that your dataset or "
        "generator can generate at least `steps_per_epoch * epochs` batches.",
        why="A generator can be gone through once only; steps and validation_steps count its "
            "batches in the same way.",
        use="a generator that begins again (while True:), a PyDataset, or fewer steps"))


class Recorder:
    """Runs ``step(size)``: its Python once or twice, then the tape that was written then.

    A step that leaves the engine (reads values out as numbers, makes tensors from arrays) cannot
    be replayed: its Python runs each time.

    Parameters
    ----------
    feed : BatchFeed
    step : callable
        ``step(size)`` does everything for the next `size` samples of the feed.
    eager : bool
        Run the Python of every step.
    own_code : bool
        A user's Python takes part in the step.  Then the second batch is recorded too, and
        unless both recordings hold the same calls with the same numbers, nothing is replayed.
    """

    def __init__(self, feed, step, eager=False, own_code=False):
        self.feed = feed
        self.step = step
        self.eager = eager
        self.own_code = own_code
        self.tapes = {}
        self.trials = {}        # size → first recording of a step with a user's Python

    def forget(self):
        """Record anew: what the tapes were made from may have changed."""
        self.tapes.clear()
        self.trials.clear()

    def replay(self, size, count):
        """Run up to `count` batches of this size; returns how many were done."""
        tape = self.tapes.get(size)
        if self.eager or is_tracing() or (tape is not None and tape.broken):
            self.step(size)
            return 1
        if tape is None:
            self._record(size)
            return 1
        return tape.replay(count, LOOK_EVERY)

    def _record(self, size):
        """Run the step and keep its tape, if what it did can be trusted to be all it does."""
        tape = Tape()
        with tape:
            self.step(size)
        # only now: a step that raised is not to be replayed
        if self.own_code and not tape.broken:
            first = self.trials.setdefault(size, tape)
            if first is tape:
                return          # the next batch of this size decides
            if not tape.same_as(first):
                self.eager = True
                return
        self.tapes[size] = tape


class BatchLoop(Recorder):
    """Passes over arrays in batches.

    Parameters
    ----------
    feed, step, eager, own_code
        As in `Recorder`.
    batch_size : int
    steps : int, optional
        Batches of a pass, if not all; the next one goes on with what is left then.
    together : int
        How many batches callbacks hear of together.

    Attributes
    ----------
    present : list of bool
        Which of x, y and sample_weight are among the arrays of the feed.
    """

    present = (True,)
    once = exhausted = False        # as StreamLoop has them

    def __init__(self, feed, step, batch_size, eager=False, own_code=False, steps=None,
                 together=1):
        super().__init__(feed, step, eager, own_code)
        self.batch_size = batch_size
        self.full, self.rest = divmod(feed.samples, batch_size)
        self.batches = self.full + bool(self.rest)
        self.wanted = steps
        self.together = together
        self.position = 0           # batches that are done of this pass
        self.order = None           # what its order was drawn from

    def place(self):
        """Where the pass is, as plain values that `go_to` takes."""
        return self.order, self.position

    def go_to(self, order, position):
        """Be at a place in a pass: what is done of it is not done again."""
        if position:
            self._begin(tuple(order) if isinstance(order, list) else order)
            self.feed.advance(min(position * self.batch_size, self.feed.samples))
            self.position = position

    @property
    def steps(self):
        """Batches of a pass."""
        return self.wanted or self.batches

    def run(self, each_batch=None, progress=None, shuffle=None, first=0):
        """One pass over the data.

        Parameters
        ----------
        each_batch : callable, optional
            ``each_batch(first, last, run)`` is called for every batch (or every few that go
            together) and calls ``run()`` once; it returns True to end the pass.
        progress : callable, optional
            ``progress(batches done)``, called now and then.
        shuffle : (seed, epoch) or ("batch", seed, epoch), optional
            Draw the order of the samples, which follows from these two numbers; or only the order
            within each batch.
        first : int
            Batches that were done before, see `go_to`.
        """
        if not first and (self.wanted is None or self.position == 0):
            self._begin(shuffle)
        done, end = first, min(self.steps, first + self.batches - self.position)
        stop = False
        while done < end and not stop:
            if each_batch is not None:
                count = min(self.together, end - done)
                stop = each_batch(done, done + self.together - 1,
                                  lambda count=count: self._do(count))
                done += count
            else:
                done += self._some(end - done)
            if progress is not None:
                progress(done)
        if self.wanted is not None and done < self.wanted and not stop:
            ran_out()
        if self.position >= self.batches:
            self.position = 0

    def restart(self):
        """Let the next pass begin with the first batch, also if `steps` were less than all."""
        self.position = 0

    def _begin(self, shuffle):
        self.position, self.order = 0, shuffle
        if shuffle is None:
            self.feed.rewind()
        elif shuffle[0] == "batch":
            order = np.random.default_rng(shuffle[1:]).permuted
            starts = range(0, self.feed.samples, self.batch_size)
            self.feed.rewind([i for start in starts for i in order(
                range(start, min(start + self.batch_size, self.feed.samples)))])
        else:
            self.feed.shuffle(*shuffle)

    def _some(self, count):
        """Run up to `count` batches, at least one; returns how many."""
        left = self.full - self.position
        done = self.replay(self.batch_size, min(count, left)) if left > 0 else \
            self.replay(self.rest, 1)
        self.position += done
        return done

    def _do(self, count):
        while count:
            count -= self._some(count)

    @property
    def recorded(self):
        """(tapes, how often each runs in a pass), or None unless a pass is tapes alone."""
        sizes = [(self.full, self.batch_size)] * bool(self.full) + [(1, self.rest)] * bool(
            self.rest)
        tapes = [self.tapes.get(size) for _, size in sizes]
        if self.eager or is_tracing() or any(tape is None or tape.broken for tape in tapes):
            return None
        return tapes, [count for count, _ in sizes]


def run_epochs(loops, seed, first, means, results, done):
    """Several whole epochs in C, for when nobody wants to hear of each.

    Parameters
    ----------
    loops : list of BatchLoop
        Training, and validation if there is one.
    seed : int or None
        Of the shuffle of the first, None for none.
    first : int
        Number of the first epoch.
    means : list of MeanAccumulator
        Started again before each pass.
    results : ndarray (epochs at most, len(loops), len(means), 2)
        Gets the total and count of each mean after each pass.
    done : ndarray (1,), int64
        Gets the number of epochs done: 0 if a step has no tape.
    """
    recorded = [loop.recorded for loop in loops]
    if None in recorded:
        return
    passes = [(*tapes, loop.feed, None if i else seed)
              for i, (tapes, loop) in enumerate(zip(recorded, loops, strict=True))]
    replay_epochs(passes, first, means, results, done, LOOK_EVERY)


def is_users(part):
    """Whether a layer, loss, metric or function was not made by this library."""
    function = getattr(part, "fn", getattr(part, "_fn", None))      # of a wrapper
    if function is not None:
        return is_users(function)
    return part is not None and _of_users_module(part if hasattr(part, "__name__") else type(part))


@functools.lru_cache(1000)
def _of_users_module(thing):
    module = getattr(thing, "__module__", None) or ""
    return module.split(".")[0] not in (__name__.split(".")[0], "builtins")
