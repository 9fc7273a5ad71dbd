"""The Replay tab in a browser: every number it shows is Python's, epoch by epoch."""

import re

import numpy as np
import pytest

from autograd_mlp import Input, Sequential, callbacks, layers, losses, optimizers
from autograd_mlp.callbacks.replay import GRID
from autograd_mlp.datasets import xor
from autograd_mlp.explorer import page
from autograd_mlp.explorer.numbers import text
from autograd_mlp.explorer.replays import replay_document

from .test_page import tiny
from .test_replays import xor_replay


@pytest.fixture(scope="module")
def sgd():
    return xor_replay(max_frames=9)


@pytest.fixture(scope="module")
def adam():
    return xor_replay(optimizers.Adam(0.01), max_frames=9, epochs=350)


@pytest.fixture(scope="module")
def relu():
    """Three inputs: no decision boundary; a validation every second epoch."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 3)), rng.normal(size=(40, 2))
    model = Sequential([Input((3,)), layers.Dense(16, activation="relu", name="wide"),
                        layers.Dense(2, name="out")])
    model.compile(optimizers.SGD(0.3), losses.MeanSquaredError())
    replay = callbacks.Replay()
    model.fit(x, y, epochs=6, batch_size=5, verbose=0, callbacks=[replay],
              validation_data=(x, y), validation_freq=2)
    return replay


def show(open_page, replay, **options):
    """The page of a document that has a replay, at its last epoch."""
    step = tiny()["steps"][0]
    document = tiny(replay=replay_document(replay), steps=[step, step, step])
    return open_page(page.html(document), **options)


def go_to(window, frame):
    """Move the slider with the keyboard."""
    slider = window.get_by_label("Epoch", exact=True)
    slider.focus()
    window.keyboard.press("Home")
    for _ in range(frame):
        window.keyboard.press("ArrowRight")
    assert slider.input_value() == str(frame)
    return slider


def figure(window, title):
    return window.locator("figure").filter(has=window.get_by_role("heading", name=title,
                                                                  exact=True))


def legend(window, title):
    """{name: number} as a chart's legend says them."""
    items = figure(window, title).locator(".legend li").all_inner_texts()
    return dict(re.fullmatch(r"\s*(.*?) (\S+|\d+ of \d+ \w+)", item).groups() for item in items)


# ---- numbers -------------------------------------------------------------------------------------


def test_every_number_is_pythons(open_page, sgd):
    window = show(open_page, sgd)
    for frame in (0, 1, 4, len(sgd.frames) - 1):
        go_to(window, frame)
        noted = sgd.frames[frame]
        line = window.locator(".epoch-line").inner_text()
        logs = ", ".join(f"{name} {text(noted.logs[name])}" for name in ("loss", "accuracy")
                         if noted.logs)
        assert line == f"Epoch {noted.epoch} of 400. {logs or 'before training'}."
        for name in ("loss", "accuracy"):
            assert legend(window, name) == {name: text(noted.logs.get(name))}
        assert legend(window, "Gradient norm by layer") == {
            name: text(facts.gradient_norm) for name, facts in noted.layers.items()}
        assert legend(window, "Update / weight by layer") == {
            name: text(facts.update_ratio) for name, facts in noted.layers.items()}
        assert legend(window, "Dead or saturated units") == {
            f"{name} ({facts.activation})": f"{facts.flat_units} of {facts.units} saturated"
            for name, facts in noted.layers.items()}
        share = 100 * np.mean(noted.boundary > 0.5)
        said = window.locator(".plane ~ p").last.inner_text()
        assert float(re.search(r"on (\S+) %", said)[1]) == pytest.approx(share, rel=6e-3)


def test_small_weights_are_a_table(open_page, sgd):
    window = show(open_page, sgd)
    tables = window.locator("table.weights")
    names = [caption.split()[0] for caption in tables.locator("caption").all_inner_texts()]
    assert names == ["hidden/kernel", "hidden/bias", "out/kernel", "out/bias"]
    for frame in (0, 3):
        go_to(window, frame)
        for k, name in enumerate(names):
            layer, weight = name.split("/")
            values = sgd.frames[frame].layers[layer].weights[weight]
            values = np.float16(values).astype(float).ravel()
            cells, many = tables.nth(k).locator("td"), len(values) > 4
            assert cells.all_inner_texts() == [
                text(v, (1 if abs(v) < 0.1 else 2) if many else 3) for v in values]
            assert cells.evaluate_all("(all) => all.map((cell) => cell.title)") == [
                text(v, 3) for v in values]


def test_what_was_not_computed_is_a_dash(open_page, relu):
    window = show(open_page, relu)
    for frame, noted in enumerate(relu.frames):
        go_to(window, frame)
        assert legend(window, "loss") == {
            "loss": text(noted.logs.get("loss")), "val_loss": text(noted.logs.get("val_loss"))}
        dead = noted.layers["wide"].flat_units
        assert legend(window, "Dead or saturated units") == {"wide (relu)": f"{dead} of 16 dead"}
    assert window.get_by_role("heading", name="Decision boundary").count() == 0


@pytest.mark.filterwarnings("ignore:The loss became nan")
def test_numbers_that_are_none(open_page):
    window = show(open_page, xor_replay(optimizers.SGD(1e30), activation="linear", epochs=6))
    assert legend(window, "loss") == {"loss": "NaN"}
    assert "loss NaN" in window.locator(".epoch-line").inner_text()
    cells = window.locator("table.weights td").all_inner_texts()
    assert set(cells) == {"NaN"}


def pixels(window, selector):
    """The colours of a canvas, (rows, columns, 3)."""
    flat, height = window.locator(selector).first.evaluate(
        """(canvas) => [Array.from(canvas.getContext("2d")
            .getImageData(0, 0, canvas.width, canvas.height).data), canvas.height]""")
    return np.array(flat).reshape(height, -1, 4)[..., :3]


PAPER, BLUE, ORANGE = (np.array([int(hex[i: i + 2], 16) for i in (0, 2, 4)], float)
                       for hex in ("ffffff", "0072b2", "d55e00"))


def colour(part):
    """Of numbers from −1 to 1, in the light scheme."""
    part = np.asarray(part)[..., None]
    return PAPER + np.where(part < 0, ORANGE - PAPER, BLUE - PAPER) * np.abs(part)


def test_boundary_is_drawn_as_it_is(open_page, sgd):
    window = show(open_page, sgd)
    go_to(window, 5)
    outputs = sgd.frames[5].boundary[..., 0].astype(float)
    expected = colour(0.6 * (outputs[::-1] - 0.5) / 0.5)      # the highest row is drawn first
    assert np.abs(pixels(window, ".plane canvas") - expected).max() < 5
    # along the line, the outputs around a place add up to one half
    path = window.locator(".contour").get_attribute("d")
    points = np.array(re.findall(r"[ML](\S+) ([^ML]+)", path), float) / 100
    assert len(points) > 10
    column, row = points[:, 0] * GRID - 0.5, (1 - points[:, 1]) * GRID - 0.5
    left, below = np.floor(column).astype(int), np.floor(row).astype(int)
    c, r = column - left, row - below
    around = [outputs[np.minimum(below + up, GRID - 1), np.minimum(left + across, GRID - 1)] * part
              for up, across, part in ((0, 0, (1 - r) * (1 - c)), (0, 1, (1 - r) * c),
                                       (1, 0, r * (1 - c)), (1, 1, r * c))]
    assert np.abs(sum(around) - 0.5).max() < 0.02
    assert window.locator(".plane .dot").count() == 4
    names = window.locator(".plane + .legend li").all_inner_texts()
    assert [name.strip() for name in names] == ["class 0", "class 1"]


def test_of_several_classes_the_one_with_the_largest_output_is_drawn(open_page):
    replay = xor_replay(optimizers.Adam(0.05), y=np.eye(2)[[0, 1, 1, 0]], units=2,
                        activation="softmax",
                        loss="categorical_crossentropy", max_frames=4)
    window = show(open_page, replay)
    winners = replay.frames[-1].boundary.argmax(axis=-1)[::-1]
    assert set(winners.ravel()) == {0, 1}
    drawn = pixels(window, ".plane canvas")
    red, blue = drawn[..., 0], drawn[..., 2]
    assert np.array_equal(winners, (blue > red).astype(int))      # orange and blue
    assert window.locator(".contour").get_attribute("d") is None


def test_of_a_regression_the_output_is_drawn(open_page):
    replay = xor_replay(optimizers.SGD(0.05), y=[[0.0], [2.5], [1.5], [0.3]],
                        activation="linear", max_frames=4,
                        epochs=50)
    window = show(open_page, replay)
    outputs = np.stack([frame.boundary[..., 0] for frame in replay.frames]).astype(float)
    low, high = outputs.min(), outputs.max()
    expected = colour(0.6 * (outputs[-1][::-1] - (low + high) / 2) / ((high - low) / 2))
    assert np.abs(pixels(window, ".plane canvas") - expected).max() < 5
    assert figure(window, "Output").inner_text().endswith(
        f"The output lies from {text(low, 3)} to {text(high, 3)} in all epochs.")


def test_weights_as_a_picture(open_page, relu):
    window = show(open_page, relu)
    kernels = [frame.layers["wide"].weights["kernel"] for frame in relu.frames]
    largest = np.abs(kernels).max()
    go_to(window, 3)
    assert np.abs(pixels(window, "canvas.pixels") - colour(kernels[3] / largest)).max() < 2
    label = window.locator("canvas.pixels").first.get_attribute("aria-label")
    half = np.float16(kernels[3])
    assert label == f"wide/kernel [3×16]: from {text(half.min(), 3)} to {text(half.max(), 3)}"


def test_units_of_pixels_are_squares(open_page):
    model = Sequential([Input((784,)), layers.Dense(10, name="out")])
    model.compile("sgd", "mse")
    replay = callbacks.Replay()
    model.fit(np.eye(10, 784), np.eye(10), verbose=0, callbacks=[replay])
    window = show(open_page, replay)
    tiles = window.locator("canvas.square")
    assert tiles.count() == 3
    kernels = [frame.layers["out"].weights["kernel"] for frame in replay.frames]
    shown = pixels(window, "canvas.square")
    expected = colour(kernels[-1][:, 0].reshape(28, 28) / np.abs(kernels).max())
    assert np.abs(shown - expected).max() < 3
    assert "first 3 of 10 units" in figure(window, "Weights").inner_text()


# ---- two runs ------------------------------------------------------------------------------------


def test_two_runs_have_the_same_scales(open_page, sgd, adam):
    window = show(open_page, {"SGD": sgd, "Adam": adam})
    titles = window.locator("figure h3").all_inner_texts()
    assert titles[:4] == ["SGD: Decision boundary", "Adam: Decision boundary",
                          "SGD: loss", "Adam: loss"]
    for title in ("loss", "Gradient norm by layer", "Update / weight by layer"):
        ticks = [figure(window, f"{run}: {title}").locator(".chart text").all_inner_texts()
                 for run in ("SGD", "Adam")]
        assert ticks[0] == ticks[1] and len(ticks[0]) >= 5
    epochs = sorted({f.epoch for f in (*sgd.frames, *adam.frames)})
    for k in (0, 2, len(epochs) - 1):
        slider = go_to(window, k)
        assert slider.get_attribute("aria-valuetext") == f"epoch {epochs[k]} of 400"
        for label, replay in (("SGD", sgd), ("Adam", adam)):
            frame = [f for f in replay.frames if f.epoch <= epochs[k]][-1]
            assert legend(window, f"{label}: Gradient norm by layer") == {
                name: text(facts.gradient_norm) for name, facts in frame.layers.items()}
    # Adam's run ended before: its last epoch is named
    assert "; Adam (epoch 350): loss" in window.locator(".epoch-line").inner_text()


# ---- for everyone --------------------------------------------------------------------------------


def test_arrows_on_the_slider_leave_the_timeline_alone(open_page, sgd):
    window = show(open_page, sgd)
    go_to(window, 3)
    assert window.evaluate("state.step") == 0
    window.keyboard.press("End")
    assert window.evaluate("[state.step, state.frame]") == [0, len(sgd.frames) - 1]


def test_a_click_on_a_curve_chooses_the_epoch(open_page, sgd):
    window = show(open_page, sgd)
    chart = figure(window, "loss").locator(".chart")
    box = chart.bounding_box()
    chart.click(position={"x": box["width"] * 54 / 320 + 2, "y": box["height"] / 2})
    assert window.evaluate("state.frame") == 0


def test_playing(open_page):
    window = show(open_page, xor_replay(max_frames=4))
    views = window.locator("#panels")
    views.get_by_role("button", name="Play").click()
    assert window.evaluate("state.frame") < 3
    views.get_by_text("Epoch 400 of 400").wait_for()
    views.get_by_role("button", name="Play").wait_for()
    views.get_by_role("button", name="Play").click()
    views.get_by_role("button", name="Pause").click()
    assert window.evaluate("[state.rolling, state.frame < 3]") == [False, True]


def test_nothing_plays_where_motion_is_not_wanted(open_page, sgd):
    window = show(open_page, sgd, reduced_motion="reduce")
    assert window.locator("#panels").get_by_role("button", name="Play").count() == 0
    assert window.locator("#panels").get_by_label("Epoch", exact=True).count() == 1


@pytest.mark.parametrize("width, scheme", [(1280, "light"), (1280, "dark"), (360, "light")])
def test_axe_finds_nothing(open_page, sgd, adam, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    window = show(open_page, [sgd, adam], width=width, color_scheme=scheme)
    found = axe.Axe().run(window, context="#panels")
    assert found.violations_count == 0, found.generate_report()
    assert window.evaluate("document.documentElement.scrollWidth") <= width


def test_names_are_text(open_page):
    label = "</script><img src=x onerror=alert(1)>"
    window = show(open_page, [xor_replay(epochs=1, label=label), xor_replay(epochs=1)])
    assert window.locator("figure h3").first.inner_text() == f"{label}: Decision boundary"
    assert window.locator("img").count() == 0


def test_a_frame_is_drawn_in_a_moment(open_page, sgd, adam):
    window = show(open_page, [sgd, adam])
    best = window.evaluate("""() => {
        const times = Array.from({ length: 40 }, (_, i) => {
            const began = performance.now();
            set({ frame: i % 5 });
            return performance.now() - began;
        });
        return Math.min(...times);      // of a machine that may have other things to do
    }""")
    assert best < 48        # 16 is promised of an idle one


def test_the_tab_beside_a_recorded_step(open_page, sgd):
    x, y = xor.load_data()
    window = open_page(sgd.model.explain(x, y, replay=sgd).to_html())
    window.get_by_role("tab", name="Replay").click()
    assert "Epoch 400 of 400. loss" in window.locator(".epoch-line").inner_text()
    go_to(window, 0)
    assert window.evaluate("state.step") == 0
    window.keyboard.press("t")          # the keys of the page work from here too
    assert window.evaluate("state.tab") != "replay"
