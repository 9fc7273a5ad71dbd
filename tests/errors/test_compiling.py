"""What is said of names, optimizers, losses and metrics."""

import numpy as np

from tests.errors import Situations, X, Y, pima

situation = Situations()


# ---- names --------------------------------------------------------------------------------

@situation.as_keras
def a_mistyped_loss(k, folder):
    """
    ValueError: Could not interpret loss identifier: binary_crosentropy
      Try:   did you mean 'binary_crossentropy'?
             Known names: bce, binary_crossentropy, binary_focal_crossentropy,
             categorical_crossentropy, categorical_focal_crossentropy,
             categorical_generalized_cross_entropy, categorical_hinge, circle, cosine_similarity,
             ctc, dice, hinge, huber, kl_divergence, kld, kullback_leibler_divergence, log_cosh,
             logcosh, mae, mape, mean_absolute_error, mean_absolute_percentage_error,
             mean_squared_error, mean_squared_logarithmic_error, mse, msle, poisson,
             sparse_categorical_crossentropy, squared_hinge, tversky.
    """
    pima(k, loss="binary_crosentropy").fit(X, Y, verbose=0)


@situation.as_keras
def a_mistyped_optimizer(k, folder):
    """
    ValueError: Could not interpret optimizer identifier: adamm
      Try:   did you mean 'adam'?
             Known names: adadelta, adagrad, adam, adamax, adamw, ftrl, lion, nadam, rmsprop, sgd.
    """
    pima(k).compile("adamm", "mse")


@situation.as_keras
def an_optimizer_with_two_letters_exchanged(k, folder):
    """
    ValueError: Could not interpret optimizer identifier: adma
      Try:   did you mean 'adam'?
             Known names: adadelta, adagrad, adam, adamax, adamw, ftrl, lion, nadam, rmsprop, sgd.
    """
    pima(k).compile("adma", "mse")


@situation.as_keras
def a_mistyped_metric(k, folder):
    """
    ValueError: Could not interpret metric identifier: acuracy
      Try:   did you mean 'accuracy'?
             Known names: accuracy, auc, bce, binary_accuracy, binary_crossentropy,
             binary_focal_crossentropy, binary_io_u, categorical_accuracy, categorical_crossentropy,
             categorical_focal_crossentropy, categorical_generalized_cross_entropy,
             categorical_hinge, circle, concordance_correlation, cosine_similarity, dice, f1_score,
             f_beta_score, false_negatives, false_positives, hinge, huber, io_u, kl_divergence, kld,
             kullback_leibler_divergence, log_cosh, log_cosh_error, logcosh, mae, mape, mean,
             mean_absolute_error, mean_absolute_percentage_error, mean_io_u, mean_squared_error,
             mean_squared_logarithmic_error, mse, msle, one_hot_io_u, one_hot_mean_io_u,
             pearson_correlation, poisson, precision, precision_at_recall, r2_score, recall,
             recall_at_precision, root_mean_squared_error, sensitivity_at_specificity,
             sparse_categorical_accuracy, sparse_categorical_crossentropy,
             sparse_top_k_categorical_accuracy, specificity_at_sensitivity, squared_hinge, sum,
             top_k_categorical_accuracy, true_negatives, true_positives, tversky.
    """
    pima(k, metrics=["acuracy"]).fit(X, Y, verbose=0)


@situation.as_keras
def a_mistyped_activation(k, folder):
    """
    ValueError: Could not interpret activation function identifier: rellu
      Try:   did you mean 'relu'?
             Known names: celu, elu, exponential, gelu, glu, hard_shrink, hard_sigmoid, hard_silu,
             hard_swish, hard_tanh, leaky_relu, linear, log_sigmoid, log_softmax, mish, relu, relu6,
             selu, sigmoid, silu, soft_shrink, softmax, softplus, softsign, sparse_plus,
             sparse_sigmoid, sparsemax, squareplus, swish, tanh, tanh_shrink, threshold.
    """
    k.layers.Dense(1, activation="rellu")


@situation.as_keras
def a_mistyped_initializer(k, folder):
    """
    ValueError: Could not interpret initializer identifier: glorot_unifrom
      Try:   did you mean 'glorot_uniform'?
             Known names: constant, glorot_normal, glorot_uniform, he_normal, he_uniform, identity,
             lecun_normal, lecun_uniform, normal, one, ones, orthogonal, random_normal,
             random_uniform, truncated_normal, uniform, variance_scaling, zero, zeros.
    """
    k.layers.Dense(1, kernel_initializer="glorot_unifrom")


@situation.as_keras
def a_regularizer_that_is_not_there(k, folder):
    """
    ValueError: Could not interpret regularizer identifier: L3
      Try:   Known names: l1, l1_l2, l1l2, l2, orthogonal_regularizer.
    """
    k.layers.Dense(1, kernel_regularizer="L3")


@situation.as_keras
def a_mistyped_constraint(k, folder):
    """
    ValueError: Could not interpret constraint identifier: maxnrom
      Try:   did you mean 'maxnorm'?
             Known names: max_norm, maxnorm, min_max_norm, non_neg, nonneg, unit_norm, unitnorm.
    """
    k.layers.Dense(1, kernel_constraint="maxnrom")


@situation
def a_mistyped_name_of_ones_own(k, folder):
    """
    ValueError: Could not interpret initializer identifier: my_ons
      Try:   did you mean 'my_ones'?
             Known names: constant, glorot_normal, glorot_uniform, he_normal, he_uniform, identity,
             lecun_normal, lecun_uniform, normal, one, ones, orthogonal, random_normal,
             random_uniform, truncated_normal, uniform, variance_scaling, zero, zeros.
    """
    with k.utils.custom_object_scope({"my_ones": np.ones}):
        k.layers.Dense(1, kernel_initializer="my_ons")


# ---- compile ------------------------------------------------------------------------------

@situation
def a_mistyped_argument_of_compile(k, folder):
    """
    TypeError: compile() got an unexpected keyword argument 'metric'
      Try:   did you mean 'metrics'?
             It takes optimizer, loss, loss_weights, metrics, weighted_metrics, run_eagerly,
             steps_per_execution, jit_compile, auto_scale_loss.
    """
    pima(k).compile("adam", "mse", metric=["accuracy"])


@situation.as_keras
def metrics_that_are_no_list(k, folder):
    """
    ValueError: Expected `metrics` argument to be a list, tuple, or dict. Received instead: metrics=accuracy of type <class 'str'>
      Why:   There may be several.
      Try:   metrics=['accuracy']
    """
    pima(k).compile("adam", "mse", metrics="accuracy")


@situation.as_keras
def fit_before_compile(k, folder):
    """
    ValueError: You must call `compile()` before using the model.
      Where: fit() of model 'early'
      Why:   Without a loss nobody knows what is to become small, and without an optimizer nobody
             changes the weights.
      Try:   model.compile(optimizer="adam", loss="mse")
    """
    k.Sequential([k.layers.Dense(1)], name="early").fit(X, Y)


@situation
def a_loss_without_a_return(k, folder):
    """
    ValueError: The loss 'lambda' returned None.
      Why:   A loss function returns one value per sample, or a number.
      Try:   return ops.mean(ops.square(y_true - y_pred), axis=-1)
    """
    pima(k, loss=lambda y_true, y_pred: None).fit(X, Y, verbose=0)


@situation
def a_loss_in_numpy(k, folder):
    """
    TypeError: np.mean would lose the gradient of its tensor
      Why:   NumPy sees numbers only: what it computes is not recorded, so backward() would end
             there without a word.
      Try:   autograd_mlp.ops.mean(t) to go on with gradients; np.mean(t.numpy()) for the values
             alone, as of what model(x) returns
    """
    pima(k, loss=lambda y_true, y_pred: np.mean((y_true - y_pred) ** 2)).fit(X, Y, verbose=0)


@situation.as_keras
def an_activation_that_was_called(k, folder):
    """
    ValueError: Could not interpret activation function identifier: 3.0
      Why:   It is of type float. Expected a name, a class, an instance, a function or a dictionary
             with the keys 'class_name' and 'config'.
      Try:   the name in quotes, or the function or class itself, without parentheses
    """
    k.layers.Dense(3, activation=3.0)


@situation
def fit_without_a_loss(k, folder):
    """
    ValueError: No loss to compute. Provide a `loss` argument in `compile()`.
      Where: model 'pima'
      Why:   Training makes a number small: without a loss, a regularizer or add_loss there is none.
      Try:   model.compile(optimizer="adam", loss="mse")
    """
    model = pima(k)
    model.compile("adam")
    model.fit(X, Y, verbose=0)


# ---- optimizers ---------------------------------------------------------------------------

@situation
def a_negative_learning_rate(k, folder):
    """
    ValueError: SGD: learning_rate must be a number of at least 0, got -0.1
      Why:   A negative rate goes up the slope instead of down: the loss would grow.
      Try:   SGD(learning_rate=0.01)
    """
    k.optimizers.SGD(-0.1)


@situation.as_keras
def a_learning_rate_in_quotes(k, folder):
    """
    ValueError: Argument `learning_rate` should be float, or an instance of LearningRateSchedule, or a callable (that takes in the current iteration value and returns the corresponding learning rate value). Received instead: learning_rate=0.1
      Where: SGD(learning_rate='0.1')
      Try:   SGD(learning_rate=0.01)
    """
    k.optimizers.SGD("0.1")


@situation.as_keras
def a_mistyped_argument_of_an_optimizer(k, folder):
    """
    ValueError: Argument(s) not recognized: {'learnin_rate': 0.1}
      Why:   'learnin_rate' is unknown; did you mean 'learning_rate'?
      Try:   SGD takes learning_rate, momentum, nesterov, weight_decay, clipnorm, clipvalue,
             global_clipnorm, use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor,
             gradient_accumulation_steps, name.
    """
    k.optimizers.SGD(learnin_rate=0.1)


# ---- numbers that are none ----------------------------------------------------------------

@situation
def a_word_for_the_largest_norm(k, folder):
    """
    ValueError: MaxNorm: expected `max_value` to be a number of at least 0, got 'a'.
    """
    k.constraints.MaxNorm("a")


@situation
def more_than_all_of_the_way(k, folder):
    """
    ValueError: MinMaxNorm: expected `rate` to be a number from 0 to 1, got 2.
    """
    k.constraints.MinMaxNorm(rate=2)


@situation
def a_word_for_a_standard_deviation(k, folder):
    """
    ValueError: RandomNormal: expected `stddev` to be a number, got 'a'.
    """
    k.initializers.RandomNormal(stddev="a")


@situation
def a_word_for_a_delta(k, folder):
    """
    ValueError: Huber: expected `delta` to be a number of at least 0, got 'a'.
    """
    k.losses.Huber(delta="a")


@situation
def no_classes(k, folder):
    """
    ValueError: MeanIoU: expected `num_classes` to be the number of classes, 1 or more, got 0.
    """
    k.metrics.MeanIoU(0)


@situation
def fewer_than_no_predictions(k, folder):
    """
    ValueError: Precision: expected `top_k` to be a positive whole number, got -1: of each row so many predictions count.
    """
    k.metrics.Precision(top_k=-1)


# ---- functions ----------------------------------------------------------------------------

@situation
def a_mistyped_argument_of_a_loss(k, folder):
    """
    TypeError: binary_crossentropy() got an unexpected keyword argument 'from_logit'
      Try:   did you mean 'from_logits'?
             It takes y_true, y_pred, from_logits, label_smoothing, axis.
    """
    k.losses.binary_crossentropy(np.ones((1, 1)), np.ones((1, 1)), from_logit=True)


@situation
def a_mistyped_argument_of_an_operation(k, folder):
    """
    TypeError: max() got an unexpected keyword argument 'axs'
      Try:   did you mean 'axis'?
             It takes x, axis, keepdims.
    """
    k.ops.max(np.ones(3), axs=0)


test_message = situation.test()
