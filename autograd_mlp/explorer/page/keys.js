// The keyboard: whatever a button does, a key does too.

const KEYS = [["→ or n", "next step"], ["← or p", "step back"], ["Home, End", "first, last step"],
  ["space", "play or pause"], ["1, 2, 3", "zoom: layers, operations, scalars"],
  ["s, S", "next, previous sample"], ["t, T", "next, previous view"], ["?", "this help"],
  ["Escape", "close it"]];

function keys() {
  const help = document.getElementById("help"), open = () => help.showModal();
  help.append(el("h2", { id: "help-title" }, "Keys and signs"),
    el("dl", {}, KEYS.map(([key, what]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, what)])),
    el("p", {}, "In a matrix the arrow keys choose a cell; among the views and the boxes of the " +
      "graph they move from one to the next."),
    el("p", {}, "Blue and + are positive, orange and − negative; – stands for what is not " +
      "computed yet. Gradients run against the arrows: in solid lines where all numbers are " +
      "positive, dashed where all are negative, dotted (±) where there are both."),
    el("form", { method: "dialog" }, el("button", {}, "Close")));
  document.querySelector("body > header").append(
    el("button", { type: "button", class: "help", onclick: open }, "Help ", el("kbd", {}, "?")));
  const samples = ["all", ...doc.samples.keys()];
  const sample = (by) => set({
    sample: samples.at((samples.indexOf(state.sample) + by) % samples.length) });
  const step = (by) => goTo(state.step + by);
  const actions = { ArrowRight: () => step(1), n: () => step(1), ArrowLeft: () => step(-1),
    p: () => step(-1), Home: () => goTo(0), End: () => goTo(doc.steps.length - 1),
    " ": togglePlay, s: () => sample(1), S: () => sample(-1), t: () => turnTab(1),
    T: () => turnTab(-1), "?": open };
  ZOOMS.forEach((zoom, place) => { actions[place + 1] = () => set({ zoom }); });
  document.addEventListener("keydown", (event) => {
    const { key, target } = event, taken = event.ctrlKey || event.metaKey || event.altKey;
    if (event.defaultPrevented || taken || help.open || !actions[key]) return;
    if (target.matches("input:not([type=range]), select, textarea")) return;
    if (key === " " && target.matches("button, summary, a, [role=button], [role=tab]")) return;
    event.preventDefault();
    actions[key]();
  });
}
