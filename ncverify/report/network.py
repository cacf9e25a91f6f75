"""The page about a user's own network: what was measured, in the order of reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ncverify.report.page import environment, inline

Row = tuple[str, str, str, str]


@dataclass(frozen=True)
class NetworkView:
    """Plain values; every graphic is an SVG that was made from numbers.

    Args:
        name: of the file.
        facts: names and values that describe it.
        conclusions: sentences.
        sections: a title, its rows (quantity, value, value at collapse, source).
        notes: below the tables.
        causes: the distance to Theorem 3.1's bound as bars, "" where there is none.
        distance: the same in sentences.
        heatmaps: of the Gram matrices.
        margins: the histogram.
        legend: names of its series, if there are two.
    """

    name: str
    facts: Sequence[tuple[str, str]]
    conclusions: Sequence[str]
    sections: Sequence[tuple[str, Sequence[Row]]]
    notes: Sequence[str]
    causes: str
    distance: Sequence[str]
    heatmaps: Sequence[str]
    margins: str
    margins_in_words: Sequence[str]
    legend: Sequence[str] = field(default_factory=tuple)


def network_page(network: NetworkView) -> str:
    """The page, which needs nothing from outside."""
    style, script = inline("report.css"), inline("network.js")
    template = environment(autoescape=True).get_template("network.html")
    return template.render(network=network, style=style, script=script)
