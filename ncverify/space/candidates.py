"""Simple arrays of a shape, as free coordinates: where extremal cases of statements usually lie."""

from __future__ import annotations

import numpy as np

from ncverify.kinds import Array
from ncverify.space import intervals
from ncverify.space.layout import Block

_SCALARS = (1.0, 0.0, 2.0, 0.5, -1.0, 3.0, 0.25, 0.125, 10.0, 0.1, 1e-3, 1e3, -2.0, -0.5, 4.0, 1 / 3, 50.0, 1e-8, 1e8)


def simple(shape: tuple[int, ...]) -> list[Array]:
    """Arrays of small integers: zeros, ones, units, signs, ladders, equal, merged and opposed rows, cube vertices."""
    if not shape:
        return [np.asarray(value) for value in _SCALARS]
    count = int(np.prod(shape))
    flat = np.arange(count)
    first = np.zeros(count)
    first[0] = 1.0
    candidates = [np.zeros(shape), np.ones(shape), first.reshape(shape), np.where(flat % 2, -1.0, 1.0).reshape(shape)]
    candidates += [(flat - (count - 1) // 2).astype(float).reshape(shape), (1.0 + flat).reshape(shape)]
    if len(shape) == 1:
        last = np.zeros(count)
        last[-1] = 1.0
        return [*candidates, last, first - last, np.where(flat == 0, count - 1.0, -1.0), np.full(count, 1 / count)]
    return candidates + _matrices(shape)


def _matrices(shape: tuple[int, ...]) -> list[Array]:
    p, q = shape[-2:]
    rows = np.arange(p)
    unit, opposed, blocks = np.eye(p, q), np.zeros((p, q)), np.zeros((p, q))
    for k in range(p):
        opposed[k, (k // 2) % q] = 1.0 if k % 2 == 0 else -1.0
        blocks[k, k % q] += 1.0
        blocks[k, (k ^ 1) % q] -= 1.0
    merged = np.eye(p, q)
    merged[min(1, p - 1)] = merged[0]
    equal = np.ones((p, 1)) * np.arange(1, q + 1)
    centred = p * np.eye(p, q) - np.pad(np.ones((p, min(p, q))), ((0, 0), (0, max(0, q - p))))
    scaled = unit * (1.0 + rows)[:, None]
    cycle, twisted = unit[:, (np.arange(q) + 1) % q], unit + np.eye(p, q, k=1)
    twisted[-1, 0] -= 1.0  # a cycle with one sign turned
    vertices = 1.0 - 2.0 * (rows[:, None] >> np.minimum(np.arange(q), 30) & 1)  # of the cube, 2^q different rows
    wide = [np.broadcast_to(m, shape).copy() for m in (unit, opposed, blocks, merged, equal, equal[:, ::-1], vertices)]
    more = centred, scaled, cycle, twisted, np.outer(rows, np.ones(q))
    return wide + [np.broadcast_to(m, shape).copy() for m in more]


def free_candidates(block: Block) -> list[Array]:
    """Free coordinates of simple members of a variable's set."""
    v = block.variable
    if v.on is None:
        values = simple(block.shape)
        if block.plain:
            return values
        ends = [np.full(block.shape, float(end)) for end in (v.low, v.high) if end is not None]
        inside = [intervals.inverse(v, value) for value in [*ends, *values] if _inside(v, value)]
        return inside or [np.zeros(block.shape)]
    candidates = simple(block.free)
    if v.on in ("sphere", "ball"):
        candidates += _from_first(np.eye(int(np.prod(block.free)))).reshape(-1, *block.free)[:8].tolist()
    elif v.on in ("rows on sphere", "columns on sphere"):
        candidates += [_along(v.on, rows, block.free) for rows in _unit_rows(v.on, block.free)]
    return [np.asarray(candidate, dtype=np.float64).reshape(block.free) for candidate in candidates]


def _inside(v: Array, value: Array) -> bool:
    low, high = v.low, v.high
    above = bool(np.all(value > 0)) if v.positive else low is None or bool(np.all(value >= float(low)))
    return above and (high is None or bool(np.all(value <= float(high))))


def _from_first(units: Array) -> Array:
    """Coordinates of a Householder vector that takes e_1 to each row; rows equal to e_1 get one orthogonal to it."""
    v = np.eye(units.shape[-1])[0] - units
    same = np.all(v == 0, axis=-1)
    if units.shape[-1] > 1:
        v[same] = np.eye(units.shape[-1])[1]
    else:
        v = units.copy()
    return v


def _unit_rows(on: str, free: tuple[int, ...]) -> list[Array]:
    count, m = free if on.startswith("rows") else free[::-1]
    basis = np.eye(m)
    k = np.arange(count)
    candidates = [basis[k % m], np.where(k % 2, -1.0, 1.0)[:, None] * basis[(k // 2) % m], basis[0 * k]]
    candidates.append(np.where(k % 2, -1.0, 1.0)[:, None] * basis[0 * k])
    if m >= 2:
        turn = 2 * np.pi * k / count
        polygon = np.zeros((count, m))
        polygon[:, 0], polygon[:, 1] = np.cos(turn), np.sin(turn)
        candidates.append(polygon)
    if m >= count - 1 >= 1:  # the rows of a simplex
        gram = np.eye(count) - 1.0 / count
        _, _, basis_t = np.linalg.svd(gram)
        rows = basis_t[: count - 1].T
        candidates.append(np.pad(rows / np.linalg.norm(rows, axis=1, keepdims=True), ((0, 0), (0, m - count + 1))))
    return candidates


def _along(on: str, rows: Array, free: tuple[int, ...]) -> Array:
    v = _from_first(rows)
    return v if on.startswith("rows") else v.T
