// The card of the current step: rule, shapes, this cell's numbers, check, source, what was kept.

const CARDS = { forward: forwardCard, loss: forwardCard, seed: seedCard, rule: edgeCard,
  multiply: edgeCard, accumulate: edgeCard, update: updateCard, done: doneCard };

function card(root) {
  listen(["step", "cell", "sample", "predict"], () => {
    const step = stepNow(), field = root.contains(document.activeElement)
      ? document.activeElement.id : null;
    root.replaceChildren(
      el("p", { class: "kicker" }, `step ${state.step + 1} of ${doc.steps.length}`),
      el("h2", { id: "card-title" }, step.title), ...CARDS[step.kind](step).filter(Boolean));
    if (field) document.getElementById(field)?.focus();
    requestAnimationFrame(() => {       // with the page's own layout, not before
      for (const rule of root.querySelectorAll(".rule")) {
        if (rule.scrollWidth <= rule.clientWidth) continue;
        fill(rule, { tabindex: 0, role: "region", "aria-label": "Rule" }, []);    // to scroll it
      }
    });
  });
}

/* A titled part of the card. */
function part(title, ...children) {
  return el("section", { class: "part" }, el("h3", {}, title), ...children);
}
function rule(text, plain) { return el("p", { class: "rule" }, math(text, plain)); }
function shapesPart(text) {
  return text && part("With the shapes", el("p", { class: "shapes" }, text));
}

// ---- which cell --------------------------------------------------------------------------------

/* The chosen cell, kept inside a grid. */
function cellOf(grid) {
  const inside = (place, length) => Math.max(0, Math.min(place, length - 1));
  return [inside(state.cell[0], grid.rows), inside(state.cell[1], grid.stored)];
}

/* Fields for the row and column whose numbers are shown. */
function cellChooser(tensor, grid) {
  if (grid.size === 1) return null;
  const cell = cellOf(grid);
  const field = (name, axis, length) => length > 1 && el("label", {}, `${name} `,
    el("input", { type: "number", id: `cell-${name}`, min: 0, max: length - 1, value: cell[axis],
      onchange: (event) => {
        const chosen = [...cell];
        chosen[axis] = Math.trunc(event.target.valueAsNumber) || 0;
        set({ cell: chosen });
      } }));
  return el("p", { class: "cell-chooser" }, el("span", {}, "Cell of ", nameOf(tensor)),
    field("row", 0, grid.rows), field("column", 1, grid.stored), grid.stored < grid.columns &&
      el("small", {}, `This file holds ${grid.stored} of ${grid.columns} columns.`));
}

/* W1[0, 2], as a cell is written. */
function cellName(tensor, cell, prefix = "") {
  return el("span", { class: "cell-name" }, prefix, nameOf(tensor), placeText(tensor.shape, cell));
}

/* All indices of a cell: the row of an array with more than two axes stands for several. */
function placeText(shape, [row, column]) {
  const place = shape.length ? [column] : [];
  for (const length of shape.slice(0, -1).reverse()) {
    place.unshift(row % length);
    row = Math.floor(row / length);
  }
  return place.length ? `[${place.join(", ")}]` : "";
}

/* A number, its sign as colour too. */
function figure(value, digits = 4) {
  return el("span", { class: `figure ${signClass(value)}` }, number(value, digits));
}
function figureAt(grid, cell) { return figure(grid.at(...cell), grid.digits); }

// ---- sums of products --------------------------------------------------------------------------

const MOST_TERMS = 8;

/* a·b + c·d + … = total, each term [a, b (null: just a), what it is, whether to mark it]. Of many,
   the largest are written and the others as one number, so that the sum can be checked. */
function sum(terms, total, digits) {
  if (terms.flat().includes(undefined)) return figure(total, digits);   // not all in this file
  const value = ([a, b]) => a * (b ?? 1);
  let shown = terms, rest = [];
  if (terms.length > MOST_TERMS) {
    const weight = (term) => (term[3] ? Infinity : Math.abs(value(term)));
    shown = [...terms].sort((s, t) => (weight(t) > weight(s)) - (weight(t) < weight(s)));
    rest = shown.splice(MOST_TERMS - 1);
  }
  const factor = (x) => [x < 0 && "(", figure(x, digits), x < 0 && ")"];
  const term = (product, label, marked) => el("span", { class: marked ? "term marked" : "term" },
    el("span", {}, product), el("small", {}, label));
  const written = shown.map(([a, b, label, marked]) =>
    term([factor(a), b !== null && ["·", factor(b)]], label, marked));
  if (rest.length) {
    const others = rest.reduce((all, term) => all + value(term), 0);
    written.push(term(factor(others), `${rest.length} smaller terms`));
  }
  return el("span", { class: "sum" }, written.map((one, place) => [place > 0 && " + ", one]),
    el("span", { class: "total" }, "= ", figure(total, digits)));
}

/* What the letters of a node's formulas stand for in this graph, where that is not the same. */
function lettersOf({ formula, letters, inputs, output }) {
  const [left] = formula.split(" ="), pairs = [[left.length === 1 ? left : "y", output],
    ...letters.map((letter, place) => [letter, inputs[place]])];
  const other = pairs.filter(([letter, id]) => letter !== doc.tensors[id].name && letter !== "seed");
  return other.length > 0 && el("p", { class: "small" }, "Here ", other.map(([letter, id], place) =>
    [place > 0 && ", ", el("var", {}, letter), " is ", nameOf(doc.tensors[id])]), ".");
}

// ---- forward -----------------------------------------------------------------------------------

function forwardCard({ node }) {
  const output = doc.tensors[node.output], cell = cellOf(output.value);
  return [part("Rule", rule(node.formula_math, node.formula), lettersOf(node)),
    shapesPart(node.shapes),
    part("With this cell's numbers", cellChooser(output, output.value),
      el("div", { class: "numbers" }, forwardNumbers(node, output, cell))), origin(node)];
}

/* One cell of an output: a sum for a dense layer, else what goes in and what comes out. */
function forwardNumbers(node, output, cell) {
  const all = matricesOf(node), result = [cellName(output, cell), " = "];
  const { terms, total } = cellSum(node, all, all.z ? "z" : "y", ...cell);
  if (all.z && terms.length) {
    return [el("p", {}, cellName({ ...output, name: "z" }, cell), " = ",
      sum(terms, total, all.z.grid.digits)),
    el("p", {}, result, `${node.arguments.activation}(`, figureAt(all.z.grid, cell), ") = ",
      figureAt(output.value, cell))];
  }
  if (terms.length) return [result, sum(terms, total, output.value.digits)];
  const inputs = node.inputs.map((id) => {
    const tensor = doc.tensors[id], place = aligned(tensor.value, output.value, cell);
    return place && el("p", {}, cellName(tensor, place), " = ", figureAt(tensor.value, place));
  });
  return [inputs.every(Boolean) && inputs, el("p", {}, result, figureAt(output.value, cell))];
}

/* The place in a grid that meets a cell of another grid; null if there is not exactly one. */
function aligned(grid, other, [row, column]) {
  if (grid.size === 1) return [0, 0];
  if (same(grid.shape, other.shape)) return [row, column];
  return grid.shape.length === 1 && grid.columns === other.columns ? [0, column] : null;
}

// ---- backward ----------------------------------------------------------------------------------

function seedCard() {
  const loss = doc.tensors[lossId()], name = () => cellName(loss, [0, 0], "d");
  return [part("Rule", el("p", {}, "How fast does the loss change with itself? One to one. " +
    "From here every gradient is made by going backward through the graph.")),
  part("With the numbers", el("p", { class: "numbers" }, name(), " / ", name(), " = ",
    figure(loss.grad ? loss.grad.item : 1)))];
}

function edgeCard({ edge, node, kind }) {
  const to = doc.tensors[edge.to], grid = edge.contribution, cell = cellOf(grid);
  const stage = ["rule", "multiply", "accumulate"].indexOf(kind);
  const target = () => cellName(to, cell, "d");
  return [
    el("ol", { class: "stages", "aria-label": "Parts of this step" },
      ["local rule", "upstream × local", "accumulate"].map((name, place) => el("li",
        { class: place < stage && "done", "aria-current": place === stage && "step" }, name))),
    part("Rule", edge.where && rule(edge.where_math, edge.where),
      rule(edge.rule_math, edge.rule), lettersOf(node),
      el("p", { class: "small" }, "Upstream is the gradient of ",
        nameOf(doc.tensors[edge.from]), ".")),
    shapesPart(edge.shapes),
    part("With this cell's numbers", cellChooser(to, grid),
      el("p", { class: "numbers contribution" },
        stage === 2 || isShared(to.id) ? "contribution = " : [target(), " = "],
        stage && !state.predict ? edgeNumbers(edge, node, cell) : number()),
      stage === 2 && el("p", { class: "numbers accumulate" }, target(), " = ",
        edge.before ? figureAt(edge.before, cell) : "nothing yet", " + ", figureAt(grid, cell),
        " = ", figureAt(edge.total, cell), !isWhole(to.id) && " so far")),
    stage === 2 && isWhole(to.id) && verdict(to.id), origin(node)];
}

/* How one cell of a contribution comes about. */
function edgeNumbers({ index, contribution }, node, cell) {
  const { terms, total } = cellSum(node, matricesOf(node), `d${index}`, ...cell);
  const { digits } = contribution;
  if (!terms.length) return figure(total, digits);
  if (isLinear(node)) return sum(terms, total, digits);
  const [[upstream, local]] = terms;
  return ["upstream ", figure(upstream, digits), " × local ", figure(local, digits), " = ",
    figure(total, digits)];
}

// ---- update ------------------------------------------------------------------------------------

function updateCard({ updates }) {
  return updates.map((update) => {
    const tensor = doc.tensors[update.tensor], cell = cellOf(update.after);
    const at = (grid) => (grid ? figureAt(grid, grid.size === 1 ? [0, 0] : cell) : number());
    const heads = ["what", "rule", "before", "after"].map((name) =>
      el("th", { scope: "col" }, name));
    const rows = update.rows.map((row) => el("tr", {}, el("th", { scope: "row" }, row.name),
      el("td", {}, math(row.math, row.formula)), el("td", {}, at(row.before)),
      el("td", {}, at(row.after))));
    return part(`${update.optimizer}, step ${update.step}`, cellChooser(tensor, update.after),
      el("div", { class: "scroll", tabindex: 0, role: "region",
        "aria-label": `Update of ${tensor.name}` },
        el("table", {}, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, rows))),
      el("p", { class: "small" }, "learning rate ", figure(update.learning_rate)));
  });
}

function doneCard() {
  if (doc.loss_after === null) {
    return [part("No update", el("p", {}, "loss: ", figure(doc.loss)), el("p", {},
      "Gradients were computed, and nothing was changed with them."))];
  }
  return [part("What one step did", el("p", {}, "loss before: ", figure(doc.loss)),
    el("p", {}, "loss after this step: ", figure(doc.loss_after)))];
}

// ---- what is known besides ---------------------------------------------------------------------

/* The numeric check of a gradient. */
function verdict(id) {
  const check = checkFor(id);
  return check && part("Numeric check", el("p", {}, badge(check.verdict),
    ` ${check.checked} of ${check.of} numbers checked. `, check.why));
}

/* The line of source that made a node, and what it kept for the backward pass. */
function origin({ source, saved }) {
  const kept = Object.entries(saved || {}).map(([letter, id], place) => [place > 0 && ", ",
    el("var", {}, letter), " = ", nameOf(doc.tensors[id])]);
  return part("Where it comes from", source && el("p", { class: "source" },
    el("code", {}, source.text), " ", el("small", {}, `${source.file}, line ${source.line}`)),
  el("p", { class: "small" }, "Kept for the backward pass: ", kept.length ? kept : "nothing"));
}
