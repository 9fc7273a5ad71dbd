// The keyboard: every button of the page has a key.

const KEYS = [["→ or n", "next step"], ["← or p", "step back"], ["Home, End", "first, last step"],
  ["space", "play or pause"], ["1, 2, 3", "zoom: layers, operations, scalars"],
  ["s, S", "next, previous sample"], ["t, T", "next, previous tab"], ["?", "this help"], ["Escape", "close it"]];

function keys() {
  const help = document.getElementById("help");
  help.append(el("h2", { id: "help-title" }, "Keys"),
    el("dl", {}, KEYS.map(([key, what]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, what)])),
    el("p", {}, "In a matrix the arrow keys choose a cell, among tabs and boxes of the graph they move along."),
    el("p", {}, "Blue and + are positive, orange and − negative. A dash stands for what is not computed yet. " +
      "Gradients run against the arrows: solid lines positive, dashed negative, dotted of both signs."),
    el("form", { method: "dialog" }, el("button", {}, "Close")));
  document.querySelector("body > header").append(el("button", { type: "button", class: "help", onclick: () => help.showModal() }, "? Help"));
  const samples = ["all", ...(doc.samples || []).keys()];
  const turn = (list, now, by) => list[(list.indexOf(now) + by + list.length) % list.length];
  const actions = {
    ArrowRight: () => goTo(state.step + 1), n: () => goTo(state.step + 1),
    ArrowLeft: () => goTo(state.step - 1), p: () => goTo(state.step - 1),
    Home: () => goTo(0), End: () => goTo(doc.steps.length - 1), " ": () => togglePlay(),
    1: () => set({ zoom: ZOOMS[0] }), 2: () => set({ zoom: ZOOMS[1] }), 3: () => set({ zoom: ZOOMS[2] }),
    s: () => set({ sample: turn(samples, state.sample, 1) }), S: () => set({ sample: turn(samples, state.sample, -1) }),
    t: () => turnTab(1), T: () => turnTab(-1), "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    const on = event.target;
    if (on.matches("input:not([type=range]), select, textarea, [contenteditable]")) return;
    if (event.key === " " && on.matches("button, summary, a, [role=button], [role=tab]")) return;
    const run = actions[event.key];
    if (!run) return;
    event.preventDefault();
    run();
  });
}
