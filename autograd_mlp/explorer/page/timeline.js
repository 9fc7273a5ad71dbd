// The timeline: one list of steps, forward, backward and the update.

const PHASES = { forward: "forward", loss: "loss", seed: "backward", rule: "backward",
  multiply: "backward", accumulate: "backward", update: "update", done: "update" };

function timeline(root) {
  const last = doc.steps.length - 1;
  const button = (label, sign, run, keys) => el("button", { type: "button", "aria-label": label,
    title: `${label} (${keys})`, onclick: run }, sign);
  const first = button("First step", "⏮", () => goTo(0), "Home");
  const back = button("Step back", "◀", () => goTo(state.step - 1), "left arrow");
  const play = button("Play", "▶▶", () => togglePlay(), "space");
  const next = button("Next step", "▶", () => goTo(state.step + 1), "right arrow");
  const end = button("Last step", "⏭", () => goTo(last), "End");
  const slider = el("input", { type: "range", id: "slider", min: 0, max: last, value: 0,
    "aria-label": "Step", oninput: () => goTo(Number(slider.value)) });
  const speed = el("select", { id: "speed", onchange: () => set({ speed: Number(speed.value) }) },
    [0.5, 1, 2, 4].map((factor) => el("option", { value: factor, selected: factor === 1 }, `${factor}×`)));
  const position = el("span", { class: "position" });
  const phases = el("div", { class: "phases", "aria-hidden": "true" }, phaseBars());
  const line = el("p", { id: "line", "aria-live": "polite" });
  root.append(
    el("div", { class: "controls" }, el("div", { class: "buttons" }, first, back, play, next, end),
      el("div", { class: "track" }, slider, phases), position,
      el("label", { class: "speed" }, "speed ", speed)),
    line);
  listen(["step"], () => {
    slider.value = state.step;
    const step = doc.steps[state.step];
    slider.setAttribute("aria-valuetext", `step ${state.step + 1} of ${last + 1}: ${step.title}`);
    position.textContent = `${state.step + 1} / ${last + 1}`;
    line.textContent = step.text;
    first.disabled = back.disabled = state.step === 0;
    next.disabled = end.disabled = state.step === last;
  });
  listen(["playing"], () => {
    play.textContent = state.playing ? "❚❚" : "▶▶";
    play.setAttribute("aria-label", state.playing ? "Pause" : "Play");
    play.setAttribute("title", `${state.playing ? "Pause" : "Play"} (space)`);
  });
}

/* Stretches of the slider, named by what happens in them. */
function phaseBars() {
  const lengths = new Map();
  for (const { kind } of doc.steps) lengths.set(PHASES[kind], (lengths.get(PHASES[kind]) || 0) + 1);
  return [...lengths].map(([name, length]) =>
    el("span", { class: `phase ${name}`, style: { "flex-grow": length } }, name));
}

let timer = 0;
function togglePlay(on = !state.playing) {
  clearTimeout(timer);
  const last = doc.steps.length - 1;
  if (on && state.step === last) goTo(0);
  set({ playing: on });
  const tick = () => {
    if (!state.playing) return;
    if (state.step === last) return set({ playing: false });
    goTo(state.step + 1);
    timer = setTimeout(tick, 1600 / state.speed);
  };
  if (on) timer = setTimeout(tick, 600 / state.speed);
}
