"""The definitions of NC1 to NC4 and which of them imply which, as a page.

`python -m ncverify.literature.between_papers._page > docs/definitions.md` writes it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from ncverify.collapse import DEFINITIONS
from ncverify.literature.between_papers.definitions import LINKS, Link
from ncverify.report.page import cell

HEAD = """# Definitions of neural collapse

Papers mean different things by NC1 to NC4. Here are their definitions as predicates of one point (W, H, b), in our
words and from memory for all papers but the ULPM paper, and which of them imply which. m_k are the class means, M the
means, m_G the mean of all features, Mc = M - m_G, P = I - J/K. Generated from `ncverify.collapse.DEFINITIONS` and the
statements `definitions-nc1` to `definitions-nc4` of the paper `between-papers`; not written by hand.

What is true is examined by the claim checker for equal class sizes, most of it proved; what is false has an exact point,
and the search has to find one again. Which number of `ncverify measure` and of the recorder is about which definition:
[A network of your own](network.md).
"""


def page() -> str:
    """The page as Markdown."""
    return "\n".join([HEAD, *(line for name in LINKS for line in _section(name))]) + "\n"


def _section(name: str) -> Iterator[str]:
    yield f"## {name.upper()}\n"
    yield "| | definition |\n|---|---|"
    for one in DEFINITIONS:
        if one.condition == name.upper():
            yield f"| `{one.key}` | {cell(one.says)} |"
    yield "\n| if | then | | why, or a point |\n|---|---|---|---|"
    for link in LINKS[name]:
        premises = " and ".join(f"`{key}`" for key in link.premises)
        word = "true" if link.witness is None else "**false**"
        yield f"| {premises} | `{link.conclusion}` | {word} | {cell(_why(link))} |"
    yield ""


def _why(link: Link) -> str:
    if link.witness is None:
        return link.why
    values = {name: value for name, value in link.witness.values.items() if name not in ("b", "class_sizes")}
    if any(link.witness.values["b"]):
        values["b"] = link.witness.values["b"]
    if len(set(link.witness.values["class_sizes"])) > 1:
        values["class sizes"] = link.witness.values["class_sizes"]
    return f"{link.why}: {', '.join(f'{name} = {value}' for name, value in values.items())}"


if __name__ == "__main__":
    sys.stdout.write(page())
