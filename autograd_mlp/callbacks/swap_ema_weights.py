"""Evaluate and save the moving averages of the weights instead of the weights."""

from .callback import Callback


class SwapEMAWeights(Callback):
    """While a model is evaluated, put the moving averages of its weights in their place.

    The optimizer keeps them if it is made with ``use_ema=True``.

    Parameters
    ----------
    swap_on_epoch : bool, default False
        Also swap at the end of each epoch, and back at the beginning of the next: callbacks that
        come after this one (`ModelCheckpoint`) see the averages then.

    Raises
    ------
    ValueError
        When it is to swap, if the optimizer has no averages.

    References
    ----------
    Polyak & Juditsky 1992, "Acceleration of stochastic approximation by averaging".
    """

    _changes_steps = True

    def __init__(self, swap_on_epoch=False, **kwargs):
        super().__init__(**kwargs)
        self.swap_on_epoch = swap_on_epoch
        self._swapped = False       # whether the averages are in the model

    def on_epoch_begin(self, epoch, logs=None):
        if self.swap_on_epoch:
            self._swap(to_averages=False)

    def on_epoch_end(self, epoch, logs=None):
        if self.swap_on_epoch:
            self._swap(to_averages=True)
            if epoch == self.params["epochs"] - 1:
                for variable, average in self._pairs():
                    average.assign(variable)    # training ends with the averages in the model

    def on_test_begin(self, logs=None):
        self._swap(to_averages=True)

    def on_test_end(self, logs=None):
        self._swap(to_averages=False)

    def on_predict_begin(self, logs=None):
        self._swap(to_averages=True)

    def on_predict_end(self, logs=None):
        self._swap(to_averages=False)

    def _pairs(self):
        optimizer = self.model.optimizer
        averages = getattr(optimizer, "_averages", None)
        if not averages:
            raise ValueError(
                "SwapEMAWeights needs an optimizer that keeps moving averages, for example "
                f"Adam(use_ema=True); got {type(optimizer).__name__} with "
                f"use_ema={getattr(optimizer, 'use_ema', False)}")
        return [(variable, average) for variable, average in
                zip(optimizer._trainable_variables, averages, strict=True) if average is not None]

    def _swap(self, to_averages):
        if self._swapped == to_averages:
            return
        for variable, average in self._pairs():
            weights = variable.numpy().copy()
            variable.assign(average)
            average.assign(weights)
        self._swapped = to_averages
