"""Figures of the report as inline SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ncverify.report.view import StatementView

WIDTH, LEFT, RIGHT = 960, 110, 20
LOWEST, HIGHEST = -17, 3  # powers of ten that the axis of positive slacks shows
ROWS = (("holds", "supported", "proof-gap"), ("false", "defect", "refuted"), ("open",))
LABELS = ("true", "not as printed", "open")
ROW_HEIGHT = 46


@dataclass(frozen=True)
class Dot:
    """A statement in the figure: where, and what it is."""

    x: float
    y: float
    statement: StatementView


def position(slack: float) -> float:
    """The x coordinate of a slack: below 0, exactly 0, then ten to the power -17 to 3 on a logarithmic scale.

    Example:
        >>> position(-1.0) < position(0.0) < position(1e-16) < position(1.0)
        True
    """
    zones = (WIDTH - LEFT - RIGHT) * 0.18
    if slack <= 0:
        return LEFT + zones * (0.25 if slack < 0 else 0.7)
    power = min(max(math.log10(slack), LOWEST), HIGHEST)
    start = LEFT + zones
    return start + (power - LOWEST) / (HIGHEST - LOWEST) * (WIDTH - RIGHT - start)


def dots(statements: Sequence[StatementView]) -> list[Dot]:
    """The statements that have a slack, stacked where they would cover each other."""
    placed: list[Dot] = []
    for row, verdicts in enumerate(ROWS):
        taken: dict[int, int] = {}
        for s in statements:
            if s.verdict in verdicts and s.slack is not None and math.isfinite(s.slack):
                column = round(position(s.slack) / 9)
                height = taken[column] = taken.get(column, -1) + 1
                x = column * 9 + (height // 6) * 3
                placed.append(Dot(x, row * ROW_HEIGHT + 38 - (height % 6) * 6.5, s))
    return placed


def slack_figure(statements: Sequence[StatementView]) -> str:
    """An SVG of the tightest slack of each statement, "" where no statement has one."""
    placed = dots(statements)
    if not placed:
        return ""
    bottom = len(ROWS) * ROW_HEIGHT
    title = f"Tightest slack of {len(placed)} statements on a logarithmic scale, by verdict; the table has the numbers"
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {bottom + 44}" role="img" aria-label="{escape(title)}" class="chart">',
        *(f'<text x="4" y="{i * ROW_HEIGHT + 34}">{label}</text>' for i, label in enumerate(LABELS)),
        *(_line(LEFT, WIDTH - RIGHT, i * ROW_HEIGHT + 44) for i in range(len(ROWS))),
        *_axis(bottom),
        *(_circle(dot) for dot in placed),
        "</svg>",
    ]
    return "".join(parts)


def _line(start: float, stop: float, y: float) -> str:
    return f'<line x1="{start}" x2="{stop}" y1="{y}" y2="{y}"/>'


def _axis(bottom: float) -> list[str]:
    marks = [(position(-1.0), "below 0"), (position(0.0), "0")]
    marks += [(position(10.0**power), f"1e{power}" if power else "1") for power in range(-16, 4, 4)]
    labels = [f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{text}</text>' for x, text in marks]
    grid = [f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{bottom}" class="grid"/>' for x, _ in marks]
    name = f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{bottom + 38}" text-anchor="middle">tightest slack found, '
    return [*grid, *labels, f"{name}divided by the natural scale of the statement</text>"]


def _circle(dot: Dot) -> str:
    s = dot.statement
    about = escape(f"{s.id}: {s.verdict}, {s.slack:.2g}")
    return (
        f'<a href="#{s.anchor}" tabindex="-1"><circle cx="{dot.x:.1f}" cy="{dot.y:.1f}" r="3.2" '
        f'class="v-{escape(s.verdict)}"><title>{about}</title></circle></a>'
    )
