"""The rule reference: what every operation computes, its derivative, its shapes, and its code.

Everything is read from the operations' own entries (``ops.OPS``); where the code stands is found
by following what an entry registers, so there is no second list.  ``python -m autograd_mlp rules``
prints it, and writes it as one HTML page.
"""

import base64
import functools
import hashlib
import inspect
import re
import sys
import textwrap
from html import escape
from pathlib import Path
from typing import NamedTuple

from .. import optimizers
from .._errors import did_you_mean
from ..ops import OPS
from .mathml import mathml, parts

ROOT = Path(__file__).resolve().parents[2]      # of a checkout; of installed packages otherwise
STYLES = ("page.css", "rules.css")
FAMILIES = {
    "unary": "of one tensor, element by element", "binary": "of two tensors, element by element",
    "activation": "also to be used inside dense layers", "reduce": "many numbers become one",
    "linalg": "products of matrices", "shape": "the same numbers, arranged or picked",
    "loss": "one number for each sample", "normalize": "to mean 0 and variance 1",
    "random": "noise that training adds", "metric": "counts, without a gradient",
    "compare": "1 or 0, and whole numbers, without a gradient"}
"""What the families are, in the order of the reference; a family not named here comes last."""

USAGE = """\
usage: python -m autograd_mlp rules [NAME...] [--html FILE]

rules     prints the formula, derivative and shapes of every operation; of those that are named
          also what the entry says, and where its code stands.  --html writes one page for a
          browser, with the code in it; it needs nothing else
"""


class Place(NamedTuple):
    """A piece of source code: of the checkout or package, its file, its lines (from 1)."""

    role: str
    file: str
    first: int
    text: str | None        # None: the file is not at hand (compiled sources of a wheel)

    def __str__(self):
        return f"{self.file}:{self.first}"


# ---- where the code stands ---------------------------------------------------------------------

@functools.cache
def _lines(file):
    path = ROOT / file
    return tuple(path.read_text(encoding="utf-8").split("\n")) if path.is_file() else ()


def _block(file, first):
    """The lines of the definition that begins at line `first`: to the next at the left margin."""
    lines = _lines(file)[first - 1:]
    head = next((i for i, line in enumerate(lines) if re.match(r"(cp?def|def|class|\w+ =)", line)),
                0)
    # What closes a signature of several lines, or an assignment, stands at the margin too.
    end = next((i for i, line in enumerate(lines[head + 1:], head + 1)
                if line and not line[0].isspace() and line[0] not in ")]}"), len(lines))
    return "\n".join(lines[:end]).rstrip()


@functools.cache
def _definitions():
    """Name → places of the compiled functions of that name; constant → kernels it stands for."""
    functions, kernels = {}, {}
    for path in sorted((ROOT / "csrc").rglob("*.pxi")):
        file = path.relative_to(ROOT).as_posix()
        for number, line in enumerate(_lines(file), 1):
            if found := re.match(r"(?:cdef (?:inline )?\w+|def) (\w+)\(", line):
                functions.setdefault(found[1], []).append((file, number))
            elif found := re.match(r"    set_\w+\(k, (\w+), (.*)", line):
                kernels[found[1]] = re.findall(r"<void \*>(\w+)", line)
    return functions, kernels


def places(entry):
    """Where an operation's code stands.

    Parameters
    ----------
    entry : Op
        One of ``ops.OPS``.

    Returns
    -------
    list of Place
        First the entry itself; for a compiled operation then what it runs forward and backward.

    Examples
    --------
    >>> from autograd_mlp.explorer.rules import places
    >>> from autograd_mlp.ops import OPS
    >>> places(OPS["celu"])[0].file
    'autograd_mlp/ops/activations.py'
    """
    code = (entry.rule or entry.function).__code__
    file = Path(code.co_filename)
    file = file.relative_to(ROOT).as_posix() if file.is_absolute() else file.as_posix()
    first, lines = code.co_firstlineno, _lines(file)
    block = _block(file, first)
    if lines and f"def {entry.name}(" not in block:     # one rule listed under several names
        first = next((number for number, line in enumerate(lines, 1)
                      if line.startswith(f"{entry.name} = ")), first)
        block = _block(file, first)
    found = [Place("entry", file, first, block if lines else None)]
    if entry.rule is None and lines:
        found += _compiled(block, file)
    return found


def _compiled(block, file):
    """The functions that a compiled entry runs: what it puts into its call, or its kernels."""
    functions, kernels = _definitions()
    helpers = "\n".join(_block(*place) for called in re.findall(r"\b(\w+)\(", block)
                        for place in functions.get(called, ()) if place[0] == file)
    by_constant = [name for constant in re.findall(r"\b[A-Z][A-Z0-9_]+\b", block)
                   for name in kernels.get(constant, ())]
    names = _put_into_call(block) or by_constant or _put_into_call(helpers)
    found = []
    for name in dict.fromkeys(names):
        # Where several bear the name, a kernel is the one in kernels/, a call's in the same file.
        where = functions.get(name, ())
        right = [place for place in where if (place[0] == file) != (names is by_constant)] or where
        role = "backward" if re.search(r"_(grad|backward)", name) else "forward"
        found += [Place(role, *place, _block(*place)) for place in right[:1]]
    return found


def _put_into_call(code):
    pairs = re.findall(r"call\.forward, node\.call\.backward = (\w+), (\w+)", code)
    return [name for pair in pairs for name in pair]


# ---- what an entry says ------------------------------------------------------------------------

def _description(entry):
    """The docstring's paragraphs before its sections, without the signature Cython puts first."""
    text = inspect.cleandoc((entry.rule or entry.function).__doc__ or "")
    text = re.sub(rf"^{entry.name}\(.*\)\n+", "", text)
    return re.split(r"\n+\w[\w ]*\n-{3,}\n", text)[0].strip()


def _signature(entry):
    return f"{entry.name}{inspect.signature(entry.function)}"


def _facts(entry):
    """(what, text) of what else the entry knows."""
    names = dict(zip("uvw", inspect.signature(entry.function).parameters, strict=False))
    facts = [("shapes", entry.shape_rule)]
    if entry.domain is not None:
        low, high = entry.domain
        facts.append(("defined", f"{'−∞' if low is None else low} … {'∞' if high is None else high}"
                                 .replace("-", "−")))
    if entry.kinks:
        facts.append(("kinks", "at " + ", ".join(f"{kink:g}" for kink in entry.kinks)
                      .replace("-", "−")))
    if any(entry.differentiable):
        facts.append(("kept", ", ".join(names.get(letter, "the output y") for letter in entry.reads)
                      or "nothing"))
    return facts


def _derivative(entry):
    return entry.vjp if any(entry.differentiable) else "none: no gradient flows"


def _families(names):
    """(family, entries) in the order of the reference."""
    entries = [OPS[name] for name in names or OPS]
    order = [*FAMILIES, *(entry.family for entry in entries)]
    return [(family, [entry for entry in entries if entry.family == family])
            for family in dict.fromkeys(order)
            if any(entry.family == family for entry in entries)]


# ---- as text -----------------------------------------------------------------------------------

def text(names=()):
    """Return the reference as text.

    Parameters
    ----------
    names : sequence of str
        The operations to tell all of; without names, formula and derivative of all.

    Examples
    --------
    >>> from autograd_mlp.explorer import rules
    >>> print(rules.text(["tanh_shrink"]))      # doctest: +ELLIPSIS
    tanh_shrink(x)
      y = x − tanh x
      dx = dy · tanh² x
      shapes    (…) → (…)
      kept      x
      x − tanh x.
      entry     autograd_mlp/ops/activations.py:...
    """
    if names:
        return "\n\n".join(_card(OPS[name]) for name in names)
    out = []
    for family, entries in _families(names):
        out += [f"{family}: {FAMILIES.get(family, '')}"]
        for entry in entries:
            lines = [*parts(entry.formula), *parts(_derivative(entry))]
            out += [f"  {entry.name if i == 0 else '':32} {line}" for i, line in enumerate(lines)]
        out += [""]
    return "\n".join(out).rstrip()


def _card(entry):
    lines = [_signature(entry)]
    lines += [f"  {line}" for rule in (entry.formula, _derivative(entry)) for line in parts(rule)]
    lines += [f"  {what:9} {fact}" for what, fact in _facts(entry)]
    lines += textwrap.indent(_description(entry), "  ").split("\n")
    lines += [f"  {place.role:9} {place}" for place in places(entry)]
    return "\n".join(lines)


# ---- as a page ---------------------------------------------------------------------------------

def html(names=()):
    """Return the reference as one HTML page, which asks for nothing else.

    Parameters
    ----------
    names : sequence of str
        The operations to show; all without names.

    Returns
    -------
    str
        Well-formed as XML too; the same for the same library.
    """
    folder = Path(__file__).parent / "page"
    style = "\n".join((folder / name).read_text(encoding="utf-8") for name in STYLES)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    families = _families(names)
    contents = "\n".join(
        f'<li><a href="#{family}">{family}</a> ' + ", ".join(
            f'<a href="#{entry.name}"><code>{entry.name}</code></a>' for entry in entries) + "</li>"
        for family, entries in families)
    sections = "\n".join(
        f'<section id="{family}" aria-labelledby="{family}-heading">\n'
        f'<h2 id="{family}-heading">{family}: {FAMILIES.get(family, "")}</h2>\n'
        + "\n".join(map(_article, entries)) + "\n</section>" for family, entries in families)
    return _PAGE.format(hash=digest, style=style, contents=contents, sections=sections,
                        count=sum(len(entries) for _, entries in families))


def _article(entry):
    paragraphs = "".join(f"<p>{_marked(paragraph)}</p>\n"
                         for paragraph in _description(entry).split("\n\n"))
    formulas = _formula(entry.formula) + (_formula(entry.vjp) if any(entry.differentiable) else
                                          f"<p>{_derivative(entry)}</p>\n")
    facts = "".join(f"<dt>{what}</dt><dd>{escape(fact)}</dd>" for what, fact in _facts(entry))
    code = "".join(_code(place) for place in places(entry))
    return (f'<article id="{entry.name}" aria-labelledby="{entry.name}-name">\n'
            f'<h3 id="{entry.name}-name"><code>{escape(_signature(entry))}</code></h3>\n'
            f"{formulas}{paragraphs}<dl>{facts}</dl>\n{code}</article>")


def _formula(rule):
    # What may be wider than a small screen can be scrolled, by keyboard too.
    scrolled = ' tabindex="0"' if max(map(len, parts(rule))) > 26 else ""
    return f'<p class="formula"{scrolled}>{mathml(rule)}</p>\n'


def _marked(paragraph):
    """A paragraph of a docstring as HTML: ``code`` and `names` in code font."""
    return re.sub(r"``(.+?)``|`(.+?)`", lambda found: f"<code>{found[1] or found[2]}</code>",
                  escape(paragraph, quote=False), flags=re.S)


def _code(place):
    where = f"{place.file}, line {place.first}"
    if place.text is None:
        return f"<p>{place.role}: {where} of the source</p>\n"
    numbered = "\n".join(f"{number:4}  {line}" for number, line in
                         enumerate(place.text.split("\n"), place.first))
    return (f"<details><summary>{place.role}: {where}</summary>\n"
            f'<pre tabindex="0">{escape(numbered)}</pre></details>\n')


_PAGE = """\
<!DOCTYPE html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>autograd_mlp: the rules of {count} operations</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#rules">Skip to the rules</a>
<header><h1>The rules of {count} operations</h1>
<p>Each operation is one entry in the library; this page is made of the entries. dy is the gradient
of the loss by the output y, and is given; dx is what backward makes of it for the input x. In
losses p is the prediction, t the target and ℓ the loss of one sample, with C numbers to a sample.
Shapes are written as letters; … stands for any axes. “Kept” is what forward leaves for backward to
read.</p></header>
<nav aria-label="Operations by family"><ul>
{contents}
</ul></nav>
<main id="rules">
{sections}
</main>
</body>
</html>
"""


# ---- on the command line -----------------------------------------------------------------------

def main(arguments):
    """``python -m autograd_mlp rules``: print the reference, or write it as a page.

    Parameters
    ----------
    arguments : list of str
        What stands behind ``rules``.

    Raises
    ------
    SystemExit
        With status 2 if there is no such operation or the arguments are wrong.
    """
    names, file = list(arguments), None
    if {"-h", "--help"} & {*names}:
        print(USAGE, end="")
        return
    if "--html" in names:
        at = names.index("--html")
        if at + 1 == len(names):
            _complain("--html needs the name of the file to write: rules --html rules.html")
        file = names[at + 1]
        del names[at:at + 2]
    if unknown := [_not_an_operation(name) for name in names if name not in OPS]:
        _complain("\nautograd_mlp: ".join(unknown))
    if file is None:
        print(text(names))
        return
    page = html(names)
    try:
        Path(file).write_text(page, encoding="utf-8")
    except OSError as error:
        _complain(f"can't write {file!r}: {error.strerror}")
    print(f"{len(names) or len(OPS)} operations: {file} ({len(page.encode()) / 1000:.0f} kB)")


def _not_an_operation(name):
    said = f"there is no operation {name!r}"
    known = {kind.lower(): kind for kind in optimizers.__all__}
    if isinstance(getattr(optimizers, known.get(name.lower(), ""), None), type):
        return f"{said}: it is an optimizer, which only uses gradients; its formula is in " \
               f"help(autograd_mlp.optimizers.{known[name.lower()]})"
    return said + did_you_mean(name, OPS)


def _complain(sentence):
    print(f"autograd_mlp: {sentence}\n\n{USAGE}", end="", file=sys.stderr)
    sys.exit(2)
