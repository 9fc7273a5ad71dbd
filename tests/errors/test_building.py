"""What is said of layers and models that cannot be made, and of data that do not fit them."""

import numpy as np

from tests.errors import DIGITS, IMAGES, Situations, X, Y, pima

situation = Situations()


# ---- layers -------------------------------------------------------------------------------

@situation.as_keras
def no_units(k, folder):
    """
    ValueError: Received an invalid value for `units`, expected a positive integer. Received: units=0
      Where: layer 'dense' (Dense), units of type int
      Why:   units is how many outputs the layer has: a whole number of columns of its kernel.
      Try:   Dense(12, activation="relu"): the number comes first, the rest by name
    """
    k.layers.Dense(0)


@situation.as_keras
def the_activation_in_the_place_of_the_units(k, folder):
    """
    ValueError: Received an invalid value for `units`, expected a positive integer. Received: units=relu
      Where: layer 'dense' (Dense), units of type str
      Why:   units is how many outputs the layer has: a whole number of columns of its kernel.
      Try:   Dense(12, activation="relu"): the number comes first, the rest by name
    """
    k.layers.Dense("relu")


@situation.as_keras
def two_numbers_for_a_layer(k, folder):
    """
    ValueError: Could not interpret activation function identifier: 8
      Why:   It is of type int. Expected a name, a class, an instance, a function or a dictionary
             with the keys 'class_name' and 'config'.
      Try:   the name in quotes, or the function or class itself, without parentheses
    """
    k.layers.Dense(12, 8)


@situation.as_keras
def a_mistyped_argument(k, folder):
    """
    ValueError: Unrecognized keyword arguments passed to Dense: {'activaton': 'relu'}
      Why:   'activaton' is unknown; did you mean 'activation'?
      Try:   Dense takes units, activation, use_bias, kernel_initializer, bias_initializer,
             kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint,
             bias_constraint, lora_rank, lora_alpha, quantization_config, trainable, dtype,
             autocast, name.
    """
    k.layers.Dense(1, activaton="relu")


@situation.as_keras
def a_dropout_in_percent(k, folder):
    """
    ValueError: Invalid value received for argument `rate`. Expected a float value between 0 and 1. Received: rate=20
      Where: layer 'dropout' (Dropout), rate of type int
      Why:   It is the part of the numbers that is dropped.
      Try:   Dropout(0.2) for 20 percent
    """
    k.layers.Dropout(20)


@situation
def a_shape_that_is_a_number(k, folder):
    """
    TypeError: Reshape 'reshape': expected `target_shape` to be a tuple, got 5: write (5,) for one axis.
    """
    k.layers.Reshape(5)


@situation.as_keras
def a_shape_that_does_not_hold_the_numbers(k, folder):
    """
    ValueError: The total size of the tensor must be unchanged. Received: input_shape=(10,), target_shape=(3, 4)
      Where: layer 'sequential/reshape' (Reshape)
      Why:   A sample of shape (10,) holds 10 numbers; they do not fill the shape (3, 4).
      Try:   -1 for one axis, whose length then follows from the others
    """
    k.Sequential([k.Input((10,)), k.layers.Reshape((3, 4))])


@situation
def statistics_along_two_axes(k, folder):
    """
    ValueError: BatchNormalization 'batch_normalization': expected `axis` to be one whole number, got [1]: the axis that keeps its statistics apart.
    """
    k.layers.BatchNormalization(axis=[1])


@situation
def a_word_for_a_momentum(k, folder):
    """
    ValueError: BatchNormalization 'batch_normalization': expected `momentum` to be a number from 0 to 1, got 'a'.
    """
    k.layers.BatchNormalization(momentum="a")


@situation
def a_word_for_an_epsilon(k, folder):
    """
    ValueError: LayerNormalization 'layer_normalization': expected `epsilon` to be a number of at least 0, got 'a'.
    """
    k.layers.LayerNormalization(epsilon="a")


@situation
def a_word_for_a_slope(k, folder):
    """
    ValueError: ELU 'elu': expected `alpha` to be a number, got 'a'.
    """
    k.layers.ELU(alpha="a")


@situation
def a_class_that_is_not_here(k, folder):
    """
    AttributeError: module 'autograd_mlp.layers' has no attribute 'Dens'; did you mean 'Dense'?
    """
    k.layers.Dens


# ---- models -------------------------------------------------------------------------------

@situation.as_keras
def a_layer_without_its_parentheses(k, folder):
    """
    ValueError: Only instances of `keras.Layer` can be added to a Sequential model. Received: <class 'autograd_mlp.layers.dense.Dense'> (of type <class 'type'>)
      Where: model 'pima', layer number 0
      Why:   A class makes layers, it is none: its parentheses are missing.
      Try:   Dense(12)
    """
    k.Sequential([k.Input((8,)), k.layers.Dense], name="pima")


@situation.as_keras
def a_layer_that_takes_nothing_without_its_parentheses(k, folder):
    """
    ValueError: Only instances of `keras.Layer` can be added to a Sequential model. Received: <class 'autograd_mlp.layers.flatten.Flatten'> (of type <class 'type'>)
      Where: model 'pima', layer number 0
      Why:   A class makes layers, it is none: its parentheses are missing.
      Try:   Flatten()
    """
    k.Sequential([k.layers.Flatten, k.layers.Dense(2)], name="pima")


@situation.as_keras
def numbers_for_layers(k, folder):
    """
    ValueError: Only instances of `keras.Layer` can be added to a Sequential model. Received: 8 (of type <class 'int'>)
      Where: model 'sequential', layer number 0
      Why:   A model is a list of layers.
      Try:   Sequential([Input((8,)), Dense(12), Dense(1)])
    """
    k.Sequential([8, 12, 1])


@situation.as_keras
def layers_that_are_no_list(k, folder):
    """
    ValueError: Expected `trainable` to be a boolean. Received: trainable=<Dense name=dense_1, built=False> (of type <class 'autograd_mlp.layers.dense.Dense'>)
      Where: Sequential
      Try:   Sequential([first, second]): the layers of a model are one list
    """
    k.Sequential(k.layers.Dense(12), k.layers.Dense(1))


@situation.as_keras
def two_layers_of_one_name(k, folder):
    """
    ValueError: All layers added to a Sequential model should have unique names. Name 'hidden' is already the name of a layer in this model. Update the `name` argument to pass a unique name.
      Where: model 'pima' with the layers hidden, output
      Try:   name="hidden_2", or no name at all
    """
    pima(k).add(k.layers.Dense(1, name="hidden"))


@situation.as_keras
def an_input_in_the_middle(k, folder):
    """
    ValueError: Sequential model 'pima' has already been configured to use input shape (None, 8). You cannot add a different Input layer to it.
      Why:   Data enters a Sequential at its first layer, and only there.
      Try:   Input as first element of the list, once
    """
    pima(k).add(k.Input((3,)))


@situation.as_keras
def an_input_shape_that_is_a_number(k, folder):
    """
    ValueError: Cannot convert '8' to a shape.
      Where: shape
      Why:   A shape is a tuple: one whole number for each axis, None for one that varies.
      Try:   (8,), one axis of length 8
    """
    k.Input(8)


@situation
def the_functional_api(k, folder):
    """
    NotImplementedError: Layer 'dense' was called on the layer 'input_layer': the functional API is not supported.
      Why:   Layers are called on data here; a model says in which order.
      Try:   Sequential([Input((8,)), Dense(…)]), or a subclass of Model with a method call(self, x)
    """
    k.layers.Dense(3)(k.Input((8,)))


@situation.as_keras
def a_layer_that_is_not_there(k, folder):
    """
    ValueError: No such layer: hiden. Existing layers are: ['hidden', 'output'].
      Where: model 'pima'
      Try:   did you mean 'hidden'?
    """
    pima(k).get_layer("hiden")


@situation.as_keras
def a_layer_number_that_is_not_there(k, folder):
    """
    ValueError: Was asked to retrieve layer at index 5 but model only has 2 layers.
      Where: model 'pima'
      Why:   Layers are counted from 0 to 1; Input is not among them.
      Try:   model.summary()
    """
    pima(k).get_layer(index=5)


@situation.as_keras
def a_model_without_layers(k, folder):
    """
    ValueError: Sequential model nothing cannot be built because it has no layers. Call `model.add(layer)`.
      Try:   Sequential([Input((8,)), Dense(1)])
    """
    k.Sequential(name="nothing").predict(X, verbose=0)


@situation.as_keras
def counting_before_the_input_is_known(k, folder):
    """
    ValueError: You tried to call `count_params` on layer 'early', but the layer isn't built. You can build it manually via: `layer.build(input_shape)`.
      Why:   How many weights there are follows from the number of inputs, which is not known yet.
      Try:   Input((8,)) as first element of the model, or build((None, 8))
    """
    k.Sequential([k.layers.Dense(1)], name="early").count_params()


@situation.as_keras
def asking_for_a_shape_before_it_is_known(k, folder):
    """
    AttributeError: Sequential model 'early' has no defined input shape yet.
      Why:   It is known when data is seen, or when it is said.
      Try:   Input((8,)) as first element, or build((None, 8))
    """
    k.Sequential([k.layers.Dense(1)], name="early").input_shape


# ---- data that do not fit -----------------------------------------------------------------

@situation.as_keras
def samples_of_another_length(k, folder):
    """
    ValueError: Input 0 of layer 'hidden' is incompatible with the layer: expected axis -1 of input shape to have value 8, but received input with shape (10, 7)
      Where: layer 'pima/hidden' (Dense), whose kernel W has the shape (8, 12)
      Why:   x @ W multiplies each number of a sample with its row of W: 7 numbers cannot meet 8
             rows.
      Try:   samples of 8 numbers, or a model that begins with Input((7,))
    """
    pima(k).predict(X[:, :7], verbose=0)


@situation
def samples_of_another_length_in_fit(k, folder):
    """
    ValueError: Input 0 of layer 'hidden' is incompatible with the layer: expected axis -1 of input shape to have value 8, but received input with shape (10, 7)
      Where: layer 'pima/hidden' (Dense), whose kernel W has the shape (8, 12)
      Why:   x @ W multiplies each number of a sample with its row of W: 7 numbers cannot meet 8
             rows.
      Try:   samples of 8 numbers, or a model that begins with Input((7,))
    """
    pima(k).fit(X[:, :7], Y, verbose=0)


@situation
def samples_of_another_length_for_validation(k, folder):
    """
    ValueError: Input 0 of layer 'hidden' is incompatible with the layer: expected axis -1 of input shape to have value 8, but received input with shape (10, 7)
      Where: validation_data; layer 'pima/hidden' (Dense), whose kernel W has the shape (8, 12)
      Why:   x @ W multiplies each number of a sample with its row of W: 7 numbers cannot meet 8
             rows.
      Try:   samples of 8 numbers, or a model that begins with Input((7,))
    """
    pima(k).fit(X, Y, validation_data=(X[:, :7], Y), verbose=0)


@situation
def all_samples_in_the_shape_of_one(k, folder):
    """
    ValueError: Invalid input shape. Expected shape (None, 10, 8), but input has incompatible shape (10, 8)
      Where: model 'pima'
      Why:   The first axis counts the samples of a batch; Input leaves it out.
      Try:   Input((8,)) if x holds 10 samples of this shape; else x[None], a batch of one sample
    """
    model = k.Sequential([k.Input((10, 8)), k.layers.Dense(1)], name="pima")
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)


@situation
def one_sample_without_a_batch(k, folder):
    """
    ValueError: Invalid input shape. Expected shape (None, 8), but input has incompatible shape (8,)
      Where: model 'pima'
      Why:   The first axis counts the samples of a batch.
      Try:   x[None], a batch of one sample
    """
    pima(k).predict(X[0], verbose=0)


@situation
def images_that_were_not_flattened(k, folder):
    """
    ValueError: Invalid input shape. Expected shape (None, 784), but input has incompatible shape (10, 28, 28)
      Where: model 'pima'
      Why:   A sample of shape (28, 28) holds 784 numbers, but not in one row.
      Try:   x.reshape(len(x), 784); or Input((28, 28)), Flatten() as the first elements of the
             model
    """
    pima(k, 10, "softmax", inputs=784).predict(IMAGES, verbose=0)


@situation.as_keras
def images_in_a_model_without_an_input(k, folder):
    """
    ValueError: Arguments `target` and `output` must have the same shape up until the last dimension: target.shape=(None,), output.shape=(None, 28, 10)
      Where: loss sparse_categorical_crossentropy: y against the output of layer 'dense_1', the last
             one of model 'sequential', shape (None, 28, 10)
      Why:   Each row of the output is compared with one class number. Nothing is broadcast, because
             that hides mistakes.
      Try:   Flatten() as first layer: each sample is of shape (28, 28), and Dense works on the last
             axis alone
    """
    model = k.Sequential([k.layers.Dense(64), k.layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(IMAGES, DIGITS, verbose=0)


@situation
def a_word_number_beyond_the_vocabulary(k, folder):
    """
    IndexError: gather: index 9 at position 3 is out of range: x has 5 rows, so indices go from 0 to 4
    """
    model = k.Sequential([k.Input((4,)), k.layers.Embedding(5, 3)])
    model.predict(np.array([[1, 2, 3, 9]]), verbose=0)


# ---- weights ------------------------------------------------------------------------------

@situation.as_keras
def too_few_weights(k, folder):
    """
    ValueError: You called `set_weights(weights)` on layer 'hidden' with a weight list of length 1, but the layer was expecting 2 weights.
      Where: its weights are 'pima/hidden/kernel' (8, 12), 'pima/hidden/bias' (12,)
      Why:   The list holds one array for each weight, in the order of get_weights().
      Try:   print([w.shape for w in hidden.weights])
    """
    pima(k).layers[0].set_weights([np.ones((8, 12))])


@situation.as_keras
def a_kernel_on_its_side(k, folder):
    """
    ValueError: Layer hidden weight shape (8, 12) is not compatible with provided weight shape (12, 8).
      Where: weight 'pima/hidden/kernel'; no weight was changed
      Why:   A kernel has a row for each input and a column for each unit.
      Try:   the array's transpose, values.T
    """
    pima(k).layers[0].set_weights([np.ones((12, 8)), np.ones(12)])


@situation.as_keras
def weights_for_a_model_that_has_none_yet(k, folder):
    """
    ValueError: You called `set_weights(weights)` on layer 'early' with a weight list of length 2, but the layer was expecting 0 weights.
      Where: 'early' is not built yet, so it has no weights
      Why:   The list holds one array for each weight, in the order of get_weights().
      Try:   build((None, number of inputs)) or a call on data before set_weights
    """
    k.Sequential([k.layers.Dense(1)], name="early").set_weights([np.ones((8, 1)), np.ones(1)])


test_message = situation.test()
