"""The base class of callbacks, and its hooks."""

from .._errors import KeywordsChecked, unknown_arguments


class Callback(KeywordsChecked):
    """Base class; override the hooks of interest.

    Attributes
    ----------
    model : Model
        The model that is being trained; its ``stop_training = True`` ends the training.
    params : dict
        ``verbose``, ``epochs`` and ``steps`` (batches per epoch).

    Raises
    ------
    TypeError
        For an argument that the callback does not take; a mistyped one is answered with the
        nearest.

    Notes
    -----
    `logs` holds the metrics as floats, sorted by name; after an epoch those of the validation
    too, with ``val_`` in front of their names. All callbacks of a list get the same dictionary:
    what one adds, the later ones see, `History` as the last.

    A hook of single batches (its name has ``batch`` in it) brings the training loop back to
    Python after each batch; a callback that overrides none of them costs nothing there.

    Examples
    --------
    >>> class StopWhenGood(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         if logs["loss"] < 0.01:
    ...             self.model.stop_training = True
    """

    params = None
    _model = None       # here, since a user's __init__ may forget to call this one

    _wants_place = False    # see CallbackList.set_place
    _changes_steps = False  # whether it changes weights or learning rate while a training runs

    def __init__(self, **kwargs):
        if kwargs:      # that the constructor of a subclass did not know
            raise TypeError(str(unknown_arguments(type(self), kwargs)))
        self.params = None
        self._model = None

    def set_params(self, params):
        """Take over what the loop knows: called before training begins."""
        self.params = params

    def set_model(self, model):
        """Take over the model: called before training begins."""
        self._model = model

    @property
    def model(self):
        """The model, None before `set_model`."""
        return self._model

    @model.setter
    def model(self, model):
        self._model = model

    def _idle_hooks(self):
        """Hooks of single batches that this class has but, as it is set up, does not need."""
        return ()

    def on_train_begin(self, logs=None):
        """Called when ``fit`` begins."""

    def on_train_end(self, logs=None):
        """Called when ``fit`` ends; `logs` are those of the last epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        """Called before epoch number `epoch`, counted from 0."""

    def on_epoch_end(self, epoch, logs=None):
        """Called after an epoch, and its validation."""

    def on_train_batch_begin(self, batch, logs=None):
        """Called before batch number `batch` of an epoch, counted from 0."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch, logs=None):
        """Called after a batch; `logs` are the means over the epoch so far."""
        self.on_batch_end(batch, logs=logs)

    def on_batch_begin(self, batch, logs=None):
        """Old name of `on_train_batch_begin`."""

    def on_batch_end(self, batch, logs=None):
        """Old name of `on_train_batch_end`."""

    def on_test_begin(self, logs=None):
        """Called when ``evaluate``, or the validation of an epoch, begins."""

    def on_test_end(self, logs=None):
        """Called when ``evaluate``, or the validation of an epoch, ends."""

    def on_test_batch_begin(self, batch, logs=None):
        """Called before a batch of ``evaluate``."""

    def on_test_batch_end(self, batch, logs=None):
        """Called after a batch of ``evaluate``."""

    def on_predict_begin(self, logs=None):
        """Called when ``predict`` begins."""

    def on_predict_end(self, logs=None):
        """Called when ``predict`` ends."""

    def on_predict_batch_begin(self, batch, logs=None):
        """Called before a batch of ``predict``."""

    def on_predict_batch_end(self, batch, logs=None):
        """Called after a batch of ``predict``; `logs` has its ``outputs``."""
