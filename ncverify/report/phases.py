"""The phase diagram of Theorem 3.4 as inline SVG: dimension against radius, shade and number for the share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

CELL, HIGH, LEFT, TOP, BOTTOM, SIDE = 62, 40, 56, 10, 50, 12


def phase_diagram(rows: Sequence[Mapping[str, Any]]) -> str:
    """An SVG with one square for each cell, d upwards, rho to the right, and the line d = K-1.

    Args:
        rows: of `ncverify landscape`: one for each kind of end point of each cell.
    """
    cells: dict[tuple[int, float], list[Mapping[str, Any]]] = {}
    for row in rows:
        cells.setdefault((int(row["d"]), float(row["rho"])), []).append(row)
    dimensions = sorted({d for d, _ in cells}, reverse=True)
    radii = sorted({rho for _, rho in cells})
    threshold = int(rows[0]["K"]) - 1
    width, height = LEFT + len(radii) * CELL + SIDE, TOP + len(dimensions) * HIGH + BOTTOM
    label = escape(f"Share that ends collapsed, by dimension: {_in_words(cells, dimensions)}")
    parts = [f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{label}" class="chart phases">']
    for i, d in enumerate(dimensions):
        y = TOP + i * HIGH
        parts.append(f'<text x="{LEFT - 10}" y="{y + HIGH / 2 + 4:g}" text-anchor="end">{d}</text>')
        for j, rho in enumerate(radii):
            parts += _square(cells.get((d, rho), []), LEFT + j * CELL, y)
    foot = TOP + len(dimensions) * HIGH
    for j, rho in enumerate(radii):
        parts.append(f'<text x="{LEFT + (j + 0.5) * CELL:g}" y="{foot + 18}" text-anchor="middle">{rho:g}</text>')
    border = TOP + sum(d >= threshold for d in dimensions) * HIGH
    middle, centre = TOP + len(dimensions) * HIGH / 2, LEFT + len(radii) * CELL / 2
    parts += [
        f'<path class="border" d="M{LEFT - 28} {border}H{LEFT + len(radii) * CELL}"/>',
        f'<text x="{centre:g}" y="{foot + 40}" text-anchor="middle">radius rho of the sphere</text>',
        f'<text x="12" y="{middle:g}" text-anchor="middle" transform="rotate(-90 12 {middle:g})">dimension d</text>',
    ]
    return "".join([*parts, "</svg>"])


def _share(ends: Sequence[Mapping[str, Any]]) -> float:
    return sum(float(end["share"]) for end in ends if end["kind"] == "collapsed")


def _in_words(cells: Mapping[tuple[int, float], list[Mapping[str, Any]]], dimensions: Sequence[int]) -> str:
    parts = []
    for d in sorted(dimensions):
        shares = [_share(ends) for (own, _), ends in cells.items() if own == d]
        low, high = min(shares), max(shares)
        parts.append(f"d = {d}: {low:.0%}" + ("" if low == high else f" to {high:.0%}"))
    return ", ".join(parts)


def _square(ends: Sequence[Mapping[str, Any]], x: float, y: float) -> list[str]:
    share, others = _share(ends), sum(end["kind"] == "local minimum" for end in ends)
    ink = "on" if share > 0.5 else "off"
    text = f"{share:.0%}" + (f", m = {others}" if others else "")
    return [
        f'<rect x="{x}" y="{y}" width="{CELL}" height="{HIGH}" class="ground"/>',
        f'<rect x="{x}" y="{y}" width="{CELL}" height="{HIGH}" class="shade" fill-opacity="{share:.3g}"/>',
        f'<text x="{x + CELL / 2:g}" y="{y + HIGH / 2 + 4:g}" text-anchor="middle" class="{ink}">{text}</text>',
    ]
