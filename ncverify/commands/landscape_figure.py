"""The phase diagram as SVG: dimension against radius, the share of collapsed end points as shade and number."""

from __future__ import annotations

from ncverify.landscape import Cell

CELL, LEFT, TOP, BOTTOM, SIDE = 62, 64, 56, 64, 16
COLLAPSED, OTHER = (31, 95, 168), (240, 236, 228)


def figure(cells: list[list[Cell]]) -> str:
    """The SVG text: one square for each cell, d upwards, rho to the right, the line d = K-1 drawn."""
    rows, columns = len(cells), len(cells[0])
    first = cells[0][0]
    width, height = LEFT + columns * CELL + SIDE, TOP + rows * CELL + BOTTOM
    title = f"Share of random starts that end collapsed, K = {first.K}, n = {first.n}"
    middle, right = TOP + rows * CELL / 2, LEFT + columns * CELL
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {max(width, 430)} {height}" width="{max(width, 430)}" '
        f'height="{height}" font-family="sans-serif" font-size="12" fill="#222" text-anchor="middle">',
        f"<title>{title}</title>",
        f'<rect width="{max(width, 430)}" height="{height}" fill="#fff"/>',
        f'<text x="8" y="20" font-size="14" text-anchor="start">{title}</text>',
        '<text x="8" y="38" text-anchor="start">m: other local minima found; below the line d &lt; K-1</text>',
    ]
    for i, row in enumerate(cells):
        y = TOP + (rows - 1 - i) * CELL
        parts.append(f'<text x="{LEFT - 14}" y="{y + CELL / 2 + 4}">{row[0].d}</text>')
        for j, cell in enumerate(row):
            parts += _square(cell, LEFT + j * CELL, y)
    for j, cell in enumerate(cells[0]):
        parts.append(f'<text x="{LEFT + (j + 0.5) * CELL}" y="{TOP + rows * CELL + 18}">{cell.rho:g}</text>')
    below = sum(row[0].d < first.K - 1 for row in cells)
    border = TOP + (rows - below) * CELL
    parts += [
        f'<line x1="{LEFT}" x2="{right}" y1="{border}" y2="{border}" stroke="#c23b22" stroke-width="3"/>',
        f'<text x="{LEFT + columns * CELL / 2}" y="{TOP + rows * CELL + 40}">radius rho of the sphere</text>',
        f'<text x="18" y="{middle}" transform="rotate(-90 18 {middle})">dimension d</text>',
    ]
    return "\n".join([*parts, "</svg>\n"])


def _square(cell: Cell, x: float, y: float) -> list[str]:
    share = cell.share("collapsed")
    others = sum(end.kind == "local minimum" for end in cell.endings)
    shade = ",".join(str(round(low + share * (high - low))) for low, high in zip(OTHER, COLLAPSED, strict=True))
    ink = "#fff" if share > 0.5 else "#222"
    square = f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill="rgb({shade})" stroke="#fff"/>'
    text = f'<text x="{x + CELL / 2}" y="{y + CELL / 2}" fill="{ink}">{share:.0%}</text>'
    note = f'<text x="{x + CELL / 2}" y="{y + CELL / 2 + 16}" fill="{ink}" font-size="10">m = {others}</text>'
    return [square, text, *([note] if others else [])]
