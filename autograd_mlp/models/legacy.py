"""Spellings of Keras 1 and 2 that tutorials still teach."""

import numpy as np

from .._errors import deprecated, unexpected
from ..utils.dataset import PyDataset
from .data import positive_int
from .streams import batches_of, unpack_batch


def take_legacy(kwargs, method, **known):
    """The value of an argument that may have been given by an older name.

    Parameters
    ----------
    kwargs : dict
        What the method got and does not know; the older name is taken out.
    method : str
        As errors call it.
    known : one ``new=(old, value)``
        The argument, its older name, and the value it has by its present name.

    Raises
    ------
    TypeError
        If there are others in `kwargs`.
    """
    for new, (old, value) in known.items():
        if old in kwargs:
            deprecated(old, new, f"{method}()")
            value = kwargs.pop(old)
    if kwargs:
        import inspect

        from .model import Model

        names = list(inspect.signature(getattr(Model, method)).parameters)[1:-1]
        name = next(iter(kwargs))
        raise unexpected(f"{method}() got an unexpected keyword argument {name!r}", name, names)
    return value if known else None


class Legacy:
    """Methods of Keras 1 and 2, each with its successor."""

    def fit_generator(self, generator, steps_per_epoch=None, epochs=1, verbose=1, callbacks=None,
                      validation_data=None, validation_steps=None, validation_freq=1,
                      class_weight=None, max_queue_size=10, workers=1, use_multiprocessing=False,
                      shuffle=True, initial_epoch=0, **kwargs):
        """Older name of `fit` for what yields batches.

        Keras 1 counted samples: ``samples_per_epoch``, ``nb_val_samples`` and ``nb_epoch`` are
        understood, too.  `workers` and its relatives are those of a `PyDataset`; anything else
        yields its batches one after the other.
        """
        deprecated("fit_generator", "fit", "Model")
        generator = _with_workers(generator, workers, use_multiprocessing, max_queue_size)
        if "samples_per_epoch" in kwargs:
            generator, steps_per_epoch = _steps_of_samples(
                generator, kwargs, "samples_per_epoch", "steps_per_epoch")
        if "nb_val_samples" in kwargs:
            validation_data, validation_steps = _steps_of_samples(
                validation_data, kwargs, "nb_val_samples", "validation_steps")
        return self.fit(generator, epochs=epochs, verbose=verbose, callbacks=callbacks,
                        validation_data=validation_data, shuffle=shuffle,
                        class_weight=class_weight, initial_epoch=initial_epoch,
                        steps_per_epoch=steps_per_epoch, validation_steps=validation_steps,
                        validation_freq=validation_freq, **kwargs)

    def evaluate_generator(self, generator, steps=None, callbacks=None, max_queue_size=10,
                           workers=1, use_multiprocessing=False, verbose=0, **kwargs):
        """Older name of `evaluate` for what yields batches; see `fit_generator`."""
        deprecated("evaluate_generator", "evaluate", "Model")
        generator = _with_workers(generator, workers, use_multiprocessing, max_queue_size)
        if "val_samples" in kwargs:
            generator, steps = _steps_of_samples(generator, kwargs, "val_samples", "steps")
        return self.evaluate(generator, steps=steps, callbacks=callbacks, verbose=verbose,
                             **kwargs)

    def predict_generator(self, generator, steps=None, callbacks=None, max_queue_size=10,
                          workers=1, use_multiprocessing=False, verbose=0, **kwargs):
        """Older name of `predict` for what yields batches; see `fit_generator`."""
        deprecated("predict_generator", "predict", "Model")
        generator = _with_workers(generator, workers, use_multiprocessing, max_queue_size)
        if "val_samples" in kwargs:
            generator, steps = _steps_of_samples(generator, kwargs, "val_samples", "steps")
        return self.predict(generator, steps=steps, callbacks=callbacks, verbose=verbose,
                            **kwargs)

    def predict_proba(self, x, batch_size=None, verbose=0):
        """Older name of `predict`."""
        deprecated("predict_proba", "predict", "Model")
        return self.predict(x, batch_size=batch_size, verbose=verbose)

    def predict_classes(self, x, batch_size=None, verbose=0):
        """The class numbers that the model finds most likely.

        Returns
        -------
        ndarray of int64, shape (n,), or (n, 1) if the model has one output
        """
        deprecated("predict_classes", "np.argmax(model.predict(x), axis=-1), or "
                   "(model.predict(x) > 0.5).astype(int) for one output", "Model")
        y = self.predict(x, batch_size=batch_size, verbose=verbose)
        return y.argmax(axis=-1) if y.shape[-1] > 1 else (y > 0.5).astype(np.int64)


def _with_workers(data, workers, use_multiprocessing, max_queue_size):
    """What yields batches, with so many workers if it is a PyDataset."""
    if isinstance(data, PyDataset):
        if workers != 1 or use_multiprocessing:
            data.workers, data.use_multiprocessing = workers, use_multiprocessing
        if max_queue_size != 10:
            data.max_queue_size = max_queue_size
    return data


def _steps_of_samples(data, kwargs, old, new):
    """(what yields the batches, how many of them have so many samples)."""
    deprecated(old, new, "fit_generator()")
    samples = positive_int(kwargs.pop(old), old)
    source = batches_of(data, None, None)
    if source is None:
        return data, None       # arrays: all of them, as then
    x, _, _ = unpack_batch(source.peek(), source.called)
    return source, -(-samples // len(x))
