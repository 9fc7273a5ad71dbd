"""From a document (`Explanation.to_dict()`) to one HTML file that needs nothing else.

The file holds, in this order: a policy that forbids every request, the style sheet, a skeleton
that reads well without a script (title, graph as inline SVG, table of all steps), the script with
the style of what it makes, and the document.  These two are deflated and written in base64, which
makes the file a third as long; `page/load.js` reads them with the browser's own
``DecompressionStream``.  The script runs because the policy names its hash.  Of the document, the
plain part is JSON, and its arrays follow as raw bytes.  Nothing in the file depends on time or
place: the same document gives the same bytes.

How arrays are packed:

- up to `EXACT` cells: the bits of the array as they are, float32 or float64;
- more: float16 of the array times a power of two, chosen per array so that its largest number is
  near the upper end of float16.  float16 alone would lose gradients under 6e-8; scaled, what is
  within a factor 2⁻²⁹ of the largest number keeps 11 significant bits, so three digits are shown;
- still more: only the first columns (units of a layer), and the page says how many;
- bytes (of the replay): as they are.

Of a fault's numbers (losses while training with it) 9 digits travel: four are shown, 17 do not
deflate.

`packed_value` gives an array as the page will show it.
"""

import base64
import hashlib
import json
import math
import zlib
from html import escape
from pathlib import Path

import numpy as np

from . import layout

FOLDER = Path(__file__).parent / "page"
STYLE = "page.css"                              # of what is there without a script
PANEL_STYLES = ("panels.css", "replay.css")     # of what the script makes; they travel with it
LOADER = "load.js"
SCRIPTS = ("data.js", "state.js", "timeline.js", "graph.js", "card.js", "matrix.js", "check.js",
           "faults.js", "predict.js", "replay.js", "keys.js", "main.js")

EXACT = 4096            # cells of an array that keeps its bits
ROOMS = ((1 << 16, 1 << 14), (1 << 16, 1 << 12), (1 << 15, 1 << 12), (1 << 14, 1 << 11),
         (1 << 12, 1 << 10))
"""Most cells stored of (values, gradients and new weights; all other arrays): tried from the left
until the packed document is not larger than `FULL`."""
FULL = 880_000          # characters of base64
TABLE_STEPS = 600       # rows of the table of steps that is readable without a script


def html(document):
    """Return the page of a document, a whole HTML file as text.

    Parameters
    ----------
    document : dict
        What ``Explanation.to_dict()`` returns (schema in `autograd_mlp.explorer.story`).

    Returns
    -------
    str
        The same for the same document, whenever and wherever it is made.
    """
    left_out = () if document.get("replay") else ("replay.css", "replay.js")
    panels, script = ("".join(_source(name) for name in names if name not in left_out)
                      for names in (PANEL_STYLES, SCRIPTS))
    style, loader, script = _source(STYLE), _source(LOADER), _sheet(panels) + script
    drawn, absent = layout.drawings(document)
    operations = drawn.pop("operations", "")
    return _PAGE.format(
        policy=f"default-src 'none'; style-src '{_hash(style)}'; "
               f"script-src '{_hash(loader)}' '{_hash(script)}'; base-uri 'none'; "
               "form-action 'none'",
        title=escape(f"Backpropagation: {document['title']}"), heading=escape(document["title"]),
        style=style, loader=loader, script=_deflated(script.encode()), facts=_facts(document),
        operations=operations, steps=_steps_table(document),
        packed=pack({**document, "drawings": {"operations": None, **drawn}, "absent": absent}))


def _source(name):
    path = FOLDER / name
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _sheet(css):
    """Script that adds a style sheet to the page."""
    return f"""\
const panelStyles = new CSSStyleSheet();
panelStyles.replaceSync(`{css}`);
document.adoptedStyleSheets = [panelStyles];

"""


def _hash(text):
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _deflated(data):
    return base64.b64encode(zlib.compress(data, 9)).decode()


# ---- packing -----------------------------------------------------------------------------------

def pack(document):
    """Return the document as base64 of deflated bytes, arrays included.

    The bytes are: the length of the JSON (4 bytes, little-endian), the JSON padded with spaces to
    a multiple of 8, then the arrays.  In the JSON, which has no NaN and no infinity, these are
    ``{"#": text}``.  An array is ``{"@": number}``, and the key
    ``arrays`` lists ``[offset, kind, shape, stored columns, exponent]`` for each; equal arrays are
    stored once.
    """
    for main, other in ROOMS:
        packed = _Packer(main, other).pack(document)
        if len(packed) <= FULL:
            break
    return packed


class _Packer:
    """Collects the arrays of one document."""

    def __init__(self, main, other):
        self.main, self.other = main, other
        self.chunks, self.table, self.known, self.length = [], [], {}, 0

    def pack(self, document):
        plain = self.plain(document, ())
        head = json.dumps({**plain, "arrays": self.table}, ensure_ascii=False, allow_nan=False,
                          separators=(",", ":")).encode()
        head += b" " * (-len(head) % 8)
        raw = b"".join([len(head).to_bytes(4, "little"), bytes(4), head, *self.chunks])
        return _deflated(raw)

    def plain(self, value, path):
        if isinstance(value, dict):
            # what keeps the most of its cells first: equal arrays that follow share its copy
            keys = sorted(value, key=lambda key: (key == "rows", key == "faults"))
            return {str(key): self.plain(value[key], (*path, key)) for key in keys}
        if isinstance(value, (list, tuple)):
            return [self.plain(part, path) for part in value]
        if isinstance(value, np.ndarray):
            return {"@": self.array(value, self.room(path))}
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, float):
            if not math.isfinite(value):
                return {"#": str(value).replace("inf", "Infinity").replace("nan", "NaN")}
            if path[:1] == ("faults",):
                value = float(f"{value:.9g}")
        return value

    def room(self, path):
        main = path[0] in ("tensors", "edges") or path[0] == "updates" and "rows" not in path
        return self.main if main else self.other

    def array(self, array, room):
        key = array.dtype.str, array.shape, array.tobytes()
        if key not in self.known:
            kind, shape, columns, exponent, data = encode(array, room)
            self.known[key] = len(self.table)
            self.table.append([self.length, kind, list(shape), columns, exponent])
            self.chunks.append(data + bytes(-len(data) % 8))
            self.length += len(self.chunks[-1])
        return self.known[key]


def encode(array, room):
    """Return (kind, shape, columns stored, exponent, bytes) of one array.

    The kind is ``"f8"``, ``"f4"`` (exact), ``"i4"``, ``"u1"`` or ``"f2"`` (float16 of
    array · 2^exponent).
    """
    array = np.asarray(array)
    shape, columns = array.shape, array.shape[-1] if array.ndim else 1
    if array.dtype == np.uint8:
        return "u1", shape, columns, 0, array.tobytes()
    if array.dtype.kind in "biu":
        wide = array.size and (array.max() >= 1 << 31 or array.min() < -(1 << 31))
        array = array.astype("<f8" if wide else "<i4")
    elif array.dtype not in (np.float32, np.float64):
        array = array.astype("<f8")
    if array.size > room and array.ndim > 1:
        columns = max(1, min(columns, room * columns // array.size))
        array = array[..., :columns]
    exponent = 0
    if array.dtype.kind == "f" and array.size > EXACT:
        exponent = _exponent(array)
        array = np.ldexp(array.astype("<f8"), exponent).astype("<f2")
        # the high bytes (sign, exponent) are alike and the low ones are not: apart, they deflate
        data = np.ascontiguousarray(array).reshape(-1).view(np.uint8).reshape(-1, 2).T.tobytes()
    else:
        array = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        data = array.tobytes()
    return array.dtype.kind + str(array.dtype.itemsize), shape, columns, exponent, data


def _exponent(array):
    """The power of two that brings the largest finite number of an array just under 2¹⁵."""
    finite = np.abs(array[np.isfinite(array)])
    largest = float(finite.max()) if finite.size else 0.0
    return 15 - math.frexp(largest)[1] if largest else 0


def packed_value(array, room=ROOMS[0][0]):
    """An array as the page shows it, float64: rounded if it is large, and cut to `room` cells."""
    array = np.asarray(array)
    kind, _, columns, exponent, _ = encode(array, room)
    shown = array[..., :columns] if array.ndim else array
    if kind == "f2":
        shown = np.ldexp(np.ldexp(shown.astype("f8"), exponent).astype("f2").astype("f8"),
                         -exponent)
    return shown.astype("f8")


# ---- what is readable without a script ---------------------------------------------------------

def _facts(document):
    """One line under the title: what was recorded."""
    parameters = sum(int(np.prod(t["shape"])) for t in document["tensors"]
                     if t["role"] == "weight" and t["requires_grad"])
    operations = len(document["nodes"])
    facts = [f"{operations} operation{'s' * (operations != 1)}",
             f"{parameters:,} parameter{'s' * (parameters != 1)}", document["dtype"]]
    if document.get("batch"):
        facts.insert(0, f"batch of {document['batch']}")
    return escape(" · ".join(facts).replace(",", "\u202f"))


def _steps_table(document):
    """All steps as rows of a table."""
    steps = document["steps"]
    rows = "".join(f"<tr><td>{number}<td>{escape(step['title'])}<td>{escape(step['text'])}\n"
                   for number, step in enumerate(steps[:TABLE_STEPS], 1))
    note = "" if len(steps) <= TABLE_STEPS else \
        f"<p>The first {TABLE_STEPS} of {len(steps)} steps.</p>"
    return (f'{note}<table><thead><tr><th scope="col">step<th scope="col">what happens'
            f'<th scope="col">as a sentence</thead><tbody>\n{rows}</tbody></table>')


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#card">Skip to the step</a>
<header><h1>{heading}</h1><p class="facts">{facts}</p></header>
<main>
<noscript><p class="note">The steps below are all here as a table. With JavaScript this page also
steps through them, forward and backward.</p></noscript>
<p class="note" id="old" hidden>This browser cannot unpack the page's script; the table of steps
below is all that it can show.</p>
<section id="timeline" aria-label="Timeline"></section>
<section id="graph" aria-labelledby="graph-title">
<div class="bar"><h2 id="graph-title">Graph</h2></div>
<div id="drawing" class="scroll" tabindex="0" role="region" aria-label="Drawing of the graph">
{operations}
</div>
</section>
<div class="columns">
<section id="card" aria-labelledby="card-title" tabindex="-1"></section>
<section id="panels" aria-label="Views"></section>
</div>
<details id="steps"><summary>All steps as a table</summary>
<div class="scroll" tabindex="0" role="region" aria-label="Table of steps">{steps}</div></details>
</main>
<footer><p>Made by autograd_mlp. This file asks nothing of the network.</p>
<details id="source" hidden><summary>The script of this page</summary></details></footer>
<dialog id="help" aria-labelledby="help-title"></dialog>
<script id="document" type="text/plain">{packed}</script>
<script id="script" type="text/plain">{script}</script>
<script>{loader}</script>
</body>
</html>
"""
