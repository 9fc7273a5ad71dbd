"""Where a training is: what a backup saves besides the model, and puts back."""


class FitPlace:
    """The epoch and batch of a `fit` that runs, and what its order of samples follows from.

    Parameters
    ----------
    model : Model
    loop : BatchLoop or StreamLoop
        Of the training data.
    seed : int or None
        Of the shuffle.
    epoch : int
        That training begins with.
    """

    def __init__(self, model, loop, seed, epoch):
        self.model = model
        self.loop = loop
        self.seed = seed
        self.epoch = epoch
        self.batch = 0      # batches of this epoch that are done
        self.sums = ()      # of the metrics over these
        self.watch = None   # what finds out where a loss became NaN

    def plain(self):
        """The place inside of the data, as plain values."""
        return {"seed": self.seed, "inside": self.loop.place()}

    def running_sums(self):
        """The values of all variables of the metrics, as arrays."""
        return [variable.numpy() for variable in self._variables()]

    def go_to(self, plain, epoch, batch, sums):
        """Begin the training here; `plain` and `sums` are what the two methods above gave."""
        self.seed, self.epoch, self.batch, self.sums = plain["seed"], epoch, batch, sums
        self.loop.go_to(*plain["inside"])

    def begin_epoch(self):
        """Put the sums back into the metrics; returns how many batches are done already."""
        if not self.batch:
            return 0
        first, self.batch = self.batch, 0
        variables = self._variables()
        if len(variables) == len(self.sums):
            for variable, value in zip(variables, self.sums, strict=True):
                variable.assign(value)
        return first

    def _variables(self):
        return [variable for metric in self.model.metrics for variable in metric.variables]
