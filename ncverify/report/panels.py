"""Panels with curves over logarithmic axes, as inline SVG whose colours the page's style decides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 300, 220, 46, 10, 26, 40
LEAST = 1e-300
_ROUNDING = 1e-9  # ends of axes are as exact as the search for them

PANELS = (
    ("(a) variation of norms", ("feature_norm_variation", "classifier_norm_variation")),
    ("(b) within-class variation", ("within_class_variation",)),
    ("(c) cosines", ("feature_cosine_deviation", "classifier_cosine_deviation")),
    ("(d) self-duality", ("self_duality_distance",)),
)
"""The six metrics of a network in four panels; features come first, classifiers second."""


@dataclass(frozen=True)
class Curve:
    """A curve through positive points.

    Args:
        name: of the quantity.
        x: positive.
        y: positive; points that are not, or not finite, are left out.
        style: "one" or "two" for the colour of a quantity, "guide" for a line to compare with.
        marks: whether points are marked: where they are "few", "none", or "only" they are drawn, and no line.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    style: str
    marks: Literal["few", "none", "only"] = "few"

    @property
    def spans(self) -> bool:
        """Whether the vertical axis has to reach all of it."""
        return self.style != "guide" and self.marks != "only"

    def points(self) -> list[tuple[float, float]]:
        """The points that logarithmic axes can show."""
        pairs = zip(self.x, self.y, strict=True)
        return [(x, y) for x, y in pairs if x > 0 and LEAST < y < math.inf and math.isfinite(x)]


@dataclass(frozen=True)
class Axis:
    """A horizontal, logarithmic axis.

    Args:
        name: what stands below it.
        low: where it begins, positive.
        high: where it ends.
        ticks: places and their labels.
    """

    name: str
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]


def panel(title: str, axis: Axis, curves: Sequence[Curve]) -> str:
    """An SVG with curves over one axis; the vertical axis spans the quantities, not the lines to compare with."""
    shown = [(c, [p for p in c.points() if axis.low <= p[0] <= axis.high * (1 + 1e-9)]) for c in curves]
    values = [y for c, points in shown if c.spans for _, y in points]
    label = escape(f"{title}: {_in_words(shown)}")
    head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}" class="chart panel">'
    name = f'<text x="{(LEFT + WIDTH - RIGHT) / 2:g}" y="16" text-anchor="middle" class="title">{escape(title)}</text>'
    if not values:
        return head + name + "</svg>"
    low, high = min(values) / 1.5, max(max(values) * 1.5, min(values) * 3)
    parts = [head, name, *_horizontal(axis), *_vertical(low, high)]
    for c, points in shown:
        inside = [(_across(axis, x), _up(low, high, y)) for x, y in points if low <= y <= high]
        places = " ".join(f"{x:.1f},{y:.1f}" for x, y in inside)
        if c.marks != "only":
            parts.append(f'<polyline class="curve {escape(c.style)}" points="{places}"/>')
        if c.marks == "only" or (c.marks == "few" and c.style != "guide" and len(inside) < 40):
            kind = "dot" if c.marks == "only" else "point"
            parts += [
                f'<circle class="{kind} {escape(c.style)}" cx="{x:.1f}" cy="{y:.1f}" r="2.2"/>' for x, y in inside
            ]
    return "".join([*parts, "</svg>"])


def _across(axis: Axis, x: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * math.log(x / axis.low) / math.log(axis.high / axis.low)


def _up(low: float, high: float, y: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * math.log(y / low) / math.log(high / low)


def _in_words(shown: Sequence[tuple[Curve, list[tuple[float, float]]]]) -> str:
    named = [(c.name, points) for c, points in shown if c.spans and points]
    return "; ".join(f"{name} from {points[0][1]:.2g} to {points[-1][1]:.2g}" for name, points in named) or "nothing"


def _horizontal(axis: Axis) -> list[str]:
    base = HEIGHT - BOTTOM
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts = [
        f'<path class="frame" d="M{LEFT} {TOP}H{WIDTH - RIGHT}V{base}H{LEFT}z"/>',
        f'<text x="{middle:g}" y="{base + 32}" text-anchor="middle">{escape(axis.name)}</text>',
    ]
    for x, text in axis.ticks:
        if axis.low <= x <= axis.high * (1 + 1e-9):
            place = _across(axis, x)
            parts.append(f'<line x1="{place:.1f}" x2="{place:.1f}" y1="{base}" y2="{base + 4}"/>')
            parts.append(f'<text x="{place:.1f}" y="{base + 16}" text-anchor="middle">{escape(text)}</text>')
    return parts


def _vertical(low: float, high: float) -> list[str]:
    parts = []
    for y in ticks(low, high):
        place = _up(low, high, y)
        parts.append(f'<line x1="{LEFT - 4}" x2="{LEFT}" y1="{place:.1f}" y2="{place:.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{place + 4:.1f}" text-anchor="end">{short(y)}</text>')
    return parts


def ticks(low: float, high: float) -> list[float]:
    """At most six round numbers from `low` to `high`: powers of ten, with 2 and 5 where there are few.

    Example:
        >>> ticks(0.02, 0.3), ticks(1e-7, 2.0)
        ([0.02, 0.05, 0.1, 0.2], [1e-07, 1e-05, 0.001, 0.1])
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    low, high = low * (1 - _ROUNDING), high * (1 + _ROUNDING)
    tens = [float(f"1e{k}") for k in powers if low <= float(f"1e{k}") <= high]
    if len(tens) > 2:
        return tens[:: math.ceil(len(tens) / 6)]
    return [t for k in powers for t in (float(f"{digit}e{k}") for digit in (1, 2, 5)) if low <= t <= high]


def short(value: float) -> str:
    """A number in few signs.

    Example:
        >>> short(0.05), short(1e-7), short(100000.0), short(20.0)
        ('0.05', '1e-7', '1e5', '20')
    """
    if 0.01 <= abs(value) < 1e4:
        return f"{value:g}"
    digits, power = f"{value:.0e}".split("e")
    return f"{digits}e{int(power)}"
