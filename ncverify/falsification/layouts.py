"""The packing, the starts and the smaller shapes of a `Domain` or a `Space`: what the search knows of either."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from ncverify.domain import Domain, Shape
from ncverify.falsification import starts
from ncverify.point import Point
from ncverify.space import Sizes, Space, Variable
from ncverify.space import starts as of_space
from ncverify.space.layout import Layout

Over = Domain | Space
AnyShape = Shape | Sizes

_PAIR = {"W": Variable("K", "d"), "H": Variable("d", "N")}


def layout_of(over: Over, shape: AnyShape) -> Layout:
    """The packing of the points of one shape."""
    if isinstance(over, Space):
        return Layout(shape, over.variables)
    return Layout(shape, _PAIR, _pair)


def _pair(values: Mapping[str, Any]) -> Point:
    return Point.trusted(values["W"], values["H"])


def layout_at(over: Over, point: Any) -> Layout:
    """The packing of the points of the shape of a point."""
    return layout_of(over, point.sizes if isinstance(over, Space) else Shape(point.K, point.n, point.d))


def key(shape: AnyShape) -> tuple[int, ...]:
    """A shape as plain integers."""
    return shape.key if isinstance(shape, Sizes) else tuple(shape)


def structured(layout: Layout, *, with_simplex: bool = True) -> Any:
    """Rows of simple points; they are the same for every statement over one space, and kept."""
    return _structured(layout, with_simplex).copy()


@lru_cache(maxsize=128)
def _structured(layout: Layout, with_simplex: bool) -> Any:
    if isinstance(layout.sizes, Sizes):
        return of_space.structured(layout)
    W, H = starts.structured(layout.sizes, with_simplex=with_simplex)
    return layout.pack({"W": W, "H": H})


def random(layout: Layout, count: int, rng: np.random.Generator) -> Any:
    """Rows of random points of several families and scales."""
    if isinstance(layout.sizes, Sizes):
        return of_space.random(layout, count, rng)
    W, H = starts.random(layout.sizes, count, rng)
    return layout.pack({"W": W, "H": H})


def ordinary(layout: Layout, count: int, rng: np.random.Generator) -> Any:
    """Rows of points of order one, half of them with features near their classifiers."""
    if isinstance(layout.sizes, Sizes):
        return of_space.ordinary(layout, count, rng)
    K, n, d = layout.sizes
    W, H = rng.standard_normal((count, K, d)), rng.standard_normal((count, d, K * n))
    unit = W[::2] / np.linalg.norm(W[::2], axis=2, keepdims=True)
    W[::2], H[::2] = unit, np.repeat(np.swapaxes(unit, 1, 2), n, axis=2) + 0.1 * H[::2]
    return layout.pack({"W": W, "H": H})
