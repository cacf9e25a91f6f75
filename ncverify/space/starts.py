"""Where the search starts in a space: combinations of simple arrays, arrays that copy each other, random ones.

All are rows of free coordinates, NumPy float64, shape (B, D).
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from ncverify.kinds import Array
from ncverify.space.candidates import free_candidates, simple
from ncverify.space.layout import Block, Layout
from ncverify.space.sizes import Sizes, labels_of

Pairs = list[tuple[Block, Block]]
"""Blocks, and others whose array can be a copy of theirs."""
_MOST = 420
_VANISHING = 0.2
_UNEVEN = 5  # family of random arrays
_SCALES = (1.0, 1.0, 1.0, 0.5, 2.0, 8.0, 2.0**-10, 2.0**10, 2.0**-30, 2.0**30, 2.0**-490, 2.0**490)


def structured(layout: Layout) -> Array:
    """Simple values of all variables: the first few in all combinations, then random combinations at several scales."""
    if not layout.blocks:
        return np.zeros((1, 0))
    rng = np.random.default_rng(0)
    lists = {b.name: free_candidates(b) + _of_classes(b, layout.sizes) for b in layout.blocks}
    rows: list[dict[str, Any]] = []
    longest = max(map(len, lists.values()))
    rows += [{name: candidates[i % len(candidates)] for name, candidates in lists.items()} for i in range(longest)]
    if len(lists) <= 3:
        rows += [
            dict(zip(lists, chosen, strict=True)) for chosen in itertools.product(*(f[:5] for f in lists.values()))
        ]
    alone = [{n: f[0] for n, f in lists.items()} | {name: c} for name, candidates in lists.items() for c in candidates]
    pairs = _pairs(layout)
    copied = [row | {b.name: _copied(a, b, row, layout.sizes)} for row in alone for a, b in pairs]
    for name, candidates in lists.items():
        rows += [_drawn(lists, rng) | {name: candidate} for candidate in candidates for _ in range(2)]
    rows = copied + [_related(pairs, row, turn, layout.sizes) for turn, row in enumerate(rows + rows)]
    rows += [_scaled(layout, _drawn(lists, rng), rng) for _ in range(_MOST // 3)]
    packed = layout.pack({b.name: np.stack([row[b.name] for row in rows]) for b in layout.blocks})
    unique: Any = np.unique(packed, axis=0, return_index=True)[1]
    return packed[np.sort(unique)][:_MOST]


def _drawn(lists: dict[str, list[Any]], rng: np.random.Generator) -> dict[str, Any]:
    return {name: candidates[int(rng.integers(len(candidates)))] for name, candidates in lists.items()}


def _scaled(layout: Layout, row: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    return {b.name: row[b.name] * (_SCALES[int(rng.integers(len(_SCALES)))] if b.plain else 1.0) for b in layout.blocks}


def _of_classes(block: Block, sizes: Any) -> list[Array]:
    """Arrays of samples that are equal within each class."""
    if not isinstance(sizes, Sizes) or sizes.class_sizes is None or not block.plain or "N" not in block.variable.shape:
        return []
    axis, labels = block.variable.shape.index("N"), labels_of(sizes.class_sizes)
    by_class = (*block.shape[:axis], len(sizes.class_sizes), *block.shape[axis + 1 :])
    return [np.take(mean, labels, axis=axis) for mean in simple(by_class)]


def _related(pairs: Pairs, row: dict[str, Any], turn: int, sizes: Any) -> dict[str, Any]:
    """Every third row unchanged; in others one array becomes a copy of another, opposed, transposed or classwise."""
    if turn % 3 == 0 or not pairs:
        return row
    a, b = pairs[(turn // 3) % len(pairs)]
    copy = _copied(a, b, row, sizes)
    return row | {b.name: copy if turn % 3 == 1 else -copy}


def _pairs(layout: Layout) -> Pairs:
    """The pairs of a layout."""
    pairs = [(a, b) for a in layout.blocks for b in layout.blocks if a is not b and a.plain and b.plain]
    return [(a, b) for a, b in pairs if _copy(a, b, np.zeros(a.shape), layout.sizes) is not None]


def _copied(a: Block, b: Block, row: dict[str, Any], sizes: Any) -> Array:
    copy = _copy(a, b, row[a.name], sizes)
    assert copy is not None
    return copy


def _copy(source: Block, target: Block, value: Array, sizes: Any) -> Array:
    """The source's value in the target's shape, where one can be a copy of the other; None elsewhere."""
    if source.shape == target.shape:
        return value.copy()
    if len(source.shape) == 2 and source.shape[::-1] == target.shape:
        return value.T.copy()
    if isinstance(sizes, Sizes) and sizes.class_sizes is not None and len(source.shape) == 2 == len(target.shape):
        K, a = source.shape
        if len(sizes.class_sizes) == K and target.shape == (a, sizes.N):
            return value.T[:, labels_of(sizes.class_sizes)]
    return None


def random(layout: Layout, count: int, rng: np.random.Generator) -> Array:
    """Random rows: Gaussian, integers, few values, equal within classes, copies, uneven, at many scales."""
    if not layout.blocks:
        return np.zeros((1, 0))
    pairs = _pairs(layout)
    rows = [_random_row(layout, pairs, i, rng) for i in range(count)]
    return layout.pack({b.name: np.stack([row[b.name] for row in rows]) for b in layout.blocks})


def ordinary(layout: Layout, count: int, rng: np.random.Generator) -> Array:
    """Gaussian free coordinates of order one, every second row with arrays that copy each other up to noise."""
    if not layout.blocks:
        return np.zeros((1, 0))
    rows, pairs = [], _pairs(layout)
    for i in range(count):
        row = {b.name: rng.standard_normal(b.free) for b in layout.blocks}
        if i % 2:
            noisy = _related(pairs, row, 1, layout.sizes)
            row = {name: value + 0.1 * rng.standard_normal(value.shape) for name, value in noisy.items()}
        rows.append(row)
    return layout.pack({b.name: np.stack([row[b.name] for row in rows]) for b in layout.blocks})


def _random_row(layout: Layout, pairs: Pairs, turn: int, rng: np.random.Generator) -> dict[str, Any]:
    even = _UNEVEN if turn % 8 == 4 else 0
    families = {b.name: (turn + i) % 5 if turn % 2 else even for i, b in enumerate(layout.blocks)}
    row = {b.name: _random_array(b, families[b.name], layout.sizes, rng) for b in layout.blocks}
    if turn % 4 >= 2:
        row = _related(pairs, row, 1 + turn // 4, layout.sizes)
        size = 10.0 ** rng.uniform(-3, -0.3)
        row = {name: value + size * rng.standard_normal(value.shape) for name, value in row.items()}
    scale = 10.0 ** _log_scale(rng)
    tilted = turn % 4 == 3
    for b in layout.blocks:
        if b.plain:
            row[b.name] = row[b.name] * scale * (10.0 ** rng.uniform(-3, 3) if tilted else 1.0)
        elif b.variable.on is None:
            row[b.name] = row[b.name] * rng.choice([0.3, 1.0, 3.0])
    return row


def _random_array(block: Block, family: int, sizes: Any, rng: np.random.Generator) -> Array:
    value = rng.standard_normal(block.free)
    if family == 1:
        return rng.integers(-3, 4, block.free).astype(float)
    if family == 2:
        return np.sign(np.round(value))
    if family == 3 and len(block.free) == 2:
        return np.outer(rng.standard_normal(block.free[0]), rng.standard_normal(block.free[1]))
    if family == _UNEVEN and (block.plain or block.variable.on == "simplex"):
        return value * scattered(block.free, rng)
    classes = sizes.class_sizes if isinstance(sizes, Sizes) else None
    if family == 4 and classes is not None and block.plain and "N" in block.variable.shape:
        axis = block.variable.shape.index("N")
        firsts = np.cumsum((0, *classes[:-1]))
        return np.take(np.take(value, firsts, axis=axis), labels_of(classes), axis=axis)
    return value


def scattered(shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    """Factors from 1e-9 to 1e9, and zeros: no two coordinates are of one size, as in thin cones."""
    return np.where(rng.random(shape) < _VANISHING, 0.0, 10.0 ** rng.uniform(-9, 9, shape))


def _log_scale(rng: np.random.Generator) -> float:
    """Decimal logarithm of a norm: mostly of order one, some from 1e-3 to 1e3, a few from 1e-140 to 1e140."""
    pick = rng.random()
    if pick < 0.7:
        return float(rng.normal(0, 0.4))
    return float(rng.uniform(-3, 3) if pick < 0.95 else rng.uniform(-140, 140))
