// Matrices: the arrays of a node as heatmaps. A picked cell lights what it is made of, and its sum
// is written out: for the gradient of a weight, one bar per sample.

const WINDOW = [8, 8];          // most rows and columns with numbers at a time

panel({ key: "matrix", title: "Matrices", available: () => doc.nodes.length > 0, render(root) {
  let pick = null;              // {key: of the matrix, row, column}
  const frames = new Map();     // by node what was drawn: it is drawn once, then kept up to date
  const frame = (node, all) => {
    const shown = {}, sum = el("div");
    const row = (title, formula, text, keys) => keys.length > 0 && [
      el("h3", {}, title), el("p", {}, math(formula, text)),
      el("div", { class: "matrices" }, keys.map((key) => {
        shown[key] = { place: el("div"), from: [] };
        return [/^local/.test(key) && key !== keys[1] && el("hr"), shown[key].place];
      }))];
    const swatch = (name, sign) =>
      el("span", { class: `heat ${name}`, style: { "--heat": "55%" } }, sign);
    const content = [
      el("p", { class: "kicker" }, node.layer !== null && `${doc.layers[node.layer].name}: `,
        node.op, " ", el("span", { class: "shapes" }, node.shapes)), sum,
      row("Forward", node.formula_math, node.formula, all.forward),
      row("Backward", node.vjp_math, node.vjp, all.backward),
      el("p", { class: "legend" }, swatch("minus", "−"), " orange: negative ", swatch("plus", "+"),
        " blue: positive; hatched: NaN or ∞. Full colour is the largest number of each matrix. ",
        "The arrow keys move in a matrix.")].flat().filter(Boolean);
    frames.set(node, { shown, sum, content });
    return frames.get(node);
  };
  const draw = () => {
    const on = document.activeElement, held = root.contains(on) && on.role === "gridcell";
    const node = nodeNow(), all = matricesOf(node);
    if (!all[pick.key]) pick.key = "y";         // nothing came back to what the step is about
    const { grid } = all[pick.key];
    pick.row = Math.max(0, Math.min(pick.row, grid.rows - 1));
    pick.column = Math.max(0, Math.min(pick.column, grid.stored - 1));
    const made = cellSum(node, all, pick.key, pick.row, pick.column);
    const { shown, sum, content } = frames.get(node) || frame(node, all);
    sum.replaceChildren(pickedCell(all[pick.key], pick, made));
    for (const key of [...all.forward, ...all.backward]) {      // only what has changed
      const at = pick.key === key ? [pick.row, pick.column] : null, lit = made.lit[key] || [];
      const { grid, known: there, check, name } = all[key];
      const near = pick.key === `d${key}` || key === `d${pick.key}` ? [pick.row, pick.column] : [];
      const from = [grid, there, check, name, ...at || [], "lit", ...lit, "near", ...near, state.sample];
      if (same(from, shown[key].from)) continue;
      shown[key].from = from;
      shown[key].place.replaceChildren(matrixFigure(all[key], at, lit, near, (row, column) => {
        pick = { key, row, column };
        const shared = key === subjectKey(node) && !same(state.cell, [row, column]);
        if (shared) set({ cell: [row, column] });
        else draw();
      }));
    }
    if (root.lastChild !== content.at(-1)) root.replaceChildren(...content);
    if (held) root.querySelector("[role=grid] .picked").focus();
  };
  const follow = () => {        // the step's own matrix, and the cell that the card shows
    pick = { key: subjectKey(nodeNow()), row: state.cell[0], column: state.cell[1] };
    draw();
  };
  listen(["step", "cell"], follow);
  listen(["sample", "predict"], draw);
} });

/* The node the step is about; for an update the one that used the weight. */
function nodeNow() {
  const { used_by, made_by } = doc.tensors[subject()];
  return stepNow().node || doc.nodes[used_by[0] ?? made_by] || doc.nodes.at(-1);
}

/* Which of a node's matrices the step is about. */
function subjectKey(node) {
  const { edge, updates, kind } = stepNow(), id = updates[0]?.tensor ?? edge?.to;
  if (isShared(id ?? lossId()) && kind !== "rule" && kind !== "multiply") return `sum${id}`;
  const used = updates.length ? node.inputs.indexOf(id) : -1;
  return edge ? `d${edge.index}` : used >= 0 ? `d${used}` : "y";
}

/* The matrices of a node by key, each with its name, the sign before it and whether it is known:
   inputs "0", "1", "2"; its output "y"; "z" before the activation and its "slope"; "dy" what came
   back to it, "dz" = dy · slope, "d0", "d1", … what it sends back to its inputs, and "sum7" the
   gradient so far of tensor 7, if it gets several contributions. */
function matricesOf(node) {
  const all = { forward: [], backward: [] }, output = doc.tensors[node.output];
  const { z, slope, dz } = node.inner || {}, linear = isLinear(node);
  const edges = doc.edges.filter((edge) => edge.node === node.id);
  const begun = edges.length && state.step >= known.contribution[edges[0].id] - 1;
  const ran = state.step >= known.value[output.id], curved = linear && z && hasActivation(node);
  const pixels = isImage(doc.tensors[node.inputs[0]]) ? [1, 0] : [];  // the axis that has them
  const add = (row, key, sign, name, grid, there, { batched = true } = {}, index) => {
    if (!grid) return;
    all[key] = { key, sign, name, grid, known: there, batched, pixels: pixels[index] };
    all[row].push(key);
  };
  node.inputs.forEach((id, k) => {
    const tensor = doc.tensors[id], there = state.step >= known.value[id];
    const sign = k === 0 ? "" : linear ? ["·", "+"][k - 1] : ",";
    add("forward", `${k}`, sign, tensor.name, tensor.value, there, tensor, k);
  });
  if (curved) add("forward", "z", "=", "z", z, ran);
  add("forward", "y", linear && !curved ? "=" : "→", output.name, output.value, ran, output);
  const upstream = gradientNow(output.id);
  add("backward", "dy", "", `d${output.name}`, upstream || edges[0]?.upstream, upstream, output);
  if (curved) {
    add("backward", "slope", "×", "f′(z)", slope, begun);
    add("backward", "dz", "=", "dz", dz, begun);
  }
  for (const edge of edges) {
    const to = doc.tensors[edge.to], k = edge.index;
    const hidden = state.predict && stepNow().edge === edge;
    const there = state.step >= known.contribution[edge.id] && !hidden;
    if (!linear) add("backward", `local${k}`, "×", `local to ${to.name}`, edge.local, begun, to);
    const shared = isShared(to.id), name = `${shared ? "contribution to " : ""}d${to.name}`;
    add("backward", `d${k}`, linear ? "" : "=", name, edge.contribution, there, to, k);
    Object.assign(all[`d${k}`], { edge, check: !shared && isWhole(to.id) && checkFor(to.id) });
  }
  for (const id of new Set(edges.map(({ to }) => to).filter(isShared))) {
    const to = doc.tensors[id], now = gradientNow(id), whole = isWhole(id);
    add("backward", `sum${id}`, "Σ", `d${to.name}${whole ? "" : " so far"}`, now || to.grad, now, to);
    all[`sum${id}`].check = whole && checkFor(id);
  }
  return all;
}
function isLinear({ op, inputs }) {
  return op === "dense" ||
    op === "matmul" && inputs.every((id) => doc.tensors[id].shape.length === 2);
}
function hasActivation({ arguments: { activation } }) {
  return ![undefined, null, "None", "linear"].includes(activation);
}
function isImage({ role, made_by }) {
  const { op, inputs } = doc.nodes[made_by] || {};
  return role === "input" || op === "reshape" && doc.tensors[inputs[0]].role === "input";
}

/* How a cell comes about: the terms that the rule adds, [a, b (null: just a), what it is, whether
   it is the chosen sample's]; Python's number; `lit`, which [row, column] of which matrix (null:
   all); and the same in words. */
function cellSum(node, all, key, row, column) {
  const at = (name, ...cell) => all[name].grid.at(...cell), name = (k) => all[k].name;
  const made = { terms: [], total: at(key, row, column), lit: {}, how: "" };
  const { edge } = all[key], back = all.dz ? all.dz.grid : edge?.upstream;      // whole, at any step
  const dz = all.dz ? "dz" : "dy", linear = isLinear(node), rows = all[0].grid.rows === doc.batch;
  const sample = (s) => [rows ? sampleName(s) : `row ${s}`, rows && s === state.sample];
  const say = (how, lit, count, term) => Object.assign(made, { how, lit,
    terms: Array.from({ length: count }, (_, k) => term(k)) });
  if (linear && key === (all.z ? "z" : "y")) {
    say(`row ${row} of ${name(0)} times column ${column} of ${name(1)}`,
      { 0: [row, null], 1: [null, column], 2: [0, column] }, all[0].grid.columns, (k) =>
        [at(0, row, k), at(1, k, column), `${name(0)}[${row}, ${k}]·${name(1)}[${k}, ${column}]`]);
    if (all[2]) {
      made.terms.push([at(2, 0, column), null, `${name(2)}[${column}]`]);
      made.how += `, plus ${name(2)}`;
    }
  } else if (linear && key === "d1") {
    say(`column ${row} of ${name(0)} times column ${column} of ${name(dz)}, summed over the batch`,
      { 0: [null, row], [dz]: [null, column] }, all[0].grid.rows, (s) =>
        [at(0, s, row), back.at(s, column), ...sample(s)]);
  } else if (linear && key === "d2") {
    say(`column ${column} of ${name(dz)}, summed over the batch`, { [dz]: [null, column] },
      back.rows, (s) => [back.at(s, column), null, ...sample(s)]);
  } else if (linear && key === "d0") {
    const label = (j) => `${name(dz)}[${row}, ${j}]·${name(1)}[${column}, ${j}]`;
    say(`row ${row} of ${name(dz)} times row ${column} of ${name(1)}`,
      { [dz]: [row, null], 1: [column, null] }, all[1].grid.columns, (j) =>
        [back.at(row, j), at(1, column, j), label(j)]);
  } else if (key === "dz" && all.slope) {
    say("upstream times the slope of the activation", { dy: [row, column], slope: [row, column] },
      1, () => [at("dy", row, column), at("slope", row, column), ""]);
  } else if (key === "y" && all.z && all.slope) {
    const z = all.z.grid.text(row, column);
    say(`${node.arguments.activation} of z = ${z}`, { z: [row, column] }, 0);
  } else if (key === "y" && all.z) {
    say(`${node.arguments.activation} of row ${row} of z`, { z: [row, null] }, 0);
  } else if (key === "dz") {
    say(`the rule of ${node.arguments.activation} takes all of row ${row} of ${name("dy")}`,
      { dy: [row, null], y: [row, null] }, 0);
  } else if (/^sum/.test(key)) {
    const arrived = doc.edges.filter(({ to }) => key === `sum${to}`).slice(0, known.gradient[
      key.slice(3)].filter(([step]) => step <= state.step).length);
    say("the contributions that have arrived, added up", {}, arrived.length, (k) =>
      [arrived[k].contribution.at(row, column), null, `from ${doc.nodes[arrived[k].node].op}`]);
  } else if (!linear && edge && all[`local${key[1]}`]) {
    const cell = [row, column], local = `local${key[1]}`;
    const place = aligned(all[local].grid, all[key].grid, cell);
    const up = place && upstreamPlace(edge, cell, at(local, ...place));
    if (up) {
      say("upstream times the local derivative", { dy: up, [local]: place, [key[1]]: cell }, 1,
        () => [edge.upstream.at(...up), at(local, ...place), ""]);
    }
  }
  if (made.terms.flat().includes(undefined)) made.terms = [];      // not all of it is in the file
  return made;
}

/* The cell of the upstream gradient that meets a cell of the contribution: of those in question
   (the same place, the same row, the same column) the one whose product is the contribution. */
function upstreamPlace({ upstream, contribution }, [row, column], local) {
  const total = contribution.at(row, column);
  const close = (contribution.digits === 3 ? 4e-3 : 2e-6) * Math.abs(total);
  const places = upstream.size === 1 ? [[0, 0]] : same(upstream.shape, contribution.shape)
    ? [[row, column]] : [[0, row], [0, column]];
  return places.find((place) => Object.is(upstream.at(...place) * local, total) ||
    Math.abs(upstream.at(...place) * local - total) <= close);
}
function product([a, b]) { return b === null ? a : a * b; }

// ---- the picked cell ---------------------------------------------------------------------------

const MOST_BARS = 64;

/* The picked cell's number and, if it is a sum, its terms as bars. */
function pickedCell(matrix, { row, column }, { terms, total, how }) {
  const { digits } = matrix.grid;
  const box = (...children) => el("section", { class: "sum-of-cell" },
    el("h3", { class: "cell-name" }, placeName(matrix, row, column), " = ",
      matrix.known ? figure(total, digits) : number()), children);
  if (!matrix.known) return box(el("p", { class: "note" }, "Not computed yet at this step."));
  if (terms.length < 2) {
    return box(terms.length > 0 && el("p", { class: "numbers" }, sum(terms, total, digits)),
      how && el("p", { class: "note" }, how));
  }
  const shown = terms.length > MOST_BARS ? shortened(terms, MOST_BARS / 4) : terms;
  const largest = Math.max(...shown.map((term) => Math.abs(product(term)))) || 1;
  const bar = (value) => {
    const long = 50 * Math.abs(value) / largest || 0;
    return el("span", { class: `bar-of ${signClass(value)}`,
      style: { "--from": `${value < 0 ? 50 - long : 50}%`, "--long": `${long}%` } });
  };
  const line = ([a, b, title, marked]) => el("tr", { class: marked && "marked" },
    el("th", { scope: "row" }, title),
    el("td", {}, b !== null && [figure(a, digits), " · ", figure(b, digits)]),
    el("td", {}, b !== null && "= ", figure(product([a, b]), digits)),
    el("td", { class: "bar-cell", "aria-hidden": "true" }, bar(product([a, b]))));
  return box(el("p", { class: "note" }, how),
    el("div", { class: "scroll tall", tabindex: 0, role: "region", "aria-label": "Terms" },
      el("table", { class: "terms" },
        el("tbody", {}, shown.map(line)),
        el("tfoot", {}, el("tr", {}, el("th", { scope: "row" }, "sum"), el("td"),
          el("td", {}, figure(total, digits)), el("td"))))));
}

/* The largest terms, and all others together as one. */
function shortened(terms, most) {
  if (terms.length <= most) return terms;
  const sorted = [...terms].sort((s, t) => Math.abs(product(t)) - Math.abs(product(s)));
  const rest = sorted.splice(most - 1);
  const together = rest.reduce((all, term) => all + product(term), 0);
  return [...sorted, [together, null, `the other ${rest.length} together`, false]];
}

/* dW1[0, 2]: a cell of a matrix. */
function placeName({ name, grid }, ...cell) { return name + placeText(grid.shape, cell); }

// ---- one matrix --------------------------------------------------------------------------------

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
  Home: [0, -Infinity], End: [0, Infinity], PageUp: [-WINDOW[0], 0], PageDown: [WINDOW[0], 0] };

/* A heatmap with numbers; of a large matrix a window around the picked or lit cells, or the place
   `near` which the picked one stands in the gradient, or in what it is the gradient of. */
function matrixFigure(matrix, pick, lit, near, choose) {
  const { grid, name, sign, known: there } = matrix, length = [grid.rows, grid.stored];
  const centre = pick || [0, 1].map((axis) => lit[axis] ?? near[axis] ?? 0);
  const from = length.map((n, k) =>
    Math.max(0, Math.min(centre[k] - WINDOW[k] / 2, n - WINDOW[k])));
  const range = (k) =>
    Array.from({ length: Math.min(WINDOW[k], length[k]) }, (_, i) => from[k] + i);
  const isLit = (...cell) => cell.every((place, k) => lit[k] === null || lit[k] === place);
  const cell = (row, column) => {
    const value = there ? grid.at(row, column) : null, text = number(value, grid.digits);
    const picked = pick && same(pick, [row, column]), on = isLit(row, column);
    const heat = value && 55 * Math.min(1, Math.abs(value) / grid.largest) || 0;
    return el("td", { role: "gridcell", dataset: { row, column }, "aria-selected": picked && "true",
      tabindex: picked || !pick && same([row, column], from) ? 0 : -1,
      "aria-label": `${placeName(matrix, row, column)}: ${there ? text : "not computed yet"}`,
      class: `heat ${signClass(value)} ${on ? "lit" : ""} ${picked ? "picked" : ""}`,
      style: { "--heat": `${heat.toFixed(1)}%` } }, text);
  };
  const table = el("table", { role: "grid", "aria-label": `${name} ${shapeText(grid.shape)}`,
    "aria-rowcount": grid.rows, "aria-colcount": grid.columns,
    onclick: ({ target: { dataset: { row, column } } }) =>
      row && choose(Number(row), Number(column)),
    onkeydown: (event) => {
      const at = [event.target.dataset.row, event.target.dataset.column].map(Number);
      if (!MOVES[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      choose(...MOVES[event.key].map((by, k) => Math.max(0, Math.min(at[k] + by, length[k] - 1))));
    } },
  range(0).map((row) => el("tr",
    { role: "row", class: matrix.batched && row === state.sample && "marked" },
    range(1).map((column) => cell(row, column)))));
  const part = (k, what) => length[k] > WINDOW[k] &&
    `${what} ${from[k]} to ${from[k] + WINDOW[k] - 1} of ${k ? grid.columns : grid.rows}`;
  const parts = [part(0, "rows"), part(1, "columns"), grid.stored < grid.columns &&
    `${grid.stored} columns are in this file`].filter(Boolean);
  return el("figure", { class: "matrix", dataset: { matrix: matrix.key, sign } },
    el("figcaption", {}, el("b", {}, nameOf({ name })), " ",
      el("span", { class: "shapes" }, shapeText(grid.shape))),
    el("div", { class: "tiles" },
      there && parts.length > 0 && grid.rows > 1 && picture(matrix, centre, choose),
      el("div", {}, parts.length > 0 && el("small", {}, `numbers of ${parts.join(", ")}`),
        el("div", { class: "scroll" }, table))),
    there && grid.size > 1 && el("small", {}, grid.odd < grid.rows * grid.stored &&
      `full colour ${number(grid.largest, grid.digits)}`, grid.odd > 0 &&
      ` · ${grid.odd} of ${grid.size} NaN or ∞`),
    there && matrix.check && el("small", {}, " ", badge(matrix.check.verdict)));
}

// ---- pictures of large matrices ----------------------------------------------------------------

/* A large matrix as pixels. Weights that look at an image are one image per unit, and images
   themselves one per sample; the chosen one is shown larger. A click picks the cell. */
function picture(matrix, [row, column], choose) {
  const { grid, name, pixels } = matrix;
  const side = Math.sqrt([grid.rows, grid.stored][pixels] ?? 0.5);
  if (!Number.isInteger(side)) {
    return canvasOf(matrix, [grid.stored, grid.rows], (x, y) => [y, x], [column, row],
      Math.min(4, 300 / grid.stored), `${name} as a picture`, choose);
  }
  const count = pixels ? grid.rows : grid.stored, wide = Math.min(8, count), step = side + 1;
  const [tile, pixel] = pixels ? [row, column] : [column, row];
  const cell = (t, x, y) => (t < count && x < side && y < side
    ? pixels ? [t, y * side + x] : [y * side + x, t] : null);
  const across = pixel % side, down = Math.floor(pixel / side), what = pixels ? "sample" : "unit";
  const place = `${what} ${tile} of ${count}, pixel in row ${down}, column ${across}`;
  const size = [wide * step, Math.ceil(count / wide) * step];
  return el("div", { class: "tiles" },
    canvasOf(matrix, size,
      (x, y) => cell(Math.floor(y / step) * wide + Math.floor(x / step), x % step, y % step),
      [tile % wide * step + across, Math.floor(tile / wide) * step + down], 1,
      `${name}: an image of ${side} by ${side} for each ${what}`, choose),
    el("div", {}, canvasOf(matrix, [side, side], (x, y) => cell(tile, x, y), [across, down], 5,
      `${name}: ${place}`, choose), el("small", {}, place)));
}

/* A canvas with a pixel for each number, and a frame around the picked one. */
function canvasOf({ grid }, [width, height], cell, [left, top], scale, label, choose) {
  const share = (part, whole) => `${100 * part / whole}%`;
  const canvas = painted(grid, width, height, cell, label);
  canvas.style.setProperty("width", `${width * scale}px`);
  return el("div", { class: "pixels", onclick: (event) => {
    const found = cell(Math.floor(event.offsetX / canvas.clientWidth * width),
      Math.floor(event.offsetY / canvas.clientHeight * height));
    if (found) choose(...found);
  } }, canvas, el("span", { class: "spot", style: {
    left: share(left, width), top: share(top, height),
    width: share(1, width), height: share(1, height) } }));
}

/* The canvas of an array; it is painted once and then kept. */
const canvases = new WeakMap();
function painted(grid, width, height, cell, label) {
  if (!canvases.has(grid)) canvases.set(grid, {});
  if (canvases.get(grid)[label]) return canvases.get(grid)[label];
  const canvas = el("canvas", { width, height, role: "img", "aria-label": label });
  const context = canvas.getContext("2d"), image = context.createImageData(width, height);
  const [plus, minus] = ["--plus", "--minus"].map((name) => getComputedStyle(document.body)
    .getPropertyValue(name).match(/[0-9a-f]{2}/g).map((part) => parseInt(part, 16)));
  for (let place = 0; place < width * height; place++) {
    const found = cell(place % width, Math.floor(place / width));
    const value = found && grid.at(...found);
    if (!Number.isFinite(value)) {      // a chequerboard: null is no cell
      const grey = place % width + place / width & 1 ? 90 : 180;
      if (typeof value === "number") image.data.set([grey, grey, grey, 255], 4 * place);
      continue;
    }
    const [red, green, blue] = value > 0 ? plus : minus;
    image.data[4 * place] = red;
    image.data[4 * place + 1] = green;
    image.data[4 * place + 2] = blue;
    image.data[4 * place + 3] = 255 * Math.min(1, Math.abs(value) / grid.largest);
  }
  context.putImageData(image, 0, 0);
  return (canvases.get(grid)[label] = canvas);
}
