"""Predictions and the worksheet in a browser."""

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp import Tensor
from autograd_mlp.explorer import page
from autograd_mlp.explorer.numbers import text

DASH = text(None)


# ---- predict -----------------------------------------------------------------------------------

def answer(window, said):
    field = window.locator('#panel-predict input[name="answer"]')
    if field.count() == 1:
        field.fill(said)
    else:
        window.get_by_role("radio", name=said, exact=True).check()
    window.get_by_role("button", name="Answer").click()
    return window.locator('#panel-predict [role="status"]').inner_text()


def asked(xor_tab):
    """The page with its first question."""
    window = xor_tab("predict")
    assert window.evaluate("state.step") == 0, "opening the tab changes nothing"
    window.get_by_role("button", name="Ask me").click()
    return window


def rule(window):
    """The text of the formula above the question."""
    return window.locator("#panel-predict form math").get_attribute("aria-label")


def test_a_prediction_is_hidden_until_it_is_made(xor_tab, xor):
    window = asked(xor_tab)
    edge = xor["edges"][0]
    assert window.evaluate("doc.steps[state.step].kind") == "rule"
    window.get_by_role("radio", name="number", exact=True).check()
    question = window.locator("#panel-predict .question").inner_text()
    assert rule(window) == edge["rule"]
    place = question.split("Which number is ")[1].rstrip("?")
    window.evaluate("set({tab: 'matrix'})")
    assert DASH in window.locator('[data-matrix="d0"]').inner_text()
    window.evaluate("set({tab: 'predict'})")
    cell = [int(k) for k in place.split("[")[1].rstrip("]").split(",")] if "[" in place else []
    value = text(edge["contribution"][tuple(cell)])
    said = answer(window, value)
    assert said.startswith("✓ Right")
    assert value in said
    assert window.evaluate("doc.steps[state.step].kind") == "multiply"
    assert "1 of 1 right" in window.locator("#panel-predict").inner_text()
    # the next question has the focus, and is about the next edge
    window.keyboard.press("Enter")
    assert rule(window) == xor["edges"][1]["rule"]
    assert window.evaluate("document.activeElement.name") == "answer"
    assert answer(window, "1e9").startswith("✗ Not so")
    assert "1 of 2 right" in window.locator("#panel-predict").inner_text()


@pytest.mark.parametrize("kind", ["sign", "shape"])
def test_signs_and_shapes_are_asked_for_with_choices(xor_tab, xor, kind):
    window = asked(xor_tab)
    window.get_by_role("radio", name=kind, exact=True).check()
    for count, edge in enumerate(xor["edges"], 1):
        choices = window.locator('#panel-predict input[name="answer"]').evaluate_all(
            "(fields) => fields.map((field) => field.value)")
        assert len(set(choices)) == len(choices) >= 2
        if kind == "sign":
            question = window.locator("#panel-predict .question").inner_text()
            place = question.split("Which sign has ")[1].rstrip("?")
            cell = [int(k) for k in place.split("[")[1].rstrip("]").split(",")] if "[" in place \
                else []
            value = np.sign(edge["contribution"][tuple(cell)])
            right = {1: "+ positive", -1: "− negative", 0: "0 zero"}[int(value)]
        else:
            shape = edge["contribution"].shape
            right = f"[{'×'.join(map(str, shape))}]" if shape else "one number"
        assert answer(window, right).startswith("✓ Right")
        assert f"{count} of {count} right" in window.locator("#panel-predict").inner_text()
        window.get_by_role("button", name="Next question").click()


def test_numbers_can_be_worked_out_from_those_that_are_given(xor_tab, xor):
    """Whoever multiplies and adds what the question shows, rounded as it is, is right."""
    window = asked(xor_tab)
    window.get_by_role("radio", name="number", exact=True).check()
    worked_out = 0
    for _ in xor["edges"]:
        given = window.locator("#panel-predict form .term").evaluate_all("""(terms) => terms.map(
            ({ childNodes: [first, second] }) => first.data + (second.data || ""))""")
        if given:
            numbers = [[float(x.replace("−", "-")) for x in term.split(" and ")] for term in given]
            said = answer(window, f"{sum(np.prod(term) for term in numbers):.6g}")
            assert said.startswith("✓ Right"), given
            worked_out += 1
        else:
            window.evaluate("goTo(state.step + 1)")
            window.get_by_role("radio", name="sign", exact=True).check()
            window.get_by_role("radio", name="number", exact=True).check()
            continue
        window.get_by_role("button", name="Next question").click()
    assert worked_out >= len(xor["edges"]) - 1


def test_nothing_stays_hidden_when_the_learner_steps_on(xor_tab, xor):
    window = asked(xor_tab)
    assert window.evaluate("state.predict")
    window.evaluate("goTo(state.step + 1)")
    assert not window.evaluate("state.predict")


def test_questions_are_asked_and_answered_with_the_keyboard_alone(xor_tab):
    window = xor_tab("predict")
    press = window.keyboard.press
    window.get_by_role("tab", name="Predict").focus()
    for _ in range(4):                  # the panel, the kind of question, "Ask me"
        if window.evaluate("document.activeElement.textContent") == "Ask me":
            break
        press("Tab")
    press("Enter")
    assert window.evaluate("document.activeElement.name") == "answer"
    step = window.evaluate("state.step")
    press("ArrowDown")                  # among the choices, not in time
    assert window.evaluate("state.step") == step
    press("Enter")
    assert "right" in window.locator("#panel-predict .note").inner_text()
    assert window.evaluate("document.activeElement.textContent") == "Next question"


def test_printed_it_is_a_worksheet_with_the_answers_on_the_last_page(xor_tab, xor):
    window = asked(xor_tab)
    window.emulate_media(media="print")
    visible = window.evaluate("[...document.body.children].filter((part) => part.checkVisibility())"
                              ".map((part) => part.id)")
    assert visible == ["worksheet"]
    sheet = window.locator("#worksheet")
    assert sheet.locator("> ol > li").count() == sheet.locator(".answers li").count() == 3 * min(
        12, len(xor["edges"]))
    assert sheet.locator(".answers").evaluate(
        "(part) => getComputedStyle(part).breakBefore") == "page"
    shapes = [f"[{'×'.join(map(str, edge['contribution'].shape))}]"
              for edge in xor["edges"][:12]]
    answers = sheet.locator(".answers li > b").all_inner_texts()
    assert [found for found in answers[::3] if found != "one number"] == [
        shape for shape in shapes if shape != "[]"]
    numbers = {text(value) for edge in xor["edges"]
               for value in np.ravel(edge["contribution"])}
    assert set(answers[2::3]) <= numbers


def test_a_worksheet_uses_whole_gradients_whenever_it_is_made(open_page):
    """A tensor used twice has half of its gradient in between: no question may ask with that."""
    w = Tensor(np.array([[0.5, -1.0], [2.0, 0.25]]), requires_grad=True)

    def loss():
        h = w @ w
        return (h @ h).tanh().mean() + (h * h).mean()

    window = open_page(page.html(keras.explain(loss).to_dict()))
    sheets = window.evaluate("""() => doc.steps.map((_, step) => {
        goTo(step);
        return worksheet().textContent;
    })""")
    assert len(set(sheets)) == 1


def test_what_is_no_number_is_not_counted_and_a_comma_is_a_decimal_point(xor_tab):
    window = asked(xor_tab)
    window.get_by_role("radio", name="number", exact=True).check()
    said = answer(window, "abc")
    assert said.startswith("“abc” is no number, so it is not counted")
    assert " of " not in window.locator("#panel-predict .note").inner_text()
    place = window.locator("#panel-predict .question").inner_text().split("number is ")[1][:-1]
    right = window.evaluate("[0, 1].map((turn) => questionOf(stepNow().edge, 'number', turn))"
                            ".map(({ text, answer }) => [text, answer])")
    value = next(answer for text, answer in right if text.endswith(f" {place}?"))
    assert answer(window, value.replace(".", ",")).startswith("✓ Right")
    assert "1 of 1 right" in window.locator("#panel-predict .note").inner_text()
