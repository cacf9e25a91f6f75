"""LaTeX formulas as static MathML, by pandoc where it is installed."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from xml.etree import ElementTree

from ncverify.report.wrapping import MATHML

_TAGS = frozenset(
    {"math", "semantics", "annotation", "mrow", "mi", "mo", "mn", "mtext", "mspace", "mstyle", "mpadded", "mphantom"}
    | {"mfrac", "msqrt", "mroot", "menclose", "msub", "msup", "msubsup", "munder", "mover", "munderover"}
    | {"mmultiscripts", "mprescripts", "none", "mtable", "mtr", "mtd"}
)
_TEXT = re.compile(r"\\text\{([^{}\\$]*)\}")
_OPERATOR_AS_NAME = re.compile(r"<mi>([+\u2212=<>\u2264\u2265])</mi>")
_BAR = re.compile(r"<mo [^<>]*>(\u2225|\|)</mo>")
_APPLIED = re.compile(r"<mo>(&#8289;|\u2061)</mo>(?!<mo|<mrow><mo)")
_STYLE = re.compile(r' style="(?:text-align: (left|right|center))?[^"]*"')
_TIMEOUT = 60  # seconds, for a page that takes a fraction of one


def prose(latex: str) -> str | None:
    r"""The text of a formula that is nothing but text, None for others.

    Example:
        >>> prose(r"\text{differential inequality of the loss}")
        'differential inequality of the loss'
        >>> prose(r"x\text{ is small}") is None
        True
    """
    match = _TEXT.fullmatch(latex.strip())
    return match[1] if match else None


def mathml(formulas: Sequence[str]) -> list[str | None]:
    """Each formula as a MathML element; None for what pandoc does not understand, and for all where it is missing.

    Nothing reaches the page but elements of MathML: a formula with any other element is given back as None.
    """
    program = _pandoc()
    if program is None or not formulas:
        return [None] * len(formulas)
    blocks = [
        {"t": "Div", "c": [[f"f{i}", [], []], [{"t": "Para", "c": [{"t": "Math", "c": [{"t": "DisplayMath"}, tex]}]}]]}
        for i, tex in enumerate(formulas)
    ]
    document = {"pandoc-api-version": _api_version(program), "meta": {}, "blocks": blocks}
    html = _run(program, json.dumps(document), "-f", "json", "-t", "html5", "--mathml", "--wrap=none")
    parts = re.split(r'<div id="f\d+">', html)[1:]
    return [_checked(part) for part in parts] if len(parts) == len(formulas) else [None] * len(formulas)


def missing_converter() -> str | None:
    """Names what to install where nothing converts formulas; None where nothing is missing."""
    if _pandoc() is not None:
        return None
    return (
        "pandoc was not found, so formulas stand in the page as LaTeX source; the extra `report` of ncverify brings "
        "pandoc: pip install 'ncverify[report]', then make the report once more"
    )


def _checked(html: str) -> str | None:
    match = re.search(r"<math.*</math>", html, re.DOTALL)
    if not match:
        return None
    try:
        root = ElementTree.fromstring(match[0])
    except ElementTree.ParseError:
        return None
    names = {element.tag for element in root.iter()}
    attributes = {name.lower() for element in root.iter() for name in element.attrib}
    if names - {f"{{{MATHML}}}{tag}" for tag in _TAGS} or any("href" in a or a.startswith("on") for a in attributes):
        return None
    return _tidy(match[0])


def _tidy(math: str) -> str:
    """The same formula with the spaces that print has, plus signs as operators, and no inline styles."""
    math = re.sub(r' style="(true|false)"', "", _OPERATOR_AS_NAME.sub(r"<mo>\1</mo>", math))
    math = _BAR.sub(r'<mo stretchy="false" lspace="0" rspace="0">\1</mo>', math)
    math = _APPLIED.sub(r'<mo>&#8289;</mo><mspace width="0.167em"></mspace>', math)
    math = math.replace("<mo>\u2032</mo>", '<mo lspace="0" rspace="0">\u2032</mo>')
    return _STYLE.sub(lambda match: f' class="to-{match[1]}"' if match[1] else "", math)


def _pandoc() -> str | None:
    try:
        import pypandoc
    except ImportError:
        return None
    try:
        return str(pypandoc.get_pandoc_path())
    except OSError:
        return None


def _api_version(program: str) -> list[int]:
    version: list[int] = json.loads(_run(program, "", "-f", "markdown", "-t", "json"))["pandoc-api-version"]
    return version


def _run(program: str, text: str, *arguments: str) -> str:
    done = subprocess.run(
        [program, "--sandbox", *arguments], input=text, capture_output=True, text=True, timeout=_TIMEOUT, check=True
    )
    return done.stdout
