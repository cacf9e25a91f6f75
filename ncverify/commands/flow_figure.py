"""Figure 2 of the paper redrawn as SVG: four panels on its own window, and the same four to the end of a flow.

Both axes are logarithmic, the horizontal one in log t, so that a decay like a power of log t is a straight line. Dashed
lines of slope -1 and -1/2 are drawn for comparison.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ncverify.flow import Trajectory

PANELS = (
    ("(a) variation of norms", ("feature_norm_variation", "classifier_norm_variation")),
    ("(b) within-class variation", ("within_class_variation",)),
    ("(c) cosines", ("feature_cosine_deviation", "classifier_cosine_deviation")),
    ("(d) self-duality", ("self_duality_distance",)),
)
COLOURS = ("#1f5fa8", "#c23b22")  # features blue, classifiers red, as in the paper
PAPER_WINDOW = (1.0, 11.5)
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 300, 230, 48, 10, 26, 40
Points = NDArray[np.float64]
_ROUNDING = 1e-9  # recorded values of log t are as exact as the search for them


class Frame(NamedTuple):
    """The window of a panel in data units, and where its corner is on the page."""

    x: tuple[float, float]
    y: tuple[float, float]
    left: float
    top: float

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Page coordinates of a point; both axes are logarithmic."""
        across = math.log(x / self.x[0]) / math.log(self.x[1] / self.x[0])
        up = math.log(y / self.y[0]) / math.log(self.y[1] / self.y[0])
        inner = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return self.left + LEFT + across * inner[0], self.top + TOP + (1 - up) * inner[1]


def figure(trajectory: Trajectory, descent: Trajectory | None = None) -> str:
    """The SVG text: two rows of four panels; one row where the flow ends within the paper's window.

    Args:
        trajectory: a flow.
        descent: gradient descent from the same start, drawn as dots at the same times.
    """
    windows = [PAPER_WINDOW]
    end = float(trajectory["log_t"][-1])
    if end > PAPER_WINDOW[1]:
        windows.append((PAPER_WINDOW[0], end))
    K, d = trajectory.W.shape[1:]
    title = f"Figure 2 redrawn: K = {K}, n = {trajectory.H.shape[2] // K}, d = {d}, gradient flow"
    if descent is not None:
        title += " (lines) and descent (dots)"
    size = len(PANELS) * WIDTH, len(windows) * HEIGHT + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]} {size[1]}" width="{size[0]}" '
        f'height="{size[1]}" font-family="sans-serif" font-size="11" fill="#222">',
        f"<title>{title}</title>",
        f'<rect width="{size[0]}" height="{size[1]}" fill="#fff"/>',
        f'<text x="8" y="17" font-size="13">{title}; features blue, classifiers red, dashed: slopes -1 and -1/2</text>',
    ]
    for i, window in enumerate(windows):
        for j, (name, metrics) in enumerate(PANELS):
            frame, drawn = _panel(trajectory, name, metrics, window, (j * WIDTH, 24 + i * HEIGHT))
            parts += drawn
            if descent is not None and frame is not None:
                parts += _dots(descent, metrics, frame)
    return "\n".join([*parts, "</svg>\n"])


def _panel(
    trajectory: Trajectory, name: str, metrics: Sequence[str], window: tuple[float, float], corner: tuple[float, float]
) -> tuple[Frame | None, list[str]]:
    log_t = trajectory["log_t"]
    inside = (log_t >= window[0] * (1 - _ROUNDING)) & (log_t <= window[1] * (1 + _ROUNDING))
    curves = [(log_t[inside], trajectory[metric][inside]) for metric in metrics]
    curves = [(x[y > 0], y[y > 0]) for x, y in curves]
    values = np.concatenate([y for _, y in curves])
    if values.size == 0:
        return None, [_text(corner[0] + LEFT, corner[1] + TOP, f"{name}: nothing recorded between log t = {window}")]
    low, high = float(values.min()), float(values.max())
    frame = Frame(window, (low / 1.5, max(high * 1.5, low * 3)), *corner)
    parts = _axes(frame, name)
    end = (float(curves[0][0][-1]), float(curves[0][1][-1]))
    for power in (-1.0, -0.5):
        parts.append(_line(frame, *_reference(frame, end, power), 'stroke="#888" stroke-dasharray="4 3"'))
    for (x, y), colour in zip(curves, COLOURS, strict=False):
        parts.append(_line(frame, x, y, f'stroke="{colour}" stroke-width="1.8"'))
    return frame, parts


def _dots(path: Trajectory, metrics: Sequence[str], frame: Frame) -> list[str]:
    """The metrics of another trajectory, where they are inside the frame."""
    dots = []
    for metric, colour in zip(metrics, COLOURS, strict=False):
        for x, y in zip(path["log_t"].tolist(), path[metric].tolist(), strict=True):
            if frame.x[0] <= x <= frame.x[1] and frame.y[0] <= y <= frame.y[1]:
                across, up = frame.place(x, y)
                dots.append(f'<circle cx="{across:.1f}" cy="{up:.1f}" r="2.4" fill="none" stroke="{colour}"/>')
    return dots


def _reference(frame: Frame, end: tuple[float, float], power: float) -> tuple[Points, Points]:
    """A power of log t through the last point, cut where it leaves the frame."""
    x = np.geomspace(frame.x[0], end[0], 200)
    y = end[1] * (x / end[0]) ** power
    return x[y <= frame.y[1]], y[y <= frame.y[1]]


def _line(frame: Frame, x: Points, y: Points, style: str) -> str:
    places = " ".join("{:.1f},{:.1f}".format(*frame.place(a, b)) for a, b in zip(x.tolist(), y.tolist(), strict=True))
    return f'<polyline points="{places}" fill="none" {style}/>'


def _axes(frame: Frame, name: str) -> list[str]:
    (x0, y0), (x1, y1) = frame.place(frame.x[0], frame.y[0]), frame.place(frame.x[1], frame.y[1])
    parts = [
        f'<rect x="{x0:.1f}" y="{y1:.1f}" width="{x1 - x0:.1f}" height="{y0 - y1:.1f}" fill="none" stroke="#999"/>',
        _text((x0 + x1) / 2, frame.top + 16, name, anchor="middle"),
        _text((x0 + x1) / 2, y0 + 31, "log t (axis: log log t)", anchor="middle"),
    ]
    for x in ticks(*frame.x):
        place, _ = frame.place(x, frame.y[0])
        parts += [
            f'<path d="M{place:.1f} {y0:.1f}v4" stroke="#999"/>',
            _text(place, y0 + 16, _label(x), anchor="middle"),
        ]
    for y in ticks(*frame.y):
        _, place = frame.place(frame.x[0], y)
        parts += [
            f'<path d="M{x0:.1f} {place:.1f}h-4" stroke="#999"/>',
            _text(x0 - 6, place + 4, f"{y:.0e}", anchor="end"),
        ]
    return parts


def ticks(low: float, high: float) -> list[float]:
    """At most six round numbers between two positive ones: powers of ten, with 2 and 5 where there are few.

    Example:
        >>> ticks(1.0, 11.5), ticks(1.0, 1e5)
        ([1.0, 2.0, 5.0, 10.0], [1.0, 10.0, 100.0, 1000.0, 10000.0, 100000.0])
    """
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    low, high = low * (1 - _ROUNDING), high * (1 + _ROUNDING)
    tens = [10.0**k for k in powers if low <= 10.0**k <= high]
    if len(tens) > 2:
        return tens[:: math.ceil(len(tens) / 6)]
    return [digit * 10.0**k for k in powers for digit in (1, 2, 5) if low <= digit * 10.0**k <= high]


def _label(x: float) -> str:
    return f"{x:g}" if 1e-3 <= x < 9999 else f"{x:.0e}".replace("e+0", "e").replace("e-0", "e-")


def _text(x: float, y: float, text: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'
