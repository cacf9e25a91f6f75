"""Inline figures as files of their own: the same drawings, with the colours that a page's style would give them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

HEAD = 46  # height of the two lines above the figures
STYLE = """
text { fill: #444; } .panel, .phases { font-size: 11px; } .title, .head { fill: #222; }
line, .frame { stroke: #999; fill: none; }
.one { --own: #1f5fa8; } .two { --own: #c23b22; }
.curve { fill: none; stroke: var(--own); stroke-width: 1.8; } .point { fill: var(--own); }
.dot { fill: none; stroke: var(--own); }
.guide { stroke: #888; stroke-width: 1; stroke-dasharray: 4 3; }
.ground { fill: #f0ece4; stroke: #fff; } .shade { fill: #1f5fa8; stroke: #fff; }
.on { fill: #fff; } .off { fill: #222; } .border { fill: none; stroke: #c23b22; stroke-width: 3; }
"""
_OPENING = re.compile(r'<svg viewBox="0 0 (\d+) (\d+)"')


def standalone(rows: Sequence[Sequence[str]], title: str, note: str, style: str = "") -> str:
    """An SVG file of inline figures side by side in rows, under a title and a line that says what is seen.

    Args:
        rows: figures as `panel` and `phase_diagram` draw them.
        title: the first line, which is the name of the file for screen readers, too.
        note: the second line.
        style: rules that come after the usual ones.

    Raises:
        ValueError: what is given is no figure of this package.

    Example:
        >>> standalone([['<svg viewBox="0 0 30 20" class="chart"></svg>']], "A & B", "nothing").count("<svg")
        2
    """
    parts, top, widest = [], HEAD, 0
    for row in rows:
        left, high = 0, 0
        for figure in row:
            opening = _OPENING.match(figure)
            if opening is None:
                raise ValueError(f"rows: expected inline figures with a viewBox from 0 0, got {figure[:40]!r}")
            width, height = int(opening[1]), int(opening[2])
            place = f'<svg x="{left}" y="{top}" width="{width}" height="{height}"'
            parts.append(place + figure.removeprefix("<svg"))
            left, high = left + width, max(high, height)
        top, widest = top + high, max(widest, left)
    widest = max(widest, 7 * max(len(title) + 2, len(note)))
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {widest} {top}" width="{widest}" height="{top}" '
        'font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title><style>{STYLE}{style}</style>",
        f'<rect width="{widest}" height="{top}" fill="#fff"/>',
        f'<text class="head" x="8" y="20" font-size="14">{escape(title)}</text>',
        f'<text x="8" y="38">{escape(note)}</text>',
    ]
    return "\n".join([*head, *parts, "</svg>\n"])
