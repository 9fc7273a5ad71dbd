"""What the document says of a training: packed, and read back as the page does it."""

import numpy as np
import pytest

import autograd_mlp
from autograd_mlp import Input, Sequential, optimizers
from autograd_mlp.callbacks import Replay
from autograd_mlp.callbacks.replay import GRID
from autograd_mlp.explorer import numbers, page
from autograd_mlp.explorer.replays import HALF, replay_document
from autograd_mlp.layers import Dense

XOR_X, XOR_Y = autograd_mlp.datasets.xor.load_data()


def xor_replay(optimizer=None, y=XOR_Y, units=1, activation="sigmoid", loss="mse", epochs=400,
               **arguments):
    """A replay of a network that learns XOR."""
    autograd_mlp.set_random_seed(1)
    model = Sequential([Input((2,)), Dense(8, activation="tanh", name="hidden"),
                        Dense(units, activation=activation, name="out")], name="xor")
    model.compile(optimizer or optimizers.SGD(0.5), loss, metrics=["accuracy"])
    replay = Replay(**arguments)
    model.fit(XOR_X, y, batch_size=1, epochs=epochs, verbose=0, callbacks=[replay])
    return replay


@pytest.fixture(scope="module")
def replay():
    return xor_replay(max_frames=20)


def read(series):
    """The bytes of a series: what `series` in replay.js gives, frame by frame."""
    return np.cumsum(series, axis=0, dtype=np.uint8)


def outputs_of(boundary):
    """The outputs, (F, points): what `output` in replay.js gives."""
    levels = read(boundary["values"]).astype(float)
    part = np.where(levels == 255, np.nan, levels / 40 - 1)
    return boundary["middle"] + boundary["reach"] * part * np.abs(part)


def weight_of(packed):
    """The numbers of a weight, (F, rows, columns): what `read` in replay.js gives."""
    levels = read(packed["series"])
    if packed["half"]:
        low, high = levels[:, 0].astype(np.uint16), levels[:, 1].astype(np.uint16)
        values = (low | high << 8).view(np.float16).astype(np.float64) * packed["scale"]
    else:
        values = np.where(levels == 128, np.nan,
                          levels.view(np.int8).astype(np.float64) / 127 * packed["largest"])
    return values.reshape(-1, packed["rows"], packed["columns"])


def weights_in(document):
    return {f"{layer['name']}/{weight['name']}": weight_of(weight)
            for layer in document["runs"][0]["layers"] for weight in layer["weights"]}


def test_numbers_are_those_of_the_frames_with_four_digits(replay):
    run, = replay_document(replay)["runs"]
    assert run["epochs"] == [frame.epoch for frame in replay.frames]
    assert run["label"] == "xor" and run["optimizer"] == "SGD"
    assert run["batch"] == "all 4 samples of the training data"
    for k, frame in enumerate(replay.frames):
        assert run["batch_loss"][k] == pytest.approx(frame.batch_loss, rel=5e-4)
        for name, values in run["logs"].items():
            assert values[k] == (pytest.approx(frame.logs[name], rel=5e-4) if k else None)
        for layer, facts in zip(run["layers"], frame.layers.values(), strict=True):
            for name in ("gradient_norm", "update_ratio"):
                assert layer[name][k] == pytest.approx(getattr(facts, name), rel=5e-4)
            assert layer["flat_units"][k] == facts.flat_units
    assert [layer["flat"] for layer in run["layers"]] == ["saturated", "saturated"]


def test_weights_come_back(replay):
    found = weights_in(replay_document(replay))
    assert list(found) == ["hidden/kernel", "hidden/bias", "out/kernel", "out/bias"]
    for k, frame in enumerate(replay.frames):
        for name, values in found.items():
            layer, weight = name.split("/")
            expected = frame.layers[layer].weights[weight].reshape(values.shape[1:])
            assert np.array_equal(values[k], expected.astype(np.float16))


@pytest.mark.filterwarnings("ignore:The loss became nan")
@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("units", [3, HALF + 1])
def test_weights_of_any_size(factor, units):
    model = Sequential([Input((1,)), Dense(units, use_bias=False)])
    model.compile(optimizers.SGD(0.0), "mse")
    kernel = factor * np.random.default_rng(0).normal(size=(1, units))
    kernel[0, :2] = [0, np.nan]
    model.set_weights([kernel])
    replay = Replay()
    model.fit(np.zeros((2, 1)), np.zeros((2, units)), verbose=0, callbacks=[replay])
    (values,) = weights_in(replay_document(replay)).values()
    largest = np.nanmax(np.abs(kernel))
    error = 2**-11 * np.abs(kernel) if units <= HALF else np.full(kernel.shape, 0.0045 * largest)
    assert np.isnan(values[1, 0, 1]) and values[1, 0, 0] == 0
    assert np.all(np.abs(values[1] - kernel)[0, 2:] <= error[0, 2:])


def test_boundary(replay):
    run, = replay_document(replay)["runs"]
    boundary = run["boundary"]
    outputs = outputs_of(boundary).reshape(-1, GRID, GRID)
    for k, frame in enumerate(replay.frames):
        noted = frame.boundary[..., 0]
        assert np.allclose(outputs[k], noted, atol=0.013)
        close = np.abs(noted - 0.5) < 0.005     # finer where the line is drawn
        assert np.allclose(outputs[k][close], noted[close], atol=0.0015)
        assert boundary["share"][k] == pytest.approx((frame.boundary > 0.5).mean(), rel=5e-4)
    assert (boundary["low"], boundary["high"], boundary["threshold"]) == (0.0, 1.0, 0.5)
    assert boundary["points"] == XOR_X.tolist() and boundary["marks"] == [0, 1, 1, 0]
    assert boundary["classes"] == 2 and boundary["winners"] is None
    assert boundary["x"] == [-0.15, 1.15]


def test_boundary_of_several_classes():
    replay = xor_replay(y=np.eye(3)[[0, 1, 2, 0]], units=3, activation="softmax",
                        loss="categorical_crossentropy", max_frames=4)
    boundary = replay_document(replay)["runs"][0]["boundary"]
    last = replay.frames[-1].boundary
    assert boundary["classes"] == 3 and boundary["marks"] == [0, 1, 2, 0]
    assert np.array_equal(read(boundary["winners"])[-1], last.argmax(-1).ravel())
    assert np.allclose(outputs_of(boundary)[-1], last.max(-1).ravel(), atol=0.013)
    assert boundary["threshold"] is None and boundary["share"] is None


@pytest.mark.parametrize("y, loss, threshold, marks", [
    (XOR_Y, "mse", 0.5, [0, 1, 1, 0]), (2 * XOR_Y - 1, "hinge", 0.0, [0, 1, 1, 0]),
    (XOR_Y, autograd_mlp.losses.BinaryCrossentropy(from_logits=True), 0.0, [0, 1, 1, 0]),
    (XOR_Y * 2.5, "mse", None, [0, 2.5, 2.5, 0])])
def test_threshold_and_marks(y, loss, threshold, marks):
    replay = xor_replay(y=y, loss=loss, activation="linear", epochs=2)
    boundary = replay_document(replay)["runs"][0]["boundary"]
    assert boundary["threshold"] == threshold and boundary["marks"] == marks
    noted = np.stack([frame.boundary[..., 0].ravel() for frame in replay.frames])
    assert np.allclose(outputs_of(boundary), noted, atol=0.0255 * boundary["reach"])
    assert boundary["low"] == noted.min() and boundary["high"] == noted.max()


@pytest.mark.filterwarnings("ignore:The loss became nan")
def test_outputs_that_are_not_numbers():
    replay = xor_replay(optimizers.SGD(1e30), activation="linear", epochs=6)
    document = replay_document(replay)
    run, = document["runs"]
    assert np.isnan(run["logs"]["loss"][-1])
    assert (read(run["boundary"]["values"])[-1] == 255).all()
    page.pack({"replay": document})         # as JSON, which has no NaN


def test_labels():
    one, other = xor_replay(epochs=2), xor_replay(epochs=2, label="mine")

    def labels(replay):
        return [run["label"] for run in replay_document(replay)["runs"]]

    assert labels([one, other]) == ["run 1", "mine"]
    assert labels({"SGD": one, "Adam": other}) == ["SGD", "Adam"]
    assert labels(other) == ["mine"]
    assert replay_document(None) is None


def test_mistakes(replay):
    with pytest.raises(TypeError, match=r"write Replay\(\)"):
        replay_document(Replay)
    with pytest.raises(TypeError, match="must be an autograd_mlp.callbacks.Replay .* got History"):
        replay_document([replay, autograd_mlp.callbacks.History()])
    for wrong in ([], [replay] * 3):
        with pytest.raises(ValueError, match=f"two side by side, got {len(wrong)}"):
            replay_document(wrong)
    with pytest.raises(ValueError, match="no frames yet"):
        replay_document(Replay())


def test_size_and_bytes():
    def packed():
        return page.pack({"replay": replay_document(xor_replay(epochs=1000))})

    first = packed()
    assert len(first) < 12_000 and packed() == first


def test_a_replay_is_part_of_what_explain_shows(replay):
    model = replay.model
    explained = model.explain(XOR_X, XOR_Y, replay={"SGD": replay})
    document = explained.to_dict()["replay"]
    assert document["runs"][0]["label"] == "SGD"
    assert document["runs"][0]["epochs"][-1] == 400
    assert model.explain(XOR_X, XOR_Y).to_dict()["replay"] is None
    with pytest.raises(TypeError, match="got str"):
        model.explain(XOR_X, XOR_Y, replay="xor")


def test_a_replay_of_another_model_is_refused(replay):
    other = Sequential([Input((2,)), Dense(3, name="few"), Dense(1, name="out")], name="other")
    other.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"the model 'xor' with the layers hidden \(2, 8\) \(8,\), "
                       r"out \(8, 1\) \(1,\), but 'other', .* few \(2, 3\) \(3,\), out \(3, 1\)"):
        other.explain(XOR_X, XOR_Y, replay=replay)


def test_a_replay_of_a_model_of_the_same_layers_is_shown(replay):
    again = Sequential([Input((2,)), Dense(8), Dense(1)])
    again.compile("sgd", "mse")
    assert again.explain(XOR_X, XOR_Y, replay=replay).to_dict()["replay"]["runs"]


def test_one_of_two_replays_may_be_of_another_model(replay):
    other = Sequential([Input((2,)), Dense(3), Dense(1)])
    other.compile("sgd", "mse")
    own = Replay()
    other.fit(XOR_X, XOR_Y, verbose=0, callbacks=[own])
    both = {"8 units": replay, "3 units": own}
    assert len(other.explain(XOR_X, XOR_Y, replay=both).to_dict()["replay"]["runs"]) == 2


def test_the_page_of_xor_stays_small():
    replay = xor_replay(epochs=1000)
    explained = replay.model.explain(XOR_X, XOR_Y, replay=replay)
    assert len(explained.to_html().encode()) <= 100_000


def test_it_is_told_in_the_text_too(replay):
    text = str(replay.model.explain(XOR_X, XOR_Y, replay=replay))
    told = text[text.index("\nREPLAY of xor, SGD"):]
    epochs = [int(line.split()[1][:-1]) for line in told.splitlines() if "  epoch " in line]
    noted = {frame.epoch: frame for frame in replay.frames}
    assert len(epochs) == 6 and epochs[0] == 0 and epochs[-1] == 400
    for epoch in epochs:
        frame = noted[epoch]
        for name, facts in frame.layers.items():
            assert (f"{name}: gradient norm {numbers.text(facts.gradient_norm)}, update/weight "
                    f"{numbers.text(facts.update_ratio)}, {facts.flat_units} of {facts.units} "
                    "saturated") in told
        if epoch:
            assert f"epoch {epoch}: accuracy {numbers.text(frame.logs['accuracy'])}, loss " \
                   f"{numbers.text(frame.logs['loss'])}\n" in told
    assert "REPLAY" not in str(replay.model.explain(XOR_X, XOR_Y))
