"""Figure 2 of the ULPM paper redrawn: the six metrics along a flow, in four panels.

Both axes are logarithmic, the horizontal one in log t, so that a decay like a power of log t is a straight line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ncverify.report.panels import PANELS, Axis, Curve, panel, short, ticks

PAPER_END = 11.5  # log t of the last of the paper's 1e5 steps
GUIDES = ((-1.0, "1/log t"), (-0.5, "1/sqrt(log t)"))
_ROUNDING = 1e-9  # recorded values of log t are as exact as the search for them
Column = Callable[[str], Sequence[float]]


def flow_panels(column: Column, end: float, dots: Column | None = None) -> list[str]:
    """The panels from log t = 1 to an end, with two powers of log t through the last point.

    Args:
        column: the recorded values of a quantity by its name, "log_t" and the six metrics.
        end: log t at the right edge, above 1.
        dots: the same of another run, whose points are drawn without lines.
    """
    axis = Axis("log t (axis: log log t)", 1.0, end, [(t, short(t)) for t in ticks(1.0, end)])
    return [panel(title, axis, _curves(column, metrics, end, dots)) for title, metrics in PANELS]


def _curves(column: Column, metrics: Sequence[str], end: float, dots: Column | None) -> list[Curve]:
    log_t = column("log_t")
    inside = [i for i, t in enumerate(log_t) if 1 - _ROUNDING <= t <= end * (1 + _ROUNDING)]
    x = [max(log_t[i], 1.0) for i in inside]
    curves, colours = [], ("one", "two")
    for metric, colour in zip(metrics, colours, strict=False):
        values = column(metric)
        curves.append(Curve(metric.replace("_", " "), x, [values[i] for i in inside], colour, "none"))
    if x:
        last = curves[0].y[-1]
        curves[:0] = [Curve(name, x, [last * (t / x[-1]) ** power for t in x], "guide") for power, name in GUIDES]
    if dots is not None:
        curves += [Curve(m, dots("log_t"), dots(m), c, "only") for m, c in zip(metrics, colours, strict=False)]
    return curves
