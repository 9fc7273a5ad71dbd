// The Replay tab: what a training did, epoch by epoch; one run, or two side by side.

panel({ key: "replay", title: "Replay", available: () => Boolean(doc.replay), render: replay });

/* Lines and classes differ in colour, and in dashes or shape. */
const HUES = ["--minus", "--plus", "--ink", "--mark-line", "--soft", "--plus-ink"];
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "4 2", "1 2"];
const SHAPES = ["M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z", "M-3.6-3.6h7.2v7.2h-7.2z",
  "M0-4.6 4.4 3.4h-8.8z", "M0-5 5 0 0 5-5 0z"];
const hue = (k) => `var(${HUES[k % HUES.length]})`;
const list = (length, make) => Array.from({ length }, (_, i) => make(i));

const RATIO = "The size of the next update by that of the weights: around 0.001 (shaded) is " +
  "usual, far more may overshoot, far less learns slowly; a rule of thumb from Stanford's CS231n " +
  "notes (“Ratio of weights:updates”).";
const FLAT = "Dead: a rectifier puts out 0 for every sample. Saturated: a sigmoid or tanh has " +
  "less than 4 % of its largest slope for every sample.";

function replay(root) {
  const { runs } = doc.replay, two = runs.length > 1, draws = [];
  const epochs = [...new Set(runs.flatMap((run) => run.epochs))].sort((a, b) => a - b);
  const last = epochs.length - 1;
  const frameAt = (run, epoch) =>
    Math.max(0, run.epochs.findLastIndex((noted) => noted <= epoch));
  const slider = el("input", { type: "range", min: 0, max: last, "aria-label": "Epoch",
    class: "epoch", oninput: () => set({ frame: Number(slider.value), rolling: false }),
    onkeydown: (event) => {             // its arrows are not the timeline's
      if (/^(Arrow|Home|End)/.test(event.key)) event.stopPropagation();
    } });
  const play = !matchMedia("(prefers-reduced-motion: reduce)").matches && el("button", {
    type: "button", onclick: () => set({ rolling: !state.rolling,
      frame: state.rolling || state.frame < last ? state.frame : 0 }) });
  const line = el("p", { class: "epoch-line", "aria-live": "polite" });
  const figures = el("div", { class: two ? "figures two" : "figures" });
  const bar = el("div", { class: "epoch-bar" }, el("div", { class: "controls" }, play, slider),
    line);
  root.append(bar, figures,
    el("p", { class: "small" }, runs.map((run) => `${run.label}: ${run.optimizer}; gradients, ` +
      `updates and dead units are of ${run.batch}. `), "The loss of an epoch is a mean over it, " +
      "while the weights changed; all else belongs to the weights at its end."));

  /* A figure for each run that has something to show; its `at(frame, epoch)` is called later. */
  const show = (title, note, make) => runs.map(make).forEach((made, k) => {
    if (!made) return;
    draws.push((epoch) => made.at(frameAt(runs[k], epoch), epoch));
    figures.append(el("figure", {}, el("figcaption", {},
      el("h3", {}, two ? `${runs[k].label}: ${title}` : title)), made.node,
    k === 0 && note && el("p", { class: "small" }, note)));
  });
  const chart = (title, curvesOf, options = {}, note = null) => {
    const all = runs.map(curvesOf);
    const span = extent(all.flat().flatMap((one) => one.values), options);
    show(title, note, (run, k) =>
      all[k].length && lines(run.epochs, all[k], span, epochs, options));
  };
  const layers = (key) => (run) => run.layers
    .filter((layer) => layer[key].some((value) => value !== null))
    .map((layer) => ({ name: layer.name, values: layer[key] }));

  const names = [...new Set(runs.flatMap((run) => Object.keys(run.logs)))]
    .sort((a, b) => b.endsWith("loss") - a.endsWith("loss"));
  show(runs.some((run) => run.boundary?.classes) ? "Decision boundary" : "Output", null,
    (run) => run.boundary && plane(run.boundary, runs));
  for (const base of new Set(names.map((name) => name.replace(/^val_/, "")))) {
    chart(base, (run) => [base, `val_${base}`].filter((name) => run.logs[name])
      .map((name) => ({ name, values: run.logs[name] })));
  }
  chart("Gradient norm by layer", layers("gradient_norm"), { log: true });
  chart("Update / weight by layer", layers("update_ratio"), { log: true, band: [3e-4, 3e-3] },
    RATIO);
  chart("Dead or saturated units", (run) => run.layers.filter((layer) => layer.flat)
    .map((layer) => ({ name: `${layer.name} (${layer.activation})`,
      values: layer.flat_units.map((count) => 100 * count / layer.units),
      say: (k) => `${layer.flat_units[k]} of ${layer.units} ${layer.flat}` })),
  { most: 100, unit: " %" }, FLAT);
  show("Weights", "Blue is positive, orange negative; full colour is the largest of all epochs.",
    (run) => weights(run, runs));

  /* What is logged at an epoch, run by run, in one sentence. */
  const sentence = (epoch) => `Epoch ${epoch} of ${epochs[last]}. ` + runs.map((run) => {
    const k = frameAt(run, epoch), noted = run.epochs[k];
    const other = noted === epoch ? "" : ` (epoch ${noted})`;
    const logs = names.filter((name) => run.logs[name] && run.logs[name][k] !== null)
      .map((name) => `${name} ${number(run.logs[name][k])}`);
    return (two ? `${run.label}${other}: ` : "") + (logs.join(", ") || "before training");
  }).join("; ") + ".";
  let timer = 0;
  const draw = () => draws.forEach((run) => run(epochs[state.frame]));
  state.frame ??= last;
  listen(["frame", "rolling"], () => {
    clearTimeout(timer);
    const above = document.getElementById("timeline").offsetHeight;     // stays in view, as does
    bar.style.setProperty("top", `${above}px`);                         // the bar right under it
    slider.value = state.frame;
    slider.setAttribute("aria-valuetext", `epoch ${epochs[state.frame]} of ${epochs[last]}`);
    line.setAttribute("aria-live", state.rolling ? "off" : "polite");
    line.textContent = sentence(epochs[state.frame]);
    if (play) play.textContent = state.rolling ? "Pause" : "Play";
    draw();
    const next = state.frame < last ? { frame: state.frame + 1 } : { rolling: false };
    if (state.rolling) timer = setTimeout(() => set(next), 250);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}

/* A function from a frame to its bytes; the file has the differences from the frame before. */
function series(grid) {
  const bytes = Uint8Array.from(grid.data), step = grid.size / grid.shape[0];
  for (let i = step; i < bytes.length; i++) bytes[i] += bytes[i - step];
  return (frame) => bytes.subarray(frame * step, (frame + 1) * step);
}

// ---- curves ------------------------------------------------------------------------------------

const WIDE = 320, LEFT = 54, RIGHT = 312, TOP = 8, BOTTOM = 140;

/* The ends of an axis: whole powers of ten on a logarithmic one. */
function extent(values, { log, most }) {
  if (most) return [0, most];
  values = values.filter((value) => Number.isFinite(value) && (!log || value > 0));
  if (!values.length) return [0.1, 1];
  const low = Math.min(...values), high = Math.max(...values);
  if (!log) return [Math.min(0, low), Math.max(0, high) || 1];
  const least = Math.floor(Math.log10(low));
  return [10 ** least, 10 ** Math.max(least + 1, Math.ceil(Math.log10(high)))];
}

/* Curves over the epochs; the legend says their numbers at the chosen one. */
function lines(noted, curves, [low, high], epochs, { log, band, unit = "" }) {
  const scale = log ? Math.log10 : (value) => value, end = epochs.at(-1), tall = BOTTOM - TOP;
  const x = (epoch) => LEFT + (RIGHT - LEFT) * (end ? epoch / end : 0);
  const y = (value) => BOTTOM - tall * (scale(value) - scale(low)) / (scale(high) - scale(low));
  const there = (value) => Number.isFinite(value) && (!log || value > 0);   // null is not finite
  const least = Math.log10(low), powers = Math.round(Math.log10(high) - least);
  const ticks = log ? list(Math.ceil((powers + 1) / Math.ceil(powers / 4)), (k) =>
    10 ** Math.round(least + k * Math.ceil(powers / 4))) : [low, low < 0 ? 0 : high / 2, high];
  const [from, to] = (band || [low, low]).map((value) => y(Math.min(high, Math.max(low, value))));
  const now = svg("line", { class: "now", y1: TOP, y2: BOTTOM });
  const stroke = (k) =>
    ({ class: "curve", stroke: hue(k), "stroke-dasharray": DASHES[k % DASHES.length] });
  const dots = curves.map((_, k) => svg("circle", { r: 3.5, fill: hue(k) }));
  const choose = (event) => {           // a click chooses the nearest epoch
    const box = drawing.getBoundingClientRect(), part = (event.clientX - box.left) / box.width;
    const away = (epoch) => Math.abs(x(epoch) - part * WIDE);
    set({ rolling: false, frame: epochs.reduce((best, epoch, k) =>
      (away(epoch) < away(epochs[best]) ? k : best), 0) });
  };
  const drawing = svg("svg", { class: "chart", viewBox: `0 0 ${WIDE} 162`, role: "img",
    onclick: choose, "aria-label": `${curves.map((one) => one.name).join(", ")} by epoch; the ` +
      "numbers at the chosen epoch stand below" },
  svg("rect", { class: "band", x: LEFT, width: RIGHT - LEFT, y: to, height: from - to }),
  ticks.map((value) => [
    svg("line", { class: "tick", x1: LEFT, x2: RIGHT, y1: y(value), y2: y(value) }),
    svg("text", { class: "end", x: LEFT - 6, y: y(value) + 4 }, number(value, 3) + unit)]),
  svg("text", { x: LEFT, y: 157 }, "0"),
  svg("text", { class: "end", x: RIGHT, y: 157 }, `epoch ${end}`),
  curves.map((one, k) => svg("path", { ...stroke(k), d: one.values.map((value, i, all) =>
    (there(value) ? `${i && there(all[i - 1]) ? "L" : "M"}${x(noted[i]).toFixed(1)} ` +
      y(value).toFixed(1) : "")).join("") })), now, dots);
  const said = curves.map(() => el("b"));
  const legend = el("ul", { class: "legend" }, curves.map((one, k) => el("li", {},
    svg("svg", { width: 26, height: 10, "aria-hidden": "true" },
      svg("path", { ...stroke(k), d: "M0 5H26" })), ` ${one.name} `, said[k])));
  return { node: [drawing, legend], at(frame, epoch) {
    fill(now, { x1: x(epoch), x2: x(epoch) }, []);
    curves.forEach((one, k) => {
      const value = one.values[frame], seen = there(value);
      said[k].textContent = one.say ? one.say(frame) : number(value);
      fill(dots[k], { visibility: seen ? "visible" : "hidden", cx: x(noted[frame]),
        cy: seen ? y(value) : 0 }, []);
    });
  } };
}

// ---- pictures ----------------------------------------------------------------------------------

/* A function from −1 … 1 to [red, green, blue], from orange to blue or towards another hue. */
function shades() {
  const style = getComputedStyle(document.documentElement), rgb = (name) => {
    const hex = style.getPropertyValue(name).trim().slice(1), wide = hex.length / 3;
    return list(3, (k) => parseInt(hex.slice(k * wide, (k + 1) * wide).repeat(3 - wide), 16));
  };
  const paper = rgb("--card"), hues = Object.fromEntries(HUES.map((name) => [name, rgb(name)]));
  return (part, name = part < 0 ? "--minus" : "--plus") => {
    const strength = Math.min(1, Math.abs(part));
    if (Number.isNaN(part)) return hues["--soft"];
    return paper.map((from, k) => Math.round(from + (hues[name][k] - from) * strength));
  };
}

/* A canvas, and what gives each of its pixels a colour. */
function raster(rows, columns, name) {
  const canvas = el("canvas", { width: columns, height: rows, role: "img", class: name });
  return { canvas, paint(colour) {
    const context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
    image.data.fill(255);
    for (let i = 0; i < rows * columns; i++) image.data.set(colour(i), 4 * i);
    context.putImageData(image, 0, 0);
  } };
}

/* The plane of the two inputs: what the model answers where, and the samples. */
function plane(boundary, runs) {
  const { size, low, high, middle, reach, threshold, share } = boundary;
  const { classes, x, y, points, marks } = boundary;
  const values = series(boundary.values), winners = boundary.winners && series(boundary.winners);
  const most = Math.max(...runs.map((run) => run.boundary?.reach || 0));
  const curved = (part) => part * Math.abs(part);
  const output = (byte) => (byte === 255 ? NaN : middle + reach * curved(byte / 40 - 1));
  const { canvas, paint } = raster(size, size, "smooth");
  const contour = svg("path", { class: "contour" });
  const place = (value, [from, to]) =>
    100 * ((value - from) / (to - from) * (size - 1) + 0.5) / size;
  const shape = (k, across, up, wide) => svg("path", { class: "dot", d: SHAPES[k % 4], fill: hue(k),
    transform: `translate(${across} ${up}) scale(${wide})` });
  const kind = (k) => (classes && marks ? marks[k] : 2), text = el("p", { class: "small" });
  const wide = points.length > 60 ? 0.35 : 0.55;
  const over = svg("svg", { viewBox: "0 0 100 100", "aria-hidden": "true" }, contour,
    points.map(([across, up], k) => shape(kind(k), place(across, x), 100 - place(up, y), wide)));
  const kinds = [...new Set(points.map((_, k) => kind(k)))].sort();
  const legend = el("ul", { class: "legend" }, kinds.map((k) => el("li", {},
    svg("svg", { width: 14, height: 12, viewBox: "-7 -6 14 12", "aria-hidden": "true" },
      shape(k, 0, 0, 1)), classes && marks ? ` class ${k}` : " sample")));
  const ends = ([from, to]) => `from ${number(from, 3)} to ${number(to, 3)}`;
  return { node: [el("div", { class: "plane" }, canvas, over), legend, el("p", { class: "small" },
    `Across: x₁ ${ends(x)}; up: x₂ ${ends(y)}.`), text], at(frame) {
    const shown = values(frame), won = winners && winners(frame), shade = shades();
    paint((i) => {              // the highest row of the picture is the last of the grid
      const cell = (size - 1 - Math.floor(i / size)) * size + i % size;
      const value = output(shown[cell]);
      if (!won) return shade(0.6 * (value - middle) / most);
      return shade(0.1 + 0.6 * (value - low) / (high - low || 1), HUES[won[cell] % HUES.length]);
    });
    if (threshold !== null) {
      contour.setAttribute("d", crossing((i, j) => output(shown[i * size + j]) - threshold, size));
    }
    if (won) text.textContent = "Colour: the class of the largest output, pale where it is small.";
    else if (threshold === null) {
      text.textContent = `The output lies ${ends([low, high])} in all epochs.`;
    } else {
      text.textContent = `The output is above ${number(threshold)} (the line) on ` +
        `${number(100 * share[frame], 3)} % of the plane.`;
    }
    canvas.setAttribute("aria-label", `Output over both inputs. ${text.textContent}`);
  } };
}

/* Marching squares: where a function on a grid changes its sign, as pieces of line. */
function crossing(value, size) {
  const at = (part) => (100 * (part + 0.5) / size).toFixed(2);
  let path = "";
  for (let i = 0; i + 1 < size; i++) for (let j = 0; j + 1 < size; j++) {
    const corners = [[i, j], [i, j + 1], [i + 1, j + 1], [i + 1, j], [i, j]], found = [];
    for (let k = 0; k < 4; k++) {
      const [[a, b], [c, d]] = [corners[k], corners[k + 1]], u = value(a, b), v = value(c, d);
      const part = u / (u - v);
      if (u > 0 !== v > 0) {
        found.push(`${at(b + part * (d - b))} ${at(size - 1 - a - part * (c - a))}`);
      }
    }
    for (let k = 0; k + 1 < found.length; k += 2) path += `M${found[k]}L${found[k + 1]}`;
  }
  return path;
}

/* All weights: few numbers as a table, more as a picture; a unit of 784 inputs as 28 by 28. */
function weights(run, runs) {
  const all = (one) => one.layers.flatMap((layer) => layer.weights
    .map((weight) => ({ ...weight, title: `${layer.name}/${weight.name}` })));
  const made = all(run).map((weight, place) => {
    const most = Math.max(...runs.map((one) => all(one)[place]?.largest || 0)) || 1;
    const count = weight.rows * weight.columns, bytes = series(weight.series);
    const read = (now, k) => (weight.half ? half(now[k] | now[count + k] << 8) * weight.scale
      : now[k] === 128 ? NaN : (now[k] << 24 >> 24) / 127 * weight.largest);
    const { title, shape } = weight, lying = weight.columns === 1 && weight.rows < 196;
    const [rows, columns] = lying ? [1, weight.rows] : [weight.rows, weight.columns];
    const caption = `${title} ${shapeText(shape)}` + (count < shape.reduce((a, b) => a * b, 1)
      ? `, first ${columns} of ${shape.at(-1)} units` : "");
    if (columns <= 8 && rows <= 12) {
      const cells = list(count, () => el("td"));
      return { node: el("table", { class: "weights" }, el("caption", {}, caption), list(rows, (i) =>
        el("tr", {}, cells.slice(i * columns, (i + 1) * columns)))), at: (frame, shade) =>
        cells.forEach((cell, k) => {
          const value = read(bytes(frame), k);
          cell.textContent = number(value, columns > 4 ? Math.abs(value) < 0.1 ? 1 : 2 : 3);
          cell.title = number(value, 3);
          // pale: the number stays readable
          cell.style.setProperty("background", `rgb(${shade(0.45 * value / most)})`);
        }) };
    }
    const side = Math.sqrt(rows), square = rows >= 196 && Number.isInteger(side);
    const pictures = list(square ? columns : 1, () =>
      (square ? raster(side, side, "square") : raster(rows, columns, "pixels")));
    return { node: [el("p", { class: "small" }, caption), pictures.map((one) => one.canvas)],
      at: (frame, shade) => pictures.forEach((one, unit) => {
        const now = list(count / pictures.length, (i) =>
          read(bytes(frame), square ? i * columns + unit : i));
        one.paint((i) => shade(now[i] / most));
        one.canvas.setAttribute("aria-label", `${caption}${square ? `, unit ${unit}` : ""}: from ` +
          `${number(Math.min(...now), 3)} to ${number(Math.max(...now), 3)}`);
      }) };
  });
  return made.length && { node: made.map((one) => one.node), at(frame) {
    const shade = shades();
    made.forEach((one) => one.at(frame, shade));
  } };
}
