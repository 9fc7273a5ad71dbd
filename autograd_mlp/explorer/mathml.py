"""A rule's text, as it stands in the operations' own entries, as MathML.

The entries write mathematics in one line of Unicode: ``"dx = dy · y·(1 − y)"``. One grammar reads
all of them, there is no table by operation:

===========================  ======================================================================
``x  dW  β₁  l1  x_min``     a quantity of one letter; d before it makes its gradient; an index is
                             a small letter or digit, a digit, or a word behind ``_``
``x²  e⁻ˣ  Xᵀ  e^xᵢ``        powers: small letters, or ``^`` and the next quantity or bracket
``x̂  f′``                    a hat, a prime
``2x·y/z``                   without spaces: binds closely; all of ``2x·y`` stands above the line
``dy · 2x / n``              with spaces: binds loosely; just ``2x`` stands above the line, and
                             ``a / b / c`` is one fraction, a over b·c
``Σⱼ xⱼ·yⱼ   √x   ln x``     Σ goes over the product that follows closely, a root and a function's
                             name over the next quantity or bracket
``|x|  (x)  [x]  ⌊x⌋  ⌈x⌉``  brackets, which grow with what they hold; ``[x > 0]`` is 1 or 0
``where x > 0, else 0``      other words are words; one between operators is a quantity (``rate``)
two spaces                   behind a comma, colon or semicolon begin a new line
===========================  ======================================================================
"""

import functools
import re
import unicodedata
from xml.sax.saxutils import escape, quoteattr

FUNCTIONS = frozenset("argmax argmin cos cosh exp ln log max mean min sigmoid sign sin sinh "
                      "softmax softplus tan tanh".split())
_LOW, _HIGH = "₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₖₙₚₛₜ", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁱᵏⁿᵖᵀᵗᵛˣʸ"
_SMALL = dict(zip(_LOW + _HIGH, "0123456789+−ijknpst" + "0123456789+−iknpTtvxy", strict=True))
_GREEK = "α-ωΑ-ΡΤ-Ωℓ"
_TOKEN = re.compile(
    rf"(?P<number>\d+(?:\.\d+)?|[½¼¾∞…])"
    rf"|(?P<name>d?(?:[{_GREEK}]|[A-Za-z](?=\d|_|(?![A-Za-z])))(?:\d+|_[A-Za-z0-9]+)?)"
    rf"|(?P<word>[A-Za-z][A-Za-z0-9_]+|'s)"
    rf"|(?P<low>[{_LOW}]+)|(?P<high>[{_HIGH}]+)|(?P<mark>[\u0302′]+)|(?P<symbol>\+=|\S)")
_BRACKETS = {"(": ")", "[": "]", "|": "|", "⌊": "⌋", "⌈": "⌉"}
_THIN = '<mspace width="0.2em"/>'


def mathml(text):
    """Native MathML of a rule.

    Parameters
    ----------
    text : str
        As in ``ops.OPS[name].formula`` and ``.vjp``; the module's head says how it is read. Any
        text is accepted: what is not mathematics comes out as words.

    Returns
    -------
    str
        One ``<math>`` element, a table with one line for each part of a text in several parts. Its
        ``aria-label`` is the text itself, so that nothing is lost.

    Examples
    --------
    >>> from autograd_mlp.explorer.mathml import mathml
    >>> print(mathml("y = 1 / x").split(">", 1)[1])
    <mi>y</mi><mo>=</mo><mfrac><mn>1</mn><mi>x</mi></mfrac></math>
    """
    return _mathml(str(text))


@functools.lru_cache(512)
def _mathml(text):
    rows = ["".join(_Reader(part).phrases()) for part in parts(text)]
    if len(rows) > 1:
        rows = ['<mtable displaystyle="true">',
                *(f"<mtr><mtd>{row}</mtd></mtr>" for row in rows), "</mtable>"]
    return ('<math xmlns="http://www.w3.org/1998/Math/MathML" displaystyle="true" '
            f'aria-label={quoteattr(text)}>{"".join(rows)}</math>')


def parts(text):
    """The text's parts, each of which gets a line: they end with a comma and two spaces.

    >>> from autograd_mlp.explorer.mathml import parts
    >>> parts("du = dy · v,  dv = dy · u")
    ['du = dy · v,', 'dv = dy · u']
    """
    return re.split(r"(?<=[,;:])\s{2,}", unicodedata.normalize("NFD", text).strip())


class _Token:
    def __init__(self, match):
        self.kind, self.text = match.lastgroup, match[0]
        self.spaced = match.string[:match.start()][-1:].isspace()


class _Bracket(str):
    """An element in round brackets, which a fraction or a root makes superfluous."""

    def __new__(cls, inside):
        self = super().__new__(cls, f"<mrow><mo>(</mo>{inside}<mo>)</mo></mrow>")
        self.inside = inside
        return self


def _one(nodes):
    """The elements as one."""
    return nodes[0] if len(nodes) == 1 else f"<mrow>{''.join(nodes)}</mrow>"


def _bare(nodes):
    """The elements as one, without round brackets around all of it."""
    if len(nodes) == 1 and isinstance(nodes[0], _Bracket):
        return f"<mrow>{nodes[0].inside}</mrow>"
    return _one(nodes)


class _Reader:
    """Recursive descent; each method reads on from `at` and returns MathML elements."""

    def __init__(self, text):
        self.tokens = [_Token(match) for match in _TOKEN.finditer(text)]
        self.at = 0
        self.closing = []  # what ends the brackets that are open

    def peek(self, ahead=0):
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else None

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def starts_operand(self, ahead=0):
        """Whether the token begins something that has a value."""
        token = self.peek(ahead)
        if token is None:
            return False
        if token.text == "|":
            return not (self.closing and self.closing[-1] == "|")
        if token.text == "−":  # of "−x"; that of "y − x" stands between spaces
            following = self.peek(ahead + 1)
            return token.spaced and following is not None and not following.spaced
        return token.kind in ("number", "name", "word") or token.text in "√Σ" or \
            token.text in _BRACKETS

    def is_prose(self, after_operand):
        """Whether the word that comes next is a word, and not a quantity or a function."""
        word, following = self.peek(), self.peek(1)
        if word is None or word.kind != "word":
            return False
        if word.text == "'s" or (after_operand and word.spaced):
            return True
        if following is None or not following.spaced:
            return False
        return (following.kind == "word" and following.text not in FUNCTIONS) or (
            word.text not in FUNCTIONS and self.starts_operand(1))

    # ---------------------------------------------------------------- lines, products, quantities

    def phrases(self, close=None):
        """Everything up to the closing bracket, or to the end."""
        out, operand = [], False  # whether the last element has a value
        while (token := self.peek()) is not None and token.text != close:
            if self.is_prose(operand):
                out.append(self.prose(operand))
                operand = False
            elif token.text == "−" and not operand and (
                    self.peek(1) is not None and not self.peek(1).spaced):
                self.take()
                out.append('<mo form="prefix">−</mo>')
            elif token.text != "−" and self.starts_operand():
                if operand:
                    out.append(_THIN)
                out += self.product()
                operand = True
            else:
                out.append(f"<mo>{escape(self.take().text)}</mo>")
                operand = False
        return out

    def prose(self, after_operand):
        """Words, with the spaces they have beside quantities: operators bring their own."""
        words = [self.take()]
        while (token := self.peek()) is not None and token.kind == "word" and not (
                token.text in FUNCTIONS and self.starts_operand(1)):
            words.append(self.take())
        text = "\u00a0".join(word.text for word in words)
        before = "\u00a0" if after_operand and words[0].spaced else ""
        behind = "\u00a0" if self.starts_operand() and token.spaced else ""
        return f"<mtext>{before}{escape(text)}{behind}</mtext>"

    def product(self):
        """Factors between spaced dots; a spaced stroke divides what is closely bound before it."""
        out = self.closely()
        top, bottom, begin = None, [], 0
        while (token := self.peek()) is not None and token.text in "·×/" and token.spaced:
            self.take()
            if token.text == "/":
                if not bottom:
                    top = out[begin:]
                bottom.append(self.closely())
                out[begin:] = [_fraction(top, bottom)]
            else:
                out.append(f"<mo>{token.text}</mo>")
                begin, bottom = len(out), []
                out += self.closely()
        return out

    def closely(self):
        """Factors without spaces between them: ``2x·y``, ``f(z)``, ``x[i]``, ``a·b/c``."""
        out = self.factor()
        top, bottom = None, []
        while (token := self.peek()) is not None:
            if not token.spaced and token.text in "·×/" and len(self.tokens) > self.at + 1:
                self.take()
                if token.text == "/":
                    top = top if bottom else out
                    bottom.append(self.factor())
                    out = [_fraction(top, bottom)]
                else:
                    out += [f"<mo>{token.text}</mo>", *self.factor()]
                    bottom = []
            elif self.starts_operand() and token.text != "−" and (
                    not token.spaced or (self.peek(-1).kind == "number" and token.kind == "name")):
                out += self.factor()
            else:
                break
        return out

    def factor(self):
        """One quantity, bracket, root, sum or applied function, with its indices and powers."""
        if not self.starts_operand() and getattr(self.peek(), "text", "") != "−":
            return ["<mrow></mrow>"]  # "a / " and then nothing
        token = self.take()
        if token.text == "−":
            return ['<mo form="prefix">−</mo>', *self.factor()]
        if token.text == "√":
            return [f"<msqrt>{_bare(self.factor())}</msqrt>"]
        if token.text == "Σ":
            return [self.scripts("<mo>∑</mo>", "munder"), *self.closely()]
        if token.text in _BRACKETS:
            return [self.scripts(self.bracket(token.text))]
        if token.kind in ("name", "number"):
            return self.quantity(token)
        out = [self.scripts(f"<mi>{escape(token.text)}</mi>")]
        if token.text in FUNCTIONS and (following := self.peek()) is not None and \
                following.spaced and self.starts_operand() and following.text != "−":
            out += [_THIN, *self.factor()]
        return out

    def bracket(self, opening):
        self.closing.append(_BRACKETS[opening])
        inside = "".join(self.phrases(self.closing[-1]))
        if self.peek() is not None:
            self.take()
        closing = self.closing.pop()
        if opening == "(":
            return _Bracket(inside)
        if opening == "|":
            return (f'<mrow><mo form="prefix" fence="true">|</mo>{inside}'
                    '<mo form="postfix" fence="true">|</mo></mrow>')
        return f"<mrow><mo>{opening}</mo>{inside}<mo>{closing}</mo></mrow>"

    def quantity(self, token):
        """A number; a letter with its index, and the d of a gradient."""
        if token.kind == "number":
            return [self.scripts(f"<mn>{token.text}</mn>")]
        gradient = re.match(rf"d[A-Za-z{_GREEK}]", token.text) is not None
        letter, index = token.text[gradient], token.text[gradient + 1:].lstrip("_")
        kind = "mn" if index.isdigit() else "mi" if len(index) == 1 else "mtext"
        return ["<mi>d</mi>"] * gradient + [self.scripts(
            f"<mi>{letter}</mi>", index=[f"<{kind}>{index}</{kind}>"] if index else [])]

    def scripts(self, base, under="msub", index=()):
        """The element with the hat, primes, index and power that follow it."""
        index, power = list(index), []
        while (token := self.peek()) is not None and not token.spaced:
            if token.kind == "mark":
                for mark in self.take().text:
                    if mark == "′":
                        base = f'<mrow>{base}<mo lspace="0" rspace="0">′</mo></mrow>'
                    else:
                        base = f'<mover accent="true">{base}<mo stretchy="false">^</mo></mover>'
            elif token.kind == "low":
                index += _small(self.take().text)
            elif token.kind == "high":
                power += _small(self.take().text)
            elif token.text == "^" and self.peek(1) is not None:
                self.take()
                power.append(_bare(self.factor()))
            else:
                break
        if index and power:
            return f"<msubsup>{base}{_one(index)}{_one(power)}</msubsup>"
        if index:
            return f"<{under}>{base}{_one(index)}</{under}>"
        return f"<msup>{base}{_one(power)}</msup>" if power else base


def _fraction(top, bottom):
    """a / b / c as one fraction: a over b·c."""
    below = bottom[0] if len(bottom) == 1 else [
        node for factor in bottom for node in ("<mo>·</mo>", *factor)][1:]
    return f"<mfrac>{_bare(top)}{_bare(below)}</mfrac>"


def _small(text):
    """Small letters as elements of their usual size: "ᵛ⁻¹" is v − 1."""
    return _Reader("".join(_SMALL[letter] for letter in text)).phrases()
