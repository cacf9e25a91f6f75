"""Collapse by depth: a table of squares, layer by epoch, as inline SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

LEFT, ROW, TOP, WIDTH, BOTTOM = 170, 26, 34, 720, 36


def depth_map(title: str, layers: Sequence[str], epochs: Sequence[int], values: Sequence[Sequence[float]]) -> str:
    """An SVG with a row for each layer and a column for each epoch, darker where the number is larger.

    Args:
        title: what the numbers are.
        layers: names, from the input to the output.
        epochs: of the columns.
        values: layers x epochs, not negative.
    """
    finite = [v for row in values for v in row if math.isfinite(v)]
    top, step = max(finite, default=1.0) or 1.0, (WIDTH - LEFT) / max(len(epochs), 1)
    height = TOP + ROW * len(layers) + BOTTOM
    words = "; ".join(f"{name} from {row[0]:.3g} to {row[-1]:.3g}" for name, row in zip(layers, values, strict=True))
    label = escape(f"{title}: {words}")
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}" class="chart causes">',
        f'<text x="0" y="18">{escape(title)}</text>',
    ]
    for i, (name, row) in enumerate(zip(layers, values, strict=True)):
        y = TOP + i * ROW
        parts.append(f'<text x="{LEFT - 8}" y="{y + 17}" text-anchor="end">{escape(name[-24:])}</text>')
        for j, value in enumerate(row):
            shade = value / top if math.isfinite(value) else 0.0
            place = f'x="{LEFT + j * step:.1f}" y="{y}" width="{step - 1:.1f}" height="{ROW - 1}"'
            about = escape(f"{name}, epoch {epochs[j]}: {value:.3g}")
            parts.append(f'<rect class="bar one" fill-opacity="{shade:.3f}" {place}><title>{about}</title></rect>')
    base = TOP + ROW * len(layers) + 16
    every = math.ceil(len(epochs) / 16)
    parts += [
        f'<text x="{LEFT + (j + 0.5) * step:.1f}" y="{base}" text-anchor="middle">{epoch}</text>'
        for j, epoch in enumerate(epochs)
        if j % every == 0
    ]
    parts.append(f'<text x="{(LEFT + WIDTH) / 2:g}" y="{base + 16}" text-anchor="middle">epoch</text>')
    return "".join([*parts, "</svg>"])
