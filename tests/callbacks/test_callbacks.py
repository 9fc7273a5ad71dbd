"""Callbacks: which hooks are called with what, and what the progress bar shows."""

import io
import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from autograd_mlp import Tensor, callbacks
from autograd_mlp.callbacks import (
    Callback,
    CallbackList,
    EarlyStopping,
    History,
    LambdaCallback,
    ProgbarLogger,
    progbar_logger,
)

HOOKS = [name for name in dir(Callback) if name.startswith("on_")]
NUMBERED = [name for name in HOOKS if "batch" in name or "epoch" in name]


class Model:
    history = None


class Recorder(Callback):
    """Notes every call of every hook."""

    def __init__(self):
        super().__init__()
        self.calls = []


def _recording(hook):
    def method(self, *args, **kwargs):
        self.calls.append((hook, *args, *kwargs.values()))

    return method


for hook_name in HOOKS:
    setattr(Recorder, hook_name, _recording(hook_name))


def test_there_are_keras_hooks():
    expected = {"on_batch_begin", "on_batch_end", "on_epoch_begin", "on_epoch_end"}
    for phase in ("train", "test", "predict"):
        for part in ("", "_batch"):
            expected |= {f"on_{phase}{part}_begin", f"on_{phase}{part}_end"}
    assert set(HOOKS) == expected


@pytest.mark.parametrize("hook", HOOKS)
def test_list_calls_every_hook_of_every_callback(hook):
    first, second = Recorder(), Recorder()
    every = CallbackList([first, [second]])
    logs = {"loss": Tensor(0.5), "accuracy": 1}
    number = (3,) if hook in NUMBERED else ()
    getattr(every, hook)(*number, logs)
    for recorder in (first, second):
        [(name, *args)] = recorder.calls
        assert name == hook and tuple(args[:-1]) == number
        assert args[-1] == {"accuracy": 1.0, "loss": 0.5}
        assert list(args[-1]) == ["accuracy", "loss"]
        assert all(type(value) is float for value in args[-1].values())


@pytest.mark.parametrize("hook", HOOKS)
def test_logs_may_be_left_out(hook):
    getattr(CallbackList([Callback()]), hook)(*((0,) if hook in NUMBERED else ()))


def test_outputs_of_predict_stay_as_they_are():
    recorder = Recorder()
    outputs = Tensor([[1.0, 2.0]])
    CallbackList(recorder).on_predict_batch_end(0, {"outputs": outputs})
    assert recorder.calls[0][-1]["outputs"] is outputs


def test_old_names_of_batch_hooks():
    class Old(Callback):
        calls = ()

        def on_batch_begin(self, batch, logs=None):
            self.calls += (("begin", batch),)

        def on_batch_end(self, batch, logs=None):
            self.calls += (("end", batch, logs),)

    old = Old()
    every = CallbackList([old])
    assert every.wants_train_batches
    every.on_train_batch_begin(2)
    every.on_train_batch_end(2, {"loss": 1})
    assert old.calls == (("begin", 2), ("end", 2, {"loss": 1.0}))


def test_who_wants_train_batches():
    class Epochs(Callback):
        def on_epoch_end(self, epoch, logs=None):
            pass

    class Batches(Callback):
        def on_train_batch_end(self, batch, logs=None):
            pass

    class Deeper(Batches):
        pass

    class Tests(Callback):
        def on_test_batch_begin(self, batch, logs=None):
            pass

    class Predictions(Callback):
        def on_predict_batch_end(self, batch, logs=None):
            pass

    def wants(*cbs):
        every = CallbackList(list(cbs), add_history=True, add_progbar=True)
        return every.wants_train_batches, every.wants_test_batches, every.wants_predict_batches

    assert wants() == (False, False, False)
    assert wants(Epochs(), LambdaCallback(on_epoch_end=print)) == (False, False, False)
    assert wants(Epochs(), Batches()) == (True, False, False)
    assert wants(Deeper()) == (True, False, False)
    assert wants(Tests()) == (False, True, False)
    assert wants(Predictions()) == (False, False, True)
    assert wants(LambdaCallback(on_train_batch_begin=print)) == (True, False, False)
    assert wants(LambdaCallback(on_test_batch_end=print)) == (False, True, False)


def test_default_callbacks_are_added_once():
    own_history, own_progbar = History(), ProgbarLogger()
    every = CallbackList([own_history, own_progbar], add_history=True, add_progbar=True)
    assert every.history is own_history and every.progbar is own_progbar
    assert len(every.callbacks) == 2
    every = CallbackList(add_history=True, add_progbar=True)
    assert isinstance(every.history, History) and isinstance(every.progbar, ProgbarLogger)
    assert CallbackList().callbacks == []
    assert CallbackList().history is None and CallbackList().progbar is None


def test_model_and_params_are_passed_on():
    model, recorder = Model(), Recorder()
    every = CallbackList(recorder, add_history=True, model=model, verbose=0, epochs=2, steps=3)
    assert recorder.model is model and every.model is model
    assert recorder.params == {"verbose": 0, "epochs": 2, "steps": 3} == every.params
    assert model.history is every.history


def test_append():
    every = CallbackList()
    recorder = Recorder()
    every.append(recorder)
    every.on_train_begin()
    assert recorder.calls


@pytest.mark.parametrize("wrong", [print, "history", [object()]])
def test_no_callbacks(wrong):
    with pytest.raises(TypeError, match="Callback"):
        CallbackList(wrong)


def test_history():
    model, history = Model(), History()
    every = CallbackList(history, model=model)
    for run in range(2):
        every.on_train_begin()
        every.on_epoch_end(run, {"loss": 0.5, "acc": 1.0})
        every.on_epoch_end(run + 1, {"loss": 0.25, "acc": 1.0, "val_loss": 2.0})
    assert history.epoch == [1, 2]
    assert history.history == {
        "acc": [1.0] * 4,
        "loss": [0.5, 0.25] * 2,
        "val_loss": [2.0] * 2,
    }
    assert model.history is history


def test_lambda_callback():
    seen = []
    callback = LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append((epoch, logs)),
        on_train_begin=lambda logs: seen.append(logs),
        on_test_end=lambda logs: seen.append("test"),
    )
    every = CallbackList(callback)
    every.on_train_begin()
    every.on_epoch_end(1, {"loss": 2})
    every.on_test_end()
    every.on_train_end()
    assert seen == [{}, (1, {"loss": 2.0}), "test"]
    with pytest.raises(TypeError, match="did you mean 'on_epoch_end'"):
        LambdaCallback(on_epochs_end=print)


# ------------------------------------------------------------------ progress


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def logger():
    logger = ProgbarLogger()
    logger.set_params({"verbose": 1, "epochs": 2, "steps": 4})
    return logger


def run_epochs(logger, epochs=2, updates=True):
    logger.on_train_begin()
    for epoch in range(epochs):
        logger.on_epoch_begin(epoch)
        for step in (1, 2, 3, 4) if updates else ():
            logger.update(step, {"loss": 1.0 / step})
        logger.on_test_begin()
        logger.on_test_end({"loss": 9.0})
        logger.on_epoch_end(epoch, {"loss": 0.5, "val_loss": 0.75})
    logger.on_train_end()


@pytest.mark.parametrize("updates", [True, False])
def test_fit_off_a_terminal(logger, capsys, updates):
    """One line per epoch."""
    run_epochs(logger, updates=updates)
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert len(lines) == 2
    for number, line in enumerate(lines, 1):
        assert line.startswith(f"Epoch {number}/2 - 4/4 - 0s - ")
        assert line.endswith("/step - loss: 0.5000 - val_loss: 0.7500")
    assert not any(character in out for character in "\r\b\x1b━")
    assert not logger.live


def test_fit_on_a_terminal(logger, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    assert logger.live
    run_epochs(logger, epochs=1)
    lines = terminal.getvalue().split("\r")
    assert "loss: 1.0000" in lines[1]
    assert lines[-1].rstrip(" \n").endswith("- loss: 0.5000 - val_loss: 0.7500")
    assert terminal.getvalue().count("\n") == 2  # Epoch 1/2, and the finished line


def test_logs_are_means_already_and_not_averaged_again(logger, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    logger.on_epoch_begin(0)
    logger.progbar.interval = 0
    for step, loss in ((1, 4.0), (3, 2.0)):
        logger.update(step, {"loss": loss})
    assert "loss: 2.0000" in terminal.getvalue().split("\r")[-1]


def test_due_keeps_to_twenty_lines_a_second(logger, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    logger.on_epoch_begin(0)
    assert logger.due
    logger.update(1, {})
    assert not logger.due
    logger.progbar._last_written -= 0.06
    assert logger.due


def test_one_epoch_has_no_heading(logger, capsys):
    logger.set_params({"verbose": 1, "epochs": 1, "steps": 4})
    run_epochs(logger, epochs=1)
    assert capsys.readouterr().out.startswith("4/4 - 0s - ")


def test_verbose_2(logger, capsys):
    logger.set_params({"verbose": 2, "epochs": 2, "steps": 4})
    run_epochs(logger, epochs=1)
    heading, line = capsys.readouterr().out.splitlines()
    assert heading == "Epoch 1/2"
    assert line.startswith("4/4 - 0s - ")
    assert line.endswith("/step - loss: 0.5000 - val_loss: 0.7500")


def test_verbose_0(logger, capsys):
    logger.set_params({"verbose": 0, "epochs": 2, "steps": 4})
    run_epochs(logger)
    assert capsys.readouterr().out == ""


def test_auto_is_1(logger):
    logger.set_params({"verbose": "auto", "epochs": 1, "steps": 4})
    assert logger.verbose == 1


def epochs_with_a_line(text):
    """Numbers of the epochs whose lines stay on the screen, or in the log."""
    kept = [line.split("\r")[-1] for line in text.split("\n")]
    return [int(line.split("/")[0].removeprefix("Epoch ")) for line in kept
            if line.startswith("Epoch ")]


def test_auto_writes_few_lines_of_many_epochs(logger, capsys):
    for epochs, expected in ((100, list(range(1, 101))),
                             (101, [1, 2, 5, 10, 20, 50, 100, 101]),
                             (1500, [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 1500])):
        logger.set_params({"verbose": "auto", "epochs": epochs, "steps": 4})
        run_epochs(logger, epochs, updates=False)
        assert epochs_with_a_line(capsys.readouterr().out) == expected
        logger.set_params({"verbose": 1, "epochs": epochs, "steps": 4})
        run_epochs(logger, epochs, updates=False)
        assert len(epochs_with_a_line(capsys.readouterr().out)) == epochs


def test_a_long_silence_is_broken(logger, capsys, monkeypatch):
    now = 0.0
    monkeypatch.setattr(progbar_logger, "time", SimpleNamespace(monotonic=lambda: now))
    logger.set_params({"verbose": "auto", "epochs": 200, "steps": 4})
    logger.on_train_begin()
    for epoch in range(60):
        logger.on_epoch_begin(epoch)
        now += 8.0
        logger.on_epoch_end(epoch, {"loss": 0.5})
    assert epochs_with_a_line(capsys.readouterr().out) == [
        1, 2, 5, 9, 10, 14, 18, 20, 24, 28, 32, 36, 40, 44, 48, 50, 54, 58]


def test_the_last_epoch_of_a_training_that_was_stopped_has_a_line(logger, capsys):
    logger.set_params({"verbose": "auto", "epochs": 500, "steps": 4})
    run_epochs(logger, 33)
    assert epochs_with_a_line(capsys.readouterr().out)[-2:] == [20, 33]


def test_many_epochs_on_a_terminal_share_a_line(logger, monkeypatch):
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    logger.set_params({"verbose": "auto", "epochs": 200, "steps": 4})
    run_epochs(logger, 33)
    text = re.sub(r"\x1b\[\d*m", "", terminal.getvalue())
    assert epochs_with_a_line(text) == [1, 2, 5, 10, 20, 33]
    assert text.count("\n") == 6 and text.startswith("\rEpoch 1/200 1/4 ━")


def test_callbacks_of_the_users_own_get_lines_of_their_own(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    params = {"verbose": "auto", "epochs": 500, "steps": 1}
    assert CallbackList([EarlyStopping()], add_progbar=True, **params).progbar.thin
    assert not CallbackList([LambdaCallback()], add_progbar=True, **params).progbar.thin
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert CallbackList([LambdaCallback()], add_progbar=True, **params).progbar.thin


def test_evaluate_and_predict(logger, capsys):
    logger.set_params({"verbose": 1, "epochs": 1, "steps": 4})
    logger.on_test_begin()
    logger.update(4, {"loss": 1.0})
    logger.on_test_end({"loss": 0.5})
    assert capsys.readouterr().out.endswith("/step - loss: 0.5000\n")
    logger.on_predict_begin()
    logger.on_predict_end()
    assert capsys.readouterr().out.endswith("/step\n")


def test_validation_inside_fit_is_silent(logger, capsys):
    logger.on_train_begin()
    logger.on_epoch_begin(0)
    capsys.readouterr()
    logger.on_test_begin()
    logger.on_test_end({"loss": 1.0})
    assert capsys.readouterr().out == ""


def test_unknown_number_of_steps(logger, capsys):
    logger.set_params({"verbose": 2, "epochs": 1, "steps": None})
    logger.on_epoch_begin(0)
    logger.update(7, {})
    logger.on_epoch_end(0, {})
    assert capsys.readouterr().out.startswith("7/7 - ")


def test_module_has_keras_names():
    for name in ("Callback", "CallbackList", "History", "LambdaCallback", "ProgbarLogger"):
        assert hasattr(callbacks, name)


def test_history_takes_epochs_at_once_like_one_by_one():
    one, many = callbacks.History(), callbacks.History()
    for epoch, (loss, accuracy) in enumerate([[3.0, 0.1], [2.0, 0.5], [1.0, 0.9]]):
        one.on_epoch_end(epoch, {"loss": loss, "accuracy": accuracy})
    many.on_epoch_end(0, {"loss": 3.0, "accuracy": 0.1})
    many.add_epochs(1, ["loss", "accuracy"], np.array([[2.0, 0.5], [1.0, 0.9]]))
    assert (one.history, one.epoch) == (many.history, many.epoch)
