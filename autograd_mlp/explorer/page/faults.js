// Break it: a wrong rule beside the right one, the gradients it spoils, how training goes with it.

panel({ key: "faults", title: "Break it", available: () => doc.faults?.length > 0, render(root) {
  const body = el("div", { "aria-live": "polite" });
  const show = (fault) => {
    press(fault);
    body.replaceChildren(...faultOf(fault));
  };
  const [buttons, press] = choiceOf("Mistake",
    doc.faults.map((fault) => [fault.title, fault]), show);
  root.append(el("p", {}, "Mistakes that are easily made when backpropagation is written by hand. ",
    "Choose one: the step is computed with it, and trained with."), buttons, body);
  show(doc.faults.find(({ applies }) => applies) || doc.faults[0]);
} });

/* The rule, the gradients and the losses of one fault. */
function faultOf({ what, rule, rule_math, right, right_math, applies, why_not,
  gradients, losses }) {
  const side = (title, text, mathml) => text && el("div", {}, el("h3", {}, title),
    el("p", {}, math(mathml, text)));
  const wrong = (gradients || []).filter((entry) => entry.wrong);
  const [good, bad] = [losses?.right, losses?.bug].map(listOf);
  return [el("p", { class: "lead" }, what),
    el("div", { class: "rules" }, side("✓ right", right, right_math),
      side("✗ with the mistake", rule, rule_math)),
    !applies && el("p", {}, el("strong", {}, "Does not apply here, because "), why_not),
    ...(applies && gradients.length ? [
      el("h3", {}, `${wrong.length} of ${gradients.length} gradients are wrong`),
      tableOf("Gradients with the mistake",
        ["gradient", "numeric check", "largest difference", "wrong / right", "why"],
        gradients.map((entry) => ({ marked: entry.wrong, cells: [
          ["d", nameOf(doc.tensors[entry.tensor])], badge(entry.verdict),
          number(plain(entry.largest_difference)), number(plain(entry.ratio)),
          el("span", { class: "small" }, entry.why)] })))] : []),
    ...(applies && good.length ? [el("h3", {}, "Training from the same weights"),
      chart({ x: "step", y: "loss", lines: [{ name: "right", y: good },
        { name: "mistake", y: bad, dashed: true }] }),
      el("p", { class: "small" }, `After ${good.length - 1} steps the loss is `,
        figure(good.at(-1)), " with the right rule and ", figure(bad.at(-1)),
        " with the mistake.")] : []),
  ].filter(Boolean);
}
