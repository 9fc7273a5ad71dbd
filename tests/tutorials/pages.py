"""The code of a tutorial's page, as one script."""

import re

OUTPUT = re.compile(r"Epoch \d|\d+/\d+ |768/768|Model: |-{9}|6,148|array\(\[\[|# 결과|.{0,2}실행")


def fenced(text):
    """What stands between pairs of ``` lines, in order, up to where its output is shown."""
    blocks = re.findall(r"^```\w*[ \t]*\n(.*?)^```", text, re.S | re.M)
    return [block.split("-[output]")[0].rstrip("-") for block in blocks]


def without_prompts(block):
    """The code of an interactive session; its answers left out."""
    if ">>>" not in block:
        return block
    kept, inside = [], False
    for line in block.splitlines():
        if line.startswith(">>>"):
            inside = True
            kept.append(line[4:])
        elif inside and kept and _open(kept):
            kept.append(line)
        elif re.match(r"\w+ = ", line):     # typed without a prompt
            kept.append(line)
    return "\n".join(kept)


def _open(lines):
    """Whether the last statement goes on in the next line."""
    text = "\n".join(lines)
    return any(text.count(a) > text.count(b) for a, b in ("()", "[]", "{}"))


def compiles(code):
    try:
        compile(code, "page", "exec")
    except SyntaxError:
        return False
    return True


def script(text, repairs=(), additions=()):
    """All code of a page joined.

    Parameters
    ----------
    repairs : pairs (as printed, as meant)
        Statements that the page's layout or a slip of the pen has broken; each must be there.
    additions : pairs (beginning of a block, code)
        What the page leaves out: goes before the first block that begins so; each must be there.
        An empty beginning stands for the end of the page.
    """
    for printed, meant in repairs:
        assert printed in text, printed
        text = text.replace(printed, meant)
    parts, additions = [], list(additions)
    for block in map(without_prompts, fenced(text)):
        if OUTPUT.match(block.strip()):
            continue
        assert compiles(block), f"neither code nor known output:\n{block}"
        for addition in [a for a in additions if a[0] and block.startswith(a[0])]:
            parts.append(addition[1])
            additions.remove(addition)
        parts.append(block)
    assert [a[0] for a in additions if a[0]] == [], additions
    return "\n".join([*parts, *(code for beginning, code in additions if not beginning)])
