"""Shares as horizontal bars and margins as a histogram, inline SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

WIDTH, LABELS, ROW = 720, 330, 34
PLOT, BASE, BINS = 680, 180, 48
Numbers = NDArray[np.float64]


def share_bars(rows: Sequence[tuple[str, float]]) -> str:
    """An SVG with a bar for each part of a whole; "" where the whole is not positive.

    Args:
        rows: names and parts, which are not negative.
    """
    whole = sum(value for _, value in rows)
    if not (math.isfinite(whole) and whole > 0):
        return ""
    label = escape(", ".join(f"{name}: {value / whole:.1%}" for name, value in rows))
    height = ROW * len(rows) + 6
    parts = [f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}" class="chart causes">']
    for i, (name, value) in enumerate(rows):
        y, width = i * ROW + 4, (WIDTH - LABELS - 70) * value / whole
        parts += [
            f'<text x="0" y="{y + 17}">{escape(name)}</text>',
            f'<rect class="bar one" x="{LABELS}" y="{y}" width="{width:.1f}" height="{ROW - 10}"/>',
            f'<text x="{LABELS + width + 6:.1f}" y="{y + 17}">{value / whole:.1%}</text>',
        ]
    return "".join([*parts, "</svg>"])


def bins(values: Sequence[Numbers]) -> Numbers:
    """Edges of equal bins over all values; one narrow bin where all are the same."""
    low, high = min(float(v.min()) for v in values), max(float(v.max()) for v in values)
    if not high > low or not math.isfinite(high - low):
        return np.asarray([low, high])
    return np.linspace(low, high, BINS + 1)


def margin_histogram(series: Sequence[tuple[str, Numbers]]) -> str:
    """An SVG of the margins of all samples, with logarithmic heights and a line at zero.

    Args:
        series: one or two names with margins, shape (N,), N >= 1.
    """
    edges = bins([values for _, values in series])
    counts = [_counts(values, edges) for _, values in series]
    top = max(int(c.max()) for c in counts)
    label = escape("; ".join(f"{name}: {in_words(values)}" for name, values in series))
    parts = [f'<svg viewBox="0 0 {PLOT} {BASE + 44}" role="img" aria-label="{label}" class="chart margins">']
    for side, (histogram, colour) in enumerate(zip(counts, ("one", "two"), strict=False)):
        parts.append(_bars(histogram, side, len(counts), colour, top))
    parts.append(f'<line x1="0" x2="{PLOT}" y1="{BASE}" y2="{BASE}"/>')
    parts += _marks(float(edges[0]), float(edges[-1]))
    parts.append(f'<text x="{PLOT / 2:g}" y="{BASE + 40}" text-anchor="middle">margin of a sample</text>')
    return "".join([*parts, "</svg>"])


def in_words(margins: Numbers) -> str:
    """The distribution of margins in words.

    Example:
        >>> in_words(np.array([-1.0, 2.0, 3.0]))
        'smallest -1, median 2, largest 3; 1 of 3 not above zero'
    """
    low, middle, high = (float(x) for x in (margins.min(), np.median(margins), margins.max()))
    wrong = int((margins <= 0).sum())
    return f"smallest {low:.4g}, median {middle:.4g}, largest {high:.4g}; {wrong} of {len(margins)} not above zero"


def _counts(values: Numbers, edges: Numbers) -> NDArray[np.intp]:
    if len(edges) == 2:
        return np.asarray([len(values)])
    return np.histogram(values, bins=edges)[0]


def _bars(counts: NDArray[np.intp], side: int, sides: int, colour: str, top: int) -> str:
    step = PLOT / len(counts) if len(counts) > 1 else 12.0
    start = 0.0 if len(counts) > 1 else PLOT / 2 - 6
    width = step / sides - 0.8
    pieces = []
    for i, count in enumerate(counts.tolist()):
        if count:
            height = 5 + (BASE - 20) * math.log(count) / max(math.log(top), 1.0)
            x = start + i * step + side * step / sides
            pieces.append(f"M{x:.1f} {BASE}h{width:.1f}v{-height:.1f}h{-width:.1f}z")
    return f'<path class="bar {colour}" d="{"".join(pieces)}"/>'


def _marks(low: float, high: float) -> list[str]:
    """The ends, and zero where it lies between them."""
    if not high > low:
        return [f'<text x="{PLOT / 2}" y="{BASE + 18}" text-anchor="middle">{low:.4g}</text>']
    parts = [
        f'<text x="0" y="{BASE + 18}">{low:.4g}</text>',
        f'<text x="{PLOT}" y="{BASE + 18}" text-anchor="end">{high:.4g}</text>',
    ]
    if low < 0 < high:
        x = PLOT * (0 - low) / (high - low)
        parts.append(f'<line class="zero" x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{BASE + 4}"/>')
        if 60 < x < PLOT - 60:
            parts.append(f'<text x="{x:.1f}" y="{BASE + 18}" text-anchor="middle">0</text>')
    return parts
