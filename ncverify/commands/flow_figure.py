"""Figure 2 of the paper redrawn as a file: four panels on its own window, and the same four to the end of a flow."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ncverify.flow import Trajectory
from ncverify.report.flow_panels import PAPER_END, flow_panels
from ncverify.report.standalone import standalone


def figure(trajectory: Trajectory, descent: Trajectory | None = None) -> str:
    """The SVG text: two rows of four panels; one row where the flow ends within the paper's window.

    Args:
        trajectory: a flow.
        descent: gradient descent from the same start, drawn as dots at the same times.
    """
    end = float(trajectory["log_t"][-1])
    K, d = trajectory.W.shape[1:]
    title = f"Figure 2 redrawn: K = {K}, n = {trajectory.H.shape[2] // K}, d = {d}, gradient flow"
    if descent is not None:
        title += " (lines) and descent (dots)"
    dots = None if descent is None else _columns(descent)
    rows = [flow_panels(_columns(trajectory), to, dots) for to in (PAPER_END, *([end] if end > PAPER_END else []))]
    return standalone(rows, title, "features blue, classifiers red, dashed: slopes -1 and -1/2")


def _columns(path: Trajectory) -> Callable[[str], Sequence[float]]:
    return lambda name: path[name].tolist()
