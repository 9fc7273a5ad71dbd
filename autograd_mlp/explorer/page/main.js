// Everything together: unpack, draw, show the first step.

/* The tabs beside the card. */
let turnTab = () => {};
function tabs(root) {
  const shown = panels.filter((entry) => entry.available(doc));
  if (!shown.length) return root.remove();
  const list = el("div", { role: "tablist", "aria-label": "Views" });
  const buttons = shown.map(({ key, title }, place) => el("button", { type: "button", role: "tab",
    id: `tab-${key}`, "aria-controls": `panel-${key}`, onclick: () => set({ tab: key }),
    onkeydown: (event) => {
      if (!moveFocus(event, buttons, place)) return;
      event.preventDefault();
      document.activeElement.click();
    } }, title));
  const bodies = shown.map(({ key }) => el("div", { role: "tabpanel", id: `panel-${key}`,
    "aria-labelledby": `tab-${key}`, tabindex: 0, class: "panel" }));
  list.append(...buttons);
  root.append(list, ...bodies);
  turnTab = (by) => {
    const now = shown.findIndex(({ key }) => key === state.tab);
    set({ tab: shown.at((now + by) % shown.length).key });
  };
  listen(["tab"], () => shown.forEach((entry, place) => {
    const chosen = entry.key === state.tab;
    bodies[place].hidden = !chosen;
    buttons[place].setAttribute("aria-selected", chosen);
    buttons[place].setAttribute("tabindex", chosen ? 0 : -1);
    if (!chosen) return;
    if (!entry.drawn) {
      entry.drawn = true;
      drawing = entry;
      entry.render(bodies[place]);
      drawing = null;
      return;
    }
    for (const listener of listeners.filter(({ panel, late }) => panel === entry && late)) {
      listener.late = false;
      listener.run();
    }
  }));
  set({ tab: shown[0].key });
}

async function main() {
  doc = unpack(await inflate("document"));
  prepare();
  state.tensor = subject();
  if (doc.absent.operations && doc.drawings.layers) state.zoom = "layers";
  timeline(document.getElementById("timeline"));
  graph(document.getElementById("graph"));
  card(document.getElementById("card"));
  tabs(document.getElementById("panels"));
  keys();
  const source = document.getElementById("source");
  source.hidden = false;
  source.addEventListener("toggle", () => source.append(el("pre", { tabindex: 0 },
    [...document.scripts].at(-1).textContent)), { once: true });
  const steps = document.getElementById("steps");       // on paper nobody can open it
  addEventListener("beforeprint", () => { steps.open = true; });
  addEventListener("afterprint", () => { steps.open = false; });
  document.documentElement.classList.add("ready");
  performance.mark("ready");
}
main();
