// Predict: the next gradient is hidden, the learner says it first. Printed, it is a worksheet.

let open = null;                // the step that shows the answer of the open question

// whoever steps on, or looks elsewhere, gives the question up: nothing stays hidden
listen(["step", "tab"], () => {
  if (open !== null && (state.tab !== "predict" || state.step >= open)) {
    open = null;
    set({ predict: false });
  }
});

panel({ key: "predict", title: "Predict", available: () => doc.edges.length > 0, render(root) {
  let kind = "sign", turn = 0, right = 0, asked = 0;
  const body = el("div"), result = el("div", { role: "status" });
  const tally = el("p", { class: "note" });
  root.append(el("p", {}, "The next gradient is hidden. Say what it will be, then see."),
    radios("Ask me for the", "kind", ["sign", "number", "shape"], kind, (chosen) => {
      kind = chosen;
      if (turn) ask();
    }), body, result, tally,
    el("p", {}, el("button", { type: "button", onclick: () => print() }, "Print a worksheet"),
      el("small", {}, " Questions with blanks; the answers are on the last page.")));
  body.append(el("button", { type: "button", onclick: () => begin() }, "Ask me"));
  document.body.append(worksheet());

  function ask() {
    const next = known.contribution.findIndex((step) => step > state.step);
    const edge = doc.edges[next < 0 ? 0 : next], question = questionOf(edge, kind, turn++);
    result.replaceChildren();
    open = null;
    goTo(known.contribution[edge.id] - 1);
    open = known.contribution[edge.id];
    set({ predict: true });
    const form = el("form", { onsubmit: (event) => {
      event.preventDefault();
      const said = new FormData(form).get("answer")?.trim();
      if (said && question.read && Number.isNaN(question.read(said))) {
        result.textContent = `“${said}” is no number, so it is not counted: write 0.25 or −1.5e−3.`;
      } else if (said) answer(question, said, known.contribution[edge.id]);
    } }, el("p", {}, question.rule()),
    el("p", { class: "question" }, question.text),
    question.given && el("p", { class: "numbers" }, question.given),
    question.choices ? radios("Your answer", "answer", question.choices)
      : el("p", {}, el("label", {}, "Your answer ",
        el("input", { name: "answer", autocomplete: "off", size: 12 })),
      el("small", {}, " within 1 %")),
    el("button", {}, "Answer"));
    body.replaceChildren(form);
  }

  function answer(question, said, reveal) {
    const good = question.accepts(said);
    asked += 1;
    right += good;
    body.querySelectorAll("input, button").forEach((field) => { field.disabled = true; });
    goTo(reveal);
    const next = el("button", { type: "button", onclick: () => begin() }, "Next question");
    result.replaceChildren(el("p", {}, el("strong", { class: `verdict ${good ? "good" : "bad"}` },
      good ? "✓ Right." : "✗ Not so."), " It is ", el("b", {}, question.answer), "."),
    el("p", { class: "numbers" }, question.reason()), next);
    tally.textContent = `${right} of ${asked} right`;
    next.focus();
  }

  function begin() {
    ask();
    body.querySelector("input").focus();
  }
} });

/* Choices of which one is taken. */
function radios(title, name, values, chosen, choose = () => {}) {
  return el("fieldset", { class: "choices" }, el("legend", {}, title), values.map((value) =>
    el("label", {}, el("input", { type: "radio", name, value, checked: value === chosen,
      onchange: () => choose(value) }), ` ${value}`)));
}

/* A question about what an edge contributes: {rule, text, given: numbers, choices, answer, accepts,
   reason}. `turn` chooses the cell. */
function questionOf(edge, kind, turn) {
  const node = doc.nodes[edge.node], all = matricesOf(node), matrix = all[`d${edge.index}`];
  const rule = () => math(edge.rule_math, edge.rule);
  const { grid } = matrix, written = (shape) => shapeText(shape) || "one number";
  let place = (edge.id * 3 + turn * 5) % (grid.rows * grid.stored);
  const dull = kind === "number" && !grid.data[place];       // a 0 is, and nobody can work out NaN
  if (grid.largest && (dull || !Number.isFinite(grid.data[place]))) {
    place = grid.data.findIndex((value) => Math.abs(value) === grid.largest);
  }
  const row = Math.floor(place / grid.stored), column = place % grid.stored;
  const { terms, how } = cellSum(node, all, matrix.key, row, column);
  const finite = [grid.at(row, column), ...terms.flat()].every((part) =>
    typeof part !== "number" || Number.isFinite(part));
  if (kind === "shape" || !terms.length || !finite) {   // without numbers to begin with: the shape
    const shapes = [grid.shape, [...grid.shape].reverse(), doc.tensors[edge.from].shape,
      ...node.inputs.map((id) => doc.tensors[id].shape), [...grid.shape, 1]];
    const answer = written(grid.shape);
    return { rule, text: `${kind === "shape" || finite ? "" :
      "NaN or ∞ stands here: only the shape can be predicted. "}Which shape has ${matrix.name}?`, answer,
      accepts: (said) => said === answer,
      choices: [...new Set(shapes.map(written))].slice(0, 4).sort(),
      reason: () => ["A gradient has the shape of what it belongs to. ", edge.shapes] };
  }
  const value = grid.at(row, column), sign = SIGNS[signOf(value)];
  const name = placeName(matrix, row, column), exact = (x) => number(x, grid.digits);
  const about = { rule, reason: () => [name, " = ", sum(terms, value, grid.digits)],
    given: el("span", { class: "sum" }, shortened(terms, 8).map(([a, b, label]) =>
      el("span", { class: "term" }, exact(a), b !== null && ` and ${exact(b)}`,
        el("small", {}, label)))) };
  const text = how && `${how[0].toUpperCase()}${how.slice(1)}. `;
  if (kind === "sign") {
    return { ...about, text: `${text}Which sign has ${name}?`, answer: sign,
      choices: ["+", "−", "0"].map((key) => SIGNS[key]), accepts: (said) => said === sign };
  }
  // the numbers that are given are rounded: so may be what is made of them
  const largest = Math.max(...terms.map((term) => Math.abs(product(term))));
  const close = 0.01 * Math.abs(value) + 0.002 * largest;
  const read = (said) => Number(said.replace(/[−–]/g, "-").replace(",", ".").replace(/\s/g, ""));
  return { ...about, text: `${text}Which number is ${name}?`, answer: exact(value), read,
    accepts: (said) => Math.abs(read(said) - value) <= close };
}
const SIGNS = { "+": "+ positive", "−": "− negative", 0: "0 zero" };

/* Questions about all edges with blanks, and the answers on a page of their own. */
function worksheet() {
  const questions = doc.edges.slice(0, 12).flatMap((edge) => {
    const asked = ["shape", "sign", "number"].map((kind, turn) => questionOf(edge, kind, turn));
    return asked.filter(({ text }, turn) => !turn || text !== asked[0].text);
  });
  const list = (line) => el("ol", {}, questions.map((question) => el("li", {}, line(question))));
  return el("section", { id: "worksheet" }, el("h1", {}, `Worksheet: ${doc.title}`),
    el("p", {}, "Name ______________________   Date ______________"),
    list(({ rule, text, given, choices }) => [el("p", {}, rule(), " ", text), given, el("p", {},
      choices?.map((choice) => el("span", { class: "blank" }, `☐ ${choice}`)) ||
      "= ________________")]),
    el("div", { class: "answers" }, el("h1", {}, "Answers"),
      list(({ answer, reason }) => [el("b", {}, answer), ". ", reason()])));
}
