// The timeline: one list of steps, forward, backward and the update.

const PHASES = { forward: "forward", loss: "forward", seed: "backward", rule: "backward",
  multiply: "backward", accumulate: "backward", update: "update", done: "update" };

const ICONS = { first: "M4 3v10M13 3L6 8l7 5z", back: "M11 3L4 8l7 5z", next: "M5 3l7 5-7 5z",
  last: "M12 3v10M3 3l7 5-7 5z", play: "M3 3l5 5-5 5zM9 3l5 5-5 5z", pause: "M5 3v10M11 3v10" };

function timeline(root) {
  const last = doc.steps.length - 1;
  const icon = (name) => svg("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg("path", { d: ICONS[name] }));
  const button = (name, label, key, onclick) => el("button",
    { type: "button", "aria-label": label, title: `${label} (${key})`, onclick }, icon(name));
  const first = button("first", "First step", "Home", () => goTo(0));
  const back = button("back", "Step back", "left arrow", () => goTo(state.step - 1));
  const play = button("play", "Play", "space", () => togglePlay());
  const next = button("next", "Next step", "right arrow", () => goTo(state.step + 1));
  const end = button("last", "Last step", "End", () => goTo(last));
  const slider = el("input", { type: "range", id: "slider", min: 0, max: last, value: 0,
    "aria-label": "Step", oninput: () => goTo(Number(slider.value)) });
  const speed = el("select", { onchange: () => set({ speed: Number(speed.value) }) },
    [0.5, 1, 2, 4].map((x) => el("option", { value: x, selected: x === 1 }, `${x}×`)));
  const position = el("span", { class: "position" });
  const line = el("p", { id: "line", "aria-live": "polite" });
  root.append(el("div", { class: "controls" },
    el("div", { class: "buttons" }, first, back, play, next, end), position,
    el("div", { class: "track" }, slider, el("div", { class: "phases" }, phases())),
    el("label", { class: "speed" }, "speed ", speed)), line);
  listen(["step"], () => {
    const step = doc.steps[state.step];
    slider.value = state.step;
    slider.setAttribute("aria-valuetext", `step ${state.step + 1} of ${last + 1}: ${step.title}`);
    position.textContent = `${state.step + 1} / ${last + 1}`;
    line.textContent = step.text;
    first.disabled = back.disabled = state.step === 0;
    next.disabled = end.disabled = state.step === last;
  });
  listen(["playing"], () => {
    play.replaceChildren(icon(state.playing ? "pause" : "play"));
    play.setAttribute("aria-label", state.playing ? "Pause" : "Play");
  });
}

/* Stretches under the slider, as long as what happens in them. */
function phases() {
  const lengths = {};
  for (const { kind } of doc.steps) {
    const name = PHASES[kind === "done" && !doc.updates.length ? "seed" : kind];
    lengths[name] = (lengths[name] || 0) + 1;
  }
  return Object.entries(lengths).map(([name, length]) =>
    el("span", { class: "phase", style: { "flex-grow": length } }, name));
}

let timer = 0;
function togglePlay() {
  clearTimeout(timer);
  const last = doc.steps.length - 1, on = !state.playing;
  if (on && state.step === last) goTo(0);
  set({ playing: on });
  const tick = () => {
    if (state.step === last) return set({ playing: false });
    goTo(state.step + 1);
    timer = setTimeout(tick, 1600 / state.speed);
  };
  if (on) timer = setTimeout(tick, 600 / state.speed);
}
