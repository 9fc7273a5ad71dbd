// Everything together: unpack, draw, go to the first step.

/* The tabs beside the card. */
let turnTab = () => {};
function tabs(root) {
  const shown = panels.filter((entry) => entry.available(doc));
  if (!shown.length) return root.remove();
  const bodies = new Map();
  const buttons = shown.map((entry, position) => el("button", { type: "button", role: "tab", id: `tab-${entry.key}`,
    "aria-controls": `panel-${entry.key}`, onclick: () => set({ tab: entry.key }),
    onkeydown: (event) => {
      if (!moveFocus(event, buttons, position)) return;
      event.preventDefault();
      document.activeElement.click();
    } }, entry.title));
  root.append(el("div", { role: "tablist", "aria-label": "Views" }, buttons));
  for (const entry of shown) {
    bodies.set(entry.key, el("div", { role: "tabpanel", id: `panel-${entry.key}`, "aria-labelledby": `tab-${entry.key}`,
      tabindex: 0, class: "panel", hidden: true }));
    root.append(bodies.get(entry.key));
  }
  turnTab = (by) => {
    const now = shown.findIndex((entry) => entry.key === state.tab);
    set({ tab: shown[(now + by + shown.length) % shown.length].key });
  };
  listen(["tab"], () => {
    shown.forEach((entry, position) => {
      const chosen = entry.key === state.tab;
      bodies.get(entry.key).hidden = !chosen;
      buttons[position].setAttribute("aria-selected", chosen);
      buttons[position].setAttribute("tabindex", chosen ? 0 : -1);
      if (!chosen) return;
      if (!entry.drawn) {
        entry.drawn = true;
        drawing = entry;
        entry.render(bodies.get(entry.key));
        drawing = null;
      } else {
        for (const listener of listeners) if (listener.panel === entry && listener.late) {
          listener.late = false;
          listener.run();
        }
      }
    });
  });
  set({ tab: shown[0].key });
}

async function main() {
  doc = await unpack(document.getElementById("packed").textContent);
  prepare();
  state.tensor = subject();
  if (!document.getElementById("zoom-operations")) state.zoom = ZOOMS.find((name) => document.getElementById(`zoom-${name}`)) || state.zoom;
  timeline(document.getElementById("timeline"));
  graph(document.getElementById("graph"));
  card(document.getElementById("card"));
  tabs(document.getElementById("panels"));
  keys();
  document.documentElement.classList.add("ready");
  performance.mark("ready");
}
main();
