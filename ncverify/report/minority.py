"""The diagrams of minority collapse as SVG and as a page: descent as shade, the closed form as a line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from ncverify.optima.diagram import PhaseCell
from ncverify.report.page import environment
from ncverify.report.panels import short

CELL, HIGH, LEFT, TOP, BOTTOM, SIDE, LEAST_WIDTH = 46, 30, 74, 58, 58, 16, 520
MERGED, SPLIT, LINE = (240, 236, 228), (31, 95, 168), "#c23b22"
AXES = {
    "layer-peeled": ("E_W E_H", "R = n_A/n_B"),
    "regularised": ("lambda = lambda_W = lambda_H", "n_B"),
}


def minority_diagram(title: str, rows: Sequence[Sequence[PhaseCell]], border: Sequence[tuple[float, float]]) -> str:
    """An SVG with a square for each cell, y upwards, and the closed form's border through them.

    Args:
        title: what stands above it.
        rows: cells of one model, x and y increasing.
        border: (x, y) on the border, in the units of the axes, from one end to the other.
    """
    xs, ys = [cell.x for cell in rows[0]], [row[0].y for row in rows]
    wide, high = len(xs) * CELL, len(ys) * HIGH
    width, height = max(LEFT + wide + SIDE, LEAST_WIDTH), TOP + high + BOTTOM
    across, upwards = AXES[rows[0][0].model]
    label = escape(f"{title}: {in_words(rows)}")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{label}" font-family="sans-serif" font-size="11" fill="#222" text-anchor="middle">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="8" y="20" font-size="14" text-anchor="start">{escape(title)}</text>',
        '<text x="8" y="38" text-anchor="start">shade and number: own less other softmax within the minority, by '
        "descent; line: closed form</text>",
    ]
    for i, row in enumerate(rows):
        y = TOP + (len(ys) - 1 - i) * HIGH
        parts.append(f'<text x="{LEFT - 6}" y="{y + HIGH / 2 + 4:g}" text-anchor="end">{short(ys[i])}</text>')
        for j, cell in enumerate(row):
            parts += _square(cell, LEFT + j * CELL, y)
    for j, x in enumerate(xs):
        parts.append(f'<text x="{LEFT + (j + 0.5) * CELL:g}" y="{TOP + high + 16}">{short(float(f"{x:.2g}"))}</text>')
    parts += [
        _line(xs, ys, border),
        f'<text x="{LEFT + wide / 2:g}" y="{TOP + high + 40}">{escape(across)}</text>',
        f'<text x="16" y="{TOP + high / 2:g}" transform="rotate(-90 16 {TOP + high / 2:g})">{escape(upwards)}</text>',
    ]
    return "\n".join([*(part for part in parts if part), "</svg>\n"])


def in_words(rows: Sequence[Sequence[PhaseCell]]) -> str:
    """The numbers of cells that merge and that agree with the closed form, in words."""
    cells = [cell for row in rows for cell in row]
    merged, agreeing = sum(cell.merges for cell in cells), sum(cell.agrees for cell in cells)
    return f"{merged} of {len(cells)} cells merge, descent agrees in {agreeing}"


def minority_page(diagrams: Sequence[tuple[str, str, Sequence[Sequence[PhaseCell]]]]) -> str:
    """A page with the diagrams and their numbers.

    Args:
        diagrams: title, SVG and rows of each.

    Raises:
        ModuleNotFoundError: jinja2 is not installed.
    """
    shown = [(title, svg, in_words(rows), *AXES[rows[0][0].model], [c for row in rows for c in row])
             for title, svg, rows in diagrams]  # fmt: skip
    return str(environment(autoescape=True).get_template("minority.html").render(diagrams=shown))


def _square(cell: PhaseCell, x: float, y: float) -> list[str]:
    share = min(1.0, cell.contrast) ** 0.5
    shade = ",".join(str(round(low + share * (top - low))) for low, top in zip(MERGED, SPLIT, strict=True))
    ink = "#fff" if share > 0.6 else "#222"
    text = "0" if cell.contrast < 5e-6 else f"{cell.contrast:.2g}"
    edge = 'stroke="#fff"' if cell.agrees else f'stroke="{LINE}" stroke-width="3"'
    return [
        f'<rect x="{x}" y="{y}" width="{CELL}" height="{HIGH}" fill="rgb({shade})" {edge}/>',
        f'<text x="{x + CELL / 2:g}" y="{y + HIGH / 2 + 4:g}" fill="{ink}">{text}</text>',
    ]


def _line(xs: Sequence[float], ys: Sequence[float], border: Sequence[tuple[float, float]]) -> str:
    """The part of the border that lies within the cells' centres; "" where an axis has one value."""
    if len(xs) < 2 or len(ys) < 2:
        return ""
    places = [(_along(xs, x), _along(ys, y)) for x, y in border]
    shown = [
        f"{LEFT + (i + 0.5) * CELL:.1f},{TOP + (len(ys) - 0.5 - j) * HIGH:.1f}"
        for i, j in places
        if -0.5 <= i <= len(xs) - 0.5 and -0.5 <= j <= len(ys) - 0.5
    ]
    return f'<polyline fill="none" stroke="{LINE}" stroke-width="3" points="{" ".join(shown)}"/>'


def _along(values: Sequence[float], value: float) -> float:
    """The position of a value between the increasing ones of an axis, logarithmic, extended at both ends.

    Example:
        >>> _along([1.0, 10.0, 100.0], 10.0), round(_along([1.0, 10.0, 100.0], 1000.0), 9)
        (1.0, 3.0)
    """
    if not 0 < value < math.inf:
        return -math.inf if value <= 0 else math.inf
    i = min(max(sum(v <= value for v in values) - 1, 0), len(values) - 2)
    return i + math.log(value / values[i]) / math.log(values[i + 1] / values[i])
