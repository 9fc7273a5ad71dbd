// The graph: Python drew boxes and lines; here values, gradients and the current step come in.

const ZOOMS = ["layers", "operations", "scalars"];

function graph(root) {
  const bar = root.querySelector(".bar");
  const zooms = el("div", { role: "group", "aria-label": "Zoom", class: "switch" }, ZOOMS.map((name, index) =>
    el("button", { type: "button", dataset: { zoom: name }, title: `${name} (${index + 1})`,
      onclick: () => set({ zoom: name }) }, name)));
  const sample = el("select", { id: "sample", onchange: () =>
    set({ sample: sample.value === "all" ? "all" : Number(sample.value) }) },
  el("option", { value: "all" }, `all: the batch of ${doc.batch}`),
  (doc.samples || []).map((label, index) => el("option", { value: index }, `${index}: ${label}`)));
  bar.append(zooms, doc.batch ? el("label", {}, "sample ", sample) : "");
  const note = el("p", { class: "note", id: "graph-note" });
  bar.after(note);
  const views = Object.fromEntries(ZOOMS.map((name) => [name, document.getElementById(`zoom-${name}`)]));
  const parts = Object.fromEntries(ZOOMS.map((name) => [name, views[name] && index(views[name])]));
  listen(["zoom"], () => {
    for (const name of ZOOMS) {
      if (views[name]) views[name].hidden = name !== state.zoom;
      const why = document.getElementById(`no-${name}`);
      if (why) why.hidden = name !== state.zoom;
      zooms.querySelector(`[data-zoom=${name}]`).setAttribute("aria-pressed", name === state.zoom);
    }
  });
  listen(["zoom", "step", "sample", "tensor", "cell"], () => {
    sample.value = state.sample;
    const one = state.zoom === "scalars" && state.sample === "all" && doc.batch > 1;
    note.textContent = one ? `Single numbers belong to one sample: shown is sample 0, ${doc.samples[0]}. ` +
      "Gradients of its values are parts of the batch's; those of the weights are summed over the batch." : "";
    note.hidden = !one;
    const part = parts[state.zoom];
    if (!part) return;
    (state.zoom === "scalars" ? paintScalars : paintBoxes)(part);
    follow(views[state.zoom], part);
  });
}

/* The elements of one drawing, found once. */
function index(view) {
  const all = (selector) => [...view.querySelectorAll(selector)];
  const numbers = (text) => (text ? text.split(" ").map(Number) : []);
  const tensors = all("[data-tensor]").map((box) => ({ box, id: Number(box.dataset.tensor),
    value: box.querySelector(".value"), gradient: box.querySelector(".gradient"), shown: {} }));
  tensors.forEach(({ box, id }, position) => {
    box.setAttribute("tabindex", position ? -1 : 0);
    box.addEventListener("click", () => set({ tensor: id, cell: [0, 0] }));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") set({ tensor: id, cell: [0, 0] });
      else if (!moveFocus(event, tensors.map((entry) => entry.box), position)) return;
      event.preventDefault();
      event.stopPropagation();
    });
  });
  return {
    tensors,
    nodes: all(".node").map((box) => ({ box, nodes: numbers(box.dataset.nodes) })),
    wires: all(".wire").map((line) => ({ line, nodes: numbers(line.dataset.nodes || line.dataset.node),
      edge: line.dataset.edge ? Number(line.dataset.edge) : null, weight: line.dataset.weight,
      cell: Number(line.dataset.cell) })),
    backs: all("[data-edges]").map((line) => ({ line, edges: numbers(line.dataset.edges) })),
    ups: all("[data-up]").map((line) => ({ line, tensor: Number(line.dataset.up) })),
    parameters: all("[data-parameter]").map((line) => ({ line, id: Number(line.dataset.parameter) })),
    units: all("[data-unit]").map((box) => ({ box, id: Number(box.dataset.unit),
      cell: Number(box.dataset.cell), value: box.querySelector(".value"),
      gradient: box.querySelector(".gradient") })),
  };
}

/* Move the focus among elements of which one at a time can be reached with the tab key. */
function moveFocus(event, elements, position) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const target = step ? position + step : { Home: 0, End: elements.length - 1 }[event.key];
  if (target === undefined || !elements[target]) return false;
  elements[position].setAttribute("tabindex", -1);
  elements[target].setAttribute("tabindex", 0);
  elements[target].focus();
  return true;
}

// ---- boxes of tensors and operations -----------------------------------------------------------

function paintBoxes(part) {
  const step = stepNow(), about = subject();
  const running = (node) => step.node !== null && step.node.id === node;
  for (const entry of part.tensors) {
    const tensor = doc.tensors[entry.id];
    paintGrid(entry, "value", valueNow(entry.id), tensor, 12);
    if (tensor.requires_grad) paintGrid(entry, "gradient", gradientNow(entry.id), tensor, 68);
    entry.box.classList.toggle("current", entry.id === about);
    entry.box.classList.toggle("chosen", entry.id === state.tensor);
    entry.box.setAttribute("aria-label", describe(tensor));
  }
  for (const { box, nodes } of part.nodes) box.classList.toggle("current", nodes.some(running));
  for (const { line, nodes } of part.wires) {
    line.classList.toggle("current", nodes.some(running) && step.edge === null);
    line.classList.toggle("done", nodes.some((node) => state.step >= known.value[doc.nodes[node].output]));
  }
  for (const { line, edges } of part.backs) {
    const reached = edges.filter((edge) => reachedAt(edge) <= state.step);
    const sign = reached.length ? signOf(doc.edges[reached.at(-1)].contribution) : "";
    line.setAttribute("data-sign", sign);
    line.classList.toggle("current", step.edge !== null && edges.includes(step.edge.id));
    if (line.localName === "text") line.textContent = sign;
  }
  for (const { line, tensor } of part.ups) {
    const now = gradientNow(tensor);
    line.setAttribute("data-sign", now ? signOf(now) : "");
    line.classList.toggle("current", step.edge !== null && step.edge.from === tensor);
  }
  for (const { line, id } of part.parameters) {
    const now = gradientNow(id), tensor = doc.tensors[id];
    line.replaceChildren(`${tensor.name} ${shapeText(tensor.shape)}  gradient `, now ? summary(now) : "—");
    line.classList.toggle("current", id === about);
  }
}

/* The step at which an edge's contribution is first shown. */
function reachedAt(edge) {
  reachedAt.steps ||= new Map(doc.steps.map((step, number) => [step.kind === "multiply" ? step.edge : -1, number]));
  return reachedAt.steps.get(edge);
}

/* One number as it is, more of them as their range. */
function summary(grid) {
  return grid.size === 1 ? grid.text(0, 0) : `up to ${number(grid.largest, grid.digits)}`;
}

function describe(tensor) {
  const part = (name, grid) => `${name} ${grid ? summary(grid) : "not computed yet"}`;
  const gradient = tensor.requires_grad ? `, ${part("gradient", gradientNow(tensor.id))}` : "";
  return `${tensor.name} ${shapeText(tensor.shape)}, ${part("value", valueNow(tensor.id))}${gradient}`;
}

const SIDE = 50, MOST = 8;      // of a small heatmap: pixels, and rows or columns

/* A small heatmap, a number, or a dash, into one half of a tensor's box. */
function paintGrid(entry, what, grid, tensor, left) {
  const key = `${what} ${state.sample}`;
  if (entry.shown[what] === grid && entry.shown.key === key) return;
  entry.shown[what] = grid;
  entry.shown.key = key;
  const root = entry[what], middle = left + SIDE / 2 - 3;
  if (!grid) return root.replaceChildren(svg("text", { class: "dash", x: middle, y: 56 }, "—"));
  if (grid.size === 1) return root.replaceChildren(svg("text", { class: `number ${signClass(grid.item)}`, x: middle, y: 56 }, grid.text(0, 0)));
  const rows = Math.min(grid.rows, MOST), columns = Math.min(grid.stored, MOST);
  const side = Math.min(SIDE / Math.max(rows, columns), 16);
  const x0 = left - 3 + (SIDE - side * columns) / 2, y0 = 26 + (SIDE - side * rows) / 2;
  const cells = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const value = strongest(grid, i, j, rows, columns), x = x0 + j * side, y = y0 + i * side;
      cells.push(svg("rect", { class: `cell ${signClass(value)}`, x, y, width: side - 0.7, height: side - 0.7,
        "fill-opacity": strength(value, grid.largest) }));
      if (value < 0 && side > 5) {      // the sign, for those who do not see the colour
        cells.push(svg("path", { class: "minus", d: `M${x + side * 0.3} ${y + side / 2 - 0.35}h${side * 0.4 - 0.7}` }));
      }
    }
  }
  if (tensor.batched && state.sample !== "all" && grid.rows > 1) {
    const row = Math.floor(state.sample / grid.rows * rows);
    cells.push(svg("rect", { class: "sample", x: x0 - 1, y: y0 + row * side - 1, width: side * columns + 1.3, height: side + 1.3 }));
  }
  root.replaceChildren(...cells);
}

/* Of the numbers that share a cell of a small heatmap, the one of largest absolute value. */
function strongest(grid, i, j, rows, columns) {
  if (rows === grid.rows && columns === grid.stored) return grid.at(i, j);
  let best = 0;
  const stop = (k, parts, length) => Math.floor((k + 1) * length / parts);
  for (let r = Math.floor(i * grid.rows / rows); r < stop(i, rows, grid.rows); r++) {
    for (let c = Math.floor(j * grid.stored / columns); c < stop(j, columns, grid.stored); c++) {
      const value = grid.at(r, c);
      if (!(Math.abs(value) <= Math.abs(best))) best = value;
    }
  }
  return best;
}

function signClass(value) { return value > 0 ? "plus" : value < 0 ? "minus" : "zero"; }
function strength(value, largest) {
  return value === 0 || !largest ? 1 : (0.12 + 0.88 * Math.min(1, Math.abs(value) / largest)).toFixed(3);
}

// ---- single numbers ----------------------------------------------------------------------------

/* A cell of a tensor for one sample, from its place among the sample's numbers. */
function sampleCell(grid, tensor, cell) {
  if (!grid) return null;
  const sample = state.sample === "all" ? 0 : state.sample;
  const place = tensor.batched ? sample * (grid.size / (grid.shape[0] || 1)) + cell : cell;
  return grid.at(Math.floor(place / grid.columns), place % grid.columns);
}

function paintScalars(part) {
  const step = stepNow(), about = subject();
  for (const { box, id, cell, value, gradient } of part.units) {
    const tensor = doc.tensors[id];
    const now = sampleCell(valueNow(id), tensor, cell), slope = sampleCell(gradientNow(id), tensor, cell);
    value.textContent = number(now);
    gradient.textContent = tensor.requires_grad ? `∂ ${number(slope)}` : "";
    gradient.setAttribute("class", `gradient ${slope === null ? "" : signClass(slope)}`);
    box.classList.toggle("current", id === about);
  }
  for (const wire of part.wires) {
    const [node] = wire.nodes, forward = state.step >= known.value[doc.nodes[node].output];
    const edges = doc.edges.filter((edge) => edge.node === node);
    let shown = null;
    if (wire.weight !== undefined && wire.weight !== "") {
      const id = Number(wire.weight), weights = doc.tensors[id];
      const grid = gradientNow(id) || valueNow(id);
      shown = grid.at(Math.floor(wire.cell / grid.columns), wire.cell % grid.columns);
      wire.line.classList.toggle("backward", gradientNow(id) !== null);
      wire.line.setAttribute("stroke-width", (0.6 + 3 * Math.abs(shown) / (grid.largest || 1)).toFixed(2));
      wire.line.setAttribute("aria-label", weights.name);
    } else if (wire.edge !== null && reachedAt(wire.edge) <= state.step) {
      const edge = doc.edges[wire.edge];
      shown = sampleCell(edge.contribution, doc.tensors[edge.to], wire.cell);
      wire.line.classList.add("backward");
    } else wire.line.classList.remove("backward");
    wire.line.setAttribute("data-sign", shown === null ? "" : signOf(shown));
    wire.line.classList.toggle("done", forward);
    wire.line.classList.toggle("current", step.node !== null && step.node.id === node &&
      (step.edge === null || edges.some((edge) => edge.id === step.edge.id)));
  }
}

/* Scroll the drawing sideways, never the page, so that what is current stays in sight. */
function follow(view, part) {
  const current = [...part.tensors, ...part.units].find(({ box }) => box.classList.contains("current"));
  if (!current || view.scrollWidth <= view.clientWidth) return;
  const box = current.box.getBoundingClientRect(), frame = view.getBoundingClientRect();
  if (box.left < frame.left + 20 || box.right > frame.right - 20) {
    view.scrollLeft += (box.left + box.right) / 2 - (frame.left + frame.right) / 2;
  }
}
