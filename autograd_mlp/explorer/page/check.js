// The numeric check beside every gradient, and charts with a logarithmic scale.

const VERDICTS = { agrees: ["✓", "good"], "kink crossed": ["∠", ""], "below round-off": ["≈", ""],
  DISAGREES: ["✗", "bad"], "not checked": ["○", ""] };

/* A verdict as icon, word and colour. */
function badge(verdict) {
  const [icon, look] = VERDICTS[verdict] || ["○", ""];
  return el("strong", { class: `verdict ${look}` }, `${icon} ${verdict}`);
}

function checkFor(id) { return (doc.checks || []).find(({ tensor }) => tensor === id); }

/* A table that scrolls sideways by itself. */
function tableOf(label, titles, rows) {
  return el("div", { class: "scroll tall", tabindex: 0, role: "region", "aria-label": label },
    el("table", {},
      el("thead", {}, el("tr", {}, titles.map((title) => el("th", { scope: "col" }, title)))),
      el("tbody", {}, rows.map(({ marked, cells: [first, ...others] }) => el("tr",
        { class: marked && "marked" }, el("th", { scope: "row" }, first),
        others.map((content) => el("td", {}, content)))))));
}

/* Buttons of which one is chosen. */
function choiceOf(label, entries, choose) {
  const buttons = entries.map(([name, value]) => el("button", { type: "button",
    onclick: () => choose(value) }, name));
  return [el("div", { role: "group", "aria-label": label, class: "choices" }, buttons), (chosen) =>
    buttons.forEach((button, k) => button.setAttribute("aria-pressed", entries[k][1] === chosen))];
}

panel({ key: "check", title: "Check", available: () => doc.checks?.length > 0, render(root) {
  const [buttons, press] = choiceOf("Gradient", doc.checks.map((check) =>
    [["d", nameOf(doc.tensors[check.tensor]), " ", badge(check.verdict)], check]),
  (check) => set({ tensor: check.tensor }));
  const body = el("div");
  root.append(el("p", {}, "A gradient says how much the loss changes when one number moves a ",
    "little. So it can be measured: move the number by ε and by −ε, run the graph forward in ",
    "float64, and divide the difference of the two losses by 2ε."), buttons, body);
  listen(["tensor"], () => {
    const check = checkFor(state.tensor) || doc.checks[0];
    press(check);
    body.replaceChildren(...checkOf(check));
  });
} });

/* Numbers as a list, whether they came as a list or as an array. */
function listOf(numbers) {
  return Array.from(numbers instanceof Grid ? numbers.data : numbers || []);
}

/* Verdict, numbers and curve of one check. */
function checkOf(check) {
  const { verdict, why, checked, of, coordinates, worst } = check;
  const [analytic, numeric, eps, errors] = ["analytic", "numeric", "eps", "errors"].map((key) =>
    listOf(check[key]));
  const tensor = doc.tensors[check.tensor], axes = tensor.shape.length;
  const flat = listOf(coordinates).flat();
  const places = analytic.map((_, k) => flat.slice(k * axes, (k + 1) * axes));
  const name = (place) => `d${tensor.name}${place?.length ? `[${place.join(", ")}]` : ""}`;
  const most = Array.isArray(worst) ? worst : places[worst];
  const said = curveSaid(eps, errors);
  const isWorst = (place) => analytic.length > 1 && most && same(place, most);
  return [
    el("h3", {}, "d", nameOf(tensor), " ",
      el("span", { class: "shapes" }, shapeText(tensor.shape)),
      ` · ${checked} of ${of} numbers checked`),
    el("p", {}, badge(verdict), " ", why),
    analytic.length > 0 && tableOf("Checked numbers",
      ["number", "backward pass", "measured", "difference"],
      analytic.map((value, k) => ({ marked: isWorst(places[k]), cells: [
        [name(places[k]), isWorst(places[k]) && el("small", {}, " worst")],
        figure(value), figure(numeric[k]), figure(value - numeric[k])] }))),
    ...(eps.length > 1 ? [el("h3", {}, `Error of the measurement against ε, at ${name(most)}`),
      chart({ x: "ε", y: "|measured − backward|", logX: true,
        lines: [{ name: "error", x: eps, y: errors }],
        hints: [said[1] && "ε too small: round-off", said[0] && "ε too large: curvature"] }),
      el("p", { class: "small" }, said[2])] : []),
  ].filter(Boolean);
}

/* What the curve of a check shows: [whether curvature is seen, whether round-off is, in words]. */
function curveSaid(eps, errors) {
  const points = eps.map((at, k) => [at, errors[k]]).filter(([, error]) => error > 0)
    .sort(([a], [b]) => a - b).map(([, error]) => error);
  if (!points.length) return [false, false, "The measurement is the gradient to the last digit."];
  const least = Math.min(...points), curved = points.at(-1) > 30 * least;
  const rough = points[0] > 3 * least;
  return [curved, rough, [curved ? "From the right the error falls: of curvature a hundredth " +
    "is left with each tenth of ε." : "At the right it does not fall: curvature is too small to " +
    "be seen here.", rough && "At the left the two losses are so alike that their " +
    "difference is round-off.", "Where it is level, that is the rounding of the gradient itself " +
    "or, if that is wrong, its mistake."].filter(Boolean).join(" ")];
}

// ---- charts ------------------------------------------------------------------------------------

/* Some round numbers from one to the other. */
function between(from, to) {
  const rough = (to - from) / 4, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((times) => times * power >= rough);
  const first = Math.ceil(from / step), length = Math.floor(to / step) - first + 1;
  return Array.from({ length }, (_, k) => (first + k) * step);
}

/* Positive numbers on a logarithmic scale: {x, y: titles, logX, lines: [{name, x, y, dashed}],
   hints: [left, right]}. Lines differ by dashes too, and their names stand at their ends. */
function chart({ x, y, logX = false, lines, hints = [] }) {
  const wide = 400, high = 230, left = 46, right = wide - (lines.length > 1 ? 58 : 12);
  const top = 24, bottom = high - 42;
  const good = (value) => value > 0 && value < Infinity, log = Math.log10;
  const points = lines.map((line) => Array.from(line.y, (value, k) => [line.x?.[k] ?? k, value]));
  const heights = points.flat().map(([, value]) => value).filter(good).map(log);
  if (!heights.length) return el("p", { class: "note" }, "No value is positive: no curve.");
  const across = points.flat().map(([at]) => (logX ? log(at) : at));
  const [x0, x1] = [Math.min(...across), Math.max(...across)];
  const least = Math.min(...heights), most = Math.max(...heights), wideRange = most > least + 1.3;
  const [y0, y1] = wideRange ? [Math.floor(least), Math.ceil(most)] : [least - 0.01, most + 0.01];
  const toX = (at) => left + ((logX ? log(at) : at) - x0) / (x1 - x0 || 1) * (right - left);
  const toY = (value) => bottom - (log(value) - y0) / (y1 - y0) * (bottom - top);
  const powers = (from, to) => {
    const step = Math.ceil((to - from + 1) / 7), first = Math.ceil(from - 1e-9);
    const length = Math.floor((to + 1e-9 - first) / step) + 1;
    return Array.from({ length }, (_, k) => first + k * step);
  };
  const power = (exponent) => ["10", svg("tspan", { dy: -5, class: "low" },
    `${exponent < 0 ? "−" : ""}${Math.abs(exponent)}`)];
  const yTicks = wideRange ? powers(y0, y1).map((e) => [10 ** e, power(e)])
    : between(10 ** y0, 10 ** y1).map((value) => [value, number(value)]);
  const text = (at, down, look, ...content) =>
    svg("text", { x: at, y: down, class: look }, content);
  const ends = [];
  const curve = ({ name, dashed }, k) => {
    let path = "", pen = "M", end = null;
    for (const [at, value] of points[k]) {
      if (good(value)) {
        end = [toX(at), toY(value)];
        path += pen + end.map((place) => place.toFixed(1)).join(" ");
      }
      pen = good(value) ? "L" : "M";
    }
    if (!end) return null;
    while (ends.some((other) => Math.abs(other - end[1]) < 14)) end[1] -= 14;
    ends.push(end[1]);
    return [svg("path", { class: `line ${dashed ? "dashed" : ""}`, d: path }),
      lines.length > 1 && text(end[0] + 6, end[1] + 4, dashed ? "minus" : "plus", name)];
  };
  const said = lines.map(({ name }, k) => {
    const all = points[k].map(([, value]) => value).filter((value) => value !== null);
    const [from, to, least] = [all[0], all.at(-1), Math.min(...all)].map((at) => number(at));
    return `${name} from ${from} to ${to}, least ${least}`;
  });
  return el("div", { class: "chart" }, svg("svg", { viewBox: `0 0 ${wide} ${high}`, role: "img",
    "aria-label": `${y} against ${x}: ${said.join("; ")}` },
  yTicks.map(([value, title]) => [
    svg("path", { class: "rule", d: `M${left} ${toY(value).toFixed(1)}H${right}` }),
    text(left - 6, toY(value) + 4, "end", title)]),
  (logX ? powers(x0, x1).map((e) => [10 ** e, power(e)]) : [x0, x1].map((at) => [at, number(at)]))
    .map(([at, title]) => text(toX(at), bottom + 18, "middle", title)),
  text((left + right) / 2, high - 6, "middle", x), text(left, 12, "", y),
  hints[0] && text(left, high - 6, "hint", hints[0]),
  hints[1] && text(right, high - 6, "hint end", hints[1]), lines.map(curve)));
}
