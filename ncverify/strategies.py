"""Hypothesis strategies for the points of a `Space` or a `Domain`, for anybody's property tests.

::

    from hypothesis import given
    from ncverify import strategies

    @given(p=strategies.points(space))
    def test_the_bound(p):
        assert judge(bound, p).violated is False

Needs Hypothesis (the extra `check`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from ncverify.domain import Domain
from ncverify.falsification import layouts
from ncverify.space import Space
from ncverify.space.layout import Block, Layout

__all__ = ["points", "sizes"]

_MOST = 256  # entries of a point that Hypothesis is asked to draw one by one
_SIMPLE = [0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0, 0.25, -0.25, 1.5, -1.5, 0.125, -0.125]
_LARGE = 1e6


def sizes(over: Space | Domain) -> st.SearchStrategy[Any]:
    """The sizes of a space, or the shapes of a domain, smallest first: `Sizes` or `Shape`.

    Raises:
        TypeError: neither a space nor a domain.
    """
    return st.sampled_from(_checked(over).shapes())


def points(over: Space | Domain) -> st.SearchStrategy[Any]:
    """Points of a space, each variable within its bounds and exactly on its set; of a domain, points (W, H).

    Sizes and class sizes are drawn with the entries, and shrink first. Entries are small integers and short fractions,
    sometimes any floats up to 1e6. Where no variable has a set or bounds they are NumPy float64 arrays, else exact
    rational ones, which `judge`, `float` and `to_numpy` read.

    Args:
        over: the space, or the domain.

    Raises:
        TypeError: neither a space nor a domain.
        ValueError: all its points have more than 256 entries.

    Example:
        >>> from ncverify import Space, Variable
        >>> space = Space(sizes={"m": (2, 4)}, variables={"u": Variable("m", on="sphere"), "lam": Variable(low=0)})
        >>> points(space).example()  # doctest: +SKIP
        SpacePoint(m=2, u=[1.0, 0.0], lam=0.0)
    """
    packings = [layouts.layout_of(over, shape) for shape in _checked(over).shapes()]
    small = [layout for layout in packings if layout.size <= _MOST]
    if not small:
        raise ValueError(f"over: expected points of at most {_MOST} entries, the smallest have {packings[0].size}")
    return st.sampled_from(small).flatmap(_of_layout)


def _checked(over: Any) -> Any:
    if not isinstance(over, Space | Domain):
        raise TypeError(f"over: expected a Space or a Domain, got {type(over).__name__}")
    return over


def _of_layout(layout: Layout) -> st.SearchStrategy[Any]:
    drawn = st.fixed_dictionaries({block.name: _coordinates(block) for block in layout.blocks})
    return drawn.map(layout.of_coordinates)


def _coordinates(block: Block) -> st.SearchStrategy[Any]:
    """Entries within their bounds, or where a variable has a set the free coordinates of a point of it."""
    shape = block.free if block.variable.on is not None else block.shape
    count = int(np.prod(shape))
    entries = st.lists(_entry(block), min_size=count, max_size=count)
    return entries.map(lambda values: np.asarray(values, dtype=np.float64).reshape(shape))


def _entry(block: Block) -> st.SearchStrategy[float]:
    low, high = _ends(block)
    simple = [value for value in [*_SIMPLE, low, high] if low <= value <= high and abs(value) < _LARGE]
    whole = st.integers(int(np.ceil(max(low, -100.0))), int(np.floor(min(high, 100.0)))) if high - low >= 1 else None
    any_float = st.floats(low, high, allow_subnormal=False)
    known = st.sampled_from(sorted(set(simple), key=lambda value: (abs(value), -value))) if simple else any_float
    return st.one_of(known, any_float) if whole is None else st.one_of(known, whole.map(float), any_float)


def _ends(block: Block) -> tuple[float, float]:
    v = block.variable
    if v.on is not None:
        return -_LARGE, _LARGE
    least = np.finfo(np.float64).tiny if v.positive else -_LARGE
    low = least if v.low is None else max(least, float(v.low))
    high = max(_LARGE, 2 * abs(low)) if v.high is None else float(v.high)
    return float(min(low, high)), float(high)
