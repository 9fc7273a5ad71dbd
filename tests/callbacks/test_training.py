"""Callbacks inside of real trainings: rates, files, servers, and what they cost."""

import http.server
import json
import threading
import urllib.parse

import numpy as np
import pytest

import autograd_mlp
from autograd_mlp import Input, Sequential, callbacks, ops
from autograd_mlp.callbacks import (
    Callback,
    CallbackList,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ReduceLROnPlateau,
    RemoteMonitor,
    TerminateOnNaN,
)
from autograd_mlp.layers import Dense
from autograd_mlp.optimizers import SGD


@pytest.fixture
def model():
    autograd_mlp.set_random_seed(1)
    model = Sequential([Input((2,)), Dense(3, activation="tanh"), Dense(1)])
    model.compile(SGD(0.1), "mse")
    return model


X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
Y = np.array([[0], [1], [1], [0]], np.float32)


def fit(model, *watchers, **kwargs):
    arguments = dict(epochs=3, batch_size=1, verbose=0, callbacks=list(watchers))
    return model.fit(X, Y, **{**arguments, **kwargs})


@pytest.mark.parametrize("schedule, rates", [
    (lambda epoch: 0.1 / 2**epoch, [0.1, 0.05, 0.025]),
    (lambda epoch, rate: rate / 2, [0.05, 0.025, 0.0125]),
    (lambda epoch, rate=3.0: np.float32(rate / 2), [0.05, 0.025, 0.0125]),
    (lambda epoch: ops.exp(autograd_mlp.Tensor(-float(epoch))), np.exp([0.0, -1, -2])),
])
def test_scheduler(model, schedule, rates):
    history = fit(model, LearningRateScheduler(schedule))
    np.testing.assert_allclose(history.history["learning_rate"], rates, rtol=1e-6)


def test_an_error_inside_of_a_schedule_comes_out(model):
    def schedule(epoch, rate):
        return None + 1

    with pytest.raises(TypeError, match="unsupported operand"):
        fit(model, LearningRateScheduler(schedule))


@pytest.mark.parametrize("wrong", [1, None, "0.1"])
def test_a_schedule_returns_floats(model, wrong):
    with pytest.raises(ValueError, match="must return a float"):
        fit(model, LearningRateScheduler(lambda epoch: wrong))
    with pytest.raises(TypeError, match="must be a function"):
        LearningRateScheduler(wrong)


def test_the_rate_is_really_used(model):
    before = model.get_weights()
    fit(model, LearningRateScheduler(lambda epoch: 0.0))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_nan_ends_training(model, capsys):
    x = X.copy()
    x[2] = np.nan
    batches = []
    show = LambdaCallback(on_train_batch_end=lambda batch, logs: batches.append(batch))
    with pytest.warns(RuntimeWarning, match=r"The loss became nan in epoch 1: x\[2, 0\] is nan"):
        history = model.fit(x, Y, batch_size=1, shuffle=False, epochs=3, verbose=0,
                            callbacks=[show, TerminateOnNaN()])
    assert batches == [0, 1, 2] and history.epoch == [0]
    assert capsys.readouterr().out == "Batch 2: Invalid loss, terminating training\n"


def test_csv(model, tmp_path):
    name = tmp_path / "log.csv"
    history = fit(model, CSVLogger(name), validation_data=(X, Y), validation_freq=2)
    lines = name.read_text().splitlines()
    assert lines[0] == "epoch,loss,val_loss" and len(lines) == 4
    assert lines[1] == f"0,{history.history['loss'][0]},NA"
    assert lines[2] == f"1,{history.history['loss'][1]},{history.history['val_loss'][0]}"


def test_csv_cells_that_are_no_numbers(tmp_path):
    log = CSVLogger(tmp_path / "log.csv", separator="\t")
    log.on_train_begin()
    log.on_epoch_end(0, {"list": [1, 2], "array": np.array([1.5, 2.5]), "scalar": np.array(3),
                         "val_word": "yes"})
    log.on_train_end()
    assert (tmp_path / "log.csv").read_text().splitlines() == [
        "epoch\tarray\tlist\tscalar\tval_word",
        '0\t"""[1.5, 2.5]"""\t"""[1, 2]"""\t3\tyes',
    ]


def test_csv_goes_on(model, tmp_path):
    name = tmp_path / "log.csv"
    for _ in range(2):
        fit(model, CSVLogger(str(name), append=True), epochs=2)
    assert [line.split(",")[0] for line in name.read_text().splitlines()] == [
        "epoch", "0", "1", "0", "1"]


@pytest.mark.parametrize("as_json", [True, False])
def test_remote_monitor(model, as_json, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    received = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.append((self.path, self.headers["Content-Type"], self.headers["X-Own"], body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        history = fit(model, RemoteMonitor(f"http://127.0.0.1:{server.server_port}", "/here",
                                           headers={"X-Own": "1"}, send_as_json=as_json), epochs=1)
    finally:
        server.shutdown()
        server.server_close()
    [(path, kind, own, body)] = received
    assert path == "/here" and own == "1"
    if not as_json:
        assert kind == "application/x-www-form-urlencoded"
        [body] = urllib.parse.parse_qs(body)["data"]
    assert json.loads(body) == {"epoch": 0, "loss": history.history["loss"][0]}


def test_a_server_that_is_not_there_only_warns(model, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with pytest.warns(UserWarning, match="Could not reach RemoteMonitor"):
        fit(model, RemoteMonitor("http://127.0.0.1:1"), epochs=1)


def test_only_who_asks_for_batches_gets_them():
    quiet = [EarlyStopping(), ReduceLROnPlateau(), LearningRateScheduler(abs), CSVLogger("x"),
             RemoteMonitor()]
    assert not CallbackList(quiet, add_history=True, add_progbar=True).wants_train_batches
    assert CallbackList(TerminateOnNaN()).wants_train_batches


def test_a_callback_without_its_constructor(model):
    class Careless(Callback):
        def __init__(self):
            self.seen = []

        def on_epoch_end(self, epoch, logs=None):
            self.seen.append(self.model is not None and self.params["epochs"])

    careless = Careless()
    fit(model, careless, epochs=2)
    assert careless.seen == [2, 2]


@pytest.mark.parametrize("wrong, hint", [
    (EarlyStopping, r"write EarlyStopping\(…\), not EarlyStopping"),
    (print, "LambdaCallback"),
    ("early", "derived from"),
    (Dense(2), "derived from"),
])
def test_what_is_no_callback(model, wrong, hint):
    with pytest.raises(TypeError, match=hint):
        fit(model, wrong)


def test_swapping_needs_averages(model):
    with pytest.raises(ValueError, match=r"Adam\(use_ema=True\); got SGD with use_ema=False"):
        fit(model, callbacks.SwapEMAWeights(), validation_data=(X, Y))


def test_swapping_is_undone(model):
    """Weights after `evaluate` and `predict` are those of before, and the averages were used."""
    model.compile(SGD(0.5, use_ema=True), "mse")
    fit(model, epochs=2)
    swap = callbacks.SwapEMAWeights()
    for average in model.optimizer._averages:
        average.assign(np.zeros(average.shape))
    before = model.get_weights()
    assert not model.predict(X, verbose=0, callbacks=[swap]).any()
    assert model.evaluate(X, Y, verbose=0, callbacks=[swap]) == 0.5
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_names():
    with pytest.raises(AttributeError, match="did you mean 'EarlyStopping'"):
        callbacks.EarlyStoping  # noqa: B018
    with pytest.raises(AttributeError, match="ModelCheckpoint"):
        callbacks.OrbaxCheckpoint  # noqa: B018
    assert all(hasattr(callbacks, name) for name in callbacks.__all__)
