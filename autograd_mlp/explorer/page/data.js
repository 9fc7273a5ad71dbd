"use strict";
// From the packed text to the document; numbers and elements as all panels write them.

/* The document: what Explanation.to_dict() returned in Python, arrays as `Grid`. */
let doc = null;

async function unpack(text) {
  const deflated = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = await new Response(stream).arrayBuffer();
  const length = new DataView(bytes).getUint32(0, true);      // of the JSON; the arrays follow
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, length)));
  const grids = head.arrays.map((entry) => new Grid(bytes, 8 + length, entry));
  const revive = (value) => {
    if (value === null || typeof value !== "object") return value;
    if (value["@"] !== undefined) {
      const grid = grids[value["@"]];
      return grid;
    }
    for (const key of Object.keys(value)) value[key] = revive(value[key]);
    return value;
  };
  delete head.arrays;
  return revive(head);
}

/* An array of numbers. `shape` is the one it has in Python; of the last axis only `stored`
   positions may be in the file (all of them, for most arrays). `digits` says how many significant
   digits may be shown: 4, or 3 where the file holds float16. */
class Grid {
  constructor(bytes, start, [offset, kind, shape, stored, exponent]) {
    Object.assign(this, { bytes, start: start + offset, kind, shape, stored, exponent });
    this.columns = shape.length ? shape[shape.length - 1] : 1;
    this.size = shape.reduce((product, length) => product * length, 1);
    this.rows = this.columns ? this.size / this.columns : 0;
    this.digits = kind === "f2" ? 3 : 4;
  }
  /* The numbers in the file, rows × stored, read when first asked for. */
  get data() {
    const count = this.rows * this.stored, { bytes, start } = this;
    let data;
    if (this.kind === "f8") data = new Float64Array(bytes, start, count);
    else if (this.kind === "f4") data = new Float32Array(bytes, start, count);
    else if (this.kind === "i4") data = new Int32Array(bytes, start, count);
    else {                      // float16: all high bytes follow all low bytes
      const parts = new Uint8Array(bytes, start, 2 * count), scale = 2 ** -this.exponent;
      data = new Float64Array(count);
      for (let i = 0; i < count; i++) data[i] = half(parts[i] | parts[count + i] << 8) * scale;
    }
    Object.defineProperty(this, "data", { value: data });
    return data;
  }
  /* The number in a row and column, counted as in a matrix; undefined if the file lacks it. */
  at(row, column) { return column < this.stored ? this.data[row * this.stored + column] : undefined; }
  /* The same as text. */
  text(row, column) { return number(this.at(row, column), this.digits); }
  get item() { return this.at(0, 0); }
  /* The largest absolute value: full colour in a heatmap. */
  get largest() {
    let largest = 0;
    for (const value of this.data) if (Math.abs(value) > largest && value - value === 0) largest = Math.abs(value);
    Object.defineProperty(this, "largest", { value: largest });
    return largest;
  }
}

/* The value of 16 bits of float16. */
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1, power = bits >> 10 & 31, fraction = bits & 1023;
  if (power === 31) return fraction ? NaN : sign * Infinity;
  return sign * (power ? 2 ** (power - 15) * (1 + fraction / 1024) : 2 ** -14 * fraction / 1024);
}

/* A number as text: the same text that `numbers.text` gives in Python for the same number, which is
   "%.4g" with a true minus sign.  A number that is not there yet is a dash. */
function number(value, digits = 4) {
  if (value === null || value === undefined) return "—";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  let [mantissa, power] = Math.abs(value).toExponential(digits - 1).split("e");
  const [longest] = Math.abs(value).toExponential(40).split("e");
  // exactly half-way between two roundings: C and Python take the even one, JavaScript the upper
  if (/^50*$/.test(longest.slice(digits + 1)) && "13579".includes(mantissa.at(-1))) {
    mantissa = longest.slice(0, digits + 1);
  }
  power = Number(power);
  let text;
  if (power < -4 || power >= digits) {
    const exponent = String(Math.abs(power)).padStart(2, "0");
    text = `${trimmed(mantissa)}e${power < 0 ? "−" : "+"}${exponent}`;
  } else {
    const all = mantissa.replace(".", "");
    if (power < 0) text = trimmed("0." + "0".repeat(-power - 1) + all);
    else text = trimmed(`${all.slice(0, power + 1)}.${all.slice(power + 1)}`);
  }
  return (value < 0 ? "−" : "") + text;
}
function trimmed(text) { return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text; }

/* [4×2] for a shape; nothing for a single number. */
function shapeText(shape) { return shape.length ? `[${shape.join("×")}]` : ""; }

/* "+", "−" or "0"; for a grid "±" where both signs occur. */
function signOf(value) {
  if (!(value instanceof Grid)) return value > 0 ? "+" : value < 0 ? "−" : "0";
  let plus = false, minus = false;
  for (const x of value.data) { plus ||= x > 0; minus ||= x < 0; }
  return plus && minus ? "±" : plus ? "+" : minus ? "−" : "0";
}

/* An element. Attributes by name; `class`, `dataset`, `style` (an object) and `on…` as one expects;
   children are elements or text. Text never becomes markup. */
function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}
function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") {
      for (const [property, setting] of Object.entries(value)) element.style.setProperty(property, setting);
    } else if (name === "dataset") Object.assign(element.dataset, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/* Formulas: Python wrote MathML; each element is made anew, from this list and no other. */
const MATHML = "http://www.w3.org/1998/Math/MathML";
const MATH_TAGS = new Set(["math", "mrow", "mi", "mn", "mo", "ms", "mtext", "mspace", "msub", "msup",
  "msubsup", "mfrac", "msqrt", "mroot", "mover", "munder", "munderover", "mfenced", "mtable", "mtr",
  "mtd", "mpadded", "mstyle", "mphantom"]);
const MATH_ATTRIBUTES = new Set(["mathvariant", "display", "stretchy", "accent", "width", "columnalign"]);
function math(text, plain = "") {
  const parsed = text ? new DOMParser().parseFromString(text, "application/xml").documentElement : null;
  const copy = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || !MATH_TAGS.has(node.localName)) return "";
    const made = document.createElementNS(MATHML, node.localName);
    for (const { name, value } of node.attributes) if (MATH_ATTRIBUTES.has(name)) made.setAttribute(name, value);
    made.append(...[...node.childNodes].map(copy));
    return made;
  };
  return parsed && parsed.localName === "math" ? copy(parsed) : el("span", { class: "formula" }, plain);
}

/* A tensor's name with its digits set low: W1 becomes W and a small 1. */
function nameOf(tensor) {
  const [, stem, digits] = /^(.*?[A-Za-z])(\d+)$/.exec(tensor.name) || [null, tensor.name, ""];
  return el("var", {}, stem, digits && el("sub", {}, digits));
}
