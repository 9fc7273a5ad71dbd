// From the packed bytes to the document; numbers and elements as all panels write them.
"use strict";

/* The document: what Explanation.to_dict() returned in Python, arrays as `Grid`. */
let doc = null;

function unpack(bytes) {
  const length = new DataView(bytes).getUint32(0, true);      // of the JSON; the arrays follow
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, length)));
  const grids = head.arrays.map((entry) => new Grid(bytes, 8 + length, entry));
  const revive = (value) => {
    if (value === null || typeof value !== "object") return value;
    if (value["@"] !== undefined) return grids[value["@"]];
    if (value["#"] !== undefined) return Number(value["#"]);        // NaN, infinities
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
    else if (this.kind === "u1") data = new Uint8Array(bytes, start, count);
    else {                      // float16: all high bytes follow all low bytes
      const parts = new Uint8Array(bytes, start, 2 * count), scale = 2 ** -this.exponent;
      data = new Float64Array(count);
      for (let i = 0; i < count; i++) data[i] = half(parts[i] | parts[count + i] << 8) * scale;
    }
    Object.defineProperty(this, "data", { value: data });
    return data;
  }
  /* The number in a row and column, counted as in a matrix; undefined if the file lacks it. */
  at(row, column) {
    return column < this.stored ? this.data[row * this.stored + column] : undefined;
  }
  /* The same as text. */
  text(row, column) { return number(this.at(row, column), this.digits); }
  get item() { return this.at(0, 0); }
  /* How many are NaN or infinite. */
  get odd() {
    const odd = this.data.filter((value) => !Number.isFinite(value)).length;
    Object.defineProperty(this, "odd", { value: odd });
    return odd;
  }
  /* The largest absolute value: full colour in a heatmap. */
  get largest() {
    let largest = 0;
    for (const value of this.data) {
      if (Math.abs(value) > largest && Number.isFinite(value)) largest = Math.abs(value);
    }
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

/* A number as text: what `numbers.text` gives in Python for the same number. */
function number(value, digits = 4) {
  if (value === null || value === undefined) return "–";      // not there yet
  if (Number.isNaN(value)) return "NaN";
  const sign = value < 0 ? "−" : "";
  if (!Number.isFinite(value)) return sign + "∞";
  if (value === 0) return "0";
  const [mantissa, power] = Math.abs(value).toExponential(digits - 1).split("e");
  const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (power >= -4 && power < digits) {
    const plain = Number(`${mantissa}e${power}`);
    return sign + trimmed(plain.toFixed(Math.max(0, digits - 1 - power)));
  }
  const [, direction, places] = /([+-])(.*)/.exec(power);
  return `${sign}${trimmed(mantissa)}e${direction === "-" ? "−" : "+"}${places.padStart(2, "0")}`;
}

/* [4×2] for a shape; nothing for a single number. */
function shapeText(shape) { return shape.length ? `[${shape.join("×")}]` : ""; }

/* "+", "−", "0" or "NaN"; for a grid "±" where both signs occur, "NaN" where one does. */
function signOf(value) {
  if (Number.isNaN(value)) return "NaN";
  if (!(value instanceof Grid)) return value > 0 ? "+" : value < 0 ? "−" : "0";
  if (value.data.some(Number.isNaN)) return "NaN";
  if (!value.sign) {
    let plus = false, minus = false;
    for (const x of value.data) { plus ||= x > 0; minus ||= x < 0; }
    value.sign = plus && minus ? "±" : plus ? "+" : minus ? "−" : "0";
  }
  return value.sign;
}

/* An element. `style` is an object, `on…` a function, false leaves an attribute out; children are
   elements and text, and text never becomes markup. */
function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}
function svg(tag, attributes, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name === "style") {
      for (const [property, setting] of Object.entries(value)) {
        element.style.setProperty(property, setting);
      }
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  const given = (child) => child !== false && child !== null && child !== undefined;
  element.append(...children.flat(Infinity).filter(given));
  return element;
}

/* Formulas (MathML) and drawings (SVG) that Python wrote: each element is made anew, if its name
   is in this list, with its attributes unless they could run something or fetch something. */
const SAFE = new Set(`math mrow mi mn mo ms mtext mspace msub msup msubsup mfrac msqrt mroot mover
  munder munderover mtable mtr mtd mpadded mstyle svg g path rect text tspan title`.split(/\s+/));
function rebuild(text) {
  const copy = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (!SAFE.has(node.localName)) return "";
    const made = document.createElementNS(node.namespaceURI, node.localName);
    for (const { name, value } of node.attributes) {
      if (!/^(on|style|href|xml)/.test(name)) made.setAttribute(name, value);
    }
    made.append(...[...node.childNodes].map(copy));
    return made;
  };
  return copy(new DOMParser().parseFromString(text, "application/xml").documentElement);
}
/* A formula; as plain text where there is no MathML of it. */
function math(text, plain = "") {
  const namespace = '<math xmlns="http://www.w3.org/1998/Math/MathML"';
  if (!text) return el("span", { class: "formula" }, plain);
  const made = rebuild(text.replace(/^<math(?! xmlns)/, namespace));
  const lines = (made.getAttribute("aria-label") || "").split(/[,;:]\s\s+/);
  made.style.setProperty("--long", Math.max(...lines.map((line) => line.length)));
  return made;
}

/* A tensor's name with its digits set low: W1 becomes W and a small 1. */
function nameOf(tensor) {
  const [, stem, digits] = /^(.*?[A-Za-z])(\d+)$/.exec(tensor.name) || [null, tensor.name, ""];
  return el("var", {}, stem, digits && el("sub", {}, digits));
}

/* The class of a number by its sign, blue or orange; NaN and infinities are hatched. */
function signClass(value) {
  if (typeof value === "number" && !Number.isFinite(value)) return "odd";
  return value > 0 ? "plus" : value < 0 ? "minus" : "zero";
}
/* How strong its colour is, compared with the largest number of its array. */
function strength(value, largest) {
  if (!value || !largest) return 1;
  return (0.12 + 0.88 * Math.min(1, Math.abs(value) / largest)).toFixed(3);
}
