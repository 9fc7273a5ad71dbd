// The card of the current step: rule, shapes, this cell's numbers, source, what was saved, check.

function card(root) {
  listen(["step", "cell", "sample", "tensor", "predict"], () => {
    const step = stepNow();
    const parts = { forward: forwardCard, loss: forwardCard, seed: seedCard, rule: edgeCard,
      multiply: edgeCard, accumulate: edgeCard, update: updateCard, done: doneCard }[step.kind](step);
    const chooser = root.querySelector(".cell-chooser"), held = chooser && chooser.contains(document.activeElement)
      ? document.activeElement.id : null;
    root.replaceChildren(
      el("p", { class: "kicker" }, `step ${state.step + 1} of ${doc.steps.length} · ${PHASES[step.kind]}`),
      el("h2", { id: "card-title" }, step.title), ...parts.filter(Boolean));
    if (held) document.getElementById(held).focus();
  });
}

/* A titled part of the card. */
function part(title, ...children) {
  return el("section", { class: "part" }, el("h3", {}, title), ...children);
}

// ---- which cell --------------------------------------------------------------------------------

/* Two fields for the row and column whose numbers are shown. */
function cellChooser(tensor, grid) {
  if (!grid || grid.size === 1) return null;
  const [row, column] = cellOf(grid);
  const field = (name, value, most, at) => el("label", {}, `${name} `, el("input", { type: "number", id: `cell-${name}`,
    min: 0, max: most - 1, value, onchange: (event) => {
      const chosen = Math.max(0, Math.min(most - 1, Math.trunc(event.target.valueAsNumber) || 0));
      set({ cell: at ? [row, chosen] : [chosen, column] });
    } }));
  return el("p", { class: "cell-chooser" }, "cell of ", nameOf(tensor), ": ",
    grid.rows > 1 && field("row", row, grid.rows, 0), field("column", column, grid.stored, 1),
    grid.stored < grid.columns && el("small", {}, ` ${grid.stored} of ${grid.columns} units are in this file`));
}

/* The chosen cell, kept inside a grid. */
function cellOf(grid) {
  return [Math.max(0, Math.min(state.cell[0], grid.rows - 1)), Math.max(0, Math.min(state.cell[1], grid.stored - 1))];
}

/* W1[0, 2], as the cell of a tensor is written. */
function cellName(tensor, row, column, prefix = "") {
  const place = tensor.shape.length > 1 ? `[${row}, ${column}]` : tensor.shape.length ? `[${column}]` : "";
  return el("span", { class: "cell-name" }, prefix, nameOf(tensor), place);
}

/* A number, with its sign as colour too. */
function figure(value, digits = 4) {
  return el("span", { class: `figure ${signClass(value)}`, dataset: { value: String(value) } }, number(value, digits));
}

// ---- sums of products --------------------------------------------------------------------------

const MOST_TERMS = 8;

/* a·b + c·d + … = total. Terms are [first, second, label]; the largest come first when there are
   too many, and the rest is one number, so that the sum can be checked. */
function sum(terms, total, digits) {
  let shown = terms, rest = null;
  if (terms.length > MOST_TERMS) {
    const value = ([a, b]) => Math.abs(a * (b === null ? 1 : b));
    shown = [...terms].sort((a, b) => value(b) - value(a)).slice(0, MOST_TERMS - 1);
    const inside = new Set(shown);
    rest = terms.filter((term) => !inside.has(term));
  }
  const factor = (value) => (value < 0 ? ["(", figure(value, digits), ")"] : figure(value, digits));
  return el("span", { class: "sum" }, shown.map(([a, b, label, marked], k) => [k ? " + " : "",
    el("span", { class: marked ? "term marked" : "term", title: label || "" }, b === null ? factor(a) : [factor(a), "·", factor(b)])]),
  rest && [" + ", el("span", { class: "term", title: "the remaining terms together" }, `${rest.length} smaller terms (`,
    figure(rest.reduce((all, [a, b]) => all + a * (b === null ? 1 : b), 0), digits), ")")],
  " = ", figure(total, digits));
}

// ---- cards by kind of step ---------------------------------------------------------------------

function forwardCard({ node }) {
  const output = doc.tensors[node.output], grid = output.value, [row, column] = cellOf(grid);
  return [
    part("Rule", el("p", {}, math(node.formula_math, node.formula))),
    node.shapes && part("With the shapes", el("p", { class: "shapes" }, node.shapes)),
    part("With this cell's numbers", cellChooser(output, grid),
      el("p", { class: "numbers" }, forwardNumbers(node, output, row, column))),
    facts(node)];
}

/* The forward numbers of one cell: a sum for a dense layer, else what goes in and what comes out. */
function forwardNumbers(node, output, row, column) {
  const [x, w, b] = node.inputs.map((id) => doc.tensors[id]), grid = output.value;
  const name = (letter) => cellName({ ...output, name: letter }, row, column);
  if (node.op === "dense" || node.op === "matmul" && x.shape.length === 2 && w.shape.length === 2) {
    const terms = [];
    for (let k = 0; k < x.value.columns; k++) terms.push([x.value.at(row, k), w.value.at(k, column), `${x.name}[${row}, ${k}]·${w.name}[${k}, ${column}]`]);
    if (b) terms.push([b.value.at(0, column), null, b.name]);
    const z = node.inner && node.inner.z;
    const act = node.arguments && node.arguments.activation;
    if (!z || !act || act === "linear" || act === "None") return [cellName(output, row, column), " = ", sum(terms, grid.at(row, column), grid.digits)];
    return [name("z"), " = ", sum(terms, z.at(row, column), z.digits), el("br"),
      cellName(output, row, column), ` = ${act}(`, figure(z.at(row, column), z.digits), ") = ", figure(grid.at(row, column), grid.digits)];
  }
  const inputs = node.inputs.map((id, i) => {
    const tensor = doc.tensors[id], place = aligned(tensor.value, grid, row, column);
    return place && [i ? ", " : "", cellName(tensor, ...place), " = ", figure(tensor.value.at(...place), tensor.value.digits)];
  });
  const from = inputs.every(Boolean) ? [inputs, " gives "] : "";
  return [from, cellName(output, row, column), " = ", figure(grid.at(row, column), grid.digits)];
}

/* The place in a grid that meets (row, column) of another of the same shape, or of a single number. */
function aligned(grid, other, row, column) {
  if (grid.size === 1) return [0, 0];
  if (same(grid.shape, other.shape)) return [row, column];
  if (grid.shape.length === 1 && grid.columns === other.columns) return [0, column];
  return null;
}

function seedCard() {
  const loss = doc.tensors[subject()];
  return [part("Rule", el("p", {}, "The backward pass starts at the loss. How fast does the loss change with itself?")),
    part("With the numbers", el("p", { class: "numbers" }, el("var", {}, "d", nameOf(loss)), "/", el("var", {}, "d", nameOf(loss)),
      " = ", figure(loss.grad ? loss.grad.item : 1)))];
}

function edgeCard(step) {
  const { edge, node, kind } = step, to = doc.tensors[edge.to], from = doc.tensors[edge.from];
  const grid = edge.contribution, [row, column] = cellOf(grid);
  const stage = { rule: 0, multiply: 1, accumulate: 2 }[kind];
  const names = ["local rule", "upstream × local", "accumulate"];
  const before = edge.before ? edge.before.at(row, column) : null;
  const target = () => cellName(to, row, column, "d");
  return [
    el("ol", { class: "stages", "aria-label": "The three steps of this edge" }, names.map((name, k) =>
      el("li", { class: k === stage ? "current" : k < stage ? "done" : "", "aria-current": k === stage ? "step" : null }, name))),
    part("Rule", el("p", {}, math(edge.rule_math, edge.rule)), el("p", { class: "shapes" }, edge.shapes || ""),
      el("p", { class: "small" }, "Upstream: the gradient of ", nameOf(from), ", what came back to ", node.op, ".")),
    part("With this cell's numbers", cellChooser(to, grid),
      el("p", { class: "numbers" }, target(), stage ? [stage === 2 ? " contribution = " : " = ", edgeNumbers(edge, node, row, column)] : " = —"),
      stage === 2 && el("p", { class: "numbers accumulate" }, target(), " = ",
        before === null ? el("span", {}, "nothing yet") : figure(before, grid.digits), " + ", figure(grid.at(row, column), grid.digits),
        " = ", figure(edge.total.at(row, column), edge.total.digits))),
    stage === 2 && verdict(edge.to),
    facts(node)];
}

/* How one cell of a contribution comes about. */
function edgeNumbers(edge, node, row, column) {
  const total = edge.contribution.at(row, column), digits = edge.contribution.digits;
  const [x, w] = node.inputs.map((id) => doc.tensors[id]);
  const dz = node.inner && node.inner.dz || (node.op === "matmul" ? edge.upstream : null);
  const flat = x && x.shape.length === 2;
  if (dz && flat && (node.op === "dense" || w.shape.length === 2)) {
    const terms = [], mark = (sample) => state.sample === sample;
    if (edge.index === 0) {
      for (let j = 0; j < w.value.stored; j++) terms.push([dz.at(row, j), w.value.at(column, j), `dz[${row}, ${j}]·${w.name}[${column}, ${j}]`]);
      if (w.value.stored < w.value.columns) return figure(total, digits);
    } else {
      for (let s = 0; s < dz.rows; s++) {
        const label = doc.samples && doc.samples[s] ? `sample ${s}: ${doc.samples[s]}` : `sample ${s}`;
        terms.push(edge.index === 1 ? [x.value.at(s, row), dz.at(s, column), label, mark(s)] : [dz.at(s, column), null, label, mark(s)]);
      }
    }
    return sum(terms, total, digits);
  }
  const up = edge.upstream && aligned(edge.upstream, edge.contribution, row, column);
  if (edge.local && up) {
    const place = aligned(edge.local, edge.contribution, row, column);
    if (place) return ["upstream ", figure(edge.upstream.at(...up), edge.upstream.digits), " × local ",
      figure(edge.local.at(...place), edge.local.digits), " = ", figure(total, digits)];
  }
  return figure(total, digits);
}

function updateCard({ update }) {
  const tensor = doc.tensors[update.tensor], grid = update.after, [row, column] = cellOf(grid);
  const cell = (array) => (array ? figure(array.at(...(array.size === 1 ? [0, 0] : [row, column])), array.digits) : "—");
  return [
    part(`${update.optimizer}, step ${update.step}`, el("p", {}, "learning rate ", figure(update.learning_rate))),
    part("With this cell's numbers", cellChooser(tensor, grid),
      el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Rows of the update" }, el("table", { class: "rows" },
        el("thead", {}, el("tr", {}, ["", "rule", "before", "after"].map((name) => (name ? el("th", { scope: "col" }, name) : el("td"))))),
        el("tbody", {}, update.rows.map((row) => el("tr", {}, el("th", { scope: "row" }, row.name),
          el("td", {}, math(row.math, row.formula)), el("td", {}, cell(row.before)), el("td", {}, cell(row.after)))))))),
    verdict(update.tensor)];
}

function doneCard() {
  return [part("What one step did", el("p", { class: "numbers" }, "loss before: ", figure(doc.loss)),
    el("p", { class: "numbers" }, "loss after this step: ", doc.loss_after === null ? "—" : figure(doc.loss_after)))];
}

// ---- what is known besides ---------------------------------------------------------------------

/* The numeric check of a gradient. */
function verdict(id) {
  const check = (doc.checks || []).find((entry) => entry.tensor === id);
  if (!check) return null;
  const good = check.verdict === "agrees", bad = check.verdict === "DISAGREES";
  return part("Numeric check", el("p", {}, el("strong", { class: `verdict ${good ? "good" : bad ? "bad" : ""}` },
    `${good ? "✓" : bad ? "✗" : "○"} ${check.verdict}`), ` ${check.checked} of ${check.of} numbers checked. `, check.why || ""));
}

/* The line of source that made a node, and what it kept for the backward pass. */
function facts(node) {
  const saved = Object.entries(node.saved || {});
  return part("Where it comes from",
    node.source && el("p", {}, el("code", {}, node.source.text), el("small", {}, ` ${node.source.file}, line ${node.source.line}`)),
    el("p", { class: "small" }, saved.length ? ["Kept for the backward pass: ", saved.map(([letter, id], k) =>
      [k ? ", " : "", el("var", {}, letter), " = ", nameOf(doc.tensors[id])])] : "Nothing is kept for the backward pass."));
}
