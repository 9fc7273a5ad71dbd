"""The progress bar, on a terminal and off it."""

import io
import re
import sys
from types import SimpleNamespace

import pytest

from autograd_mlp.utils import Progbar, console, progbar


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


class Clock:
    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(progbar, "time", clock)
    return clock


@pytest.fixture
def terminal(monkeypatch):
    terminal = Terminal()
    # Not sys.stdout itself: pytest puts its own there between a fixture and its test.
    monkeypatch.setattr(console, "sys", SimpleNamespace(stdout=terminal))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return terminal


def plain(text):
    return re.sub(r"\x1b\[\d*m", "", text)


FULL = "━" * 20


def test_off_a_terminal_one_plain_line(capsys, clock):
    bar = Progbar(1875, stateless_metrics=())
    for step in range(1, 1876):
        clock.now += 0.002
        bar.update(step, [("accuracy", 0.5), ("loss", 0.25)], finalize=False)
    assert capsys.readouterr().out == ""
    bar.update(1875, [("accuracy", 0.822), ("loss", 0.6904)], finalize=True)
    out = capsys.readouterr().out
    assert out == "1875/1875 - 4s - 2ms/step - accuracy: 0.8220 - loss: 0.6904\n"


def test_on_a_terminal_the_line_is_written_over(terminal, clock):
    bar = Progbar(4)
    bar.update(1, [("loss", 2.0)])
    clock.now += 0.01
    bar.update(2, [("loss", 1.0)])  # too soon after the first
    clock.now += 0.05
    bar.update(3, [("loss", 0.0)])
    clock.now += 1.0
    bar.update(4, [("loss", 0.25)])
    lines = terminal.getvalue().split("\r")
    assert lines[0] == ""
    texts = [plain(line).rstrip(" ") for line in lines[1:]]
    assert texts == [
        f"1/4 {FULL} 0s 0s/step - loss: 2.0000",
        f"3/4 {FULL} 0s 30ms/step - loss: 1.0000",
        f"4/4 {FULL} 1s 353ms/step - loss: 0.2500\n",
    ]
    assert terminal.getvalue().endswith("\n") and terminal.getvalue().count("\n") == 1
    assert "\x1b[32m━━━━━\x1b[0m\x1b[37m" + "━" * 15 in lines[1]


def test_a_shorter_line_wipes_out_a_longer_one(terminal, clock):
    bar = Progbar(2, stateless_metrics=())
    bar.update(1, [("a_long_name", 1.0)])
    first = len(plain(terminal.getvalue().split("\r")[-1]))
    assert first > 40
    bar._sums.clear()
    bar.update(2)
    last = plain(terminal.getvalue().split("\r")[-1])
    assert len(last.rstrip("\n")) >= first


def test_lines_never_wrap_while_they_are_written_over(terminal, clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    bar = Progbar(3)
    values = [(f"metric_{i}", i) for i in range(10)]
    bar.update(1, values)
    clock.now += 1
    bar.update(2, values)
    for line in terminal.getvalue().split("\r"):
        assert len(plain(line)) < 40
    bar.update(3, values)
    assert "metric_9: 9.0000" in terminal.getvalue()


def test_remaining_time(terminal, clock):
    bar = Progbar(100)
    clock.now += 1
    bar.update(1)
    for step, seconds in ((2, 50), (3, 5000)):
        clock.now += seconds
        bar.update(step)
    texts = [plain(line).rstrip() for line in terminal.getvalue().split("\r")[1:]]
    assert [text.split("━ ")[1].split(" ")[0] for text in texts] == ["1:39", "1:21:40", "68:02:05"]


@pytest.mark.parametrize(
    "seconds, text",
    [(0, "0s"), (2.4, "2s"), (0.0124, "12ms"), (0.00034, "340us"), (1e-3, "1ms")],
)
def test_time_per_step(seconds, text):
    assert progbar._rate(seconds, "step") == f" {text}/step"


def test_the_first_step_is_left_out_of_the_estimate(terminal, clock):
    bar = Progbar(3)
    clock.now += 10
    bar.update(1)
    clock.now += 0.5
    bar.update(2)
    assert " 500ms/step" in terminal.getvalue().split("\r")[-1]


@pytest.mark.parametrize(
    "value, text", [(0.25, "0.2500"), (0.00025, "2.5000e-04"), (-0.5, "-0.5000"), (0, "0.0000e+00")]
)
def test_values(capsys, value, text):
    Progbar(1).update(1, [("loss", value)])
    assert capsys.readouterr().out.endswith(f" - loss: {text}\n")


def test_values_are_averaged_over_steps(terminal, clock):
    bar = Progbar(10, stateful_metrics=["lr"], interval=0)
    bar.update(1, [("loss", 4.0), ("lr", 4.0)])
    bar.update(4, [("loss", 0.0), ("lr", 1.0)])
    assert "- loss: 1.0000 - lr: 1.0000" in terminal.getvalue()


def test_both_kinds_of_metrics_are_too_many():
    with pytest.raises(ValueError, match="not both"):
        Progbar(1, stateful_metrics=[], stateless_metrics=[])


def test_add(capsys):
    bar = Progbar(5)
    bar.add(2)
    bar.add(3, [("loss", 1.0)])
    assert capsys.readouterr().out.startswith("5/5 - 0s - ")


def test_unknown_target(capsys, terminal):
    bar = Progbar(None, interval=0)
    bar.update(7)
    assert plain(terminal.getvalue()).startswith("\r      7/Unknown 0s")


def test_verbose_2(capsys, clock):
    bar = Progbar(60, verbose=2, stateless_metrics=())
    clock.now += 6.0
    bar.update(30, [("loss", 2.0)])
    assert capsys.readouterr().out == ""
    clock.now += 6.0
    bar.update(60, [("loss", 1.0), ("val_loss", 2.0)])
    assert capsys.readouterr().out == "60/60 - 12s - 200ms/step - loss: 1.0000 - val_loss: 2.0000\n"


def test_verbose_0(capsys):
    Progbar(1, verbose=0).update(1, [("loss", 1.0)])
    assert capsys.readouterr().out == ""


def test_count_is_padded(terminal, clock):
    Progbar(100).update(7)
    assert plain(terminal.getvalue()).startswith("\r  7/100 ")


def test_notebooks_are_live(monkeypatch):
    stream_class = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})
    monkeypatch.setattr(sys, "stdout", stream_class())
    assert console.is_live()
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert not console.is_live()


def test_a_dumb_terminal_gets_plain_lines(terminal, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    assert not console.is_live()
    bar = Progbar(2)
    bar.update(1)
    bar.update(2, [("loss", 0.25)])
    assert re.fullmatch(r"2/2 - 0s - \S+/step - loss: 0.2500\n", terminal.getvalue())


def test_no_color(terminal, monkeypatch):
    """A bar, written over itself, in one colour."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert console.is_live() and not console.has_colours()
    bar = Progbar(2, interval=0)
    bar.update(1)
    bar.update(2)
    assert "\x1b" not in terminal.getvalue() and terminal.getvalue().startswith(f"\r1/2 {FULL}")
    monkeypatch.setenv("NO_COLOR", "")      # set to nothing, it says nothing
    assert console.has_colours()


def test_messages_do_not_stand_behind_an_open_bar(terminal):
    Progbar(2, interval=0).update(1)
    console.write("Epoch 1: early stopping\n")
    assert "\nEpoch 1: early stopping\n" in terminal.getvalue()
    console.write("more\n")
    assert terminal.getvalue().endswith("stopping\nmore\n")


def test_encodings_without_box_characters(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    monkeypatch.setattr(console, "is_live", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    Progbar(2).update(2)
    assert raw.getvalue().startswith(b"\r2/2 ==================== 0s")
