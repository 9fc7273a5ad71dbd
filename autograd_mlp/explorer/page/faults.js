// Break it: a wrong rule beside the right one, the gradients it spoils, how training goes with it.

panel({ key: "faults", title: "Break it", available: () => doc.faults?.length > 0, render(root) {
  const lead = el("p", { class: "lead", role: "status" }), body = el("div");
  const show = (fault) => {
    press(fault);
    lead.textContent = fault.what;
    body.replaceChildren(...faultOf(fault));
  };
  const [buttons, press] = choiceOf("Mistake",
    doc.faults.map((fault) => [fault.title, fault]), show);
  root.append(el("p", {}, "Mistakes that are easily made when backpropagation is written by hand. ",
    "Choose one: the step is computed with it, and trained with."), buttons, lead, body);
  show(doc.faults.find(({ applies }) => applies) || doc.faults[0]);
} });

/* The rule, the gradients and the losses of one fault. */
function faultOf({ rule, rule_math, right, right_math, applies, why_not, gradients, losses }) {
  const side = (title, text, mathml) => text && el("div", {}, el("h3", {}, title),
    el("p", {}, math(mathml, text)));
  const wrong = (gradients || []).filter((entry) => entry.wrong);
  const told = (gradients || []).filter((entry) => entry.largest_difference !== null);
  const [good, bad] = [losses?.right, losses?.bug].map(listOf);
  return [el("div", { class: "rules" }, side("✓ right", right, right_math),
    side("✗ with the mistake", rule, rule_math)),
    !applies && el("p", {}, el("strong", {}, "Does not apply here, because "), why_not, "."),
    ...(applies && gradients.length ? [
      el("h3", {}, told.length > 0 ? `${wrong.length} of ${told.length} gradients are wrong` :
        "Nothing can be said of the gradients"), told.length < gradients.length && el("p", {},
        `${gradients.length - told.length} of them cannot be judged: with the right ` +
        "rules there is NaN or ∞ already."),
      el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Gradients" },
        el("table", { class: "spoilt" }, el("thead", {}, el("tr", {}, ["gradient", "numeric check",
          "largest difference", "wrong / right"].map((name) => el("th", { scope: "col" }, name)))),
        gradients.map(spoilt)))] : []),
    ...(applies && good.length ? [el("h3", {}, "Training from the same weights"),
      good.length > 1 && chart({ x: "step", y: "loss", lines: [{ name: "right", y: good },
        { name: "mistake", y: bad, dashed: true }] }),
      el("p", { class: "story" }, losses.why)] : []),
  ].filter(Boolean);
}

/* A gradient's rows: what the numeric check says of it and, if it is wrong, why. */
function spoilt({ tensor, wrong, verdict, why, largest_difference, ratio }) {
  return el("tbody", { class: wrong && "marked" }, el("tr", {},
    el("th", { scope: "row" }, "d", nameOf(doc.tensors[tensor])), el("td", {}, badge(verdict)),
    el("td", {}, number(largest_difference)), el("td", {}, number(ratio))),
  wrong && el("tr", {}, el("td", { colspan: 4, class: "small" }, why)));
}
