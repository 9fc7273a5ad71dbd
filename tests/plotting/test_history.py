"""HistoryDisplay: the curves hold the numbers of the history."""

import numpy as np
import pytest

from autograd_mlp import callbacks
from autograd_mlp.plotting import HistoryDisplay


def test_curves_of_fit(xor):
    model, x, y = xor
    history = model.fit(x, y, epochs=12, verbose=0, validation_data=(x, y))
    display = HistoryDisplay.from_history(history)
    assert [ax.get_ylabel() for ax in display.axes_] == ["loss: binary crossentropy", "accuracy"]
    assert set(display.lines_) == {("run", key) for key in history.history}
    for (_, key), line in display.lines_.items():
        assert line.get_ydata().tolist() == history.history[key]
        assert line.get_xdata().tolist() == list(range(1, 13))
    loss, val_loss = (display.lines_["run", key] for key in ("loss", "val_loss"))
    assert (loss.get_linestyle(), val_loss.get_linestyle()) == ("-", "--")
    assert loss.get_color() != val_loss.get_color()
    assert [t.get_text() for t in display.axes_[0].get_legend().texts] == ["training", "validation"]


def test_the_model_itself_and_its_dictionary_give_the_same(xor):
    model, x, y = xor
    history = model.fit(x, y, epochs=3, verbose=0)
    for source in (model, history, history.history):
        line = HistoryDisplay.from_history(source, metrics="loss").lines_["run", "loss"]
        assert line.get_ydata().tolist() == history.history["loss"]


def test_epochs_go_on_where_fit_did(xor):
    model, x, y = xor
    history = model.fit(x, y, initial_epoch=5, epochs=8, verbose=0)
    line = HistoryDisplay.from_history(history).lines_["run", "loss"]
    assert line.get_xdata().tolist() == [6, 7, 8]


def test_values_of_every_third_epoch(xor):
    model, x, y = xor
    history = model.fit(x, y, epochs=8, verbose=0, validation_data=(x, y), validation_freq=3)
    for given, epochs in [(3, [3, 6]), (None, [4, 8])]:     # 4 fits, too
        display = HistoryDisplay.from_history(history, validation_freq=given)
        line = display.lines_["run", "val_loss"]
        assert line.get_xdata().tolist() == epochs
        assert line.get_ydata().tolist() == history.history["val_loss"]
    with pytest.raises(ValueError, match="2 values in 8 epochs do not fit validation_freq=7"):
        HistoryDisplay.from_history(history, validation_freq=7)


def test_several_runs_differ_in_colour_and_marker():
    runs = {name: {"loss": [3.0, 2.0, i]} for i, name in enumerate(["SGD", "Adam", "Lion"])}
    display = HistoryDisplay.from_history(runs)
    lines = [display.lines_[name, "loss"] for name in runs]
    assert len({line.get_color() for line in lines}) == len({line.get_marker() for line in lines}) \
        == 3
    assert [line.get_label() for line in lines] == ["SGD", "Adam", "Lion"]
    listed = HistoryDisplay.from_history(list(runs.values()), metrics="loss")
    assert list(listed.runs) == ["run 1", "run 2", "run 3"]


@pytest.mark.parametrize("separator", [",", ";"])
def test_file_of_csv_logger(xor, tmp_path, separator):
    model, x, y = xor
    logger = callbacks.CSVLogger(tmp_path / "log.csv", separator=separator)
    history = model.fit(x, y, epochs=4, verbose=0, callbacks=[logger])
    for display in (HistoryDisplay.from_callback(logger),
                    HistoryDisplay.from_csv(tmp_path / "log.csv", separator=separator)):
        assert set(display.lines_) == {("run", "loss"), ("run", "accuracy")}    # val_… are NA
        line = display.lines_["run", "loss"]
        assert line.get_ydata().tolist() == history.history["loss"]
        assert line.get_xdata().tolist() == [1, 2, 3, 4]


def test_epochs_of_a_replay(xor):
    model, x, y = xor
    replay = callbacks.Replay(every=3)
    history = model.fit(x, y, epochs=7, verbose=0, callbacks=[replay])
    line = HistoryDisplay.from_callback(replay).lines_["run", "loss"]
    assert line.get_xdata().tolist() == [3, 6, 7]
    assert line.get_ydata().tolist() == [history.history["loss"][i] for i in (2, 5, 6)]


def test_a_title_stands_above_all(figures):
    history = {"loss": [1, 2], "mae": [1, 2]}
    display = HistoryDisplay.from_history(history, title="Both")
    assert display.figure_.get_suptitle() == "Both"
    assert [ax.get_title() for ax in display.axes_] == ["Learning: loss by epoch",
                                                        "Learning: mae by epoch"]
    _, axes = figures.subplots(1, 2)
    assert {ax.get_title() for ax in HistoryDisplay.from_history(history, title="Both",
                                                                 ax=axes).axes_} == {"Both"}


def test_the_loss_is_named_if_all_runs_have_the_same(xor):
    model, x, y = xor
    one = model.fit(x, y, epochs=1, verbose=0)
    other = {"loss": [1.0]}
    assert HistoryDisplay.from_history([one, one]).loss == "binary_crossentropy"
    assert HistoryDisplay.from_history([one, other]).loss is None


def test_files_are_runs(tmp_path):
    for name in ("slow", "fast"):
        (tmp_path / f"{name}.csv").write_text("epoch,loss\n0,1.5\n1,0.5\n", encoding="utf-8")
    display = HistoryDisplay.from_csv([tmp_path / "slow.csv", tmp_path / "fast.csv"])
    assert list(display.runs) == ["slow", "fast"]


def test_given_axes_are_used_or_divided(figures):
    figure, ax = figures.subplots()
    display = HistoryDisplay.from_history({"loss": [1, 2]}, ax=ax)
    assert display.axes_.tolist() == [ax] and display.figure_ is figure
    figure, ax = figures.subplots()
    display = HistoryDisplay.from_history({"loss": [1, 2], "mae": [1, 2]}, ax=ax)
    assert len(display.axes_) == 2 and not ax.axison
    assert {one.figure for one in display.axes_} == {figure}
    figure, axes = figures.subplots(1, 2)
    assert HistoryDisplay({"a": {"loss": [1], "mae": [2]}}).plot(ax=axes).axes_.tolist() \
        == axes.tolist()


def test_scales_and_titles():
    display = HistoryDisplay.from_history({"loss": [1, 0.1]}, xscale="log", yscale="log",
                                          title="My run")
    ax = display.axes_[0]
    assert (ax.get_xscale(), ax.get_yscale(), ax.get_title()) == ("log", "log", "My run")


def test_a_metric_per_class_is_left_out():
    history = {"loss": [1.0, 0.5], "f1_score": [np.array([0.1, 0.2]), np.array([0.3, 0.4])]}
    assert set(HistoryDisplay.from_history(history).lines_) == {("run", "loss")}


def test_nan_is_a_gap_and_one_epoch_a_point():
    display = HistoryDisplay.from_history({"loss": [np.nan]})
    assert np.isnan(display.lines_["run", "loss"].get_ydata()).all()


@pytest.mark.parametrize("values", [np.ones(10_000), np.full(10_000, np.nan)])
@pytest.mark.parametrize("scale, first", [("linear", [0, 1428, 2856]), ("log", [0, 2, 12])])
def test_long_runs_have_few_markers(values, scale, first):
    display = HistoryDisplay.from_history({"loss": values}, xscale=scale)
    line = display.lines_["run", "loss"]
    assert len(line.get_xdata()) == 10_000
    assert line.get_markevery()[:3] == first and line.get_markevery()[-1] == 9999
    display.figure_.canvas.draw()


@pytest.mark.parametrize("make, error, words", [
    (lambda: HistoryDisplay.from_history({"loss": [1]}, metrics="los"), ValueError,
     "no run has the metric 'los'; did you mean 'loss'"),
    (lambda: HistoryDisplay.from_history({}), ValueError, "call fit"),
    (lambda: HistoryDisplay.from_history({"loss": []}), ValueError, "call fit"),
    (lambda: HistoryDisplay.from_history([[1, 2]]), TypeError, "what fit.. returned"),
    (lambda: HistoryDisplay.from_history(3), TypeError, "what fit.. returned"),
    (lambda: HistoryDisplay({"a": {"loss": [1, 2]}}, epochs={"a": [1]}), ValueError, "1 epochs"),
    (lambda: HistoryDisplay({"a": {"loss": ["x"]}}), ValueError, "one number per epoch"),
    (lambda: HistoryDisplay.from_history({"loss": [1]}, ax=3), TypeError, "Axes, got int"),
])
def test_errors(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_a_model_without_training(xor):
    with pytest.raises(TypeError, match="call fit"):
        HistoryDisplay.from_history(xor[0])


def test_a_file_that_is_no_log(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("epoch;loss\n0;1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no column 'epoch'"):
        HistoryDisplay.from_csv(path)
    path.write_text("epoch,loss\n0\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2: expected 2 values .epoch, loss., got 1"):
        HistoryDisplay.from_csv(path)


def test_axes_that_do_not_fit(figures):
    figure, axes = figures.subplots(1, 3)
    with pytest.raises(ValueError, match="1 × 2 axes, but ax holds 3"):
        HistoryDisplay.from_history({"loss": [1, 2], "mae": [1, 2]}, ax=axes)
    with pytest.raises(ValueError, match="cannot be divided"):
        HistoryDisplay.from_history({"loss": [1], "mae": [1]}, ax=figure.add_axes((0, 0, 1, 1)))
