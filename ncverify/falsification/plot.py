"""How a search went, by matplotlib where it is installed."""

from __future__ import annotations

from typing import Any

import numpy as np

from ncverify.falsification.distribution import CLASSES, Distribution


def search_axes(distribution: Distribution, title: str, axes: Any = None) -> Any:
    """Bars for each class of scaled slacks: sampled points that met the hypotheses, and the ends of attacks.

    Args:
        distribution: counts of a search.
        title: of the picture.
        axes: of matplotlib, to draw in; a new figure by default.

    Returns:
        The axes; `axes.figure` is the figure.

    Raises:
        ModuleNotFoundError: matplotlib is not installed; the message says what to install.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("plot() needs matplotlib: pip install matplotlib", name="matplotlib") from error
    if axes is None:
        axes = Figure(figsize=(8, 3), layout="constrained").subplots()
    place = np.arange(len(CLASSES))
    axes.bar(place - 0.2, distribution.sampled, width=0.4, label="sampled points")
    axes.bar(place + 0.2, distribution.attacked, width=0.4, label="ends of attacks")
    axes.set(title=title, xlabel="slack, divided by the size of its terms", ylabel="points", yscale="symlog")
    axes.set_xticks(place, CLASSES, rotation=60, fontsize=8)
    axes.legend()
    return axes
