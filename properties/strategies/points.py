"""Points of the model, as float64 NumPy arrays, in families from small integers to badly scaled ones.

Small points are drawn entry by entry, so they shrink to few, small, simple numbers. The others draw their structure
(shape, family, seed, exponent of the scale) and build their entries from the drawn seed: they are replayable, and
shrink in their structure.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

from ncverify.collapse import collapsed_point
from ncverify.domain import Domain, Shape
from ncverify.falsification import layouts
from ncverify.space.layout import Layout
from properties.strategies.shapes import shapes

FAMILIES = (
    "small",
    "gaussian",
    "collapsed",
    "nearly collapsed",
    "low rank",
    "merged classes",
    "anti-collapsed",
    "badly scaled",
    "degenerate",
)


# integers first, then halves, quarters and eighths, each by size
_FRACTIONS = [sign * m / d for d in (2, 4, 8) for m in range(1, 2 * d, 2) for sign in (1, -1)]
_SIMPLE = (0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, *_FRACTIONS)


@dataclass(frozen=True)
class Drawn:
    """A drawn point and the family it came from; W (K, d) and H (d, K*n) are float64 NumPy arrays."""

    family: str
    shape: Shape
    W: Any
    H: Any

    @property
    def layout(self) -> Layout:
        """How the coordinates are packed."""
        return layouts.layout_of(Domain(*self.shape), self.shape)

    @property
    def entries(self) -> Any:
        """The coordinates in one row."""
        return self.layout.pack({"W": self.W[None], "H": self.H[None]})[0]


def points(domain: Domain, families: tuple[str, ...] = FAMILIES) -> st.SearchStrategy[Drawn]:
    """Points of the shapes of a domain, of all families or of some."""
    return st.tuples(st.sampled_from(families), shapes(domain)).flatmap(lambda chosen: _of(*chosen))


@cache  # Hypothesis checks each strategy that it has not seen
def _of(family: str, shape: Shape) -> st.SearchStrategy[Drawn]:
    if family == "small" and shape.K * shape.d * (shape.n + 1) <= 24:
        return _small(shape)
    # Hypothesis takes the example of fewer choices for the simpler one: a seed of more choices than a small point of
    # the smallest shapes has entries makes it prefer such points. Each choice costs time
    seeds = st.tuples(*[st.integers(0, 2**32 - 1)] * 8)
    return st.builds(lambda seed, exponent: _built(family, shape, seed, exponent), seeds, st.integers(-3, 3))


def _small(shape: Shape) -> st.SearchStrategy[Drawn]:
    """Integers and short dyadic fractions, entry by entry: a fill value would make most entries equal."""
    K, n, d = shape
    entry = st.sampled_from(_SIMPLE)

    def matrix(rows: int, columns: int) -> st.SearchStrategy[Any]:
        return st.tuples(*[entry] * (rows * columns)).map(lambda values: np.asarray(values).reshape(rows, columns))

    return st.builds(lambda W, H: Drawn("small", shape, W, H), matrix(K, d), matrix(d, K * n))


def _built(family: str, shape: Shape, seed: tuple[int, ...], exponent: int) -> Drawn:
    rng = np.random.default_rng(seed)
    W, H = _BUILDERS.get(family, _gaussian)(shape, rng)
    scale = 2.0**exponent
    return Drawn(family, shape, W * scale, H * scale)


def _gaussian(shape: Shape, rng: np.random.Generator) -> tuple[Any, Any]:
    K, n, d = shape
    return rng.standard_normal((K, d)), rng.standard_normal((d, K * n))


def _collapsed(shape: Shape, rng: np.random.Generator) -> tuple[Any, Any]:
    """A simplex where one exists, else classifiers with their own features."""
    K, n, d = shape
    if d < K - 1:
        W = rng.standard_normal((K, d))
        return W, np.repeat(W.T, n, axis=1) / np.sqrt(n)
    p = collapsed_point(
        K,
        n,
        d,
        squared_norm=float(K),
        norm_ratio=float(rng.choice([1.0, 1.0, 0.5, 3.0])),
        rotation=int(rng.integers(2**31)),
    )
    return np.asarray(p.W), np.asarray(p.H)


def _nearly_collapsed(shape: Shape, rng: np.random.Generator) -> tuple[Any, Any]:
    W, H = _collapsed(shape, rng)
    size = 10.0 ** rng.uniform(-12, -1)
    noise_W, noise_H = _gaussian(shape, rng)
    return W + size * noise_W, H + size * noise_H


def _low_rank(shape: Shape, rng: np.random.Generator) -> tuple[Any, Any]:
    K, n, d = shape
    return np.outer(rng.standard_normal(K), rng.standard_normal(d)), np.outer(
        rng.standard_normal(d), rng.standard_normal(K * n)
    )


def _merged(shape: Shape, rng: np.random.Generator) -> tuple[Any, Any]:
    """Two classes share classifier and features."""
    W, H = _gaussian(shape, rng)
    W[1] = W[0]
    H[:, shape.n : 2 * shape.n] = H[:, : shape.n]
    return W, H


def _anti_collapsed(shape: Shape, rng: np.random.Generator) -> tuple[Any, Any]:
    W, H = _collapsed(shape, rng)
    return W, -H


def _badly_scaled(shape: Shape, rng: np.random.Generator) -> tuple[Any, Any]:
    """Norms from 1e-150 to 1e150; half of the time W and H far apart with logits of order one."""
    W, H = _gaussian(shape, rng)
    exponent = rng.uniform(-150, 150)
    tilt = 10.0**exponent
    return (W * tilt, H / tilt) if rng.random() < 0.5 else (W * tilt, H * 10.0 ** rng.uniform(-150, 150))


def _degenerate(shape: Shape, rng: np.random.Generator) -> tuple[Any, Any]:
    """Zeros: all of it, one half, one class, or one feature direction."""
    W, H = _gaussian(shape, rng)
    kind = rng.integers(5)
    if kind == 0:
        return 0 * W, 0 * H
    if kind == 1:
        return 0 * W, H
    if kind == 2:
        return W, 0 * H
    if kind == 3:
        W[0], H[:, : shape.n] = 0, 0
    else:
        W[:, 0], H[0] = 0, 0
    return W, H


_BUILDERS = {
    "gaussian": _gaussian,
    "collapsed": _collapsed,
    "nearly collapsed": _nearly_collapsed,
    "low rank": _low_rank,
    "merged classes": _merged,
    "anti-collapsed": _anti_collapsed,
    "badly scaled": _badly_scaled,
    "degenerate": _degenerate,
}
