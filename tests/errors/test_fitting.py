"""What is said of data that are none, of the arguments of fit, and of callbacks."""

import numpy as np

from tests.errors import Situations, X, Y, pima

situation = Situations()


# ---- data ---------------------------------------------------------------------------------

@situation
def fewer_targets_than_samples(k, folder):
    """
    ValueError: Data cardinality is ambiguous. Make sure all arrays contain the same number of samples. 'x' sizes: 10, 'y' sizes: 9
      Why:   Row number i of each array belongs to sample number i.
      Try:   print(x.shape, y.shape): one of them was cut differently, or transposed
    """
    pima(k).fit(X, Y[:9], verbose=0)


@situation
def no_samples(k, folder):
    """
    ValueError: There are no samples: x has length 0, y has length 0.
      Why:   A mean over no samples is 0/0, and no gradient follows from it.
      Try:   print(len(x)) after each step that selects rows
    """
    pima(k).fit(X[:0], Y[:0], verbose=0)


@situation.as_keras
def words(k, folder):
    """
    ValueError: Invalid dtype: str96
      Where: x, of shape (10, 8), which holds 'red'
      Why:   A network adds and multiplies: its data are real numbers.
      Try:   number each word, or give each its own column of 0 and 1 (pandas.get_dummies)
    """
    pima(k).fit(np.array([["red"] * 8] * 10), Y, verbose=0)


@situation.as_keras
def answers_in_words(k, folder):
    """
    ValueError: Invalid dtype: str96
      Where: y, of shape (10,), which holds 'yes'
      Why:   A network adds and multiplies: its data are real numbers.
      Try:   classes, number = np.unique(y, return_inverse=True)
    """
    pima(k).fit(X, np.array(["yes", "no"] * 5), verbose=0)


@situation.as_keras
def numbers_among_other_things(k, folder):
    """
    ValueError: Invalid dtype: object
      Where: x, of shape (10, 8), which holds None
      Why:   A network adds and multiplies: its data are real numbers.
      Try:   x = np.array(x, dtype=float) once every entry is a number; np.nan for what is missing
    """
    pima(k).fit(np.array([[1, None] * 4] * 10, dtype=object), Y, verbose=0)


@situation
def numbers_in_words(k, folder):
    """
    ValueError: Invalid dtype: str128
      Where: x, of shape (10, 8), which holds '0.49'
      Why:   A network adds and multiplies: its data are real numbers.
      Try:   x.astype(float), as the words are numbers
    """
    pima(k).fit(np.full((10, 8), "0.49"), Y, verbose=0)


@situation
def rows_of_words_below_a_row_of_names(k, folder):
    """
    ValueError: Invalid dtype: str64
      Where: x, of shape (3, 2), which holds 'id'
      Why:   A network adds and multiplies: its data are real numbers.
      Try:   np.array(x)[1:].astype(float): the first row holds names, the others numbers
    """
    pima(k).fit([["id", "kg"], ["0", "80"], ["1", "61"]], Y, verbose=0)


@situation
def classes_by_name(k, folder):
    """
    ValueError: Invalid dtype: str96
      Where: y, of shape (10,), which holds 'no'
      Why:   A network adds and multiplies: its data are real numbers.
      Try:   classes, number = np.unique(y, return_inverse=True)
    """
    pima(k).fit(X, np.array(["no", "yes"])[Y], verbose=0)


@situation
def classes_by_name_as_objects(k, folder):
    """
    ValueError: Invalid dtype: object
      Where: y, of shape (10,), which holds 'no'
      Why:   A network adds and multiplies: its data are real numbers.
      Try:   classes, number = np.unique(y, return_inverse=True)
    """
    pima(k).fit(X, np.array(["no", "yes"], dtype=object)[Y], verbose=0)


@situation
def the_name_of_a_file(k, folder):
    """
    ValueError: Invalid dtype: str256
      Where: x is the text 'pima.csv'
      Why:   fit, evaluate and predict take the data themselves, not their name.
      Try:   pandas.read_csv('pima.csv')
    """
    pima(k).fit("pima.csv", Y, verbose=0)


@situation
def rows_of_different_lengths(k, folder):
    """
    ValueError: Unrecognized data type: x (of type <class 'list'>)
      Where: x[0] has length 2, x[1] has 1
      Why:   Samples are the rows of a regular array: all have the same length.
      Try:   cut or fill up the rows
    """
    pima(k).fit([[1, 2], [3]], Y, verbose=0)


@situation
def numbers_that_are_missing(k, folder):
    """
    RuntimeWarning: The loss became nan in epoch 1: x[0, 6] is nan.
      Where: x of shape (10, 8), 16 of 80 numbers are not finite
             Adam, learning rate 0.001
      Why:   What is missing in data is often stored as nan; everything that is computed with it is
             nan as well.
      Try:   x[np.isfinite(x).all(axis=1)] leaves such rows out; np.nan_to_num(x) puts 0 there
    """
    pima(k).fit(np.where(X > 1, np.nan, X), Y, verbose=0)


# ---- how often, how many ------------------------------------------------------------------

@situation
def batches_of_nothing(k, folder):
    """
    ValueError: batch_size must be a positive whole number, got 0
      Why:   It is how many samples each update of the weights looks at.
      Try:   batch_size=32; batch_size=len(x) for one update per epoch
    """
    pima(k).fit(X, Y, batch_size=0)


@situation
def half_a_sample(k, folder):
    """
    ValueError: batch_size must be a positive whole number, got 2.5
      Why:   It is how many samples each update of the weights looks at.
      Try:   batch_size=32; batch_size=len(x) for one update per epoch
    """
    pima(k).fit(X, Y, batch_size=2.5)


@situation
def targets_for_a_prediction(k, folder):
    """
    ValueError: batch_size must be a positive whole number, got an array of shape (10,)
      Why:   It is how many samples each update of the weights looks at.
      Try:   batch_size=32; batch_size=len(x) for one update per epoch
    """
    pima(k).predict(X, Y)


@situation
def fewer_than_no_epochs(k, folder):
    """
    ValueError: epochs must be 0 or a positive whole number, got -1
      Why:   It is how often fit goes through all samples.
      Try:   epochs=10
    """
    pima(k).fit(X, Y, epochs=-1)


@situation
def a_mistyped_argument_of_fit(k, folder):
    """
    TypeError: fit() got an unexpected keyword argument 'epoch'
      Try:   did you mean 'epochs'?
             It takes x, y, batch_size, epochs, verbose, callbacks, validation_split,
             validation_data, shuffle, class_weight, sample_weight, initial_epoch, steps_per_epoch,
             validation_steps, validation_batch_size, validation_freq.
    """
    pima(k).fit(X, Y, epoch=3)


@situation
def more_than_one_line_of_progress(k, folder):
    """
    ValueError: verbose must be 'auto', 0, 1 or 2, got 3
    """
    pima(k).fit(X, Y, verbose=3)


# ---- validation ---------------------------------------------------------------------------

@situation.as_keras
def everything_for_validation(k, folder):
    """
    ValueError: Training data contains 10 samples, which is not sufficient to split it into a validation and training set as specified by `validation_split=1.0`. Either provide more data, or a different value for the `validation_split` argument.
      Why:   It is the part of the samples that is held back, from 0 to below 1.
      Try:   validation_split=0.2 holds back the last fifth of the samples
    """
    pima(k).fit(X, Y, validation_split=1.0, verbose=0)


@situation
def a_part_in_percent(k, folder):
    """
    ValueError: Training data contains 10 samples, which is not sufficient to split it into a validation and training set as specified by `validation_split=20`. Either provide more data, or a different value for the `validation_split` argument.
      Why:   It is the part of the samples that is held back, from 0 to below 1.
      Try:   validation_split=0.2 for 20 percent
    """
    pima(k).fit(X, Y, validation_split=20, verbose=0)


@situation
def a_part_of_a_generator(k, folder):
    """
    ValueError: Argument `validation_split` is only supported for tensors or NumPy arrays. Found incompatible type in the input: [<class 'generator'>]
      Why:   The last part of the samples is held back: of what yields batches nobody knows which
             are the last.
      Try:   validation_data=another_generator, validation_steps=10
    """
    pima(k).fit(((X, Y) for _ in range(3)), validation_split=0.2, verbose=0)


@situation
def validation_data_without_targets_beside(k, folder):
    """
    ValueError: validation_data must be (x, y) or (x, y, sample_weight), got ndarray
    """
    pima(k).fit(X, Y, validation_data=X, verbose=0)


# ---- generators ---------------------------------------------------------------------------

@situation
def targets_beside_a_generator(k, folder):
    """
    ValueError: When providing `x` as a generator, `y` should not be passed. Instead, the targets should be included as part of the generator.
      Why:   It yields batches, so nobody could tell which targets belong to which batch.
      Try:   yield x_batch, y_batch, or (x_batch, y_batch, weights)
    """
    pima(k).fit(((X, Y) for _ in range(3)), Y, verbose=0)


@situation
def a_generator_that_ends_early(k, folder):
    """
    UserWarning: Your input ran out of data; interrupting training. Make sure that your dataset or generator can generate at least `steps_per_epoch * epochs` batches.
      Why:   A generator can be gone through once only; steps and validation_steps count its batches
             in the same way.
      Try:   a generator that begins again (while True:), a PyDataset, or fewer steps
    """
    pima(k).fit(((X, Y) for _ in range(3)), steps_per_epoch=5, verbose=0)


# ---- callbacks ----------------------------------------------------------------------------

@situation
def a_callback_without_its_parentheses(k, folder):
    """
    TypeError: callbacks must be Callback instances, got <class 'autograd_mlp.callbacks.early_stopping.EarlyStopping'> of type type.
      Try:   an instance of it: write EarlyStopping(…), not EarlyStopping
    """
    pima(k).fit(X, Y, callbacks=[k.callbacks.EarlyStopping], verbose=0)


@situation
def patience_in_quotes(k, folder):
    """
    ValueError: EarlyStopping: expected `patience` to be a number of at least 0, got '3'.
    """
    k.callbacks.EarlyStopping("loss", patience="3")


@situation.as_keras
def what_fit_returns_taken_for_a_dictionary(k, folder):
    """
    TypeError: 'History' object is not subscriptable
      Why:   It is what fit returns; the lists are in its attribute `history`.
      Try:   history.history['loss']; its keys are loss
    """
    pima(k).fit(X, Y, verbose=0)["loss"]


@situation.as_keras
def watching_a_validation_that_is_none(k, folder):
    """
    UserWarning: Early stopping conditioned on metric `val_loss` which is not available. Available metrics are: loss
      Where: EarlyStopping(monitor='val_loss')
      Why:   Names in val_ are those of a validation, and this fit has none. Training goes on to its
             last epoch.
      Try:   fit(..., validation_split=0.2), or monitor='loss'
    """
    pima(k).fit(X, Y, callbacks=[k.callbacks.EarlyStopping()], verbose=0)


@situation.as_keras
def watching_a_mistyped_metric(k, folder):
    """
    UserWarning: Early stopping conditioned on metric `acuracy` which is not available. Available metrics are: accuracy,loss
      Where: EarlyStopping(monitor='acuracy')
      Why:   Training goes on to its last epoch.
      Try:   did you mean 'accuracy'?
    """
    watch = k.callbacks.EarlyStopping("acuracy", mode="max")
    pima(k, metrics=["accuracy"]).fit(X, Y, callbacks=[watch], verbose=0)


@situation
def watching_a_mistyped_metric_in_no_direction(k, folder):
    """
    ValueError: EarlyStopping callback received monitor=acuracy, but it isn't able to automatically determine whether that metric should be maximized or minimized. Pass `mode='max'` in order to monitor based on the highest metric value, or pass `mode='min'` in order to use the lowest value.
      Where: the metrics of the model are loss, accuracy
      Try:   did you mean 'accuracy'?
    """
    watch = k.callbacks.EarlyStopping("acuracy")
    pima(k, metrics=["accuracy"]).fit(X, Y, callbacks=[watch], verbose=0)


@situation.as_keras
def a_rate_that_follows_a_validation_that_is_none(k, folder):
    """
    UserWarning: Learning rate reduction is conditioned on metric `val_loss` which is not available. Available metrics are: loss,learning_rate.
      Where: ReduceLROnPlateau(monitor='val_loss')
      Why:   Names in val_ are those of a validation, and this fit has none. The learning rate
             stays.
      Try:   fit(..., validation_split=0.2), or monitor='loss'
    """
    pima(k).fit(X, Y, callbacks=[k.callbacks.ReduceLROnPlateau()], verbose=0)


@situation.as_keras
def the_best_of_a_validation_that_is_none(k, folder):
    """
    UserWarning: Can save best model only with val_loss available.
      Where: ModelCheckpoint(monitor='val_loss')
      Why:   Names in val_ are those of a validation, and this fit has none. There are: loss. The
             model is saved each time.
      Try:   fit(..., validation_split=0.2), or monitor='loss'
    """
    best = k.callbacks.ModelCheckpoint(f"{folder}/best.keras", save_best_only=True)
    pima(k).fit(X, Y, callbacks=[best], verbose=0)


@situation.as_keras
def a_checkpoint_without_an_ending(k, folder):
    """
    ValueError: The filepath provided must end in `.keras` (Keras model format). Received: filepath=model-{epoch}
      Why:   The end of the name says the format; a model can be saved as .keras, .h5, .hdf5.
      Try:   ModelCheckpoint("{epoch:02d}-{loss:.3f}.keras"): one file per epoch
    """
    k.callbacks.ModelCheckpoint("model-{epoch}")


@situation.as_keras
def weights_in_a_file_for_models(k, folder):
    """
    ValueError: When using `save_weights_only=True` in `ModelCheckpoint`, the filepath provided must end in `.weights.h5` (Keras weights format). Received: filepath=model-{epoch}.keras
      Why:   The end of the name says the format; weights alone (save_weights_only=True) can be
             saved as .weights.h5, .npz, .safetensors.
      Try:   ModelCheckpoint("{epoch:02d}-{loss:.3f}.weights.h5", save_weights_only=True): one file
             per epoch
    """
    k.callbacks.ModelCheckpoint("model-{epoch}.keras", save_weights_only=True)


@situation
def a_checkpoint_named_after_a_log_that_is_none(k, folder):
    """
    KeyError: "ModelCheckpoint: filepath '{val_acc}.keras' asks for 'val_acc', but there are only epoch, loss"
    """
    save = k.callbacks.ModelCheckpoint("{val_acc}.keras")
    pima(k).fit(X, Y, callbacks=[save], verbose=0)


@situation
def a_rate_that_is_too_high(k, folder):
    """
    RuntimeError: NaN or Inf loss encountered at batch 1. Terminating training.
    The loss became nan in epoch 1, batch 1: the update of weight 'pima/hidden/kernel' made -inf.
      Where: forward and backward of this step were finite
             the weight before: (8, 12) from −0.5311 to 0.5462
             SGD, learning rate 1e+30
      Why:   Weight minus step is larger than what this type of number holds.
      Try:   a smaller learning rate, clipnorm=1.0 in the optimizer
    """
    k.utils.set_random_seed(1)
    model = pima(k, 1, None)
    model.compile(k.optimizers.SGD(1e30), "mse")
    stop = k.callbacks.TerminateOnNaN(raise_error=True)
    model.fit(1e9 * X, Y, batch_size=5, callbacks=[stop], shuffle=False, verbose=0)


test_message = situation.test()
