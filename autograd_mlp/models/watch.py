"""When a loss is NaN or infinite: which step of the training made it so, and how.

As in Keras, training goes on, and the history shows it.  Nobody looks at single steps meanwhile:
they run in C.  What is kept is a copy of all state from when Python had the word last (the start
of the epoch, mostly), and where its order of samples comes from.  From these two the steps follow
exactly (but for code of the user's own, which may be different each time: the text says so), so
once an epoch's loss is not finite they are done again, one at a time, up to the first
that is wrong; and that one is run under a trace hook (`utils.nonfinite`).
"""

import math
import time
import warnings

import numpy as np

from .._engine import no_grad
from .._errors import warn
from .loop import BatchLoop, run_epochs

LONGEST = 10.0      # seconds of training that are done again at most
COPY_EVERY = 0.05   # seconds between two copies, where nobody but the library acts between


class Watch:
    """Keeps what is needed to find the step that made a loss NaN or infinite.

    Parameters
    ----------
    model : Model
    loop : BatchLoop or StreamLoop
        Of the training data.
    order : callable
        ``order(epoch)`` is what the loop draws its order from.
    watchers : CallbackList
    """

    def __init__(self, model, loop, order, watchers):
        self.model, self.loop, self.order = model, loop, order
        self.variables = [*model.variables, *model.optimizer.variables]     # found once: it is slow
        self.told = False
        self.why_not = None         # why steps cannot be done again
        self.every_epoch = not watchers.leaves_steps_alone
        self.copy, self.first, self.taken = None, 0, -math.inf
        if not isinstance(loop, BatchLoop):
            self.why_not = "the data came from something that yields batches only once"
        elif loop.wanted is not None or model._own_step("train_step"):
            self.why_not = "its steps are not simply those of all batches"
        elif watchers.wants_train_batches and watchers.has_own_code:
            self.why_not = "a callback of your own acts between batches"

    def begin(self, epoch):
        """Python has the word, before this epoch: copy the state, unless a copy is new enough."""
        if self.why_not or self.told:
            return
        now = time.monotonic()
        if self.copy is None or self.every_epoch or now - self.taken > COPY_EVERY:
            self.copy, self.first, self.taken = _state(self.variables), epoch, now

    def look(self, epoch, losses):
        """Warn, once, if any of these losses, of this epoch and the following ones, is wrong."""
        if self.told or math.isfinite(losses[-1]):
            return
        self.told = True
        at = next(i for i, loss in enumerate(losses) if not math.isfinite(loss))
        warn(self.explain(epoch + at, losses[at]), RuntimeWarning)
        self.copy = None

    def explain(self, epoch, loss):
        """The text of that warning."""
        said = f"The loss became {loss} in epoch {epoch + 1}"
        found = self._in_data()
        if found is None and self.why_not is None and self.copy is None:
            self.why_not = "the epoch went on from a backup"
        if found is None and self.why_not is None:
            if time.monotonic() - self.taken > LONGEST:
                self.why_not = f"the epochs since epoch {self.first + 1} took long"
            else:
                now, sums = _state(self.variables), _state(
                    [v for metric in self.model.metrics for v in metric.variables])
                try:
                    with warnings.catch_warnings(action="ignore"):
                        said, found = self._again(epoch, said)
                except Exception as error:      # a search that fails is no reason to end a training
                    self.why_not = f"doing it again raised {type(error).__name__}: {error}"
                finally:
                    _restore(now)
                    _restore(sums)
        rate = float(self.model.optimizer.learning_rate)
        settings = f"{type(self.model.optimizer).__name__}, learning rate {rate:.4g}"
        if found is not None:
            if self.loop.own_code and found.stage != "data":
                settings += "\nfound by doing the epoch again, with code of your own in its steps"
            return found.told(f"{said}: ", settings)
        from .._errors import lesson

        reason = f"Which step it was is not known, since {self.why_not}." if self.why_not else ""
        return lesson(f"{said}.", where=f"model '{self.model.name}'; {settings}", why=reason,
                      use="autograd_mlp.utils.find_nonfinite(model, x, y) before fit, a smaller "
                          "learning rate, inputs scaled to about 1")

    def _in_data(self):
        """The first number of the data that is not finite."""
        from ..utils.nonfinite import _data

        if not isinstance(self.loop, BatchLoop):
            return None
        names = ("x", "y", "sample_weight")
        names = [name for name, here in zip(names, self.loop.present, strict=False) if here]
        for name, array in zip(names, self.loop.feed.arrays, strict=True):
            if array.dtype.kind == "f" and not isinstance(array, np.memmap) \
                    and not np.isfinite(array).all():
                return _data(name, array)
        return None

    def _again(self, epoch, said):
        """Do the training again from the copy; (what is said first, what was found)."""
        model, loop = self.model, self.loop
        _restore(self.copy)
        if loop.own_code:
            loop.forget()
        start = max(epoch - 1, self.first)      # single steps also of the epoch before
        self._whole_epochs(start)
        states, batches = [], []                # before the last two steps

        def each_batch(first, last, run):
            states.append(_state(self.variables))
            batches.append((at, first))
            del states[:-2], batches[:-2]
            run()
            return not math.isfinite(model._loss_mean.result())

        loop.together, together = 1, loop.together
        try:
            for at in range(start, epoch + 1):
                model.reset_metrics()
                loop.run(each_batch, None, self.order(at))
                if not math.isfinite(model._loss_mean.result()):
                    break
            else:
                return said, None
        finally:
            loop.together = together
        found = None
        for state, (at, batch) in zip(states[::-1], batches[::-1], strict=True):
            _restore(state)
            later, found = found, self._step(at, batch)
            if found is None and later is not None:     # this step was finite, its update not
                found = self._update(at, batch, state)
            said = f"{said.partition(' in epoch')[0]} in epoch {at + 1}, batch {batch + 1}"
            if found is None or found.stage != "weight":
                break
        return said, found

    def _whole_epochs(self, stop):
        """Go from the copy to the start of an epoch."""
        epoch, model = self.first, self.model
        while epoch < stop:
            means = [metric.plain_mean for metric in model.metrics]
            done = np.zeros(1, np.int64)
            order = self.order(epoch)
            if None not in means and (order is None or order[0] != "batch"):
                model.reset_metrics()
                run_epochs([self.loop], order and order[0], epoch, means,
                           np.empty((stop - epoch, 1, len(means), 2)), done)
            if not done[0]:
                model.reset_metrics()
                self.loop.run(None, None, order)
            epoch += int(done[0]) or 1

    def _step(self, epoch, batch):
        """What is first wrong in a step, without its update."""
        from ..utils.nonfinite import find_nonfinite

        return find_nonfinite(self.model, *self._batch(epoch, batch))

    def _batch(self, epoch, batch):
        """x, y and sample_weight of a batch, as arrays."""
        loop, feed = self.loop, self.loop.feed
        loop.go_to(self.order(epoch), batch)
        if not batch:
            loop._begin(self.order(epoch))
        size = min(loop.batch_size, feed.samples - feed.start)
        with no_grad():
            arrays = iter([feed.fetch(i, size).numpy() for i in range(len(feed.arrays))])
        loop.restart()
        return [next(arrays) if here else None for here in loop.present]

    def _update(self, epoch, batch, state):
        """The weight whose update made numbers that are not finite."""
        from ..utils.nonfinite import NonFinite, _first_of, _range

        model = self.model
        _restore(state)
        before = {id(v): v.numpy() for v in model.trainable_variables}
        arrays = self._batch(epoch, batch)
        model.train_on_batch(*arrays)
        for variable in model.trainable_variables:
            values = variable.numpy()
            if not np.isfinite(values).all():
                return NonFinite(
                    "update", variable.path, _first_of(values),
                    inputs=[f"the weight before: {_range(before[id(variable)])}"],
                    where="forward and backward of this step were finite",
                    why="Weight minus step is larger than what this type of number holds.",
                    use="a smaller learning rate, clipnorm=1.0 in the optimizer")
        return None


def _state(variables):
    """Copies of what variables hold."""
    return [(variable, variable.numpy()) for variable in variables]


def _restore(state):
    for variable, values in state:
        variable.assign(values)
