"""Checks and mistakes in a browser: numbers and verdicts as the document has them."""

import math

import numpy as np
import pytest

from autograd_mlp.explorer import page
from autograd_mlp.explorer.numbers import text

VERDICTS = {"agrees": "✓", "kink crossed": "∠", "below round-off": "≈", "DISAGREES": "✗",
            "not checked": "○"}


def made_up(xor):
    """XOR's document with a check of each verdict, and a mistake that does and one that does not
    apply: the page has to show what is rare too, and numbers that are not finite."""
    trained = [t for t in xor["tensors"] if t["role"] == "weight"] + [
        t for t in xor["tensors"] if t["role"] == "value"]
    checks = []
    for tensor, verdict in zip(trained, VERDICTS, strict=False):
        grad = np.asarray(tensor["grad"], float)
        places = [[int(k) for k in place] for place in np.ndindex(grad.shape)][:5]
        analytic = [float(grad[tuple(place)]) for place in places]
        done = verdict != "not checked"
        checks.append({
            "tensor": tensor["id"], "verdict": verdict, "why": f"The reason of {verdict}.",
            "checked": len(places) * done, "of": grad.size,
            "coordinates": places if done else [], "analytic": analytic if done else [],
            "numeric": [value * (1 + 1e-7) for value in analytic] if done else [],
            "worst": places[-1] if done else None,
            "eps": [10.0 ** -k for k in range(1, 9)] if done else [],
            "errors": [0.0, None] + [10.0 ** -k for k in range(6)] if done else []})
    gradients = [{"tensor": check["tensor"], "wrong": k != 1, "largest_difference": 0.1234567 * k,
                  "ratio": [None, 1.0, math.inf, -2.5, math.nan][k], "verdict": check["verdict"],
                  "why": f"Why {k}.", "value": np.ones(3)} for k, check in enumerate(checks)]
    fault = {"key": "slope", "title": "forget f′(z)", "what": "The slope is left out.",
             "rule": "dz = dy", "applies": True, "why_not": None, "gradients": gradients,
             "losses": {"right": [0.7, 0.5, 0.25], "bug": [0.7, 1e9, math.inf],
                        "why": "With the mistake the loss grows beyond all numbers."}}
    absent = {"key": "assign", "title": "= instead of +=", "what": "A gradient is overwritten.",
              "rule": "dx = …", "applies": False, "why_not": "no tensor is used twice",
              "gradients": [], "losses": {"right": [], "bug": [], "why": ""}}
    return {**xor, "checks": checks, "faults": [absent, fault]}


@pytest.fixture(params=["made up", "as computed"])
def document(request, xor):
    """What the panels have to show."""
    return made_up(xor) if request.param == "made up" else xor


@pytest.fixture
def window(open_page, document):
    return open_page(page.html(document))


def test_the_checks_numbers_and_verdicts_are_pythons(window, document):
    window.evaluate("set({ tab: 'check' })")
    assert document["checks"]
    for k, check in enumerate(document["checks"]):
        tensor = document["tensors"][check["tensor"]]
        button = window.locator("#panel-check .choices button").nth(k)
        button.click()
        assert button.get_attribute("aria-pressed") == "true"
        badge = f"{VERDICTS[check['verdict']]} {check['verdict']}"
        assert badge in button.inner_text()
        body = window.locator("#panel-check > div").last
        assert f"{check['checked']} of {check['of']} numbers checked" in body.inner_text()
        assert f"{badge} {check['why']}" in body.inner_text()
        found = body.evaluate("""(body) => [...body.querySelectorAll("tbody tr")].map((row) =>
            [row.firstChild.textContent, ...[...row.querySelectorAll(".figure")].map(
                (at) => at.textContent)])""")
        several = len(check["analytic"]) > 1
        assert found == [
            [f"d{tensor['name']}" + f"[{', '.join(map(str, place))}]" * (place != [])
             + " worst" * (several and list(place) == list(check["worst"])),
             text(a), text(n), text(float(a) - float(n))]
            for place, a, n in zip(check["coordinates"], check["analytic"], check["numeric"],
                                   strict=True)]
        curve = body.locator(".chart [role=img]")
        errors = [error for error in check["errors"] if error is not None]
        assert curve.count() == any(error > 0 for error in errors)
        if curve.count():
            ends = text(errors[0]), text(errors[-1])
            assert f"error from {ends[0]} to {ends[1]}" in curve.get_attribute("aria-label")


def test_the_chosen_tensors_check_is_shown(window, document):
    window.evaluate("set({ tab: 'check' })")
    for check in document["checks"]:
        window.evaluate("(tensor) => set({ tensor })", check["tensor"])
        assert check["why"] in window.locator("#panel-check").inner_text()


def test_each_mistake_shows_what_it_spoils_and_how_training_goes(window, document):
    window.evaluate("set({ tab: 'faults' })")
    for fault in document["faults"]:
        window.get_by_role("button", name=fault["title"], exact=True).click()
        shown = window.locator("#panel-faults > div").last
        assert window.locator('#panel-faults [role="status"]').inner_text() == fault["what"]
        if not fault["applies"]:
            assert f"Does not apply here, because {fault['why_not']}." in shown.inner_text()
            assert shown.locator("table, svg").count() == 0
            continue
        rows = shown.evaluate("""(body) => [...body.querySelectorAll("tbody")].map((rows) =>
            [...rows.querySelectorAll("th, td")].map((cell) => cell.textContent))""")
        assert rows == [[f"d{document['tensors'][entry['tensor']]['name']}",
                         f"{VERDICTS[entry['verdict']]} {entry['verdict']}",
                         text(entry["largest_difference"]), text(entry["ratio"])]
                        + [entry["why"]] * entry["wrong"] for entry in fault["gradients"]]
        wrong = sum(entry["wrong"] for entry in fault["gradients"])
        assert f"{wrong} of {len(rows)} gradients are wrong" in shown.inner_text()
        assert shown.locator("tbody.marked").count() == wrong
        # one line is dashed, and both are named where they end
        assert shown.locator(".chart .line").count() == 2
        assert shown.locator(".chart .dashed").count() == 1
        said = shown.locator(".chart [role=img]").get_attribute("aria-label")
        for name, key in [("right", "right"), ("mistake", "bug")]:
            losses = fault["losses"][key]
            assert f"{name} from {text(losses[0])} to {text(losses[-1])}" in said
            assert shown.locator(".story").text_content() == fault["losses"]["why"]
            assert shown.locator(".chart text", has_text=name).count() == 1


def test_the_page_opens_at_the_first_mistake_that_applies(window, document):
    window.evaluate("set({ tab: 'faults' })")
    first = next(fault for fault in document["faults"] if fault["applies"])
    pressed = window.locator('#panel-faults button[aria-pressed="true"]')
    assert pressed.inner_text() == first["title"]


def test_a_verdict_stands_beside_its_gradient_as_soon_as_that_is_whole(window, document):
    window.evaluate("set({ tab: 'matrix' })")
    verdicts = {check["tensor"]: check["verdict"] for check in document["checks"]}
    for number, step in enumerate(document["steps"]):
        if step["kind"] not in ("multiply", "accumulate"):
            continue
        window.evaluate("(step) => goTo(step)", number)
        edge = document["edges"][step["edge"]]
        last = max(n for n, other in enumerate(document["steps"]) if other["kind"] == "accumulate"
                   and document["edges"][other["edge"]]["to"] == edge["to"])
        expected = [f"{VERDICTS[verdicts[edge['to']]]} {verdicts[edge['to']]}"] if (
            number >= last and edge["to"] in verdicts) else []
        place = f'[data-matrix="d{edge["index"]}"] .verdict'
        assert window.locator(place).all_inner_texts() == expected
        card = window.locator("#card .verdict").all_inner_texts()
        assert card == (expected if step["kind"] == "accumulate" else [])


def test_the_text_under_a_checks_curve_says_what_the_curve_does(window):
    say = "([eps, errors]) => curveSaid(eps, errors)"
    eps = [0.1, 0.01, 1e-3, 1e-4, 1e-5]
    *seen, falling = window.evaluate(say, [eps, [1e-2, 1e-4, 1e-6, 1e-8, 1e-7]])
    assert seen == [True, True]
    assert falling.startswith("From the right the error falls") and "round-off" in falling
    *seen, flat = window.evaluate(say, [eps, [0.5] * 5])
    assert seen == [False, False]
    assert flat.startswith("At the right it does not fall") and "round-off" not in flat
    assert "to the last digit" in window.evaluate(say, [eps, [0, 0, None, 0, 0]])[2]
