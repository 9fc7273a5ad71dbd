"""Replay: what it notes, against NumPy; and that training does not notice it."""

import itertools

import numpy as np
import pytest

import autograd_mlp
from autograd_mlp import Input, Sequential, layers, optimizers, random
from autograd_mlp.callbacks import EarlyStopping, LambdaCallback, Replay
from autograd_mlp.callbacks.replay import GRID
from autograd_mlp.layers import Dense
from autograd_mlp.utils import PyDataset

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 3)).astype(np.float32)
Y = (X[:, :1] * X[:, 1:2] > 0).astype(np.float32)
XOR_X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
XOR_Y = np.array([[0], [1], [1], [0]], np.float32)


def with_everything(optimizer):
    autograd_mlp.set_random_seed(4)
    model = Sequential([
        Input((3,)), Dense(6, activation="relu", kernel_regularizer="l2"), layers.Dropout(0.4),
        layers.BatchNormalization(), layers.GaussianNoise(0.1), Dense(1, activation="sigmoid")])
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy", "auc"])
    return model


def two_layers(optimizer="sgd", dtype="float64", activation="tanh", x=X):
    autograd_mlp.set_random_seed(4)
    model = Sequential([
        Input(x.shape[1:], dtype=dtype),
        Dense(4, activation=activation, dtype=dtype, name="hidden"),
        Dense(1, dtype=dtype, name="out")])
    model.compile(optimizer, "mse")
    return model


def fit(model, *callbacks, x=X, y=Y, epochs=5, **kwargs):
    return model.fit(x, y, epochs=epochs, batch_size=7, verbose=0, callbacks=list(callbacks),
                     **kwargs)


def epochs(replay):
    return [frame.epoch for frame in replay.frames]


# ---- training does not notice ---------------------------------------------------------------


OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.1), "momentum": lambda: optimizers.SGD(0.1, momentum=0.9),
    "adam": lambda: optimizers.Adam(0.01), "rmsprop": lambda: optimizers.RMSprop(0.01),
    "nadam": lambda: optimizers.Nadam(0.01),
    "everything": lambda: optimizers.Adam(
        optimizers.schedules.CosineDecay(0.05, 20), amsgrad=True, global_clipnorm=1.0,
        use_ema=True, ema_overwrite_frequency=3, gradient_accumulation_steps=2)}


@pytest.mark.parametrize("eager", [False, True], ids=["recorded", "eager"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_keeps_its_bits(name, eager):
    results = []
    for replay in ([], [Replay()]):
        model = with_everything(OPTIMIZERS[name]())
        model.run_eagerly = eager
        history = fit(model, *replay, validation_split=0.2)
        results.append((history.history, [v.tolist() for v in (
            *model.variables, *model.optimizer.variables, *model.metrics_variables)],
            [v.grad for v in model.variables], random.get_state(), np.random.random()))  # noqa: NPY002
    assert results[0] == results[1]
    assert len(replay[0].frames) == 6


class Noisy(layers.Layer):
    """Draws from NumPy's and the library's own generator, and counts its calls."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.calls = []

    def call(self, x, training=False):
        self.calls.append(training)
        return x + np.random.random() + random.uniform((1,))  # noqa: NPY002


def test_layers_of_the_users_keep_their_state():
    results = []
    for replay in ([], [Replay()]):
        autograd_mlp.set_random_seed(2)
        model = Sequential([Input((3,)), noisy := Noisy(), Dense(1)])
        model.compile("sgd", "mse")
        history = fit(model, *replay)
        results.append((history.history, noisy.calls, [w.tolist() for w in model.get_weights()]))
    assert results[0] == results[1]
    assert len(noisy.calls) >= 25 and len(replay[0].frames) == 6


def test_gradients_of_the_users_stay():
    model = two_layers()
    model(X).sum().backward()
    kept = model.weights[0].grad.tolist()
    replay = Replay(X, Y)
    replay.set_model(model)
    replay.on_train_begin()
    assert model.weights[0].grad.tolist() == kept
    assert len(replay.frames) == 1


def test_steps_are_replayed_all_the_same():
    calls = []

    class Counted(layers.Layer):
        def call(self, x):
            calls.append(self)
            return x

    model = Sequential([Input((3,)), Counted(), Dense(1)])
    model.compile("sgd", "mse")
    fit(model, Replay(max_frames=2), epochs=8)
    # Python of the layer runs for the first two batches of a size in each epoch, not for all five
    assert sum(one is model.layers[0] for one in calls) < 8 * 5
    assert not Replay()._idle_hooks()
    from autograd_mlp.callbacks import CallbackList
    assert not CallbackList([Replay()]).wants_train_batches


# ---- which epochs -----------------------------------------------------------------------------


def test_every():
    replay = Replay(every=3)
    fit(two_layers(), replay, epochs=8)
    assert epochs(replay) == [0, 3, 6, 8]
    assert replay.frames[0].logs == {}
    assert [set(frame.logs) for frame in replay.frames[1:]] == [{"loss"}] * 3


@pytest.mark.parametrize("max_frames", [2, 3, 5, 10])
def test_frames_are_thinned_evenly(max_frames):
    replay = Replay(max_frames=max_frames)
    fit(two_layers(), replay, epochs=61)
    noted = epochs(replay)
    assert noted[0] == 0 and noted[-1] == 61 and len(noted) <= max_frames
    steps = {b - a for a, b in itertools.pairwise(noted[:-1])}
    assert len(steps) <= 1
    if max_frames > 3:
        assert len(noted) > max_frames / 2


def test_epochs_go_on_in_a_second_fit():
    model, replay = two_layers(), Replay(every=2)
    fit(model, replay, epochs=3)
    fit(model, replay, epochs=3)
    assert epochs(replay) == [0, 2, 3, 4, 6]
    model, replay = two_layers(), Replay(every=2)
    fit(model, replay, epochs=3)
    fit(model, replay, epochs=6, initial_epoch=3)
    assert epochs(replay) == [0, 2, 3, 4, 6]
    replay = Replay()
    fit(model, replay, epochs=8, initial_epoch=6)
    assert epochs(replay) == [6, 7, 8]


def test_frames_after_an_early_stop():
    model, replay = two_layers(), Replay(every=4)
    fit(model, replay, EarlyStopping("loss", patience=0, min_delta=10.0), epochs=50)
    assert epochs(replay) == [0, 2]
    assert np.array_equal(replay.frames[-1].layers["hidden"].weights["kernel"], model.weights[0])


def test_logs_are_those_of_the_history():
    model, replay = with_everything("adam"), Replay()
    history = fit(model, replay, validation_data=(X[:5], Y[:5]), validation_freq=2, epochs=4)
    logs = replay.to_dict()["logs"]
    assert logs["loss"] == [None, *history.history["loss"]]
    assert logs["auc"][1:] == history.history["auc"]
    assert [logs["val_accuracy"][i] for i in (2, 4)] == history.history["val_accuracy"]
    assert logs["val_loss"][:2] == [None, None] and logs["val_loss"][3] is None


# ---- what is noted ----------------------------------------------------------------------------


def numpy_loss(weights, x, y):
    w1, b1, w2, b2 = weights
    return np.mean((np.tanh(x @ w1 + b1) @ w2 + b2 - y) ** 2)


def test_gradient_norms_agree_with_finite_differences():
    replay, seen = Replay(), []
    model = two_layers()
    fit(model, LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(model.get_weights())),
        replay, epochs=2)
    x, y = X.astype(np.float64), Y.astype(np.float64)
    for weights, frame in zip(seen, replay.frames[1:], strict=True):
        gradient = []
        for w in weights:
            for i in range(w.size):
                at = w.flat[i]
                w.flat[i] = at + 1e-5
                above = numpy_loss(weights, x, y)
                w.flat[i] = at - 1e-5
                gradient.append((above - numpy_loss(weights, x, y)) / 2e-5)
                w.flat[i] = at
        of_hidden = 3 * 4 + 4
        found = [facts.gradient_norm for facts in frame.layers.values()]
        np.testing.assert_allclose(
            found, [np.linalg.norm(gradient[:of_hidden]), np.linalg.norm(gradient[of_hidden:])],
            rtol=1e-8)
        np.testing.assert_allclose(frame.batch_loss, numpy_loss(weights, x, y), rtol=1e-12)


@pytest.mark.parametrize("model", [
    lambda: two_layers(optimizers.SGD(0.3)), lambda: two_layers(optimizers.Adam(0.05)),
    lambda: two_layers(optimizers.SGD(0.2, loss_scale_factor=8.0)),
    # dropout and noise draw what they will draw in the next step: the copy has their states
    lambda: with_everything(optimizers.Adam(0.05)),
    lambda: with_everything(optimizers.RMSprop(0.01, weight_decay=0.1, clipnorm=0.5))],
    ids=["sgd", "adam", "scaled", "everything", "clipped"])
def test_update_ratio_is_that_of_the_next_step(model):
    replay, model = Replay(), model()
    model.fit(X, Y, batch_size=30, epochs=3, verbose=0, callbacks=[replay], shuffle=False)
    # one batch is all samples: the step that Replay looked at is the one that came next
    for now, after in itertools.pairwise(replay.frames):
        for name, facts in now.layers.items():
            if facts.update_ratio is None:
                continue
            w, v = (np.concatenate([a.ravel() for weight, a in f.layers[name].weights.items()
                                    if "moving" not in weight]).astype(float)
                    for f in (now, after))
            np.testing.assert_allclose(facts.update_ratio,
                                       np.linalg.norm(v - w) / np.linalg.norm(w), rtol=1e-6)
    assert sum(f.update_ratio is not None for f in now.layers.values()) >= 2


def test_norms_of_sgd_follow_from_each_other():
    replay = Replay()
    fit(two_layers(optimizers.SGD(0.25, loss_scale_factor=4.0)), replay)
    for frame in replay.frames:
        for facts in frame.layers.values():
            size = np.sqrt(sum(np.sum(w**2) for w in facts.weights.values()))
            np.testing.assert_allclose(facts.update_ratio, 0.25 * facts.gradient_norm / size,
                                       rtol=1e-9)


def test_accumulated_gradients_and_weights_that_are_zero():
    model, replay = two_layers(optimizers.SGD(0.1, gradient_accumulation_steps=4)), Replay()
    model.set_weights([w * 0 for w in model.get_weights()])
    fit(model, replay)
    assert replay.frames[0].layers["out"].update_ratio is None      # 0 / 0
    assert all(frame.layers["out"].update_ratio > 0 for frame in replay.frames[2:])


def test_frozen_layers_have_no_gradient():
    model = two_layers()
    model.layers[0].trainable = False
    model.compile("sgd", "mse")
    replay = Replay()
    fit(model, replay)
    last = replay.frames[-1].layers
    assert last["hidden"].gradient_norm is None and last["hidden"].update_ratio is None
    assert last["out"].gradient_norm > 0


def test_dead_units():
    model = Sequential([Input((3,)), Dense(5, activation="relu", name="hidden"),
                        layers.ReLU(name="again"), layers.PReLU(name="learned"),
                        Dense(2, activation="sigmoid", name="out"), Dense(2, activation="tanh")])
    kernel = np.zeros((3, 5))
    kernel[0] = [1, -1, 1, 1, 0]
    # of x[0] from −1 to 1: unit 0 is alive, units 1 and 2 are for no sample, 3 always, 4 never
    model.layers[0].set_weights([kernel, np.array([0, -1, -1.5, 3, 0])])
    # where the slopes are 0.01005 and 0.00985 (of at most 0.25), 0.0402 and 0.0394 (of 1)
    model.layers[3].set_weights([np.zeros((5, 2)), np.array([-4.58, -4.60])])
    model.layers[4].set_weights([np.zeros((2, 2)), np.array([2.29, 2.30])])
    model.compile(optimizers.SGD(0.0), "mse")
    x = np.linspace(-1, 1, 9)[:, None] * np.ones(3)
    replay = Replay()
    model.fit(x, np.zeros((9, 2)), verbose=0, callbacks=[replay])
    found = {name: (facts.activation, facts.flat, facts.flat_units, facts.units, facts.flat_share)
             for name, facts in replay.frames[-1].layers.items()}
    assert found.pop("hidden") == ("relu", "dead", 3, 5, 0.6)
    assert found.pop("again") == ("relu", "dead", 3, 5, 0.6)
    assert found.pop("learned") == (None, None, 0, 0, None)
    assert found.pop("out") == ("sigmoid", "saturated", 1, 2, 0.5)
    assert list(found.values()) == [("tanh", "saturated", 1, 2, 0.5)]


def test_boundary():
    model, replay = two_layers(x=XOR_X), Replay(every=2)
    fit(model, replay, x=XOR_X, y=XOR_Y, epochs=2)
    across, up = replay.grid
    assert across[0] == pytest.approx(-0.15) and up[-1] == pytest.approx(1.15)
    assert replay.frames[1].boundary.shape == (GRID, GRID, 1)
    for i, j in [(0, 0), (0, GRID - 1), (5, 17)]:
        expected = model.predict(np.array([[across[j], up[i]]]), verbose=0)
        np.testing.assert_allclose(replay.frames[1].boundary[i, j], expected[0], rtol=1e-12)
    assert not np.array_equal(replay.frames[0].boundary, replay.frames[1].boundary)


def test_no_boundary_for_other_inputs():
    replay = Replay()
    fit(two_layers(), replay)
    assert replay.grid is None and replay.to_dict()["boundary"] is None


def test_large_weights_are_noted_in_part():
    model = Sequential([Input((784,)), Dense(4), layers.BatchNormalization(), Dense(2)])
    model.compile("sgd", "mse")
    replay = Replay()
    model.fit(np.zeros((3, 784)), np.zeros((3, 2)), verbose=0, callbacks=[replay])
    first, normal, _ = replay.to_dict()["layers"]
    kernel = first["weights"]["kernel"]
    assert kernel.shape == (2, 784, 3) and first["shapes"]["kernel"] == (784, 4)
    assert np.array_equal(kernel[-1], model.weights[0].numpy()[:, :3])
    assert set(normal["weights"]) == {"gamma", "beta", "moving_mean", "moving_variance"}


def test_frames_do_not_change_afterwards():
    model, replay = two_layers(), Replay()
    fit(model, replay)
    kept = replay.frames[-1].layers["out"].weights["kernel"].copy()
    plain = replay.to_dict()
    fit(model)
    assert np.array_equal(replay.frames[-1].layers["out"].weights["kernel"], kept)
    plain["layers"][1]["weights"]["kernel"][:] = 7
    assert np.array_equal(replay.frames[-1].layers["out"].weights["kernel"], kept)


def test_the_same_training_gives_the_same_frames():
    found = []
    for _ in range(2):
        autograd_mlp.backend.clear_session()
        replay = Replay()
        fit(with_everything("adam"), replay)
        found.append(repr(replay.to_dict()))
    assert found[0] == found[1]


# ---- samples ----------------------------------------------------------------------------------


def test_samples_are_spread_over_the_training_data():
    replay = Replay(samples=10)
    fit(two_layers(), replay)
    assert replay.batch["text"] == "10 of 30 samples, evenly spread, of the training data"
    assert np.array_equal(replay.batch["x"], X[::3]) and np.array_equal(replay.batch["y"], Y[::3])
    replay = Replay(X[:1], Y[:1])
    fit(two_layers(), replay)
    assert replay.batch["text"] == "1 sample given to Replay"


def test_sample_weights_count():
    weights = np.arange(30.0)
    replay = Replay()
    model = two_layers(optimizers.SGD(0.0))
    fit(model, replay, sample_weight=weights)
    error = (model.predict(X, verbose=0) - Y)[:, 0] ** 2
    assert replay.frames[-1].batch_loss == pytest.approx(np.mean(weights * error), rel=1e-9)


def batches():
    while True:
        for i in range(0, 30, 10):
            yield X[i: i + 10], Y[i: i + 10]


def test_of_a_generator_the_batch_that_fit_took_to_build_is_used():
    results = []
    for watchers in ([], [Replay()]):
        model = two_layers()
        model.fit(batches(), steps_per_epoch=3, epochs=3, verbose=0, callbacks=watchers)
        results.append([w.tolist() for w in model.get_weights()])
    assert results[0] == results[1]
    assert watchers[0].batch["text"] == "all 10 samples of the first batch of the generator"


def test_samples_that_are_not_within_reach():
    class Data(PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, i):
            return X[10 * i: 10 * i + 10], Y[10 * i: 10 * i + 10]

    with pytest.raises(ValueError, match=r"the Data, .* Replay\(x, y\)"):
        two_layers().fit(Data(), verbose=0, callbacks=[Replay()])
    replay = Replay(X, Y)
    two_layers().fit(Data(), verbose=0, callbacks=[replay])
    assert len(replay.frames) == 2
    with pytest.raises(ValueError, match="y .the targets. is missing"):
        fit(two_layers(), Replay(X))
    replay = Replay()
    replay.set_model(two_layers())
    with pytest.raises(ValueError, match=r"does not say what its data are.*Replay\(x, y\)"):
        replay.on_train_begin()


# ---- models of other kinds --------------------------------------------------------------------


def test_nested_models_and_integers():
    model = Sequential([Input((2,), dtype="int32"), layers.Embedding(9, 3), layers.Flatten(),
                        Sequential([Dense(4, name="dense"), Dense(2, name="dense_b")], name="a"),
                        Sequential([Dense(4, name="dense"), Dense(3, activation="softmax")])])
    model.compile("adam", "sparse_categorical_crossentropy")
    replay = Replay()
    model.fit(np.arange(16).reshape(8, 2) % 9, np.arange(8) % 3, verbose=0, callbacks=[replay])
    names = list(replay.frames[0].layers)
    assert len(names) == 5 and names[2] == "dense_b"
    assert names[1] != names[3] and names[1].endswith("dense") and names[3].endswith("dense")
    assert all(facts.gradient_norm > 0 for facts in replay.frames[-1].layers.values())
    assert replay.grid is None


def test_a_train_step_of_the_users_own():
    class Own(Sequential):
        def train_step(self, data):
            return {"loss": 0.5}

    model = Own([Input((3,)), Dense(1, name="dense")])
    model.compile("sgd")
    replay = Replay(X)
    model.fit(X, epochs=2, verbose=0, callbacks=[replay])
    frame = replay.frames[-1]
    assert frame.logs == {"loss": 0.5} and frame.batch_loss is None
    assert frame.layers["dense"].gradient_norm is None
    model.compile("sgd", "mse")
    fit(model, replay := Replay())
    assert replay.frames[-1].layers["dense"].gradient_norm > 0


def test_a_model_that_cannot_be_copied():
    model = two_layers()
    model.layers[0].file = open(__file__)     # noqa: SIM115
    with model.layers[0].file, pytest.raises(TypeError, match="cannot be copied.*__deepcopy__"):
        fit(model, Replay())


def test_one_replay_is_for_one_model():
    replay = Replay()
    fit(two_layers(), replay)
    with pytest.raises(ValueError, match=r"hidden \(3, 4\) \(4,\).* new Replay\(\)"):
        fit(with_everything("sgd"), replay)
    assert len(replay.frames) == 6


@pytest.mark.parametrize("arguments", [{"every": 0}, {"max_frames": 1}, {"samples": 1.5},
                                       {"every": True}])
def test_wrong_numbers(arguments):
    (name, value), = arguments.items()
    with pytest.raises(ValueError, match=f"{name} must be a whole number .*, got {value}"):
        Replay(**arguments)


def test_other_mistakes():
    with pytest.raises(TypeError, match="did you mean 'max_frames'"):
        Replay(max_frame=3)
    with pytest.raises(ValueError, match="y was given without x"):
        Replay(y=Y)
    with pytest.raises(ValueError, match=r"no frames yet.*callbacks=\[replay\]"):
        Replay().to_dict()


def test_copies_of_models_that_were_not_fitted():
    from autograd_mlp.callbacks.probe import copy_of

    model = Sequential([Input((3,)), Dense(1)])
    copy = copy_of(model)
    assert np.array_equal(copy.predict_on_batch(X), model.predict_on_batch(X))
    model.compile("sgd", "mse", metrics=["mae"])
    assert set(copy_of(model).evaluate(X, Y, verbose=0, return_dict=True)) == {"loss", "mae"}
    model.fit(X, Y, verbose=0)
    assert copy_of(model).evaluate(X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)[0]
