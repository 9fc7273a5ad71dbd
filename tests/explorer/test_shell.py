"""The page in a browser: keyboard, accessibility, narrow screens, hostile names, speed."""

import os
import re
from pathlib import Path

import pytest

from autograd_mlp.explorer import page

from .conftest import xor_document

# Contrast 4.5:1 (WCAG AA): numbers on the full colours of a heatmap do not reach the 7:1 of AAA.
RULES = {"runOnly": {"type": "tag", "values": [
    "wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice",
    "experimental"]}, "rules": {"color-contrast-enhanced": {"enabled": False}}}


VIOLATIONS = """(options) => axe.run(document, options).then(({violations}) => violations.map(
    ({id, nodes}) => [id, nodes.map(({html}) => html.slice(0, 200))]))"""


def step_of(window):
    return window.evaluate("state.step")


def test_every_key_of_the_help_does_what_it_says(open_page, xor):
    window = open_page(page.html(xor))
    last = len(xor["steps"]) - 1
    press = window.keyboard.press
    press("ArrowRight")
    press("n")
    assert step_of(window) == 2
    press("ArrowLeft")
    press("p")
    press("p")
    assert step_of(window) == 0
    press("End")
    assert step_of(window) == last
    press("Home")
    assert step_of(window) == 0
    for key, zoom in ("1", "layers"), ("3", "scalars"), ("2", "operations"):
        press(key)
        assert window.locator("#drawing > svg").get_attribute("aria-label") == f"Graph of {zoom}"
    press("s")
    assert window.locator("#sample").input_value() == "0"
    press("S")
    press("S")
    assert window.locator("#sample").input_value() == str(xor["batch"] - 1)
    press("?")
    assert window.locator("dialog#help").is_visible()
    press("ArrowRight")
    assert step_of(window) == 0, "the page must rest while the help is open"
    press("Escape")
    assert not window.locator("dialog#help").is_visible()
    press("Space")
    window.locator(".position", has_text=re.compile(r"^([2-9]|\d\d) / ")).wait_for()
    press("Space")
    assert window.evaluate("state.playing") is False


def test_playing_stops_at_the_last_step(open_page, xor):
    window = open_page(page.html(xor))
    window.evaluate("goTo(doc.steps.length - 2), set({speed: 100}), togglePlay()")
    last = len(xor["steps"])
    window.locator(".position", has_text=f"{last} / {last}").wait_for()
    window.get_by_role("button", name="Play").wait_for()


def test_the_slider_and_the_buttons_step(open_page, xor):
    window = open_page(page.html(xor))
    window.get_by_role("button", name="Next step").click()
    assert window.locator("#line").text_content() == xor["steps"][1]["text"]
    window.get_by_role("slider", name="Step").fill("3")
    assert window.locator("#card-title").text_content() == xor["steps"][3]["title"]
    window.get_by_role("button", name="Last step").click()
    assert window.get_by_role("button", name="Next step").is_disabled()
    assert window.locator("#line").get_attribute("aria-live") == "polite"


def test_the_focus_is_seen_and_moves_along_the_boxes_of_the_graph(open_page, xor):
    window = open_page(page.html(xor))
    boxes = window.locator("#drawing rect.button")
    boxes.first.focus()
    window.keyboard.press("ArrowRight")
    assert boxes.nth(1).evaluate("(box) => box === document.activeElement")
    assert boxes.nth(1).evaluate("(box) => getComputedStyle(box).outlineWidth") == "3px"
    window.keyboard.press("Enter")
    assert window.evaluate("state.tensor") == int(
        boxes.nth(1).evaluate("(box) => box.parentNode.dataset.tensor"))
    assert step_of(window) == 0, "among the boxes the arrow keys do not step"


def test_nothing_is_shown_before_it_is_computed(open_page, xor):
    window = open_page(page.html(xor))

    def dashes(what):
        return {int(box) for box in window.evaluate(
            f"""() => [...document.querySelectorAll("[data-tensor] > .{what}")].filter(
                (half) => half.textContent === "–").map((half) => half.parentNode.dataset.tensor)
            """)}

    made = {t["id"] for t in xor["tensors"] if t["made_by"] is not None}
    with_gradient = {t["id"] for t in xor["tensors"] if t["requires_grad"]}
    assert dashes("value") == made - {xor["nodes"][0]["output"]}
    assert dashes("gradient") == with_gradient
    window.keyboard.press("End")
    assert dashes("value") == set()
    assert dashes("gradient") == {t for t in with_gradient if xor["tensors"][t]["grad"] is None}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing(open_page, xor, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.base",
                              reason="accessibility is tested with axe: extra 'browser'")
    window = open_page(page.html(xor), width=width, color_scheme=scheme)
    window.evaluate(axe.AXE_SCRIPT)
    kinds = [step["kind"] for step in xor["steps"]]
    tabs = window.evaluate("panels.filter((entry) => entry.available(doc)).map(({key}) => key)")
    looks = [(kinds.index(kind), zoom, None) for kind, zoom in [
        ("forward", "operations"), ("multiply", "scalars"), ("update", "layers")]]
    looks += [(kinds.index("accumulate"), "operations", tab) for tab in tabs]
    for step, zoom, tab in looks:
        window.evaluate("([step, zoom, tab]) => { goTo(step); set({zoom}); if (tab) set({tab}); }",
                        [step, zoom, tab])
        assert window.evaluate(VIOLATIONS, RULES) == [], (step, zoom, tab)
    window.keyboard.press("?")
    assert window.evaluate(VIOLATIONS, RULES) == []


@pytest.mark.parametrize("name", ["xor", "pima"])
def test_a_narrow_screen_needs_no_sideways_scrolling(open_page, request, name):
    document = request.getfixturevalue(name)
    window = open_page(page.html(document), width=360)
    tabs = window.evaluate("panels.filter((entry) => entry.available(doc)).map(({key}) => key)")
    drawing = window.locator("#drawing > svg")
    natural = float(drawing.get_attribute("width"))
    assert drawing.bounding_box()["width"] == pytest.approx(0.8 * natural, abs=1), "it scrolls"
    for tab in tabs or [None]:
        window.evaluate("(tab) => tab && set({tab})", tab)
        for step in range(0, len(document["steps"]), 4):
            window.evaluate("goTo", step)
            assert window.evaluate("document.documentElement.scrollWidth") == 360, (step, tab)


def test_the_steps_can_be_read_without_javascript(open_page, xor):
    window = open_page(page.html(xor), java_script_enabled=False)
    rows = window.locator("#steps tbody tr")
    assert rows.count() == len(xor["steps"])
    window.locator("#steps summary").click()
    assert rows.first.is_visible()
    assert xor["steps"][0]["text"] in rows.first.text_content()
    assert window.locator("#drawing svg .node").count() == len(xor["nodes"])
    assert window.locator("noscript p").is_visible()


HOSTILE = "</script><img src=x onerror=alert(1)>"


def hostile_document():
    """Every text of the document carries markup, also what a layer's name may not hold."""
    document = xor_document()

    def poison(value):
        if isinstance(value, dict):
            return {key: part if key in ("kind", "role", "verdict", "key") or "math" in key
                    or key == "op" else poison(part) for key, part in value.items()}
        if isinstance(value, (list, tuple)):
            return [poison(part) for part in value]
        return f"{value}{HOSTILE}<!--\u2028'\"&" if isinstance(value, str) else value

    return poison(document)


def test_no_text_becomes_markup(open_page):
    document = hostile_document()
    text = page.html(document)
    assert "<img" not in text and text.count("</script>") == 3
    window = open_page(text)
    for zoom in "operations", "scalars", "layers":
        window.evaluate("(zoom) => set({zoom})", zoom)
    assert "</script><img" in window.locator("#drawing .layer title").first.text_content()
    for step in range(len(document["steps"])):
        window.evaluate("goTo", step)
        assert window.locator("img").count() == 0
    assert HOSTILE in window.locator("#line").text_content()


def test_reduced_motion_and_print(open_page, xor):
    window = open_page(page.html(xor), reduced_motion="reduce", color_scheme="dark")
    moving = """[...document.querySelectorAll("*")].filter(
        (x) => getComputedStyle(x).transitionDuration !== "0s").length"""
    assert window.evaluate(moving) == 0
    window.emulate_media(media="print")
    assert not window.locator(".controls").is_visible()
    assert window.evaluate("getComputedStyle(document.body).backgroundColor") == \
        "rgb(255, 255, 255)"
    assert window.locator("#drawing").evaluate("(x) => getComputedStyle(x).backgroundColor") == \
        "rgb(255, 255, 255)", "dark colours are for screens"
    window.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert window.locator("#steps table").is_visible()
    assert window.locator("#card").is_visible()
    drawing = window.locator("#drawing > svg").bounding_box()
    assert drawing["x"] >= 0 and drawing["x"] + drawing["width"] <= 1280


@pytest.mark.parametrize("name", ["xor", "pima", "mnist"])
def test_the_page_is_quick(open_page, request, name):
    """Processor time of a step with style and layout: other work on the machine is not in it."""
    document = request.getfixturevalue(name)
    window = open_page(page.html(document))
    ready = window.evaluate("performance.getEntriesByName('ready')[0].startTime")
    session = window.context.new_cdp_session(window)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def seconds():
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(entry["value"] for entry in metrics if entry["name"] == "TaskDuration")

    before = seconds()
    window.evaluate("""doc.steps.forEach((_, number) => {
        goTo(number);
        document.body.getBoundingClientRect();      // lay out what has changed
    })""")
    step = (seconds() - before) / len(document["steps"]) * 1000
    print(f"{name}: ready after {ready:.0f} ms, a step takes {step:.1f} ms of the processor")
    # 1000 and 16 are promised of an idle machine; this is for a busy one
    assert ready < 15_000 and step < 96


def test_all_steps_have_their_place_on_the_slider(open_page, xor):
    window = open_page(page.html(xor))
    phases = window.locator(".phase").all_inner_texts()
    assert phases == ["forward", "backward", "update"]
    assert re.fullmatch(rf"1 / {len(xor['steps'])}", window.locator(".position").inner_text())


@pytest.mark.parametrize("name", ["xor", "pima", "mnist"])
def test_screenshots(open_page, request, tmp_path, name):
    """Pictures for people to look at, in the folder EXPLORER_SCREENSHOTS or the test's own."""
    folder = Path(os.environ.get("EXPLORER_SCREENSHOTS", tmp_path))
    document = request.getfixturevalue(name)
    step = [step["kind"] for step in document["steps"]].index("accumulate") + 9
    for width, scheme in (1280, "light"), (360, "dark"):
        window = open_page(page.html(document), width=width, color_scheme=scheme)
        window.evaluate("goTo", step)
        picture = window.screenshot(path=folder / f"{name}-{width}-{scheme}.png")
        assert picture.startswith(b"\x89PNG") and len(picture) > 20_000


def test_in_a_notebook_the_page_runs_inside_its_sandbox(open_page, xor_explanation):
    """The frame has no origin of its own: what the script needs must work there too."""
    window = open_page(f"<!doctype html><title>notebook</title>{xor_explanation._repr_html_()}",
                       ready="iframe")
    frame = window.frame_locator("iframe")
    frame.locator("html.ready").wait_for(state="attached")
    frame.get_by_role("button", name="Next step").click()
    assert frame.locator(".position").inner_text().startswith("2 / ")
    window.keyboard.press("ArrowRight")
    assert frame.locator(".position").inner_text().startswith("3 / ")
