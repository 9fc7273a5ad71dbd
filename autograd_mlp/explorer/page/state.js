// What is looked at, who wants to know, and what is known at which step.

const state = { step: 0, zoom: "operations", sample: "all", tensor: null, cell: [0, 0], tab: null,
  predict: false, playing: false, speed: 1 };

/* Functions to call when one of the keys changes: {keys, run, panel}. */
const listeners = [];
let drawing = null;             // the panel that is being drawn: what it listens to belongs to it

/* Call `run` now and then whenever one of these keys of `state` has changed. What a panel listens
   to rests while its tab is hidden and is caught up with when it is shown. */
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
  return a === b || Array.isArray(a) && Array.isArray(b) && a.length === b.length &&
    a.every((x, place) => x === b[place]);
}

/* A tab beside the step card: {key, title, available, render}. `available(doc)` says whether it has
   something to show; `render(root)` is called once, when the tab is first opened; what changes
   later it learns through `listen`. */
const panels = [];
function panel(description) { panels.push(description); }

// ---- what is known when ----------------------------------------------------------------------

/* By tensor: the step from which its value is known, [step, sum so far] for each change of its
   gradient, [step, new value] of an update. By edge: the step that shows its contribution. */
const known = { value: [], gradient: [], update: [], contribution: [] };

function prepare() {
  known.value = doc.tensors.map((tensor) => (tensor.made_by === null ? 0 : Infinity));
  known.gradient = doc.tensors.map(() => []);
  doc.steps.forEach(({ kind, node, edge, update }, step) => {
    if (kind === "forward") known.value[doc.nodes[node].output] = step;
    else if (kind === "seed") known.gradient[lossId()].push([step, doc.tensors[lossId()].grad]);
    else if (kind === "multiply") known.contribution[edge] = step;
    else if (kind === "accumulate") {
      const { to, total } = doc.edges[edge];
      known.gradient[to].push([step, total]);
    }
    for (const id of [update ?? []].flat()) {
      known.update[doc.updates[id].tensor] = [step, doc.updates[id].after];
    }
  });
}

function lossId() {
  return (doc.tensors.find(({ role }) => role === "loss") || doc.tensors.at(-1)).id;
}

/* The tensor's value at the current step, or null if it is not computed yet. */
function valueNow(id) {
  const [step, after] = known.update[id] || [Infinity];
  if (state.step >= step) return after;
  return state.step >= known.value[id] ? doc.tensors[id].value : null;
}

/* The gradient summed up so far, or null if nothing has arrived yet. */
function gradientNow(id) {
  return known.gradient[id].filter(([step]) => step <= state.step).at(-1)?.[1] ?? null;
}

/* Whether several edges bring contributions to a gradient; whether all of them have come. */
function isShared(id) { return known.gradient[id].length > 1; }
function isWhole(id) { return state.step >= known.gradient[id].at(-1)[0]; }

/* The step that is shown, with its node, edge and update themselves instead of their ids. */
function stepNow() {
  const { node, edge, update, ...rest } = doc.steps[state.step];
  return { ...rest, node: doc.nodes[node] ?? null, edge: doc.edges[edge] ?? null,
    updates: [update ?? []].flat().map((id) => doc.updates[id]) };
}

/* The tensor a step is about: what forward makes, what a gradient is for, what is updated. */
function subject({ node, edge, update } = doc.steps[state.step]) {
  if (doc.edges[edge]) return doc.edges[edge].to;
  const [first] = [update ?? []].flat();
  if (doc.updates[first]) return doc.updates[first].tensor;
  return doc.nodes[node] ? doc.nodes[node].output : lossId();
}

/* Go to a step; the tensor it is about comes into view with it. */
function goTo(step) {
  step = Math.max(0, Math.min(doc.steps.length - 1, step));
  set({ step, ...choice(subject(doc.steps[step])) });
}

/* A tensor to look at, and its cell. Small arrays share one place; a large one, of which most may be
   zero (the margin of an image), begins at its largest gradient and remembers where one was. */
const places = {};
function choice(tensor) {
  const grid = (id) => doc.tensors[id].grad || doc.tensors[id].value;
  const key = (id) => (grid(id).size > 4096 ? id : "small");
  if (state.tensor === null || key(tensor) === key(state.tensor)) return { tensor };
  places[key(state.tensor)] = state.cell;
  return { tensor, cell: places[key(tensor)] || strongestCell(grid(tensor)) };
}
function strongestCell({ data, stored }) {
  let best = 0;
  data.forEach((x, place) => { if (Math.abs(x) > Math.abs(data[best])) best = place; });
  return [Math.floor(best / stored), best % stored];
}
