"""Formulas that wrap: no browser breaks a line inside a MathML element, so a long one becomes several, its words text.

A line may end before a relation, after a comma, and at every space of the words in between; inside parentheses and
before a plus or a minus only where the piece is long already.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from xml.etree import ElementTree

MATHML = "http://www.w3.org/1998/Math/MathML"
_RELATIONS = frozenset("=<>≤≥≠≈\u223c∈∉⊂⊆⇒⇔⟹⟺⟸→↦≡≍∝")
_SUMS = frozenset("+\u2212±")
_AFTER = frozenset(",;:")
_SHORT = 24  # characters of a formula that fits on any line
_LONG, _VERY_LONG = 14, 20  # characters of a piece that may be broken before a sum, or inside parentheses
Element = ElementTree.Element

ElementTree.register_namespace("", MATHML)


def wrapped(mathml: str) -> str:
    """A MathML element as text and several elements between which a line may end; a short one as it is.

    Args:
        mathml: one `math` element, as `formulas.mathml` gives it.

    Example:
        >>> short = f'<math xmlns="{MATHML}"><semantics><mi>x</mi></semantics></math>'
        >>> wrapped(short) == short
        True
    """
    root = ElementTree.fromstring(mathml)
    content = root.find(f"{{{MATHML}}}semantics/*")
    elements = list(_flat(content)) if content is not None else []
    if _length(elements) <= _SHORT and not any(_tag(element) == "mtext" for element in elements):
        return mathml
    parts = [piece if isinstance(piece, str) else _math(piece) for piece in _pieces(elements)]
    return "".join(parts).replace("</math><math", "</math><wbr><math")


def _flat(content: Element) -> Iterator[Element]:
    """The elements of the outermost row; rows of words and spaces are taken apart."""
    for element in content if _tag(content) == "mrow" else [content]:
        if _tag(element) == "mrow" and {_tag(child) for child in element} <= {"mtext", "mspace"}:
            yield from element
        else:
            yield element


def _pieces(elements: list[Element]) -> Iterator[str | list[Element]]:
    """Escaped words, and runs of elements that stay on one line."""
    piece: list[Element] = []
    depth = 0
    for element in elements:
        if _tag(element) == "mtext":
            if piece:
                yield piece
            piece = []
            yield escape("".join(element.itertext()))
            continue
        if piece and _may_break_before(element, piece, depth):
            yield piece
            piece = []
        depth += _opens(element)
        if piece or _tag(element) != "mspace":
            piece.append(element)
        if _ends_a_piece(element, piece, depth):
            yield piece
            piece = []
            yield " "
    if piece:
        yield piece


def _may_break_before(element: Element, piece: list[Element], depth: int) -> bool:
    sign = _sign(element)
    if not sign or _tag(piece[-1]) == "mo":
        return False
    if sign in _RELATIONS:
        return depth <= 0 or _length(piece) > _VERY_LONG
    return sign in _SUMS and _length(piece) > (_LONG if depth <= 0 else _VERY_LONG)


def _ends_a_piece(element: Element, piece: list[Element], depth: int) -> bool:
    if not piece or not (_sign(element) in _AFTER or (_tag(element) == "mspace" and _width(element) > 0.2)):
        return False
    return depth <= 0 or _length(piece) > _LONG


def _width(element: Element) -> float:
    """The width of a space in em."""
    try:
        return float((element.get("width") or "0").removesuffix("em"))
    except ValueError:
        return 0.0


def _math(piece: list[Element]) -> str:
    """A run of elements as an element of its own, in the size of a displayed formula."""
    math = Element(f"{{{MATHML}}}math", {"displaystyle": "true"})
    for element in piece:
        element.tail = None
        math.append(element)
    for end in (piece[0], piece[-1]):
        if _tag(end) == "mo" and end.get("form") is None and end.get("lspace") is None:
            end.set("form", "infix")
    return ElementTree.tostring(math, encoding="unicode")


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _sign(element: Element) -> str:
    """The sign of an operator, "" of everything else."""
    return (element.text or "").strip() if _tag(element) == "mo" else ""


def _opens(element: Element) -> int:
    """1 for an opening parenthesis, -1 for a closing one."""
    return {"prefix": 1, "postfix": -1}.get(element.get("form") or "", 0) if _tag(element) == "mo" else 0


def _length(piece: list[Element]) -> int:
    return sum(len("".join(element.itertext()).strip()) for element in piece)
