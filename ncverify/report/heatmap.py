"""A Gram matrix as a heat map, inline SVG: blue above zero, red below, full colour at 1 and beyond."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

SIDE, LEGEND, MOST, NUMBERED, LEVELS = 300, 34, 60, 12, 20
NAMES, LETTERS = 72, 12  # room for the names of classes, and how much of one is shown
Matrix = NDArray[np.float64]


def gram(rows: Matrix) -> Matrix:
    """The Gram matrix of the rows, measured from their mean, in units of their mean squared length.

    Collapsed rows give 1 on the diagonal and -1/(K-1) off it. Rows that are all the same give NaN.

    Args:
        rows: shape (K, d).

    Example:
        >>> gram(np.array([[2.0], [0.0]])).tolist()
        [[1.0, -1.0], [-1.0, 1.0]]
    """
    largest = float(np.abs(rows).max(initial=0.0))
    scaled = rows / largest if largest else rows
    centred = scaled - scaled.mean(axis=0)
    products = centred @ centred.T
    mean = float(np.trace(products)) / len(rows)
    return products / mean if mean > 0 else np.full(products.shape, math.nan)


def simplex_gram(K: int) -> Matrix:
    """The Gram matrix at collapse: 1 on the diagonal, -1/(K-1) off it."""
    return np.where(np.eye(K, dtype=bool), 1.0, -1.0 / (K - 1))


def condensed(matrix: Matrix, most: int = MOST) -> Matrix:
    """At most `most` rows and columns: of each block the entry that is farthest from its collapsed value.

    A block on the diagonal is represented by entries of the diagonal only, so that the diagonal stays one.
    """
    K = len(matrix)
    block = math.ceil(K / most)
    if block == 1:
        return matrix
    distance = np.abs(matrix - simplex_gram(K))
    starts = range(0, K, block)
    blocks = np.empty((len(starts), len(starts)))
    for i, a in enumerate(starts):
        for j, b in enumerate(starts):
            values, far = (m[a : a + block, b : b + block] for m in (matrix, distance))
            if i == j:
                values, far = np.diag(values), np.diag(far)
            blocks[i, j] = values.flat[int(np.argmax(np.where(np.isnan(far), np.inf, far)))]
    return blocks


def heatmap(title: str, matrix: Matrix, names: Sequence[str] = ()) -> str:
    """An SVG of a Gram matrix; small ones carry their numbers, and names of the classes if they are given."""
    shown = condensed(matrix)
    size = SIDE / len(shown)
    names = names if len(names) == len(shown) else ()
    beside = NAMES if names else 0
    height = SIDE + LEGEND + beside
    label = escape(f"{title}: {in_words(matrix)}")
    parts = [
        f'<svg viewBox="{-beside} 0 {SIDE + beside} {height}" role="img" aria-label="{label}" class="chart heat">',
        f'<rect class="ground" x="0" y="{LEGEND}" width="{SIDE}" height="{SIDE}"/>',
        f'<text class="title" x="0" y="18">{escape(title)}</text>',
        *_squares(shown, size),
    ]
    if len(shown) <= NUMBERED:
        parts += _numbers(shown, size)
    parts += _names(names, size)
    return "".join([*parts, "</svg>"])


def in_words(matrix: Matrix) -> str:
    """The ranges of a Gram matrix.

    Example:
        >>> in_words(simplex_gram(3))
        'diagonal 1 to 1, off the diagonal -0.5 to -0.5'
    """
    if np.isnan(matrix).any():
        return "not defined, all rows are the same"
    diagonal, others = np.diag(matrix), matrix[~np.eye(len(matrix), dtype=bool)]
    spans = [f"{float(values.min()):.3g} to {float(values.max()):.3g}" for values in (diagonal, others)]
    return f"diagonal {spans[0]}, off the diagonal {spans[1]}"


def _squares(shown: Matrix, size: float) -> list[str]:
    """One path for each shade."""
    levels = np.where(np.isnan(shown), 0, np.rint(np.clip(shown, -1, 1) * LEVELS)).astype(int)
    parts = []
    for level in sorted(set(levels.flat) - {0}):
        squares = "".join(
            f"M{j * size:.4g} {LEGEND + i * size:.4g}h{size:.3g}v{size:.3g}h{-size:.3g}z"
            for i, j in np.argwhere(levels == level)
        )
        colour = "one" if level > 0 else "two"
        parts.append(f'<path class="bar {colour}" fill-opacity="{abs(level) / LEVELS:g}" d="{squares}"/>')
    return parts


def _numbers(shown: Matrix, size: float) -> list[str]:
    font = min(14.0, size * 0.36)
    parts = []
    for (i, j), value in np.ndenumerate(shown):
        x, y = (j + 0.5) * size, LEGEND + (i + 0.5) * size + font / 3
        ink = "on" if abs(value) > 0.6 else "off"
        text = "" if math.isnan(value) else f"{value:.2f}".replace("-0.00", "0.00")
        parts.append(
            f'<text class="{ink}" x="{x:.4g}" y="{y:.4g}" font-size="{font:.3g}" text-anchor="middle">{text}</text>'
        )
    return parts


def _names(names: Sequence[str], size: float) -> list[str]:
    """The names of the classes beside the rows and below the columns."""
    font, base, parts = min(11.0, size * 0.8), SIDE + LEGEND + 6, []
    for i, name in enumerate(names):
        text = escape(name if len(name) <= LETTERS else name[: LETTERS - 1] + "\u2026")
        x, y = (i + 0.5) * size, LEGEND + (i + 0.5) * size + font / 3
        parts.append(f'<text x="-4" y="{y:.4g}" font-size="{font:.3g}" text-anchor="end">{text}</text>')
        turned = f'transform="rotate(-60 {x:.4g} {base})" text-anchor="end"'
        parts.append(f'<text x="{x:.4g}" y="{base}" font-size="{font:.3g}" {turned}>{text}</text>')
    return parts
