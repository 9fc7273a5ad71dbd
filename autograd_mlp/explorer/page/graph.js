// The graph: Python drew boxes and lines; values, gradients and the current step come in here.

const ZOOMS = ["layers", "operations", "scalars"];

function graph(root) {
  const zooms = el("div", { role: "group", "aria-label": "Zoom", class: "switch" },
    ZOOMS.map((name, place) => el("button", { type: "button", title: `${name} (${place + 1})`,
      onclick: () => set({ zoom: name }) }, name)));
  const sample = el("select", { id: "sample", onchange: () =>
    set({ sample: sample.value === "all" ? "all" : Number(sample.value) }) },
  el("option", { value: "all" }, `all: the batch of ${doc.batch}`),
  doc.samples.map((_, place) => el("option", { value: place }, sampleName(place))));
  const note = el("p", { class: "note", id: "graph-note" });
  const frame = document.getElementById("drawing");
  root.querySelector(".bar").append(zooms, doc.batch ? el("label", {}, "sample ", sample) : "");
  frame.before(note);
  const drawn = {};             // zoom → [SVG, its parts]
  const take = (drawing) => {           // it may shrink a little before it scrolls: see page.css
    drawing.style.setProperty("--natural", `${drawing.viewBox.baseVal.width}px`);
    return [drawing, parts(drawing)];
  };
  const first = frame.querySelector("svg");
  if (first) drawn.operations = take(first);
  listen(["zoom", "step", "sample", "tensor"], () => {
    const { zoom } = state;
    if (!drawn[zoom] && doc.drawings[zoom]) {
      drawn[zoom] = take(rebuild(doc.drawings[zoom]));
    }
    const [drawing, inside] = drawn[zoom] || [];
    [...zooms.children].forEach((button, place) =>
      button.setAttribute("aria-pressed", ZOOMS[place] === zoom));
    sample.value = state.sample;
    frame.hidden = !drawing;
    note.textContent = doc.absent[zoom] || (zoom === "scalars" && doc.batch > 1
      ? `One sample's numbers: ${sampleName(sampleNow())}. Lines are weights, and once they have ` +
        "one, their gradients, summed over the batch." : "");
    if (!drawing) return;
    if (drawing.parentNode !== frame) frame.replaceChildren(drawing);
    (zoom === "scalars" ? paintScalars : paintBoxes)(inside);
    requestAnimationFrame(() => follow(frame));
  });
}

/* A sample as people read it, its row in the matrices with it. */
function sampleName(row) {
  const label = doc.samples[row];
  return label.startsWith("sample") ? label : `${row}: ${label}`;
}
/* The sample whose numbers stand where there is room for one: the first, if all are chosen. */
function sampleNow() { return state.sample === "all" ? 0 : state.sample; }

/* The elements of a drawing that change, found once. */
function parts(drawing) {
  const all = (selector, read) => [...drawing.querySelectorAll(selector)].map((element) => {
    const data = {};
    for (const [key, text] of Object.entries(element.dataset)) {
      data[key] = text && text.split(" ").map(Number);
    }
    return { element, value: element.querySelector(".value"),
      gradient: element.querySelector(".gradient"), shown: {}, ...data, ...read };
  });
  const tensors = all("[data-tensor]"), buttons = [];
  tensors.forEach((entry, place) => {       // over each box lies a button, to choose its tensor
    const { element, tensor: [tensor] } = entry;
    entry.button = fill(element.querySelector(".box").cloneNode(), { class: "button",
      role: "button", tabindex: place ? -1 : 0, onclick: () => set(choice(tensor)),
      onkeydown: (event) => {
        if (event.key === "Enter" || event.key === " ") set(choice(tensor));
        else if (!moveFocus(event, buttons, place)) return;
        event.preventDefault();
      } }, []);
    buttons.push(entry.button);
    element.append(entry.button);
  });
  return { tensors, blocks: all(".node"), wires: all(".wire"), backs: all("[data-edges]"),
    ups: all("[data-up]"), parameters: all("[data-parameter]"), units: all("[data-unit]"),
    labels: all(".weight-label") };
}

/* Move the focus among elements of which one at a time can be reached with the tab key. */
function moveFocus(event, elements, place) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const target = elements[step ? place + step : { Home: 0, End: elements.length - 1 }[event.key]];
  if (!target) return false;
  elements[place].setAttribute("tabindex", -1);
  target.setAttribute("tabindex", 0);
  target.focus();
  return true;
}

// ---- boxes of tensors and operations -----------------------------------------------------------

function paintBoxes(inside) {
  const { node, edge } = stepNow(), about = subject();
  const mark = (element, name, on) => element.classList.toggle(name, Boolean(on));
  const running = (nodes) => node && nodes.includes(node.id);
  for (const entry of inside.tensors) {
    const [id] = entry.tensor, tensor = doc.tensors[id];
    paintGrid(entry, "value", valueNow(id), tensor, tensor.requires_grad ? 31 : 58);
    if (tensor.requires_grad) paintGrid(entry, "gradient", gradientNow(id), tensor, 85);
    mark(entry.element, "current", id === about);
    mark(entry.element, "chosen", id === state.tensor);
    entry.button.setAttribute("aria-label", describe(tensor));
  }
  for (const { element, nodes } of inside.blocks) mark(element, "current", running(nodes));
  for (const { element, nodes } of inside.wires) {
    mark(element, "current", running(nodes) && !edge);
    mark(element, "done", nodes.some((id) => valueNow(doc.nodes[id].output)));
  }
  for (const { element, edges } of inside.backs) {
    const reached = edges.filter((id) => state.step >= known.contribution[id]);
    const sign = reached.length ? signOf(doc.edges[reached.at(-1)].contribution) : "";
    element.setAttribute("data-sign", sign);
    mark(element, "current", edge && edges.includes(edge.id));
    if (element.localName === "text") element.textContent = sign;
  }
  for (const { element, up: [tensor] } of inside.ups) {
    const now = gradientNow(tensor);
    element.setAttribute("data-sign", now ? signOf(now) : "");
    mark(element, "current", edge && edge.from === tensor);
  }
  for (const { element, parameter: [id] } of inside.parameters) {
    const now = gradientNow(id);
    element.textContent = `∂ ${now ? summary(now) : number()}`;
    mark(element, "current", id === about);
  }
}

/* One number as it is, of more the largest. */
function summary(grid) {
  if (grid.size > 1 && grid.odd) return `NaN or ∞ in ${grid.odd}`;
  return grid.size === 1 ? grid.text(0, 0) : `≤ ${number(grid.largest, grid.digits)}`;
}

function describe(tensor) {
  const part = (name, grid) => `${name} ${grid ? summary(grid) : "not computed yet"}`;
  const twice = tensor.used_by.flatMap((id) => {
    const { op, inputs } = doc.nodes[id], times = inputs.filter((one) => one === tensor.id).length;
    return times > 1 ? `, used ${times} times by ${op}` : [];
  });
  return `${tensor.name} ${shapeText(tensor.shape)}${twice.join("")}, ${part("value", valueNow(tensor.id))}` +
    (tensor.requires_grad ? `, ${part(isShared(tensor.id) && !isWhole(tensor.id)
      ? "gradient so far" : "gradient", gradientNow(tensor.id))}` : "");
}

const SIDE = 50, MOST = 8;      // of a small heatmap: pixels, and rows or columns

/* A small heatmap, a number, or a dash, into one half of a tensor's box. */
function paintGrid(entry, what, grid, tensor, middle) {
  const row = tensor.batched && state.sample !== "all" ? state.sample : null;
  if (same(entry.shown[what], [grid, row])) return;
  entry.shown[what] = [grid, row];
  const root = entry[what];
  if (!grid || grid.size === 1) {
    const color = grid ? signClass(grid.item) : "dash";
    const text = grid ? grid.text(0, 0) : number();
    // a long one beside another: the value higher, the gradient lower
    const aside = text.length > 7 && middle !== 58 && (what === "value" ? -1 : 1);
    root.replaceChildren(svg("text", { class: `number ${color}`, y: 56 + 13 * aside,
      x: aside ? 58 + aside * (52 - 3.5 * text.length) : middle }, text));
    return;
  }
  const rows = Math.min(grid.rows, MOST), columns = Math.min(grid.stored, MOST);
  const side = Math.min(SIDE / Math.max(rows, columns), 16);
  const left = middle - side * columns / 2, top = 51 - side * rows / 2, cells = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const value = strongest(grid, i, j, rows, columns), x = left + j * side, y = top + i * side;
      cells.push(svg("rect", { class: `cell ${signClass(value)}`, x, y, width: side - 0.7,
        height: side - 0.7, "fill-opacity": strength(value, grid.largest) }));
      if (!Number.isFinite(value)) {    // crossed out
        cells.push(svg("path", { class: "odd", d: `M${x} ${y}l${side - 0.7} ${side - 0.7}m0 ${
          0.7 - side}l${0.7 - side} ${side - 0.7}` }));
      } else if (value < 0 && side > 5) {       // the sign, for those who do not see the colour
        const d = `M${x + side * 0.3} ${y + side / 2 - 0.35}h${side * 0.4 - 0.7}`;
        cells.push(svg("path", { class: "minus", d }));
      }
    }
  }
  if (row !== null && rows > 1) {
    cells.push(svg("rect", { class: "sample", x: left - 1, width: side * columns + 1.3,
      y: top + Math.floor(row / grid.rows * rows) * side - 1, height: side + 1.3 }));
  }
  root.replaceChildren(...cells);
}

/* Of the numbers that share a cell of a small heatmap, the one of largest absolute value, or NaN. */
function strongest(grid, i, j, rows, columns) {
  let best = 0;
  for (let r = Math.floor(i * grid.rows / rows); r < (i + 1) * grid.rows / rows; r++) {
    for (let c = Math.floor(j * grid.stored / columns); c < (j + 1) * grid.stored / columns; c++) {
      const value = grid.at(r, c);
      if (Number.isNaN(value)) return value;
      if (!(Math.abs(value) <= Math.abs(best))) best = value;
    }
  }
  return best;
}

// ---- single numbers ----------------------------------------------------------------------------

/* A tensor's number at a place among those of the sample; null if it is not computed yet. */
function sampleCell(grid, tensor, place) {
  if (!grid) return null;
  const at = tensor.batched ? sampleNow() * (grid.size / grid.shape[0]) + place : place;
  return grid.at(Math.floor(at / grid.columns), at % grid.columns);
}

function paintScalars(inside) {
  const { node: now, edge } = stepNow(), about = subject();
  for (const { element, unit: [id], cell: [cell], value, gradient } of inside.units) {
    const tensor = doc.tensors[id], slope = sampleCell(gradientNow(id), tensor, cell);
    value.textContent = number(sampleCell(valueNow(id), tensor, cell));
    gradient.textContent = tensor.requires_grad ? `∂ ${number(slope)}` : "";
    gradient.setAttribute("class", `gradient ${signClass(slope)}`);
    element.classList.toggle("current", id === about);
  }
  for (const { element, node: [node], edge: back, weight, cell: [cell] } of inside.wires) {
    let grid = null, shown = null, backward = false;
    if (weight) {               // its strength is the weight's, then that of the gradient
      backward = gradientNow(weight[0]) !== null;
      grid = gradientNow(weight[0]) || valueNow(weight[0]);
      shown = sampleCell(grid, doc.tensors[weight[0]], cell);
    } else if (back && state.step >= known.contribution[back[0]]) {
      backward = true;
      grid = doc.edges[back[0]].contribution;
      shown = sampleCell(grid, doc.tensors[doc.edges[back[0]].to], cell);
    }
    const current = now && now.id === node && (!edge || !weight || edge.to === weight[0]);
    const width = grid ? 0.8 + 2.4 * Math.abs(shown) / (grid.largest || 1) : 1.4;
    element.setAttribute("class", `wire${backward ? " backward" : ""}${current ? " current" : ""}`);
    element.setAttribute("data-sign", shown === null ? "" : signOf(shown));
    element.style.setProperty("stroke-width", width.toFixed(2));
  }
  for (const { element, weight: [id], cell: [cell] } of inside.labels) {
    const gradient = gradientNow(id);
    element.textContent = (gradient ? "∂ " : "") +
      number(sampleCell(gradient || valueNow(id), doc.tensors[id], cell));
  }
}

/* Scroll the drawing sideways, never the page, so that what is current stays in sight. */
function follow(frame) {
  const current = frame.querySelector(".tensor.current, .unit.current, .layer.current") ||
    frame.querySelector(".wire.current");
  if (!current || frame.scrollWidth <= frame.clientWidth) return;
  const box = current.getBoundingClientRect(), { left, right } = frame.getBoundingClientRect();
  if (box.left < left + 16 || box.right > right - 16) {
    frame.scrollLeft += (box.left + box.right - left - right) / 2;
  }
}
