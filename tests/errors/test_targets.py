"""What is said where targets and output do not fit."""

import numpy as np

from tests.errors import Situations, X, Y, pima

situation = Situations()
CLASSES = dict(units=2, activation="softmax")


@situation.as_keras
def one_hot_rows_for_a_sparse_loss(k, folder):
    """
    ValueError: Arguments `target` and `output` must have the same shape up until the last dimension: target.shape=(None, 2), output.shape=(None, 2)
      Where: loss sparse_categorical_crossentropy: y against the output of layer 'output', the last
             one of model 'pima', shape (None, 2)
      Why:   Each row of the output is compared with one class number. Nothing is broadcast, because
             that hides mistakes.
      Try:   loss="categorical_crossentropy", which takes one-hot rows; or y.argmax(axis=-1)
    """
    model = pima(k, loss="sparse_categorical_crossentropy", **CLASSES)
    model.fit(X, np.eye(2)[Y], verbose=0)


@situation.as_keras
def class_numbers_for_a_loss_of_rows(k, folder):
    """
    ValueError: Arguments `target` and `output` must have the same shape. Received: target.shape=(None,), output.shape=(None, 2)
      Where: loss categorical_crossentropy: y against the output of layer 'output', the last one of
             model 'pima', shape (None, 2)
      Why:   Each number of the output is compared with the target in the same place. Nothing is
             broadcast, because that hides mistakes.
      Try:   loss="sparse_categorical_crossentropy", which takes class numbers; or
             to_categorical(y, 2)
    """
    pima(k, loss="categorical_crossentropy", **CLASSES).fit(X, Y, verbose=0)


@situation
def labels_from_1(k, folder):
    """
    ValueError: Received a label value of 2 which is outside the valid range of [0, 2).
      Where: y, position 1; its labels go from 1 to 2
      Why:   The last layer has 2 outputs, one for each class: classes are counted from 0 to 1.
      Try:   y - 1
    """
    pima(k, loss="sparse_categorical_crossentropy", **CLASSES).fit(X, Y + 1, verbose=0)


@situation
def labels_beyond_the_last_class(k, folder):
    """
    ValueError: Received a label value of 2 which is outside the valid range of [0, 2).
      Where: y, position 2; its labels go from 0 to 9
      Why:   The last layer has 2 outputs, one for each class: classes are counted from 0 to 1.
      Try:   Dense(10) as last layer, or other labels
    """
    pima(k, loss="sparse_categorical_crossentropy", **CLASSES).fit(X, np.arange(10), verbose=0)


@situation
def negative_labels(k, folder):
    """
    ValueError: Received a label value of -1 which is outside the valid range of [0, 2).
      Where: y, position 0; its labels go from -1 to 1
      Why:   The last layer has 2 outputs, one for each class: classes are counted from 0 to 1.
      Try:   labels from 0 on: np.unique(y, return_inverse=True)[1]
    """
    pima(k, loss="sparse_categorical_crossentropy", **CLASSES).fit(X, 2 * Y - 1, verbose=0)


@situation
def labels_that_are_no_whole_numbers(k, folder):
    """
    ValueError: Received a label value of 0.5 which is no whole number.
      Where: y, position 0
      Why:   sparse_categorical_crossentropy takes the number of each sample's class.
      Try:   loss="mse" if y is to be predicted as a quantity
    """
    pima(k, loss="sparse_categorical_crossentropy", **CLASSES).fit(X, Y + 0.5, verbose=0)


@situation
def one_number_per_sample_for_three_units(k, folder):
    """
    ValueError: Arguments `target` and `output` must have the same shape. Received: target.shape=(None,), output.shape=(None, 3)
      Where: loss mean_squared_error: y against the output of layer 'output', the last one of model
             'pima', shape (None, 3)
      Why:   Each number of the output is compared with the target in the same place. Nothing is
             broadcast, because that hides mistakes.
      Try:   Dense(1) as last layer, for one number per sample
    """
    pima(k, 3, None, "mse").fit(X, Y + 0.5, verbose=0)


@situation
def class_numbers_for_three_units(k, folder):
    """
    ValueError: Arguments `target` and `output` must have the same shape. Received: target.shape=(None,), output.shape=(None, 3)
      Where: loss mean_squared_error: y against the output of layer 'output', the last one of model
             'pima', shape (None, 3)
      Why:   Each number of the output is compared with the target in the same place. Nothing is
             broadcast, because that hides mistakes.
      Try:   Dense(1) as last layer, for one number per sample; or
             loss="sparse_categorical_crossentropy" and activation="softmax", for 3 classes
    """
    pima(k, 3, None, "mse").fit(X, Y, verbose=0)


@situation
def class_numbers_for_the_squared_error_of_a_softmax(k, folder):
    """
    ValueError: Arguments `target` and `output` must have the same shape. Received: target.shape=(None,), output.shape=(None, 2)
      Where: loss mean_squared_error: y against the output of layer 'output', the last one of model
             'pima', shape (None, 2)
      Why:   Each number of the output is compared with the target in the same place. Nothing is
             broadcast, because that hides mistakes.
      Try:   loss="sparse_categorical_crossentropy", which takes class numbers; or
             to_categorical(y, 2), which makes one-hot rows of them
    """
    pima(k, loss="mse", **CLASSES).fit(X, Y, verbose=0)


@situation
def three_numbers_per_sample_for_one_unit(k, folder):
    """
    ValueError: Arguments `target` and `output` must have the same shape. Received: target.shape=(None, 3), output.shape=(None, 1)
      Where: loss mean_squared_error: y against the output of layer 'output', the last one of model
             'pima', shape (None, 1)
      Why:   Each number of the output is compared with the target in the same place. Nothing is
             broadcast, because that hides mistakes.
      Try:   Dense(3) as last layer, one unit for each column of y
    """
    pima(k, 1, None, "mse").fit(X, np.ones((10, 3)), verbose=0)


@situation.as_keras
def classes_in_columns_for_one_sigmoid(k, folder):
    """
    ValueError: Arguments `target` and `output` must have the same shape. Received: target.shape=(None, 2), output.shape=(None, 1)
      Where: loss binary_crossentropy: y against the output of layer 'output', the last one of model
             'pima', shape (None, 1)
      Why:   Each number of the output is compared with the target in the same place. Nothing is
             broadcast, because that hides mistakes.
      Try:   Dense(2, activation="softmax") and loss="categorical_crossentropy" for one-hot rows; or
             y.argmax(axis=1)
    """
    pima(k).fit(X, np.eye(2)[Y], verbose=0)


@situation.as_keras
def two_units_for_one_answer(k, folder):
    """
    ValueError: Arguments `target` and `output` must have the same shape. Received: target.shape=(None,), output.shape=(None, 2)
      Where: loss binary_crossentropy: y against the output of layer 'output', the last one of model
             'pima', shape (None, 2)
      Why:   Each number of the output is compared with the target in the same place. Nothing is
             broadcast, because that hides mistakes.
      Try:   Dense(1) as last layer, for one number per sample; or
             loss="sparse_categorical_crossentropy" and activation="softmax", for 2 classes
    """
    pima(k, 2).fit(X, Y, verbose=0)


@situation.as_keras
def fewer_columns_than_units(k, folder):
    """
    ValueError: Arguments `target` and `output` must have the same shape. Received: target.shape=(None, 2), output.shape=(None, 3)
      Where: loss categorical_crossentropy: y against the output of layer 'output', the last one of
             model 'pima', shape (None, 3)
      Why:   Each number of the output is compared with the target in the same place. Nothing is
             broadcast, because that hides mistakes.
      Try:   Dense(2) as last layer, one unit for each column of y
    """
    pima(k, 3, "softmax", "categorical_crossentropy").fit(X, np.eye(2)[Y], verbose=0)


@situation.as_keras
def a_softmax_of_one_unit(k, folder):
    """
    UserWarning: You are using a softmax over axis -1 of a tensor of shape (None, 1). This axis has size 1. The softmax operation will always return the value 1, which is likely not what you intended. Did you mean to use a sigmoid instead?
      Where: layer 'output', the last one of model 'pima'
      Why:   softmax divides by the sum of a row: one number divided by itself is 1, whatever it is,
             so all gradients are 0.
      Try:   Dense(1, activation="sigmoid") for two classes, or one unit for each class
    """
    pima(k, 1, "softmax").evaluate(X, Y, verbose=0)


@situation
def labels_of_1_and_2_for_a_binary_loss(k, folder):
    """
    UserWarning: binary_crossentropy takes targets from 0 to 1, but y goes from 1 to 2.
      Why:   -y·log(p) - (1-y)·log(1-p) has no least value for such targets: the loss falls below 0,
             and the weights grow without end.
      Try:   y - y.min() for two classes; more than two need softmax and
             sparse_categorical_crossentropy
    """
    pima(k).fit(X, Y + 1, verbose=0)


@situation
def labels_of_1_and_minus_1_for_a_binary_loss(k, folder):
    """
    UserWarning: binary_crossentropy takes targets from 0 to 1, but y goes from -1 to 1.
      Why:   -y·log(p) - (1-y)·log(1-p) has no least value for such targets: the loss falls below 0,
             and the weights grow without end.
      Try:   (y + 1) / 2 for labels -1 and 1
    """
    pima(k).fit(X, 2 * Y - 1, verbose=0)


@situation
def names_for_one_hot_rows(k, folder):
    """
    ValueError: to_categorical expects class numbers, got data of type str96.
      Try:   names, numbers = np.unique(y, return_inverse=True), then to_categorical(numbers)
    """
    k.utils.to_categorical(["yes", "no"])


@situation
def no_targets(k, folder):
    """
    ValueError: y (the targets) is missing
      Where: the loss 'binary_crossentropy' of model 'pima'
      Why:   A loss compares the output with what is wanted.
      Try:   fit(x, y); something that yields batches yields (x, y)
    """
    pima(k).fit(X, verbose=0)


@situation
def a_weight_for_a_class_that_does_not_occur(k, folder):
    """
    ValueError: class_weight has a weight for class 7, but the classes are 0, 1
      Where: class_weight={0: 1.0, 7: 2.0}
      Why:   A weight that meets no sample would do nothing. Classes that are left out weigh 1.
    """
    pima(k).fit(X, Y, class_weight={0: 1.0, 7: 2.0}, verbose=0)


@situation
def class_weights_in_a_list(k, folder):
    """
    ValueError: class_weight must be a dictionary from class numbers to weights, got [1.0, 2.0]
      Why:   It says for each class how much its samples count in the loss.
      Try:   class_weight={0: 1.0, 1: 2.0}
    """
    pima(k).fit(X, Y, class_weight=[1.0, 2.0], verbose=0)


@situation.as_keras
def weights_of_classes_and_of_samples(k, folder):
    """
    ValueError: You cannot `class_weight` and `sample_weight` at the same time.
      Why:   Both say how much each sample counts.
      Try:   the product of both as sample_weight
    """
    pima(k).fit(X, Y, class_weight={0: 2.0}, sample_weight=np.ones(10), verbose=0)


test_message = situation.test()
