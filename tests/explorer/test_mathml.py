"""A rule's text → MathML: every entry is well-formed and whole, a dozen are pinned."""

import re
import xml.etree.ElementTree as ET

import pytest

from autograd_mlp import optimizers
from autograd_mlp.explorer.mathml import _SMALL, mathml, parts
from autograd_mlp.ops import OPS
from autograd_mlp.optimizers import legacy

NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
# how many children the elements take that do not take any number
CHILDREN = {"mfrac": 2, "msup": 2, "msub": 2, "munder": 2, "mover": 2, "msubsup": 3, "mspace": 0,
            "mi": 0, "mn": 0, "mo": 0, "mtext": 0}


def tree(text):
    """The element tree of the text's MathML, without the namespace."""
    root = ET.fromstring(mathml(text))
    for element in root.iter():
        assert element.tag.startswith(NAMESPACE)
        element.tag = element.tag.removeprefix(NAMESPACE)
    return root


def short(element):
    """The tree in brackets: ``x²`` is ``msup(x 2)``; rows and spaces are not written."""
    if not len(element):
        return element.text.replace("\u00a0", " ") if element.text else ""
    inner = " ".join(filter(None, map(short, element)))
    return inner if element.tag in ("math", "mrow", "mtd") else f"{element.tag}({inner})"


def texts():
    """The rules of all operations and of all optimizers."""
    for name in sorted(OPS):
        yield pytest.param(OPS[name].formula, id=f"{name}-formula")
        yield pytest.param(OPS[name].vjp, id=f"{name}-vjp")
    classes = [made for module in (optimizers, legacy) for made in vars(module).values()
               if isinstance(made, type) and isinstance(getattr(made, "formulas", None), dict)]
    formulas = {key: text for made in classes for key, text in made.formulas.items()}
    assert len(formulas) > 20
    for key in sorted(formulas):
        yield pytest.param(formulas[key], id=f"optimizer-{key}")


@pytest.mark.parametrize("text", list(texts()))
def test_every_rule_is_well_formed_and_complete(text):
    root = tree(text)
    assert root.get("aria-label") == text
    for element in root.iter():
        if element.tag in CHILDREN:
            assert len(element) == CHILDREN[element.tag], ET.tostring(element)
    # nothing lost and nothing added: the letters and digits of the text, in their order. Fractions
    # keep the order; the bracket of a numerator or a root goes
    def letters(line):
        return re.findall(r"[^\W_]", "".join(_SMALL.get(letter, letter) for letter in line))
    assert letters("".join(root.itertext()).replace("∑", "Σ")) == letters(text)
    # a letter is never taken for an operator
    assert not [mark.text for mark in root.iter("mo") if re.search(r"[^\W_]", mark.text)]


@pytest.mark.parametrize("text, expected", [
    ("dx = dy · y·(1 − y)", "d x = d y · y · ( 1 − y )"),
    ("y = 1 / (1 + e⁻ˣ)", "y = mfrac(1 1 + msup(e − x))"),
    ("yᵢ = e^xᵢ / Σⱼ e^xⱼ",
     "msub(y i) = mfrac(msup(e msub(x i)) munder(∑ j) msup(e msub(x j)))"),
    ("dp = dℓ · 2(p − t) / C", "d p = d ℓ · mfrac(2 ( p − t ) C)"),
    ("dp = dℓ · (p − t) / (p·(1 − p)) / C",
     "d p = d ℓ · mfrac(p − t ( p · ( 1 − p ) ) · C)"),
    ("dx = γ/√(σ² + ε)·(dy − mean dy)",
     "d x = mfrac(γ msqrt(msup(σ 2) + ε)) · ( d y − mean d y )"),
    ("dW = xᵀ·dz,  db = Σ dz over the batch",
     "mtable(mtr(d W = msup(x T) · d z ,) mtr(d b = ∑ d z  over the batch))"),
    ("dz = dy · f′(z):", "d z = d y · f ′ ( z ) :"),
    ("ℓ = −Σ t̂·p̂", "ℓ = − ∑ mover(t ^) · mover(p ^)"),
    ("dp = −dℓ · t / C where t·p < 1, else 0",
     "d p = − d ℓ · mfrac(t C)  where  t · p < 1 , else  0"),
    ("h(e) = ½e² where |e| ≤ δ, else δ|e| − ½δ²",
     "h ( e ) = ½ msup(e 2)  where  | e | ≤ δ , else  δ | e | − ½ msup(δ 2)"),
    ("y = x · m / (1 − rate)", "y = x · mfrac(m 1 − rate)"),
    ("y = min(max(x, x_min), x_max)",
     "y = min ( max ( x , msub(x min) ) , msub(x max) )"),
    ("du = dy · v·uᵛ⁻¹", "d u = d y · v · msup(u v − 1)"),
    ("dx = dy · tanh² x", "d x = d y · msup(tanh 2) x"),
    ("m̂ = m/(1 − β₁ᵗ)", "mover(m ^) = mfrac(m 1 − msubsup(β 1 t))"),
    ("w ← w − η·m̂/(√v̂ + ε)",
     "w ← w − mfrac(η · mover(m ^) msqrt(mover(v ^)) + ε)"),
    ("v ← ρv + (1−ρ)g²", "v ← ρ v + ( 1 − ρ ) msup(g 2)"),
    ("σ = (N₊ᵖ − Nᵖ) / η", "σ = mfrac(msubsup(N + p) − msup(N p) η)"),
    ("g ← g · min(1, global_clipnorm / |all gradients|)",
     "g ← g · min ( 1 , mfrac(global_clipnorm | all gradients |) )"),
    ("dŷ = μₜ₊₁·ŷ", "d mover(y ^) = msub(μ t + 1) · mover(y ^)"),
    ("[4×2]ᵀ·[4×8] → [2×8]", "msup([ 4 × 2 ] T) · [ 4 × 8 ] → [ 2 × 8 ]"),
    ("dW1 = −1.5", "d msub(W 1) = − 1.5"),
    ("[label = argmax p]", "[ label = argmax p ]"),
])
def test_the_grammar(text, expected):
    assert short(tree(text)) == expected


def test_unary_minus_binds_and_binary_minus_stands_apart():
    assert '<mo form="prefix">−</mo>' in mathml("y = −x")
    assert 'form="prefix"' not in mathml("y = u − v")
    assert mathml("y = −1").count('form="prefix"') == 1


def test_parts_are_lines():
    assert parts(OPS["dense"].vjp) == [
        "dz = dy · f′(z):", "dW = xᵀ·dz,", "db = Σ dz over the batch,", "dx = dz·Wᵀ"]
    assert len(tree(OPS["dense"].vjp).findall("mtable/mtr")) == 4


@pytest.mark.parametrize("text", [
    "", "(", "a /", "x^", "|x", "√", "Σ", "−", "a)b", "] [", "· ·", "½", "ln", "Σ/", "a · , b"])
def test_unfinished_text_is_still_well_formed(text):
    assert tree(text).get("aria-label") == text


def test_markup_in_a_text_is_only_text():
    text = '</math><script>alert("1")</script>&amp;'
    root = tree(text)
    assert root.find(".//script") is None
    assert root.get("aria-label") == text
