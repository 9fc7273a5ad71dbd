"""fit, evaluate and their relatives."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Input, Sequential, Tensor
from autograd_mlp.layers import Dense

rng = np.random.default_rng(0)
X = rng.normal(size=(50, 4)).astype("float32")
Y = (X[:, :1] - X[:, 1:2] > 0).astype("float32")


def classifier(metrics=("accuracy",), optimizer="sgd", seed=1, **kwargs):
    keras.set_random_seed(seed)
    model = Sequential([Input((4,)), Dense(8, activation="tanh"), Dense(1, activation="sigmoid")])
    model.compile(optimizer, "binary_crossentropy", metrics=list(metrics), **kwargs)
    return model


class TestFit:
    def test_history_has_kerass_keys_and_one_float_per_epoch(self):
        history = classifier().fit(X, Y, epochs=3, validation_split=0.2, verbose=0)
        assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
        assert all(len(v) == 3 and all(isinstance(x, float) for x in v)
                   for v in history.history.values())
        assert history.epoch == [0, 1, 2]

    def test_one_epoch_is_what_numpy_does_by_hand(self):
        model = classifier()
        w1, b1, w2, b2 = (w.astype("float64") for w in model.get_weights())
        losses = []
        for start in range(0, 50, 16):
            x, t = X[start : start + 16].astype("float64"), Y[start : start + 16]
            h = np.tanh(x @ w1 + b1)
            p = 1 / (1 + np.exp(-(h @ w2 + b2)))
            losses.append(-np.sum(t * np.log(p) + (1 - t) * np.log(1 - p)))
            dz = (p - t) / len(x)
            dh = dz @ w2.T * (1 - h * h)
            w2, b2 = w2 - 0.01 * h.T @ dz, b2 - 0.01 * dz.sum(0)
            w1, b1 = w1 - 0.01 * x.T @ dh, b1 - 0.01 * dh.sum(0)
        history = model.fit(X, Y, batch_size=16, shuffle=False, verbose=0).history
        assert history["loss"][0] == pytest.approx(sum(losses) / 50, rel=1e-5)
        for ours, theirs in zip(model.get_weights(), (w1, b1, w2, b2), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)

    @pytest.mark.parametrize("batch_size", [1, 7, 50, 1000])
    def test_it_learns_with_any_batch_size(self, batch_size):
        model = classifier(optimizer="adam")
        history = model.fit(X, Y, batch_size=batch_size, epochs=5, verbose=0).history
        assert history["loss"][-1] < history["loss"][0]

    def test_equal_seeds_give_equal_bits(self):
        runs = []
        for _ in range(2):
            model = classifier(optimizer="adam", seed=3)
            model.fit(X, Y, batch_size=7, epochs=3, verbose=0)
            runs.append(b"".join(w.tobytes() for w in model.get_weights()))
        assert runs[0] == runs[1]

    def test_validation_data_and_split_hold_samples_back(self):
        split = classifier().fit(X, Y, epochs=2, validation_split=0.2, shuffle=False, verbose=0)
        given = classifier().fit(X[:40], Y[:40], epochs=2, validation_data=(X[40:], Y[40:]),
                                 shuffle=False, verbose=0)
        assert split.history == given.history

    def test_validation_is_what_evaluate_says(self):
        model = classifier()
        history = model.fit(X, Y, epochs=1, validation_data=(X, Y), verbose=0).history
        loss, accuracy = model.evaluate(X, Y, verbose=0)
        assert history["val_loss"] == [pytest.approx(loss)]
        assert history["val_accuracy"] == [pytest.approx(accuracy)]

    @pytest.mark.parametrize("shuffle", [True, False])
    @pytest.mark.parametrize("batch_size", [1, 7, 50])
    @pytest.mark.parametrize("arguments", [
        {}, dict(sample_weight=np.arange(50.0)), dict(validation_split=0.3),
        dict(validation_data=(X, Y), validation_freq=3)], ids=range(4))
    def test_epochs_nobody_watches_are_the_same_epochs(self, batch_size, shuffle, arguments):
        """Without callbacks epochs run in C in one go; with one they come back each time."""
        runs = []
        watcher = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None)
        for callbacks in (None, [watcher]):
            model = classifier(metrics=["accuracy", "mse"], weighted_metrics=["mae"])
            history = model.fit(X, Y, batch_size=batch_size, epochs=20, shuffle=shuffle, verbose=0,
                                callbacks=callbacks, **arguments)
            runs.append((history.history, history.epoch,
                         [w.tobytes() for w in model.get_weights()]))
        assert runs[0] == runs[1]
        assert runs[0][1] == list(range(20))

    def test_initial_epoch(self):
        history = classifier().fit(X, Y, epochs=5, initial_epoch=3, verbose=0)
        assert history.epoch == [3, 4]

    def test_going_on_is_the_same_as_going_through(self):
        through, twice = classifier(optimizer="adam"), classifier(optimizer="adam")
        through.fit(X, Y, epochs=4, verbose=0, shuffle=False)
        twice.fit(X, Y, epochs=2, verbose=0, shuffle=False)
        twice.fit(X, Y, epochs=2, verbose=0, shuffle=False)
        for a, b in zip(through.get_weights(), twice.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_sample_weights_of_zero_and_one_choose_samples(self):
        weights = np.r_[np.ones(25), np.zeros(25)]
        a, b = classifier(), classifier()
        a.fit(X, Y, sample_weight=weights, batch_size=50, shuffle=False, verbose=0)
        b.fit(X[:25], Y[:25], batch_size=25, shuffle=False, verbose=0)
        keras_mean = 25 / 50        # the sum is divided by all 50, weight 0 or not
        for w0, wa, wb in zip(classifier().get_weights(), a.get_weights(), b.get_weights(),
                              strict=True):
            np.testing.assert_allclose(wa - w0, keras_mean * (wb - w0), rtol=1e-3, atol=1e-7)

    @pytest.mark.parametrize("x", [X.tolist(), X.astype("float64"), np.asfortranarray(X),
                                   Tensor(X), X[::1]])
    def test_any_array(self, x):
        a = classifier().fit(x, Y, verbose=0, shuffle=False).history
        assert a == classifier().fit(X, Y, verbose=0, shuffle=False).history

    def test_targets_of_shape_n_meet_outputs_of_shape_n_1(self):
        a = classifier().fit(X, Y[:, 0], verbose=0, shuffle=False).history
        assert a == classifier().fit(X, Y, verbose=0, shuffle=False).history

    def test_vectors_of_samples(self):
        keras.set_random_seed(0)
        model = Sequential([Input((1,)), Dense(1)])
        model.compile("sgd", "mse")
        model.fit(np.arange(10), np.arange(10), verbose=0)
        assert model.predict(np.array([11, 12]), verbose=0).shape == (2, 1)

    def test_sparse_and_one_hot_labels_give_the_same_training(self):
        labels = rng.integers(0, 3, 50)
        histories = []
        for loss, y in [("sparse_categorical_crossentropy", labels),
                        ("categorical_crossentropy", np.eye(3)[labels])]:
            keras.set_random_seed(0)
            model = Sequential([Input((4,)), Dense(3, activation="softmax")])
            model.compile("sgd", loss, metrics=["accuracy"])
            histories.append(model.fit(X, y, epochs=2, verbose=0).history)
        assert histories[0]["accuracy"] == histories[1]["accuracy"]
        np.testing.assert_allclose(histories[0]["loss"], histories[1]["loss"], rtol=1e-6)

    def test_float64_models_train_in_float64(self):
        model = Sequential([Input((4,)), Dense(1, dtype="float64")])
        model.compile("sgd", "mse")
        assert model.layers[0].kernel.dtype == np.float64
        model.fit(X, Y, verbose=0)


class TestInterrupts:
    @pytest.mark.parametrize("verbose_callbacks", [None, []], ids=["quiet", "with a callback"])
    def test_ctrl_c_keeps_history_and_weights(self, verbose_callbacks):
        """Stops between two steps; what was done is in the history, and fit goes on."""
        model = classifier()
        callbacks = verbose_callbacks
        if callbacks is not None:
            callbacks = [keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None)]
        timer = threading.Timer(0.3, signal.raise_signal, [signal.SIGINT])
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            model.fit(X, Y, batch_size=10, epochs=10**8, verbose=0, callbacks=callbacks)
        timer.join()
        steps, epochs = int(model.optimizer.iterations), len(model.history.history["loss"])
        assert epochs > 0 and 0 <= steps - 5 * epochs <= 5
        assert all(np.isfinite(w).all() for w in model.get_weights())
        model.fit(X, Y, batch_size=10, verbose=0)
        assert int(model.optimizer.iterations) == steps + 5


class TestMistakes:
    @pytest.mark.parametrize("arguments, error, message", [
        (dict(batch_size=0), ValueError, "batch_size"),
        (dict(batch_size=2.5), ValueError, "batch_size"),
        (dict(epochs=-1), ValueError, "epochs"),
        (dict(validation_split=1.0), ValueError, "validation_split"),
        (dict(validation_split=0.999), ValueError, "validation_split"),
        (dict(validation_data=X), ValueError, "validation_data"),
        (dict(y=Y[:-1]), ValueError, "same number of samples"),
        (dict(y=None), ValueError, "targets"),
        (dict(y=np.ones((50, 3))), ValueError, "same shape"),
        (dict(x=X[:0], y=Y[:0]), ValueError, "no samples"),
        (dict(x=np.array(["a"] * 50)), ValueError, "Invalid dtype"),
        (dict(verbose=7), ValueError, "verbose"),
        (dict(shuffle="rows"), ValueError, "shuffle"),
        (dict(class_weight={2: 1}), ValueError, "class_weight"),
        (dict(class_weight="balanced"), ValueError, "class_weight"),
        (dict(class_weight={0: 1}, sample_weight=np.ones(50)), ValueError, "at the same time"),
        (dict(steps_per_epoch=0), ValueError, "steps_per_epoch must be"),
        (dict(validation_freq="x"), ValueError, "validation_freq"),
        (dict(validation_data=(X, Y[:3])), ValueError, "Data cardinality.*\\n.*validation_data"),
        (dict(validation_data=X), ValueError, "validation_data"),
        (dict(x=iter([(X, Y)])), ValueError, "`y` should not be passed"),
        (dict(epoch=3), TypeError, "did you mean 'epochs'"),
        (dict(callbacks=["history"]), TypeError, "Callback"),
    ])
    def test_a_bad_argument_raises_and_changes_no_weight(self, arguments, error, message):
        model = classifier()
        before = model.get_weights()
        with pytest.raises(error, match=message):
            model.fit(**{"x": X, "y": Y, "verbose": 0, **arguments})
        for a, b in zip(before, model.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    @pytest.mark.parametrize("arguments, message", [
        (dict(optimizer="adamm"), "did you mean 'adam'"),
        (dict(loss="msee"), "did you mean 'mse'"),
        (dict(metrics=["acuracy"]), "did you mean 'accuracy'"),
    ])
    def test_mistyped_names_are_found_in_compile(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            classifier().compile(**arguments)

    def test_metrics_of_one_name_are_numbered(self):
        model = classifier(metrics=["mse", "mse"], weighted_metrics=["mse", "mae"])
        assert list(model.fit(X, Y, verbose=0).history) == [
            "loss", "mae", "mse", "mse_1", "weighted_mse"]
        assert model.metrics_names == ["loss", "mse", "mse_1", "weighted_mse", "mae"]

    def test_fit_before_compile(self):
        with pytest.raises(ValueError, match="compile"):
            Sequential([Dense(1)]).fit(X, Y)

    @pytest.mark.parametrize("label", [3, -1, 1.5, np.nan])
    def test_labels_out_of_range(self, label):
        model = Sequential([Input((4,)), Dense(3, activation="softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        labels = np.zeros(50)
        labels[7] = label
        with pytest.raises(ValueError, match=r"position 7"):
            model.fit(X, labels, verbose=0)
        labels[7] = 2
        model.fit(X, labels, verbose=0)


class TestEvaluate:
    def test_returns(self):
        model = classifier(metrics=["accuracy", "mse", "mae"])
        values = model.evaluate(X, Y, verbose=0)
        p = model.predict(X, verbose=0)
        assert model.metrics_names == ["loss", "accuracy", "mse", "mae"]
        np.testing.assert_allclose(values[1:], [np.mean((p > 0.5) == Y), np.mean((p - Y) ** 2),
                                                np.mean(abs(p - Y))], rtol=1e-6)
        assert model.evaluate(X, Y, verbose=0, return_dict=True) == dict(
            sorted(zip(model.metrics_names, values, strict=True)))

    def test_the_loss_alone_is_a_number(self):
        assert isinstance(classifier(metrics=()).evaluate(X, Y, verbose=0), float)

    @pytest.mark.parametrize("batch_size", [1, 7, 50])
    def test_the_mean_is_over_samples(self, batch_size):
        model = classifier()
        np.testing.assert_allclose(model.evaluate(X, Y, batch_size, verbose=0),
                                   model.evaluate(X, Y, 32, verbose=0), rtol=1e-6)

    def test_does_not_learn(self):
        model = classifier()
        before = model.get_weights()
        model.evaluate(X, Y, verbose=0)
        model.test_on_batch(X, Y)
        for a, b in zip(before, model.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


class TestSingleBatches:
    def test_train_on_batch_is_a_step_of_fit(self):
        a, b = classifier(), classifier()
        a.fit(X, Y, batch_size=50, shuffle=False, verbose=0)
        result = b.train_on_batch(X, Y)
        assert len(result) == 2
        for wa, wb in zip(a.get_weights(), b.get_weights(), strict=True):
            np.testing.assert_array_equal(wa, wb)

    def test_results_are_those_of_the_batch(self):
        model = classifier(metrics=())
        second = model.evaluate(X[10:20], Y[10:20], verbose=0)
        model.test_on_batch(X[:10], Y[:10])
        assert model.test_on_batch(X[10:20], Y[10:20], return_dict=True) == {"loss": second}
        assert model.train_on_batch(X[10:20], Y[10:20]) == second

    def test_gradients_are_gone_after_training(self):
        model = classifier()
        model.fit(X, Y, verbose=0)
        model.train_on_batch(X, Y)
        assert all(w.grad is None for w in model.weights)
        keras.losses.BinaryCrossentropy()(Y, model(X)).backward()
        first = model.weights[0].grad.numpy()
        model.weights[0].zero_grad()
        keras.losses.BinaryCrossentropy()(Y, model(X)).backward()
        np.testing.assert_array_equal(model.weights[0].grad.numpy(), first)


class Watcher(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append((batch, logs["loss"]))

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(("epoch", epoch))


class TestCallbacks:
    def test_batches_are_reported_when_asked_for(self):
        watcher = Watcher()
        plain = classifier().fit(X, Y, batch_size=20, epochs=2, verbose=0).history
        assert classifier().fit(X, Y, batch_size=20, epochs=2, verbose=0,
                                callbacks=[watcher]).history == plain
        assert [what for what, _ in watcher.seen] == [0, 1, 2, "epoch", 0, 1, 2, "epoch"]

    def test_learning_rate_set_by_a_callback_counts_at_once(self):
        model = classifier()
        before = model.get_weights()

        class Stop(keras.callbacks.Callback):
            def on_epoch_begin(self, epoch, logs=None):
                self.model.optimizer.learning_rate = 0.0

        model.fit(X, Y, epochs=2, verbose=0, callbacks=[Stop()])
        for a, b in zip(before, model.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_stop_training(self):
        class StopAtOnce(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                self.model.stop_training = True

        history = classifier().fit(X, Y, epochs=9, verbose=0, callbacks=[StopAtOnce()])
        assert history.epoch == [0]


class TestOutput:
    def test_lines_off_a_terminal(self, capsys):
        classifier().fit(X, Y, epochs=2)
        text = capsys.readouterr().out
        assert not set(text) & set("\r\b\x1b")
        lines = text.splitlines()
        assert [line[:16] for line in lines] == ["Epoch 1/2 - 2/2 ", "Epoch 2/2 - 2/2 "]
        assert "accuracy: 0." in lines[1]

    def test_few_lines_of_many_epochs(self, capsys):
        """The epochs between them run together, with the same results."""
        histories = [classifier().fit(X, Y, epochs=120, verbose=verbose).history
                     for verbose in ("auto", 0)]
        assert histories[0] == histories[1]
        numbers = [line.split("/")[0] for line in capsys.readouterr().out.splitlines()]
        assert numbers == [f"Epoch {n}" for n in (1, 2, 5, 10, 20, 50, 100, 120)]

    def test_verbose_2_and_0(self, capsys):
        classifier().fit(X, Y, epochs=1, verbose=2)
        assert capsys.readouterr().out.startswith("2/2 - ")
        classifier().fit(X, Y, epochs=1, verbose=0)
        assert capsys.readouterr().out == ""


ON_A_TERMINAL = """
import numpy as np
import autograd_mlp as keras
x, y = np.ones((100, 2)), np.ones((100, 1))
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(x, y, epochs=2, validation_split=0.2)
model.evaluate(x, y)
print(model.predict(x).shape)
"""


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
def test_bars_on_a_terminal():
    master, slave = os.openpty()
    process = subprocess.Popen([sys.executable, "-c", ON_A_TERMINAL], stdout=slave, stderr=slave,
                               env={**os.environ, "TERM": "xterm"})
    os.close(slave)
    seen = b""
    try:
        while chunk := os.read(master, 4096):
            seen += chunk
    except OSError:         # how Linux says that the other end is closed
        pass
    os.close(master)
    assert process.wait(60) == 0, seen.decode()
    assert b"(100, 1)" in seen and b"Epoch 2/2" in seen and b"val_loss" in seen


@pytest.mark.parametrize("run_eagerly", [False, True])
@pytest.mark.parametrize("hook", ["on_train_begin", "on_epoch_begin", "on_epoch_end"])
def test_compile_while_fit_runs(hook, run_eagerly):
    model = Sequential([Input((2,)), Dense(1)])
    model.compile("sgd", "mse", run_eagerly=run_eagerly)
    before = model.get_weights()
    compiles = keras.callbacks.LambdaCallback(**{hook: lambda *_: model.compile("adam", "mae")})
    with pytest.raises(RuntimeError, match="before or after"):
        model.fit(np.ones((4, 2)), np.ones((4, 1)), epochs=3, verbose=0, callbacks=[compiles])
    if hook != "on_epoch_end":      # found before anything was trained
        assert all(map(np.array_equal, before, model.get_weights()))
