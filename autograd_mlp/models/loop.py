"""Running one step for every batch: recorded once per batch size, then replayed."""

from .._engine import Tape, is_tracing, replay_epochs

# A replay comes back to Python this often, in seconds, to look for Ctrl-C and to show progress.
LOOK_EVERY = 0.05


def next_batch(feed, which, size, own_code=False):
    """The next `size` samples of array number `which` of a feed, as a tensor.

    A batch of all samples is the array itself, in its own order: this library's layers, losses and
    metrics do not depend on the order within a batch, but for the rounding of sums.  A user's may.
    """
    return feed.whole(which) if size == feed.samples and not own_code else feed.fetch(which, size)


class BatchLoop:
    """Runs ``step(size)`` for the batches of a feed.

    The first batch of each size runs the step's Python and writes its engine calls on a tape;
    the other batches of that size replay the tape in C.  A step that leaves the engine (reads
    values out as numbers, makes tensors from arrays) cannot be replayed: its Python runs for
    every batch.

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

    def sizes(self, batch_size):
        """(batches, size) of the full batches, and of the rest if there is one."""
        full, rest = divmod(self.feed.samples, batch_size)
        return [(full, batch_size)] * bool(full) + [(1, rest)] * bool(rest)

    def run(self, batch_size, each_batch=None, progress=None, shuffle=None):
        """One pass over the data.

        Parameters
        ----------
        batch_size : int
        each_batch : callable, optional
            ``each_batch(number, run)`` is called for every batch and calls ``run()`` once; it
            returns True to end the pass.
        progress : callable, optional
            ``progress(batches done)``, called now and then.
        shuffle : (seed, epoch), optional
            Draw the order of the samples, which follows from these two numbers.
        """
        if shuffle is None:
            self.feed.rewind()
        else:
            self.feed.shuffle(*shuffle)
        done = 0
        for count, size in self.sizes(batch_size):
            end = done + count
            while done < end:
                if each_batch is not None:
                    stop = each_batch(done, lambda size=size: self._run(size, 1))
                    done += 1
                    if stop:
                        return
                else:
                    done += self._run(size, end - done)
                if progress is not None:
                    progress(done)

    def _run(self, size, count):
        """Run up to `count` batches; returns how many were done."""
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

    def run_epochs(self, batch_size, seed, first, means, results, done):
        """Several whole passes in C, for when nobody wants to hear of each.

        Parameters
        ----------
        seed : int or None
            Of the shuffle, None for none.
        first : int
            Number of the first pass.
        means : list of MeanAccumulator
            Started again before each pass.
        results : ndarray (passes at most, len(means), 2)
            Gets the total and count of each mean after each pass.
        done : ndarray (1,), int64
            Gets the number of passes done: 0 if a step has no tape.
        """
        sizes = self.sizes(batch_size)
        tapes = [self.tapes.get(size) for _, size in sizes]
        if self.eager or is_tracing() or any(tape is None or tape.broken for tape in tapes):
            return
        replay_epochs(tapes, [count for count, _ in sizes], self.feed, seed, first, means,
                      results, done, LOOK_EVERY)


def is_users(part):
    """Whether a layer, loss, metric or function was not made by this library."""
    function = getattr(part, "fn", getattr(part, "_fn", None))      # of a wrapper
    if function is not None:
        return is_users(function)
    module = getattr(part if hasattr(part, "__name__") else type(part), "__module__", None) or ""
    return part is not None and module.split(".")[0] not in (__name__.split(".")[0], "builtins")
