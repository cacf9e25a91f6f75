"""Where the search starts: small structured points of every shape, and random points of several families.

Both are NumPy arrays (W: (B, K, d), H: (B, d, K*n)). None of them is a simplex unless asked for: the adversary has to
find the equality cases of the theorems by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ncverify.domain import Shape
from ncverify.falsification.families import families
from ncverify.space.starts import scattered

Batch = tuple[Any, Any]

STRUCTURED_SCALES = (1.0, 0.5, 2.0, 8.0, 32.0, 2.0**-10, 2.0**10, 2.0**-490, 2.0**490, 2.0**-530, 2.0**510)
TILTS = (2.0**30, 2.0**-30, 2.0**1000, 2.0**-1000)  # of W alone, H takes the inverse: products stay what they are
LOPSIDED = ((1.0, 2.0**-20), (2.0**-20, 1.0))  # factors of W and of H


def structured(shape: Shape, *, with_simplex: bool = True) -> Batch:
    """Small exact points: zeros, unit vectors, signs, merged classes, polygons, opposed pairs, at several scales.

    Args:
        shape: K, n, d.
        with_simplex: include K I - 11' (an integer simplex, for d >= K), which is an equality case of the theorems.
    """
    K, n, d = shape
    rows = [np.zeros((K, d)), *_classifiers(shape), np.ones((K, d))]
    if with_simplex and d >= K:
        rows.append(np.pad(K * np.eye(K) - 1.0, ((0, 0), (0, d - K))))
    pairs = [(W, np.repeat(W.T, n, axis=1)) for W in rows] + [(np.ones((K, d)), np.zeros((d, K * n)))]
    for base in (pairs[1], pairs[2], pairs[len(rows) - 1]):
        pairs += _variations(*base, n)
    factors = [*((scale, scale) for scale in STRUCTURED_SCALES), *((tilt, 1 / tilt) for tilt in TILTS), *LOPSIDED]
    a, b = np.array(factors).T[:, :, None, None, None]
    W, H = a * np.stack([W for W, _ in pairs]), b * np.stack([H for _, H in pairs])
    more = families(shape, np.random.default_rng(0))
    return np.concatenate([W.reshape(-1, K, d), more[0]]), np.concatenate([H.reshape(-1, d, K * n), more[1]])


def _variations(W: Any, H: Any, n: int) -> list[Batch]:
    """One point with one half zero, opposed, shifted, of other norms, or with features that differ within a class."""
    variations = [(W, 0 * H), (0 * W, H), (-W, H), (W + 1.0, H), (W, H + 1.0), (W, 3.0 * H), (W, 0.5 * H)]
    if n > 1:
        sample = np.tile(np.arange(n), W.shape[0])
        alternating = np.where(sample % 2 == 0, 1.0, -1.0)
        variations += [(W, H * (1.0 + sample)), (W, H * alternating), (W, H + 0.5 * alternating)]
    if n > 2:  # the first sample stays at the mean of its class
        variations.append((W, H + np.where(sample == 1, 1.0, np.where(sample == 2, -1.0, 0.0))))
    return variations


def _classifiers(shape: Shape) -> list[Any]:
    """Classifier matrices with small integer entries, and a regular polygon in dyadic coordinates."""
    K, _, d = shape
    unit = np.eye(K, d)
    opposed = np.zeros((K, d))
    for k in range(K):
        opposed[k, (k // 2) % d] = 1.0 if k % 2 == 0 else -1.0
    ladder = np.zeros((K, d))
    ladder[:, 0] = np.arange(K) - (K - 1) // 2
    merged = np.eye(K, d)
    merged[1] = merged[0]
    single = np.zeros((K, d))
    single[0, 0] = 1.0
    blocks = np.zeros((K, d))
    for k in range(K):
        blocks[k, k % d] += 1.0
        blocks[k, (k ^ 1) % d] -= 1.0
    scaled = np.eye(K, d) * np.arange(1, K + 1)[:, None]
    classifiers = [unit, opposed, ladder, merged, single, blocks, scaled]
    if d >= 2:
        angles = 2 * np.pi * np.arange(K) / K
        polygon = np.zeros((K, d))
        polygon[:, 0], polygon[:, 1] = np.cos(angles), np.sin(angles)
        classifiers.append(np.round(polygon * 2**12) / 2**12)
    return classifiers


def random(shape: Shape, count: int, rng: np.random.Generator) -> Batch:
    """Random points: Gaussian, separated, low rank, of few values, uneven, W unlike H in size, at many scales.

    Args:
        shape: K, n, d.
        count: how many.
        rng: the only source of randomness.
    """
    K, n, d = shape
    W = rng.standard_normal((count, K, d))
    H = rng.standard_normal((count, d, K * n))
    family = np.arange(count) % 8
    unit = W / np.linalg.norm(W, axis=2, keepdims=True)
    aligned = np.repeat(np.swapaxes(unit, 1, 2), n, axis=2)
    noise = 10.0 ** rng.uniform(-3, -0.3, (count, 1, 1))
    separated = (family == 1) | (family == 2) | (family == 3)
    W = np.where(separated[:, None, None], unit, W)
    H = np.where(separated[:, None, None], aligned + noise * H, H)
    low = family == 4
    W[low, :, 1:] *= 1e-3
    few = family == 5
    W[few], H[few] = np.sign(np.round(W[few])), np.sign(np.round(H[few]))
    scale = 10.0 ** _log_scales(count, rng)
    tilt = np.where(family == 6, 10.0 ** rng.uniform(-3, 3, count), 1.0)
    W, H = W * (scale * tilt)[:, None, None], H * (scale / tilt)[:, None, None]
    uneven = family == 7
    W[uneven], H[uneven] = (array * scattered(array.shape, rng) for array in (W[uneven], H[uneven]))
    return W, H


def _log_scales(count: int, rng: np.random.Generator) -> Any:
    """Decimal logarithms of norms: mostly of order one, some from 1e-3 to 1e3, a few from 1e-140 to 1e140."""
    pick = rng.random(count)
    near, wide, extreme = rng.normal(0, 0.4, count), rng.uniform(-3, 3, count), rng.uniform(-140, 140, count)
    return np.where(pick < 0.7, near, np.where(pick < 0.95, wide, extreme))
