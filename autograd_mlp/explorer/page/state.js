// What is looked at, who wants to know, and what is known at which step.

const state = { step: 0, zoom: "operations", sample: "all", tensor: null, cell: [0, 0], tab: null,
  predict: false, playing: false, speed: 1 };

/* Functions to call when one of the keys changes: {keys, run, panel}. */
const listeners = [];
let drawing = null;             // the panel that is being drawn: what it listens to belongs to it

/* Call `run` now and then whenever one of these keys of `state` has changed. What a panel listens to
   rests while its tab is hidden and is caught up with when it is shown. */
function listen(keys, run) {
  listeners.push({ keys, run, panel: drawing, late: false });
  if (doc) run();
}

/* Change some of the state. Everything that listens is called once. */
function set(changes) {
  const changed = Object.keys(changes).filter((key) => !same(state[key], changes[key]));
  if (!changed.length) return;
  Object.assign(state, changes);
  for (const listener of listeners) {
    if (!listener.keys.some((key) => changed.includes(key))) continue;
    if (listener.panel && listener.panel.key !== state.tab) listener.late = true;
    else listener.run();
  }
}
function same(a, b) {
  return a === b || Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((x, i) => x === b[i]);
}

/* A tab beside the step card. `available(doc)` says whether it has something to show; `render(root)` is
   called once, when the tab is first opened; what changes later it learns through `listen`. */
const panels = [];
function panel(description) { panels.push(description); }

// ---- what is known when ----------------------------------------------------------------------

const known = { value: [], gradient: [], updated: [] };

/* For every tensor the step from which its value is known, and each step that changes its gradient. */
function prepare() {
  known.value = doc.tensors.map((tensor) => (tensor.made_by === null ? 0 : Infinity));
  known.gradient = doc.tensors.map(() => []);
  known.updated = doc.tensors.map(() => Infinity);
  doc.steps.forEach((step, number) => {
    if (step.kind === "forward" || step.kind === "loss") {
      const tensor = doc.nodes[step.node].output;
      known.value[tensor] = Math.min(known.value[tensor], number);
    } else if (step.kind === "seed") {
      const loss = doc.tensors.find((tensor) => tensor.role === "loss") || doc.tensors.at(-1);
      known.gradient[loss.id].push([number, loss.grad]);
    } else if (step.kind === "accumulate") {
      const edge = doc.edges[step.edge];
      known.gradient[edge.to].push([number, edge.total]);
    } else if (step.kind === "update") {
      for (const id of [].concat(step.update)) known.updated[doc.updates[id].tensor] = number;
    }
  });
}

/* The tensor's value at the current step, or null if it is not computed yet. */
function valueNow(id) {
  if (state.step >= known.updated[id]) return doc.updates.find((update) => update.tensor === id).after;
  return state.step >= known.value[id] ? doc.tensors[id].value : null;
}

/* The gradient summed up so far, or null if nothing has arrived yet. */
function gradientNow(id) {
  let now = null;
  for (const [step, total] of known.gradient[id]) if (step <= state.step) now = total;
  return now;
}

/* The step that is shown, and its node, edge and update where it has one. */
function stepNow() {
  const step = doc.steps[state.step];
  return { ...step, edge: step.edge === null ? null : doc.edges[step.edge],
    node: step.node === null ? null : doc.nodes[step.node],
    update: step.update === null ? null : doc.updates[[].concat(step.update)[0]] };
}

/* The tensor a step is about: what forward makes, what a gradient is for, what is updated. */
function subject(step = doc.steps[state.step]) {
  if (step.edge !== null) return doc.edges[step.edge].to;
  if (step.update !== null) return doc.updates[[].concat(step.update)[0]].tensor;
  if (step.node !== null) return doc.nodes[step.node].output;
  return (doc.tensors.find((tensor) => tensor.role === "loss") || doc.tensors.at(-1)).id;
}

/* Go to a step; the tensor it is about comes into view with it. */
function goTo(step) {
  step = Math.max(0, Math.min(doc.steps.length - 1, step));
  const tensor = subject(doc.steps[step]), { shape } = doc.tensors[tensor];
  const columns = shape.length ? shape.at(-1) : 1, rows = shape.reduce((a, b) => a * b, 1) / (columns || 1);
  set({ step, tensor, cell: [Math.min(state.cell[0], rows - 1), Math.min(state.cell[1], columns - 1)] });
}
